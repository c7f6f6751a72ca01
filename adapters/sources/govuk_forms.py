"""GOV.UK Forms submissions in JSON: one, a list of them, or JSON Lines (alphagov/forms-runner, submission schema v1).

The record keeps the top-level keys as they are, except `$schema`, and turns the list of answers into an object by
question id, because ids outlive rewording and pointers into it stay short:

    {"form_name": …, "submission_reference": …, "submitted_at": …, "language": …,
     "answers": {"7": {"question_text": …, "answer_text": …, "first_name": …, …}}}

The answer to a repeatable question comes as arrays that are aligned by place, one array to each part. Here it is a list
of objects, one to each repeat, in place of those parts:

    "9": {"question_text": …, "can_have_multiple_answers": true, "repeats": [{"answer_text": …, "first_name": …}, …]}

An array that does not align is kept as it came, beside `repeats`, and named by a doubtful fault after the record.
A part left unanswered is written "" by GOV.UK Forms; it becomes null: a leaf that is counted and says nothing.

Settings:
    form_name   the form this mapping is for; another form is refused
    file_name   what the file was called, where known; the previews of a form are called test_…

In a bilingual form `language` says which was used, and the wording of questions and answers is in that language.
Pointers hold, because they go by id; an answer in Welsh is matched by the aliases of its code list.

Run on the submission of the program's own tests (spec_expected_single.json), whose form definition and schema are
refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from adapters.formats.batch import refusal
from adapters.formats.json_documents import Document, each_document
from adapters.formats.keeping import kept, kept_parts, pointer_of
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord

NAME: str = "govuk_forms"
MEDIA_TYPES: tuple[str, ...] = ("application/json", "application/x-ndjson")
KEEPS_BYTES: bool = True
ABOUT: About = About(
    title="GOV.UK Forms, JSON",
    format="JSON of submission schema v1: one, a list, or JSON Lines",
    seen="the program's own test submission",
    limits="Previews are refused. Every choice is text, matched by code lists.",
)


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """The record of each submission, with the submission reference as its key.

    `form` is the form id of the options, else the submission's form name.
    Raises UnreadablePayload where no submission can be read: not strict JSON, not a submission, another form, a
    preview, a question id used twice. Beside others, such a submission is a Fault.
    """
    return each_document(file, lambda document: _record(document, options))


def _record(document: Document, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    submission = _submission(document)
    reference = _text(document, submission, "submission_reference")
    form_name = _text(document, submission, "form_name")
    _refuse_previews(document, reference, options)
    _refuse_other_forms(document, form_name, options)
    answers, doubts = _by_question(document, submission["answers"])
    data = {key: kept(value) for key, value in submission.items() if key not in ("$schema", "answers")}
    yield SourceRecord(
        document.position, options.form or form_name, reference, "referral", {**data, "answers": answers}
    )
    yield from doubts


def _submission(document: Document) -> Mapping[str, Plain]:
    value = document.value
    if isinstance(value, Mapping) and isinstance(value.get("answers"), list):
        return value
    raise refusal(
        document.position,
        "a GOV.UK Forms submission: an object with a list of answers",
        "Attach the JSON file that GOV.UK Forms sends with each submission, as it came.",
    )


def _text(document: Document, submission: Mapping[str, Plain], key: str) -> str:
    value = submission.get(key)
    if isinstance(value, str) and value.strip():
        return value
    remedy = "Attach the JSON file as GOV.UK Forms sent it; this key is always in it."
    raise refusal(document.position, f"{key}, as text", remedy)


def _refuse_previews(document: Document, reference: str, options: ReadOptions) -> None:
    file_name = options.settings.get("file_name")
    names = (reference, file_name if isinstance(file_name, str) else "")
    if any(name.lower().startswith("test_") for name in names):
        remedy = "This came from the preview of the form. Submit the live form; nothing was taken from the preview."
        raise refusal(document.position, "a submission of the live form", remedy)


def _refuse_other_forms(document: Document, form_name: str, options: ReadOptions) -> None:
    expected = options.settings.get("form_name")
    if isinstance(expected, str) and _folded(expected) != _folded(form_name):
        remedy = "Send it to the source of its own form, or write a mapping for this form."
        raise refusal(document.position, f"a submission of the form “{expected}”", remedy)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _by_question(document: Document, listed: Plain) -> tuple[dict[str, Plain], list[Fault]]:
    answers: dict[str, Plain] = {}
    doubts: list[Fault] = []
    if isinstance(listed, list):
        for number, answer in enumerate(listed, start=1):
            position = document.at(f"answer {number}")
            question = _question_id(answer, position)
            if question in answers:
                raise refusal(position, "each question_id once", "Send the file as GOV.UK Forms wrote it.")
            parts = {key: value for key, value in answer.items() if key != "question_id"}
            answers[question], unaligned = _answer(parts)
            doubts += (_unaligned(position, question, part) for part in unaligned)
    return answers, doubts


def _question_id(answer: Plain, position: str) -> str:
    value = answer.get("question_id") if isinstance(answer, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise refusal(position, "an object with a question_id", "Send the file as GOV.UK Forms wrote it.")
    return str(value)


def _answer(parts: Mapping[str, Plain]) -> tuple[dict[str, Plain], list[str]]:
    """The answer with its repeats gathered, and the names of the arrays that do not align with the others."""
    texts = parts.get("answer_text")
    if not isinstance(texts, list):
        return kept_parts(parts), []
    answer: dict[str, Plain] = {}
    repeats: list[dict[str, Plain]] = [{} for _ in texts]
    unaligned = []
    for key, value in parts.items():
        if not isinstance(value, list):
            answer[key] = kept(value)
        elif value and len(value) != len(texts):
            answer[key] = kept(value)
            unaligned.append(key)
        else:
            for repeat, part in zip(repeats, value, strict=False):
                repeat[key] = kept(part)
    return {**answer, "repeats": repeats}, unaligned


def _unaligned(position: str, question: str, part: str) -> Fault:
    remedy = "It is kept as it came. Read it beside the other parts; nobody can tell which belongs to which."
    expected = "as many parts as there are answers"
    return Fault(position, pointer_of("answers", question, part), expected, remedy, "doubtful")

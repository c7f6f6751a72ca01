"""The webhook body of XGov's digital-form-builder (communitiesuk/digital-form-builder and its family).

Questions are taken apart, and the answers become an object by `fields[].key`, which outlives rewording:

    {"name": …, "preferredLanguage": …, "metadata": {…}, "fees": …,
     "answers": {"caz": {"question_text": title, "question": …, "category": …, "type": …, "answer": …}},
     "sections": {"children": [{"child_name": {"question_text": …, "answer": …}, …}, …]}}

An answer is text, a number, true or false, a list, or missing. The fields of a section that repeats come once for each
round, told apart by `index`; the mapping names such sections, and each becomes a list of rounds under `sections`. A key
that comes twice outside them keeps its first answer; the next ones stand beside it as "caz (2)", with a doubtful fault.

Settings:
    form_name   the name of the form this mapping is for; another form is refused
    sections    the categories that repeat: [children]
    reference   the entry of `metadata` that names the submission; "reference" if left out. The body has none of its own

Run on the body that the builder's own tests expect (webhook_expected.json).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from adapters.formats.batch import refusal
from adapters.formats.json_documents import Document, each_document
from adapters.formats.keeping import kept, kept_parts, pointer_of
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord

NAME: str = "form_builder"
MEDIA_TYPES: tuple[str, ...] = ("application/json", "application/x-ndjson")
KEEPS_BYTES: bool = True
ABOUT: About = About(
    title="XGov digital-form-builder",
    format="JSON body of its webhook",
    seen="the body that the builder's own tests expect",
    limits="The body has no reference of its own: the form must put one into its metadata, or the content is the key.",
)

_ASK: Final = "Send the body of the webhook as the form builder wrote it."


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """The record of each submission, keyed by the entry of its metadata that the settings name.

    `form` is the form id of the options, else the name of the form.
    Raises UnreadablePayload where no submission can be read: not strict JSON, no list of questions, another form.
    Beside others, such a submission is a Fault.
    """
    return each_document(file, lambda document: _record(document, options))


@dataclass(slots=True)
class _Answers:
    """What the fields of one submission come to."""

    repeating: frozenset[str]
    answers: dict[str, Plain] = field(default_factory=dict)
    sections: dict[str, list[dict[str, Plain]]] = field(default_factory=dict)
    doubts: list[Fault] = field(default_factory=list)


def _record(document: Document, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    body = document.value
    questions = body.get("questions") if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping) or not isinstance(questions, list):
        raise refusal(document.position, "the webhook body of a form: an object with a list of questions", _ASK)
    name = body.get("name")
    form_name = name.strip() if isinstance(name, str) else ""
    _refuse_other_forms(document, form_name, options)
    found = _Answers(_repeating(options))
    for number, question in enumerate(questions, start=1):
        _take(found, question, document.at(f"question {number}"))
    data = kept_parts(body, but=("questions",)) | {"answers": found.answers}
    if found.sections:
        data["sections"] = {section: [*rounds] for section, rounds in found.sections.items()}
    form = options.form or form_name
    yield SourceRecord(document.position, form, _reference(body, options), "referral", data)
    yield from found.doubts


def _refuse_other_forms(document: Document, form_name: str, options: ReadOptions) -> None:
    expected = options.settings.get("form_name")
    if isinstance(expected, str) and _folded(expected) != _folded(form_name):
        remedy = "Send it to the source of its own form, or write a mapping for this form."
        raise refusal(document.position, f"a submission of the form “{expected}”", remedy)


def _repeating(options: ReadOptions) -> frozenset[str]:
    named = options.settings.get("sections")
    return frozenset(map(str, named)) if isinstance(named, list) else frozenset()


def _reference(body: Mapping[str, Plain], options: ReadOptions) -> str:
    metadata, entry = body.get("metadata"), options.settings.get("reference", "reference")
    value = metadata.get(str(entry)) if isinstance(metadata, Mapping) else None
    return "" if value is None or not isinstance(value, str | int) else str(value).strip()


def _take(found: _Answers, question: Plain, position: str) -> None:
    """One question of the form, with its fields."""
    fields = question.get("fields") if isinstance(question, Mapping) else None
    if not isinstance(question, Mapping) or not isinstance(fields, list):
        raise refusal(position, "a question with a list of fields", _ASK)
    category, about = question.get("category"), kept_parts(question, but=("fields", "index"))
    for number, item in enumerate(fields, start=1):
        place = f"{position}, field {number}"
        key = item.get("key") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(key, str) or not key:
            raise refusal(place, "a field with a key", _ASK)
        if isinstance(category, str) and category in found.repeating:
            _put(found, _round(found, category, question.get("index"), place), key, _field(item, {}), place)
        else:
            _put(found, found.answers, key, _field(item, about), place)


def _field(item: Mapping[str, Plain], about: Mapping[str, Plain]) -> dict[str, Plain]:
    """What is kept of a field: its title as the wording of the question, what its page says, and the answer last."""
    wording = {"question_text": kept(item["title"])} if "title" in item else {}
    return {**wording, **about, **kept_parts(item, but=("key", "title", "answer")), "answer": kept(item.get("answer"))}


def _round(found: _Answers, category: str, index: Plain, position: str) -> dict[str, Plain]:
    """The round of a section that repeats which a field belongs to. Rounds come in order, so only one can be new."""
    rounds = found.sections.setdefault(category, [])
    place = index if isinstance(index, int) else 0
    if not 0 <= place <= len(rounds):
        raise refusal(position, "the rounds of a section in order, from index 0", _ASK)
    if place == len(rounds):
        rounds.append({})
    return rounds[place]


def _put(found: _Answers, holder: dict[str, Plain], key: str, answer: dict[str, Plain], position: str) -> None:
    name, count = key, 1
    while name in holder:
        count += 1
        name = f"{key} ({count})"
    if count > 1:
        remedy = "Both are kept. Name the section under `sections` in the mapping if it repeats."
        pointer = pointer_of("answers", name) if holder is found.answers else ""
        found.doubts.append(Fault(position, pointer, "each key once", remedy, "doubtful"))
    holder[name] = answer


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()

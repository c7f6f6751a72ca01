"""MoJ Forms submissions in JSON: the submission payload, or the body of its webhook once it is decrypted.

The shapes are those of ministryofjustice/fb-submitter. Pages are taken apart, and the answers become an object by field
id; the pointer of an answer is the same for both shapes:

    {"service": …, "meta": …,
     "answers": {"name_text_1": {"question_text": …, "heading": …, "answer": …}}, "attachments": [{"mimetype": …}]}
    {"serviceSlug": …, "submissionId": …, "answers": {"name_text_1": {"answer": …}}, "attachments": […]}

An answer is text, a list of texts, or an object with the parts of an address. A field id that comes twice keeps its
first answer; the next ones stand beside it as "name_text_1 (2)", with a doubtful fault.

`actions` says whom MoJ Forms writes to and with which keys: it never leaves this module, and neither do the addresses
and keys of attachments. A document that is only listed is named by a doubtful fault: nobody may think that it came.

Settings:
    form_name   the slug of the service this mapping is for; another service is refused

Run on fb-submitter's valid_submission.json; its JSON schema is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from adapters.formats.batch import refusal
from adapters.formats.json_documents import Document, each_document
from adapters.formats.keeping import kept, kept_parts, pointer_of
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord

NAME: str = "moj_forms"
MEDIA_TYPES: tuple[str, ...] = ("application/json", "application/x-ndjson")
KEEPS_BYTES: bool = True
ABOUT: About = About(
    title="MoJ Forms",
    format="JSON: the submission payload, or the decrypted body of the webhook",
    seen="the program's own valid submission",
    limits="Decrypting the webhook is the council's. CSV is not read: MoJ Forms leaves lists out of it.",
)

_SECRETS: Final = ("url", "key", "encryption_key", "encryption_iv", "hmac")
_SEALED: Final = re.compile(rb"\s*[\w-]+(?:\.[\w-]*){4}\s*")

_ASK: Final = "Send the JSON that MoJ Forms makes of each submission, as it came."


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """The record of each submission, keyed by its reference number or submission id.

    `form` is the form id of the options, else the slug of the service.
    Raises UnreadablePayload where no submission can be read: still encrypted, not strict JSON, not a submission,
    another service. Beside others, such a submission is a Fault.
    """
    file.seek(0)
    if _SEALED.fullmatch(file.read(1 << 16)):
        raise refusal(
            "the file", "a decrypted submission", "Decrypt it with the key of the service first; then send the JSON."
        )
    return each_document(file, lambda document: _record(document, options))


def _record(document: Document, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    payload = document.value
    if isinstance(payload, Mapping) and isinstance(payload.get("pages"), list):
        slugs = _texts(payload.get("service"), "slug", "name")
        keys = _texts(payload.get("meta"), "reference_number", "submission_id")
        answers, doubts = _answers(document, _paged(document, payload["pages"]))
    elif isinstance(payload, Mapping) and isinstance(payload.get("submissionAnswers"), Mapping):
        slugs, keys = _texts(payload, "serviceSlug"), _texts(payload, "submissionId")
        answers, doubts = _answers(document, _flat(payload["submissionAnswers"]))
    else:
        raise refusal(document.position, "a submission of MoJ Forms: an object with pages or submissionAnswers", _ASK)
    _refuse_other_forms(document, slugs, options)
    attachments = _attachments(document, payload.get("attachments"))
    doubts += (_only_listed(document, place) for place in range(len(attachments)))
    data = kept_parts(payload, but=("actions", "pages", "submissionAnswers", "attachments"))
    data |= {"answers": answers, "attachments": attachments}
    form = options.form or next(iter(slugs), "")
    yield SourceRecord(document.position, form, next(iter(keys), ""), "referral", data)
    yield from doubts


def _texts(part: Plain, *names: str) -> list[str]:
    """Those of the named entries that say something."""
    values = [part.get(name) for name in names] if isinstance(part, Mapping) else []
    return [value.strip() for value in values if isinstance(value, str) and value.strip()]


def _refuse_other_forms(document: Document, slugs: list[str], options: ReadOptions) -> None:
    expected = options.settings.get("form_name")
    if isinstance(expected, str) and expected.casefold() not in (slug.casefold() for slug in slugs):
        remedy = "Send it to the source of its own form, or write a mapping for this service."
        raise refusal(document.position, f"a submission of the service “{expected}”", remedy)


Answer = tuple[str, str, dict[str, Plain]]
"""Position, field id, and what is kept of the answer."""


def _paged(document: Document, pages: Plain) -> Iterator[Answer]:
    for number, page in enumerate(pages if isinstance(pages, list) else (), start=1):
        listed = page.get("answers") if isinstance(page, Mapping) else None
        if not isinstance(page, Mapping) or not isinstance(listed, list):
            raise refusal(document.at(f"page {number}"), "a page with a list of answers", _ASK)
        rest = {"heading": kept(page["heading"])} if page.get("heading") else {}
        for place, answer in enumerate(listed, start=1):
            position = document.at(f"page {number}, answer {place}")
            field_id = answer.get("field_id") if isinstance(answer, Mapping) else None
            if not isinstance(answer, Mapping) or not isinstance(field_id, str) or not field_id:
                raise refusal(position, "an object with a field_id", _ASK)
            wording = {"question_text": kept(answer["field_name"])} if "field_name" in answer else {}
            yield position, field_id, {**wording, **rest, **kept_parts(answer, but=("field_id", "field_name"))}


def _flat(answers: Plain) -> Iterator[Answer]:
    for field_id, answer in answers.items() if isinstance(answers, Mapping) else ():
        yield "", field_id, {"answer": kept(answer)}


def _answers(document: Document, listed: Iterator[Answer]) -> tuple[dict[str, Plain], list[Fault]]:
    answers: dict[str, Plain] = {}
    doubts: list[Fault] = []
    for position, field_id, answer in listed:
        name, count = field_id, 1
        while name in answers:
            count += 1
            name = f"{field_id} ({count})"
        if count > 1:
            remedy = "Both are kept. Read them side by side; nobody can tell which is meant."
            doubts.append(Fault(position, pointer_of("answers", name), "each field_id once", remedy, "doubtful"))
        answers[name] = answer
    return answers, doubts


def _attachments(document: Document, listed: Plain) -> list[Plain]:
    """What is said of each document, without where it lies and without what opens it."""
    if not isinstance(listed, list):
        return []
    return [kept_parts(item, but=_SECRETS) if isinstance(item, Mapping) else None for item in listed]


def _only_listed(document: Document, place: int) -> Fault:
    remedy = "The submission only lists it. Send the document beside the submission, or to the hub."
    return Fault(document.position, pointer_of("attachments", str(place)), "the document itself", remedy, "doubtful")

"""The multi-agency children's referral form, and the MASH object that is made of it, in JSON.

The shapes are those of LBHackney-IT's public code: the field names of its referral form, and the type of its MASH
referrals. Names are kept as they are there, with their slips ("Your Involvemnt", "Fathers_DOB", "childReffered").
Unverified: no file that the form wrote is public. Steps that repeat are read as lists under the id of the step.

    {"full_name": …, "childReffered": [{"first_name": …, "date_of_birth": …, …}], "mother_fullname": …, …}
    {"id": …, "referrer": …, "requestedSupport": …, "mashResidents": [{"firstName": …, "dateOfBirth": …}], …}

The form asks for "date of birth or EDD" in one field. Where the answer says EDD, the date stands under
`expected_date_of_birth` instead, with `unborn: true`. A date of birth that is a date and time and not midnight is kept,
and doubted: a time zone may have moved it to the day before.

Settings:
    form_name   `referral_form` or `mash_referral`: the shape this mapping is for; the other is refused
    reference   the key of the form that names the submission; "submission_id" if left out. The form has none of its own

Run on none: the files of these shapes are not among the outside samples, for want of a licence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from adapters.formats.batch import refusal
from adapters.formats.json_documents import Document, each_document
from adapters.formats.keeping import kept_parts, pointer_of
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord

NAME: str = "multi_agency"
MEDIA_TYPES: tuple[str, ...] = ("application/json", "application/x-ndjson")
KEEPS_BYTES: bool = True
ABOUT: About = About(
    title="Multi-agency referral form and MASH object",
    format="JSON",
    seen="",
    limits="Unverified: the field names are those of public code, and no file that the form wrote is public.",
)

FORM: Final = "referral_form"
MASH: Final = "mash_referral"

_EDD: Final = re.compile(r"EDD\s*[:\-]?\s*(.+)|(.+?)\s*\(?EDD\)?", re.IGNORECASE | re.DOTALL)
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ](?!00:00(?::00(?:[.,]0+)?)?(?:Z|[+-]\d{2}:?\d{2})?$)", re.ASCII)
_DATES: Final = frozenset({"date_of_birth", "dateOfBirth", "mothers_DOB", "Fathers_DOB", "wider_family__DOB"})


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """The record of each referral; a MASH object is keyed by its id.

    `form` is the form id of the options, else the name of the shape.
    Raises UnreadablePayload where no referral can be read: not strict JSON, neither shape, not the shape the mapping is
    for. Beside others, such a referral is a Fault.
    """
    return each_document(file, lambda document: _record(document, options))


def _record(document: Document, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    body = document.value
    if isinstance(body, Mapping) and isinstance(body.get("mashResidents"), list):
        shape, number = MASH, body.get("id")
    elif isinstance(body, Mapping) and isinstance(body.get("childReffered"), list):
        shape, number = FORM, body.get(str(options.settings.get("reference", "submission_id")))
    else:
        remedy = "Send one submission of the form, or one MASH referral, as it was written."
        raise refusal(document.position, "a referral with childReffered or mashResidents", remedy)
    expected = options.settings.get("form_name", shape)
    if expected != shape:
        remedy = "Send it to the source of its own form, or write a mapping for this shape."
        raise refusal(document.position, f"a referral of the shape {expected}", remedy)
    data = {key: _dated(part) for key, part in kept_parts(body).items()}
    key = str(number).strip() if isinstance(number, str | int) and not isinstance(number, bool) else ""
    yield SourceRecord(document.position, options.form or shape, key, "referral", data)
    yield from _doubts(document, data)


def _dated(part: Plain) -> Plain:
    """The items of a repeating step, each with its expected date apart from a date of birth."""
    if not isinstance(part, list):
        return part
    return [_child(item) if isinstance(item, Mapping) else item for item in part]


def _child(item: Mapping[str, Plain]) -> dict[str, Plain]:
    stated = item.get("date_of_birth")
    match = _EDD.fullmatch(stated.strip()) if isinstance(stated, str) else None
    if match is None or "expected_date_of_birth" in item or "unborn" in item:
        return dict(item)
    expected: dict[str, Plain] = {"expected_date_of_birth": match[1] or match[2], "unborn": True}
    rest = {key: part for key, part in item.items() if key != "date_of_birth"}
    return rest | expected


def _doubts(document: Document, data: Mapping[str, Plain]) -> Iterator[Fault]:
    for name, part in data.items():
        for place, item in enumerate(part) if isinstance(part, list) else ():
            for key, value in item.items() if isinstance(item, Mapping) else ():
                if key in _DATES and _has_time(value):
                    yield _not_midnight(document, pointer_of(name, str(place), key))
        if name in _DATES and _has_time(part):
            yield _not_midnight(document, pointer_of(name))


def _has_time(value: Plain) -> bool:
    return isinstance(value, str) and _TIME.match(value.strip()) is not None


def _not_midnight(document: Document, pointer: str) -> Fault:
    remedy = "The day is taken as written; it may be one day off. Check it with the sender."
    return Fault(document.position, pointer, "a date without a time of day", remedy, "doubtful")

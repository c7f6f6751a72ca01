"""The record of a child that a council's social care system sends to the DfE's API for early adopters. It enriches.

One child, a list of children, or JSON Lines. What an early help request may honestly take is who the child is and what
is open today; what is over is history, which nobody needs to offer help:

    {"child": {"la_child_id", "mis_child_id", "unique_pupil_number", "first_name", …, "disabilities": [], "postcode"},
     "open": {"looked_after": true, "plans": [{"kind", "start_date"}], "assessment": {"authorisation_date", …}}}

An episode is open without a closure date, and a plan or placement within one without an end date. A plan's kind is
child_protection_plan or child_in_need_plan, the first of them first; of assessments the last is taken. `looked_after`
is there only where a placement is open: no placement here proves nothing.

Nothing else gets in: no adoption (sealed), no placement's address, no enquiry under section 47, no factors or scores of
assessments, no workers. What carries `purge` is to be deleted, and is not read.

Source: DfE, children's social care data, early-adopter API, payload structure 0.7, as its public tools write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Final

from adapters.formats.batch import Item, refusal
from adapters.formats.json_documents import Document, each_document
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord

NAME: str = "csc_api"
MEDIA_TYPES: tuple[str, ...] = ("application/json",)
KEEPS_BYTES: bool = False
ABOUT: About = About(
    title="DfE children's social care API record",
    format="JSON of payload structure 0.7: one child, a list, or JSON Lines",
    seen="the API's published sample child",
    limits=(
        "Takes who the child is and what is open today; adoption, placements' addresses, section 47 and "
        "scores never get in."
    ),
)

_HEAD: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{")
_KNOWN_BY: Final = re.compile(rb'"la_child_id"\s*:')
_CHILD: Final = (
    "unique_pupil_number", "former_unique_pupil_number", "first_name", "surname", "date_of_birth",
    "expected_date_of_birth", "sex", "ethnicity", "disabilities", "postcode",
)  # fmt: skip
_PLANS: Final = ("child_protection_plan", "child_in_need_plan")


def fits(head: bytes, options: ReadOptions) -> bool:
    """Whether it begins as JSON does and has the key that every record of this API has."""
    return _HEAD.match(head) is not None and _KNOWN_BY.search(head) is not None


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each child, with the council's own number as its key; an unreadable Fault for what is none.

    Raises UnreadablePayload: not strict JSON, or not one record of a child in it.
    """
    yield from each_document(file, lambda document: _records(document, options))


def _records(document: Document, options: ReadOptions) -> Iterator[Item]:
    record = document.value
    if not isinstance(record, Mapping) or not isinstance(record.get("child_details"), Mapping):
        remedy = "Send the records as the social care system makes them for the DfE's API."
        raise refusal(document.position, "a child's record: an object with child_details", remedy)
    details = _part(record, "child_details")
    if record.get("purge") is True or not details:
        remedy = "This record is marked to be deleted, so nothing was taken from it. Leave it out."
        raise refusal(document.position, "a record that is kept", remedy)
    numbers = {name: record.get(name) for name in ("la_child_id", "mis_child_id")}
    child = {name: details[name] for name in _CHILD if name in details}
    key = numbers["la_child_id"]
    data: dict[str, Plain] = {"child": {**numbers, **child}, "open": _open(record)}
    yield SourceRecord(document.position, options.form, key if isinstance(key, str) else "", "enrichment", data)


def _open(record: Mapping[str, Plain]) -> dict[str, Plain]:
    """What is open today, over all open episodes."""
    episodes = [episode for episode in _parts(record, "social_care_episodes") if not episode.get("closure_date")]
    found: dict[str, Plain] = {}
    if any(_current(episode, "child_looked_after_placements") for episode in episodes):
        found["looked_after"] = True
    plans: list[Plain] = [
        {"kind": kind, "start_date": plan.get("start_date")}
        for kind in _PLANS
        for episode in episodes
        for plan in _current(episode, f"{kind}s")
    ]
    assessments = [part for episode in episodes for part in _current(episode, "child_and_family_assessments")]
    if plans:
        found["plans"] = plans
    if assessments:
        latest = max(assessments, key=lambda part: str(part.get("start_date") or ""))
        found["assessment"] = {name: latest.get(name) for name in ("start_date", "authorisation_date")}
    return found


def _current(episode: Mapping[str, Plain], name: str) -> list[Mapping[str, Plain]]:
    return [part for part in _parts(episode, name) if not part.get("end_date")]


def _part(whole: Mapping[str, Plain], name: str) -> Mapping[str, Plain]:
    part = whole.get(name)
    return part if isinstance(part, Mapping) and part.get("purge") is not True else {}


def _parts(whole: Mapping[str, Plain], name: str) -> list[Mapping[str, Plain]]:
    listed = whole.get(name)
    parts = listed if isinstance(listed, Sequence) and not isinstance(listed, str) else [listed]
    return [part for part in parts if isinstance(part, Mapping) and part.get("purge") is not True]

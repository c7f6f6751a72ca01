"""Payloads for the tests of FHIR: those of the rules paper's scenarios, and any that the models allow."""

from __future__ import annotations

import json
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from pydantic import BaseModel

from contracts.decision import Outcome
from contracts.model import Code, Line, Ref, Text
from contracts.payload import PayloadBody
from contracts.people import Protection
from contracts.referral import HarmLevel
from gateway.path.course import Promise
from tests.path.scenarios import SCENARIOS
from tests.path.test_scenarios import through

Json = dict[str, Any]


@cache
def promised(*outcomes: Outcome) -> tuple[tuple[str, Promise], ...]:
    """Every message that the scenarios of the rules paper send, with the scenario's id; of these outcomes if any."""
    return tuple(
        (scenario.id, promise)
        for scenario in SCENARIOS
        if not outcomes or scenario.outcome in outcomes
        for promise in through(scenario.council, scenario.sender, **scenario.changes)[1]
    )


def payloads(*outcomes: Outcome) -> dict[str, Json]:
    """Scenario → the payload that it sends."""
    return {name: json.loads(promise.payload.body) for name, promise in promised(*outcomes)}


A_PAYLOAD: Json = {
    "schema_version": "1",
    "reference": "0f" * 16,
    "council": "hull",
    "hub": "locality_west",
    "outcome": "share",
    "urgent": True,
    "test": True,
    "flags": ["Ring before 5 pm."],
    "safety": {"harm": "possible", "says": "Something here may mean harm.", "protection": ["address"], "ring": "Ring."},
    "due": [{"what": "An answer.", "within": "5 working days", "since": "It was sent.", "by": "2026-11-06T17:00:00Z"}],
    "referral": {
        "council": "hull",
        "purpose": "request",
        "source": {"system": "canonical", "submitted_at": "2026-11-01T09:00:00Z"},
        "referrer": {"kind": "professional", "name": "Sam Okoro", "role": "Lead", "agency": "Invented Academy",
                     "phone": "07700 900001", "email": "sam@academy.example"},
        "people": [
            {"id": "child", "roles": ["child"], "first_name": "Maya", "middle_names": "Ann Lee", "surname": "Fernsby",
             "preferred_name": "May", "former_names": ["Maya Gray"], "date_of_birth": "2017-03-14", "sex": "F",
             "identifiers": [{"system": "nhs_number", "value": "9990000018"},
                             {"system": "upn", "value": "N810999925001"}],
             "addresses": [{"lines": ["4 Invented Row"], "town": "Testham", "postcode": "ZZ1 1ZZ", "kind": "home"}]},
            {"id": "twin", "roles": ["child"], "full_name": "Nia Fernsby", "sex": "U"},
            {"id": "mother", "roles": ["parent"], "title": "Ms", "first_name": "Joan", "surname": "Fernsby",
             "phones": [{"number": "07700 900123", "kind": "M"}], "emails": ["joan@family.example"]},
            {"roles": ["sibling"], "age": 9},
        ],
        "relationships": [{"person": "mother", "to": "child", "kind": "PAM", "parental_responsibility": True}],
        "harm": {"level": "possible", "what_happened": "He shouted."},
        "reason": "Maya is late most mornings.",
        "needs": [{"code": "attendance", "whose": "child", "evidence": "Late 20 times."}, {"as_stated": "Sleep"}],
        "level": {"canonical": "targeted", "council_label": "Level 3"},
        "requested_services": [{"code": "hu_parenting_support"}, {"as_stated": "Somebody to talk to"}],
        "agreements": [{"giver": "mother", "status": "given", "on_date": "2026-10-19", "until": "2027-10-19",
                        "meaning": "both", "form": "signed", "scope": {"agencies": []}},
                       {"giver_as_stated": "Maya", "status": "refused"}],
        "attachments": [{"sha256": "ab" * 32, "name": "plan.pdf", "media_type": "application/pdf", "kind": "plan",
                         "size": 12, "confidential": False}],
    },
    "other_answers": [{"question": "Anything else?", "answer": "No.", "pointer": "/answers/9"}],
    "withheld": "Some information was not sent. Ask the sender.",
}  # fmt: skip
"""A payload with something for every resource, in which help is asked for two children."""


_AWKWARD = ["", " ", " x", "a\n", "\x0b", "~1/", "é🙂", "absent", "0"]
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(_AWKWARD)
_NAMED: list[tuple[object, st.SearchStrategy[Any]]] = [
    (Text, _TEXTS),
    (Line, _TEXTS),
    (Code, st.sampled_from(["a", "H", "upn", "nhs_number", "home", "given", "x/y:z"])),
    (Ref, st.sampled_from(["child", "mother", "p-1"])),
]


def any_payload() -> st.SearchStrategy[Json]:
    """Any body that a hub could be sent, and some that it could not: any field may be absent."""
    needed = {
        name: A_PAYLOAD[name] for name in ("reference", "council", "hub", "outcome", "withheld", "schema_version")
    }
    levels, flags = st.sampled_from([*map(str, HarmLevel)]), st.lists(st.sampled_from([*map(str, Protection)]))
    safety = st.fixed_dictionaries({"harm": levels, "protection": flags, "says": _TEXTS}, optional={"ring": _TEXTS})
    whole = st.tuples(_part(PayloadBody, 0), safety)
    return whole.map(lambda made: {**made[0], **needed, "safety": made[1]})


def _part(part: type[BaseModel], depth: int) -> st.SearchStrategy[Json]:
    hints = get_type_hints(part, include_extras=True)
    fields = {name: _of(hints[name], depth) for name in part.model_fields}
    few = st.lists(st.sampled_from(sorted(fields)), max_size=6, unique=True)
    always = {name: fields[name] for name in ("referral", "people") if name in fields}
    return few.flatmap(lambda names: st.fixed_dictionaries({name: fields[name] for name in names} | always))


def _of(hint: Any, depth: int) -> st.SearchStrategy[Any]:
    for named, strategy in _NAMED:
        if hint == named:
            return strategy
    origin = get_origin(hint)
    if origin is tuple:
        return st.deferred(lambda: st.lists(_of(get_args(hint)[0], depth + 1), max_size=3 if depth < 3 else 1))
    if origin in (Union, UnionType):
        return _of(next(arg for arg in get_args(hint) if arg is not type(None)), depth)
    if origin is Annotated:
        return _of(get_args(hint)[0], depth)
    if origin is Literal:
        return st.sampled_from(get_args(hint))
    return _plain(hint, depth)


def _plain(hint: Any, depth: int) -> st.SearchStrategy[Any]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from([member.value for member in hint])
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return st.deferred(lambda: _part(hint, depth + 1))
    if hint is datetime:
        return st.just("2026-11-02T09:15:00Z")
    if hint is date:
        return st.dates(date(1950, 1, 1), date(2030, 1, 1)).map(date.isoformat)
    if hint is bool:
        return st.booleans()
    return st.integers(0, 2**40)

"""Invented families to send: most may be shared, some wait for a person, some go to safety, some cannot be read."""

from __future__ import annotations

import json
from typing import Final, Literal

Kind = Literal["share", "divert", "hold", "unreadable"]

SHARES: Final[tuple[tuple[Kind, int], ...]] = (("share", 76), ("divert", 8), ("hold", 8), ("unreadable", 8))
"""How many of a hundred requests are of each kind."""


def body(number: int, kind: Kind, *, record: int = 0) -> bytes:
    """Request `number` as JSON, about the record of that number or of another. No two are the same bytes."""
    record = record or number
    told: dict[str, object] = {
        "council": "hull",
        "purpose": "request",
        "source": {"system": "canonical", "record_id": f"CAMPAIGN-{record:08d}"},
        "referrer": {"kind": "professional", "name": "Sam Okoro", "role": "Pastoral lead", "agency": "Invented School"},
        "family": {"locality": "West"},
        "people": [
            {"id": "child", "roles": ["child"], "first_name": "Maya", "surname": _surname(record),
             "date_of_birth": "2017-03-14"},
            {"id": "mother", "roles": ["parent"], "first_name": "Joan", "surname": _surname(record),
             "why_needed": "She asks for the help and agrees to it.", "phones": [{"number": "07700 900123"}]},
        ],
        "relationships": [{"person": "mother", "to": "child", "kind": "PAM", "parental_responsibility": True}],
        "harm": {"level": "immediate" if kind == "divert" else "none_declared"},
        "reason": "Maya is late most mornings and her mother asks for help with routines."
        + (f" Corrected in message {number}." if record != number else ""),
        "needs": [{"code": "attendance", "whose": "child"}],
        "requested_services": [{"code": "hu_parenting_support"}],
        "agreements": [
            {"giver": "mother", "capacity": "parent", "holds_parental_responsibility": True, "form": "signed",
             "status": "refused" if kind == "hold" else "given", "on_date": "2026-11-02",
             "informed_of": "What Early Help is, and that the Locality Hub will see this."}
        ],
        "sharing_limits": [],
    }  # fmt: skip
    if kind == "unreadable":
        told["colour"] = "blue"  # no field of a referral
    return json.dumps(told).encode()


def _surname(number: int) -> str:
    """A name of its own for each family: letters only."""
    letters = "abcdefghij"
    return "Fern" + "".join(letters[int(digit)] for digit in str(number))

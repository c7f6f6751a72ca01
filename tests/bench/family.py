"""An invented family as a canonical referral of three kilobytes; every copy has its own record id and surname."""

from __future__ import annotations

import json
from typing import Final

_NUMBER: Final = "900000000000"
_SURNAME: Final = "Qqqqqqqq"
_STRIDE: Final = 7_607_531  # coprime to 26: neighbours get surnames far apart
_LETTERS: Final = 26**7

_REASON: Final = (
    "Maya has been late on most mornings this half term and has told her class teacher that she is often tired. "
    "Breakfast club has been offered and she has come twice. Her mother works early shifts, and says that mornings "
    "have been hard since they moved in September. She asks for help with routines and with getting to school. "
)


def _person(**fields: object) -> dict[str, object]:
    home = {"lines": ["4 Invented Row"], "town": "Testham", "postcode": "ZZ1 1ZZ", "kind": "home"}
    return {"surname": _SURNAME, "addresses": [home], "lives_with_child": True} | fields


def referral() -> dict[str, object]:
    """A complete, agreed and clean request for help with one child."""
    return {
        "schema_version": "1",
        "council": "hull",
        "purpose": "request",
        "source": {"system": "canonical", "record_id": _NUMBER, "submitted_at": "2026-11-20T09:30:00Z"},
        "referrer": {
            "kind": "professional", "name": "Sam Okoro", "role": "Pastoral lead", "agency": "Invented Primary School",
            "phone": "07700 900123", "email": "s.okoro@invented-primary.example", "outcome_by": "email",
        },
        "people": [
            _person(
                id="child", roles=["child"], first_name="Maya", date_of_birth="2017-03-14", sex="F",
                education={"setting_name": "Invented Primary School", "year_group": "4", "sessions_possible": 120,
                           "sessions_attended": 96, "sessions_authorised": 9, "sessions_unauthorised": 15},
            ),
            _person(
                id="mother", roles=["parent"], first_name="Joan", phones=[{"number": "07700 900124"}],
                emails=["joan@family.example"], why_needed="She asks for the help and agrees to it.",
            ),
        ],
        "relationships": [{"person": "mother", "to": "child", "kind": "PAM", "parental_responsibility": True}],
        "harm": {"level": "none_declared"},
        "reason": _REASON * 2,
        "outcome_sought": "Maya comes to school on time, and her mother has someone to ask.",
        "needs": [
            {"as_stated": "Attendance and punctuality", "whose": "child", "scope": "child"},
            {"as_stated": "Support with routines at home", "whose": "mother", "scope": "parent"},
        ],
        "views": [
            {"whose": "child", "person": "child", "said": "She likes school and wants to come on time."},
            {"whose": "parent", "person": "mother", "said": "She wants help.", "agrees_with_request": True},
        ],
        "agreements": [
            {"giver": "mother", "capacity": "parent", "holds_parental_responsibility": True, "status": "given",
             "form": "signed", "on_date": "2026-11-16", "informed_of": "What is shared, with whom and why.",
             "scope": {"support": True, "sharing": True}},
        ],
        "informed": [{"person": "mother", "who": "parents", "told": True, "on_date": "2026-11-16"}],
        "notices": [{"person": "mother", "given": True, "version": "2026-09", "on_date": "2026-11-16"}],
    }  # fmt: skip


_BODY: Final = json.dumps(referral(), separators=(",", ":")).encode()


def number(n: int) -> str:
    """Record id of copy `n`: twelve digits."""
    return f"{n:012d}"


def body(n: int) -> bytes:
    """Copy `n` as JSON; every copy has the same length."""
    return _BODY.replace(_NUMBER.encode(), number(n).encode()).replace(_SURNAME.encode(), _surname(n))


def surname(n: int) -> str:
    """Of everybody in copy `n`: eight letters."""
    return _surname(n).decode()


def _surname(n: int) -> bytes:
    left, letters = n * _STRIDE % _LETTERS, bytearray(b"F")
    for _ in range(7):
        left, letter = divmod(left, 26)
        letters.append(97 + letter)
    return bytes(letters)

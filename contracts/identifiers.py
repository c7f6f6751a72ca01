"""Whether an identifier can be right, by its own check: a warning for a person, never a correction and never a refusal.

Each check takes the text as it was written and returns None if nothing speaks against it, or a `Doubt`. An empty text
is nobody's mistake and raises no doubt. Spaces are let through where people write them; nothing else is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from nhs_number.validate import is_valid

from contracts.adapter import Fault

_UPN_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN: Final = re.compile(r"[A-Z][0-9]{11}[0-9A-Z]")
_POSTCODE: Final = re.compile(
    r"GIR ?0AA|[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9](?:[0-9ABEHMNPRV-Y])?|[0-9][A-HJKPS-UW]) ?[0-9][ABD-HJLNP-UW-Z]{2}"
)
_GSS: Final = re.compile(r"[EJKLMNSW][0-9]{8}")
_NO_PLACE: Final = {"ZZ993VZ": "no fixed abode", "ZZ993WZ": "an unknown address"}
_UPN_UNKNOWN: Final = frozenset({"UNKNOWN", *(f"UN{reason}" for reason in range(1, 11))})
_UPRN_UNKNOWN: Final = frozenset({"-1", "-1.0", "0", "0.0", "1", "1.0"})


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an identifier is doubtful: what was expected and what to do, as in `Fault`, without the value."""

    expected: str
    remedy: str

    def fault(self, position: str = "", pointer: str = "") -> Fault:
        """The same as a Fault of kind `doubtful`."""
        return Fault(position, pointer, self.expected, self.remedy, "doubtful")


def upn(text: str) -> Doubt | None:
    """Unique pupil number: check letter, three-digit authority, four-digit school, two-digit year, serial.

    Any three digits are an authority here: numbers outlive the authority that gave them. Position 13 is a letter in a
    temporary number. Source: DfE guide to unique pupil numbers, "the check letter" (sum of place × digit, modulo 23).
    """
    number = _joined(text)
    if not number:
        return None
    if number in _UPN_UNKNOWN:
        return Doubt("a unique pupil number, or nothing", "Leave it empty where the number is not known.")
    if not _UPN.fullmatch(number) or number[-1] in "IOS":
        return Doubt("a unique pupil number: a letter and 12 digits", "Copy the number from the school's system again.")
    values = [_UPN_LETTERS.index(mark) if mark.isalpha() else int(mark) for mark in number[1:]]
    check = sum(place * value for place, value in enumerate(values, start=2)) % 23
    if _UPN_LETTERS[check] != number[0]:
        return Doubt("a unique pupil number whose check letter fits", "Copy the number from the school's system again.")
    return None


def nhs_number(text: str) -> Doubt | None:
    """NHS number: ten digits, the last a check digit. Source: NHS Data Dictionary, NHS NUMBER (modulus 11).

    Ten equal digits are doubted though some of them pass the sum: they are what people type to get past a field.
    """
    number = _joined(text, "-")
    if not number:
        return None
    if not _digits(number, 10):
        return Doubt("an NHS number of ten digits", "Copy the number from the health record again.")
    if len(set(number)) == 1 or not is_valid(number):
        return Doubt("an NHS number whose check digit fits", "Copy the number from the health record again.")
    return None


def urn(text: str) -> Doubt | None:
    """Unique reference number of a school: six digits, the first not 0. Source: DfE, Get Information about Schools."""
    number = _joined(text)
    if not number or (_digits(number, 6) and number[0] != "0"):
        return None
    return Doubt(
        "a school's unique reference number of six digits", "Look the school up in Get Information about Schools."
    )


def laestab(text: str) -> Doubt | None:
    """Authority and establishment: three and four digits, with or without / between them. Source: DfE, CBDS."""
    number = _joined(text)
    if not number or re.fullmatch(r"[2-9][0-9]{2}/?[0-9]{4}", number, re.ASCII):
        return None
    return Doubt(
        "an authority and school number of seven digits", "Look the school up in Get Information about Schools."
    )


def uln(text: str) -> Doubt | None:
    """Unique learner number: ten digits, weights 10 to 2, the last 10 less the sum modulo 11.

    Source: Learning Records Service, validation of unique learner numbers.
    """
    number = _joined(text)
    if not number:
        return None
    if not _digits(number, 10) or number[0] == "0":
        return Doubt("a unique learner number of ten digits", "Copy the number from the learner record again.")
    rest = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), number[:9], strict=True)) % 11
    if rest == 0 or 10 - rest != int(number[9]):
        return Doubt("a unique learner number whose check digit fits", "Copy the number from the learner record again.")
    return None


def uprn(text: str) -> Doubt | None:
    """Unique property reference number: up to 12 digits, no check digit. Source: GeoPlace, UPRN.

    -1, 0 and 1 are what systems write for "no property", and a decimal point is a spreadsheet's doing.
    """
    number = _joined(text)
    if not number:
        return None
    if number in _UPRN_UNKNOWN:
        return Doubt(
            "a unique property reference number, or nothing", "Leave it empty where the property is not known."
        )
    if not number.isascii() or not number.isdigit() or len(number) > 12:
        return Doubt("a unique property reference number of at most 12 digits", "Look the address up again.")
    return None


def postcode(text: str) -> Doubt | None:
    """Postcode by its shape, not by whether it exists. Source: BS 7666; pseudo postcodes of the NHS Postcode Directory.

    A pseudo postcode is well formed and says that there is no place to send anything to, so it is named.
    """
    code = " ".join(text.upper().split())
    if not code:
        return None
    if (meaning := _NO_PLACE.get(code.replace(" ", ""))) is not None:
        return Doubt("a postcode of a place", f"This postcode stands for {meaning}. Ask how to reach the family.")
    if not _POSTCODE.fullmatch(code):
        return Doubt("a full postcode, such as AA1 1AA", "Ask for the postcode, or leave it empty.")
    return None


def gss(text: str) -> Doubt | None:
    """Government Statistical Service code of an area: a country letter and eight digits. Source: ONS, Register of
    Geographic Codes. Whether the area still exists is not checked: codes outlive councils.
    """
    code = _joined(text)
    if not code or _GSS.fullmatch(code):
        return None
    return Doubt("an area's nine-character code, such as E09000030", "Look the area up in the register of codes.")


CHECKS: Final[Mapping[str, Callable[[str], Doubt | None]]] = {
    "upn": upn,
    "nhs_number": nhs_number,
    "urn": urn,
    "laestab": laestab,
    "uln": uln,
    "uprn": uprn,
    "postcode": postcode,
    "gss": gss,
}
"""The checks by the name of the identifier."""


def _joined(text: str, also: str = "") -> str:
    return "".join(mark for mark in text.upper() if not mark.isspace() and mark not in also)


def _digits(number: str, count: int) -> bool:
    return len(number) == count and number.isascii() and number.isdigit()

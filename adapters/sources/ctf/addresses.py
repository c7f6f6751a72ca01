"""An address of a transfer file, from either of its two shapes or from the lines that stand loose in older files.

lines        as on an envelope: flat, number and street, locality; or the address lines as they are
Town, County, PostCode, UPRN, Country
other_lines  the second shape, where a file has both
rest         what nobody knows
"""

from __future__ import annotations

from typing import Final

from adapters.sources.ctf.told import Facts, Told, either, part, taken
from contracts.adapter import Plain

_PARTS: Final = "BS7666Address"
_LINES: Final = "AddressLines"


def address_of(written: list[Facts], pointer: str, told: Told) -> Facts:
    """The address at `pointer`, with white space made single; doubted where a file has two of one thing."""
    if not written:
        return {}
    place = written[0]
    parted, town = _by_parts(part(place, _PARTS))
    lines = [line for number in range(1, 6) for line in _by_line(place, number)]
    if len(written) > 1 or (parted and lines):
        told.doubt(pointer, "one address in one shape", "The file gives two. The first was taken; ask which is right.")
    facts: Facts = {
        "lines": [*(parted or lines)],
        "Town": _single(town or next(either(place, "Town"), None)),
        "County": _single(taken(place, "County")),
        "PostCode": _single(next(either(place, "PostCode", "Postcode", f"{_PARTS}/PostCode"), None)),
        "UPRN": _single(
            next(either(place, f"{_PARTS}/UniquePropertyReferenceNumber", "UniquePropertyReferenceNumber"), None)
        ),
        "Country": _single(taken(place, "Country")),
        "other_lines": [*lines] if parted else [],
    }
    rest = {name: value for name, value in place.items() if value not in ({}, None)}
    return {**facts, "rest": {**rest, **({"more": [*written[1:]]} if written[1:] else {})}}


def _by_parts(written: Facts) -> tuple[list[Plain], str | None]:
    """The lines and the town of a BS 7666 address. A house name stands before its street, a number with it."""
    told = {name: _single(taken(written, name)) for name in ("SAON", "PAON", "Street", "Locality", "Town", "PostTown")}
    building, street, town = told["PAON"], told["Street"], told["PostTown"] or told["Town"]
    join = " " if building and building[0].isdigit() else ", "
    home = join.join(filter(None, (building, street)))
    within = told["Town"] if told["Town"] != town else None
    return [line for line in (told["SAON"], home, told["Locality"], within) if line], town


def _by_line(place: Facts, number: int) -> list[Plain]:
    found = either(place, f"{_LINES}/AddressLine{number}", f"AddressLine{number}")
    return [line for text in found if (line := _single(text))]


def _single(text: str | None) -> str | None:
    return " ".join(text.split()) if text is not None else None

"""What the JSON in a cell of an SSD table says, though the script that wrote it escaped nothing.

The public script for older SQL Servers joins strings, so a quote, a backslash or a line break in a comment breaks the
JSON around it. The keys and their order are known, so each value is what stands between its key and the next one. The
comment comes last and was cut at 900 characters without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.formats.json import strict_json
from contracts.adapter import Fault, Plain
from contracts.errors import UnreadablePayload

OUTCOME_KEYS: Final = (
    "NEW_REFERRAL_FLAG",
    "EXISTING_REFERRAL_FLAG",
    "CP_ENQUIRY_FLAG",
    "NFA_FLAG",
    "NON_AGENCY_ADOPTION_FLAG",
    "PRIVATE_FOSTERING_FLAG",
    "ADVICE_FLAG",
    "MISSING_FLAG",
    "OLA_CP_FLAG",
    "OTHER_OUTCOMES_EXIST_FLAG",
    "NUMBER_OF_OUTCOMES",
    "OUTCOME",
    "COMMENTS",
)
"""Keys of `cont_contact_outcome_json`, in the order in which the public script writes them."""

ADDRESS_KEYS: Final = ("ROOM", "FLOOR", "FLAT", "BUILDING", "HOUSE", "STREET", "TOWN", "UPRN", "EASTING", "NORTHING")
"""Keys of `addr_address_json`."""

CUT: Final = 900
"""Characters after which the public script cuts a comment."""

_PREFIX: Final = "OUTCOME_"


def read_cell(
    cell: Plain, keys: Sequence[str], position: str, pointer: str
) -> tuple[dict[str, Plain], tuple[Fault, ...]]:
    """The values by key, without those that say nothing, and what is doubtful about them.

    A cell that is not an object, and one of which no key is known, is `{"OUTCOME": text}` or `{"AS_WRITTEN": text}`.
    """
    if isinstance(cell, Mapping):
        return _said(cell, keys), _cut(cell, position, pointer)
    text = "" if cell is None else str(cell).strip()
    if not text.startswith("{"):
        name = "OUTCOME" if "OUTCOME" in keys else "AS_WRITTEN"
        return ({name: text} if text else {}), ()
    try:
        whole = strict_json(text.encode(errors="surrogatepass"))
    except UnreadablePayload:
        whole = None
    if isinstance(whole, Mapping) and all(not isinstance(value, Mapping | list) for value in whole.values()):
        return _said(whole, keys), _cut(whole, position, pointer)
    found = _pulled(text, keys)
    remedy = "The export wrote it without escapes, so it was taken apart by its known keys. Compare it with the source."
    doubt = Fault(position, pointer, "JSON whose quotes, backslashes and line breaks are escaped", remedy, "doubtful")
    return (_said(found, keys) or {"AS_WRITTEN": text}), (doubt, *_cut(found, position, pointer))


def _pulled(text: str, keys: Sequence[str]) -> dict[str, Plain]:
    """Each key's value: what stands between it and the next key, of which only later ones in the order are looked for.

    So nothing that a comment quotes, even a whole object, is taken for another key's value.
    """
    marks = re.compile("|".join(rf'"(?:{_PREFIX})?({key})"\s*:\s*' for key in keys), re.IGNORECASE)
    found: dict[str, Plain] = {}
    last, start, before = -1, 0, ""
    for mark in marks.finditer(text):
        order = (mark.lastindex or 1) - 1
        if order <= last or before == keys[-1]:
            continue
        if before:
            found[before] = _bare(text[start : mark.start()])
        last, start, before = order, mark.end(), keys[order]
    if before:
        found[before] = _bare(text[start:])
    return found


def _bare(text: str) -> Plain:
    value = text.strip().removesuffix("}").strip().removesuffix(",").strip()
    quoted = value.startswith('"')
    value = value.removeprefix('"').removesuffix('"').strip() if quoted else value
    return None if not quoted and value.casefold() in ("null", "") else value


def _said(values: Mapping[str, Plain], keys: Sequence[str]) -> dict[str, Plain]:
    """Under the public script's keys, without the prefix some scripts keep; sentinels and empty values are left out."""
    said: dict[str, Plain] = {}
    for key, value in values.items():
        bare = key.upper().removeprefix(_PREFIX)
        name = bare if bare in keys else key
        text = "" if value is None else str(value).strip()
        if text and not (name in ("UPRN", "EASTING", "NORTHING", "NUMBER_OF_OUTCOMES") and text in ("-1", "-1.0")):
            said[name] = value
    return said


def _cut(values: Mapping[str, Plain], position: str, pointer: str) -> tuple[Fault, ...]:
    comment = next((str(value) for key, value in values.items() if key.upper().endswith("COMMENTS")), "")
    if len(comment) < CUT:
        return ()
    remedy = f"The export cuts comments at {CUT} characters. Read the rest in the case system."
    return (Fault(position, f"{pointer}/COMMENTS", "a whole comment", remedy, "doubtful"),)

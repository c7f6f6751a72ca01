"""The tables of a Liquidlogic bundle under their warehouse names, and how they hang together.

Names are those of public reporting scripts for the HDM warehouse; no vendor publishes an interface, so each council
confirms them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.formats.tables import Layout

RECORDS: Final[Mapping[str, str]] = {
    "FACT_EHM_CONTACT": "FACT_EHM_CONTACT_ID",
    "FACT_CONTACTS": "FACT_CONTACT_ID",
    "FACT_CAF_EPISODE": "FACT_CAF_EPISODE_ID",
    "FACT_FORMS": "FACT_FORM_ID",
}
"""The tables whose rows can be records, the preferred first, and the column of their own id."""

CONTACTS: Final = ("FACT_EHM_CONTACT", "FACT_CONTACTS")

LISTS: Final[Mapping[str, str]] = {
    "addresses": "DIM_PERSON_ADDRESS",
    "episodes": "FACT_CAF_EPISODE",
    "involvements": "FACT_INVOLVEMENTS",
    "disabilities": "FACT_DISABILITY",
}
"""Name in a record → the table whose rows about the child it lists."""

FORM_TYPE: Final = ("DIM_LOOKUP_FORM_TYPE_ID_CODE", "DIM_LOOKUP_FORM_TYPE_ID_DESC", "DIM_LOOKUP_FORM_TYPE_ID")
"""Where a form says of which type it is: a lookup may arrive as code, description or number."""

_MAY_SAY_UNKNOWN: Final = frozenset({"UPN", "FORMER_UPN", "LEGACY_ID", "NHS_NUMBER"})
_NO_POSTCODE: Final = frozenset({"xxxx", "nopostcode"})
_MAY_SAY_MINUS_ONE: Final = frozenset({"TOTAL_NO_OF_OUTCOMES", "UPRN"})


def _says_nothing(column: str, text: str) -> bool:
    if column in _MAY_SAY_UNKNOWN:
        return text.casefold() == "unknown"
    if column == "POSTCODE":
        return text.casefold() in _NO_POSTCODE
    return (column.endswith("_ID") or column in _MAY_SAY_MINUS_ONE) and text in ("-1", "-1.0")


LAYOUT: Final = Layout(
    system="a bundle of Liquidlogic tables",
    keys={
        "DIM_PERSON": ("DIM_PERSON_ID",),
        "DIM_PERSON_ADDRESS": ("DIM_PERSON_ID",),
        "FACT_EHM_CONTACT": ("DIM_PERSON_ID",),
        "FACT_CONTACTS": ("DIM_PERSON_ID",),
        "FACT_CAF_EPISODE": ("DIM_PERSON_ID",),
        "FACT_PERSON_RELATION": ("DIM_PERSON_ID", "DIM_RELATED_PERSON_ID"),
        "FACT_FORMS": ("FACT_FORM_ID", "DIM_PERSON_ID"),
        "FACT_FORM_ANSWERS": ("FACT_FORM_ID", "ANSWER"),
        "FACT_INVOLVEMENTS": ("DIM_PERSON_ID",),
        "FACT_DISABILITY": ("DIM_PERSON_ID",),
    },
    says_nothing=_says_nothing,
)

"""Says a council's own words for our codes: who leads, and a level of need that is never read by its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.council import Council
from contracts.referral import Referral


@dataclass(frozen=True, slots=True)
class Labels:
    """What one council's people call things.

    lead    who leads: "Lead Practitioner" (rules 10.1 row 17)
    level   the declared level in the council's words, "" if nobody declared one or the council has no such level
    stated  the sender's own label, as a reader of this council may see it: never another council's bare number
    """

    lead: str = ""
    level: str = ""
    stated: str = ""


NO_LABELS: Final = Labels()


def labels(referral: Referral, council: Council) -> Labels:
    """This council's words for what the referral holds (rules 3.1: by council and label, never by number)."""
    settings, level = council.settings, referral.level
    own = settings.levels.get(level.canonical or "", "")
    return Labels(settings.lead, own, _stated(level.council_label or "", level.council or "", own, council))


def _stated(label: str, whose: str, own: str, council: Council) -> str:
    """The label itself where it is this council's for that level; else what it means here, and that it was stated."""
    if not label:
        return ""
    ours = whose in ("", council.name)
    known = own or next((word for word in council.settings.levels.values() if _same(word, label)), "")
    if ours and _same(known, label):
        return label
    by = "as the sender wrote it" if ours else f"a label of {whose.replace('_', ' ').title()}"
    return f"{own or f'No level of {council.title}'} (“{label}”, {by})"


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()

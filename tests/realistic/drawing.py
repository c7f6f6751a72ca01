"""Draws which two hundred requests a fortnight brings, from the shares believed in `fortnight.md` and its own seed."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

SETS: Mapping[str, tuple[int, str]] = {"fortnight": (20261109, "week"), "second_fortnight": (20261123, "next")}
"""Folder of a set → the Monday on which it begins, which is its seed, and how the ids of its stories begin."""

POST: Mapping[str, Mapping[str, int]] = {
    "hull": {"hull_support": 22, "hull_ehash": 9, "hull_school": 6, "hull_social": 2, "hull_json": 1},
    "leicester": {"leic_eha": 26, "leic_stepdown": 7, "leic_json": 4, "leic_masp": 2, "leic_stepup": 1},
    "tower_hamlets": {"th_enquiry": 22, "th_csv": 7, "th_mosaic": 5, "th_eha": 4, "th_json": 2},
    "derby": {"derby_support": 26, "derby_monitoring": 4, "derby_json": 4, "derby_hubs": 3, "derby_ssd": 3},
    "kent": {"kent_request": 29, "kent_stepdown": 6, "kent_json": 4, "kent_social": 1},
}
"""Of forty requests, how many come by each form or system."""

WEB = {
    "not_asked": 3.0, "refused": 2.0, "danger": 2.0, "unsure": 2.5, "out_of_area": 1.5, "public": 1.5,
    "no_birth_date": 0.7, "agreement_gap": 2.0, "old_agreement": 0.7, "parents_differ": 0.7,
}  # fmt: skip
LIMIT = {"limit": 2.5}
YOUNG = {"young_person": 1.5, "child_refuses": 0.5}
SYSTEM = {
    "not_asked": 2.0, "refused": 1.0, "danger": 2.0, "unsure": 2.0, "agreement_gap": 4.0, "limit": 3.0,
    "parents_differ": 2.0, "out_of_area": 2.0,
}  # fmt: skip
HANDED_DOWN = {"refused": 2.0, "agreement_gap": 5.0, "unfinished": 5.0}

TROUBLE: Mapping[str, Mapping[str, float]] = {
    "hull_support": WEB | LIMIT,
    "hull_ehash": {**WEB, "danger": 6.0, "unsure": 5.0, "public": 0.0, "no_birth_date": 1.5},
    "hull_school": {**SYSTEM, "parents_differ": 0.0},
    "hull_json": SYSTEM,
    "hull_social": HANDED_DOWN,
    "leic_eha": WEB,
    "leic_masp": {"not_asked": 2.0, "refused": 1.0, "unsure": 5.0},
    "leic_stepdown": {**HANDED_DOWN, "unwritten": 5.0},
    "leic_stepup": {"unsure": 20.0},
    "leic_json": SYSTEM,
    "th_enquiry": WEB | YOUNG | {"nameless": 5.0, "unsigned": 5.0, "hidden_address": 0.7},
    "th_csv": WEB | {"nameless": 2.0, "unsigned": 5.0},
    "th_mosaic": {"refused": 2.0, "agreement_gap": 5.0},
    "th_eha": LIMIT | {"refused": 0.5},
    "th_json": SYSTEM,
    "derby_support": WEB | LIMIT,
    "derby_monitoring": {"refused": 2.0},
    "derby_json": SYSTEM,
    "derby_hubs": {},
    "derby_ssd": {},
    "kent_request": WEB | YOUNG,
    "kent_stepdown": HANDED_DOWN,
    "kent_json": SYSTEM,
    "kent_social": HANDED_DOWN,
}  # fmt: skip
"""Of a hundred that come by a form, how many are in each kind of trouble; the rest are plain."""

PLAIN = "plain"


def drawn(name: str = "fortnight") -> dict[str, tuple[str, str]]:
    """Story → its form and its kind, the same each time for the same set."""
    seed, begins = SETS[name]
    chance = Random(seed)
    found: dict[str, tuple[str, str]] = {}
    for council, post in POST.items():
        forms = [form for form, count in post.items() for _ in range(count)]
        for number, form in enumerate(forms, 1):
            kinds = {**TROUBLE[form], PLAIN: 100 - sum(TROUBLE[form].values())}
            found[f"{begins}-{council.replace('_', '-')}-{number:02}"] = (
                form,
                chance.choices(list(kinds), list(kinds.values()))[0],
            )
    return found

"""What each source can carry and cannot, read out of its mappings: the table in `docs/sources.md`.

A source carries what a mapping of it fills from an answer; a constant is nothing that the source said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from adapters import SOURCES, enriching
from gateway.config.entries import answers_of
from gateway.config.mappings import FormMapping, Mappings

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "who asks": ("referrer.",),
    "why": ("reason",),
    "harm": ("harm.level",),
    "agreement": ("agreements.status",),
    "needs": ("needs.code", "needs.as_stated"),
    "child's name": ("people.first_name", "people.full_name", "people.surname"),
    "date of birth": ("people.date_of_birth",),
    "unborn": ("people.expected_date", "people.unborn"),
    "identifiers": ("people.identifiers.value",),
    "address": ("people.addresses.",),
    "carers": ("relationships.kind", "relationships.parental_responsibility"),
    "ethnicity": ("people.ethnicity",),
    "language": ("people.first_language",),
    "attendance": ("people.education.sessions_", "people.education.attendance_", "people.education.marks"),
    "SEN": ("people.education.sen_",),
    "assessment": ("assessments.",),
    "step-down": ("step_down.",),
}
"""What a hub needs to know, in the order of a form, and the fields that say it."""


def carried(mappings: Iterable[FormMapping]) -> tuple[str, ...]:
    """The parts of a referral that at least one of these mappings fills from an answer."""
    paths = {entry.path for mapping in mappings for entry in answers_of(mapping.entries) if entry.sources}
    return tuple(
        part for part, starts in PARTS.items() if any(path.startswith(start) for path in paths for start in starts)
    )


def page(mappings: Mappings) -> str:
    """`docs/sources.md`: a table of every source, and what each one's limits are."""
    rows = [_row(name, list(_of(mappings, name))) for name in SOURCES]
    head = [
        "Source",
        "Format",
        "Asks or adds",
        "Carries",
        "Cannot carry",
        "Run on what others published",
        "Mapped forms",
    ]
    table = "\n".join(_line(cells) for cells in (head, ["---"] * len(head), *rows))
    limits = "\n".join(
        f"* **{SOURCES[name].ABOUT.title}** (`{name}`). {SOURCES[name].ABOUT.limits}" for name in SOURCES
    )
    return f"{_HEAD}\n{table}\n\n## Known limits\n\n{limits}\n"


_HEAD: Final = """# What can be connected

This page is made from the code and the mappings: `gateway sources --write docs/sources.md`. A test fails if it is old.

*Asks*: each record is a request for help. *Adds*: its files are never a request alone; they stand beside a covering
sheet or a referral in one zip, and add to the children who are named there what the request leaves empty.
“Carries” is what at least one mapping of ours takes from an answer; a mapping of yours may take more.
“Not verified” means that no such file is public: connect it with a test key first, and look at the first real file.
"""


def _of(mappings: Mappings, adapter: str) -> Iterator[FormMapping]:
    return (mapping for mapping in mappings.by_key.values() if mapping.adapter == adapter)


def _row(name: str, mappings: list[FormMapping]) -> list[str]:
    about, found = SOURCES[name].ABOUT, carried(mappings)
    lacking = [part for part in PARTS if part not in found]
    forms = dict.fromkeys(sorted(f"{mapping.source}/{mapping.form}" for mapping in mappings))
    return [
        f"{about.title} (`{name}`)",
        about.format,
        "adds" if enriching(name) else "asks",
        ", ".join(found) or "–",
        ", ".join(lacking) or "–",
        about.seen or "none: not verified",
        ", ".join(f"`{form}`{_councils(form, mappings)}" for form in forms) or "–",
    ]


def _councils(form: str, mappings: Iterable[FormMapping]) -> str:
    """Whose mappings of one form there are, where there are several."""
    of = sorted(one.council for one in mappings if f"{one.source}/{one.form}" == form)
    if len(of) == 1:
        return ""
    own = f"its own for {', '.join(council for council in of if council)}"
    return f" (any council; {own})" if "" in of else f" ({own})"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"

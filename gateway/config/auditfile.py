"""Who audits a council from outside, as `people.yaml` writes it, and whether that keeps them apart from everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Final

from pydantic import Field

from contracts.adapter import Fault
from contracts.audits import AUDITOR, Audit
from gateway.config.yamlfile import Loaded, Part, unknown

_Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
_ALONE: Final = "somebody who does nothing else here"


class AuditRow(Part):
    """One auditor's bounds: none has a default, so that nobody is let in for ever, or to everything, by leaving out."""

    until: _Day
    from_: _Day = Field(alias="from")
    to: _Day

    def plain(self) -> Audit:
        """The same for the flows."""
        return Audit(self.until, self.from_, self.to)


def audit_faults(people: Loaded[Any], senders: Mapping[str, Any]) -> Iterator[Fault]:
    """An auditor has bounds, decides nothing, and is nobody's colleague. `people` holds a PeopleFile."""
    roles, audits = people.model.roles, people.model.audits
    auditors = roles[AUDITOR].people if AUDITOR in roles else ()
    for place, person in enumerate(auditors):
        at = ("roles", AUDITOR, "people", place)
        if person not in audits:
            remedy = f"Add `audits: {{{person}: {{until: 2027-03-31, from: 2026-01-01, to: 2026-06-30}}}}`."
            yield people.fault(*at, expected="bounds of this auditor under `audits`", remedy=remedy)
        if others := [*_roles_of(person, roles), *_senders_of(person, senders)]:
            remedy = f"Take them out of {', '.join(others)}, or name somebody else here."
            yield people.fault(*at, expected=_ALONE, remedy=remedy)
    for person, audit in audits.items():
        if person not in auditors:
            remedy = unknown(person, auditors)
            yield Fault(people.at_name("audits", person), "", f"a person of the role `{AUDITOR}`", remedy)
        yield from _back_to_front(people, person, audit)
    yield from _covered(people)


def _back_to_front(people: Loaded[Any], person: str, audit: AuditRow) -> Iterator[Fault]:
    for end in ("to", "until"):
        if getattr(audit, end) < audit.from_:
            remedy = f"`from` is {audit.from_}. Swap them, or correct one."
            yield people.fault("audits", person, end, expected="a day not before `from`", remedy=remedy)


def _covered(people: Loaded[Any]) -> Iterator[Fault]:
    """To cover is to act in the other role: an auditor would decide, or somebody would audit without bounds."""
    for name, row in people.model.roles.items():
        if row.cover and AUDITOR in (name, row.cover):
            remedy = "Take `cover` away: nobody covers for an auditor, and an auditor covers for nobody."
            yield people.fault("roles", name, "cover", expected="no cover", remedy=remedy)


def _roles_of(person: str, roles: Mapping[str, Any]) -> list[str]:
    return [f"the role `{name}`" for name, row in roles.items() if name != AUDITOR and person in row.people]


def _senders_of(person: str, senders: Mapping[str, Any]) -> list[str]:
    return [
        f"the sender `{name}`" for name, row in senders.items() if any(person in names for names in row.people.values())
    ]

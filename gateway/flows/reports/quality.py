"""How the gateway treats people: holds that were not needed, alarms that each team hears, and groups of families.

Hold quality and the alarm budget are counted by the store or by `flows.holds.needed`, which reads the holds of a month
at once. The equality view opens every request of a half-year, one at a time, and keeps only counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from contracts.decision import Outcome
from contracts.people import PersonRole, Protection
from gateway.flows.decisions.filed import read_filed
from gateway.flows.holds.needed import HOLDS, counts, needed_by_place
from gateway.flows.oversight.sharinglog import sentences
from gateway.flows.reports.definition import Asking
from gateway.flows.reports.lines import Row, Sheet
from gateway.flows.reports.statistics import few, months
from gateway.path.suppressing import Counted, published
from gateway.path.telling import role_title
from gateway.store import content, waits
from gateway.store.reported import fates, filed, posted, rung

HOLD_QUALITY: Final = (
    Sheet(
        "Holds that ended, by class and rule",
        (
            "Month",
            "Class of hold",
            "Rule",
            "Ended",
            "By people",
            "By themselves",
            "Needed",
            "Should not have happened",
            "Nobody has said",
        ),
    ),
)
ALARMS: Final = (
    Sheet("What each team heard", ("Month", "Team", "What about", "Interruptions", "Lines in digests")),
    Sheet("What was posted", ("Month", "To", "Kind of letter", "How many")),
)
EQUALITY: Final = (
    Sheet("Children, by group", ("Half", "What", "Group", "Children"), chart=3),
    Sheet("Of those, held for a person", ("Half", "What", "Group", "Held or not", "Children")),
    Sheet(
        "Of those, a person recorded why it must be shared", ("Half", "What", "Group", "Recorded or not", "Children")
    ),
)
_NOT_SAID: Final = "Not said"


def hold_quality(asking: Asking) -> Iterator[Row]:
    """Month by month: was each hold needed, as whoever ended it says (settled 42)? A hold of two rules counts twice."""
    council, connection = asking.council, asking.connection
    policy = asking.gateway.policy(council.name)
    says = sentences(policy)
    for month, since, until in months(asking.question.first, asking.question.last):
        holds = [one for one in waits.ended(connection, council.name, HOLDS, since, until) if counts(one)]
        for (kind, rule), many in sorted(needed_by_place(holds).items()):
            title = policy.holds[kind].title if kind in policy.holds else kind.replace("_", " ")
            yield Row((month, title, f"{rule}: {says[rule]}" if rule in says else rule, *many.values()))


def alarms(asking: Asking) -> Iterator[Row]:
    """Month by month and team by team: what interrupted, and what waited for a digest (settled 45)."""
    council, connection = asking.council, asking.connection
    told = list(months(asking.question.first, asking.question.last))
    for month, since, until in told:
        for row in rung(connection, council.name, since, until):
            about = row.kind.replace(":", ", ").replace("_", " ")
            yield Row((month, role_title(row.role, council), about, int(row.interrupts), int(row.digests)))
    for month, since, until in told:
        for row in posted(connection, council.name, since, until):
            kind, _, name = row.recipient.partition(":")
            to = role_title(name, council) if kind == "role" else "Senders"
            yield Row((month, to, row.kind.replace("_", " "), row.n), 1)


def equality(asking: Asking) -> Iterator[Row]:
    """Whether paperwork rules weigh on some groups more than on others. Sealed files are left out."""
    question = asking.question
    half = f"{question.first:%B} to {question.last:%B %Y}"
    every, held, recorded = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for place, was_held, was_recorded in _children(asking):
        every[place] += 1
        held[place] += was_held
        recorded[place] += was_recorded
    names = sorted({name for name, _ in every})
    for sheet, (some, yes, no) in enumerate(
        ((None, "", ""), (held, "Held", "Not held"), (recorded, "Recorded", "Not"))
    ):
        for name in names:
            parts = {group: count for (of, group), count in every.items() if of == name}
            inside = (
                {(name, group): _split(parts[group], some[name, group], yes, no) for group in parts}
                if some is not None
                else {}
            )
            shown = published(Counted(sum(parts.values()), {name: parts}, inside))
            if some is None:
                for group, count in few(shown.divisions[name], str):
                    yield Row((half, name, group, count))
                continue
            for (_, group), split in sorted(shown.inside.items()):
                for which, count in few(split, str):
                    yield Row((half, name, group, which, count), sheet)


def _split(whole: int, some: int, yes: str, no: str) -> dict[str, int]:
    return {yes: some, no: whole - some}


def _children(asking: Asking) -> Iterator[tuple[tuple[str, str], bool, bool]]:
    """Each child's groups, as the sender said them, and what became of the request."""
    council, connection, codes = asking.council.name, asking.connection, asking.gateway.catalogue.codes
    ethnicities, sexes = codes["ethnicity"].labels, codes["sex"].labels
    which = asking.question.which
    for referral, stored in filed(connection, council, which.since, which.until):
        body = content.get(connection, council, stored)
        if body is None:
            continue  # erased: nothing is known of it any more
        people = read_filed(body)[0].people
        if any(Protection.SEALED in one.protection for one in people):
            continue
        became = fates(connection, council, referral)
        held = any(outcome == Outcome.HOLD for outcome, _ in became)
        recorded = any('"human":"recorded"' in facts for _, facts in became)
        for child in people:
            if PersonRole.CHILD in child.roles:
                yield ("Ethnicity", ethnicities.get(child.ethnicity or "", _NOT_SAID)), held, recorded
                yield ("Sex", sexes.get(child.sex or "", _NOT_SAID)), held, recorded

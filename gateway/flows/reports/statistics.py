"""Counts that may be published: by month, with small numbers hidden so that nothing gives them back (governance 2.2).

Only months that have ended are counted, each by itself: there is no total over months. A decision counts in the month
in which it was made, under the first rule that decided it, and every time that it was made. The store counts, so what
is in memory is one month's numbers: outcomes, rules, hubs and kinds of sender, however many decisions there were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from contracts.council import Council
from contracts.decision import Outcome
from gateway.flows.oversight import asked
from gateway.flows.oversight.sharinglog import sentences
from gateway.flows.reports.definition import Asking
from gateway.flows.reports.lines import Row, Sheet
from gateway.path.calendar import add_months, start_of
from gateway.path.suppressing import Counted, Published, published
from gateway.store.reported import grouped, spans

SHEETS: Final = (
    Sheet("Decisions in all", ("Month", "Decisions"), chart=1),
    Sheet("Decisions by outcome", ("Month", "Decision", "How many"), chart=2),
    Sheet(
        "Decisions by the rule that decided, within each outcome", ("Month", "Decision", "Rule", "How many"), chart=3
    ),
    Sheet("Decisions by where they were for", ("Month", "Recipient", "How many"), chart=2),
    Sheet("Decisions by kind of sender", ("Month", "Kind of sender", "How many"), chart=2),
    Sheet("Holds that ended, by how long they lasted", ("Month", "Lasted", "How many"), chart=2),
    Sheet("Messages that arrived, by how long it took from receipt", ("Month", "Took", "How many"), chart=2),
)
_HOUR: Final = 3_600_000
HOLD_AGES: Final = (
    ("under 4 hours", 4 * _HOUR),
    ("4 hours to 1 day", 24 * _HOUR),
    ("1 to 3 days", 72 * _HOUR),
    ("3 to 10 days", 240 * _HOUR),
    ("over 10 days", 2**62),
)
TIMES: Final = (
    ("under 1 minute", 60_000),
    ("1 to 10 minutes", 600_000),
    ("10 minutes to 1 hour", _HOUR),
    ("1 hour to 1 day", 24 * _HOUR),
    ("over 1 day", 2**62),
)
"""What it is called, and the milliseconds it ends before."""
TOO_FEW: Final = "Too few to show"
_NOBODY: Final = "nobody"


def months(first: date, last: date) -> Iterator[tuple[str, int, int]]:
    """Each month from one day to another: its name, and its beginning and end, ms UTC."""
    day = first.replace(day=1)
    while day <= last:
        after = add_months(day, 1)
        yield f"{day:%B %Y}", start_of(day), start_of(after)
        day = after


def statistics(asking: Asking) -> Iterator[Row]:
    """Sheet by sheet, month by month."""
    told = [
        (name, counted(asking, since, until), *_spans(asking, since, until))
        for name, since, until in months(asking.question.first, asking.question.last)
    ]
    words = _words(asking)
    shown = [(name, published(whole), published(holds), published(times)) for name, whole, holds, times in told]
    for name, whole, *_ in shown:
        yield Row((name, whole.total), 0)
    for sheet, of in enumerate(("outcome", "rule", "hub", "sender"), 1):
        for name, whole, *_ in shown:
            yield from _rows(sheet, name, whole, of, words)
    for sheet, place in ((5, 0), (6, 1)):
        for name, _, *timed in shown:
            bands = timed[place].divisions["band"]
            hidden = all(count is None for count in bands.values())
            for band, count in [(TOO_FEW, None)] if hidden else bands.items():
                yield Row((name, band, count), sheet)


def counted(asking: Asking, since: int, until: int) -> Counted:
    """One month's decisions, counted in every way. A divert is for the front door: everybody knows that."""
    council = asking.council
    rows = grouped(asking.connection, council.name, since, until)
    by = {name: Counter[str]() for name in ("outcome", "hub", "sender")}
    inside: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        registration = council.senders.get(row.sender)
        by["outcome"][row.outcome] += row.n
        by["hub"][row.hub or _NOBODY] += row.n
        by["sender"][registration.sender_type if registration else _NOBODY] += row.n
        inside.setdefault(("outcome", row.outcome), Counter())[row.deciding.split(",")[0] or _NOBODY] += row.n
    same = [(("outcome", str(Outcome.DIVERT)), ("hub", council.front_door))]
    return Counted(sum(by["outcome"].values()), by, inside, same if _are_the_same(by, council) else ())


def _are_the_same(by: Mapping[str, Counter[str]], council: Council) -> bool:
    return by["outcome"][str(Outcome.DIVERT)] == by["hub"][council.front_door]


def _spans(asking: Asking, since: int, until: int) -> tuple[Counted, Counted]:
    found = []
    for what, bands in (("holds", HOLD_AGES), ("deliveries", TIMES)):
        many: Counter[str] = Counter()
        for _, took in spans(asking.connection, asking.council.name, what, since, until):
            many[next(name for name, below in bands if took < below)] += 1
        found.append(Counted(sum(many.values()), {"band": {name: many[name] for name, _ in bands}}))
    return found[0], found[1]


def _rows(
    sheet: int, month: str, whole: Published, of: str, words: Mapping[str, Callable[[str], str]]
) -> Iterator[Row]:
    """Where nothing of a division is shown, neither is which parts it has: each of them is somebody."""
    if of == "rule":
        for (_, outcome), rules in sorted(whole.inside.items()):
            for rule, count in few(rules, words["rule"]):
                yield Row((month, words["outcome"](outcome), rule, count), sheet)
        return
    for part, count in few(whole.divisions[of], words[of]):
        yield Row((month, part, count), sheet)


def few(parts: Mapping[str, int | None], words: Callable[[str], str]) -> list[tuple[str, int | None]]:
    """The parts of one division in words, or one line for all of them where none is shown."""
    if parts and all(count is None for count in parts.values()):
        return [(TOO_FEW, None)]
    return sorted(((words(part), count) for part, count in parts.items()), key=lambda one: one[0])


def _words(asking: Asking) -> dict[str, Callable[[str], str]]:
    council = asking.council
    says: dict[str, Any] = sentences(asking.gateway.policy(council.name))
    return {
        "outcome": lambda code: asked.OUTCOMES[code],
        "rule": lambda rule: f"{says[rule]} ({rule})" if rule in says else "No rule stood against it",
        "hub": lambda hub: council.hubs[hub].title if hub in council.hubs else "Nobody yet",
        "sender": lambda kind: kind.replace("_", " ").capitalize() if kind != _NOBODY else "Not registered any more",
    }

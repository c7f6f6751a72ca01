"""What information governance answers for itself: rights and complaints, what was disposed of, and who read.

Each holds one row in memory at a time, and beside it one count for each kind of thing; that of disposals also the holds
that stand and the lists of its days. Nobody is named in any of them, of a family or of the council, and nobody's words
are in them: both are on the page of each thing, for whoever may ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from contracts.retention import RECORDED
from contracts.signin import SENDER_ROLES
from gateway.flows.oversight.glass import REASONS
from gateway.flows.oversight.glassreview import FOUND
from gateway.flows.oversight.looked import WHAT
from gateway.flows.oversight.sharinglog import is_sealed
from gateway.flows.oversight.watching import OFFICER, overseer
from gateway.flows.reports.definition import Asking
from gateway.flows.reports.disclosure import SEALED, day
from gateway.flows.reports.lines import Row, Sheet
from gateway.flows.reports.statistics import months
from gateway.path import rights
from gateway.path.calendar import day_of
from gateway.path.telling import in_london as _at
from gateway.path.watching import TITLES
from gateway.store import log, readings, register
from gateway.store.reported import entries, has_sealed

RIGHTS: Final = (
    Sheet(
        "Counted by right",
        (
            "Right",
            "Received",
            "Ended",
            "Of these, in time",
            "Open",
            "Open past its day",
        ),
    ),
    Sheet(
        "Each request and complaint, the oldest first",
        (
            "Received",
            "Reference",
            "Right",
            "Law",
            "State",
            "Answer by",
            "In time",
            "Acknowledged",
            "Days its time stood still",
            "Two months more",
            "How it ended",
            "Ended",
            "About the decision",
        ),
    ),
)
DISPOSALS: Final = (
    Sheet("Holds that stood at the end of the last day", ("Since", "Reference", "What", "Looked at again on")),
    Sheet("Lists", ("Made", "List", "On it", "Confirmed by a second person", "Disposed of", "Kept after all")),
    Sheet(
        "Disposed of, the oldest first",
        ("When", "Reference", "What", "Kept for", "Code", "It was due", "List"),
    ),
)
READERS: Final = (
    Sheet("What was read, by role", ("Month", "Role", "What they did", "How often", "Requests", "People")),
    Sheet("What a rule asks about, by role", ("Month", "Role", "What", "How often")),
    Sheet("Break-glass, the oldest first", ("When", "Reference", "Role", "Why", "What the review found", "Reviewed")),
)
_LIFTED: Final = "Not known: the pause was lifted since"
_IN_TIME: Final = {True: "Yes", False: "No", None: "Not due yet"}


# Rights and complaints ------------------------------------------------------------------------------------------------


def register_of_rights(asking: Asking) -> Iterator[Row]:
    """What came or ended in these days, and what is open. Twice through the register: first counted, then each."""
    which, now = asking.question.which, asking.gateway.now()

    def found() -> Iterator[register.Row]:
        return register.of_days(asking.connection, asking.council.name, which.since, which.until)

    counts: dict[str, Counter[str]] = {kind: Counter() for kind in rights.KINDS}
    for row in found():
        many = counts[row["kind"]]
        many["received"] += which.since <= row["received_at"] < which.until
        if row["state"] == "open":
            many["open"] += 1
            many["late"] += not row["stopped"] and row["due_at"] is not None and row["due_at"] <= now
        elif which.since <= row["ended_at"] < which.until:
            many["ended"] += 1
            many["in time"] += _in_time(asking, row) is True
    for kind, many in counts.items():
        told = (many[name] for name in ("received", "ended", "in time", "open", "late"))
        yield Row((rights.KINDS[kind].title, *told))
    for row in found():
        yield _right(asking, row)


def _in_time(asking: Asking, row: register.Row) -> bool | None:
    """Whether it was answered by its day; None before that, while its time stands still, and after a pause was lifted.

    The day of a complaint is that of its acknowledgement (section 164A): when it is answered, no law says.
    """
    if row["kind"] == "complaint" and row["acknowledged_at"] is not None:
        last = rights.due(row["kind"], day_of(row["received_at"]), asking.council.hours)
        return day_of(row["acknowledged_at"]) <= last
    if row["outcome"] == rights.LIFTED or row["stopped"]:
        return None
    if row["state"] == "open":
        return False if row["due_at"] is not None and row["due_at"] <= asking.gateway.now() else None
    return bool(row["due_at"] is None or row["ended_at"] <= row["due_at"])


def _right(asking: Asking, row: register.Row) -> Row:
    right, ended = rights.KINDS[row["kind"]], row["state"] == "closed"
    about = log.one(asking.connection, asking.council.name, row["about"]) if row["about"] else None
    sealed = about is not None and is_sealed(about)
    return Row(
        (
            day(row["received_at"]),
            row["id"][:8],
            right.title,
            right.law,
            "Ended" if ended else rights.STOPS.get(row["stopped"], "Open"),
            "Its time stands still" if row["stopped"] else day(row["due_at"]) if row["due_at"] is not None else "",
            _LIFTED if row["outcome"] == rights.LIFTED else _IN_TIME[_in_time(asking, row)],
            day(row["acknowledged_at"]) if row["acknowledged_at"] is not None else "No",
            row["stood"],
            "Yes" if row["extended"] else "No",
            rights.outcome_words(row["kind"], row["outcome"]) if ended else "Not yet",
            day(row["ended_at"]) if ended else "Not yet",
            "None" if about is None else SEALED if sealed else about["id"][:8],
        ),
        1,
        about["id"] if about is not None and not sealed else "",
    )


# Retention and disposal -----------------------------------------------------------------------------------------------


def disposals(asking: Asking) -> Iterator[Row]:
    """What was held, which lists two people made and confirmed, and each thing that went in these days, with its rule.

    All of it is read from the record, so the same days are the same report.
    """
    council, which, connection = asking.council.name, asking.question.which, asking.connection
    for entry, told in _standing(asking).values():
        yield _about(asking, entry, 0, RECORDED[told["record"]], _on(told["review"]))
    yield from _lists(asking)
    for entry, said in entries(connection, council, ("disposal.done",), which.since, which.until):
        told = said["disposal"]
        rule = told["formula"], told["code"], _on(told["due"]), told.get("list", "")[:8]
        yield _about(asking, entry, 2, RECORDED[told["record"]], *rule)


def _standing(asking: Asking) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Holds that nobody had released by the end of the last day: id → its entry and what it says."""
    found: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    kinds = "retention.held", "retention.released"
    for entry, said in entries(asking.connection, asking.council.name, kinds, 0, asking.question.which.until):
        told = said["retention"]
        if entry["type"] == "retention.held":
            found[entry["rid"]] = entry, told
        else:
            found.pop(told["hold"], None)
    return found


def _lists(asking: Asking) -> Iterator[Row]:
    """Lists that were made or confirmed in these days."""
    which, made = asking.question.which, dict[str, tuple[int, int]]()
    kinds = "disposal.proposed", "disposal.confirmed"
    for entry, said in entries(asking.connection, asking.council.name, kinds, 0, which.until):
        told, at = said["disposal"], entry["ts"]
        if entry["type"] == "disposal.proposed":
            made[entry["rid"]] = at, len(told["items"])
        elif told["list"] in made:
            first, many = made.pop(told["list"])
            if at >= which.since:
                yield Row((_at(first), told["list"][:8], many, _at(at), told["disposed"], told["kept"]), 1)
    for name, (first, many) in made.items():
        if first >= which.since:
            yield Row((_at(first), name[:8], many, "No", "", ""), 1)


def _about(asking: Asking, entry: Mapping[str, Any], sheet: int, *cells: str) -> Row:
    """A row about what an entry is about; of a sealed file only that it is one."""
    sealed = has_sealed(asking.connection, asking.council.name, entry["referral"])
    about = "" if sealed else entry["referral"]
    return Row((_at(entry["ts"]), SEALED if sealed else about[:8], *cells), sheet, referral=about)


def _on(day_: str) -> str:
    return f"{date.fromisoformat(day_):%-d %B %Y}"


# Who read -------------------------------------------------------------------------------------------------------------


def readers(asking: Asking) -> Iterator[Row]:
    """Month by month and role by role: what was read, what the rules ask about, and each break-glass.

    What the rules found of whoever leads is the data protection officer's alone to see (`oversight.watching`): of them
    it only says so, for the lead reads this report too.
    """
    council, connection = asking.council, asking.connection
    told = list(months(asking.question.first, asking.question.last))
    for month, since, until in told:
        for row in readings.by_role(connection, council.name, since, until):
            what = WHAT.get(row.type, row.type)
            yield Row((month, _role(asking, row.role), what, row.readings, row.requests, row.people))
    for month, since, until in told:
        for (role, what), many in sorted(_found(asking, since, until).items()):
            yield Row((month, role, what, many), 1)
    for row in readings.broken(connection, council.name, told[0][1], told[-1][2]):
        yield _broken(asking, row)


def _found(asking: Asking, since: int, until: int) -> Counter[tuple[str, str]]:
    many: Counter[tuple[str, str]] = Counter()
    for row in readings.by_rules(asking.connection, asking.council.name, since, until):
        if overseer(asking.council, row.person, row.role) == OFFICER:
            what = [_OFFICERS]
        else:
            what = (
                [_NOT_YET] if row.flags is None else [TITLES.get(code, code) for code in row.flags.split(",") if code]
            )
        for one in what:
            many[_role(asking, row.role), one] += row.many
    return many


_NOT_YET: Final = "Not asked yet: a working day has to pass"
_OFFICERS: Final = "For the data protection officer alone, on the page “Who looked”"


def _broken(asking: Asking, row: Any) -> Row:
    sealed = has_sealed(asking.connection, asking.council.name, row.referral)
    cells = (
        _at(row.at),
        SEALED if sealed else row.referral[:8],
        _role(asking, row.role),
        REASONS[row.code],
        FOUND.get(row.found, "Nobody has reviewed it"),
        day(row.reviewed_at) if row.reviewed_at is not None else "",
    )
    return Row(cells, 2, referral="" if sealed else row.referral)


def _role(asking: Asking, role: str) -> str:
    known = asking.council.roles.get(role)
    return known.title if known else SENDER_ROLES.get(role, role.replace("_", " "))

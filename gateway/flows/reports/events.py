"""What happened, in time order: how far a breach reaches, what families agreed to, and where people overrode a rule.

Each holds one row in memory at a time; the reach of a breach also holds one short name for each child it touches.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from contracts.delivery import DeliveryState
from gateway.flows.oversight import asked
from gateway.flows.oversight.sharinglog import is_sealed
from gateway.flows.reports.definition import Asking
from gateway.flows.reports.disclosure import SEALED, sent_groups
from gateway.flows.reports.lines import Row, Sheet
from gateway.path.telling import in_london
from gateway.record.receipt import agreed
from gateway.store.reported import called_back, decisions, entries, has_sealed, opened_since, plain_decisions

BREACH: Final = (
    Sheet("How far it reaches", ("What", "How many")),
    Sheet(
        "What had left, the oldest first",
        (
            "When",
            "Reference",
            "Child",
            "From",
            "To",
            "Kinds of information",
            "Protection",
            "Where it is",
            "Has anybody there opened it",
            "Taken back",
        ),
    ),
)
TRAIL: Final = (Sheet("In time order", ("When", "Reference", "What", "Says")),)
OVERRIDES: Final = (
    Sheet(
        "What people recorded or opened, the oldest first",
        ("When", "Reference", "What", "Who", "Role", "Wrote a reason", "Second person", "What came of it"),
    ),
)
_CLOCK: Final = 72 * 3_600_000
_GONE: Final = (DeliveryState.DELIVERED, DeliveryState.UNCERTAIN, DeliveryState.SENDING)
_TRAIL: Final = ("agreement.recorded", "agreement.withdrawn", "notice", "hub.event")
_OVERRIDES: Final = ("decision.human", "decision.proposed", "glass.broken", "glass.reviewed")
_WHAT: Final[Mapping[str, str]] = {
    "agreement.recorded": "Something was said about the agreement",
    "agreement.withdrawn": "The agreement was taken back",
    "notice": "A recipient was told",
    "hub.event": "A recipient said",
    "decision.human": "Decided a hold",
    "decision.proposed": "Proposed an answer to a hold",
    "glass.broken": "Broke glass",
    "glass.reviewed": "Reviewed a break-glass",
}


def breach(asking: Asking) -> Iterator[Row]:
    """First how far it reaches, then each message that had left or may have. Numbers here are whole: nobody publishes
    them."""
    question, council = asking.question, asking.council
    children: set[str] = set()
    many: Counter[str] = Counter()
    for row in plain_decisions(asking.connection, council.name, question.which, question.reference):
        if row["carried"] in _GONE:
            children.add(f"{row['referral'][:13]}{row['subject']}")
            many["records"] += 1
            many[f"hub {row['hub']}"] += 1
            many["protected"] += json.loads(row["facts"]).get("protect", "none") != "none"
    yield Row(("Decisions whose message left, or may have", many["records"]))
    yield Row(("Children, each request by itself", len(children)))
    yield Row(("Recipients", sum(1 for name in many if name.startswith("hub "))))
    yield Row(("Decisions with a protection flag", many["protected"]))
    yield Row(("Seventy-two hours end (Article 33)", _ends(question.aware)))
    for row, parts in decisions(asking.connection, council.name, question.which, question.reference):
        if row["carried"] in _GONE:
            yield _left(asking, row, parts)


def _ends(aware: int | None) -> str:
    return in_london(aware + _CLOCK) if aware is not None else "Nobody has said when it was found"


def _left(asking: Asking, row: Mapping[str, Any], parts: Mapping[str, Any]) -> Row:
    council, at = asking.council, in_london(row["at"])
    if is_sealed(dict(row)):
        return Row((at, SEALED, *[""] * 8), 1)
    sender, hub = council.senders.get(row["sender"]), council.hubs.get(row["hub"])
    titles = asking.gateway.catalogue.groups.titles
    opened = opened_since(asking.connection, council.name, row["referral"], row["hub"])
    back = called_back(asking.connection, council.name, row["referral"], row["hub"])
    return Row(
        (
            at,
            row["referral"][:8],
            str(parts.get("subject", {}).get("child_ref", ""))[:8],
            sender.title if sender else row["sender"],
            hub.title if hub else row["hub"],
            "; ".join(titles.get(one, one).removesuffix(".") for one in sent_groups(row, parts))
            or "Not known any more",
            asked.PROTECT.get(json.loads(row["facts"]).get("protect", ""), "Not known"),
            "Arrived" if row["carried"] == DeliveryState.DELIVERED else "May have arrived",
            "Yes: they have answered" if opened else "Nobody has said so",
            _BACK.get(back, "They were told, and it has not arrived") if back else "No",
        ),
        1,
        row["id"],
        row["referral"],
    )


_BACK: Final = {"delivered": "They were told"}


def trail(asking: Asking) -> Iterator[Row]:
    """What was agreed when it was decided, what was said since, and who was told: nobody's words, and nobody's name."""
    question, council = asking.question, asking.council.name
    for row, parts in decisions(asking.connection, council, question.which, question.reference):
        if "agreement" in parts and not is_sealed(row) and row["version"] == 1:
            words = list(agreed(parts["agreement"])) or ["No agreement is in the request."]
            yield Row(
                (in_london(row["at"]), row["referral"][:8], "As the request came", " ".join(words)),
                0,
                row["id"],
                row["referral"],
            )
    which = question.which
    for entry, said in entries(asking.connection, council, _TRAIL, which.since, which.until, question.reference):
        told = said.get("agreement") or said.get("delivery") or said.get("event") or {}
        if not has_sealed(asking.connection, council, entry["referral"]):
            cells = (in_london(entry["ts"]), entry["referral"][:8], _WHAT[entry["type"]], _codes(told))
            yield Row(cells, referral=entry["referral"])


def _codes(told: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in told.items() if isinstance(value, str) and value and name in _SAYS}
    return (
        "; ".join(f"{name.replace('_', ' ')}: {value.replace('_', ' ')}" for name, value in plain.items()) or "No more"
    )


_SAYS: Final = frozenset({"status", "form", "capacity", "about", "hub", "code", "state"})


def overrides(asking: Asking) -> Iterator[Row]:
    """Where a person recorded why it must be shared, decided a hold, or broke glass. Their own words are not here."""
    council, which = asking.council.name, asking.question.which
    for row in plain_decisions(asking.connection, council, which):
        facts = json.loads(row["facts"])
        if (facts.get("human") == "recorded" or "G-514" in row["deciding"].split(",")) and row["version"] == 1:
            yield _recorded(row)
    for entry, said in entries(asking.connection, council, _OVERRIDES, which.since, which.until):
        yield _acted(asking, entry, said.get("human") or said.get("reader") or said.get("glass") or {})


def _recorded(row: Mapping[str, Any]) -> Row:
    by = row["by"] if row["by"] != "machine" else "The sender"
    sealed = is_sealed(dict(row))
    reference = SEALED if sealed else row["referral"][:8]
    what, came = "The request says why it must be shared", asked.OUTCOMES[row["outcome"]]
    about = ("", "") if sealed else (row["id"], row["referral"])
    return Row((in_london(row["at"]), reference, what, by, "", "", "", came), 0, *about)


def _acted(asking: Asking, entry: Mapping[str, Any], told: Mapping[str, Any]) -> Row:
    sealed = has_sealed(asking.connection, asking.council.name, entry["referral"])
    role = asking.council.roles.get(str(told.get("role", "")))
    cells = (
        in_london(entry["ts"]),
        SEALED if sealed else entry["referral"][:8],
        _WHAT[entry["type"]],
        str(told.get("by", "Disposed of")),
        role.title if role else str(told.get("role", "")),
        "Yes" if told.get("reason") or told.get("purpose") else "No",
        str(told.get("second_person", "")),
        str(told.get("choice", "") or told.get("outcome", "")).replace("_", " "),
    )
    return Row(cells, referral="" if sealed else entry["referral"])

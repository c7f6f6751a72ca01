"""The sharing log as a person reads it: one line for each decision, in words, and nobody's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection

from contracts.decision import Outcome
from contracts.errors import NotFound
from gateway.config.policy import Policy
from gateway.flows.acting import Acting
from gateway.flows.decisions import words
from gateway.flows.decisions.filing import ENVELOPE
from gateway.flows.gateway import Gateway
from gateway.flows.holds.sealed import must_be_named
from gateway.flows.oversight import asked, auditing
from gateway.flows.oversight.asked import Asked
from gateway.path.answered import REFUSALS
from gateway.store import log
from gateway.store.log import MOST, Place, Row, Which
from gateway.store.reported import SEALED
from gateway.store.transaction import Tx

A_PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the log.

    count    up to `MOST`, and `more` beyond it; counted: the instant as far as which that is, None for all the days
    next     where the page after it begins, or ""
    reached  the instant as far as which the page was looked for, where it is not full for that; None otherwise
    """

    rows: tuple[dict[str, Any], ...]
    count: int
    more: bool
    next: str
    counted: int | None = None
    reached: int | None = None


async def listed(gateway: Gateway, who: Acting, question: Asked, after: Place | None) -> Listed:
    """One page of what was asked for. Raises NotYourRole."""
    who.must_be_let("log.list")
    council, which = who.council.name, _theirs(question.which, who)
    await auditing.listing(gateway, who, auditing.LISTED, asked="" if question.wrong else question.query)

    def read(connection: Connection) -> log.Answer:
        return log.listed(connection, council, which, after, A_PAGE, oldest=question.oldest)

    found = await gateway.store.ask(council, read)
    shown = tuple(_line(gateway, who, row) for row in found.rows)
    following = f"{found.following.at}.{found.following.id}" if found.following else ""
    many, more = min(found.count, MOST), found.count > MOST
    return Listed(shown, many, more, following, found.counted, found.reached)


def _theirs(which: Which, who: Acting) -> Which:
    """The same question about what is theirs to read."""
    since, until = who.period or (which.since, which.until)
    return replace(which, hubs=who.hubs, since=max(which.since, since), until=min(which.until, until))


def _line(gateway: Gateway, who: Acting, row: Row) -> dict[str, Any]:
    """A sealed file's line says that there is one, and nothing of it."""
    sealed = is_sealed(row) and not who.may("holds.open", "sealed")
    told = {"id": row["id"], "at": row["at"], "outcome": row["outcome"], "sealed": sealed, "test": bool(row["test"])}
    if sealed:
        return told
    council = who.council
    sender, hub = council.senders.get(row["sender"]), council.hubs.get(row["hub"])
    says = sentences(gateway.policy_of(council.name, row["policy"]))
    return told | {
        "title": asked.OUTCOMES[row["outcome"]],
        "sender": sender.title if sender else row["sender"],
        "hub": hub.title if hub else "",
        "why": why(row, says),
        "became": became(row),
        "again": row["state"] == "superseded",
        "referral": row["referral"],
    }


def must_be_let_in(who: Acting, operation: str) -> None:
    """Raises NotYourRole unless this person may do this to some decision, a sealed file's or another."""
    if not who.may(operation, "sealed"):
        who.must_be_let(operation)


def must_see(connection: Connection | Tx, who: Acting, decision: str, operation: str = "log.show") -> Row:
    """One decision to which this person may do this. Raises NotFound, and NotYourRole for a sealed file's."""
    row = log.one(connection, who.council.name, decision)
    if row is None or not who.serves(row["hub"]) or not who.reads(row["at"]):
        raise NotFound("There is no decision of that id in this council's log.")
    if is_sealed(row):
        must_be_named(who, row["referral"])
    who.must_be_let(operation, "sealed" if is_sealed(row) else "")
    return row


def why(row: Row, says: Mapping[str, str]) -> str:
    """The deciding rules in words. What is shared whole is so because every rule is content, which takes a page."""
    if row["outcome"] == Outcome.SHARE:
        return "Nothing stood against it."
    return " ".join(says.get(rule, rule) for rule in row["deciding"].split(",") if rule)


def is_sealed(row: Row) -> bool:
    """Whether a decision is about a sealed file."""
    return SEALED in row["facts"]


def became(row: Row) -> str:
    """What has become of it, as the store knows it."""
    if row["carried"]:
        return words.moved(row["carried"], envelope=row["kind"] == ENVELOPE)
    return {"open": "Waits for somebody.", "superseded": "It was decided again since."}.get(
        row["state"], "Nothing went."
    )


def sentences(policy: Policy) -> dict[str, str]:
    """Rule → its sentence in this policy, and of those that people decide by."""
    rules = (rule for table in policy.tables for rule in table.rules)
    return {rule.id: rule.hit.say for rule in rules} | {hit.rule: hit.say for hit in REFUSALS.values()}

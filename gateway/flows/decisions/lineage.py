"""Links what came of a source record to what came of it before, under another key (settled 22, P6).

The same record sent again with other content is a new version of the same referral: a referral of its own, decided as
an update (governance 7, vector 7), which names the one it follows. Nothing is merged and nothing is dropped.

* what the earlier one had promised and not yet sent is cancelled, since its sender has corrected what it says; a divert
  never is, because only a person may lower a danger;
* whoever has the earlier one is told that a newer one stands;
* what the earlier one, or a hub about it, had asked of its sender is answered, and asked no more;
* what the family said since holds for the newer one too.

A record number that comes back with nobody in it who was there before is no correction: the two stay apart, and the
sender is told. A sender may also name the referral that it corrects, whatever its source and number were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, bindparam, or_, select, update

from contracts.adapter import Fault
from contracts.decision import Outcome
from contracts.delivery import DeliveryState
from contracts.referral import Referral
from contracts.returned import AgreementTold
from gateway.flows.decisions import filed, filing, notices
from gateway.flows.decisions.tokens import PEOPLE, record_token, tokens_of
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.path.agreed import agreed
from gateway.path.course import Matter
from gateway.path.states import may_change
from gateway.path.trimming import spell
from gateway.store import content
from gateway.store.tables import CLOCK, DECISION, DELIVERY, LOOKUP, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.versions import Lineage, later

WHY: Final = "superseded"
"""Why code of a delivery that was not sent because a newer version of its referral came."""

QUESTION: Final = "task:answer_the_hub"
"""Kind of the clock of what a hub has asked."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The version that stands, when the same source record comes again.

    sent    digest of what its sender sent
    since   what the family said later, and was recorded here
    people  tokens of the people in it
    """

    referral: str
    version: int
    epoch: int
    sent: str
    since: tuple[AgreementTold, ...]
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class Newer:
    """What the writer says when versions stand that this submission did not know of. Nothing was written."""

    standing: Mapping[Lineage, str]


@dataclass(frozen=True, slots=True)
class Link:
    """One referral that is a newer version of another."""

    earlier: str
    referral: str
    version: int


def lineage_of(gateway: Gateway, row: filing.Row, referral: Referral) -> Lineage | None:
    """Which source record a referral was made of; None if its source gives no number. `row` is the referral's."""
    if not referral.source.record_id:
        return None
    token = record_token(gateway.keys[row["council"]], referral)
    return row["council"], row["sender"], row["source"], token, row["test"]


def link(
    gateway: Gateway, council: str, earlier: Earlier, matter: Matter, *, named: bool = False
) -> tuple[Link | None, Matter]:
    """A matter as the version that follows another: it says which, and what the family said since still holds.

    No link, and a doubt, where the record number has come back with other people.

    named  the sender itself said which it corrects
    """
    if not named and not earlier.people & people_in(gateway, council, matter.referral):
        return None, replace(matter, faults=(*matter.faults, _OTHER_PEOPLE))
    referral = matter.referral.model_copy(update={"corrects": matter.referral.corrects or earlier.referral})
    own = referral.sharing_limits
    for said in earlier.since:
        referral = agreed(referral, said)
    if more := [limit for limit in own if limit not in referral.sharing_limits]:
        # Limits that came with this version are not lifted by what was said before it.
        referral = referral.model_copy(update={"sharing_limits": (*referral.sharing_limits, *more)})
    spelt = spell(referral)
    told = replace(
        matter,
        referral=referral,
        spelt=spelt,
        content=sha256(spelt).hexdigest(),
        sent=matter.content,
        epoch=earlier.epoch if earlier.since else 0,
        since=earlier.since,
    )
    return Link(earlier.referral, matter.reference, earlier.version + 1), told


def newest_now(gateway: Gateway, row: filing.Row, matter: Matter) -> Earlier:
    """A referral that is about to be written, as the version that stands for what follows it in the same file."""
    people = people_in(gateway, row["council"], matter.referral)
    return Earlier(row["id"], row["version"], row["epoch"], matter.sent or matter.content, matter.since, people)


def people_in(gateway: Gateway, council: str, referral: Referral) -> frozenset[str]:
    """Tokens of everybody whose name and birth, or number, the referral gives."""
    return frozenset(token for token, kind in tokens_of(gateway.keys[council], referral) if kind in PEOPLE)


async def earlier_ones(gateway: Gateway, council: str, newer: Newer) -> dict[Lineage, Earlier]:
    """What is known of the versions that stand."""

    def read(connection: Connection) -> dict[Lineage, Earlier]:
        return {lineage: known(connection, council, referral) for lineage, referral in newer.standing.items()}

    return await gateway.store.ask(council, read)


def unknown_to(tx: Tx, expected: Mapping[Lineage, Earlier | None]) -> Newer | None:
    """The versions that stand where others were expected; None if all is as expected, and stays so."""
    standing = {lineage: tx.newest(lineage) for lineage in expected}
    strange = {
        lineage: referral
        for lineage, referral in standing.items()
        if referral is not None and not _is(tx, referral, expected[lineage])
    }
    return Newer(strange) if strange else None


def supersede(gateway: Gateway, tx: Tx, council: str, links: Iterable[Link]) -> None:
    """Say in the record that newer versions came, cancel what the earlier ones had not sent, tell who has them."""
    for linked in links:
        earlier = linked.earlier
        said = {"referral": earlier, "by": linked.referral, "version": linked.version}
        write_entry(tx, council, earlier, "referral.superseded", said, section="subject")
        cancel(tx, tx.execute(_UNSENT, {"of": earlier}).all())
        # With another epoch, a message that is on its way now is judged again before it is ever tried again.
        tx.execute(_RISE, {"of": earlier})
        tx.execute(_ANSWERED_CLOCKS, {"of": earlier, "now": tx.now, "question": QUESTION})
        tx.execute(_ANSWERED, {"of": earlier})
        row = tx.execute(_WHOLE, {"council": council, "of": earlier}).mappings().one()
        notices.notify(gateway, tx, dict(row), notices.past_recipients(tx, earlier), "correction", linked.referral)


def cancel(tx: Tx, deliveries: Iterable[Row[Any]]) -> int:
    """Cancel what a newer version stands in place of: due, or held. Returns how many."""
    many = list(deliveries)
    assert may_change(DeliveryState.HELD, DeliveryState.CANCELLED, "condition")
    for row in many:
        write_entry(tx, row.council, row.referral, "cancel", {"delivery": row.id, "hub": row.hub, "why": WHY})
        tx.execute(_CANCEL, {"superseded": row.id, "now": tx.now})
    return len(many)


def cancel_superseded(tx: Tx) -> int:
    """Cancel what was on its way when a newer version came, did not arrive, and was then held. Returns how many."""
    return cancel(tx, tx.execute(_HELD_FOR_IT).all())


def stands(tx: Tx, council: str, expected: Earlier) -> bool:
    """Whether this is the newest version still, unchanged; if so it is locked until this is committed."""
    return _is(tx, expected.referral, expected) and not is_superseded(tx, council, expected.referral)


def is_superseded(tx: Tx, council: str, referral: str) -> bool:
    """Whether a newer version stands in place of this referral."""
    return tx.execute(later(council, referral)).scalar() is not None


def _is(tx: Tx, referral: str, expected: Earlier | None) -> bool:
    """Whether this is the version that was expected, unchanged; if so it is locked until this is committed."""
    if expected is None or expected.referral != referral:
        return False
    return tx.execute(_EPOCH, {"of": referral}).scalar() == expected.epoch


def known(connection: Connection, council: str, referral: str) -> Earlier:
    """What is known of a version. One whose content is erased has nobody in it, so nothing follows it."""
    row = connection.execute(_ROW, {"council": council, "of": referral}).one()
    body = content.get(connection, council, row.filed)
    if body is None:
        return Earlier(referral, row.version, row.epoch, "", (), frozenset())
    tokens = connection.execute(_PEOPLE, {"council": council, "of": referral}).scalars()
    sent, since = filed.read_sent(body), filed.read_since(body)
    return Earlier(referral, row.version, row.epoch, sent, since, frozenset(tokens))


_OTHER_PEOPLE: Final = Fault(
    "",
    "/source/record_id",
    "a record number that no other family has",
    "This number came before, with other people. The two are kept apart. Ask whoever keeps the source.",
    "doubtful",
)
_ROW: Final = select(REFERRAL.c.version, REFERRAL.c.epoch, REFERRAL.c.filed).where(
    REFERRAL.c.council == bindparam("council"), REFERRAL.c.id == bindparam("of")
)
_PEOPLE: Final = select(LOOKUP.c.token).where(
    LOOKUP.c.council == bindparam("council"), LOOKUP.c.referral == bindparam("of"), LOOKUP.c.kind.in_(PEOPLE)
)
_EPOCH: Final = select(REFERRAL.c.epoch).where(REFERRAL.c.id == bindparam("of")).with_for_update(key_share=True)
_RISE: Final = update(REFERRAL).where(REFERRAL.c.id == bindparam("of")).values(epoch=REFERRAL.c.epoch + 1)
_WHOLE: Final = select(REFERRAL).where(REFERRAL.c.council == bindparam("council"), REFERRAL.c.id == bindparam("of"))
_UNSENT: Final = select(DELIVERY.c.id, DELIVERY.c.council, DELIVERY.c.referral, DELIVERY.c.hub).where(
    DELIVERY.c.referral == bindparam("of"),
    DELIVERY.c.state.in_((DeliveryState.DUE, DeliveryState.HELD)),
    DELIVERY.c.kind.not_in(("divert", notices.KIND)),
)
_HELD_FOR_IT: Final = (
    select(DELIVERY.c.id, DELIVERY.c.council, DELIVERY.c.referral, DELIVERY.c.hub)
    .where(DELIVERY.c.state == DeliveryState.HELD, DELIVERY.c.why == WHY)
    .with_for_update(skip_locked=True)
)
_CANCEL: Final = (
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("superseded"))
    .values(state=DeliveryState.CANCELLED, why=WHY, ended_at=bindparam("now"))
)
_OPEN_RETURNS: Final = (
    DECISION.c.referral == bindparam("of"),
    DECISION.c.state == "open",
    DECISION.c.outcome == Outcome.RETURN,
)
_ANSWERED: Final = update(DECISION).where(*_OPEN_RETURNS).values(state="superseded")
_ANSWERED_CLOCKS: Final = (
    update(CLOCK)
    .where(
        or_(
            CLOCK.c.decision.in_(select(DECISION.c.id).where(*_OPEN_RETURNS)),
            and_(CLOCK.c.referral == bindparam("of"), CLOCK.c.kind == bindparam("question")),
        ),
        CLOCK.c.state == "running",
    )
    .values(state="stopped", ended_at=bindparam("now"), ended_by="machine", why="newer_version")
)

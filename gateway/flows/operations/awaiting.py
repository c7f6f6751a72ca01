"""What waits for one person besides holds and tasks: to confirm, review, sign, approve or answer, in one list.

Each line leads to the page that asks for it, and names nobody of a family. It grows with what is open: exports, lists
to dispose of, policies that are put forward, answers that wait for a second person, and the newest of each report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, select

from gateway.config.policytext import read_policy
from gateway.flows.access import APPROVERS
from gateway.flows.acting import Acting
from gateway.flows.data_protection.disposals import unconfirmed
from gateway.flows.decisions.recorded import read
from gateway.flows.gateway import Gateway
from gateway.flows.holds import needed
from gateway.flows.holds.showing import titled
from gateway.flows.reports import reviewing
from gateway.flows.reports.defined import DEFINITIONS
from gateway.flows.reports.pieces import READY
from gateway.flows.reports.sample import NAME as SAMPLE
from gateway.store.tables import CLOCK, DECISION, EXPORT, POLICY, POLICY_ACT, PROPOSAL, REFERRAL, REPORT


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that somebody is to do. do: in words; what: of what; since: ms UTC; by: who asks, "" for nobody.

    test  whether it is about what a test key sent
    """

    do: str
    what: str
    href: str
    since: int
    by: str = ""
    test: bool = False


async def awaiting(gateway: Gateway, who: Acting) -> tuple[Wait, ...]:
    """Everything of that kind that this person may do, the longest wait first."""
    council = who.council.name

    def ask(connection: Connection) -> list[Wait]:
        return [one for asked in _ASKED for one in asked(gateway, connection, who)]

    return tuple(sorted(await gateway.store.ask(council, ask), key=lambda one: (one.since, one.href)))


def _answers(gateway: Gateway, connection: Connection, who: Acting) -> Iterator[Wait]:
    """What somebody proposed about a hold or a task, for another person to confirm."""
    asked = (
        select(CLOCK.c.id, CLOCK.c.kind, REFERRAL.c.id.label("referral"), REFERRAL.c.facts_by_people, REFERRAL.c.test)
        .add_columns(DECISION.c.hub)
        .join_from(CLOCK, REFERRAL, REFERRAL.c.id == CLOCK.c.referral)
        .outerjoin(DECISION, DECISION.c.id == CLOCK.c.decision)
        .where(CLOCK.c.council == who.council.name, CLOCK.c.state == "running", REFERRAL.c.facts_by_people != "")
    )
    for row in connection.execute(asked):
        what, _, about = row.kind.partition(":")
        kind = "holds" if what == "hold" else "tasks"
        may = who.may(f"{kind}.confirm", about) and who.may(f"{kind}.show", about)
        if not may or not who.serves(row.hub or ""):
            continue
        proposal = read(connection, who.council.name, row.facts_by_people).proposed(row.id)
        if proposal is not None and proposal.fact.by != who.name:
            title, _ = titled(gateway.policy(who.council.name), what, about)
            place, fact = f"/{kind}/{row.id}", proposal.fact
            yield Wait("Confirm as a second person", title, place, fact.at, fact.by, row.test == 1)


def _ended(gateway: Gateway, connection: Connection, who: Acting) -> Iterator[Wait]:
    """Holds that ended, and nobody has said whether they were needed (settled 42)."""
    ended = [one for one in needed.unsaid(connection, gateway, who) if who.may("holds.needed", one["kind"][5:])]
    if ended:
        what = f"{len(ended)} {'hold' if len(ended) == 1 else 'holds'} that ended"
        yield Wait("Say whether it was needed", what, "/holds?show=ended", min(one["ended_at"] for one in ended))


def _exports(gateway: Gateway, connection: Connection, who: Acting) -> Iterator[Wait]:
    """Large exports that somebody else asked for."""
    asked = (
        select(EXPORT.c.id, EXPORT.c.by, EXPORT.c.at, EXPORT.c.rows, REPORT.c.name)
        .join_from(EXPORT, REPORT, REPORT.c.id == EXPORT.c.report)
        .where(EXPORT.c.council == who.council.name, EXPORT.c.state == "waiting", EXPORT.c.by != who.name)
        .where(EXPORT.c.until > gateway.now())
    )
    for row in connection.execute(asked):
        if who.may("reports.export", DEFINITIONS[row.name].audience):
            what = f"Export of {row.rows:,} rows: {DEFINITIONS[row.name].title}"
            yield Wait("Confirm as a second person", what, f"/exports/{row.id}", row.at, row.by)


def _reports(gateway: Gateway, connection: Connection, who: Acting) -> Iterator[Wait]:
    """Reports to review or to sign: of each question the newest version alone."""
    for row in _newest(connection, who.council.name):
        definition, place = DEFINITIONS.get(row.name), f"/reports/{row.name}/{row.id}"
        if definition is None:
            continue
        if row.state == "draft" and row.made_by != who.name and who.may("reports.review", definition.audience):
            yield Wait("Review", f"Report: {definition.title}", place, row.at, row.made_by)
        if row.state == "reviewed" and row.reviewed_by != who.name and who.may("reports.sign", definition.audience):
            yield Wait("Sign", f"Report: {definition.title}", place, row.reviewed_at, row.reviewed_by)


def _sample(gateway: Gateway, connection: Connection, who: Acting) -> Iterator[Wait]:
    """Decisions of the newest assurance sample that wait for a reviewer."""
    row = next((one for one in _newest(connection, who.council.name) if one.name == SAMPLE), None)
    if row is None or not who.may("reports.sample", DEFINITIONS[SAMPLE].audience):
        return
    if many := reviewing.left(connection, who, row.id):
        what = f"{many} {'decision' if many == 1 else 'decisions'} of the assurance sample"
        yield Wait("Answer the ten questions", what, f"/reports/{SAMPLE}/{row.id}", row.at)


def _newest(connection: Connection, council: str) -> list[Any]:
    """The newest version of each report that is there, the newest first."""
    last = (
        select(REPORT.c.name, REPORT.c.query, func.max(REPORT.c.version).label("version"))
        .where(REPORT.c.council == council, REPORT.c.state.in_(READY))
        .group_by(REPORT.c.name, REPORT.c.query)
        .subquery()
    )
    same = (last.c.name == REPORT.c.name) & (last.c.query == REPORT.c.query) & (last.c.version == REPORT.c.version)
    asked = select(REPORT).join(last, same).where(REPORT.c.council == council, REPORT.c.state.in_(READY))
    return list(connection.execute(asked.order_by(REPORT.c.at.desc(), REPORT.c.id)))


def _disposals(gateway: Gateway, connection: Connection, who: Acting) -> Iterator[Wait]:
    """The list of what is to go, if somebody else made it."""
    if not who.may("retention.dispose"):
        return
    for one in unconfirmed(connection, who.council.name):
        if one["by"] != who.name:
            what = f"A list of {one['many']} {'record' if one['many'] == 1 else 'records'} to dispose of"
            yield Wait("Confirm as a second person", what, f"/retention/lists/{one['id']}", one["at"], one["by"])


def _policies(gateway: Gateway, connection: Connection, who: Acting) -> Iterator[Wait]:
    """Policies that are put forward: to approve in this role, or to publish once both roles have."""
    council = who.council.name
    published = select(POLICY.c.digest).where(POLICY.c.council == council)
    asked = select(PROPOSAL).where(
        PROPOSAL.c.council == council, PROPOSAL.c.ended_at.is_(None), PROPOSAL.c.digest.not_in(published)
    )
    for row in connection.execute(asked).all():
        acts = select(POLICY_ACT.c.role, POLICY_ACT.c.by, POLICY_ACT.c.at).where(
            POLICY_ACT.c.council == council, POLICY_ACT.c.digest == row.digest, POLICY_ACT.c.kind == "approved"
        )
        approved = {act.role: act for act in connection.execute(acts) if act.by != row.by}
        by = {act.by for act in approved.values()}
        title = f"Rules, version {read_policy(row.text)[0].version}"
        mine = who.name not in by and who.role not in approved and row.by != who.name
        if mine and who.may("policy.approve"):
            yield Wait("Approve", title, f"/policies/{row.digest}", row.at, row.by)
        if set(APPROVERS) <= approved.keys() and len(by) >= len(APPROVERS) and who.may("policy.publish"):
            yield Wait("Publish", title, f"/policies/{row.digest}", max(act.at for act in approved.values()), row.by)


_ASKED: Final[tuple[Callable[[Gateway, Connection, Acting], Iterator[Wait]], ...]] = (
    _answers,
    _ended,
    _exports,
    _reports,
    _sample,
    _disposals,
    _policies,
)
"""What each room asks of people. A new state that waits for somebody is a new line here."""

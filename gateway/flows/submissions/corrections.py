"""Finds the referral that a sender corrects: whatever its source was, the newest version of it is what is followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select

from contracts.adapter import Fault
from contracts.errors import InvalidReferral, NotFound
from contracts.referral import Referral
from gateway.flows.access import Caller, Relation, permit_operation, relation_to
from gateway.flows.decisions.filed import read_filed
from gateway.flows.decisions.lineage import Earlier, known
from gateway.flows.gateway import Gateway
from gateway.flows.mapping.sources import Read
from gateway.flows.submissions.sent import Sent
from gateway.flows.submissions.standing import CANONICAL
from gateway.path.course import Matter
from gateway.store import content
from gateway.store.tables import REFERRAL
from gateway.store.versions import versions

_WHOSE: Final = select(REFERRAL.c.sender, REFERRAL.c.test).where(
    REFERRAL.c.council == bindparam("council"), REFERRAL.c.id == bindparam("of")
)
_FILED: Final = select(REFERRAL.c.filed).where(
    REFERRAL.c.council == bindparam("council"), REFERRAL.c.id == bindparam("of")
)
_OTHER_PEOPLE: Final = Fault(
    "", "/people", "somebody who was in it before", "For another family send a referral of its own."
)
_NOT_YOURS: Final = Fault(
    "", "/corrects", "the id of a referral that this sender sent", "Take it from its receipt, or leave it out."
)


async def permit(gateway: Gateway, caller: Caller, referral: str) -> None:
    """That this caller may correct this referral. Raises NotFound for another's and for none: they look the same."""
    permit_operation("correct", caller, await _relation(gateway, caller, referral))


async def corrected(gateway: Gateway, sent: Sent, matters: Sequence[tuple[Read, Matter | None]]) -> Earlier | None:
    """The version that stands, of what this canonical referral corrects; None for one that corrects nothing.

    Raises InvalidReferral where it names what is not this sender's.
    """
    if sent.source != CANONICAL:
        return None
    matter = matters[0][1]
    named = sent.corrects or (matter.referral.corrects if matter is not None else None)
    if not named:
        return None
    if await _relation(gateway, sent.caller, named) is Relation.OTHER:
        raise InvalidReferral("It names a referral that is not yours. Nothing was accepted.", (_NOT_YOURS,))
    council = sent.council

    def read(connection: Connection) -> tuple[Earlier, Referral | None]:
        newest = versions(connection, council, named)[-1]
        filed = connection.execute(_FILED, {"council": council, "of": newest}).scalar_one()
        body = content.get(connection, council, filed)
        return known(connection, council, newest), read_filed(body)[0] if body is not None else None

    found, before = await gateway.store.ask(council, read)
    if before is None:
        raise NotFound()
    if matter is not None and not _alike(before, matter.referral):
        raise InvalidReferral("Nobody in this was in the referral it corrects. Nothing was accepted.", (_OTHER_PEOPLE,))
    return found


def _alike(before: Referral, now: Referral) -> bool:
    """Whether anybody may be in both: by name or by day of birth, since either may be what is corrected."""
    was, is_now = _marks(before), _marks(now)
    return not was or not is_now or bool(was & is_now)


def _marks(referral: Referral) -> set[object]:
    found: set[object] = set()
    for person in referral.people:
        name = " ".join(filter(None, (person.first_name, person.surname))) or person.full_name or ""
        found |= {" ".join(name.casefold().split()), person.date_of_birth}
    return found - {"", None}


async def _relation(gateway: Gateway, caller: Caller, referral: str) -> Relation:
    council = caller.registration.council

    def read(connection: Connection) -> Relation:
        row = connection.execute(_WHOSE, {"council": council, "of": referral}).first()
        return relation_to(caller, council, row.sender, bool(row.test)) if row is not None else Relation.OTHER

    return await gateway.store.ask(council, read)

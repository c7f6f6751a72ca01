"""A sealed file opens for those named for it alone, and the record says who else tried (governance 5.5)."""

from __future__ import annotations

from typing import Final

from contracts.errors import NotYourRole
from gateway.flows.acting import Acting
from gateway.flows.entry import READER, write_entry
from gateway.flows.gateway import Gateway
from gateway.store.transaction import Tx
from gateway.store.writer import Write

TRIED: Final = "sealed.tried"
"""Type of the entry that says that somebody tried to open a sealed file."""


class SealedFile(NotYourRole):
    """Somebody who is not named for it tried to open a sealed file. Only `must_be_named` raises it.

    referral  our id, for the record alone
    """

    who: Acting
    referral: str


def must_be_named(who: Acting, referral: str, operation: str = "holds.open") -> None:
    """Raises SealedFile, saying who may, unless this person is named for sealed files."""
    try:
        who.must_be_let(operation, "sealed")
    except NotYourRole as error:
        refused = SealedFile(str(error))
        refused.who, refused.referral = who, referral
        raise refused from None


async def tell(gateway: Gateway, tried: SealedFile) -> None:
    """Write down that somebody tried. Nothing else of what they asked for is kept."""
    who = tried.who

    def work(tx: Tx) -> None:
        write_entry(tx, who.council.name, tried.referral, TRIED, who.said, section=READER)

    await gateway.writer.submit(Write(work))

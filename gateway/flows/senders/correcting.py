"""A sender's people put a request of theirs right on the council's own form, and send it again as its next version.

It begins as a draft that holds everything that was sent. What nobody changes goes again as it went, also what the form
never asks. The way in is the one a system's correction takes (`corrections`); whoever has the earlier one is told.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from contracts.enquiry import AskedPage
from contracts.errors import NoSuchAnswer, NotFound
from contracts.referral import Referral
from contracts.returned import AgreementTold
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.decisions.filed import read_filed, read_since
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.opening import READ
from gateway.flows.senders import drafts
from gateway.flows.senders.drafts import Draft
from gateway.flows.senders.ownreading import GONE, filed
from gateway.path.differing import differences
from gateway.path.placed import Document
from gateway.path.retold import Changed, changed
from gateway.store import content
from gateway.store.queries import referral_view
from gateway.store.transaction import Tx
from gateway.store.writer import Write

SENT = "correction.sent"


async def begin(gateway: Gateway, who: Acting, referral: str, purpose: str) -> str:
    """A draft with all that was sent, or the one that was begun before, once the record says who reads it and why.

    Returns its id. Raises NotYourRole, NotFound for another's, for none and once it is erased, and NoSuchAnswer without
    a purpose or where a newer version stands.
    """
    who.must_be_let("sent.correct")
    must_say_why(purpose)

    def work(tx: Tx) -> None:
        filed(tx, who, referral)
        write_entry(tx, who.council.name, referral, READ, who.said | {"purpose": purpose.strip()}, section="reader")

    await gateway.writer.submit(Write(work))
    found = await as_sent(gateway, who, referral)
    for one in await drafts.listed(gateway, who, drafts.OPEN, drafts.READY):
        if one.corrects == referral:
            await drafts.open_it(gateway, who, one.id)
            return one.id
    return await drafts.start(gateway, who, found, referral)


async def as_sent(gateway: Gateway, who: Acting, referral: str) -> Document:
    """What was sent, without what the family said later: the next version is given that of itself.

    Raises NotFound, NoSuchAnswer where a newer version stands.
    """
    return await gateway.store.ask(who.council.name, lambda connection: _read(connection, who, referral))


async def changes(gateway: Gateway, who: Acting, draft: Draft, pages: tuple[AskedPage, ...]) -> tuple[Changed, ...]:
    """What is another answer now than was sent, in the form's own words. Raises as `as_sent`."""
    before = await as_sent(gateway, who, draft.corrects)
    return changed(before, draft.document, gateway.catalogue.asking, pages)


async def places(gateway: Gateway, who: Acting, draft: Draft) -> list[str]:
    """Pointers to all that differs from what was sent. Raises NoSuchAnswer where nothing does, and as `as_sent`."""
    before = await as_sent(gateway, who, draft.corrects)
    found = [pointer for _, pointer, _ in differences([before], [draft.document])]
    if not found:
        raise NoSuchAnswer("Nothing is changed yet. Put right what is wrong, or go back.")
    return found


def say_sent(tx: Tx, who: Acting, draft: Draft, found: list[str]) -> None:
    """The entry of a version that was sent: which it corrects, and which places changed, where that is known still."""
    prepared = draft.prepared_by or draft.started_by
    said = who.said | {"corrects": draft.corrects, "prepared_by": prepared} | ({"places": found} if found else {})
    write_entry(tx, who.council.name, draft.reference, SENT, said, section="human")


def _read(connection: Connection, who: Acting, referral: str) -> Document:
    view = referral_view(connection, who.council.name, referral)
    if view is None or view.referral.sender != who.sender:
        raise NotFound()
    if view.superseded_by:
        raise NoSuchAnswer("A newer version of it stands. Open that one, and correct it there.")
    body = content.get(connection, who.council.name, view.referral.filed)
    if body is None:
        raise NotFound(GONE)
    found = _without(read_filed(body)[0], read_since(body))
    document: Document = found.model_dump(mode="json", exclude_defaults=True)
    return document


def _without(referral: Referral, since: Iterable[AgreementTold]) -> Referral:
    """The referral without what the family said later."""
    for name, said in (
        ("agreements", [told.agreement for told in since if told.agreement]),
        ("informed", [one for told in since for one in told.informed]),
        ("notices", [one for told in since for one in told.notices]),
    ):
        kept = list(getattr(referral, name))
        for one in said:
            if one in kept:
                kept.reverse()
                kept.remove(one)
                kept.reverse()
        referral = referral.model_copy(update={name: tuple(kept)})
    return referral

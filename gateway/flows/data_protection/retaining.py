"""Holds records, and disposes of what is due by two people: content goes, and the record keeps that it did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import delete

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound
from gateway.flows.acting import Acting
from gateway.flows.data_protection.keeping import (
    CONFIRMED,
    DONE,
    EVERY,
    HELD,
    PROPOSED,
    RELEASED,
    REPORT,
    RIGHTS,
    SAMPLE,
    Item,
    born_of,
    due_besides,
    due_now,
    due_of,
    is_here,
    state,
    today_of,
)
from gateway.flows.data_protection.packsheet import copies_in
from gateway.flows.entry import sections_of, write_entry
from gateway.flows.gateway import Gateway
from gateway.record.entries import ABOUT, dispose, unpack
from gateway.store import content, register, retained, shelved
from gateway.store.evidence import entry_of
from gateway.store.restored import holds_sending
from gateway.store.tables import READING
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_REASON: Final = 10
_OURS: Final = frozenset((HELD, RELEASED, PROPOSED, DONE))


async def listed(gateway: Gateway, who: Acting, asked: Mapping[str, str]) -> dict[str, Any]:
    """What is due today and why, and what is held. Raises NotYourRole."""
    who.must_be_let("retention.list")
    name, today = who.council.name, today_of(gateway)
    items = await gateway.store.ask(name, lambda store: due_now(gateway, store, name, today, held=True))
    missing = "" if "decision" in gateway.catalogue.schedules[name].after else _NO_CODE
    return {"due": [told_of(item) for item in items], "missing": missing}


async def hold(gateway: Gateway, who: Acting, asked: Mapping[str, str]) -> dict[str, Any]:
    """Keep one kind of record of a referral until it is released. Raises NotYourRole, NoSuchAnswer, NotFound."""
    who.must_be_let("retention.hold")
    referral, record, reason = asked.get("referral", ""), asked.get("record", ""), asked.get("reason", "").strip()
    try:
        review = date.fromisoformat(asked.get("review", ""))
    except ValueError:
        raise NoSuchAnswer("Say on which day somebody looks at this hold again, such as 2027-11-30.") from None
    if record not in EVERY or len(reason) < _REASON:
        known = ", ".join(EVERY)
        raise NoSuchAnswer(f"Say which record ({known}), and why in a sentence. The record keeps that.")

    def work(tx: Tx) -> str:
        if not is_here(tx, who.council.name, referral, record):
            raise NotFound("There is no such record here.")
        said = who.said | {"record": record, "reason": reason, "review": review.isoformat()}
        return write_entry(tx, who.council.name, referral, HELD, said, section="retention")

    return {"hold": await gateway.writer.submit(Write(work))}


async def release(gateway: Gateway, who: Acting, asked: Mapping[str, str]) -> dict[str, Any]:
    """End a hold. Raises NotYourRole, NoSuchAnswer without a reason, NotFound."""
    who.must_be_let("retention.hold")
    name, one, reason = who.council.name, asked.get("hold", ""), asked.get("reason", "").strip()
    if len(reason) < _REASON:
        raise NoSuchAnswer("Say in a sentence why it need not be kept any more.")

    def work(tx: Tx) -> None:
        entry = entry_of(tx, name, one)
        about = [entry.referral] if entry is not None else []
        for (referral, record), holds in state(tx, name, about).holds.items():
            if one in holds:
                said = who.said | {"record": record, "hold": one, "reason": reason}
                write_entry(tx, name, referral, RELEASED, said, section="retention")
                return
        raise NotFound("There is no such hold, or it is released already.")

    await gateway.writer.submit(Write(work))
    return {"released": one}


async def propose(gateway: Gateway, who: Acting, asked: Mapping[str, str]) -> dict[str, Any]:
    """Put what is due today on a list, which a second person confirms. Raises NotYourRole, NoSuchAnswer."""
    who.must_be_let("retention.dispose")
    name, today = who.council.name, today_of(gateway)

    def work(tx: Tx) -> dict[str, Any]:
        items = due_now(gateway, tx, name, today)
        if not items:
            raise NoSuchAnswer("Nothing is due.")
        said = who.said | {"items": [[item.referral, item.record] for item in items]}
        return {"list": write_entry(tx, name, "", PROPOSED, said, section="disposal"), "due": list(map(told_of, items))}

    return await gateway.writer.submit(Write(work))


async def confirm(gateway: Gateway, who: Acting, asked: Mapping[str, str]) -> dict[str, Any]:
    """Dispose of what a list names and is still due.

    Raises NotYourRole, NotFound, AnsweredAlready, and NoSuchAnswer for whoever made the list.
    """
    who.must_be_let("retention.dispose")
    name, today, listed = who.council.name, today_of(gateway), asked.get("list", "")

    def work(tx: Tx) -> dict[str, Any]:
        if holds_sending(tx):
            raise NoSuchAnswer("This store was brought back from a backup. Release sending first.")
        entry = entry_of(tx, name, listed)
        if entry is None or entry.type != PROPOSED:
            raise NotFound("There is no such list.")
        said = sections_of(tx, name, listed)["disposal"]
        if said["by"] == who.name:
            raise NoSuchAnswer(f"{who.name} made this list. A second person confirms it.")
        before = (sections_of(tx, name, row.rid)["disposal"] for row in retained.entries(tx, name, (CONFIRMED,)))
        if any(one["list"] == listed for one in before):
            raise AnsweredAlready("This list was confirmed before. Make a new one of what is due now.")
        wanted = {tuple(one) for one in said["items"]}
        due = due_of(gateway, tx, name, today, {referral for referral, _ in wanted})
        due += due_besides(gateway, tx, name, today)
        items = [item for item in due if (item.referral, item.record) in wanted]
        for item in items:
            _dispose(tx, who, item, {"list": listed, "proposed_by": said["by"]})
        swept = retained.sweep(tx, name)
        done = {"list": listed, "proposed_by": said["by"], "disposed": len(items), "kept": len(wanted) - len(items)}
        write_entry(tx, name, "", CONFIRMED, who.said | done, section="disposal")
        return {"disposed": list(map(told_of, items)), "swept": swept, "kept": len(wanted) - len(items)}

    return await gateway.writer.submit(Write(work))


def _dispose(tx: Tx, who: Acting, item: Item, by: Mapping[str, object]) -> None:
    name = who.council.name
    said = {**who.said, **by, "record": item.record, "code": item.code, "formula": item.formula}
    beside: dict[str, object] = {}
    if item.record == "request":
        row = retained.referrals(tx, name, [item.referral])[0]
        born = born_of(tx, name, row, {})
        beside = {"known": {"born": born.isoformat()}} if born else {}
        contents = retained.contents_of(tx, name, item.referral)
        content.erase(tx, name, contents)
        said["contents"] = len(contents)
    elif item.record in (REPORT, SAMPLE):
        said |= shelved.end(tx, name, item.referral)
    else:
        if item.record == RIGHTS:
            row = register.one(tx, name, item.referral)
            assert row is not None, "what is due is there"
            content.erase(tx, name, [row["said"], *copies_in(content.get(tx, name, row["said"]))])
            register.change(tx, item.referral, {"said": "", "token": ""})
        said["sections"] = _dispose_of_sections(tx, name, item)
        if item.record == "decision":
            retained.forget_names(tx, name, item.referral)
    if item.record in ("request", "decision"):
        retained.mark_gone(tx, name, item.referral, item.record)
    write_entry(tx, name, item.referral, DONE, said | {"due": item.due.isoformat()}, section="disposal", beside=beside)


def _dispose_of_sections(tx: Tx, council: str, item: Item) -> dict[str, list[str]]:
    """Entry → the sections that went, of each entry of this record."""
    gone, reads = dict[str, list[str]](), retained.reads(tx, council, item.referral)
    for row in retained.entries(tx, council, referral=item.referral):
        other = item.record != RIGHTS and (row.rid in reads) is not (item.record == "access")
        if other or row.type in _OURS - {DONE}:
            continue
        body = content.get(tx, council, row.sections)
        if body is None:
            continue
        keep = {ABOUT, "disposal"}
        names = sorted(part.name for part in unpack(body) if part.name not in keep and part.value is not None)
        if names:
            content.replace(tx, council, row.sections, "sections", dispose(body, names))
            tx.execute(delete(READING).where(READING.c.council == council, READING.c.entry == row.rid))
            gone[row.rid] = names
    return gone


def told_of(item: Item) -> dict[str, Any]:
    """One record that is due, as plain data."""
    holds = [{"reason": one.reason, "by": one.by, "review": one.review.isoformat()} for one in item.held]
    return {
        "referral": item.referral,
        "record": item.record,
        "due": item.due.isoformat(),
        "formula": item.formula,
        "code": item.code,
        "held": holds,
        "test": item.test,
    }


_NO_CODE: Final = (
    "Nobody has said how long decision records are kept, so none is ever due. Enter the council's code in "
    "retention.yaml."
)

VERBS: Final = {
    "retention-list": listed,
    "retention-hold": hold,
    "retention-release": release,
    "retention-propose": propose,
    "retention-confirm": confirm,
}
"""What the desk is asked, by its word."""

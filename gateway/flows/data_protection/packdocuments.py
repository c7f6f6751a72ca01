"""Documents in a subject access pack: opened, decided on whole or page by page, and listed with what became of each.

A document may be about anybody, so nobody decides on one that they have not opened. Where pages are left out, the
reviewer chooses the copy that is given instead: what a program cuts out of a document is often still in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection

from adapters.formats.documents import TYPES, check_document, type_of_name
from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound, UnreadablePayload
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.data_protection.packmarks import DECISIONS, Mark, numbers_of, wrong_of_document
from gateway.flows.data_protection.packparts import Part
from gateway.flows.data_protection.packsheet import Sheet, is_document, keep, part_of, sheet_of, tell
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.mapping.enclosed import LARGEST
from gateway.flows.submissions.scanning import scan
from gateway.path.suggesting import FLAGS, GROUNDS, NOT_TOLD, TOLD, suggested
from gateway.store import content
from gateway.store.transaction import Tx
from gateway.store.writer import Write

OPENED: Final = "subject.opened"
DECIDED: Final = "subject.decided"


@dataclass(frozen=True, slots=True)
class Copy:
    """What a reviewer chose to be given instead of a document. name: what their machine calls it; never kept."""

    name: str = field(repr=False)
    body: bytes = field(repr=False)


async def show(gateway: Gateway, who: Acting, request: str, name: str) -> dict[str, Any]:
    """One document by what it is and how far it is decided. Raises NotYourRole, NotFound."""
    who.must_be_let("subject.document")

    def read(connection: Connection) -> dict[str, Any]:
        found = sheet_of(gateway, connection, who, request)
        told = line(found, _document(found, name))
        return told | {"closed": found.row["state"] == "closed", "seen": who.name in told["seen_by"]}

    return await gateway.store.ask(who.council.name, read)


async def open_one(
    gateway: Gateway, who: Acting, request: str, name: str, purpose: str, *, copy: bool = False
) -> tuple[str, bytes]:
    """Media type and bytes, once the record says who opens it and why. copy: of what is given instead.

    Raises NotYourRole, NotFound, NoSuchAnswer without a purpose.
    """
    who.must_be_let("subject.document")
    must_say_why(purpose)
    council = who.council.name

    def work(tx: Tx) -> tuple[str, bytes]:
        found = sheet_of(gateway, tx, who, request)
        part = _document(found, name)
        mark, kept = found.said["marks"].get(name, {}), found.documents.get(name)
        where, kind = (mark.get("copy", ""), mark.get("copy_type", "")) if copy else ("", "")
        if not copy and kept is not None:
            where, kind = kept.content, kept.media_type
        body = content.get(tx, council, where) if where else None
        if body is None:
            raise NotFound("That document is not here.")
        said = {"purpose": purpose.strip(), "request": request, "document": "copy" if copy else "whole"}
        tell(tx, who, request, OPENED, [part], who.said | said)
        seen = found.said.setdefault("seen", {})
        seen[name] = sorted({*seen.get(name, ()), who.name})
        keep(tx, found)
        return kind, body

    return await gateway.writer.submit(Write(work))


async def decide(gateway: Gateway, who: Acting, request: str, mark: Mark, copy: Copy | None = None) -> dict[str, str]:
    """Keep what becomes of one document. {} once it is kept; or field → what to put right.

    Raises NotYourRole, NotFound, AnsweredAlready, ScannerUnavailable.
    """
    who.must_be_let("subject.document")
    kind, bad = await _checked(gateway, copy) if copy is not None else ("", "")

    def work(tx: Tx) -> dict[str, str]:
        found = sheet_of(gateway, tx, who, request)
        _document(found, mark.name)
        if found.row["state"] == "closed":
            raise AnsweredAlready("This request has ended.")
        if mark.name not in found.documents:
            raise NoSuchAnswer("That document is not here, so there is nothing to decide.")
        before = found.said["marks"].get(mark.name, {})
        wrong = wrong_of_document(mark, copy is not None or bool(before.get("copy")))
        if who.name not in found.said.get("seen", {}).get(mark.name, ()):
            wrong["decision"] = "Open the document before you decide on it."
        if bad:
            wrong["copy"] = bad
        if not wrong:
            _keep_mark(tx, found, who, mark, (kind, copy) if copy else None)
            told = [[mark.name, mark.decision, mark.ground if mark.decision != "give" else ""]]
            said = who.said | {"parts": told} | ({"pages": numbers_of(mark.pages)} if mark.decision == "redact" else {})
            write_entry(tx, who.council.name, request, DECIDED, said, section="rights")
        return {name: wrong[name] for name in _FIELDS if name in wrong}

    return await gateway.writer.submit(Write(work))


_FIELDS: Final = ("decision", "pages", "copy", "ground", "reason")
"""In the order in which they are asked."""


def _keep_mark(tx: Tx, found: Sheet, who: Acting, mark: Mark, copy: tuple[str, Copy] | None) -> None:
    council, less = found.row["council"], mark.decision != "give"
    before = found.said["marks"].get(mark.name, {})
    told = {name: before.get(name, "") for name in ("copy", "copy_type", "copy_sha256", "copy_size")}
    if before.get("copy") and (copy is not None or mark.decision != "redact"):
        content.erase(tx, council, [before["copy"]])
        told = dict.fromkeys(told, "")
    if copy is not None and mark.decision == "redact":
        kind, chosen = copy
        kept = content.put(tx, council, "attachment", chosen.body)
        digest = sha256(chosen.body).hexdigest()
        told = {"copy": kept, "copy_type": kind, "copy_sha256": digest, "copy_size": len(chosen.body)}
    found.said["marks"][mark.name] = {
        "decision": mark.decision,
        "ground": mark.ground if less else "",
        "reason": mark.reason,
        "pages": list(mark.pages) if mark.decision == "redact" else [],
        "by": who.name,
        "role": who.role,
        "at": tx.now,
        **told,
    }
    keep(tx, found)


async def _checked(gateway: Gateway, copy: Copy) -> tuple[str, str]:
    """Its media type, and what is wrong with it."""
    if len(copy.body) > LARGEST:
        return "", f"Choose a document of at most {LARGEST // 1_048_576} MB."
    try:
        kind = check_document(copy.body, type_of_name(copy.name))
        await scan(gateway.settings, copy.body)
    except UnreadablePayload as error:
        return "", str(error)
    return kind, ""


def line(found: Sheet, part: Part) -> dict[str, Any]:
    """One document without what it is called or what stands in it."""
    kept, mark = found.documents.get(part.name), found.said["marks"].get(part.name) or {}
    mark = mark if "copy" in mark else {}
    decision = mark.get("decision", "")
    flags = [FLAGS[flag] for flag in suggested(part.place, part.value, part.own)]
    return {
        "name": part.name,
        "path": f"{part.referral}/{part.place.rpartition('/')[2]}",
        "label": part.label,
        "kind": _kind(part),
        "flags": flags + (["The sender marked it as confidential"] if part.value.get("confidential") else []),
        "here": kept is not None,
        "type": _ending(kept.media_type).upper() if kept else "",
        "size": kept.size if kept else 0,
        "seen_by": found.said.get("seen", {}).get(part.name, ()),
        "decision": decision,
        "say": DECISIONS.get(decision, ""),
        "ground": GROUNDS.get(mark.get("ground", ""), ""),
        "pages": numbers_of(mark.get("pages", ())),
        "mark": mark,
    }


def given(found: Sheet, parts: Sequence[Part], first: int) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """What the pack's own list says of each document of one request; and name and content of each file in the pack.

    first  the number of the first of them
    """
    told, files = list[dict[str, Any]](), list[tuple[str, str]]()
    for number, part in enumerate((one for one in parts if is_document(one)), first):
        kept, mark = found.documents.get(part.name), found.said["marks"].get(part.name) or {}
        one: dict[str, Any] = {"document": number, "what": _kind(part)}
        why = TOLD.get(mark.get("ground", ""), NOT_TOLD)
        if kept is None:
            one["not_here"] = "The request names it. It never came, or has been deleted."
        elif mark.get("decision") == "give" and "copy" in mark:
            one |= {"file": f"documents/{number}.{_ending(kept.media_type)}", "sha256": part.value["sha256"].lower()}
            files.append((one["file"], kept.content))
        elif mark.get("decision") == "redact" and mark.get("copy"):
            one |= {"file": f"documents/{number}.{_ending(mark['copy_type'])}", "sha256": mark["copy_sha256"]}
            one |= {"pages_left_out": numbers_of(mark["pages"]), "why": why}
            files.append((one["file"], mark["copy"]))
        else:
            one["left_out"] = why
        told.append(one)
    return told, files


def _document(found: Sheet, name: str) -> Part:
    part = part_of(found, name)
    if not is_document(part):
        raise NotFound("There is no such document.")
    return part


def _kind(part: Part) -> str:
    return str(part.value.get("kind") or "other").replace("_", " ").capitalize()


def _ending(media_type: str) -> str:
    return TYPES[media_type][0].removeprefix(".")

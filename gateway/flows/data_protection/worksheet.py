"""The worksheet of a request for access: a reviewer opens each part, decides on it, looks at the whole, takes it out.

Who opened what is in the record before it is shown. What they decided, and why, is sealed with the request; the record
holds places and codes (governance 2.2, 2.4; TH-C24).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.data_protection import packdocuments
from gateway.flows.data_protection.packdocuments import DECIDED, OPENED
from gateway.flows.data_protection.packmarks import DECISIONS, Mark, wrong_of
from gateway.flows.data_protection.packparts import Part
from gateway.flows.data_protection.packsheet import Sheet, is_document, keep, part_of, sheet_of, tell
from gateway.flows.data_protection.packzip import pieces
from gateway.flows.data_protection.subjectaccess import MADE
from gateway.flows.data_protection.subjectpack import as_json, digest, document, inner, page
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.allowance import Refused, spent, unless_refused
from gateway.flows.oversight.looked import PACK
from gateway.path.redacting import leaves, redacted
from gateway.path.suggesting import FLAGS, GROUNDS, suggested
from gateway.store.transaction import Tx
from gateway.store.writer import Write

PREVIEWED: Final = "subject.previewed"
MOST: Final = 20
"""Parts opened at once at most: what is read in one go."""


async def sheet(gateway: Gateway, who: Acting, request: str) -> dict[str, Any]:
    """Every part by its place, with what to think of, and how far it is decided. Raises NotYourRole, NotFound."""
    who.must_be_let("subject.access")

    def read(connection: Connection) -> dict[str, Any]:
        found = sheet_of(gateway, connection, who, request)
        ready = bool(found.said.get("previewed")) and not found.left
        return {
            "id": request,
            "closed": found.row["state"] == "closed",
            "disposed": [one for one, parts in found.parts.items() if parts is None],
            "requests": [
                {
                    "id": one,
                    "parts": [_line(found, part) for part in parts if not is_document(part)],
                    "documents": [packdocuments.line(found, part) for part in parts if is_document(part)],
                }
                for one, parts in found.parts.items()
                if parts is not None
            ],
            "left": len(found.left),
            "many": len(found.all),
            "ready": ready
            and found.said["previewed"]["digest"] == digest(_document(gateway, connection, who, found)[0]),
        }

    return await gateway.store.ask(who.council.name, read)


async def open_parts(
    gateway: Gateway, who: Acting, request: str, names: Sequence[str], purpose: str
) -> list[dict[str, Any]]:
    """What stands in these parts, once the record says who opens them and why.

    Raises NotYourRole, NotFound, NoSuchAnswer without a purpose, without parts or with too many.
    """
    who.must_be_let("subject.access")
    must_say_why(purpose)
    if not 0 < len(names) <= MOST:
        raise NoSuchAnswer(f"Choose the parts to open, {MOST} at once at most.")

    def work(tx: Tx) -> list[dict[str, Any]]:
        found = sheet_of(gateway, tx, who, request)
        chosen = [_plain_part(found, name) for name in names]
        said = who.said | {"purpose": purpose.strip(), "request": request}
        tell(tx, who, request, OPENED, chosen, said)
        opened = found.said["opened"]
        for part in chosen:
            opened[part.name] = sorted({*opened.get(part.name, ()), who.name})
        keep(tx, found)
        return [_line(found, part) | {"value": part.value, "leaves": list(leaves(part.value))} for part in chosen]

    return await gateway.writer.submit(Write(work))


async def decide(gateway: Gateway, who: Acting, request: str, marks: Sequence[Mark]) -> dict[str, str]:
    """Keep what a reviewer decided. {} once it is kept; or field and place of the mark → what to put right.

    Raises NotYourRole, NotFound, NoSuchAnswer for a part that this person has not opened, AnsweredAlready.
    """
    who.must_be_let("subject.access")

    def work(tx: Tx) -> dict[str, str]:
        found = sheet_of(gateway, tx, who, request)
        if found.row["state"] == "closed":
            raise AnsweredAlready("This request has ended.")
        wrong: dict[str, str] = {}
        for place, mark in enumerate(marks):
            part = _plain_part(found, mark.name)
            if who.name not in found.said["opened"].get(mark.name, ()):
                raise NoSuchAnswer("Open a part before you decide on it.")
            wrong |= {
                f"{name}-{place}": say
                for name, say in wrong_of(mark, part.value, bool(suggested(part.place, part.value, part.own))).items()
            }
        if wrong:
            return wrong
        for mark in marks:
            found.said["marks"][mark.name] = {
                "decision": mark.decision,
                "ground": mark.ground if mark.decision != "give" else "",
                "reason": mark.reason,
                "fields": list(mark.fields),
                "passages": list(mark.passages),
                "by": who.name,
                "role": who.role,
                "at": tx.now,
            }
        keep(tx, found)
        told = [[mark.name, mark.decision, mark.ground if mark.decision != "give" else ""] for mark in marks]
        write_entry(tx, who.council.name, request, DECIDED, who.said | {"parts": told}, section="rights")
        return {}

    return await gateway.writer.submit(Write(work))


async def preview(gateway: Gateway, who: Acting, request: str, purpose: str) -> str:
    """What the requester will read, as HTML with every word escaped. The record says first who looks.

    Raises NotYourRole, NotFound, NoSuchAnswer without a purpose.
    """
    who.must_be_let("subject.access")
    must_say_why(purpose)

    def work(tx: Tx) -> str:
        found = sheet_of(gateway, tx, who, request)
        told, _ = _document(gateway, tx, who, found)
        found.said["previewed"] = {"digest": digest(told), "by": who.name, "at": tx.now}
        keep(tx, found)
        said = who.said | {"purpose": purpose.strip(), "request": request}
        tell(tx, who, request, PREVIEWED, list(found.all.values()), said)
        return inner(told)

    return await gateway.writer.submit(Write(work))


async def export(gateway: Gateway, who: Acting, request: str, purpose: str) -> AsyncIterator[bytes]:
    """The pack as a zip, piece by piece, once nothing waits and somebody has looked at just this.

    Every request it tells of says so first, with the digest of pack.json, which names each document by its own. In
    memory is one document. Raises NotYourRole, NotFound, NoSuchAnswer.
    """
    who.must_be_let("subject.access")
    must_say_why(purpose)

    def work(tx: Tx) -> tuple[bytes, str, list[tuple[str, str]]] | Refused:
        found = sheet_of(gateway, tx, who, request)
        if found.left:
            raise NoSuchAnswer(f"{len(found.left)} parts wait for a decision. Decide on each first.")
        told, files = _document(gateway, tx, who, found)
        if found.said.get("previewed", {}).get("digest") != digest(told):
            raise NoSuchAnswer("Look at what they will see first. It may have changed since somebody did.")
        if refused := spent(gateway, tx, who, purpose):
            return refused
        made = as_json(told)
        said = {"purpose": purpose.strip(), "request": request, "sha256": sha256(made).hexdigest()}
        said_by = who.said | said | {"documents": len(files)}
        for one in found.parts:
            write_entry(tx, who.council.name, one, MADE, said_by, section="reader")
        write_entry(tx, who.council.name, request, PACK, said_by, section="reader")
        return made, page(told), files

    made, shown, files = unless_refused(await gateway.writer.submit(Write(work)))
    return pieces(gateway, who.council.name, (("pack.json", made), ("pack.html", shown.encode())), files)


def _plain_part(found: Sheet, name: str) -> Part:
    part = part_of(found, name)
    if is_document(part):
        raise NotFound("A document is opened and decided on by itself.")
    return part


def _line(found: Sheet, part: Part) -> dict[str, Any]:
    """One part without what stands in it."""
    mark = found.said["marks"].get(part.name)
    decision = mark["decision"] if mark else "give" if part.own else ""
    return {
        "name": part.name,
        "label": part.label,
        "own": part.own,
        "flags": [FLAGS[flag] for flag in suggested(part.place, part.value, part.own)],
        "opened": bool(found.said["opened"].get(part.name)),
        "decision": decision,
        "say": DECISIONS.get(decision, ""),
        "mark": mark or {},
        "ground": GROUNDS.get(mark["ground"], "") if mark else "",
    }


def _document(
    gateway: Gateway, store: Connection | Tx, who: Acting, found: Sheet
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What is told; and name and content of each document that goes with it."""
    marks, files, numbered = found.said["marks"], list[tuple[str, str]](), 0

    def buckets(parts: Sequence[Part]) -> dict[str, Any]:
        nonlocal numbered
        given, less = dict[str, Any](), 0
        for part in (one for one in parts if not is_document(one)):
            mark = marks.get(part.name, {"decision": "give" if part.own else "withhold"})
            less += mark["decision"] != "give"
            if mark["decision"] == "give":
                given[part.place] = part.value
            elif mark["decision"] == "redact":
                given[part.place] = redacted(part.value, mark["fields"], mark["passages"])
        listed, more = packdocuments.given(found, parts, numbered + 1)
        numbered += len(listed)
        files.extend(more)
        less += sum("left_out" in one or "pages_left_out" in one for one in listed)
        out = {"left_out": f"{_LEFT_OUT[less == 1].format(less)} {_WHY}"} if less else {}
        return {"what_is_kept": given} | ({"documents": listed} if listed else {}) | out

    return document(gateway, store, who, found.parts, buckets), files


_LEFT_OUT: Final = {
    True: "1 part is left out, in whole or in part.",
    False: "{} parts are left out, in whole or in part.",
}
_WHY: Final = "The law allows that, or asks for it. Ask the council if you want to know more, or complain."

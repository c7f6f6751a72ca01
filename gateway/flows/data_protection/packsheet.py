"""A request for access with what it is about: every part, the documents that are here, and what was decided so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from contracts.errors import NotFound
from gateway.flows.acting import Acting
from gateway.flows.data_protection.packparts import Part, parts_of
from gateway.flows.data_protection.rights import must_be_there, referrals_of, unsealed
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.store import content
from gateway.store.attachments import Kept, Whose, attachment_token, present
from gateway.store.register import Row
from gateway.store.transaction import Tx

DOCUMENTS: Final = "/attachments/"
"""How the place of a document begins."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A request for access.

    parts      of each request for help; None where it was disposed of
    documents  name of a part → the document itself, where that is here
    """

    row: Row
    said: dict[str, Any]
    parts: Mapping[str, list[Part] | None]
    documents: Mapping[str, Kept]

    @property
    def all(self) -> dict[str, Part]:
        """Every part by its name."""
        return {part.name: part for found in self.parts.values() for part in found or ()}

    @property
    def left(self) -> list[str]:
        """Parts that nobody has decided on. What is the person's own is given unless somebody decides otherwise."""
        return [name for name, part in self.all.items() if not part.own and not self._is_decided(part)]

    def _is_decided(self, part: Part) -> bool:
        """A document that never came needs no decision; of one that did, only a word on the document itself counts."""
        mark = self.said["marks"].get(part.name)
        if is_document(part):
            return part.name not in self.documents or (mark is not None and "copy" in mark)
        return mark is not None


def sheet_of(gateway: Gateway, store: Connection | Tx, who: Acting, request: str) -> Sheet:
    """Read it. Raises NotFound for another council's, for none, and for one that is not about access."""
    council = who.council.name
    row = must_be_there(store, council, request)
    said = unsealed(store, row)
    if row["kind"] != "access" or not said["born"]:
        raise NotFound("Only a request to see what is kept has a worksheet.")
    asker = (said["name"], date.fromisoformat(said["born"]))
    found = referrals_of(store, who, row["token"])
    parts = {one.id: parts_of(store, council, one, asker) for one in found}
    documents = {
        name: kept
        for one in found
        for name, kept in _documents(gateway, store, Whose(council, one.sender, False), parts[one.id] or ())
    }
    return Sheet(row, said, parts, documents)


def _documents(gateway: Gateway, store: Connection | Tx, whose: Whose, parts: Sequence[Part]) -> list[tuple[str, Kept]]:
    keys = gateway.keys[whose.council]
    tokens = {part.name: attachment_token(keys, part.value["sha256"]) for part in parts if is_document(part)}
    here = present(store, whose, set(tokens.values()))
    return [(name, here[token]) for name, token in tokens.items() if token in here]


def is_document(part: Part) -> bool:
    """Whether a part names a document."""
    return part.place.startswith(DOCUMENTS)


def part_of(found: Sheet, name: str) -> Part:
    """One part. Raises NotFound."""
    part = found.all.get(name)
    if part is None:
        raise NotFound("There is no such part.")
    return part


def tell(tx: Tx, who: Acting, request: str, kind: str, parts: Sequence[Part], said: Mapping[str, object]) -> None:
    """One entry at each request for help whose parts are shown, and one at the request for access."""
    for one in dict.fromkeys(part.referral for part in parts):
        places = [part.place for part in parts if part.referral == one]
        write_entry(tx, who.council.name, one, kind, {**said, "parts": places}, section="reader")
    write_entry(tx, who.council.name, request, kind, {**said, "count": len(parts)}, section="reader")


def keep(tx: Tx, found: Sheet) -> None:
    """Keep what was decided, sealed with the request."""
    content.replace(tx, found.row["council"], found.row["said"], "said", orjson.dumps(found.said))


def copies_in(body: bytes | None) -> list[str]:
    """Contents of the copies that reviewers chose instead of documents. body: what is sealed with a request."""
    marks: dict[str, dict[str, Any]] = orjson.loads(body).get("marks", {}) if body else {}
    return [mark["copy"] for mark in marks.values() if mark.get("copy")]

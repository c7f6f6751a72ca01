"""Fetches what senders leave in a place: looks, takes what is whole, submits it, reports row by row, and puts it away.

look ─ whole? ─ take ─ submit ─ record ─ report ─ move to done or quarantine
Each step may be repeated: a crash between two of them loses nothing and takes nothing twice. What was submitted is
known by its own bytes, as in `gateway receive`: the same file, wherever it is put, is one submission; a file that
changed is another, whatever its name. What cannot be done just now is left where it is, and tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from adapters.formats.mail import Enclosure
from contracts.adapter import Fault
from contracts.errors import GatewayError, ScannerUnavailable, StillRunning, StoreUnavailable
from gateway.config.pickups import MailboxPart, Pickup
from gateway.flows.access import Caller, Role
from gateway.flows.gateway import Gateway
from gateway.flows.places import casetable, signedforms
from gateway.flows.places.fetched import record
from gateway.flows.places.mailing import sorted_post
from gateway.flows.places.place import Changed, Into, Place, Seen, Unreachable
from gateway.flows.places.rowreport import Line, as_csv, line_of_fault, lines_of, lines_of_error
from gateway.flows.submissions import intake
from gateway.logs import place_of

_LOG: Final = logging.getLogger(__name__)

MAIL: Final = 1.4
"""How much larger a message is than what it holds: base64 and its lines."""

PATIENCE: Final = 3
"""Things of one round that may fail, each by itself, before the place is left alone until the next."""

_LATER: Final = (StoreUnavailable, StillRunning, ScannerUnavailable)
_TAKEN: Final = ("accepted", "unchanged", "attached")


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one thing, before it is put away.

    submitted  SHA-256 of each file that was submitted or kept, in order
    """

    into: Into
    lines: tuple[Line, ...]
    submitted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """What one look came to.

    standing  what was not taken: name → how it was, for the next look to see whether it still is
    left      of these, what was tried and failed: it comes last in the next look
    counts    of done, quarantine, waiting (not whole yet) and left (tried again)
    """

    standing: Mapping[str, Seen] = field(default_factory=dict, repr=False)
    left: frozenset[str] = field(default=frozenset(), repr=False)
    counts: Counter[str] = field(default_factory=Counter)


async def fetch(gateway: Gateway, pickup: Pickup, place: Place, before: Round) -> Round:
    """One round. Raises Unreachable when the place cannot be used at all just now, StoreUnavailable.

    before  the round before, for places where a file is whole once two looks have seen it the same
    """
    found = sorted(await place.look(), key=lambda seen: seen.name in before.left)
    standing = {seen.name: seen for seen in found}
    counts, left = Counter[str](), set[str]()
    for seen in found:
        if seen.whole or before.standing.get(seen.name) == seen:
            became = await _one(gateway, pickup, place, seen)
        else:
            became = "waiting"
        counts[became] += 1
        if became not in ("waiting", "left"):
            del standing[seen.name]
        elif became == "left":
            left.add(seen.name)
            if len(left) > PATIENCE:
                break
    return Round(standing, frozenset(left), counts)


async def _one(gateway: Gateway, pickup: Pickup, place: Place, seen: Seen) -> str:
    """What became of one thing."""
    try:
        content = b"" if _too_large(gateway, pickup, seen.size) else await place.take(seen)
        handled = await _handled(gateway, pickup, seen, content)
        token = await record(gateway, pickup, seen, content, handled.into, handled.lines, handled.submitted)
        await place.put_away(seen, handled.into, token, as_csv(handled.lines))
    except Changed:
        return "waiting"
    except (StillRunning, ScannerUnavailable, Unreachable) as error:
        why = error.slug() if isinstance(error, GatewayError) else str(error)
        _LOG.warning("Something could not be fetched", extra={"council": pickup.council, "key": pickup.key, "why": why})
        return "left"
    if handled.into == "quarantine":
        _LOG.warning("Something was put into quarantine", extra={"council": pickup.council, "key": pickup.key})
    return handled.into


async def _handled(gateway: Gateway, pickup: Pickup, seen: Seen, content: bytes) -> Handled:
    if _too_large(gateway, pickup, max(seen.size, len(content))):
        largest = gateway.settings.max_submission
        expected, remedy = f"at most {largest:,} bytes", "Put fewer children into one file, and leave several files."
        return Handled("quarantine", (line_of_fault(Fault("the file", "", expected, remedy)),))
    if isinstance(pickup.where, MailboxPart):
        return await _post(gateway, pickup, pickup.where, content)
    if pickup.cases:
        lines = await _table(gateway, pickup, content)
    else:
        lines = await _submit(gateway, pickup, pickup.sender, pickup.source, Enclosure("", seen.name, content))
    return Handled(_into([lines]), lines, (sha256(content).hexdigest(),))


async def _post(gateway: Gateway, pickup: Pickup, box: MailboxPart, content: bytes) -> Handled:
    """A message: its forms first, so that a document may belong to what they made."""
    post = await asyncio.to_thread(sorted_post, content, box)
    if post.allowed is None:
        return Handled("quarantine", post.refused)
    sender, source = post.allowed.sender, post.allowed.source
    pieces: list[Sequence[Line]] = []
    for form in post.forms:
        lines = await _submit(gateway, pickup, sender, source, form)
        pieces.append([Line(_within(form, line), *_rest(line)) for line in lines])
    made = tuple(dict.fromkeys(line.reference for lines in pieces for line in lines if line.state in _TAKEN))
    for document in post.documents:
        pieces.append([await signedforms.keep(gateway, pickup, sender, document, made)])
    pieces += [[line] for line in post.refused]
    enclosed = [*post.forms, *(document.enclosure for document in post.documents)]
    digests = tuple(sha256(one.content).hexdigest() for one in enclosed)
    lines = tuple(line for piece in pieces for line in piece)
    return Handled(_into(pieces), lines + post.unread, digests)


async def _submit(gateway: Gateway, pickup: Pickup, sender: str, source: str, form: Enclosure) -> tuple[Line, ...]:
    """What the way in says of one file. Raises what may pass by itself: then it is tried again."""
    registration = gateway.council(pickup.council).senders[sender]
    digest = sha256(form.content).hexdigest()
    # Trying a file out must not answer for the same file when it is meant.
    key = f"test {digest}" if pickup.test else digest
    caller = Caller(Role.SENDER, registration, test=pickup.test)
    sent = intake.Sent(caller, pickup.council, source, key, form.content, "file", form.name)
    try:
        return lines_of((await intake.receive(gateway, sent)).body)
    except _LATER:
        raise
    except GatewayError as error:
        return lines_of_error(error)
    except Exception as error:
        # It would fail again at every look, and keep what lies behind it waiting.
        said = {"council": pickup.council, "key": pickup.key, "error": type(error).__name__, "why": place_of(error)}
        _LOG.error("A file could not be handled", extra=said)
        remedy = "The gateway itself is at fault. Tell whoever runs it, and leave the file again once it is put right."
        return (Line("the file", "rejected", "", "a file the gateway can handle", remedy),)


async def _table(gateway: Gateway, pickup: Pickup, content: bytes) -> tuple[Line, ...]:
    """What a case system's table says, row by row. Raises what may pass by itself: then it is tried again."""
    try:
        return await casetable.take(gateway, gateway.catalogue.cases[pickup.council][pickup.cases], content)
    except _LATER:
        raise
    except GatewayError as error:
        return lines_of_error(error)


def _into(pieces: Sequence[Sequence[Line]]) -> Into:
    """Done where something of every piece was taken: what is left of a batch is in the report."""
    taken = all(any(line.state in _TAKEN for line in piece) for piece in pieces)
    return "done" if pieces and taken else "quarantine"


def _too_large(gateway: Gateway, pickup: Pickup, size: int) -> bool:
    largest = gateway.settings.max_submission
    return size > (largest * MAIL if isinstance(pickup.where, MailboxPart) else largest)


def _within(form: Enclosure, line: Line) -> str:
    return f"{form.position}, {line.position}" if line.position else form.position


def _rest(line: Line) -> tuple[str, str, str, str, str]:
    return line.state, line.reference, line.expected, line.remedy, line.say

"""What came by mail, sorted: forms to submit, documents to lay beside a referral, and what a person must look at.

A message is from whom it says only if the council's own mail server proved it and the address is on the pickup's list;
from anybody else nothing is opened. Limits: the server's word is taken, and whoever uses a listed mailbox is believed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from adapters.formats.mail import Enclosure, Message, proven, read_message
from contracts.adapter import Fault
from contracts.errors import UnreadablePayload
from gateway.config.pickups import AllowedPart, MailboxPart
from gateway.flows.places.rowreport import Line, line_of_fault, lines_of_error

WORDS: Final = Line(
    "the message",
    "unread",
    say="Nobody has read the words of the message itself. Put what matters into the form, or ring the council.",
)
_REFERENCE: Final = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE
)
_UNKNOWN: Final = Fault(
    "the message",
    "",
    "an address that is registered for this mailbox",
    "Nothing in it was opened. Register the address with the council, or send the form another way.",
)
_UNPROVEN: Final = Fault(
    "the message",
    "",
    "a message that the mail server has proven to be from its sender (DMARC)",
    "Nothing in it was opened. Ask the sender, by telephone, whether it is theirs.",
)
_EMPTY: Final = Fault(
    "the message",
    "",
    "a form, or a signed form with our reference on it",
    "Send the form as an enclosure. Words alone cannot become a referral: a person must read them.",
)


@dataclass(frozen=True, slots=True)
class Document:
    """One document, and the references it may belong to: those in its name before those in the message around it."""

    enclosure: Enclosure = field(repr=False)
    named: tuple[str, ...]
    around: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """One message. `allowed` is None where nothing of it may be used; `refused` says why, or what else is not taken."""

    allowed: AllowedPart | None
    forms: tuple[Enclosure, ...] = ()
    documents: tuple[Document, ...] = ()
    refused: tuple[Line, ...] = ()
    unread: tuple[Line, ...] = ()


def sorted_post(content: bytes, box: MailboxPart) -> Post:
    """One message, sorted. Never raises: what cannot be read is refused with a reason."""
    try:
        message = read_message(content)
    except UnreadablePayload as error:
        return Post(None, refused=lines_of_error(error))
    allowed = {address.casefold(): row for address, row in box.allowed.items()}.get(message.sender)
    if allowed is None or not proven(message, box.authority):
        return Post(None, refused=(line_of_fault(_UNKNOWN if allowed is None else _UNPROVEN),))
    faults = message.refused if _holds_something(message) else (_EMPTY,)
    around = references(f"{message.subject}\n{message.words}")
    return Post(
        allowed,
        message.forms,
        tuple(Document(document, references(document.name), around) for document in message.documents),
        tuple(line_of_fault(fault) for fault in faults),
        (WORDS,) if message.words.strip() else (),
    )


def references(text: str) -> tuple[str, ...]:
    """Whatever is spelt as a reference of ours is: 32 hex digits, with or without the hyphens of a UUID; each once."""
    found = (match[0].replace("-", "").lower() for match in _REFERENCE.finditer(text))
    return tuple(dict.fromkeys(found))


def _holds_something(message: Message) -> bool:
    return bool(message.forms or message.documents or message.refused)

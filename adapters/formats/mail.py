"""One e-mail message taken apart under caps: who sent it, its words, and what is enclosed. Nothing is run or rendered.

Positions count enclosures, because a file name can be a child's name. A message in the message stays closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from io import BytesIO
from typing import Final, cast

from adapters.formats.documents import DOCX, type_of_name
from adapters.formats.zip import MAGIC
from contracts.adapter import Fault
from contracts.errors import UnreadablePayload

PARTS: Final = 100
"""Parts of one message."""
DEPTH: Final = 10
"""Parts inside one another."""
HEAD: Final = 65_536
"""Bytes before the first empty line."""
HEADER: Final = 2_048
"""Bytes of one header that is looked into."""
SEMICOLONS: Final = 20
"""Parameters of one header."""
WORDS: Final = 262_144
"""Characters of a message's own words that are looked at."""
LOGO: Final = 20 * 1024
"""Bytes below which a picture shown within the text is taken for a logo."""

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MACROS: Final = re.compile(rb"vbaProject\.bin|macroEnabled", re.IGNORECASE)
_MACRO_NAMES: Final = (".docm", ".dotm", ".xlsm", ".xlsb", ".xltm", ".xlam", ".pptm", ".potm", ".ppsm", ".ppam")
_DOCUMENTS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_BY_NAME: Final = (DOCX, "image/heic")
_FORMS: Final = (".json", ".csv", ".xlsx", ".zip", ".xml")
_SKIPPED: Final = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_PART: Final = re.compile(rb"(?:^|[\r\n])content-type[ \t]*:", re.IGNORECASE)
_BOUNDARY: Final = re.compile(rb"[\r\n]--")
_END: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r")
# A header with the lines it is folded onto. A bare CR ends a line too: the parser takes it for one.
_PARSED: Final = re.compile(
    rb"(?:^|[\r\n])(?:content-(?:type|disposition|transfer-encoding)|from|subject)[ \t]*:"
    rb"[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(r"\((?:[^()\\]|\\.)*\)")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Enclosure:
    """One file that came with a message.

    position    "enclosure 2"
    media_type  of a document, as its first bytes or its name have it; "" for a form
    """

    position: str
    name: str = field(repr=False)
    content: bytes = field(repr=False)
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says of itself.

    sender      the one address it says it is from, in small letters
    forms       files a source could have written; documents: pictures, PDFs and letters
    refused     what is enclosed and not taken, each with why
    statements  values of Authentication-Results, the last written first
    """

    sender: str = field(repr=False)
    subject: str = field(repr=False)
    words: str = field(repr=False)
    forms: tuple[Enclosure, ...]
    documents: tuple[Enclosure, ...]
    refused: tuple[Fault, ...]
    statements: tuple[str, ...] = field(repr=False)


def read_message(content: bytes) -> Message:
    """A message as RFC 5322 has it. Raises UnreadablePayload: too many parts, too deep, not from one address."""
    _check_raw(content)
    try:
        return _message(BytesParser(policy=policy.default).parse(BytesIO(content)))
    except UnreadablePayload:
        raise
    # The standard library's parser raises errors of many kinds at what only a broken or hostile sender writes.
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError, AssertionError) as error:
        problem = type(error).__name__
    raise _refusal("a message that can be read", f"Send the form again in a new message ({problem}).")


def proven(message: Message, authority: str) -> bool:
    """Whether the receiving mail server says that DMARC passed for the sender's own domain (RFC 8601, RFC 7489).

    authority  the server's name in the statements. Only its last one counts: what is further down, anybody may write.
    """
    for statement in message.statements:
        if len(statement) > HEADER:
            return False  # no server's own; and comments in one another would take minutes to pass over
        plain = _COMMENT.sub(" ", _COMMENT.sub(" ", _QUOTED.sub("_", statement)))
        name, *results = (part.split() for part in plain.split(";"))
        if not name or name[0].casefold() != authority.casefold():
            continue
        domain = message.sender.rpartition("@")[2]
        said = [[word.casefold() for word in result] for result in results if result]
        dmarc = [result for result in said if result[0].startswith("dmarc=")]
        return len(dmarc) == 1 and dmarc[0][0] == "dmarc=pass" and f"header.from={domain}" in dmarc[0]
    return False


def _check_raw(content: bytes) -> None:
    """Before anything is parsed: the standard library takes minutes over one long header of semicolons."""
    head = _END.search(content)
    if (head.start() if head else len(content)) > HEAD:
        raise _refusal(f"at most {HEAD:,} bytes of headers", "Send the form again in a new message.")
    if len(_PART.findall(content)) > PARTS or len(_BOUNDARY.findall(content)) > 10 * PARTS:
        raise _refusal(f"at most {PARTS} parts", "Send the form again in a message of its own.")
    for header in _PARSED.finditer(content):
        if len(header[0]) > HEADER or header[0].count(b";") > SEMICOLONS:
            raise _refusal("headers of an ordinary length", "Give the files shorter names, and send them again.")


def _message(message: EmailMessage) -> Message:
    forms: list[Enclosure] = []
    documents: list[Enclosure] = []
    refused: list[Fault] = []
    words: list[str] = []
    number = 0
    for part in _leaves(message, 0):
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and not part.get_filename() and not part.is_attachment():
            # HTML is for looking at; what it says stands in the plain text beside it, or is not read.
            words += [_text(part)] if kind == "text/plain" else []
            continue
        if kind in _SKIPPED:
            continue
        number += 1
        sorted_out = _enclosure(part, f"enclosure {number}")
        if isinstance(sorted_out, Fault):
            refused.append(sorted_out)
        elif sorted_out is not None:
            (documents if sorted_out.media_type else forms).append(sorted_out)
    return Message(
        sender=_sender(message),
        subject=str(message.get("subject", "")),
        words="\n".join(words)[:WORDS],
        forms=tuple(forms),
        documents=tuple(documents),
        refused=tuple(refused),
        statements=tuple(str(value) for value in message.get_all("authentication-results", [])),
    )


def _sender(message: EmailMessage) -> str:
    """The address in From, if there is just one: with two, a reader and a checker may look at different ones."""
    headers = message.get_all("from", [])
    addresses = [address.addr_spec for header in headers for address in header.addresses]
    if len(headers) != 1 or len(addresses) != 1 or headers[0].defects:
        raise _refusal("one address it is from", "Send it from the address that was registered, and no other.")
    return str(addresses[0]).casefold()


def _leaves(part: EmailMessage, depth: int) -> Iterator[EmailMessage]:
    """Parts that hold no parts, in order."""
    if depth > DEPTH:
        raise _refusal(f"parts at most {DEPTH} deep", "Send the form again in a message of its own.")
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for inner in part.iter_parts():
            yield from _leaves(cast(EmailMessage, inner), depth + 1)
    else:
        yield part


def _text(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except LookupError:  # a character set nobody knows
        return bytes(part.get_payload(decode=True) or b"").decode("latin-1")


def _enclosure(part: EmailMessage, position: str) -> Enclosure | Fault | None:
    """A form, a document, why it is neither, or None for a logo."""
    if part.is_multipart():
        return _not_taken(position, "no message within a message", "Take the form out of it and send that.")
    name = part.get_filename() or ""
    content = bytes(part.get_payload(decode=True) or b"")
    suffix = name[name.rfind(".") :].casefold() if "." in name else ""
    if content.startswith(_OLE) or suffix in _MACRO_NAMES or (content.startswith(MAGIC) and _MACROS.search(content)):
        return _not_taken(position, "a file without macros", "Save it as .xlsx, .docx or PDF and send that.")
    for magic, media_type in _DOCUMENTS:
        if content.startswith(magic):
            logo = media_type.startswith("image/") and not part.is_attachment() and len(content) < LOGO
            return None if logo else Enclosure(position, name, content, media_type)
    if (named := type_of_name(name)) in _BY_NAME:
        return Enclosure(position, name, content, named)
    if suffix in _FORMS:
        return Enclosure(position, name, content)
    taken = f"a form ({', '.join(_FORMS)}) or a document (PDF, a picture, .docx)"
    return _not_taken(position, taken, "Send it as one of these.")


def _not_taken(position: str, expected: str, remedy: str) -> Fault:
    return Fault(position, "", expected, remedy)


def _refusal(expected: str, remedy: str) -> UnreadablePayload:
    return UnreadablePayload(f"Not readable: expected {expected}.", (Fault("the message", "", expected, remedy),))

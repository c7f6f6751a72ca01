"""Files for a folder on the hub's SFTP server, for a case system to import, and the file by which it says it took them.

Every name begins with our id. `<id>.json` is the message as it is; `<id>.csv` and `<id>.xml` hold it as a table, a row
to each of its leaves. No supplier of a case system publishes how it imports a referral, so this table is our own.
`<id>.done` comes last, and whoever imports waits for it: it holds the SHA-256 of each of the others as `sha256sum -c`
reads it. `<id>.ack` comes from the hub once it took them. It is empty, or its first word is the id. What a family takes
back is taken away again while there is no such file; a notice follows in any case.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from lxml import etree

from contracts.adapter import Plain
from contracts.hub import NO_OPTIONS, Carriage, HubAnswer, HubFiles, TakenBack, WriteOptions

NAME = "file_drop"
CARRIED: Carriage = "sftp"
SCHEMES: tuple[str, ...] = ("sftp",)
SIGNS = True
NEEDS: tuple[str, ...] = ("user", "host_key")
MAY: tuple[str, ...] = ("sign_in", "formats", "acknowledgements", "taken_within", "urgent_taken_within")

COLUMNS: Final = ("reference", "field", "value")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_KEY: Final = re.compile(r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}")
_FOLDER: Final = re.compile(r"/?[A-Za-z0-9._ -]+(/[A-Za-z0-9._ -]+)*/?")
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(
    payload: bytes, delivery_id: str, now: int, secrets: Sequence[str], options: WriteOptions = NO_OPTIONS
) -> HubFiles:
    """The files of one delivery, the same on every attempt.

    payload  UTF-8 JSON

    Raises ValueError for an id that is no file name, for a payload that is no JSON, and for an unknown format.
    """
    if not _ID.fullmatch(delivery_id):
        raise ValueError("a file's name needs an id of letters, digits, hyphens and underscores")
    kinds = formats(options.settings)
    files = [(f"{delivery_id}.{kind}", _WRITERS[kind](payload, delivery_id)) for kind in kinds if kind in _WRITERS]
    if len(files) != len(kinds) or not files:
        raise ValueError("a format is not known")
    sums = "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files)
    return HubFiles((*files, (f"{delivery_id}.done", sums.encode())), f"{delivery_id}.ack", taken_back(payload))


def taken_back(payload: bytes) -> tuple[TakenBack, ...]:
    """What a notice takes back: every file that an earlier message may have here. () for any other message."""
    whole = json.loads(payload) if b'"take_back"' in payload else None
    if not isinstance(whole, dict) or whole.get("kind") != "notice":
        return ()
    again = whole.get("about") != "withdrawal"
    return tuple(
        TakenBack(one, (*(f"{one}.{kind}" for kind in _WRITERS), f"{one}.done"), f"{one}.ack", again)
        for one in whole["take_back"]
        if _ID.fullmatch(one)
    )


def acknowledged(answer: HubAnswer, delivery_id: str) -> bool:
    """True if the acknowledgement file names this delivery, by its own name or by its first word."""
    words = answer.body.split(None, 1)
    return not words or words[0] == delivery_id.encode()


def formats(settings: Mapping[str, Plain]) -> tuple[str, ...]:
    """The kinds of file that a hub wants, `json` where it says nothing."""
    return tuple(word.strip() for word in str(settings.get("formats", "json")).split(","))


def host_keys(settings: Mapping[str, Plain]) -> tuple[str, ...]:
    """The keys by which its server is known: more than one while the hub changes over."""
    return tuple(key.strip() for key in str(settings["host_key"]).split(","))


def amiss(settings: Mapping[str, Plain]) -> Iterator[tuple[str, str, str]]:
    """What of the settings cannot be meant."""
    if "host_key" in settings and not all(map(_KEY.fullmatch, host_keys(settings))):
        yield (
            "host_key",
            "the server's public key, such as `ssh-ed25519 AAAA…`",
            "Take it from `ssh-keyscan` at the hub.",
        )
    if not set(formats(settings)) <= _WRITERS.keys():
        yield "formats", f"some of {', '.join(_WRITERS)}", "Write them with commas between."
    if settings.get("sign_in", "key") not in ("key", "password"):
        yield "sign_in", "key or password", "Say which of them the secret is."
    if not _FOLDER.fullmatch(str(settings.get("acknowledgements", "."))):
        yield "acknowledgements", "a folder of the same server", "Write its path."


# The table ------------------------------------------------------------------------------------------------------------


def _rows(payload: bytes) -> Iterator[tuple[str, str]]:
    """Each leaf by its RFC 6901 pointer, in the order of the message."""
    yield from _leaves(json.loads(payload), "")


def _leaves(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, f"{at}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _leaves(part, f"{at}/{place}")
    elif value is not None:
        yield at, value if isinstance(value, str) else json.dumps(value)


def _csv(payload: bytes, delivery_id: str) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    table.writerows((delivery_id, field, value) for field, value in _rows(payload))
    return text.getvalue().encode()


def _xml(payload: bytes, delivery_id: str) -> bytes:
    root = etree.Element("referral", reference=delivery_id)
    for field, value in _rows(payload):
        # XML 1.0 cannot hold control characters, not even written as numbers.
        etree.SubElement(root, "value", field=field).text = _NOT_XML.sub("\ufffd", value)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


_WRITERS: Final[Mapping[str, Callable[[bytes, str], bytes]]] = {
    "json": lambda payload, delivery_id: payload,
    "csv": _csv,
    "xml": _xml,
}

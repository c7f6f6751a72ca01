"""What a dry run of one file says to whoever chose it: row by row, what would go, and which children it is about.

Nothing of it is sent. What is told holds initials and no name, and is kept sealed like everything about a family.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any, Final

import orjson

from adapters import SOURCES
from adapters.formats.zip import is_zip
from contracts.errors import InvalidReferral, NoSuchAnswer, UnreadablePayload
from gateway.flows.gateway import Gateway
from gateway.flows.mapping.sources import Read
from gateway.flows.places.rowreport import Line, lines_of_error
from gateway.flows.senders.ownrequests import children_of
from gateway.flows.submissions import confirming
from gateway.flows.submissions.intake import CANONICAL, understand
from gateway.flows.submissions.preview import dry_run
from gateway.flows.submissions.sent import Sent
from gateway.path.course import Matter

_XLSX: Final = "spreadsheetml"
_FORMS: Final[Mapping[str, str]] = {
    "application/zip": "a zip",
    "application/json": "JSON",
    "application/x-ndjson": "JSON, a line for each record",
    "text/csv": "CSV",
    "application/xml": "XML",
    "text/xml": "XML",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "an Excel workbook (XLSX)",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One record.

    taken   whether a request could be made of it
    child   initials of its children; reference: as its sender calls it; "" for one that could not be read
    token   stands for it where a person must confirm each child, "" where nobody must
    says    what would be decided of it; faults: where, what was expected, what to do
    """

    position: str
    taken: bool
    child: str
    reference: str
    token: str
    says: tuple[str, ...]
    faults: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """All of it. ring: whom to ring now, "" where no row tells of danger."""

    ring: str
    rows: tuple[Row, ...]

    @property
    def good(self) -> int:
        """How many rows could become a request."""
        return sum(row.taken for row in self.rows)

    def packed(self) -> bytes:
        """As it is kept."""
        return orjson.dumps(asdict(self))


def unpacked(body: bytes) -> Look:
    """Back from `packed`."""
    told = orjson.loads(body)
    rows = (one | {"says": tuple(one["says"]), "faults": tuple(map(tuple, one["faults"]))} for one in told["rows"])
    return Look(told["ring"], tuple(Row(**row) for row in rows))


async def look(gateway: Gateway, sent: Sent) -> tuple[Look | None, tuple[Line, ...]]:
    """What would happen to it; or None, and a line for each thing that is wrong with all of it. Raises NotAllowed."""
    try:
        matters = await understand(gateway, sent)
    except (UnreadablePayload, InvalidReferral) as error:
        return None, lines_of_error(error)
    told = dry_run(gateway.rules[sent.council], matters, gateway.now())
    tokens = confirming.tokens(gateway, sent, matters)
    records: Sequence[dict[str, Any]] = told["records"]  # type: ignore[assignment]
    rows = tuple(
        _row(read, matter, record, tokens.get(number, ""))
        for number, ((read, matter), record) in enumerate(zip(matters, records, strict=True))
    )
    return Look(str(told.get("ring", "")), rows), ()


def _row(read: Read, matter: Matter | None, record: Mapping[str, Any], token: str) -> Row:
    referral = matter.referral if matter is not None else None
    return Row(
        read.position,
        matter is not None,
        children_of(referral),
        (referral.source.record_id or "") if referral else "",
        token,
        tuple(dict.fromkeys(str(one["say"]) for one in record.get("decisions", ()))),
        tuple((fault.position or read.position, fault.expected, fault.remedy) for fault in read.faults),
    )


def title_of(gateway: Gateway, source: str, council: str) -> str:
    """What a source is, in words."""
    if source == CANONICAL:
        return "One referral in the gateway’s own form (JSON)"
    return SOURCES[gateway.reader.mappings.reading(source, council)[0]].ABOUT.title


def media_type_of(types: Sequence[str], body: bytes) -> str:
    """Which of the types that a source is sent as these bytes are. Raises NoSuchAnswer, saying which they may be."""
    found = next((kind for kind in types if _is(kind, body)), "")
    if not found:
        known = dict.fromkeys(_FORMS.get(kind, kind) for kind in types)
        raise NoSuchAnswer(f"This file is of another kind. It should be {' or '.join(known)}.")
    return found


def _is(kind: str, body: bytes) -> bool:
    zipped = is_zip(BytesIO(body))
    if _XLSX in kind or kind == "application/zip":
        return zipped and (_XLSX in kind) is (b"xl/workbook.xml" in body)
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    wanted = b"{[" if "json" in kind else b"<" if "xml" in kind else b""
    return not zipped and bool(body.strip()) and (start in wanted if wanted else start not in b"{[<")

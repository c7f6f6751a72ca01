"""The seam between bytes and the gateway: what a source gives, and how a fault is told.

A source is a module with `read`. It knows one system and nothing of the gateway; it has no network, clock or store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Literal, Protocol, runtime_checkable

Leaf = str | int | bool | None
"""What a leaf of a source record holds. Numbers other than whole ones stay the text the source wrote."""

Plain = Leaf | Sequence["Plain"] | Mapping[str, "Plain"]
"""Plain data: dicts with text keys, lists and leaves. No dates, no decimals, no classes."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input, without any value of it.

    position  where in the bytes, as a person would look it up: "line 7, column 3", "row 12, column Sex"; "" if unknown
    pointer   RFC 6901 pointer into the source record or, for canonical JSON, into the referral; "" for the whole
    expected  what should have been there, as a noun phrase: "a date such as 14/03/2015"
    remedy    what to do, as a sentence
    kind      `unreadable` stops the record; `missing` becomes a return; `unknown_code` keeps the original and flags or
              holds; `doubtful` is a warning (an identifier whose check digit fails); `advised` is an answer that should
              be there, and that the request goes on without; `absent` is a document that is named and has not come;
              `reworded` is a question about harm that may be there in other words, so that somebody must look now
    """

    position: str
    pointer: str
    expected: str
    remedy: str
    kind: Literal["unreadable", "missing", "unknown_code", "doubtful", "advised", "absent", "reworded"] = "unreadable"


@dataclass(frozen=True, slots=True)
class Document:
    """One document that came with a record.

    position    where it was, as in `Fault`: never by its name, which can be a child's
    name        of its file, as the sender called it
    kind        signed_consent, eha, single_assessment, plan or other, as its place in what was sent says
    media_type  as it was claimed; "" where only its name says
    """

    position: str
    name: str
    kind: str
    media_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One request for help, or one row that enriches one, as its source wrote it.

    position  where it starts, as in `Fault`
    form      id of the form or table shape, which chooses the mapping within the source; "" where a source has one
    key       the source's own stable reference, for idempotency; "" if it has none
    kind      `referral`, or `enrichment` (never a referral alone)
    data      plain data; a mapping's `from` is an RFC 6901 pointer into it
    documents that came with it
    """

    position: str
    form: str
    key: str
    kind: Literal["referral", "enrichment"]
    data: Mapping[str, Plain]
    documents: tuple[Document, ...] = ()


LedgerState = Literal["mapped", "translated", "ignored", "unmapped"]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What became of one leaf of a source record: its pointer, never its value.

    mapped      carried as it was
    translated  carried after a transform or a code list
    ignored     left out on purpose; `why` is the mapping's reason
    unmapped    nobody decided; it travels as an other answer where narrative may
    """

    source: str
    state: LedgerState
    to: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a mapping's header tells its adapter: form id, encoding, delimiter, renamed columns, chosen pupils."""

    form: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    settings: Mapping[str, Plain] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """What a council should know of a source before it connects one; `docs/sources.md` is made of it.

    title   the system, in the words that people use for it
    format  what the bytes are
    seen    files that other people published on which it was run; "" for none
    limits  what it does not do, or what nobody could verify, as sentences
    """

    title: str
    format: str
    seen: str
    limits: str


class Source(Protocol):
    """One system that sends. `read` yields records and faults in file order, and streams.

    The file is seekable and stands at its beginning. Where a record is one row of many, memory must not grow with the
    file: read it in parts.

    KEEPS_BYTES  False for a pupil export, of which only the chosen rows and a digest are kept (settled 2, 55)
    """

    NAME: str
    MEDIA_TYPES: tuple[str, ...]
    KEEPS_BYTES: bool
    ABOUT: About

    def read(self, file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]: ...


@runtime_checkable
class Enriching(Source, Protocol):
    """A source whose files only ever enrich a request: the pupils of a school's system, the children of a return.

    Its records have the kind `enrichment`, one for each pupil or row, in file order. Faults about one record come
    straight after it, and are doubtful.
    """

    def fits(self, head: bytes, options: ReadOptions) -> bool:
        """Whether a file that begins with `head` is what these options describe. It never raises.

        `head` is at most 64 KiB, and may end inside a row or a value.
        """
        ...

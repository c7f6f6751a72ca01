"""What every place can do: say what lies there, hand one thing over, and put it away with its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final, Literal, Protocol

from gateway.flows.places.rowreport import SUFFIX

Into = Literal["done", "quarantine"]

MARKER: Final = ".done"
_UNFINISHED: Final = (".part", ".tmp", ".filepart", ".crdownload", SUFFIX)
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that lies in a place. Its name may be a child's, so it is in no log, no entry and no error.

    stamp  changes whenever its content does, as far as the place can tell
    whole  the place vouches that nothing more is being written to it
    """

    name: str = field(repr=False)
    size: int
    stamp: str = field(repr=False)
    whole: bool = False


class Unreachable(Exception):
    """The place cannot be used just now: everything stays where it is, and is tried again. Its text is a code."""


class Changed(Exception):
    """It is not there any more, or not as it was seen: it is looked at again."""


class Place(Protocol):
    """An open place. Every verb raises Unreachable when it cannot be used."""

    async def look(self) -> Sequence[Seen]:
        """What lies there, oldest name first, without what is unfinished or already put away."""
        ...

    async def take(self, seen: Seen) -> bytes:
        """Its bytes. Raises Changed."""
        ...

    async def put_away(self, seen: Seen, into: Into, token: str, report: bytes) -> None:
        """Leave the report, then move the thing beside it: whatever is put away has its report.

        token  the same for the same content of the same thing, so that a repeat after a crash ends in the same place
        Raises Changed.
        """
        ...


def is_ready(name: str) -> bool:
    """Whether a file of this name is meant to be taken: not hidden, not still being written, not ours."""
    return not name.startswith((".", "~$")) and not name.casefold().endswith(_UNFINISHED)


def put_away_name(name: str, token: str) -> str:
    """What it is called where it is put away: its own name, and what tells it from others of that name."""
    path = PurePosixPath(name)
    stem = path.stem.encode()[:_LONGEST].decode(errors="ignore")
    return f"{stem}-{token}{path.suffix[:20]}"


def report_name(name: str, token: str) -> str:
    """What its report is called."""
    return put_away_name(name, token) + SUFFIX

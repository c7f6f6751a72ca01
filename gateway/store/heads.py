"""Remembers, outside the store, how large each council's signed record was: a store that has less was brought back.

The file lies beside the keys. It holds sizes and times, and is no secret; without it a restore is still found out by
whoever else holds a checkpoint.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

FILE: Final = "heads.json"
_LOG: Final = logging.getLogger(__name__)


class Head(NamedTuple):
    """Entries a checkpoint covered, and when it was seen committed, ms UTC."""

    size: int
    at: int


class Heads:
    """The file of one deployment's keys folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def read(self) -> Mapping[str, Head]:
        """Council → what was signed last. Nothing where there is no file, or none that can be read."""
        try:
            said = json.loads(self._path.read_text(encoding="ascii"))
            return {str(council): Head(int(size), int(at)) for council, (size, at) in said.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError):
            _LOG.warning("The file of signed heads cannot be read", extra={"why": "heads"})
            return {}

    def keep(self, council: str, size: int, at: int) -> None:
        """Remember this head. A folder that cannot be written to is told of, and holds nothing up."""
        draft = self._path.with_name(f".{FILE}.{os.getpid()}")
        said = {name: list(head) for name, head in self.read().items()} | {council: [size, at]}
        try:
            with open(draft, "w", encoding="ascii") as file:
                json.dump(said, file, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._path)
        except OSError as error:
            _LOG.warning("The file of signed heads cannot be written", extra={"error": type(error).__name__})

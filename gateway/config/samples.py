"""The samples beside a mapping, as the bytes a sender would send: a file as it is, a folder as the zip of its files.

A folder of plain files can be read in a diff, and a zip cannot; so what travels as a zip is kept as a folder.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

EXPECTED: Final = ".expected.jsonl"
FAULTS: Final = ".faults.jsonl"

_SAME_DAY: Final = (2026, 1, 1, 0, 0, 0)


def samples(folder: Path) -> Iterator[Path]:
    """Every sample of one source's `samples/` folder, in the order of their names."""
    for path in sorted(folder.iterdir()):
        if not path.name.endswith((EXPECTED, FAULTS)):
            yield path


def content(path: Path) -> bytes:
    """The bytes of a sample. A folder is zipped in memory, the same bytes every time."""
    if path.is_file():
        return path.read_bytes()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path.iterdir()):
            archive.writestr(zipfile.ZipInfo(file.name, _SAME_DAY), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def beside(path: Path, suffix: str) -> Path:
    """What is expected of a sample: `agreed.json` and `agreed/` both have `agreed.expected.jsonl`."""
    return path.with_name(path.name.removesuffix(path.suffix) + suffix)

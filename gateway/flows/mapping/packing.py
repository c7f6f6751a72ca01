"""A folder of tables as the one zip it stands for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_ALWAYS: Final = (1980, 1, 1, 0, 0, 0)
"""One time for every file, so that the same tables are the same bytes and the same submission."""


def packed(files: Iterable[Path]) -> bytes:
    """The zip of these files, in their order and under their own names."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, _ALWAYS), file.read_bytes())
    return zipped.getvalue()

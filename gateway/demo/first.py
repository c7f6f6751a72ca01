"""The referral that a newcomer sends first: an invented family, agreed today."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path


def write_first(folder: Path) -> Path:
    """Write it where whoever started the demonstration can send it. An agreement goes stale, so it is dated today."""
    first = json.loads((Path(__file__).parent / "first-referral.json").read_text(encoding="utf-8"))
    first["agreements"][0]["on_date"] = datetime.now(UTC).date().isoformat()
    path = folder / "first-referral.json"
    path.write_text(json.dumps(first, indent=2, ensure_ascii=False), encoding="utf-8")
    return path

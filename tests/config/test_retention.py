"""A council's retention schedule: mistakes are named with line and column, and nothing stands in for its own code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from contracts.retention import Held
from gateway.config.retention import FILE, load_schedule

WHOLE = """\
records:
  request: {after: DELIVERED+30d, held_after: DELIVERED+90d, code: EH-2}
  decision: {after: DOB+25y, code: EH-1}
holds:
  - {record: decision, reason: An inquiry asked for every record., by: ruth.lane, review: 2027-11-30}
"""


def test_a_schedule_gives_formulas_codes_and_holds(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(WHOLE)
    schedule = load_schedule(tmp_path)
    assert str(schedule.after["decision"]) == "DOB+25y"
    assert str(schedule.after["held_request"]) == "DELIVERED+90d"
    assert schedule.codes == {"request": "EH-2", "decision": "EH-1"}
    assert schedule.holds["decision"] == (Held("An inquiry asked for every record.", "ruth.lane", date(2027, 11, 30)),)


def test_a_council_without_a_schedule_has_none_for_decisions(tmp_path: Path) -> None:
    schedule = load_schedule(tmp_path)
    assert {name: str(one) for name, one in schedule.after.items()} == {
        "request": "DELIVERED+30d",
        "held_request": "DELIVERED+90d",
        "access": "EVENT+7y",
        "rights": "EVENT+6y",
        "report": "EVENT+6y",
        "sample": "EVENT+6y",
        "export": "EVENT+14d",
    }


@pytest.mark.parametrize(
    ("was", "now", "place"),
    [
        ("DOB+25y", "BIRTH+25y", "3:21"),
        ("code: EH-1", "kode: EH-1", "3:"),
        ("record: decision", "record: decisions", "5:14"),
        ("  decision:", "  diary:", "3:10"),
    ],
)
def test_a_mistake_is_named_with_line_and_column(tmp_path: Path, was: str, now: str, place: str) -> None:
    (tmp_path / FILE).write_text(WHOLE.replace(was, now))
    with pytest.raises(ConfigError) as refused:
        load_schedule(tmp_path)
    assert any(f"{FILE}:{place}" in fault.position for fault in refused.value.faults), refused.value.faults

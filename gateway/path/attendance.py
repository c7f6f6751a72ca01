"""Works out attendance from the codes of sessions, and says which totals cannot be right.

A session is half a day. Attendance is what was attended, at the school or elsewhere, of what was possible; a session
that was not possible, or a closure, counts as neither (DfE, Working together to improve school attendance, 2024).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

BLOCK: Final = (
    "sessions_possible", "sessions_attended", "sessions_authorised", "sessions_unauthorised", "sessions_by_code",
    "attendance_as_stated", "attendance_from", "attendance_to",
)  # fmt: skip
"""Fields of a child's education that mean something only together, and only from one system."""

_PARTS: Final = ("sessions_attended", "sessions_authorised", "sessions_unauthorised")
_REGISTER: Final = ("/", "\\")
"""The marks of an ordinary day. A table without them lists absences only."""

_PERCENTAGE: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")

GroupOf = Callable[[str], str | None]


def with_totals(education: Mapping[str, Any], group_of: GroupOf) -> tuple[dict[str, Any], str]:
    """The education with totals, where it has codes and no totals; and the field that cannot be right, or "".

    What cannot be right stays as it was sent, but no percentage is left beside it.
    """
    made = dict(education)
    wrong = ""
    if made.get("sessions_by_code") and not any(part in made for part in _PARTS):
        totals = _from_codes(made, group_of)
        made |= totals or {}
        wrong = "" if totals else "sessions_by_code"
    wrong = wrong or _too_much(made) or ("attendance_as_stated" if _no_percentage(made) else "")
    if wrong:
        made.pop("attendance_as_stated", None)
    return made, wrong


def _from_codes(education: Mapping[str, Any], group_of: GroupOf) -> dict[str, Any] | None:
    """The totals; None if a code is of no group, or the sessions do not fit into the possible ones."""
    sums: Counter[str] = Counter()
    for counted in education["sessions_by_code"]:
        group = group_of(counted.get("code", ""))
        if group is None or "sessions" not in counted:
            return None
        sums[group] += counted["sessions"]
    absent = sums["authorised"] + sums["unauthorised"]
    attended = sums["present"] + sums["present_elsewhere"]
    listed = any(counted["code"] in _REGISTER for counted in education["sessions_by_code"])
    possible = education.get("sessions_possible", attended + absent if listed else None)
    parts: dict[str, Any] = {"sessions_authorised": sums["authorised"], "sessions_unauthorised": sums["unauthorised"]}
    if possible is not None:
        attended = attended if listed else possible - absent
        if attended < 0 or attended + absent > possible:
            return None
        parts |= {"sessions_possible": possible, "sessions_attended": attended}
    system = education.get("totals_made_by")
    maker = f"worked out from the session codes of {system}" if system else "worked out from session codes"
    return parts | {"totals_made_by": maker}


def _too_much(education: Mapping[str, Any]) -> str:
    """The first part that no longer fits into the possible sessions."""
    possible, total = education.get("sessions_possible"), 0
    for part in _PARTS:
        total += education.get(part, 0)
        if possible is not None and total > possible:
            return part
    return ""


def _no_percentage(education: Mapping[str, Any]) -> bool:
    stated = _PERCENTAGE.search(education.get("attendance_as_stated", ""))
    return stated is not None and not 0 <= float(stated[0]) <= 100

"""What a transfer file tells over time, with what holds on the day of the file apart from what does not.

    SEN         {"provision": {SENprovision, StartDate}, "other_provisions": [], "needs": [codes by rank],
                "ended_needs": []}
    FSM         {"FSMreviewDate", "eligible": whether an instance is open, "instances": []}
    Attendance  {"latest": a year, "others": []}; a year is {Year, SchoolName, LAEstab, AttendanceStartDate,
                SessionsPossible, SessionsAttended, SessionsAuthorised, SessionsUnauthorised}; the latest also has
                MadeBy, the system that handed them on

Dates are compared as ISO text. Marks of single sessions are never read: how codes of two letters are packed in their
string is not public, and totals of different systems differ in what they count.
"""

from __future__ import annotations

from typing import Final

from adapters.sources.ctf.told import Facts, Told, part, parts, taken
from contracts.adapter import Plain

_TOTALS: Final = ("SessionsAttended", "SessionsAuthorised", "SessionsUnauthorised")
_POSSIBLE: Final = "SessionsPossible"
_LAST: Final = 99


def needs_of(written: Facts, day: str) -> Facts:
    """Provision and needs, from `SENhistory` or from the `SEN` that stands in the pupil in other variants."""
    history = part(written, "SENhistory")
    provisions = parts(history, "SEN") or parts(written, "SEN") or parts(part(written, "BasicDetails"), "SEN")
    begun = [item for item in provisions if not day or _text(item, "StartDate") <= day]
    now = max(begun, key=lambda item: _text(item, "StartDate"), default=None)
    needs = parts(part(history, "SENneeds"), "SENneed") or parts(part(written, "SENneeds"), "SENneed")
    needs.sort(key=_rank)
    return {
        "provision": now or {},
        "other_provisions": [item for item in provisions if item is not now],
        "needs": [need.get("SENtype") for need in needs if not _ended(need, "NeedEndDate", day)],
        "ended_needs": [need for need in needs if _ended(need, "NeedEndDate", day)],
    }


def meals_of(written: list[Facts], day: str) -> Facts:
    """Free school meals. Without any history nothing is said, which is not the same as not being eligible."""
    if not written:
        return {}
    history = written[0]
    instances = parts(history, "FSMinstance")
    facts: Facts = {**history, "instances": [*instances]}
    if instances:
        facts["eligible"] = any(not _ended(item, "FSMendDate", day) for item in instances)
    return facts


def attendance_of(years: list[Facts], school: Plain, told: Told) -> Facts:
    """The totals of the latest year, at the school that made the file where two have the same year, and the others'."""
    found = sorted(map(_year, years), key=lambda year: (_text(year, "Year"), year["LAEstab"] == school), reverse=True)
    for number, year in enumerate(found):
        pointer = "/Attendance/latest" if not number else f"/Attendance/others/{number - 1}"
        if (name := _impossible(year)) is not None:
            expected = "whole numbers of sessions that fit into the possible ones"
            remedy = "The totals cannot be right. Ask the school for them again, and work out no percentage from them."
            told.doubt(f"{pointer}/{name}", expected, remedy)
    return {"latest": found[0], "others": [*found[1:]]} if found else {}


def _year(written: Facts) -> Facts:
    authority, school = taken(written, "LEA"), taken(written, "Estab")
    start = next(
        (text for item in parts(written, "AttendSessions") if (text := taken(item, "AttendanceStartDate"))), None
    )
    both = f"{authority}{school}" if authority and school else None
    return {**written, "LAEstab": both, "AttendanceStartDate": start}


def _impossible(year: Facts) -> str | None:
    """The first total that is no number, or that no longer fits into the possible sessions."""
    if year.get(_POSSIBLE) is None:
        return None
    possible = _sessions(year, _POSSIBLE)
    if possible is None:
        return _POSSIBLE
    total = 0
    for name in _TOTALS:
        if year.get(name) is not None:
            sessions = _sessions(year, name)
            total += sessions or 0
            if sessions is None or total > possible:
                return name
    return None


def _sessions(year: Facts, name: str) -> int | None:
    text = _text(year, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _ended(item: Facts, name: str, day: str) -> bool:
    """Whether it is over on the day of the file; where the file has no day, whatever has an end is over."""
    end = _text(item, name)
    return bool(end) and (not day or end < day)


def _rank(need: Facts) -> int:
    text = _text(need, "SENtypeRank")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else _LAST


def _text(item: Facts, name: str) -> str:
    value = item.get(name)
    return value.strip() if isinstance(value, str) else ""

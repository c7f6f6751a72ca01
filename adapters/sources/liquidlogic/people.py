"""Whom a row of a Liquidlogic bundle is about: one live person, and when that person was or will be born."""

from __future__ import annotations

import re
from typing import Final

from adapters.formats.tables import Index, Line
from contracts.adapter import Fault, Plain

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def live_person(people: Index, line: Line, column: str = "DIM_PERSON_ID") -> Line | Fault:
    """The one row of DIM_PERSON that `column` names and that was not merged into another, or what is wrong."""
    identifier = line.id(column)
    rows = people.get(identifier, ())
    live = [row for row in rows if row.cells.get("DUPLICATED_DTTM") is None]
    if len(live) == 1:
        return live[0]
    position = f"{line.position}, column {column}"
    if not identifier:
        remedy = "The row names nobody (-1 or empty). Send it with the child it is about."
        return Fault(position, "", "a person", remedy)
    if live:
        where = ", ".join(row.position for row in live)
        return Fault(position, "", "one row in DIM_PERSON", f"This person stands in {where}. Keep the right one.")
    if rows:
        remedy = f"{rows[0].position} was merged into another record. Send the row under the record that remains."
        return Fault(position, "", "a person whose record is not merged", remedy)
    return Fault(position, "", "a person who is in DIM_PERSON", "Add the person's row to DIM_PERSON.")


def described(person: Line, on: str) -> tuple[dict[str, Plain], list[Fault]]:
    """`person`, and `unborn` in place of the birth date where DOB_ESTIMATED says that the date is an expected one.

    Y means an expected date in the public scripts, but some write it of a child who is born and whose day is guessed.
    A date before `on`, the day of the contact, stays a birth date. Either is doubted, since only a person can tell.
    """
    cells = dict(person.cells)
    if person.id("DOB_ESTIMATED").upper() not in ("Y", "YES", "TRUE", "1") or cells.get("BIRTH_DTTM") is None:
        return {"person": cells}, []
    born, day = _DAY.match(person.id("BIRTH_DTTM")), _DAY.match(on)
    if born and day and born[0] < day[0]:
        remedy = "DOB_ESTIMATED is set and the day is past. It is taken as a guessed birth date: ask the worker."
        fault = Fault(person.position, "/person/BIRTH_DTTM", "a birth date that is known", remedy, "doubtful")
        return {"person": cells}, [fault]
    unborn: dict[str, Plain] = {"DOB_ESTIMATED": cells.pop("DOB_ESTIMATED"), "BIRTH_DTTM": cells.pop("BIRTH_DTTM")}
    remedy = "DOB_ESTIMATED is set, so it is taken as the day a birth is expected. Ask the worker if the child is born."
    fault = Fault(person.position, "/unborn/BIRTH_DTTM", "a birth date that is known", remedy, "doubtful")
    return {"person": cells, "unborn": unborn}, [fault]

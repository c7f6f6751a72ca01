"""The people of a Mosaic bundle: one row each, in either or both of two tables, some of them restricted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from adapters.formats.tables import Index, Line
from contracts.adapter import Fault, Plain


@dataclass(frozen=True, slots=True)
class People:
    """`named` is DM_PERSONS, with names; `details` is MO_PERSONS, with codes. Both by PERSON_ID."""

    named: Index
    details: Index

    def described(self, identifier: str) -> dict[str, Plain]:
        """`{"person": …, "details": …}`, without what was not sent."""
        found: dict[str, Plain] = {}
        for name, rows in (("person", self.named.get(identifier, ())), ("details", self.details.get(identifier, ()))):
            if rows:
                found[name] = rows[0].cells
        return found

    def is_adult(self, identifier: str) -> bool:
        """Whether the extract files this person under adults."""
        return any(row.id("CONTEXT_FLAG").upper() == "A" for row in self.named.get(identifier, ()))

    def wrong(self, line: Line, column: str, kind: Literal["unreadable", "doubtful"] = "unreadable") -> Fault | None:
        """Why the person whom a row names in `column` is not exactly one, or None."""
        identifier = line.id(column)
        position = f"{line.position}, column {column}"
        named, details = self.named.get(identifier, ()), self.details.get(identifier, ())
        if not identifier:
            return Fault(position, "", "a person", "The row names nobody. Send it with the person it is about.", kind)
        if not named and not details:
            return Fault(position, "", "a person who is in the bundle", "Add the person's row to DM_PERSONS.", kind)
        if len(named) > 1 or len(details) > 1:
            where = ", ".join(row.position for row in (*named, *details))
            return Fault(
                position, "", "one row for a person", f"This person stands in {where}. Keep the right one.", kind
            )
        return None


def is_restricted(described: Mapping[str, Plain]) -> bool:
    """Whether either row of a person says that only some may see the record. N was made null when it was read."""
    rows = (described.get("person"), described.get("details"))
    return any(isinstance(row, Mapping) and row.get("RESTRICTED") is not None for row in rows)

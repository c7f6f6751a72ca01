"""Which layout a store has, what may run on it, and the way from one layout to another.

Two rows of `meta` say it: `schema` is the layout, `oldest` the oldest gateway that may run on it. They change in the
transaction that changes the tables. A gateway only ever reads them: layouts change when an operator says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from contracts.errors import StoreRefused
from gateway.store.revisions import VERSION
from gateway.store.tables import META
from gateway.store.trouble import Trouble, trouble

_ELSE: Final = "This database belongs to something else. Give the gateway one of its own."


@dataclass(frozen=True, slots=True)
class Layout:
    """What a store says of itself. `kind` is live or demonstration."""

    schema: str
    oldest: str
    kind: str


def kind_of(demo: bool) -> str:
    """The kind of store a gateway wants."""
    return "demonstration" if demo else "live"


def stamp(connection: Connection, demo: bool) -> None:
    """Write into a new store which layout it has."""
    rows = {"schema": VERSION, "oldest": VERSION, "kind": kind_of(demo)}
    connection.execute(META.insert(), [{"name": name, "value": value} for name, value in rows.items()])


def layout_of(connection: Connection) -> Layout:
    """Raises StoreRefused for what is no store of ours."""
    try:
        said = {row.name: row.value for row in connection.execute(META.select())}
    except DBAPIError as fault:
        if trouble(fault) is not Trouble.ROW:
            raise
        said = {}
    if "schema" not in said:
        raise StoreRefused(_ELSE)
    return Layout(said["schema"], said.get("oldest", said["schema"]), said.get("kind", ""))


def check_layout(connection: Connection, demo: bool | None) -> None:
    """Raises StoreRefused for another layout, or a demonstration's store taken for a live one.

    demo  None where both will do
    """
    found = layout_of(connection)
    if len(found.schema) != len(VERSION) or not found.oldest <= VERSION <= found.schema:
        raise StoreRefused(_other(found))
    if demo is not None and found.kind != kind_of(demo):
        raise StoreRefused(
            f"This is a {found.kind} store, and the gateway was started for a {kind_of(demo)} one. Real families "
            "and demonstrations never share a store: give each its own."
        )


def _other(found: Layout) -> str:
    said = f"The store has layout {found.schema}, and this gateway needs layout {VERSION}."
    if len(found.schema) != len(VERSION):
        return (
            f"{said} That layout is from before the first release, and nothing converts it: set GATEWAY_STORE to a new "
            "store. A demonstration's store may be removed."
        )
    if found.schema < VERSION:
        return f"{said} Make a backup (`gateway backup create`), then run `gateway db upgrade`."
    return f"{said} Start the newer gateway, or go back: `gateway db downgrade --to {VERSION}`, run with the newer one."


def steps(revisions: Sequence[str], start: str, end: str) -> tuple[str, ...]:
    """The numbers of the revisions to apply, or to take back, in order. Raises StoreRefused for an unknown number."""
    for number in (start, end):
        if number not in revisions:
            raise StoreRefused(f"There is no layout {number}. This gateway knows {', '.join(revisions)}.")
    here, there = revisions.index(start), revisions.index(end)
    return tuple(revisions[here + 1 : there + 1]) if here <= there else tuple(reversed(revisions[there + 1 : here + 1]))

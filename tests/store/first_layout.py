"""Writes the first revision anew from the tables, until it is released: python -m tests.store.first_layout."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Index, Table, UniqueConstraint

from gateway.store.revisions import r0001
from gateway.store.tables import METADATA

BEGIN: Final = "# Every table, in the order in which they name each other.\n"


def written() -> str:
    """The module, as it is to be."""
    head, mark, _ = Path(r0001.__file__).read_text(encoding="utf-8").partition(BEGIN)
    assert mark, "the first revision was changed by hand"
    return head + BEGIN + "".join(map(_table, METADATA.sorted_tables))


def _table(table: Table) -> str:
    return f'_table("{table.name}", {"".join(_parts(table))})\n'


def _parts(table: Table) -> Iterator[str]:
    for column in table.columns:
        yield _column(column) + ","
    for constraint in sorted(table.constraints, key=lambda one: str(one.name)):
        names = [column.name for column in getattr(constraint, "columns", ())]
        if isinstance(constraint, UniqueConstraint) and not (len(names) == 1 and table.c[names[0]].unique):
            yield f"UniqueConstraint({_quoted(names)}),"
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        yield _index(index) + ","


def _column(column: Column[object]) -> str:
    said = [f'"{column.name}"', type(column.type).__name__]
    said += [f'ForeignKey("{key.target_fullname}")' for key in column.foreign_keys]
    said += ["primary_key=True"] if column.primary_key else [f"nullable={column.nullable}"]
    said += ["autoincrement=True"] if column.autoincrement is True else []
    said += ["unique=True"] if column.unique else []
    return f"Column({', '.join(said)})"


def _index(index: Index) -> str:
    where = index.dialect_options["sqlite"]["where"]
    said = [f'"{index.name}"', _quoted([column.name for column in index.columns])]
    said += ["unique=True"] if index.unique else []
    said += [f"**_where({where.text!r})"] if where is not None else []
    return f"Index({', '.join(said)})"


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


if __name__ == "__main__":
    place = Path(r0001.__file__)
    place.write_text(written(), encoding="utf-8")
    subprocess.run([Path(sys.executable).with_name("ruff"), "format", "--quiet", str(place)], check=True)

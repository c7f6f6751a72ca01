"""What the headings of a table mean: synonyms, in any case and spacing, and how a mapping adds its own.

Reports are designed by whoever draws them, so no heading is fixed. Each canonical name has a list of headings, the
preferred first; the first of them that a file has is the one, and every other column keeps its own heading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from contracts.adapter import Plain

Synonyms = Mapping[str, tuple[str, ...]]


def canonical_columns(synonyms: Synonyms, header: Sequence[str], added: Plain = None) -> dict[str, str]:
    """Each heading → its canonical name, or itself. What a mapping `added` (name → heading or headings) comes first.

    A column that is called as a canonical name which another column was chosen for gets its number added.
    """
    by_fold = {folded(column): column for column in reversed(header)}
    columns: dict[str, str] = {}
    own = {name: _texts(value) for name, value in added.items()} if isinstance(added, Mapping) else {}
    for name in {**synonyms, **own}:
        for synonym in (*own.get(name, ()), name, *synonyms.get(name, ())):
            if (column := by_fold.get(folded(synonym))) is not None:
                columns[column] = name
                break
    taken = set(columns.values())
    for number, column in enumerate(header, start=1):
        columns.setdefault(column, f"{column} (column {number})" if column in taken else column)
    return columns


def folded(heading: str) -> str:
    """A heading as headings are compared."""
    return " ".join(heading.replace("_", " ").replace("-", " ").casefold().rstrip("?:. ").split())


def _texts(value: Plain) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    parts: Iterable[Plain] = value if isinstance(value, Sequence) else ()
    return tuple(part for part in parts if isinstance(part, str))

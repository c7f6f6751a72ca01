"""Every layout the store ever had, in order, and how to get from each to the next and back.

A released revision never changes. A new store is laid out from `tables` at once; a test holds both to the same result.
To change the tables, change them in `tables` and write the next revision here. Until the first release there is one,
written anew from the tables whenever they change: `python -m tests.store.first_layout`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.store.revisions import r0001

if TYPE_CHECKING:
    from alembic.operations import Operations


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of the layout. Both ways keep every row that both layouts have a place for.

    say     what it changes, in a sentence for whoever runs the upgrade
    online  gateways of the layout before it go on working on this one: it only adds what they need not fill in
    """

    number: str
    say: str
    upgrade: Callable[[Operations], None]
    downgrade: Callable[[Operations], None]
    online: bool = False


REVISIONS: Final[tuple[Revision, ...]] = (
    Revision("0001", "The layout of the first release.", r0001.upgrade, r0001.downgrade),
)
"""Oldest first."""

VERSION: Final = REVISIONS[-1].number
"""The layout that this gateway writes."""

"""Keeps filters of the sharing log for one person, under a name of their own."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, delete, func, select

from contracts.errors import NoSuchAnswer, NotFound
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.asked import Asked
from gateway.store import content
from gateway.store.chance import new_id
from gateway.store.tables import CONTENT, SAVED_VIEW
from gateway.store.transaction import Tx
from gateway.store.writer import Write

LONGEST: Final = 60
"""Characters of a view's name."""
MANY: Final = 30
"""Views that one person keeps at most."""


async def views(gateway: Gateway, who: Acting) -> list[dict[str, Any]]:
    """This person's views, the oldest first: id, title, query."""
    mine = (
        select(SAVED_VIEW.c.id.label("view"), SAVED_VIEW.c.query, CONTENT)
        .join_from(SAVED_VIEW, CONTENT, SAVED_VIEW.c.title == CONTENT.c.id)
        .where(*_of(who))
        .order_by(SAVED_VIEW.c.at, SAVED_VIEW.c.id)
    )

    def question(connection: Connection) -> list[dict[str, Any]]:
        rows = connection.execute(mine).all()
        return [{"id": row.view, "query": row.query, "title": content.opened(connection, row).decode()} for row in rows]

    return await gateway.store.ask(who.council.name, question)


async def keep(gateway: Gateway, who: Acting, title: str, asked: Asked) -> None:
    """Keep this question under that name. Raises NotYourRole, NoSuchAnswer."""
    who.must_be_let("log.list")
    if not 0 < len(title) <= LONGEST:
        raise NoSuchAnswer(f"Give this view a name of at most {LONGEST} characters.")

    def work(tx: Tx) -> None:
        if tx.execute(select(func.count()).select_from(SAVED_VIEW).where(*_of(who))).scalar_one() >= MANY:
            raise NoSuchAnswer(f"You keep {MANY} views. Delete one first.")
        council = who.council.name
        kept = content.put(tx, council, "said", title.encode())
        row = {
            "id": new_id(),
            "council": council,
            "person": who.name,
            "title": kept,
            "query": asked.query,
            "at": tx.now,
        }
        tx.insert(SAVED_VIEW, row)

    await gateway.writer.submit(Write(work))


async def drop(gateway: Gateway, who: Acting, view: str) -> None:
    """Delete one of this person's views. Raises NotFound for another's, and for none."""

    def work(tx: Tx) -> None:
        one = (*_of(who), SAVED_VIEW.c.id == view)
        title = tx.execute(select(SAVED_VIEW.c.title).where(*one)).scalar()
        if title is None:
            raise NotFound("You keep no such view.")
        tx.execute(delete(SAVED_VIEW).where(*one))
        content.erase(tx, who.council.name, [title])

    await gateway.writer.submit(Write(work))


def _of(who: Acting) -> tuple[Any, ...]:
    return SAVED_VIEW.c.council == who.council.name, SAVED_VIEW.c.person == who.name

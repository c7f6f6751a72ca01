"""The newest checkpoint of a record as a slip, to print and keep where the gateway's own people cannot change it."""

from __future__ import annotations

from sqlalchemy import Connection

from contracts.council import Council
from gateway.path.telling import in_london
from gateway.record.note import Key, open_checkpoint
from gateway.record.slip import slip
from gateway.store.evidence import latest_checkpoint


def newest_slip(connection: Connection, council: Council, key: Key, now: int) -> str | None:
    """The slip as text, printed `now` (ms UTC); None before the first checkpoint.

    Raises BadNote for a checkpoint that the record's own key did not sign.
    """
    note = latest_checkpoint(connection, council.name)
    if note is None:
        return None
    return slip(open_checkpoint(note, key, key.name), council.title, in_london(now))

"""PostgreSQL as a store: its two roles, row security, and what must be true before anyone relies on it."""

from __future__ import annotations

import time
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import NoSuchModuleError

from contracts.errors import StoreRefused
from gateway.store.tables import METADATA

WRITER: Final = "gateway_writer"
READER: Final = "gateway_reader"

APPLICATION: Final = "early-help-gateway"
"""What every connection of a gateway calls itself."""

_DURABLE: Final = ("fsync", "full_page_writes", "synchronous_commit")
_APPENDED: Final = dict.fromkeys(("checkpoint", "permit", "attempt", "policy", "policy_act", "witnessed"), "") | {
    "entry": "UPDATE (idx)",
    "tile": "UPDATE",
}
"""Tables whose rows stay as they were written; for each, what the writer may still do beside INSERT."""

_SESSION: Final = {
    "statement_timeout": "30000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "60000",
}


def writing(url: URL) -> Engine:
    """The engine of one process's writer."""
    return _engine(url, size=1)


def reading(url: URL, size: int) -> Engine:
    """The readers' engine: every transaction is read-only."""
    return _engine(url, size, default_transaction_read_only="on")


def name_council(connection: Connection, council: str, as_reader: bool) -> None:
    """Show this transaction one council's rows. `as_reader` also steps down to the reader's role for as long."""
    if as_reader:
        connection.exec_driver_sql(f"SET LOCAL ROLE {READER}")
    connection.execute(_COUNCIL, {"council": council})


_PASSWORD: Final = text("SELECT format('ALTER ROLE %I PASSWORD %L', CAST(:role AS text), CAST(:password AS text))")
_COUNCIL: Final = text("SELECT set_config('gateway.council', :council, true)")


def check_server(connection: Connection) -> None:
    """Raises StoreRefused unless an acknowledged commit is on disk (5.12)."""
    for name in _DURABLE:
        value = connection.exec_driver_sql(f"SHOW {name}").scalar()
        if value not in ("on", "remote_apply"):
            raise StoreRefused(f"PostgreSQL runs with {name} = {value}. Set it to on: acknowledged work could be lost.")


def owns_tables(connection: Connection) -> bool:
    """Whether this role is above row security: a superuser, or the owner of the tables or of the database."""
    return bool(
        connection.exec_driver_sql(
            "SELECT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)"
            " OR EXISTS (SELECT FROM pg_tables WHERE tablename = 'meta' AND tableowner = current_user)"
        ).scalar()
    )


def others(connection: Connection) -> int:
    """How many connections gateways have to this database beside this one.

    The server sees one that has just ended for a moment longer: it is asked again until none is left, for two seconds.
    """
    until = time.monotonic() + 2
    while True:
        connection.exec_driver_sql("SELECT pg_stat_clear_snapshot()")
        running = int(connection.execute(_OTHERS, {"name": APPLICATION}).scalar_one())
        if not running or time.monotonic() > until:
            return running
        time.sleep(0.05)


_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = :name AND pid <> pg_backend_pid()"
)


def has_tables(connection: Connection) -> bool:
    """Whether the schema was laid out in this database."""
    return connection.exec_driver_sql("SELECT to_regclass('meta')").scalar() is not None


def check_row_security(connection: Connection) -> None:
    """Raises StoreRefused while a table with families' rows is without forced row security."""
    bare = connection.execute(
        text(
            "SELECT relname FROM pg_class WHERE relname = ANY(:names) AND NOT (relrowsecurity AND relforcerowsecurity)"
        ),
        {"names": [table.name for table in METADATA.sorted_tables if "council" in table.c]},
    ).scalars()
    open_tables = ", ".join(sorted(bare))
    if open_tables:
        raise StoreRefused(f"Row security is off for {open_tables}. Run `gateway db init` as the database's owner.")


def lay_out(connection: Connection, passwords: dict[str, str]) -> None:
    """As owner: the two roles, tables, what each role may do, and row security. Safe to repeat.

    passwords  role → password; a role left out gets none here and signs in as the server is set up to let it
    """
    _make_roles(connection, passwords)
    METADATA.create_all(connection)
    grant(connection)


def _make_roles(connection: Connection, passwords: dict[str, str]) -> None:
    for role in (WRITER, READER):
        if not connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar():
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        if role in passwords:
            # A password cannot be a parameter of ALTER ROLE, so the server quotes it.
            statement = connection.execute(_PASSWORD, {"role": role, "password": passwords[role]}).scalar_one()
            connection.exec_driver_sql(statement.replace("%", "%%"))
    connection.exec_driver_sql(f"GRANT {READER} TO {WRITER}")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {WRITER}, {READER}")


def grant(connection: Connection) -> None:
    """As owner: what each role may do with each table that is there, and row security. Safe to repeat."""
    there = set(inspect(connection).get_table_names())
    connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {WRITER}")
    for table in METADATA.sorted_tables:
        if table.name not in there:
            continue
        more = _APPENDED.get(table.name, "UPDATE, DELETE")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT{', ' if more else ''}{more} ON {table.name} TO {WRITER}")
        connection.exec_driver_sql(f"GRANT SELECT ON {table.name} TO {READER}")
        if "council" in table.c:
            _secure(connection, table.name)


def _secure(connection: Connection, table: str) -> None:
    """The writer sees every row; the reader those of the council its transaction names."""
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS writer ON {table}",
        f"CREATE POLICY writer ON {table} TO {WRITER} USING (true) WITH CHECK (true)",
        f"DROP POLICY IF EXISTS reader ON {table}",
        f"CREATE POLICY reader ON {table} FOR SELECT TO {READER}"
        " USING (council = current_setting('gateway.council', true))",
    ):
        connection.exec_driver_sql(statement)


def _engine(url: URL, size: int, **session: str) -> Engine:
    options = " ".join(f"-c {name}={value}" for name, value in (_SESSION | session).items())
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            paramstyle="format",
            pool_size=size,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=size > 1,
            hide_parameters=True,
            connect_args={
                "connect_timeout": 2,
                "options": options,
                "keepalives_idle": 30,
                "tcp_user_timeout": 10_000,
                "application_name": APPLICATION,
            },
        )
    except (NoSuchModuleError, ModuleNotFoundError):
        raise StoreRefused("The PostgreSQL driver is not installed. Run: .venv/bin/pip install '.[postgres]'") from None

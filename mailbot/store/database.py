"""One database and its transactions: the SQLite settings that keep the promises (reliability-security.md B1-B3)."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, make_url

log = structlog.get_logger()

BUSY_MILLISECONDS = 5000
HEAD = "0004"
"""The newest revision in migrations/versions: a database that has it needs no migration."""


class SchemaTooNewError(Exception):
    """The database was written by a newer mailbot than this one."""


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite is free of the WAL-reset bug: 3.51.3 and later, and its two backports (B2)."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def _pragmas(version: tuple[int, ...]) -> tuple[str, ...]:
    # A commit must survive power loss (P1): FULL with WAL, EXTRA with a rollback journal that is unlinked.
    journal = (
        ("journal_mode=WAL", "synchronous=FULL")
        if wal_is_safe(version)
        else ("journal_mode=DELETE", "synchronous=EXTRA")
    )
    return (f"busy_timeout={BUSY_MILLISECONDS}", *journal, "foreign_keys=ON", "trusted_schema=OFF")


def _take_over_transactions(engine: Engine) -> None:
    """Send BEGIN ourselves: Python 3.11's driver does not begin for SELECT or DDL (B3)."""

    @event.listens_for(engine, "connect")
    def _on_connect(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.isolation_level = None
        for pragma in _pragmas(sqlite3.sqlite_version_info):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


class Database:
    """A SQLite database; one process writes, one transaction at a time."""

    def __init__(self, url: str) -> None:
        """Open (and if need be create) the database of a `sqlite:///path` URL; no table is made yet."""
        path = make_url(url).database
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.engine = create_engine(url, hide_parameters=True)  # errors are logged, and mails and addresses are not
        _take_over_transactions(self.engine)
        self._writer = self.engine.execution_options(write=True)
        self._lock = threading.Lock()

    def upgrade(self) -> None:
        """Bring the schema to this version's; raises SchemaTooNewError when the database is ahead of it."""
        with self._lock, self._writer.begin() as connection:
            current = _revision(connection)
            if current != HEAD:
                from mailbot.store.migrating import migrate  # Alembic takes longer to load than all of this

                migrate(connection, current)
        if not wal_is_safe(sqlite3.sqlite_version_info):
            log.info("rollback_journal", sqlite=sqlite3.sqlite_version, why="this SQLite has the WAL-reset bug")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database and changes nothing."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are committed, durably and together, when the block ends without error."""
        with self._lock, self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _revision(connection: Connection) -> str | None:
    there = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if there else None

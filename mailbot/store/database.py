"""One database, its transactions and settings (docs/rules/limits.md#sqlite, #wal-reset, #begin)."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url

from mailbot.store import committed_log
from mailbot.store.file_permissions import make_place, make_private
from mailbot.store.unusable_database import refuse_foreign, usable

log = structlog.get_logger()

BUSY_MILLISECONDS = 5000
HEAD = "0013"
"""The newest revision in migrations/versions. A database at this revision needs no migration."""


class SchemaTooNewError(Exception):
    """The database was written by a newer version of mailbot than this one."""


def is_trouble(error: BaseException) -> bool:
    """Tell whether an error is trouble of the store or the machine: full, locked, damaged, gone, or out of memory."""
    kinds = exc.OperationalError | sqlite3.OperationalError | exc.TimeoutError | OSError | MemoryError
    return isinstance(error, kinds) or type(error) is exc.DatabaseError  # a damaged file raises just this type


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite is free of the WAL-reset bug (docs/rules/limits.md#wal-reset)."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def _pragmas(version: tuple[int, ...]) -> tuple[str, ...]:
    # A commit must survive power loss (docs/rules/promises.md#p1). That takes FULL with WAL, and EXTRA with a rollback
    # journal, which is unlinked.
    journal = (
        ("journal_mode=WAL", "synchronous=FULL")
        if wal_is_safe(version)
        else ("journal_mode=DELETE", "synchronous=EXTRA")
    )
    return (f"busy_timeout={BUSY_MILLISECONDS}", *journal, "foreign_keys=ON", "trusted_schema=OFF", "secure_delete=ON")


def _take_over_transactions(engine: Engine, *more: str) -> None:
    """Send BEGIN here, because Python 3.11's driver sends none for SELECT or DDL (docs/rules/limits.md#begin)."""

    @event.listens_for(engine, "connect")
    def _on_connect(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.isolation_level = None
        for pragma in (*_pragmas(sqlite3.sqlite_version_info), *more):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        begin = connection.get_execution_options().get("begin", "BEGIN")
        if begin:
            connection.exec_driver_sql(begin)


class Database:
    """A SQLite database; one process writes, one transaction at a time."""

    def __init__(self, url: str) -> None:
        """Open the database of a `sqlite:///path` URL; make the file, but no table. Raises UnusableDatabaseError."""
        path = make_url(url).database
        self.path = Path(path) if path else None
        if self.path:
            with usable(str(self.path)):
                make_place(self.path)
                self.opened = self.path.stat()
        self.engine = create_engine(url, hide_parameters=True)  # errors are logged; mails and addresses must not be
        _take_over_transactions(self.engine)
        self._writer = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        self.reading = create_engine(url, hide_parameters=True)
        _take_over_transactions(self.reading, "query_only=ON")  # a View cannot write, even by mistake
        self._glancer = self.reading.execution_options(begin="")  # no BEGIN: each query is a transaction of its own
        self._lock = threading.RLock()

    def upgrade(self) -> None:
        """Bring the schema to this version.

        Raises SchemaTooNewError if the database is newer, UnusableDatabaseError if it is another program's or cannot be
        made private.
        """
        with self._lock, usable(str(self.path)):
            with self._writer.begin() as connection:
                current = _revision(connection)
                if current != HEAD:
                    refuse_foreign(connection, current)
                    from mailbot.store.migrating import migrate  # here, because loading Alembic delays every start

                    migrate(connection, current)
            if self.path:
                make_private(self.path)
        if not wal_is_safe(sqlite3.sqlite_version_info):
            log.info("slower_safe_journal", sqlite=sqlite3.sqlite_version, details="docs/operating.md#backup")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database and can change nothing."""
        with self.reading.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Give a connection whose queries each see the database as it is then: for long searches.

        Others can write in between: the Write that uses what is found must check it again.
        """
        with self._glancer.connect() as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other thread of this process write while the block lasts; the block itself may write."""
        with self._lock:
            yield

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are committed together and durably if the block ends without an error."""
        with self._lock, self._writer.begin() as connection:
            lines = committed_log.begin_lines(connection)
            yield connection
        committed_log.write_lines(lines)

    def free_bytes(self) -> int | None:
        """Return how many bytes the disk has left for this process's user; None for a database in memory."""
        if self.path is None:
            return None
        there = os.statvfs(self.path.parent)
        return there.f_bavail * there.f_frsize

    def in_place(self) -> bool:
        """Tell whether the file is where it was opened: SQLite writes to none that was moved away or replaced."""
        return self.path is None or (self.path.exists() and os.path.samestat(self.path.stat(), self.opened))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self.reading.dispose()


def _revision(connection: Connection) -> str | None:
    there = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if there else None

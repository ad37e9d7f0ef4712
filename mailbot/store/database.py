"""One database, its transactions and settings (docs/rules/limits.md#sqlite, #wal-reset, #begin)."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url

from mailbot.store import committed_log
from mailbot.store.driver import leave_wal, sqlite3, wal_is_safe
from mailbot.store.file_permissions import make_place, make_private
from mailbot.store.unusable_database import refuse_foreign, usable

log = structlog.get_logger()

BUSY_MILLISECONDS = 5000
WAL_KEPT_BYTES = 64_000_000
"""To what size the write-ahead log is cut once everything in it stands in the database's file."""
HEAD = "0014"
"""The newest revision in migrations/versions. A database at this revision needs no migration."""


class SchemaTooNewError(Exception):
    """The database was written by a newer version of mailbot than this one."""


def is_trouble(error: BaseException) -> bool:
    """Tell whether an error is trouble of the store or the machine: full, locked, damaged, gone, or out of memory."""
    kinds = exc.OperationalError | sqlite3.OperationalError | exc.TimeoutError | OSError | MemoryError
    return isinstance(error, kinds) or type(error) is exc.DatabaseError  # a damaged file raises just this type


PRAGMAS = (
    f"busy_timeout={BUSY_MILLISECONDS}",
    "synchronous=EXTRA",  # a commit survives power loss with either journal (docs/rules/promises.md#p1)
    "wal_autocheckpoint=0",  # `checkpoint` empties the WAL, so that no commit has to
    f"journal_size_limit={WAL_KEPT_BYTES}",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
)


def _take_over_transactions(engine: Engine, *more: str) -> None:
    """Send BEGIN here, because Python 3.11's driver sends none for SELECT or DDL (docs/rules/limits.md#begin)."""

    @event.listens_for(engine, "connect")
    def _on_connect(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.isolation_level = None
        for pragma in (*PRAGMAS, *more):
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
        self.engine = create_engine(
            url, module=sqlite3, hide_parameters=True
        )  # errors are logged; mails and addresses must not be
        _take_over_transactions(self.engine)
        self._writer = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        self.reading = create_engine(url, module=sqlite3, hide_parameters=True)
        _take_over_transactions(self.reading, "query_only=ON")  # a View cannot write, even by mistake
        self._glancer = self.reading.execution_options(begin="")  # no BEGIN: each query is a transaction of its own
        self._bare = self.engine.execution_options(begin="")
        self._lock = threading.RLock()
        self._views: dict[object, float] = {}

    def upgrade(self) -> None:
        """Bring the schema to this version.

        Raises SchemaTooNewError if the database is newer, UnusableDatabaseError if it is another program's or cannot be
        made private.
        """
        with self._lock, usable(str(self.path)):
            with self._bare.connect() as connection:
                if (found := _revision(connection)) != HEAD:
                    refuse_foreign(connection, found)
            self._settle_journal()
            if found != HEAD:
                self._migrate()
            if self.path:
                make_private(self.path)
        journal = "WAL" if wal_is_safe() else "DELETE, which is slower"
        log.info("sqlite", version=sqlite3.sqlite_version, journal=journal, details="docs/operating.md#backup")

    def _migrate(self) -> None:
        from mailbot.store.migrating import migrate  # here, because loading Alembic delays every start

        with self._writer.begin() as connection:
            if (found := _revision(connection)) != HEAD:  # another process may have been first
                migrate(connection, found)

    def _settle_journal(self) -> None:
        """Have a write-ahead log where this SQLite may, else a rollback journal, whoever used the file before."""
        self.close()
        if wal_is_safe():
            with self._bare.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        elif self.path:
            leave_wal(str(self.path))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database and can change nothing."""
        view = object()
        self._views[view] = monotonic()
        try:
            with self.reading.connect() as connection, connection.begin():
                yield connection
        finally:
            del self._views[view]

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

    def checkpoint(self) -> None:
        """Move what stands in the write-ahead log into the database's file, as far as no reader needs it."""
        with self._bare.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def wal_bytes(self) -> int:
        """Return the size of the write-ahead log; 0 where there is none."""
        log_file = Path(f"{self.path}-wal")
        return log_file.stat().st_size if log_file.exists() else 0

    def oldest_view(self) -> float:
        """Return for how many seconds this process has read one moment: as long as it does, the log is not emptied."""
        return monotonic() - min([monotonic(), *list(self._views.values())])

    def back_up(self, target: Path) -> None:
        """Write a whole copy of one moment of the database into a new file; raises UnusableDatabaseError."""
        with usable(str(target)), self._bare.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))

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

"""The one SQLite that this program opens its database with: a wheel's, which may use WAL, or else the system's.

docs/rules/limits.md#wal-reset
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        from pysqlite3 import dbapi2 as sqlite3
    except ImportError:
        import sqlite3

__all__ = ["leave_wal", "sqlite3", "wal_is_safe"]


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Tell whether an SQLite is free of the WAL-reset bug (docs/rules/limits.md#wal-reset)."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def leave_wal(path: str) -> None:
    """Bring a database that another SQLite left in WAL mode back to a rollback journal, while nobody else has it open.

    Raises an OperationalError of SQLite if somebody else has it open.
    """
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=DELETE")
        if connection.execute("PRAGMA journal_mode").fetchone() != ("delete",):
            raise sqlite3.OperationalError("another program has it open in WAL mode")
    finally:
        connection.close()

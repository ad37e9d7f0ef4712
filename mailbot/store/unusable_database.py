"""Says in one line, for the person who starts the bot, why a database cannot be used and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, exc

from mailbot.store.driver import sqlite3
from mailbot.store.file_permissions import NotPrivateError

_RESTORE = "stop the bot, put the file aside, and restore the newest backup (docs/operating.md, Backup)"
_LATER = "it may go away by itself: try again"
_WORDS = {
    "SQLITE_NOTADB": f"is no SQLite database; give [store] url the path of one, or {_RESTORE}",
    "SQLITE_CORRUPT": f"is damaged; {_RESTORE}",
    "SQLITE_CANTOPEN": "cannot be opened; let the bot's own user own it and its folder",
    "SQLITE_READONLY": "cannot be written; let the bot's own user own it and its folder",
    "SQLITE_PERM": "cannot be opened; let the bot's own user own it and its folder",
    "SQLITE_BUSY": f"is held by another program; {_LATER}",
    "SQLITE_FULL": "has no room on its disk; make some",
    "SQLITE_IOERR": f"cannot be read or written on its disk; {_LATER}, and look at the system's log",
}
_PASSING = {"SQLITE_BUSY", "SQLITE_FULL", "SQLITE_IOERR"}


class UnusableDatabaseError(Exception):
    """The database cannot be used, as the message says; trouble that is `passing` may go away by itself."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        """Keep the message for people."""
        super().__init__(message)
        self.passing = passing


@contextmanager
def usable(path: str | None) -> Iterator[None]:
    """Raise UnusableDatabaseError in place of the errors of SQLite or the system about the database's file."""
    try:
        yield
    except NotPrivateError as error:
        raise UnusableDatabaseError(str(error)) from error
    except OSError as error:
        raise UnusableDatabaseError(
            f"the database {path} {_WORDS['SQLITE_CANTOPEN']} (the system: {error.strerror})"
        ) from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        raise (unusable(error, path) or error) from error


def unusable(error: BaseException, path: str | None = None) -> UnusableDatabaseError | None:
    """Return an error of SQLite about its file, in words for people; None for any other error."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if not isinstance(cause, sqlite3.Error):
        return None
    name = getattr(cause, "sqlite_errorname", "")
    code = next((code for code in _WORDS if name.startswith(code)), None)
    if code is None:
        return None
    where = f"the database {path}" if path else "the database"
    return UnusableDatabaseError(f"{where} {_WORDS[code]} (SQLite: {cause})", passing=code in _PASSING)


def refuse_foreign(connection: Connection, revision: str | None) -> None:
    """Raise UnusableDatabaseError if the database holds tables, but not the bot's: it is another program's."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    tables = set(connection.exec_driver_sql(query).scalars())
    if tables and (revision is None or not {"inbox", "outbox", "orders"} <= tables):
        path = connection.engine.url.database
        raise UnusableDatabaseError(
            f"the database {path} is another program's; give [store] url the path of a file of the bot's own"
        )

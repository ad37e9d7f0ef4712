"""Opens the store of a configuration: brings its schema up to date, fills it, and sees that its keys are not lost."""

from datetime import datetime
from pathlib import Path

from mailbot.edge.keys import BadKeyFileError, exists
from mailbot.settings import Settings
from mailbot.store import directory, links
from mailbot.store.database import Database


def open_database(settings: Settings) -> Database:
    """Open the database and bring its schema up to date. Raises SchemaTooNewError or UnusableDatabaseError."""
    database = Database(settings.store.url)
    database.upgrade()
    return database


def open_store(settings: Settings, now: datetime, *, fill: bool = True) -> Database:
    """Open the database, and fill an empty one from the files unless they are about to be imported.

    Raises as `open_database` does, and BadKeyFileError.
    """
    database = open_database(settings)
    _refuse_lost_keys(settings.keys.file, database)
    if fill:
        with database.write() as connection:
            if directory.is_empty(connection):
                directory.fill(connection, settings.organisation, now)
    return database


def _refuse_lost_keys(file: Path, database: Database) -> None:
    """Raise BadKeyFileError if the key file is gone although links were signed: a new one would kill them."""
    if exists(file):
        return
    with database.read() as connection:
        signed = links.count(connection)
    if signed:
        raise BadKeyFileError(
            f"the key file {file} is gone, and links in sent mails need it; restore it from its backup, or run"
            " `keys rotate --lost`, after which all these links are dead"
        )

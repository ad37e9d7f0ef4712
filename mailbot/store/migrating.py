"""Runs Alembic. Only `store/database.py` imports this module, and only if the schema is not up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from mailbot.store.database import SchemaTooNewError

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(connection: Connection, current: str | None) -> None:
    """Bring the schema from `current` (None if there is no schema yet) to the newest; raises SchemaTooNewError."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    if current is not None:
        _refuse_newer(current, config)
    command.upgrade(config, "head")


def _refuse_newer(current: str, config: Config) -> None:
    try:
        ScriptDirectory.from_config(config).get_revision(current)
    except CommandError as error:
        raise SchemaTooNewError(
            "the database was written by a newer mailbot: install that version, or restore a backup"
        ) from error

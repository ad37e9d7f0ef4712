"""From the folder that a command is given to settings, store and bot; a refusal ends the command in a plain line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mailbot.cli.console import BAD_CONFIG, FAILED, err, fail

if TYPE_CHECKING:
    from mailbot.flows.bot import Bot
    from mailbot.settings import Settings
    from mailbot.store.database import Database


def settings_in(folder: Path, *, warn: bool = True) -> "Settings":
    """Return the settings of the folder, and say what they make one wonder about."""
    from mailbot import logs
    from mailbot.settings import load

    with refusals():
        settings = load(folder)
    logs.set_up("text", "warning")  # for commands that answer a person; those that run set up their own
    for warning in settings.warnings if warn else ():
        err.print(f"warning: {warning}", markup=False)
    return settings


def bot_of(settings: "Settings", *, fill: bool = True) -> "Bot":
    """Return the bot of these settings; without `fill` an empty store is left empty."""
    from mailbot.building import build
    from mailbot.edge.system_clock import utc_now

    with refusals():
        return build(settings, utc_now(), fill=fill)


def bot_in(folder: Path) -> "Bot":
    """Return the bot of a folder whose settings a person has seen the warnings of."""
    return bot_of(settings_in(folder, warn=False))


def store_of(settings: "Settings") -> "Database":
    """Return the store of these settings, for commands that need no more of the bot."""
    from mailbot.edge.system_clock import utc_now
    from mailbot.opening import open_store

    with refusals():
        return open_store(settings, utc_now())


def store_in(folder: Path) -> "Database":
    """Return the store of a folder whose settings a person has seen the warnings of."""
    return store_of(settings_in(folder, warn=False))


@contextmanager
def refusals() -> Iterator[None]:
    """End the command in plain lines where the bot refuses to start."""
    from mailbot.edge.keys import BadKeyFileError
    from mailbot.settings import ConfigError
    from mailbot.store.database import SchemaTooNewError
    from mailbot.store.unusable_database import UnusableDatabaseError

    try:
        yield
    except (ConfigError, SchemaTooNewError, BadKeyFileError) as error:
        fail(str(error), BAD_CONFIG)
    except UnusableDatabaseError as error:
        fail(str(error), FAILED if error.passing else BAD_CONFIG)

"""`backup`: a copy of the database, made by the SQLite that the bot itself uses."""

import os
from pathlib import Path
from typing import Annotated

import typer

from mailbot.cli.console import Config, fail, out
from mailbot.cli.opening import refusals, settings_in


def backup(
    config: Config,
    file: Annotated[Path, typer.Argument(help="The file to write, which must not exist yet.", show_default=False)],
) -> None:
    """Write a copy of the database into a new file, while the bot runs or not; only this user may read it.

    Keep the key file apart from it. Another program's SQLite may damage a database that the bot has open.
    """
    from mailbot.opening import open_database

    if file.exists():
        fail(f"{file} exists already; give the path of a new file")
    os.umask(0o077)
    with refusals():
        open_database(settings_in(config, warn=False)).back_up(file)
    out.print(f"{file}: {file.stat().st_size} bytes", markup=False)

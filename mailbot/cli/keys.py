"""`keys`: the keys that sign links."""

from typing import Annotated

import typer

from mailbot.cli.console import Config, fail, say
from mailbot.cli.opening import refusals, settings_in, store_of

keys = typer.Typer(help="The keys that sign the links in mails.", no_args_is_help=True)


@keys.command()
def rotate(
    config: Config,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Make no new key, but remove those that no working link needs.")
    ] = False,
    leaked: Annotated[
        bool, typer.Option("--leaked", help="Remove all older keys at once: every link in mails already sent dies.")
    ] = False,
    lost: Annotated[
        bool, typer.Option("--lost", help="Make the key file anew where it is gone: every link in sent mails dies.")
    ] = False,
) -> None:
    """Sign links with a new key from now on; the old keys stay for the links in sent mails. Once a year is enough."""
    from mailbot import rotation
    from mailbot.edge.keys import BadKeyFileError
    from mailbot.edge.system_clock import utc_now
    from mailbot.opening import open_database

    chosen = [rotation.drop_old] * drop_old + [rotation.leaked] * leaked + [rotation.lost] * lost
    if len(chosen) > 1:
        fail("give only one of --drop-old, --leaked and --lost")
    [change] = chosen or [rotation.rotate]
    settings = settings_in(config)
    with refusals():
        database = open_database(settings) if lost else store_of(settings)
    try:
        say(change(settings.keys.file, database, utc_now()))
    except BadKeyFileError as error:
        fail(f"no key was changed: {error}")

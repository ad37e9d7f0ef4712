"""The commands of `run.py` and `mailbot`. Each imports what it works with when it runs, since the database alone takes
long to load."""

import sys

import typer

from mailbot.cli.backup import backup
from mailbot.cli.checking import check, doctor
from mailbot.cli.console import BAD_CONFIG, FAILED, err
from mailbot.cli.directory import directory, plan
from mailbot.cli.inbox import inbox, parked
from mailbot.cli.keys import keys
from mailbot.cli.mails import mails
from mailbot.cli.orders import explain, orders
from mailbot.cli.outbox import outbox
from mailbot.cli.serving import demo, serve

cli = typer.Typer(
    help="Approves purchase orders by mail. Try `demo` first: it needs nothing but this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (serve, demo, check, doctor, backup, explain, plan):
    cli.command()(command)
names = ("keys", "directory", "parked", "inbox", "orders", "outbox", "mails")
for name, group in zip(names, (keys, directory, parked, inbox, orders, outbox, mails), strict=True):
    cli.add_typer(group, name=name)


def main() -> None:
    """Run a command; trouble of the database met on the way is one plain line."""
    try:
        cli()
    except Exception as error:
        from mailbot.store.unusable_database import unusable

        if (found := unusable(error)) is None:
            raise
        err.print(str(found), markup=False)
        sys.exit(FAILED if found.passing else BAD_CONFIG)

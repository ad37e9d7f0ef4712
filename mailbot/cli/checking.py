"""`check` and `doctor`: the commands that look whether all is well, before the start and after it."""

from typing import Annotated

import typer

from mailbot.cli.console import Config, fail, out, say
from mailbot.cli.opening import bot_of, settings_in


def check(config: Config) -> None:
    """Check the configuration without starting, and say who would be asked and where orders would go."""
    from mailbot.cli.dry_run import dry_run
    from mailbot.edge.system_clock import utc_now

    say(dry_run(settings_in(config), utc_now()))


def doctor(
    config: Config,
    links_only: Annotated[bool, typer.Option("--links-only", help="Attack the links, but send no order.")] = False,
) -> None:
    """Attack the links of the running bot as mail scanners do, then send an order of its own through the whole chain.

    Run it on the bot's machine after every change of the proxy, the mail gateway or the link scanner, and from cron:
    exit code 0 says that all is well, 1 that something is wrong, each finding in one line with its remedy. Nobody but
    the operator gets a mail, the doctor's order itself.
    """
    from mailbot.doctor.checkup import Doctor
    from mailbot.edge.lock import locked
    from mailbot.edge.system_clock import utc_now

    settings = settings_in(config)
    bot = bot_of(settings)
    try:
        with locked(config / "mailbot.toml", wait=False):
            findings = Doctor(bot, settings, utc_now, lambda line: say([line])).visit(links_only=links_only)
    except BlockingIOError:
        fail("another doctor is at work on this configuration; wait until it is done")
    if findings:
        fail("\n".join(findings))
    out.print("all is well")

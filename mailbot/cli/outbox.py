"""`outbox`: the bot's own mails that have not left."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli.console import Config, Json, fail, from_stranger, out, print_list
from mailbot.cli.opening import bot_in

if TYPE_CHECKING:
    from mailbot.flows.admin.resend import Unsent

outbox = typer.Typer(help="Mails of the bot's that have not left.", no_args_is_help=True)


@outbox.command("list")
def list_unsent(config: Config, json: Json = False) -> None:
    """List the mails that have not left, oldest first: queued, kept after a try in vain, or failed for good."""
    from mailbot.cli import as_json
    from mailbot.edge.system_clock import utc_now
    from mailbot.flows.admin.resend import unsent

    found, now = unsent(bot_in(config)), utc_now()
    values = (as_json.unsent(one.entry, one.state, one.recipient) for one in found)
    names = "id | state | mail | to | order | age | the mail server's last answer"
    print_list(values, names, (_row(one, now) for one in found), json=json)


def _row(one: "Unsent", now: datetime) -> Sequence[str]:
    mail, age = one.entry, _age(now - one.entry.created_at)
    return str(mail.id), one.state, mail.kind, one.recipient, " ".join(mail.orders), age, from_stranger(mail.error)


def _age(passed: timedelta) -> str:
    minutes = int(passed.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"


@outbox.command("retry")
def retry(
    config: Config,
    mails: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="The mails' ids.")] = None,
    all_failed: Annotated[bool, typer.Option("--all-failed", help="Every mail that has failed.")] = False,
) -> None:
    """Send mails once more that wait or have failed; a running bot does so at its next look.

    An order that has gone another way meanwhile, as from its supplier's address to the purchasing office, is not sent.
    """
    from mailbot.edge.system_clock import utc_now
    from mailbot.flows.admin.resend import failed, resend

    if bool(mails) == all_failed:
        fail("give either the ids of mails or --all-failed; `outbox list` lists them")
    bot = bot_in(config)
    done = resend(bot, mails or failed(bot), utc_now())
    for key, why_not in done.items():
        if why_not is None:
            out.print(f"mail {key} is sent once more")
    refused = [f"mail {key} is not sent: {why_not}" for key, why_not in done.items() if why_not is not None]
    if not done:
        out.print("no mail has failed")
    if refused:
        fail("\n".join(refused))

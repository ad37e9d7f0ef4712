"""`inbox` and `parked`: the mails that came in."""

import sys
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from mailbot.cli.console import Config, Json, ListLimit, fail, from_stranger, out, print_json, print_list
from mailbot.cli.opening import store_in
from mailbot.terminal import visible

if TYPE_CHECKING:
    from mailbot.store.listing import ListedMail

inbox = typer.Typer(help="Every mail that came in, and what became of it.", no_args_is_help=True)
parked = typer.Typer(help="Mails set aside because they could not be dealt with.", no_args_is_help=True)


def _came(mail: "ListedMail") -> tuple[str, str, str]:
    return str(mail.id), f"{mail.received_at:%Y-%m-%d %H:%M}", from_stranger(mail.sender or mail.mail_from or "?")


@inbox.command("list")
def list_inbox(config: Config, limit: ListLimit = 50, json: Json = False) -> None:
    """List the newest mails with state, outcome and reason."""
    from mailbot.store import listing

    with store_in(config).read() as connection:
        found = listing.newest(connection, limit)
    rows = ((*_came(m), m.state, m.outcome or "", m.order or "", from_stranger(m.reason)) for m in found)
    names = "id | received (UTC) | sender | state | outcome | order | reason"
    print_list(map(asdict, found), names, rows, json=json)


@inbox.command("show")
def show_mail(mail: int, config: Config, json: Json = False) -> None:
    """Print what became of one mail."""
    from mailbot.store import listing

    with store_in(config).read() as connection:
        found = listing.find(connection, mail)
    if found is None:
        fail(f"there is no mail {mail}; `inbox list` lists them")
    if json:
        print_json(asdict(found))
        return
    for key, value in asdict(found).items():
        shown = f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else value
        out.print(f"{key + ':':13} {visible('' if shown is None else str(shown))}", markup=False)


@parked.command("list")
def list_parked(config: Config, json: Json = False) -> None:
    """List the parked mails, oldest first."""
    from mailbot.store import listing

    with store_in(config).read() as connection:
        found = listing.parked(connection)
    rows = ((*_came(m), str(m.bytes), from_stranger(m.reason)) for m in found)
    print_list(map(asdict, found), "id | received (UTC) | sender | bytes | why", rows, json=json)


@parked.command("show")
def show_parked(mail: int, config: Config) -> None:
    """Print a parked mail as it came; on a terminal with what could steer it written out."""
    from mailbot.store import inbox, listing

    with store_in(config).read() as connection:
        if listing.find(connection, mail) is None:
            fail(f"there is no mail {mail}; `parked list` lists them")
        raw = inbox.raw(connection, mail)
    if out.is_terminal:
        lines = raw.decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")
        out.print("\n".join(visible(line.expandtabs()) for line in lines), markup=False, highlight=False)
    else:
        sys.stdout.buffer.write(raw)


@parked.command("retry")
def retry_parked(mail: int, config: Config) -> None:
    """Take a parked mail up again; a running bot deals with it at its next look."""
    from mailbot.edge.system_clock import utc_now
    from mailbot.store import inbox

    with store_in(config).write() as connection:
        if not inbox.retry(connection, mail, utc_now()):
            fail(f"mail {mail} is not parked; `parked list` lists those that are")
    out.print(f"mail {mail} is taken up again")

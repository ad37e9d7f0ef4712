"""The commands of `run.py` and `mailbot`: what a person types, and one plain line when something is wrong."""

import logging
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPException
from threading import Thread
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from mailbot import as_json, logs, rotation
from mailbot.app import App, build, serve
from mailbot.check import dry_run
from mailbot.demo.demo_run import open_sink, where_free
from mailbot.demo.orders import FIRST, command, hand_in, order_mail, swaks
from mailbot.demo.sink import Sink
from mailbot.demo.walkthrough import WalkthroughError, walk_through
from mailbot.doctor.checkup import Doctor
from mailbot.domain.people.attest_plan import unit_plan as plan_of
from mailbot.domain.people.directory import Directory
from mailbot.domain.people.import_plan import ImportPlan
from mailbot.domain.people.right_rules import hollow
from mailbot.domain.values.order import Order
from mailbot.edge.clock import utc_now
from mailbot.edge.keys import BadKeyFileError
from mailbot.edge.lock import AnotherServesError, locked
from mailbot.flows.admin.explain import explained, planned
from mailbot.flows.admin.import_directory import import_directory, look
from mailbot.flows.admin.resend import Unsent, failed, resend, unsent
from mailbot.flows.bot import Bot
from mailbot.flows.steps.attest_plan import mail_plan
from mailbot.flows.view import open_view
from mailbot.import_report import ONLY_SAID, counts, refusal, row, unit_lines
from mailbot.package_data import resource
from mailbot.presentation import TemplateFilters, money
from mailbot.settings import ConfigError, Settings, TcpAddress, load
from mailbot.store import events, inbox, listing, orders
from mailbot.store.database import Database, SchemaTooNewError
from mailbot.store.unusable_database import UnusableDatabaseError, unusable

cli = typer.Typer(
    help="Approves purchase orders by mail. Try `demo` first: it needs nothing but this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _group(name: str, words: str) -> typer.Typer:
    group = typer.Typer(help=words, no_args_is_help=True)
    cli.add_typer(group, name=name)
    return group


keys_cli = _group("keys", "The keys that sign the links in mails.")
directory_cli = _group("directory", "People, units, rights and suppliers: what the database holds.")
parked_cli = _group("parked", "Mails set aside because they could not be dealt with.")
inbox_cli = _group("inbox", "Every mail that came in, and what became of it.")
orders_cli = _group("orders", "Orders and everything that happened to them.")
outbox_cli = _group("outbox", "Mails of the bot's that have not left.")

out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

BAD_CONFIG, FAILED = 2, 1
"""With the first it is of no use to start again before a person has done something."""
MOST_SHOWN = 200
"""Differences in a table that a person reads; the rights come first."""
Config = Annotated[
    Path, typer.Option("--config", help="The folder with mailbot.toml, organisation.toml, suppliers.toml.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, in the shape that docs/operating.md describes.")]
ListLimit = Annotated[int, typer.Option(help="How many, newest first.")]


def main() -> None:
    """Run a command; trouble of the database met on the way is one plain line."""
    try:
        cli()
    except Exception as error:
        if (found := unusable(error)) is None:
            raise
        err.print(str(found), markup=False)
        sys.exit(FAILED if found.passing else BAD_CONFIG)


def _fail(lines: str, code: int = FAILED) -> NoReturn:
    err.print(lines, markup=False)
    raise typer.Exit(code)


def _settings(folder: Path, *, warn: bool = True) -> Settings:
    try:
        settings = load(folder)
    except ConfigError as error:
        _fail("\n".join(error.problems), BAD_CONFIG)
    logs.set_up("text", "warning")  # for commands that answer a person; those that run set up their own
    for warning in settings.warnings if warn else ():
        err.print(f"warning: {warning}", markup=False)
    return settings


def _bot(folder: Path, settings: Settings | None = None) -> Bot:
    return _built(settings or _settings(folder, warn=False))


def _built(settings: Settings, *, fill: bool = True) -> Bot:
    with _refusals():
        return build(settings, utc_now(), fill=fill)


def _opened(settings: Settings) -> Database:
    with _refusals():
        database = Database(settings.store.url)
        database.upgrade()
        return database


@contextmanager
def _refusals() -> Iterator[None]:
    """End the command with one plain line where the bot refuses to start."""
    try:
        yield
    except (SchemaTooNewError, BadKeyFileError) as error:
        _fail(str(error))
    except UnusableDatabaseError as error:
        _fail(str(error), FAILED if error.passing else BAD_CONFIG)


@cli.command("serve")
def serve_command(config: Config) -> None:
    """Run the bot until Ctrl-C or SIGTERM."""
    settings = _settings(config)
    logs.set_up(settings.log.format, settings.log.level)
    _serve(settings, lambda _app: err.print(f"mailbot serves {settings.web.base_url}; Ctrl-C stops it", markup=False))


def _serve(settings: Settings, ready: Callable[[App], None], sink: Sink | None = None) -> None:
    try:
        with _refusals():
            serve(settings, ready, sink.routes() if sink else [])
    except* OSError as group:
        _fail(f"cannot listen: {group.exceptions[0]}; stop what listens there, or change the address")
    except* (ConfigError, AnotherServesError) as group:
        _fail(str(group.exceptions[0]))


@cli.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Tell the whole story with no hands, and stop.")] = False,
) -> None:
    """Run everything on this machine, with a sample organisation and a relay you can read in the browser."""
    if once:
        _tell_story()
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the bot itself ends in order, which it does soon
    settings = where_free(_settings(resource("config") / "demo"))
    logs.set_up(settings.log.format, "warning")
    sink = Sink(Path("var/demo/outbox"))
    try:
        with open_sink(sink, settings.relay.port):
            _serve(settings, lambda app: _welcome(app, settings), sink)
    except OSError as error:
        _fail(f"cannot listen: {error}; stop what listens there (perhaps another demo)")
    out.print("stopped")


def _tell_story() -> None:
    logging.getLogger().setLevel(logging.CRITICAL)
    logs.set_up("text", "error")
    with tempfile.TemporaryDirectory(prefix="mailbot-demo-") as folder:
        try:
            walk_through(Path(folder), lambda line: out.print(line, markup=False))
        except WalkthroughError as error:
            _fail(f"FAILED: {error}")
    out.print("every step happened")


def _welcome(app: App, settings: Settings) -> None:
    listen, bot = settings.smtp_in.listen, settings.bot.address
    port = listen.port if isinstance(listen, TcpAddress) else 0
    with app.bot.database.read() as connection:
        first = not orders.newest(connection, 1)
    if first:
        # Beside the loop: it is about to serve, and this very mail.
        Thread(target=_hand_in_first, args=(bot, port), daemon=True).start()
    out.print(
        f"""
mailbot runs on this machine only. Ctrl-C stops it.

  Look:  {settings.web.base_url}/demo/outbox   every mail it sends, newest first
  Rut Rask has mailed an order. Eva Ek's request is there: open its link and decide.
  Undecided orders get a reminder after a minute; decisions can be undone for 20 seconds.

  Mail another order:
    {command(port, bot)}
  Ask for the list of what waits, as Eva:
    {swaks(port, bot)}
""",
        markup=False,
    )


def _hand_in_first(to: str, port: int) -> None:
    with suppress(OSError, SMTPException):  # stopped meanwhile: the next start finds no order, and mails it
        hand_in(order_mail(FIRST, to=to), port)


@cli.command()
def check(config: Config) -> None:
    """Check the configuration without starting, and say who would be asked and where orders would go."""
    settings = _settings(config)
    for line in dry_run(settings, utc_now()):
        out.print(line, markup=False)


@cli.command()
def doctor(
    config: Config,
    links_only: Annotated[bool, typer.Option("--links-only", help="Attack the links, but send no order.")] = False,
) -> None:
    """Attack the links of the running bot as mail scanners do, then send an order of its own through the whole chain.

    Run it on the bot's machine after every change of the proxy, the mail gateway or the link scanner, and from cron:
    exit code 0 says that all is well, 1 that something is wrong, each finding in one line with its remedy. Nobody but
    the operator gets a mail, the doctor's order itself.
    """
    settings = _settings(config)
    bot = _bot(config, settings)
    try:
        with locked(config / "mailbot.toml", wait=False):
            findings = Doctor(bot, settings, utc_now, lambda line: out.print(line, markup=False)).visit(
                links_only=links_only
            )
    except BlockingIOError:
        _fail("another doctor is at work on this configuration; wait until it is done")
    if findings:
        _fail("\n".join(findings))
    out.print("all is well")


@keys_cli.command("rotate")
def keys_rotate(
    config: Config,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Make no new key, but remove those that no working link needs.")
    ] = False,
    leaked: Annotated[
        bool, typer.Option("--leaked", help="Remove all older keys at once: every link in mails already sent dies.")
    ] = False,
    lost: Annotated[
        bool,
        typer.Option("--lost", help="Make the key file anew where it is gone: every link in sent mails dies."),
    ] = False,
) -> None:
    """Sign links with a new key from now on; the old keys stay for the links in sent mails. Once a year is enough."""
    chosen = [rotation.drop_old] * drop_old + [rotation.leaked] * leaked + [rotation.lost] * lost
    if len(chosen) > 1:
        _fail("give only one of --drop-old, --leaked and --lost")
    [change] = chosen or [rotation.rotate]
    settings = _settings(config)
    database = _opened(settings) if lost else _bot(config, settings).database
    try:
        for line in change(settings.keys.file, database, utc_now()):
            out.print(line, markup=False)
    except (BadKeyFileError, OSError) as error:
        _fail(f"no key was changed: {error}")


def _table(names: str) -> Table:
    """Return a table whose first column, which other commands are given, is never cut; the others may fold."""
    key, *others = names.split(" | ")
    return Table(Column(key, no_wrap=True), *(Column(name, overflow="fold") for name in others))


def _print_json(value: as_json.Value | Sequence[as_json.Value]) -> None:
    typer.echo(as_json.text(value))


def _print_list(values: Iterable[as_json.Value], names: str, rows: Iterable[Sequence[str]], *, json: bool) -> None:
    if json:
        _print_json(list(values))
        return
    table = _table(names)
    for cells in rows:
        table.add_row(*cells)
    out.print(table)


def _shown(text: str | None) -> str:
    """Return what a stranger may have written, so that it neither steers a terminal nor reads as markup."""
    return escape(logs.visible(text or ""))


def _came(mail: listing.ListedMail) -> tuple[str, str, str]:
    """Return a mail's id, when it came and from whom."""
    return str(mail.id), f"{mail.received_at:%Y-%m-%d %H:%M}", _shown(mail.sender or mail.mail_from or "?")


@inbox_cli.command("list")
def inbox_list(config: Config, limit: ListLimit = 50, json: Json = False) -> None:
    """List the newest mails with state, outcome and reason."""
    with _bot(config).database.read() as connection:
        found = listing.newest(connection, limit)
    rows = ((*_came(m), m.state, m.outcome or "", m.order or "", _shown(m.reason)) for m in found)
    names = "id | received (UTC) | sender | state | outcome | order | reason"
    _print_list(map(as_json.mail, found), names, rows, json=json)


@inbox_cli.command("show")
def inbox_show(mail: int, config: Config, json: Json = False) -> None:
    """Print what became of one mail."""
    with _bot(config).database.read() as connection:
        found = listing.find(connection, mail)
    if found is None:
        _fail(f"there is no mail {mail}; `inbox list` lists them")
    if json:
        _print_json(as_json.mail(found))
        return
    for key, value in as_json.mail(found).items():
        shown = f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else value
        out.print(f"{key + ':':13} {logs.visible('' if shown is None else str(shown))}", markup=False)


@parked_cli.command("list")
def parked_list(config: Config, json: Json = False) -> None:
    """List the parked mails, oldest first."""
    with _bot(config).database.read() as connection:
        found = listing.parked(connection)
    rows = ((*_came(m), str(m.bytes), _shown(m.reason)) for m in found)
    _print_list(map(as_json.mail, found), "id | received (UTC) | sender | bytes | why", rows, json=json)


@parked_cli.command("show")
def parked_show(mail: int, config: Config) -> None:
    """Print a parked mail as it came; on a terminal with what could steer it written out."""
    with _bot(config).database.read() as connection:
        if listing.find(connection, mail) is None:
            _fail(f"there is no mail {mail}; `parked list` lists them")
        raw = inbox.raw(connection, mail)
    if out.is_terminal:
        lines = raw.decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")
        out.print("\n".join(logs.visible(line.expandtabs()) for line in lines), markup=False, highlight=False)
    else:
        sys.stdout.buffer.write(raw)


@parked_cli.command("retry")
def parked_retry(mail: int, config: Config) -> None:
    """Take a parked mail up again; a running bot deals with it at its next look."""
    bot = _bot(config)
    with bot.database.write() as connection:
        if not inbox.retry(connection, mail, utc_now()):
            _fail(f"mail {mail} is not parked; `parked list` lists those that are")
    out.print(f"mail {mail} is taken up again")


@outbox_cli.command("list")
def outbox_list(config: Config, json: Json = False) -> None:
    """List the mails that have not left, oldest first: queued, kept after a try in vain, or failed for good."""
    found, now = unsent(_bot(config)), utc_now()
    values = (as_json.unsent(one.entry, one.state, one.recipient) for one in found)
    names = "id | state | mail | to | order | age | the mail server's last answer"
    _print_list(values, names, (_unsent_row(one, now) for one in found), json=json)


def _unsent_row(one: Unsent, now: datetime) -> Sequence[str]:
    mail, age = one.entry, _age(now - one.entry.created_at)
    return str(mail.id), one.state, mail.kind, one.recipient, " ".join(mail.orders), age, _shown(mail.error)


def _age(passed: timedelta) -> str:
    minutes = int(passed.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"


@outbox_cli.command("retry")
def outbox_retry(
    config: Config,
    mails: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="The mails' ids.")] = None,
    all_failed: Annotated[bool, typer.Option("--all-failed", help="Every mail that has failed.")] = False,
) -> None:
    """Send mails once more that wait or have failed; a running bot does so at its next look.

    An order that has gone another way meanwhile, as from its supplier's address to the purchasing office, is not sent.
    """
    if bool(mails) == all_failed:
        _fail("give either the ids of mails or --all-failed; `outbox list` lists them")
    bot = _bot(config)
    done = resend(bot, mails or failed(bot), utc_now())
    for key, why_not in done.items():
        if why_not is None:
            out.print(f"mail {key} is sent once more")
    refused = [f"mail {key} is not sent: {why_not}" for key, why_not in done.items() if why_not is not None]
    if not done:
        out.print("no mail has failed")
    if refused:
        _fail("\n".join(refused))


@orders_cli.command("list")
def orders_list(config: Config, limit: ListLimit = 50, json: Json = False) -> None:
    """List the newest orders."""
    bot = _bot(config)
    with bot.database.read() as connection:
        directory, found = bot.directory(connection), orders.newest(connection, limit)
    values = (as_json.order(order, directory) for order in found)
    rows = (_order_row(order, directory, bot.language) for order in found)
    _print_list(values, "number | status | unit | requester | supplier | total | since (UTC)", rows, json=json)


def _order_row(order: Order, directory: Directory, language: str) -> Sequence[str]:
    content, who = order.content, _shown(directory.persons[order.requester].name)
    supplier, total = _shown(content.supplier), money(content.total, language)
    return order.number, order.status, content.unit, who, supplier, total, f"{order.asked_at:%Y-%m-%d %H:%M}"


def _there(order: Order | None, number: str) -> Order:
    """Return the order that was looked for; ends the command where there is none."""
    return order or _fail(f"there is no order {number}; `orders list` lists them")


@orders_cli.command("show")
def orders_show(number: str, config: Config, json: Json = False) -> None:
    """Print an order and every step of its life."""
    bot = _bot(config)
    with bot.database.read() as connection:
        order = _there(orders.by_number(connection, number), number)
        directory, steps = bot.directory(connection), events.of_order(connection, order.id)
    if json:
        _print_json(as_json.whole_order(order, steps, directory))
        return
    for line in _order_lines(order, steps, directory, bot.language):
        out.print(logs.visible(line), markup=False)


def _order_lines(order: Order, steps: Sequence[events.Event], directory: Directory, language: str) -> Iterator[str]:
    content = order.content
    yield f"{order.number}  {order.status}  version {order.version}, step {order.step}"
    yield f"{directory.persons[order.requester].name} -> {content.supplier}, {money(content.total, language)}"
    for line in content.lines:
        yield f"  {line.quantity} {line.unit} {line.description} à {TemplateFilters(language, 'UTC').price(line)}"
    for event in steps:
        who = directory.persons[event.person].name if event.person is not None else "mailbot"
        more = " ".join(f"{key}={value}" for key, value in event.payload.items())
        yield f"{event.at:%Y-%m-%d %H:%M:%S} UTC  {event.what}  {who}  ({event.proof})  {more}"


@cli.command("explain")
def explain_command(number: str, config: Config) -> None:
    """Print the whole reasoning about an order: who may decide it by which right, who not and why, where it goes."""
    bot = _bot(config)
    with open_view(bot, utc_now()) as view:
        order = _there(orders.by_number(view.connection, number), number)
        for line in explained(view, order):
            out.print(line, markup=False)


@cli.command("plan")
def plan_command(
    unit: str, config: Config, mail: Annotated[bool, typer.Option("--mail", help="Mail it to the unit's head.")] = False
) -> None:
    """Print who has which right in a unit, or mail that to its head to be confirmed."""
    bot = _bot(config)
    with bot.database.read() as connection:
        directory = bot.directory(connection).ordinary
    found = directory.unit_named(unit)
    if found is None:
        _fail(f"there is no unit {unit}; write its id or its whole name")
    day = bot.day(utc_now())
    nothing = {right.id: why for right, why in hollow(directory, bot.policy, day)}
    for line in planned(plan_of(found.id, directory, day), nothing):
        out.print(line, markup=False)
    if mail:
        if not mail_plan(bot, found.id, utc_now()):
            _fail(f"unit {unit} has no head to mail it to; state one in organisation.toml and import it")
        out.print("a running bot mails it to the head")


@directory_cli.command("import")
def directory_import(
    config: Config,
    yes: Annotated[bool, typer.Option("--yes", help="Import without asking, as scripts need it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show every difference, however many.")] = False,
) -> None:
    """Show what organisation.toml and suppliers.toml change, and import it: all of it or nothing.

    What the files leave out stays as it is, since rights also come by mail; to end a right, state its last day as `to`.
    A right that was ended in the database, or ends there before the file's line does, is not revived: write a new line
    with a later `from`.
    """
    with err.status("reading the files"):
        settings = _settings(config)
        bot = _built(settings, fill=False)
        plan = look(bot, settings.organisation, utc_now())
    _show_plan(plan, everything=everything)
    if dry_run or not plan.changes:
        return
    if not yes and not sys.stdin.isatty():
        _fail("nothing is imported, since nobody can be asked here; add --yes to import, --dry-run to look only")
    if not yes and not typer.confirm("Import this?", default=False):
        _fail("nothing is imported")
    columns = SpinnerColumn(), TextColumn("importing: {task.completed} rows"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("importing", total=None)
        done = import_directory(bot, settings.organisation, plan, utc_now(), lambda rows: bar.advance(task, rows))
    if isinstance(done, ImportPlan):
        _fail("nothing is imported: the database has changed since this was shown; look at it again")
    out.print(f"imported; changes: {len(plan.changes)}")


def _show_plan(plan: ImportPlan, *, everything: bool) -> None:
    if plan.refused:
        _fail("\n".join([*map(refusal, plan.refused), "Nothing is imported."]), BAD_CONFIG)
    if not plan.differences:
        out.print("files and database say the same: nothing to import")
        return
    listed = plan.differences if everything else plan.differences[:MOST_SHOWN]
    table = _table("what | about | before | after")
    for one in listed:
        table.add_row(*map(escape, row(one)))
    out.print(table)
    if more := len(plan.differences) - len(listed):
        out.print(f"and {more} more; --all shows them")
    out.print(counts(plan.differences), markup=False)
    for kind, words in ONLY_SAID.items():
        if any(d.kind is kind for d in plan.differences):
            out.print(words)
    if not plan.changes:
        out.print("nothing to import")


@directory_cli.command("show")
def directory_show(
    config: Config, unit: Annotated[str | None, typer.Argument(help="A unit's id or name.")] = None
) -> None:
    """List units, heads, and who may approve there: kind, limit, period, absence."""
    bot = _bot(config)
    with bot.database.read() as connection:
        known = bot.directory(connection).ordinary
    found = known.unit_named(unit) if unit else None
    if unit and not found:
        _fail(f"there is no unit {unit}; `directory show` without a name lists all")
    for one in [found] if found else known.units.values():
        for line in unit_lines(one, known, bot.day(utc_now())):
            out.print(line, markup=False)

"""`directory` and `plan`: people, units, rights and suppliers as the database holds them."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli.console import BAD_CONFIG, Config, Json, err, fail, out, print_json, say, table
from mailbot.cli.opening import bot_in, bot_of, settings_in, store_of

if TYPE_CHECKING:
    from mailbot.domain.people.import_plan import ImportPlan
    from mailbot.flows.bot import Bot
    from mailbot.settings import Settings

directory = typer.Typer(help="People, units, rights and suppliers: what the database holds.", no_args_is_help=True)

MOST_SHOWN = 200
"""Differences in a table that a person reads; the rights come first."""


@directory.command("import")
def import_files(
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
    from mailbot.edge.system_clock import utc_now
    from mailbot.flows.admin.import_directory import look

    with err.status("reading the files"):
        settings = settings_in(config)
        bot = bot_of(settings, fill=False)
        plan = look(bot, settings.organisation, utc_now())
    _show_plan(plan, everything=everything)
    if dry_run or not plan.changes:
        return
    if not yes and not sys.stdin.isatty():
        fail("nothing is imported, since nobody can be asked here; add --yes to import, --dry-run to look only")
    if not yes and not typer.confirm("Import this?", default=False):
        fail("nothing is imported")
    _import(bot, settings, plan)


def _import(bot: "Bot", settings: "Settings", plan: "ImportPlan") -> None:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from mailbot.domain.people.import_plan import ImportPlan
    from mailbot.edge.system_clock import utc_now
    from mailbot.flows.admin.import_directory import import_directory

    columns = SpinnerColumn(), TextColumn("importing: {task.completed} rows"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("importing", total=None)
        done = import_directory(bot, settings.organisation, plan, utc_now(), lambda rows: bar.advance(task, rows))
    if isinstance(done, ImportPlan):
        fail("nothing is imported: the database has changed since this was shown; look at it again")
    out.print(f"imported; changes: {len(plan.changes)}")


def _show_plan(plan: "ImportPlan", *, everything: bool) -> None:
    from rich.markup import escape

    from mailbot.cli.directory_report import ONLY_SAID, counts, refusal, row

    if plan.refused:
        fail("\n".join([*map(refusal, plan.refused), "Nothing is imported."]), BAD_CONFIG)
    if not plan.differences:
        out.print("files and database say the same: nothing to import")
        return
    listed = plan.differences if everything else plan.differences[:MOST_SHOWN]
    shown = table("what | about | before | after")
    for one in listed:
        shown.add_row(*map(escape, row(one)))
    out.print(shown)
    if more := len(plan.differences) - len(listed):
        out.print(f"and {more} more; --all shows them")
    out.print(counts(plan.differences), markup=False)
    kinds = {d.kind for d in plan.differences}
    say(words for kind, words in ONLY_SAID.items() if kind in kinds)
    if not plan.changes:
        out.print("nothing to import")


@directory.command("show")
def show_directory(
    config: Config, unit: Annotated[str | None, typer.Argument(help="A unit's id or name.")] = None, json: Json = False
) -> None:
    """List units, heads, and who may approve there: kind, limit, period, absence."""
    if unit and json:
        fail("give either a unit or --json, which prints all that is known")
    from mailbot.cli import as_json
    from mailbot.cli.directory_report import unit_lines
    from mailbot.domain.values.calendar import local_day
    from mailbot.edge.system_clock import utc_now
    from mailbot.store.directory import DirectoryCache

    settings = settings_in(config, warn=False)
    with store_of(settings).read() as connection:
        known = DirectoryCache().current(connection).ordinary
    if json:
        print_json(as_json.directory(known))
        return
    found = known.unit_named(unit) if unit else None
    if unit and not found:
        fail(f"there is no unit {unit}; `directory show` without a name lists all")
    for one in [found] if found else known.units.values():
        say(unit_lines(one, known, local_day(utc_now(), settings.policy)))


def plan(
    unit: str, config: Config, mail: Annotated[bool, typer.Option("--mail", help="Mail it to the unit's head.")] = False
) -> None:
    """Print who has which right in a unit, or mail that to its head to be confirmed."""
    from mailbot.domain.people.attest_plan import unit_plan
    from mailbot.domain.people.right_rules import hollow
    from mailbot.edge.system_clock import utc_now
    from mailbot.flows.admin.explain import planned
    from mailbot.flows.steps.attest_plan import mail_plan

    bot = bot_in(config)
    with bot.database.read() as connection:
        known = bot.directory(connection).ordinary
    found = known.unit_named(unit)
    if found is None:
        fail(f"there is no unit {unit}; write its id or its whole name")
    day = bot.day(utc_now())
    nothing = {right.id: why for right, why in hollow(known, bot.policy, day)}
    say(planned(unit_plan(found.id, known, day), nothing))
    if mail:
        if not mail_plan(bot, found.id, utc_now()):
            fail(f"unit {unit} has no head to mail it to; state one in organisation.toml and import it")
        out.print("a running bot mails it to the head")

"""Imports the files into the directory: first shows what would change, then changes all of it or nothing."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain.ordering.events import DirectoryImported, RightImported
from mailbot.domain.ordering.workflow import Actor
from mailbot.domain.people.directory import Directory
from mailbot.domain.people.import_plan import (
    ONLY_TOLD,
    Difference,
    DifferenceKind,
    ImportPlan,
    changed_units,
    import_plan,
)
from mailbot.flows.bot import Bot
from mailbot.flows.steps.take_effect import IMPORTED, take_effect
from mailbot.flows.view import open_view
from mailbot.store import directory, events, marks

IMPORT = Actor(None, "directory import")


def look(bot: Bot, stated: Directory, now: datetime) -> ImportPlan:
    """Return what an import of the files would change now, and what forbids the import; this only reads."""
    with open_view(bot, now) as view:
        return import_plan(stated, view.directory, bot.policy, view.day)


def import_directory(
    bot: Bot, stated: Directory, shown: ImportPlan, now: datetime, done: Callable[[int], None] = lambda _rows: None
) -> frozenset[str] | ImportPlan:
    """Import the files as `shown`, in one transaction; return the units in which other people may decide.

    If the plan is refused, or the store has changed so that it would change something else, nothing is written and the
    present plan is returned. Waiting orders are moved afterwards, one by one. `done` gets the rows of each batch.
    """
    with bot.database.write() as connection:
        made, known = shown, bot.directory(connection)
        if known is not shown.known:  # DirectoryCache returns the same object as long as nothing has changed
            made = import_plan(stated, known, bot.policy, bot.day(now))
        if made.refused or made.differences != shown.differences:
            return made
        if not made.changes:
            return frozenset()
        directory.bring_in(connection, known, made.after, now, done)
        _record(connection, made.differences, now)
        marks.set_mark(connection, IMPORTED, now)
        new = bot.directory(connection).absences[len(known.absences) :]
    # Always, not only for changed units: heads, interests and own costs also say who may decide.
    take_effect(bot, new, now)
    return changed_units(made, bot.policy)


def _record(connection: Connection, differences: Iterable[Difference], now: datetime) -> None:
    """Append one event for the import, and one for each right that it adds or changes."""
    counts = Counter(d.kind for d in differences)
    rights: dict[str, dict[DifferenceKind, str]] = {}
    for d in differences:
        if d.kind.startswith("right_") and d.kind not in ONLY_TOLD:
            rights.setdefault(d.about, {})[d.kind] = f"{d.before} -> {d.after}" if d.before else d.after
    imported = (
        RightImported(
            what="right_added" if DifferenceKind.RIGHT_ADDED in texts else "right_changed",
            right=about,
            differences=texts,
        )
        for about, texts in rights.items()
    )
    events.record_all(connection, [DirectoryImported(counts=counts), *imported], IMPORT, now)

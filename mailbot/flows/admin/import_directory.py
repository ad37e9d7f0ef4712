"""The files into the store: look at what would change, then change all of it or nothing."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain.ordering.workflow import Actor
from mailbot.domain.people.import_plan import (
    ONLY_TOLD,
    Difference,
    DifferenceKind,
    ImportPlan,
    changed_units,
    import_plan,
)
from mailbot.domain.people.organisation import Organisation
from mailbot.flows.bot import Bot
from mailbot.flows.steps.take_effect import IMPORTED, take_effect
from mailbot.flows.view import open_view
from mailbot.store import directory, events

IMPORT = Actor(None, "directory import")


def look(bot: Bot, stated: Organisation, now: datetime) -> ImportPlan:
    """Return what importing the files would change now, and what stands against it; nothing is written."""
    with open_view(bot, now) as view:
        return import_plan(stated, view.directory, bot.policy, view.day)


def import_directory(
    bot: Bot, stated: Organisation, shown: ImportPlan, now: datetime, done: Callable[[int], None] = lambda _rows: None
) -> frozenset[str] | ImportPlan:
    """Import the files as `shown`, in one transaction; return the units in which other people may decide than before.

    What waits for whom it concerns is moved after that, order by order.

    Where the store has changed since, so that the import would change something else, nothing is written and that
    plan is returned. So it is for a plan that is refused. `done` hears how many rows each batch wrote.
    """
    with bot.database.write() as connection:
        made, known = shown, bot.directory(connection)
        if known is not shown.known:
            made = import_plan(stated, known, bot.policy, bot.day(now))
        if made.refused or made.differences != shown.differences:
            return made
        if not made.changes:
            return frozenset()
        directory.bring_in(connection, known, made.after, now, done)
        _record(connection, made.differences, now)
        events.record_beat(connection, IMPORTED, now)
        new = bot.directory(connection).absences[len(known.absences) :]
    take_effect(bot, new, now)  # heads, interests and own costs count too
    return changed_units(made, bot.policy)


def _record(connection: Connection, differences: Iterable[Difference], now: datetime) -> None:
    """Append one event for the import, and one for each right with what became of it."""
    counts = Counter(d.kind for d in differences)
    steps = [("directory_imported", {kind.value: str(count) for kind, count in counts.items()})]
    rights: dict[str, dict[str, str]] = {}
    for d in differences:
        if d.kind.startswith("right_") and d.kind not in ONLY_TOLD:
            rights.setdefault(d.about, {})[d.kind.value] = f"{d.before} -> {d.after}" if d.before else d.after
    for about, texts in rights.items():
        what = "right_added" if DifferenceKind.RIGHT_ADDED in texts else "right_changed"
        steps.append((what, {"right": about, **texts}))
    events.record_all(connection, steps, IMPORT, now)

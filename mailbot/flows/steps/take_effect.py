"""Lets changes of the directory take effect on the orders that wait: after an import, and on each new day."""

from collections.abc import Iterable
from datetime import datetime

from mailbot.domain.people.directory import Absence
from mailbot.flows.bot import Bot
from mailbot.flows.steps import absence
from mailbot.flows.steps.leaving import all_leave
from mailbot.flows.steps.rights_changed import move_waiting
from mailbot.store import marks

IMPORTED = "directory imported"
"""The mark of an import that has not wholly taken effect. If the import is stopped, `new_day` does the rest."""


def take_effect(bot: Bot, absences: Iterable[Absence], now: datetime) -> None:
    """See off who has left, move the orders that wait for nobody who may decide, and ask others for the absent.

    It is safe to begin anew.
    """
    all_leave(bot, now)
    move_waiting(bot, now)
    absence.begin_by_and_by(bot, absences, now)
    with bot.database.write() as connection:
        marks.clear_mark(connection, IMPORTED)

"""What changes of the directory mean for the orders that wait: after an import, and on each new day."""

from collections.abc import Iterable
from datetime import datetime

from mailbot.domain.people.directory import Absence
from mailbot.flows.bot import Bot
from mailbot.flows.steps import absence
from mailbot.flows.steps.rights_changed import move_waiting
from mailbot.store import events

IMPORTED = "directory imported"
"""The beat of an import whose consequences are not all there yet: a stop in between loses none of them."""


def take_effect(bot: Bot, absences: Iterable[Absence], now: datetime) -> None:
    """Move what waits for nobody who may decide, and have others decide for who is away by one of these absences.

    It is safe to begin anew.
    """
    move_waiting(bot, now)
    absence.begin_by_and_by(bot, absences, now)
    with bot.database.write() as connection:
        events.forget_beat(connection, IMPORTED)

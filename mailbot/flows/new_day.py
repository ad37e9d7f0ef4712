"""Once a local day: absences and rights that begin or end with it take effect, and warnings are sent."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.domain.directory import Directory
from mailbot.domain.notices import Notice, NoticeKind, Recipient, Role
from mailbot.domain.plan import ending, plan
from mailbot.flows import absence
from mailbot.flows.bot import Bot
from mailbot.flows.plan import mail_due
from mailbot.flows.post import post
from mailbot.flows.rights_changed import move_waiting
from mailbot.store import events

BEAT = "new_day"
ONE_DAY = timedelta(days=1)


def new_day(bot: Bot, now: datetime) -> bool:
    """Begin the local day if that has not been done yet; return whether it was done now."""
    with bot.database.read() as connection:
        last = events.last_beat(connection, BEAT)
    if last is not None and bot.day(last) >= bot.day(now):
        return False
    move_waiting(bot, now)
    with bot.database.write() as connection:
        events.beat(connection, BEAT, now)
        since = bot.day(last or now - ONE_DAY)
        absence.begin(bot, connection, [a for a in bot.directory(connection).absences if a.first > since], now)
        warnings = list(_warnings(bot, connection, now))
        if last is not None:  # on its first day the bot only takes note of how things stand; `check` has told them
            post(bot, connection, warnings, now)
        mail_due(bot, connection, now)
        return True


def _warnings(bot: Bot, connection: Connection, now: datetime) -> Iterator[Notice]:
    """Yield what has not been warned of yet: rights that run out, and units with one approver left."""
    directory, day = bot.directory(connection).ordinary, bot.day(now)
    for right, days in ending(directory, day):
        if _first_time(connection, f"ends:{right.id}:{days}", now):
            facts = {"unit": right.unit, "person": str(right.person), "last": f"{right.valid_to}", "days": str(days)}
            for to in dict.fromkeys((directory.persons[right.person], *_head(directory, right.unit))):
                yield Notice(NoticeKind.RIGHT_ENDS, to, facts=facts)
    for unit in directory.units.values():
        found = plan(unit.id, directory, day)
        if found.alone and _first_time(connection, f"alone:{unit.id}:{found.digest}", now):
            for to in _head(directory, unit.id) or (Role.PURCHASING,):
                yield Notice(NoticeKind.ONE_APPROVER, to, facts={"unit": unit.id})


def _head(directory: Directory, unit: str) -> tuple[Recipient, ...]:
    head = directory.units[unit].head
    return (directory.persons[head],) if head is not None else ()


def _first_time(connection: Connection, name: str, now: datetime) -> bool:
    if events.last_beat(connection, name) is not None:
        return False
    events.beat(connection, name, now)
    return True

"""The attest plan of a unit, mailed to its head when it is time."""

from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain.notices import Notice, NoticeKind, Purpose
from mailbot.domain.people.directory import Directory, RightKind, Unit
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.store import events

LATEST = "plan:"


def mail_plan(bot: Bot, connection: Connection, unit: Unit, now: datetime) -> bool:
    """Mail the head the unit's plan with a link to confirm it; False where the unit has no head."""
    directory = bot.directory(connection)
    if unit.head is None:
        return False
    events.record_beat(connection, LATEST + unit.id, now)
    notice = Notice(NoticeKind.PLAN, directory.persons[unit.head], links=(Purpose.PLAN,), facts={"unit": unit.id})
    enqueue(bot, connection, [notice], now)
    return True


def mail_due(bot: Bot, now: datetime) -> None:
    """Mail every plan whose last one is older than the policy's pace; a unit's first comes a pace after its rights."""
    pace = bot.policy.plan_every
    if not pace:
        return

    def is_due(connection: Connection, unit: Unit) -> bool:
        since = events.last_beat(connection, LATEST + unit.id) or _oldest(bot.directory(connection).ordinary, unit)
        return since is not None and now - since >= pace

    with bot.database.glance() as connection:
        units = bot.directory(connection).ordinary.units.values()
        due = [unit for unit in units if is_due(connection, unit)]
    bot.database.write_each(due, lambda writing, unit: is_due(writing, unit) and mail_plan(bot, writing, unit, now))


def _oldest(directory: Directory, unit: Unit) -> datetime | None:
    here = (r for kind in RightKind for r in directory.rights_in(unit.id, kind))
    return min((r.registered_at for r in here if r.registered_at and not r.ended_at), default=None)

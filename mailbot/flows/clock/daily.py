"""Once a day: mails that nobody confirmed are parked, and the operator hears what is parked and what was ignored."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.domain.notices import Mailbox, Notice, NoticeKind
from mailbot.domain.ordering.workflow import CLOCK
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.store import events, inbox, listing

BEAT = "daily"
ONE_DAY = timedelta(days=1)


def daily_round(bot: Bot, now: datetime) -> bool:
    """Make the round if the last one is a day old; return whether it was made."""
    with bot.database.read() as connection:
        if not _is_due(connection, now):
            return False
        unconfirmed = inbox.waiting_since(connection, now - bot.policy.link_life)
    bot.database.write_each(unconfirmed, lambda connection, key: _park(connection, key, now))
    with bot.database.write() as connection:
        if not _is_due(connection, now):
            return False
        last = events.last_beat(connection, BEAT)
        events.record_beat(connection, BEAT, now)
        _tell(bot, connection, last or now - ONE_DAY, now)
        return True


def _tell(bot: Bot, connection: Connection, since: datetime, now: datetime) -> None:
    """Mail the operator each mail set aside since a moment, and how many were ignored for which reason."""
    parked = listing.parked(connection, since)
    ignored = inbox.ignored(connection, since)
    if not parked and not ignored:
        return
    lines = "\n".join(f"{e.id}  {e.received_at:%Y-%m-%d %H:%M} UTC  {e.sender or '?'}  {e.reason}" for e in parked)
    facts = {"kind": "parked", "ignored": "\n".join(f"{count} {reason}" for reason, count in ignored.items())}
    enqueue(bot, connection, [Notice(NoticeKind.OPERATOR, Mailbox.OPERATOR, text=lines, facts=facts)], now)


def _is_due(connection: Connection, now: datetime) -> bool:
    last = events.last_beat(connection, BEAT)
    return last is None or now - last >= ONE_DAY


def _park(connection: Connection, inbox_id: int, now: datetime) -> None:
    if inbox.awaits_confirmation(connection, inbox_id):  # it may have been confirmed in this very moment
        inbox.park(connection, inbox_id, "not confirmed by its sender", now)
        events.record(connection, "parked", CLOCK, now, inbox_id=inbox_id)

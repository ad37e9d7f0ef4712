"""Once a day: mails that nobody confirmed are parked, and the operator hears what is parked or stuck."""

from datetime import datetime, timedelta

from mailbot.domain.notices import Notice, NoticeKind, Role
from mailbot.domain.workflow import CLOCK
from mailbot.flows.bot import Bot
from mailbot.flows.post import post
from mailbot.store import events, inbox
from mailbot.store.inbox import State

BEAT = "daily"
ONE_DAY = timedelta(days=1)


def daily_round(bot: Bot, now: datetime) -> bool:
    """Make the round if the last one is a day old; return whether it was made."""
    with bot.database.write() as connection:
        last = events.last_beat(connection, BEAT)
        if last is not None and now - last < ONE_DAY:
            return False
        events.beat(connection, BEAT, now)
        for key in inbox.waiting_since(connection, now - bot.policy.link_life):
            inbox.park(connection, key, "not confirmed by its sender", now)
            events.record(connection, "parked", CLOCK, now, inbox_id=key)
        parked = inbox.entries(connection, State.PARKED, since=last or now - ONE_DAY)
        if parked:
            listing = "\n".join(
                f"{e.id}  {e.received_at:%Y-%m-%d %H:%M} UTC  {e.sender or '?'}  {e.reason}" for e in parked
            )
            post(
                bot,
                connection,
                [Notice(NoticeKind.OPERATOR, Role.OPERATOR, text=listing, facts={"kind": "parked"})],
                now,
            )
        return True

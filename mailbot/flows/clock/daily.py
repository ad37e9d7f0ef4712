"""Once a day: unconfirmed mails are parked, and the operator is told which mails were parked or ignored."""

from datetime import datetime

from mailbot.domain.notices.notice import DailyNotice, Mailbox
from mailbot.domain.ordering.workflow import CLOCK
from mailbot.domain.values.calendar import ONE_DAY
from mailbot.flows.bot import Bot
from mailbot.flows.steps.desk import set_aside
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import View, open_view
from mailbot.flows.write import Work, carry_out, carry_out_each
from mailbot.store import beats, inbox, listing

BEAT = "daily"


def daily_round(bot: Bot, now: datetime) -> bool:
    """Make the round if the last one is a day old; return whether it was made."""
    with open_view(bot, now) as view:
        if not _is_due(view):
            return False
        unconfirmed = inbox.waiting_since(view.connection, now - bot.policy.link_life)
    carry_out_each(bot, now, unconfirmed, _park)
    return carry_out(bot, now, _tell)


def _tell(work: Work) -> bool:
    """Mail the operator the list of mails parked since the last round, and how many were ignored for each reason."""
    if not _is_due(work):
        return False
    since = beats.last_beat(work.connection, BEAT) or work.now - ONE_DAY
    work.put(beats.record_beat, BEAT, work.now)
    parked = listing.parked(work.connection, since)
    ignored = inbox.ignored(work.connection, since)
    if parked or ignored:
        rows = tuple(f"{e.id}  {e.received_at:%Y-%m-%d %H:%M} UTC  {e.sender or '?'}  {e.reason}" for e in parked)
        counts = tuple((count, reason) for reason, count in ignored.items())
        enqueue(work, [DailyNotice(to=Mailbox.OPERATOR, parked=rows, ignored=counts)])
    return True


def _is_due(view: View) -> bool:
    last = view.rely_on(beats.last_beat, BEAT)
    return last is None or view.now - last >= ONE_DAY


def _park(work: Work, inbox_id: int) -> None:
    if work.rely_on(inbox.awaits_confirmation, inbox_id):  # it may have been confirmed since it was listed
        set_aside(work, inbox_id, "not confirmed by its sender", CLOCK)

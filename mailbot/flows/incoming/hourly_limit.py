"""The hourly bounds on orders: one over a bound waits in line and is taken in later (docs/rules/limits.md#k22).

Nothing is parked, no try is counted, and they keep their order. A sender is told at most once an hour.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.domain.notices.notice import NoticeKind, QueuedNotice
from mailbot.domain.people.directory import is_canary
from mailbot.domain.values.text import fold
from mailbot.flows.steps.desk import ProvenDesk
from mailbot.flows.steps.outgoing import enqueue, mailbox
from mailbot.store import inbox, orders, outbox

ONE_HOUR, ONE_MINUTE = timedelta(hours=1), timedelta(minutes=1)
IN_HAND = timedelta(seconds=5)
"""How long the next mail in line waits for a mail before it, because another process may have that one in hand."""
OWN, ALL = "more orders an hour than one person may send", "more orders an hour than all may send"


@dataclass(frozen=True)
class _Place:
    """A place in line: its turn (UTC), why it waits, how many are `ahead`; `before` counts the hour's orders at the
    bound, else 0."""

    due: datetime
    reason: str
    before: int
    ahead: int


def waits(desk: ProvenDesk) -> bool:
    """Let an order over a bound wait, and tell its sender; False if none is reached, or for the doctor and robots."""
    if is_canary(desk.person) or fold(desk.person.address) in desk.bot.robots:
        return False
    place = max(_places(desk), key=lambda place: place.due, default=None)  # if both bounds hold, the later turn counts
    if place is None:
        return False
    desk.work.put(inbox.queue, desk.inbox_id, place.due, place.reason, fold(desk.person.address))
    _tell(desk, place)
    return True


def _places(desk: ProvenDesk) -> Iterator[_Place]:
    """Yield the place in line for each bound that is reached or for which other mails still wait."""
    own, everyone = desk.work.rely_on(inbox.queued_before, desk.inbox_id, fold(desk.person.address), ALL)
    bounds = ((desk.hourly.own, OWN, desk.person.id, own), (desk.hourly.everyone, ALL, None, everyone))
    for most, reason, who, ahead in bounds:
        came = desk.work.rely_on(orders.opened_since, desk.work.now - ONE_HOUR, who) if most else ()
        if most and (ahead or len(came) >= most):
            yield _Place(_turn(came, most, ahead, desk.work.now), reason, len(came) if len(came) >= most else 0, ahead)


def _turn(came: Sequence[datetime], most: int, ahead: int, now: datetime) -> datetime:
    """Return when (UTC, a whole minute) an order behind `ahead` others has room, if an hour takes `most`."""
    taken = deque(came, maxlen=most)
    due = now
    for _ in range(ahead + 1):
        due = _whole_minute(taken[0] + ONE_HOUR) if len(taken) == most else now
        taken.append(max(due, now))
    return max(due, now + IN_HAND)


def _whole_minute(moment: datetime) -> datetime:
    return moment + (datetime.min.replace(tzinfo=moment.tzinfo) - moment) % ONE_MINUTE


def _tell(desk: ProvenDesk, place: _Place) -> None:
    _name, address = mailbox(desk.bot, desk.person)
    if place.due <= desk.work.now + IN_HAND:
        return
    if desk.work.rely_on(outbox.daily_count, NoticeKind.QUEUED, address, desk.work.now - ONE_HOUR):
        return
    same_day = desk.bot.day(place.due) == desk.work.day
    own = place.reason == OWN
    told = QueuedNotice(to=desk.person, at=place.due, own=own, count=place.before, ahead=place.ahead, today=same_day)
    enqueue(desk.work, [told], desk.mail.message_id)

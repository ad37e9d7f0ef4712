"""Sends the reminders that are due: one mail to each person, about all their orders (docs/rules/promises.md#reminders).

First one short Write for each person's mail, then the orders batch by batch: a round that was stopped goes on. Who was
mailed about an order since its reminder was due is not mailed again.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from mailbot.domain.notices.notice import Mailbox, ReminderNotice, UnansweredNotice
from mailbot.domain.notices.who_hears import reminded
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import Change
from mailbot.domain.people.directory import Person
from mailbot.domain.values.calendar import reminders_may_leave
from mailbot.domain.values.order import Order
from mailbot.domain.values.text import grouped
from mailbot.flows.bot import Bot
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import View, open_view, skim
from mailbot.flows.write import Work, carry_out, carry_out_each
from mailbot.store import orders, outbox

LAST_BEFORE_WEEKLY = 3


def remind_due(bot: Bot, now: datetime) -> int:
    """Queue the mails of every reminder that is due, and count the reminders; return how many orders they concern."""
    if not reminders_may_leave(now, bot.policy):
        return 0
    with open_view(bot, now) as view:
        if not orders.any_due_for_reminder(view.connection, now):
            return 0
    changes = _due(bot, now)
    missed: set[int] = set()
    for person, theirs in _by_person(bot, changes, now).items():
        if not carry_out(bot, now, partial(_mail, person=person, theirs=theirs)):
            missed.update(order.id for order in theirs)
    ready = [change.after.id for change in changes if change.after.id not in missed]
    counted: dict[int, bool] = {}

    def count(work: Work, order_id: int) -> None:
        counted[order_id] = _count(work, order_id)

    carry_out_each(bot, now, ready, count)
    return sum(counted.values())


def _due(bot: Bot, now: datetime) -> Sequence[Change]:
    with skim(bot, now) as view:
        changes = [workflow.remind(order, bot.policy, now) for order in orders.due_for_reminder(view.connection, now)]
    return [change for change in changes if isinstance(change, Change)]


def _by_person(bot: Bot, changes: Sequence[Change], now: datetime) -> dict[Person, list[Order]]:
    with open_view(bot, now) as view:
        after = [change.after for change in changes]
        return grouped((person, o) for o in after for person in reminded(o, view.deciders(o)))


def _mail(work: Work, person: Person, theirs: Sequence[Order]) -> bool:
    """Queue one person's mail about the orders that they have not been mailed about; False if one has changed."""
    told = work.rely_on(outbox.reminded, person, theirs)
    waiting = tuple(order for order in theirs if order.id not in told)
    if waiting and not work.rely_on(orders.still_due, waiting, work.now):
        return False  # not counted, so that the next round takes up the orders that still wait
    enqueue(work, [reminder(person, waiting)] if waiting else [])
    return True


def _count(work: Work, order_id: int) -> bool:
    """Count an order's newest reminder and set the time of the next, with an event; tell whether one was due."""
    change = workflow.remind(orders.load(work.connection, order_id), work.policy, work.now)
    if not isinstance(change, Change):
        return False
    apply_change(work, change)
    enqueue(work, _unanswered(work, change))
    return True


def reminder(person: Person, waiting: tuple[Order, ...]) -> ReminderNotice:
    """Return the reminder mail of one person about these orders."""
    return ReminderNotice(to=person, waiting=waiting)


def _unanswered(view: View, change: Change) -> Iterator[UnansweredNotice]:
    """Yield the notices after the third reminder, which the count may jump over, since skipped ones count too."""
    order, before = change.after, change.before.reminders if change.before else 0
    if before < LAST_BEFORE_WEEKLY <= order.reminders:
        requester = view.directory.persons[order.requester]
        yield UnansweredNotice(to=requester, order=order)
        yield UnansweredNotice(to=Mailbox.PURCHASING, order=order)

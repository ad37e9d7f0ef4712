"""Orders that wait: reminders that are due, one mail per person with all of theirs (docs/rules/promises.md#reminders).

A round over many is made in short transactions: first the mails, each made before its own, then the orders, batch by
batch. A round that was stopped goes on where it was: who has been mailed about an order since its reminder was due is
not mailed again, and an order is counted once all of its mails are in the outbox.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain.notices import Mailbox, Notice, NoticeKind, Purpose, Recipient, reminded
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import Change
from mailbot.domain.values.calendar import reminders_may_leave
from mailbot.domain.values.order import Order
from mailbot.domain.values.text import grouped
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.outgoing import apply_change, enqueue, prepare_mail, store_mail
from mailbot.store import orders, outbox

LAST_BEFORE_WEEKLY = 3


def remind_due(bot: Bot, now: datetime) -> int:
    """Queue the mails of every reminder due and count the reminders; return how many orders they concern."""
    if not reminders_may_leave(now, bot.policy):
        return 0
    with bot.database.read() as connection:
        if not orders.any_due_for_reminder(connection, now):
            return 0
    changes = _due(bot, now)
    missed: set[int] = set()
    for person, theirs in _by_person(bot, changes, now).items():
        if not _mailed(bot, person, theirs, now):
            missed.update(order.id for order in theirs)
    counted: list[int] = []
    ready = [change.after.id for change in changes if change.after.id not in missed]
    bot.database.write_each(ready, lambda connection, key: counted.extend(_count(bot, connection, key, now)))
    return len(counted)


def _due(bot: Bot, now: datetime) -> Sequence[Change]:
    """Return what each reminder due would change."""
    with bot.database.glance() as connection:
        changes = [workflow.remind(order, bot.policy, now) for order in orders.due_for_reminder(connection, now)]
    return [change for change in changes if isinstance(change, Change)]


def _by_person(bot: Bot, changes: Sequence[Change], now: datetime) -> dict[Recipient, list[Order]]:
    with bot.database.read() as connection:
        directory = bot.directory(connection)
    after = [change.after for change in changes]
    return grouped((person, o) for o in after for person in reminded(o, directory, bot.policy, bot.day(now)))


def _mailed(bot: Bot, person: Recipient, theirs: Sequence[Order], now: datetime) -> bool:
    """Queue one person's mail about all orders that they have not been mailed of; False when one has changed meanwhile.

    It is made before the transaction that stores it: one about hundreds of orders takes seconds.
    """
    with bot.database.glance() as connection:
        told = outbox.reminded(connection, person, theirs)
        waiting = tuple(order for order in theirs if order.id not in told)
        if not waiting:
            return True
        mail = prepare_mail(bot, connection, reminder(person, waiting), now)
    with bot.database.write() as connection:
        same = orders.still_due(connection, waiting, now) and not outbox.reminded(connection, person, waiting)
        if same:
            store_mail(connection, mail, now)
        return same


def _count(bot: Bot, connection: Connection, order_id: int, now: datetime) -> Iterator[int]:
    """Count an order's newest reminder and set the next, with its event; yield the order if that was due."""
    change = workflow.remind(orders.load(connection, order_id), bot.policy, now)
    if isinstance(change, Change) and apply_change(bot, connection, change, now):
        enqueue(bot, connection, _unanswered(bot, connection, change), now)
        yield order_id


def reminder(person: Recipient, waiting: tuple[Order, ...]) -> Notice:
    """Return the reminder mail of one person about these orders."""
    return Notice(NoticeKind.REMINDER, person, waiting, (Purpose.DECIDE, Purpose.LIST), pending_only=True)


def _unanswered(bot: Bot, connection: Connection, change: Change) -> Iterator[Notice]:
    """After the third reminder, also one skipped, requester and purchasing are told that nobody has answered."""
    order, before = change.after, change.before.reminders if change.before else 0
    if before < LAST_BEFORE_WEEKLY <= order.reminders:
        requester = bot.directory(connection).persons[order.requester]
        yield Notice(NoticeKind.UNANSWERED, requester, (order,), (Purpose.ORDER,))
        yield Notice(NoticeKind.UNANSWERED, Mailbox.PURCHASING, (order,))

"""Orders that wait: reminders that are due, one mail per person with all of theirs (product.md section 6)."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain import workflow
from mailbot.domain.calendar import reminders_may_leave
from mailbot.domain.notices import Notice, NoticeKind, Purpose, Recipient, Role, reminded
from mailbot.domain.order import Order
from mailbot.domain.workflow import Change
from mailbot.flows.bot import Bot
from mailbot.flows.post import carry_out, post
from mailbot.store import orders

LAST_BEFORE_WEEKLY = 3


def remind_due(bot: Bot, now: datetime) -> int:
    """Count every reminder due and queue its mails, all in one transaction; return how many orders they concern.

    The reminder's row, its mail and the next due time are committed together: none is doubled or lost over a restart.
    """
    if not reminders_may_leave(now, bot.policy):
        return 0
    with bot.database.write() as connection:
        counted = list(_counted(bot, connection, now))
        due = [change.after for change in counted]
        post(bot, connection, [*_reminders(bot, connection, due, now), *_unanswered(bot, connection, counted)], now)
        return len(due)


def _counted(bot: Bot, connection: Connection, now: datetime) -> Iterator[Change]:
    for order in orders.due_for_reminder(connection, now):
        change = workflow.remind(order, bot.policy, now)
        if isinstance(change, Change) and carry_out(bot, connection, change, now):
            yield change


def _reminders(bot: Bot, connection: Connection, due: list[Order], now: datetime) -> Iterator[Notice]:
    directory = bot.directory(connection)
    waiting: dict[Recipient, list[Order]] = {}
    for order in due:
        for person in reminded(order, directory, bot.policy, bot.day(now)):
            waiting.setdefault(person, []).append(order)
    for person, theirs in waiting.items():
        yield reminder(person, tuple(theirs))


def reminder(person: Recipient, waiting: tuple[Order, ...]) -> Notice:
    """Return the reminder mail of one person about these orders."""
    return Notice(NoticeKind.REMINDER, person, waiting, (Purpose.DECIDE, Purpose.LIST), pending_only=True)


def _unanswered(bot: Bot, connection: Connection, counted: list[Change]) -> Iterator[Notice]:
    """After the third reminder, also one skipped, requester and purchasing are told that nobody has answered."""
    persons = bot.directory(connection).persons
    for change in counted:
        order, before = change.after, change.before.reminders if change.before else 0
        if before < LAST_BEFORE_WEEKLY <= order.reminders:
            yield Notice(NoticeKind.UNANSWERED, persons[order.requester], (order,), (Purpose.ORDER,))
            yield Notice(NoticeKind.UNANSWERED, Role.PURCHASING, (order,))

"""Decided orders whose undo window is over: each is claimed for leaving by one conditional UPDATE, with its mails."""

from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain.notices import Mailbox, Notice, NoticeKind
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import BOT, Happened, Refusal
from mailbot.domain.values.order import Order
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.outgoing import apply_change, enqueue
from mailbot.store import events, orders


def dispatch_due(bot: Bot, now: datetime) -> int:
    """Let every order leave whose time has come, one transaction each; return how many did."""
    with bot.database.read() as connection:
        due = [order.id for order in orders.due_to_leave(connection, now)]
    return sum(_let_leave(bot, order_id, now) for order_id in due)


def _let_leave(bot: Bot, order_id: int, now: datetime) -> bool:
    with bot.database.write() as connection:
        change = workflow.leave(orders.load(connection, order_id), bot.policy, now)
        if change is Refusal.ONE_PERSON:
            _hold(bot, connection, orders.load(connection, order_id), now)
        return apply_change(bot, connection, change, now) is not None


def _hold(bot: Bot, connection: Connection, order: Order, now: datetime) -> None:
    """Keep an order that one person alone ordered and approved, and alarm once (docs/rules/attest.md#r32)."""
    if events.has(connection, order.id, Happened.HELD, None):
        return
    events.record(connection, Happened.HELD, BOT, now, order_id=order.id)
    enqueue(
        bot, connection, [Notice(NoticeKind.ALARM, to, (order,), happened=Happened.HELD, at=now) for to in Mailbox], now
    )

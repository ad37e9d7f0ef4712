"""Decided orders whose undo window is over: each is claimed for leaving by one conditional UPDATE, with its mails."""

from datetime import datetime

from mailbot.domain import workflow
from mailbot.domain.workflow import Change
from mailbot.flows.bot import Bot
from mailbot.flows.post import carry_out
from mailbot.store import orders


def dispatch_due(bot: Bot, now: datetime) -> int:
    """Let every order leave whose time has come, one transaction each; return how many did."""
    with bot.database.read() as connection:
        due = [order.id for order in orders.due_to_leave(connection, now)]
    return sum(_let_leave(bot, order_id, now) for order_id in due)


def _let_leave(bot: Bot, order_id: int, now: datetime) -> bool:
    with bot.database.write() as connection:
        change = workflow.leave(orders.load(connection, order_id), now)
        return isinstance(change, Change) and carry_out(bot, connection, change, now) is not None

"""Lets decided orders leave once their undo window is over: one conditional UPDATE each, together with its mails."""

from datetime import datetime
from functools import partial

from mailbot.domain.notices.notice import ALARMED, AlarmNotice
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.events import OrderNote
from mailbot.domain.ordering.workflow import BOT, Happened, Refusal
from mailbot.domain.values.order import Order
from mailbot.flows.bot import Bot
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import open_view
from mailbot.flows.write import Work, carry_out
from mailbot.store import events, orders


def dispatch_due(bot: Bot, now: datetime) -> int:
    """Let every order leave that is due, each in its own Write; return how many have left."""
    with open_view(bot, now) as view:
        due = [order.id for order in orders.due_to_leave(view.connection, now)]
    return sum(carry_out(bot, now, partial(_let_leave, order_id=order_id)) for order_id in due)


def _let_leave(work: Work, order_id: int) -> bool:
    order = orders.load(work.connection, order_id)
    change = workflow.leave(order, work.policy, work.now)
    if change is Refusal.ONE_PERSON:
        _hold(work, order)
    return apply_change(work, change) is not None


def _hold(work: Work, order: Order) -> None:
    """Keep back an order that one person both ordered and approved, and alarm once (docs/rules/attest.md#r32)."""
    if work.rely_on(events.has, order.id, Happened.HELD, None):
        return
    work.record(OrderNote(what=Happened.HELD), BOT, order_id=order.id)
    enqueue(work, [AlarmNotice(to=to, order=order, happened=Happened.HELD, at=work.now) for to in ALARMED])

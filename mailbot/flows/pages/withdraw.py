"""A press on a requester's page: withdraw the order, or say that the order was never theirs."""

from datetime import datetime

from mailbot.domain.notices.notice import ALARMED, AlarmNotice, Purpose
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.events import OrderStep
from mailbot.domain.ordering.workflow import BY_LINK, Actor, Change, Happened, Refusal
from mailbot.flows.bot import Bot
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.open_link import LinkRefusal, open_requester
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.write import Work, carry_out
from mailbot.store import events, orders

WithdrawOutcome = Change | Refusal | LinkRefusal


def withdraw(bot: Bot, purpose: Purpose, token: str, now: datetime) -> WithdrawOutcome:
    """Withdraw an order; from a "not mine" link also alarm purchasing and the operator, even if it has left."""
    return carry_out(bot, now, lambda work: _withdraw(work, purpose, token))


def _withdraw(work: Work, purpose: Purpose, token: str) -> WithdrawOutcome:
    link = open_requester(work, purpose, token)
    if isinstance(link, LinkRefusal):
        return link
    order = orders.load(work.connection, link.order)
    disowned = purpose is Purpose.DISOWN
    actor = Actor(link.person, BY_LINK)
    change = workflow.withdraw(order, actor, work.now, disowned=disowned)
    apply_change(work, change)
    told = work.rely_on(events.has, order.id, Happened.DISOWNED, link.person, order.created_at)
    if change is Refusal.LEFT and disowned and not told:
        work.record(OrderStep(what=Happened.DISOWNED), actor, order_id=order.id)
        enqueue(work, [AlarmNotice(to=to, order=order, happened=Happened.DISOWNED, at=work.now) for to in ALARMED])
    return change

"""A press on a requester's page: withdraw the order, or say that it was never theirs."""

from datetime import datetime

from mailbot.domain.notices import Mailbox, Notice, NoticeKind, Purpose
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import Actor, Change, Happened, Refusal
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.decide import PROOF, PressOutcome
from mailbot.flows.steps.link_page import LinkRefusal, order_link
from mailbot.flows.steps.outgoing import apply_change, enqueue
from mailbot.store import events, orders


def withdraw(bot: Bot, purpose: Purpose, token: str, now: datetime) -> PressOutcome:
    """Withdraw an order from its requester's link; from a "not mine" link it also alarms purchasing and operator."""
    with bot.database.write() as connection:
        link = order_link(bot, connection, purpose, token, now)
        if isinstance(link, LinkRefusal):
            return link
        order = orders.load(connection, link.order)
        disowned = purpose is Purpose.DISOWN
        actor = Actor(link.person, PROOF)
        change = workflow.withdraw(order, actor, now, disowned=disowned)
        if isinstance(change, Change) and not apply_change(bot, connection, change, now):
            change = Refusal.LEFT
        told = events.has(connection, order.id, Happened.DISOWNED, link.person, order.created_at)
        if change is Refusal.LEFT and disowned and not told:
            events.record(connection, Happened.DISOWNED, actor, now, order_id=order.id)
            alarms = [Notice(NoticeKind.ALARM, to, (order,), happened=Happened.DISOWNED, at=now) for to in Mailbox]
            enqueue(bot, connection, alarms, now)
        return change

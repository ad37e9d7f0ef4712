"""A mail that did not reach its reader, refused by the relay or bounced later: what that means for its orders."""

from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain.notices import Mailbox, Notice, NoticeKind, Purpose
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import RELAY, Happened
from mailbot.domain.people.rights import matter_of, others_than
from mailbot.domain.values.order import Order, Status
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.outgoing import apply_change, enqueue
from mailbot.store import events, orders, outbox
from mailbot.store.outbox import Mail


def undelivered(bot: Bot, connection: Connection, mail: Mail, reason: str, now: datetime) -> None:
    """Take note of a mail that was lost, and tell the operator."""
    noted(bot, connection, mail, reason, now)
    tell_operator(bot, connection, mail, reason, now)


def noted(bot: Bot, connection: Connection, mail: Mail, reason: str, now: datetime) -> None:
    """Move a dispatch to purchasing; show any other failure on its orders, and ask others for an approver."""
    for key, _step in mail.about:
        order = orders.load(connection, key)
        if mail.dispatch:
            apply_change(bot, connection, workflow.not_delivered(order, reason, now), now)
        else:
            payload = {"kind": mail.kind, "to": mail.mail_to, "reason": reason}
            events.record(connection, Happened.MAIL_FAILED, RELAY, now, order_id=key, payload=payload)
        if mail.kind == NoticeKind.REQUEST and order.status is Status.PENDING and mail.person == order.approver:
            ask_the_others(bot, connection, order, now)


def tell_operator(bot: Bot, connection: Connection, mail: Mail, reason: str, now: datetime) -> tuple[int, ...]:
    """Tell the operator of a mail that was lost, unless it was theirs; return the notice's id in the outbox."""
    if mail.mail_to == bot.addresses.operator:
        return ()
    facts = {"to": mail.mail_to, "kind": mail.kind}
    return enqueue(bot, connection, [Notice(NoticeKind.OPERATOR, Mailbox.OPERATOR, text=reason, facts=facts)], now)


def ask_the_others(bot: Bot, connection: Connection, order: Order, now: datetime) -> None:
    """Ask the others who may decide, once a step: the chosen approver cannot be reached
    (docs/rules/promises.md#bounced)."""
    told = outbox.told(connection, NoticeKind.REQUEST, order.id, order.step) | {order.approver}
    matter = matter_of(order, bot.policy, bot.day(now))
    others = [p for p in others_than(order.approver, matter, bot.directory(connection), bot.policy) if p.id not in told]
    links = (Purpose.DECIDE, Purpose.LIST)
    notices = [Notice(NoticeKind.REQUEST, p, (order,), links, at=now, pending_only=True) for p in others]
    enqueue(bot, connection, notices, now)

"""A mail of ours was refused by the relay or bounced: what that means for its orders, and who is told."""

from mailbot.domain.notices.notice import LostMailNotice, Mailbox, NoticeKind, RequestNotice
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.events import MailTrouble
from mailbot.domain.ordering.workflow import RELAY, Happened
from mailbot.domain.values.order import Order, Status
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.write import Work
from mailbot.store import orders, outbox
from mailbot.store.outbox import Mail


def undelivered(work: Work, mail: Mail, reason: str) -> None:
    """Record that a mail was lost, and tell the operator."""
    noted(work, mail, reason)
    tell_operator(work, mail, reason)


def noted(work: Work, mail: Mail, reason: str) -> None:
    """Record on each order that a mail was lost. A dispatch goes to purchasing; for a request others are asked."""
    for key, _step in mail.about:
        order = orders.load(work.connection, key)
        if mail.dispatch:
            apply_change(work, workflow.not_delivered(order, reason, work.now))
        else:
            failed = MailTrouble(what=Happened.MAIL_FAILED, kind=mail.kind, to=mail.mail_to, reason=reason)
            work.record(failed, RELAY, order_id=key)
        if mail.kind == NoticeKind.REQUEST and order.status is Status.PENDING and mail.person == order.approver:
            ask_the_others(work, order)


def tell_operator(work: Work, mail: Mail, reason: str) -> tuple[str, ...]:
    """Tell the operator of a mail that was lost, unless it went to the operator; return the notice's Message-ID."""
    if mail.mail_to == work.bot.addresses.operator:
        return ()
    return enqueue(work, [LostMailNotice(to=Mailbox.OPERATOR, address=mail.mail_to, lost=mail.kind, reason=reason)])


def ask_the_others(work: Work, order: Order) -> None:
    """Ask the others who may decide, once a step: the chosen is out of reach (docs/rules/promises.md#bounced)."""
    told = work.rely_on(outbox.told, NoticeKind.REQUEST, order.id, order.step) | {order.approver}
    others = [p for p in work.deciders(order).others_than(order.approver) if p.id not in told]
    enqueue(work, [RequestNotice(to=person, order=order) for person in others])

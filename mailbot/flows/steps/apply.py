"""Carries out a change: the order, its event, and every mail that the change calls for, all in one Write."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.domain.notices.notice import ReceiptNotice
from mailbot.domain.notices.who_hears import notices_for
from mailbot.domain.ordering.workflow import Change, Refusal
from mailbot.domain.values.order import AttachedFile, Order
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.write import Work
from mailbot.store import events, files, inbox, orders


@dataclass(frozen=True)
class Cause:
    """The mail that asked for a change, with its files; `earlier` is the mail that began its draft, if any."""

    inbox_id: int
    message_id: str
    files: Sequence[AttachedFile] = ()
    earlier: int | None = None


def apply_change(work: Work, change: Change | Refusal, cause: Cause | None = None) -> Order | None:
    """Have a change made, with its event and mails; return the changed order, None for a refusal.

    If another change comes first, the whole work is done once more.
    """
    if isinstance(change, Refusal):
        return None
    inbox_id, order = cause.inbox_id if cause else None, change.after
    if change.before is None:
        work.put(orders.add, order, inbox_id)
    else:
        work.put_if(orders.apply, change, inbox_id)  # of two changes that race, one must lose
    work.changed.add(order.id)
    if cause is not None:
        _join(work, cause, order)
    work.put(events.record_change, change, order.id, inbox_id)
    for notice in notices_for(change, work.deciders(order)):
        answers = cause.message_id if cause and isinstance(notice, ReceiptNotice) else ""
        enqueue(work, [notice], answers)
    return order


def _join(work: Work, cause: Cause, order: Order) -> None:
    """Let mails become part of an order, so that the mails made in this work name the files that came with them."""
    for mail in (cause.inbox_id, cause.earlier):
        if mail is not None:
            work.put(inbox.belongs_to, mail, order.id)
    earlier = files.of_mail(work.connection, cause.earlier) if cause.earlier is not None else ()
    known = {(f.mail, f.number): f for f in (*files.of_order(work.connection, order.id), *earlier, *cause.files)}
    work.files[order.id] = [known[place] for place in sorted(known)]

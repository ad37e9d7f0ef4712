"""Rights change or end: pending orders go to those who may decide them now (docs/rules/promises.md#ends)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from mailbot.domain.notices.notice import NoticeKind
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.events import RightEnded, RightTerms
from mailbot.domain.ordering.workflow import Actor
from mailbot.domain.people.directory import Directory, Right
from mailbot.domain.people.proposal import Proposal
from mailbot.domain.values.order import Order
from mailbot.flows.bot import Bot
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.view import View, skim
from mailbot.flows.write import Work, carry_out
from mailbot.store import directory as people
from mailbot.store import orders, outbox


def rights_changed(work: Work, units: Iterable[str]) -> int:
    """Move the pending orders of these units and those below that nobody asked may decide; return how many.

    With a table of own costs all units are searched. An order that nobody could decide moves once somebody can. A
    second call does no harm.
    """
    directory = work.directory
    places = tuple(directory.units) if work.policy.own_costs else tuple(_and_below(units, directory))
    return sum(move_on(work, order) for order in orders.pending_in(work.connection, places))


def move_waiting(bot: Bot, now: datetime) -> int:
    """Move every pending order that waits for nobody who may decide, each in its own Write; return how many."""
    with skim(bot, now) as view:
        waiting = (orders.load(view.connection, key) for key in orders.pending_ids(view.connection))
        found = [order.id for order in waiting if _waits_in_vain(view, order)]

    def move_one(work: Work, key: int) -> bool:
        return move_on(work, orders.load(work.connection, key))

    return sum(carry_out(bot, now, partial(move_one, key=key)) for key in found)


def move_on(work: Work, order: Order) -> bool:
    """Move the order if it waits for nobody who may decide; tell whether it was moved."""
    in_vain = _waits_in_vain(work, order)
    return in_vain and apply_change(work, workflow.move(order, work.policy, work.now)) is not None


def _and_below(units: Iterable[str], directory: Directory) -> Iterator[str]:
    changed = set(units)
    return (u for u in directory.units if changed.intersection(directory.path(u)))


def _waits_in_vain(view: View, order: Order) -> bool:
    """Tell whether nobody asked in this step may decide; if none could be, whether somebody can be now."""
    able = {p.id for p in view.deciders(order).persons}
    if outbox.made(view.connection, NoticeKind.NOBODY_MAY, order.id, order.step):
        return bool(able)
    asked = outbox.told(view.connection, NoticeKind.REQUEST, order.id, order.step)
    return not able & (asked or {order.approver})  # an undo opens a step without asking anybody anew


def end_each(work: Work, proposal: Proposal, actor: Actor, inbox_id: int) -> None:
    """Have the rights ended that a proposal ends, each with its event; the rest of this work counts them as ended."""
    over: list[Right] = []
    for ending in proposal.endings:
        right, last = ending.right, ending.last
        if last is None:
            work.put(people.end_right, right.id, work.now)
        else:
            work.put(people.shorten_right, right.id, last)
        over.append(replace(right, valid_to=last) if last else replace(right, ended_at=right.ended_at or work.now))
        work.record(RightEnded(right=RightTerms.of(right), last=last), actor, inbox_id=inbox_id)
    work.ahead = work.directory.with_rights(over)

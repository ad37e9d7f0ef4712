"""A press on a requester's page of an order that waits: nudge who is asked, or choose another approver."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import BY_LINK, Act, Actor, Change, Happened, Refusal
from mailbot.domain.values.calendar import ONE_DAY
from mailbot.domain.values.order import Field, Order
from mailbot.flows.bot import Bot
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.open_link import LinkRefusal, RequesterLink, open_requester
from mailbot.flows.write import Work, carry_out
from mailbot.store import events, orders


class FollowAction(StrEnum):
    """The buttons that ask for a decision: of who is asked already, or of another approver."""

    NUDGE = "nudge"
    CHOOSE = "choose"


def follow(bot: Bot, token: str, action: FollowAction, to: int | None, now: datetime) -> Change | Refusal | LinkRefusal:
    """Carry out the press; `to` is the approver chosen. A nudge is mailed once a day."""
    return carry_out(bot, now, lambda work: _follow(work, token, action, to))


def _follow(work: Work, token: str, action: FollowAction, to: int | None) -> Change | Refusal | LinkRefusal:
    link = open_requester(work, Purpose.ORDER, token)
    if isinstance(link, LinkRefusal):
        return link
    order = orders.load(work.connection, link.order)
    change = _nudged(work, order, link) if action is FollowAction.NUDGE else _chosen(work, order, link, to)
    apply_change(work, change)
    return change


def _nudged(work: Work, order: Order, link: RequesterLink) -> Change | Refusal:
    if work.rely_on(events.has, order.id, Happened.NUDGED, link.person, work.now - ONE_DAY):
        return Refusal.NUDGED_TODAY
    if not work.deciders(order).asked(order.approver):
        return Refusal.NOBODY_ASKED
    return workflow.nudge(order, Actor(link.person, BY_LINK), work.now)


def _chosen(work: Work, order: Order, link: RequesterLink, to: int | None) -> Change | Refusal:
    """Correct the order, so that it names another approver: one of those whom the page offers."""
    offered = work.deciders(order).askable(order.approver)
    chosen = next((person for person in offered if person.id == to), None)
    if chosen is None or order.decision is not None:
        return Refusal.NOT_PENDING
    content = replace(order.content, approver=chosen.id)
    form = replace(order.form, fields={**order.form.fields, Field.APPROVER: chosen.address})
    return workflow.correct(order, content, form, Act(Actor(link.person, BY_LINK), work.policy, work.now))

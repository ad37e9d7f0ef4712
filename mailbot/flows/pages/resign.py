"""“I no longer hold this right”: approvers give up their rights in a unit (docs/rules/attest.md#r29)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mailbot.domain.notices.notice import Mailbox, Recipient, ResignedNotice
from mailbot.domain.ordering.events import RightReturned
from mailbot.domain.ordering.workflow import BY_LINK, Actor
from mailbot.domain.people.directory import DECIDING, Right, Unit
from mailbot.domain.people.rights import Authority
from mailbot.domain.people.step_up import StepUp, guards_rights
from mailbot.domain.values.order import Order
from mailbot.flows.bot import Bot
from mailbot.flows.steps.link_page import OrderPage, show
from mailbot.flows.steps.open_link import DecideLink, LinkRefusal, open_as
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.steps.rights_changed import rights_changed
from mailbot.flows.steps.step_up import NOBODY, RESIGN, Caller, CodeAsked, NoMoreCodes, OtherLogin, ask, other_login
from mailbot.flows.view import View, open_view
from mailbot.flows.write import Work, carry_out
from mailbot.store import directory as people
from mailbot.store import orders
from mailbot.store.codes import HeldPress


@dataclass(frozen=True)
class HeldRights:
    """The rights by which a person may decide an order, all in one unit."""

    unit: Unit
    rights: Sequence[Right]


class ResignOutcome(StrEnum):
    """What became of the press."""

    ENDED = "ended"
    NOTHING_HELD = "nothing_held"
    OTHER_UNIT = "other_unit"


def see_resign(bot: Bot, token: str, now: datetime) -> tuple[OrderPage, HeldRights] | LinkRefusal:
    """Return what the page shows that asks once more: the order that the visitor came from, and the rights to end."""
    with open_view(bot, now) as view:
        link = open_as(view, token, DecideLink)
        if isinstance(link, LinkRefusal):
            return link
        order = orders.load(view.connection, link.order)
        return show(view, link), held(view, order, link.person)


def held(view: View, order: Order, person: int) -> HeldRights:
    """Return the rights by which the person may decide the order, later ones too: those would bring it back."""
    directory, day = view.directory, view.day
    by = view.deciders(order).authority(directory.persons[person])
    unit = by.right.unit if isinstance(by, Authority) else order.content.unit
    own = [r for r in directory.rights_of(person) if r.kind in DECIDING and r.unit == unit and r.lasts(day)]
    return HeldRights(directory.units[unit], own)


def resign(
    bot: Bot, token: str, unit: str, now: datetime, caller: Caller = NOBODY
) -> ResignOutcome | LinkRefusal | CodeAsked | NoMoreCodes | OtherLogin:
    """End the rights by which the person may decide the link's order, if they are in the unit that the page showed.

    Orders that wait there go to others; person, head and purchasing are told. It needs a step-up where any decision
    may.
    """
    return carry_out(bot, now, lambda work: _resign(work, token, unit, caller))


def _resign(
    work: Work, token: str, unit: str, caller: Caller
) -> ResignOutcome | LinkRefusal | CodeAsked | NoMoreCodes | OtherLogin:
    link = open_as(work, token, DecideLink)
    if isinstance(link, LinkRefusal):
        return link
    if other := other_login(work, link.person, caller):
        return other
    order = orders.load(work.connection, link.order)
    found = held(work, order, link.person)
    if not found.rights:
        return ResignOutcome.NOTHING_HELD
    if found.unit.id != unit:
        return ResignOutcome.OTHER_UNIT
    if guards_rights(order.content, work.policy) and not caller.login:
        pressed = HeldPress(link.person, order.id, order.step, order.version, RESIGN, unit, "")
        return ask(work, order, pressed, replace(caller, root=link.root))
    return end(work, found, Actor(link.person, StepUp.LOGIN if caller.login else BY_LINK))


def end(work: Work, found: HeldRights, actor: Actor) -> ResignOutcome:
    """End these rights, which are the actor's own."""
    unit, directory = found.unit, work.directory
    person = directory.persons[actor.person or 0]
    for right in found.rights:
        work.put(people.end_right, right.id, work.now)
        work.record(RightReturned(right=right.id, unit=unit.id), actor)
    work.ahead = directory.with_rights([replace(right, ended_at=work.now) for right in found.rights])
    told: list[Recipient] = [person, Mailbox.PURCHASING, work.bot.finance]
    told += [directory.persons[unit.head]] if unit.head is not None and unit.head != person.id else []
    enqueue(work, [ResignedNotice(to=to, person=person, unit=unit) for to in dict.fromkeys(told)])
    rights_changed(work, [unit.id])
    return ResignOutcome.ENDED

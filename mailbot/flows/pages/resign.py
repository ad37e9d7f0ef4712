"""“I no longer hold this right”: an approver hands the own right in a unit back from the page
(docs/rules/attest.md#r29)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from mailbot.domain.notices import Mailbox, Notice, NoticeKind, Purpose, Recipient
from mailbot.domain.ordering.workflow import Actor
from mailbot.domain.people.directory import Right, RightKind, Unit
from mailbot.domain.people.rights import Authority, may_decide
from mailbot.domain.people.step_up import StepUp, guards_rights
from mailbot.domain.values.order import Order
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.decide import PROOF
from mailbot.flows.steps.link_page import LinkPage, LinkRefusal, order_link, show
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.steps.rights_changed import rights_changed
from mailbot.flows.steps.step_up import NOBODY, RESIGN, Caller, CodeAsked, NoMoreCodes, OtherLogin, ask, other_login
from mailbot.store import directory as people
from mailbot.store import events, orders
from mailbot.store.codes import HeldPress


@dataclass(frozen=True)
class HeldRights:
    """The rights by which a person may decide an order, and the one unit that they are in."""

    unit: Unit
    rights: Sequence[Right]


class ResignOutcome(StrEnum):
    """What came of the press."""

    ENDED = "ended"
    NOTHING_HELD = "nothing_held"
    OTHER_UNIT = "other_unit"


def see_resign(bot: Bot, token: str, now: datetime) -> tuple[LinkPage, HeldRights] | LinkRefusal:
    """Return what the page that asks once more shows: the order it was on, and what a press there ends."""
    with bot.database.read() as connection:
        link = order_link(bot, connection, Purpose.DECIDE, token, now)
        if isinstance(link, LinkRefusal):
            return link
        order = orders.load(connection, link.order)
        return show(bot, connection, link, now), held(bot, connection, order, link.person, now)


def held(bot: Bot, connection: Connection, order: Order, person: int, now: datetime) -> HeldRights:
    """Return the rights by which the person may decide the order: in its unit, or the one that makes them a superior.

    Rights to begin later are among them: one would undo what was said.
    """
    directory, day = bot.directory(connection), bot.day(now)
    by = may_decide(order, directory.persons[person], directory, bot.policy, day)
    unit = by.right.unit if isinstance(by, Authority) else order.content.unit
    own = [r for r in directory.rights_in(unit, RightKind.ORDER) if r.person == person and r.lasts(day)]
    return HeldRights(directory.units[unit], own)


def resign(
    bot: Bot, token: str, unit: str, now: datetime, caller: Caller = NOBODY
) -> ResignOutcome | LinkRefusal | CodeAsked | NoMoreCodes | OtherLogin:
    """End the rights by which the person may decide the link's order, if they are in the unit that the page showed.

    What waits for the person there goes at once to others; the person, the head and purchasing are told. Where a
    decision may need more than the link, this does too: it bears on orders of every sum.
    """
    with bot.database.write() as connection:
        link = order_link(bot, connection, Purpose.DECIDE, token, now)
        if isinstance(link, LinkRefusal):
            return link
        if other := other_login(bot, connection, link.person, caller):
            return other
        order = orders.load(connection, link.order)
        found = held(bot, connection, order, link.person, now)
        if not found.rights:
            return ResignOutcome.NOTHING_HELD
        if found.unit.id != unit:
            return ResignOutcome.OTHER_UNIT
        if guards_rights(order.content, bot.policy) and not caller.login:
            pressed = HeldPress(link.person, order.id, order.step, order.version, RESIGN, unit, "")
            return ask(bot, connection, order, pressed, replace(caller, root=link.root), now)
        return end(bot, connection, found, Actor(link.person, StepUp.LOGIN if caller.login else PROOF), now)


def end(bot: Bot, connection: Connection, found: HeldRights, actor: Actor, now: datetime) -> ResignOutcome:
    """End these rights of the actor's own."""
    unit, directory = found.unit, bot.directory(connection)
    person = directory.persons[actor.person or 0]
    for right in found.rights:
        people.end_right(connection, right.id, now)
        payload = {"right": str(right.id), "unit": unit.id}
        events.record(connection, "right_returned", actor, now, payload=payload)
    told: list[Recipient] = [person, Mailbox.PURCHASING]
    told += [directory.persons[unit.head]] if unit.head is not None and unit.head != person.id else []
    facts = {"unit": unit.id, "person": str(person.id)}
    enqueue(bot, connection, [Notice(NoticeKind.RESIGNED, to, facts=facts) for to in told], now)
    rights_changed(bot, connection, [unit.id], now)
    return ResignOutcome.ENDED

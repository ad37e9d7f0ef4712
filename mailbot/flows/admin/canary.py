"""The doctor's canary: its unit for one run, orders to attack, and an end that leaves nothing open behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from mailbot.domain.notices import Purpose
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import Actor, Change, NewOrder, Verdict
from mailbot.domain.people import canary as rules
from mailbot.domain.people.directory import CANARY_SUPPLIER, CANARY_UNIT
from mailbot.domain.people.rights import Authority, may_decide
from mailbot.domain.trust.envelope import RawMail
from mailbot.domain.trust.senders import Proof
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Destination, Form, Line, Order, Route, Vat
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.decide import PROOF
from mailbot.flows.steps.outgoing import LinkTarget, apply_change, new_link
from mailbot.store import canary, events, orders
from mailbot.store.canary import CanaryPeople
from mailbot.store.orders import new_reference

FOR_LONG = timedelta(days=1000)
"""The undo window of the order that is attacked while decided: it must not leave meanwhile by itself."""


@dataclass(frozen=True)
class Exposed:
    """Two orders to attack, one that waits and one decided, and links of every purpose to them by what they do."""

    waiting: Order
    links: Mapping[str, str]


def open_unit(bot: Bot, now: datetime) -> CanaryPeople:
    """Let the canary's unit take orders, from one secret address; what an earlier run left open is closed first."""
    close_unit(bot, now)
    with bot.database.write() as connection:
        return canary.open_unit(connection, bot.addresses.operator, new_reference(), now)


def close_unit(bot: Bot, now: datetime) -> None:
    """Withdraw every canary order that is open, and shut the unit for everyone."""
    with bot.database.write() as connection:
        for key in canary.unfinished(connection):
            order = orders.load(connection, key)
            apply_change(bot, connection, workflow.withdraw(order, Actor(order.requester, PROOF), now), now)
        canary.close_unit(connection, new_reference(), now)


def expose(bot: Bot, cast: CanaryPeople, now: datetime) -> Exposed:
    """Make one order that waits and one that is approved, both unknown to everyone, and links to them."""
    with bot.database.write() as connection:
        waiting, decided = (_opened(bot, connection, cast, now) for _ in range(2))
        decided = _approved(bot, connection, cast, decided, now)
        raw = f"From: {cast.address}\r\nSubject: canary\r\n\r\n".encode()
        mail = RawMail(raw, cast.address, (bot.addresses.bot,), "", canary.VIA, now)
        inbox = canary.add_waiting(connection, mail)
        persons = bot.directory(connection).persons
        approver, requester = persons[cast.approver], persons[cast.requester]
        targets = {
            "decide an order": LinkTarget(Purpose.DECIDE, approver, waiting),
            "list what waits": LinkTarget(Purpose.LIST, approver),
            "withdraw an order": LinkTarget(Purpose.ORDER, requester, waiting),
            "disown an order": LinkTarget(Purpose.DISOWN, requester, waiting),
            "confirm a mail": LinkTarget(Purpose.CONFIRM, requester, inbox=inbox),
            "undo a decision": LinkTarget(Purpose.DECIDE, approver, decided),
            "disown a decision": LinkTarget(Purpose.NOT_ME, approver, decided),
        }
        return Exposed(waiting, {name: new_link(bot, connection, to, now) for name, to in targets.items()})


def _opened(bot: Bot, connection: Connection, cast: CanaryPeople, now: datetime) -> Order:
    line = Line("canary", Decimal(1), Money(Decimal(1)))
    content = Content(
        CANARY_UNIT, cast.approver, CANARY_SUPPLIER, cast.supplier, (line,), "SEK", Vat(included=False), None, {}
    )
    number = orders.next_number(connection, rules.PREFIX, bot.day(now).year)
    request = NewOrder(number, new_reference(), content, Form())
    change = workflow.open_order(
        request, cast.requester, Actor(cast.requester, Proof.CONFIRMATION_LINK), bot.policy, now
    )
    change = replace(change, after=orders.add(connection, change.after, None))
    events.record_change(connection, change, change.after.id)
    return change.after


def _approved(bot: Bot, connection: Connection, cast: CanaryPeople, order: Order, now: datetime) -> Order:
    directory = bot.directory(connection)
    approver = directory.persons[cast.approver]
    authority = may_decide(order, approver, directory, bot.policy, bot.day(now))
    verdict = Verdict(approved=True, comment="", version=order.version, route=Route(Destination.SUPPLIER, ()))
    policy = replace(bot.policy, undo_window=FOR_LONG)
    if not isinstance(authority, Authority):
        message = f"the canary's approver may not decide: {authority}"
        raise RuntimeError(message)
    change = workflow.decide(order, authority, verdict, Actor(approver.id, PROOF), policy, now)
    if not isinstance(change, Change) or not orders.apply(connection, change):
        message = "an order just opened could not be decided"
        raise RuntimeError(message)
    events.record_change(connection, change, order.id)
    return change.after

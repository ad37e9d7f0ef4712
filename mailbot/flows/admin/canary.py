"""The doctor's canary: its unit is opened for one run, gets orders to attack, and is closed with nothing left open."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import BY_LINK, Act, Actor, Change, NewOrder, Verdict
from mailbot.domain.people import canary as rules
from mailbot.domain.people.directory import CANARY_SUPPLIER, CANARY_UNIT
from mailbot.domain.people.rights import Authority
from mailbot.domain.trust.envelope import RawMail
from mailbot.domain.trust.senders import Proof
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Destination, Form, Line, Order, Route, Vat
from mailbot.flows.bot import Bot
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.new_link import LinkTarget, new_link
from mailbot.flows.view import open_view
from mailbot.flows.write import Work, carry_out, carry_out_each
from mailbot.store import canary, events, orders
from mailbot.store.canary import CanaryPeople
from mailbot.store.orders import new_reference

FOR_LONG = timedelta(days=1000)
"""The undo window of the decided order that is attacked: so long that the order cannot leave during the attack."""


@dataclass(frozen=True)
class Exposed:
    """What there is to attack: a waiting order, and links of every purpose to it and to a decided one."""

    waiting: Order
    links: Mapping[str, str]


def open_unit(bot: Bot, now: datetime) -> CanaryPeople:
    """Let the canary's unit take orders from one secret address; first close what an earlier run left open."""
    close_unit(bot, now)
    with bot.database.write() as connection:
        return canary.open_unit(connection, bot.addresses.operator, new_reference(), now)


def close_unit(bot: Bot, now: datetime) -> None:
    """Withdraw every open canary order, and close the unit for everyone."""
    with open_view(bot, now) as view:
        unfinished = canary.unfinished(view.connection)
    carry_out_each(bot, now, unfinished, _withdraw)
    with bot.database.write() as connection:
        canary.close_unit(connection, new_reference(), now)


def _withdraw(work: Work, order_id: int) -> None:
    order = orders.load(work.connection, order_id)
    apply_change(work, workflow.withdraw(order, Actor(order.requester, BY_LINK), work.now))


def expose(bot: Bot, cast: CanaryPeople, now: datetime) -> Exposed:
    """Make one order that waits and one that is approved, and links to them; nobody is told of either order."""
    raw = f"From: {cast.address}\r\nSubject: canary\r\n\r\n".encode()
    with bot.database.write() as connection:
        inbox = canary.add_waiting(connection, RawMail(raw, cast.address, (bot.addresses.bot,), "", canary.VIA, now))
    return carry_out(bot, now, lambda work: _exposed(work, cast, inbox))


def _exposed(work: Work, cast: CanaryPeople, inbox: int) -> Exposed:
    waiting, decided = _opened(work, cast), _approved(work, cast, _opened(work, cast))
    persons = work.directory.persons
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
    return Exposed(waiting, {name: new_link(work, to) for name, to in targets.items()})


def _opened(work: Work, cast: CanaryPeople) -> Order:
    line = Line("canary", Decimal(1), Money(Decimal(1)))
    content = Content(
        CANARY_UNIT, cast.approver, CANARY_SUPPLIER, cast.supplier, (line,), "SEK", Vat(included=False), None, {}
    )
    key, number = work.bot.numbers.take_order(f"{rules.PREFIX}-{work.day.year}")
    request, actor = (
        NewOrder(key, number, new_reference(), content, Form()),
        Actor(cast.requester, Proof.CONFIRMATION_LINK),
    )
    change = workflow.open_order(request, cast.requester, Act(actor, work.policy, work.now))
    # Stored without `apply_change`, which would mail the approver.
    work.put(orders.add, change.after, None)
    work.put(events.record_change, change, change.after.id)
    return change.after


def _approved(work: Work, cast: CanaryPeople, order: Order) -> Order:
    approver = work.directory.persons[cast.approver]
    authority = work.deciders(order).authority(approver)
    verdict = Verdict(approved=True, comment="", version=order.version, route=Route(Destination.SUPPLIER, ()))
    policy = replace(work.policy, undo_window=FOR_LONG)
    if not isinstance(authority, Authority):
        raise RuntimeError(f"the canary's approver may not decide: {authority}")
    change = workflow.decide(order, authority, verdict, Act(Actor(approver.id, BY_LINK), policy, work.now))
    if not isinstance(change, Change):
        raise RuntimeError("an order just opened could not be decided")
    work.put_if(orders.apply, change)
    work.put(events.record_change, change, order.id)
    return change.after

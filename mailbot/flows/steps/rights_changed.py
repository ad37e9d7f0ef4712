"""Rights have changed, or end here: pending orders go at once to who may decide them now
(docs/rules/promises.md#ends)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain.notices import NoticeKind
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import Actor
from mailbot.domain.people.directory import Directory, Right
from mailbot.domain.people.proposal import Ending, Proposal
from mailbot.domain.people.rights import able_persons
from mailbot.domain.values.order import Order
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.outgoing import apply_change
from mailbot.store import directory as people
from mailbot.store import events, orders, outbox


def rights_changed(bot: Bot, connection: Connection, units: Iterable[str], now: datetime) -> int:
    """Move the pending orders of these units and below that wait for nobody who may decide; return how many.

    Where a table of own costs leads across the tree, all units are looked at.
    Those that nobody could decide are moved too once somebody can. Others are left alone, so that it may be asked as
    often as one likes.
    """
    directory = bot.directory(connection)
    places = tuple(directory.units) if bot.policy.own_costs else tuple(_and_below(units, directory))
    return sum(_moved(bot, connection, order, now) for order in orders.pending_in(connection, places))


def move_waiting(bot: Bot, now: datetime) -> int:
    """Move every pending order that waits for nobody who may decide, each in a transaction of its own."""
    with bot.database.glance() as connection:
        waiting = (orders.load(connection, key) for key in orders.pending_ids(connection))
        found = [order.id for order in waiting if _waits_in_vain(bot, connection, order, now)]
    moved = 0
    for key in found:
        with bot.database.write() as connection:
            moved += _moved(bot, connection, orders.load(connection, key), now)
    return moved


def _moved(bot: Bot, connection: Connection, order: Order, now: datetime) -> bool:
    """Move an order that waits for nobody who may decide; tell whether it did."""
    in_vain = _waits_in_vain(bot, connection, order, now)
    return in_vain and apply_change(bot, connection, workflow.move(order, bot.policy, now), now) is not None


def _and_below(units: Iterable[str], directory: Directory) -> Iterator[str]:
    changed = set(units)
    return (u for u in directory.units if changed.intersection(directory.path(u)))


def _waits_in_vain(bot: Bot, connection: Connection, order: Order, now: datetime) -> bool:
    """Tell whether none of those asked in this step may decide; where nobody could be asked, whether somebody can."""
    able = {p.id for p in able_persons(order, bot.directory(connection), bot.policy, bot.day(now))}
    if outbox.made(connection, NoticeKind.NOBODY_MAY, order.id, order.step):
        return bool(able)
    asked = outbox.told(connection, NoticeKind.REQUEST, order.id, order.step)
    return not able & (asked or {order.approver})  # a step that an undo opened asks nobody anew


def end_each(connection: Connection, proposal: Proposal, actor: Actor, now: datetime, inbox_id: int) -> None:
    """End what a proposal ends, at once or from its day, each with its event."""
    for ending in proposal.endings:
        if ending.last is None:
            people.end_right(connection, ending.right.id, now)
        else:
            people.shorten_right(connection, ending.right.id, ending.last)
        events.record(connection, "right_ended", actor, now, inbox_id=inbox_id, payload=_of_ending(ending))


def payload_of(right: Right) -> dict[str, str]:
    """Return what an event keeps of a right."""
    return {
        "right": str(right.id),
        "person": str(right.person),
        "unit": right.unit,
        "from": right.valid_from.isoformat(),
        "to": right.valid_to.isoformat() if right.valid_to else "",
        "limit": str(right.limit.amount) if right.limit else "",
        "role": right.role,
        "ground": right.ground,
    }


def _of_ending(ending: Ending) -> dict[str, str]:
    return payload_of(ending.right) | {"last": ending.last.isoformat() if ending.last else ""}

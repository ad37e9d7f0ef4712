"""“I no longer hold this right”: an approver hands the own right in a unit back from the page (rule 29)."""

from datetime import datetime

from mailbot.domain.directory import RightKind
from mailbot.domain.notices import Notice, NoticeKind, Purpose, Recipient, Role
from mailbot.domain.rights import Authority, may_decide
from mailbot.domain.workflow import Actor
from mailbot.flows.bot import Bot
from mailbot.flows.decide import PROOF
from mailbot.flows.post import post
from mailbot.flows.rights_changed import rights_changed
from mailbot.flows.step_up import NOBODY, Caller, OtherLogin, other_login
from mailbot.flows.visit import LinkTrouble, open_link
from mailbot.store import directory as people
from mailbot.store import events, orders


def resign(bot: Bot, token: str, now: datetime, caller: Caller = NOBODY) -> bool | LinkTrouble | OtherLogin:
    """End the rights by which the person may decide the link's order; False where there are none to end.

    They are those in one unit: the order's own, or the one above it that makes them a superior. Rights to begin later
    end too: one would undo what was said. What waits for the person there goes at once to others; the person, the head
    and purchasing are told.
    """
    with bot.database.write() as connection:
        link = open_link(bot, connection, Purpose.DECIDE, token, now)
        if isinstance(link, LinkTrouble) or link.order is None or link.person is None:
            return link if isinstance(link, LinkTrouble) else LinkTrouble.DAMAGED
        if other := other_login(bot, connection, link.person, caller):
            return other
        directory, day, order = bot.directory(connection), bot.day(now), orders.load(connection, link.order)
        by = may_decide(order, directory.persons[link.person], directory, bot.policy, day)
        unit = by.right.unit if isinstance(by, Authority) else order.content.unit
        own = [r for r in directory.rights_in(unit, RightKind.ORDER) if r.person == link.person and r.ended_at is None]
        held = [r for r in own if r.valid_to is None or r.valid_to >= day]
        for right in held:
            people.end_right(connection, right.id, now)
            payload = {"right": str(right.id), "unit": unit}
            events.record(connection, "right_returned", Actor(link.person, PROOF), now, payload=payload)
        if held:
            head = directory.units[unit].head
            told: list[Recipient] = [directory.persons[link.person], Role.PURCHASING]
            told += [directory.persons[head]] if head is not None and head != link.person else []
            facts = {"unit": unit, "person": str(link.person)}
            post(bot, connection, [Notice(NoticeKind.RESIGNED, to, facts=facts) for to in told], now)
            rights_changed(bot, connection, [unit], now)
        return bool(held)

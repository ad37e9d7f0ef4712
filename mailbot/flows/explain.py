"""What `explain` and `plan` print: the whole reasoning about an order, and who holds which right in a unit."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain.flags import Ask, flags
from mailbot.domain.order import Destination, Order
from mailbot.domain.plan import Plan
from mailbot.domain.rights import Authority, asked, counted, explain, matter_of
from mailbot.domain.routing import route
from mailbot.flows.bot import Bot
from mailbot.presentation import Words, money


def explained(bot: Bot, connection: Connection, order: Order, now: datetime) -> Iterator[str]:
    """Yield lines: what counts, who may decide by which right or why not, who is asked, and where a yes leads."""
    directory, policy, day = bot.directory(connection), bot.policy, bot.day(now)
    words, content = Words("en", policy.timezone), order.content
    amount = counted(content, policy)
    basis = "with VAT" if policy.limit_includes_vat else "without VAT"
    yield f"{order.number}  {order.status}  profile {policy.profile}, {day}"
    yield f"unit: {' < '.join(directory.units[u].name for u in directory.path(content.unit))}"
    yield f"amount that limits are compared with: {money(amount, 'en') if amount else 'not known in SEK'} {basis}"
    if content.concerns is not None:
        yield f"for: {directory.persons[content.concerns].name}"
    yield "\nWho may decide it now:"
    for person, answer in explain(order, directory, policy, day):
        if isinstance(answer, Authority):
            yield f"  yes  {person.name}: {_by(answer)}"
        else:
            yield f"  no   {person.name}: {answer.value} (is told: {words.say(answer)})"
    able = asked(order.approver, matter_of(order, policy, day), directory, policy)
    away = directory.absence(order.approver, day)
    yield f"\nchosen: {directory.persons[content.approver].name}" + (f", away until {away.last}" if away else "")
    yield f"asked: {', '.join(p.name for p in able) or 'nobody'}"
    to = order.route or route(content, "", directory, policy)
    where = content.supplier if to.destination is Destination.SUPPLIER else bot.addresses.purchasing
    yield f"\napproved it goes to: {where}" + "".join(f"\n  because: {words.say(reason)}" for reason in to.reasons)
    yield from _decided(bot, connection, order)


def _by(authority: Authority) -> str:
    right = authority.right
    limit = f"up to {money(right.limit, 'en')}" if right.limit else "no limit"
    period = f"{right.valid_from} to {right.valid_to or 'no end'}"
    role = f", {right.role}" if right.role else ""
    ground = f", ground: {right.ground}" if right.ground else ""
    return f"as {authority.capacity}{role}, right {right.id} in {right.unit}, {limit}, {period}{ground}"


def _decided(bot: Bot, connection: Connection, order: Order) -> Iterator[str]:
    """Yield who decided, and the red flags that the decision raises as the directory is now."""
    decision, directory = order.decision, bot.directory(connection)
    if decision is None:
        return
    person = directory.persons[decision.person]
    yield f"\n{'approved' if decision.approved else 'rejected'} by {person.name}, {decision.at:%Y-%m-%d %H:%M} UTC"
    then = bot.day(decision.at)
    answer = dict(explain(order, directory, bot.policy, then)).get(person)
    if isinstance(answer, Authority):
        for flag in flags(Ask(order, answer, decision.at), directory, bot.policy):
            yield f"  flag {flag.value}: {flag.name.lower().replace('_', ' ')}"


def planned(found: Plan) -> Iterator[str]:
    """Yield a unit's plan, a line a right."""
    yield f"{found.unit.name} ({found.unit.id}), head: {found.head.name if found.head else 'none'}"
    for row in found.rows:
        right = row.right
        parts = [
            right.kind.value,
            right.role,
            f"up to {money(right.limit, 'en')}" if right.limit else "no limit",
            f"{right.valid_from} to {right.valid_to or 'no end'}",
            f"deputy for {row.deputy_for.name}" if row.deputy_for else "",
            f"delegated by {row.delegated_from.name}" if row.delegated_from else "",
            right.ground,
        ]
        yield f"  {row.person.name} <{row.person.address}>: {', '.join(part for part in parts if part)}"
    if found.alone:
        yield "  only one person may decide; appoint another for times of absence"

"""What the commands `explain` and `plan` print: the reasoning about one order, and the rights in one unit."""

from collections.abc import Iterator, Mapping
from datetime import date

from mailbot.domain.ordering.events import OrderDecided
from mailbot.domain.ordering.flags import Flag, FlagCase, flags
from mailbot.domain.ordering.routing import route
from mailbot.domain.ordering.workflow import Happened
from mailbot.domain.people.attest_plan import AttestPlan
from mailbot.domain.people.directory import Directory, Right, RightKind
from mailbot.domain.people.right_rules import RightProblem, orphaned, reach
from mailbot.domain.people.rights import Authority, Capacity, Deciders, Denial, counted
from mailbot.domain.values.order import Destination, Order, Status
from mailbot.domain.values.policy import Policy
from mailbot.flows.view import View
from mailbot.presentation import TemplateFilters, money
from mailbot.store import events


def explained(view: View, order: Order) -> Iterator[str]:
    """Yield lines: the amount that counts, who may decide by which right, who may not and why, and the route."""
    bot, directory, policy, day = view.bot, view.directory, view.policy, view.day
    deciders = view.deciders(order)
    words, content = TemplateFilters("en", policy.timezone), order.content
    amount = counted(content, policy)
    basis = "with VAT" if policy.limit_includes_vat else "without VAT"
    yield f"{order.number}  {order.status}  profile {policy.profile}, {day}"
    yield f"unit: {' < '.join(directory.units[u].name for u in directory.path(content.unit))}"
    yield f"amount that limits are compared with: {money(amount, 'en') if amount else 'not known in SEK'} {basis}"
    if content.concerns is not None:
        yield f"for: {directory.persons[content.concerns].name}"
    yield "\nWho may decide it today:"
    answers = deciders.explain(order)
    able = [answer for _, answer in answers if isinstance(answer, Authority)]
    for answer in sorted(able, key=lambda a: a.level):
        yield f"  yes  {answer.person.name}, {_as(answer, directory)}"
        yield f"       {_right(answer.right, view)}"
    for person, denial in answers:
        if isinstance(denial, Denial):
            yield f"  no   {person.name}, {denial}: {WHY_NOT[denial]}"
            held = (r for u in directory.path(content.unit) for r in directory.rights_in(u, RightKind.ORDER))
            yield from (f"       {_right(r, view)}" for r in held if r.person == person.id)
    to_ask = deciders.asked(order.approver)
    away = directory.absence(order.approver, day)
    yield f"\nchosen: {directory.persons[content.approver].name}" + (f", away until {away.last}" if away else "")
    if order.handed_to is not None:
        yield f"handed on to: {directory.persons[order.handed_to].name}"
    if order.status is Status.PENDING:
        yield f"asked: {', '.join(p.name for p in to_ask) or 'nobody'}"
    to = order.route or route(content, "", directory, policy)
    offices = {Destination.PURCHASING: bot.addresses.purchasing, Destination.FINANCE: bot.addresses.finance}
    where = offices.get(to.destination, content.supplier)
    yield f"\napproved it goes to: {where}"
    yield from (f"  because: {words.say(reason)}" for reason in to.reasons)
    yield from _decided(view, order)


ORPHANED = "NOT CONFIRMED since its delegator has none any more"

HOLLOW = {
    "wrong_level": "its post belongs to another level of units",
    "deputy_for_missing": "its post is a deputy's, and it names no holder",
    "delegator_missing": "in such a unit its post is held by delegation, and it names no delegator",
    "delegator_gone": "its delegator had no right any more when it began",
    "not_delegable": "no post of its delegator's passes it on",
    "unknown_role": "the rules have no such role",
    "role_missing": "it comes from no post and no delegation",
}
"""Why a stored right decides nothing. `right_rules.py` and `rights.py` of `domain/people` share these names."""

WHY_NOT = {
    Denial.RECUSED: "has said that they have an interest in the order",
    Denial.OWN_ORDER: "it is their own order",
    Denial.INTEREST: "an interest of theirs in the supplier is registered",
    Denial.OWN_COST: "the purchase is for them",
    Denial.OWN_COST_OF_OTHER: "the table of own costs names somebody else for purchases for this person",
    Denial.NOT_ABOVE: "is no superior of the person whom the purchase is for",
    Denial.ONLY_OWN_UNIT: "the right is delegated in a unit above, and superior_delegates is off",
    Denial.DEPENDENT: "the requester heads their unit or gave them the right, and dependent_approvers is off",
    Denial.OVER_OWN_LIMIT: "the amount is over the limit",
    Denial.AMOUNT_UNKNOWN: "the limit is in kronor, and the order states no value in kronor",
    Denial.HOLDER_PRESENT: "a deputy, and the one they stand for is not registered as away",
    Denial.HOLDER_GONE: "a deputy, and the one they stand for has no such right any more",
    Denial.NOT_PORTAL: "the role decides only through the portal, and counts_as_portal does not say that this is it",
    **{Denial(name): f"the right counts for nothing: {why}" for name, why in HOLLOW.items()},
    Denial.NOT_YET: "the right has not begun",
    Denial.EXPIRED: "the right has run out",
    Denial.ENDED: "the right has been ended",
    Denial.NO_RIGHT: "has no right to decide orders of the unit",
}


def _as(authority: Authority, directory: Directory) -> str:
    deputy_for = authority.right.deputy_for
    if authority.capacity is Capacity.OWN_COST:
        return "whom the table of own costs names"
    if authority.capacity is Capacity.DEPUTY and deputy_for is not None:
        return f"as deputy for {directory.persons[deputy_for].name}"
    return f"as {authority.capacity}" + (", their own order, which the unit only warns about" if authority.own else "")


def _right(right: Right, view: View) -> str:
    name = view.directory.units[right.unit].name
    return f"right {right.id} in {name}, {terms(right, view.directory, view.policy, view.day)}"


def terms(right: Right, directory: Directory, policy: Policy, day: date) -> str:
    """Return the terms of a right on the local day: its limit with or without VAT, its days, and where it comes
    from."""
    limit, name = reach(right, directory, policy, day), directory.persons
    basis = "with VAT" if policy.limit_includes_vat else "without VAT"
    parts = [
        right.role,
        f"up to {money(limit, 'en')} {basis}" if limit else "no limit",
        f"{right.valid_from} to {right.valid_to or 'no end'}",
        f"ended {right.ended_at:%Y-%m-%d %H:%M} UTC" if right.ended_at else "",
        f"deputy for {name[right.deputy_for].name}" if right.deputy_for is not None else "",
        f"delegated by {name[right.delegated_from].name}" if right.delegated_from is not None else "",
        f"kept by {name[right.kept_by].name}" if right.kept_by is not None else "",
        ORPHANED if orphaned(right, directory, day) else "",
        f"ground {right.ground}" if right.ground else "",
    ]
    return ", ".join(part for part in parts if part)


def _decided(view: View, order: Order) -> Iterator[str]:
    """Yield who decided and by which right, as recorded then, and the flags raised then or as things are known now."""
    decision, directory = order.decision, view.directory
    if decision is None:
        return
    person = directory.persons[decision.person]
    yield f"\n{'approved' if decision.approved else 'rejected'} by {person.name}, {decision.at:%Y-%m-%d %H:%M} UTC"
    noted = next(e for e in reversed(events.of_order(view.connection, order.id)) if e.what in _DECISIONS)
    grounds = noted.event.grounds if isinstance(noted.event, OrderDecided) else None
    known = vars(grounds) if grounds else {}
    facts = [f"{name} {known[name]}" for name in ("right", "ground", "statements") if known.get(name)]
    yield "  " + ", ".join([f"as {known.get('capacity', 'unknown')}", *facts, f"proven by {noted.proof}"])
    raised = grounds.flags if grounds else ()
    then = Deciders.of(order, directory, view.policy, view.bot.day(decision.at))
    answer = dict(then.explain(order)).get(person)
    found = flags(FlagCase(order, answer, decision.at), directory, view.policy) if isinstance(answer, Authority) else ()
    yield from (f"  flag {flag}: {_name(flag)}" for flag in raised)
    yield from (f"  flag {flag}, as things are known now: {_name(flag)}" for flag in found if flag not in raised)


_DECISIONS = {Happened.APPROVED, Happened.REJECTED}


def _name(flag: Flag) -> str:
    return TemplateFilters("en", "UTC").say(f"flag {flag}")


def planned(found: AttestPlan, hollow: Mapping[int, RightProblem]) -> Iterator[str]:
    """Yield a unit's plan, one line for each right; `hollow` says by id why a right decides nothing."""
    words = TemplateFilters("en", "UTC")  # any timezone will do: no times are printed
    yield f"{found.unit.name} ({found.unit.id}), head: {found.head.name if found.head else 'none'}"
    for row in found.rows:
        right = row.right
        parts = [
            words.say(right.kind).lower(),
            right.role,
            f"up to {money(right.limit, 'en')}" if right.limit else "no limit",
            f"{right.valid_from} to {right.valid_to or 'no end'}",
            f"deputy for {row.deputy_for.name}" if row.deputy_for else "",
            f"delegated by {row.delegated_from.name}" if row.delegated_from else "",
            f"kept by {row.kept_by.name}" if row.kept_by else "",
            ORPHANED if row.orphaned else "",
            right.ground,
            f"DECIDES NOTHING: {HOLLOW[hollow[right.id]]}" if right.id in hollow else "",
        ]
        yield f"  {row.person.name} <{row.person.address}>: {', '.join(part for part in parts if part)}"
    if found.alone:
        yield "  only one person may decide; appoint another for times of absence"

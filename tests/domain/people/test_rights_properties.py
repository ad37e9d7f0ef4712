"""What holds of rights in every organisation (docs/rules/promises.md#decide;
docs/rules/attest.md#r32, #r36, #r54, #r55, #r56, #r59, #r60, #r61, #r65)."""

from dataclasses import replace
from datetime import date

from hypothesis import assume, event, given
from hypothesis import strategies as st

from mailbot.domain.ordering.workflow import Act, Actor, Change, correct, decide, hand_over, leave, move, recuse, undo
from mailbot.domain.people.directory import Directory, Right, RightKind
from mailbot.domain.people.rights import Authority, Capacity, Deciders, Denial, matter_of
from mailbot.domain.values.order import Order, Status
from mailbot.domain.values.policy import Policy
from tests.support.examples import examples
from tests.support.organisations import POSTS, World, shuffled, worlds
from tests.support.samples import DAY, DUSTIN, FORM, NOW, content, line, pending, verdict

PEOPLE = st.integers(0, 50)
MANY = examples(300)


def an_order(world: World) -> Order:
    """Return an order that asks for what the world's matter does, chosen for its requester."""
    wanted = world.matter
    first = world.directory.persons[1]
    sum_of = str(wanted.amount.amount) if wanted.amount else "10"
    stated = replace(content(line(sum_of), unit=wanted.unit, approver=first), concerns=wanted.concerns)
    order = pending(stated, requester=world.directory.persons[wanted.requester], policy=world.policy)
    return replace(order, recused=wanted.recused)


def fits(right: Right, world: World) -> bool:
    """Tell whether profile su lets the right be held where it is, worked out apart from the code under test."""
    level, delegated = world.directory.units[right.unit].level, right.delegated_from is not None
    givers = [r for r in world.directory.rights if r.person == right.delegated_from and r.deputy_for is None]
    givers = [r for r in givers if r.unit in world.directory.path(right.unit) and r.id != right.id]
    givers = [r for r in givers if r.kind is RightKind.ORDER]
    begun = [
        r
        for r in givers
        if (r.valid_to or date.max) >= right.valid_from and (not r.ended_at or r.ended_at.date() >= right.valid_from)
    ]
    if delegated and givers and not begun:
        return False
    if right.role == "":
        return delegated or right.deputy_for is not None
    deputy = right.role == "ställföreträdande prefekt" and right.deputy_for is None
    return right.role in POSTS.get(level, ()) and not deputy


# --- Who may not ---


@MANY
@given(worlds(("su",)))
def test_nobody_decides_by_a_post_outside_its_level_or_a_deputys_without_a_holder(world: World) -> None:
    for found in world.deciders.able:
        event(f"by {found.right.role or 'no post'}")
        assert fits(found.right, world)


@MANY
@given(worlds())
def test_rule_36_the_requester_never_decides_where_that_is_denied(world: World) -> None:
    assume(world.denies)
    requester = world.directory.persons[world.matter.requester]
    assert world.deciders.authority(requester) in {Denial.OWN_ORDER, Denial.RECUSED}
    assert requester not in [a.person for a in world.deciders.able]


@MANY
@given(worlds())
def test_rule_16_elsewhere_an_own_order_is_marked_unless_it_is_allowed(world: World) -> None:
    for found in world.deciders.able:
        unit = world.directory.units[world.matter.unit]
        warns = (unit.self_order or world.policy.self_order).value == "warn"
        assert found.own == (found.person.id == world.matter.requester and warns)


@MANY
@given(worlds())
def test_rule_55_nobody_decides_above_their_limit(world: World) -> None:
    for found in world.deciders.able:
        role = world.policy.roles.get(found.right.role)
        limit = found.right.limit or (role.limit if role else None)
        if limit is None:
            continue
        event("with a limit")
        assert world.matter.any_amount if world.matter.amount is None else world.matter.amount <= limit


@MANY
@given(worlds())
def test_rule_65_nobody_decides_by_a_right_outside_its_period_or_ended(world: World) -> None:
    for found in world.deciders.able:
        right = found.right
        assert right in world.directory.rights
        assert right.person == found.person.id
        assert right.kind is RightKind.ORDER
        assert right.valid_from <= DAY
        assert right.valid_to is None or right.valid_to >= DAY
        assert right.ended_at is None


@MANY
@given(worlds())
def test_rule_55_nobody_decides_by_a_right_of_another_branch(world: World) -> None:
    for found in world.deciders.able:
        path = world.directory.path(world.matter.unit)
        if found.capacity is Capacity.OWN_COST:
            event("by the table of own costs")
            continue
        assert found.right.unit in (path if world.policy.profile == "su" else path[:1])
        assert found.level == path.index(found.right.unit)


@MANY
@given(worlds(("su",)))
def test_rule_54_no_deputy_decides_without_a_registered_absence(world: World) -> None:
    for found in world.deciders.able:
        holder = found.right.deputy_for
        if holder is not None:
            event("a deputy")
            days = [a for a in world.directory.absences if a.person == holder and a.registered]
            assert any(a.first <= DAY <= a.last for a in days)


@MANY
@given(worlds(("su",)))
def test_rule_55_a_role_of_the_portal_decides_only_where_the_bot_is_it(world: World) -> None:
    for found in world.deciders.able:
        assert found.right.role != "gruppledare" or world.policy.counts_as_portal


@MANY
@given(worlds(("su",)))
def test_rule_59_nobody_decides_what_concerns_them(world: World) -> None:
    for concerned in world.directory.persons:
        able = Deciders(replace(world.matter, concerns=concerned), world.directory, world.policy).able
        event(f"by the table of own costs: {any(a.capacity is Capacity.OWN_COST for a in able)}")
        assert concerned not in {a.person.id for a in able}


@MANY
@given(worlds(("su",)))
def test_rule_59_outside_the_table_nobody_below_a_head_decides_what_concerns_them(world: World) -> None:
    for unit in world.directory.units.values():
        for found in Deciders(replace(world.matter, concerns=unit.head), world.directory, world.policy).able:
            if unit.head is not None and not found.named:  # by the table: whom it names, and their deputies
                event("concerns a head")
                assert found.right.unit in world.directory.path(unit.id)[1:]


@MANY
@given(worlds(("su",)))
def test_rules_56_and_59_nobody_is_a_superior_by_delegation(world: World) -> None:
    for concerned in (None, *world.directory.persons):
        for found in Deciders(replace(world.matter, concerns=concerned), world.directory, world.policy).able:
            event(f"as {found.capacity}")
            assert found.capacity is not Capacity.SUPERIOR or found.right.delegated_from is None


@MANY
@given(worlds())
def test_rule_62_by_a_right_for_own_costs_nobody_decides_but_whom_the_table_names(world: World) -> None:
    for found in world.deciders.able:
        assert found.right.kind is RightKind.ORDER or found.capacity in {Capacity.OWN_COST, Capacity.DEPUTY}
        assert found.right.kind is RightKind.ORDER or world.matter.concerns is not None


@MANY
@given(worlds())
def test_rules_60_and_61_whoever_is_recused_or_biased_does_not_decide(world: World) -> None:
    for found in world.deciders.able:
        assert found.person.id not in world.matter.recused
        assert not (DUSTIN.name in found.person.interests and world.matter.supplier == DUSTIN.id)


# --- Who may ---


@MANY
@given(worlds(("su",)))
def test_rule_56_a_superior_with_a_sufficient_right_always_decides(world: World) -> None:
    about = replace(world.matter, concerns=None)
    above = world.directory.path(about.unit)[1:]
    for right in world.directory.rights:
        person = world.directory.persons[right.person]
        role = world.policy.roles.get(right.role)
        limits = [limit for limit in (right.limit, role.limit if role else None) if limit is not None]
        enough = not limits or (about.amount is not None and about.amount <= min(limits))
        biased = person.interests and about.supplier is not None
        own = person.id == about.requester or person.id in about.recused or biased
        portal = right.role == "gruppledare"
        if right.unit in above and right.kind is RightKind.ORDER and right.live(DAY) and enough:
            hangs = right.deputy_for is not None or right.delegated_from is not None  # goes no further than that one
            if own or portal or hangs or not fits(right, world):
                continue
            event("a superior")
            assert isinstance(Deciders(about, world.directory, world.policy).authority(person), Authority)


@MANY
@given(worlds(("umu",)))
def test_rule_14_every_approver_of_the_unit_without_a_limit_decides(world: World) -> None:
    for right in world.directory.rights_in(world.matter.unit, RightKind.ORDER):
        person = world.directory.persons[right.person]
        own = world.denies and person.id == world.matter.requester
        hangs = right.deputy_for is not None or right.delegated_from is not None  # goes no further than that one
        if right.live(DAY) and right.limit is None and not own and not person.interests and not hangs:
            found = world.deciders.authority(person)
            assert isinstance(found, Authority) or person.id in world.matter.recused


# --- One answer ---


@MANY
@given(st.data(), worlds())
def test_no_answer_depends_on_the_order_of_the_data(data: st.DataObject, world: World) -> None:
    other = data.draw(shuffled(world.directory))
    rules, about, order = world.policy, world.matter, an_order(world)
    also, one = Deciders(about, other, rules), Deciders.of(order, other, rules, DAY)
    assert also.able == world.deciders.able
    assert one.explain(order) == Deciders.of(order, world.directory, rules, DAY).explain(order)
    for person in world.directory.persons.values():
        assert also.authority(person) == world.deciders.authority(person)
        assert also.asked(person.id) == world.deciders.asked(person.id)


@MANY
@given(worlds())
def test_deciders_are_exactly_those_with_authority(world: World) -> None:
    each = [world.deciders.authority(p) for p in world.directory.persons.values()]
    expected = [a for a in each if isinstance(a, Authority)]
    found = world.deciders.able
    assert sorted(found, key=lambda a: a.person.id) == sorted(expected, key=lambda a: a.person.id)
    assert [a.level for a in found] == sorted(a.level for a in found)


@MANY
@given(worlds())
def test_whoever_is_asked_may_decide_and_somebody_is_where_anybody_may(world: World) -> None:
    able = {a.person.id for a in world.deciders.able}
    for chosen in world.directory.persons:
        now = world.deciders.asked(chosen)
        assert {p.id for p in now} <= able
        assert bool(now) is bool(able)
        assert len(set(now)) == len(now)


@MANY
@given(worlds())
def test_the_chosen_one_is_asked_alone_if_there_and_allowed(world: World) -> None:
    for found in world.deciders.able:
        if world.directory.absence(found.person.id, DAY) is None:
            who = found.person
            assert world.deciders.asked(who.id) == (who,)


@MANY
@given(worlds())
def test_nobody_away_is_asked_while_somebody_there_may_decide(world: World) -> None:
    able = world.deciders.able
    there = {a.person.id for a in able if world.directory.absence(a.person.id, DAY) is None}
    assume(there)
    for chosen in world.directory.persons:
        assert {p.id for p in world.deciders.asked(chosen)} <= there


@MANY
@given(worlds())
def test_explain_agrees_with_authority_and_leaves_out_nobody_who_may(world: World) -> None:
    order = an_order(world)
    told = Deciders.of(order, world.directory, world.policy, DAY).explain(order)
    for person, answer in told:
        assert answer == Deciders.of(order, world.directory, world.policy, DAY).authority(person)
    about = matter_of(order, world.policy, DAY)
    assert {a.person.id for a in Deciders(about, world.directory, world.policy).able} <= {p.id for p, _ in told}
    assert {order.requester, order.content.approver} <= {p.id for p, _ in told}


# --- No way round ---


STEPS = ("decide", "decide", "decide", "undo", "recuse", "hand over", "move", "correct", "leave", "leave")


@MANY
@given(worlds(), st.lists(st.tuples(st.sampled_from(STEPS), PEOPLE), min_size=2, max_size=10))
def test_rule_32_no_way_leads_to_an_order_that_one_person_ordered_and_decided(
    world: World, steps: list[tuple[str, int]]
) -> None:
    assume(world.denies)
    order = an_order(world)
    for name, number in steps:
        may = [a.person.id for a in Deciders(matter_of(order, world.policy, DAY), world.directory, world.policy).able]
        people = [*world.directory.persons, *may * 4]
        person = people[-1 - number % len(people)]
        taken = step(name, person, order, world.directory, world.policy)
        order = taken.after if isinstance(taken, Change) else order
        if order.decision:
            event("decided")
            assert order.decision.person != order.requester
        if order.status is Status.LEAVING:
            event("leaves")
            assert order.decision
            assert len({order.decision.person, order.requester}) == 2


def step(name: str, person: int, order: Order, directory: Directory, policy: Policy) -> object:
    """Take a step as the flows do: whoever decides is judged at that moment."""
    actor, at = Actor(person, "signed link"), NOW + policy.undo_window
    if name == "decide":
        found = Deciders.of(order, directory, policy, DAY).authority(directory.persons[person])
        return found if isinstance(found, Denial) else decide(order, found, verdict(order), Act(actor, policy, NOW))
    ways = {
        "undo": lambda: undo(order, Act(actor, policy, NOW)),
        "recuse": lambda: recuse(order, "", Act(actor, policy, NOW)),
        "hand over": lambda: hand_over(order, order.requester, "", Act(actor, policy, NOW)),
        "move": lambda: move(order, policy, NOW),
        "correct": lambda: correct(
            order, replace(order.content, approver=person, notes=("x",)), FORM, Act(actor, policy, NOW)
        ),
        "leave": lambda: leave(order, policy, at),
    }
    return ways[name]()

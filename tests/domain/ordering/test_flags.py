"""Red flags about who decides, one by one (docs/rules/flags.md#r6, #r7, #r9, #r10, #r14, #r20, #r21)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mailbot.domain.ordering.flags import Flag, FlagCase, flags
from mailbot.domain.people.directory import Absence, Directory, Right, RightKind
from mailbot.domain.people.rights import Authority, Capacity
from mailbot.domain.values.order import Order
from mailbot.domain.values.policy import Policy, SelfOrder
from tests.support.samples import DAY, DUSTIN, NOW, content, line, pending
from tests.support.university import UNITS, UNIVERSITY, away, money, person, right_of, shipped, the_right, with_rights

SU, UMU = shipped("su"), shipped("umu")
DECIDED = NOW + timedelta(hours=2)
LONG_AGO = NOW - timedelta(days=30)


def order_of(requester: str = "Rut", unit: str = "cs", amount: str = "1000", concerns: str | None = None) -> Order:
    stated = content(line(amount), unit=unit, approver=person("prefekt"))
    about = person(concerns).id if concerns else None
    return pending(replace(stated, concerns=about), requester=person(requester))


def raised(
    who: str = "prefekt",
    order: Order | None = None,
    right: Right | None = None,
    directory: Directory = UNIVERSITY,
    policy: Policy = SU,
    at: datetime = DECIDED,
    capacity: Capacity = Capacity.HOLDER,
) -> set[Flag]:
    """Return what a decision by this right raises; it was written down long before unless it says otherwise."""
    held = right or replace(the_right(who), registered_at=LONG_AGO)
    decider = directory.persons[person(who).id]
    return set(flags(FlagCase(order or order_of(), Authority(decider, held, capacity), at), directory, policy))


@pytest.mark.parametrize("policy", [SU, UMU], ids=["su", "umu"])
def test_an_ordinary_decision_raises_nothing(policy: Policy) -> None:
    assert raised(policy=policy) == set()


@pytest.mark.parametrize("policy", [SU, UMU], ids=["su", "umu"])
def test_r6_an_own_order(policy: Policy) -> None:
    assert Flag.OWN_ORDER in raised(order=order_of("prefekt"), policy=policy)
    assert Flag.OWN_ORDER not in raised(order=order_of("dekan"), policy=policy)


@pytest.mark.parametrize("of_unit", [None, *SelfOrder])
@pytest.mark.parametrize("policy", [SU, UMU], ids=["su", "umu"])
def test_r7_one_person_where_two_are_required(policy: Policy, of_unit: SelfOrder | None) -> None:
    directory = replace(UNIVERSITY, units={u.id: replace(u, self_order=of_unit) for u in UNITS})
    own = raised(order=order_of("prefekt"), directory=directory, policy=policy)
    assert (Flag.ONE_PERSON in own) is (policy is SU or of_unit is SelfOrder.DENY)
    assert Flag.ONE_PERSON not in raised(directory=directory, policy=policy)


class TestR9:
    """No right at the time, or one that was written down afterwards."""

    @pytest.mark.parametrize(
        ("change", "fires"),
        [
            ({"valid_from": DAY}, False),
            ({"valid_from": DAY + timedelta(days=1)}, True),
            ({"valid_to": DAY}, False),
            ({"valid_to": DAY - timedelta(days=1)}, True),
            ({"ended_at": DECIDED - timedelta(seconds=1)}, True),
            ({"ended_at": DECIDED}, True),
            ({"ended_at": DECIDED + timedelta(seconds=1)}, False),
            ({"limit": money(1_000)}, False),
            ({"limit": money("999.99")}, True),
            ({"limit": None}, False),
            ({"kind": RightKind.PURCHASING}, True),
            ({"registered_at": DECIDED}, False),
            ({"registered_at": DECIDED + timedelta(seconds=1)}, True),
            ({"registered_at": None}, False),
        ],
    )
    def test_r9_the_right_did_not_cover_the_order_at_the_time(self, change: dict[str, object], *, fires: bool) -> None:
        right = replace(the_right("prefekt"), **{"registered_at": LONG_AGO} | change)  # type: ignore[arg-type]
        assert (Flag.NO_RIGHT in raised(right=right)) is fires

    @pytest.mark.parametrize(("amount", "fires"), [("2000000", False), ("2000000.01", True)])
    def test_r9_a_right_that_states_no_limit_has_its_roles(self, amount: str, *, fires: bool) -> None:
        right = replace(the_right("prefekt"), limit=None, registered_at=LONG_AGO)
        assert (Flag.NO_RIGHT in raised(order=order_of(amount=amount), right=right)) is fires

    @pytest.mark.parametrize(("at", "fires"), [("2026-12-31T22:59", False), ("2026-12-31T23:00", True)])
    def test_r9_the_last_day_ends_at_local_midnight(self, at: str, *, fires: bool) -> None:
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        assert (Flag.NO_RIGHT in raised(at=moment)) is fires

    def test_r9_an_unknown_amount_is_within_no_limit(self) -> None:
        foreign = pending(content(line("10", currency="EUR"), currency="EUR", unit="cs"), requester=person("Rut"))
        assert Flag.NO_RIGHT in raised(order=foreign)


class TestR10:
    DEPUTY = "ställföreträdande prefekt"

    @pytest.mark.parametrize(
        ("directory", "fires"),
        [
            (UNIVERSITY, True),
            (away("prefekt"), False),
            (away("prefekt", registered=False), True),
            (away("dekan"), True),
            (away("prefekt", first=DAY + timedelta(days=1), last=DAY + timedelta(days=1)), True),
        ],
    )
    def test_r10_a_deputy_without_a_registered_absence(self, directory: Directory, *, fires: bool) -> None:
        assert (Flag.DEPUTY_WITHOUT_ABSENCE in raised(self.DEPUTY, directory=directory)) is fires

    def test_r10_the_day_is_the_local_one(self) -> None:
        late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
        tomorrow = Absence(person("prefekt").id, date(2026, 11, 24), date(2026, 11, 24))
        directory = replace(UNIVERSITY, absences=(tomorrow,))
        assert Flag.DEPUTY_WITHOUT_ABSENCE not in raised(self.DEPUTY, directory=directory, at=late)

    def test_r10_a_holder_is_no_deputy(self) -> None:
        assert Flag.DEPUTY_WITHOUT_ABSENCE not in raised("prefekt")


class TestR14:
    def test_r14_the_deciders_own_cost(self) -> None:
        assert Flag.OWN_COST in raised("dekan", order_of(concerns="dekan"))
        assert Flag.OWN_COST not in raised("dekan", order_of(concerns="Rut"))

    @pytest.mark.parametrize(("who", "fires"), [("administrativ chef", True), ("dekan", False)])
    def test_r14_the_cost_of_somebody_above_the_decider(self, who: str, *, fires: bool) -> None:
        assert (Flag.OWN_COST in raised(who, order_of(concerns="prefekt"))) is fires

    def test_r14_unless_the_table_names_the_decider(self) -> None:
        about = order_of(unit="su", concerns="rektor")
        assert Flag.OWN_COST not in raised("planeringschef", about, capacity=Capacity.OWN_COST)
        assert Flag.OWN_COST in raised("planeringschef", about)

    @pytest.mark.parametrize("who", ["prefekt", "Rut"])
    @pytest.mark.parametrize(("interest", "fires"), [(DUSTIN.org_number, True), ("556000-0000", False)])
    def test_r14_a_supplier_in_which_decider_or_requester_has_an_interest(
        self, who: str, interest: str, *, fires: bool
    ) -> None:
        biased = replace(person(who), interests=(interest,))
        directory = replace(UNIVERSITY, persons={**UNIVERSITY.persons, biased.id: biased})
        assert (Flag.INTEREST in raised(directory=directory)) is fires


@pytest.mark.parametrize(
    ("before", "fires"),
    [
        (timedelta(hours=24), False),
        (timedelta(hours=24) - timedelta(seconds=1), True),
        (timedelta(0), True),
        (timedelta(hours=-1), True),
    ],
)
def test_r20_the_right_was_written_down_less_than_a_day_before_the_order(before: timedelta, *, fires: bool) -> None:
    right = replace(the_right("prefekt"), registered_at=NOW - before)
    for at in (DECIDED, NOW + timedelta(days=9)):
        assert (Flag.CHANGED_JUST_BEFORE in raised(right=right, at=at)) is fires


def test_r20_a_right_of_unknown_age_raises_nothing() -> None:
    assert Flag.CHANGED_JUST_BEFORE not in raised(right=the_right("prefekt"))


class TestR21:
    @pytest.mark.parametrize(
        ("who", "requester", "fires"),
        [
            ("administrativ chef", "prefekt", True),
            ("avdelningschef", "prefekt", True),
            ("prefekt", "rektor", True),
            ("prefekt", "Rut", False),
            ("dekan", "prefekt", False),
            ("annan prefekt", "prefekt", False),
            ("prefekt", "prefekt", False),
        ],
    )
    def test_r21_the_decider_works_under_the_requester(self, who: str, requester: str, *, fires: bool) -> None:
        assert (Flag.DEPENDENT_APPROVER in raised(who, order_of(requester))) is fires

    def test_r21_a_place_of_work_counts_as_a_right_does(self) -> None:
        works_there = replace(person("annan prefekt"), units=("cs",))
        directory = replace(UNIVERSITY, persons={**UNIVERSITY.persons, works_there.id: works_there})
        assert Flag.DEPENDENT_APPROVER in raised("annan prefekt", order_of("prefekt"), directory=directory)

    def test_r21_a_right_that_comes_from_the_requester_by_delegation_counts_too(self) -> None:
        units = {**UNIVERSITY.units, "cs": replace(UNIVERSITY.units["cs"], head=None)}
        delegate = replace(right_of("Rut", "cs", 100, role="", delegator="ämnesansvarig"), id=99)
        directory = replace(with_rights(delegate), units=units)
        for giver, fires in (("prefekt", True), ("ämnesansvarig", True), ("administrativ chef", False)):
            by = Authority(person("Rut"), delegate)
            found = flags(FlagCase(order_of(giver), by, NOW), directory, SU)
            assert (Flag.DEPENDENT_APPROVER in found) is fires

    def test_r21_what_the_table_gives_somebody_below_is_excepted(self) -> None:
        about = order_of("rektor", concerns="rektor")
        assert Flag.DEPENDENT_APPROVER not in raised("planeringschef", about, capacity=Capacity.OWN_COST)


@pytest.mark.parametrize(
    ("belongs_to", "unit", "told"),
    [
        (("cs",), "cs", False),
        (("hist",), "cs", True),
        (("hist", "cs"), "cs", False),
        ((), "cs", True),
        (("mat",), "cs", False),
        (("cs",), "mat", False),
    ],
)
@pytest.mark.parametrize("policy", [SU, UMU], ids=["su", "umu"])
def test_an_order_for_a_unit_of_others_is_told(
    belongs_to: tuple[str, ...], unit: str, told: bool, policy: Policy
) -> None:
    rut = replace(person("Rut"), units=belongs_to)
    directory = replace(UNIVERSITY, persons={**UNIVERSITY.persons, rut.id: rut})
    found = raised(order=order_of(unit=unit), directory=directory, policy=policy)
    assert (Flag.OTHER_UNIT in found) is told


@pytest.mark.parametrize("who", ["prefekt", "dekan"])
def test_who_heads_or_decides_in_a_unit_orders_for_their_own(who: str) -> None:
    decides = replace(person(who), units=())
    directory = replace(UNIVERSITY, persons={**UNIVERSITY.persons, decides.id: decides})
    assert Flag.OTHER_UNIT not in raised("rektor", order=order_of(who), directory=directory)

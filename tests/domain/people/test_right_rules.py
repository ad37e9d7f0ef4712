"""What stands against a right before it is registered (docs/rules/attest.md#r27, #r54, #r64, #r65, #r66, #r67, #limits;
docs/rules/flags.md#r9)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given

from mailbot.domain.people.directory import Directory, Right, RightKind
from mailbot.domain.people.right_rules import FoundProblem, RightProblem, right_problems
from mailbot.domain.values.policy import Policy, RoleRule
from tests.support.examples import examples
from tests.support.organisations import World, worlds
from tests.support.samples import DAY, NOW
from tests.support.university import FIRST, LAST, UNIVERSITY, money, person, right_of, shipped, the_right, with_rights

SU, UMU = shipped("su"), shipped("umu")
ONE_DAY = timedelta(days=1)
NEW = replace(right_of("Rut", "cs", 100, role="prefekt"), id=0)
DELEGATED = replace(NEW, role="", delegated_from=person("prefekt").id)
DEPUTY = replace(NEW, role="", deputy_for=person("prefekt").id)


def against(right: Right, directory: Directory = UNIVERSITY, policy: Policy = SU) -> list[tuple[str, str]]:
    """Return each objection with the key that mends it."""
    return [(found.objection.value, found.key) for found in right_problems(right, directory, policy, DAY)]


FINE = (
    replace(NEW, valid_from=DAY),
    replace(DELEGATED, valid_from=DAY, limit=money(2_000_000)),
    replace(DEPUTY, valid_from=DAY),
    replace(NEW, valid_from=DAY, valid_to=DAY),
    replace(NEW, valid_from=DAY, may_delegate=False),
    replace(NEW, valid_from=DAY, unit="su", role="rektor", limit=None),
    replace(NEW, valid_from=DAY, unit="cs-a", role="administrativ chef", limit=money(500_000)),
    replace(DEPUTY, valid_from=DAY, role="ställföreträdande prefekt"),
)


@pytest.mark.parametrize("right", FINE)
def test_against_a_right_in_order_stands_nothing(right: Right) -> None:
    assert against(right) == []


CASES = (
    # what is wrong, the right, the objection and the key
    (replace(NEW, valid_from=DAY + ONE_DAY, valid_to=DAY), "backwards", "to"),
    (replace(NEW, valid_from=DAY - ONE_DAY), "back_dated", "from"),
    (replace(the_right("prefekt"), id=0, valid_from=DAY), "overlaps", "from"),
    (replace(NEW, valid_from=DAY, limit=None), "limit_missing", "limit"),
    (replace(NEW, valid_from=DAY, limit=None, role="prefekt"), "limit_missing", "limit"),
    (replace(NEW, valid_from=DAY, valid_to=None), "to_missing", "to"),
    (replace(NEW, valid_from=DAY, ground=""), "ground_missing", "ground"),
    (replace(NEW, valid_from=DAY, may_delegate=None), "may_delegate_missing", "may_delegate"),
    (replace(NEW, valid_from=DAY, role=""), "role_missing", "role"),
    (replace(NEW, valid_from=DAY, role="kung"), "unknown_role", "role"),
    (replace(NEW, valid_from=DAY, role="Prefekt"), "unknown_role", "role"),
    (replace(NEW, valid_from=DAY, role="prefekt", limit=money("2000000.01")), "over_role", "limit"),
    (replace(DELEGATED, valid_from=DAY, unit="mat"), "delegator_without_right", "delegated_from"),
    (replace(DELEGATED, valid_from=DAY, delegated_from=person("Rut").id), "delegator_without_right", "delegated_from"),
    (
        replace(NEW, valid_from=DAY, role="", delegated_from=person("gruppledare").id, unit="cs-g"),
        "not_delegable",
        "delegated_from",
    ),
    (replace(DELEGATED, valid_from=DAY, role="administrativ chef", limit=money("500000.01")), "over_ceiling", "limit"),
    (replace(DELEGATED, valid_from=DAY, limit=money("2000000.01")), "over_delegator", "limit"),
    (replace(NEW, valid_from=DAY, deputy_for=person("Rut").id), "deputy_of_self", "deputy_for"),
    (replace(NEW, valid_from=DAY, deputy_for=person("sektionschef").id), "deputy_without_holder", "deputy_for"),
    (replace(DEPUTY, valid_from=DAY, unit="mat"), "deputy_without_holder", "deputy_for"),
    (replace(DEPUTY, valid_from=DAY, limit=money("2000000.01")), "over_holder", "limit"),
    (replace(NEW, valid_from=DAY, role="rektor"), "wrong_level", "role"),
    (replace(NEW, valid_from=DAY, role="dekan"), "wrong_level", "role"),
    (replace(NEW, valid_from=DAY, unit="mat"), "wrong_level", "role"),
    (replace(NEW, valid_from=DAY, role="ställföreträdande prefekt"), "deputy_for_missing", "deputy_for"),
    (replace(NEW, valid_from=DAY, unit="mat", role="prodekan"), "deputy_for_missing", "deputy_for"),
    (replace(NEW, valid_from=DAY, unit="su", role="prorektor"), "deputy_for_missing", "deputy_for"),
    (
        replace(DEPUTY, valid_from=DAY, role="ställföreträdande prefekt", deputy_for=person("administrativ chef").id),
        "deputy_without_holder",
        "deputy_for",
    ),
    (replace(NEW, valid_from=DAY, role="administrativ chef"), "delegator_missing", "delegated_from"),
    (replace(NEW, valid_from=DAY, unit="mat", role="kanslichef"), "delegator_missing", "delegated_from"),
    (replace(NEW, valid_from=DAY, unit="drift", role="sektionschef"), "delegator_missing", "delegated_from"),
    (replace(DELEGATED, valid_from=LAST + ONE_DAY, valid_to=LAST + ONE_DAY), "delegator_gone", "delegated_from"),
)


@pytest.mark.parametrize(("right", "objection", "key"), CASES)
def test_each_objection_is_raised_with_the_key_that_mends_it(right: Right, objection: str, key: str) -> None:
    found = against(right)
    assert (objection, key) in found
    # A deputy of oneself has no holder beside oneself either; nothing else comes along.
    assert {o for o, _ in found} - {objection} <= {"deputy_without_holder"}


def test_every_objection_has_its_case() -> None:
    of_forms = {"by_file", "giver_not_above", "giver_may_not", "over_giver"}
    assert {objection for _, objection, _ in CASES} | {"delegator_may_not"} | of_forms == {
        o.value for o in RightProblem
    }


def test_everything_against_a_right_is_told_at_once() -> None:
    bad = replace(NEW, valid_from=DAY - ONE_DAY, valid_to=None, limit=None, ground="", may_delegate=None, role="kung")
    expected = {"back_dated", "to_missing", "limit_missing", "ground_missing", "may_delegate_missing", "unknown_role"}
    assert {o for o, _ in against(bad)} == expected


class TestPeriods:
    @pytest.mark.parametrize(("first", "back_dated"), [(-1, True), (0, False), (1, False)])
    def test_r9_a_right_begins_today_or_later(self, first: int, *, back_dated: bool) -> None:
        found = against(replace(NEW, valid_from=DAY + timedelta(days=first)))
        assert (("back_dated", "from") in found) is back_dated

    def test_r9_files_that_fill_an_empty_store_may_speak_of_the_past(self) -> None:
        assert right_problems(replace(NEW, valid_from=FIRST), UNIVERSITY, SU) == ()

    @pytest.mark.parametrize(
        ("first", "last", "overlaps"),
        [
            (LAST + ONE_DAY, LAST + 9 * ONE_DAY, False),
            (LAST, LAST + ONE_DAY, True),
            (FIRST - 9 * ONE_DAY, FIRST - ONE_DAY, False),
            (FIRST - ONE_DAY, FIRST, True),
            (FIRST + ONE_DAY, LAST - ONE_DAY, True),
            (FIRST - ONE_DAY, None, True),
            (LAST + ONE_DAY, None, False),
        ],
    )
    def test_two_rights_of_one_person_do_not_overlap_by_a_day(
        self, first: date, last: date | None, *, overlaps: bool
    ) -> None:
        held = the_right("prefekt")
        other = replace(held, id=0, valid_from=first, valid_to=last)
        found = [f.objection for f in right_problems(other, UNIVERSITY, SU)]
        assert (RightProblem.OVERLAPS in found) is overlaps

    @pytest.mark.parametrize(
        "change",
        [
            {"unit": "cs-a"},
            {"kind": RightKind.PURCHASING},
            {"person": person("dekan").id},
            {"deputy_for": person("dekan").id},
            {"id": the_right("prefekt").id},
        ],
    )
    def test_another_unit_kind_person_or_post_is_beside_it_and_no_right_overlaps_itself(
        self, change: dict[str, object]
    ) -> None:
        other = replace(the_right("prefekt"), **{"id": 0} | change)  # type: ignore[arg-type]
        assert RightProblem.OVERLAPS not in [f.objection for f in right_problems(other, UNIVERSITY, SU)]

    def test_a_right_without_end_leaves_no_room_after_it_unless_it_was_ended(self) -> None:
        held = replace(the_right("prefekt"), valid_to=None)
        later = replace(held, id=0, valid_from=DAY, valid_to=LAST)
        assert ("overlaps", "from") in against(later, with_rights(held))
        assert against(later, with_rights(replace(held, ended_at=NOW))) == []


class TestDelegation:
    CHIEF = replace(DELEGATED, valid_from=DAY, role="administrativ chef", limit=money(500_000))

    def test_rule_27_a_right_that_may_not_be_delegated_is_not(self) -> None:
        held = replace(the_right("prefekt"), may_delegate=False)
        assert against(self.CHIEF, with_rights(held)) == [("delegator_may_not", "delegated_from")]

    def test_rule_27_unless_it_is_said_it_may(self) -> None:
        assert against(self.CHIEF, with_rights(replace(the_right("prefekt"), may_delegate=None))) == []

    @pytest.mark.parametrize(
        "held",
        [
            replace(the_right("prefekt"), ended_at=NOW),
            replace(the_right("prefekt"), valid_from=LAST + ONE_DAY, valid_to=None),
            replace(the_right("prefekt"), kind=RightKind.PURCHASING),
        ],
    )
    def test_rule_67_an_ended_expired_or_other_right_delegates_nothing(self, held: Right) -> None:
        assert against(self.CHIEF, with_rights(held)) == [("delegator_without_right", "delegated_from")]

    def test_rule_27_one_right_of_the_delegators_that_carries_it_is_enough(self) -> None:
        large = replace(the_right("prefekt"), may_delegate=False)
        small = replace(right_of("prefekt", "cs", 500_000), id=99, valid_from=DAY)
        for rights in ((large, small), (small, large)):
            assert against(self.CHIEF, with_rights(*rights)) == []

    def test_rule_27_what_is_told_does_not_depend_on_the_order_of_the_rights(self) -> None:
        rights = (the_right("prefekt"), replace(right_of("prefekt", "cs", 1), id=99, may_delegate=False))
        over = replace(self.CHIEF, limit=money("500000.01"))
        assert against(over, with_rights(*rights)) == [("over_ceiling", "limit")]
        assert against(over, with_rights(*rights[::-1])) == [("over_ceiling", "limit")]

    def test_rule_27_no_right_delegates_itself(self) -> None:
        own = replace(self.CHIEF, id=99, delegated_from=person("Rut").id)
        assert against(own, with_rights(own)) == [("delegator_without_right", "delegated_from")]

    def test_rule_27_a_ceiling_bounds_a_right_without_a_limit(self) -> None:
        free = replace(SU, right_states=frozenset())
        unstated = replace(self.CHIEF, limit=None)
        assert against(unstated, policy=free) == [("over_delegator", "limit"), ("over_ceiling", "limit")]

    def test_rule_27_a_delegator_without_role_gives_what_they_have(self) -> None:
        given = replace(DELEGATED, valid_from=DAY, delegated_from=person("ämnesansvarig").id, limit=money(300_000))
        assert against(given) == []
        assert against(replace(given, limit=money("300000.01"))) == [("over_delegator", "limit")]

    def test_rule_66_a_delegated_post_has_never_more_than_the_posts_own_limit(self) -> None:
        policy = replace(SU, roles={**SU.roles, "administrativ chef": RoleRule(money(100_000))})
        assert against(replace(self.CHIEF, limit=money(100_000)), policy=policy) == []
        assert against(self.CHIEF, policy=policy) == [("over_ceiling", "limit")]


class TestDeputies:
    @pytest.mark.parametrize("unit", ["cs", "cs-a", "cs-g"])
    def test_rule_54_the_holders_right_is_in_the_unit_or_above_it(self, unit: str) -> None:
        assert against(replace(DEPUTY, valid_from=DAY, unit=unit)) == []

    @pytest.mark.parametrize("change", [{"ended_at": NOW}, {"deputy_for": person("dekan").id}])
    def test_rule_54_an_ended_right_and_a_deputys_have_no_deputy(self, change: dict[str, object]) -> None:
        held = replace(the_right("prefekt"), **change)  # type: ignore[arg-type]
        expected = [("deputy_without_holder", "deputy_for")]
        assert against(replace(DEPUTY, valid_from=DAY), with_rights(held)) == expected


@pytest.mark.parametrize("kind", [RightKind.PURCHASING, RightKind.APPOINT])
@pytest.mark.parametrize(
    "right", [right for right, objection, _ in CASES if objection not in {"backwards", "back_dated"}]
)
def test_only_a_right_to_decide_orders_has_limit_role_delegator_and_deputy(right: Right, kind: RightKind) -> None:
    assert against(replace(right, kind=kind)) == []


@pytest.mark.parametrize("right", [right for right, objection, _ in CASES if objection.endswith("_missing")])
def test_under_umu_nothing_need_be_stated(right: Right) -> None:
    assert against(replace(right, role=""), policy=UMU) == []


def test_under_umu_a_role_is_only_a_word() -> None:
    assert against(replace(NEW, valid_from=DAY, role="kung", limit=money(900_000_000)), policy=UMU) == []


# --- In every organisation ---


def without_objections(world: World) -> list[Right]:
    return [r for r in world.directory.rights if not right_problems(r, world.directory, world.policy)]


@examples(300)
@given(worlds(("su",)))
def test_a_right_without_objections_is_within_its_role_and_states_what_is_asked(world: World) -> None:
    for right in world.directory.rights:
        dressed = replace(right, valid_to=LAST, ground="x", may_delegate=True)
        if right_problems(dressed, world.directory, world.policy) or right.kind is not RightKind.ORDER:
            continue
        role = world.policy.roles.get(right.role)
        assert right.role == "" or role is not None
        if role is not None and role.limit is not None:
            assert dressed.limit is not None
            assert dressed.limit <= role.limit
        assert dressed.limit is not None or (role is not None and role.limit is None)


@examples(300)
@given(worlds())
def test_rights_without_objections_overlap_no_other_and_stand_for_a_holder(world: World) -> None:
    for right in without_objections(world):
        assert right.valid_to is None or right.valid_from <= right.valid_to
        for other in world.directory.rights:
            same = (other.person, other.unit, other.kind) == (right.person, right.unit, right.kind)
            days = {DAY + timedelta(days=n) for n in range(-40, 40)}
            both = {d for d in days if replace(right, ended_at=None).live(d) and other.live(d)}
            assert other.id == right.id or not same or other.deputy_for != right.deputy_for or not both
        holder = right.deputy_for
        if holder is not None and right.kind is RightKind.ORDER:
            assert holder in {r.person for r in world.directory.rights}
            assert holder != right.person


@examples(300)
@given(worlds())
def test_objections_do_not_depend_on_the_order_of_the_rights(world: World) -> None:
    backwards = replace(world.directory, rights=world.directory.rights[::-1])
    given_by = {n: r.person for n, r in enumerate(world.directory.rights)}
    for n, right in enumerate(world.directory.rights):
        delegated = replace(right, id=0, delegated_from=given_by[(n + 1) % len(given_by)])
        found: tuple[FoundProblem, ...] = right_problems(delegated, world.directory, world.policy)
        assert right_problems(delegated, backwards, world.policy) == found

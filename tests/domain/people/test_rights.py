"""Who may decide an order under the default profile (docs/rules/promises.md#decide; docs/rules/attest.md#r14)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mailbot.domain.people.directory import Directory, Person, RightKind
from mailbot.domain.people.rights import Authority, Capacity, Deciders, Denial, Matter, self_order_rule
from mailbot.domain.values.policy import Policy, SelfOrder
from tests.support.samples import (
    ANNA,
    CS,
    DAY,
    DIRECTORY,
    EVA,
    MARTA,
    NILS,
    NOW,
    ORJAN,
    POLICY,
    RUT,
    UMF,
    authority_of,
    content,
    directory_with,
    pending,
    right,
    without_approvers,
)


def denying(rule: SelfOrder) -> Policy:
    return replace(POLICY, self_order=rule)


def allowed(
    person: Person,
    requester: Person = RUT,
    directory: Directory = DIRECTORY,
    policy: Policy = POLICY,
    day: date = DAY,
) -> Authority | Denial:
    return Deciders(Matter(CS.id, requester.id, day), directory, policy).authority(person)


def able(requester: Person = RUT, directory: Directory = DIRECTORY, policy: Policy = POLICY) -> tuple[Person, ...]:
    return tuple(a.person for a in Deciders(Matter(CS.id, requester.id, DAY), directory, policy).able)


class TestWhoMayDecide:
    @pytest.mark.parametrize("person", [EVA, ANNA], ids=["the_chosen", "another"])
    def test_any_approver_of_the_unit_may_decide_whoever_was_chosen(self, person: Person) -> None:
        order = pending(content(approver=EVA))
        assert Deciders.of(order, DIRECTORY, POLICY, DAY).authority(person) == authority_of(person)

    @pytest.mark.parametrize(
        "person", [RUT, NILS, ORJAN, MARTA], ids=["requester", "member", "approver_elsewhere", "purchasing"]
    )
    def test_nobody_else_may_decide(self, person: Person) -> None:
        assert Deciders.of(pending(), DIRECTORY, POLICY, DAY).authority(person) is Denial.NO_RIGHT

    def test_the_head_of_the_unit_needs_a_right_like_anyone(self) -> None:
        assert allowed(EVA, directory=directory_with(right(1, ANNA, CS), head=EVA)) is Denial.NO_RIGHT

    def test_being_chosen_gives_no_right(self) -> None:
        order = pending(content(approver=NILS))
        assert Deciders.of(order, DIRECTORY, POLICY, DAY).authority(NILS) is Denial.NO_RIGHT

    def test_the_right_must_hold_on_the_day_of_the_decision(self) -> None:
        limited = replace(right(1, EVA, CS), valid_from=DAY, valid_to=DAY)
        directory = directory_with(limited, right(2, ANNA, CS))
        found = {days: allowed(EVA, directory=directory, day=DAY + timedelta(days=days)) for days in (-1, 0, 1)}
        assert found == {-1: Denial.NOT_YET, 0: Authority(EVA, limited), 1: Denial.EXPIRED}

    def test_a_right_that_was_ended_is_gone_for_orders_that_wait(self) -> None:
        directory = directory_with(replace(right(1, EVA, CS), ended_at=NOW), right(2, ANNA, CS))
        order = pending(content(approver=EVA))
        assert Deciders.of(order, directory, POLICY, DAY).authority(EVA) is Denial.ENDED
        assert able(directory=directory) == (ANNA,)

    def test_the_unit_is_that_of_the_order(self) -> None:
        order = pending(content(unit=UMF.id, approver=ORJAN))
        assert Deciders.of(order, DIRECTORY, POLICY, DAY).authority(ORJAN) == authority_of(ORJAN)
        assert Deciders.of(order, DIRECTORY, POLICY, DAY).authority(EVA) is Denial.NO_RIGHT

    def test_deciders_are_all_approvers_by_name(self) -> None:
        assert able() == (ANNA, EVA)

    def test_a_unit_without_approvers_has_no_deciders(self) -> None:
        assert able(directory=without_approvers()) == ()

    def test_a_purchasing_right_decides_nothing(self) -> None:
        directory = directory_with(right(1, MARTA, CS, RightKind.PURCHASING))
        assert able(directory=directory) == ()


class TestOnesOwnOrder:
    @pytest.mark.parametrize(
        ("rule", "answer"),
        [
            (SelfOrder.ALLOW, authority_of(EVA)),
            (SelfOrder.WARN, authority_of(EVA, own=True)),
            (SelfOrder.DENY, Denial.OWN_ORDER),
        ],
    )
    def test_an_approver_may_decide_their_own_order_as_the_rule_says(
        self, rule: SelfOrder, answer: Authority | Denial
    ) -> None:
        assert allowed(EVA, requester=EVA, policy=denying(rule)) == answer

    @pytest.mark.parametrize("rule", list(SelfOrder))
    def test_the_rule_touches_nobody_elses_order(self, rule: SelfOrder) -> None:
        assert allowed(EVA, requester=RUT, policy=denying(rule)) == authority_of(EVA)

    @pytest.mark.parametrize("of_policy", list(SelfOrder))
    @pytest.mark.parametrize("of_unit", list(SelfOrder))
    def test_the_units_own_rule_goes_before_the_policys(self, of_unit: SelfOrder, of_policy: SelfOrder) -> None:
        directory = directory_with(self_order=of_unit)
        assert self_order_rule(CS.id, directory, denying(of_policy)) is of_unit
        assert self_order_rule(UMF.id, directory, denying(of_policy)) is of_policy

    def test_one_person_at_two_addresses_is_the_same_person(self) -> None:
        orders_as, decides_as = DIRECTORY.person_at("eva@example.se"), DIRECTORY.person_at("EVA.EK@example.se")
        assert orders_as
        assert decides_as
        assert allowed(decides_as, requester=orders_as, policy=denying(SelfOrder.DENY)) is Denial.OWN_ORDER

    def test_someone_without_a_right_is_told_so_also_for_their_own_order(self) -> None:
        assert allowed(RUT, requester=RUT) is Denial.NO_RIGHT

    @pytest.mark.parametrize(
        ("rule", "expected"),
        [(SelfOrder.ALLOW, (ANNA, EVA)), (SelfOrder.WARN, (ANNA, EVA)), (SelfOrder.DENY, (ANNA,))],
    )
    def test_the_requester_is_among_the_deciders_unless_denied(
        self, rule: SelfOrder, expected: tuple[Person, ...]
    ) -> None:
        assert able(EVA, policy=denying(rule)) == expected


def test_a_deputy_stands_in_for_nobody_once_the_holder_has_no_right() -> None:
    holder, deputy = right(1, EVA, CS), replace(right(2, NILS, CS), deputy_for=EVA.id)
    assert allowed(NILS, directory=directory_with(holder, deputy)) == Authority(NILS, deputy, Capacity.DEPUTY)
    gone = directory_with(replace(holder, ended_at=NOW), deputy)
    assert allowed(NILS, directory=gone) is Denial.HOLDER_GONE

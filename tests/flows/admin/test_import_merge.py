"""Whoever ordered from an address that nobody had stated is the person whose address it turns out to be
(docs/rules/attest.md#r36)."""

from dataclasses import replace

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.import_plan import ImportPlan
from mailbot.domain.values.policy import SelfOrder
from mailbot.flows.admin.import_directory import import_directory, look
from mailbot.flows.steps.decide import Action
from tests.support.harness import ANNA, EVA, ORGANISATION, Harness
from tests.support.stated import Organisation

PRIVATE = "eva.privat@example.se"


@pytest.fixture
def stated() -> Organisation:
    """The files, with Eva's other address among hers."""
    eva = ORGANISATION.persons[0]
    assert eva.address == EVA
    return replace(ORGANISATION, persons=(replace(eva, aliases=(*eva.aliases, PRIVATE)), *ORGANISATION.persons[1:]))


def imported(home: Harness, stated: Organisation) -> ImportPlan:
    plan = look(home.bot, stated.numbered, home.now)
    assert not isinstance(import_directory(home.bot, stated.numbered, plan, home.now), ImportPlan)
    home.settle()
    return plan


def test_an_import_makes_them_one_person_with_one_history(home: Harness, stated: Organisation) -> None:
    home.mail(sender=PRIVATE)
    assert home.order().requester != home.person(EVA).id
    merged, alias = imported(home, stated).changes
    assert (merged.kind, merged.before, merged.after) == ("person_merged", PRIVATE, f"Eva Ek <{EVA}>")
    assert (alias.kind, alias.after) == ("alias_added", PRIVATE)
    assert home.order().requester == home.person(PRIVATE).id == home.person(EVA).id
    assert look(home.bot, stated.numbered, home.now).differences == ()
    home.mail(sender=PRIVATE)
    assert home.order().requester == home.person(EVA).id


def test_their_own_order_is_then_their_own_also_the_one_that_waits(home: Harness, stated: Organisation) -> None:
    home.change(policy=replace(home.bot.policy, self_order=SelfOrder.DENY))
    home.mail(sender=PRIVATE)
    token = home.token(EVA, Purpose.DECIDE)
    imported(home, stated)
    assert str(home.press(token, Action.APPROVE)) == "own_order"
    assert home.count(ANNA, "/decide/") == 1
    assert home.history()[:2] == ["opened", "moved"]


def test_a_registered_persons_address_is_still_nobody_elses(home: Harness) -> None:
    eva = replace(ORGANISATION.persons[0], aliases=(ANNA,))
    others = tuple(p for p in ORGANISATION.persons[1:] if p.address != ANNA)
    rights = tuple(r for r in ORGANISATION.rights if r.person != ANNA)
    plan = look(home.bot, replace(ORGANISATION, persons=(eva, *others), rights=rights).numbered, home.now)
    assert [r.why for r in plan.refused] == ["address_taken"]

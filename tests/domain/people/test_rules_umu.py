"""Profile umu as it ships, rule by rule, with the printed figures (docs/rules/attest.md#umu, #differences)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from mailbot.domain.notices.notice import Mailbox, NoticeKind
from mailbot.domain.ordering.draft import DraftContext, ProblemKind, complete
from mailbot.domain.ordering.routing import route
from mailbot.domain.ordering.workflow import Act, Actor, Change, Happened, decide, leave, remind
from mailbot.domain.people.directory import Absence, Directory, RightKind
from mailbot.domain.people.right_rules import right_problems
from mailbot.domain.people.rights import Authority, Capacity, Deciders, Denial, Matter
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Destination, Field, Form, FormLine, Route, RouteReason, Vat
from mailbot.domain.values.policy import SelfOrder
from tests.support.samples import (
    ANNA,
    ATEA,
    CS,
    DAY,
    DIRECTORY,
    DUSTIN,
    EVA,
    NILS,
    NOW,
    ORJAN,
    RUT,
    TO_SUPPLIER,
    UMF,
    called_for,
    content,
    directory_with,
    done,
    line,
    pending,
    right,
    verdict,
    without_approvers,
)
from tests.support.university import shipped

UMU = shipped("umu")
ORE = Decimal("0.01")
LINE = FormLine("Dell XPS 13", "1", "12 500")
FORM = {Field.UNIT: "cs", Field.APPROVER: "Eva Ek", Field.SUPPLIER: "Dustin AB"}


def judged(fields: dict[Field, str], directory: Directory = DIRECTORY) -> Content | list[ProblemKind]:
    found = complete(Form(fields, (LINE,)), DraftContext(RUT, directory, UMU, DAY))
    return found if isinstance(found, Content) else [p.kind for p in found]


def matter(requester: int = RUT.id, amount: str | None = "100", supplier: int | None = None) -> Matter:
    return Matter(CS.id, requester, DAY, Money(Decimal(amount)) if amount else None, supplier=supplier)


def names(about: Matter, directory: Directory = DIRECTORY) -> list[str]:
    return [a.person.name for a in Deciders(about, directory, UMU).able]


class TestRule2And3:
    def test_rule_2_the_approvers_are_those_of_the_unit(self) -> None:
        assert names(matter()) == ["Anna Ask", "Eva Ek"]

    @pytest.mark.parametrize("approvers", [1, 2, 3])
    def test_rule_3_the_unit_has_as_many_approvers_as_it_chose(self, approvers: int) -> None:
        chosen = [right(n, p, CS) for n, p in enumerate((EVA, ANNA, NILS), 1)][:approvers]
        assert len(names(matter(), directory_with(*chosen))) == approvers

    def test_rule_3_a_unit_without_an_approver_takes_no_order(self) -> None:
        assert judged(FORM, without_approvers()) == [ProblemKind.UNIT_WITHOUT_APPROVER]

    def test_rule_3_an_approver_in_a_unit_above_is_not_one_of_the_unit(self) -> None:
        below = {CS.id: replace(CS, parent=UMF.id), UMF.id: UMF}
        directory = replace(directory_with(right(1, ORJAN, UMF)), units=below)
        assert Deciders(matter(), directory, UMU).authority(ORJAN) is Denial.NO_RIGHT
        assert judged(FORM, directory) == [ProblemKind.UNIT_WITHOUT_APPROVER]


def test_rule_5_the_requester_chooses_an_approver() -> None:
    assert judged({f: t for f, t in FORM.items() if f is not Field.APPROVER}) == [ProblemKind.MISSING]
    assert judged({**FORM, Field.APPROVER: "Nils Nord"}) == [ProblemKind.APPROVER_WITHOUT_RIGHT]
    assert isinstance(judged(FORM), Content)


def test_rule_8_the_first_reminder_comes_after_three_calendar_days() -> None:
    friday = NOW - timedelta(days=3)
    order = replace(pending(policy=UMU), remind_at=None)
    assert pending(policy=UMU).remind_at == NOW + timedelta(days=3)
    assert UMU.remind_after == timedelta(days=3)
    due = replace(order, remind_at=friday + timedelta(days=3))
    assert done(remind(due, UMU, NOW)).after.reminders == 1
    assert not isinstance(remind(due, UMU, NOW - timedelta(seconds=1)), Change)


@pytest.mark.parametrize(
    ("comment", "expected"),
    [("", TO_SUPPLIER), (" ", TO_SUPPLIER), ("Köp två", Route(Destination.PURCHASING, (RouteReason.COMMENT,)))],
)
def test_rule_11_with_a_comment_an_approved_order_goes_to_purchasing(comment: str, expected: Route) -> None:
    assert route(content(), comment, DIRECTORY, UMU) == expected


@pytest.mark.parametrize(
    ("price", "vat", "over"),
    [
        ("14999.99", Vat(), False),
        ("15000.00", Vat(), False),
        ("15000.01", Vat(), True),
        ("18750.00", Vat(included=True), False),
        ("18750.02", Vat(included=True), True),
    ],
)
def test_rule_12_above_15_000_an_approved_order_goes_to_purchasing(price: str, vat: Vat, *, over: bool) -> None:
    expected = Route(Destination.PURCHASING, (RouteReason.OVER_LIMIT,)) if over else TO_SUPPLIER
    assert route(content(line(price), vat=vat), "", DIRECTORY, UMU) == expected


def test_rule_12_another_currency_goes_to_purchasing() -> None:
    foreign = content(line("1", currency="EUR"), currency="EUR")
    assert route(foreign, "", DIRECTORY, UMU) == Route(Destination.PURCHASING, (RouteReason.FOREIGN_CURRENCY,))


def test_rule_12_a_declared_interest_is_no_reason() -> None:
    biased = replace(NILS, interests=(DUSTIN.name,))
    directory = replace(DIRECTORY, persons={**DIRECTORY.persons, biased.id: biased})
    assert route(content(), "", directory, UMU) == TO_SUPPLIER


class TestRule14:
    """Any approver of the unit may decide, whoever was chosen; nothing else is asked of them."""

    @pytest.mark.parametrize("amount", ["0.01", "15000", "15000.01", "999999999.99", None])
    @pytest.mark.parametrize("who", [EVA, ANNA])
    def test_rule_14_every_approver_of_the_unit_decides_any_amount(self, who: object, amount: str | None) -> None:
        assert who in [a.person for a in Deciders(matter(amount=amount), DIRECTORY, UMU).able]

    def test_rule_14_a_stated_limit_is_kept_all_the_same(self) -> None:
        directory = directory_with(replace(right(1, EVA, CS), limit=Money(Decimal(50_000))), right(2, ANNA, CS))
        assert names(matter(amount="50000"), directory) == ["Anna Ask", "Eva Ek"]
        assert names(matter(amount="50000.01"), directory) == ["Anna Ask"]
        assert names(matter(amount=None), directory) == ["Anna Ask"]

    def test_rule_14_the_chosen_one_is_asked(self) -> None:
        assert Deciders(matter(), DIRECTORY, UMU).asked(EVA.id) == (EVA,)
        assert Deciders(matter(), DIRECTORY, UMU).asked(ANNA.id) == (ANNA,)

    @pytest.mark.parametrize("registered", [True, False])
    def test_rule_14_at_the_chosen_ones_absence_the_others_are_asked(self, *, registered: bool) -> None:
        directory = replace(DIRECTORY, absences=(Absence(EVA.id, DAY, DAY, registered=registered),))
        assert Deciders(matter(), directory, UMU).asked(EVA.id) == (ANNA,)
        assert names(matter(), directory) == ["Anna Ask", "Eva Ek"]

    def test_rule_14_an_approver_without_a_right_any_more_is_not_asked(self) -> None:
        directory = directory_with(replace(right(1, EVA, CS), ended_at=NOW), right(2, ANNA, CS))
        assert Deciders(matter(), directory, UMU).asked(EVA.id) == (ANNA,)
        assert Deciders(matter(), without_approvers(), UMU).asked(EVA.id) == ()

    @pytest.mark.parametrize("registered", [True, False, None])
    def test_rule_14_a_deputy_decides_at_any_time(self, *, registered: bool | None) -> None:
        gone = () if registered is None else (Absence(EVA.id, DAY, DAY, registered=registered),)
        deputy = replace(right(2, NILS, CS), deputy_for=EVA.id)
        directory = replace(directory_with(right(1, EVA, CS), deputy), absences=gone)
        assert Deciders(matter(), directory, UMU).authority(NILS) == Authority(NILS, deputy, Capacity.DEPUTY)

    @pytest.mark.parametrize("kind", [RightKind.PURCHASING, RightKind.APPOINT])
    def test_rule_14_another_kind_of_right_decides_nothing(self, kind: RightKind) -> None:
        assert names(matter(), directory_with(right(1, EVA, CS, kind))) == []


class TestRule16:
    """An own order is advised against, not barred; the unit decides."""

    def test_rule_16_the_profile_warns(self) -> None:
        assert UMU.self_order is SelfOrder.WARN
        assert not UMU.two_persons

    @pytest.mark.parametrize("of_unit", [None, *SelfOrder])
    def test_rule_16_the_unit_says_what_an_own_order_is(self, of_unit: SelfOrder | None) -> None:
        found = Deciders(matter(EVA.id), directory_with(self_order=of_unit), UMU).authority(EVA)
        expected = {
            None: Authority(EVA, right(1, EVA, CS), own=True),
            SelfOrder.WARN: Authority(EVA, right(1, EVA, CS), own=True),
            SelfOrder.ALLOW: Authority(EVA, right(1, EVA, CS)),
            SelfOrder.DENY: Denial.OWN_ORDER,
        }
        assert found == expected[of_unit]

    def test_rule_16_denied_the_others_are_asked(self) -> None:
        denying = directory_with(self_order=SelfOrder.DENY)
        assert Deciders(matter(EVA.id), denying, UMU).asked(EVA.id) == (ANNA,)
        assert (
            Deciders(matter(EVA.id), directory_with(right(1, EVA, CS), self_order=SelfOrder.DENY), UMU).asked(EVA.id)
            == ()
        )

    def test_rule_16_who_chose_themself_is_asked_where_that_is_only_warned_of(self) -> None:
        assert Deciders(matter(EVA.id), DIRECTORY, UMU).asked(EVA.id) == (EVA,)

    def test_rule_16_nobody_is_asked_about_their_own_order_in_anothers_place(self) -> None:
        directory = replace(
            directory_with(right(1, EVA, CS), right(2, ANNA, CS), right(3, NILS, CS)),
            absences=(Absence(ANNA.id, DAY, DAY),),
        )
        assert Deciders(matter(EVA.id), directory, UMU).asked(ANNA.id) == (NILS,)

    def test_rule_16_alone_the_requester_is_asked_all_the_same(self) -> None:
        directory = directory_with(right(1, EVA, CS))
        assert Deciders(matter(EVA.id), directory, UMU).asked(ANNA.id) == (EVA,)

    @pytest.mark.parametrize(
        ("requester", "head", "to"),
        [(EVA, EVA, Mailbox.PURCHASING), (ANNA, EVA, EVA), (ANNA, None, Mailbox.PURCHASING)],
    )
    def test_rule_16_the_head_gets_a_copy_and_of_the_heads_own_purchasing(
        self, requester: object, head: object, to: object
    ) -> None:
        who = ANNA if requester is ANNA else EVA
        directory = directory_with(head=EVA if head is EVA else None)
        order = pending(content(approver=who), requester=who, policy=UMU)
        by = Deciders(Matter(CS.id, who.id, DAY), directory, UMU).authority(who)
        assert isinstance(by, Authority)
        change = done(decide(order, by, verdict(order), Act(Actor(who.id, "signed link"), UMU, NOW)))
        copies = [n.to for n in called_for(change, directory, UMU) if n.kind is NoticeKind.OWN_ORDER]
        assert copies == [to]

    def test_rule_16_an_own_order_leaves_where_it_is_not_barred(self) -> None:
        order = pending(requester=EVA, policy=UMU)
        by = Authority(EVA, right(1, EVA, CS), own=True)
        change = done(decide(order, by, verdict(order), Act(Actor(EVA.id, "signed link"), UMU, NOW)))
        assert change.after.leaves_at
        assert done(leave(change.after, UMU, change.after.leaves_at)).happened is Happened.LEAVING


class TestRule60And61:
    """Bias is law, so it bars under every profile (2017:900, 16-18 §§)."""

    def test_rule_60_after_a_recusal_the_others_are_asked(self) -> None:
        about = replace(matter(), recused=frozenset({EVA.id}))
        assert Deciders(about, DIRECTORY, UMU).authority(EVA) is Denial.RECUSED
        assert Deciders(about, DIRECTORY, UMU).asked(EVA.id) == (ANNA,)

    @pytest.mark.parametrize(("supplier", "barred"), [(DUSTIN.id, True), (ATEA.id, False), (None, False)])
    def test_rule_61_a_declared_interest_bars(self, supplier: int | None, *, barred: bool) -> None:
        biased = replace(EVA, interests=("556666-1012",))
        found = Deciders(matter(supplier=supplier), DIRECTORY, UMU).authority(biased)
        assert (found is Denial.INTEREST) is barred


def test_rule_65_a_right_needs_neither_last_day_nor_limit_nor_ground() -> None:
    assert right_problems(right(9, NILS, CS), DIRECTORY, UMU) == ()


def test_rule_59_whom_a_purchase_is_for_changes_nothing() -> None:
    for concerns in (EVA.id, ANNA.id, RUT.id):
        found = Deciders(replace(matter(), concerns=concerns), DIRECTORY, UMU).authority(EVA)
        assert found == Authority(EVA, right(1, EVA, CS))


def test_rule_35_and_37_an_order_needs_no_accounting_and_an_approval_certifies_nothing() -> None:
    assert isinstance(judged(FORM), Content)
    assert isinstance(judged({**FORM, Field.CURRENCY: "EUR"}), Content)
    assert UMU.statements == ""
    order = pending(policy=UMU)
    by = Authority(EVA, right(1, EVA, CS))
    grounds = done(decide(order, by, verdict(order), Act(Actor(EVA.id, "x"), UMU, NOW))).grounds
    assert grounds is not None
    assert not grounds.statements

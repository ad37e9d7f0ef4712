"""Profile su as it ships, rule by rule, with the printed figures (docs/rules/attest.md#su, #limits, #differences)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from mailbot.domain.ordering.draft import DraftContext, Problem, ProblemKind, complete, is_accounting
from mailbot.domain.ordering.routing import route
from mailbot.domain.ordering.workflow import Act, Actor, Happened, Refusal, decide, hand_over, leave, move, recuse
from mailbot.domain.people.directory import Absence, Directory, Right, RightKind
from mailbot.domain.people.right_rules import RightProblem, right_problems
from mailbot.domain.people.rights import Authority, Capacity, Deciders, Denial, Matter, counted, self_order_rule
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Destination, Field, Form, FormLine, Route, RouteReason, Vat
from mailbot.domain.values.policy import OwnCost, SelfOrder
from tests.support.samples import (
    ATEA,
    DAY,
    DUSTIN,
    NOW,
    TO_SUPPLIER,
    content,
    done,
    line,
    pending,
    verdict,
)
from tests.support.university import (
    PEOPLE,
    UNITS,
    UNIVERSITY,
    away,
    matter,
    money,
    person,
    right_of,
    shipped,
    the_right,
    with_rights,
)

SU = shipped("su")
CHAIR = "styrelsens ordförande"
ORE = Decimal("0.01")
DEPUTY = "ställföreträdande prefekt"
PORTAL = replace(SU, counts_as_portal=True)
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)


def answer(who: str, about: Matter, directory: Directory = UNIVERSITY) -> Capacity | Denial:
    """Return as what the person decides, or why not."""
    found = Deciders(about, directory, SU).authority(person(who))
    return found.capacity if isinstance(found, Authority) else found


def able(about: Matter, directory: Directory = UNIVERSITY) -> list[str]:
    """Return who may decide, by post, the nearest first."""
    posts = {p.id: who for who, p in PEOPLE.items()}
    return [posts[a.person.id] for a in Deciders(about, directory, SU).able]


def named(about: Matter, directory: Directory = UNIVERSITY) -> list[str]:
    """Return whom the table of own costs names, by post, the first of its row first."""
    posts = {p.id: who for who, p in PEOPLE.items()}
    able = Deciders(about, directory, SU).able
    return [posts[a.person.id] for a in able if a.capacity is Capacity.OWN_COST]


def asking(chosen: str, about: Matter, directory: Directory = UNIVERSITY) -> list[str]:
    posts = {p.id: who for who, p in PEOPLE.items()}
    return [posts[p.id] for p in Deciders(about, directory, SU).asked(person(chosen).id)]


def against(right: Right, directory: Directory = UNIVERSITY) -> set[RightProblem]:
    return {found.objection for found in right_problems(right, directory, SU)}


class TestRule27:
    """Delegation: only where the table has it, to the printed ceiling, and never more than the delegator has."""

    CEILINGS = (
        ("universitetsdirektör", "uf", "rektor", "3000000"),  # the post's own
        ("", "uf", "rektor", None),
        ("dekan", "mat", "vicerektor", "2500000"),
        ("kanslichef", "mat", "dekan", "500000"),
        ("", "mat", "dekan", "2500000"),
        ("administrativ chef", "cs", "prefekt", "500000"),
        ("", "cs", "prefekt", "2000000"),
        ("ställföreträdande universitetsdirektör", "uf", "universitetsdirektör", "2000000"),
        ("", "uf", "universitetsdirektör", "2000000"),
        ("sektionschef", "drift", "avdelningschef inom förvaltningen", "500000"),
        ("sektionschef", "plan", "planeringschef", "500000"),
    )

    @pytest.mark.parametrize(("role", "unit", "delegator", "ceiling"), CEILINGS)
    def test_rule_27_a_delegation_goes_to_its_printed_ceiling(
        self, role: str, unit: str, delegator: str, ceiling: str | None
    ) -> None:
        amount = Decimal(ceiling or 900_000_000)
        given = right_of("Rut", unit, None, role=role, delegator=delegator)
        assert against(replace(given, limit=Money(amount - ORE))) == set()
        assert against(replace(given, limit=Money(amount))) == set()
        over = against(replace(given, limit=Money(amount + ORE)))
        assert bool(over) is (ceiling is not None)
        assert over <= {RightProblem.OVER_CEILING, RightProblem.OVER_DELEGATOR}

    @pytest.mark.parametrize("role", ["prefekt", "enhetschef", "sektionschef", ""])
    @pytest.mark.parametrize(
        ("delegator", "unit"),
        [
            ("avdelningschef", "cs-a"),  # the odd cell "Prefekt"
            ("gruppledare", "cs-g"),  # the odd cell "Enhetschef"
            ("föreståndare (centrumbildning)", "centrum"),
            ("chef för övrig verksamhet (SUHF, STAF)", "suhf"),
            ("administrativ chef", "cs"),
            ("sektionschef", "drift"),
        ],
    )
    def test_rule_27_where_the_table_has_no_delegation_or_an_odd_cell_there_is_none(
        self, delegator: str, unit: str, role: str
    ) -> None:
        assert RightProblem.NOT_DELEGABLE in against(right_of("Rut", unit, 100, role=role, delegator=delegator))

    def test_rule_27_other_suitable_must_state_its_limit(self) -> None:
        given = right_of("Rut", "cs", None, role="", delegator="prefekt")
        assert RightProblem.LIMIT_MISSING in against(given)
        assert against(replace(given, limit=money(2_000_000))) == set()

    def test_rule_27_a_delegator_with_less_gives_less(self) -> None:
        lower = with_rights(replace(the_right("prefekt"), limit=money(400_000)))
        given = right_of("Rut", "cs", 400_000, role="administrativ chef", delegator="prefekt")
        assert against(given, lower) == set()
        assert against(replace(given, limit=Money(400_000 + ORE)), lower) == {RightProblem.OVER_DELEGATOR}

    def test_rule_27_what_may_not_be_delegated_is_not(self) -> None:
        barred = with_rights(replace(the_right("prefekt"), may_delegate=False))
        given = right_of("Rut", "cs", 100, role="administrativ chef", delegator="prefekt")
        assert against(given, barred) == {RightProblem.DELEGATOR_MAY_NOT}

    def test_rule_27_whether_it_may_be_delegated_is_answered(self) -> None:
        assert against(replace(the_right("prefekt"), may_delegate=None)) == {RightProblem.MAY_DELEGATE_MISSING}

    @pytest.mark.parametrize(
        ("who", "limit"), [("administrativ chef", "500000"), ("ämnesansvarig", "300000"), ("sektionschef", "500000")]
    )
    def test_rule_27_a_delegate_decides_up_to_the_delegated_limit(self, who: str, limit: str) -> None:
        unit = the_right(who).unit
        assert answer(who, matter(unit, Decimal(limit))) is Capacity.HOLDER
        assert answer(who, matter(unit, Decimal(limit) + ORE)) is Denial.OVER_OWN_LIMIT


def test_rule_28_a_right_taken_back_decides_nothing_more_and_its_order_goes_to_the_next() -> None:
    ended = with_rights(replace(the_right("prefekt"), ended_at=NOW))
    assert answer("prefekt", matter("cs", 600_000)) is Capacity.HOLDER
    assert answer("prefekt", matter("cs", 600_000), ended) is Denial.ENDED
    assert asking("prefekt", matter("cs", 600_000), ended) == ["dekan"]


class TestRule32:
    def test_rule_32_the_profile_asks_for_two_persons(self) -> None:
        assert SU.two_persons

    @pytest.mark.parametrize("of_unit", [None, *SelfOrder])
    def test_rule_32_no_unit_can_allow_its_own_orders(self, of_unit: SelfOrder | None) -> None:
        units = {u.id: replace(u, self_order=of_unit) for u in UNITS}
        directory = replace(UNIVERSITY, units=units)
        assert self_order_rule("cs", directory, SU) is SelfOrder.DENY
        assert answer("prefekt", matter("cs", requester="prefekt"), directory) is Denial.OWN_ORDER

    def test_rule_32_an_order_that_its_requester_approved_never_leaves(self) -> None:
        prefekt = person("prefekt")
        order = pending(content(unit="cs", approver=prefekt), requester=prefekt)
        by = Authority(prefekt, the_right("prefekt"))
        approved = done(decide(order, by, verdict(order), Act(Actor(prefekt.id, "signed link"), SU, NOW))).after
        assert approved.leaves_at
        assert leave(approved, SU, approved.leaves_at) is Refusal.ONE_PERSON

    def test_rule_32_an_order_that_another_approved_leaves(self) -> None:
        order = pending(content(unit="cs", approver=person("prefekt")), requester=person("Rut"))
        by = Authority(person("prefekt"), the_right("prefekt"))
        approved = done(decide(order, by, verdict(order), Act(Actor(by.person.id, "signed link"), SU, NOW))).after
        assert approved.leaves_at
        assert done(leave(approved, SU, approved.leaves_at)).happened is Happened.LEAVING

    def test_rule_32_an_order_that_its_requester_rejected_goes_back(self) -> None:
        prefekt = person("prefekt")
        order = pending(content(unit="cs", approver=prefekt), requester=prefekt)
        said = verdict(order, approved=False)
        by = Authority(prefekt, the_right("prefekt"))
        rejected = done(decide(order, by, said, Act(Actor(prefekt.id, "signed link"), SU, NOW))).after
        assert rejected.leaves_at
        assert done(leave(rejected, SU, rejected.leaves_at)).happened is Happened.RETURNED


LINE = FormLine("Dell XPS 13", "2", "12 500")
FORM = {Field.UNIT: "cs", Field.APPROVER: person("prefekt").address, Field.SUPPLIER: DUSTIN.name}
ACCOUNTED = {**FORM, Field.ACCOUNTING: "1234-5678"}


def judged(fields: dict[Field, str], requester: str = "Rut") -> Content | list[tuple[ProblemKind, Field | None]]:
    """Return the order that a form becomes, or what is wrong with which field."""
    found = complete(Form(fields, (LINE,)), DraftContext(person(requester), UNIVERSITY, SU, DAY))
    return found if isinstance(found, Content) else [(p.kind, p.field) for p in found if isinstance(p, Problem)]


class TestRule35:
    def test_rule_35_an_order_without_accounting_is_asked_back(self) -> None:
        assert judged(FORM) == [(ProblemKind.MISSING, Field.ACCOUNTING)]
        assert judged({**FORM, Field.ACCOUNTING: ""}) == [(ProblemKind.MISSING, Field.ACCOUNTING)]

    @pytest.mark.parametrize(
        "said", ["-", "--", "?", "???", "xxx", "XX", "vet ej", "Vet inte.", "n/a", "saknas", "12 34"]
    )
    def test_rule_35_what_stands_in_place_of_accounting_is_asked_back(self, said: str) -> None:
        """F5 of the audit: `Kontering: -` passed, and the order left."""
        assert judged({**FORM, Field.ACCOUNTING: said}) == [(ProblemKind.BAD_ACCOUNTING, Field.ACCOUNTING)]

    def test_rule_35_the_universitys_own_pattern_counts_and_placeholders_do_without_one(self) -> None:
        own = replace(SU, accounting_pattern="###-####")
        assert [is_accounting(text, own) for text in ("310-2201", "310-22", "3102201")] == [True, False, False]
        none = replace(SU, accounting_pattern="")
        assert [is_accounting(text, none) for text in ("K 12", "-", "vet ej", "xxx")] == [True, False, False, False]
        assert is_accounting("-", shipped("umu"))

    def test_rule_35_an_order_with_accounting_is_taken(self) -> None:
        assert isinstance(judged(ACCOUNTED), Content)


class TestCountervalue:
    """A limit in kronor says nothing of another currency: the order states its value
    (docs/rules/promises.md#countervalue)."""

    def test_rule_55_an_order_in_another_currency_states_its_value_in_kronor(self) -> None:
        assert judged({**ACCOUNTED, Field.CURRENCY: "EUR"}) == [(ProblemKind.MISSING, Field.COUNTERVALUE)]
        unread = {**ACCOUNTED, Field.CURRENCY: "EUR", Field.COUNTERVALUE: "ungefär mycket"}
        assert judged(unread) == [(ProblemKind.BAD_COUNTERVALUE, Field.COUNTERVALUE)]

    def test_rule_55_the_limit_is_compared_with_the_stated_value(self) -> None:
        stated = judged({**ACCOUNTED, Field.CURRENCY: "EUR", Field.COUNTERVALUE: "280 000"})
        assert isinstance(stated, Content)
        assert counted(stated, SU) == money(280_000)

    @pytest.mark.parametrize(
        ("vat", "policy", "expected"),
        [
            (Vat(included=False), SU, "100000"),
            (Vat(included=True), SU, "80000"),
            (Vat(included=False), replace(SU, limit_includes_vat=True), "125000"),
            (Vat(included=True), replace(SU, limit_includes_vat=True), "100000"),
        ],
    )
    def test_rule_55_the_stated_value_is_in_the_orders_basis_and_the_limit_in_its_own(
        self, vat: Vat, policy: object, expected: str
    ) -> None:
        foreign = replace(content(line("9000", currency="EUR"), currency="EUR", vat=vat), countervalue=money(100_000))
        assert isinstance(policy, type(SU))
        assert counted(foreign, policy) == money(expected)

    def test_rule_55_without_a_value_in_kronor_only_who_has_no_limit_may_decide(self) -> None:
        unknown = matter("cs", None)
        assert answer("prefekt", unknown) is Denial.AMOUNT_UNKNOWN
        assert able(unknown) == ["rektor", CHAIR]

    def test_rule_55_before_the_amount_is_known_it_bars_nobody(self) -> None:
        assert answer("prefekt", replace(matter("cs", None), any_amount=True)) is Capacity.HOLDER


class TestRule36:
    @pytest.mark.parametrize("who", [w for w in PEOPLE if w != "Rut"])
    def test_rule_36_nobody_decides_what_they_ordered(self, who: str) -> None:
        held = next(r for r in UNIVERSITY.rights if r.person == person(who).id)
        assert answer(who, matter(held.unit, requester=who), away("rektor", "dekan", "prefekt")) is Denial.OWN_ORDER

    @pytest.mark.parametrize("written", ["p8@example.se", "alias8@example.se", "ALIAS8@Example.SE"])
    def test_rule_36_an_alias_is_the_same_person(self, written: str) -> None:
        orders_as = UNIVERSITY.person_at(written)
        assert orders_as == person("prefekt")
        assert answer("prefekt", replace(matter("cs"), requester=orders_as.id)) is Denial.OWN_ORDER
        form = {**ACCOUNTED, Field.APPROVER: written, Field.FOR_PERSON: "verksamheten"}
        chosen = judged(form, requester="prefekt")
        assert chosen == [(ProblemKind.OWN_ORDER, Field.APPROVER)]

    def test_rule_36_it_goes_to_the_nearest_level_where_another_may(self) -> None:
        about = matter("cs", 600_000, requester="prefekt")
        assert able(about) == ["dekan", "vicerektor", "rektor", CHAIR]
        assert asking("prefekt", about) == ["dekan"]


@pytest.mark.parametrize(("yes", "kept"), [(True, "su-37-2"), (False, "")])
def test_rule_37_an_approval_keeps_the_version_of_the_statements_it_certifies(*, yes: bool, kept: str) -> None:
    order = pending(content(unit="cs", approver=person("prefekt")), requester=person("Rut"))
    by = Authority(person("prefekt"), the_right("prefekt"))
    change = done(decide(order, by, verdict(order, approved=yes), Act(Actor(by.person.id, "signed link"), SU, NOW)))
    assert change.grounds is not None
    assert change.grounds.statements == kept
    assert change.grounds.ground == "SU FV-4558-22"
    assert change.grounds.capacity == "holder"


def test_rule_53_the_line_goes_from_prefekt_over_dekan_and_vicerektor_to_rektor() -> None:
    assert able(matter("cs", 1_900_000)) == ["prefekt", "dekan", "vicerektor", "rektor", CHAIR]


class TestRule54:
    """Deputies replace the holder in the holder's absence."""

    PAIRS = (
        ("prorektor", "rektor", "su"),
        ("prodekan", "dekan", "mat"),
        ("ställföreträdande prefekt", "prefekt", "cs"),
    )

    @pytest.mark.parametrize(("deputy", "holder", "unit"), PAIRS)
    @pytest.mark.parametrize(
        ("first", "last", "expected"),
        [
            (DAY, DAY, Capacity.DEPUTY),
            (YESTERDAY, DAY, Capacity.DEPUTY),
            (DAY, TOMORROW, Capacity.DEPUTY),
            (YESTERDAY, YESTERDAY, Denial.HOLDER_PRESENT),
            (TOMORROW, TOMORROW, Denial.HOLDER_PRESENT),
        ],
    )
    def test_rule_54_a_deputy_decides_on_the_holders_days_away_only(
        self, deputy: str, holder: str, unit: str, first: date, last: date, expected: Capacity | Denial
    ) -> None:
        assert answer(deputy, matter(unit), away(holder, first=first, last=last)) is expected

    @pytest.mark.parametrize(("deputy", "holder", "unit"), PAIRS)
    def test_rule_54_a_deputy_does_not_decide_while_the_holder_is_there(
        self, deputy: str, holder: str, unit: str
    ) -> None:
        others = away(*(w for w in PEOPLE if w != holder))
        assert answer(deputy, matter(unit)) is Denial.HOLDER_PRESENT
        assert answer(deputy, matter(unit), others) is Denial.HOLDER_PRESENT
        assert answer(holder, matter(unit)) is Capacity.HOLDER

    def test_rule_54_an_automatic_reply_is_not_enough(self) -> None:
        told = away("prefekt", registered=False)
        assert answer("ställföreträdande prefekt", matter("cs"), told) is Denial.HOLDER_PRESENT

    def test_rule_54_a_registered_absence_counts_beside_an_automatic_reply(self) -> None:
        prefekt = person("prefekt").id
        both = (Absence(prefekt, DAY, TOMORROW, registered=False), Absence(prefekt, DAY, DAY))
        for absences in (both, both[::-1]):
            directory = replace(UNIVERSITY, absences=absences)
            assert answer("ställföreträdande prefekt", matter("cs"), directory) is Capacity.DEPUTY

    def test_rule_54_with_holder_and_deputy_away_the_next_level_is_asked(self) -> None:
        both = away("prefekt", "ställföreträdande prefekt")
        assert asking("prefekt", matter("cs", 1_000_000), both) == ["dekan"]
        assert answer("ställföreträdande prefekt", matter("cs"), both) is Capacity.DEPUTY

    def test_rule_54_with_the_holder_away_the_deputy_is_asked(self) -> None:
        assert asking("prefekt", matter("cs", 1_000_000), away("prefekt")) == ["ställföreträdande prefekt"]

    def test_rule_54_the_absence_of_the_only_one_who_may_passes_nobody_over(self) -> None:
        about = matter("su", 50_000_000, requester="prorektor")
        gone = away("rektor", CHAIR)
        assert able(about, gone) == ["rektor", CHAIR]
        assert asking("rektor", about, gone) == ["rektor"]

    def test_rule_54_the_substitute_named_in_the_absence_is_asked_if_they_may_decide(self) -> None:
        prefekt, chief = person("prefekt").id, person("administrativ chef").id
        directory = replace(UNIVERSITY, absences=(Absence(prefekt, DAY, DAY, substitute=chief),))
        assert asking("prefekt", matter("cs", 500_000), directory) == ["administrativ chef"]
        assert asking("prefekt", matter("cs", 500_001), directory) == ["ställföreträdande prefekt"]

    def test_rule_54_of_two_absences_of_the_same_days_always_the_same_substitute_is_asked(self) -> None:
        who = [person("administrativ chef").id, person("ämnesansvarig").id]
        both = [Absence(person("prefekt").id, DAY, DAY, substitute=substitute) for substitute in who]
        for absences in (both, both[::-1]):
            directory = replace(UNIVERSITY, absences=tuple(absences))
            assert asking("prefekt", matter("cs", 300_000), directory) == ["ämnesansvarig"]

    def test_rule_54_a_substitute_gets_no_right(self) -> None:
        directory = replace(
            UNIVERSITY, absences=(Absence(person("prefekt").id, DAY, DAY, substitute=person("Rut").id),)
        )
        assert answer("Rut", matter("cs", requester="sektionschef"), directory) is Denial.NO_RIGHT

    def test_rule_54_a_deputy_decides_by_an_own_right_as_before(self) -> None:
        own = right_of("ställföreträdande prefekt", "cs", 100_000, role="", delegator="prefekt")
        own = replace(own, id=99)
        directory = with_rights(own)
        assert answer("ställföreträdande prefekt", matter("cs", 100_000), directory) is Capacity.HOLDER
        gone = replace(directory, absences=away("prefekt").absences)
        assert answer("ställföreträdande prefekt", matter("cs", 100_000), gone) is Capacity.HOLDER
        assert answer("ställföreträdande prefekt", matter("cs", 100_001), gone) is Capacity.DEPUTY


LIMITS = (
    ("vicerektor", "natur", "3000000"),
    ("dekan", "mat", "2500000"),
    ("prodekan", "mat", "2500000"),
    ("prefekt", "cs", "2000000"),
    ("ställföreträdande prefekt", "cs", "2000000"),
    ("administrativ chef", "cs", "500000"),
    ("avdelningschef", "cs-a", "500000"),
    ("gruppledare", "cs-g", "50000"),
    ("föreståndare (centrumbildning)", "centrum", "2000000"),
    ("universitetsdirektör", "uf", "3000000"),
    ("ställföreträdande universitetsdirektör", "uf", "2000000"),
    ("avdelningschef inom förvaltningen", "it", "2000000"),
    ("sektionschef", "drift", "500000"),
    ("chef för övrig verksamhet (SUHF, STAF)", "suhf", "1000000"),
)


class TestRule55:
    """A right is tied to a kind, an amount and a unit; the amounts are those of docs/rules/attest.md#limits."""

    @pytest.mark.parametrize(("who", "unit", "limit"), LIMITS)
    def test_rule_55_each_role_decides_up_to_its_printed_limit(self, who: str, unit: str, limit: str) -> None:
        gone = away("dekan", "prefekt")
        for amount, allowed in ((Decimal(limit) - ORE, True), (Decimal(limit), True), (Decimal(limit) + ORE, False)):
            found = Deciders(matter(unit, amount), gone, PORTAL).authority(person(who))
            assert isinstance(found, Authority) is allowed, amount
            assert allowed or found is Denial.OVER_OWN_LIMIT

    @pytest.mark.parametrize(("who", "unit", "limit"), LIMITS)
    def test_rule_55_the_profile_states_the_printed_limit_of_the_role(self, who: str, unit: str, limit: str) -> None:
        assert SU.roles[who].limit == money(limit), unit

    @pytest.mark.parametrize("who", ["rektor", "prorektor", CHAIR])
    def test_rule_55_rektor_prorektor_and_chair_have_no_limit(self, who: str) -> None:
        assert SU.roles[who].limit is None
        assert isinstance(Deciders(matter("su", 999_999_999), away("rektor"), SU).authority(person(who)), Authority)

    @pytest.mark.parametrize(("who", "unit", "limit"), LIMITS)
    def test_rule_55_a_right_that_states_no_limit_has_its_roles(self, who: str, unit: str, limit: str) -> None:
        unstated = replace(the_right(who), limit=None)
        directory = replace(with_rights(unstated), absences=away("dekan", "prefekt").absences)
        assert isinstance(Deciders(matter(unit, Decimal(limit)), directory, PORTAL).authority(person(who)), Authority)
        over = Deciders(matter(unit, Decimal(limit) + ORE), directory, PORTAL).authority(person(who))
        assert over is Denial.OVER_OWN_LIMIT

    @pytest.mark.parametrize("amount", ["50", "49999.99", "50000", "50000.01"])
    def test_rule_55_a_group_leader_decides_only_where_the_bot_is_the_portal(self, amount: str) -> None:
        assert answer("gruppledare", matter("cs-g", amount)) is Denial.NOT_PORTAL
        leader = Deciders(matter("cs-g", amount), UNIVERSITY, PORTAL).authority(person("gruppledare"))
        assert leader is Denial.OVER_OWN_LIMIT if Decimal(amount) > 50_000 else isinstance(leader, Authority)

    def test_rule_55_explain_says_why_the_group_leader_may_not(self) -> None:
        order = pending(content(unit="cs-g", approver=person("gruppledare")), requester=person("Rut"))
        assert (person("gruppledare"), Denial.NOT_PORTAL) in Deciders.of(order, UNIVERSITY, SU, DAY).explain(order)

    def test_rule_55_the_bot_is_not_the_portal_unless_declared(self) -> None:
        assert not SU.counts_as_portal

    @pytest.mark.parametrize("unit", ["hist", "hum", "centrum", "uf", "mat", "su"])
    def test_rule_55_the_unit_is_the_rights_own_or_one_below(self, unit: str) -> None:
        assert answer("prefekt", matter(unit)) is Denial.NO_RIGHT


class TestRule56:
    """A superior level may always decide, and an order above everyone's limit goes up the tree."""

    @pytest.mark.parametrize(
        ("unit", "superiors"),
        [
            ("cs-a", ["prefekt", "dekan", "vicerektor", "rektor", CHAIR]),
            ("cs", ["dekan", "vicerektor", "rektor", CHAIR]),
            ("hist", ["annan dekan", "vicerektor", "rektor", CHAIR]),
            ("drift", ["avdelningschef inom förvaltningen", "universitetsdirektör", "rektor", CHAIR]),
            ("uf", ["rektor", CHAIR]),
            ("su", [CHAIR]),
        ],
    )
    def test_rule_56_every_level_above_may_decide(self, unit: str, superiors: list[str]) -> None:
        for who in superiors:
            assert answer(who, matter(unit, 500_000)) is Capacity.SUPERIOR
        assert {w for w in PEOPLE if answer(w, matter(unit)) is Capacity.SUPERIOR} == set(superiors)

    DELEGATES = (
        ("administrativ chef", "cs-a"),
        ("ämnesansvarig", "cs-g"),
        ("ställföreträdande universitetsdirektör", "it"),
    )

    @pytest.mark.parametrize(("who", "below"), DELEGATES)
    def test_rule_56_a_delegate_is_no_level_above_unless_a_setting_says_so(self, who: str, below: str) -> None:
        assert answer(who, matter(below)) is Denial.ONLY_OWN_UNIT
        found = Deciders(matter(below), UNIVERSITY, replace(SU, superior_delegates=True)).authority(person(who))
        assert isinstance(found, Authority)
        assert found.capacity is Capacity.SUPERIOR

    def test_rule_56_nor_is_a_delegates_deputy(self) -> None:
        deputy = replace(right_of("Rut", "cs", 100, role="", deputy_for="administrativ chef"), id=99)
        directory = replace(with_rights(deputy), absences=away("administrativ chef").absences)
        assert answer("Rut", matter("cs", requester="dekan"), directory) is Capacity.DEPUTY
        assert answer("Rut", matter("cs-a", requester="dekan"), directory) is Denial.ONLY_OWN_UNIT

    def test_rule_56_nobody_decides_for_a_level_above(self) -> None:
        assert answer("avdelningschef", matter("cs")) is Denial.NO_RIGHT
        assert answer("prefekt", matter("mat")) is Denial.NO_RIGHT

    @pytest.mark.parametrize(
        ("unit", "amount", "first"),
        [
            ("cs-g", "50000", ["prefekt"]),
            ("cs-a", "500000", ["avdelningschef"]),
            ("cs-a", "500000.01", ["prefekt"]),
            ("cs", "300000", ["administrativ chef", "prefekt", "ämnesansvarig"]),
            ("cs", "300000.01", ["administrativ chef", "prefekt"]),
            ("cs", "500000.01", ["prefekt"]),
            ("cs", "2000000", ["prefekt"]),
            ("cs", "2000000.01", ["dekan"]),
            ("cs", "2500000.01", ["vicerektor"]),
            ("cs", "3000000.01", ["rektor"]),
            ("drift", "500000.01", ["avdelningschef inom förvaltningen"]),
            ("drift", "2000000.01", ["universitetsdirektör"]),
            ("drift", "3000000.01", ["rektor"]),
        ],
    )
    def test_rule_56_an_order_above_every_limit_goes_up_to_the_first_who_may(
        self, unit: str, amount: str, first: list[str]
    ) -> None:
        assert asking("sektionschef" if unit != "drift" else "Rut", matter(unit, amount), UNIVERSITY) == first

    def test_rule_56_the_chosen_approver_is_asked_where_they_may(self) -> None:
        assert asking("ämnesansvarig", matter("cs", 300_000)) == ["ämnesansvarig"]
        assert asking("dekan", matter("cs", 300_000)) == ["dekan"]

    def test_rule_56_above_the_chosen_ones_limit_the_nearest_who_may_are_asked(self) -> None:
        assert asking("ämnesansvarig", matter("cs", 500_000)) == ["administrativ chef", "prefekt"]

    def test_rule_56_of_two_rights_the_nearest_counts(self) -> None:
        lower = replace(right_of("dekan", "cs", 10_000, role="prefekt"), id=99)
        directory = with_rights(lower)
        near = Deciders(matter("cs", 10_000), directory, SU).authority(person("dekan"))
        far = Deciders(matter("cs", 10_001), directory, SU).authority(person("dekan"))
        assert near == Authority(person("dekan"), lower, Capacity.HOLDER, 0)
        assert far == Authority(person("dekan"), the_right("dekan"), Capacity.SUPERIOR, 1)


OWN_COSTS = (
    (CHAIR, "styrelsen", ["rektor"]),
    ("rektor", "su", ["planeringschef", CHAIR]),
    ("prorektor", "su", ["rektor"]),
    ("vicerektor", "natur", ["rektor"]),
    ("universitetsdirektör", "uf", ["rektor"]),
    ("dekan", "mat", ["rektor"]),
    ("annan dekan", "hum", ["rektor"]),
    ("prodekan", "mat", ["dekan"]),
    ("prefekt", "cs", ["dekan"]),
    ("annan prefekt", "hist", ["annan dekan"]),
    ("gruppledare", "cs-g", ["prefekt"]),
    ("administrativ chef", "cs", ["prefekt"]),
    ("avdelningschef inom förvaltningen", "it", ["universitetsdirektör"]),
    ("chef för övrig verksamhet (SUHF, STAF)", "suhf", ["universitetsdirektör"]),
    ("planeringschef", "plan", ["universitetsdirektör"]),
    ("sektionschef", "drift", ["avdelningschef inom förvaltningen"]),
)


class TestRule59:
    """What concerns a person: never that person, and nobody below; else the nearest superior, up the line."""

    @pytest.mark.parametrize("who", list(PEOPLE))
    def test_rule_59_nobody_decides_what_they_get_themself(self, who: str) -> None:
        held = next((r.unit for r in UNIVERSITY.rights if r.person == person(who).id), "cs")
        about = matter(held, requester="ämnesansvarig", concerns=who)
        expected = Denial.OWN_ORDER if who == "ämnesansvarig" else Denial.OWN_COST
        assert answer(who, about, away("rektor", "dekan", "prefekt")) is expected

    def test_rule_59_a_plain_employees_cost_is_decided_by_an_approver_of_the_unit_or_above(self) -> None:
        about = matter("cs", 500_000, requester="sektionschef", concerns="Rut")
        line_up = ["administrativ chef", "prefekt", "dekan", "vicerektor", "rektor", CHAIR]
        assert able(about) == line_up
        assert asking("prefekt", about) == ["prefekt"]

    def test_rule_59_whoever_stands_in_no_row_goes_to_those_above(self) -> None:
        about = matter("cs-a", concerns="avdelningschef")
        assert able(about) == ["prefekt", "dekan", "vicerektor", "rektor", CHAIR]

    @pytest.mark.parametrize("who", ["administrativ chef", "ämnesansvarig"])
    def test_rule_59_whoever_decides_by_delegation_is_nobodys_superior(self, who: str) -> None:
        everywhere = replace(SU, superior_delegates=True)
        for concerns in ("avdelningschef", "gruppledare", "Rut"):
            about = matter("cs-a", concerns=concerns, requester="sektionschef")
            table = replace(everywhere, own_cost_table=())
            assert Deciders(about, UNIVERSITY, table).authority(person(who)) is Denial.NOT_ABOVE
        beside = replace(matter("cs", concerns="avdelningschef"), requester=person("sektionschef").id)
        assert answer(who, beside) is Denial.NOT_ABOVE

    @pytest.mark.parametrize("below", ["administrativ chef", "ställföreträdande prefekt"])
    def test_rule_59_nobody_below_decides_for_their_superior(self, below: str) -> None:
        alone = replace(SU, own_cost_table=())
        about = matter("cs", concerns="prefekt")
        gone = away("prefekt")
        assert Deciders(about, gone, alone).authority(person(below)) is Denial.NOT_ABOVE
        assert isinstance(Deciders(about, gone, alone).authority(person("dekan")), Authority)

    def test_rule_59_a_colleague_with_a_right_beside_is_not_above_but_the_head_is(self) -> None:
        about = matter("cs", concerns="ämnesansvarig")
        assert answer("administrativ chef", about) is Denial.NOT_ABOVE
        assert able(about) == ["prefekt", "dekan", "vicerektor", "rektor", CHAIR]

    def test_rule_59_a_head_is_not_decided_for_from_another_branch(self) -> None:
        alone = replace(SU, own_cost_table=())
        about = matter("hist", concerns="prefekt")
        assert Deciders(about, UNIVERSITY, alone).authority(person("annan prefekt")) is Denial.NOT_ABOVE
        assert isinstance(Deciders(about, UNIVERSITY, alone).authority(person("vicerektor")), Authority)

    def test_rule_59_a_right_that_ran_out_makes_nobody_anyones_equal(self) -> None:
        over = replace(the_right("ämnesansvarig"), valid_to=YESTERDAY)
        assert (
            answer("administrativ chef", matter("cs", concerns="ämnesansvarig"), with_rights(over)) is Capacity.HOLDER
        )

    def test_rule_59_a_superior_with_a_nearer_right_beside_is_a_superior_still(self) -> None:
        beside = replace(right_of("dekan", "cs", 100_000, role=""), id=99)
        found = Deciders(matter("cs", concerns="ämnesansvarig"), with_rights(beside), SU).authority(person("dekan"))
        assert found == Authority(person("dekan"), the_right("dekan"), Capacity.SUPERIOR, 1)

    def test_rule_59_above_the_limit_that_is_the_reason(self) -> None:
        about = matter("cs", 500_001, concerns="ämnesansvarig")
        assert answer("administrativ chef", about) is Denial.OVER_OWN_LIMIT
        assert answer("prefekt", matter("cs", 2_000_001, concerns="ämnesansvarig")) is Denial.OVER_OWN_LIMIT

    def test_rule_59_what_concerns_nobody_in_particular_is_decided_as_usual(self) -> None:
        assert answer("prefekt", matter("cs")) is Capacity.HOLDER


class TestRule59ForWhom:
    """Who holds power over the unit says for whom they order; `verksamheten` is decided as usual."""

    @pytest.mark.parametrize("who", ["prefekt", "administrativ chef", "ställföreträdande prefekt", "dekan", "rektor"])
    @pytest.mark.parametrize("text", ["", "-"])
    def test_rule_59_whoever_holds_a_post_or_right_over_the_unit_is_asked_for_whom(self, who: str, text: str) -> None:
        form = Form({**ACCOUNTED, Field.APPROVER: "Vicerektor", Field.FOR_PERSON: text}, (LINE,))
        found = complete(form, DraftContext(person(who), UNIVERSITY, SU, DAY))
        assert isinstance(found, tuple)
        assert Problem(ProblemKind.FOR_WHOM, Field.FOR_PERSON, text, choices=(person(who),)) in found

    def test_rule_59_a_head_without_a_right_is_asked_too(self) -> None:
        assert isinstance(judged(ACCOUNTED, "sektionschef"), Content)
        units = {**UNIVERSITY.units, "cs": replace(UNIVERSITY.units["cs"], head=person("sektionschef").id)}
        context = DraftContext(person("sektionschef"), replace(UNIVERSITY, units=units), SU, DAY)
        [found] = complete(Form(ACCOUNTED, (LINE,)), context)  # type: ignore[misc]
        assert found.kind is ProblemKind.FOR_WHOM

    @pytest.mark.parametrize("who", ["Rut", "annan prefekt", "avdelningschef"])
    def test_rule_59_who_holds_nothing_over_the_unit_is_not_asked(self, who: str) -> None:
        assert isinstance(judged(ACCOUNTED, who), Content)

    @pytest.mark.parametrize(
        ("text", "concerns"), [("verksamheten", None), ("the organisation", None), ("mig", "prefekt"), ("Rut", "Rut")]
    )
    def test_rule_59_an_answer_says_for_whom(self, text: str, concerns: str | None) -> None:
        found = judged({**ACCOUNTED, Field.APPROVER: "Administrativ chef", Field.FOR_PERSON: text}, "prefekt")
        assert isinstance(found, Content)
        assert found.concerns == (person(concerns).id if concerns else None)

    def test_rule_59_for_the_organisation_the_chosen_approver_decides_though_below(self) -> None:
        about = matter("cs", requester="prefekt")
        assert asking("administrativ chef", about) == ["administrativ chef"]

    @pytest.mark.parametrize("who", ["administrativ chef", "ämnesansvarig", "ställföreträdande prefekt"])
    def test_rule_59_a_setting_sends_it_up_instead(self, who: str) -> None:
        up = Deciders(matter("cs", requester="prefekt"), away("prefekt"), replace(SU, dependent_approvers=False))
        assert up.authority(person(who)) is Denial.DEPENDENT
        assert up.asked(person(who).id) == (person("dekan"),)

    def test_rule_59_that_setting_leaves_those_whom_the_table_names_and_who_decides_for_others(self) -> None:
        strict = replace(SU, dependent_approvers=False)
        own = Deciders(matter("su", requester="rektor", concerns="rektor"), UNIVERSITY, strict)
        assert isinstance(own.authority(person("planeringschef")), Authority)
        assert isinstance(Deciders(matter("cs"), UNIVERSITY, strict).authority(person("administrativ chef")), Authority)


@pytest.mark.parametrize("who", ["planeringschef", CHAIR])
def test_rule_62_whom_the_table_names_can_be_chosen_though_without_a_right_over_the_unit(who: str) -> None:
    chair = with_rights(replace(the_right(CHAIR), kind=RightKind.OWN_COST))
    gone = replace(chair, absences=away("planeringschef").absences) if who == CHAIR else chair
    fields = {**ACCOUNTED, Field.UNIT: "su", Field.APPROVER: person(who).address, Field.FOR_PERSON: "Rektor"}
    found = complete(Form(fields, (LINE,)), DraftContext(person("Rut"), gone, SU, DAY))
    assert isinstance(found, Content)
    assert found.approver == person(who).id


class TestRule62:
    """The table of own costs goes before the tree."""

    @pytest.mark.parametrize(("of", "unit", "by"), OWN_COSTS)
    def test_rule_62_the_table_row_by_row(self, of: str, unit: str, by: list[str]) -> None:
        about = matter(unit, 1_000, concerns=of)
        assert named(about) == by
        assert asking("Rut", about) == by[:1]

    def test_rule_62_the_rows_are_those_printed(self) -> None:
        held = {r.role for r in UNIVERSITY.rights}
        assert {row.of for row in SU.own_cost_table if row.of in held} == {of for of, _, _ in OWN_COSTS if of in held}

    def test_rule_62_the_superior_in_the_tree_is_not_who_decides_for_the_dean(self) -> None:
        assert answer("vicerektor", matter("mat", concerns="dekan")) is Denial.OWN_COST_OF_OTHER
        assert answer("rektor", matter("mat", concerns="dekan")) is Capacity.OWN_COST

    def test_rule_62_the_chair_decides_the_rectors_costs_and_nothing_else_by_a_right_for_own_costs(self) -> None:
        chair = with_rights(replace(the_right(CHAIR), kind=RightKind.OWN_COST))
        about = matter("su", concerns="rektor")
        assert named(about, chair) == able(about, chair) == ["planeringschef", CHAIR]
        assert asking("Rut", about, replace(chair, absences=away("planeringschef").absences)) == [CHAIR]
        assert answer(CHAIR, matter("mat", concerns="dekan"), chair) is Denial.OWN_COST_OF_OTHER
        for unit in UNIVERSITY.units:
            assert answer(CHAIR, matter(unit), chair) is Denial.NO_RIGHT
        assert against(replace(the_right(CHAIR), kind=RightKind.OWN_COST, unit="cs"))

    def test_rule_62_the_chairs_deputy_decides_the_same_in_the_chairs_absence(self) -> None:
        chair = replace(the_right(CHAIR), kind=RightKind.OWN_COST)
        vice = replace(right_of("Rut", "styrelsen", 100, role="", deputy_for=CHAIR), kind=RightKind.OWN_COST, id=99)
        gone = replace(with_rights(chair, vice), absences=away("planeringschef", CHAIR).absences)
        assert asking("rektor", matter("su", concerns="rektor", requester="prefekt"), gone) == ["Rut"]
        assert answer("Rut", matter("styrelsen", requester="prefekt"), gone) is Denial.NO_RIGHT

    @pytest.mark.parametrize(
        ("gone", "asked", "capacity"),
        [
            ([], "dekan", Capacity.OWN_COST),
            (["dekan"], "prodekan", Capacity.DEPUTY),
            (["dekan", "prodekan"], "vicerektor", Capacity.SUPERIOR),
            (["dekan", "prodekan", "vicerektor"], "rektor", Capacity.SUPERIOR),
            (["dekan", "prodekan", "vicerektor", "rektor"], "prorektor", Capacity.DEPUTY),
        ],
    )
    def test_rule_62_with_the_named_one_away_the_deputy_decides_and_else_the_next_level_above(
        self, gone: list[str], asked: str, capacity: Capacity
    ) -> None:
        about, then = matter("cs", concerns="prefekt"), away(*gone)
        assert asking("dekan", about, then) == [asked]
        assert answer(asked, about, then) is capacity

    @pytest.mark.parametrize("first", ["administrativ chef", "prefekt"])
    def test_rule_62_so_does_the_deputy_of_a_named_delegate_wherever_in_the_row_that_one_stands(
        self, first: str
    ) -> None:
        by = sorted(("prefekt", "administrativ chef"), key=lambda post: post != first)
        row = OwnCost(person("Rut").address, tuple(person(post).address for post in by))
        deputy = replace(right_of("sektionschef", "cs", 100, role="", deputy_for="administrativ chef"), id=99)
        then = replace(with_rights(deputy), own_costs=(row,), absences=away("administrativ chef").absences)
        assert answer("sektionschef", matter("cs", 100, requester="dekan", concerns="Rut"), then) is Capacity.DEPUTY

    @pytest.mark.parametrize(
        "who", ["administrativ chef", "ämnesansvarig", "ställföreträdande prefekt", "annan dekan", "prodekan"]
    )
    def test_rule_62_nobody_below_or_beside_the_named_one_decides(self, who: str) -> None:
        directory = away("prefekt")
        assert answer(who, matter("cs", requester="Rut", concerns="prefekt"), directory) in {
            Denial.OWN_COST_OF_OTHER,
            Denial.HOLDER_PRESENT,
        }

    def test_rule_62_over_the_named_ones_limit_the_level_above_decides(self) -> None:
        assert asking("dekan", matter("cs", "2500000.01", concerns="prefekt")) == ["vicerektor"]

    def test_rule_62_above_a_named_post_below_the_person_only_who_is_above_the_person_decides(self) -> None:
        only = replace(SU, own_cost_table=(OwnCost("rektor", ("planeringschef",)),))
        found = Deciders(matter("su", concerns="rektor"), away("planeringschef"), only).able
        assert [a.person for a in found] == [person("planeringschef"), person(CHAIR)]

    def test_rule_62_a_group_leaders_costs_are_the_avdelningschefs_or_the_prefekts(self) -> None:
        units = {**UNIVERSITY.units, "cs-g": replace(UNIVERSITY.units["cs-g"], parent="cs-a")}
        under_a_department = replace(UNIVERSITY, units=units)
        about = matter("cs-g", concerns="gruppledare")
        assert named(about, under_a_department) == ["avdelningschef", "prefekt"]
        assert asking("Rut", about, under_a_department) == ["avdelningschef"]
        gone = replace(under_a_department, absences=away("avdelningschef").absences)
        assert asking("Rut", about, gone) == ["prefekt"]

    def test_rule_62_the_table_moves_no_limit(self) -> None:
        assert answer("planeringschef", matter("su", "2000000", concerns="rektor")) is Capacity.OWN_COST
        assert answer("planeringschef", matter("su", "2000000.01", concerns="rektor")) is Denial.OVER_OWN_LIMIT

    def test_rule_62_whoever_ordered_it_does_not_decide_it(self) -> None:
        about = matter("mat", requester="rektor", concerns="dekan")
        assert answer("rektor", about) is Denial.OWN_ORDER
        assert able(about) == [CHAIR]

    def test_rule_62_where_nobody_holds_the_named_post_the_nearest_superior_decides(self) -> None:
        no_dean = with_rights(without=["dekan"])
        assert able(matter("cs", concerns="prefekt"), no_dean) == ["vicerektor", "rektor", CHAIR]

    def test_rule_62_the_dean_of_another_faculty_is_nobodys_superior(self) -> None:
        about = matter("cs", concerns="prefekt")
        assert answer("annan dekan", about) is Denial.OWN_COST_OF_OTHER
        assert answer("annan dekan", about, with_rights(without=["dekan"])) is Denial.NO_RIGHT

    def test_rule_62_the_named_post_may_be_below_as_the_planeringschefs(self) -> None:
        two = with_rights(replace(right_of("Rut", "it", 100, role="planeringschef"), id=99))
        about = matter("su", 100, requester="prefekt", concerns="rektor")
        assert named(about, two) == ["planeringschef", "Rut", CHAIR]
        assert named(matter("natur", 100, requester="prefekt", concerns="vicerektor"), two) == ["rektor"]

    def test_rule_62_the_organisations_own_rows_come_first(self) -> None:
        row = OwnCost("prefekt", (person("sektionschef").address,))
        directory = replace(UNIVERSITY, own_costs=(row,))
        assert named(matter("cs", concerns="prefekt"), directory) == ["sektionschef"]

    @pytest.mark.parametrize("turned", [1, -1])
    def test_rule_62_a_row_of_the_person_goes_before_one_of_their_post(self, turned: int) -> None:
        own = OwnCost(person("prefekt").address, (person("vicerektor").address,))
        rows = (OwnCost("prefekt", (person("sektionschef").address,)), own)
        directory = replace(UNIVERSITY, own_costs=rows[::turned])
        assert named(matter("cs", concerns="prefekt"), directory) == ["vicerektor"]

    @pytest.mark.parametrize("written", ["p8@example.se", "ALIAS8@example.se"])
    def test_rule_62_a_row_may_name_a_person_by_any_address(self, written: str) -> None:
        directory = replace(UNIVERSITY, own_costs=(OwnCost(written, (person("vicerektor").address,)),))
        assert named(matter("cs", concerns="prefekt"), directory) == ["vicerektor"]
        assert named(matter("hist", concerns="annan prefekt"), directory) == ["annan dekan"]

    def test_rule_62_no_row_gives_anybody_their_own_cost(self) -> None:
        own = person("prefekt").address
        directory = replace(UNIVERSITY, own_costs=(OwnCost(own, (own,)),))
        assert able(matter("cs", 100, concerns="prefekt"), directory) == ["dekan", "vicerektor", "rektor", CHAIR]

    def test_rule_62_of_a_post_held_in_two_places_each_ones_superior_decides(self) -> None:
        also = replace(right_of("prefekt", "hist", 100), id=99)
        about = matter("cs", concerns="prefekt")
        for directory in (with_rights(also), replace(UNIVERSITY, rights=(also, *UNIVERSITY.rights))):
            assert named(about, directory) == ["annan dekan", "dekan"]

    def test_rule_62_an_expired_or_ended_right_makes_nobody_the_named_one(self) -> None:
        for dean in (replace(the_right("dekan"), valid_to=YESTERDAY), replace(the_right("dekan"), ended_at=NOW)):
            found = able(matter("cs", concerns="prefekt"), with_rights(dean))
            assert found == ["vicerektor", "rektor", CHAIR]

    def test_rule_62_a_right_of_another_kind_makes_nobody_the_named_one(self) -> None:
        buyer = replace(the_right("dekan"), kind=RightKind.PURCHASING)
        found = able(matter("cs", concerns="prefekt"), with_rights(buyer))
        assert found == ["vicerektor", "rektor", CHAIR]

    def test_rule_62_a_deputy_with_the_posts_own_name_is_not_the_named_post(self) -> None:
        deputy = replace(right_of("prodekan", "mat", 100, role="dekan", deputy_for="dekan"), id=99)
        directory = replace(with_rights(deputy), absences=away("dekan").absences)
        assert named(matter("cs", concerns="prefekt"), directory) == ["dekan"]
        assert answer("prodekan", matter("cs", concerns="prefekt"), directory) is Capacity.DEPUTY

    def test_rule_62_a_row_that_names_a_persons_own_post_names_nobody(self) -> None:
        directory = replace(UNIVERSITY, own_costs=(OwnCost("prefekt", ("prefekt",)),))
        assert able(matter("cs", concerns="prefekt"), directory) == ["dekan", "vicerektor", "rektor", CHAIR]

    def test_rule_62_a_post_that_ran_out_is_no_longer_in_the_table(self) -> None:
        over = with_rights(replace(the_right("prefekt"), valid_to=YESTERDAY))
        assert able(matter("cs", concerns="prefekt"), over) == ["dekan", "vicerektor", "rektor", CHAIR]

    def test_rule_62_the_superior_is_that_of_the_place_where_they_have_the_post(self) -> None:
        leader = replace(person("gruppledare"), units=("hist",))
        directory = replace(UNIVERSITY, persons={**UNIVERSITY.persons, leader.id: leader})
        assert named(matter("cs-g", concerns="gruppledare"), directory) == ["prefekt"]

    @pytest.mark.parametrize("place", ["employed", "right", "head"])
    def test_rule_62_of_a_person_named_in_a_row_every_place_counts(self, place: str) -> None:
        who = {"employed": "Rut", "right": "ämnesansvarig", "head": "sektionschef"}[place]
        units = {**UNIVERSITY.units, "cs-g": replace(UNIVERSITY.units["cs-g"], head=person("sektionschef").id)}
        row = OwnCost(person(who).address, ("prefekt",))
        directory = replace(with_rights(without=["sektionschef"]), units=units, own_costs=(row,))
        assert named(matter("cs", requester="annan prefekt", concerns=who), directory) == ["prefekt"]

    def test_rule_62_of_several_rights_of_the_named_one_any_that_covers_it_counts(self) -> None:
        small = replace(right_of("rektor", "su", 10), id=99)
        for rights in ((small, *UNIVERSITY.rights), (*UNIVERSITY.rights, small)):
            directory = replace(UNIVERSITY, rights=rights)
            assert answer("rektor", matter("mat", concerns="dekan"), directory) is Capacity.OWN_COST


class TestRule60:
    def test_rule_60_whoever_recused_themself_does_not_decide(self) -> None:
        about = replace(matter("cs"), recused=frozenset({person("prefekt").id}))
        assert answer("prefekt", about) is Denial.RECUSED
        assert "prefekt" not in able(about)

    def test_rule_60_a_recusal_moves_the_order_to_the_superior_level(self) -> None:
        about = replace(matter("cs", 500_000), recused=frozenset({person("prefekt").id}))
        assert "administrativ chef" in able(about)
        assert asking("prefekt", about) == ["dekan"]

    def test_rule_60_with_nobody_above_the_others_of_the_unit_are_asked(self) -> None:
        no_one = with_rights(without=["dekan", "vicerektor", "rektor", CHAIR])
        about = replace(matter("cs", 500_000), recused=frozenset({person("prefekt").id}))
        assert asking("prefekt", about, no_one) == ["administrativ chef"]

    def test_rule_60_another_approver_still_decides_after_ones_recusal(self) -> None:
        about = replace(matter("cs", 500_000), recused=frozenset({person("ämnesansvarig").id}))
        assert asking("prefekt", about) == ["prefekt"]

    def test_rule_60_a_recusal_opens_a_new_step_and_is_kept(self) -> None:
        order = pending(content(unit="cs", approver=person("prefekt")), requester=person("Rut"))
        by = Actor(person("prefekt").id, "signed link")
        change = done(recuse(order, "Min bror äger bolaget", Act(by, SU, NOW)))
        assert change.happened is Happened.RECUSED
        assert change.text == "Min bror äger bolaget"
        assert change.after.recused == {by.person}
        assert change.after.step == order.step + 1
        again = done(recuse(change.after, "", Act(Actor(person("dekan").id, "signed link"), SU, NOW))).after
        assert again.recused == {by.person, person("dekan").id}
        assert done(move(again, SU, NOW)).after.recused == again.recused

    def test_rule_60_a_decided_order_takes_no_recusal_hand_over_or_move(self) -> None:
        order = pending(content(unit="cs", approver=person("prefekt")), requester=person("Rut"))
        by = Authority(person("prefekt"), the_right("prefekt"))
        actor = Actor(by.person.id, "signed link")
        after = done(decide(order, by, verdict(order), Act(actor, SU, NOW))).after
        assert recuse(after, "", Act(actor, SU, NOW)) is Refusal.NOT_PENDING
        assert hand_over(after, person("dekan").id, "", Act(actor, SU, NOW)) is Refusal.NOT_PENDING
        assert move(after, SU, NOW) is Refusal.NOT_PENDING
        assert recuse(order, "", Act(Actor(None, "bot"), SU, NOW)) is Refusal.NOT_PENDING

    def test_rule_60_whom_an_approver_asked_instead_is_asked_and_a_move_forgets_it(self) -> None:
        order = pending(content(unit="cs", approver=person("prefekt")), requester=person("Rut"))
        by = Actor(person("prefekt").id, "signed link")
        handed = done(hand_over(order, person("dekan").id, "", Act(by, SU, NOW))).after
        assert handed.approver == person("dekan").id
        assert handed.step == order.step + 1
        assert done(move(handed, SU, NOW)).after.approver == person("prefekt").id


class TestRule61:
    @pytest.mark.parametrize("stated", ["556666-1012", "Dustin AB", "dustin  ab"])
    def test_rule_61_a_declared_interest_in_the_supplier_bars(self, stated: str) -> None:
        biased = replace(person("prefekt"), interests=("556448-9999", stated))
        assert Deciders(matter("cs"), UNIVERSITY, SU).authority(biased) is Denial.INTEREST

    @pytest.mark.parametrize("supplier", [ATEA.id, None])
    def test_rule_61_another_supplier_does_not(self, supplier: int | None) -> None:
        biased = replace(person("prefekt"), interests=("556666-1012", ""))
        found = Deciders(replace(matter("cs"), supplier=supplier), UNIVERSITY, SU).authority(biased)
        assert isinstance(found, Authority)

    def test_rule_61_it_bars_the_named_one_of_the_table_too(self) -> None:
        biased = replace(person("rektor"), interests=("556666-1012",))
        assert Deciders(matter("mat", concerns="dekan"), UNIVERSITY, SU).authority(biased) is Denial.INTEREST

    def test_rule_61_any_employees_interest_in_the_supplier_takes_the_order_to_purchasing(self) -> None:
        biased = replace(person("annan prefekt"), interests=("556666-1012",))
        directory = replace(UNIVERSITY, persons={**UNIVERSITY.persons, biased.id: biased})
        assert route(content(), "", directory, SU) == Route(Destination.PURCHASING, (RouteReason.INTEREST,))
        assert route(content(), "", UNIVERSITY, SU) == TO_SUPPLIER

    def test_rule_61_the_order_goes_to_the_others(self) -> None:
        biased = replace(person("prefekt"), interests=("556666-1012",))
        directory = replace(UNIVERSITY, persons={**UNIVERSITY.persons, biased.id: biased})
        assert asking("prefekt", matter("cs", 1_000_000), directory) == ["dekan"]


class TestRule65:
    """The period of a right, both ends included, and what a right must state."""

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2025, 12, 31), Denial.NOT_YET),
            (date(2026, 1, 1), Capacity.HOLDER),
            (date(2026, 12, 31), Capacity.HOLDER),
            (date(2027, 1, 1), Denial.EXPIRED),
        ],
    )
    def test_rule_65_a_right_holds_from_its_first_day_to_its_last(self, day: date, expected: Capacity | Denial) -> None:
        assert answer("prefekt", replace(matter("cs"), day=day)) is expected

    def test_rule_65_a_right_without_a_last_day_is_not_registered(self) -> None:
        assert against(replace(the_right("prefekt"), valid_to=None)) == {RightProblem.TO_MISSING}

    def test_rule_65_the_last_day_is_the_first_or_later(self) -> None:
        right = the_right("prefekt")
        assert against(replace(right, valid_to=right.valid_from)) == set()
        earlier = replace(right, valid_to=right.valid_from - timedelta(days=1))
        assert RightProblem.BACKWARDS in against(earlier)


class TestRule66:
    @pytest.mark.parametrize(("who", "unit", "limit"), LIMITS)
    def test_rule_66_a_limit_lower_than_the_roles_is_enforced(self, who: str, unit: str, limit: str) -> None:
        low = Decimal(limit) / 2
        lower = replace(
            with_rights(replace(the_right(who), limit=Money(low))), absences=away("dekan", "prefekt").absences
        )
        assert isinstance(Deciders(matter(unit, low), lower, PORTAL).authority(person(who)), Authority)
        assert Deciders(matter(unit, low + ORE), lower, PORTAL).authority(person(who)) is Denial.OVER_OWN_LIMIT

    @pytest.mark.parametrize(("who", "unit", "limit"), [row for row in LIMITS if not the_right(row[0]).delegated_from])
    def test_rule_66_a_limit_above_the_roles_is_not_registered(self, who: str, unit: str, limit: str) -> None:
        assert against(the_right(who)) == set(), unit
        over = replace(the_right(who), limit=Money(Decimal(limit) + ORE))
        assert against(over) - {RightProblem.OVER_HOLDER} == {RightProblem.OVER_ROLE}  # of a deputy both limits hold

    def test_rule_66_the_limit_is_stated_except_by_those_who_have_none(self) -> None:
        assert against(replace(the_right("prefekt"), limit=None)) == {RightProblem.LIMIT_MISSING}
        assert against(the_right("rektor")) == set()
        assert against(replace(the_right("rektor"), limit=money(10))) == set()


class TestRule67:
    def test_rule_67_the_ground_is_stated(self) -> None:
        assert against(replace(the_right("prefekt"), ground="")) == {RightProblem.GROUND_MISSING}

    @pytest.mark.parametrize("delegator", ["annan prefekt", "avdelningschef", "Rut"])
    def test_rule_67_whoever_delegates_has_a_right_in_the_unit_or_above(self, delegator: str) -> None:
        given = right_of("sektionschef", "cs", 100, role="administrativ chef", delegator=delegator)
        assert against(given) == {RightProblem.DELEGATOR_WITHOUT_RIGHT}

    def test_rule_67_a_right_above_is_enough(self) -> None:
        assert against(right_of("Rut", "cs", 2_500_000, role="", delegator="dekan")) == set()


class TestNotBackDatedAndRouting:
    def test_r9_a_right_written_for_days_gone_by_is_not_registered(self) -> None:
        right = replace(the_right("prefekt"), valid_from=DAY)
        found = {days: right_problems(right, UNIVERSITY, SU, DAY + timedelta(days=days)) for days in (0, 1)}
        assert found[0] == ()
        assert [f.objection for f in found[1]] == [RightProblem.BACK_DATED]

    @pytest.mark.parametrize("amount", ["15000.01", "1999999"])
    def test_rule_12_the_sum_alone_sends_no_order_to_purchasing(self, amount: str) -> None:
        assert route(content(line(amount), unit="cs"), "", UNIVERSITY, SU) == TO_SUPPLIER


class TestF4TheNearestLevelThatMayDecideIsNamedAndReminded:
    """docs/rules/promises.md#nearest"""

    INSTITUTION = ("administrativ chef", "prefekt", "ämnesansvarig")

    def near(self, about: Matter, directory: Directory = UNIVERSITY, *, up: int = 0) -> tuple[str, ...]:
        posts = {p.id: who for who, p in PEOPLE.items()}
        return tuple(posts[p.id] for p in Deciders(about, directory, SU).near(up=up))

    def test_it_is_everyone_in_the_unit_while_somebody_there_is_present(self) -> None:
        assert self.near(matter("cs")) == self.INSTITUTION
        assert self.near(matter("cs"), away("prefekt", "ämnesansvarig"))[:2] == ("administrativ chef", "prefekt")
        assert self.near(matter("cs"), away("prefekt", DEPUTY, "administrativ chef", "ämnesansvarig")) == ("dekan",)

    def test_it_goes_by_the_amount(self) -> None:
        assert self.near(matter("cs", 500_001)) == ("prefekt",)
        assert self.near(matter("cs", 2_000_001)) == ("dekan",)

    def test_it_goes_by_own_costs(self) -> None:
        assert self.near(matter("cs", concerns="administrativ chef")) == ("prefekt",)
        assert self.near(matter("cs", concerns="prefekt")) == ("dekan",)

    def test_it_goes_by_interests_and_recusals(self) -> None:
        everyone = {person(who).id for who in self.INSTITUTION}
        assert self.near(replace(matter("cs"), recused=frozenset(everyone))) == ("dekan",)
        biased = {key: replace(p, interests=("Dustin AB",)) for key, p in UNIVERSITY.persons.items() if key in everyone}
        assert self.near(matter("cs"), replace(UNIVERSITY, persons={**UNIVERSITY.persons, **biased})) == ("dekan",)

    def test_a_reminder_climbs_one_level_at_a_time_and_never_to_the_top(self) -> None:
        small = matter("cs-a", 9_000)
        climbing = [self.near(small, up=up) for up in range(9)]
        assert climbing[0] == ("avdelningschef",)
        assert climbing[1] == ("avdelningschef", "prefekt")
        assert set(climbing[2]) - set(climbing[1]) == {"dekan"}
        assert set(climbing[3]) - set(climbing[2]) == {"vicerektor"}
        assert climbing[4:] == climbing[3:4] * 5

    def test_the_top_is_reminded_of_what_nobody_below_may_decide(self) -> None:
        assert self.near(matter("cs", 3_000_001), up=9) == ("rektor",)
        assert self.near(matter("styrelsen"), up=9) == ("styrelsens ordförande",)

    def test_whoever_else_is_named_to_one_of_them_is_the_nearest_without_them(self) -> None:
        alone = Deciders(matter("cs", 500_001), UNIVERSITY, SU)
        assert alone.near(person("prefekt").id) == (person("dekan"),)


class TestF4WhoeverIsAboveIsAskedBackOnce:
    def judged(
        self, approver: str, price: str = "100", before: str = "", **fields: str
    ) -> Content | tuple[Problem, ...]:
        given = {Field.UNIT: "cs", Field.APPROVER: approver, Field.SUPPLIER: "Dustin AB", Field.ACCOUNTING: "K 1001"}
        written = Form({**given, **{Field(f): x for f, x in fields.items()}}, (FormLine("Mus", "1", price),))
        setting = DraftContext(person("Rut"), UNIVERSITY, SU, DAY)
        return complete(replace(written, named_before=before), setting)

    @pytest.mark.parametrize("who", ["Dekan", "Rektor", "Styrelsens ordförande"])
    def test_an_order_that_names_somebody_above_is_asked_back_with_the_nearest(self, who: str) -> None:
        found = self.judged(who)
        assert isinstance(found, tuple)
        assert [(p.kind, p.field, p.text) for p in found] == [(ProblemKind.ABOVE, Field.APPROVER, who)]
        assert found[0].choices == tuple(map(person, TestF4TheNearestLevelThatMayDecideIsNamedAndReminded.INSTITUTION))

    def test_the_requester_may_insist(self) -> None:
        found = self.judged("Dekan", before="p6@example.se")
        assert isinstance(found, Content)
        assert found.approver == person("dekan").id
        assert isinstance(self.judged("Rektor", before="dekan"), tuple)

    @pytest.mark.parametrize("given", [("Dekan", "2 000 000,01"), ("Prefekt", "100"), ("Ämnesansvarig", "1 000 000")])
    def test_nobody_is_asked_back_who_is_the_nearest_or_below(self, given: tuple[str, str]) -> None:
        assert isinstance(self.judged(*given), Content)

    def test_what_concerns_a_head_names_those_who_decide_that(self) -> None:
        assert isinstance(self.judged("Dekan", for_person="Prefekt"), Content)

    def test_the_choices_of_a_missing_or_unknown_name_are_the_nearest_for_this_order(self) -> None:
        for written in ("", "Ingen Alls"):
            found = self.judged(written, "600 000")
            assert isinstance(found, tuple)
            assert [p.choices for p in found] == [(person("prefekt"),)]

    def test_a_sum_that_cannot_be_read_is_told_together_with_it(self) -> None:
        found = self.judged("Rektor", "många")
        assert isinstance(found, tuple)
        assert {p.kind for p in found} == {ProblemKind.ABOVE, ProblemKind.BAD_PRICE}

"""A form becomes the content of an order, or all its problems at once (docs/rules/promises.md#problems)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from mailbot.domain.ordering.draft import (
    MAX_LINES,
    DraftContext,
    Problem,
    ProblemKind,
    complete,
    orderable_units,
)
from mailbot.domain.people.directory import Directory, Person, Supplier
from mailbot.domain.values.money import CURRENCIES, AmountProblem, Money
from mailbot.domain.values.order import Content, Field, Form, FormLine, Line, LineOffers, Vat
from mailbot.domain.values.policy import Policy, SelfOrder
from mailbot.languages import VOCABULARY
from tests.support.samples import (
    ANNA,
    CS,
    DAY,
    DIRECTORY,
    DUSTIN,
    EVA,
    MARTA,
    NILS,
    NOW,
    ORJAN,
    POLICY,
    RUT,
    UMF,
    directory_with,
    kr,
    right,
    without_approvers,
)

DELL = FormLine("Dell XPS 13", "2", "12 500")
COMPLETE = {Field.UNIT: "cs", Field.APPROVER: "Eva Ek", Field.SUPPLIER: "Dustin AB"}
DENYING = replace(POLICY, self_order=SelfOrder.DENY)


def form(*lines: FormLine, without: Field | None = None, **fields: str) -> Form:
    """Return a complete form, with these fields (by their names) instead and one left out."""
    given = {**COMPLETE, **{Field(name): text for name, text in fields.items()}}
    return Form({f: text for f, text in given.items() if f is not without}, lines or (DELL,))


def judged(
    given: Form, requester: Person = RUT, directory: Directory = DIRECTORY, policy: Policy = POLICY
) -> Content | tuple[Problem, ...]:
    return complete(given, DraftContext(requester, directory, policy, DAY))


def content_of(given: Form, requester: Person = RUT, directory: Directory = DIRECTORY) -> Content:
    found = judged(given, requester, directory)
    assert isinstance(found, Content), found
    return found


def problems(
    given: Form, requester: Person = RUT, directory: Directory = DIRECTORY, policy: Policy = POLICY
) -> tuple[Problem, ...]:
    found = judged(given, requester, directory, policy)
    assert isinstance(found, tuple), found
    return found


def problem(given: Form, requester: Person = RUT, directory: Directory = DIRECTORY, policy: Policy = POLICY) -> Problem:
    (found,) = problems(given, requester, directory, policy)
    return found


class TestWhomAPurchaseIsFor:
    """docs/rules/attest.md#r59: what names somebody never passes the rule of own costs over in silence."""

    SU = replace(POLICY, own_costs=True)

    @pytest.mark.parametrize("text", ["mig", "Mig själv.", "myself"])
    def test_oneself_is_the_requester(self, text: str) -> None:
        assert content_of(form(for_person=text)).concerns == RUT.id

    @pytest.mark.parametrize("text", ["Eva Ek", "eva.ek@example.se", "Eva Ek <eva.ek@example.se>"])
    def test_one_registered_name_is_that_person(self, text: str) -> None:
        assert content_of(form(for_person=text)).concerns == EVA.id

    @pytest.mark.parametrize(
        "text", ["Eva Ek (ny dator)", "Ek, Eva", "Eva Eks dator", "Eva Ek och Rut Rask", "till eva.ek@example.se, tack"]
    )
    def test_a_registered_name_among_other_words_is_asked_back(self, text: str) -> None:
        found = problem(form(for_person=text), policy=self.SU)
        assert found.kind is ProblemKind.NOT_ONLY_A_NAME
        assert EVA in found.choices

    @pytest.mark.parametrize("text", ["Eva Ekström", "en gäst", "Ingen Alls <ingen@annan.example>"])
    def test_a_name_that_nobody_has_bars_nobody(self, text: str) -> None:
        found = judged(form(for_person=text), policy=self.SU)
        assert isinstance(found, Content)
        assert found.concerns is None


class TestACompleteForm:
    def test_it_becomes_the_content_of_an_order(self) -> None:
        assert content_of(form()) == Content(
            unit=CS.id,
            approver=EVA.id,
            supplier="Dustin AB",
            supplier_id=DUSTIN.id,
            lines=(Line("Dell XPS 13", Decimal(2), kr("12500")),),
            currency="SEK",
            vat=Vat(included=False, rate=Decimal(25)),
            stated_total=None,
            details={},
        )

    def test_a_line_keeps_its_item_number_and_unit_of_measure(self) -> None:
        (line,) = content_of(form(FormLine("Kabel", "2,5", "10", item_no="A-1", unit="m"))).lines
        assert line == Line("Kabel", Decimal("2.5"), kr("10"), "A-1", "m")

    def test_the_other_fields_are_kept_as_written(self) -> None:
        found = content_of(form(reason="Skärmen är trasig", goods_mark="Rum 5", accounting="K 123; P 9"))
        assert found.details == {
            Field.REASON: "Skärmen är trasig",
            Field.GOODS_MARK: "Rum 5",
            Field.ACCOUNTING: "K 123; P 9",
        }

    def test_other_text_is_kept_as_notes(self) -> None:
        assert content_of(replace(form(), notes=("Hej!", "Tack"))).notes == ("Hej!", "Tack")

    def test_a_registered_supplier_has_the_registers_name_however_it_was_written(self) -> None:
        found = content_of(form(supplier="  dustin  AB "))
        assert (found.supplier, found.supplier_id) == ("Dustin AB", DUSTIN.id)

    def test_a_supplier_outside_the_register_is_no_problem(self) -> None:
        found = content_of(form(supplier="Hörnbutiken"))
        assert (found.supplier, found.supplier_id) == ("Hörnbutiken", None)

    def test_a_stated_total_is_read(self) -> None:
        assert content_of(form(total="25 000,00 kr")).stated_total == kr("25000")


class TestTheUnit:
    def test_it_may_be_left_out_by_someone_who_belongs_to_exactly_one(self) -> None:
        assert content_of(form(without=Field.UNIT), requester=RUT).unit == CS.id

    @pytest.mark.parametrize("requester", [NILS, MARTA], ids=["two_units", "no_unit"])
    def test_it_must_be_stated_by_anyone_else(self, requester: Person) -> None:
        found = problem(form(without=Field.UNIT), requester)
        assert found == Problem(ProblemKind.MISSING, Field.UNIT, names=(CS.name, UMF.name))

    def test_someone_may_order_for_another_unit_than_their_own(self) -> None:
        assert content_of(form(unit="umf", approver="Örjan Åström"), requester=RUT).unit == UMF.id

    @pytest.mark.parametrize("text", ["CS", "Institutionen för datavetenskap", "institutionen för  DATAVETENSKAP"])
    def test_it_is_named_by_id_or_name(self, text: str) -> None:
        assert content_of(form(unit=text)).unit == CS.id

    def test_an_unknown_one_is_answered_with_those_that_take_orders(self) -> None:
        found = problem(form(unit="Fysik"))
        assert found == Problem(ProblemKind.UNKNOWN_UNIT, Field.UNIT, "Fysik", names=(CS.name, UMF.name))

    def test_one_without_an_active_approver_takes_no_orders(self) -> None:
        closed = directory_with(right(1, ORJAN, UMF))
        assert problem(form(), directory=closed) == Problem(ProblemKind.UNIT_WITHOUT_APPROVER, Field.UNIT, CS.name)
        assert orderable_units(DraftContext(RUT, closed, POLICY, DAY)) == (UMF,)

    def test_one_whose_only_approvers_right_was_ended_takes_no_orders(self) -> None:
        closed = directory_with(replace(right(1, EVA, CS), ended_at=NOW))
        assert problem(form(), directory=closed).kind is ProblemKind.UNIT_WITHOUT_APPROVER

    def test_no_unit_takes_orders_where_nobody_may_decide(self) -> None:
        assert orderable_units(DraftContext(RUT, without_approvers(), POLICY, DAY)) == ()


class TestTheApprover:
    @pytest.mark.parametrize("text", ["Eva Ek", "eva ek", "eva@example.se", "Eva Ek <eva.ek@example.se>"])
    def test_they_are_named_by_name_or_address(self, text: str) -> None:
        assert content_of(form(approver=text)).approver == EVA.id

    def test_a_missing_one_is_answered_with_those_who_may_decide(self) -> None:
        assert problem(form(without=Field.APPROVER)) == Problem(
            ProblemKind.MISSING, Field.APPROVER, choices=(ANNA, EVA)
        )

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("Kurt Kall", ProblemKind.UNKNOWN_APPROVER),
            ("eva.ek@evil.test", ProblemKind.UNKNOWN_APPROVER),
            ("Rut Rask", ProblemKind.APPROVER_WITHOUT_RIGHT),
            ("Örjan Åström", ProblemKind.APPROVER_WITHOUT_RIGHT),
            ("Märta Öst", ProblemKind.APPROVER_WITHOUT_RIGHT),
        ],
    )
    def test_one_who_may_not_decide_is_answered_with_those_who_may(self, text: str, kind: ProblemKind) -> None:
        assert problem(form(approver=text)) == Problem(kind, Field.APPROVER, text, choices=(ANNA, EVA))

    @pytest.mark.parametrize("text", ["Eva", "ek", "Ek, Eva", "eva.ek"])
    def test_part_of_one_s_name_takes_nobody_but_offers_that_one_first(self, text: str) -> None:
        assert problem(form(approver=text)) == Problem(
            ProblemKind.UNKNOWN_APPROVER, Field.APPROVER, text, choices=(EVA, ANNA), likely=True
        )

    def test_part_of_two_names_takes_neither_and_offers_both_first(self) -> None:
        other = Person(9, "Eva Öst", "eva.ost@example.se")
        directory = replace(
            DIRECTORY, persons={**DIRECTORY.persons, 9: other}, rights=(*DIRECTORY.rights, right(9, other, CS))
        )
        found = problem(form(approver="Eva"), directory=directory)
        assert (found.choices, found.likely) == ((EVA, other, ANNA), False)

    def test_part_of_the_name_of_one_who_may_not_decide_offers_them_not(self) -> None:
        found = problem(form(approver="Rut"))
        assert (found.choices, found.likely) == ((ANNA, EVA), False)

    def test_two_names_at_once_are_asked_back_with_both(self) -> None:
        text = "Eva Ek <anna.ask@example.se>"
        assert problem(form(approver=text)) == Problem(
            ProblemKind.AMBIGUOUS_APPROVER, Field.APPROVER, text, choices=(ANNA, EVA)
        )

    def test_of_two_people_with_one_name_the_one_who_may_decide_is_meant(self) -> None:
        namesake = Person(9, "Eva Ek", "eva.ek2@example.se")
        directory = replace(DIRECTORY, persons={**DIRECTORY.persons, 9: namesake})
        assert content_of(form(), directory=directory).approver == EVA.id

    def test_two_approvers_with_one_name_are_asked_back_with_both(self) -> None:
        namesake = Person(9, "Eva Ek", "eva.ek2@example.se")
        directory = replace(
            DIRECTORY,
            persons={**DIRECTORY.persons, 9: namesake},
            rights=(*DIRECTORY.rights, right(9, namesake, CS)),
        )
        found = problem(form(), directory=directory)
        assert (found.kind, found.choices) == (ProblemKind.AMBIGUOUS_APPROVER, (EVA, namesake))

    def test_of_two_approvers_with_one_name_a_role_or_a_unit_in_brackets_names_one(self) -> None:
        namesake = Person(9, "Eva Ek", "eva.ek2@example.se", units=("umf",))
        known = replace(DIRECTORY, persons={**DIRECTORY.persons, 9: namesake})
        by_unit = replace(known, rights=(*DIRECTORY.rights, right(9, namesake, CS)))
        assert content_of(form(approver=f"eva ek ({UMF.name})"), directory=by_unit).approver == 9
        prefect, other = replace(right(1, EVA, CS), role="prefekt"), replace(right(9, namesake, CS), role="enhetschef")
        by_role = replace(known, rights=(prefect, other))
        assert content_of(form(approver="Eva Ek (prefekt)"), directory=by_role).approver == EVA.id
        assert content_of(form(approver="Eva Ek (enhetschef)"), directory=by_role).approver == 9
        assert problem(form(approver="Eva Ek (dekan)"), directory=by_role).kind is ProblemKind.UNKNOWN_APPROVER

    def test_oneself_is_refused_where_own_orders_are_denied(self) -> None:
        assert problem(form(), requester=EVA, policy=DENYING) == Problem(
            ProblemKind.OWN_ORDER, Field.APPROVER, "Eva Ek", choices=(ANNA,)
        )

    def test_oneself_under_another_address_is_still_oneself(self) -> None:
        found = problem(form(approver="eva@example.se"), requester=EVA, policy=DENYING)
        assert found.kind is ProblemKind.OWN_ORDER

    def test_oneself_is_no_problem_where_own_orders_are_warned_about(self) -> None:
        assert content_of(form(), requester=EVA).approver == EVA.id


class TestCurrencyAndVat:
    def test_no_currency_means_kronor(self) -> None:
        assert content_of(form()).currency == "SEK"

    @pytest.mark.parametrize(
        ("text", "code"),
        [("SEK", "SEK"), ("kr", "SEK"), ("kronor", "SEK"), ("EUR", "EUR"), ("eur", "EUR"), ("€", "EUR"), ("$", "USD")],
    )
    def test_a_currency_is_read(self, text: str, code: str) -> None:
        found = content_of(form(currency=text))
        assert (found.currency, found.lines[0].price) == (code, Money(Decimal(12_500), code))

    @pytest.mark.parametrize("text", ["BTC", "kr eller EUR", "svenska", "S E K"])
    def test_an_unknown_currency_is_asked_back(self, text: str) -> None:
        assert problem(form(currency=text)) == Problem(ProblemKind.UNKNOWN_CURRENCY, Field.CURRENCY, text)

    def test_a_price_in_another_currency_than_the_order_is_asked_back(self) -> None:
        euro = FormLine("Dell", "1", "100 EUR")
        assert problem(form(euro)) == Problem(ProblemKind.MIXED_CURRENCIES, None, "100 EUR", line=1)
        assert problem(form(FormLine("Dell", "1", "100 kr"), currency="EUR")).kind is ProblemKind.MIXED_CURRENCIES

    def test_a_total_in_another_currency_than_the_order_is_asked_back(self) -> None:
        assert problem(form(total="100 EUR")) == Problem(ProblemKind.MIXED_CURRENCIES, Field.TOTAL, "100 EUR")

    @pytest.mark.parametrize("code", CURRENCIES)
    def test_every_currency_can_be_written_with_the_price(self, code: str) -> None:
        assert content_of(form(FormLine("Dell", "1", f"100 {code}"), currency=code)).total == Money(Decimal(100), code)

    def test_no_vat_means_excluding_25_per_cent(self) -> None:
        assert content_of(form()).vat == Vat(included=False, rate=Decimal(25))

    @pytest.mark.parametrize(
        ("text", "included", "rate"),
        [
            ("exkl", False, 25),
            ("inkl", True, 25),
            ("excl", False, 25),
            ("incl", True, 25),
            ("exkl. moms", False, 25),
            ("Inklusive moms", True, 25),
            ("excluding VAT", False, 25),
            ("exkl, 12 %", False, 12),
            ("inkl 6%", True, 6),
            ("25 % inkl.", True, 25),
            ("12", False, 12),
            ("0 %", False, 0),
            ("ingår", True, 25),
        ],
    )
    def test_the_vat_basis_and_rate_are_read_in_any_order(self, text: str, rate: int, *, included: bool) -> None:
        assert content_of(form(vat=text)).vat == Vat(included=included, rate=Decimal(rate))

    @pytest.mark.parametrize(
        "text", ["exkl inkl", "24 %", "25 % eller 12 %", "3 125 kr", "vet inte", "-25", "2.5", "kanske", "٢٤"]
    )
    def test_a_vat_that_can_mean_two_things_is_asked_back(self, text: str) -> None:
        assert problem(form(vat=text)) == Problem(ProblemKind.UNKNOWN_VAT, Field.VAT, text)


class TestVatThatLinesName:
    @pytest.mark.parametrize(("said", "rate"), [("inkl 25 %", 25), ("moms inkl.", 25), ("inkl. moms 6 %", 6)])
    def test_holds_for_the_order_where_every_line_says_the_same(self, said: str, rate: int) -> None:
        found = content_of(form(replace(DELL, vat=said), replace(DELL, vat=said)))
        assert (found.vat, found.has_one_rate) == (Vat(included=True, rate=Decimal(rate)), True)

    def test_is_asked_back_where_only_some_say_that_it_is_included(self) -> None:
        assert problem(form(replace(DELL, vat="inkl moms"), DELL)).kind is ProblemKind.UNKNOWN_VAT

    def test_is_excluded_where_only_some_say_so(self) -> None:
        assert content_of(form(replace(DELL, vat="exkl moms"), DELL)).vat == Vat()

    @pytest.mark.parametrize("other", ["inkl moms", "exkl moms, inkl moms", "25 % eller 12 %", "7 %"])
    def test_is_asked_back_where_it_says_two_things_or_an_unknown_rate(self, other: str) -> None:
        found = problem(form(replace(DELL, vat="exkl moms"), replace(DELL, vat=other)))
        assert (found.kind, found.field) == (ProblemKind.UNKNOWN_VAT, Field.VAT)

    def test_is_asked_back_where_the_order_says_otherwise(self) -> None:
        assert problem(form(replace(DELL, vat="12 %"), vat="exkl 25 %")).kind is ProblemKind.UNKNOWN_VAT

    def test_makes_a_rate_of_its_own_for_each_line_where_they_differ(self) -> None:
        lines = content_of(form(replace(DELL, vat="25 %"), replace(DELL, vat="12,00 %"), replace(DELL, vat="0"))).lines
        assert [line.vat_rate for line in lines] == [None, Decimal(12), Decimal(0)]


class TestDiscounts:
    @pytest.mark.parametrize(("discount", "total"), [("10 %", "22500"), ("500 kr", "24500"), ("12,5 %", "21875")])
    def test_one_lowers_the_whole_line(self, discount: str, total: str) -> None:
        (line,) = content_of(form(replace(DELL, discount=discount))).lines
        assert (line.price, line.total) == (kr("12500"), kr(total))

    @pytest.mark.parametrize("discount", ["100 %", "25 000 kr", "30 000", "10 EUR", "mycket", "-10 %", "1,234 kr"])
    def test_one_that_leaves_nothing_or_cannot_be_read_is_asked_back(self, discount: str) -> None:
        found = problem(form(replace(DELL, discount=discount)))
        assert (found.kind, found.text, found.line) == (ProblemKind.BAD_DISCOUNT, discount, 1)


class TestStatedTotals:
    @pytest.mark.parametrize(
        ("stated", "vat", "total"),
        [
            ("26 000 kr exkl moms", "", "26000"),
            ("32 500 kr inkl. moms", "", "26000"),
            ("32 500 kr (moms inkl)", "", "26000"),
            ("26 000 kr exkl. moms", "inkl 25 %", "32500"),
            ("26 000 kr", "inkl 25 %", "26000"),
            ("28 000 kr inkl 12 % moms", "exkl 12 %", "25000"),
        ],
    )
    def test_one_is_taken_on_the_basis_that_it_names(self, stated: str, vat: str, total: str) -> None:
        assert content_of(form(total=stated, vat=vat or "25 %")).stated_total == kr(total)

    def test_one_with_and_one_without_vat_that_agree_are_one(self) -> None:
        assert content_of(form(total="26 000 kr exkl moms; 32 500,50 kr inkl moms")).stated_total == kr("26000.40")

    def test_two_that_disagree_are_asked_back(self) -> None:
        found = problem(form(total="26 000 kr exkl moms; 33 000 kr inkl moms"))
        assert (found.kind, found.field) == (ProblemKind.CONFLICT, Field.TOTAL)

    def test_one_that_cannot_be_read_is_asked_back_whole(self) -> None:
        found = problem(form(total="1,234 kr exkl moms"))
        assert (found.kind, found.text) == (ProblemKind.BAD_TOTAL, "1,234 kr exkl moms")

    def test_the_higher_of_it_and_the_lines_decides(self) -> None:
        assert content_of(form(total="32 500 kr inkl moms")).total == kr("26000")
        assert content_of(form(total="30 000 kr inkl moms")).total == kr("25000")


class TestTheLines:
    def test_at_least_one_is_required(self) -> None:
        assert problem(Form(COMPLETE)) == Problem(ProblemKind.NO_LINES)

    @pytest.mark.parametrize(
        ("quantity", "why"),
        [
            ("två", AmountProblem.UNREADABLE),
            ("", AmountProblem.EMPTY),
            ("0", AmountProblem.NOT_POSITIVE),
            ("-1", AmountProblem.NOT_POSITIVE),
            ("1,500", AmountProblem.AMBIGUOUS),
            ("1.500", AmountProblem.AMBIGUOUS),
        ],
    )
    def test_a_quantity_that_is_not_sure_is_asked_back(self, quantity: str, why: AmountProblem) -> None:
        found = problem(form(FormLine("Dell", quantity, "100")))
        readings = (Decimal(1500), Decimal("1.5")) if why is AmountProblem.AMBIGUOUS else ()
        assert found == Problem(ProblemKind.BAD_QUANTITY, None, quantity, line=1, why=why, readings=readings)

    @pytest.mark.parametrize(
        ("price", "why"),
        [
            ("15,000", AmountProblem.AMBIGUOUS),
            ("gratis", AmountProblem.UNREADABLE),
            ("0", AmountProblem.NOT_POSITIVE),
            ("−100", AmountProblem.NOT_POSITIVE),
            ("", AmountProblem.EMPTY),
            ("NaN", AmountProblem.UNREADABLE),
            ("1e9", AmountProblem.UNREADABLE),
        ],
    )
    def test_a_price_that_is_not_sure_is_asked_back(self, price: str, why: AmountProblem) -> None:
        readings = (kr("15000"), kr("15")) if why is AmountProblem.AMBIGUOUS else ()
        assert problem(form(FormLine("Dell", "1", price))) == Problem(
            ProblemKind.BAD_PRICE, None, price, line=1, why=why, readings=readings
        )

    def test_fifteen_dot_zero_zero_zero_is_fifteen_thousand_and_never_fifteen(self) -> None:
        assert content_of(form(FormLine("Dell", "1", "15.000"))).total == kr("15000")

    def test_a_total_that_is_not_sure_is_asked_back(self) -> None:
        readings = (Money(Decimal(1250), "EUR"), Money(Decimal("1.25"), "EUR"))
        assert problem(form(total="1,250", currency="EUR")) == Problem(
            ProblemKind.BAD_TOTAL, Field.TOTAL, "1,250", why=AmountProblem.AMBIGUOUS, readings=readings
        )

    def test_unread_lines_are_asked_back_after_the_read_ones(self) -> None:
        given = replace(form(), unread=("1 st Mus", "2 st Matta"))
        assert problems(given) == (
            Problem(ProblemKind.UNREAD_LINE, text="1 st Mus", line=2),
            Problem(ProblemKind.UNREAD_LINE, text="2 st Matta", line=3),
        )

    def test_unread_lines_alone_are_not_called_missing_too(self) -> None:
        assert problem(Form(COMPLETE, unread=("1 st Mus",))).kind is ProblemKind.UNREAD_LINE

    def test_the_most_lines_allowed_are_read(self) -> None:
        assert len(content_of(form(*[DELL] * MAX_LINES)).lines) == MAX_LINES

    @pytest.mark.parametrize(("read", "unread"), [(MAX_LINES + 1, 0), (0, MAX_LINES + 1), (MAX_LINES, 1), (5000, 5000)])
    def test_more_lines_than_allowed_are_one_problem_and_not_thousands(self, read: int, unread: int) -> None:
        given = Form(COMPLETE, (FormLine("Dell", "x", "y"),) * read, ("1 st Mus",) * unread)
        assert problem(given) == Problem(ProblemKind.TOO_MANY_LINES, text=str(MAX_LINES))


class TestSuppliersAsPeopleWriteThem:
    KNOWN = replace(
        DIRECTORY,
        suppliers={
            1: Supplier(1, "Dustin AB", "order@dustin.example", org_number="556666-1012", names=("Dustin Sverige",)),
            2: Supplier(2, "Blå Skärm AB", "order@blaskarm.example"),
            3: Supplier(3, "Kontorsbolaget HB", "order@kontor.example"),
            4: Supplier(4, "Kontorsbolaget AB", "order@bolaget.example"),
        },
    )

    @pytest.mark.parametrize(
        ("text", "known"),
        [
            *(
                (text, 1)
                for text in ("Dustin", "dustin ab", "DUSTIN A.B.", "Dustin, AB", "Dustin AB (publ)", "D.ustin")
            ),
            *((text, 1) for text in ("Dustin Sverige", "dustin sverige ab", "5566661012", "556666-1012")),
            *((text, 2) for text in ("BlåSkärm", "blå  skärm", "Bla\u030a Ska\u0308rm AB")),
            *(("Kontorsbolaget AB", 4), ("kontorsbolaget hb", 3)),
        ],
    )
    def test_are_the_registered_one_where_only_a_missing_form_case_dots_or_spaces_differ(
        self, text: str, known: int
    ) -> None:
        found = content_of(form(supplier=text), directory=self.KNOWN)
        assert (found.supplier_id, found.supplier) == (known, self.KNOWN.suppliers[known].name)

    @pytest.mark.parametrize(
        ("text", "near"),
        [
            *((text, ["Dustin AB"]) for text in ("Dustin Home AB", "Dusti", "Dustinn", "Dustin AB, ramavtal 23-1")),
            ("Dustin GmbH", ["Dustin AB"]),
            *((text, ["Blå Skärm AB"]) for text in ("Bla Skarm", "Skärm", "Blå Skärmar")),
            ("Kontorsbolaget", ["Kontorsbolaget AB", "Kontorsbolaget HB"]),
        ],
    )
    def test_that_are_only_near_are_asked_about(self, text: str, near: list[str]) -> None:
        found = judged(form(supplier=text), directory=self.KNOWN)
        names, likely = tuple(near), len(near) == 1
        assert found == (Problem(ProblemKind.NEAR_SUPPLIER, Field.SUPPLIER, text, names=names, likely=likely),)

    @pytest.mark.parametrize("text", ["Atea", "Kinnarps AB", "AB", "Lås & Larm i Umeå", "Skådebanan", "!"])
    def test_that_are_unlike_all_stay_as_written(self, text: str) -> None:
        found = content_of(form(supplier=text), directory=self.KNOWN)
        assert (found.supplier_id, found.supplier) == (None, text)

    @pytest.mark.parametrize("text", ['"Dustin Home"', "”Dustin Home”", "«Dustin Home»"])
    def test_between_quotation_marks_are_another_of_just_that_name(self, text: str) -> None:
        found = content_of(form(supplier=text), directory=self.KNOWN)
        assert (found.supplier_id, found.supplier) == (None, "Dustin Home")
        assert content_of(form(supplier='"Dustin"'), directory=self.KNOWN).supplier_id == 1

    def test_count_where_somebody_has_an_interest_too(self) -> None:
        for key in ("Dustin", "dustin sverige", "556666 1012"):
            assert self.KNOWN.is_supplier(key, 1)
        assert not self.KNOWN.is_supplier("!", 2)
        assert not self.KNOWN.is_supplier("Dustin Home", 1)


class TestOtherProblems:
    def test_a_missing_supplier_is_asked_for_with_those_to_choose_from(self) -> None:
        known = ("Atea Sverige AB", "Dustin AB")
        assert problem(form(without=Field.SUPPLIER)) == Problem(ProblemKind.MISSING, Field.SUPPLIER, names=known)

    def test_a_field_given_twice_with_different_values_is_asked_back(self) -> None:
        given = replace(form(supplier="Dustin AB"), conflicts=(Field.SUPPLIER,))
        assert problem(given) == Problem(ProblemKind.CONFLICT, Field.SUPPLIER, "Dustin AB")

    @pytest.mark.parametrize("field", [Field.REASON, Field.PROJECT, Field.SUPPLIER, Field.REFERENCE])
    def test_a_placeholder_left_in_a_copied_form_is_asked_back(self, field: Field) -> None:
        given = replace(form(), fields={**COMPLETE, field: "<skriv här>"})
        assert problem(given) == Problem(ProblemKind.PLACEHOLDER, field, "<skriv här>")

    def test_an_address_in_angle_brackets_is_no_placeholder(self) -> None:
        assert content_of(form(approver="<eva.ek@example.se>")).approver == EVA.id


class TestAllAtOnce:
    def test_an_empty_form_is_answered_with_everything_that_is_missing(self) -> None:
        found = problems(Form(), requester=NILS)
        assert [(p.kind, p.field) for p in found] == [
            (ProblemKind.MISSING, Field.UNIT),
            (ProblemKind.MISSING, Field.APPROVER),
            (ProblemKind.MISSING, Field.SUPPLIER),
            (ProblemKind.NO_LINES, None),
        ]

    def test_all_problems_come_together_in_the_order_of_the_mail(self) -> None:
        given = Form(
            fields={
                Field.TOTAL: "15,000",
                Field.VAT: "kanske",
                Field.CURRENCY: "BTC",
                Field.REASON: "<motivering>",
                Field.SUPPLIER: "Dustin AB",
                Field.APPROVER: "Kurt Kall",
                Field.UNIT: "cs",
            },
            lines=(FormLine("Mus", "1", "100"), FormLine("Dell", "två", "gratis")),
            unread=("3 st Matta",),
            conflicts=(Field.SUPPLIER,),
        )
        assert [(p.kind, p.field, p.line) for p in problems(given)] == [
            (ProblemKind.UNKNOWN_APPROVER, Field.APPROVER, 0),
            (ProblemKind.CONFLICT, Field.SUPPLIER, 0),
            (ProblemKind.PLACEHOLDER, Field.REASON, 0),
            (ProblemKind.UNKNOWN_CURRENCY, Field.CURRENCY, 0),
            (ProblemKind.UNKNOWN_VAT, Field.VAT, 0),
            (ProblemKind.BAD_TOTAL, Field.TOTAL, 0),
            (ProblemKind.BAD_QUANTITY, None, 2),
            (ProblemKind.BAD_PRICE, None, 2),
            (ProblemKind.UNREAD_LINE, None, 3),
        ]

    def test_a_closed_unit_is_not_asked_for_an_approver(self) -> None:
        found = problem(form(without=Field.APPROVER), directory=without_approvers())
        assert found.kind is ProblemKind.UNIT_WITHOUT_APPROVER


class TestColumnsSetAside:
    ROW, LINE = "Mus;2;100;312", FormLine("Mus", "2", "100")

    def asked(self, column: str) -> Form:
        return replace(
            form(), unread=(self.ROW,), places=(2,), doubts={self.ROW: LineOffers(line=self.LINE, column=column)}
        )

    def test_one_takes_in_the_rows_that_it_alone_kept_back_in_their_places(self) -> None:
        later = Form(aside=("trumma",))
        assert self.asked("Trumma").amended_by(later, VOCABULARY).written == {1: DELL, 2: self.LINE}

    def test_rows_that_two_of_them_kept_back_need_both(self) -> None:
        both = self.asked("Trumma, Fack")
        assert both.amended_by(Form(aside=("Trumma",)), VOCABULARY).unread == (self.ROW,)
        assert both.amended_by(Form(aside=("Fack", "Trumma")), VOCABULARY).unread == ()
        assert both.amended_by(Form(aside=("Trumma, Fack",)), VOCABULARY).unread == ()

    def test_a_row_that_was_asked_back_for_another_reason_stays_so(self) -> None:
        assert replace(self.asked("Trumma"), doubts={}).amended_by(Form(aside=("Trumma",)), VOCABULARY).unread == (
            self.ROW,
        )

    def test_rows_of_one_column_are_one_problem(self) -> None:
        more = replace(self.asked("Trumma"), unread=(self.ROW, "Dator;1;5;6"), places=(2, 3))
        doubts = {text: LineOffers(line=self.LINE, column="Trumma") for text in more.unread}
        found = problem(replace(more, doubts=doubts))
        assert (found.kind, found.text, found.line) == (ProblemKind.UNKNOWN_COLUMN, "Trumma", 0)


class TestAmending:
    def test_each_field_given_replaces_and_the_others_stay(self) -> None:
        amended = form().amended_by(Form({Field.APPROVER: "Anna Ask"}), VOCABULARY)
        assert amended.fields == {**COMPLETE, Field.APPROVER: "Anna Ask"}
        assert amended.lines == (DELL,)

    @pytest.mark.parametrize("later", [Form(lines=(FormLine("Mus", "1", "100"),)), Form(unread=("1 st Mus",))])
    def test_any_line_given_replaces_all_lines(self, later: Form) -> None:
        amended = form().amended_by(later, VOCABULARY)
        assert (amended.lines, amended.unread) == (later.lines, later.unread)

    ASKED = Form(COMPLETE, (DELL, DELL), ("Matta 50 kr", "Mus 99 kr"), places=(1, 3))
    MAT = FormLine("Matta", "1", "50 kr")
    MOUSE = FormLine("Mus", "1", "99 kr")

    def test_lines_that_were_asked_back_are_answered_by_themselves_and_take_their_places(self) -> None:
        amended = self.ASKED.amended_by(Form(lines=(self.MAT, self.MOUSE)), VOCABULARY)
        assert (amended.lines, amended.unread) == ((self.MAT, DELL, self.MOUSE, DELL), ())

    def test_an_answer_that_is_half_read_leaves_its_other_half_to_be_asked_back_in_its_place(self) -> None:
        amended = self.ASKED.amended_by(Form(lines=(self.MOUSE,), unread=("1 Matta 50",), places=(1,)), VOCABULARY)
        assert (amended.lines, amended.unread, amended.unread_numbers) == (
            (DELL, self.MOUSE, DELL),
            ("1 Matta 50",),
            (1,),
        )

    def test_fewer_lines_than_were_asked_back_lose_none(self) -> None:
        amended = self.ASKED.amended_by(Form({Field.PROJECT: "P9"}, (self.MAT,)), VOCABULARY)
        assert (amended.lines, amended.unread) == ((DELL, DELL, self.MAT), ("Mus 99 kr",))
        assert amended.fields == {**COMPLETE, Field.PROJECT: "P9"}

    def test_one_line_may_answer_the_two_pieces_of_it_that_were_asked_back(self) -> None:
        torn = replace(self.ASKED, unread=("1 st Matta med", "fransar à 50 kr"))
        carpet = FormLine("Matta med fransar", "1", "50 kr", unit="st")
        assert torn.amended_by(Form(lines=(carpet,)), VOCABULARY) == Form(COMPLETE, (DELL, DELL, carpet))

    def test_more_lines_than_were_asked_back_lose_none(self) -> None:
        stand = FormLine("Stativ", "1", "300 kr")
        amended = self.ASKED.amended_by(Form(lines=(self.MAT, stand, self.MOUSE)), VOCABULARY)
        assert (amended.lines, amended.unread) == ((DELL, DELL, self.MAT, stand, self.MOUSE), ())

    def test_a_line_whose_price_was_asked_back_is_answered_in_its_place(self) -> None:
        unsure = Form(COMPLETE, (replace(self.MAT, price="1,234"), DELL))
        assert unsure.amended_by(Form(lines=(self.MAT,)), VOCABULARY).lines == (self.MAT, DELL)

    def test_an_answer_is_no_repeated_line_because_another_line_is_called_the_same(self) -> None:
        cheap, dear = FormLine("Mus", "1", "99 kr"), FormLine("Mus", "1", "300 kr")
        asked = Form(COMPLETE, (DELL, cheap), ("Mus 300 kr",))
        assert asked.amended_by(Form(lines=(dear,)), VOCABULARY).lines == (DELL, cheap, dear)

    def test_an_answer_that_repeats_a_line_that_was_not_asked_about_replaces_all(self) -> None:
        amended = self.ASKED.amended_by(Form(lines=(DELL, self.MOUSE)), VOCABULARY)
        assert (amended.lines, amended.unread) == ((DELL, self.MOUSE), ())

    def test_lines_are_numbered_as_their_writer_sees_them(self) -> None:
        given = replace(
            form(FormLine("Dell", "1", "x"), FormLine("Mus", "1", "y")), unread=("Matta 50 kr",), places=(2,)
        )
        assert [(p.kind, p.line) for p in problems(given)] == [
            (ProblemKind.BAD_PRICE, 1),
            (ProblemKind.UNREAD_LINE, 2),
            (ProblemKind.BAD_PRICE, 3),
        ]

    def test_a_field_given_anew_settles_its_conflict(self) -> None:
        conflicting = replace(form(), conflicts=(Field.SUPPLIER, Field.REASON))
        assert conflicting.amended_by(Form({Field.SUPPLIER: "Dustin AB"}), VOCABULARY).conflicts == (Field.REASON,)

    def test_a_conflict_in_the_answer_itself_stays_one(self) -> None:
        answer = Form({Field.SUPPLIER: "Atea"}, conflicts=(Field.SUPPLIER,))
        assert form().amended_by(answer, VOCABULARY).conflicts == (Field.SUPPLIER,)

    def test_an_empty_answer_changes_nothing(self) -> None:
        assert form().amended_by(Form(), VOCABULARY) == form()

    def test_a_form_with_notes_only_holds_nothing_of_an_order(self) -> None:
        assert Form(notes=("Hej!",)).is_empty
        assert not Form(unread=("1 st Mus",)).is_empty

"""What the order form writes: a mail that makes exactly the order that was filled in, or a fault at its place."""

from dataclasses import replace
from email.message import EmailMessage
from html import escape
from itertools import product
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from mailbot.domain.ordering.draft import DraftContext, Problem, ProblemKind, complete
from mailbot.domain.people.directory import Directory, Person, Supplier, Unit
from mailbot.domain.values.order import DETAILS, Content, Field, Form, FormLine, RouteReason
from mailbot.flows.pages.order_form import (
    LENGTHS,
    MAX_FIELD,
    MAX_LINES,
    NOBODY,
    ROOM,
    Finished,
    FormProblem,
    FormProblemKind,
    Typed,
    finish,
    key,
    link,
    menus,
    search,
)
from mailbot.languages import LANGUAGES
from mailbot.mail.reading.intake import take_in
from mailbot.mail.reading.order_form import MAX_VALUE
from mailbot.mail.reading.read_back import Names, ReadBack, read_back
from mailbot.mail.writing.mailto import MAX_ADDRESS
from tests.support.examples import FEW, LONG
from tests.support.samples import CS, DAY, DIRECTORY, DUSTIN, EVA, NILS, POLICY, RUT, UMF, right

BOT = "order@inkop.example.se"
PLACE = DraftContext(NOBODY, DIRECTORY, POLICY, DAY)
EVAS = key(CS, EVA)
LAPTOP = FormLine("Dell XPS 13", "1", "12 500")
TYPED = Typed(EVAS, {Field.SUPPLIER: "Dustin AB"}, (LAPTOP,))

ODD = (
    *("a; b", "a | b", "a\tb", "a\nb", "a\r\nb", 'say "hi"', "it's", "<x>", "<script>alert(1)</script>", "a <x> b"),
    *("-5", "- five", "#5", "# five", "--", "-- ", "--x", "-----Original Message-----", "> quoted", ">", "* a", "*a*"),
    *("_a_", "1. a", "2) a", "a: b", "Enhet: umf", "Unit: umf", "Totalt", "Totalt: 5", "Antal", "a=b&c=d", "100 %"),
    *(
        "Från: a",
        "From: a@b.se",
        "Den 3 mars skrev Eva:",
        "On 3 March Eva wrote:",
        "=C3=A5",
        "=?utf-8?q?a?=",
        "{{ 1 }}",
    ),
    *("2 st Bult à 5 kr", "2 st Bult; à 5; 1", "Skickat från min iPhone", "Sent from my iPhone", "[EXTERNAL] a"),
    *("https://a.se/x?y=z&w=1", "Klicka inte här", "a\u200bb", "a\u202eb", "a\u00adb", "a\u2028b", "a\x00b", "a\x85b"),
    *(
        "a\u200b\u0308",
        "Å\u030a",
        "e\u0301",
        "½",
        "😀",
        "👩‍💻",
        "\ufeffa",
        "a\u00a0b",
        "：",
        "a： b",
        ";;;;",
        "|",
        "x" * 61,
    ),
    *("x" * 301, "x" * 501, "Antal; Enhet; Pris", "; Enhet; umf", "Godkännare", "order.csv", "text " * 30),
)


def mailed(text: str, *, html: bool = False) -> Form:
    """Return what the bot reads in a mail with this text, sent as a mail program sends it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = RUT.address, BOT, "Beställning"
    mail.set_content(text)
    if html:
        mail.add_alternative("".join(f"<div>{escape(x) or '<br>'}</div>" for x in text.split("\n")), subtype="html")
    read = take_in(mail.as_bytes(), RUT.address)
    assert not read.forwarded
    assert isinstance(read.form, Form), read.form
    return read.form


def ordered(text: str, place: DraftContext = PLACE, *, html: bool = False) -> Content:
    """Return the order that Rut makes by mailing this text."""
    found = complete(mailed(text, html=html), replace(place, requester=RUT))
    assert isinstance(found, Content), (text, found)
    return found


def finished(typed: Typed = TYPED, language: str = "sv", place: DraftContext = PLACE) -> Finished:
    found = finish(typed, place, language, read_back)
    assert isinstance(found, Finished), found
    return found


def faults(typed: Typed, language: str = "sv", place: DraftContext = PLACE) -> dict[str, FormProblem]:
    """Return the faults by their place on the page."""
    found = finish(typed, place, language, read_back)
    assert isinstance(found, tuple), found
    return {fault.place: fault for fault in found}


def holds(typed: Typed, language: str) -> bool:
    """Check the promise for one form; tell whether a mail came of it."""
    found = finish(typed, PLACE, language, read_back)
    if isinstance(found, tuple):
        assert found
        return False
    for html in (False, True):
        assert ordered(found.text, html=html) == found.content
    return True


WORDS = st.one_of(st.sampled_from(ODD), st.text(max_size=40), st.text('aå1;|-#>:<*_. "\n', max_size=12))
NUMBERS = st.one_of(st.sampled_from(("1", "12 500", "1,5", "12.500,50 kr", "15,000", "SEK 4", "0", "-1", "1;5")), WORDS)
ROWS = st.builds(FormLine, WORDS, NUMBERS, NUMBERS, WORDS, WORDS)
EASY_ROWS = st.builds(FormLine, WORDS, st.just("2"), st.just("99,90"), WORDS, st.just("st"))


class TestTheMailMakesExactlyTheOrder:
    @settings(deadline=None)
    @given(st.data(), st.sampled_from(LANGUAGES))
    def test_whatever_is_typed(self, data: st.DataObject, language: str) -> None:
        details = data.draw(st.dictionaries(st.sampled_from(tuple(Field)), WORDS, max_size=4))
        rows = tuple(data.draw(st.lists(st.one_of(EASY_ROWS, ROWS), max_size=3)))
        sure = {} if data.draw(st.booleans()) else {Field.SUPPLIER: "Dustin AB"}
        event(f"mail: {holds(Typed(EVAS, {**details, **sure}, rows), language)}")

    @settings(deadline=None)
    @given(EASY_ROWS, st.sampled_from(DETAILS), WORDS, st.sampled_from(LANGUAGES))
    def test_whatever_stands_in_one_line_and_one_field(
        self, row: FormLine, field: Field, text: str, language: str
    ) -> None:
        event(f"mail: {holds(Typed(EVAS, {Field.SUPPLIER: 'Dustin AB', field: text}, (LAPTOP, row)), language)}")

    @pytest.mark.parametrize(("text", "language"), list(product(ODD, LANGUAGES))[:: 1 if LONG else FEW])
    def test_with_odd_text_in_any_field_or_cell(self, text: str, language: str) -> None:
        for field in (Field.SUPPLIER, Field.REASON, Field.TOTAL):
            holds(Typed(EVAS, {Field.SUPPLIER: "Dustin AB", field: text}, (LAPTOP,)), language)
        for name in ("description", "item_no", "unit", "quantity", "price"):
            holds(replace(TYPED, rows=(replace(LAPTOP, **{name: text}), LAPTOP)), language)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_with_everything_filled_in(self, language: str) -> None:
        side = {"sv": "inkl 12 %", "en": "incl 12 %"}[language]
        fields: dict[Field, str] = {f: f"Värde {n}" for n, f in enumerate(DETAILS)}
        more = {Field.SUPPLIER: "Okänd & Co", Field.CURRENCY: "EUR", Field.VAT: side, Field.TOTAL: "1 000,10"}
        rows = (FormLine("Skruv, rostfri", "2,5", "199,99", "A-1", "förp"), FormLine("Frakt", "1", "0,01"))
        found = finished(Typed(key(UMF, dict(DIRECTORY.persons)[4]), {**fields, **more}, rows), language)
        assert ordered(found.text) == found.content
        assert (found.content.unit, found.content.approver, found.content.supplier) == ("umf", 4, "Okänd & Co")
        assert (str(found.content.line_sum.amount), str(found.content.total.amount)) == ("499.99", "1000.10")
        assert found.content.details == fields
        assert found.route.reasons == (RouteReason.FOREIGN_CURRENCY, RouteReason.UNKNOWN_SUPPLIER)

    def test_with_as_many_lines_as_the_form_takes(self) -> None:
        rows = tuple(FormLine(f"Sak {n}", str(n), f"{n},25") for n in range(1, MAX_LINES + 1))
        found = finished(replace(TYPED, rows=rows))
        assert ordered(found.text) == found.content
        assert len(found.content.lines) == MAX_LINES

    def test_for_units_and_suppliers_with_odd_names(self) -> None:
        names = ("Enhet: Kemi", "*Kemi*", "Kemi; fysik", "umf", "  Kemi ", "Kemi | Fysik", "cs2")
        for name in names:
            unit, shop = Unit("kem", name), Supplier(9, name, "a@b.example")
            known = Directory(
                persons=DIRECTORY.persons,
                units={**DIRECTORY.units, "kem": unit},
                rights=(*DIRECTORY.rights, right(9, EVA, unit)),
                suppliers={9: shop},
            )
            place = replace(PLACE, directory=known)
            found = finish(replace(TYPED, chosen=key(unit, EVA)), place, "sv", read_back)
            assert isinstance(found, Finished), name
            assert ordered(found.text, place).unit == "kem", name


class TestWhatWouldNotSurvive:
    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("a; b", "a, b"),
            ("a | b", "a , b"),
            ("a\r\nb", "a b"),
            ("*a*", "a"),
            ("a\u200bb", "ab"),
            ('<x> "y" #z', '<x> "y" #z'),
            ("- 5", "- 5"),
            ("--", "--"),
        ],
    )
    def test_is_made_safe_in_what_a_line_is_about(self, text: str, kept: str) -> None:
        found = finished(replace(TYPED, rows=(replace(LAPTOP, description=text),)))
        assert [line.description for line in ordered(found.text).lines] == [kept]

    @pytest.mark.parametrize("text", ["Totalt", "Projekt", "Reference"])
    def test_is_said_at_the_line(self, text: str) -> None:
        found = faults(replace(TYPED, rows=(FormLine("", "", ""), replace(LAPTOP, description=text))))
        assert {place: fault.kind for place, fault in found.items()} == {"what-2": FormProblemKind.NOT_BY_MAIL}

    @pytest.mark.parametrize("text", ["1. a", "Projekt: x", "Total", "=C3=A5"])
    def test_is_said_at_the_item_number(self, text: str) -> None:
        found = faults(replace(TYPED, rows=(replace(LAPTOP, item_no=text),)))
        assert {place: fault.kind for place, fault in found.items()} == {"no-1": FormProblemKind.NOT_BY_MAIL}

    def test_is_said_at_the_field(self) -> None:
        found = faults(replace(TYPED, fields={**TYPED.fields, Field.PROJECT: "; Enhet; umf", Field.QUOTE: "x" * 501}))
        assert {place: fault.kind for place, fault in found.items()} == {
            "project": FormProblemKind.NOT_BY_MAIL,
            "quote": FormProblemKind.TOO_LONG,
        }

    def test_a_semicolon_in_a_number_is_never_taken_for_a_decimal_sign(self) -> None:
        found = faults(replace(TYPED, rows=(replace(LAPTOP, price="1;50"), replace(LAPTOP, quantity="1;5"))))
        assert {place: fault.kind for place, fault in found.items()} == {
            "price-1": ProblemKind.BAD_PRICE,
            "quantity-2": ProblemKind.BAD_QUANTITY,
        }

    @pytest.mark.parametrize("cell", LENGTHS)
    def test_a_cell_that_is_too_long_is_said_at_the_cell(self, cell: str) -> None:
        name = {"no": "item_no", "what": "description", "measure": "unit"}.get(cell, cell)
        found = faults(replace(TYPED, rows=(replace(LAPTOP, **{name: "1" * (LENGTHS[cell] + 1)}),)))
        assert found[f"{cell}-1"].kind is FormProblemKind.TOO_LONG

    def test_nothing_is_judged_or_read_beyond_what_shows_that_it_is_too_long(self) -> None:
        read: list[Form] = []

        def noted(form: Form, names: Names, language: str) -> ReadBack:
            read.append(form)
            return read_back(form, names, language)

        every = FormLine(*["1 " * 25_000] * 5)
        finish(Typed(EVAS, dict.fromkeys(DETAILS, "x" * 50_000), (every, every)), PLACE, "sv", noted)
        (form,) = read
        assert sum(map(len, form.fields.values())) <= len(form.fields) * MAX_FIELD + MAX_VALUE
        assert {name: len(getattr(form.lines[0], name)) - 1 for name in ("description", "quantity")} == {
            "description": LENGTHS["what"],
            "quantity": LENGTHS["quantity"],
        }


class TestEveryProblemOfAMailIsSaidAtItsPlace:
    def test_all_together_in_the_order_of_the_page(self) -> None:
        rows = (FormLine("", "", ""), FormLine("", "x", "15,000"), FormLine("Mus", "1", "10 EUR"))
        found = faults(Typed("", {Field.CURRENCY: "XYZ", Field.REASON: "<skäl>", Field.TOTAL: "?"}, rows))
        assert list(found) == [
            *("chosen", "supplier", "what-2", "quantity-2", "price-2", "price-3", "currency", "reason", "total"),
        ]
        assert found["reason"].kind is ProblemKind.PLACEHOLDER

    def test_no_lines_and_too_many(self) -> None:
        assert faults(replace(TYPED, rows=(FormLine(" ", "\n", ""),)))["lines"].kind is ProblemKind.NO_LINES
        for count in (MAX_LINES + 1, 600):
            assert faults(replace(TYPED, rows=(LAPTOP,) * count))["lines"].kind is ProblemKind.TOO_MANY_LINES

    @pytest.mark.parametrize("chosen", ["", "1", "1/", "/cs", "1/umf", "4/cs", "3/cs", "99/cs", "1/nowhere", "x/cs"])
    def test_only_an_approver_of_the_unit_can_be_chosen(self, chosen: str) -> None:
        assert faults(replace(TYPED, chosen=chosen)).keys() == {"chosen"}

    def test_two_approvers_of_one_name_are_told_apart_by_role_or_unit_on_the_page_and_in_the_mail(self) -> None:
        place = with_namesake(("umf",))
        names = [f"Eva Ek ({CS.name})", f"Eva Ek ({UMF.name})"]
        assert list(next(menus(place, "")).units[0][1].values()) == ["Anna Ask", *names]
        for chosen, name, who in ((EVAS, names[0], EVA.id), ("8/cs", names[1], 8)):
            found = finished(replace(TYPED, chosen=chosen), place=place)
            assert (found.content.approver, found.asked_back) == (who, False)
            assert f"Godkännare: {name}\n" in found.text
            read = complete(mailed(found.text), replace(place, requester=RUT))
            assert isinstance(read, Content)
            assert read.approver == who

    def test_two_whom_nothing_tells_apart_are_asked_about_by_mail_and_the_page_says_so(self) -> None:
        place = with_namesake(EVA.units)
        found = finished(place=place)
        assert (found.asked_back, "Godkännare: Eva Ek\n" in found.text) == (True, True)
        assert "@" not in found.text
        (read,) = cast("tuple[Problem]", complete(mailed(found.text), replace(place, requester=RUT)))
        assert (read.kind, [p.id for p in read.choices]) == (ProblemKind.AMBIGUOUS_APPROVER, [EVA.id, 8])

    def test_a_namesake_without_a_right_is_no_obstacle(self) -> None:
        other = Person(8, "Eva Ek", "eva.ek2@example.se")
        known = replace(DIRECTORY, persons={**DIRECTORY.persons, 8: other})
        assert finished(place=replace(PLACE, directory=known)).content.approver == EVA.id


def with_namesake(units: tuple[str, ...]) -> DraftContext:
    other = Person(8, "Eva Ek", "eva.ek2@example.se", units=units)
    rights = (*DIRECTORY.rights, right(9, other, CS))
    return replace(
        PLACE, directory=Directory(persons={**DIRECTORY.persons, 8: other}, units=DIRECTORY.units, rights=rights)
    )


class TestWhatCanBeChosen:
    def test_units_with_an_approver_and_registered_suppliers_by_name(self) -> None:
        (found,) = menus(PLACE, "")
        assert found.whole
        assert [(unit.id, [p.name for p in able]) for unit, able in found.units] == [
            ("cs", ["Anna Ask", "Eva Ek"]),
            ("umf", ["Örjan Åström"]),
        ]
        assert found.suppliers == ("Atea Sverige AB", "Dustin AB")

    def test_nobody_known_by_an_address_only(self) -> None:
        stranger = Person(8, "a.b@example.se", "a.b@example.se", registered=False)
        known = Directory(
            persons={**DIRECTORY.persons, 8: stranger},
            units=DIRECTORY.units,
            rights=(right(1, stranger, UMF), right(2, NILS, CS)),
        )
        assert [(u.id, [p.id for p in able]) for u, able in next(menus(replace(PLACE, directory=known), "")).units] == [
            ("cs", [NILS.id])
        ]

    def test_a_register_too_long_for_a_page_is_left_out(self) -> None:
        many = {n: replace(DUSTIN, id=n, name=f"Firma {n}") for n in range(ROOM // 45)}
        assert next(menus(replace(PLACE, directory=replace(DIRECTORY, suppliers=many)), "")).suppliers == ()

    def test_after_all_units_the_chosen_one_and_then_its_chosen_approver(self) -> None:
        assert [(m.whole, len(m.units), len(m.units[0][1])) for m in menus(PLACE, EVAS)] == [
            (True, 2, 2),
            (False, 1, 2),
            (False, 1, 1),
        ]
        assert [len(m.units) for m in menus(PLACE, f"/{CS.id}")] == [2, 1]
        assert [len(m.units) for m in menus(PLACE, f"{EVA.id}/{UMF.id}")] == [2, 1]  # decides elsewhere only

    def test_a_search_holds_every_word_and_passes_over_accents_and_units_without_approver(self) -> None:
        assert search(PLACE, "", CS.name.upper().replace("Ö", "O")).found == ((f"/{CS.id}", CS.name),)
        assert search(PLACE, "", f"{CS.name} x").found == ()
        assert search(PLACE, f"/{CS.id}", "ek").found == ((EVAS, "Eva Ek"),)
        assert search(PLACE, f"/{UMF.id}", "orjan astrom").found[0][1] == "Örjan Åström"
        empty = replace(PLACE, directory=replace(DIRECTORY, rights=()))
        assert search(empty, "", "").found == ()


class TestTheLink:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_opens_a_mail_with_address_subject_and_the_very_text(self, language: str) -> None:
        text = finished(replace(TYPED, rows=(replace(LAPTOP, description="a & b ? c # d + e % f"),)), language).text
        parts = urlsplit(link(BOT, language, text))
        values = parse_qs(parts.query, strict_parsing=True)
        assert (parts.scheme, parts.path, parts.fragment) == ("mailto", BOT, "")
        assert values["subject"] == [{"sv": "Beställning", "en": "Order"}[language]]
        assert values["body"] == [text.replace("\n", "\r\n")]

    def test_holds_no_text_when_the_whole_would_be_too_long(self) -> None:
        bare = link(BOT, "sv", "x" * MAX_ADDRESS)
        assert parse_qs(urlsplit(bare).query).keys() == {"subject"}
        room = MAX_ADDRESS - len(bare) - len("&body=")
        assert len(link(BOT, "sv", "x" * room)) == MAX_ADDRESS
        assert link(BOT, "sv", "x" * (room + 1)) == bare

    def test_an_address_cannot_add_to_it(self) -> None:
        assert link("a?cc=b&c@d.se", "en", "x").partition("?")[0] == "mailto:a%3Fcc%3Db%26c@d.se"


def test_nobody_in_particular_is_no_one_who_is_known() -> None:
    assert NOBODY.id not in cast("dict[int, Person]", DIRECTORY.persons)
    assert not NOBODY.units

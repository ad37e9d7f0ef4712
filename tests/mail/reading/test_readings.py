"""Order lines in words: read without a guess, asked back or named on top; never a smaller order without a word."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.values.money import Money, parse_quantity
from mailbot.domain.values.order import Field, Form, FormLine
from mailbot.mail.reading.amounts import parse_amount, read_vat
from mailbot.mail.reading.choice import choose
from mailbot.mail.reading.order_form import read_form
from mailbot.mail.reading.order_text import write_form
from tests.support.examples import examples

GOOD = "1 st Mus à 99 kr"
MOUSE = FormLine("Mus", "1", "99 kr", unit="st")


def beside_a_good_line(text: str) -> Form:
    """Read the text in an order that is whole without it."""
    form = read_form(f"Enhet: cs\nLeverantör: Dustin AB\n\n{GOOD}\n{text}\n\nMvh\nRut Rask")
    assert form.lines[0] == MOUSE
    return form


def offers(form: Form, text: str) -> tuple[str, ...]:
    """Return what the line may mean, as it is to be written in Swedish."""
    doubt = form.doubts.get(text)
    return doubt.offers["sv"] if doubt else ()


class TestReadWithoutAGuess:
    @pytest.mark.parametrize(
        ("text", "description", "quantity", "price"),
        [
            ("2 Skärm à 3 100 kr", "Skärm", "2", "3 100 kr"),
            ("2 screens @ 3100", "screens", "2", "3100"),
            ("2 screens @3100", "screens", "2", "3100"),
            ("Två skärmar à 3 100 kr", "skärmar", "2", "3 100 kr"),
            ("Two screens, 3 100 SEK each", "screens", "2", "3 100 SEK"),
            ("Two screens 900 SEK each", "screens", "2", "900 SEK"),
            ("Skärm 2 st 3 100 kr/st", "Skärm", "2", "3 100 kr"),
            ("Skärm 27 tum, 2 st, 3 100 kr/st", "Skärm 27 tum", "2", "3 100 kr"),
            ("Skärm (2 st) 3 100 kr per styck", "Skärm", "2", "3 100 kr"),
            ("Skärm, 2 st à 3.100:-", "Skärm", "2", "3.100:-"),
            ("Skärm, 2 à 3 100 kr", "Skärm", "2", "3 100 kr"),
            ("2 x Mus 300 kr/st", "Mus", "2", "300 kr"),
            ("2 st Mus 300 kr st", "Mus", "2", "300 kr"),
            ("3st tangentbord för 500 kr styck", "tangentbord", "3", "500 kr"),
            ("2 st Dell XPS 13 à 12 500 kr/st", "Dell XPS 13", "2", "12 500 kr"),
            ("HDMI cable x 3 à 89:-", "HDMI cable", "3", "89:-"),
            ("HDMI cable: 3 x 89:-", "HDMI cable", "3", "89:-"),
            ("HDMI cable, 89:- x 3", "HDMI cable", "3", "89:-"),
            ("Gem, små: 1 500 st à 0,49", "Gem, små", "1 500", "0,49"),
            ("Skärm 2 st 900/st", "Skärm", "2", "900"),
            ("Konsult 10 tim 900 kr/tim", "Konsult", "10", "900 kr"),
            ("En laddare 300 kr", "laddare", "1", "300 kr"),
            ("1 laddare för 300 kr", "laddare", "1", "300 kr"),
            ("1 st Dell XPS 13, 12 400 kr", "Dell XPS 13", "1", "12 400 kr"),
            ("1 Dell XPS 13 – 12 400 kr", "Dell XPS 13", "1", "12 400 kr"),
            ("Dell XPS 13, 1 st, 12 400 kr", "Dell XPS 13", "1", "12 400 kr"),
            ("1 skärm 300€", "skärm", "1", "300€"),
            ("1 st Stol 1 299,50 kr", "Stol", "1", "1 299,50 kr"),
            ("2 st skärm (ersätter de från 2017) à 2 900 kr", "skärm (ersätter de från 2017)", "2", "2 900 kr"),
            ("2 st skärm à 2 900 kr, art.nr 5012345", "skärm, art.nr 5012345", "2", "2 900 kr"),
            ("2 st skärm à 2 900 kr (artikelnr 5012345)", "skärm (artikelnr 5012345)", "2", "2 900 kr"),
            ("3 st stol à 3 000 kr (9 000 kr)", "stol", "3", "3 000 kr"),
            ("3 pcs chair at 3 000 SEK (9 000)", "chair", "3", "3 000 SEK"),
            ("2 st skärm, pris 4 500 kr/st", "skärm", "2", "4 500 kr"),
            ("Skärm, 2 st, pris: 4 500 kr/st", "Skärm", "2", "4 500 kr"),
            ("2 st skärm, pris per st 4 500 kr", "skärm", "2", "4 500 kr"),
            ("2 screens, price 4 500 SEK each", "screens", "2", "4 500 SEK"),
            ("2 st HDMI-kabel SEK 89 styck", "HDMI-kabel", "2", "SEK 89"),
            ("2 st skärm à 2 900 :-", "skärm", "2", "2 900 :-"),
            ("2 st skärm à 2 900 kr (svart)", "skärm (svart)", "2", "2 900 kr"),
            ("2 st skärm à 2 900 kr, till rum 312", "skärm, till rum 312", "2", "2 900 kr"),
            ("2 st skärm à 2 900 kr för Anna", "skärm för Anna", "2", "2 900 kr"),
            ("2 st toner (6 500 sidor) à 900 kr", "toner (6 500 sidor)", "2", "900 kr"),
            ("2 st Rabattkort SJ 30 à 900 kr", "Rabattkort SJ 30", "2", "900 kr"),
            ("2 st Kreditkortshållare à 90 kr", "Kreditkortshållare", "2", "90 kr"),
            ("2 st Returpappersinsamlare 60 l à 90 kr", "Returpappersinsamlare 60 l", "2", "90 kr"),
            ("MX Master 3S - 1 st - 1 099 kr", "MX Master 3S", "1", "1 099 kr"),
            ("2 st Brio 4K (1 899 kr/st)", "Brio 4K", "2", "1 899 kr"),
            ("2 st Mus à 1099 kr - totalt 2198 kr", "Mus", "2", "1099 kr"),
            ("2 st Mus à 12 500,- kr", "Mus", "2", "12 500,- kr"),
            ("2 st Mus a´ 300 kr", "Mus", "2", "300 kr"),
            ("2 st Mus, enhetspris 300 kr", "Mus", "2", "300 kr"),
        ],
    )
    def test_a_line_is_read_in_any_natural_order(self, text: str, description: str, quantity: str, price: str) -> None:
        form = beside_a_good_line(text)
        assert [(x.description, x.quantity, x.price) for x in form.lines[1:]] == [(description, quantity, price)]
        assert (form.unread, form.notes) == ((), ("Mvh", "Rut Rask"))

    @pytest.mark.parametrize(
        ("text", "quantity", "unit", "description"),
        [
            ("10 kg kaffe à 129 kr/kg", "10", "kg", "kaffe"),
            ("10 kg kaffe à 129 kr", "10", "kg", "kaffe"),
            ("2 par handskar strl 9 à 129 kr/par", "2", "par", "handskar strl 9"),
            ("4 rullar tejp 50 mm à 129 kr/rulle", "4", "rullar", "tejp 50 mm"),
            ("tejp 50 mm, 4 rullar à 129 kr", "4", "rullar", "tejp 50 mm"),
            ("4 licenser Camtasia 2026 à 129 kr/licens", "4", "licenser", "Camtasia 2026"),
            ("Camtasia 2026, 4 licenser à 129 kr/licens", "4", "licenser", "Camtasia 2026"),
            ("4 dagar konsult à 129 kr/dag", "4", "dagar", "konsult"),
            ("4 pack paper à 129 kr/pack", "4", "pack", "paper"),
            ("4 säckar jord à 129 kr per säck", "4", "säckar", "jord"),
            ("2 datorer à 129 kr/dator", "2", "", "datorer"),
            ("2 st datorer à 129 kr/dator", "2", "st", "datorer"),
            ("2 st datorer à 129 kr/ st", "2", "st", "datorer"),
        ],
    )
    def test_a_word_behind_the_count_that_the_price_is_per_is_its_unit_or_the_goods(
        self, text: str, quantity: str, unit: str, description: str
    ) -> None:
        form = beside_a_good_line(text)
        assert form.lines[1:] == (FormLine(description, quantity, "129 kr", unit=unit),)

    @pytest.mark.parametrize("vat", ["+ moms", "plus moms", "före moms", "(exkl. moms)", "+ 25 % moms", "before VAT"])
    def test_vat_that_comes_on_top_is_not_in_the_price(self, vat: str) -> None:
        (line,) = beside_a_good_line(f"2 st skärm à 900 kr {vat}").lines[1:]
        said = read_vat(line.vat)
        assert (line.description, line.price, said and said.included) == ("skärm", "900 kr", False)

    @pytest.mark.parametrize(
        "opening", ["Beställer", "Vi beställer", "Beställning:", "Please order:", "Rad 1:", "Order"]
    )
    def test_what_stands_before_the_count_of_a_line_to_order_it_is_no_part_of_it(self, opening: str) -> None:
        form = beside_a_good_line(f"{opening} 2 st skärm à 900 kr.")
        assert (form.lines[1:], form.unread) == ((FormLine("skärm", "2", "900 kr", unit="st"),), ())

    @pytest.mark.parametrize("mark", ["a)", "(1)", "(b)", "□", "☐", "☑", "[x]", "[ ]", "[]", "- [ ]", "+", "=>", "➢"])
    def test_a_mark_of_a_list_is_no_part_of_a_line(self, mark: str) -> None:
        form = beside_a_good_line(f"{mark} 2 st skärm à 2 900 kr")
        assert (form.lines[1:], form.unread) == ((FormLine("skärm", "2", "2 900 kr", unit="st"),), ())


class TestAskedBack:
    @pytest.mark.parametrize(
        ("text", "meanings"),
        [
            ("Dell XPS 13 12 400 kr", ()),
            ("Dell XPS 13: 12 400 kr", ()),
            ("Dell XPS 13 - 12 400 kr", ()),
            ("- Dell XPS 13 à 12 400 kr", ()),
            ("2 Skärm 3 100 kr", ("2 st Skärm à 3 100 kr", "2 st Skärm 3 à 100 kr")),
            ("2 st Skärm, 3 100 kr", ("2 st Skärm à 3 100 kr",)),
            ("2 x Skärm 3 100 kr/st", ("2 st Skärm à 3 100 kr", "2 st Skärm 3 à 100 kr")),
            ("2 st skärm 4 500 kr", ("2 st skärm à 4 500 kr", "2 st skärm 4 à 500 kr")),
            ("2 st iPhone 15 900 kr", ("2 st iPhone à 15 900 kr", "2 st iPhone 15 à 900 kr")),
            ("1 st kurs, nivå 2 900 kr", ("1 st kurs, nivå à 2 900 kr", "1 st kurs, nivå 2 à 900 kr")),
            ("1 st Stol 1 299 kr", ("1 st Stol à 1 299 kr", "1 st Stol 1 à 299 kr")),
            ("2 st skärm, pris 4 500 kr", ("2 st skärm à 4 500 kr",)),
            ("3 st stol à 3 000 kr (8 000 kr)", ("3 st stol à 3 000 kr",)),
            ("Skärm 27 tum, 2 st, 3 100 kr", ("2 st Skärm 27 tum à 3 100 kr",)),
            ("Skärm 3 100 kr, 2 st", ("2 st Skärm à 3 100 kr", "2 st Skärm 3 à 100 kr")),
            ("HDMI cable x 3 89:-", ("3 st HDMI cable à 89:-",)),
            ("1 iPhone 15 900 kr", ("1 st iPhone à 15 900 kr", "1 st iPhone 15 à 900 kr")),
            ("27 tum skärm à 3 100 kr", ()),
            ("24 port switch à 5 000 kr", ()),
            ("9 st Sko stl 42 606:- vardera", ("9 st Sko stl à 42 606:-", "9 st Sko stl 42 à 606:-")),
            ("gem 24 500 st à 2 kr", ("24 500 st gem à 2 kr", "500 st gem 24 à 2 kr")),
            ("Gem 24 500 st à 2 kr", ("24 500 st Gem à 2 kr", "500 st Gem 24 à 2 kr")),
            ("Skärm 900/st", ()),
            ("Kabel 2 m 300 kr/st", ()),
            ("Frakt 99 kr", ()),
            ("Skärm €300", ()),
            ("Rabatt -300 kr", ()),
            ("2 licenser, 1 200 kr/mån", ()),
            ("En skärm, max 3 000 kr", ()),
            ("Mus 300 kr, kabel 100 kr", ()),
            (
                "24 st pennor blå, 10 förp à 49 kr",
                ("pennor blå, 10 förp; 24; st; 49 kr", "24 st pennor blå; 10; förp; 49 kr"),
            ),
            ("5 m kabel, 40 st à 12 kr", ("kabel, 40 st; 5; m; 12 kr", "40 st 5 m kabel à 12 kr")),
            ("Rabatt: 20 kr", ("1 st Mus à 99 kr, rabatt 20 kr",)),
            ("Rabatt 10 %", ("1 st Mus à 99 kr, rabatt 10 %",)),
            ("- Rabatt 10 %", ("1 st Mus à 99 kr, rabatt 10 %",)),
            ("Rabatt 10 procent på allt", ("1 st Mus à 99 kr, rabatt 10 %",)),
            ("10 % rabatt enligt avtal", ("1 st Mus à 99 kr, rabatt 10 %",)),
            ("Discount: 20 SEK on everything", ("1 st Mus à 99 kr, rabatt 20 kr",)),
            ("Rabatt 10 % på 2 av dem", ()),
            *(
                (text, ())
                for text in ("Pris efter rabatt: 50 kr", "Rabatterat pris 50 kr/st", "Listpris före rabatt 50 kr")
            ),
            *((text, ()) for text in ("Rabatt 10 % är redan avdragen", "Rabatt 10 % inräknad", "Rabatt 20 kr/st")),
            ("3 st kabel 2 m à 99 kr/m", ()),
            ("10 m kabel à 45 kr/kabel", ()),
            ("2 förp pennor à 50 kr/penna", ()),
            ("500 st skruv (1 låda) à 89 kr", ("skruv (1 låda); 500; st; 89 kr", "500 st skruv; 1; låda; 89 kr")),
            ("Skärm - 2 st - 500 kr", ("2 st Skärm à 500 kr",)),
            ("1 st Skärm à 500 kr efter moms", ()),
            ("2 st Säkring 10 A 290 kr", ("2 st Säkring 10 A à 290 kr",)),
            ("2 st Vitamin A 290 kr", ("2 st Vitamin A à 290 kr",)),
            ("2 st Dell à 3 100 kr + 1 st Mus med en lång, lång beskrivning i rosa à 300 kr", ()),
            ("300 kr", ()),
            ("Skärm a300 kr", ()),
            ("Tangentbord 499", ()),
            ("2 Skärm 3 100", ()),
        ],
    )
    def test_what_may_be_a_line_and_is_not_sure_is_asked_back_with_each_meaning_to_copy(
        self, text: str, meanings: tuple[str, ...]
    ) -> None:
        form = beside_a_good_line(text)
        assert (form.lines, form.unread, form.unread_numbers) == ((MOUSE,), (text,), (2,))
        assert offers(form, text) == meanings

    @pytest.mark.parametrize("text", ["2 Skärm 3 100 kr", "24 st pennor, 10 förp à 49 kr", "Rabatt 20 kr"])
    @pytest.mark.parametrize("language", ["sv", "en"])
    def test_what_is_offered_is_read_as_exactly_that(self, text: str, language: str) -> None:
        offered = beside_a_good_line(text).doubts[text].offers[language]
        assert offered
        for meaning in offered:
            assert (len(read_form(meaning).lines), read_form(meaning).unread) == (1, ())

    @pytest.mark.parametrize(
        "sign",
        [
            *"-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u207b",
            "minus ",
            "avgår ",
            "./. ",
            "− ",
            "- ",
        ],
    )
    @pytest.mark.parametrize("at", ["à ", ""])
    def test_a_credit_never_becomes_a_charge(self, sign: str, at: str) -> None:
        form = beside_a_good_line(f"1 st Inbyte gammal skärm {at}{sign}500 kr")
        assert (len(form.lines), len(form.unread), form.doubts) == (1, 1, {})

    @pytest.mark.parametrize(
        "text",
        [
            *("2 hundra st pennor à 5 kr", "5 dussin muggar à 5 kr", "2 eller 3 skärmar à 100 kr"),
            *("2 - 3 skärmar à 100 kr", "2 av 5 skärmar à 100 kr", "2 st/person skärmar à 100 kr"),
            *("2 mus, 3 tangentbord à 100 kr", "4 mus och 3 tangentbord à 100 kr", "4 licenser, 12 mån à 649 kr"),
            *("6 st licenser à 99 kr årligen", "6 st licenser à 99 kr/användare", "2 st Licens à 100 kr per år"),
            *(
                "1 st Returfrakt à 750 kr",
                "1 st Rabattavdrag à 750 kr",
                "1 st Kreditnota 4711 à 750 kr",
                "1 st Kundrabatt à 750 kr",
                "Kundrabatt 10 %",
            ),
            *("2 st Skärm à 4 500 kr utgår", "2 st Skärm à 4 500 kr, 10 % rabatt på den ena"),
            *("2 st skärm à 2 900 kr, rum 312 3 st", "2 st skärm à 2 900 kr, art.nr 12 500 kr", "+ 500 kr"),
            *("samt tre möss", "och två tangentbord", "- plus en väska", "Plus frakt", "samt 3 möss", "Också en mus"),
            *("and two keyboards", "also a docking station", "as well as three mice"),
            *("1 st Mus à 12 500 BTC", "3 år @ 792.00", "5 Mus x2 à 99 kr", "5 Mus", "- 5 mus", "Mus: 99", "Mus; 5"),
        ],
    )
    def test_a_count_a_price_or_a_purchase_that_a_word_changes_is_never_taken_without_it(self, text: str) -> None:
        form = beside_a_good_line(text)
        assert (form.lines, form.unread) == ((MOUSE,), (text,))

    @pytest.mark.parametrize(
        ("above", "below"),
        [
            *(("En iPhone", "15 Pro 256 GB à 9 kronor"), ("Två MacBook Pro", "14 M4 16 GB/512 GB à 93 kr")),
            *(
                ("Windows 11 Pro;12;st;50", "000.00"),
                ("1 st Mus à 50", "000,00 kr"),
                (f"1 st {'Lång ' * 10}sko à 42 kr", "v. 49"),
            ),
        ],
    )
    def test_a_line_is_never_read_without_what_it_may_have_been_cut_from(self, above: str, below: str) -> None:
        form = read_form(f"{above}\n{below}")
        assert form.unread or form.doubts
        assert {line.price for line in form.lines} <= {"9 kronor", "93 kr"}

    @pytest.mark.parametrize(
        "remark",
        [
            *(
                " (beställs ej)",
                " (redan beställd)",
                " TAS BORT",
                " (avvakta)",
                " (hoppa över)",
                " - EJ",
                " NEJ",
                " ❌",
            ),
            *(" (option)", " (already ordered)", " (if available)", " (gratis)", " (ingår i datorn)", " (on hold)"),
            *(" ca", " ungefär", " (max)", " (uppskattat)", " (approx.)", " var god bekräfta priset", ", till Kim?"),
        ],
    )
    def test_a_remark_behind_the_price_that_says_not_which_where_to_or_when_may_cancel_the_line(
        self, remark: str
    ) -> None:
        text = f"1 st Docka WD19 à 2 490 kr{remark}"
        form = beside_a_good_line(text)
        assert (form.lines, form.doubts) == ((MOUSE,), {})
        assert text in (*form.unread, *form.priced_notes)

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "1 st ev. Dell XPS 13 à 12 500 kr",
                "1 st Docka (beställs ej) à 2 490 kr",
                "500 st skruv (1 ficka) à 89 kr",
            ),
            *("100 m kabel (2 trummor) à 990 kr", "48 burkar läsk (2 flak) à 199 kr", "2 rum, 3 nätter à 1 200 kr"),
            *("2 konsulter 5 dagar à 9 000 kr", "3 licenser Adobe CC i 12 månader à 589 kr"),
            *(
                "2 rum 3 nätter à 900 kr/rum",
                "2 konsulter 5 dagar à 9 000 kr/dag",
                "3 licenser, 9 användare à 9 kr/användare",
            ),
            *("1 000 visitkort (4 x 250) à 1 kr", "visitkort, 4 x 250 à 1 kr"),
            *("1.2 st Dell XPS 13 à 12 500 kr", "2.1 pcs mouse à 199 kr", "1,5 styck mus à 199 kr"),
        ],
    )
    def test_a_second_count_or_a_part_of_a_piece_is_asked_back_and_no_meaning_is_offered(self, text: str) -> None:
        form = beside_a_good_line(text)
        assert (form.lines, form.unread, form.doubts) == ((MOUSE,), (text,), {})

    def test_what_stands_at_an_empty_box_is_asked_back_where_others_are_ticked(self) -> None:
        form = beside_a_good_line("[x] 2 st Skärm à 300 kr\n[ ] 1 st Stol à 500 kr")
        assert ([x.description for x in form.lines], form.unread) == (["Mus", "Skärm"], ("[ ] 1 st Stol à 500 kr",))

    def test_a_dash_before_the_amount_in_a_rows_first_cell_is_its_sign_and_no_mark_of_a_list(self) -> None:
        form = read_form("Antal; Benämning; À-pris\n- 5; Skärm; 100 kr")
        assert [line.quantity for line in form.lines] == ["- 5"]

    def test_unread_lines_are_numbered_among_all_lines(self) -> None:
        form = read_form("Frakt 99 kr\n1 st Mus à 99 kr\nSkärm 300 kr\n1 st Matta à 50 kr")
        assert (form.unread_numbers, form.line_numbers) == ((1, 3), (2, 4))

    @pytest.mark.parametrize("key", ["Leverantör", "Projekt", "Referens"])
    def test_a_line_under_an_empty_key_is_no_value(self, key: str) -> None:
        assert read_form(f"{GOOD}\n\n{key}:\nSkärm 3 100 kr").unread == ("Skärm 3 100 kr",)

    def test_a_reason_may_name_an_amount(self) -> None:
        assert read_form(f"{GOOD}\n\nMotivering:\nReparation 3 100 kr").fields == {Field.REASON: "Reparation 3 100 kr"}

    def test_the_form_sent_back_keeps_an_amount_apart_from_the_row_above_it(self) -> None:
        form = read_form(f"{GOOD}\n300")
        assert read_form(write_form(form, "sv")).lines == (MOUSE,)


class TestRunningText:
    @pytest.mark.parametrize(
        "text",
        [
            "Budgeten är 20 000 kr enligt Lisa.",
            "Vår budget 20 000 kr",
            "Ring om det blir dyrare än 5 000 kr",
            "En kollega sa att det kostar 300 kr",
            "Finns den för under 300 kr?",
            "20 000 kr är avsatta.",
            "We have 300 EUR left",
        ],
    )
    def test_a_sentence_that_names_an_amount_stays_text_and_is_named_on_top(self, text: str) -> None:
        form = beside_a_good_line(text)
        assert (form.lines, form.unread) == ((MOUSE,), ())
        assert form.priced_notes == (text,)
        assert text in form.notes

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "Vi behöver även tre möss",
                "en dockningsstation också",
                "Dessutom behövs två tangentbord.",
                "två skärmar",
            ),
            *("Vi behöver även 3 möss", "We also need three mice.", "We need two keyboards too", "\nsamt tre möss"),
        ],
    )
    def test_a_count_in_words_that_may_be_meant_besides_is_named_on_top(self, text: str) -> None:
        form = beside_a_good_line(text)
        assert (form.lines, form.unread, form.priced_notes) == ((MOUSE,), (), (text.strip(),))

    @pytest.mark.parametrize(
        "text",
        [
            "Vi är två på kontoret",
            "Vi har redan 3 skärmar",
            "Leverera ej till rum 312",
            "Ses kl 12 :-)",
            "Vi behöver dem om två veckor",
            "och tack på förhand",
            "We need it in two weeks",
        ],
    )
    def test_a_number_in_words_that_counts_no_goods_is_a_note(self, text: str) -> None:
        form = beside_a_good_line(text)
        assert (form.unread, form.priced_notes) == ((), ())

    @pytest.mark.parametrize("text", ["Totalt 15 000 kr", "Summa 15 000:-", "Total 15 000 SEK"])
    def test_a_bare_sum_is_the_total(self, text: str) -> None:
        form = beside_a_good_line(text)
        assert (parse_amount(form.fields[Field.TOTAL]), form.unread) == (Money(Decimal(15_000)), ())

    @pytest.mark.parametrize(
        ("text", "stated"),
        [
            ("Totalt exkl moms: 18 250 kr", "18 250 kr exkl moms"),
            ("Totalsumma (exkl. moms): 18 250 kr", "18 250 kr exkl. moms"),
            ("Summa inklusive moms: 300 kr", "300 kr inklusive moms"),
            ("Totalt att betala: 18 250 kr", "18 250 kr"),
            ("Totalkostnad: 18 250 kr", "18 250 kr"),
            ("Totalt exkl. 25 % moms: 18 250 kr", "18 250 kr exkl. 25 % moms"),
            ("Total (VAT excl.) 18 250 SEK", "18 250 SEK VAT excl."),
            ("Totalt 18 250 kr inkl. moms", "18 250 kr inkl. moms"),
        ],
    )
    def test_a_total_keeps_the_basis_that_it_names(self, text: str, stated: str) -> None:
        form = beside_a_good_line(text)
        assert (form.fields[Field.TOTAL], form.unread, form.priced_notes) == (stated, (), ())

    @pytest.mark.parametrize(
        ("text", "stated"),
        [
            ("Totalt blir det 18 250 kr", "18 250 kr"),
            ("Det blir totalt 18 250 kr", "18 250 kr"),
            ("Totalt för båda: 4 000 kr", "4 000 kr"),
            ("Totalt inkl frakt 4 200 kr", "4 200 kr"),
            ("Summan är 18 250 kr exkl. moms", "18 250 kr exkl. moms"),
            ("Det kostar 18 250 kr totalt", "18 250 kr"),
            ("Hela beställningen kostar 18 250 kr.", "18 250 kr"),
            ("Tillsammans 18 250 kr", "18 250 kr"),
            ("The total is 18 250 SEK", "18 250 SEK"),
            ("It costs 18 250 SEK in total, excl. VAT", "18 250 SEK excl. VAT"),
            ("In total 18 250 SEK", "18 250 SEK"),
        ],
    )
    def test_a_sentence_about_the_whole_alone_states_the_total(self, text: str, stated: str) -> None:
        form = beside_a_good_line(text)
        assert (form.fields[Field.TOTAL], form.unread, form.priced_notes) == (stated, (), ())

    @pytest.mark.parametrize(
        "text",
        [
            *("Summa budget i projektet är 50 000 kr", "Det blir totalt 18 tusen kronor", "Det blir totalt 18250"),
            *("Totalt för stolarna 1 900 kr", "Totalt 11 250 kr varav moms 2 250 kr", "Blir det totalt 18 250 kr?"),
            *(
                "Totalt inkl frakt och moms 125 kr",
                "The total for the year is 50 000 SEK",
                "Totalt 2 st à 500 kr och frakt",
            ),
        ],
    )
    def test_a_sentence_that_may_state_a_higher_total_than_all_else_is_asked_for_as_the_total(self, text: str) -> None:
        assert beside_a_good_line(text).fields[Field.TOTAL] == text
        assert beside_a_good_line(f"Totalt: 99 kr\n{text}").fields[Field.TOTAL] == f"99 kr; {text}"

    @pytest.mark.parametrize("text", ["Totalt för stolarna 90 kr", "Totalt 12 personer", "Det blir totalt 2 mer"])
    def test_a_sentence_about_a_lower_sum_decides_nothing(self, text: str) -> None:
        assert Field.TOTAL not in beside_a_good_line(text).fields

    def test_two_totals_that_differ_are_asked_for_and_two_that_agree_are_one(self) -> None:
        assert beside_a_good_line("Totalt: 99 kr\nDet blir totalt 199 kr").conflicts == (Field.TOTAL,)
        assert beside_a_good_line("Totalt: 99 kr\nDet blir totalt 99,00 kr").conflicts == ()

    def test_words_without_goods_state_no_total(self) -> None:
        assert read_form("Det kostar 18 250 kr totalt").fields == {}

    @pytest.mark.parametrize(
        "text",
        [
            "Totalt: 9 000 kr\nMoms: 2 250 kr\nAtt betala: 11 250 kr",
            "Summa exkl moms: 9 000 kr\nMoms 25 %: 2 250 kr\nAtt betala: 11 250 kr",
            "Delsumma: 9 000 kr\nVarav moms: 2 250 kr\nTotalt: 11 250 kr",
            "Netto: 9 000 kr\nMoms (25 %): 2 250 kr\nSumma: 11 250 kr",
            "Subtotal: 9 000 kr\nVAT: 2 250 kr\nTotal: 11 250 kr",
        ],
    )
    def test_a_sum_and_its_vat_that_make_what_is_to_be_paid_are_the_total_without_and_with_it(self, text: str) -> None:
        form = beside_a_good_line(text)
        assert form.fields[Field.TOTAL] == "9 000 kr exkl. moms; 11 250 kr inkl. moms"
        assert (Field.VAT in form.fields, form.conflicts, form.unread) == (False, (), ())

    @pytest.mark.parametrize("total", ["Totalt: 9 000 kr", "Totalt inkl. moms: 9 000 kr"])
    def test_sums_that_do_not_add_up_are_asked_back(self, total: str) -> None:
        form = beside_a_good_line(f"{total}\nMoms: 2 250 kr\nAtt betala: 12 250 kr")
        assert form.fields[Field.VAT] == "2 250 kr"

    @pytest.mark.parametrize(
        "text",
        ["Ring 090-786 50 00", "Leverera till plan 3", "Rum 412, senast 12 mars 2026", "Tack!", "Kl 12:00 passar"],
    )
    def test_other_text_is_a_note_and_nothing_more(self, text: str) -> None:
        form = beside_a_good_line(text)
        assert (form.unread, form.priced_notes) == ((), ())
        assert text in form.notes


PIECES = st.sampled_from(
    ["Dell XPS 13", "Skärm 27 tum", "iPhone 15", "laddare", "HDMI cable", "Stol, blå", "USB-C-kabel 2 m", "Bord (vitt)"]
)
PRICES = st.sampled_from(["99 kr", "3 100 kr", "12.400:-", "899,50 SEK", "300€", "1 250 kr", "15 kr"])
ITEMS = st.lists(st.tuples(st.integers(1, 12), PIECES, PRICES), min_size=2, max_size=5)
DAMAGES = {
    "no unit": "{n} {what} à {price}",
    "no at": "{n} st {what} {price}",
    "neither": "{n} {what} {price}",
    "no quantity": "{what} à {price}",
    "no quantity, colon": "{what}: {price}",
    "bare": "{what} {price}",
    "swapped": "{what} {n} st {price}/st",
    "swapped with commas": "{what}, {n} st, {price}",
    "swapped with at": "{what}, {n} st à {price}",
    "price first": "{price} {what} {n} st",
    "quantity last": "{what} {price}, {n} st",
    "times last": "{what} {price} x {n}",
    "times before": "{what} {n} x {price}",
    "each": "{n} {what} {price} each",
    "bullet": "* {n} {what} à {price}",
    "dash": "{what} - {n} st - {price}",
    "long dash": "{n} st {what} – {price}",
    "brackets behind": "{n} st {what} à {price} (finns på lager)",
    "brackets": "{n} st {what} ({price})",
    "cells": "{what}; {n} st; {price}",
    "tabs": "{what}\t{n}\tst\t{price}",
    "equals": "{n} st {what} = {price}",
    "for": "{n} {what} för {price}",
    "max": "{n} st {what} max {price}",
    "full stop": "{n} st {what} à {price}.",
    "sentence": "Sen vill jag ha {n} {what} som kostar {price}",
    "no currency": "{what}, {n} st à {number}",
    "no currency but each": "{what} {n} st {number}/st",
    "question": "Kan jag få {n} {what} för {price}?",
    "wrapped": "{n} st {what} à {price}",
    "wrapped swapped": "{what}, {n} st, {price}/st",
}


def total(form: Form) -> Decimal | None:
    """Return the sum of the lines, or None where one is asked back."""
    sums = []
    for line in form.lines:
        quantity, price = parse_quantity(line.quantity), parse_amount(line.price)
        if not isinstance(quantity, Decimal) or not isinstance(price, Money):
            return None
        sums.append(quantity * price.amount)
    return None if form.unread else sum(sums, Decimal(0))


@examples(2000)
@given(ITEMS, st.data())
def test_a_damaged_line_never_makes_a_smaller_order_without_a_word(
    items: list[tuple[int, str, str]], data: st.DataObject
) -> None:
    lines = [f"{n} st {what} à {price}" for n, what, price in items]
    before = read_form("\n".join(lines))
    assert len(before.lines) == len(items)
    whole = total(before)
    assert whole is not None
    place, name = data.draw(st.integers(0, len(items) - 1)), data.draw(st.sampled_from(sorted(DAMAGES)))
    n, what, price = items[place]
    damaged = DAMAGES[name].format(n=n, what=what, price=price, number=price.strip("kr SEK€:-"))
    if name.startswith("wrapped"):
        spaces = [at for at, letter in enumerate(damaged) if letter == " "]
        cut = data.draw(st.sampled_from(spaces))
        damaged = f"{damaged[:cut]}\n{damaged[cut + 1 :]}"
    lines[place] = damaged
    form = read_form("\n".join(lines))
    assert total(form) in {None, whole} or any(note in damaged for note in form.priced_notes), (form, whole)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_the_text_and_the_page_of_one_mail_are_read_alike(damage: str) -> None:
    text = f"Enhet: cs\n\n{GOOD}\n{damage.format(n=2, what='Skärm', price='300 kr', number='300')}"
    page = "".join(f"<div>{line or '<br>'}</div>" for line in text.replace("\t", " ").split("\n"))
    form = choose(text, page, [])
    assert isinstance(form, Form)
    assert total(form) in {None, Decimal(699)} or form.priced_notes

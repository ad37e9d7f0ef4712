"""Discounts and VAT rates of lines: asked back where they may mean two things, shown to everyone where they hold."""

import re
from decimal import Decimal
from urllib.parse import unquote

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.mail.writing.mailto import mailto_for
from mailbot.mail.writing.order_csv import write_lines
from tests.flows.incoming.test_correction import answer
from tests.support.harness import BOT, DUSTIN, EVA, RUT, Harness, mail_to_bot
from tests.support.relay import html_of, text_of

FIELDS = "Enhet: cs\nGodkännare: Eva Ek\nLeverantör: Dustin AB\n\n"
TWO = "2 st Mus à 100 kr\n1 st Dator à 5 000 kr\n"
FREE = f"{FIELDS}{TWO}Rabatt 10 %\n"


def lines_of(home: Harness) -> list[tuple[str, str]]:
    return [(x.description, str(x.total.amount)) for x in home.order().content.lines]


def flat(home: Harness, to: str, *words: str) -> str:
    return " ".join(text_of(home.sent(to, *words)).replace("\u00a0", " ").split())


def meanings(home: Harness) -> list[str]:
    """Return what is offered to copy, as it stands in the text of the mail."""
    asked = text_of(home.sent(RUT, "Rad 3")).replace("\u00a0", " ")
    offered = asked.partition("Det du har skrivit\n")[0]
    return re.findall(r"(?m)^\d+ st .*\n(?:^\d+ st .*\n?)*", offered)


class TestADiscountOnALineOfItsOwn:
    def test_is_asked_back_with_every_meaning(self, home: Harness) -> None:
        home.mail(FREE)
        assert (home.orders(), home.reasons()) == (0, ["problems: unread_line"])
        assert [offer.strip().split("\n") for offer in meanings(home)] == [
            ["2 st Mus à 100 kr, rabatt 10 %", "1 st Dator à 5 000 kr"],
            ["2 st Mus à 100 kr", "1 st Dator à 5 000 kr, rabatt 10 %"],
            ["2 st Mus à 100 kr, rabatt 10 %", "1 st Dator à 5 000 kr, rabatt 10 %"],
        ]

    @pytest.mark.parametrize(
        ("number", "totals"), [(0, ("180.00", "5000.00")), (1, ("200.00", "4500.00")), (2, ("180.00", "4500.00"))]
    )
    def test_and_whichever_is_copied_makes_that_order(
        self, home: Harness, number: int, totals: tuple[str, ...]
    ) -> None:
        home.mail(FREE)
        answer(home, meanings(home)[number], home.sent(RUT, "Rad 3"))
        assert lines_of(home) == list(zip(("Mus", "Dator"), totals, strict=True))

    def test_is_never_offered_where_it_leaves_nothing_to_pay(self, home: Harness) -> None:
        home.mail(f"{FIELDS}{TWO}Rabatt 1 200 kr\n")
        assert len(meanings(home)) == 1
        assert "1 st Dator à 5 000 kr, rabatt 1 200 kr" in meanings(home)[0]


LINE = "2 st Mus à 100 kr, rabatt 20 kr"


class TestADiscountOfALine:
    @pytest.mark.parametrize(
        ("line", "total"),
        [
            (LINE, "180.00"),
            ("2 st Mus à 100 kr rabatt 10 %", "180.00"),
            ("2 st Mus à 100 kr (10 % rabatt)", "180.00"),
            ("Benämning;Antal;À-pris;Rabatt %\nMus;2;100;10", "180.00"),
            ("Benämning;Antal;À-pris;Rabatt;Summa\nMus;2;100;10;190", "190.00"),
        ],
    )
    def test_lowers_its_sum(self, home: Harness, line: str, total: str) -> None:
        home.mail(f"{FIELDS}{line}\n")
        assert lines_of(home) == [("Mus", total)]

    @pytest.mark.parametrize(
        "rows", ["Benämning;Antal;À-pris;Rabatt\nMus;2;100;10", "Benämning;Antal;À-pris;Rabatt;Summa\nMus;2;100;10;150"]
    )
    def test_in_a_column_that_does_not_say_of_what_is_asked_back(self, home: Harness, rows: str) -> None:
        home.mail(f"{FIELDS}{rows}\n")
        assert (home.orders(), home.reasons()) == (0, ["problems: unread_line"])

    def test_that_is_more_than_the_line_is_asked_back(self, home: Harness) -> None:
        home.mail(f"{FIELDS}2 st Mus à 100 kr, rabatt 200 kr\n")
        assert (home.orders(), home.reasons()) == (0, ["problems: bad_discount"])
        assert "Rabatten gick inte att använda" in flat(home, RUT)

    def test_is_shown_to_requester_approver_and_supplier_and_on_the_pages(self, home: Harness) -> None:
        home.mail(f"{FIELDS}{LINE}\n")
        shown = "2 st à 100,00 kr, rabatt 20,00 kr"
        for to, purpose in ((RUT, Purpose.ORDER), (EVA, Purpose.DECIDE)):
            assert f"{shown} = 180,00 kr" in flat(home, to, f"/{purpose}/")
            assert shown in html_of(home.sent(to, f"/{purpose}/")).replace("\u00a0", " ")
            with home.pages() as browser:
                page = browser.get(f"/{purpose}/{home.token(to, purpose)}").text.replace("\u00a0", " ")
            assert shown in page
        home.approve()
        home.later(minutes=6)
        assert f"{shown} = 180,00 kr" in flat(home, DUSTIN)

    def test_that_a_correction_adds_is_among_what_changed(self, home: Harness) -> None:
        home.mail(f"{FIELDS}2 st Mus à 100 kr\n")
        answer(home, LINE)
        changed = flat(home, EVA, "version 1")
        assert "2 st Mus à 100,00 kr, rabatt 20,00 kr" in changed
        assert "180,00 kr" in changed

    def test_stays_when_the_prepared_correction_is_sent_as_it_is(self, home: Harness) -> None:
        home.mail(f"{FIELDS}{LINE}\n")
        before = home.order()
        prepared = mailto_for(BOT, before.reference, "Beställning", before.form, "sv").correct
        subject, body = (unquote(part.partition("=")[2]) for part in prepared.partition("?")[2].split("&"))
        home.mail(body + "\nReferens: RR1", subject=subject)
        after = home.order()
        assert (after.version, after.content.lines) == (2, before.content.lines)


class TestVatRatesOfLines:
    ROWS = "Benämning;Antal;À-pris;Moms %\nMus;2;100;25\nBok;1;200;6\n"

    def test_count_each_for_its_line_and_are_shown(self, home: Harness) -> None:
        home.mail(FIELDS + self.ROWS)
        assert home.order().content.total_in(includes_vat=True).amount == Decimal(462)
        for to, purpose in ((RUT, Purpose.ORDER), (EVA, Purpose.DECIDE)):
            shown = flat(home, to, f"/{purpose}/")
            assert "1 à 200,00 kr, moms 6 % = 200,00 kr" in shown
            assert "Moms, efter varje rads momssats: 62,00 kr" in shown

    def test_that_disagree_with_the_orders_are_asked_back(self, home: Harness) -> None:
        home.mail(FIELDS.replace("\n\n", "\nMoms: exkl 25 %\n\n") + self.ROWS)
        assert (home.orders(), home.reasons()) == (0, ["problems: unknown_vat"])

    def test_and_discounts_stand_in_order_csv_which_is_read_back_as_the_same(self, home: Harness) -> None:
        home.mail(f"{FIELDS}Benämning;Antal;À-pris;Moms %;Rabatt %\nMus;2;100;25;10\nBok;1;200;6;\n")
        before = home.order().content
        for language, vat, discount in (("sv", "Moms", "Rabatt"), ("en", "VAT", "Discount")):
            table = write_lines(before, language)
            assert {vat, discount} <= set(table.decode("utf-8-sig").split("\r\n")[0].split(";"))
            mail = mail_to_bot(FIELDS)
            mail.add_attachment(table, maintype="text", subtype="csv", filename="order.csv")
            home.raw(mail.as_bytes())
            again = home.order(f"IT-2026-{home.orders():05}").content
            assert [(x.total, x.vat_rate) for x in again.lines] == [(x.total, x.vat_rate) for x in before.lines]

    def test_without_any_order_csv_has_its_usual_columns(self, home: Harness) -> None:
        home.mail(f"{FIELDS}{TWO}")
        assert b"Rabatt" not in write_lines(home.order().content, "sv")

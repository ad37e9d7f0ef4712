"""Mails as they leave: threads per reader, the reader's language, the files that came with an order, who is asked to be
quiet (docs/rules/promises.md#people, #request, #away; docs/rules/mail.md#automatic)."""

from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import RightKind
from mailbot.flows.steps.decide import Action
from tests.support.harness import EVA, ORDER, ORGANISATION, PURCHASING, RUT, Harness, harness, mail_to_bot
from tests.support.relay import html_of, text_of
from tests.support.stated import StatedPerson, StatedRight, StatedUnit

ELSA, EMIL = "elsa.ek@example.se", "emil.ek@example.se"
ENGLISH = replace(
    ORGANISATION,
    persons=(
        *ORGANISATION.persons,
        StatedPerson("Elsa Ek", ELSA, aliases=(), units=("ling",)),
        StatedPerson("Emil Ek", EMIL, aliases=(), units=("ling",), language="sv"),
    ),
    units=(*ORGANISATION.units, StatedUnit("ling", "Department of Linguistics", head=EVA, language="en")),
    rights=(*ORGANISATION.rights, StatedRight(ELSA, "ling", RightKind.ORDER, valid_from=date(2026, 1, 1))),
)
LARGE = ORDER.replace("12 500", "25 000")


def thread(mail: EmailMessage) -> list[str]:
    return str(mail["References"]).split()


class TestThreads:
    def test_a_receipt_answers_the_order_mail_so_that_it_stands_below_it(self, home: Harness) -> None:
        order = mail_to_bot()
        home.raw(order.as_bytes())
        receipt = home.sent(RUT)
        assert receipt["In-Reply-To"] == order["Message-ID"]
        assert thread(receipt)[-1] == order["Message-ID"]
        assert receipt["Auto-Submitted"] == "auto-replied"

    def test_all_mails_to_one_reader_about_one_order_hang_together(self, home: Harness) -> None:
        home.mail()
        home.later(days=3)
        home.approve(comment="Ta den röda")
        home.later(minutes=6)
        for address, count in ((EVA, 3), (RUT, 2)):
            mails = home.relay.mails(address)
            assert len(mails) >= count
            assert len({thread(mail)[0] for mail in mails}) == 1
            assert len({str(mail["Message-ID"]) for mail in mails}) == len(mails)

    def test_the_requester_s_own_mail_is_named_to_nobody_else(self, home: Harness) -> None:
        order = mail_to_bot(LARGE)
        home.raw(order.as_bytes())
        home.approve()
        home.later(minutes=6)
        for address in (EVA, PURCHASING):
            assert str(order["Message-ID"]) not in thread(home.sent(address))

    def test_mails_about_two_orders_do_not_hang_together(self, home: Harness) -> None:
        home.mail()
        first = thread(home.sent(EVA))
        home.mail(ORDER.replace("XPS 13", "XPS 15"))
        assert not set(first) & set(thread(home.sent(EVA)))

    def test_a_reminder_of_several_orders_belongs_to_no_thread(self, home: Harness) -> None:
        home.mail()
        home.mail(ORDER.replace("XPS 13", "XPS 15"))
        home.later(days=3)
        assert home.sent(EVA)["References"] is None

    def test_every_mail_says_that_a_robot_made_it_and_lets_absence_be_told(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.later(minutes=6)
        for mail in home.relay.mails():
            assert mail["Auto-Submitted"] in {"auto-generated", "auto-replied"}
            assert mail["X-Auto-Response-Suppress"] == "RN, NRN, AutoReply"


class TestLanguages:
    @pytest.fixture
    def abroad(self, tmp_path: Path) -> Harness:
        with harness(tmp_path, organisation=ENGLISH) as made:
            made.mail(LARGE.replace("Enhet: cs", "Enhet: ling").replace("Eva Ek", "Elsa Ek"), sender=EMIL)
            made.press(made.token(ELSA, Purpose.DECIDE), Action.APPROVE)
            made.later(minutes=6)
            made.mail("hej", subject="help", sender=ELSA)
            return made

    def test_a_person_s_own_language_wins_over_the_unit_s(self, abroad: Harness) -> None:
        assert {mail["Content-Language"] for mail in abroad.relay.mails(EMIL)} == {"sv"}

    def test_a_person_without_one_has_the_unit_s_also_where_no_order_is_named(self, abroad: Harness) -> None:
        mails = abroad.relay.mails(ELSA)
        assert {mail["Content-Language"] for mail in mails} == {"en"}
        assert "How to order by email" in str(mails[-1]["Subject"])

    def test_the_offices_have_the_bot_s_language_whatever_unit_it_is_about(self, abroad: Harness) -> None:
        office = abroad.sent(PURCHASING)
        assert office["Content-Language"] == "sv"
        assert '<html lang="sv">' in html_of(office)


def with_files(text: str, *names: str) -> EmailMessage:
    mail = mail_to_bot(text)
    for name in names:
        mail.add_attachment(b"%PDF-1.7\n" + b"x" * 40_000, maintype="application", subtype="pdf", filename=name)
    return mail


class TestFiles:
    def test_requester_approver_and_purchasing_read_what_files_came_with_the_order(self, home: Harness) -> None:
        home.raw(with_files(LARGE, "offert.pdf", "skiss.pdf").as_bytes())
        home.approve()
        home.later(minutes=6)
        for mail in (home.relay.mails(RUT)[0], home.relay.mails(EVA)[0], home.sent(PURCHASING)):
            for form in (text_of(mail), html_of(mail)):
                assert "offert.pdf (40\u00a0kB)" in form
                assert "skiss.pdf" in form

    def test_the_approver_of_an_order_with_gaps_reads_of_the_files_of_its_first_mail(self, home: Harness) -> None:
        home.raw(with_files(ORDER.replace("Godkännare: Eva Ek\n", ""), "offert.pdf").as_bytes())
        home.mail("Godkännare: Eva Ek", answers=home.sent(RUT))
        assert "offert.pdf" in text_of(home.sent(EVA))

    def test_an_order_without_files_has_no_word_of_them(self, home: Harness) -> None:
        home.mail()
        assert "Bifogade filer" not in text_of(home.sent(EVA)) + text_of(home.sent(RUT))

    def test_another_order_s_files_are_not_told(self, home: Harness) -> None:
        home.raw(with_files(ORDER, "offert.pdf").as_bytes())
        home.mail(ORDER.replace("XPS 13", "XPS 15"))
        assert "offert.pdf" not in text_of(home.sent(EVA))

"""What a lock screen shows of a mail: 40 letters of its subject and 90 of the line before its text (the preheader)."""

import html
import re

import pytest

from mailbot.domain.notices.notice import AbsenceNotice, NoticeKind
from mailbot.languages import LANGUAGES
from mailbot.presentation import NBSP, TemplateFilters
from mailbot.preview.every_mail import SampleMail, World, mails

SUBJECT, PREHEADER, DECISIVE = 40, 90, 60
LONG = "Bärbar arbetsstation med svenskt tangentbord och dockningsstation i två delar"
AMOUNT = {"sv": f"12{NBSP}500{NBSP}kr", "en": f"SEK{NBSP}12,500"}
EXACT = {"sv": f"12{NBSP}500,00{NBSP}kr", "en": f"SEK{NBSP}12,500.00"}
ISO_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")


@pytest.fixture(scope="module")
def written() -> list[SampleMail]:
    return mails(World())


def preheader(mail: SampleMail) -> str:
    found = re.search(r'mso-hide:all">(.*?)</div>', mail.html)
    assert found, mail.name
    return html.unescape(found[1])


def words(text: str) -> set[str]:
    return set(re.findall(r"\w{2,}", text.casefold()))


@pytest.mark.parametrize("product", [World().product, LONG])
def test_a_request_says_who_what_how_much_and_from_whom(product: str) -> None:
    for mail in mails(World(product=product)):
        order = mail.notice.orders[0] if mail.notice.kind is NoticeKind.REQUEST else None
        if order and order.status == "pending" and order.content == World(product=product).content:
            subject, shown = mail.subject[:SUBJECT], preheader(mail)[:PREHEADER]
            assert AMOUNT[mail.language] in subject, mail.name
            assert order.requester != 3 or "Rut Rask: 1 " in subject, mail.name
            decisive = shown[:DECISIVE]
            for said in ("IT-2026-00042", product[:25], EXACT[mail.language]):
                assert said in decisive, (mail.name, decisive)
            if order.requester == 3:
                assert "Rut Rask" in shown, mail.name
                assert {"sv": "väntar på dig", "en": "waits for you"}[mail.language] in shown, mail.name


@pytest.mark.parametrize("product", [World().product, LONG])
def test_every_mail_to_who_decides_or_carries_out_has_amount_and_supplier_in_time(product: str) -> None:
    kinds = {NoticeKind.REMINDER, NoticeKind.PENDING_LIST, NoticeKind.ANSWER, NoticeKind.TO_PURCHASING}
    for mail in mails(World(product=product)):
        about = [order.content for order in mail.notice.orders]
        if mail.notice.kind in kinds and about and about[0] == World(product=product).content:
            shown = mail.subject[:SUBJECT] + preheader(mail)[:PREHEADER]
            comment = mail.notice.orders[0].decision.comment if mail.notice.orders[0].decision else ""
            for said in (comment[:25] or product[:25], "Dustin", "Rut"):
                assert said in shown, (mail.name, shown)
            assert AMOUNT[mail.language] in shown or EXACT[mail.language] in shown, (mail.name, shown)


def test_a_preheader_says_what_its_subject_does_not(written: list[SampleMail]) -> None:
    for mail in written:
        new = words(preheader(mail)) - words(mail.subject)
        assert len(new) >= 2, (mail.name, mail.subject, preheader(mail))


def test_a_code_comes_first_so_that_it_can_be_read_without_opening_the_mail(written: list[SampleMail]) -> None:
    """Not in the subject, which mail servers write into their logs."""
    for mail in written:
        if mail.notice.kind is NoticeKind.STEP_UP_CODE:
            assert preheader(mail).startswith("0123 4567 ")
            assert "0123" not in mail.subject


def test_days_are_written_in_words_but_in_what_is_sent_back(written: list[SampleMail]) -> None:
    """Forms, examples and the requester's own words keep theirs."""
    kinds = {NoticeKind.PLAN, NoticeKind.RIGHT_ENDS, NoticeKind.AWAY}
    for mail in written:
        registered = isinstance(mail.notice, AbsenceNotice) and mail.notice.absence is not None
        if mail.notice.kind in kinds or registered:
            for form in (mail.subject, mail.text, mail.html, preheader(mail)):
                assert not ISO_DAY.search(form), (mail.name, ISO_DAY.findall(form))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_size_has_the_decimal_sign_of_the_language(language: str) -> None:
    shown = TemplateFilters(language, "Europe/Stockholm").filters()["bytes"]
    assert shown(1_250_000) == {"sv": f"1,2{NBSP}MB", "en": f"1.2{NBSP}MB"}[language]
    assert shown(234_567) == f"234{NBSP}kB"
    assert shown(12) == f"1{NBSP}kB"

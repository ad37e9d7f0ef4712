"""Every mail, in both languages and both forms: the same facts, nothing that runs, nothing told to the wrong reader."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.domain.notices.notice import NoticeKind
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.routing import route
from mailbot.domain.ordering.workflow import Act, Actor, Verdict
from mailbot.domain.people.rights import Authority
from mailbot.domain.values.order import Field
from mailbot.languages import LANGUAGES
from mailbot.mail.reading.order_text import write_form
from mailbot.mail.writing.mailto import mailto_for
from mailbot.presentation import NBSP, TemplateFilters
from mailbot.preview.every_mail import (
    ADDRESSES,
    BASE,
    DETAIL_TEXTS,
    NOTES,
    NOW,
    POLICY,
    TOKEN,
    ZONE,
    SampleMail,
    World,
    called_for,
    changed,
    mails,
    named,
    opened,
    write,
)
from tests.mails.texts import Visible

SECRETS = (DETAIL_TEXTS[Field.ACCOUNTING], "startar inte", "Algblomning", "Arbetsredskap", "bråttom", "garanti")
"""Parts of what a supplier is never told."""


@pytest.fixture(scope="module")
def written() -> list[SampleMail]:
    return mails(World())


HOSTILE = "<script>alert('1')</script>&amp;\"{{ 7 * 7 }}%(x)s%"


@pytest.fixture(scope="module")
def hostile() -> list[SampleMail]:
    return mails(
        World(
            unit=HOSTILE,
            requester=HOSTILE,
            approver=HOSTILE,
            supplier=HOSTILE,
            product=HOSTILE,
            item_no=HOSTILE,
            measure=HOSTILE,
            detail=HOSTILE,
            notes=(HOSTILE,),
            words=HOSTILE,
        )
    )


NUMBER = re.compile(r"IT-2026-\d{5}")
AMOUNT = re.compile(
    rf"[0-9]{{1,3}}(?:{NBSP}[0-9]{{3}})*,[0-9]{{2}}{NBSP}(?:kr|USD)|(?:SEK|USD){NBSP}[0-9,]+\.[0-9]{{2}}"
)
CLOCK_TIME = re.compile(r"\b[0-9]{2}:[0-9]{2}(?::[0-9]{2})?\b")
URL_LINE = re.compile(r"^(?:http|mailto):\S+$", re.MULTILINE)


def test_every_kind_of_mail_is_written(written: list[SampleMail]) -> None:
    assert {mail.notice.kind for mail in written} == set(NoticeKind)


@pytest.mark.parametrize("pattern", [NUMBER, AMOUNT, CLOCK_TIME], ids=["number", "amount", "time"])
def test_both_forms_hold_the_same_facts(written: list[SampleMail], pattern: re.Pattern[str]) -> None:
    for mail in written:
        in_text, in_html = (set(pattern.findall(x)) for x in (mail.text, Visible(mail.html).text))
        assert in_text == in_html, mail.name


def test_both_forms_say_the_same_word_for_word(written: list[SampleMail]) -> None:
    """But for the heads of the columns, the numbers of the lines, and the addresses, hidden or once more at the end."""
    heads = {"Vad", "Summa", "What", "Sum", "Artikelnr", "artikelnr", "Item", "item", "/"}
    for mail in written:
        body = mail.html.partition('<h1 style="')[2].partition(">")[2]
        body = re.sub(r'<p class="soft" style="[^"]*margin:28px.*?</p>', "", body)
        in_html, in_text = (
            {word.strip('()":=>!-.,”“') for word in form.split() if not re.match(r"mailto:|http:|\d+\.$", word)}
            for form in (Visible(body).text, mail.text)
        )
        assert in_html ^ in_text <= heads | {""}, mail.name


def test_both_forms_hold_the_same_links_and_each_stands_whole_on_its_line(written: list[SampleMail]) -> None:
    for mail in written:
        links = {url.partition("&body=")[0] if len(url) > 200 else url for url in Visible(mail.html).links}
        assert set(URL_LINE.findall(mail.text)) == links, mail.name
        assert mail.text.count("http:") == sum(line.startswith("http:") for line in mail.text.splitlines()), mail.name


def test_every_link_of_the_notice_is_in_its_mail(written: list[SampleMail]) -> None:
    for mail in written:
        if mail.notice.orders:
            assert all(f"{BASE}/{purpose}/{TOKEN}" in mail.text for purpose in mail.notice.links), mail.name


def test_order_and_amount_are_in_the_subject(written: list[SampleMail]) -> None:
    for mail in written:
        assert mail.subject, mail.name
        assert len(mail.subject) <= 200, mail.name
        if len(mail.notice.orders) == 1 and mail.notice.kind not in {NoticeKind.PENDING_LIST, NoticeKind.LEFT}:
            assert re.search(r"^IT-2026-00042: |\(IT-2026-00042\)$", mail.subject), mail.name


def test_an_html_mail_loads_nothing_and_leads_nowhere_but_to_the_bot(written: list[SampleMail]) -> None:
    for mail in written:
        page = Visible(mail.html)
        assert all(link.startswith((f"{BASE}/", f"mailto:{ADDRESSES.bot}?")) for link in page.links), mail.name
        assert not {"img", "link", "script", "form", "iframe", "object", "svg"} & set(page.tags), mail.name
        assert "url(" not in mail.html, mail.name
        assert all(found.startswith(f"{BASE}/") for found in re.findall(r"https?:[^\s\"<]*", mail.html)), mail.name


def test_an_html_mail_is_small_and_says_its_language(written: list[SampleMail]) -> None:
    for mail in written:
        assert len(mail.html.encode()) < 60_000, mail.name
        assert mail.html.count(f'lang="{mail.language}"') == 2, mail.name
        assert '<meta name="color-scheme" content="light dark">' in mail.html, mail.name


def test_an_order_of_sixty_lines_is_still_under_sixty_kilobytes() -> None:
    world = World()
    new = opened(world, replace(world.content, lines=world.content.lines * 30))
    for notice in called_for(new, world.directory):
        assert len(write(world, notice, "sv").html.encode()) < 60_000


def test_a_text_mail_is_wrapped_and_no_amount_is_torn_apart(written: list[SampleMail]) -> None:
    as_written = {line for language in LANGUAGES for line in write_form(World().form, language).splitlines()}
    for mail in written:
        for line in mail.text.splitlines():
            assert len(line) <= 72 or URL_LINE.match(line) or line in as_written, (mail.name, line)
            assert line == line.rstrip(), mail.name
        assert "\n\n\n" not in mail.text, mail.name


def test_no_line_of_a_text_mail_passes_998_characters() -> None:
    long = "å" * 1_000
    world = World(detail=long, notes=(long, "a b " * 250), words=long + "\n" + "a b " * 250, product=long)
    for mail in mails(world):
        assert max(len(line) for line in mail.text.splitlines()) <= 998, mail.name


def test_text_from_outside_is_shown_and_never_run(hostile: list[SampleMail]) -> None:
    for mail in hostile:
        assert "<script" not in mail.html, mail.name
        assert "alert('" not in mail.html, mail.name
        shown = Visible(mail.html).text
        assert HOSTILE in shown or mail.notice.kind not in {NoticeKind.REQUEST, NoticeKind.TO_SUPPLIER}, mail.name


def test_every_reader_of_a_request_sees_all_that_the_requester_wrote(written: list[SampleMail]) -> None:
    for mail in written:
        if mail.notice.kind in {NoticeKind.REQUEST, NoticeKind.TO_PURCHASING} and not mail.notice.orders[0].previous:
            shown = html.unescape(mail.html)
            for said in (*DETAIL_TEXTS.values(), *NOTES, "Dockningsstation", "5011338765", "Rut Rask"):
                if said != "Rut Rask" or mail.notice.orders[0].requester == 3:
                    assert said in shown, (mail.name, said)


def test_a_supplier_is_never_told_comment_reason_accounting_or_notes(written: list[SampleMail]) -> None:
    told = [mail for mail in written if mail.notice.kind is NoticeKind.TO_SUPPLIER]
    assert told
    for mail in told:
        for form in (mail.subject, mail.text, html.unescape(mail.html)):
            assert not [secret for secret in SECRETS if secret in form], mail.name
        for needed in ("RR2041", "RASK MB 318", "rut.rask@example.se", "IT-2026-00042"):
            assert needed in mail.text, mail.name


def test_a_mail_that_asks_for_confirmation_quotes_nothing(hostile: list[SampleMail]) -> None:
    for mail in hostile:
        if mail.notice.kind is NoticeKind.CONFIRM_SENDER:
            assert "script" not in mail.text + mail.html


def test_a_question_and_an_alarm_say_who_when_that_is_known() -> None:
    for notice in named(World()):
        assert "Anna Ask" in write(World(), notice, "sv").text


def test_a_request_says_limit_route_and_what_each_choice_leads_to() -> None:
    world = World()
    request = write(world, called_for(opened(world, world.content), world.directory)[1], "sv")
    flat = " ".join(request.text.split(" "))
    what = "1 st Bärbar dator Dell XPS 13,…"
    assert request.subject == f"Godkänn? 12{NBSP}500{NBSP}kr, Rut Rask: {what} (IT-2026-00042)"
    assert f"{BASE}/decide/{TOKEN}?choice=approve" in flat
    assert f"{BASE}/decide/{TOKEN}?choice=reject" in flat
    assert f"15{NBSP}000,00{NBSP}kr utan moms" in flat


def test_without_an_undo_window_no_mail_promises_one() -> None:
    world, policy = World(), replace(POLICY, undo_window=timedelta(0))
    order = opened(world, world.content).after
    verdict = Verdict(True, "", 1, route(order.content, "", world.directory, policy))
    authority, actor = Authority(world.directory.persons[1], world.directory.rights_of(1)[0]), Actor(1, "signed link")
    change = changed(workflow.decide(order, authority, verdict, Act(actor, policy, NOW)))
    for notice in called_for(change, world.directory, policy):
        assert "undo" not in write(world, notice, "en", policy).text


def test_write_a_correction_opens_the_mail_that_the_page_opens_and_write_an_answer_an_empty_one() -> None:
    world, seen = World(), set()
    for mail in mails(world):
        if not mail.notice.orders:
            continue
        order, subject = mail.notice.orders[0], TemplateFilters(mail.language, ZONE).say("order")
        offered = mailto_for(ADDRESSES.bot, order.reference, subject, order.form, mail.language)
        links = [link for link in Visible(mail.html).links if link.startswith(f"mailto:{ADDRESSES.bot}?subject=%23")]
        if mail.notice.kind in {NoticeKind.RECEIPT, NoticeKind.REJECTED, NoticeKind.NOT_CORRECTED} and links:
            assert links == [offered.correct], mail.name
            assert "Dustin%20AB" in offered.correct
            seen.add(mail.notice.kind)
        elif mail.notice.kind is NoticeKind.QUESTION:
            assert links == [f"mailto:{ADDRESSES.bot}?subject=%23{order.reference}"], mail.name
    assert len(seen) == 3

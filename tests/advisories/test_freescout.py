"""FreeScout's published holes, played against mailbot (docs/rules/limits.md#advisories)."""

from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Status
from mailbot.flows.reply_address import ReplyRules
from tests.flows.incoming.mails import mail, recipients
from tests.support.harness import BOT, EVA, ORDER, RUT, Harness, harness, token_in
from tests.support.relay import html_of


@pytest.fixture
def asked(home: Harness) -> EmailMessage:
    """The request that Eva was sent, where decisions by reply are on."""
    home.change(replies=ReplyRules(BOT, "+", Money(Decimal(20_000))))
    home.mail()
    return home.sent(EVA, "/decide/")


def decisions(home: Harness) -> int:
    return int(home.query("SELECT count(*) FROM decisions")[0][0])


def test_freescout_cve_2026_47123_a_known_message_id_and_a_forged_from_decide_nothing(
    home: Harness, asked: EmailMessage
) -> None:
    """A reply was matched by a Message-ID that could be guessed, and From was believed."""
    for peer in ("127.0.0.1", "192.0.2.7"):
        home.mail("GODKÄNN", sender=EVA, subject="Re: order", answers=asked, peer=peer)
    assert decisions(home) == 0
    assert home.order().status is Status.PENDING


def test_freescout_ghsa_83xx_8c27_gq78_a_right_that_has_ended_decides_nothing_by_mail_or_page(
    home: Harness, asked: EmailMessage
) -> None:
    """The rights of the one who answers were those of the day on which the mail was sent."""
    token, secret = home.token(EVA, Purpose.DECIDE), str(asked["Reply-To"])
    home.end_right(EVA)
    home.raw(mail(f"In-Reply-To: {asked['Message-ID']}", body="GODKÄNN", sender=f"From: {EVA}"), to=secret)
    with home.pages() as browser:
        fields = {"action": "approve", "version": "1", "destination": "supplier"}
        assert browser.post(f"/decide/{token}", data=fields).status_code == 409
    assert decisions(home) == 0


@pytest.mark.parametrize("token", ["", "%20", ".", "null", "0", "undefined", "AA.AA", "IiI.x", "=", "%00"])
def test_freescout_cve_2026_40496_an_empty_or_guessed_token_opens_nothing(
    home: Harness, asked: EmailMessage, token: str
) -> None:
    """An invitation without a hash was accepted, and others could be worked out."""
    assert asked["Reply-To"]
    with home.pages() as browser:
        for purpose in ("decide", "list", "order", "confirm", "not-me", "disown"):
            assert browser.get(f"/{purpose}/{token}").status_code == 404
            assert browser.post(f"/{purpose}/{token}").status_code in {404, 405, 400}
    assert decisions(home) == 0


@pytest.mark.parametrize("secret", ["", "0", "null", " ", "a" * 26])
def test_freescout_cve_2026_27637_an_empty_or_guessed_reply_address_decides_nothing(
    home: Harness, asked: EmailMessage, secret: str
) -> None:
    raw = mail(f"In-Reply-To: {asked['Message-ID']}", body="GODKÄNN", sender=f"From: {EVA}")
    home.raw(raw, to=f"order+{secret}@inkop.example.se")
    assert decisions(home) == 0


def test_freescout_cve_2026_41902_a_link_ends_with_its_time(home: Harness, asked: EmailMessage) -> None:
    """The hash of an invitation worked for ever."""
    assert asked["Message-ID"]
    token = home.token(EVA, Purpose.DECIDE)
    home.now = home.now.replace(day=17)
    with home.pages() as browser:
        assert browser.get(f"/decide/{token}").status_code == 410
        assert browser.post(f"/decide/{token}", data={"action": "approve", "version": "1"}).status_code == 410
    assert decisions(home) == 0


def test_freescout_cve_2026_32754_markup_in_a_mail_is_text_in_every_mail_about_it(home: Harness) -> None:
    """The body was printed raw in the mail that told of it."""
    evil = '<img src=x onerror=alert(1)><a href="https://x.test">Klicka</a></p><script>alert(1)</script>'
    home.mail(f"{ORDER}Motivering: {evil}\n{evil}\n")
    home.mail(f"Enhet: {evil}\n{evil}")
    for sent in home.relay.mails():
        page = html_of(sent)
        assert "<img" not in page
        assert "<script" not in page
        assert 'href="https://x.test' not in page


def test_freescout_cve_2026_107393_a_proxys_header_about_the_client_is_not_repeated_anywhere(home: Harness) -> None:
    """The address that a proxy named was printed in a mail to the administrator."""
    home.mail()
    evil = '"><script>alert(1)</script>'
    headers = {"X-Forwarded-For": evil, "X-Real-IP": evil, "Forwarded": f"for={evil}", "X-Forwarded-Host": "x.test"}
    with home.pages() as browser:
        page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}", headers=headers)
    assert page.status_code == 200
    assert "alert(1)" not in page.text
    assert "x.test" not in page.text


def test_freescout_cve_2026_53595_a_confirmation_is_for_one_mail_alone(tmp_path: Path) -> None:
    """One secret opened more than it had been made for."""
    with harness(tmp_path, trust="none") as home:
        home.mail()
        home.mail(ORDER.replace("12 500", "9 900"))
        first, second = (token_in(sent, Purpose.CONFIRM) for sent in home.relay.mails(RUT, "/confirm/"))
        assert first != second
        with home.pages() as browser:
            assert browser.post(f"/confirm/{first}").status_code == 200
            assert browser.post(f"/decide/{second}").status_code in {400, 404}
        home.settle()
        assert home.sums() == {"order": 1, "waiting": 1}
        assert recipients(home) == {RUT, EVA}

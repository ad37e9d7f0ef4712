"""Published holes of Jira, Roundup and aiosmtplib, played against mailbot (docs/rules/limits.md#advisories)."""

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.mail.writing.compose import BadAddressError, OutgoingMail, compose
from tests.flows.incoming.mails import PLAIN, file, mail, multipart, part, recipients
from tests.support.harness import BOT, EVA, ORDER, RUT, START, Harness
from tests.support.relay import html_of, text_of

TEMPLATES = [
    "{{ 7*7 }}",
    "{{ letters.bot.signer.keys }}",
    "{% for k in bot.signer.keys %}{{ k }}{% endfor %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "$i18n.getClass().forName('java.lang.Runtime')",
    "${7*7}",
    "%(address)s %s",
    "{0.__class__}",
]


@pytest.mark.parametrize("text", TEMPLATES)
def test_jira_cve_2019_11581_text_of_a_mail_is_never_a_template(home: Harness, text: str) -> None:
    """The subject of a contact form was run as a template on the server."""
    order = ORDER.replace("Dell XPS 13", f"Dell {text}") + f"Motivering: {text}\nGodsmärkning: {text}\n{text}\n"
    home.raw(mail(PLAIN, sender=f'From: "{text.replace(chr(34), "")}" <{RUT}>', subject=f"Subject: {text}", body=order))
    home.raw(multipart(part(ORDER, PLAIN), file(f'"{text}.pdf"', b"%PDF-1.4 x")))
    assert home.orders() == 2
    shown = [text_of(sent) + html_of(sent) for sent in home.relay.mails()]
    with home.pages() as browser:
        shown.append(browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text)
    for page in shown:
        assert "kkkkkkkk" not in page
        assert "<class" not in page
        assert "&lt;class" not in page
        assert "Dell 49" not in page


def test_roundup_xss_a_referer_is_shown_on_no_page(home: Harness) -> None:
    """The page about an error repeated the Referer."""
    home.mail()
    evil = {"Referer": "https://x.test/<script>alert(1)</script>", "User-Agent": "<script>alert(1)</script>"}
    with home.pages() as browser:
        for path in (
            f"/decide/{home.token(EVA, Purpose.DECIDE)}",
            "/decide/x",
            "/nowhere",
            "/<script>alert(1)</script>",
        ):
            answer = browser.get(path, headers=evil)
            assert "alert(1)" not in answer.text
            assert "x.test" not in answer.text


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\x0b", "\u2028"])
def test_aiosmtplib_cve_2026_55558_no_address_holds_a_second_command(home: Harness, end: str) -> None:
    """CR and LF in an address became commands to the relay."""
    evil = f"rut.rask@example.se{end}RCPT TO:<evil@x.test>"
    home.raw(mail(sender=f"From: <{evil}>"), mail_from=RUT)
    assert home.orders() == 0
    assert recipients(home) <= {RUT}
    letter = OutgoingMail(BOT, "mailbot", evil, "", BOT, "x", "x", "x", "<1@x.test>", "sv")
    with pytest.raises(BadAddressError):
        compose(letter, START)

"""Mail that no person wrote (docs/rules/mail.md#automatic): never an order, never a decision, never answered."""

from email.message import EmailMessage

import pytest

from mailbot.flows.clock.daily import daily_round
from tests.flows.incoming.mails import LAPTOP, STRANGER, lines_of, mail, recipients, told
from tests.support.harness import ANNA, EVA, OPERATOR, ORDER, RUT, Harness
from tests.support.relay import text_of

AWAY_TEXT = "Jag är på semester till den 1 augusti.\n\nGODKÄNN\n\n" + ORDER
ABSENCES = {
    "outlook_swedish_encoded": (
        "=?iso-8859-1?Q?Automatiskt_svar:_IT-2026-00001_v=E4ntar?=",
        ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"],
    ),
    "outlook_encoded_frånvaro": ("=?utf-8?B?RnLDpW52YXJvOiBCZXN0w6RsbG5pbmc=?=", []),
    "outlook_on_premises": ("Frånvaromeddelande: Order", ["X-MS-Exchange-Inbox-Rules-Loop: eva.ek@example.se"]),
    "upper_case": ("Re: Order", ["AUTO-SUBMITTED: Auto-Replied; owner-email=eva.ek@example.se"]),
    "folded": ("Re: Order", ["Auto-Submitted:\r\n auto-replied;\r\n owner-email=eva.ek@example.se"]),
    "groupwise": ("Out of Office", ["X-Autoreply: yes"]),
}


@pytest.fixture
def asked(home: Harness) -> EmailMessage:
    """A request that Eva was sent."""
    home.mail()
    return home.sent(EVA, "/decide/")


def answering(sent: EmailMessage) -> list[str]:
    return [f"In-Reply-To: {sent['Message-ID']}", f"References: {sent['Message-ID']}"]


@pytest.mark.parametrize(("subject", "headers"), ABSENCES.values(), ids=ABSENCES.keys())
def test_f96_f97_an_approvers_absence_is_told_once_answered_never_and_decides_nothing(
    home: Harness, asked: EmailMessage, subject: str, headers: list[str]
) -> None:
    before = told(home)
    signs = (*answering(asked), *headers)
    for _ in range(2):
        raw = mail(*signs, body=AWAY_TEXT, sender=f"From: {EVA}", subject=f"Subject: {subject}")
        home.raw(raw, mail_from="")
    assert told(home)[len(before) :] == [("away", RUT), ("request", ANNA)]
    assert home.history() == ["opened", "away"]
    assert home.sums() == {"order": 1, "ignored": 2}


@pytest.mark.parametrize("subject", ["Frånvarosystem, licens", "Autosvarstjänst", "Out of office chairs"])
def test_f96_a_persons_order_is_no_absence_for_a_word_in_its_subject(home: Harness, subject: str) -> None:
    home.raw(mail(subject=f"Subject: {subject}"))
    assert lines_of(home) == LAPTOP


WORDS = {
    "plain": "\u914d\u4fe1\u3067\u304d\u307e\u305b\u3093\u3067\u3057\u305f: <{}>\n\nMessage-ID: {}\n",
    "html": "<p><b>Ditt meddelande till {} kunde inte levereras.</b></p><p>Message-ID: {}</p>",
}


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.example.se", "postmaster@example.se", EVA])
def test_f102_a_bounce_in_words_alone_is_never_answered_and_never_an_order(
    home: Harness, asked: EmailMessage, kind: str, sender: str
) -> None:
    text = WORDS[kind].format(EVA, asked["Message-ID"]) + ORDER
    home.raw(mail(f"Content-Type: text/{kind}; charset=utf-8", body=text, sender=f"From: {sender}"), mail_from="")
    assert home.sums() == {"order": 1, "ignored": 1}
    assert recipients(home) <= {RUT, EVA, ANNA, OPERATOR}


OTHERS = {
    "teams_notice": ["Auto-Submitted: auto-generated", "List-Unsubscribe: <https://teams.example/x>"],
    "sharepoint": ["Auto-Submitted: auto-generated (alert)"],
    "challenge": ["Auto-Submitted: auto-replied", "Precedence: junk"],
    "newsletter": [
        "List-Id: <nytt.example>",
        "List-Unsubscribe: <https://nytt.example/av>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ],
}


@pytest.mark.parametrize("headers", OTHERS.values(), ids=OTHERS.keys())
def test_f103_every_other_robot_is_counted_and_not_answered(home: Harness, headers: list[str]) -> None:
    home.raw(mail(*headers, body="Nyheter i veckan"))
    assert (home.sums(), told(home)) == ({"ignored": 1}, [])


def test_f104_two_robots_that_answer_each_other_stop_and_the_operator_hears_of_it(home: Harness) -> None:
    """The other one gives no sign of being a robot, and answers whatever it is sent."""
    home.mail("Hej!")
    for _ in range(40):
        newest = home.relay.mails(RUT)[-1]
        if newest["Subject"] and home.reasons()[-1] != "too many answers a day":
            home.mail("Tack för ditt meddelande!", subject=f"Re: {newest['Subject']}", answers=newest)
    assert home.count(RUT) == home.count() == 20
    assert home.reasons()[-1] == "too many answers a day"
    assert daily_round(home.bot, home.now)
    home.settle()
    home.sent(OPERATOR, RUT)
    home.later(days=1, hours=1)
    home.mail()
    assert lines_of(home) == LAPTOP


def test_f105_a_mail_of_thousands_of_links_is_not_answered_at_length(home: Harness) -> None:
    links = "".join(f'<a href="https://x.test/{n}">köp</a> ' for n in range(20_000))
    home.raw(mail("Content-Type: text/html", body=links, sender=f"From: {STRANGER}"), mail_from=STRANGER)
    assert (home.sums(), told(home)) == ({"parked": 1}, [])
    home.raw(mail("Content-Type: text/html", body=links))
    assert "x.test" not in text_of(home.sent(RUT))

"""Automatic mail: a bounce or an absence is put to use, all else is ignored with its reason, and none is ever answered.

The shapes are those that Postfix, Exchange, qmail, Exim, Outlook, Gmail and Sieve send
(docs/rules/mail.md#automatic, #bounces).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from email.header import Header
from email.message import EmailMessage
from itertools import product
from pathlib import Path

import pytest

from mailbot import wording
from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import RightKind
from mailbot.domain.values.order import Status
from mailbot.flows.bot import Addresses
from mailbot.flows.clock.daily import daily_round
from mailbot.flows.pages.confirm_sender import confirm_sender
from mailbot.flows.reply_address import ReplyRules
from mailbot.flows.steps.decide import Action
from mailbot.mail.reading.automatic_signs import AutoMail
from mailbot.store import inbox
from tests.flows.incoming.test_intake import WITHOUT_APPROVER
from tests.support.harness import (
    ANNA,
    BOT,
    DUSTIN,
    EVA,
    OPERATOR,
    ORDER,
    ORGANISATION,
    POLICY,
    PURCHASING,
    RUT,
    Harness,
    harness,
    mail_to_bot,
)
from tests.support.relay import text_of
from tests.support.stated import StatedPerson, StatedRight

BY_ITSELF = {"Auto-Submitted": "auto-generated"}
ERP, CLERK = "affarssystem@example.se", "ekonomi@example.se"
MADE_UP = "<abcdefghijkmabcdefghijkm@inkop.example.se>"


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def header_of(mail: EmailMessage) -> str:
    return bytes(mail).decode("utf-8", "replace").partition("\n\n")[0].strip()


# --- What mail servers say when a mail does not arrive. ---


def report(returned: EmailMessage, action: str = "failed", status: str = "5.1.1", *, whole: bool = True) -> bytes:
    """Return what Postfix sends, with the whole mail or only its header."""
    to = str(returned["To"]).partition("<")[2].rstrip(">") or str(returned["To"])
    back = bytes(returned).decode("utf-8", "replace") if whole else header_of(returned)
    return crlf(f"""\
Return-Path: <>
Received: by mx.example.se (Postfix) id 4F1; Mon,  2 Mar 2026 10:00:05 +0100 (CET)
Date: Mon,  2 Mar 2026 10:00:05 +0100 (CET)
From: MAILER-DAEMON@mx.example.se (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {BOT}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="E1/mx.example.se"
Message-Id: <20260302090005.{action}@mx.example.se>

This is a MIME-encapsulated message.

--E1/mx.example.se
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.se.

<{to}>: host mail.example.se[192.0.2.7] said: 550 5.1.1 <{to}>: Recipient address rejected: User unknown

--E1/mx.example.se
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.se
X-Postfix-Queue-ID: 4F1
Arrival-Date: Mon,  2 Mar 2026 10:00:04 +0100 (CET)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.se
Diagnostic-Code: smtp; 550 5.1.1 <{to}>: Recipient address rejected: User unknown

--E1/mx.example.se
Content-Description: Undelivered Message
Content-Type: {"message/rfc822" if whole else "text/rfc822-headers"}

{back}

--E1/mx.example.se--
""")


def exchange(returned: EmailMessage) -> bytes:
    to = str(returned["To"]).partition("<")[2].rstrip(">") or str(returned["To"])
    return crlf(f"""\
From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.se>
To: "{BOT}" <{BOT}>
Date: Mon, 2 Mar 2026 09:00:05 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="0a1b2c"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: sv-SE
Message-ID: <0f0e0d@DB5.eurprd05.prod.outlook.com>
In-Reply-To: {returned["Message-ID"]}
References: {returned["Message-ID"]}
Subject: =?utf-8?B?T2xldmVyZXJiYXJ0OiBvcmRlcg==?=
Auto-Submitted: auto-replied
MIME-Version: 1.0

--0a1b2c
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="3d4e5f"

--3d4e5f
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

RGl0dCBtZWRkZWxhbmRlIGtvbSBpbnRlIGZyYW0u

--3d4e5f
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<html><body><p>Ditt meddelande till <b>{to}</b> kunde inte levereras.</p></body></html>

--3d4e5f--

--0a1b2c
Content-Type: message/delivery-status

Reporting-MTA: dns;DB5.eurprd05.prod.outlook.com
Received-From-MTA: dns;mx.example.se
Arrival-Date: Mon, 2 Mar 2026 09:00:04 +0000

Final-Recipient: rfc822;{to}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup

--0a1b2c
Content-Type: message/rfc822

{header_of(returned)}

--0a1b2c--
""")


def qmail(returned: EmailMessage) -> bytes:
    to = str(returned["To"]).partition("<")[2].rstrip(">") or str(returned["To"])
    return crlf(f"""\
Date: 2 Mar 2026 09:00:05 -0000
From: MAILER-DAEMON@mail.example.se
To: {BOT}
Subject: failure notice

Hi. This is the qmail-send program at mail.example.se.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{to}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <{BOT}>
{bytes(returned).decode("utf-8", "replace")}
""")


def exim(returned: EmailMessage) -> bytes:
    to = str(returned["To"]).partition("<")[2].rstrip(">") or str(returned["To"])
    return crlf(f"""\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mail.example.se>
To: {BOT}
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1abcde-000123-AB@mail.example.se>
Date: Mon, 02 Mar 2026 10:00:05 +0100

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {to}
    SMTP error from remote mail server after RCPT TO:<{to}>:
    host mail.example.se [192.0.2.7]: 550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------

{bytes(returned).decode("utf-8", "replace")}
""")


BOUNCES: dict[str, Callable[[EmailMessage], bytes]] = {
    "postfix": report,
    "postfix_header_only": lambda returned: report(returned, whole=False),
    "exchange": exchange,
    "qmail": qmail,
    "exim": exim,
}


def bounced(home: Harness, raw: bytes) -> None:
    """Let a mail come in as a mail server sends it: from the null sender."""
    home.raw(raw, mail_from="")


# --- What mail programs say in someone's absence. ---


def outlook(to: EmailMessage, subject: str, *, sender: str = EVA) -> bytes:
    """Return Exchange's automatic reply, whose subject is encoded as soon as ours has a Swedish letter."""
    shown = Header(f"{subject}: {to['Subject']}", "utf-8").encode(linesep="\n")
    return crlf(f"""\
From: Eva Ek <{sender}>
To: mailbot <{BOT}>
Subject: {shown}
Thread-Index: AdzAEWq5
Date: Mon, 2 Mar 2026 09:00:06 +0000
Message-ID: <8b1c2d@DB5.eurprd05.prod.outlook.com>
References: {to["Message-ID"]}
In-Reply-To: {to["Message-ID"]}
X-MS-Has-Attach:
X-Auto-Response-Suppress: All
Auto-Submitted: auto-generated
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit
MIME-Version: 1.0

GODKÄNN

Jag är på semester till den 28 juli.
""")


def gmail(to: EmailMessage, *, sender: str = EVA) -> bytes:
    return crlf(f"""\
From: Eva Ek <{sender}>
To: {BOT}
Subject: Borta Re: order
Date: Mon, 2 Mar 2026 01:00:06 -0800
Message-ID: <CAG1@mail.gmail.com>
In-Reply-To: {to["Message-ID"]}
References: {to["Message-ID"]}
Auto-Submitted: auto-replied
Precedence: bulk
X-Autoreply: yes
MIME-Version: 1.0
Content-Type: text/plain; charset="UTF-8"

Approved
""")


def sieve(to: EmailMessage, *, sender: str = EVA) -> bytes:
    return crlf(f"""\
From: {sender}
To: {BOT}
Subject: Auto: order
Date: Mon, 02 Mar 2026 10:00:06 +0100
Message-ID: <dovecot-sieve-1772442006-1@mail.example.se>
In-Reply-To: {to["Message-ID"]}
References: {to["Message-ID"]}
Auto-Submitted: auto-replied (vacation)
X-Sieve: Pigeonhole Sieve 0.5.19
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

APPROVE
""")


ABSENCES: dict[str, Callable[[EmailMessage], bytes]] = {
    "outlook_swedish": lambda to: outlook(to, "Autosvar"),
    "outlook_swedish_long": lambda to: outlook(to, "Automatiskt svar"),
    "outlook_english": lambda to: outlook(to, "Automatic reply"),
    "gmail": gmail,
    "sieve": sieve,
}


@pytest.fixture
def asked(home: Harness) -> EmailMessage:
    """The request that went to Eva, who was chosen."""
    home.mail()
    return home.sent(EVA, "/decide/")


class TestABounceOfARequest:
    @pytest.mark.parametrize("shape", BOUNCES)
    def test_shows_on_its_order_and_asks_the_other_approvers(
        self, home: Harness, asked: EmailMessage, shape: str
    ) -> None:
        bounced(home, BOUNCES[shape](asked))
        assert home.history() == ["opened", "mail_failed"]
        assert home.count(ANNA, home.order().number, "/decide/") == 1
        assert home.order().status is Status.PENDING
        assert home.reasons()[1] == "automatic: bounce"

    def test_names_the_lost_address_on_the_order(self, home: Harness, asked: EmailMessage) -> None:
        bounced(home, report(asked))
        ((payload,),) = home.query("SELECT body FROM event_payloads ORDER BY id DESC LIMIT 1")
        assert f"bounced: {EVA}" in payload
        with home.pages() as browser:
            page = browser.get(f"/order/{home.token(RUT, Purpose.ORDER)}").text
        assert "kunde inte levereras" in page

    def test_tells_the_operator(self, home: Harness, asked: EmailMessage) -> None:
        bounced(home, report(asked))
        assert home.count(OPERATOR, EVA) == 1

    def test_asks_and_tells_once_however_often_it_comes(self, home: Harness, asked: EmailMessage) -> None:
        bounced(home, report(asked))
        before = home.count()
        for shape in BOUNCES.values():
            bounced(home, shape(asked))
        assert home.count() == before
        assert home.history() == ["opened", "mail_failed"]

    def test_asks_no_one_a_second_time_who_was_asked_for_an_absence(self, home: Harness, asked: EmailMessage) -> None:
        home.raw(gmail(asked), mail_from="")
        bounced(home, report(asked))
        assert home.count(ANNA, "/decide/") == 1
        assert home.history() == ["opened", "away", "mail_failed"]

    def test_asks_anew_for_a_new_version(self, home: Harness, asked: EmailMessage) -> None:
        bounced(home, report(asked))
        home.mail("Godsmärkning: RASK", answers=home.sent(RUT))
        bounced(home, report(home.sent(EVA, "RASK")))
        home.later(minutes=1)
        assert home.count(ANNA, "RASK", "/decide/") == 1

    def test_that_has_run_out_of_time_counts_as_lost(self, home: Harness, asked: EmailMessage) -> None:
        bounced(home, report(asked, status="4.4.1"))
        assert home.history() == ["opened", "mail_failed"]
        assert home.count(ANNA, "/decide/") == 1

    def test_asks_nobody_once_the_order_is_decided(self, home: Harness, asked: EmailMessage) -> None:
        home.approve()
        bounced(home, report(asked))
        assert home.history() == ["opened", "approved", "mail_failed"]
        assert home.query("SELECT count(*) FROM outbox WHERE kind = 'request'") == [(1,)]

    def test_lets_the_others_decide(self, home: Harness, asked: EmailMessage) -> None:
        bounced(home, report(asked))
        home.approve(by=ANNA)
        assert home.order().status is Status.APPROVED


class TestABounceOfAnotherMail:
    def test_is_shown_on_the_order_and_asks_nobody(self, home: Harness) -> None:
        home.mail()
        bounced(home, report(home.sent(RUT, "/order/")))
        assert home.history() == ["opened", "mail_failed"]
        assert home.count(ANNA) == 0

    def test_about_several_orders_is_shown_on_each(self, home: Harness) -> None:
        home.mail()
        home.mail()
        home.later(days=3, hours=1)
        bounced(home, report(home.sent(EVA, "/list/", "IT-2026-00001", "IT-2026-00002")))
        assert home.query("SELECT order_id FROM events WHERE what = 'mail_failed' ORDER BY order_id") == [(1,), (2,)]

    def test_to_the_operator_goes_no_further_round(self, home: Harness, asked: EmailMessage) -> None:
        bounced(home, report(asked))
        before = home.count()
        bounced(home, report(home.sent(OPERATOR)))
        assert home.count() == before


class TestADelay:
    def test_is_only_noted(self, home: Harness, asked: EmailMessage) -> None:
        before = home.count()
        bounced(home, report(asked, "delayed", "4.4.1"))
        assert home.history() == ["opened", "mail_delayed"]
        assert home.count() == before

    @pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
    def test_is_not_what_a_report_of_success_says(self, home: Harness, asked: EmailMessage, action: str) -> None:
        bounced(home, report(asked, action, "2.0.0"))
        assert home.history() == ["opened"]
        assert home.reasons()[1] == "automatic: bounce"

    def test_of_a_dispatch_leaves_the_order_where_it_is(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.later(minutes=6)
        bounced(home, report(home.sent(DUSTIN), "delayed", "4.4.1"))
        assert home.order().status is Status.SENT
        assert home.count(PURCHASING) == 0


class TestABounceOfADispatch:
    @pytest.fixture
    def dispatch(self, home: Harness) -> EmailMessage:
        home.mail()
        home.approve()
        home.later(minutes=6)
        assert home.order().status is Status.SENT
        return home.sent(DUSTIN)

    @pytest.mark.parametrize("shape", BOUNCES)
    def test_moves_the_order_to_purchasing_and_tells_requester_and_purchasing(
        self, home: Harness, dispatch: EmailMessage, shape: str
    ) -> None:
        bounced(home, BOUNCES[shape](dispatch))
        assert home.order().status is Status.WITH_PURCHASING
        assert home.count(PURCHASING, home.order().number, "kunde inte levereras till leverantören") == 1
        assert home.count(RUT, home.order().number, "Nådde inte leverantören") == 1
        assert home.count(DUSTIN) == 1

    def test_is_no_alarm_however_often_it_comes(self, home: Harness, dispatch: EmailMessage) -> None:
        bounced(home, report(dispatch))
        before = home.count()
        for shape in BOUNCES.values():
            bounced(home, shape(dispatch))
        assert home.count() == before
        assert home.count(OPERATOR, "larm") == 0
        assert home.history().count("not_delivered") == 1

    def test_of_purchasing_alarms_the_operator_once(self, home: Harness) -> None:
        home.mail()
        home.approve(comment="Kolla priset")
        home.later(minutes=6)
        assert home.order().status is Status.WITH_PURCHASING
        for _ in range(2):
            bounced(home, report(home.sent(PURCHASING)))
        assert home.count(OPERATOR, home.order().number, "larm") == 1
        assert home.order().status is Status.WITH_PURCHASING
        assert home.count(PURCHASING) == 1

    def test_of_supplier_and_then_of_purchasing_alarms_the_operator(
        self, home: Harness, dispatch: EmailMessage
    ) -> None:
        bounced(home, report(dispatch))
        bounced(home, report(home.sent(PURCHASING)))
        assert home.count(OPERATOR, home.order().number, "larm") == 1
        assert home.count(PURCHASING) == 1


def nameless(mail: EmailMessage) -> EmailMessage:
    """Return the mail as a server gives it back that leaves out every Message-ID."""
    del mail["Message-ID"], mail["In-Reply-To"], mail["References"]
    return mail


class TestABounceThatNamesOnlyARecipient:
    """Some servers give back no header at all: the recipient is all that there is to go by."""

    @pytest.mark.parametrize("shape", sorted(BOUNCES.keys() - {"exchange"}))  # which names it in its In-Reply-To
    def test_is_shown_on_the_order_of_the_newest_mail_to_them_and_asks_the_others(
        self, home: Harness, asked: EmailMessage, shape: str
    ) -> None:
        bounced(home, BOUNCES[shape](nameless(asked)))
        assert home.history() == ["opened", "mail_failed"]
        assert home.count(ANNA, home.order().number, "/decide/") == 1

    @pytest.mark.parametrize("encoding", ["7bit", "quoted-printable", "base64"])
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("plain", f"<{EVA}>: 550 User unknown\n"),
            ("plain", f"{'Your message could not be delivered to the following recipient. ' * 2}{EVA}\n"),
            ("html", f"<p>Meddelandet kunde inte levereras till &lt;{EVA}&gt;: mottagaren finns inte.</p>"),
        ],
    )
    @pytest.mark.usefixtures("asked")
    def test_is_known_in_words_alone_however_they_are_encoded(
        self, home: Harness, encoding: str, kind: str, words: str
    ) -> None:
        mail = mail_to_bot("", sender="MAILER-DAEMON@mx.example.se", subject="Undelivered Mail Returned to Sender")
        mail.set_content(words, subtype=kind, cte=encoding)
        bounced(home, mail.as_bytes())
        assert home.history() == ["opened", "mail_failed"]
        assert home.count(ANNA, home.order().number, "/decide/") == 1

    def test_is_of_the_order_whose_number_it_names(self, home: Harness, asked: EmailMessage) -> None:
        home.mail()
        bounced(home, report(nameless(asked)))
        assert home.query("SELECT order_id FROM events WHERE what = 'mail_failed'") == [(1,)]

    def test_asks_and_tells_once_however_often_it_comes(self, home: Harness, asked: EmailMessage) -> None:
        raw = report(nameless(asked))
        bounced(home, raw)
        before = home.count()
        for _ in range(3):
            bounced(home, raw)
        assert home.count() == before
        assert home.history() == ["opened", "mail_failed"]

    def test_of_an_order_that_has_left_is_shown_on_it_and_calls_nothing_back(self, home: Harness) -> None:
        """Anybody can write it, and a supplier's address is no secret."""
        home.mail()
        home.approve()
        home.later(minutes=6)
        bounced(home, report(nameless(home.sent(DUSTIN))))
        assert home.history()[-1] == "mail_failed"
        assert home.order().status is Status.SENT

    def test_long_after_our_mail_is_not_taken_for_its_bounce(self, home: Harness, asked: EmailMessage) -> None:
        home.later(days=7)
        home.query("UPDATE outbox SET created_at = '2026-03-02 09:00:00.000000'")
        before = home.history()
        bounced(home, report(nameless(asked)))
        assert home.history() == before

    @pytest.mark.usefixtures("asked")
    def test_from_a_person_changes_nothing(self, home: Harness) -> None:
        text = f"Final-Recipient: rfc822; {EVA}\nAction: failed\n"
        home.mail(text, sender=RUT, subject="Undeliverable", headers={"Precedence": "junk"})
        assert home.history() == ["opened"]


class TestABounceOfNoMailOfOurs:
    def changed(self, home: Harness, raw: bytes) -> bool:
        before = (home.history(), home.count(), home.order())
        bounced(home, raw)
        return before != (home.history(), home.count(), home.order())

    def named(self, mail: EmailMessage, message_id: str) -> EmailMessage:
        mail.replace_header("Message-ID", message_id)
        return mail

    def test_by_a_made_up_message_id_changes_nothing(self, home: Harness, asked: EmailMessage) -> None:
        made_up = self.named(asked, MADE_UP)
        assert not any(self.changed(home, shape(made_up)) for shape in BOUNCES.values())
        assert home.reasons()[1:] == ["automatic: bounce"] * len(BOUNCES)

    def test_by_what_all_mails_of_an_order_share_changes_nothing(self, home: Harness, asked: EmailMessage) -> None:
        assert str(asked["References"]) in str(home.sent(RUT)["References"])
        assert not self.changed(home, report(self.named(asked, str(asked["References"]).split()[0])))

    def test_by_a_message_id_cut_or_changed_changes_nothing(self, home: Harness, asked: EmailMessage) -> None:
        ours = str(asked["Message-ID"])
        for other in (ours.upper(), ours.replace("<", "<x"), ours.replace("@", "%@"), ours[:-3] + ">"):
            assert not self.changed(home, report(self.named(asked, other)))


class TestAnAbsence:
    @pytest.mark.parametrize("shape", ABSENCES)
    def test_of_the_chosen_approver_tells_the_others_and_the_requester(
        self, home: Harness, asked: EmailMessage, shape: str
    ) -> None:
        home.raw(ABSENCES[shape](asked), mail_from="")
        assert home.history() == ["opened", "away"]
        assert home.count(ANNA, home.order().number, "/decide/") == 1
        assert home.count(RUT, home.order().number, "Eva Ek", "borta", "Anna Ask") == 1
        assert home.reasons()[1] == "automatic: away"

    def test_is_never_answered_and_decides_nothing(self, home: Harness, asked: EmailMessage) -> None:
        for shape in ABSENCES.values():
            home.raw(shape(asked), mail_from=EVA)
        assert home.count(EVA) == 1
        assert home.order().status is Status.PENDING

    def test_is_told_once_for_an_order_however_often_it_comes(self, home: Harness, asked: EmailMessage) -> None:
        for shape in (*ABSENCES.values(), *ABSENCES.values()):
            home.raw(shape(asked), mail_from="")
        assert home.count(ANNA) == 1
        assert home.count(RUT, "borta") == 1
        assert home.history() == ["opened", "away"]

    def test_is_told_for_each_order(self, home: Harness, asked: EmailMessage) -> None:
        home.mail()
        home.raw(gmail(asked), mail_from="")
        home.raw(gmail(home.sent(EVA, "IT-2026-00002")), mail_from="")
        home.later(minutes=1)
        assert home.count(ANNA) == home.count(RUT, "borta") == 2

    def test_in_answer_to_a_reminder_is_told_for_every_order_in_it_in_one_mail(self, home: Harness) -> None:
        home.mail()
        home.mail()
        home.later(days=3, hours=1)
        home.raw(gmail(home.sent(EVA, "IT-2026-00001", "IT-2026-00002")), mail_from="")
        both = ("IT-2026-00001", "IT-2026-00002")
        assert home.count(ANNA, "/decide/", *both) == home.count(RUT, "borta", *both) == 1

    @pytest.mark.parametrize("sender", [ANNA, RUT])
    def test_of_anyone_else_changes_nothing(self, home: Harness, sender: str) -> None:
        home.mail()
        bounced(home, report(home.sent(EVA)))
        before = (home.count(), home.history())
        home.raw(gmail(home.sent(sender), sender=sender), mail_from="")
        assert (home.count(), home.history()) == before

    @pytest.mark.parametrize("sender", [ANNA, RUT, "okand@annan.example"])
    def test_of_someone_whom_the_request_was_passed_on_to_changes_nothing(
        self, home: Harness, asked: EmailMessage, sender: str
    ) -> None:
        before = home.count()
        home.raw(gmail(asked, sender=sender), mail_from="")
        assert home.count() == before
        assert home.history() == ["opened"]

    def test_of_the_chosen_approver_under_an_alias_counts(self, home: Harness, asked: EmailMessage) -> None:
        home.raw(gmail(asked, sender="eva@example.se"), mail_from="")
        assert home.history() == ["opened", "away"]

    def test_that_answers_no_mail_of_ours_changes_nothing(self, home: Harness, asked: EmailMessage) -> None:
        before = home.count()
        asked.replace_header("Message-ID", MADE_UP)
        home.raw(gmail(asked), mail_from="")
        assert home.count() == before
        assert home.history() == ["opened"]

    def test_is_told_to_nobody_once_the_order_is_decided(self, home: Harness, asked: EmailMessage) -> None:
        home.approve()
        before = home.count()
        home.raw(gmail(asked), mail_from="")
        assert home.count() == before

    def test_where_no_one_else_can_decide_is_told_to_the_requester(self, tmp_path: Path) -> None:
        alone = replace(ORGANISATION, rights=ORGANISATION.rights[:1])
        with harness(tmp_path, organisation=alone) as home:
            home.mail()
            home.raw(gmail(home.sent(EVA)), mail_from="")
            assert home.count(RUT, "borta") == 1
            assert home.count(ANNA) == 0

    def test_is_hoped_for_by_requests_and_reminders(self, home: Harness, asked: EmailMessage) -> None:
        home.later(days=3, hours=1)
        for mail in (asked, home.sent(EVA, "/list/")):
            words = [word.strip() for word in str(mail["X-Auto-Response-Suppress"]).split(",")]
            assert words == ["RN", "NRN", "AutoReply"]


def receipt(to: EmailMessage, text: str) -> bytes:
    return crlf(f"""\
From: Eva Ek <{EVA}>
To: {BOT}
Subject: =?utf-8?Q?L=C3=A4st=3A?= order
Message-ID: <mdn1@example.se>
References: {to["Message-ID"]}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain; charset=utf-8

{text}
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;{EVA}
Original-Message-ID: {to["Message-ID"]}
Disposition: manual-action/MDN-sent-manually; displayed
--b--
""")


def meeting(to: EmailMessage, text: str, method: str = "REPLY") -> bytes:
    """Return a meeting's answer as Google sends it: the calendar inside the alternative inside the mixed part."""
    return crlf(f"""\
From: Eva Ek <{EVA}>
To: {BOT}
Subject: Accepterat: Genomgång
Message-ID: <cal1@google.com>
In-Reply-To: {to["Message-ID"]}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8

{text}
--a
Content-Type: text/calendar; charset="UTF-8"; method={method}

BEGIN:VCALENDAR
METHOD:{method}
END:VCALENDAR
--a--
--m
Content-Type: application/ics; name="invite.ics"
Content-Disposition: attachment; filename="invite.ics"

BEGIN:VCALENDAR
END:VCALENDAR
--m--
""")


def listed(to: EmailMessage, text: str) -> bytes:
    headers = {"List-Id": "<alla.example.se>", "In-Reply-To": str(to["Message-ID"])}
    return mail_to_bot(text, sender=EVA, headers=headers).as_bytes()


def abuse(to: EmailMessage, text: str) -> bytes:
    return crlf(f"""\
From: fbl@example.se
To: {BOT}
Subject: complaint
Message-ID: <arf1@example.se>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain; charset=utf-8

{text}
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1
--b
Content-Type: message/rfc822

{header_of(to)}

Hej
--b--
""")


def generated(to: EmailMessage, text: str) -> bytes:
    headers = {"Auto-Submitted": "auto-generated", "In-Reply-To": str(to["Message-ID"])}
    return mail_to_bot(text, sender=EVA, headers=headers).as_bytes()


def away(to: EmailMessage, text: str) -> bytes:
    return mail_to_bot(text, sender=EVA, answers=to, headers={"Auto-Submitted": "auto-replied"}).as_bytes()


def undelivered(to: EmailMessage, text: str) -> bytes:
    """Return a bounce of somebody else's mail."""
    assert to["Message-ID"]
    return mail_to_bot(text, sender="mailer-daemon@example.se", subject="Undeliverable").as_bytes()


AUTOMATIC: dict[str, tuple[Callable[[EmailMessage, str], bytes], str]] = {
    "read_receipt": (receipt, "automatic: report"),
    "abuse_report": (abuse, "automatic: report"),
    "generated": (generated, "automatic: generated"),
    "absence": (away, "automatic: away"),
    "bounce": (undelivered, "automatic: bounce"),
}


class TestEveryOtherRobot:
    """Whatever its text says: a read receipt that quotes the word is no decision, a list mail with a form no order."""

    @pytest.mark.parametrize("kind", AUTOMATIC)
    def test_is_ignored_with_its_reason_and_never_answered(self, home: Harness, asked: EmailMessage, kind: str) -> None:
        make, reason = AUTOMATIC[kind]
        for text, mail_from in product((ORDER, "GODKÄNN", "Leverantör: Atea Sverige AB"), ("", EVA)):
            home.raw(make(asked, text), mail_from=mail_from)
        assert home.reasons()[1:] == [reason] * 6
        assert home.sums() == {"order": 1, "ignored": 6}
        assert home.orders() == 1
        assert home.order().version == 1
        assert home.order().status is Status.PENDING
        assert home.count(EVA) == 1

    def test_decides_nothing_at_the_secret_address_either(self, tmp_path: Path) -> None:
        replies = ReplyRules(BOT, "+", POLICY.purchasing_limit)
        with harness(tmp_path, replies=replies, robots=frozenset({EVA}), robot_contact=CLERK) as home:
            home.mail()
            asked = home.relay.mails(CLERK, "/decide/")[0]
            for make, _ in AUTOMATIC.values():
                home.raw(make(asked, "GODKÄNN"), mail_from=EVA, to=str(asked["Reply-To"]))
            assert home.order().status is Status.PENDING
            assert home.order().decision is None

    def test_says_no_more_of_a_person_s_mail_than_it_should(self, home: Harness) -> None:
        """What asks others not to answer does not make a mail automatic (docs/rules/mail.md#f98)."""
        home.mail(headers={"X-Auto-Response-Suppress": "All", "Precedence": "normal", "Auto-Submitted": "no"})
        assert home.orders() == 1


MEETINGS: dict[str, Callable[[EmailMessage, str], bytes]] = {
    "answer": meeting,
    "request": lambda to, text: meeting(to, text, "REQUEST"),
    "counter": lambda to, text: meeting(to, text, "COUNTER"),
}


class TestAMeeting:
    @pytest.mark.parametrize("kind", MEETINGS)
    def test_is_parked_unanswered_if_it_asks_for_nothing(self, home: Harness, asked: EmailMessage, kind: str) -> None:
        home.raw(MEETINGS[kind](asked, "GODKÄNN"), mail_from=EVA)
        assert home.sums() == {"order": 1, "parked": 1}
        assert home.order().status is Status.PENDING
        assert home.count(EVA) == 1

    @pytest.mark.parametrize("kind", MEETINGS)
    def test_from_nobody_is_ignored(self, home: Harness, asked: EmailMessage, kind: str) -> None:
        home.raw(MEETINGS[kind](asked, ORDER), mail_from="")
        assert home.reasons()[1:] == ["automatic: calendar"]


class TestAMailingList:
    def test_s_mail_is_ignored_if_it_asks_for_nothing(self, home: Harness) -> None:
        home.mail("Hej alla!", sender=EVA, subject="Fika", headers={"List-Id": "<alla.example.se>"})
        assert (home.reasons(), home.count(EVA)) == (["automatic: list"], 0)

    @pytest.mark.parametrize("text", ["GODKÄNN", "Hej alla!"])
    def test_s_answer_to_a_mail_of_ours_is_parked(self, home: Harness, asked: EmailMessage, text: str) -> None:
        home.raw(listed(asked, text), mail_from=EVA)
        assert home.reasons()[1:] == ["may be automatic: list, by list-id"]
        assert home.count(EVA) == 1

    @pytest.mark.parametrize("header", [{"List-Id": "<alla.example.se>"}, {"Precedence": "bulk"}])
    def test_hides_no_field_for_the_order_that_its_subject_names(self, home: Harness, header: dict[str, str]) -> None:
        home.mail()
        home.mail("Projekt: 4711", subject=f"SV: {home.order().number}", headers=header)
        assert home.order().version == 2

    def test_hides_no_order_of_a_proven_person(self, home: Harness) -> None:
        home.mail(headers={"List-Id": "<bestallning.example.se>", "Precedence": "list"})
        assert home.orders() == 1

    def test_s_order_from_someone_who_is_not_proven_waits_and_a_stranger_s_is_ignored(self, home: Harness) -> None:
        home.mail(headers={"List-Id": "<bestallning.example.se>"}, peer="192.0.2.1")
        home.mail(headers={"List-Id": "<bestallning.example.se>"}, sender="okand@annan.example")
        assert home.sums() == {"waiting": 1, "ignored": 1}
        assert home.count() == home.count(RUT, "/confirm/") == 1


class TestAGroupThatPutsItselfIntoFrom:
    """Nobody is proven by it, but a person wrote it."""

    @pytest.mark.parametrize("group", [BOT, "inkop@example.se"])
    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Original-From": f"Rut Rask <{RUT}>"},
            {"X-Original-From": f"Rut Rask <{RUT}>", "Reply-To": RUT, "List-Id": "<inkop.example.se>"},
            {"Reply-To": RUT, "Precedence": "list"},
        ],
    )
    def test_is_set_aside_and_not_answered(self, home: Harness, group: str, headers: dict[str, str]) -> None:
        home.mail(sender=f"\"'Rut Rask' via Inköp\" <{group}>", headers=headers)
        assert home.sums() == {"parked": 1}
        assert home.count() == 0

    @pytest.mark.parametrize(
        "header", [{"List-Id": "Inköp <inkop.example.se>"}, {"List-Post": "<mailto:inkop@example.se>"}]
    )
    def test_is_known_by_the_lists_own_address_too(self, home: Harness, header: dict[str, str]) -> None:
        home.mail(sender="Rut Rask <inkop@example.se>", headers=header)
        assert home.sums() == {"parked": 1}

    def test_is_no_person_s_own_address_named_twice(self, home: Harness) -> None:
        home.mail(sender=f"Rut Rask <{RUT}>", headers={"X-Original-From": RUT, "Reply-To": RUT})
        assert home.orders() == 1


class TestTheOperatorsDailyMail:
    @pytest.mark.parametrize(
        ("language", "words"),
        [("sv", ("Frånvarosvar", "Utskickslistor")), ("en", ("Out-of-office replies", "Mailing lists"))],
    )
    def test_counts_what_was_ignored_by_reason(self, home: Harness, language: str, words: tuple[str, str]) -> None:
        home.change(language=language)
        for _ in range(3):
            home.mail("Borta", headers={"Auto-Submitted": "auto-replied"})
        home.mail("Nyheter", headers={"List-Id": "<nytt.example>"})
        assert daily_round(home.bot, home.now)
        home.settle()
        text = text_of(home.sent(OPERATOR))
        assert re.search(rf"{words[0]}.*\b3\b", text)
        assert re.search(rf"{words[1]}.*\b1\b", text)
        with home.bot.database.read() as connection:
            assert inbox.ignored(connection) == {"automatic: away": 3, "automatic: list": 1}

    def test_counts_each_mail_once(self, home: Harness) -> None:
        home.mail("Nyheter", headers={"List-Id": "<nytt.example>"})
        assert daily_round(home.bot, home.now)
        home.now += timedelta(days=1)
        assert daily_round(home.bot, home.now)
        home.settle()
        assert home.count(OPERATOR) == 1

    def test_does_not_come_on_a_day_on_which_all_was_answered(self, home: Harness) -> None:
        home.mail()
        assert daily_round(home.bot, home.now)
        home.settle()
        assert home.count(OPERATOR) == 0

    def test_counts_what_came_again_under_one_reason(self, home: Harness) -> None:
        for raw in (mail_to_bot().as_bytes(), mail_to_bot().as_bytes()):
            home.raw(raw)
            home.raw(raw)
        with home.bot.database.read() as connection:
            assert inbox.ignored(connection) == {"duplicate": 2}

    def test_has_words_for_every_kind(self) -> None:
        for kind in AutoMail:
            assert wording.text(f"ignored automatic: {kind}")


class TestTwoBots:
    """Nothing is sent to automatic mail, so that two programs which answer each other stop at once."""

    @pytest.fixture
    def other(self, tmp_path: Path) -> Iterator[Harness]:
        (tmp_path / "other").mkdir()
        with harness(tmp_path / "other") as made:
            made.change(addresses=Addresses("bot@example.se", PURCHASING, OPERATOR, PURCHASING))
            yield made

    def test_of_our_own_kind_do_not_answer_each_other(self, home: Harness, other: Harness) -> None:
        home.mail(WITHOUT_APPROVER)
        home.mail("Hej!", subject="hjälp")
        home.mail()
        home.approve()
        home.later(minutes=6)
        for _, raw in home.relay.raw:
            other.raw(raw, mail_from=BOT)
        assert other.count() == 0
        assert set(other.sums()) == {"ignored"}

    def test_one_of_which_answers_everything_stop(self, home: Harness) -> None:
        home.mail("Tack för ditt mejl!", subject="Ärende 1", sender=ANNA)
        for number in range(20):
            headers = {"Auto-Submitted": "auto-replied"}
            newest = home.relay.mails(ANNA)[-1]
            home.mail(f"Tack! {number}", subject="Ärende 1", sender=ANNA, answers=newest, headers=headers)
        assert home.count(ANNA) == home.count() == 1

    def test_the_bot_s_own_mail_comes_back_to_no_effect(self, home: Harness) -> None:
        home.mail()
        before = home.count()
        for _, raw in list(home.relay.raw):
            home.raw(raw, mail_from=BOT)
        assert home.count() == before
        assert set(home.reasons()[1:]) == {"own address"}


class TestASystemThatOrders:
    @pytest.fixture
    def listing(self, tmp_path: Path) -> Iterator[Harness]:
        with harness(tmp_path, robots=frozenset({ERP}), robot_contact=CLERK) as made:
            yield made

    def test_is_taken_in_when_it_is_listed_and_a_person_gets_the_answers(self, listing: Harness) -> None:
        listing.mail(sender=ERP, headers=BY_ITSELF)
        assert listing.orders() == 1
        assert listing.count(CLERK, listing.order().number, "/order/") == 1
        assert listing.count(ERP) == 0

    @pytest.mark.parametrize("sender", [RUT, f"x{ERP}", "affarssystem@annan.example"])
    def test_is_ignored_when_it_is_not(self, listing: Harness, sender: str) -> None:
        listing.mail(sender=sender, headers=BY_ITSELF)
        assert listing.orders() == listing.count() == 0
        assert listing.reasons() == ["automatic: generated"]

    def test_is_found_whatever_the_case_of_its_letters(self, listing: Harness) -> None:
        listing.mail(sender=ERP.title(), headers=BY_ITSELF)
        assert listing.orders() == 1

    def test_is_listed_for_orders_alone_and_not_for_automatic_answers(self, listing: Harness) -> None:
        listing.mail(sender=ERP, headers={"Auto-Submitted": "auto-replied"})
        assert listing.orders() == listing.count() == 0

    def test_has_its_problems_answered_to_a_person(self, listing: Harness) -> None:
        listing.mail(WITHOUT_APPROVER, sender=ERP, headers=BY_ITSELF)
        assert listing.count(CLERK, "Godkännare") == listing.count() == 1

    def test_gets_no_mail_itself_through_the_whole_life_of_its_order(self, listing: Harness) -> None:
        listing.mail(sender=ERP, headers=BY_ITSELF)
        listing.press(listing.token(EVA, Purpose.DECIDE), Action.ASK, "Varför?")
        listing.approve()
        listing.later(minutes=6)
        bounced(listing, report(listing.sent(DUSTIN)))
        assert listing.count(CLERK) == 5
        assert listing.count(ERP) == 0

    def test_has_its_supplier_answer_a_person(self, listing: Harness) -> None:
        listing.mail(sender=ERP, headers=BY_ITSELF)
        listing.approve()
        listing.later(minutes=6)
        assert listing.sent(DUSTIN)["Reply-To"] == CLERK

    def test_that_is_registered_is_not_answered_either(self, tmp_path: Path) -> None:
        system = StatedPerson("Affärssystemet", ERP, aliases=(), units=("cs",))
        right = StatedRight(ERP, "cs", RightKind.ORDER, valid_from=date(2026, 1, 1))
        known = replace(ORGANISATION, persons=(*ORGANISATION.persons, system), rights=(*ORGANISATION.rights, right))
        with harness(tmp_path, organisation=known, robots=frozenset({ERP}), robot_contact=CLERK) as home:
            home.mail(sender=ERP, headers=BY_ITSELF)
            home.mail("", sender=ERP, subject="lista", headers=BY_ITSELF)
            assert home.count(ERP) == 0

    @pytest.mark.parametrize("registered", [True, False])
    def test_is_confirmed_by_a_person_at_most_three_times_a_day(self, tmp_path: Path, registered: bool) -> None:
        system = StatedPerson("Affärssystemet", ERP, aliases=(), units=("cs",))
        known = replace(ORGANISATION, persons=(*ORGANISATION.persons, *[system] * registered))
        with harness(tmp_path, organisation=known, trust="none", robots=frozenset({ERP}), robot_contact=CLERK) as home:
            for _ in range(5):
                home.mail(sender=ERP, headers=BY_ITSELF)
            assert home.count(CLERK, "/confirm/") == home.count() == 3
            assert confirm_sender(home.bot, home.token(CLERK, Purpose.CONFIRM), home.now) is True
            home.settle()
            assert home.orders() == 1
            assert home.count(ERP) == 0

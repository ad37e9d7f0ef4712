"""Which mails no person wrote, by the least that shows it; and what a bounce says (email.md B1, B2, F96-F103)."""

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.bounces import read_bounce
from mailbot.mail.inbound import InboundMail, read
from mailbot.mail.signs import Robot

EVA = "eva.ek@example.se"
OURS = "<abcdefghijkmabcdefghijkm@inkop.example.se>"


def mail(*headers: str, sender: str = EVA, body: str = "Hej\n", mail_from: str = EVA) -> InboundMail:
    lines = [f"From: {sender}", "To: order@inkop.example.se", "Message-ID: <1@example.se>", *headers]
    return read(("\n".join(lines) + "\n\n" + body).encode("utf-8", "surrogateescape"), mail_from)


def of_parts(outer: str, *parts: tuple[str, str], sender: str = EVA) -> InboundMail:
    body = "".join(f"--b\n{head}\n\n{text}\n" for head, text in parts) + "--b--\n"
    return mail("MIME-Version: 1.0", f"Content-Type: {outer}; boundary=b", sender=sender, body=body)


class TestAnAutomaticReply:
    @pytest.mark.parametrize(
        "header",
        [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: AUTO-REPLIED",
            "Auto-Submitted: auto-replied; owner-email=eva.ek@example.se",
            "AUTO-SUBMITTED:\n auto-replied;\n owner-email=eva.ek@example.se",
            "Auto-Submitted: auto-replied (vacation)",
            "Auto-Submitted: (by Sieve) auto-replied",
            "X-Autoreply: yes",
            "X-Autorespond: Frånvaro",
            "X-Auto-Reply-From: eva.ek@example.se",
            "X-MS-Exchange-Inbox-Rules-Loop: eva.ek@example.se",
            "Precedence: auto_reply",
            "Subject: Automatic reply: order",
            "Subject: Autosvar: order",
            "Subject: Automatiskt svar: order",
            "Subject: AUTOSVAR: order",
            "Subject: Out of the office",
            "Subject: Frånvaro: order",
            "Subject: Frånvaromeddelande",
            "Subject: =?utf-8?B?QXV0b3N2YXI6IHbDpG50YXI=?=",
            "Subject: =?iso-8859-1?Q?Fr=E5nvaro?=",
            "Subject: =?utf-8?Q?Autosvar=3A_IT-2026-00001?=\n =?utf-8?Q?_v=C3=A4ntar?=",
        ],
    )
    @pytest.mark.parametrize("mail_from", ["", EVA])
    def test_is_known_by_any_of_its_signs(self, header: str, mail_from: str) -> None:
        assert mail(header, mail_from=mail_from).robot is Robot.AWAY

    @pytest.mark.parametrize(
        "header",
        [
            "X-Auto-Response-Suppress: All",
            "X-Auto-Response-Suppress: OOF, AutoReply",
            "Precedence: normal",
            "Precedence: first-class",
            "Auto-Submitted: no",
            "Auto-Submitted: No (a person wrote it)",
            "Auto-Submitted:",
            "Subject: Re: Autosvar: order",
            "Subject: Beställning av autosvarare",
            "Subject: =?utf-8?B?#?=",
            "Subject: =?nope?Q?Autosvar?=",
            "Return-Path: <>",
        ],
    )
    def test_is_not_what_a_person_may_send_too(self, header: str) -> None:
        assert mail(header).robot is None


class TestOtherKinds:
    @pytest.mark.parametrize("method", ["REPLY", "REQUEST", "COUNTER", "reply"])
    def test_a_meeting_is_a_calendar_s_wherever_its_part_stands(self, method: str) -> None:
        calendar = (f"Content-Type: text/calendar; method={method}", "BEGIN:VCALENDAR")
        text = ("Content-Type: text/plain", "Ja")
        assert mail(*calendar[:1], body=calendar[1]).robot is Robot.CALENDAR
        assert of_parts("multipart/alternative", text, calendar).robot is Robot.CALENDAR
        inner = f"--c\n{text[0]}\n\nJa\n--c\n{calendar[0]}\n\nBEGIN:VCALENDAR\n--c--\n"
        nested = ("Content-Type: multipart/alternative; boundary=c", inner)
        assert of_parts("multipart/mixed", nested, ("Content-Type: application/ics", "x")).robot is Robot.CALENDAR

    @pytest.mark.parametrize(
        "head",
        [
            "Content-Type: text/calendar; method=REQUEST\nContent-Disposition: attachment; filename=leverans.ics",
            "Content-Type: text/calendar; name=leverans.ics",
            "Content-Type: application/ics; name=leverans.ics",
        ],
    )
    def test_a_calendar_file_that_a_person_attached_makes_no_robot(self, head: str) -> None:
        found = of_parts("multipart/mixed", ("Content-Type: text/plain", "Enhet: cs"), (head, "BEGIN:VCALENDAR"))
        assert found.robot is None
        assert len(found.files) == 1

    @pytest.mark.parametrize("kind", ["disposition-notification", "feedback-report"])
    def test_a_read_receipt_or_an_abuse_report_is_a_report(self, kind: str) -> None:
        parts = (("Content-Type: text/plain", "Godkänn"), (f"Content-Type: message/{kind}", "A: b"))
        assert of_parts(f"multipart/report; report-type={kind}", *parts).robot is Robot.REPORT
        assert of_parts("multipart/mixed", *parts).robot is Robot.REPORT
        assert of_parts("multipart/report; report-type=tls", parts[0]).robot is Robot.REPORT

    @pytest.mark.parametrize(
        "header", ["List-Id: <alla.example.se>", "list-unsubscribe: <mailto:x@y.se>", "Precedence: list"]
    )
    def test_a_list_s_mail_is_a_list_s(self, header: str) -> None:
        assert mail(header).robot is Robot.LIST

    @pytest.mark.parametrize("header", ["Auto-Submitted: auto-generated", "Precedence: bulk", "Precedence: JUNK"])
    def test_any_other_sign_says_that_a_program_wrote_it(self, header: str) -> None:
        assert mail(header).robot is Robot.GENERATED
        assert mail(mail_from="").robot is Robot.GENERATED

    def test_a_mail_of_two_kinds_is_of_the_one_that_says_more(self) -> None:
        assert mail("Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <a.b>").robot is Robot.AWAY
        assert mail("Auto-Submitted: auto-replied", sender="MAILER-DAEMON@example.se").robot is Robot.BOUNCE


def dsn(action: str, status: str, *, sender: str = EVA) -> InboundMail:
    fields = f"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; {EVA}\nAction: {action}\nStatus: {status}"
    return of_parts(
        "multipart/report; report-type=delivery-status",
        ("Content-Type: text/plain", "Hej"),
        ("Content-Type: message/delivery-status", fields),
        ("Content-Type: text/rfc822-headers", f"From: order@inkop.example.se\nMessage-ID: {OURS}\nSubject: x"),
        sender=sender,
    )


class TestABounce:
    @pytest.mark.parametrize("sender", [EVA, "MAILER-DAEMON@example.se", "postmaster@example.se"])
    def test_is_known_by_its_report_whoever_sends_it(self, sender: str) -> None:
        assert dsn("failed", "5.1.1", sender=sender).robot is Robot.BOUNCE

    def test_is_known_by_its_sender_without_any_report(self) -> None:
        assert mail(sender="Mail Delivery System <MAILER-DAEMON@example.se>").robot is Robot.BOUNCE

    @pytest.mark.parametrize(
        ("action", "status", "permanent", "arrived"),
        [
            ("failed", "5.1.1", True, False),
            ("Failed", "5.0.0", True, False),
            ("failed", "4.4.1", True, False),
            ("delayed", "4.4.1", False, False),
            ("delivered", "2.0.0", False, True),
            ("relayed", "2.0.0", False, True),
            ("expanded", "2.0.0", False, True),
        ],
    )
    def test_says_whether_the_mail_is_lost_late_or_there(
        self, action: str, status: str, permanent: bool, arrived: bool
    ) -> None:
        bounce = dsn(action, status).bounce
        assert bounce
        assert (bounce.permanent, bounce.arrived) == (permanent, arrived)

    def test_names_who_was_not_reached_and_the_mail_that_comes_back(self) -> None:
        bounce = dsn("failed", "5.1.1").bounce
        assert bounce
        assert bounce.failed == (EVA,)
        assert OURS in bounce.message_ids

    @pytest.mark.parametrize("name", ["Message-ID", "message-id", "References", "In-Reply-To"])
    @pytest.mark.parametrize("gap", [" ", "\n ", "\n\t"])
    def test_names_the_mail_in_every_way_that_servers_write_it(self, name: str, gap: str) -> None:
        found = mail(sender="mailer-daemon@example.se", body=f"Hej\n\n{name}:{gap}{OURS}\nSubject: x\n")
        assert found.bounce
        assert OURS in found.bounce.message_ids

    def test_names_no_endless_list(self) -> None:
        body = "".join(f"Message-ID: <{n}@example.se>\n" for n in range(1_000))
        found = mail(sender="mailer-daemon@example.se", body=body)
        assert found.bounce
        assert len(found.bounce.message_ids) == 50

    def test_of_a_person_s_mail_is_none(self) -> None:
        assert mail(body=f"Action: failed\nMessage-ID: {OURS}\n").bounce is None

    @given(st.binary(max_size=600))
    def test_of_any_bytes_is_read_without_raising(self, raw: bytes) -> None:
        whole = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n" + raw
        bounce = read_bounce(message_from_bytes(whole, policy=policy.compat32), whole)
        assert all(found.startswith("<") and found.endswith(">") for found in bounce.message_ids)

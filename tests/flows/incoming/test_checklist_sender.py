"""Headers and senders as they should not be (docs/rules/mail.md#sender), through the whole flow."""

import re
from datetime import datetime

import pytest

from mailbot.domain.trust.senders import Doubt, TrustSource, Vouched
from mailbot.mail.reading.authenticity import Trusted, gather
from tests.flows.incoming.mails import LAPTOP, OUR_HEADERS, STRANGER, header_names, lines_of, mail, recipients
from tests.support.harness import BOT, EVA, RUT, Harness
from tests.support.relay import text_of


def checked(raw: bytes, received: datetime) -> Vouched | Doubt:
    """Check headers as the real bot does; no name server is asked on loopback."""
    return gather(raw, received, Trusted(TrustSource.LOOPBACK), lookup=lambda _name: ())


@pytest.fixture
def strict(home: Harness) -> Harness:
    """A bot on loopback that checks headers as the real one does."""
    home.change(vouch=checked)
    return home


def stored_sender(home: Harness) -> str | None:
    found: str | None = home.query("SELECT sender FROM inbox ORDER BY id DESC LIMIT 1")[0][0]
    return found


class TestWhoSentIt:
    def test_f16_a_mail_without_from_is_parked_unanswered(self, strict: Harness) -> None:
        strict.raw(mail(sender="-"))
        assert strict.reasons() == ["no From header"]
        assert (strict.sums(), recipients(strict)) == ({"parked": 1}, set())

    @pytest.mark.parametrize(
        "value",
        [f"{EVA} <evil@x.test>", f"{RUT} <evil@x.test>", f"{RUT}, {EVA}", "=?utf-8?q?rut=2Erask?=@example.se"],
    )
    def test_f18_f19_an_address_beside_another_or_half_encoded_is_no_sender(self, strict: Harness, value: str) -> None:
        strict.raw(mail(sender=f"From: {value}"))
        assert strict.reasons() == ["unreadable_from"]
        assert (stored_sender(strict), strict.orders(), recipients(strict)) == (None, 0, set())

    @pytest.mark.parametrize("name", [f'"{RUT}"', "=?utf-8?q?rut=2Erask=40example=2Ese?=", '"Rut Rask"', "Eva Ek"])
    def test_f20_f21_f35_a_known_name_or_address_as_display_name_gives_no_rights(
        self, strict: Harness, name: str
    ) -> None:
        strict.raw(mail(sender=f"From: {name} <evil@x.test>"), mail_from="evil@x.test")
        assert strict.reasons() == ["unknown_address"]
        assert (stored_sender(strict), recipients(strict)) == ("evil@x.test", set())

    @pytest.mark.parametrize("domain", ["exarnple.se", "example.se.evil.test", "exаmple.se", "example.com"])
    def test_f35_a_look_alike_of_a_known_address_gives_no_rights(self, strict: Harness, domain: str) -> None:
        strict.raw(mail(sender=f"From: Eva Ek <eva.ek@{domain}>"), mail_from=f"eva.ek@{domain}")
        assert strict.sums() == {"parked": 1}
        assert recipients(strict) == set()

    def test_f35_people_are_shown_by_their_name_in_the_register_whatever_the_mail_calls_them(
        self, strict: Harness
    ) -> None:
        strict.raw(mail(sender=f"From: Eva Ek <{RUT}>"))
        asked = text_of(strict.sent(EVA, "/decide/"))
        assert "Rut Rask" in asked
        assert strict.order().requester == strict.person(RUT).id

    def test_f36_a_reply_to_elsewhere_is_never_written_to_and_never_read(self, strict: Harness) -> None:
        strict.raw(mail(f"Reply-To: {STRANGER}", f"Sender: {STRANGER}", f"Cc: {STRANGER}"))
        assert strict.orders() == 1
        assert recipients(strict) == {RUT, EVA}


class TestHeadersTwiceOrNotAtAll:
    @pytest.mark.parametrize("line", ["Subject: hjälp", "Message-ID: <2@x.se>", "DATE: today\r\nDate: tomorrow"])
    def test_f27_two_of_a_header_that_a_mail_is_known_by_park_it_and_prove_nobody(
        self, strict: Harness, line: str
    ) -> None:
        strict.raw(mail(*line.split("\r\n")))
        assert re.fullmatch("two (subject|message-id|date) headers", str(strict.reasons()[0]))
        assert (strict.sums(), recipients(strict)) == ({"parked": 1}, set())

    @pytest.mark.parametrize(
        "subject",
        ["-", "Subject:", "Subject: " + "lång " * 1_600, "Subject: 💻🖱️", "Subject: =?utf-8?b?8J+Suw==?="],
        ids=["missing", "empty", "8_kb", "emoji", "encoded_emoji"],
    )
    def test_f26_whatever_the_subject_the_order_is_read(self, strict: Harness, subject: str) -> None:
        strict.raw(mail(subject=subject))
        assert lines_of(strict) == LAPTOP

    @pytest.mark.parametrize(
        "line",
        [
            "-",
            "Message-ID:",
            "Message-ID: <",
            "Message-ID: <[0123abcd@microsoft.com]>",
            "Message-ID: <a b@example.se>",
            "Message-ID: <" + "x" * 2_000 + "@example.se>",
            "Message-ID: <x@example.se>\r\n <y@example.se>",
            "Message-ID: =?utf-8?q?=3Cx=0D=0ABcc:_evil=40x.test=3E?=",
        ],
    )
    def test_f28_whatever_the_message_id_the_order_is_read_and_the_answer_is_clean(
        self, strict: Harness, line: str
    ) -> None:
        strict.raw(mail(message_id=line))
        assert lines_of(strict) == LAPTOP
        strict.raw(mail(message_id=line, body="Hej"))
        for _, raw in strict.relay.raw:
            assert header_names(raw) <= OUR_HEADERS

    @pytest.mark.parametrize(
        "date",
        [
            "-",
            "Date:",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000",
            "Date: Fri, 01 Jan 2099 00:00:00 +0000",
            "Date: den 3 mars 2026 kl 10:00",
            "Date: 99 Foo 99999 99:99:99 +9999",
        ],
    )
    def test_f29_whatever_the_date_the_time_of_receipt_counts(self, strict: Harness, date: str) -> None:
        strict.raw(mail(*() if date == "-" else (date,)))
        assert strict.order().created_at == strict.now


class TestOddBytesInHeaders:
    @pytest.mark.parametrize(
        "name",
        ["Rut Råsk".encode("cp1252"), "Rut Råsk".encode(), "Rut Råsk".encode("utf-16-le"), b"\xff\xfe\xed\xa0\x80"],
        ids=["cp1252", "utf8", "utf16", "rubbish"],
    )
    def test_f24_raw_letters_in_from_and_subject_are_stored_without_surrogates(
        self, strict: Harness, name: bytes
    ) -> None:
        clean = name.replace(b"\x00", b"")
        strict.raw(mail(sender=b"From: " + clean + b" <" + RUT.encode() + b">", subject="-"))
        strict.raw(mail(b"X-Note: " + clean, sender=b"From: " + clean + b" <x@y.test>", subject="-"))
        strict.dump().encode()
        assert strict.sums() == {"order": 1, "parked": 1}

    @pytest.mark.parametrize(
        "line", ["Subject: =?utf-8?q?Order=0D=0ABcc:_evil=40x.test?=", "Subject: x=?utf-8?q?=0A?="]
    )
    def test_f25_a_newline_in_an_encoded_word_adds_no_header_to_any_mail(self, strict: Harness, line: str) -> None:
        name = "=?utf-8?q?Rut=0D=0ABcc=3A_evil=40x.test?="
        strict.raw(mail(sender=f"From: {name} <{RUT}>", subject=line))
        strict.raw(mail(sender=f"From: {name} <{RUT}>", subject=line, body="Enhet: cs"))
        assert {address for address, _ in strict.relay.raw} == {RUT, EVA}
        for _, raw in strict.relay.raw:
            assert header_names(raw) <= OUR_HEADERS

    @pytest.mark.parametrize(
        "before", [b"\xef\xbb\xbf", b"\r\n", b"\r\n\r\n", b"From rut.rask@example.se Mon Mar  2 09:00:00 2026\r\n"]
    )
    def test_f30_what_stands_before_the_headers_hides_no_order(self, home: Harness, before: bytes) -> None:
        home.raw(before + mail())
        assert lines_of(home) == LAPTOP

    @pytest.mark.parametrize("sender", [f"From : {RUT}", f">From {RUT}\r\nFrom: {RUT}", "No header at all"])
    def test_f30_headers_that_cannot_be_read_park_the_mail_and_it_is_no_empty_order(
        self, strict: Harness, sender: str
    ) -> None:
        strict.raw(mail(sender=sender))
        assert (strict.sums(), recipients(strict)) == ({"parked": 1}, set())

    @pytest.mark.parametrize("byte", [b"\x00", b"\r", b"\n"])
    def test_f9_a_nul_or_bare_line_end_in_a_header_parks_a_mail_from_a_mailbox(
        self, strict: Harness, byte: bytes
    ) -> None:
        strict.raw(mail(b"X-Note: a" + byte + b"b", sender=f"From: {RUT}"))
        assert strict.reasons() == ["line ends in the header that programs read differently"]
        assert recipients(strict) == set()
        strict.dump().encode()

    @pytest.mark.parametrize(
        "to",
        [
            "undisclosed-recipients:;",
            "grupp: a@b.se, c@d.se;",
            "a:b:;",
            "yttre: (inre: a@b.se;);",
            '"',
            "<",
            "(c):",
            "a@[",
            "," * 5_000,
        ],
    )
    def test_f23_whatever_to_and_cc_hold_the_envelope_counts(self, strict: Harness, to: str) -> None:
        strict.raw(mail(f"Cc: {to}", sender=f"From: {RUT}\r\nTo: {to}").replace(f"To: {BOT}\r\n".encode(), b""))
        assert lines_of(strict) == LAPTOP


def test_f38_a_mail_from_an_own_address_is_dropped_and_counted(strict: Harness) -> None:
    strict.raw(mail("Auto-Submitted: auto-generated", sender=f"From: mailbot <{BOT.upper()}>"))
    assert strict.sums() == {"ignored": 1}
    assert strict.reasons() == ["own address"]

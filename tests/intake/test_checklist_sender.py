"""Headers and senders as they should not be (email.md F16-F38), through the whole flow."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from mailbot.domain.senders import UNKNOWN, PlusTags, TrustSource, Unknown
from mailbot.mail.authenticity import gather
from tests.intake.mails import (
    LAPTOP,
    OUR_HEADERS,
    STRANGER,
    header_names,
    lines_of,
    mail,
    recipients,
)
from tests.mail import forgeries
from tests.support.house import BOT, EVA, ORDER, RUT, House, house
from tests.support.relay import text_of

GATEWAY = forgeries.GATEWAY


def no_records(_name: str) -> Sequence[str] | Unknown:
    return ()


def vouched(home: House, trust: TrustSource, lookup: object = no_records) -> House:
    """Return the house with the real check of senders, and a DNS of the test's own."""
    home.change(trust=trust, vouch=partial(_check, trust, lookup))
    return home


def _check(trust: TrustSource, lookup: object, raw: bytes, received: datetime) -> object:
    return gather(raw, trust, lookup=lookup, received=received, authserv_id=GATEWAY)  # type: ignore[arg-type]


@pytest.fixture
def strict(home: House) -> House:
    """A bot on loopback that checks headers as the real one does."""
    return vouched(home, TrustSource.LOOPBACK)


def stored_sender(home: House) -> str | None:
    found: str | None = home.query("SELECT sender FROM inbox ORDER BY id DESC LIMIT 1")[0][0]
    return found


class TestWhoSentIt:
    def test_f16_a_mail_without_from_is_parked_unanswered(self, strict: House) -> None:
        strict.raw(mail(sender="-"))
        assert strict.reasons() == ["no From header"]
        assert (strict.sums(), recipients(strict)) == ({"parked": 1}, set())

    @pytest.mark.parametrize("value", [f"{EVA} <evil@x.test>", f"{RUT} <evil@x.test>", f"{RUT}, {EVA}"])
    def test_f18_f19_an_address_before_or_beside_another_is_no_sender(self, strict: House, value: str) -> None:
        strict.raw(mail(sender=f"From: {value}"))
        assert strict.reasons() == ["unreadable_from"]
        assert (stored_sender(strict), strict.orders(), recipients(strict)) == (None, 0, set())

    @pytest.mark.parametrize("name", [f'"{RUT}"', "=?utf-8?q?rut=2Erask=40example=2Ese?=", '"Rut Rask"', "Eva Ek"])
    def test_f20_f21_f35_a_known_name_or_address_as_display_name_gives_no_rights(
        self, strict: House, name: str
    ) -> None:
        strict.raw(mail(sender=f"From: {name} <evil@x.test>"), mail_from="evil@x.test")
        assert strict.reasons() == ["unknown_address"]
        assert (stored_sender(strict), recipients(strict)) == ("evil@x.test", set())

    @pytest.mark.parametrize("domain", ["exarnple.se", "example.se.evil.test", "exаmple.se", "example.com"])
    def test_f35_a_look_alike_of_a_known_address_gives_no_rights(self, strict: House, domain: str) -> None:
        strict.raw(mail(sender=f"From: Eva Ek <eva.ek@{domain}>"), mail_from=f"eva.ek@{domain}")
        assert strict.sums() == {"parked": 1}
        assert recipients(strict) == set()

    def test_f35_people_are_shown_by_their_name_in_the_register_whatever_the_mail_calls_them(
        self, strict: House
    ) -> None:
        strict.raw(mail(sender=f"From: Eva Ek <{RUT}>"))
        asked = text_of(strict.sent(EVA, "/decide/"))
        assert "Rut Rask" in asked
        assert strict.order().requester == strict.person(RUT).id

    def test_f36_a_reply_to_elsewhere_is_never_written_to_and_never_read(self, strict: House) -> None:
        strict.raw(mail(f"Reply-To: {STRANGER}", f"Sender: {STRANGER}", f"Cc: {STRANGER}"))
        assert strict.orders() == 1
        assert recipients(strict) == {RUT, EVA}

    def test_f37_a_plus_tag_is_another_person_unless_the_configuration_says_otherwise(self, strict: House) -> None:
        strict.raw(mail(sender="From: rut.rask+other@example.se"))
        assert strict.order().requester != strict.person(RUT).id
        strict.change(plus_tags=PlusTags.STRIP)
        strict.raw(mail(sender="From: Rut.Rask+inkop@EXAMPLE.se"))
        assert strict.order().requester == strict.person(RUT).id
        assert strict.count(RUT, "/disown/") == 1


class TestHeadersTwiceOrNotAtAll:
    @pytest.mark.parametrize("line", ["Subject: hjälp", "Message-ID: <2@x.se>", "DATE: today\r\nDate: tomorrow"])
    def test_f27_two_of_a_header_that_a_mail_is_known_by_park_it_and_prove_nobody(
        self, strict: House, line: str
    ) -> None:
        strict.raw(mail(*line.split("\r\n")))
        assert re.fullmatch("two (subject|message-id|date) headers", str(strict.reasons()[0]))
        assert (strict.sums(), recipients(strict)) == ({"parked": 1}, set())

    @pytest.mark.parametrize(
        "subject",
        ["-", "Subject:", "Subject: " + "lång " * 1_600, "Subject: 💻🖱️", "Subject: =?utf-8?b?8J+Suw==?="],
        ids=["missing", "empty", "8_kb", "emoji", "encoded_emoji"],
    )
    def test_f26_whatever_the_subject_the_order_is_read(self, strict: House, subject: str) -> None:
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
        self, strict: House, line: str
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
    def test_f29_whatever_the_date_the_time_of_receipt_counts(self, strict: House, date: str) -> None:
        strict.raw(mail(*() if date == "-" else (date,)))
        assert strict.order().created_at == strict.now


class TestOddBytesInHeaders:
    @pytest.mark.parametrize(
        "name",
        ["Rut Råsk".encode("cp1252"), "Rut Råsk".encode(), "Rut Råsk".encode("utf-16-le"), b"\xff\xfe\xed\xa0\x80"],
        ids=["cp1252", "utf8", "utf16", "rubbish"],
    )
    def test_f24_raw_letters_in_from_and_subject_are_stored_without_surrogates(
        self, strict: House, name: bytes
    ) -> None:
        clean = name.replace(b"\x00", b"")
        strict.raw(mail(sender=b"From: " + clean + b" <" + RUT.encode() + b">", subject="-"))
        strict.raw(mail(b"X-Note: " + clean, sender=b"From: " + clean + b" <x@y.test>", subject="-"))
        strict.dump().encode()
        assert strict.sums() == {"order": 1, "parked": 1}

    @pytest.mark.parametrize(
        "line", ["Subject: =?utf-8?q?Order=0D=0ABcc:_evil=40x.test?=", "Subject: x=?utf-8?q?=0A?="]
    )
    def test_f25_a_newline_in_an_encoded_word_adds_no_header_to_any_mail(self, strict: House, line: str) -> None:
        name = "=?utf-8?q?Rut=0D=0ABcc=3A_evil=40x.test?="
        strict.raw(mail(sender=f"From: {name} <{RUT}>", subject=line))
        strict.raw(mail(sender=f"From: {name} <{RUT}>", subject=line, body="Enhet: cs"))
        assert {address for address, _ in strict.relay.raw} == {RUT, EVA}
        for _, raw in strict.relay.raw:
            assert header_names(raw) <= OUR_HEADERS

    @pytest.mark.parametrize(
        "before", [b"\xef\xbb\xbf", b"\r\n", b"\r\n\r\n", b"From rut.rask@example.se Mon Mar  2 09:00:00 2026\r\n"]
    )
    def test_f30_what_stands_before_the_headers_hides_no_order(self, home: House, before: bytes) -> None:
        home.raw(before + mail())
        assert lines_of(home) == LAPTOP

    @pytest.mark.parametrize("sender", [f"From : {RUT}", f">From {RUT}\r\nFrom: {RUT}", "No header at all"])
    def test_f30_headers_that_cannot_be_read_park_the_mail_and_it_is_no_empty_order(
        self, strict: House, sender: str
    ) -> None:
        strict.raw(mail(sender=sender))
        assert (strict.sums(), recipients(strict)) == ({"parked": 1}, set())

    @pytest.mark.parametrize("byte", [b"\x00", b"\r", b"\n"])
    def test_f9_a_nul_or_bare_line_end_in_a_header_parks_a_mail_from_a_mailbox(
        self, strict: House, byte: bytes
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
    def test_f23_whatever_to_and_cc_hold_the_envelope_counts(self, strict: House, to: str) -> None:
        strict.raw(mail(f"Cc: {to}", sender=f"From: {RUT}\r\nTo: {to}").replace(f"To: {BOT}\r\n".encode(), b""))
        assert lines_of(strict) == LAPTOP


class TestProof:
    @pytest.fixture
    def gated(self, home: House) -> House:
        """A bot that believes its gateway."""
        return vouched(home, TrustSource.AUTHENTICATION_RESULTS)

    def test_the_own_gateways_word_makes_an_order(self, gated: House) -> None:
        gated.raw(mail(forgeries.VOUCHED, forgeries.BORDER, body=ORDER))
        assert gated.order().sender_proof == "authentication_results"

    def test_f31_f32_no_forged_result_ever_reaches_the_approver_or_a_stranger(self, gated: House) -> None:
        for number, forged in enumerate(forgeries.RESULTS):
            gated.raw(forged.raw.replace(b"<1@example.se>", b"<%d@example.se>" % number), mail_from="evil@evil.test")
        assert gated.orders() == 0
        assert recipients(gated) <= {RUT}
        assert set(gated.sums()) <= {"waiting", "parked", "ignored"}
        assert sum(gated.sums().values()) == len(forgeries.RESULTS)

    def test_f33_no_tampered_signature_ever_reaches_the_approver_or_a_stranger(self, home: House) -> None:
        records = forgeries.dns()
        signed = vouched(home, TrustSource.DKIM, lambda name: records.get(name, ()))
        signed.now = datetime.now(UTC)
        for tampering in forgeries.TAMPERINGS:
            signed.raw(tampering.change(forgeries.sign(forgeries.PLAIN)), mail_from="evil@evil.test")
        assert signed.orders() == 0
        assert recipients(signed) <= {RUT, EVA}
        assert not signed.count(EVA, "/decide/")
        signed.raw(forgeries.sign(forgeries.mail(body=ORDER)))
        assert signed.order().sender_proof == "dkim"

    @pytest.fixture
    def dumb(self, tmp_path: Path) -> Iterator[tuple[House, dict[str, Sequence[str] | Unknown]]]:
        """A bot that checks signatures where DNS says nothing; what the test enters it says from then on."""
        records: dict[str, Sequence[str] | Unknown] = {}
        with house(tmp_path, now=datetime.now(UTC)) as home:
            yield vouched(home, TrustSource.DKIM, lambda name: records.get(name, UNKNOWN)), records

    def test_f34_without_an_answer_from_dns_a_mail_is_neither_proven_nor_refused_but_tried_later(
        self, dumb: tuple[House, dict[str, Sequence[str] | Unknown]]
    ) -> None:
        home, records = dumb
        home.raw(forgeries.sign(forgeries.mail(body=ORDER)))
        assert (home.sums(), home.count()) == ({"new": 1}, 0)
        records.update(forgeries.dns())
        home.later(minutes=4)
        assert home.orders() == 0
        home.later(minutes=2)
        assert home.order().sender_proof == "dkim"

    def test_f34_after_half_a_day_without_dns_the_sender_is_asked(
        self, dumb: tuple[House, dict[str, Sequence[str] | Unknown]]
    ) -> None:
        home, _ = dumb
        home.raw(forgeries.sign(forgeries.mail(body=ORDER)))
        for _ in range(3):
            home.later(hours=4, minutes=1)
        assert home.sums() == {"waiting": 1}
        assert home.count(RUT, "/confirm/") == home.count() == 1

    def test_f38_a_mail_from_an_own_address_is_dropped_and_counted(self, strict: House) -> None:
        strict.raw(mail(sender=f"From: mailbot <{BOT.upper()}>"))
        assert strict.sums() == {"ignored": 1}
        assert strict.reasons() == ["own address"]

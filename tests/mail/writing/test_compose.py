"""Finished texts to message bytes: headers we chose and no others (docs/rules/mail.md#copied, #f25, #f85)."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.values.text import clean
from mailbot.mail.reading.parsed_mail import read
from mailbot.mail.writing.compose import BadAddressError, OutgoingFile, OutgoingMail, compose

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LETTER = OutgoingMail(
    sender="order@inkop.example.se",
    sender_name="mailbot",
    to="eva.ek@example.se",
    to_name="Eva Ek",
    reply_to="order@inkop.example.se",
    subject="Att godkänna: IT-2026-00042",
    text="Hej Eva\n\nhttps://example.se/decide/abc\n",
    html="<p>Hej Eva</p>",
    message_id="<abc@inkop.example.se>",
    language="sv",
)
ORIGINAL = b"From: rut@example.se\r\nBcc: evil@x.test\r\nSubject: \xe5\r\n\r\n\xff\x00\r\n.\r\n"
ALWAYS = {
    "content-type",
    "mime-version",
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "content-language",
    "auto-submitted",
    "x-auto-response-suppress",
}
SOMETIMES = {"reply-to", "in-reply-to", "references"}


def composed(letter: OutgoingMail = LETTER) -> EmailMessage:
    """Return the mail as a strict reader sees it."""
    return strictly(compose(letter, NOW))


def strictly(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def names(raw: bytes) -> list[str]:
    return [name.lower() for name, _ in message_from_bytes(raw, policy=policy.compat32).raw_items()]


def texts(message: Message) -> dict[str, str]:
    found = {}
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and part.get_content_maintype() == "text":
            found[part.get_content_type()] = payload.decode().replace("\r\n", "\n")
    return found


class TestHeaders:
    def test_a_mail_has_the_headers_it_should_and_no_others(self) -> None:
        assert sorted(names(compose(LETTER, NOW))) == sorted(ALWAYS)

    def test_it_says_who_it_is_from_and_to(self) -> None:
        found = composed()
        assert (found["From"], found["To"]) == ("mailbot <order@inkop.example.se>", "Eva Ek <eva.ek@example.se>")
        assert found["Subject"] == "Att godkänna: IT-2026-00042"
        assert (found["Message-ID"], found["Content-Language"]) == ("<abc@inkop.example.se>", "sv")

    def test_the_date_is_the_moment_given(self) -> None:
        assert composed()["Date"] == "Mon, 23 Nov 2026 09:00:00 +0000"

    @pytest.mark.parametrize("kind", ["auto-generated", "auto-replied"])
    def test_it_says_that_a_robot_made_it(self, kind: str) -> None:
        assert composed(replace(LETTER, auto_submitted=kind))["Auto-Submitted"] == kind
        assert read(compose(replace(LETTER, auto_submitted=kind), NOW), "order@inkop.example.se").is_automatic

    def test_receipts_and_answering_machines_are_asked_to_be_quiet_but_not_out_of_office_replies(self) -> None:
        assert composed()["X-Auto-Response-Suppress"] == "RN, NRN, AutoReply"

    def test_reply_to_is_named_only_where_it_differs_from_the_sender(self) -> None:
        assert composed()["Reply-To"] is None
        assert composed(replace(LETTER, reply_to="rut.rask@example.se"))["Reply-To"] == "rut.rask@example.se"

    def test_an_answer_names_the_newest_mail_and_the_whole_thread(self) -> None:
        found = composed(replace(LETTER, answers=("<root@x.se>", "<last@x.se>")))
        assert (found["In-Reply-To"], found["References"]) == ("<last@x.se>", "<root@x.se> <last@x.se>")

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("", "eva.ek@example.se"),
            ("eva.ek@example.se", "eva.ek@example.se"),
            ("Ek, Eva", '"Ek, Eva" <eva.ek@example.se>'),
            ('Eva "Chefen" Ek', "Eva Chefen Ek <eva.ek@example.se>"),
            ("boss@company.se", '"boss@company.se" <eva.ek@example.se>'),
            ("Eva <evil@x.test>", '"Eva <evil@x.test>" <eva.ek@example.se>'),
        ],
    )
    def test_a_name_of_any_shape_leaves_one_mailbox(self, name: str, shown: str) -> None:
        assert composed(replace(LETTER, to_name=name))["To"] == shown

    @pytest.mark.parametrize(
        "name",
        [
            "Örjan Åström",
            "Å" * 300,
            "Ö, <evil@x.test>",
            "Örjan\r\nBcc: evil@x.test",
            "=?utf-8?q?=0ABcc:_evil=40x.test?=",
        ],
    )
    def test_a_name_that_must_be_encoded_leaves_one_mailbox_too(self, name: str) -> None:
        (address,) = composed(replace(LETTER, to_name=name))["To"].addresses
        assert address.addr_spec == "eva.ek@example.se"

    @pytest.mark.parametrize("subject", ["Ny skärm", "Å" * 150, "a" * 150, "💻" * 100, "=?utf-8?q?Bcc=3A?="])
    def test_a_subject_arrives_as_it_was(self, subject: str) -> None:
        assert composed(replace(LETTER, subject=subject))["Subject"] == subject

    def test_a_long_subject_is_cut_at_200_characters(self) -> None:
        assert composed(replace(LETTER, subject="å" * 500))["Subject"] == "å" * 200

    @pytest.mark.parametrize("newline", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x0c", "\x00\r\n"])
    def test_a_newline_makes_no_new_header(self, newline: str) -> None:
        evil = f"a{newline}Bcc: evil@x.test{newline}{newline}<script>"
        for letter in (
            replace(LETTER, subject=evil),
            replace(LETTER, to_name=evil),
            replace(LETTER, sender_name=evil),
            replace(LETTER, message_id=evil),
        ):
            assert sorted(names(compose(letter, NOW))) == sorted(ALWAYS)
        answering = replace(LETTER, answers=(evil, evil))
        assert set(names(compose(answering, NOW))) == ALWAYS | {"in-reply-to", "references"}


class TestAddresses:
    BAD = (
        "",
        "eva",
        "eva@localhost",
        "Eva <eva@example.se>",
        "eva@example.se, evil@x.test",
        "eva@example.se\nBcc: evil@x.test",
        "eva@example.se\r\n",
        "eva@exämple.se",
        "évà@example.se",
        "eva ek@example.se",
        "<eva@example.se>",
        "eva@example.se\x00",
    )

    @pytest.mark.parametrize("address", BAD)
    def test_an_address_that_is_not_plain_is_refused_wherever_it_stands(self, address: str) -> None:
        for letter in (
            replace(LETTER, to=address),
            replace(LETTER, sender=address),
            replace(LETTER, reply_to=address),
        ):
            with pytest.raises(BadAddressError):
                compose(letter, NOW)

    @pytest.mark.parametrize("address", BAD)
    def test_the_refusal_does_not_repeat_the_address(self, address: str) -> None:
        with pytest.raises(BadAddressError) as raised:
            compose(replace(LETTER, to=address), NOW)
        assert not address or address not in str(raised.value)


class TestTheBody:
    def test_text_and_html_arrive_as_they_were(self) -> None:
        found = texts(composed(replace(LETTER, text="Å\n\nÄ 15 000,00\u00a0kr\n", html="<p>Ö</p>\n")))
        assert found == {"text/plain": "Å\n\nÄ 15 000,00\u00a0kr\n", "text/html": "<p>Ö</p>\n"}

    @pytest.mark.parametrize("text", ["a=b \n", "\t\n.\n\n", "From x\n", "x" * 2_000 + "\n", "å" * 500 + " \n", "=\n"])
    def test_nothing_that_the_encoding_treats_apart_is_lost(self, text: str) -> None:
        assert texts(composed(replace(LETTER, text=text, html=text))) == {"text/plain": text, "text/html": text}

    @pytest.mark.parametrize("mark", ["\x00", "\x1b", "\x0c", "\x85", "\u200b", "\u202e", "\u2028", "\u2066", "\ufeff"])
    def test_what_cannot_be_seen_is_left_out(self, mark: str) -> None:
        text = f"Skärm{mark} 1{mark}\t200 kr\n"
        found = texts(composed(replace(LETTER, text=text, html=text)))
        assert found == {"text/plain": "Skärm 1\t200 kr\n", "text/html": "Skärm 1\t200 kr\n"}

    def test_the_text_comes_first_so_that_html_is_preferred_where_it_can_be_shown(self) -> None:
        assert composed().get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in composed().iter_parts()] == ["text/plain", "text/html"]

    def test_an_original_mail_is_attached_byte_for_byte(self) -> None:
        found = composed(replace(LETTER, original=ORIGINAL))
        (attached,) = found.iter_attachments()
        assert attached.get_payload(decode=True) == ORIGINAL
        assert attached.get_content_type() == "application/octet-stream"
        assert attached.get_filename() == "original.eml"
        assert texts(found) == {"text/plain": LETTER.text, "text/html": LETTER.html}

    @pytest.mark.parametrize("more", [b"", b"----=_NextPart_1--\r\n", b"y" * 998])
    def test_an_original_mail_is_attached_as_a_mail_so_that_programs_open_it(self, more: bytes) -> None:
        original = b"From: rut@example.se\r\nSubject: x\r\n\r\nHej\r\n" + more
        raw = compose(replace(LETTER, original=original), NOW)
        (attached,) = strictly(raw).iter_attachments()
        assert attached.get_content_type() == "message/rfc822"
        assert attached.get_filename() == "original.eml"
        assert attached.get_content()["Subject"] == "x"
        assert original in raw

    @pytest.mark.parametrize("text", [b"\xe5", b"a\nb", b"a\rb", b"\x00", b"y" * 999, b"\r\n--=_mixed--\r\nX: y"])
    def test_what_no_mail_may_hold_as_it_is_is_attached_as_a_file(self, text: bytes) -> None:
        original = b"From: rut@example.se\r\n\r\n" + text
        (attached,) = composed(replace(LETTER, original=original)).iter_attachments()
        assert attached.get_content_type() == "application/octet-stream"
        assert attached.get_payload(decode=True) == original

    @pytest.mark.parametrize(
        "name", ["Offert Q-1.pdf", 'a"; x="y.pdf', "å" * 200 + ".pdf", "a\r\nBcc: x@y.test", "plain.pdf"]
    )
    def test_a_file_of_a_strangers_is_attached_as_itself_and_its_name_makes_no_header(self, name: str) -> None:
        raw = compose(replace(LETTER, files=(OutgoingFile(name, "application/pdf", b"%PDF"),)), NOW)
        (attached,) = strictly(raw).iter_attachments()
        assert attached.get_content_type() == "application/pdf"
        assert attached.get_payload(decode=True) == b"%PDF"
        assert attached.get_filename() == clean(name)[-60:]
        assert sorted(names(raw)) == sorted(ALWAYS)
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998

    @pytest.mark.parametrize("kind", ["x", "text/html\r\nX: y", "multipart/mixed; boundary=a"])
    def test_a_media_type_that_is_none_is_not_said(self, kind: str) -> None:
        found = composed(replace(LETTER, files=(OutgoingFile("a.bin", kind, b"x"),)))
        (attached,) = found.iter_attachments()
        assert attached.get_content_type() == "application/octet-stream"

    def test_the_headers_of_an_attached_mail_are_not_ours(self) -> None:
        raw = compose(replace(LETTER, original=ORIGINAL), NOW)
        assert sorted(names(raw)) == sorted(ALWAYS)
        assert b"evil" not in raw

    def test_the_same_letter_is_composed_alike_whatever_it_is_made_with(self) -> None:
        assert texts(composed()) == texts(composed(replace(LETTER, original=b"\xe5")))


WORDS = st.text(max_size=300)
IDS = st.lists(WORDS, max_size=3).map(tuple)
LETTERS = st.builds(
    OutgoingMail,
    sender=st.just(LETTER.sender),
    sender_name=WORDS,
    to=st.just(LETTER.to),
    to_name=WORDS,
    reply_to=st.sampled_from([LETTER.sender, "rut.rask@example.se"]),
    subject=WORDS,
    text=WORDS,
    html=WORDS,
    message_id=WORDS,
    language=st.sampled_from(["sv", "en"]),
    answers=IDS,
    original=st.one_of(st.none(), st.binary(max_size=300)),
    auto_submitted=st.sampled_from(["auto-generated", "auto-replied"]),
)


class TestAnyLetter:
    @given(LETTERS)
    def test_no_text_makes_a_header_that_was_not_meant(self, letter: OutgoingMail) -> None:
        found = names(compose(letter, NOW))
        assert set(found) <= ALWAYS | SOMETIMES
        assert len(found) == len(set(found))

    @given(LETTERS)
    def test_every_line_ends_in_crlf_and_none_is_longer_than_mail_allows(self, letter: OutgoingMail) -> None:
        raw = compose(letter, NOW)
        assert re.search(rb"(?<!\r)\n|\r(?!\n)", raw) is None
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998

    @given(LETTERS)
    def test_every_byte_is_ascii_so_that_any_relay_takes_it(self, letter: OutgoingMail) -> None:
        assert compose(letter, NOW).isascii()

    @given(LETTERS)
    def test_the_sender_reads_back_as_ours_and_the_mail_as_a_robots(self, letter: OutgoingMail) -> None:
        found = read(compose(letter, NOW), letter.sender)
        assert found.is_automatic
        assert found.sender == letter.sender

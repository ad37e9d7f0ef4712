"""Raw bytes to a mail: who sent it, what it says, whether a robot made it
(docs/rules/mail.md#automatic, #from, #charsets, #sender, #parts)."""

import base64
import codecs
import quopri
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.values.text import clean, is_plain_address, tidy
from mailbot.mail.reading.charsets import decode
from mailbot.mail.reading.parsed_mail import read

EVA = "eva.ek@example.se"
ORDER = "Leverantör: Dustin AB\nGodkännare: Örjan Åström\n2 st Dell à 12 500 kr"


def mail(body: str | bytes = "Hej", *headers: str | bytes, sender: str = f"Eva Ek <{EVA}>") -> bytes:
    """Return a mail with CRLF line ends; headers are given whole and come after From, Subject and Message-ID."""
    usual = [f"From: {sender}"] if sender else []
    head = [*usual, "Subject: Best\u00e4llning", "Message-ID: <1@example.se>", *headers]
    text = body if isinstance(body, bytes) else body.replace("\n", "\r\n").encode()
    return b"\r\n".join(h if isinstance(h, bytes) else h.encode() for h in head) + b"\r\n\r\n" + text


def sender_of(*from_headers: str | bytes) -> str | None:
    return read(mail("Hej", *from_headers, sender=""), EVA).sender


def text_of(body: str | bytes, *headers: str) -> str:
    return read(mail(body, *headers), EVA).plain


def part(body: str | bytes, *headers: str) -> bytes:
    text = body if isinstance(body, bytes) else body.encode()
    return "\r\n".join(["--grans", *headers, "", ""]).encode() + text + b"\r\n"


def multipart(*parts: bytes, kind: str = "mixed") -> bytes:
    return mail(b"".join(parts) + b"--grans--\r\n", f"Content-Type: multipart/{kind}; boundary=grans")


PLAIN = "Content-Type: text/plain; charset=utf-8"
HTML = "Content-Type: text/html; charset=utf-8"


class TestTheSender:
    @pytest.mark.parametrize(
        "header",
        [
            f"From: {EVA}",
            f"From: {EVA} (Eva Ek)",
            f"From: {EVA} (Cron Daemon)  ",
            f"From: {EVA} (=?utf-8?q?=C3=96rjan?=)",
            f"From: {EVA}\r\n (Örjan Åström)",
            f"From: {EVA} ()",
            f"From: <{EVA}>",
            f"From: Eva Ek <{EVA}>",
            f'From: "Ek, Eva" <{EVA}>',
            f'From: "Eva (CS) Ek" <{EVA}>',
            f'From: "Eva <CS> Ek" <{EVA}>',
            f'From: "<" <{EVA}>',
            f"From: =?utf-8?q?Eva_Ek?= <{EVA}>",
            f"From: =?utf-8?b?w5ZyamFu?= <{EVA}>",
            f"From: Eva Ek\r\n <{EVA}>",
            f"FROM:   Eva K. Ek   <{EVA}>  ",
            f"From: Örjan Åström <{EVA}>",
            f"From: Örjan <{EVA}>".encode("cp1252"),
        ],
    )
    def test_one_from_header_with_one_plain_mailbox_names_the_sender(self, header: str | bytes) -> None:
        assert sender_of(header) == EVA

    def test_the_address_keeps_its_case(self) -> None:
        assert sender_of("From: Eva.Ek@Example.SE") == "Eva.Ek@Example.SE"

    def test_a_mail_without_from_has_no_sender(self) -> None:
        assert sender_of() is None

    @pytest.mark.parametrize("second", [f"From: {EVA}", "From: evil@x.test", "from: evil@x.test", "From:"])
    def test_a_mail_with_two_from_headers_has_no_sender(self, second: str) -> None:
        assert sender_of(f"From: {EVA}", second) is None

    @pytest.mark.parametrize(
        "value",
        [
            f"{EVA}, evil@x.test",
            f"Eva <{EVA}>, Evil <evil@x.test>",
            f"<{EVA}>, <evil@x.test>",
            f"<{EVA}><evil@x.test>",
            f"Eva <{EVA}> <evil@x.test>",
            f"Eva < <{EVA}>",
            f'"Eva" > <{EVA}>',
            f"{EVA} evil@x.test",
            f"{EVA}; evil@x.test",
        ],
    )
    def test_a_from_header_with_two_mailboxes_is_no_sender(self, value: str) -> None:
        assert sender_of(f"From: {value}") is None

    def test_an_address_as_an_unquoted_name_before_another_is_no_sender(self) -> None:
        assert sender_of("From: boss@company.se <evil@x.test>") is None

    @pytest.mark.parametrize("name", ['"boss@company.se"', "=?utf-8?q?boss=40company=2Ese?="])
    def test_an_address_as_a_quoted_or_encoded_name_is_only_a_name(self, name: str) -> None:
        assert sender_of(f"From: {name} <evil@x.test>") == "evil@x.test"

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "eva",
            "eva@",
            "@example.se",
            "eva@localhost",
            "<<a@b.se>>",
            "<a@b.se",
            "a@b.se>",
            "a@b.se)c@d.se",
            "a@b.se;c@d.se",
            f"{EVA} (Eva) (Ek)",
            f"{EVA} (Eva (Ek))",
            f"{EVA} (evil@x.test)",
            f"{EVA} (Ek, Eva)",
            f"{EVA} (Eva) <evil@x.test>",
            f"{EVA} (Eva",
            f"{EVA} Eva)",
            f"{EVA} (Eva\\) <evil@x.test>)",
            f"{EVA}(Eva Ek)",
            f"(Eva) {EVA}",
            f"Eva (CS) <{EVA}>",
            f"<{EVA}> Eva",
            f"Eva <mailto:{EVA}>",
            f"Eva <@relay.se:{EVA}>",
            f"grupp: {EVA};",
            "undisclosed-recipients:;",
            f'"Eva <{EVA}>',
            f'Eva" <{EVA}>',
            'Eva <"eva ek"@example.se>',
            "Eva <eva@[127.0.0.1]>",
            "Eva <eva@exämple.se>",
            "Eva <évà@example.se>",
            "=?utf-8?q?eva=40example=2Ese?=",
            "Eva <=?utf-8?q?eva=40example=2Ese?=>",
            f"Eva <{EVA}\u200b>",
            f"Eva\x00 <{EVA}>",
            "Eva <eva@example.se\x00>",
            "Eva <" + "a" * 65 + "@example.se>",
        ],
    )
    def test_any_other_shape_is_no_sender(self, value: str) -> None:
        assert sender_of(f"From: {value}") is None

    @pytest.mark.parametrize("header", [f"Reply-To: {EVA}", f"Sender: {EVA}", f"Cc: {EVA}", f"From : {EVA}"])
    def test_no_other_header_makes_a_sender(self, header: str) -> None:
        assert sender_of(header) is None

    @pytest.mark.parametrize("header", ["Reply-To: evil@x.test", "Sender: evil@x.test", "Resent-From: evil@x.test"])
    def test_no_other_header_changes_the_sender(self, header: str) -> None:
        assert sender_of(f"From: {EVA}", header) == EVA

    def test_the_envelope_makes_no_sender(self) -> None:
        assert read(mail(sender=""), EVA).sender is None

    def test_a_newline_encoded_in_the_name_changes_nothing(self) -> None:
        assert sender_of(f"From: =?utf-8?q?Eva=0D=0AEk?= <{EVA}>") == EVA

    @pytest.mark.parametrize("before", [codecs.BOM_UTF8, b"\r\n", b"\n\n", codecs.BOM_UTF8 + b"\r\n"])
    def test_a_byte_order_mark_or_blank_lines_before_the_headers_hide_nothing(self, before: bytes) -> None:
        assert read(before + mail(ORDER), EVA) == read(mail(ORDER), EVA)

    @given(st.text(max_size=60), st.sampled_from(["{}", "{} <a@b.se>", "a@b.se{}", "<{}@b.se>", '"{}" <a@b.se>']))
    def test_whatever_stands_in_from_the_sender_is_a_plain_address_or_none(self, text: str, shape: str) -> None:
        found = sender_of(b"From: " + shape.format(text).encode("utf-8", "replace"))
        assert found is None or is_plain_address(found)

    @given(st.lists(st.sampled_from([*'a@.<>",;:() \\=?\t', "a@b.se", "evil@x.test", "=?utf-8?q?", "?="]), max_size=12))
    def test_of_two_addresses_outside_quotes_none_is_ever_chosen(self, pieces: list[str]) -> None:
        value = "".join(pieces).strip()
        found = sender_of(f"From: {value}")
        if found is not None and '"' not in value and "=?" not in value:
            assert value.count("@") == 1


class TestPlainAddresses:
    @pytest.mark.parametrize("address", [EVA, "a@b.se", "a+b@c-d.example.se", "o'hara@x.ie", "a@xn--exmple-cua.se"])
    def test_one_local_part_and_one_domain_are_plain(self, address: str) -> None:
        assert is_plain_address(address)

    @pytest.mark.parametrize(
        "address",
        [
            *["", "a", "a@b", "a b@c.se", "a@b.se\n", "a@b.se\r\nBcc: x@y.se", " a@b.se", "a@b.se,c@d.se", "<a@b.se>"],
            *["a@b..se", "a@.se", "å@b.se", "a@å.se", '"a"@b.se', "a@b.se.", "a@@b.se", "a\x00@b.se", "a@b_c.se"],
        ],
    )
    def test_nothing_else_is(self, address: str) -> None:
        assert not is_plain_address(address)


class TestTheSubject:
    @pytest.mark.parametrize(
        ("header", "subject"),
        [
            ("Subject: Ny skärm", "Ny skärm"),
            ("Subject: =?utf-8?q?Ny_sk=C3=A4rm?=", "Ny skärm"),
            ("Subject: =?utf-8?b?TnkgIHNrw6RybQ==?=", "Ny skärm"),
            ("Subject: =?iso-8859-1?q?Ny_sk=E4rm?=", "Ny skärm"),
            ("Subject: =?utf-8?q?Ny?=\r\n =?utf-8?q?_sk=C3=A4rm?=", "Ny skärm"),
            ("Subject: Ny\r\n\tskärm", "Ny skärm"),
            ("Subject: =?no-such-thing?q?Ny?=", "Ny"),
            ("Subject: =?x-unknown?q?Ny_sk=E4rm?=", "Ny skärm"),
            ("Subject:", ""),
            ("Subject: \u200bNy\u202e \ufeffskärm", "Ny skärm"),
            ("Subject: 💻", "💻"),
        ],
    )
    def test_it_is_read_as_people_see_it_on_one_line(self, header: str, subject: str) -> None:
        raw = mail("Hej").replace("Subject: Beställning".encode(), header.encode())
        assert read(raw, EVA).subject == subject

    def test_raw_cp1252_letters_are_read(self) -> None:
        raw = mail("Hej").replace("Subject: Beställning".encode(), "Subject: Ny skärm – 5 €".encode("cp1252"))
        assert read(raw, EVA).subject == "Ny skärm – 5 €"

    def test_an_encoded_newline_makes_no_second_line(self) -> None:
        raw = mail("Hej").replace("Subject: Beställning".encode(), b"Subject: =?utf-8?q?PO_1=0D=0ABcc:_evil?=")
        assert read(raw, EVA).subject == "PO 1 Bcc: evil"

    def test_a_missing_subject_is_empty_and_the_order_still_read(self) -> None:
        found = read(f"From: {EVA}\r\n\r\n{ORDER}".encode(), EVA)
        assert (found.subject, found.plain) == ("", ORDER)

    def test_a_line_that_begins_after_an_encoded_word_keeps_its_space(self) -> None:
        raw = mail("Hej").replace("Subject: Beställning".encode(), b"Subject: =?utf-8?q?ers=C3=A4ttare?=\r\n Anna Ask")
        assert read(raw, EVA).subject == "ersättare Anna Ask"

    def test_an_endless_subject_is_cut(self) -> None:
        raw = mail("Hej").replace("Subject: Beställning".encode(), b"Subject: " + b"x" * 5_000)
        assert len(read(raw, EVA).subject) == 200


class TestReferences:
    @pytest.mark.parametrize(
        ("header", "found"),
        [
            ("Message-ID: <2@example.se>", "<2@example.se>"),
            ("Message-ID:\r\n <2@example.se>", "<2@example.se>"),
            ("Message-ID: <[x@microsoft.com]>", "<[x@microsoft.com]>"),
            ("Message-ID: <", ""),
            ("Message-ID: 2@example.se", ""),
            ("Message-ID: <2 @example.se>", ""),
            ("Message-ID: <ö@example.se>", ""),
            ("Message-ID: <2@example.se\x7f>", ""),
            ("Message-ID: <" + "x" * 2_000 + "@example.se>", ""),
            ("X-Other: 1", ""),
        ],
    )
    def test_the_message_id_is_one_in_angle_brackets_or_none(self, header: str, found: str) -> None:
        raw = mail("Hej").replace(b"Message-ID: <1@example.se>", header.encode())
        assert read(raw, EVA).message_id == found

    def test_a_mail_answers_what_in_reply_to_and_references_name_each_once(self) -> None:
        raw = mail("Hej", "In-Reply-To: <b@x>", "References: <a@x>\r\n <b@x>", "X-Other: <c@x>")
        assert set(read(raw, EVA).references) == {"<a@x>", "<b@x>"}
        assert len(read(raw, EVA).references) == 2

    def test_a_mail_that_answers_nothing_has_no_references(self) -> None:
        assert read(mail("Hej"), EVA).references == ()

    def test_endless_references_are_cut(self) -> None:
        assert len(read(mail("Hej", "References: " + " ".join(f"<{n}@x>" for n in range(900))), EVA).references) == 50


class TestTheText:
    @pytest.mark.parametrize(
        ("encoding", "header"),
        [
            ("utf-8", PLAIN),
            ("utf-8", 'Content-Type: text/plain; charset="UTF-8"'),
            ("utf-8", "Content-Type: text/plain; charset=utf-8;"),
            ("utf-8", "Content-Type: text/plain"),
            ("utf-8", "Content-Type: text/plain; charset=us-ascii"),
            ("utf-8", "Content-Type: text/plain; charset=iso-8859-1"),
            ("utf-8", "Content-Type: text/plain; charset="),
            ("utf-8", "Content-Type: text/plain; charset=hex"),
            ("utf-8", "Content-Type: text/plain; charset=idna"),
            ("utf-8", "Content-Type: text/plain; charset=undefined"),
            ("utf-8", "Content-Type: text/plain; charset=no-such-thing"),
            ("utf-8", "Content-Type: text/plain; charset*=x; charset*0=y"),
            ("utf-8", "X-No-Content-Type: 1"),
            ("iso-8859-1", "Content-Type: text/plain; charset=iso-8859-1"),
            ("cp1252", "Content-Type: text/plain; charset=windows-1252"),
            ("cp1252", "Content-Type: text/plain; charset=us-ascii"),
            ("cp1252", "Content-Type: text/plain; charset=utf-8"),
            ("cp1252", "Content-Type: text/plain"),
            ("utf-16", "Content-Type: text/plain; charset=utf-16"),
            ("iso-8859-15", "Content-Type: text/plain; charset=iso-8859-15"),
            ("mac-roman", "Content-Type: text/plain; charset=macintosh"),
        ],
    )
    @pytest.mark.parametrize("transfer", ["8bit", "quoted-printable", "base64"])
    def test_swedish_letters_survive_every_charset_and_transfer_encoding(
        self, encoding: str, header: str, transfer: str
    ) -> None:
        data = ORDER.encode(encoding)
        if transfer == "8bit" and encoding == "utf-16":
            transfer = "base64"
        body = {"8bit": data, "quoted-printable": quopri.encodestring(data), "base64": base64.encodebytes(data)}
        assert text_of(body[transfer], header, f"Content-Transfer-Encoding: {transfer}").strip() == ORDER

    def test_the_euro_sign_of_a_mail_that_says_latin_1_is_read(self) -> None:
        assert text_of("5 € – “x”".encode("cp1252"), "Content-Type: text/plain; charset=iso-8859-1") == "5 € – “x”"

    def test_quoted_printable_named_wrongly_is_decoded_once_more(self) -> None:
        body = quopri.encodestring(ORDER.encode())
        assert text_of(body, PLAIN, "Content-Transfer-Encoding: quoted-printeable").strip() == ORDER

    def test_a_number_broken_by_quoted_printable_is_whole_again(self) -> None:
        assert text_of(b"Totalt: 12=\r\n 500,00=\r\n kr", "Content-Transfer-Encoding: quoted-printable") == (
            "Totalt: 12 500,00 kr"
        )

    @pytest.mark.parametrize("tail", [b"", b"=", b"==\r\n-- \r\nlistfot"])
    def test_base64_without_padding_or_with_a_footer_glued_on_is_read(self, tail: bytes) -> None:
        data = base64.b64encode(b"Enhet: cs!").rstrip(b"=")
        assert text_of(data + tail, PLAIN, "Content-Transfer-Encoding: base64").startswith("Enhet: cs")

    def test_letters_are_composed_and_invisible_ones_gone(self) -> None:
        body = "\ufeffLeverant\u00adör\u200b: Dustin\u202e AB"
        assert text_of(unicodedata.normalize("NFD", body), PLAIN) == "Leverantör: Dustin AB"

    def test_every_kind_of_line_end_is_one(self) -> None:
        assert text_of(b"a\r\nb\nc\rd", PLAIN) == "a\nb\nc\nd"

    def test_tabs_and_no_break_spaces_are_left_to_the_reader_of_the_form(self) -> None:
        assert text_of("a\tb\u00a0c", PLAIN) == "a\tb\u00a0c"

    def test_lines_wrapped_as_format_flowed_are_joined(self) -> None:
        body = "Hej \nalla\n2 st Dell XPS 13 \nà 12 500 kr\n> citat \nEnhet: cs\n-- \nRut"
        assert text_of(body, "Content-Type: text/plain; format=flowed") == (
            "Hej alla\n2 st Dell XPS 13 à 12 500 kr\n> citat \nEnhet: cs\n-- \nRut"
        )

    def test_lines_wrapped_as_format_flowed_with_delsp_are_joined_without_the_space(self) -> None:
        body = "2 st Dell XP \nS 13  \nà 12 500 kr"
        assert text_of(body, "Content-Type: text/plain; format=flowed; delsp=yes") == "2 st Dell XPS 13 à 12 500 kr"

    def test_lines_of_other_mail_are_not_joined(self) -> None:
        assert text_of("Enhet: cs \nGodkännare: Eva", PLAIN) == "Enhet: cs \nGodkännare: Eva"

    @pytest.mark.slow
    def test_a_text_of_many_megabytes_is_cut(self) -> None:
        assert len(text_of("hej hej\n" * 400_000)) <= 1_000_000


class TestParts:
    def test_the_plain_part_is_read_beside_an_html_part(self) -> None:
        raw = multipart(part(ORDER, PLAIN), part("<p>Hej</p>", HTML), kind="alternative")
        assert read(raw, EVA).plain.strip() == ORDER

    def test_several_plain_parts_around_a_picture_are_joined_in_order(self) -> None:
        raw = multipart(part("Enhet: cs", PLAIN), part(b"PNG", "Content-Type: image/png"), part("Tack", PLAIN))
        assert [line for line in read(raw, EVA).plain.split("\n") if line] == ["Enhet: cs", "Tack"]

    def test_a_nested_part_is_read(self) -> None:
        inner = b"Content-Type: multipart/alternative; boundary=inre\r\n\r\n--inre\r\n\r\nEnhet: cs\r\n--inre--\r\n"
        raw = multipart(b"--grans\r\n" + inner)
        assert read(raw, EVA).plain.strip() == "Enhet: cs"

    @pytest.mark.parametrize("disposition", ["attachment", 'ATTACHMENT; filename="a.txt"', " attachment;"])
    def test_an_attached_text_is_no_part_of_the_mails_text(self, disposition: str) -> None:
        raw = multipart(part("Enhet: cs", PLAIN), part("Leverantör: Ond", PLAIN, f"Content-Disposition: {disposition}"))
        assert "Ond" not in read(raw, EVA).plain

    @pytest.mark.parametrize("kind", ["message/rfc822", "message/RFC822"])
    def test_a_mail_forwarded_as_an_attachment_is_no_part_of_the_text(self, kind: str) -> None:
        raw = multipart(part("Se nedan", PLAIN), part(mail("Leverantör: Ond"), f"Content-Type: {kind}"))
        found = read(raw, EVA)
        assert found.plain.strip() == "Se nedan"
        assert (found.sender, found.subject) == (EVA, "Beställning")

    @pytest.mark.parametrize(
        "header",
        [
            "Content-Type: multipart/mixed",
            'Content-Type: multipart/mixed; boundary=""',
            "Content-Type: multipart/mixed; boundary=kommer-aldrig",
            "Content-Type: multipart/mixed; boundary*=utf-8''a; boundary*0=b",
            "Content-Type: multipart/mixed; boundary*=idna'sv'%C3%A5",
            "Content-Type: multipart/mixed; boundary*" + "9" * 5_000 + "=b",
            "Content-Type: message/rfc822",
            "Content-Type: message/partial; id=1; number=1; total=2",
            "Content-Type: message/delivery-status",
            "Content-Type: text/calendar; method*=x; method*0=y",
            "Content-Type: application/pkcs7-mime; smime-type*=x; smime-type*0=y",
            "Content-Type: text/plain; name*",
            "Content-Type: ;;;;",
            "Content-Type: å/ä; charset=ö",
            "Content-Transfer-Encoding: x-uuencode",
            "Content-Disposition: å",
        ],
    )
    def test_a_broken_structure_hides_neither_sender_nor_subject(self, header: str) -> None:
        found = read(mail(b"--b\r\n\r\nbegin 644 x\r\nHej", header), EVA)
        assert (found.sender, found.subject) == (EVA, "Beställning")


class TestRobots:
    @pytest.mark.parametrize(
        "header",
        [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-generated",
            "AUTO-SUBMITTED: Auto-Replied; owner-email=eva@example.se",
            "Auto-Submitted: vacation",
            "Precedence: bulk",
            "Precedence: List",
            "Precedence: junk",
            "Precedence: auto_reply",
            "List-Id: <alla.example.se>",
            "List-Help: <mailto:x@y.se>",
            "List-Subscribe: <mailto:x@y.se>",
            "List-Unsubscribe: <mailto:x@y.se>",
            "List-Post: NO",
            "List-Owner: <mailto:x@y.se>",
            "List-Archive: <https://x.se>",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
            "Content-Type: text/calendar; method=REPLY",
        ],
    )
    def test_each_sign_of_a_robot_is_known(self, header: str) -> None:
        assert read(mail(ORDER, header), EVA).robot

    @pytest.mark.parametrize("mail_from", ["", "<>"])
    def test_a_mail_with_the_null_sender_is_a_robots(self, mail_from: str) -> None:
        assert read(mail(ORDER), mail_from).robot

    @pytest.mark.parametrize(
        "address",
        [
            "MAILER-DAEMON@example.se",
            "postmaster@example.se",
            "listserv@example.se",
            "majordomo@example.se",
            "owner-alla@example.se",
            "alla-request@example.se",
            "alla-bounces@example.se",
            "noreply@example.se",
            "no-reply@example.se",
        ],
    )
    def test_an_address_that_only_robots_have_is_a_robots(self, address: str) -> None:
        assert read(mail(ORDER, sender=address), address).robot
        assert read(mail(ORDER, sender=""), address).robot

    @pytest.mark.parametrize(
        "header",
        [
            "X-Auto-Response-Suppress: All",
            "X-Auto-Response-Suppress: OOF, AutoReply",
            "Auto-Submitted: no",
            "Auto-Submitted: NO",
            "Precedence: first-class",
            "Importance: high",
            "X-Mailer: Microsoft Outlook",
            "Return-Path: <eva.ek@example.se>",
        ],
    )
    def test_a_persons_mail_is_no_robots(self, header: str) -> None:
        assert not read(mail(ORDER, header), EVA).robot

    @pytest.mark.parametrize("address", ["nora.reply@example.se", "requests@example.se", "owner@example.se", EVA])
    def test_a_persons_address_is_no_robots(self, address: str) -> None:
        assert not read(mail(ORDER, sender=address), address).robot


class TestTheContentKey:
    KEY = read(mail(ORDER, "Date: Mon, 23 Nov 2026 10:00:00 +0100"), EVA).key

    def key(self, *headers: str, body: str = ORDER) -> str:
        return read(mail(body, "Date: Mon, 23 Nov 2026 10:00:00 +0100", *headers), EVA).key

    @pytest.mark.parametrize(
        "header",
        [
            "Received: from a by b; Mon, 23 Nov 2026 10:00:01 +0100",
            "Delivered-To: order@inkop.example.se",
            "Return-Path: <eva.ek@example.se>",
            "Authentication-Results: mx.example.se; dkim=pass",
            "X-Spam-Status: No",
        ],
    )
    def test_what_relays_add_does_not_change_it(self, header: str) -> None:
        assert self.key(header) == self.KEY
        assert (
            read(f"{header}\r\n".encode() + mail(ORDER, "Date: Mon, 23 Nov 2026 10:00:00 +0100"), EVA).key == self.KEY
        )

    def test_the_envelope_does_not_change_it(self) -> None:
        raw = mail(ORDER, "Date: Mon, 23 Nov 2026 10:00:00 +0100")
        assert read(raw, "someone.else@example.se").key == self.KEY

    def test_line_ends_do_not_change_it_also_in_a_folded_header(self) -> None:
        raw = mail(ORDER).replace("Subject: Beställning".encode(), b"Subject: Ny\r\n dator")
        assert read(raw, EVA).key == read(raw.replace(b"\r\n", b"\n"), EVA).key

    @pytest.mark.parametrize("before", [b"\r\n\r\n", codecs.BOM_UTF8, b"\n"])
    @pytest.mark.parametrize("after", [b"\r\n", b"\n\n"])
    def test_blank_lines_around_the_mail_do_not_change_it(self, before: bytes, after: bytes) -> None:
        raw = b"Received: from a by b\r\n" + mail(ORDER)
        assert read(before + raw + after, EVA).key == read(mail(ORDER), EVA).key

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"Message-ID: <1@example.se>", b"Message-ID: <2@example.se>"),
            (b"Message-ID: <1@example.se>\r\n", b""),
            (b"Subject: Best", b"Subject: best"),
            (b"10:00:00 +0100", b"10:00:01 +0100"),
            (b"From: Eva Ek", b"From: Eva E"),
            (b"12 500 kr", b"12 501 kr"),
        ],
    )
    def test_another_message_id_date_subject_sender_or_text_is_another_mail(self, old: bytes, new: bytes) -> None:
        raw = mail(ORDER, "Date: Mon, 23 Nov 2026 10:00:00 +0100")
        assert old in raw
        assert read(raw.replace(old, new), EVA).key != self.KEY

    def test_a_mail_without_message_id_still_has_one_key(self) -> None:
        raw = mail(ORDER).replace(b"Message-ID: <1@example.se>\r\n", b"")
        assert read(raw, EVA).key == read(b"Received: from a by b\r\n" + raw, EVA).key

    def test_text_moved_between_headers_makes_another_key(self) -> None:
        one = read(b"From: a\r\nSubject: b\r\n\r\n", EVA).key
        two = read(b"From: ab\r\nSubject:\r\n\r\n", EVA).key
        assert one != two


NAMES = """
    From Subject Message-ID References Content-Type Content-Transfer-Encoding Content-Disposition
    Auto-Submitted Precedence Date Received List-Id X-å
"""
NASTY = """
    multipart/mixed message/rfc822 text/plain multipart/report text/calendar application/pkcs7-mime
    ;boundary=b ;boundary*=b ;boundary*0=b ;boundary*1*=utf-8'sv'%C3 ;charset= ;charset*=idna''x ;method*=x
    ;method*0=y ;smime-type*=x ;smime-type*0=y ;format*=flowed ;format*0=x ;name*=x ;filename*0=y
    utf-7 utf-8 hex base64 quoted-printable x-uuencode =?utf-8?q?=0A=00?= =?utf-8?b?a?= =?idna?q?=C3?= <a@b.se>
    " \\ ( < > , : ; å
"""
ODD = st.sampled_from([*NASTY.split(), "\r\n ", "\r", "\n", "\x00", "\udcff", " "])
VALUES = st.lists(st.one_of(ODD, st.text(max_size=5)), max_size=8).map("".join)
HEADERS = st.tuples(st.sampled_from(NAMES.split()), VALUES).map(lambda h: f"{h[0]}: {h[1]}\r\n")
BODY_LINES = st.one_of(
    HEADERS, st.sampled_from(["--b\r\n", "--b--\r\n", "\r\n", "Hej\r\n", "=\r\n", "=C3=A5\r\n", "begin 644 x\r\n"])
)
MAILS = st.tuples(st.lists(HEADERS, max_size=6), st.lists(BODY_LINES, max_size=12), st.binary(max_size=30)).map(
    lambda m: "".join([*m[0], "\r\n", *m[1]]).encode("utf-8", "surrogateescape") + m[2]
)


class TestAnyBytes:
    @given(st.one_of(st.binary(), MAILS), st.sampled_from([EVA, "", "<>", "x"]))
    def test_reading_never_raises_and_yields_only_clean_values(self, raw: bytes, mail_from: str) -> None:
        found = read(raw, mail_from)
        assert found.sender is None or is_plain_address(found.sender)
        assert found.subject == clean(found.subject)
        assert found.plain == tidy(found.plain)
        assert all(ref.isascii() and ref.isprintable() for ref in (found.message_id, *found.references))
        "".join([found.subject, found.plain, found.message_id, *found.references]).encode()

    @given(
        st.binary(),
        st.one_of(st.text(max_size=20), st.sampled_from(["utf-7", "idna", "hex", "utf-16", "rot13", "a\0b"])),
    )
    def test_decoding_never_raises_and_yields_text_that_can_be_stored(self, data: bytes, charset: str) -> None:
        decode(data, charset).encode()

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\r\n\r\n",
            b"\x00" * 1_000,
            mail("hej", *["Content-Type: message/rfc822\r\n"] * 3_000),
            mail(
                b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(3_000))
            ),
            multipart(*[part("x")] * 100_000),
            mail("hej", "To: " + "," * 100_000),
            mail("hej", "To: " + "(" * 100_000),
            mail("hej", "References: " + "<" * 1_000_000),
            mail("hej", "Content-Type: text/plain" + "; a=b" * 20_000),
            mail("hej", "Content-Type: text/plain; a=" + '\\"' * 50_000),
            mail("hej", sender='"\\' * 50_000 + f"<{EVA}>"),
            mail("hej", sender="a" * 1_000_000),
            mail("hej", "Subject: " + "=?utf-8?q?a?= " * 50_000),
            mail("hej", "X-Long: a" + "\r\n a" * 100_000),
            mail("hej", *["From: x@y.se"] * 50_000),
            mail("\ufeff\u200b" * 500_000),
        ],
        ids=[
            "empty",
            "blank",
            "nul",
            "mails_in_mails",
            "parts_in_parts",
            "many_parts",
            "commas",
            "parentheses",
            "references",
            "parameters",
            "escapes",
            "quoted_name",
            "long_name",
            "encoded_words",
            "folds",
            "many_froms",
            "invisible",
        ],
    )
    def test_a_hostile_mail_is_read_within_three_seconds(self, raw: bytes) -> None:
        started = time.process_time()
        read(raw, EVA)
        assert time.process_time() - started < 3


class TestCleaning:
    @pytest.mark.parametrize(
        ("text", "cleaned"),
        [
            ("a\r\nBcc: b", "a Bcc: b"),
            ("a\x00b", "a b"),
            ("a\u2028b\u2029c", "a b c"),
            ("\u202eabc", "abc"),
            ("  a \t b  ", "a b"),
            ("\u200b", ""),
            ("å\u00a0ä", "å ä"),
            ("a\x85b\x9fc", "a b c"),
        ],
    )
    def test_a_header_text_becomes_one_visible_line(self, text: str, cleaned: str) -> None:
        assert clean(text) == cleaned

    @given(st.text())
    def test_a_cleaned_text_is_one_line_and_stays_as_it_is(self, text: str) -> None:
        assert clean(clean(text)) == clean(text)
        assert len(clean(text).splitlines()) <= 1

    @given(st.text())
    def test_a_tidied_text_stays_as_it_is(self, text: str) -> None:
        assert tidy(tidy(text)) == tidy(text)

"""Files of a mail: a clean name, a type by content, the bytes as they came; nothing is opened
(docs/rules/mail.md#files)."""

import base64
import gzip
import io
import zipfile
from email import message_from_bytes, policy
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.reading import attachments
from mailbot.mail.reading.attachments import MAX_NAME, UNKNOWN, clean_name, content_type
from mailbot.mail.reading.parsed_mail import read

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 200


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def part(data: bytes, *headers: str) -> Message:
    encoded = base64.encodebytes(data)
    head = "\r\n".join((*headers, "Content-Transfer-Encoding: base64")).encode("utf-8", "surrogateescape")
    return message_from_bytes(head + b"\r\n\r\n" + encoded, policy=policy.compat32)


def named(*headers: str) -> str:
    """Return the clean name of a PDF with these headers, the seventh part of its mail."""
    found = attachments.read(part(PDF, *headers), 7)
    assert found
    return found.name


class TestTheName:
    @pytest.mark.parametrize(
        ("header", "name"),
        [
            ('attachment; filename="Offert 4711.pdf"', "Offert 4711.pdf"),
            ("attachment; filename=offert.pdf", "offert.pdf"),
            ('attachment; filename="=?utf-8?B?T2ZmZXJ0IGfDpXZhLnBkZg==?="', "Offert gåva.pdf"),
            ('attachment; filename="=?iso-8859-1?Q?Offert_g=E5va.pdf?="', "Offert gåva.pdf"),
            ("attachment; filename*=utf-8''Offert%20g%C3%A5va.pdf", "Offert gåva.pdf"),
            ("attachment; filename*=iso-8859-1''Offert%20g%E5va.pdf", "Offert gåva.pdf"),
            ("attachment; filename*0*=utf-8''Offert%20; filename*1*=g%C3%A5va.pdf", "Offert gåva.pdf"),
            ('attachment; filename="Offert gåva.pdf"', "Offert gåva.pdf"),
            ('attachment; filename="Offert g\udce5va.pdf"', "Offert gåva.pdf"),
            ('attachment; filename="O\'Brien.pdf"', "O'Brien.pdf"),
        ],
    )
    def test_is_read_in_every_way_that_programs_write_it(self, header: str, name: str) -> None:
        assert named("Content-Type: application/pdf", f"Content-Disposition: {header}") == name

    def test_may_stand_with_the_type_alone(self) -> None:
        assert named('Content-Type: application/pdf; name="offert.pdf"') == "offert.pdf"

    @pytest.mark.parametrize(
        "headers",
        [
            ("Content-Type: application/pdf",),
            ("Content-Disposition: attachment",),
            ('Content-Disposition: attachment; filename=""',),
            ('Content-Disposition: attachment; filename="   "',),
            ('Content-Disposition: attachment; filename="..."',),
            ('Content-Disposition: attachment; filename="///"',),
            ("Content-Disposition: attachment; filename*",),
            ("Content-Disposition: attachment; filename*=utf-8'%E5",),
            ("Content-Disposition: attachment; filename*=undefined''%E5.pdf",),
            ('Content-Disposition: attachment; filename="=?hex?B?AA?="',),
        ],
    )
    def test_that_is_missing_or_broken_is_a_number_with_an_extension_by_content(self, headers: tuple[str, ...]) -> None:
        assert named(*headers).endswith(".pdf")

    @pytest.mark.parametrize(
        ("raw", "name"),
        [
            ("../../etc/passwd", "passwd"),
            ("../../x.pdf", "x.pdf"),
            ("..\\..\\x.pdf", "x.pdf"),
            ("C:\\Users\\Eva\\offert.pdf", "offert.pdf"),
            ("C:offert.pdf", "offert.pdf"),
            ("\\\\server\\share\\offert.pdf", "offert.pdf"),
            ("/etc/passwd", "passwd"),
            ("a/../b.pdf", "b.pdf"),
            ("offert.pdf\r\nSet-Cookie: x=1", "offert.pdf Set-Cookie x=1"),
            ("offert\x00.exe.pdf", "offert.exe.pdf"),
            ("offert\u202efdp.exe", "offert fdp.exe"),
            ("offert\u2066\u2069\u200b.pdf", "offert .pdf"),
            ('off"ert;.pdf', "off ert;.pdf"),
            ("<script>.pdf", "script .pdf"),
            (".htaccess", "htaccess"),
            ("offert.pdf. . .", "offert.pdf"),
        ],
    )
    def test_holds_no_path_no_controls_and_no_hidden_letters(self, raw: str, name: str) -> None:
        assert clean_name(raw, 7, "") == name

    @pytest.mark.parametrize("raw", ["CON", "con.pdf", "Nul", "AUX.txt", "com1.pdf", "LPT9", "..", ".", "", "\u202e"])
    def test_that_no_computer_may_have_is_a_number(self, raw: str) -> None:
        assert clean_name(raw, 7, "") == "file-7"

    @pytest.mark.parametrize("raw", ["console.pdf", "Nullpunkt.pdf", "company1.pdf", "auxin.txt"])
    def test_that_only_begins_like_one_of_those_is_kept(self, raw: str) -> None:
        assert clean_name(raw, 7, "") == raw

    def test_of_300_characters_keeps_its_end(self) -> None:
        name = clean_name("å" * 300 + ".pdf", 7, ".pdf")
        assert len(name) == MAX_NAME
        assert name.endswith("å.pdf")

    def test_without_an_extension_gets_that_of_its_content(self) -> None:
        assert clean_name("Offert", 7, ".pdf") == "Offert.pdf"

    @given(st.text(max_size=400), st.sampled_from(["", ".pdf", ".exe"]))
    def test_of_any_letters_is_one_short_visible_line_without_a_path(self, raw: str, extension: str) -> None:
        name = clean_name(raw, 7, extension)
        assert name
        assert name == name.strip()
        assert len(name) <= MAX_NAME + len(extension)
        assert not set('/\\:<>"|?*\r\n\x00\u202e\u2066\u2028') & set(name)
        assert not name.startswith(".")
        assert all(ord(letter) >= 32 for letter in name)

    @given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
    def test_of_any_header_never_raises_and_can_be_stored(self, text: str) -> None:
        header = "Content-Disposition: attachment; filename=" + text.replace("\r", " ").replace("\n", " ")
        assert named(header).encode("utf-8")


class TestTheType:
    @pytest.mark.parametrize("claimed", ["application/pdf", "image/png", "text/plain", "application/x-msdownload"])
    @pytest.mark.parametrize(
        ("data", "word"),
        [(PDF, "pdf"), (PNG, "image/png"), (zipped(a=b"x"), "zip"), (b"<!DOCTYPE html><html><script>", "html")],
    )
    def test_is_what_the_bytes_show_whatever_the_mail_claims(self, claimed: str, data: bytes, word: str) -> None:
        found = attachments.read(part(data, f"Content-Type: {claimed}", "Content-Disposition: attachment"), 1)
        assert found
        assert word in found.media_type

    @pytest.mark.parametrize(
        ("inside", "extension"),
        [("word/document.xml", ".docx"), ("xl/workbook.xml", ".xlsx"), ("ppt/presentation.xml", ".pptx")],
    )
    def test_of_an_office_file_is_its_own(self, inside: str, extension: str) -> None:
        data = zipped(**{"[Content_Types].xml": b"<Types/>", inside: b"<x/>"})
        assert content_type(data)[1] == extension

    def test_of_a_program_called_pdf_is_not_pdf(self) -> None:
        headers = ("Content-Type: application/pdf", 'Content-Disposition: attachment; filename="faktura.pdf"')
        found = attachments.read(part(EXE, *headers), 1)
        assert found
        assert found.media_type == UNKNOWN

    @pytest.mark.parametrize("data", [b"hej", "Räksmörgås\n".encode(), b"a;b;c\n1;2;3\n"])
    def test_of_ordinary_words_is_text(self, data: bytes) -> None:
        assert content_type(data) == ("text/plain", ".txt")

    def test_of_bytes_that_nobody_knows_is_unknown(self) -> None:
        assert content_type(b"\x00\x01\x02" * 50)[0] == UNKNOWN

    @given(st.binary(min_size=1, max_size=300))
    def test_of_any_bytes_is_found_without_raising(self, data: bytes) -> None:
        media_type, extension = content_type(data)
        assert media_type.isascii()
        assert media_type.count("/") == 1
        assert extension == "" or extension.startswith(".")


class TestWhatIsAFile:
    def test_the_bytes_are_kept_as_they_came_and_nothing_is_unpacked(self) -> None:
        bomb = gzip.compress(b"\x00" * 5_000_000)
        for data in (zipped(a=PDF, b=EXE), bomb):
            found = attachments.read(part(data, "Content-Disposition: attachment; filename=x.zip"), 1)
            assert found
            assert found.data == data

    @pytest.mark.parametrize(
        "headers",
        [
            ('Content-Type: image/png; name="image001.png"', "Content-ID: <image001.png@01DC>"),
            (
                'Content-Type: image/png; name="image001.png"',
                'Content-Disposition: inline; filename="image001.png"',
                "Content-ID: <image001.png@01DC>",
            ),
        ],
    )
    def test_a_logo_shown_in_the_text_is_none(self, headers: tuple[str, ...]) -> None:
        assert attachments.read(part(PNG, *headers), 1) is None

    @pytest.mark.parametrize(
        "headers",
        [
            ("Content-Type: image/png", "Content-Disposition: attachment; filename=ritning.png", "Content-ID: <1>"),
            ("Content-Type: image/png", "Content-Disposition: inline; filename=ritning.png"),
            ("Content-Type: application/pdf; name=ritning.png", "Content-ID: <1>"),
        ],
    )
    def test_a_picture_that_was_attached_is_one(self, headers: tuple[str, ...]) -> None:
        found = attachments.read(part(PNG, *headers), 1)
        assert found
        assert found.name == "ritning.png"

    def test_nothing_at_all_is_none(self) -> None:
        assert attachments.read(part(b"", "Content-Disposition: attachment; filename=tom.pdf"), 1) is None

    @pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable", "x-unknown"])
    @pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "undefined", "hex", "'", ""])
    def test_a_forwarded_mail_is_one_however_it_is_written(self, encoding: str, charset: str) -> None:
        inner = f'Content-Type: text/plain; charset="{charset}"\r\nContent-Transfer-Encoding: {encoding}\r\n'
        raw = (
            b"From: eva.ek@example.se\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            b"--b\r\n\r\nSe bifogat\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: g\xe5va \xc3\xa5\r\n"
            + inner.encode()
            + b"\r\nR\xe4ksm\xf6rg\xc3\xa5s\r\n--b--\r\n"
        )
        found = read(raw, "eva.ek@example.se").files
        assert len(found) == 1
        assert b"ksm" in found[0].data

"""Signed mail in one block is read as if it were not signed; what cannot be read is named for what it is."""

import base64
import time
from collections.abc import Callable

import pytest

from mailbot.mail.reading.parsed_mail import ParsedMail, read
from mailbot.mail.reading.smime import Sealed
from tests.mail.reading.signed import encrypted, signed, signed_in_pieces
from tests.support.harness import ORDER, RUT

TEXT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + ORDER.encode()
WITH_FILE = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hej</p>\r\n"
    b'--b\r\nContent-Disposition: attachment; filename="offert.pdf"\r\n'
    b"Content-Type: application/pdf\r\n\r\n%PDF-1.7\r\n"
    b"--b--\r\n"
)
SIGNED = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"
HEAD = f"From: {RUT}\r\nSubject: Order\r\nMessage-ID: <1@example.se>\r\nDate: Mon, 30 Nov 2026 09:00:00 +0100\r\n"


def mail(block: bytes, content_type: str = SIGNED, name: str = "smime.p7m") -> bytes:
    """Return a mail that is nothing but this block."""
    head = f'{HEAD}Content-Type: {content_type}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + base64.encodebytes(block)


def beside(text: str, block: bytes, content_type: str, name: str) -> bytes:
    """Return a mail with a text and a block as a file beside it."""
    part = mail(block, content_type, name).removeprefix(HEAD.encode())
    start = f"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--x\r\n"
    return HEAD.encode() + start.encode() + part + b"\r\n--x--\r\n"


def taken(raw: bytes) -> ParsedMail:
    return read(raw, RUT)


class TestASignedBlock:
    @pytest.mark.parametrize("make", [signed, signed_in_pieces], ids=["der", "ber"])
    @pytest.mark.parametrize(
        "content_type",
        [
            SIGNED,
            "application/pkcs7-mime",
            "application/pkcs7-mime; name=smime.p7m",
            "application/x-pkcs7-mime; smime-type=signed-data",
            "application/octet-stream; name=smime.p7m",
        ],
    )
    def test_is_read_however_it_is_called(self, make: Callable[[bytes], bytes], content_type: str) -> None:
        found = taken(mail(make(TEXT), content_type))
        assert (found.plain.rstrip(), found.defect, found.files) == (ORDER.rstrip(), "", ())

    def test_gives_its_page_and_its_files(self) -> None:
        found = taken(mail(signed(WITH_FILE)))
        assert (found.html.strip(), [file.name for file in found.files]) == ("<p>Hej</p>", ["offert.pdf"])

    def test_may_hold_another_and_no_third(self) -> None:
        inner = TEXT
        found = []
        for _ in range(3):
            inner = mail(signed(inner)).removeprefix(HEAD.encode())
            found.append(taken(HEAD.encode() + inner))
        assert [x.plain.rstrip() for x in found] == [ORDER.rstrip(), ORDER.rstrip(), ""]
        assert found[2].defect == Sealed.SIGNED

    def test_of_a_text_without_headers_is_that_text(self) -> None:
        assert taken(mail(signed(ORDER.encode()))).plain.rstrip() == ORDER.rstrip()

    def test_stands_with_what_a_list_or_gateway_wrote_beside_it(self) -> None:
        found = taken(beside("EXTERN AVSÄNDARE", signed(TEXT), SIGNED, "smime.p7m"))
        assert "Dell XPS 13" in found.plain

    def test_says_nothing_of_who_sent_the_mail(self) -> None:
        other = b"From: eva.ek@example.se\r\nSubject: annat\r\n" + TEXT
        found = taken(mail(signed(other)))
        assert (found.sender, found.subject) == (RUT, "Order")

    def test_that_is_a_signed_file_beside_the_text_is_a_file(self) -> None:
        found = taken(beside("Hej", signed(b"%PDF-1.7"), "application/pkcs7-mime", "avtal.pdf.p7m"))
        assert (found.plain.strip(), [file.name for file in found.files], found.defect) == (
            "Hej",
            ["avtal.pdf.p7m"],
            "",
        )

    def test_holds_no_more_parts_than_a_mail_may(self) -> None:
        parts = b"--b\r\n\r\n\r\n" * 2_000
        found = taken(mail(signed(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts)))
        assert found.defect == "too many parts"


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("smime_type", ["; smime-type=enveloped-data", "; smime-type=signed-data", ""])
    def test_is_encrypted_whatever_it_is_called(self, smime_type: str) -> None:
        assert taken(mail(encrypted(TEXT), f"application/pkcs7-mime{smime_type}")).defect == Sealed.ENCRYPTED

    def test_is_encrypted_also_inside_a_signed_block(self) -> None:
        inner = mail(encrypted(TEXT), "application/pkcs7-mime; smime-type=enveloped-data").removeprefix(HEAD.encode())
        assert taken(mail(signed(inner))).defect == Sealed.ENCRYPTED

    @pytest.mark.parametrize("cut", [0, 1, 20, 100])
    def test_is_a_damaged_block(self, cut: int) -> None:
        found = taken(mail(signed(TEXT)[:cut]))
        assert (found.defect, found.plain) == (Sealed.SIGNED, "")

    def test_is_a_signature_that_holds_no_text(self) -> None:
        assert taken(mail(signed(b""))).defect == Sealed.SIGNED


START = bytes.fromhex("308006092a864886f70d010702a080308002010131003080060 92a864886f70d010701a080".replace(" ", ""))
END = b"\x00\x00" * 2 + b"\x31\x00" + b"\x00\x00" * 3
"""The beginning and the end of a signed block without stated lengths; between them stands its text."""


HOSTILE: dict[str, Callable[[], bytes]] = {
    "depth without end": lambda: START + b"\x24\x80" * 400_000,
    "depth with an end": lambda: START + b"\x24\x80" * 2_000 + b"\x00\x00" * 2_000 + END,
    "sequences": lambda: b"\x30\x80" * 1_000_000,
    "sequences with lengths": lambda: b"\x30\x84\x00\xff\xff\xff" * 200_000,
    "a huge length": lambda: b"\x30\x88\x7f" + b"\xff" * 7 + TEXT,
    "a length of lengths": lambda: b"\x30\xff" + b"\xff" * 200,
    "a long tag": lambda: b"\x3f" + b"\xff" * 1_000_000,
    "a long name": lambda: b"\x30\x84\x00\x0f\x42\x46\x06\x84\x00\x0f\x42\x40" + b"\xff" * 1_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_block_ends_as_one_that_cannot_be_read_in_little_time(name: str) -> None:
    raw = mail(HOSTILE[name]())
    started = time.process_time()
    found = taken(raw)
    assert time.process_time() - started < 1
    assert (found.plain, found.defect) == ("", Sealed.SIGNED)


def test_a_text_in_pieces_in_pieces_is_put_together() -> None:
    inner = b"\x04\x82" + len(TEXT).to_bytes(2, "big") + TEXT
    for _ in range(3_000):
        inner = b"\x24\x84" + len(inner).to_bytes(4, "big") + inner
    assert taken(mail(START + inner + END)).plain.rstrip() == ORDER.rstrip()


def test_a_text_in_many_small_pieces_is_put_together() -> None:
    started = time.process_time()
    found = taken(
        mail(START + b"\x24\x80" + b"".join(b"\x04\x01%c" % letter for letter in TEXT * 200) + b"\x00\x00" + END)
    )
    assert time.process_time() - started < 1.5
    assert found.plain.startswith(ORDER.split("\n")[0])

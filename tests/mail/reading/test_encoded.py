"""Files that stand encoded in a mail's text: uuencode, yEnc and base64."""

import base64
import binascii
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.reading.encoded import MAX_FILES, files_in, without_files
from mailbot.mail.reading.intake import take_in
from tests.flows.incoming.mails import mail

DATA = bytes(range(256)) * 9 + b"\x00\x00\x00"
BEFORE, AFTER = b"Enhet: cs\n1 st Mus \xc3\xa0 200 kr\n\n", b"\nMvh\nRut"


def uuencoded(data: bytes, name: bytes = b"offert.pdf") -> bytes:
    lines = (binascii.b2a_uu(data[n : n + 45]) for n in range(0, len(data), 45))
    return b"begin 644 " + name + b"\n" + b"".join(lines) + b"`\nend\n"


def stripped(data: bytes) -> bytes:
    """Return uuencoded data whose trailing spaces a gateway has cut off."""
    return b"\n".join(line.rstrip(b" ") for line in uuencoded(data).split(b"\n"))


def yencoded(data: bytes) -> bytes:
    coded = bytearray()
    for byte in data:
        shifted = (byte + 42) % 256
        coded += bytes([61, (shifted + 64) % 256]) if shifted in {0, 10, 13, 61} else bytes([shifted])
    lines, place = [], 0
    while place < len(coded):
        end = place + 128 + (coded[place + 127 : place + 128] == b"=")
        lines.append(bytes(coded[place:end]))
        place = end
    return b"=ybegin line=128 size=%d name=offert.pdf\n" % len(data) + b"\n".join(lines) + b"\n=yend size=1\n"


def based(data: bytes) -> bytes:
    return b'Content-Disposition: attachment; filename="offert.pdf"\n\n' + base64.encodebytes(data)


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "uuencode": uuencoded,
    "uuencode stripped": stripped,
    "yEnc": yencoded,
    "base64": based,
}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("way", WAYS)
def test_a_whole_file_is_taken_out_with_its_name_and_bytes(way: str, end: bytes) -> None:
    text = (
        (BEFORE + WAYS[way](DATA) + AFTER) if way == "yEnc" else (BEFORE + WAYS[way](DATA) + AFTER).replace(b"\n", end)
    )
    assert [(file.name, file.data) for file in files_in(text)] == [("offert.pdf", DATA)]
    left = without_files(text)
    assert left.startswith(BEFORE.strip())
    assert left.endswith(AFTER)
    assert len(left) < len(BEFORE + AFTER) + 60


@given(st.binary(min_size=300, max_size=3_000), st.sampled_from(sorted(WAYS)))
def test_any_bytes_come_back_as_they_were(data: bytes, way: str) -> None:
    assert [file.data for file in files_in(BEFORE + WAYS[way](data) + AFTER)] == [data]


@pytest.mark.parametrize("way", ["uuencode", "yEnc"])
def test_a_file_that_is_cut_off_is_kept_as_it_stands(way: str) -> None:
    cut = WAYS[way](DATA)[:1_000]
    files = files_in(BEFORE + cut)
    assert [file.name for file in files] == ["offert.pdf.txt"]
    assert without_files(BEFORE + cut).strip() == BEFORE.strip()


def test_a_cut_off_uuencoded_file_takes_no_text_along() -> None:
    text = BEFORE + uuencoded(DATA).rpartition(b"\nend")[0][:500] + b"\n2 st Dator \xc3\xa0 900 kr\n"
    assert without_files(text).endswith(b"\n2 st Dator \xc3\xa0 900 kr\n")


@pytest.mark.parametrize(
    "text",
    [
        BEFORE + AFTER,
        b"begin 644 a nice day\nHej",
        b"begin the work\nM9\n",
        b"Nycklar:\n" + b"\n".join([b"A" * 64] * 3),
        b"ABC-" * 40,
        b"-----BEGIN PGP SIGNATURE-----\n\n" + base64.encodebytes(DATA) + b"-----END PGP SIGNATURE-----\n",
        base64.b64encode(DATA[:90]),
    ],
)
def test_what_is_no_file_stays_as_it_is(text: bytes) -> None:
    assert files_in(text) == []
    assert without_files(text) == text


def test_no_more_files_are_kept_than_a_person_sends() -> None:
    text = uuencoded(b"a" * 60) * (MAX_FILES + 5)
    assert len(files_in(text)) == MAX_FILES
    assert without_files(text).strip() == b""


@pytest.mark.parametrize("way", WAYS)
def test_no_order_line_is_read_in_one_and_it_is_an_attachment(way: str) -> None:
    body = b"Enhet: cs\r\n1 st Mus \xc3\xa0 200 kr\r\n\r\n" + WAYS[way](DATA)
    intake = take_in(mail("Content-Type: text/plain; charset=utf-8", body=body), "rut.rask@example.se")
    assert [line.description for line in intake.answer.lines] == ["Mus"]
    assert (intake.answer.unread, intake.answer.priced_notes) == ((), ())
    assert [file.name for file in intake.mail.files] == ["offert.pdf"]


def test_an_order_file_in_the_text_is_read_like_an_attached_one() -> None:
    data = "Benämning;Antal;À-pris\nMus;2;100\n".encode()
    body = b"Enhet: cs\n\n" + uuencoded(data, b"order.csv")
    intake = take_in(mail("Content-Type: text/plain; charset=utf-8", body=body), "rut.rask@example.se")
    assert repr(intake.form).count("Mus") == 1


MEGABYTE = 1_000_000
HOSTILE = {
    "begins": b"begin 644 x\n" * (MEGABYTE // 12),
    "lines": b"begin 644 x\n" + (b"M" * 61 + b"\n") * (MEGABYTE // 62),
    "short blocks": b"begin 644 x\nM\n" * (MEGABYTE // 14),
    "yEnc begins": b"=ybegin name=x\n" * (MEGABYTE // 15),
    "escapes": b"=ybegin \n" + b"=" * MEGABYTE + b"\n=yend",
    "base64": (b"A" * 76 + b"\n") * (MEGABYTE // 77),
    "armour": b"-----BEGIN X\n" + (b"A" * 76 + b"\n") * (MEGABYTE // 77),
    "almost base64": (b"A" * 76 + b"\n" + b"A" * 75 + b"\n") * (MEGABYTE // 153),
    "one line": b"A" * MEGABYTE,
    "log": b"2026-11-30 12:00:00 host daemon[17]: connection from 10.0.0.1 took 12 ms\n" * (MEGABYTE // 74),
}


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_megabyte_is_looked_through_within_two_seconds(text: bytes) -> None:
    started = time.process_time()
    files_in(text)
    without_files(text)
    assert time.process_time() - started < 2

"""What a mail may cost, counted on its bytes before anything parses them (docs/rules/limits.md#cost, #bounds)."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.reading.limits import (
    MAX_BOUNDARY_LINES,
    MAX_HEADER,
    MAX_HEADER_BLOCK,
    MAX_HEADER_LINES,
    MAX_HOPS,
    excess,
    header_block,
    smuggles,
)
from mailbot.mail.reading.parsed_mail import read

HEAD = b"From: rut.rask@example.se\r\nSubject: order\r\n"
HOP = b"Received: from a by b\r\n"


def mail(*headers: bytes, body: bytes = b"Hej\r\n") -> bytes:
    return b"".join((*headers, HEAD, b"\r\n", body))


def lf(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n")


def header(length: int) -> bytes:
    """Return one header line of this length, its end not counted."""
    return b"X-Note: " + b"x" * (length - len(b"X-Note: ")) + b"\r\n"


def block(length: int) -> bytes:
    """Return a mail whose header block has this length, in headers of a thousand bytes."""
    filled = HEAD
    while length - len(filled) + len(b"\r\n") > 2_000:
        filled += header(1_000)
    return filled + header(length - len(filled)) + b"\r\nHej\r\n"


class TestWhatIsTooMuch:
    @pytest.mark.parametrize("ends", [bytes, lf], ids=["crlf", "lf"])
    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (mail(*[HOP] * (MAX_HOPS + 1)), "too many hops"),
            (mail(*[HOP.upper()] * (MAX_HOPS + 1)), "too many hops"),
            (mail(*[b"X: y\r\n"] * MAX_HEADER_LINES), "too many header lines"),
            (mail(b"X: y\r\n" + b" y\r\n" * MAX_HEADER_LINES), "too many header lines"),
            (mail(header(MAX_HEADER + 1)), "header too long"),
            (mail(b"X: y" + (b"\r\n " + b"y" * 990) * 17 + b"\r\n"), "header too long"),
            (mail(body=b"--b\r\n" * (MAX_BOUNDARY_LINES + 1)), "too many parts"),
        ],
    )
    def test_is_named_whatever_the_line_ends(self, raw: bytes, reason: str, ends: Callable[[bytes], bytes]) -> None:
        assert excess(ends(raw)) == reason

    def test_is_a_header_block_over_its_size(self) -> None:
        raw = block(MAX_HEADER_BLOCK + 1)
        assert len(header_block(raw)) == MAX_HEADER_BLOCK + 1
        assert excess(raw) == "header block too large"

    def test_is_a_mail_without_any_empty_line_over_that_size(self) -> None:
        assert excess(b"x" * (MAX_HEADER_BLOCK + 1)) == "header block too large"


class TestWhatIsNot:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\r\n\r\n",
            mail(),
            mail(*[HOP] * MAX_HOPS),
            mail(header(MAX_HEADER)),
            mail(body=b"--b\r\n" * MAX_BOUNDARY_LINES),
            block(MAX_HEADER_BLOCK),
        ],
        ids=["nothing", "blank", "plain", "hops", "header", "parts", "block"],
    )
    def test_exactly_the_limit_is_read(self, raw: bytes) -> None:
        assert excess(raw) == ""

    def test_a_body_may_be_long_and_hold_what_looks_like_headers(self) -> None:
        assert excess(mail(body=HOP * 1_000 + b"x" * 3_000_000)) == ""

    def test_a_line_drawn_in_the_text_is_no_part(self) -> None:
        assert excess(mail(body=b"Mvh\r\n-- \r\nRut\r\n" * 100)) == ""


class TestTheHeaderBlock:
    @pytest.mark.parametrize("ends", [b"\r\n\r\n", b"\n\n"])
    def test_ends_at_the_first_empty_line(self, ends: bytes) -> None:
        assert header_block(b"A: b" + ends + b"C: d" + ends) == b"A: b"

    def test_ends_at_whichever_kind_comes_first(self) -> None:
        assert header_block(b"A: b\n\nC: d\r\n\r\n") == b"A: b"
        assert header_block(b"A: b\r\n\r\nC: d\n\n") == b"A: b"

    def test_is_all_of_a_mail_without_one(self) -> None:
        assert header_block(b"A: b\r\nC: d") == b"A: b\r\nC: d"

    @given(st.binary(max_size=400))
    def test_is_the_start_of_any_bytes(self, raw: bytes) -> None:
        assert raw.startswith(header_block(raw))
        assert isinstance(excess(raw), str)
        assert isinstance(smuggles(raw), bool)


class TestSmuggling:
    @pytest.mark.parametrize(
        "block",
        [
            b"A: b\x00c",
            b"A: b\rFrom: eva.ek@example.se",
            b"A: b\r\nC: d\nFrom: eva.ek@example.se",
            b"A: b\nC: d\r\nFrom: eva.ek@example.se",
            b"A: b\r\r\nC: d",
            b"A: b\n\rC: d",
            b"\rA: b",
        ],
    )
    def test_is_a_nul_or_line_ends_of_two_kinds_in_the_headers(self, block: bytes) -> None:
        assert smuggles(block + b"\r\n\r\nHej")

    @pytest.mark.parametrize(
        "raw",
        [
            b"A: b\r\nC: d\r\n\r\nHej",
            b"A: b\nC: d\n\nHej",
            b"A: b\r\n\r\nHej\nhopp\r\x00",
            b"A: b\n\nHej\r\nhopp\r\x00",
            b"",
        ],
    )
    def test_is_not_what_one_kind_throughout_is_whatever_the_body_holds(self, raw: bytes) -> None:
        assert not smuggles(raw)

    def test_makes_a_mail_one_that_nobody_may_act_on(self) -> None:
        raw = b"X: y\rSender: eva.ek@example.se\r\n" + mail()
        assert "programs read differently" in read(raw, "rut.rask@example.se").defect


@pytest.mark.parametrize(
    "raw",
    [
        b"To: " + b"a," * 20_000 + b"\r\n" + mail(),
        b"To: a" + b"." * 20_000 + b"@b\r\n" + mail(),
        b"Content-Type: text/plain" + b"; a=b" * 5_000 + b"\r\n" + mail(),
        b"Subject: " + b"ord " * 25_000 + b"\r\n\r\nHej",
        b"Subject: x\r\n" + b" x\r\n" * 100_000 + mail(),
        b"Content-Type: multipart/mixed; boundary=b\r\n" + mail(body=b"--b\r\n\r\n\r\n" * 100_000),
        mail(*[HOP] * 3_000),
    ],
    ids=["commas", "dots", "parameters", "words", "folds", "parts", "hops"],
)
def test_what_costs_a_parser_much_is_told_at_once(raw: bytes) -> None:
    started = time.perf_counter()
    assert excess(raw)
    assert time.perf_counter() - started < 1
    assert read(raw, "rut.rask@example.se").defect

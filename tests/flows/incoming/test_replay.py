"""A signed mail counts as it was written, to whom it was written: whoever has a copy makes no other order of it.

Real signatures by dkimpy. Where something is left open the address's owner is asked first; nothing is lost.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.trust.senders import TrustSource
from mailbot.flows.pages.confirm_sender import confirm_sender
from tests.flows.incoming.test_senders import Dns, come, trusting
from tests.mail.reading.forgeries import BORDER, NAMES, VOUCHED, dns, rsa_key, sign
from tests.support.harness import BOT, EVA, ORDER, RUT, harness

COLLEAGUE = "anna.ask@example.se"
GMAIL = ("to", "cc", "subject", "date", "message-id", "from", "mime-version", "in-reply-to", "references", "reply-to")
MICROSOFT = ("from", "date", "subject", "message-id", "content-type", "mime-version")
PLAIN = 'text/plain; charset="utf-8"'
TEXT = ORDER.replace("\n", "\r\n")
HARMLESS = "Hej! Här kommer filen som du bad om.\r\n"


def written(body: str, *, to: str = f"To: {BOT}", kind: str = PLAIN, names: Sequence[str] = NAMES) -> bytes:
    """Return a mail that Rut's own server has signed, with these receivers, of this kind."""
    head = (
        *("From: Rut Rask <rut.rask@example.se>", to, "Subject: Dator", "Date: Mon, 23 Nov 2026 09:55:00 +0100"),
        *("Message-ID: <1@example.se>", "MIME-Version: 1.0", f"Content-Type: {kind}"),
    )
    return sign(("\r\n".join(head) + "\r\n\r\n" + body).encode(), names=names)


def part(text: str, kind: str = PLAIN, more: str = "") -> str:
    return f"Content-Type: {kind}\r\n{more}\r\n{text}"


def parts(*inside: str, boundary: str = "outer", above: str = "", below: str = "") -> str:
    """Return a multipart body."""
    whole = "".join(f"--{boundary}\r\n{one}\r\n" for one in inside)
    return f"{above}{whole}--{boundary}--\r\n{below}"


def cut(raw: bytes, kind: str) -> bytes:
    """Return the mail with another Content-Type, as somebody who has a copy would hand it in."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    at = head.rindex(b"Content-Type:")
    assert b"\r\n" not in head[at:], "the last header"
    return head[:at] + f"Content-Type: {kind}".encode() + gap + body


ALTERNATIVES = parts(part(TEXT), part("<p>Se texten.</p>", 'text/html; charset="utf-8"'))
MIXED = 'multipart/mixed; boundary="outer"'
ALTERNATIVE = 'multipart/alternative; boundary="outer"'
ATTACHED = parts(part(HARMLESS), part(TEXT, 'text/plain; charset="utf-8"', "Content-Disposition: attachment\r\n"))
NESTED = parts(
    part(parts(part(TEXT), boundary="inner"), 'multipart/alternative; boundary="inner"', ""),
    boundary="outer",
)


TAKEN, ASKED = (1, {"order": 1}), (0, {"waiting": 1})
both = pytest.mark.parametrize("trust", [TrustSource.DKIM, TrustSource.AUTHENTICATION_RESULTS])


def taken(folder: Path, trust: TrustSource, raw: bytes, also: Sequence[str] = ()) -> tuple[int, dict[str, int]]:
    """Return how many orders became of a mail, and how the mail ended."""
    top = f"{VOUCHED}\r\n{BORDER}\r\n".encode() if trust is TrustSource.AUTHENTICATION_RESULTS else b""
    with trusting(folder, trust, Dns(dns()), also=frozenset(also)) as home:
        come(home, top + raw)
        assert home.count(EVA, "/decide/") == home.orders()
        return home.orders(), home.sums()


@both
@pytest.mark.parametrize(
    "to", [f"To: {BOT}", f"To: {COLLEAGUE}\r\nCc: IT <{BOT.upper()}>", f'To: "Bot" <{BOT}>, x@y.se']
)
def test_a_mail_to_the_bot_is_taken(tmp_path: Path, trust: TrustSource, to: str) -> None:
    assert taken(tmp_path, trust, written(TEXT, to=to, names=(*NAMES, "cc"))) == TAKEN


@both
@pytest.mark.parametrize("to", [f"To: {COLLEAGUE}", "To: undisclosed-recipients:;", "X-To: nobody"])
def test_a_mail_to_somebody_else_is_confirmed_first(tmp_path: Path, trust: TrustSource, to: str) -> None:
    assert taken(tmp_path, trust, written(TEXT, to=to, names=(*NAMES, "cc"))) == ASKED


@both
def test_a_mail_to_another_address_that_leads_to_the_bot_is_taken(tmp_path: Path, trust: TrustSource) -> None:
    raw = written(TEXT, to="To: Inköp <Bestall@example.se>".replace("ö", "o"))
    assert taken(tmp_path, trust, raw, also=["bestall@example.se"]) == TAKEN


@both
def test_a_receiver_that_is_added_to_a_signed_list_of_them_does_not_count(tmp_path: Path, trust: TrustSource) -> None:
    raw = written(TEXT, to=f"To: {COLLEAGUE}").replace(b"\r\nSubject:", f"\r\nCc: {BOT}\r\nSubject:".encode())
    assert taken(tmp_path, trust, raw) == ASKED


def test_a_forged_signature_over_added_receivers_does_not_make_them_count(tmp_path: Path) -> None:
    raw = written(TEXT, to=f"To: {COLLEAGUE}").replace(b"\r\nSubject:", f"\r\nCc: {BOT}\r\nSubject:".encode())
    forged = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.se; s=x; h=from:cc:content-type; bh=A; b=A\r\n"
    assert taken(tmp_path, TrustSource.AUTHENTICATION_RESULTS, forged + raw) == ASKED


@both
def test_where_nothing_signed_names_a_receiver_the_header_counts(tmp_path: Path, trust: TrustSource) -> None:
    assert taken(tmp_path, trust, written(TEXT, names=MICROSOFT)) == TAKEN


def test_who_confirms_it_has_ordered(tmp_path: Path) -> None:
    with trusting(tmp_path, TrustSource.DKIM, Dns(dns())) as home:
        come(home, written(TEXT, to=f"To: {COLLEAGUE}"))
        assert home.orders() == home.count(EVA) == 0
        assert confirm_sender(home.bot, home.token(RUT, Purpose.CONFIRM), home.now) is True
        home.settle()
        assert home.order().sender_proof == "confirmation_link"


@both
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (TEXT, PLAIN),
        (ALTERNATIVES, ALTERNATIVE),
        (parts(part(TEXT), above="This is a multi-part message in MIME format.\r\n"), MIXED),
        (parts(part(TEXT), below="\r\n \r\n"), MIXED),
        (NESTED, MIXED),
        (ATTACHED.replace(TEXT, "x").replace(HARMLESS, TEXT), MIXED),
        (TEXT + "-- \r\nRut Rask\r\n--\r\nIT\r\n---------- \r\n------------\r\n", PLAIN),
    ],
    ids=["text", "alternatives", "usual preamble", "blank epilogue", "parts in parts", "attachment", "dashes"],
)
def test_an_ordinary_mail_whose_content_type_is_not_signed_is_taken(
    tmp_path: Path, trust: TrustSource, body: str, kind: str
) -> None:
    assert taken(tmp_path, trust, written(body, kind=kind, names=GMAIL)) == TAKEN


@both
@pytest.mark.parametrize(
    ("body", "kind", "instead"),
    [
        (NESTED, MIXED, 'multipart/mixed; boundary="inner"'),
        (ATTACHED, MIXED, PLAIN),
        (parts(part(HARMLESS), above=f"--x\r\n\r\n{TEXT}\r\n--x--\r\n"), MIXED, 'multipart/mixed; boundary="x"'),
        (f"--x\r\n\r\n{TEXT}\r\n--x--\r\nskrev Eva till mig i går.\r\n", PLAIN, 'multipart/mixed; boundary="x"'),
        (f"{HARMLESS}\r\n--x\r\n\r\n{TEXT}", PLAIN, 'multipart/mixed; boundary="x"'),
        (TEXT, PLAIN, 'multipart/mixed; boundary="there is none"'),
        (TEXT, PLAIN, "application/octet-stream; name=order.csv"),
        (f"Subject: x\r\n\r\n{TEXT}", PLAIN, "message/rfc822"),
    ],
    ids=["inner", "as text", "preamble", "quote", "head", "boundary without a part", "file", "mail in mail"],
)
def test_one_whose_signed_bytes_another_content_type_leaves_out_or_lays_bare_is_confirmed_first(
    tmp_path: Path, trust: TrustSource, body: str, kind: str, instead: str
) -> None:
    changed = cut(written(body, kind=kind, names=GMAIL), instead)
    orders, sums = taken(tmp_path, trust, changed)
    assert (orders, sums) in (ASKED, (0, {"ignored": 1})), "a mail about another is nobody's order"


@both
def test_what_lies_outside_the_parts_changes_nothing_where_the_content_type_is_signed(
    tmp_path: Path, trust: TrustSource
) -> None:
    raw = written(parts(part(TEXT), above="Till den som inte har MIME.\r\n", below="Slut.\r\n"), kind=MIXED)
    assert taken(tmp_path, trust, raw) == TAKEN


def test_one_good_signature_over_the_content_type_is_enough(tmp_path: Path) -> None:
    body = parts(part(TEXT), above="Till den som inte har MIME.\r\n")
    twice = sign(written(body, kind=MIXED), rsa_key(), names=GMAIL)
    assert taken(tmp_path, TrustSource.DKIM, twice) == TAKEN


def test_text_behind_the_length_that_a_signature_covers_is_confirmed_first(tmp_path: Path) -> None:
    raw = sign(written(TEXT), length=True)
    assert taken(tmp_path, TrustSource.AUTHENTICATION_RESULTS, raw + b"9 st stol\r\n") == ASKED


def test_mail_handed_in_on_this_machine_names_whom_it_likes(tmp_path: Path) -> None:
    with harness(tmp_path) as home:
        home.raw(written(TEXT, to=f"To: {COLLEAGUE}"))
        assert home.orders() == 1

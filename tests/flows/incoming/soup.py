"""Random mails for property tests: header soup, bodies in pieces, and orders that something happened to."""

from collections.abc import Callable

from hypothesis import strategies as st

from tests.support.harness import ANNA, BOT, EVA, ORDER, RUT

KNOWN = (RUT, EVA, ANNA, BOT, "ny.person@example.se", "evil@x.test", "MAILER-DAEMON@x.test")
NAMES = """
    From Sender Reply-To To Cc Bcc Subject Date Message-ID In-Reply-To References Received Return-Path
    Authentication-Results Auto-Submitted Precedence List-Id X-Autoreply X-Auto-Response-Suppress
    Content-Type Content-Transfer-Encoding Content-Disposition Content-ID MIME-Version X-Mailbot-Decision X-å
"""
PIECES = """
    multipart/mixed multipart/alternative multipart/report message/rfc822 message/partial message/delivery-status
    text/plain text/html text/calendar application/pkcs7-mime image/png ;boundary=b ;boundary="" ;boundary*=b
    ;boundary*=idna'sv'%C3%A5 ;charset=utf-8 ;charset=utf-7 ;charset= ;charset*=x ;charset=hex ;format=flowed
    ;delsp=yes ;method=REPLY ;report-type=delivery-status ;name=order.csv ;filename=order.json ;filename*0=../../a
    base64 quoted-printable x-uuencode 8bit attachment inline auto-replied auto-generated no bulk
    =?utf-8?q?=0D=0ABcc:_evil=40x.test?= =?utf-8?q?=00?= =?utf-8?b?a?= =?idna?q?=C3?= =?utf-8?q?GODK=C3=84NN?=
    mx.example.se;dmarc=pass header.from=example.se GODKÄNN lista hjälp #aaaaaaaaaaaa Re: Autosvar:
    " \\\\ ( ) < > , : ; @ å 1
"""
BREAKS = ("\r\n ", "\r\n\t", "\r", "\n", "\x00", "\udcff", "\u2028", "\u202e", "\x85", "\r\nBcc: evil@x.test")
ADDRESSES = st.sampled_from([*KNOWN, *(f"<{a}>" for a in KNOWN), f'"{EVA}" <evil@x.test>', f"Eva Ek <{RUT}>"])
VALUES = st.lists(
    st.one_of(st.sampled_from(PIECES.split()), ADDRESSES, st.sampled_from(BREAKS), st.just(" "), st.text(max_size=5)),
    max_size=6,
).map("".join)
HEADERS = st.tuples(st.sampled_from(NAMES.split()), VALUES).map(lambda header: f"{header[0]}: {header[1]}")
LINES = st.sampled_from(
    [
        *["--b", "--b--", "", "Hej", "-- ", "> GODKÄNN", "GODKÄNN", "AVSLÅ", "approve", "=", "=C3=A5", "begin 644 x"],
        *[*ORDER.splitlines(), "Leverantör: Atea", "Enhet:", "Totalt: 1.234", "Moms: 17", "a; b; c", "1 st x à 1e9"],
        *["Från: Eva", "Ämne: x", "Skickat: i dag", "Den 2 mars 2026 skrev Eva:", "Vidarebefordrat meddelande:"],
        *["<table><tr><td>Enhet<td>cs", "</table>", "<script>", "{{7*7}}", "Action: failed", "Status: 5.1.1"],
        *["%PDF-1.4", "PK\x03\x04", '{"unit": "cs", "lines": [{}]}', "\udcff\udcfe", "\x00", "\u202e"],
    ]
)


def _joined(parts: tuple[list[str], list[str], str, bytes]) -> bytes:
    head, body, end, tail = parts
    return end.join([*head, "", *body]).encode("utf-8", "surrogateescape") + tail


ENDS = st.sampled_from(["\r\n", "\r\n", "\r\n", "\n"])
SOUP = st.tuples(
    st.lists(HEADERS, max_size=8), st.lists(st.one_of(LINES, HEADERS), max_size=14), ENDS, st.binary(max_size=20)
).map(_joined)
"""Mails of any headers and any lines."""

HEAD = [f"From: Rut Rask <{RUT}>", f"To: {BOT}", "Subject: Order"]
LETTERS = st.tuples(
    st.lists(HEADERS.filter(lambda line: not line.startswith(("From", "Subject"))), max_size=3).map(HEAD.__add__),
    st.lists(LINES, max_size=20),
    ENDS,
    st.just(b""),
).map(_joined)
"""Mails of a known person with a few odd headers, and any lines."""

PLAIN = "\r\n".join([*HEAD, "Content-Type: text/plain; charset=utf-8", "", *ORDER.splitlines(), ""]).encode()
MIXED = (
    b"From: " + RUT.encode() + b"\r\nSubject: Order\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Enhet: cs\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Enhet: cs<p>1 st Mus &agrave; 100 kr\r\n--b--\r\n"
)

Change = Callable[[bytes], bytes]


def _cut(at: int, length: int) -> Change:
    return lambda raw: raw[: at % len(raw)] + raw[at % len(raw) + length :]


def _put(at: int, what: bytes) -> Change:
    return lambda raw: raw[: at % len(raw)] + what + raw[at % len(raw) :]


def _flip(at: int, bit: int) -> Change:
    return lambda raw: bytes(byte ^ (1 << bit) if n == at % len(raw) else byte for n, byte in enumerate(raw))


def _double(at: int, length: int) -> Change:
    return lambda raw: raw[: at % len(raw) + length] + raw[at % len(raw) :]


PLACES = st.integers(0, 10_000)
CHANGES = st.one_of(
    st.builds(_cut, PLACES, st.integers(1, 40)),
    st.builds(_put, PLACES, st.one_of(VALUES.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=8))),
    st.builds(_flip, PLACES, st.integers(0, 7)),
    st.builds(_double, PLACES, st.integers(1, 60)),
)


def _changed(raw: bytes, changes: list[Change]) -> bytes:
    for change in changes:
        raw = change(raw or b"\n")
    return raw


MUTATED = st.builds(_changed, st.sampled_from([PLAIN, MIXED]), st.lists(CHANGES, min_size=1, max_size=5))
"""Good orders with a few bytes cut, put in, flipped or said twice."""

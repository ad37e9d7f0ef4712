"""Mails written byte by byte, as no mail library would write them, and what the bot made of them."""

import base64
import email
from collections.abc import Sequence
from email import policy
from itertools import count

from mailbot.domain.values.order import Line
from tests.support.harness import BOT, ORDER, RUT, Harness

OUR_HEADERS = {
    *("from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-language"),
    *("auto-submitted", "x-auto-response-suppress", "in-reply-to", "references", "reply-to"),
}
"""Every header that a mail of the bot's may have."""

STRANGER = "okand@annan.example"
PLAIN = "Content-Type: text/plain; charset=utf-8"
HTML = "Content-Type: text/html; charset=utf-8"
_numbers = count(1)


def mail(
    *headers: str | bytes,
    body: str | bytes = ORDER,
    sender: str | bytes = f"From: {RUT}",
    subject: str = "Subject: Order",
    message_id: str = "",
) -> bytes:
    """Return a mail with CRLF line ends; headers are given whole, and those that it always has may be "-" for none."""
    named = message_id or f"Message-ID: <odd-{next(_numbers)}@example.se>"
    usual = [line for line in (sender, f"To: {BOT}", subject, named) if line != "-"]
    text = body if isinstance(body, bytes) else body.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    return b"\r\n".join(_bytes(line) for line in (*usual, *headers)) + b"\r\n\r\n" + text


def part(body: str | bytes, *headers: str) -> bytes:
    """Return one part of a multipart mail."""
    text = body if isinstance(body, bytes) else body.replace("\n", "\r\n").encode()
    return "\r\n".join(["--grans", *headers, "", ""]).encode() + text + b"\r\n"


def multipart(*parts: bytes, kind: str = "mixed", headers: Sequence[str] = ()) -> bytes:
    """Return a mail of these parts."""
    body = b"".join(parts) + b"--grans--\r\n"
    return mail(*headers, f"Content-Type: multipart/{kind}; boundary=grans", body=body)


def file(name: str, data: bytes, kind: str = "application/octet-stream", disposition: str = "attachment") -> bytes:
    """Return an attached file as a part; the name is written as it is given."""
    headers = (f"Content-Type: {kind}", "Content-Transfer-Encoding: base64")
    return part(base64.encodebytes(data), *headers, f"Content-Disposition: {disposition}; filename={name}")


def _bytes(line: str | bytes) -> bytes:
    return line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape")


def lines_of(home: Harness) -> list[tuple[str, str, str]]:
    """Return the lines of the newest order."""
    return [_line(line) for line in home.order().content.lines]


def _line(line: Line) -> tuple[str, str, str]:
    return line.description, f"{line.quantity.normalize():f}", f"{line.price.amount.normalize():f}"


LAPTOP = [("Dell XPS 13", "1", "12500")]
"""The lines of the ordinary order."""


def header_names(raw: bytes) -> set[str]:
    """Return the names of a mail's headers, in lower case, as a strict reader sees them."""
    return {name.lower() for name in email.message_from_bytes(raw, policy=policy.default)}


def recipients(home: Harness) -> set[str]:
    """Return everyone for whom a mail was made, sent or not."""
    return {address for (address,) in home.query("SELECT DISTINCT mail_to FROM outbox")}


def inbox_ends(home: Harness) -> list[tuple[str, str | None]]:
    """Return state and outcome of every mail that came in."""
    return [(state, outcome) for state, outcome in home.query("SELECT state, outcome FROM inbox ORDER BY id")]


def told(home: Harness) -> list[tuple[str, str]]:
    """Return kind and recipient of every mail that the bot made, in order."""
    return [(kind, address) for kind, address in home.query("SELECT kind, mail_to FROM outbox ORDER BY id")]

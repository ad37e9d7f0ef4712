"""Finished texts to message bytes: the only place that sets a header of an outgoing mail."""

import re
from base64 import encodebytes
from binascii import b2a_qp
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from email import base64mime, quoprimime
from email.header import Header
from email.utils import format_datetime
from urllib.parse import quote

from mailbot.domain.values.text import clean, is_plain_address

# As code points, since in a source file they could not be seen: controls, marks that turn the writing, no-width spaces.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_MEDIA_TYPE = re.compile(r'[a-z]+/[a-z0-9.+-]+(?:; charset="utf-8")?')
_NOT_AS_IT_IS = re.compile(rb"(?m)\x00|\r(?!\n)|(?<!\r)\n|[^\r\n]{999}|^--=_mixed")
"""What a mail that is attached as one may not hold: line ends other than CRLF, lines too long, a boundary of ours."""
MAX_NAME = 60
"""The most letters of a file's name; each may take twelve in the header."""
MAX_HEADER = 200
MAX_ENCODED = 48
"""The most letters inside an encoded word: with its frame and the header's name, the line stays below 78."""
MAX_LINE = 78


@dataclass(frozen=True)
class OutgoingFile:
    """A file that is sent along: its name, its media type, its bytes. The name may be a stranger's: it is encoded."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class OutgoingMail:
    """One mail, in words. Addresses come from the configuration or the registers, never from mail text.

    `answers` are Message-IDs, oldest first; `original` is a received mail passed on, `files` go before it.
    """

    sender: str
    sender_name: str
    to: str
    to_name: str
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str
    language: str
    answers: tuple[str, ...] = ()
    original: bytes | None = None
    files: tuple[OutgoingFile, ...] = ()
    auto_submitted: str = "auto-generated"


class BadAddressError(ValueError):
    """An address that is not one plain local@domain reached the composer."""


def compose(letter: OutgoingMail, now: datetime) -> bytes:
    """Return the message bytes with CRLF line ends; raises BadAddressError for an address that is not plain."""
    kind, body = _body(letter)
    head = {"Content-Type": kind, "MIME-Version": "1.0", **_headers(letter, now)}
    lines = "".join(f"{name}: {_folded(name, value)}\r\n" for name, value in head.items() if value)
    return f"{lines}\r\n".encode("ascii") + body


def _folded(name: str, value: str) -> str:
    """Fold a header's value; most need none, and the folder is slow."""
    is_plain = value.isascii() and "\n" not in value and len(f"{name}: {value}") <= MAX_LINE
    return value if is_plain else Header(value, header_name=name).encode(linesep="\r\n")


def _headers(letter: OutgoingMail, now: datetime) -> dict[str, str]:
    return {
        "From": _mailbox(letter.sender_name, letter.sender),
        "To": _mailbox(letter.to_name, letter.to),
        "Reply-To": _mailbox("", letter.reply_to) if letter.reply_to != letter.sender else "",
        "Subject": _encoded(clean(letter.subject)[:MAX_HEADER]),
        "Date": format_datetime(now),
        "Message-ID": clean(letter.message_id),
        "In-Reply-To": clean(letter.answers[-1]) if letter.answers else "",
        "References": " ".join(clean(a) for a in letter.answers),
        "Content-Language": letter.language,
        # Out-of-office replies are wanted: an absent approver must not go unnoticed (docs/rules/promises.md#away).
        "Auto-Submitted": letter.auto_submitted,
        "X-Auto-Response-Suppress": "RN, NRN, AutoReply",
    }


def _mailbox(name: str, address: str) -> str:
    if not is_plain_address(address):
        raise BadAddressError("an address that is not one plain local@domain")
    name = clean(name)[:MAX_HEADER]
    if not name or name == address:
        return address
    if name.isascii() and "=?" not in name:  # some readers decode even what stands in quotes
        quoted = name.replace("\\", "").replace('"', "")
        return f'"{quoted}" <{address}>'
    return f"{_encoded(name)} <{address}>"


def _encoded(text: str) -> str:
    """Return text as encoded words: what `email.header` makes of it, which measures each word letter by letter."""
    raw, words = text.encode(), list[str]()
    form = base64mime if base64mime.header_length(raw) < quoprimime.header_length(raw) else quoprimime
    while text:
        room = MAX_ENCODED - bool(words)  # a space begins every line but the first
        fits = bisect_right(range(room), room, key=lambda n: form.header_length(text[: n + 1].encode()))
        words.append(form.header_encode(text[:fits].encode(), "utf-8"))
        text = text[fits:]
    return "\n ".join(words)


def _body(letter: OutgoingMail) -> tuple[str, bytes]:
    """Return the media type of a mail, and its parts."""
    kind, both = _joined("alternative", _text(letter.text, "plain"), _text(letter.html, "html"))
    attached = [_attached(file) for file in letter.files]
    if letter.original is not None:  # as bytes: it is never parsed and written again (docs/rules/mail.md#rewriting)
        attached.append(_passed_on(letter.original))  # the last, as store/blanking.py expects
    if not attached:
        return kind, both
    return _joined("mixed", f"Content-Type: {kind}\r\nMIME-Version: 1.0\r\n\r\n".encode() + both, *attached)


def _joined(kind: str, *parts: bytes) -> tuple[str, bytes]:
    """Return a multipart's media type, and its parts around a boundary that no encoded part can hold, for its `=_`."""
    mark = f"--=_{kind}".encode()
    inside = b"".join(b"%b\r\n%b\r\n" % (mark, part) for part in parts)
    return f'multipart/{kind}; boundary="=_{kind}"', inside + mark + b"--\r\n"


def _part(kind: str, encoding: str, body: bytes, more: str = "") -> bytes:
    head = f"Content-Type: {kind}\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: {encoding}\r\n{more}\r\n"
    return head.encode("ascii") + body.replace(b"\n", b"\r\n")


def _text(text: str, subtype: str) -> bytes:
    """Encode as quoted-printable, a fifth smaller than base64 and readable raw; what cannot be seen is left out."""
    lines = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _part(f'text/{subtype}; charset="utf-8"', "quoted-printable", b2a_qp(lines.encode(), istext=True))


def _attached(file: OutgoingFile) -> bytes:
    kind = file.media_type if _MEDIA_TYPE.fullmatch(file.media_type) else "application/octet-stream"
    plain = file.name.isascii() and file.name.replace(".", "").replace("-", "").isalnum() and len(file.name) <= MAX_NAME
    name = f'filename="{file.name}"' if plain else f"filename*=UTF-8''{quote(clean(file.name)[-MAX_NAME:], safe='')}"
    return _part(kind, "base64", encodebytes(file.data), f"Content-Disposition: attachment; {name}\r\n")


def _passed_on(raw: bytes) -> bytes:
    """Attach a received mail as a mail, which programs open by themselves.

    A mail may not be encoded there (RFC 2046 section 5.2.1), and 8-bit parts need a relay that takes them (RFC 6152),
    which nobody knows yet: one that is not ASCII, as one in ten is, or could end our own part, is attached as a file.
    """
    told = OutgoingFile("original.eml", "application/octet-stream", raw)
    if not raw.isascii() or _NOT_AS_IT_IS.search(raw):
        return _attached(told)
    head = "Content-Type: message/rfc822\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\n"
    return f'{head}Content-Disposition: attachment; filename="{told.name}"\r\n\r\n'.encode() + raw

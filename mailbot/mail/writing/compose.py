"""Finished texts to message bytes: the only place that sets a header of an outgoing mail."""

import re
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime

from mailbot.domain.values.text import clean, is_plain_address

# As code points, since in a source file they could not be seen: controls, marks that turn the writing, no-width spaces.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
MAX_HEADER = 200
MAX_ENCODED = 60
"""The longest encoded word: with the header's name before it, the line stays below 78."""


@dataclass(frozen=True)
class OutgoingFile:
    """A file that the bot has made and sends along: its name, what kind of text it is, its bytes in UTF-8."""

    name: str
    subtype: str
    data: bytes


@dataclass(frozen=True)
class OutgoingMail:
    """One mail, in words. Addresses come from the configuration or the registers, never from mail text.

    `answers` are Message-IDs, oldest first; `original` is a received mail passed on, `files` the bot has made.
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
    message = _body(letter)
    for name, value in _headers(letter, now).items():
        if value:
            message[name] = value
    return message.as_bytes(policy=policy.compat32.clone(linesep="\r\n"))


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
    return Header(text, "utf-8", maxlinelen=MAX_ENCODED).encode()


def _body(letter: OutgoingMail) -> MIMEBase:
    both = MIMEMultipart("alternative")
    both.attach(_text(letter.text, "plain"))
    both.attach(_text(letter.html, "html"))
    if letter.original is None and not letter.files:
        return both
    whole = MIMEMultipart("mixed")
    whole.attach(both)
    for file in letter.files:
        whole.attach(_file(file))
    if letter.original is not None:
        whole.attach(_original(letter.original))
    return whole


def _text(text: str, subtype: str) -> MIMEBase:
    """Encode as quoted-printable, a fifth smaller than base64 and readable raw; what cannot be seen is left out."""
    part = MIMENonMultipart("text", subtype, charset="utf-8")
    part["Content-Transfer-Encoding"] = "quoted-printable"
    lines = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    part.set_payload(b2a_qp(lines.encode(), istext=True).decode("ascii"))
    return part


def _file(file: OutgoingFile) -> MIMEBase:
    part = MIMENonMultipart("text", file.subtype, charset="utf-8")
    part.set_payload(file.data)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=file.name)
    return part


def _original(raw: bytes) -> MIMEBase:
    """Attach a received mail as bytes: it is never parsed and written again (docs/rules/mail.md#rewriting)."""
    part = MIMEBase("application", "octet-stream")
    part.set_payload(raw)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename="original.eml")
    return part

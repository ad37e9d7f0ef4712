"""A mail as it came through a door: raw bytes and what the door knows. Nothing of its content is read here."""

from dataclasses import dataclass
from datetime import datetime


class StoppedError(Exception):
    """Reading a mail took more time or memory than any mail is worth, or ended its reader; the message says which."""


class LostChildError(Exception):
    """Its reader was ended or held up by something else: that says nothing of the mail, which may be tried again."""


@dataclass(frozen=True)
class RawMail:
    """One accepted mail, before anyone has looked inside it.

    `mail_from` is the envelope sender without angle brackets, "" for the null sender `<>`.
    `peer` is the client's IP address, or "" where the door has none (a UNIX socket).
    `via` names the door: "smtp", "lmtp", "imap" or "doctor". `received_at` is UTC.
    """

    raw: bytes
    mail_from: str
    rcpt_to: tuple[str, ...]
    peer: str
    via: str
    received_at: datetime

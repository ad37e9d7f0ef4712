"""A mail as a door took it: its bytes and what the door knows. Nothing here reads the content."""

from dataclasses import dataclass
from datetime import datetime


class StoppedError(Exception):
    """Reading a mail took too much time or memory, or ended the reading child; the message says which."""


class LostChildError(Exception):
    """The reading child was ended or held up by something else than the mail, so that the mail may be tried again."""


@dataclass(frozen=True)
class RawMail:
    """One accepted mail, not yet read.

    `mail_from` is the envelope sender without angle brackets, "" for the null sender `<>`.
    `peer` is the client's IP address, or "" if the door knows none (a UNIX socket).
    `via` names the door: "smtp", "lmtp", "imap" or "doctor". `received_at` is UTC.
    """

    raw: bytes
    mail_from: str
    rcpt_to: tuple[str, ...]
    peer: str
    via: str
    received_at: datetime

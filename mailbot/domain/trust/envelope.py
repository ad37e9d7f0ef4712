"""A mail as a door took it: its bytes and what the door knows. Nothing here reads the content."""

from dataclasses import dataclass
from datetime import datetime


class StoppedError(Exception):
    """Reading a mail took too much time or memory, or ended the reading child; the message says which."""


class LostChildError(Exception):
    """The reading child was ended or held up by something else than the mail, so that the mail may be tried again."""


@dataclass(frozen=True)
class RawMail:
    """One accepted mail, not yet read; `received_at` is UTC.

    `mail_from` is the envelope sender without brackets, "" for `<>`. `peer` is the client's IP address, "" for a UNIX
    socket. `via` is the door: "smtp", "lmtp", "imap" or "doctor".
    """

    raw: bytes
    mail_from: str
    rcpt_to: tuple[str, ...]
    peer: str
    via: str
    received_at: datetime

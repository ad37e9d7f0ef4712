"""Which mailbox the IMAP door empties, how it gets in, and at what pace."""

import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from mailbot.edge.imap.oauth import AccessTokens
from mailbot.edge.peers import is_loopback


@dataclass(frozen=True)
class ImapAccount:
    """One mailbox. `credentials` is its password, or access tokens for XOAUTH2; only the server is shown them.

    In folder names "/" stands between the levels, whatever the server itself writes there.
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"]
    user: str
    credentials: str | AccessTokens = field(repr=False)
    folder: str = "INBOX"
    done_folder: str = "Processed"
    parked_folder: str = "Parked"

    def __post_init__(self) -> None:
        """Raise ValueError for what must never reach a server."""
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError("an IMAP server on another machine is only spoken to over TLS")
        password = self.credentials if isinstance(self.credentials, str) else ""
        for name in ("host", "user", "folder", "done_folder", "parked_folder"):
            refuse_controls(name, getattr(self, name))
        refuse_controls("password", password)
        if folded(self.folder) in {folded(self.done_folder), folded(self.parked_folder)}:
            raise ValueError("mail cannot be moved to the folder that it comes from")


@dataclass(frozen=True)
class ImapLimits:
    """What the door takes at once, and its pace; bytes and seconds.

    `message_bytes`: a larger mail is not fetched, and no batch holds more. `header_bytes`: what is fetched of a larger
    mail. `poll_seconds`: how often it looks untold. `idle_seconds`: of one IDLE; a server may end it after 30 minutes,
    a router sooner. `connect_seconds`, `read_seconds`: silence that counts as a lost connection. `first_wait_seconds`,
    `longest_wait_seconds`: after trouble, doubled each time. `refused_wait_seconds`: after a refused login; an old
    token may cost one more login, so that 720 makes six an hour at most. `stop_seconds`: for what is in hand, and once
    more after cutting the connection.
    """

    message_bytes: int = 25_000_000
    batch_mails: int = 20
    header_bytes: int = 100_000
    poll_seconds: float = 300
    idle_seconds: float = 540
    connect_seconds: float = 30
    read_seconds: float = 60
    first_wait_seconds: float = 5
    longest_wait_seconds: float = 300
    refused_wait_seconds: float = 720
    stop_seconds: float = 3


def refuse_controls(name: str, value: str) -> None:
    """Raise ValueError for characters that could begin another command (docs/rules/mail.md#imap-injection)."""
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in value):
        raise ValueError(f"{name} holds a control character")


def folded(name: str) -> str:
    """Return a folder's name in the one form by which two are compared."""
    return unicodedata.normalize("NFC", name).casefold()

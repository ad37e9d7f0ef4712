"""What can be wrong with a mailbox, in words for the operator that hold no secret and no text of a mail."""

import ssl
from dataclasses import dataclass
from enum import StrEnum

from imapclient.exceptions import IMAPClientError

from mailbot.edge.imap.oauth import TokenRefusedError, TokenTroubleError


class ImapTroubleKind(StrEnum):
    """What kind of trouble; the first two last until somebody changes something, the others may pass."""

    REFUSED = "login refused"
    UNUSABLE = "mailbox unusable"
    UNREACHABLE = "server unreachable"
    NOT_TAKEN = "mail not taken"


@dataclass(frozen=True)
class ImapTrouble:
    """Something that an operator may have to see to, as a sentence without secrets and without text of a mail."""

    kind: ImapTroubleKind
    words: str


class LoginRefusedError(Exception):
    """The server does not let this user in."""


class NotNowError(Exception):
    """The server lets nobody in at the moment."""


class UnusableMailboxError(Exception):
    """The mailbox lacks something that the door needs."""


def explained(error: Exception, host: str) -> ImapTrouble:
    """Say what happened; what a server said beside a refused login may hold text of a mail, and is left out."""
    match error:
        case LoginRefusedError() | TokenRefusedError():
            return ImapTrouble(ImapTroubleKind.REFUSED, str(error))
        case UnusableMailboxError():
            return ImapTrouble(ImapTroubleKind.UNUSABLE, str(error))
        case TokenTroubleError() | NotNowError():
            words = str(error)
        case ssl.SSLCertVerificationError():
            words = f"The certificate of {host} is not accepted: {error.verify_message}"
        case OSError():
            words = f"{host} cannot be reached, or has fallen silent ({type(error).__name__})."
        case IMAPClientError():
            words = f"{host} has ended the connection or refused a command ({type(error).__name__})."
        case _:
            words = f"{host} was not understood ({type(error).__name__})."
    return ImapTrouble(ImapTroubleKind.UNREACHABLE, words)

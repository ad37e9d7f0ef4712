"""Sends mail to the relay over one kept connection, with verified TLS unless the relay is this machine."""

import smtplib
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import structlog

from mailbot.edge.peers import verified_tls
from mailbot.flows.clock.deliver import Fate, RelayReply

log = structlog.get_logger()

FINAL_DOT_SECONDS = 600
"""How long to wait for an answer. Giving up sooner after the final dot makes duplicates (RFC 5321 4.5.3.2.6)."""
MAX_REASON = 300
TOO_LARGE = 552
CLEAR_ANSWERS = range(400, 600)
"""Codes that say that the relay has not taken the mail. After the final dot, any other may mean that it has."""

_verifying = cache(verified_tls)  # made once, because reading the certificates takes longer than sending a mail


@dataclass(frozen=True)
class Relay:
    """Where mail goes out; `password` is told only to the relay, and never logged."""

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"]
    username: str = ""
    password: str = ""


class _Dotted(smtplib.SMTP):
    """A connection that knows whether the whole mail was sent: smtplib sends the mail as bytes, commands as text."""

    dotted = False

    def send(self, s: Any) -> None:  # noqa: ANN401  as smtplib has it
        """Send, and note when a whole mail has been sent."""
        super().send(s)
        self.dotted = self.dotted or isinstance(s, bytes)


class _DottedOverTls(_Dotted, smtplib.SMTP_SSL):
    """The same with TLS from the start."""


class SmtpOut:
    """Sends mails one after another over a kept connection; must not be used by several threads at once."""

    def __init__(self, relay: Relay) -> None:
        """Bind the relay; nothing is opened yet."""
        self.relay = relay
        self._connection: _Dotted | None = None

    def send(self, mail_from: str, mail_to: str, raw: bytes) -> RelayReply:
        """Send one mail and return how it went; relay trouble raises nothing."""
        try:
            connection = self._connection or self._connect()
        except (OSError, smtplib.SMTPException) as error:
            # If the greeting or the login is refused, even with a 5xx, that says nothing about this mail.
            return _gone(error)
        connection.dotted = False
        try:
            connection.sendmail(mail_from, [mail_to], raw)
        except smtplib.SMTPRecipientsRefused as error:
            return _answer(*error.recipients[mail_to])
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            if isinstance(error, smtplib.SMTPResponseException) and _speaks_of_the_mail(error):
                answer = _answer(error.smtp_code, error.smtp_error)
                return replace(answer, fate=Fate.LATER) if _is_own_fault(error) else answer
            return replace(_gone(error), maybe_taken=connection.dotted)
        return RelayReply(Fate.SENT)

    def _connect(self) -> _Dotted:
        relay = self.relay
        connection: _Dotted
        if relay.tls == "tls":
            connection = _DottedOverTls(relay.host, relay.port, timeout=FINAL_DOT_SECONDS, context=_verifying())
        else:
            connection = _Dotted(relay.host, relay.port, timeout=FINAL_DOT_SECONDS)
        try:
            if relay.tls == "starttls":
                connection.starttls(context=_verifying())
            connection.ehlo_or_helo_if_needed()
            if relay.username:
                connection.login(relay.username, relay.password)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def close(self) -> None:
        """Close the kept connection, if any."""
        if self._connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._connection.close()
            self._connection = None


def _gone(error: Exception) -> RelayReply:
    return RelayReply(Fate.RELAY_GONE, f"{type(error).__name__}: {error}"[:MAX_REASON])


def _speaks_of_the_mail(error: smtplib.SMTPResponseException) -> bool:
    """Tell whether the relay has answered a command; smtplib makes up a 500 for an answer line too long."""
    return type(error) is not smtplib.SMTPResponseException and error.smtp_code in CLEAR_ANSWERS


def _is_own_fault(error: smtplib.SMTPResponseException) -> bool:
    """Tell whether the relay refuses the bot's own address as sender, not the mail because of its size."""
    return isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != TOO_LARGE


def _answer(code: int, words: bytes | str) -> RelayReply:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    permanent = 500 <= code < 600
    return RelayReply(Fate.REFUSED if permanent else Fate.LATER, f"{code} {text}"[:MAX_REASON])

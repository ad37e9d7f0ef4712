"""The door out: one kept connection to the relay, over verified TLS unless the relay is this machine."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import structlog

from mailbot.flows.deliver import Answer, Fate

log = structlog.get_logger()

FINAL_DOT_SECONDS = 600
"""RFC 5321 4.5.3.2.6: giving up sooner after the final dot makes duplicates."""
MAX_REASON = 300
TOO_LARGE = 552


@dataclass(frozen=True)
class Relay:
    """Where mail goes out; `password` is shown to the relay only, never logged."""

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"]
    username: str = ""
    password: str = ""


class SmtpOut:
    """Sends mails one after another over a kept connection; not for use by several threads at once."""

    def __init__(self, relay: Relay) -> None:
        """Bind the relay; nothing is opened yet."""
        self.relay = relay
        self._connection: smtplib.SMTP | None = None

    def send(self, mail_from: str, mail_to: str, raw: bytes) -> Answer:
        """Send one mail and say how it went; raises nothing for the relay's own trouble."""
        try:
            connection = self._connection or self._connect()
        except (OSError, smtplib.SMTPException) as error:
            # A greeting or a login refused, even for good, says nothing of the mail.
            return Answer(Fate.RELAY_GONE, f"{type(error).__name__}: {error}"[:MAX_REASON])
        try:
            connection.sendmail(mail_from, [mail_to], raw)
        except smtplib.SMTPServerDisconnected as error:
            self.close()
            return Answer(Fate.RELAY_GONE, str(error))
        except smtplib.SMTPRecipientsRefused as error:
            return _answer(*error.recipients[mail_to])
        except smtplib.SMTPResponseException as error:
            self.close()
            answer = _answer(error.smtp_code, error.smtp_error)
            return replace(answer, fate=Fate.LATER) if _is_own_fault(error) else answer
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Answer(Fate.RELAY_GONE, f"{type(error).__name__}: {error}"[:MAX_REASON])
        return Answer(Fate.SENT)

    def _connect(self) -> smtplib.SMTP:
        relay = self.relay
        connection: smtplib.SMTP
        if relay.tls == "tls":
            connection = smtplib.SMTP_SSL(relay.host, relay.port, timeout=FINAL_DOT_SECONDS, context=_verifying())
        else:
            connection = smtplib.SMTP(relay.host, relay.port, timeout=FINAL_DOT_SECONDS)
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


@cache
def _verifying() -> ssl.SSLContext:
    """Return the TLS settings: certificates are verified. Made once, for reading them takes longer than a mail."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _is_own_fault(error: smtplib.SMTPResponseException) -> bool:
    """Tell whether the relay refuses the bot's own address as sender, and not the mail for its size."""
    return isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != TOO_LARGE


def _answer(code: int, words: bytes | str) -> Answer:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    permanent = 500 <= code < 600
    return Answer(Fate.REFUSED if permanent else Fate.LATER, f"{code} {text}"[:MAX_REASON])

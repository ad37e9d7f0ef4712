"""What the SMTP door takes before it says no."""

from dataclasses import dataclass

KB = 1024
MB = 1024 * KB


@dataclass(frozen=True)
class SmtpLimits:
    """What one door takes before it says no; bytes and seconds.

    `message_bytes`: a connection that sends a fifth more without ending a mail is cut. `line_bytes`: without CRLF.
    `recipients`: of one mail. `connections_per_address`: not on a UNIX socket; where one relay brings all mail, set it
    to `connections`. `data_timeout`: for a whole mail, and then for storing it. `session_seconds`: age of a connection;
    a mail that has begun may end. `idle_seconds`: for which a connection without a mail keeps its place when all are
    taken. `patience`: for which a new one waits for a place; `waiting`: how many may. `commands`: replies without a
    mail being stored. `in_flight`: mails of full size in memory; bytes are counted, so that slow clients with small
    mails shut out nobody. `stop_seconds`: for mails in hand, and once more for the last commit.
    """

    message_bytes: int = 25 * MB
    line_bytes: int = 64 * KB
    header_bytes: int = 100 * KB
    recipients: int = 20
    connections: int = 100
    connections_per_address: int = 10
    command_timeout: float = 60
    data_timeout: float = 300
    session_seconds: float = 600
    idle_seconds: float = 1
    patience: float = 0
    waiting: int = 20
    commands: int = 100
    in_flight: int = 8
    stop_seconds: float = 10

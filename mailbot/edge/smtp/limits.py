"""What the SMTP door takes before it says no."""

from dataclasses import dataclass

KB = 1024
MB = 1024 * KB


@dataclass(frozen=True)
class SmtpLimits:
    """What one door takes before it says no.

    `message_bytes`: one mail. A connection that sends a fifth more than that without ending a mail is cut.
    `line_bytes`: one line of a mail, without its CRLF. `header_bytes`: the header block of a mail.
    `recipients`: accepted recipients of one mail.
    `connections`, `connections_per_address`: open at once; the second does not hold on a UNIX socket. Where one
    relay brings all mail, set both to the same number.
    `command_timeout`, `data_timeout`: seconds for the next command, and for one whole mail and then its storing.
    `session_seconds`: age of a connection; a mail that has begun may still end.
    `idle_seconds`: how long a connection without a mail in hand keeps its place when another one comes and all are
    taken. `patience`: seconds for which that one waits for a place before it is turned away; `waiting`: how many may.
    `commands`: replies a connection gets without a mail being stored.
    `in_flight`: mails of full size held in memory at once. Bytes are counted, not mails, so that a few
    slow clients with small mails cannot shut out the others.
    `stop_seconds`: how long `stop` waits for mails in hand, and then once more for the last commit.
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

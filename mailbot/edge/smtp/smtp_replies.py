"""What the SMTP door answers in more than one place."""

from mailbot.edge.smtp.limits import KB, MB

TROUBLE = "451 4.3.0 Temporary trouble here, please try again later"
BUSY = "452 4.3.1 Too many mails at once, please try again later"
FULL = "452 4.3.1 Too little disk space here, please try again later"
MAKING_ROOM = "421 4.3.2 All places are taken, and you were idle"
SHUTTING_DOWN = "421 4.3.2 Shutting down"
NO_SUCH_RECIPIENT = "550 5.1.1 There is no such recipient here"
BAD_HEADER = "550 5.6.0 The header of the mail holds a NUL or a line end that is not CRLF"


def too_big(what: str, limit: int) -> str:
    """Return the reply to what is larger than allowed."""
    unit, name = next((u, n) for u, n in ((MB, "MB"), (KB, "KB"), (1, "bytes")) if limit >= u)
    return f"552 5.3.4 {what} is larger than {limit / unit:.10g} {name}"

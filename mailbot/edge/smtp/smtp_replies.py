"""What the SMTP door answers in more than one place."""

from mailbot.edge.smtp.limits import KB, MB

TROUBLE = "451 4.3.0 Temporary trouble here, please try again later"
BUSY = "452 4.3.1 Too many mails at once, please try again later"
SHUTTING_DOWN = "421 4.3.2 Shutting down"


def too_big(what: str, limit: int) -> str:
    """Return the reply to what is larger than allowed."""
    unit, name = next((u, n) for u, n in ((MB, "MB"), (KB, "KB"), (1, "bytes")) if limit >= u)
    return f"552 5.3.4 {what} is larger than {limit / unit:.10g} {name}"

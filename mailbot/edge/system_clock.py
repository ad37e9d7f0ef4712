"""What time it is: the only place besides the doors that reads it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return this moment, aware and in UTC."""
    return datetime.now(UTC)

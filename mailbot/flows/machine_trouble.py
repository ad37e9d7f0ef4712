"""Trouble of the machine itself. It is kept in memory, because a failing store may not be able to keep it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class MachineTrouble:
    """Since when (UTC) the store or the machine has failed mails in hand; None while all is well."""

    since: datetime | None = None

    def began(self, now: datetime) -> None:
        """Note that there is trouble; an earlier beginning stays."""
        self.since = self.since or now

    def over(self) -> None:
        """Note that the trouble is over, because a mail has been dealt with."""
        self.since = None

"""Trouble of the machine itself, kept in memory: a store that fails keeps nothing."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class MachineTrouble:
    """Since when mails in hand have been failed by the store or the machine; None while all is well."""

    since: datetime | None = None

    def began(self, now: datetime) -> None:
        """Note that it is there; what was noted before stands."""
        self.since = self.since or now

    def over(self) -> None:
        """Note that a mail has been dealt with."""
        self.since = None

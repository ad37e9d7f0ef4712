"""What became of each mail that is still in the folder, when it is tried again, and what is taken together."""

import time
from collections.abc import Iterable, Iterator, Sequence

from mailbot.domain.values.text import grouped
from mailbot.edge.imap.account import ImapLimits

_HIGHEST_DOUBLING = 10


class GrowingWaits:
    """Waits that grow until something goes well."""

    def __init__(self, limits: ImapLimits) -> None:
        """Begin with the shortest."""
        self._limits = limits
        self._failures = 0

    def next(self) -> float:
        """Return for how many seconds to wait after one more failure."""
        self._failures += 1
        return _wait_after(self._failures, self._limits)

    def reset(self) -> None:
        """Begin anew with the shortest."""
        self._failures = 0


class Ledger:
    """What became of the mails that are still in the folder.

    A try is counted before it is made, so that a mail that breaks the connection is known by it. What failed is tried
    alone, and after all that failed less often.
    """

    def __init__(self, validity: int, limits: ImapLimits) -> None:
        """Begin with nothing tried; the UIDs mean these mails as long as the folder has this validity."""
        self.validity = validity
        self._limits = limits
        self._tries: dict[int, int] = {}
        self._due: dict[int, float] = {}
        self._stored: dict[int, str] = {}
        self._moved: set[int] = set()

    def keep(self, listed: Iterable[int]) -> None:
        """Forget what is gone; what was moved and still is there has not been moved."""
        there = set(listed)
        self._moved.clear()
        for known in (self._tries, self._due, self._stored):
            for uid in known.keys() - there:
                del known[uid]

    def batches(self, listed: Iterable[int]) -> list[list[int]]:
        """Return what is to be tried now."""
        now = time.monotonic()
        ready = [uid for uid in listed if uid not in self._stored and self._due.get(uid, 0) <= now]
        fresh = sorted(uid for uid in ready if uid not in self._tries)
        failed = sorted((self._tries[uid], uid) for uid in ready if uid in self._tries)
        size = self._limits.batch_mails
        return [fresh[n : n + size] for n in range(0, len(fresh), size)] + [[uid] for _, uid in failed]

    def begin(self, uids: Sequence[int]) -> int:
        """Count a try of each, and return the highest count."""
        for uid in uids:
            self._tries[uid] = self._tries.get(uid, 0) + 1
            self._due[uid] = time.monotonic() + _wait_after(self._tries[uid], self._limits)
        return max(self._tries[uid] for uid in uids)

    def stored(self, uids: Iterable[int], folder: str) -> None:
        """Note that these are stored, and which folder they are to be moved to."""
        for uid in uids:
            self._stored[uid] = folder
            self._due.pop(uid, None)

    def unmoved(self) -> dict[str, list[int]]:
        """Return by folder what is stored and has not been moved there."""
        return grouped((folder, uid) for uid, folder in self._stored.items() if uid not in self._moved)

    def moved(self, uids: Iterable[int]) -> None:
        """Note that the server has moved these."""
        self._moved.update(uids)

    def next_due(self) -> float:
        """Return in how many seconds something is to be tried again."""
        return max(0.0, min(self._due.values(), default=float("inf")) - time.monotonic())


def groups(sizes: dict[int, int], most: int) -> Iterator[dict[int, int]]:
    """Yield mails that together hold no more bytes than may be held at once; what is larger comes alone."""
    group: dict[int, int] = {}
    for uid, size in sizes.items():
        if group and sum(group.values()) + size > most:
            yield group
            group = {}
        group[uid] = size
    if group:
        yield group


def _wait_after(failures: int, limits: ImapLimits) -> float:
    doubled: float = limits.first_wait_seconds * 2 ** min(failures - 1, _HIGHEST_DOUBLING)
    return min(doubled, limits.longest_wait_seconds)

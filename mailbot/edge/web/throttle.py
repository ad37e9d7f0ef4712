"""Something that takes longer the more there is, and is asked for by whoever likes, however often."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

SHARE = 100
CHEAP_SECONDS = 0.05
"""What takes no longer is found anew each time."""


class Throttled(Generic[T]):
    """Finds what is not cheap only so often that this takes a hundredth of the time; in between it is as it was."""

    def __init__(self, find: Callable[[], T], clock: Callable[[], float] = monotonic) -> None:
        """Bind what finds the value; nothing is looked for yet. `clock` gives seconds."""
        self._find, self._clock = find, clock
        self._known: T | None = None
        self._anew_at = float("-inf")
        self._lock = Lock()

    def value(self) -> T:
        """Return the value, found now or not long ago; those who ask at once wait for one search."""
        with self._lock:
            began = self._clock()
            if self._known is None or began >= self._anew_at:
                self._known = self._find()
                ended = self._clock()
                took = ended - began
                self._anew_at = ended + (SHARE * took if took > CHEAP_SECONDS else 0)
            return self._known

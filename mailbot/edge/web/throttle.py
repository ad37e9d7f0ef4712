"""A value that takes longer to find as the database grows, and that anybody may ask for as often as they like."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

SHARE = 100
CHEAP_SECONDS = 0.05
"""A value that is found within this time is found anew each time."""


class Throttled(Generic[T]):
    """Finds a value so seldom that this takes at most a hundredth of the time; in between it returns the last one."""

    def __init__(self, find: Callable[[], T], clock: Callable[[], float] = monotonic) -> None:
        """Bind the function that finds the value; it is not called yet. `clock` gives seconds."""
        self._find, self._clock = find, clock
        self._known: T | None = None
        self._anew_at = float("-inf")
        self._lock = Lock()

    def value(self) -> T:
        """Return the value, found now or not long ago; several callers at once wait for the same search."""
        with self._lock:
            began = self._clock()
            if self._known is None or began >= self._anew_at:
                self._known = self._find()
                ended = self._clock()
                took = ended - began
                self._anew_at = ended + (SHARE * took if took > CHEAP_SECONDS else 0)
            return self._known

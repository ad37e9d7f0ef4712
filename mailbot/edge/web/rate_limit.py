"""A rate limit: how often something may be done from one place in a while. Only the latest places are remembered."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

MANY_PLACES = 10_000


class RateLimit:
    """Allows `often` times in `span` from each place; of too many places the one unseen the longest is forgotten."""

    def __init__(self, often: int, span: timedelta) -> None:
        """Begin without any place."""
        self._often, self._span = often, span
        self._done: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def allows(self, place: str, now: datetime) -> bool:
        """Count one more time from the place, and tell whether that is within the limit; `now` is UTC."""
        with self._lock:
            done = self._done.setdefault(place, deque())
            self._done.move_to_end(place)
            while len(self._done) > MANY_PLACES:
                self._done.popitem(last=False)
            while done and not now - self._span < done[0] <= now:  # too old, or counted while the clock was ahead
                done.popleft()
            if len(done) >= self._often:
                return False
            done.append(now)
            return True

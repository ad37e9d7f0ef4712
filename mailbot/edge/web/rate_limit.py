"""How often something may be done from one place in a while; only the latest places are remembered."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

MANY_PLACES = 10_000


class RateLimit:
    """Allows `often` times in `span` from each place; beyond `MANY_PLACES` the longest unseen place is forgotten."""

    def __init__(self, often: int, span: timedelta) -> None:
        """Begin with nothing done."""
        self._often, self._span = often, span
        self._done: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def allows(self, place: str, now: datetime) -> bool:
        """Count one more from the place, unless it has had its share of late; `now` is UTC."""
        with self._lock:
            done = self._done.setdefault(place, deque())
            self._done.move_to_end(place)
            while len(self._done) > MANY_PLACES:
                self._done.popitem(last=False)
            while done and not now - self._span < done[0] <= now:  # past, or noted while the clock was ahead
                done.popleft()
            if len(done) >= self._often:
                return False
            done.append(now)
            return True

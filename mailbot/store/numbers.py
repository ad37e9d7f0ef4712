"""Numbers and ids, reserved in blocks because mails name an order before it is stored. Gaps are normal."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from mailbot.store.tables import appointments, counters, orders

BLOCK = 10
"""How many numbers are reserved at once, which is also the largest gap that a restart leaves."""

ORDER_IDS, APPOINTMENT_IDS = "order ids", "appointment ids"
_TABLES = {ORDER_IDS: orders, APPOINTMENT_IDS: appointments}


class UsedUpError(Exception):
    """No number of this series is left: a block must be reserved first."""

    def __init__(self, series: str) -> None:
        """Name the series, such as IT-2026."""
        super().__init__(series)
        self.series = series


@dataclass
class ReservedNumbers:
    """The numbers that this process has reserved and not used yet, by series."""

    left: dict[str, deque[int]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def take(self, *series: str) -> tuple[int, ...]:
        """Return a number of each series that nobody else gets; raises UsedUpError, and then takes none."""
        with self.lock:
            for name in series:
                if not self.left.get(name):
                    raise UsedUpError(name)
            return tuple(self.left[name].popleft() for name in series)

    def take_order(self, series: str) -> tuple[int, str]:
        """Return the id and the number of a new order, such as IT-2026-00042; raises UsedUpError."""
        key, number = self.take(ORDER_IDS, series)
        return key, f"{series}-{number:05d}"

    def add(self, series: str, block: Sequence[int]) -> None:
        """Keep a block that has been reserved."""
        with self.lock:
            self.left.setdefault(series, deque()).extend(block)


def reserve(connection: Connection, series: str) -> Sequence[int]:
    """Reserve a block that nobody else gets; ids begin after the largest in the table, older ones had no blocks."""
    table = _TABLES.get(series)
    known = (connection.execute(select(func.max(table.c.id))).scalar_one() or 0) if table is not None else 0
    more = {"value": func.max(counters.c.value, known) + BLOCK}
    row = upsert(counters).values(name=series, value=known + BLOCK)
    row = row.on_conflict_do_update(index_elements=["name"], set_=more)
    last = int(connection.execute(row.returning(counters.c.value)).scalar_one())
    return range(last - BLOCK + 1, last + 1)

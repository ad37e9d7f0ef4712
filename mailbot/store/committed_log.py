"""Lines of the log about what a transaction has done: written when it is committed, and never when it is undone.

They hold ids, states and reasons, and nothing that a person wrote or is called.
"""

from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy import Connection

log = structlog.get_logger()

_KEY = "mailbot.told"
Lines = Sequence[tuple[str, Mapping[str, object]]]


def begin_lines(connection: Connection) -> Lines:
    """Return the list that this transaction's lines are put into."""
    lines: list[tuple[str, Mapping[str, object]]] = []
    connection.info[_KEY] = lines
    return lines


def log_on_commit(connection: Connection, event: str, **values: object) -> None:
    """Have a line written once this transaction is committed; empty values are left out, and so are addresses."""
    shown = {key: value for key, value in values.items() if value not in {None, ""} and "@" not in str(value)}
    connection.info.setdefault(_KEY, []).append((event, shown))


def write_lines(lines: Lines) -> None:
    """Write the lines of a transaction that has been committed."""
    for event, values in lines:
        log.info(event, **values)

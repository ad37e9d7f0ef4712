"""Log lines about a transaction, written once it is committed. They hold no names and no words of people."""

from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy import Connection

log = structlog.get_logger()

_KEY = "mailbot.told"
Lines = Sequence[tuple[str, Mapping[str, object]]]


def begin_lines(connection: Connection) -> Lines:
    """Begin and return the list of this transaction's lines."""
    lines: list[tuple[str, Mapping[str, object]]] = []
    connection.info[_KEY] = lines
    return lines


def log_on_commit(connection: Connection, event: str, **values: object) -> None:
    """Have a line written once this transaction is committed; empty values and addresses are left out."""
    shown = {key: value for key, value in values.items() if value not in {None, ""} and "@" not in str(value)}
    connection.info.setdefault(_KEY, []).append((event, shown))


def write_lines(lines: Lines) -> None:
    """Write the lines of a transaction that has been committed."""
    for event, values in lines:
        log.info(event, **values)

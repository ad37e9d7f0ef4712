"""The mails taken in, as an operator lists them: their states, and nothing of their content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from mailbot.store.inbox import InboxState
from mailbot.store.tables import inbox, orders


@dataclass(frozen=True)
class ListedMail:
    """One mail; `outcome` and `reason` are None if there is none, `order` is the order's number, `bytes` the size."""

    id: int
    received_at: datetime
    done_at: datetime | None
    via: str
    mail_from: str
    sender: str | None
    bytes: int
    state: str
    outcome: str | None
    reason: str | None
    tries: int
    order: str | None


def newest(connection: Connection, limit: int) -> Sequence[ListedMail]:
    """Return the newest mails, newest first."""
    return _listed(connection, _SELECT.order_by(inbox.c.id.desc()).limit(limit))


def parked(connection: Connection, since: datetime | None = None) -> Sequence[ListedMail]:
    """Return the parked mails, oldest first; if `since` is given, only those parked after this moment."""
    query = _SELECT.where(inbox.c.state == InboxState.PARKED).order_by(inbox.c.id)
    return _listed(connection, query.where(inbox.c.done_at > since) if since else query)


def find(connection: Connection, inbox_id: int) -> ListedMail | None:
    """Return one mail."""
    return next(iter(_listed(connection, _SELECT.where(inbox.c.id == inbox_id))), None)


_OWN = ("id", "received_at", "done_at", "via", "mail_from", "sender", "state", "outcome", "reason", "tries")
_SELECT = select(
    *(inbox.c[name] for name in _OWN), func.length(inbox.c.raw).label("bytes"), orders.c.number.label("order")
).outerjoin(orders, orders.c.id == inbox.c.order_id)


def _listed(connection: Connection, query: Select[Any]) -> Sequence[ListedMail]:
    rows = connection.execute(query)
    return [ListedMail(**row._asdict() | {"reason": row.reason or None}) for row in rows]

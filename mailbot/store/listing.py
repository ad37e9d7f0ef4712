"""The mails taken in, as an operator lists them: their states, and nothing of their content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

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
    return [_listed(row) for row in connection.execute(_select().order_by(inbox.c.id.desc()).limit(limit))]


def parked(connection: Connection, since: datetime | None = None) -> Sequence[ListedMail]:
    """Return the parked mails, oldest first; if `since` is given, only those parked after this moment."""
    query = _select().where(inbox.c.state == InboxState.PARKED).order_by(inbox.c.id)
    query = query.where(inbox.c.done_at > since) if since else query
    return [_listed(row) for row in connection.execute(query)]


def find(connection: Connection, inbox_id: int) -> ListedMail | None:
    """Return one mail."""
    row = connection.execute(_select().where(inbox.c.id == inbox_id)).one_or_none()
    return _listed(row) if row else None


def _select() -> Select[Any]:
    c = inbox.c
    before = (c.id, c.received_at, c.done_at, c.via, c.mail_from, c.sender, func.length(c.raw).label("bytes"))
    after = (c.state, c.outcome, c.reason, c.tries, orders.c.number.label("order"))
    return select(*before, *after).outerjoin(orders, orders.c.id == c.order_id)


def _listed(row: Row[Any]) -> ListedMail:
    return ListedMail(**{**row._asdict(), "reason": row.reason or None})

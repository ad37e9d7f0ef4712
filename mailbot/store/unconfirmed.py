"""Mails that wait for confirmation: the address that they claim to be from, and what its owner is shown of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select

from mailbot.domain.values.money import Money
from mailbot.store.inbox import InboxState
from mailbot.store.tables import inbox, unconfirmed


@dataclass(frozen=True)
class Glimpse:
    """What the owner is shown of a mail: the subject; of an order supplier as written, number of lines and sum; of an
    order scheme the form."""

    subject: str
    supplier: str = ""
    lines: int = 0
    total: Money | None = None
    scheme: str = ""


@dataclass(frozen=True)
class UnconfirmedMail:
    """One mail that waits: its id, when it came in (UTC), and what is shown of it."""

    id: int
    received_at: datetime
    glimpse: Glimpse


def add(connection: Connection, inbox_id: int, owner: str, glimpse: Glimpse) -> None:
    """Store that a mail waits for confirmation; `owner` is the address that is asked."""
    connection.execute(delete(unconfirmed).where(unconfirmed.c.inbox_id == inbox_id))  # it may have been parked since
    total = glimpse.total
    row = {"inbox_id": inbox_id, "owner": owner, "subject": glimpse.subject, "supplier": glimpse.supplier}
    sums = {"amount": str(total.amount) if total else None, "currency": total.currency if total else None}
    connection.execute(insert(unconfirmed).values(row | sums | {"lines": glimpse.lines, "scheme": glimpse.scheme}))


def owner_of(connection: Connection, inbox_id: int) -> str | None:
    """Return the address whose owner was asked about a mail, also if the mail no longer waits."""
    query = select(unconfirmed.c.owner).where(unconfirmed.c.inbox_id == inbox_id)
    return connection.execute(query).scalar_one_or_none()


def waiting(connection: Connection, owner: str, most: int) -> Sequence[UnconfirmedMail]:
    """Return the mails that wait for the owner of an address, the newest first, at most `most`."""
    query = select(unconfirmed, inbox.c.received_at).join(inbox, inbox.c.id == unconfirmed.c.inbox_id)
    rows = connection.execute(query.where(_waits_for(owner)).order_by(inbox.c.id.desc()).limit(most))
    return [
        UnconfirmedMail(
            r.inbox_id,
            r.received_at,
            Glimpse(
                r.subject,
                r.supplier,
                r.lines,
                Money(Decimal(r.amount), r.currency) if r.amount else None,
                r.scheme or "",
            ),
        )
        for r in rows
    ]


def count(connection: Connection, owner: str) -> int:
    """Return how many mails wait for the owner of an address."""
    query = select(func.count()).select_from(unconfirmed).join(inbox, inbox.c.id == unconfirmed.c.inbox_id)
    return connection.execute(query.where(_waits_for(owner))).scalar_one()


def among(connection: Connection, owner: str, mails: Collection[int]) -> Sequence[int]:
    """Return those of the mails that wait for the owner of the address."""
    query = select(unconfirmed.c.inbox_id).join(inbox, inbox.c.id == unconfirmed.c.inbox_id)
    return connection.execute(query.where(_waits_for(owner), inbox.c.id.in_(mails))).scalars().all()


def _waits_for(owner: str) -> ColumnElement[bool]:
    return and_(unconfirmed.c.owner == owner, inbox.c.state == InboxState.WAITING)

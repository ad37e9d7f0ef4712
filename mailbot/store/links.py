"""What each signed link may do, and until when. Only the fingerprint of a link's id is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, insert, select, update

from mailbot.domain.notices.notice import Purpose
from mailbot.store.tables import links


@dataclass(frozen=True)
class Link:
    """One link: its person, its order in one version and step, or its mail, unit or appointment. Times are UTC.

    `root` is the fingerprint of the mailed link from which it was opened; a mailed link read here is its own root.
    """

    purpose: Purpose
    person: int | None
    order: int | None
    version: int | None
    step: int | None
    inbox: int | None
    expires_at: datetime
    revoked: bool = False
    issued_at: datetime | None = None
    unit: str | None = None
    appointment: int | None = None
    root: str = ""


_COLUMNS = {
    **{name: name for name in ("purpose", "version", "step", "expires_at")},
    **{name: f"{name}_id" for name in ("person", "order", "inbox", "unit", "appointment")},
}


def add_all(connection: Connection, new: Mapping[str, Link], now: datetime) -> None:
    """Store new links, each under the fingerprint of its id."""
    rows = [
        {column: getattr(link, name) for name, column in _COLUMNS.items()}
        | {"fingerprint": fingerprint, "issued_at": now, "root": link.root or None}
        for fingerprint, link in new.items()
    ]
    if rows:
        connection.execute(insert(links), rows)


def find(connection: Connection, fingerprint: str) -> Link | None:
    """Return the link with this fingerprint."""
    r = connection.execute(select(links).where(links.c.fingerprint == fingerprint)).one_or_none()
    if r is None:
        return None
    values = {name: getattr(r, column) for name, column in _COLUMNS.items()} | {"purpose": Purpose(r.purpose)}
    revoked, root = r.revoked_at is not None, r.root or fingerprint
    return Link(**values, revoked=revoked, issued_at=r.issued_at, root=root)


@dataclass(frozen=True)
class LinkPlace:
    """Where a link leads: a purpose and a person, and the order or appointment, if the link is about one."""

    purpose: Purpose
    person: int
    order: int | None = None
    appointment: int | None = None


def mailed_since(connection: Connection, to: LinkPlace, moment: datetime, life: timedelta) -> datetime | None:
    """Return when a link to this place was last mailed to the person, None if not after `moment`.

    A link that lives shorter than `life` was opened from another one, and never mailed.
    """
    same = and_(
        links.c.purpose == to.purpose,
        links.c.person_id == to.person,
        links.c.order_id.is_not_distinct_from(to.order),
        links.c.appointment_id.is_not_distinct_from(to.appointment),
    )
    query = select(links.c.issued_at, links.c.expires_at).where(same, links.c.issued_at > moment)
    return max((at for at, until in connection.execute(query) if until - at >= life), default=None)


def revoke(connection: Connection, person: int, now: datetime) -> None:
    """Revoke every link and reply address by which the person decides: a link to one order opens the others too."""
    deciding = [Purpose.DECIDE, Purpose.LIST, Purpose.REPLY, Purpose.APPOINT, Purpose.DELEGATE]
    here = and_(links.c.person_id == person, links.c.purpose.in_(deciding))
    connection.execute(update(links).where(here, links.c.revoked_at.is_(None)).values(revoked_at=now))


def last_expiry(connection: Connection, issued_until: datetime) -> datetime | None:
    """Return when (UTC) the last of the links issued until a moment expires; None if there is none."""
    signed = and_(links.c.purpose != Purpose.REPLY, links.c.revoked_at.is_(None), links.c.issued_at <= issued_until)
    return connection.execute(select(func.max(links.c.expires_at)).where(signed)).scalar_one_or_none()


def count(connection: Connection, live_at: datetime | None = None) -> int:
    """Return how many signed links were ever made; with `live_at`, how many open something at this moment."""
    query = select(func.count()).select_from(links).where(links.c.purpose != Purpose.REPLY)
    if live_at is not None:
        query = query.where(links.c.revoked_at.is_(None), links.c.expires_at > live_at)
    return connection.execute(query).scalar_one()

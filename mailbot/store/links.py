"""What signed links may do, and until when: the truth behind each token. Only fingerprints of ids are stored."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, insert, select, update

from mailbot.domain.notices import Purpose
from mailbot.store.tables import links


@dataclass(frozen=True)
class Link:
    """One link: whom it names, for which order in which version and step, or for which mail."""

    purpose: Purpose
    person: int | None
    order: int | None
    version: int | None
    step: int | None
    inbox: int | None
    expires_at: datetime
    revoked: bool = False


def add(connection: Connection, fingerprint: str, link: Link, now: datetime) -> None:
    """Store a new link under the fingerprint of its id."""
    connection.execute(
        insert(links).values(
            fingerprint=fingerprint,
            purpose=link.purpose,
            person_id=link.person,
            order_id=link.order,
            version=link.version,
            step=link.step,
            inbox_id=link.inbox,
            issued_at=now,
            expires_at=link.expires_at,
        )
    )


def find(connection: Connection, fingerprint: str) -> Link | None:
    """Return the link with this fingerprint."""
    r = connection.execute(select(links).where(links.c.fingerprint == fingerprint)).one_or_none()
    if r is None:
        return None
    purpose = Purpose(r.purpose)
    return Link(
        purpose, r.person_id, r.order_id, r.version, r.step, r.inbox_id, r.expires_at, revoked=r.revoked_at is not None
    )


def revoke(connection: Connection, person: int, order: int, now: datetime) -> None:
    """Revoke every link that lets the person decide the order, or all orders."""
    decides = links.c.purpose.in_([Purpose.DECIDE, Purpose.LIST])
    here = and_(links.c.person_id == person, decides, (links.c.order_id == order) | links.c.order_id.is_(None))
    connection.execute(update(links).where(here, links.c.revoked_at.is_(None)).values(revoked_at=now))

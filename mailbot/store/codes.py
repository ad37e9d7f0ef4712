"""The codes mailed for a press: for which press, and to which browser. The code itself is never stored."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, insert, select, update

from mailbot.store.tables import step_up_codes as codes

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class HeldPress:
    """The only press that a code carries out: who pressed which button, on which version and step of an order.

    `destination` is where the page said that an approval goes; for giving up a right, the unit's id.
    """

    person_id: int
    order_id: int
    step: int
    version: int
    action: str
    destination: str
    comment: str


@dataclass(frozen=True)
class CodeOrigin:
    """Who asked for a code: the fingerprints of the browser's cookie, and of the mailed link that led there."""

    browser: str
    root: str


@dataclass(frozen=True)
class Code:
    """A mailed code. `browser` is the fingerprint of the browser's cookie, `seal` a keyed hash of the code."""

    id: int
    pressed: HeldPress
    browser: str
    seal: str
    sent_at: datetime
    tries: int = 0
    used: bool = False


def add(connection: Connection, pressed: HeldPress, asked: CodeOrigin, seal: str, now: datetime) -> None:
    """Store what a new code is for; delete codes older than a day."""
    connection.execute(delete(codes).where(codes.c.sent_at < now - KEPT))
    row = {**asdict(pressed), **asdict(asked), "seal": seal, "sent_at": now, "tries": 0}
    connection.execute(insert(codes).values(row))


def newest(connection: Connection, person: int, order: int, browser: str) -> Code | None:
    """Return the newest code that this browser asked for about the order; it replaces the older ones."""
    here = and_(codes.c.person_id == person, codes.c.order_id == order, codes.c.browser == browser)
    r = connection.execute(select(codes).where(here).order_by(codes.c.id.desc()).limit(1)).one_or_none()
    if r is None:
        return None
    pressed = HeldPress(r.person_id, r.order_id, r.step, r.version, r.action, r.destination, r.comment)
    return Code(r.id, pressed, r.browser, r.seal, r.sent_at, r.tries, used=r.used_at is not None)


def sent_since(
    connection: Connection, person: int, order: int, moment: datetime
) -> Sequence[tuple[datetime, CodeOrigin]]:
    """Return when codes about the order were sent to the person after a moment, and for whom; the newest first."""
    here = and_(codes.c.person_id == person, codes.c.order_id == order, codes.c.sent_at > moment)
    query = select(codes.c.sent_at, codes.c.browser, codes.c.root).where(here).order_by(codes.c.sent_at.desc())
    return [(r.sent_at, CodeOrigin(r.browser, r.root or "")) for r in connection.execute(query)]


def count_try(connection: Connection, code: int, before: int) -> bool:
    """Count a try; False if there are not exactly `before` earlier tries any more, or if the code is used."""
    here = and_(codes.c.id == code, codes.c.tries == before, codes.c.used_at.is_(None))
    return connection.execute(update(codes).where(here).values(tries=codes.c.tries + 1)).rowcount == 1


def use(connection: Connection, code: int, now: datetime) -> bool:
    """Mark a code as used; False if it was used before."""
    here = and_(codes.c.id == code, codes.c.used_at.is_(None))
    return connection.execute(update(codes).where(here).values(used_at=now)).rowcount == 1

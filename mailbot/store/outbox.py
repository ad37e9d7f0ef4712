"""Mails to send: written with what they are about in one transaction, sent later, at least once (promise P4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, not_, or_, select, update

from mailbot.domain.directory import CANARY_DOMAIN, CANARY_UNIT
from mailbot.domain.notices import NoticeKind
from mailbot.domain.order import Status
from mailbot.store.blanking import blank
from mailbot.store.tables import orders, outbox, outbox_orders, people
from mailbot.store.told import tell


class State(StrEnum):
    """How a mail stands."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


_TOLD = {State.SENT: "mail_sent", State.FAILED: "mail_given_up", State.CANCELLED: "mail_dropped"}


@dataclass(frozen=True)
class Mail:
    """A finished mail for one recipient. `about` pairs order ids with the step they were in.

    `pending_only` mails are dropped when their orders no longer wait in that step; a `dispatch` is the order leaving.
    """

    kind: str
    person: int | None
    mail_to: str
    message_id: str
    raw: bytes
    about: tuple[tuple[int, int], ...] = ()
    pending_only: bool = False
    dispatch: bool = False
    draft: str | None = None


@dataclass(frozen=True)
class Claimed:
    """A mail in hand: `tries` counts this one, `still_pending` are the orders that still wait in the same step."""

    id: int
    mail: Mail
    tries: int
    created_at: datetime
    still_pending: tuple[int, ...]


def add(connection: Connection, mail: Mail, now: datetime) -> int:
    """Queue a mail."""
    key: int = connection.execute(
        insert(outbox)
        .values(
            kind=mail.kind,
            person_id=mail.person,
            mail_to=mail.mail_to,
            message_id=mail.message_id,
            raw=mail.raw,
            state=State.QUEUED,
            tries=0,
            created_at=now,
            next_at=now,
            pending_only=mail.pending_only,
            dispatch=mail.dispatch,
            draft=mail.draft,
        )
        .returning(outbox.c.id)
    ).scalar_one()
    if mail.about:
        rows = [{"outbox_id": key, "order_id": order, "step": step} for order, step in mail.about]
        connection.execute(insert(outbox_orders), rows)
    return key


def due(connection: Connection, now: datetime) -> int | None:
    """Return the id of the oldest mail that is due; a code for a decision waits behind no other mail."""
    query = select(outbox.c.id).where(outbox.c.state == State.QUEUED, outbox.c.next_at <= now)
    query = query.order_by(outbox.c.id).limit(1)
    code = connection.execute(query.where(outbox.c.kind == NoticeKind.STEP_UP_CODE)).scalar_one_or_none()
    return code if code is not None else connection.execute(query).scalar_one_or_none()


def tries(connection: Connection, outbox_id: int) -> int:
    """Return how often sending was tried."""
    return int(connection.execute(select(outbox.c.tries).where(outbox.c.id == outbox_id)).scalar_one())


def claim(connection: Connection, outbox_id: int, next_at: datetime) -> Claimed:
    """Take a mail in hand, counting the try and setting the next before anything is tried (mox's habit)."""
    row = connection.execute(
        update(outbox)
        .where(outbox.c.id == outbox_id)
        .values(tries=outbox.c.tries + 1, next_at=next_at)
        .returning(outbox)
    ).one()
    mail = _mail(connection, row)
    return Claimed(outbox_id, mail, row.tries, row.created_at, _still_pending(connection, outbox_id))


def _mail(connection: Connection, row: Row[Any]) -> Mail:
    about = connection.execute(
        select(outbox_orders.c.order_id, outbox_orders.c.step).where(outbox_orders.c.outbox_id == row.id)
    ).all()
    return Mail(
        kind=row.kind,
        person=row.person_id,
        mail_to=row.mail_to,
        message_id=row.message_id,
        raw=bytes(row.raw),
        about=tuple((order, step) for order, step in about),
        pending_only=row.pending_only,
        dispatch=row.dispatch,
        draft=row.draft,
    )


def _still_pending(connection: Connection, outbox_id: int) -> tuple[int, ...]:
    same_step = and_(outbox_orders.c.order_id == orders.c.id, outbox_orders.c.step == orders.c.step)
    query = select(orders.c.id).join(outbox_orders, same_step)
    query = query.where(outbox_orders.c.outbox_id == outbox_id, orders.c.status == Status.PENDING).order_by(orders.c.id)
    return tuple(connection.execute(query).scalars().all())


def finish(connection: Connection, outbox_id: int, state: State, now: datetime, error: str | None = None) -> None:
    """Record how the mail ended; of one with a code in it the text is forgotten, of any that has left the links."""
    here = update(outbox).where(outbox.c.id == outbox_id)
    values = here.values(state=state, done_at=now, error=error)
    row = connection.execute(values.returning(outbox.c.kind, outbox.c.tries)).one()
    tell(connection, _TOLD[state], outbox=outbox_id, kind=row.kind, tries=row.tries)
    if state is State.SENT or (state is State.CANCELLED and error != "canary"):  # a failed one may be sent again
        blank(connection, outbox_id)
    connection.execute(here.where(outbox.c.kind == NoticeKind.STEP_UP_CODE).values(raw=b""))


def postpone(connection: Connection, outbox_id: int, error: str) -> None:
    """Record why the try failed; the next one was set when the mail was claimed."""
    connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(error=error))


def oldest_queued(connection: Connection) -> datetime | None:
    """Return when the oldest mail still to be sent was made (promise P7)."""
    query = select(func.min(outbox.c.created_at)).where(outbox.c.state == State.QUEUED)
    return connection.execute(query).scalar_one_or_none()


def counts(connection: Connection) -> dict[str, int]:
    """Return how many mails stand in each state, without the doctor's."""
    doctors = select(orders.c.id).where(orders.c.unit_id == CANARY_UNIT)
    about = select(outbox_orders.c.outbox_id).where(outbox_orders.c.order_id.in_(doctors))
    to = select(people.c.id).where(people.c.address.endswith(f"@{CANARY_DOMAIN}"))
    own = or_(outbox.c.id.in_(about), and_(outbox.c.person_id.is_not(None), outbox.c.person_id.in_(to)))
    query = select(outbox.c.state, func.count()).where(not_(own)).group_by(outbox.c.state)
    return {str(key): int(count) for key, count in connection.execute(query)}


def draft_of_message(connection: Connection, message_ids: Sequence[str]) -> str | None:
    """Return the reference of the draft that one of our own mails with these Message-IDs was about."""
    query = select(outbox.c.draft).where(outbox.c.message_id.in_(message_ids), outbox.c.draft.is_not(None))
    return connection.execute(query.order_by(outbox.c.id.desc()).limit(1)).scalar_one_or_none()


def by_message_id(connection: Connection, message_ids: Sequence[str]) -> Mail | None:
    """Return the newest of our own mails with one of these Message-IDs."""
    query = select(outbox.c.id).where(outbox.c.message_id.in_(message_ids)).order_by(outbox.c.id.desc()).limit(1)
    key = connection.execute(query).scalar_one_or_none()
    if key is None:
        return None
    return _mail(connection, connection.execute(select(outbox).where(outbox.c.id == key)).one())


def bounced(connection: Connection, message_id: str, reason: str) -> bool:
    """Record that a mail did not arrive after all; False when that is known already."""
    here = and_(outbox.c.message_id == message_id, outbox.c.state != State.FAILED)
    return connection.execute(update(outbox).where(here).values(state=State.FAILED, error=reason)).rowcount == 1


def told(connection: Connection, kind: str, order_id: int, step: int) -> set[int]:
    """Return the persons for whom mails of a kind about this step of an order were made."""
    here = and_(outbox_orders.c.order_id == order_id, outbox_orders.c.step == step, outbox.c.kind == kind)
    query = select(outbox.c.person_id).join(outbox_orders, outbox_orders.c.outbox_id == outbox.c.id).where(here)
    return set(connection.execute(query.where(outbox.c.person_id.is_not(None))).scalars())


def made(connection: Connection, kind: str, order_id: int, step: int) -> bool:
    """Tell whether a mail of a kind about this step of an order was made for anyone."""
    here = and_(outbox_orders.c.order_id == order_id, outbox_orders.c.step == step, outbox.c.kind == kind)
    query = select(outbox.c.id).join(outbox_orders, outbox_orders.c.outbox_id == outbox.c.id).where(here)
    return connection.execute(query.limit(1)).first() is not None


def last_sent(connection: Connection) -> datetime | None:
    """Return when the relay last took a mail (promise P7)."""
    query = select(func.max(outbox.c.done_at)).where(outbox.c.state == State.SENT)
    return connection.execute(query).scalar_one_or_none()


def daily_count(connection: Connection, kind: str, mail_to: str, since: datetime) -> int:
    """Return how many mails of a kind were made for an address since a moment."""
    here = and_(outbox.c.kind == kind, outbox.c.mail_to == mail_to, outbox.c.created_at >= since)
    return connection.execute(select(func.count()).select_from(outbox).where(here)).scalar_one()

"""Mails to send: written with what they are about in one transaction, sent later, at least once
(docs/rules/promises.md#p4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, insert, not_, or_, select, update

from mailbot.domain.notices.notice import NoticeKind
from mailbot.domain.people.directory import Person
from mailbot.domain.values.order import Order, Status
from mailbot.domain.values.text import grouped
from mailbot.store.blanking import blank
from mailbot.store.committed_log import log_on_commit
from mailbot.store.tables import canary_orders, canary_people, orders, outbox, outbox_orders


class OutboxState(StrEnum):
    """How a mail stands."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


_TOLD = {OutboxState.SENT: "mail_sent", OutboxState.FAILED: "mail_given_up", OutboxState.CANCELLED: "mail_dropped"}

ASKED_ANEW = "outbox retry"
"""The beat of a person who wants the relay asked at once."""


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
class OutboxClaim:
    """A mail in hand: `tries` counts this one, `still_pending` are the orders that still wait in the same step."""

    id: int
    mail: Mail
    tries: int
    created_at: datetime
    still_pending: tuple[int, ...]


@dataclass(frozen=True)
class OutboxEntry:
    """A mail as lists show it: `orders` are the numbers of what it is about, `error` is the relay's last answer.

    `dispatches` are the ids of the orders that it lets leave.
    """

    id: int
    state: str
    kind: str
    mail_to: str
    tries: int
    created_at: datetime
    next_at: datetime
    error: str | None
    orders: tuple[str, ...]
    dispatches: tuple[int, ...]


_SHOWN = ("id", "state", "kind", "mail_to", "tries", "created_at", "next_at", "error")
_URGENT = (NoticeKind.STEP_UP_CODE, NoticeKind.OPERATOR, NoticeKind.RELAY)


def add_all(connection: Connection, mails: Sequence[Mail], kept_in: Sequence[bool], now: datetime) -> None:
    """Queue mails, in one go; those that are `kept_in` reach nobody, and are queued by name only."""
    if not mails:
        return
    rows = [
        {
            "kind": mail.kind,
            "person_id": mail.person,
            "mail_to": mail.mail_to,
            "message_id": mail.message_id,
            "raw": mail.raw,
            "state": OutboxState.QUEUED,
            "tries": 0,
            "created_at": now,
            "next_at": now,
            "pending_only": mail.pending_only,
            "dispatch": mail.dispatch,
            "draft": mail.draft,
        }
        for mail in mails
    ]
    keys = connection.execute(insert(outbox).returning(outbox.c.id, sort_by_parameter_order=True), rows).scalars().all()
    about = [
        {"outbox_id": key, "order_id": order, "step": step}
        for key, mail in zip(keys, mails, strict=True)
        for order, step in mail.about
    ]
    if about:
        connection.execute(insert(outbox_orders), about)
    for key in (key for key, kept in zip(keys, kept_in, strict=True) if kept):
        finish(connection, key, OutboxState.CANCELLED, now, "canary")


def due(connection: Connection, now: datetime) -> int | None:
    """Return the id of the oldest mail that is due.

    A code for a decision waits behind no other mail. The operator's come next: their fate tells whether the relay
    refuses one address or everything.
    """
    query = select(outbox.c.id).where(outbox.c.state == OutboxState.QUEUED, outbox.c.next_at <= now).limit(1)
    code_first = (outbox.c.kind != NoticeKind.STEP_UP_CODE, outbox.c.id)
    urgent = connection.execute(query.where(outbox.c.kind.in_(_URGENT)).order_by(*code_first)).scalar_one_or_none()
    return urgent if urgent is not None else connection.execute(query.order_by(outbox.c.id)).scalar_one_or_none()


def tries(connection: Connection, outbox_id: int) -> int:
    """Return how often sending was tried."""
    return int(connection.execute(select(outbox.c.tries).where(outbox.c.id == outbox_id)).scalar_one())


def claim(connection: Connection, outbox_id: int, next_at: datetime) -> OutboxClaim:
    """Take a mail in hand, counting the try and setting the next before anything is tried (mox's habit)."""
    row = connection.execute(
        update(outbox)
        .where(outbox.c.id == outbox_id)
        .values(tries=outbox.c.tries + 1, next_at=next_at)
        .returning(outbox)
    ).one()
    mail = _mail(connection, row)
    return OutboxClaim(outbox_id, mail, row.tries, row.created_at, _still_pending(connection, outbox_id))


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


def finish(connection: Connection, outbox_id: int, state: OutboxState, now: datetime, error: str | None = None) -> None:
    """Record how the mail ended; of one with a code in it the text is forgotten, of any that has left the links."""
    here = update(outbox).where(outbox.c.id == outbox_id)
    values = here.values(state=state, done_at=now, error=error)
    row = connection.execute(values.returning(outbox.c.kind, outbox.c.tries)).one()
    log_on_commit(connection, _TOLD[state], outbox=outbox_id, kind=row.kind, tries=row.tries)
    if state is OutboxState.SENT or (
        state is OutboxState.CANCELLED and error != "canary"
    ):  # a failed one may be sent again
        blank(connection, outbox_id)
    connection.execute(here.where(outbox.c.kind == NoticeKind.STEP_UP_CODE).values(raw=b""))


def raw_of(connection: Connection, outbox_id: int) -> bytes:
    """Return the bytes of a mail as they are kept."""
    return bytes(connection.execute(select(outbox.c.raw).where(outbox.c.id == outbox_id)).scalar_one())


def postpone(connection: Connection, outbox_id: int, error: str, until: datetime | None = None) -> None:
    """Record why the try failed; the next one was set when the mail was claimed, unless it is `until`."""
    later = {} if until is None else {"next_at": until}
    connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(error=error, **later))


def release(connection: Connection, outbox_ids: Sequence[int], now: datetime) -> None:
    """Try these mails at once, as far as they still wait."""
    here = and_(outbox.c.id.in_(outbox_ids), outbox.c.state == OutboxState.QUEUED)
    connection.execute(update(outbox).where(here).values(next_at=now))


def entries(connection: Connection, states: Sequence[OutboxState]) -> Sequence[OutboxEntry]:
    """Return the mails in these states, oldest first."""
    return _entries(connection, outbox.c.state.in_(states))


def find(connection: Connection, outbox_id: int) -> OutboxEntry | None:
    """Return one mail as lists show it."""
    return next(iter(_entries(connection, outbox.c.id == outbox_id)), None)


def _entries(connection: Connection, where: ColumnElement[bool]) -> Sequence[OutboxEntry]:
    columns = (*(outbox.c[name] for name in _SHOWN), outbox.c.dispatch)
    rows = connection.execute(select(*columns).where(where).order_by(outbox.c.id)).all()
    query = select(outbox_orders.c.outbox_id, orders.c.id, orders.c.number).join(orders)
    query = query.join(outbox, outbox.c.id == outbox_orders.c.outbox_id).where(where).order_by(orders.c.id)
    about = grouped((key, (order, number)) for key, order, number in connection.execute(query))
    return [
        OutboxEntry(
            **{name: getattr(row, name) for name in _SHOWN},
            orders=tuple(number for _, number in about.get(row.id, ())),
            dispatches=tuple(order for order, _ in about.get(row.id, ()) if row.dispatch),
        )
        for row in rows
    ]


def newest_dispatch(connection: Connection, order_id: int) -> int | None:
    """Return the id of the mail by which an order leaves, or last tried to."""
    query = select(func.max(outbox.c.id)).join(outbox_orders, outbox_orders.c.outbox_id == outbox.c.id)
    newest: int | None = connection.execute(
        query.where(outbox_orders.c.order_id == order_id, outbox.c.dispatch)
    ).scalar_one()
    return newest


def requeue(connection: Connection, outbox_id: int, now: datetime) -> None:
    """Send a mail once more, as if it had been made now."""
    anew = {"state": OutboxState.QUEUED, "created_at": now, "next_at": now, "done_at": None}
    connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(**anew))


def oldest_queued(connection: Connection) -> datetime | None:
    """Return when the oldest mail still to be sent was made (docs/rules/promises.md#p7)."""
    query = select(func.min(outbox.c.created_at)).where(outbox.c.state == OutboxState.QUEUED)
    return connection.execute(query).scalar_one_or_none()


def counts(connection: Connection) -> dict[str, int]:
    """Return how many mails stand in each state, without the doctor's."""
    about = select(outbox_orders.c.outbox_id).where(outbox_orders.c.order_id.in_(canary_orders))
    own = or_(outbox.c.id.in_(about), and_(outbox.c.person_id.is_not(None), outbox.c.person_id.in_(canary_people)))
    query = select(outbox.c.state, func.count()).where(not_(own)).group_by(outbox.c.state)
    return {str(key): int(count) for key, count in connection.execute(query)}


def draft_of_message(connection: Connection, message_ids: Sequence[str]) -> str | None:
    """Return the reference of the draft that one of our own mails with these Message-IDs was about."""
    query = select(outbox.c.draft).where(outbox.c.message_id.in_(message_ids), outbox.c.draft.is_not(None))
    return connection.execute(query.order_by(outbox.c.id.desc()).limit(1)).scalar_one_or_none()


def by_message_id(connection: Connection, message_ids: Sequence[str]) -> Mail | None:
    """Return the newest of our own mails with one of these Message-IDs."""
    newest = select(func.max(outbox.c.id)).where(outbox.c.message_id.in_(message_ids)).scalar_subquery()
    row = connection.execute(select(outbox).where(outbox.c.id == newest)).one_or_none()  # no long row is sorted
    return _mail(connection, row) if row else None


def sent_to(connection: Connection, addresses: Sequence[str], since: datetime, most: int = 20) -> list[Mail]:
    """Return our own mails about orders that the relay took for one of these addresses since a moment, newest first.

    The addresses are given folded. A mail that has bounced already is among them: it is not lost a second time.
    """
    is_about_an_order = exists().where(outbox_orders.c.outbox_id == outbox.c.id)
    here = and_(func.lower(outbox.c.mail_to).in_(addresses), outbox.c.created_at > since, is_about_an_order)
    query = select(outbox).where(here, outbox.c.state.in_((OutboxState.SENT, OutboxState.FAILED)))
    rows = connection.execute(query.order_by(outbox.c.id.desc()).limit(most))
    return [_mail(connection, row) for row in rows]


def cancel(connection: Connection, message_ids: Collection[str], now: datetime, why: str) -> None:
    """Let our own mails with these Message-IDs not be sent."""
    query = select(outbox.c.id).where(outbox.c.message_id.in_(message_ids))
    for key in connection.execute(query).scalars().all():
        finish(connection, key, OutboxState.CANCELLED, now, why)


def has_failed(connection: Connection, message_id: str) -> bool:
    """Tell whether it is known already that a mail did not arrive."""
    here = and_(outbox.c.message_id == message_id, outbox.c.state == OutboxState.FAILED)
    return connection.execute(select(outbox.c.id).where(here).limit(1)).first() is not None


def bounced(connection: Connection, message_id: str, reason: str) -> None:
    """Record that a mail did not arrive after all."""
    here = outbox.c.message_id == message_id
    connection.execute(update(outbox).where(here).values(state=OutboxState.FAILED, error=reason))


def told(connection: Connection, kind: str, order_id: int, step: int) -> set[int]:
    """Return the persons for whom mails of a kind about this step of an order were made."""
    return {person for person in _readers(connection, kind, order_id, step) if person is not None}


def reminded(connection: Connection, person: Person, due: Sequence[Order]) -> set[int]:
    """Return the orders among these of which the person has been mailed since their reminder was due."""
    same_step = and_(outbox_orders.c.order_id == orders.c.id, outbox_orders.c.step == orders.c.step)
    here = and_(outbox.c.kind == NoticeKind.REMINDER, outbox.c.person_id == person.id)
    query = select(orders.c.id).join(outbox_orders, same_step).join(outbox, outbox.c.id == outbox_orders.c.outbox_id)
    query = query.where(here, orders.c.id.in_([o.id for o in due]), outbox.c.created_at >= orders.c.remind_at)
    return set(connection.execute(query).scalars())


def made(connection: Connection, kind: str, order_id: int, step: int) -> bool:
    """Tell whether a mail of a kind about this step of an order was made for anyone."""
    return bool(_readers(connection, kind, order_id, step))


def _readers(connection: Connection, kind: str, order_id: int, step: int) -> Sequence[int | None]:
    """Return for whom each mail of a kind about this step of an order was made, None for who is no person."""
    here = and_(outbox_orders.c.order_id == order_id, outbox_orders.c.step == step, outbox.c.kind == kind)
    query = select(outbox.c.person_id).join(outbox_orders, outbox_orders.c.outbox_id == outbox.c.id)
    return connection.execute(query.where(here)).scalars().all()


def last_sent(connection: Connection) -> datetime | None:
    """Return when the relay last took a mail (docs/rules/promises.md#p7)."""
    query = select(func.max(outbox.c.done_at)).where(outbox.c.state == OutboxState.SENT)
    return connection.execute(query).scalar_one_or_none()


def daily_count(connection: Connection, kind: str, mail_to: str, since: datetime) -> int:
    """Return how many mails of a kind were made for an address since a moment."""
    here = and_(outbox.c.kind == kind, outbox.c.mail_to == mail_to, outbox.c.created_at >= since)
    return connection.execute(select(func.count()).select_from(outbox).where(here)).scalar_one()


def no_time_after(connection: Connection, now: datetime) -> None:
    """Let mails that were made or sent while the clock was ahead count as of now, and those told to wait be due."""
    for column in (outbox.c.created_at, outbox.c.done_at):
        connection.execute(update(outbox).where(column > now).values({column: now}))
    waits = and_(outbox.c.state == OutboxState.QUEUED, outbox.c.next_at > now)
    connection.execute(update(outbox).where(waits).values(next_at=now))

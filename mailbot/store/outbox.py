"""The mails to send, stored with the change that they tell of and sent at least once (docs/rules/promises.md#p4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from mailbot.domain.notices.notice import NoticeKind
from mailbot.domain.people.directory import Person
from mailbot.domain.values.order import Order, Status
from mailbot.domain.values.text import grouped
from mailbot.store.blanking import blanked
from mailbot.store.committed_log import log_on_commit
from mailbot.store.tables import canary_orders, canary_people, orders, outbox, outbox_orders


class OutboxState(StrEnum):
    """How far a mail has come."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


_TOLD = {OutboxState.SENT: "mail_sent", OutboxState.FAILED: "mail_given_up", OutboxState.CANCELLED: "mail_dropped"}

MOST_SHARED = 100
"""How many orders one mail may tell of; more are told in several."""
ASKED_ANEW = "outbox retry"
"""The mark that says when the operator last wanted the relay asked at once."""


@dataclass(frozen=True)
class Mail:
    """A finished mail for one recipient. `about` has the ids of its orders, each with the step it was in.

    A `pending_only` mail is dropped once its orders are no longer pending in that step. A `dispatch` lets them leave.
    `waits` is how long it may wait for others, to become one mail with them (`shared`); None if it always goes alone.
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
    waits: timedelta | None = None


@dataclass(frozen=True)
class Shared:
    """Mails that become one: their ids, and what they have in common; `orders` has the ids of what they are about."""

    ids: tuple[int, ...]
    kind: NoticeKind
    person: int | None
    orders: tuple[int, ...]


@dataclass(frozen=True)
class MailedRequest:
    """A mail that asked a person to decide: when it was made, or when the mail server answered, and how it ended."""

    person: int
    at: datetime
    state: OutboxState


@dataclass(frozen=True)
class OutboxClaim:
    """A mail in hand; `tries` includes this one. `still_pending` has its orders that still wait in the same step."""

    id: int
    mail: Mail
    tries: int
    created_at: datetime
    still_pending: tuple[int, ...]


@dataclass(frozen=True)
class OutboxEntry:
    """A mail as lists show it; `orders` has the numbers of its orders, `error` the last relay reply that was no yes.

    `dispatches` has the ids of the orders that leave by this mail.
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


_OWN = ("kind", "mail_to", "message_id", "raw", "pending_only", "dispatch", "draft")
"""The values of a mail that a row holds under the same names."""
_SHOWN = ("id", "state", "kind", "mail_to", "tries", "created_at", "next_at", "error")
_TIMES = tuple(outbox.c[name] for name in ("kind", "mail_to", "state", "tries", "created_at", "next_at"))
_URGENT = (NoticeKind.STEP_UP_CODE, NoticeKind.OPERATOR, NoticeKind.RELAY)


def add_all(connection: Connection, mails: Sequence[Mail], kept_in: Sequence[bool], now: datetime) -> None:
    """Queue mails, in one go. A mail that is `kept_in` reaches nobody: it is stored as cancelled."""
    if not mails:
        return
    fresh = {"state": OutboxState.QUEUED, "tries": 0, "created_at": now}
    rows = [
        {name: getattr(mail, name) for name in _OWN}
        | fresh
        | {"person_id": mail.person, "shares": mail.waits is not None, "next_at": first_try}
        for mail, first_try in zip(mails, _first_tries(connection, mails, now), strict=True)
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


def _first_tries(connection: Connection, mails: Sequence[Mail], now: datetime) -> Sequence[datetime]:
    """Return when each mail is due: at once, but soon after another that it could have shared it waits for those that
    follow, so that its reader hears of the first at once and of the others by one mail."""
    longest = max((mail.waits for mail in mails if mail.waits), default=None)
    if longest is None:
        return [now] * len(mails)
    recent = and_(outbox.c.state.in_(list(OutboxState)), outbox.c.created_at > now - longest, outbox.c.shares)
    rows = connection.execute(select(*_TIMES).where(recent).order_by(outbox.c.id))
    last = {(row.kind, row.mail_to): row for row in rows}
    return [_first_try(mail, last.get((mail.kind, mail.mail_to)), now) for mail in mails]


def _first_try(mail: Mail, last: Row[Any] | None, now: datetime) -> datetime:
    if mail.waits is None or last is None or last.created_at <= now - mail.waits:
        return now
    is_there = last.state == OutboxState.QUEUED and not last.tries
    next_at: datetime = last.next_at
    return next_at if is_there else now + mail.waits


# Statements that every mail needs are built once: building one takes longer than running it.
_KEY: BindParameter[int] = bindparam("key")
_DUE = select(outbox.c.id, outbox.c.tries, outbox.c.shares).limit(1)
_DUE = _DUE.where(outbox.c.state == OutboxState.QUEUED, outbox.c.next_at <= bindparam("now"))
_DUE_URGENT = _DUE.where(outbox.c.kind.in_(_URGENT)).order_by(outbox.c.kind != NoticeKind.STEP_UP_CODE, outbox.c.id)
_DUE_OLDEST = _DUE.order_by(outbox.c.id)
_CLAIM = update(outbox).where(outbox.c.id == _KEY).returning(outbox)
_CLAIM = _CLAIM.values(tries=outbox.c.tries + 1, next_at=bindparam("later"))
_ABOUT = select(outbox_orders.c.order_id, outbox_orders.c.step).where(outbox_orders.c.outbox_id == _KEY)
_SAME_STEP = and_(outbox_orders.c.order_id == orders.c.id, outbox_orders.c.step == orders.c.step)
_STILL_PENDING = select(orders.c.id).join(outbox_orders, _SAME_STEP).order_by(orders.c.id)
_STILL_PENDING = _STILL_PENDING.where(outbox_orders.c.outbox_id == _KEY, orders.c.status == Status.PENDING)
_MADE = select(outbox.c.kind, outbox.c.tries, outbox.c.raw).where(outbox.c.id == _KEY)
_ENDED = update(outbox).where(outbox.c.id == _KEY)
_ENDED = _ENDED.values(state=bindparam("to"), done_at=bindparam("now"), error=bindparam("why"), raw=bindparam("kept"))


def due(connection: Connection, now: datetime) -> tuple[int, int, bool] | None:
    """Return the id of the next mail that is due, how often it was tried, and whether it may go with others.

    Codes come first, because somebody waits for them at a page. Then the operator's mails, which show whether the relay
    refuses one address or everything; then the oldest.
    """
    urgent = connection.execute(_DUE_URGENT, {"now": now}).one_or_none()
    found = urgent or connection.execute(_DUE_OLDEST, {"now": now}).one_or_none()
    return (found.id, found.tries, bool(found.shares) and not found.tries) if found else None


def shared(connection: Connection, outbox_id: int) -> Shared | None:
    """Return the mails that wait to go to the same reader as this one, with this one; None if it goes alone."""
    one, alive = outbox.alias(), or_(not_(outbox.c.pending_only), and_(_SAME_STEP, orders.c.status == Status.PENDING))
    same = and_(outbox.c.kind == one.c.kind, outbox.c.mail_to == one.c.mail_to)
    same = and_(same, outbox.c.person_id.is_not_distinct_from(one.c.person_id))
    here = and_(one.c.id == outbox_id, outbox.c.shares, outbox.c.state == OutboxState.QUEUED, outbox.c.tries == 0)
    query = select(outbox.c.id, outbox.c.kind, outbox.c.person_id, outbox_orders.c.order_id).join(one, same)
    query = query.join(outbox_orders, outbox_orders.c.outbox_id == outbox.c.id)
    query = query.join(orders, orders.c.id == outbox_orders.c.order_id).where(here, alive)
    rows = connection.execute(query.order_by(outbox.c.id).limit(MOST_SHARED)).all()
    if len(rows) < 2:
        return None
    ids, about = tuple(row.id for row in rows), dict.fromkeys(row.order_id for row in rows)
    return Shared(ids, NoticeKind(rows[0].kind), rows[0].person_id, tuple(about))


def go_alone(connection: Connection, outbox_id: int) -> None:
    """Have a mail leave by itself, whatever else waits to go to the same reader."""
    connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(shares=False))


def told_in_one(connection: Connection, outbox_ids: Sequence[int], now: datetime) -> None:
    """End mails whose orders are told of in one other; no text is kept of them."""
    ended = {"state": OutboxState.CANCELLED, "done_at": now, "error": "told in one mail with others", "raw": b""}
    connection.execute(update(outbox).where(outbox.c.id.in_(outbox_ids)).values(**ended))


def claim(connection: Connection, outbox_id: int, next_at: datetime) -> OutboxClaim:
    """Claim a mail. The try is counted and the time of the next is set before anything is sent."""
    row = connection.execute(_CLAIM, {"key": outbox_id, "later": next_at}).one()
    pending = connection.execute(_STILL_PENDING, {"key": outbox_id}).scalars().all()
    return OutboxClaim(outbox_id, _mail(connection, row), row.tries, row.created_at, tuple(pending))


def _mail(connection: Connection, row: Row[Any]) -> Mail:
    about = connection.execute(_ABOUT, {"key": row.id}).all()
    values = {name: getattr(row, name) for name in _OWN} | {"raw": bytes(row.raw)}
    return Mail(**values, person=row.person_id, about=tuple((order, step) for order, step in about))


def finish(connection: Connection, outbox_id: int, state: OutboxState, now: datetime, error: str | None = None) -> None:
    """Record how the mail ended. Of a mail with a code no text is kept, of others the text without links, unless it may
    be sent again."""
    row = connection.execute(_MADE, {"key": outbox_id}).one()
    kept = state is OutboxState.FAILED or error == "canary"  # a failed mail may be sent again; the doctor reads its own
    raw = bytes(row.raw) if kept else blanked(bytes(row.raw))
    raw = b"" if row.kind == NoticeKind.STEP_UP_CODE else raw
    connection.execute(_ENDED, {"key": outbox_id, "to": state, "now": now, "why": error, "kept": raw})
    log_on_commit(connection, _TOLD[state], outbox=outbox_id, kind=row.kind, tries=row.tries)


def raw_of(connection: Connection, outbox_id: int) -> bytes:
    """Return the bytes that are kept of a mail."""
    return bytes(connection.execute(select(outbox.c.raw).where(outbox.c.id == outbox_id)).scalar_one())


def postpone(connection: Connection, outbox_id: int, error: str, until: datetime | None = None) -> None:
    """Record why the try failed; the next try comes at `until` or, without that, when the claim had set it."""
    later = {} if until is None else {"next_at": until}
    connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(error=error, **later))


def release(connection: Connection, outbox_ids: Sequence[int], now: datetime) -> None:
    """Let those of these mails that are still queued be tried at once."""
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
    """Return the id of an order's newest dispatch."""
    query = select(func.max(outbox.c.id)).join(outbox_orders, outbox_orders.c.outbox_id == outbox.c.id)
    query = query.where(outbox_orders.c.order_id == order_id, outbox.c.dispatch)
    newest: int | None = connection.execute(query).scalar_one()
    return newest


def requeue(connection: Connection, outbox_id: int, now: datetime) -> None:
    """Queue a mail again, as if it had been made now."""
    anew = {"state": OutboxState.QUEUED, "created_at": now, "next_at": now, "done_at": None}
    connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(**anew))


def oldest_queued(connection: Connection) -> datetime | None:
    """Return when the oldest mail that is still queued was made (docs/rules/promises.md#p7)."""
    query = select(func.min(outbox.c.created_at)).where(outbox.c.state == OutboxState.QUEUED)
    return connection.execute(query).scalar_one_or_none()


def counts(connection: Connection) -> dict[str, int]:
    """Return how many mails are in each state, without the doctor's."""
    about = select(outbox_orders.c.outbox_id).where(outbox_orders.c.order_id.in_(canary_orders))
    own = or_(outbox.c.id.in_(about), and_(outbox.c.person_id.is_not(None), outbox.c.person_id.in_(canary_people)))
    query = select(outbox.c.state, func.count()).where(not_(own)).group_by(outbox.c.state)
    return {str(key): int(count) for key, count in connection.execute(query)}


def draft_of_message(connection: Connection, message_ids: Sequence[str]) -> str | None:
    """Return the reference of the draft that the newest of our mails with these Message-IDs was about."""
    query = select(outbox.c.draft).where(outbox.c.message_id.in_(message_ids), outbox.c.draft.is_not(None))
    return connection.execute(query.order_by(outbox.c.id.desc()).limit(1)).scalar_one_or_none()


def by_message_id(connection: Connection, message_ids: Sequence[str]) -> Mail | None:
    """Return the newest mail of ours with one of these Message-IDs."""
    newest = select(func.max(outbox.c.id)).where(outbox.c.message_id.in_(message_ids)).scalar_subquery()
    # Two queries, because sorting would carry whole rows, which are as long as their mails.
    row = connection.execute(select(outbox).where(outbox.c.id == newest)).one_or_none()
    return _mail(connection, row) if row else None


def sent_to(connection: Connection, addresses: Sequence[str], since: datetime, most: int = 20) -> list[Mail]:
    """Return our mails about orders to one of these folded addresses that have left or failed, the newest first.

    They were made since a moment. A bounced one is among them, so that another bounce is not taken for an older mail's.
    """
    is_about_an_order = exists().where(outbox_orders.c.outbox_id == outbox.c.id)
    here = and_(func.lower(outbox.c.mail_to).in_(addresses), outbox.c.created_at > since, is_about_an_order)
    query = select(outbox).where(here, outbox.c.state.in_((OutboxState.SENT, OutboxState.FAILED)))
    rows = connection.execute(query.order_by(outbox.c.id.desc()).limit(most))
    return [_mail(connection, row) for row in rows]


def cancel(connection: Connection, message_ids: Collection[str], now: datetime, why: str) -> None:
    """Cancel our mails with these Message-IDs."""
    query = select(outbox.c.id).where(outbox.c.message_id.in_(message_ids))
    for key in connection.execute(query).scalars().all():
        finish(connection, key, OutboxState.CANCELLED, now, why)


def has_failed(connection: Connection, message_id: str) -> bool:
    """Tell whether a mail is already known not to have arrived."""
    here = and_(outbox.c.message_id == message_id, outbox.c.state == OutboxState.FAILED)
    return connection.execute(select(outbox.c.id).where(here).limit(1)).first() is not None


def bounced(connection: Connection, message_id: str, reason: str) -> None:
    """Record that a mail that was sent did not arrive."""
    here = outbox.c.message_id == message_id
    connection.execute(update(outbox).where(here).values(state=OutboxState.FAILED, error=reason))


def told(connection: Connection, kind: str, order_id: int, step: int) -> set[int]:
    """Return the persons to whom mails of this kind were made, about this step of the order."""
    return {person for person in _readers(connection, kind, order_id, step) if person is not None}


def reminded(connection: Connection, person: Person, due: Sequence[Order]) -> set[int]:
    """Return those of the orders about which the person has been mailed a reminder since it was due."""
    here = and_(outbox.c.kind == NoticeKind.REMINDER, outbox.c.person_id == person.id)
    query = select(orders.c.id).join(outbox_orders, _SAME_STEP).join(outbox, outbox.c.id == outbox_orders.c.outbox_id)
    query = query.where(here, orders.c.id.in_([o.id for o in due]), outbox.c.created_at >= orders.c.remind_at)
    return set(connection.execute(query).scalars())


def asked(connection: Connection, order: Order, most: int = 20) -> Sequence[MailedRequest]:
    """Return the newest mails, oldest first, that asked somebody to decide this step of the order."""
    asks = and_(outbox.c.kind.in_((NoticeKind.REQUEST, NoticeKind.REMINDER)), outbox.c.person_id.is_not(None))
    here = and_(outbox_orders.c.order_id == order.id, outbox_orders.c.step == order.step)
    query = select(outbox.c.person_id, outbox.c.created_at, outbox.c.done_at, outbox.c.state)
    query = query.join(outbox_orders, outbox_orders.c.outbox_id == outbox.c.id).where(here, asks)
    query = query.where(outbox.c.state != OutboxState.CANCELLED).order_by(outbox.c.id.desc()).limit(most)
    rows = connection.execute(query).all()
    return [
        MailedRequest(row.person_id, row.done_at or row.created_at, OutboxState(row.state)) for row in reversed(rows)
    ]


def made(connection: Connection, kind: str, order_id: int, step: int) -> bool:
    """Tell whether any mail of this kind was made about this step of the order."""
    return bool(_readers(connection, kind, order_id, step))


def _readers(connection: Connection, kind: str, order_id: int, step: int) -> Sequence[int | None]:
    """Return who reads the mails of this kind about this step; None for a reader who is no person."""
    here = and_(outbox_orders.c.order_id == order_id, outbox_orders.c.step == step, outbox.c.kind == kind)
    query = select(outbox.c.person_id).join(outbox_orders, outbox_orders.c.outbox_id == outbox.c.id)
    return connection.execute(query.where(here)).scalars().all()


def last_sent(connection: Connection) -> datetime | None:
    """Return when the relay last took a mail (docs/rules/promises.md#p7)."""
    query = select(func.max(outbox.c.done_at)).where(outbox.c.state == OutboxState.SENT)
    return connection.execute(query).scalar_one_or_none()


def daily_count(connection: Connection, kind: str, mail_to: str, since: datetime) -> int:
    """Return how many mails of this kind were made for an address since a moment."""
    here = and_(outbox.c.kind == kind, outbox.c.mail_to == mail_to, outbox.c.created_at >= since)
    return connection.execute(select(func.count()).select_from(outbox).where(here)).scalar_one()


def no_time_after(connection: Connection, now: datetime) -> None:
    """Set times that lie in the future to now, and let all queued mails that wait for a time be due now."""
    for column in (outbox.c.created_at, outbox.c.done_at):
        connection.execute(update(outbox).where(column > now).values({column: now}))
    waits = and_(outbox.c.state == OutboxState.QUEUED, outbox.c.next_at > now)
    connection.execute(update(outbox).where(waits).values(next_at=now))

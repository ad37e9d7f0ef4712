"""Notices to finished mails in the outbox, links made on the way, all inside the caller's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from mailbot.domain.notices import Mailbox, Notice, NoticeKind, Purpose, Recipient, UnregisteredAddress, notices_for
from mailbot.domain.ordering.flags import Flag, FlagCase, flags
from mailbot.domain.ordering.summary import Summary, summarise
from mailbot.domain.ordering.workflow import Change, Happened, Refusal
from mailbot.domain.people.absence import AbsenceProblem
from mailbot.domain.people.attest_plan import unit_plan
from mailbot.domain.people.canary import is_canary_order
from mailbot.domain.people.directory import CANARY_SUPPLIER, Directory, Person, Supplier, is_canary
from mailbot.domain.people.rights import Authority, may_decide
from mailbot.domain.values.order import Order
from mailbot.domain.values.text import fold
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.mail_texts import MailtoOffers, written_mail
from mailbot.flows.steps.reply_address import ReplyRules
from mailbot.links import fingerprint
from mailbot.mail.writing.compose import OutgoingMail, compose
from mailbot.store import events, files, inbox, links, orders, outbox
from mailbot.store.links import Link
from mailbot.store.orders import new_reference
from mailbot.wording import STATEMENTS

_ABOUT_UNITS = {NoticeKind.PLAN, NoticeKind.RIGHT_ENDS, NoticeKind.ONE_APPROVER, NoticeKind.RESIGNED}
ASKING = {NoticeKind.REQUEST, NoticeKind.REMINDER, NoticeKind.PENDING_LIST}
WITH_FILES = {NoticeKind.RECEIPT, NoticeKind.REQUEST, NoticeKind.TO_PURCHASING}
ANSWERS = {NoticeKind.PROBLEMS, NoticeKind.HELP, NoticeKind.NOT_CORRECTED, NoticeKind.CONFIRM_SENDER}
ANSWERS |= {NoticeKind.APPOINTMENT_PROBLEMS, NoticeKind.APPOINTMENT_RECEIVED}
ANSWERS |= {NoticeKind.QUEUED, NoticeKind.UNDECIDED, NoticeKind.WHICH}


@dataclass(frozen=True)
class ShownOrder:
    """One order as a mail shows it; `urls` are this recipient's own signed links by purpose.

    `flags` are what the recipient's decision would raise, or for purchasing what the decision has raised.
    """

    summary: Summary
    urls: Mapping[str, str]
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class Cause:
    """The mail that asked for a change; `earlier` is the one that its draft began with."""

    inbox_id: int
    message_id: str
    earlier: int | None = None


def apply_change(
    bot: Bot, connection: Connection, change: Change | Refusal, now: datetime, cause: Cause | None = None
) -> Order | None:
    """Make a change, its event and its mails, all or nothing; None when another one came first, or it was refused."""
    if isinstance(change, Refusal):
        return None
    inbox_id = cause.inbox_id if cause else None
    if change.before is None:
        change = replace(change, after=orders.add(connection, change.after, inbox_id))
    elif not orders.apply(connection, change, inbox_id):
        return None
    for mail in (cause.inbox_id, cause.earlier) if cause else ():
        if mail is not None:  # first of all, so that the mails made here name its files
            inbox.belongs_to(connection, mail, change.after.id)
    events.record_change(connection, change, change.after.id, inbox_id)
    notices = notices_for(change, bot.directory(connection), bot.policy, bot.day(now))
    for notice in notices:
        answers = cause.message_id if cause and notice.kind is NoticeKind.RECEIPT else ""
        enqueue(bot, connection, [_by(change, notice)], now, answers)
    return change.after


def _by(change: Change, notice: Notice) -> Notice:
    """Name who did it, where that was a person."""
    person = change.actor.person
    return notice if person is None else replace(notice, facts={**notice.facts, "actor": str(person)})


def enqueue(
    bot: Bot, connection: Connection, notices: Iterable[Notice], now: datetime, answers: str = ""
) -> tuple[int, ...]:
    """Put each notice's mail in the outbox and return their ids; `answers` is the Message-ID of what is answered."""
    return tuple(store_mail(connection, prepare_mail(bot, connection, notice, now, answers), now) for notice in notices)


@dataclass(frozen=True)
class PreparedMail:
    """A finished mail and the links in it by fingerprint, none of which is stored yet; the doctor's are kept in."""

    mail: outbox.Mail
    links: Mapping[str, Link]
    kept_in: bool


def prepare_mail(bot: Bot, connection: Connection, notice: Notice, now: datetime, answers: str = "") -> PreparedMail:
    """Make a notice's mail, only reading: for one that takes long, before the transaction that stores it."""
    at = _Desk(connection, now)
    mail = _mail(bot, at, notice, _new_message_id(bot), answers)
    return PreparedMail(mail, at.links, _is_kept_in(notice))


def store_mail(connection: Connection, prepared: PreparedMail, now: datetime) -> int:
    """Put a prepared mail in the outbox, and return its id there."""
    links.add_all(connection, prepared.links, now)
    key = outbox.add(connection, prepared.mail, now)
    if prepared.kept_in:
        outbox.finish(connection, key, outbox.OutboxState.CANCELLED, now, "canary")
    return key


def _is_kept_in(notice: Notice) -> bool:
    """Tell whether the mail is one of the doctor's that must reach nobody; its order leaves, to the operator."""
    own = any(is_canary_order(order) for order in notice.orders)
    to_own_supplier = isinstance(notice.to, Supplier) and notice.to.name == CANARY_SUPPLIER
    return (own and not to_own_supplier) or (isinstance(notice.to, Person) and is_canary(notice.to))


def rewrite_mail(bot: Bot, connection: Connection, notice: Notice, message_id: str, now: datetime) -> bytes:
    """Return a mail made anew under its old Message-ID: some of what it was about is over."""
    at = _Desk(connection, now)
    raw = _mail(bot, at, notice, message_id, "").raw
    links.add_all(connection, at.links, now)
    return raw


def _new_message_id(bot: Bot) -> str:
    return f"<{new_reference()}{new_reference()}@{bot.addresses.bot.rpartition('@')[2]}>"


@dataclass(frozen=True)
class _Desk:
    """Where a mail is written, and the links that it will hold by fingerprint; nothing is stored."""

    connection: Connection
    now: datetime
    links: dict[str, Link] = field(default_factory=dict)


def _mail(bot: Bot, at: _Desk, notice: Notice, message_id: str, answers: str) -> outbox.Mail:
    directory = bot.directory(at.connection)
    name, address = mailbox(bot, notice.to)
    person = notice.to if isinstance(notice.to, Person) else None
    language = _language(bot, notice, directory)
    values = _values(bot, at, notice, directory, language)
    texts = written_mail(notice, values, language, bot.policy.timezone)
    letter = OutgoingMail(
        sender=bot.addresses.bot,
        sender_name="mailbot",
        to=address,
        to_name=name,
        reply_to=_reply_to(bot, at, notice),
        subject=texts.subject,
        text=texts.text,
        html=texts.html,
        message_id=message_id,
        language=language,
        answers=_thread(bot, notice, answers),
        original=_original(at.connection, notice),
        files=texts.files,
        auto_submitted="auto-replied" if answers or notice.kind in ANSWERS else "auto-generated",
    )
    return outbox.Mail(
        kind=notice.kind,
        person=person.id if person else None,
        mail_to=address,
        message_id=message_id,
        raw=compose(letter, at.now),
        about=tuple((order.id, order.step) for order in notice.orders),
        pending_only=notice.pending_only,
        dispatch=notice.dispatch,
        draft=notice.draft or None,
    )


def _language(bot: Bot, notice: Notice, directory: Directory) -> str:
    """A person's own, else that of the unit it is about or of their only one; the offices have the bot's."""
    if isinstance(notice.to, Mailbox):
        return bot.language
    person = notice.to if isinstance(notice.to, Person) else None
    if notice.appointing is not None:
        return bot.speaks(person, notice.appointing.unit)
    about = directory.units.get(notice.orders[0].content.unit) if notice.orders else directory.only_unit(person)
    return bot.speaks(person, about)


def mailbox(bot: Bot, to: Recipient) -> tuple[str, str]:
    """Return name and address of a recipient's mailbox; for a system that orders a person answers."""
    match to:
        case Person() | UnregisteredAddress() if fold(to.address) in bot.robots:
            return "", bot.robot_contact
        case Person() | Supplier():
            return to.name, to.address
        case UnregisteredAddress():
            return "", to.address
        case Mailbox.PURCHASING:
            return "", bot.addresses.purchasing
        case Mailbox.OPERATOR:
            return "", bot.addresses.operator


def _reply_to(bot: Bot, at: _Desk, notice: Notice) -> str:
    """A supplier answers the requester, purchasing too; others answer the bot (docs/rules/promises.md#supplier)."""
    if notice.dispatch:
        return mailbox(bot, bot.directory(at.connection).persons[notice.orders[0].requester])[1]
    if notice.kind is NoticeKind.STEP_UP_CODE:  # who did not ask for it tells a person
        return bot.addresses.purchasing
    asks = notice.kind is NoticeKind.REQUEST and isinstance(notice.to, Person)
    if asks and bot.replies is not None and bot.replies.allow(notice.orders[0], bot.policy):
        return _secret_address(bot, bot.replies, at, notice)
    return bot.addresses.bot


def _secret_address(bot: Bot, replies: ReplyRules, at: _Desk, notice: Notice) -> str:
    address, secret = replies.make()
    target = LinkTarget(Purpose.REPLY, notice.to if isinstance(notice.to, Person) else None, notice.orders[0])
    at.links[fingerprint(secret)] = _link(bot, target, at.now)
    return address


def _thread(bot: Bot, notice: Notice, answers: str) -> tuple[str, ...]:
    """All mails about one order carry one made-up root, so that mail programs keep them together."""
    root = f"<{notice.orders[0].reference}@{bot.addresses.bot.rpartition('@')[2]}>" if len(notice.orders) == 1 else ""
    return tuple(part for part in (root, answers) if part)


def _original(connection: Connection, notice: Notice) -> bytes | None:
    if notice.kind is NoticeKind.APPOINTMENT and notice.appointing and notice.appointing.appointment:
        return inbox.raw(connection, notice.appointing.appointment.inbox)
    if notice.kind is not NoticeKind.TO_PURCHASING:
        return None
    key = orders.original_mail(connection, notice.orders[0])
    return inbox.raw(connection, key) if key is not None else None


def _values(bot: Bot, at: _Desk, notice: Notice, directory: Directory, language: str) -> dict[str, Any]:
    connection, now, day = at.connection, at.now, bot.day(at.now)
    items = [
        ShownOrder(
            summarise(order, directory, bot.policy, day),
            _urls(bot, at, notice, order),
            _flags(bot, connection, notice, order, now),
        )
        for order in notice.orders
    ]
    return {
        "notice": notice,
        "items": items,
        "order": items[0].summary if items else None,
        "flags": items[0].flags if items else (),
        "urls": items[0].urls if items else _urls(bot, at, notice, None),
        "files": files.of_order(connection, notice.orders[0].id) if notice.kind in WITH_FILES else (),
        "actor": _person(directory, notice, "actor"),
        "away": _person(directory, notice, "person"),
        "substitute": _person(directory, notice, "substitute"),
        "problem": AbsenceProblem(notice.facts["problem"]) if "problem" in notice.facts else None,
        "plan": unit_plan(notice.facts["unit"], directory, day) if notice.kind in _ABOUT_UNITS else None,
        "letters": MailtoOffers(bot.addresses.bot, notice, language, bot.policy.timezone),
        "policy": bot.policy,
        "statements": STATEMENTS.get(bot.policy.statements, ()),
        "addresses": bot.addresses,
        "now": now,
    }


def _flags(bot: Bot, connection: Connection, notice: Notice, order: Order, now: datetime) -> tuple[Flag, ...]:
    """Purchasing is told what the decision raised, and who is to decide what theirs would; nobody else hears of it."""
    if notice.kind is NoticeKind.TO_PURCHASING:
        approved = [e for e in events.of_order(connection, order.id) if e.what == Happened.APPROVED]
        return tuple(Flag(name) for name in approved[-1].payload.get("flags", "").split()) if approved else ()
    if notice.kind not in ASKING or not isinstance(notice.to, Person):
        return ()
    directory = bot.directory(connection)
    authority = may_decide(order, notice.to, directory, bot.policy, bot.day(now))
    return flags(FlagCase(order, authority, now), directory, bot.policy) if isinstance(authority, Authority) else ()


def _person(directory: Directory, notice: Notice, fact: str) -> Person | None:
    """Return the person whose id a fact of the notice is."""
    return directory.persons.get(int(notice.facts[fact])) if notice.facts.get(fact) else None


def _urls(bot: Bot, at: _Desk, notice: Notice, order: Order | None) -> dict[str, str]:
    person = notice.to if isinstance(notice.to, Person) else None
    inbox_id, unit = int(notice.facts["inbox"]) if "inbox" in notice.facts else None, notice.facts.get("unit")
    appointment = notice.appointing.appointment.id if notice.appointing and notice.appointing.appointment else None
    return {
        purpose.name.lower(): _address(bot, at, LinkTarget(purpose, person, order, inbox_id, unit, appointment))
        for purpose in notice.links
    }


@dataclass(frozen=True)
class LinkTarget:
    """What a link is for: a purpose, for a person, about an order, a mail, a unit or an appointment.

    `until` is when (UTC) the link dies that it was opened from, which it never outlives, and `root` that link's root.
    """

    purpose: Purpose
    person: Person | None
    order: Order | None = None
    inbox: int | None = None
    unit: str | None = None
    appointment: int | None = None
    until: datetime | None = None
    root: str = ""


def new_link(bot: Bot, connection: Connection, target: LinkTarget, now: datetime) -> str:
    """Make a signed link, store what it may do, and return its address."""
    at = _Desk(connection, now)
    address = _address(bot, at, target)
    links.add_all(connection, at.links, now)
    return address


def _address(bot: Bot, at: _Desk, target: LinkTarget) -> str:
    token, link_id = bot.signer.make(target.purpose)
    at.links[fingerprint(link_id)] = _link(bot, target, at.now)
    return f"{bot.base_url}/{target.purpose}/{token}"


def _link(bot: Bot, target: LinkTarget, now: datetime) -> Link:
    order = None if target.purpose is Purpose.LIST else target.order
    expires_at = now + bot.policy.link_life
    return Link(
        target.purpose,
        target.person.id if target.person else None,
        order.id if order else None,
        order.version if order else None,
        order.step if order else None,
        target.inbox,
        min(expires_at, target.until or expires_at),
        unit=target.unit,
        appointment=target.appointment,
        root=target.root,
    )

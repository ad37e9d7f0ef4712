"""Notices to mails in the outbox: what each is made of is gathered on the View, links too, and made after it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mailbot.domain.notices import Mailbox, Notice, NoticeKind, Recipient, UnregisteredAddress
from mailbot.domain.ordering.flags import Flag, FlagCase, flags
from mailbot.domain.ordering.summary import Summary, summarise
from mailbot.domain.ordering.workflow import Happened
from mailbot.domain.people.absence import AbsenceProblem
from mailbot.domain.people.attest_plan import unit_plan
from mailbot.domain.people.canary import is_canary_order
from mailbot.domain.people.directory import CANARY_SUPPLIER, Directory, Person, Supplier, is_canary
from mailbot.domain.people.rights import Authority, may_decide
from mailbot.domain.values.order import AttachedFile, Order
from mailbot.domain.values.text import fold
from mailbot.flows.bot import Bot
from mailbot.flows.steps.mail_texts import MailtoOffers, written_mail
from mailbot.flows.steps.new_link import LinkTarget, new_link, reply_address
from mailbot.flows.view import View
from mailbot.flows.write import Work
from mailbot.mail.writing.compose import OutgoingMail, compose
from mailbot.store import events, files, inbox, orders, outbox
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


def enqueue(work: Work, notices: Iterable[Notice], answers: str = "") -> tuple[str, ...]:
    """Have each notice's mail made and queued; `answers` is the Message-ID of what is answered. Return their own."""
    unmade = [gathered(work, notice, _new_message_id(work.bot), answers) for notice in notices]
    work.mails += unmade
    return tuple(mail.letter.message_id for mail in unmade)


@dataclass(frozen=True)
class NoticeMail:
    """All that a notice's mail is made of; making it needs no connection. The doctor's are kept in."""

    notice: Notice
    letter: OutgoingMail
    values: Mapping[str, Any]
    timezone: str
    at: datetime
    kept_in: bool

    def make(self) -> outbox.Mail:
        """Render and compose the mail."""
        notice, letter = self.notice, self.letter
        texts = written_mail(notice, self.values, letter.language, self.timezone)
        letter = replace(letter, subject=texts.subject, text=texts.text, html=texts.html, files=texts.files)
        return outbox.Mail(
            kind=notice.kind,
            person=notice.to.id if isinstance(notice.to, Person) else None,
            mail_to=letter.to,
            message_id=letter.message_id,
            raw=compose(letter, self.at),
            about=tuple((order.id, order.step) for order in notice.orders),
            pending_only=notice.pending_only,
            dispatch=notice.dispatch,
            draft=notice.draft or None,
        )


def _is_kept_in(notice: Notice) -> bool:
    """Tell whether the mail is one of the doctor's that must reach nobody; its order leaves, to the operator."""
    own = any(is_canary_order(order) for order in notice.orders)
    to_own_supplier = isinstance(notice.to, Supplier) and notice.to.name == CANARY_SUPPLIER
    return (own and not to_own_supplier) or (isinstance(notice.to, Person) and is_canary(notice.to))


def _new_message_id(bot: Bot) -> str:
    return f"<{new_reference()}{new_reference()}@{bot.addresses.bot.rpartition('@')[2]}>"


def gathered(work: Work, notice: Notice, message_id: str, answers: str = "") -> NoticeMail:
    """Gather what a notice's mail is made of, its links among it."""
    bot = work.bot
    name, address = mailbox(bot, notice.to)
    language = _language(work, notice)
    work.see(notice.orders)
    letter = OutgoingMail(
        sender=bot.addresses.bot,
        sender_name="mailbot",
        to=address,
        to_name=name,
        reply_to=_reply_to(work, notice),
        subject="",
        text="",
        html="",
        message_id=message_id,
        language=language,
        answers=_thread(bot, notice, answers),
        original=_original(work, notice),
        auto_submitted="auto-replied" if answers or notice.kind in ANSWERS else "auto-generated",
    )
    values = _values(work, notice, language)
    return NoticeMail(notice, letter, values, bot.policy.timezone, work.now, _is_kept_in(notice))


def _language(view: View, notice: Notice) -> str:
    """A person's own, else that of the unit it is about or of their only one; the offices have the bot's."""
    if isinstance(notice.to, Mailbox):
        return view.bot.language
    person = notice.to if isinstance(notice.to, Person) else None
    if notice.appointing is not None:
        return view.bot.speaks(person, notice.appointing.unit)
    about = (
        view.directory.units.get(notice.orders[0].content.unit) if notice.orders else view.directory.only_unit(person)
    )
    return view.bot.speaks(person, about)


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


def _reply_to(work: Work, notice: Notice) -> str:
    """A supplier answers the requester, purchasing too; others answer the bot (docs/rules/promises.md#supplier)."""
    bot = work.bot
    if notice.dispatch:
        return mailbox(bot, work.directory.persons[notice.orders[0].requester])[1]
    if notice.kind is NoticeKind.STEP_UP_CODE:  # who did not ask for it tells a person
        return bot.addresses.purchasing
    if notice.kind is NoticeKind.REQUEST and isinstance(notice.to, Person) and bot.replies is not None:
        order = notice.orders[0]
        return (
            reply_address(work, bot.replies, notice.to, order)
            if bot.replies.allow(order, bot.policy)
            else bot.addresses.bot
        )
    return bot.addresses.bot


def _thread(bot: Bot, notice: Notice, answers: str) -> tuple[str, ...]:
    """All mails about one order carry one made-up root, so that mail programs keep them together."""
    root = f"<{notice.orders[0].reference}@{bot.addresses.bot.rpartition('@')[2]}>" if len(notice.orders) == 1 else ""
    return tuple(part for part in (root, answers) if part)


def _original(view: View, notice: Notice) -> bytes | None:
    if notice.kind is NoticeKind.APPOINTMENT and notice.appointing and notice.appointing.appointment:
        return inbox.raw(view.connection, notice.appointing.appointment.inbox)
    if notice.kind is not NoticeKind.TO_PURCHASING:
        return None
    key = orders.original_mail(view.connection, notice.orders[0])
    return inbox.raw(view.connection, key) if key is not None else None


def _values(work: Work, notice: Notice, language: str) -> dict[str, Any]:
    bot, directory = work.bot, work.directory
    items = [
        ShownOrder(
            summarise(order, directory, bot.policy, work.day), _urls(work, notice, order), _flags(work, notice, order)
        )
        for order in notice.orders
    ]
    return {
        "notice": notice,
        "items": items,
        "order": items[0].summary if items else None,
        "flags": items[0].flags if items else (),
        "urls": items[0].urls if items else _urls(work, notice, None),
        "files": _files(work, notice.orders[0]) if notice.kind in WITH_FILES else (),
        "actor": _person(directory, notice, "actor"),
        "away": _person(directory, notice, "person"),
        "substitute": _person(directory, notice, "substitute"),
        "problem": AbsenceProblem(notice.facts["problem"]) if "problem" in notice.facts else None,
        "plan": unit_plan(notice.facts["unit"], directory, work.day) if notice.kind in _ABOUT_UNITS else None,
        "letters": MailtoOffers(bot.addresses.bot, notice, language, bot.policy.timezone),
        "policy": bot.policy,
        "statements": STATEMENTS.get(bot.policy.statements, ()),
        "addresses": bot.addresses,
        "now": work.now,
    }


def _files(work: Work, order: Order) -> Sequence[AttachedFile]:
    """Return an order's files, those among them that this work adds."""
    return work.files[order.id] if order.id in work.files else files.of_order(work.connection, order.id)


def _flags(view: View, notice: Notice, order: Order) -> tuple[Flag, ...]:
    """Purchasing is told what the decision raised, and who is to decide what theirs would; nobody else hears of it."""
    if notice.kind is NoticeKind.TO_PURCHASING:
        approved = [e for e in events.of_order(view.connection, order.id) if e.what == Happened.APPROVED]
        return tuple(Flag(name) for name in approved[-1].payload.get("flags", "").split()) if approved else ()
    if notice.kind not in ASKING or not isinstance(notice.to, Person):
        return ()
    authority = may_decide(order, notice.to, view.directory, view.policy, view.day)
    if not isinstance(authority, Authority):
        return ()
    return flags(FlagCase(order, authority, view.now), view.directory, view.policy)


def _person(directory: Directory, notice: Notice, fact: str) -> Person | None:
    """Return the person whose id a fact of the notice is."""
    return directory.persons.get(int(notice.facts[fact])) if notice.facts.get(fact) else None


def _urls(work: Work, notice: Notice, order: Order | None) -> dict[str, str]:
    person = notice.to if isinstance(notice.to, Person) else None
    inbox_id, unit = int(notice.facts["inbox"]) if "inbox" in notice.facts else None, notice.facts.get("unit")
    appointment = notice.appointing.appointment.id if notice.appointing and notice.appointing.appointment else None
    return {
        purpose.name.lower(): new_link(work, LinkTarget(purpose, person, order, inbox_id, unit, appointment))
        for purpose in notice.links
    }

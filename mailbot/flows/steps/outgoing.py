"""Makes notices into mails in the outbox: gathered on the View, made once it is closed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mailbot.domain.notices import notice as n
from mailbot.domain.ordering.events import OrderDecided
from mailbot.domain.ordering.flags import Flag, FlagCase, flags
from mailbot.domain.ordering.summary import summarise
from mailbot.domain.ordering.workflow import Happened
from mailbot.domain.people.canary import is_canary_order
from mailbot.domain.people.directory import CANARY_SUPPLIER, Person, Supplier, is_canary
from mailbot.domain.people.rights import Authority
from mailbot.domain.values.order import AttachedFile, Order
from mailbot.domain.values.text import fold
from mailbot.flows.bot import Bot
from mailbot.flows.steps.new_link import LinkTarget, new_link, reply_address
from mailbot.flows.view import View
from mailbot.flows.write import Work
from mailbot.mail.writing.compose import OutgoingFile, OutgoingMail, compose
from mailbot.mails.say import MailInput, MailParts, ShownOrder, are_enclosed, say
from mailbot.mails.written import MailtoOffers, written_mail
from mailbot.presentation import Place
from mailbot.store import events, files, inbox, orders, outbox
from mailbot.store.orders import new_reference
from mailbot.wording import statements

_ANSWERS = (
    n.ProblemsNotice
    | n.HelpNotice
    | n.NotCorrectedNotice
    | n.ConfirmSenderNotice
    | n.AppointmentProblemsNotice
    | n.AppointmentReceivedNotice
    | n.PointerNotice
    | n.QueuedNotice
    | n.UndecidedNotice
    | n.WhichNotice
)
"""Notices that are always replies, also if `answers` names no mail: marked so, no program answers them (RFC 3834)."""


WAITS = timedelta(minutes=1)
"""How long the second mail about one change, or about a person's decisions, may wait for those that follow."""


def enqueue(work: Work, notices: Iterable[n.AnyNotice], answers: str = "") -> tuple[str, ...]:
    """Have each notice's mail made and queued; return the Message-IDs. `answers` is that of the mail they answer."""
    heard = (heard for notice in notices for heard in ((notice,) if answers else _heard(work, notice)))
    unmade = [gathered(work, notice, _new_message_id(work.bot), answers) for notice in heard]
    work.mails += unmade
    return tuple(mail.letter.message_id for mail in unmade)


def _heard(work: Work, notice: n.AnyNotice) -> Iterator[n.AnyNotice]:
    """Yield the notice if its reader is there. Who has left hears nothing more: a question about their order, or its
    rejection, goes to who heads its unit, else to purchasing."""
    gone = notice.to
    if not (isinstance(gone, Person) and gone.has_left(work.day)):
        yield notice
    elif isinstance(notice, n.QuestionNotice | n.RejectedNotice):
        to = work.directory.head_over(notice.order.content.unit) or n.Mailbox.PURCHASING
        question = notice if isinstance(notice, n.QuestionNotice) else None
        yield n.LeftNotice(to=to, person=gone, waiting=notice.orders, question=question)


@dataclass(frozen=True)
class NoticeMail:
    """All that a notice's mail is made of, without a connection; `kept_in`: the doctor's, which reaches nobody.

    `waits` is how long it may wait for others of its kind; None if it always goes alone.
    """

    notice: n.AnyNotice
    letter: OutgoingMail
    said: MailInput
    values: Mapping[str, Any]
    place: Place
    at: datetime
    kept_in: bool
    waits: timedelta | None

    def make(self) -> outbox.Mail:
        """Render and compose the mail."""
        notice, letter = self.notice, self.letter
        texts = written_mail(notice, self.said, self.values, self.place)
        letter = replace(
            letter, subject=texts.subject, text=texts.text, html=texts.html, files=(*letter.files, *texts.files)
        )
        return outbox.Mail(
            kind=notice.stored_as,
            person=notice.to.id if isinstance(notice.to, Person) else None,
            mail_to=letter.to,
            message_id=letter.message_id,
            raw=compose(letter, self.at),
            about=tuple((order.id, order.step) for order in notice.orders),
            pending_only=notice.only_while_pending,
            dispatch=notice.dispatch,
            draft=getattr(notice, "draft", "") or None,
            waits=self.waits,
        )


def _is_kept_in(notice: n.AnyNotice) -> bool:
    """Tell whether the mail is of the doctor's order and reaches nobody: only that to its own supplier leaves."""
    own = any(is_canary_order(order) for order in notice.orders)
    to_own_supplier = isinstance(notice.to, Supplier) and notice.to.name == CANARY_SUPPLIER
    return (own and not to_own_supplier) or (isinstance(notice.to, Person) and is_canary(notice.to))


def _new_message_id(bot: Bot) -> str:
    return f"<{new_reference()}{new_reference()}@{bot.addresses.bot.rpartition('@')[2]}>"


def gathered(work: Work, notice: n.AnyNotice, message_id: str, answers: str = "") -> NoticeMail:
    """Gather what a notice's mail is made of, its links included."""
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
        # Rendering takes time, so that `make` fills these in when no transaction is open.
        subject="",
        text="",
        html="",
        message_id=message_id,
        language=language,
        answers=_thread(bot, notice, answers),
        original=_original(work, notice),
        files=_enclosed(work, notice),
        auto_submitted="auto-replied" if answers or isinstance(notice, _ANSWERS) else "auto-generated",
    )
    said, place = say(notice, _parts(work, notice)), Place(language, bot.policy.timezone, bot.policy.profile)
    values, waits = _values(work, notice, language), _waits(notice, bot.policy.undo_window)
    return NoticeMail(notice, letter, said, values, place, work.now, _is_kept_in(notice), waits)


def _waits(notice: n.AnyNotice, undo_window: timedelta) -> timedelta | None:
    """Return how long a mail may wait for others: a receipt for a decision so that most of its undo window is left."""
    if not isinstance(notice, n.OrderNotice) or not notice.shares:
        return None
    return (min(WAITS, undo_window / 3) or None) if isinstance(notice, n.DecidedNotice) else WAITS


def _language(view: View, notice: n.AnyNotice) -> str:
    """Return the reader's language, else that of the order's unit or their only one; for our mailboxes the bot's."""
    if isinstance(notice.to, n.Mailbox):
        return view.bot.language
    person = notice.to if isinstance(notice.to, Person) else None
    if isinstance(notice, n.AppointmentMail):
        return view.speaks(person, notice.about.unit)
    directory = view.directory
    about = directory.units.get(notice.orders[0].content.unit) if notice.orders else directory.only_unit(person)
    return view.speaks(person, about)


def mailbox(bot: Bot, to: n.Recipient) -> tuple[str, str]:
    """Return name and address of a recipient's mailbox; for a system that orders, that of the contact person."""
    match to:
        case Person() | n.UnregisteredAddress() if fold(to.address) in bot.robots:
            return "", bot.robot_contact
        case Person() | Supplier():
            return to.name, to.address
        case n.UnregisteredAddress():
            return "", to.address
        case n.Mailbox.PURCHASING:
            return "", bot.addresses.purchasing
        case n.Mailbox.FINANCE:
            return "", bot.addresses.finance or bot.addresses.purchasing
        case n.Mailbox.OPERATOR:
            return "", bot.addresses.operator


def _reply_to(work: Work, notice: n.AnyNotice) -> str:
    """Return where answers go: from a dispatch to the requester, or the decider if they
    have left; else to the bot (docs/rules/promises.md#supplier)."""
    bot = work.bot
    if notice.dispatch:
        order, persons = notice.orders[0], work.directory.persons
        left = order.decision is not None and persons[order.requester].has_left(work.day)
        return mailbox(bot, persons[order.decision.person if order.decision and left else order.requester])[1]
    if isinstance(notice, n.CodeNotice):  # if its reader did not ask for a code, they tell a human
        return bot.addresses.purchasing
    replies = bot.replies
    if isinstance(notice, n.RequestNotice) and replies is not None and replies.allow(notice.order, bot.policy):
        return reply_address(work, replies, notice.to, notice.order)
    return bot.addresses.bot


def _thread(bot: Bot, notice: n.AnyNotice, answers: str) -> tuple[str, ...]:
    """Return the references: a made-up root that all mails about the order name, and the mail that it answers."""
    root = f"<{notice.orders[0].reference}@{bot.addresses.bot.rpartition('@')[2]}>" if len(notice.orders) == 1 else ""
    return tuple(part for part in (root, answers) if part)


def _original(view: View, notice: n.AnyNotice) -> bytes | None:
    match notice:
        case n.AppointmentNotice() if notice.about.appointment is not None:
            return inbox.raw(view.connection, notice.about.appointment.inbox)
        case n.ToPurchasingNotice():
            key = orders.original_mail(view.connection, notice.order)
            return inbox.raw(view.connection, key) if key is not None else None
    return None


def _enclosed(work: Work, notice: n.AnyNotice) -> tuple[OutgoingFile, ...]:
    """Return what came with an order that goes to purchasing."""
    found = _files(work, notice.order) if isinstance(notice, n.ToPurchasingNotice) else ()
    if not are_enclosed(found):
        return ()
    return tuple(OutgoingFile(f.name, f.media_type, files.data(work.connection, f)) for f in found)


def _values(view: View, notice: n.AnyNotice, language: str) -> dict[str, Any]:
    bot = view.bot
    draft, form = getattr(notice, "draft", ""), getattr(notice, "form", None)
    return {
        "letters": MailtoOffers(bot.addresses.bot, language, bot.policy.timezone, draft, form),
        "policy": bot.policy,
        "statements": statements(bot.policy.statements),
        "addresses": bot.addresses,
        "now": view.now,
    }


def _parts(work: Work, notice: n.AnyNotice) -> MailParts:
    items = [
        ShownOrder(summarise(order, work.deciders(order)), _urls(work, notice, order), _flags(work, notice, order))
        for order in notice.orders
    ]
    with_files = isinstance(notice, n.ReceiptNotice | n.RequestNotice | n.ReviewNotice | n.ToPurchasingNotice)
    found = _files(work, notice.orders[0]) if with_files else ()
    return MailParts(items, {} if items else _urls(work, notice, None), found)


def _files(work: Work, order: Order) -> Sequence[AttachedFile]:
    return work.files[order.id] if order.id in work.files else files.of_order(work.connection, order.id)


def _flags(view: View, notice: n.AnyNotice, order: Order) -> tuple[Flag, ...]:
    """Return the flags that the reader sees: purchasing those of the approval, who is to decide those of their own."""
    if isinstance(notice, n.ToPurchasingNotice):
        approved = [e.event for e in events.of_order(view.connection, order.id) if e.what == Happened.APPROVED]
        decided = approved[-1] if approved else None
        return decided.grounds.flags if isinstance(decided, OrderDecided) and decided.grounds else ()
    asks = isinstance(notice, n.RequestNotice | n.ReminderNotice | n.PendingListNotice | n.SeveralNotice)
    authority = view.deciders(order).authority(notice.to) if asks and isinstance(notice.to, Person) else None
    if not isinstance(authority, Authority):
        return ()
    return flags(FlagCase(order, authority, view.now), view.directory, view.policy)


def _urls(work: Work, notice: n.AnyNotice, order: Order | None) -> dict[str, str]:
    person = notice.to if isinstance(notice.to, Person) else None
    target = LinkTarget(n.Purpose.ORDER, person, order)
    match notice:
        case n.ConfirmSenderNotice():
            target = replace(target, inbox=notice.inbox)
        case n.PlanNotice():
            target = replace(target, unit=notice.plan.unit.id)
        case n.AppointmentMail() if notice.links and notice.about.appointment:
            target = replace(target, appointment=notice.about.appointment.id)
    return {purpose.name.lower(): new_link(work, replace(target, purpose=purpose)) for purpose in notice.links}

"""The inbox, one mail at a time: read it, judge its sender, hand it to the flow of its kind.

Every mail ends as done, as tried later, or as parked with a reason. Nothing is sent here.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address

import structlog

from mailbot.domain.notices.notice import NoticeKind, ParkedNotice
from mailbot.domain.ordering.workflow import BOT, Actor
from mailbot.domain.trust.envelope import LostChildError, RawMail, StoppedError
from mailbot.domain.trust.senders import (
    Doubt,
    Evidence,
    Later,
    Proven,
    Stranger,
    Unproven,
    Vouched,
    judge,
    known_as,
    may_order,
)
from mailbot.domain.values.text import fold
from mailbot.flows.bot import Bot
from mailbot.flows.incoming import automatic_mail, order_mail, reply_decision, sender_confirmation
from mailbot.flows.steps import absence
from mailbot.flows.steps.desk import Desk, HourlyBounds, ProvenDesk, set_aside
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import open_view
from mailbot.flows.write import ConflictError, Work, carry_out
from mailbot.mail.reading import limits
from mailbot.mail.reading.intake import Intake
from mailbot.store import directory as people
from mailbot.store import inbox, outbox
from mailbot.store.database import is_trouble
from mailbot.store.inbox import InboxClaim, MailOutcome

log = structlog.get_logger()

ASK_DNS_FOR = timedelta(hours=12)
ASK_DNS_AGAIN = timedelta(minutes=5)
HAS_LEFT = "its sender has left"
SOON, SELDOM = timedelta(seconds=5), timedelta(minutes=15)
"""The shortest and the longest wait of a mail that trouble holds up; in between it waits for a quarter of its age."""


@dataclass(frozen=True)
class Processor:
    """Deals with the mails in the inbox.

    `read` reads a mail's bytes, with those of the mail of ours that it answers. `vouch` says who vouches for a mail's
    sender, from the mail's bytes and the moment it came in; it may ask DNS. Both raise StoppedError if it took too
    much, and LostChildError if it may be tried again. They take long, so never call one in a transaction. `tries` is
    how often a mail may fail before it is parked.
    """

    bot: Bot
    read: Callable[[bytes, str, bytes], Intake]
    vouch: Callable[[bytes, datetime], Vouched | Doubt]
    tries: int = 3
    hourly: HourlyBounds = field(default_factory=HourlyBounds)

    def process_next(self, now: datetime) -> bool:
        """Deal with the oldest mail that is due; False if none is due.

        Raises the trouble of the store or of the machine, which counts as no try.
        """
        with self.bot.database.write() as connection:
            claimed = inbox.claim(connection, now)
        if claimed is None:
            return False
        try:
            self._try(claimed, now)
        except (LostChildError, ConflictError) as error:
            log.warning("mail_held_up", inbox=claimed.id, why=str(error))
            self._later(claimed, now)
        except Exception as error:
            why = f"{type(error).__name__}: {getattr(error, 'orig', error)}"
            log.warning("mail_held_up", inbox=claimed.id, why=why)
            self.bot.trouble.began(now)
            with suppress(Exception):  # if the store cannot write this either, the claim holds until its lease is over
                self._later(claimed, now)
            raise
        else:
            self.bot.trouble.over()
        return True

    def _try(self, claimed: InboxClaim, now: datetime) -> None:
        try:
            self.process(claimed, now)
        except Exception as error:
            if isinstance(error, LostChildError | ConflictError) or is_trouble(error):
                raise
            log.exception("mail_failed", inbox=claimed.id, tries=claimed.tries + 1)
            reason = str(error) if isinstance(error, StoppedError) else f"{type(error).__name__} in processing"
            # A reader that was stopped may succeed on an idle machine, so that one failure parks nothing.
            if claimed.tries + 1 >= self.tries:
                self.park(claimed, reason, now)
                return
            with self.bot.database.write() as connection:
                inbox.failed(connection, claimed.id, now + inbox.LEASE)

    def _later(self, claimed: InboxClaim, now: datetime) -> None:
        wait = max(SOON, min((now - claimed.mail.received_at) / 4, SELDOM))
        with self.bot.database.write() as connection:
            inbox.postpone(connection, claimed.id, now + wait)

    def park(self, claimed: InboxClaim, reason: str, now: datetime) -> None:
        """Park a mail, where an operator sees it; a proven sender is told (docs/rules/promises.md#parked)."""
        sender, finding = self._what_little_can_be_read(claimed, now)

        def judged(work: Work) -> None:
            set_aside(work, claimed.id, reason, BOT, sender=sender)
            evidence = Evidence(sender, _from_loopback(claimed.mail), claimed.confirmed, finding)
            verdict = judge(evidence, work.directory, self.bot.senders)
            if isinstance(verdict, Proven):
                enqueue(work, [ParkedNotice(to=sender_confirmation.owner(work, verdict.address))])

        carry_out(self.bot, now, judged)

    def _what_little_can_be_read(self, claimed: InboxClaim, now: datetime) -> tuple[str | None, Vouched | Doubt]:
        """Return the sender and who vouches for it from the headers alone: the rest may be what cannot be read."""
        sender: str | None = None
        try:
            header = limits.header_block(claimed.mail.raw) + b"\r\n\r\n"
            read = self.read(header, claimed.mail.mail_from, b"").mail
            sender = None if read.sign else read.sender
            return sender, self._finding(claimed, sender, now)
        except LostChildError:
            raise
        except Exception:  # noqa: BLE001  the mail may be what breaks the reader
            return sender, Doubt.NOT_PROVEN

    def process(self, claimed: InboxClaim, now: datetime) -> None:
        """Read one mail, judge its sender, and carry out all that the mail asks for, or nothing."""
        intake = self._read(claimed.mail, now)
        finding = self._finding(claimed, intake.mail.sender, now)
        recipients = (*claimed.mail.rcpt_to, *intake.mail.to)  # a reply address may stand in either

        def judged(work: Work) -> str | None:
            return _take(Desk(work, claimed.id, recipients, intake, self.hourly), claimed, finding)

        newcomer = carry_out(self.bot, now, judged)
        if newcomer is not None:  # orders are stored under a person's id, so the person is stored first
            with self.bot.database.write() as connection:
                people.add_requester(connection, newcomer)
            carry_out(self.bot, now, judged)

    def _read(self, mail: RawMail, now: datetime) -> Intake:
        """Read a mail; once more with the mail of ours that it answers, whose words in it are nobody's anew.

        An order scheme is copied whole out of ours, from its first line on, and is its writer's own.
        """
        intake = self.read(mail.raw, mail.mail_from, b"")
        if not (intake.words and intake.mail.references):
            return intake
        with open_view(self.bot, now) as view:
            ours = outbox.by_message_id(view.connection, intake.mail.references)
        is_known = ours is not None and ours.kind != NoticeKind.APPOINTMENT_PROBLEMS
        return self.read(mail.raw, mail.mail_from, ours.raw) if ours and is_known and ours.raw else intake

    def _finding(self, claimed: InboxClaim, sender: str | None, now: datetime) -> Vouched | Doubt:
        """Return who vouches for the sender.

        A stranger's mail is not examined, so that no stranger can have DNS asked.
        """
        with open_view(self.bot, now) as view:
            directory = view.directory
            rules = self.bot.senders
            known = sender and may_order(known_as(sender, directory, rules.plus_tags), directory, rules.domains)
        return self.vouch(claimed.mail.raw, claimed.mail.received_at) if known else Doubt.NOT_PROVEN


def _take(desk: Desk, claimed: InboxClaim, finding: Vouched | Doubt) -> str | None:
    """Deal with a mail. If its proven sender is no stored person yet, do nothing and return the sender's address."""
    if reason := _reason_to_ignore(desk):
        desk.finish(MailOutcome.IGNORED, reason=reason)
    elif _is_from_us(desk):
        desk.park("from an address of the bot's own")
    elif desk.mail.is_automatic and not automatic_mail.may_order_by_itself(desk):
        automatic_mail.take(desk)
    else:
        return _by_sender(desk, claimed, finding)
    return None


def _by_sender(desk: Desk, claimed: InboxClaim, finding: Vouched | Doubt) -> str | None:
    may_wait = desk.work.now - claimed.mail.received_at < ASK_DNS_FOR
    match known := _verdict(desk, claimed, finding, may_wait=may_wait):
        case Later():
            desk.work.put(inbox.postpone, claimed.id, desk.work.now + ASK_DNS_AGAIN)
        case Proven() | Unproven() | Stranger() if not automatic_mail.is_persons(desk, known):
            automatic_mail.take(desk)
        case Proven(address) | Unproven(address) if _has_left(desk, address):
            desk.park(HAS_LEFT, desk.directory.person_at(address) if isinstance(known, Proven) else None)
        case Stranger(doubt):
            desk.park(desk.mail.defect or doubt)
        case Unproven() if desk.mail.defect:
            desk.park(desk.mail.defect)
        case Unproven(address):
            sender_confirmation.ask(desk, address)
        case Proven(address, proof):
            person = desk.directory.person_at(address)
            if person is None:
                return address
            desk.work.wrote_in[person.id] = desk.intake.language
            _carry(ProvenDesk(**vars(desk), person=person, actor=Actor(person.id, proof)))
    return None


def _has_left(desk: Desk, address: str) -> bool:
    person = desk.directory.person_at(address)
    return person is not None and person.has_left(desk.work.day)


def _carry(desk: ProvenDesk) -> None:
    absence.back(desk.work, desk.person.id)
    letter = reply_decision.addressed(desk)
    if desk.mail.defect:
        desk.park(desk.mail.defect, desk.person)
    elif letter is not None:
        reply_decision.take(desk, letter)
    else:
        order_mail.carry(desk)


def _is_from_us(desk: Desk) -> bool:
    """Tell whether From is one of the bot's own addresses; mails that the bot did send say that they are automatic."""
    at = desk.bot.addresses
    own = (at.bot, at.purchasing, at.operator, at.finance)
    return fold(desk.mail.sender or "") in {fold(a) for a in own if a}


def _reason_to_ignore(desk: Desk) -> str:
    if _is_from_us(desk) and desk.mail.is_automatic:
        return "own address"
    first = desk.work.rely_on(inbox.taken, desk.mail.key)
    return f"duplicate of {first}" if first not in {None, desk.inbox_id} else ""


def _verdict(
    desk: Desk, claimed: InboxClaim, finding: Vouched | Doubt, *, may_wait: bool
) -> Proven | Unproven | Later | Stranger:
    bot, named = desk.bot, finding.to if isinstance(finding, Vouched) else None
    to_us = any(bot.is_own(address) for address in (desk.mail.to if named is None else named))
    evidence = Evidence(desk.mail.sender, _from_loopback(claimed.mail), claimed.confirmed, finding, to_us)
    return judge(evidence, desk.directory, bot.senders, may_wait=may_wait)


def _from_loopback(mail: RawMail) -> bool:
    return mail.via == "smtp" and bool(mail.peer) and ip_address(mail.peer).is_loopback

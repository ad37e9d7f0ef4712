"""The inbox, one mail at a time: read it, judge its sender, and hand it to the flow of its kind.

A mail is done, tried later or parked with a reason; nothing is sent here.
"""

from datetime import datetime, timedelta
from ipaddress import ip_address

import structlog
from sqlalchemy import Connection

from mailbot.domain.directory import Person, fold
from mailbot.domain.envelope import IncomingMail, StoppedError
from mailbot.domain.notices import Notice, NoticeKind, Purpose, Stranded
from mailbot.domain.senders import Doubt, Evidence, Later, Proven, Stranger, Unproven, Vouched, judge
from mailbot.domain.workflow import BOT, Actor
from mailbot.flows import absence, order_mail, reply_decision, robots
from mailbot.flows.bot import Bot
from mailbot.flows.desk import Desk
from mailbot.flows.post import mailbox, post
from mailbot.mail import limits
from mailbot.mail.robots import Robot
from mailbot.store import directory as people
from mailbot.store import events, inbox, outbox
from mailbot.store.inbox import Claimed, Outcome

log = structlog.get_logger()

CONFIRMATIONS_A_DAY = 3
REFUSALS_A_DAY = 20
ONE_DAY = timedelta(days=1)
ASK_DNS_FOR = timedelta(hours=12)
ASK_DNS_AGAIN = timedelta(minutes=5)

_REFUSALS = (
    *(NoticeKind.HELP, NoticeKind.PROBLEMS, NoticeKind.NOT_CORRECTED, NoticeKind.PARKED),
    *(NoticeKind.APPOINTMENT_PROBLEMS, NoticeKind.UNDECIDED, NoticeKind.WHICH),
)
"""What a mail is answered with that asked for nothing the bot could do."""


def process_next(bot: Bot, now: datetime) -> bool:
    """Deal with the oldest mail that is due; False when none is."""
    with bot.database.write() as connection:
        claimed = inbox.claim(connection, now)
    if claimed is None:
        return False
    if claimed.tries > bot.tries:  # earlier tries ended with the process, so nothing could be noted
        park(bot, claimed, "stopped the bot", now)
        return True
    try:
        process(bot, claimed, now)
    except Exception as error:
        log.exception("mail_failed", inbox=claimed.id, tries=claimed.tries)
        if claimed.tries >= bot.tries:
            park(bot, claimed, f"{type(error).__name__} in processing", now)
    return True


def park(bot: Bot, claimed: Claimed, reason: str, now: datetime) -> None:
    """Set a mail aside where a person sees it, and tell its sender if that is proven (product.md section 8)."""
    sender, finding = _what_little_can_be_read(bot, claimed)
    with bot.database.write() as connection:
        inbox.park(connection, claimed.id, reason, now, sender=sender)
        events.record(connection, "parked", BOT, now, inbox_id=claimed.id, payload={"reason": reason})
        evidence = Evidence(sender, _from_loopback(claimed.mail), claimed.confirmed, finding)
        verdict = judge(evidence, bot.directory(connection), bot.trust, bot.domains, plus_tags=bot.plus_tags)
        if isinstance(verdict, Proven):
            post(bot, connection, [Notice(NoticeKind.PARKED, _recipient(bot, connection, verdict.address))], now)


def _what_little_can_be_read(bot: Bot, claimed: Claimed) -> tuple[str | None, Vouched | Doubt]:
    """Read the headers alone: the rest may be what cannot be read."""
    try:
        header = limits.header_block(claimed.mail.raw) + b"\r\n\r\n"
        read = bot.read(header, claimed.mail.mail_from).mail
        return (None if read.robot else read.sender), bot.vouch(claimed.mail.raw, claimed.mail.received_at)
    except Exception:  # noqa: BLE001  the mail may be what breaks the reader
        return None, Doubt.NOT_PROVEN


def process(bot: Bot, claimed: Claimed, now: datetime) -> None:
    """Read one mail, judge its sender, and carry it out in one transaction."""
    try:
        intake = bot.read(claimed.mail.raw, claimed.mail.mail_from)
    except StoppedError as error:  # it would only be stopped again
        park(bot, claimed, str(error), now)
        return
    finding = bot.vouch(claimed.mail.raw, claimed.mail.received_at)
    with bot.database.write() as connection:
        recipients = (*claimed.mail.rcpt_to, *intake.mail.to)
        desk = Desk(bot, connection, claimed.id, recipients, intake, now)
        if reason := _reason_to_ignore(desk):
            desk.finish(Outcome.IGNORED, reason=reason)
        elif intake.mail.robot and not _may_order_by_itself(desk):
            robots.take(desk)
        else:
            _by_sender(desk, claimed, finding)


def _by_sender(desk: Desk, claimed: Claimed, finding: Vouched | Doubt) -> None:
    may_wait = desk.now - claimed.mail.received_at < ASK_DNS_FOR
    match _verdict(desk, claimed, finding, may_wait=may_wait):
        case Later():
            inbox.postpone(desk.connection, claimed.id, desk.now + ASK_DNS_AGAIN)
        case Stranger(doubt):
            desk.park(desk.mail.defect or doubt)
        case Unproven() if desk.mail.defect:
            desk.park(desk.mail.defect)
        case Unproven(address):
            _ask_to_confirm(desk, address)
        case Proven(address, proof):
            person = _person(desk.bot, desk.connection, address)
            _carry(desk, person, Actor(person.id, proof))


def _carry(desk: Desk, person: Person, actor: Actor) -> None:
    absence.back(desk.bot, desk.connection, person.id, desk.now)
    letter = reply_decision.addressed(desk)
    if _goes_round(desk, person):
        desk.park("too many answers a day")
    elif desk.mail.defect:
        desk.park(desk.mail.defect, person)
    elif letter is not None:
        reply_decision.take(desk, person, actor, letter)
    else:
        order_mail.carry(desk, person, actor)


def _goes_round(desk: Desk, person: Person) -> bool:
    """Tell whether the sender may be a robot that does not say so, answering our answers (email.md F104)."""
    since = desk.now - ONE_DAY
    told = (outbox.daily_count(desk.connection, kind, person.address, since) for kind in _REFUSALS)
    return sum(told) >= REFUSALS_A_DAY


def _reason_to_ignore(desk: Desk) -> str:
    own = {desk.bot.addresses.bot, desk.bot.addresses.purchasing, desk.bot.addresses.operator}
    if desk.mail.sender and fold(desk.mail.sender) in {fold(a) for a in own}:
        return "own address"
    first = inbox.taken(desk.connection, desk.mail.key)
    return f"duplicate of {first}" if first not in {None, desk.inbox_id} else ""


def _may_order_by_itself(desk: Desk) -> bool:
    """A system's own orders count only from senders that the configuration lists (email.md F99)."""
    return desk.mail.robot is Robot.GENERATED and fold(desk.mail.sender or "") in desk.bot.robots


def _verdict(
    desk: Desk, claimed: Claimed, finding: Vouched | Doubt, *, may_wait: bool
) -> Proven | Unproven | Later | Stranger:
    evidence = Evidence(desk.mail.sender, _from_loopback(claimed.mail), claimed.confirmed, finding)
    bot = desk.bot
    return judge(evidence, desk.directory, bot.trust, bot.domains, plus_tags=bot.plus_tags, may_wait=may_wait)


def _from_loopback(mail: IncomingMail) -> bool:
    return mail.via == "smtp" and bool(mail.peer) and ip_address(mail.peer).is_loopback


def _person(bot: Bot, connection: Connection, address: str) -> Person:
    return bot.directory(connection).person_at(address) or people.add_requester(connection, address)


def _recipient(bot: Bot, connection: Connection, address: str) -> Person | Stranded:
    return bot.directory(connection).person_at(address) or Stranded(fold(address))


def _ask_to_confirm(desk: Desk, address: str) -> None:
    """Let the mail wait, and ask the address's owner; at most three such mails a day (product.md section 8)."""
    recipient = _recipient(desk.bot, desk.connection, address)
    _name, mail_to = mailbox(desk.bot, recipient)
    asked = outbox.daily_count(desk.connection, NoticeKind.CONFIRM_SENDER, mail_to, desk.now - ONE_DAY)
    if asked >= CONFIRMATIONS_A_DAY:
        inbox.park(desk.connection, desk.inbox_id, "too many unconfirmed mails a day", desk.now, sender=address)
        return
    inbox.await_confirmation(desk.connection, desk.inbox_id, address)
    facts = {"inbox": str(desk.inbox_id)}
    post(
        desk.bot,
        desk.connection,
        [Notice(NoticeKind.CONFIRM_SENDER, recipient, links=(Purpose.CONFIRM,), facts=facts)],
        desk.now,
    )

"""A mail whose sender nothing proves waits; the address's owner is asked, and says on a page which mails are theirs.

The mail that asks says nothing of what waits. The page, which only the owner can open, shows all that waits in their
name, so that forged mails neither hide their own nor, where there are many, keep them from being asked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.domain.draft import worth
from mailbot.domain.notices import Notice, NoticeKind, Purpose, Recipient, Stranded
from mailbot.domain.order import Field, Form
from mailbot.domain.text import fold
from mailbot.domain.workflow import Actor
from mailbot.flows.bot import Bot
from mailbot.flows.decide import PROOF
from mailbot.flows.desk import Desk, set_aside
from mailbot.flows.post import mailbox, post
from mailbot.flows.visit import LinkTrouble, open_link
from mailbot.mail.intake import Intake
from mailbot.store import events, inbox, outbox, unconfirmed
from mailbot.store.links import Link
from mailbot.store.unconfirmed import Glimpse, Waiting

ASKED_A_DAY = 3
ONE_DAY = timedelta(days=1)
SHOWN = 20
"""How many waiting mails the page shows; when these are settled it shows the ones before."""

MAX_SUPPLIER = 200
REFUSED = "its address's owner did not send it"


def owner(bot: Bot, connection: Connection, address: str) -> Recipient:
    """Return who is asked, or told, about a mail from an address: its person, or whoever it will be."""
    return bot.directory(connection).person_at(address) or Stranded(fold(address))


def ask(desk: Desk, address: str) -> None:
    """Let the mail wait, and ask the address's owner, at most three times a day (product.md section 8)."""
    connection, to = desk.connection, owner(desk.bot, desk.connection, address)
    _name, mail_to = mailbox(desk.bot, to)
    inbox.await_confirmation(connection, desk.inbox_id, address)
    unconfirmed.add(connection, desk.inbox_id, fold(mail_to), _glimpse(desk.intake))
    asked = outbox.daily_count(connection, NoticeKind.CONFIRM_SENDER, mail_to, desk.now - ONE_DAY)
    if asked < ASKED_A_DAY:
        waits = unconfirmed.count(connection, fold(mail_to))
        facts = {"inbox": str(desk.inbox_id), "waits": str(waits), "last": "yes" if asked + 1 == ASKED_A_DAY else ""}
        notice = Notice(NoticeKind.CONFIRM_SENDER, to, links=(Purpose.CONFIRM,), facts=facts)
        post(desk.bot, connection, [notice], desk.now)


def _glimpse(intake: Intake) -> Glimpse:
    form = intake.form if isinstance(intake.form, Form) else Form()
    supplier = form.fields.get(Field.SUPPLIER, "")[:MAX_SUPPLIER]
    return Glimpse(intake.mail.subject, supplier, len(form.lines) + len(form.unread), worth(form))


@dataclass(frozen=True)
class ConfirmPage:
    """What the page of a link shows: the mails that wait in its owner's name, the link's own first, and how many more.

    `own` tells whether the link's own mail still waits, None when it has been confirmed.
    """

    language: str
    mails: Sequence[Waiting]
    more: int
    own: bool | None


def confirm_page(bot: Bot, token: str, now: datetime) -> ConfirmPage | LinkTrouble:
    """Return what the page of a confirmation link shows now."""
    with bot.database.read() as connection:
        link = open_link(bot, connection, Purpose.CONFIRM, token, now)
        if isinstance(link, LinkTrouble) or link.inbox is None:
            return link if isinstance(link, LinkTrouble) else LinkTrouble.DAMAGED
        directory, address = bot.directory(connection), unconfirmed.owner_of(connection, link.inbox) or ""
        person = directory.persons[link.person] if link.person is not None else None
        found = unconfirmed.waiting(connection, address, SHOWN)
        return ConfirmPage(
            bot.speaks(person, directory.only_unit(person)),
            sorted(found, key=lambda mail: mail.id != link.inbox),
            unconfirmed.count(connection, address) - len(found),
            inbox.awaits_confirmation(connection, link.inbox),
        )


def confirm_sender(bot: Bot, token: str, now: datetime, mail: int | None = None) -> bool | LinkTrouble:
    """Take up a waiting mail, the link's own or another of the same owner, as confirmed; False when none waits."""
    with bot.database.write() as connection:
        found = _theirs(bot, connection, token, now, [] if mail is None else [mail])
        if isinstance(found, LinkTrouble):
            return found
        link, mails = found
        confirmed = [key for key in mails if inbox.confirm(connection, key, now)]
        for key in confirmed:
            events.record(connection, "confirmed", Actor(link.person, PROOF), now, inbox_id=key)
        return bool(confirmed)


def disown_mails(bot: Bot, token: str, now: datetime, mails: Collection[int]) -> bool | LinkTrouble:
    """Set waiting mails aside that their address's owner did not send; False when none of them waits."""
    with bot.database.write() as connection:
        found = _theirs(bot, connection, token, now, mails)
        if isinstance(found, LinkTrouble):
            return found
        link, refused = found
        for key in refused:
            set_aside(connection, key, REFUSED, Actor(link.person, PROOF), now)
        return bool(refused)


def _theirs(
    bot: Bot, connection: Connection, token: str, now: datetime, mails: Collection[int]
) -> tuple[Link, Sequence[int]] | LinkTrouble:
    """Return the link, and those of the mails (none: its own) that wait for its owner's word."""
    link = open_link(bot, connection, Purpose.CONFIRM, token, now)
    if isinstance(link, LinkTrouble) or link.inbox is None:
        return link if isinstance(link, LinkTrouble) else LinkTrouble.DAMAGED
    address = unconfirmed.owner_of(connection, link.inbox) or ""
    return link, unconfirmed.among(connection, address, mails or [link.inbox])

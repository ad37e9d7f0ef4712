"""An address's owner says on a page which of the mails that wait in their name are theirs.

The page, which only the owner can open, shows all that waits in their name, so that forged mails neither hide their
own nor, where there are many, keep them from being asked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain.notices import Purpose
from mailbot.domain.ordering.workflow import Actor
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.decide import PROOF
from mailbot.flows.steps.desk import set_aside
from mailbot.flows.steps.link_page import LinkRefusal, open_link
from mailbot.store import events, inbox, unconfirmed
from mailbot.store.links import Link
from mailbot.store.unconfirmed import UnconfirmedMail

SHOWN = 20
"""How many waiting mails the page shows; when these are settled it shows the ones before."""
REFUSED = "its address's owner did not send it"


@dataclass(frozen=True)
class ConfirmPage:
    """What the page of a link shows: the mails that wait in its owner's name, the link's own first, and how many more.

    `own` tells whether the link's own mail still waits, None when it has been confirmed.
    """

    language: str
    mails: Sequence[UnconfirmedMail]
    more: int
    own: bool | None


def confirm_page(bot: Bot, token: str, now: datetime) -> ConfirmPage | LinkRefusal:
    """Return what the page of a confirmation link shows now."""
    with bot.database.read() as connection:
        link = open_link(bot, connection, Purpose.CONFIRM, token, now)
        if isinstance(link, LinkRefusal) or link.inbox is None:
            return link if isinstance(link, LinkRefusal) else LinkRefusal.DAMAGED
        directory, address = bot.directory(connection), unconfirmed.owner_of(connection, link.inbox) or ""
        person = directory.persons[link.person] if link.person is not None else None
        found = unconfirmed.waiting(connection, address, SHOWN)
        return ConfirmPage(
            bot.speaks(person, directory.only_unit(person)),
            sorted(found, key=lambda mail: mail.id != link.inbox),
            unconfirmed.count(connection, address) - len(found),
            inbox.awaits_confirmation(connection, link.inbox),
        )


def confirm_sender(bot: Bot, token: str, now: datetime, mail: int | None = None) -> bool | LinkRefusal:
    """Take up a waiting mail, the link's own or another of the same owner, as confirmed; False when none waits."""
    with bot.database.write() as connection:
        found = _theirs(bot, connection, token, now, [] if mail is None else [mail])
        if isinstance(found, LinkRefusal):
            return found
        link, mails = found
        confirmed = [key for key in mails if inbox.confirm(connection, key, now)]
        for key in confirmed:
            events.record(connection, "confirmed", Actor(link.person, PROOF), now, inbox_id=key)
        return bool(confirmed)


def disown_mails(bot: Bot, token: str, now: datetime, mails: Collection[int]) -> bool | LinkRefusal:
    """Set waiting mails aside that their address's owner did not send; False when none of them waits."""
    with bot.database.write() as connection:
        found = _theirs(bot, connection, token, now, mails)
        if isinstance(found, LinkRefusal):
            return found
        link, refused = found
        for key in refused:
            set_aside(connection, key, REFUSED, Actor(link.person, PROOF), now)
        return bool(refused)


def _theirs(
    bot: Bot, connection: Connection, token: str, now: datetime, mails: Collection[int]
) -> tuple[Link, Sequence[int]] | LinkRefusal:
    """Return the link, and those of the mails (none: its own) that wait for its owner's word."""
    link = open_link(bot, connection, Purpose.CONFIRM, token, now)
    if isinstance(link, LinkRefusal) or link.inbox is None:
        return link if isinstance(link, LinkRefusal) else LinkRefusal.DAMAGED
    address = unconfirmed.owner_of(connection, link.inbox) or ""
    return link, unconfirmed.among(connection, address, mails or [link.inbox])

"""The owner of an address says on a page which of the waiting mails in their name are theirs.

The page shows all of them: forged mails can neither hide the owner's own nor keep the owner from being asked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot.domain.ordering.events import MailSettled
from mailbot.domain.ordering.workflow import BY_LINK, Actor
from mailbot.flows.bot import Bot
from mailbot.flows.steps.desk import set_aside
from mailbot.flows.steps.open_link import ConfirmLink, LinkRefusal, open_confirm
from mailbot.flows.view import View, open_view
from mailbot.flows.write import Work, carry_out
from mailbot.store import inbox, unconfirmed
from mailbot.store.unconfirmed import UnconfirmedMail

SHOWN = 20
"""How many waiting mails the page shows; once these are settled, the page shows the next."""
REFUSED = "its address's owner did not send it"


@dataclass(frozen=True)
class ConfirmPage:
    """Mails that wait in the owner's name, the link's own first, and how many more wait.

    `own`: the link's own mail still waits; None if it has been confirmed.
    """

    language: str
    mails: Sequence[UnconfirmedMail]
    more: int
    own: bool | None


def confirm_page(bot: Bot, token: str, now: datetime) -> ConfirmPage | LinkRefusal:
    """Return what the page of a confirmation link shows now."""
    with open_view(bot, now) as view:
        return _page(view, token)


def _page(view: View, token: str) -> ConfirmPage | LinkRefusal:
    link, connection = open_confirm(view, token), view.connection
    if isinstance(link, LinkRefusal):
        return link
    directory, address = view.directory, unconfirmed.owner_of(connection, link.inbox) or ""
    person = directory.persons[link.person] if link.person is not None else None
    found = unconfirmed.waiting(connection, address, SHOWN)
    return ConfirmPage(
        view.bot.speaks(person, directory.only_unit(person)),
        sorted(found, key=lambda mail: mail.id != link.inbox),
        unconfirmed.count(connection, address) - len(found),
        inbox.awaits_confirmation(connection, link.inbox),
    )


def confirm_sender(bot: Bot, token: str, now: datetime, mail: int | None = None) -> bool | LinkRefusal:
    """Confirm a waiting mail, the link's own or another of the same owner; False if none waits."""
    return carry_out(bot, now, lambda work: _confirm(work, token, [] if mail is None else [mail]))


def _confirm(work: Work, token: str, mails: Collection[int]) -> bool | LinkRefusal:
    found = _theirs(work, token, mails)
    if isinstance(found, LinkRefusal):
        return found
    link, confirmed = found
    for key in confirmed:
        work.put_if(inbox.confirm, key, work.now)
        work.record(MailSettled(what="confirmed"), Actor(link.person, BY_LINK), inbox_id=key)
    return bool(confirmed)


def disown_mails(bot: Bot, token: str, now: datetime, mails: Collection[int]) -> bool | LinkRefusal:
    """Park waiting mails that the owner of the address did not send; False if none of them waits."""
    return carry_out(bot, now, lambda work: _disown(work, token, mails))


def _disown(work: Work, token: str, mails: Collection[int]) -> bool | LinkRefusal:
    found = _theirs(work, token, mails)
    if isinstance(found, LinkRefusal):
        return found
    link, refused = found
    for key in refused:
        set_aside(work, key, REFUSED, Actor(link.person, BY_LINK))
    return bool(refused)


def _theirs(view: View, token: str, mails: Collection[int]) -> tuple[ConfirmLink, Sequence[int]] | LinkRefusal:
    """Return the link, and those of these mails that wait for its owner; without mails, the link's own is meant."""
    link = open_confirm(view, token)
    if isinstance(link, LinkRefusal):
        return link
    address = unconfirmed.owner_of(view.connection, link.inbox) or ""
    return link, view.rely_on(unconfirmed.among, address, mails or [link.inbox])

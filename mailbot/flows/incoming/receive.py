"""A door's mails into the store: committed durably here, and only then acknowledged there
(docs/rules/promises.md#p1)."""

from collections.abc import Sequence

from mailbot.domain.trust.envelope import RawMail
from mailbot.flows.bot import Bot
from mailbot.store import inbox


class NoRoomError(Exception):
    """The disk is so full that no more mail is taken: what is left is for the mail that is in."""


def receive(bot: Bot, mails: Sequence[RawMail]) -> None:
    """Store the mails in one durable commit; when it raises, none of them is stored."""
    if not bot.has_room():
        raise NoRoomError
    with bot.database.write() as connection:
        inbox.add(connection, mails)


def receive_oversized(bot: Bot, mail: RawMail, size: int, folder: str) -> None:
    """Store that a mail was too large to be taken, as parked: `mail.raw` is its header block alone."""
    with bot.database.write() as connection:
        inbox.add_parked(connection, mail, f"too large ({size} bytes); it lies in the folder {folder}")

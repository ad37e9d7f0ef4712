"""Takes the mails of a door into the store, durably, before the door acknowledges (docs/rules/promises.md#p1)."""

from collections.abc import Sequence

from mailbot.domain.trust.envelope import RawMail
from mailbot.flows.bot import Bot
from mailbot.store import inbox


class NoRoomError(Exception):
    """The disk is so full that no more mail is taken: the room left is for the mails already taken in."""


def receive(bot: Bot, mails: Sequence[RawMail]) -> None:
    """Store the mails in one durable commit; when it raises, none of them is stored."""
    if not bot.has_room():  # a disk that is really full would also stop the mails taken in before
        raise NoRoomError
    with bot.database.write() as connection:
        inbox.add(connection, mails)


def receive_oversized(bot: Bot, mail: RawMail, size: int, folder: str) -> None:
    """Store a mail that was too large as parked; `mail.raw` holds only its header block."""
    with bot.database.write() as connection:
        inbox.add_parked(connection, mail, f"too large ({size} bytes); it lies in the folder {folder}")

"""The command `keys rotate`: a new signing key, and what becomes of the links that older keys signed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from mailbot.edge import keys
from mailbot.edge.keys import BadKeyFileError, SigningKey
from mailbot.store import links
from mailbot.store.database import Database

GRACE = timedelta(minutes=1)
"""How long after a new key the older one may still have signed a link: the bot may have been about to sign."""

TAKEN_UP = "A running bot takes this up by itself; no restart is needed."


def rotate(path: Path, database: Database, now: datetime) -> Iterator[str]:
    """Make a new key and keep the older ones to verify; yield lines for people. Raises BadKeyFileError."""
    kept = keys.rotate(path, now)
    yield f"A new key signs every link from now on. {TAKEN_UP}"
    yield from _older(kept, database, now)


def drop_old(path: Path, database: Database, now: datetime) -> Iterator[str]:
    """Remove the keys that no live link needs; yield lines for people. Raises BadKeyFileError."""
    gone, kept = keys.drop(path, lambda retired_at: _needed_until(database, retired_at, now) > now)
    if gone:
        yield f"{_keys(gone)} removed. {TAKEN_UP}"
        yield (
            "Every link they signed had expired already; from now on such a link says that it does not work, where it"
            " offered to mail a fresh one before."
        )
    else:
        yield "No key was removed: links that still work need every one of them."
    yield from _older(kept, database, now)


def leaked(path: Path, database: Database, now: datetime) -> Iterator[str]:
    """Make a new key and remove all older ones at once; yield lines for people. Raises BadKeyFileError."""
    with database.read() as connection:
        dead = links.count(connection, now)
    keys.rotate(path, now)
    gone, _kept = keys.drop(path, lambda _retired_at: False)
    yield f"A new key signs every link from now on; {_keys(gone)} removed. {TAKEN_UP}"
    yield _dead(dead)


def lost(path: Path, database: Database, now: datetime) -> Iterator[str]:
    """Make a key file if it is gone; yield lines for people. Raises BadKeyFileError."""
    if keys.exists(path):
        raise BadKeyFileError(f"{path} is there; `keys rotate` adds a key to it")
    with database.read() as connection:
        dead = links.count(connection, now)
    keys.read_or_make(path)
    yield f"A new key signs every link from now on. {TAKEN_UP}"
    yield _dead(dead)


def _dead(count: int) -> str:
    return (
        f"{count} links in mails already sent no longer work: approvers get a fresh one with the next reminder, or by"
        " mailing the subject 'lista' to the bot; mails that wait for confirmation must be sent again."
    )


def _keys(count: int) -> str:
    return "1 older key was" if count == 1 else f"{count} older keys were"


def _older(kept: Sequence[SigningKey], database: Database, now: datetime) -> Iterator[str]:
    if len(kept) == 1:
        yield "No older key is left."
        return
    until = _needed_until(database, kept[1].made_at, now)
    count = len(kept) - 1
    yield f"{count} older {'key is' if count == 1 else 'keys are'} kept, since links in sent mails need them."
    when = f"after {until:%Y-%m-%d %H:%M} UTC" if until > now else "now"
    yield f"The oldest can go {when}: `keys rotate --drop-old` removes it."


def _needed_until(database: Database, retired_at: datetime | None, now: datetime) -> datetime:
    """Return when (UTC) the last link expires that was signed until `retired_at`; None counts all links."""
    with database.read() as connection:
        return links.last_expiry(connection, retired_at + GRACE if retired_at else now) or now

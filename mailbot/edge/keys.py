"""The file of the keys that sign links: a key in hex and its time a line, the oldest first, for the owner's eyes only.

The newest signs, all verify. A running bot reads the file again when it has changed.
"""

import errno
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from mailbot.edge.lock import locked
from mailbot.edge.system_clock import utc_now
from mailbot.edge.whole_file import put

log = structlog.get_logger()

KEY_BYTES = 32
_REMEDIES = {errno.EISDIR: "let [keys] file name a file", errno.ENOSPC: "make room on its disk, then try again"}
_REMEDY = "let the bot's own user own it and its folder, or restore it from a backup"


class BadKeyFileError(Exception):
    """The key file cannot be used; the message says why and what to do, and shows no key."""


@dataclass(frozen=True)
class SigningKey:
    """One key; `made_at` (UTC) is None for a key that stands in the file without a time."""

    secret: bytes = field(repr=False)
    made_at: datetime | None = None

    def line(self) -> str:
        """Return the key as a line of the file."""
        return f"{self.secret.hex()}{f' {self.made_at.isoformat()}' if self.made_at else ''}\n"


def exists(path: Path) -> bool:
    """Tell whether there is a key file; raises BadKeyFileError if its folder cannot be looked into."""
    with _in_words(path):
        return path.exists()


def read_or_make(path: Path) -> tuple[bytes, ...]:
    """Return the keys, oldest first; if there is no file, make it with a new key. Raises BadKeyFileError."""
    with _in_words(path):
        if not exists(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with locked(path.parent):
                if not path.exists():
                    _write(path, [SigningKey(secrets.token_bytes(KEY_BYTES), utc_now())])
    return tuple(key.secret for key in read(path))


def read(path: Path) -> tuple[SigningKey, ...]:
    """Return the keys with their times, oldest first; raises BadKeyFileError if they cannot be used."""
    with _in_words(path):
        text = path.read_text("ascii", "replace")
        if path.stat().st_mode & 0o077:
            raise BadKeyFileError(f"{path} can be read by others; run chmod 600 on it")
    try:
        keys = tuple(_key(line) for line in text.splitlines() if line.strip())
    except ValueError:
        keys = ()
    if not keys or any(len(key.secret) < KEY_BYTES for key in keys):
        raise BadKeyFileError(
            f"{path} holds no usable key; restore it from its backup, or let [keys] file name another path and run"
            " `keys rotate --lost`: all links in sent mails then die"
        )
    return keys


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Raise BadKeyFileError in place of the system's errors about the file."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, _REMEDY)
        raise BadKeyFileError(f"the key file {path} cannot be used ({error.strerror}); {remedy}") from error


def _key(line: str) -> SigningKey:
    secret, _, made = line.strip().partition(" ")
    return SigningKey(bytes.fromhex(secret), datetime.fromisoformat(made).astimezone(UTC) if made else None)


def _write(path: Path, keys: Sequence[SigningKey]) -> None:
    put(path.resolve(), "".join(key.line() for key in keys))  # a symbolic link stays, and its target is replaced


def rotate(path: Path, now: datetime) -> tuple[SigningKey, ...]:
    """Add a new key, which signs from now on, and return all keys; raises BadKeyFileError."""
    with _in_words(path), locked(path.resolve().parent):
        keys = (*read(path), SigningKey(secrets.token_bytes(KEY_BYTES), now))
        _write(path, keys)
        return keys


def drop(path: Path, needed: Callable[[datetime | None], bool]) -> tuple[int, tuple[SigningKey, ...]]:
    """Remove the oldest keys that are not needed, never the newest; return how many, and the keys kept.

    `needed` gets the moment (UTC) from which the next key signed, None if unknown. Raises BadKeyFileError.
    """
    with _in_words(path), locked(path.resolve().parent):
        keys = read(path)
        gone = 0
        while gone < len(keys) - 1 and not needed(keys[gone + 1].made_at):
            gone += 1
        if gone:
            _write(path, keys[gone:])
        return gone, keys[gone:]


class KeyFile(Iterable[bytes]):
    """The keys as the file holds them now, oldest first: a rotation needs no restart.

    If the file has become unusable, that is logged once, and the keys read last go on working.
    """

    def __init__(self, path: Path) -> None:
        """Read the file, or make it if there is none; raises BadKeyFileError."""
        self._path = path
        keys = read_or_make(path)
        self._seen: tuple[tuple[int, ...] | None, tuple[bytes, ...]] = (None, keys)

    def __repr__(self) -> str:
        """Name the file, never the keys."""
        return f"KeyFile({str(self._path)!r})"

    def _stamp(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def __iter__(self) -> Iterator[bytes]:
        """Yield the keys of one reading."""
        looked, keys = self._seen  # read once, because other threads may replace it in between
        stamp = self._stamp()
        if stamp != looked:
            try:
                keys = tuple(key.secret for key in read(self._path))
            except BadKeyFileError as error:
                remedy = "the keys read before go on working until a stop"
                log.error("key_file_unusable", problem=str(error), remedy=remedy)
            self._seen = stamp, keys
        return iter(keys)

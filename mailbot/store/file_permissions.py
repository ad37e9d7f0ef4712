"""Makes the database's file, side files and folder private, whatever the umask (docs/rules/limits.md#private).

SQLite gives later side files the mode of the database file.
"""

import errno
import os
import stat
from pathlib import Path

import structlog

log = structlog.get_logger()

FILE, FOLDER, OTHERS = 0o600, 0o700, 0o077
SIDES = ("", "-wal", "-shm", "-journal")


class NotPrivateError(Exception):
    """Others can read the database, and the bot cannot change that; the message names cause and remedy."""


def make_place(database: Path) -> None:
    """Make folder and file if they do not exist, private from the start; raises OSError."""
    file = database.resolve()
    file.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not file.exists():  # an existing file stays unopened: closing it would drop the locks that SQLite holds on it
        os.close(os.open(file, os.O_RDONLY | os.O_CREAT, FILE))


def make_private(database: Path) -> None:
    """Make the files, copies next to them, and the folder private; raises NotPrivateError, OSError."""
    file = database.resolve()
    for side in SIDES:
        _close(Path(f"{file}{side}"), FILE)
    for copy in file.parent.glob(f"{file.name}*"):
        if copy.lstat().st_uid == os.geteuid():
            _close(copy, FILE)
    if not _others(file.parent):
        return
    if _is_own(file.parent):
        _close(file.parent, FOLDER)
    else:
        remedy = "give the database a folder of its own in [store] url"
        log.warning("shared_folder", folder=str(file.parent), remedy=remedy)


def _others(path: Path) -> int:
    return path.stat().st_mode & OTHERS


def _is_own(folder: Path) -> bool:
    """Tell whether a folder serves the bot alone: it is the bot's user's and holds only files of this user or root.

    /var/lib, /tmp, a home or a checkout serve others too, whom a closed folder would lock out.
    """
    there = folder.stat()
    if there.st_mode & stat.S_ISVTX or there.st_uid != os.geteuid():
        return False
    inside = [entry.lstat() for entry in folder.iterdir()]
    return all(stat.S_ISREG(entry.st_mode) and entry.st_uid in {0, there.st_uid} for entry in inside)


def _close(path: Path, mode: int) -> None:
    try:
        if stat.S_ISLNK(path.lstat().st_mode) or not _others(path):
            return
        path.chmod(mode)
    except FileNotFoundError:  # SQLite removes a side file once it is done with it
        return
    except OSError as error:
        raise NotPrivateError(
            f"{path} can be read by others, and this user may not change that ({error.strerror});"
            f" as root, give it to the bot's own user with chown, then run chmod {mode:o} on it"
        ) from error

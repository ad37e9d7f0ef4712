"""Locks for work that must not run twice at once; the kernel releases a lock when its process ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock while the block lasts; raises BlockingIOError if another process holds it and `wait` is off."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


class AnotherServesError(Exception):
    """Another process serves from the same database; the message names the remedy."""


@contextmanager
def alone(database: Path | None) -> Iterator[None]:
    """Let only this process serve from a SQLite file, None for one in memory; raises AnotherServesError.

    The lock is on a file beside the database, since SQLite itself locks the database file.
    """
    if database is None:
        yield
        return
    beside = database.with_name(f"{database.name}.serving")
    os.close(os.open(beside, os.O_CREAT | os.O_RDONLY, 0o600))
    with ExitStack() as held:
        try:
            held.enter_context(locked(beside, wait=False))
        except BlockingIOError as error:
            raise AnotherServesError(
                f"another mailbot serves from {database}: stop that one first, or give this one a database of its own"
                " ([store] url)"
            ) from error
        yield

"""The file of link-signing keys: one per line in hex, oldest first; its owner alone can read it."""

import os
import secrets
from pathlib import Path

KEY_BYTES = 32


class BadKeyFileError(Exception):
    """The key file cannot be used; the message says why and what to do, and shows no key."""


def read_or_make(path: Path) -> tuple[bytes, ...]:
    """Return the keys, oldest first, making the file with one new key when there is none."""
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        message = f"{path} can be read by others; run chmod 600 on it"
        raise BadKeyFileError(message)
    try:
        keys = tuple(bytes.fromhex(line) for line in path.read_text("ascii").split())
    except ValueError:
        keys = ()
    if not keys or any(len(key) < KEY_BYTES for key in keys):
        message = (
            f"{path} holds no usable key; restore it from a backup, or remove it: all links in sent mails then die"
        )
        raise BadKeyFileError(message)
    return keys


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())

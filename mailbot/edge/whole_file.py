"""Writes a file so that it is never half written, and that only its owner can read it."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp


def put(path: Path, text: str) -> None:
    """Replace the file by one with this text at once: nobody reads half of it, and a crash keeps the old file."""
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600 from the start
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            if path.exists():  # if root writes here, the bot's own user must still be able to read the file
                owner = path.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""A small disk of its own for a test, which can be filled up."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system in memory on a new folder while the block lasts; a test that may not do that is skipped."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("a file system can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


def fill(disk: Path, leave: int) -> Path:
    """Fill the disk up but for so many bytes, and return the file that does; without it there is room again."""
    there = os.statvfs(disk)
    filler = disk / "filler"
    with filler.open("wb") as file, suppress(OSError):
        file.write(bytes(there.f_bavail * there.f_frsize - leave))
    return filler

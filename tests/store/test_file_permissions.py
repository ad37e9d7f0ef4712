"""The database is for the bot's own user: it holds links, orders and mails of everyone
(docs/rules/limits.md#private)."""

import os
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mailbot.store.database import Database
from mailbot.store.driver import sqlite3
from mailbot.store.file_permissions import NotPrivateError, make_private
from mailbot.store.unusable_database import UnusableDatabaseError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(bits: int) -> Iterator[None]:
    before = os.umask(bits)
    try:
        yield
    finally:
        os.umask(before)


def start(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    database.close()


@pytest.mark.parametrize("bits", [0o000, 0o022, 0o077])
def test_a_first_start_makes_folder_and_file_for_one_user_whatever_the_umask(tmp_path: Path, bits: int) -> None:
    file = tmp_path / "var" / "mailbot.db"
    with umask(bits):
        start(file)
        assert (mode(file.parent), mode(file)) == (0o700, 0o600)
        database = Database(f"sqlite:///{file}")
        with database.write() as connection:  # SQLite's own journal, or log, of a transaction in hand
            connection.exec_driver_sql("CREATE TABLE made (a)")
            assert {mode(found) for found in file.parent.iterdir()} == {0o600}
        database.close()


def test_every_start_closes_what_others_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    start(folder / "mailbot.db")
    copy = folder / "mailbot.db.2026-03-02"
    copy.write_bytes(b"a backup")
    for path in (copy, folder / "mailbot.db"):
        path.chmod(0o644)
    folder.chmod(0o755)

    start(folder / "mailbot.db")

    assert [mode(path) for path in (folder, folder / "mailbot.db", copy)] == [0o700, 0o600, 0o600]


@pytest.mark.parametrize("shared_by", ["a folder in it", "the sticky bit"])
def test_a_folder_that_others_use_is_left_to_them_and_named(tmp_path: Path, shared_by: str) -> None:
    folder = tmp_path / "lib"
    folder.mkdir()
    if shared_by == "a folder in it":
        (folder / "postgresql").mkdir()
    folder.chmod(0o1777 if shared_by == "the sticky bit" else 0o755)
    before = mode(folder)

    with capture_logs() as log:
        start(folder / "mailbot.db")

    assert (mode(folder), mode(folder / "mailbot.db")) == (before, 0o600)
    [said] = [line for line in log if line["event"] == "shared_folder"]
    assert said["folder"] == str(folder)
    assert "[store] url" in said["remedy"]


def test_another_program_s_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "theirs.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE bookmarks (a)")
        connection.commit()
    file.chmod(0o644)
    before = file.read_bytes()

    with pytest.raises(UnusableDatabaseError, match=r"is another program's; give \[store\] url"):
        start(file)

    assert (mode(file), file.read_bytes()) == (0o644, before)


def test_a_file_that_cannot_be_closed_to_others_is_named_with_the_remedy() -> None:
    with pytest.raises(
        NotPrivateError, match=r"^/proc/\d+/status can be read by others.*chown, then run chmod 600 on it$"
    ):
        make_private(Path("/proc/self/status"))  # of which nobody, not even root, may change the mode

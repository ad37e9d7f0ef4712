"""Which SQLite opens the database, and that none which may damage a write-ahead log ever works on one."""

import subprocess
import sys
from pathlib import Path

import pytest

from mailbot.store import beats
from mailbot.store.database import Database
from mailbot.store.driver import wal_is_safe
from tests.support.harness import START
from tests.support.process import RUN

WITH_SYSTEMS = """
import sys
sys.modules["pysqlite3"] = None  # as where there is no wheel of it
from mailbot.store.database import Database
from mailbot.store.driver import wal_is_safe
from mailbot.store.unusable_database import UnusableDatabaseError
if wal_is_safe():
    sys.exit("safe")
database = Database(f"sqlite:///{sys.argv[1]}")
try:
    database.upgrade()
except UnusableDatabaseError as error:
    sys.exit(str(error))
with database.read() as connection:
    print(connection.exec_driver_sql("SELECT count(*) FROM beats").scalar())
"""


def with_systems_sqlite(file: Path) -> str:
    """Open a database as a machine without the wheel does; return how many beats are read, or the refusal."""
    command = [sys.executable, "-c", WITH_SYSTEMS, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=RUN.parent)  # noqa: S603
    if done.stderr.strip() == "safe":
        pytest.skip("the system's own SQLite may use WAL")
    return (done.stdout + done.stderr).strip().splitlines()[-1]


def journal(file: Path) -> str:
    """Return the journal mode that a database's file asks for."""
    return "wal" if file.read_bytes()[18:20] == b"\2\2" else "delete"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path}/mailbot.db")
    made.upgrade()
    with made.write() as connection:
        beats.record_beat(connection, "tick", START)
    return made


@pytest.mark.usefixtures("database")
def test_the_wheels_sqlite_may_use_wal_and_does(tmp_path: Path) -> None:
    pytest.importorskip("pysqlite3", reason="there is no wheel of pysqlite3 here")
    assert wal_is_safe()
    assert journal(tmp_path / "mailbot.db") == "wal"


def test_without_the_wheel_a_database_goes_on_with_a_rollback_journal_and_back(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "mailbot.db"
    database.close()
    assert with_systems_sqlite(file) == "1"
    assert journal(file) == "delete"
    again = Database(f"sqlite:///{file}")
    again.upgrade()
    assert journal(file) == ("wal" if wal_is_safe() else "delete")
    again.close()


def test_without_the_wheel_a_database_that_is_open_elsewhere_is_refused_and_left_as_it_is(
    database: Database, tmp_path: Path
) -> None:
    with database.read() as connection:
        connection.exec_driver_sql("SELECT 1 FROM beats")
        assert "is held by another program" in with_systems_sqlite(tmp_path / "mailbot.db")
    with database.write() as connection:
        beats.record_beat(connection, "poll", START)
    assert journal(tmp_path / "mailbot.db") == "wal"


def test_the_log_is_emptied_by_checkpoints_alone_and_does_not_grow_for_ever(database: Database) -> None:
    def write(times: int) -> int:
        for _ in range(times):
            with database.write() as connection:
                beats.record_beat(connection, "tick", START)
        return database.wal_bytes()

    sizes = []
    for _ in range(3):
        sizes.append(write(30))
        database.checkpoint()
    assert sizes[0] == sizes[1] == sizes[2] > 0


def test_how_long_a_moment_is_read_is_known_while_it_is(database: Database) -> None:
    assert database.oldest_view() < 0.001
    with database.read() as connection:
        while connection.exec_driver_sql("SELECT 1").scalar() and database.oldest_view() < 0.01:
            pass
    assert database.oldest_view() < 0.001

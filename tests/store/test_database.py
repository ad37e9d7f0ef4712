"""The database keeps what it was given, as it was given, and refuses what would harm it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Thread
from types import MappingProxyType

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from mailbot.domain.ordering.events import OrderDecided, Weeded
from mailbot.domain.values.order import Destination, Route, RouteReason
from mailbot.store import beats as beat_rows
from mailbot.store import events, links, unconfirmed
from mailbot.store.database import HEAD, Database, SchemaTooNewError
from mailbot.store.directory import DirectoryCache
from mailbot.store.driver import sqlite3, wal_is_safe
from mailbot.store.marks import mark_of
from mailbot.store.migrating import MIGRATIONS
from mailbot.store.tables import beats, memberships, metadata
from tests.support.harness import START, Harness
from tests.support.samples import kr

SETTINGS = MappingProxyType(
    {
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "trusted_schema": 0,
        "secure_delete": 1,
        "mmap_size": 0,
        "journal_mode": "wal" if wal_is_safe() else "delete",
        "synchronous": 3,
        "wal_autocheckpoint": 0,
    }
)

ROOT = Path(__file__).parents[2]
STOP_INSIDE_A_WRITE = """
import os, sys
from mailbot.store import beats
from mailbot.store.database import Database
from tests.support.harness import START

database = Database(f"sqlite:///{sys.argv[1]}")
with database.write() as connection:
    beats.record_beat(connection, "committed", START)
with database.write() as connection:
    beats.record_beat(connection, "lost", START)
    os._exit(7)
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/mailbot.db")
    made.upgrade()
    yield made
    made.close()


def test_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("revision", [found.revision for found in ScriptDirectory(str(MIGRATIONS)).walk_revisions()])
def test_a_database_of_any_earlier_version_is_brought_up_to_date(tmp_path: Path, revision: str) -> None:
    old = Database(f"sqlite:///{tmp_path}/old.db")
    with old.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    old.upgrade()
    with old.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, metadata) == []
    old.close()


def test_a_database_is_up_to_date_when_it_has_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


@pytest.mark.usefixtures("database")
def test_migrations_name_every_constraint_as_the_code_does(tmp_path: Path) -> None:
    """Names are what a later migration changes a constraint by; compare_metadata does not look at all of them."""
    direct = Database(f"sqlite:///{tmp_path}/direct.db")
    metadata.create_all(direct.engine)
    direct.close()
    by_migration, by_code = (_constraints(tmp_path / name) for name in ("mailbot.db", "direct.db"))
    del by_migration["alembic_version"]
    assert by_migration == by_code


def _constraints(path: Path) -> dict[str, set[str]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    # A column that was added later stands on its neighbour's line.
    split = {name: re.split(r"\n|, (?![^()]*\))", sql)[1:] for name, sql in rows}
    return {name: {line.strip().rstrip(",") for line in lines} for name, lines in split.items()}


def test_a_database_of_the_first_version_goes_on_with_all_it_holds(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/mailbot.db")
    with database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO units (id, name) VALUES ('cs', 'Datavetenskap')")
    database.upgrade()
    with database.read() as connection:
        known = DirectoryCache().current(connection)
    database.close()
    assert (known.units["cs"].name, known.units["cs"].level, known.awaited) == ("Datavetenskap", "", {})


def test_what_an_older_version_had_done_once_stays_done_and_its_jobs_keep_their_beats(tmp_path: Path) -> None:
    once = ("ends:7:30", "alone:cs:1f", "plan:cs", "plan confirmed:cs:1f", "disk low", "relay refuses", "outbox retry")
    database = Database(f"sqlite:///{tmp_path}/mailbot.db")
    with database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        for name in (*once, "tick", "daily", "new_day", "imap poll"):
            connection.exec_driver_sql("INSERT INTO beats VALUES (?, '2026-03-02 09:00:00')", (name,))
    database.upgrade()
    with database.read() as connection:
        assert all(mark_of(connection, name) for name in once)
        assert {row.name for row in connection.execute(select(beats))} == {"tick", "daily", "new_day", "imap poll"}
    database.close()


def test_a_database_of_the_first_version_goes_on_working(tmp_path: Path) -> None:
    """A mail that waits for its sender's word keeps its owner; links and codes keep what they are for."""
    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO inbox (id, received_at, via, peer, mail_from, rcpt_to, raw, state, tries, next_at, sender)"
            " VALUES (7, '2026-03-02 09:00:00', 'smtp', '', '', '[]', x'', 'waiting', 0, '2026-03-02', 'Rut@x.se')"
        )
        connection.exec_driver_sql(
            "INSERT INTO links (fingerprint, purpose, inbox_id, issued_at, expires_at)"
            " VALUES ('f', 'confirm', 7, '2026-03-02 09:00:00', '2026-03-16 09:00:00')"
        )
    engine.dispose()
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    with database.read() as connection:
        assert unconfirmed.owner_of(connection, 7) == "rut@x.se"
        assert [w.id for w in unconfirmed.waiting(connection, "rut@x.se", 9)] == [7]
        found = links.find(connection, "f")
    database.close()
    assert found is not None
    assert (found.inbox, found.root) == (7, "f")


def test_upgrading_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    database.close()
    before = (tmp_path / "mailbot.db").read_bytes()
    database.upgrade()
    assert (tmp_path / "mailbot.db").read_bytes() == before


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = (tmp_path / "mailbot.db").read_bytes()
    with pytest.raises(SchemaTooNewError, match="newer mailbot"):
        database.upgrade()
    assert (tmp_path / "mailbot.db").read_bytes() == before


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 9), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_the_log_mode_is_used_only_where_sqlite_is_free_of_the_wal_reset_bug(
    version: tuple[int, ...], *, safe: bool
) -> None:
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_connection_has_the_settings_that_keep_the_promises(database: Database, name: str) -> None:
    with database.read() as first, database.read() as second:
        for connection in (first, second):
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() == SETTINGS[name]
    with database.write() as writer:
        assert writer.exec_driver_sql(f"PRAGMA {name}").scalar_one() == SETTINGS[name]


def test_a_row_that_points_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(memberships).values(person_id=4711, unit_id="cs"))


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 3, 2, 10, 0)  # noqa: DTZ001  that is the point
    with pytest.raises(StatementError, match="without a zone"), database.write() as connection:
        beat_rows.record_beat(connection, "tick", naive)
    with database.read() as connection:
        assert beat_rows.last_beat(connection, "tick") is None


def test_a_time_of_any_zone_comes_back_as_the_same_moment_in_utc(database: Database) -> None:
    stockholm = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    with database.write() as connection:
        beat_rows.record_beat(connection, "tick", stockholm)
    with database.read() as connection:
        found = beat_rows.last_beat(connection, "tick")
    assert found == stockholm
    assert found is not None
    assert found.tzinfo is UTC


def test_what_raises_leaves_nothing_behind(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            beat_rows.record_beat(connection, "tick", START)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with database.read() as connection:
        assert connection.execute(select(beats)).all() == []


def test_a_reader_sees_one_moment(database: Database) -> None:
    def write() -> None:
        with database.write() as connection:
            beat_rows.record_beat(connection, "tick", START)

    writer = Thread(target=write)
    with database.read() as reader:
        assert beat_rows.last_beat(reader, "tick") is None
        writer.start()
        assert beat_rows.last_beat(reader, "tick") is None
    writer.join(10)
    with database.read() as reader:
        assert beat_rows.last_beat(reader, "tick") == START


def test_writers_wait_for_each_other_and_none_is_turned_away(database: Database, tmp_path: Path) -> None:
    """Two processes, four threads each: BEGIN IMMEDIATE and the busy timeout (docs/rules/limits.md#begin)."""
    other = Database(f"sqlite:///{tmp_path}/mailbot.db")
    failed: list[Exception] = []

    def count_up(target: Database, name: str) -> None:
        try:
            for _ in range(10):
                with target.write() as connection:
                    last = beat_rows.last_beat(connection, name) or START
                    beat_rows.record_beat(connection, name, last + timedelta(seconds=1))
        except Exception as error:  # noqa: BLE001  shown below
            failed.append(error)

    threads = [Thread(target=count_up, args=(target, "shared")) for target in (database, other) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    with database.read() as connection:
        assert beat_rows.last_beat(connection, "shared") == START + timedelta(seconds=80)
    other.close()


def test_a_write_of_another_process_begins_only_when_ours_has_ended(database: Database, tmp_path: Path) -> None:
    """Else both would read, and one of them be told "database is locked" when it writes
    (docs/rules/limits.md#begin)."""
    other, begun = Database(f"sqlite:///{tmp_path}/mailbot.db"), Event()

    def write() -> None:
        with other.write() as connection:
            begun.set()
            beat_rows.record_beat(connection, "theirs", START)

    theirs = Thread(target=write)
    with database.write() as connection:
        assert beat_rows.last_beat(connection, "theirs") is None
        theirs.start()
        assert not begun.wait(0.2)
        beat_rows.record_beat(connection, "ours", START)
    theirs.join(10)
    with database.read() as connection:
        assert beat_rows.last_beat(connection, "ours") == beat_rows.last_beat(connection, "theirs") == START
    other.close()


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/var/lib/mailbot.db")
    database.upgrade()
    database.close()
    assert (tmp_path / "var" / "lib" / "mailbot.db").exists()


@pytest.mark.slow
def test_an_unclean_stop_in_a_transaction_leaves_the_state_before_it(tmp_path: Path) -> None:
    """The process ends inside a write, as by kill -9; the next one finds the last commit."""
    database = Database(f"sqlite:///{tmp_path}/mailbot.db")
    database.upgrade()
    stopping = [sys.executable, "-c", STOP_INSIDE_A_WRITE, str(tmp_path / "mailbot.db")]
    assert subprocess.run(stopping, cwd=ROOT, timeout=30, check=False).returncode == 7  # noqa: S603  our own program
    with database.read() as connection:
        assert beat_rows.last_beat(connection, "committed") == START
        assert beat_rows.last_beat(connection, "lost") is None


class TestTheEvents:
    def test_cannot_be_changed(self, home: Harness) -> None:
        home.mail()
        before = home.query("SELECT * FROM events")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            home.query("UPDATE events SET what = 'approved'")
        assert home.query("SELECT * FROM events") == before

    def test_cannot_be_removed(self, home: Harness) -> None:
        home.mail()
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            home.query("DELETE FROM events")
        assert home.history() == ["opened"]

    def test_remain_when_their_payloads_are_weeded(self, home: Harness) -> None:
        home.mail()
        home.query("DELETE FROM event_payloads")
        with home.bot.database.read() as connection:
            (event,) = events.of_order(connection, home.order().id)
        assert (event.what, event.event) == ("opened", Weeded())

    def test_say_who_what_when_and_how_that_is_known(self, home: Harness) -> None:
        home.mail()
        home.now += timedelta(minutes=1)
        home.approve(comment="Kolla avtalet")
        with home.bot.database.read() as connection:
            opened, approved = events.of_order(connection, home.order().id)
        assert (opened.what, opened.at, opened.proof) == ("opened", START, "loopback")
        assert (approved.what, approved.at, approved.proof) == ("approved", home.now, "signed link")
        assert isinstance(approved.event, OrderDecided)
        assert approved.event.text == "Kolla avtalet"
        assert approved.event.standing.route == Route(Destination.PURCHASING, (RouteReason.COMMENT,))
        assert approved.event.standing.total == kr("12500")

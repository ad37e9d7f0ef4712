"""Only what a mail did counts as a try of it: the machine's own trouble holds it up, and never parks it."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from mailbot.domain.trust.envelope import LostChildError
from mailbot.edge.sandbox import Sandbox
from mailbot.flows.clock.health import health
from mailbot.flows.incoming.process import SELDOM
from mailbot.mail.reading.intake import Intake, take_in
from mailbot.store import inbox
from tests.flows.incoming.mails import told
from tests.support.harness import RUT, Harness, harness, mail_to_bot


def break_down(raw: bytes, mail_from: str, _ours: bytes = b"") -> Intake:
    """Read headers alone; a mail's body ends the process that reads it."""
    if b"Dell" in raw:
        os.kill(os.getpid(), signal.SIGSEGV)
    return take_in(raw, mail_from)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A sandbox as the real bot has it."""
    made = Sandbox()
    yield made
    made.close()


def lost(_raw: bytes, _mail_from: str, _ours: bytes = b"") -> Intake:
    message = "its child was ended"
    raise LostChildError(message)


def well(home: Harness) -> bool:
    return health(home.bot, home.now).well


def waits(home: Harness) -> bool:
    """Tell whether the one mail is where it was, and nobody has heard of it."""
    return (home.sums(), told(home), home.query("SELECT tries FROM inbox")) == ({"new": 1}, [], [(0,)])


def test_a_claim_is_no_try_however_often_the_process_dies_with_the_mail_in_hand(home: Harness) -> None:
    home.store(mail_to_bot().as_bytes())
    for _ in range(5 * home.processor.tries):  # it died each time before it could note anything
        with home.bot.database.write() as connection:
            assert inbox.claim(connection, home.now)
        assert waits(home)
        home.now += 2 * inbox.LEASE
    home.settle()
    assert home.sums() == {"order": 1}


@pytest.mark.parametrize("ended_by", ["an end from outside", "the machine, out of memory"])
def test_a_lost_reader_is_no_try_however_often_and_the_waits_grow(home: Harness, ended_by: str) -> None:
    def trouble(raw: bytes, mail_from: str, _ours: bytes = b"") -> Intake:
        if ended_by == "an end from outside":
            return lost(raw, mail_from)
        raise MemoryError

    home.change(read=trouble)
    home.store(mail_to_bot().as_bytes())
    looks = []
    for minute in range(120):
        if look(home):
            looks.append(minute)
        assert waits(home)
        home.now += inbox.LEASE * 2
    assert looks[:3] == [0, 1, 2]
    assert 10 <= looks[-1] - looks[-2] <= 16
    home.change(read=take_in)
    home.later(minutes=16)
    assert home.sums() == {"order": 1}


def look(home: Harness) -> bool:
    """Let the bot deal with the next mail, as its job does; True when it has tried one."""
    try:
        return home.processor.process_next(home.now)
    except (OperationalError, MemoryError):
        return True


class TestAStoreThatFails:
    @pytest.fixture
    def full(self, home: Harness) -> Harness:
        """A database that has no room for one page more, with a mail in it."""
        home.store(mail_to_bot().as_bytes())
        with home.bot.database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        return home

    def test_holds_the_mail_up_without_counting_it_and_raises_for_the_job_to_rest(self, full: Harness) -> None:
        for _ in range(3 * full.processor.tries):
            with pytest.raises(OperationalError, match="full"):
                full.processor.process_next(full.now)
            assert waits(full)
            full.now += SELDOM

    def test_makes_health_red_until_a_mail_has_been_dealt_with(self, full: Harness) -> None:
        assert well(full)
        with pytest.raises(OperationalError):
            full.processor.process_next(full.now)
        assert not well(full)
        full.now += inbox.LEASE * 2
        found = health(full.bot, full.now)
        assert (found.well, found.store_failing) == (False, 60)

    def test_takes_the_mail_in_by_itself_once_there_is_room(self, full: Harness) -> None:
        with pytest.raises(OperationalError):
            full.processor.process_next(full.now)
        with full.bot.database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        full.later(seconds=6)
        assert full.sums() == {"order": 1}
        assert told(full)[0] == ("receipt", RUT)
        assert well(full)


def test_a_mail_that_breaks_its_reader_is_parked_after_a_few_tries_whatever_restarts_come_between(
    tmp_path: Path, box: Sandbox
) -> None:
    for count in (1, 2):
        with harness(tmp_path) as home:
            home.change(read=lambda raw, mail_from, ours: box.run(break_down, raw, mail_from, ours))
            if count == 1:
                home.store(mail_to_bot().as_bytes())
            home.later(minutes=5 * count)
            assert home.query("SELECT tries, state FROM inbox") == [(count, "new")]
            assert told(home) == []
            with home.bot.database.write() as connection:
                assert inbox.claim(connection, home.now + 2 * inbox.LEASE)  # and then the process is killed
    with harness(tmp_path) as home:
        home.change(read=lambda raw, mail_from, ours: box.run(break_down, raw, mail_from, ours))
        home.later(minutes=20)
        assert home.sums() == {"parked": 1}
        assert home.reasons() == ["stopped the bot: its reader ended with SIGSEGV"]
        assert told(home) == [("parked", RUT)]

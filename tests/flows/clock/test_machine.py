"""The machine under the bot: a moved clock stalls nothing, a full disk lets nothing new in, and the operator hears."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.edge.web.rate_limit import RateLimit
from mailbot.flows.clock.health import FILE_GONE, health, polled, tick
from mailbot.flows.clock.machine import clock_moved, disk_low
from mailbot.flows.clock.new_day import new_day
from mailbot.flows.incoming.receive import NoRoomError
from tests.flows.incoming.mails import told
from tests.support.harness import DUSTIN, EVA, OPERATOR, RUT, START, Harness, mail_to_bot

DAY = timedelta(days=1)
NOT_MOVED = timedelta()
MORE_THAN_THERE_IS = 10**18


def go_ahead(home: Harness) -> None:
    """Let the clock be set a day ahead, and the bot live there for a moment."""
    home.now += DAY
    tick(home.bot, home.now)


def come_back(home: Harness) -> None:
    home.now += timedelta(minutes=1) - DAY


class TestAClockThatWasAhead:
    def test_holds_up_no_mail_that_came_then_nor_any_that_was_to_leave(self, home: Harness) -> None:
        go_ahead(home)
        home.lose_relay()
        home.mail()
        home.store(mail_to_bot().as_bytes())
        come_back(home)
        home.find_relay()
        assert clock_moved(home.bot, -DAY, home.now)
        home.deliverer.hurry()
        home.settle()
        assert home.sums() == {"order": 2}
        assert home.count(RUT) == 2

    def test_holds_up_no_order_that_was_approved_then(self, home: Harness) -> None:
        go_ahead(home)
        home.mail()
        home.approve()
        come_back(home)
        clock_moved(home.bot, -DAY, home.now)
        home.later(minutes=6)
        assert home.count(DUSTIN) == 1

    def test_does_not_keep_the_next_day_from_beginning(self, home: Harness) -> None:
        go_ahead(home)
        new_day(home.bot, home.now)
        come_back(home)
        clock_moved(home.bot, -DAY, home.now)
        home.now += DAY
        assert new_day(home.bot, home.now)

    def test_is_red_in_health_until_that_is_put_right(self, home: Harness) -> None:
        go_ahead(home)
        come_back(home)
        found = health(home.bot, home.now)
        assert (found.well, found.last_tick) == (False, -86340)
        clock_moved(home.bot, -DAY, home.now)
        assert health(home.bot, home.now).well

    @pytest.mark.parametrize(
        "note",
        [
            lambda home: polled(home.bot, home.now),
            lambda home: home.store(mail_to_bot().as_bytes()),
            lambda home: home.mail(),
        ],
        ids=["a look into the mailbox", "a mail that came", "a mail that was sent"],
    )
    def test_is_red_whichever_age_is_below_zero(self, home: Harness, note: Callable[[Harness], None]) -> None:
        home.now += DAY
        note(home)
        come_back(home)
        assert not health(home.bot, home.now, polls=True).well

    def test_is_noticed_by_what_it_left_behind_even_where_no_bot_ran_when_it_was_set(self, home: Harness) -> None:
        assert not clock_moved(home.bot, NOT_MOVED, home.now)
        go_ahead(home)
        come_back(home)
        assert clock_moved(home.bot, NOT_MOVED, home.now)
        assert not clock_moved(home.bot, NOT_MOVED, home.now)

    def test_does_not_shut_out_whoever_was_seen_then(self) -> None:
        pace = RateLimit(1, timedelta(minutes=1))
        assert pace.allows("192.0.2.7", START + DAY)
        assert pace.allows("192.0.2.7", START)
        assert not pace.allows("192.0.2.7", START)


@pytest.mark.parametrize(("moved", "words"), [(DAY, "ställdes fram 86400 s"), (-DAY, "ställdes tillbaka 86400 s")])
def test_the_operator_is_mailed_once_of_each_move_and_not_without_end(
    home: Harness, moved: timedelta, words: str
) -> None:
    clock_moved(home.bot, moved, home.now)
    clock_moved(home.bot, NOT_MOVED, home.now)
    home.settle()
    assert home.count(OPERATOR, words) == 1
    for _ in range(20):
        clock_moved(home.bot, moved, home.now)
    home.settle()
    assert home.count(OPERATOR, words) == 4


@pytest.mark.parametrize("instead", [False, True], ids=["moved away", "replaced"])
def test_a_database_whose_file_was_taken_from_under_the_bot_is_red_in_health(home: Harness, instead: bool) -> None:
    tick(home.bot, home.now)
    assert health(home.bot, home.now).well
    file = home.bot.database.path
    assert file
    file.rename(file.with_suffix(".aside"))
    if instead:
        file.write_bytes(file.with_suffix(".aside").read_bytes())
    assert health(home.bot, home.now).why == (FILE_GONE,)


class TestADiskThatIsAllButFull:
    @pytest.fixture
    def full(self, home: Harness) -> Harness:
        """A bot that is to keep more free than there is, with an order that came before."""
        home.mail()
        home.change(keep_free=MORE_THAN_THERE_IS)
        return home

    def test_lets_no_mail_in_and_finishes_what_is_in(self, full: Harness) -> None:
        with pytest.raises(NoRoomError):
            full.store(mail_to_bot().as_bytes())
        full.approve()
        full.later(minutes=6)
        assert full.count(DUSTIN) == 1

    def test_is_red_in_health_and_named_there_and_the_operator_is_mailed_once_a_day(self, full: Harness) -> None:
        for hours in (0, 1, 22, 1):
            full.now += timedelta(hours=hours)
            assert disk_low(full.bot, full.now)
        assert [one for one in told(full) if one[0] == "machine"] == [("machine", OPERATOR)] * 2
        found = health(full.bot, full.now)
        assert not found.well
        assert 0 < (found.disk_free or 0) < MORE_THAN_THERE_IS

    def test_refuses_presses_as_passing_trouble(self, full: Harness) -> None:
        with full.pages() as browser:
            answer = browser.post(f"/decide/{full.token(EVA, Purpose.DECIDE)}", data={"action": "approve"})
        assert answer.status_code == 503

    def test_with_room_again_says_nothing(self, home: Harness) -> None:
        assert not disk_low(home.bot, home.now)
        assert told(home) == []

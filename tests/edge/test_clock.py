"""The clock runs each job alone, late rather than never, at once when woken, and to its end when it is stopped."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread, current_thread

import pytest
import structlog

from mailbot.edge.clock import LONGEST_REST_SECONDS, Backoff, Clock
from mailbot.edge.system_clock import utc_now

PATIENCE = 10
SELDOM = timedelta(hours=1)
OFTEN = timedelta(milliseconds=20)


@dataclass
class Wall:
    """A wall clock that a test moves; `seen` is set when it has been looked at twice since then."""

    ahead: timedelta = timedelta()
    looks: int = 0
    seen: Event = field(default_factory=Event)

    def move(self, ahead: timedelta) -> None:
        self.ahead, self.looks = ahead, 0
        self.seen.clear()

    def now(self) -> datetime:
        self.looks += 1
        if self.looks > 1:
            self.seen.set()
        return utc_now() + self.ahead


def run(story: Callable[[Clock], Awaitable[None]], now: Callable[[], datetime] = utc_now) -> None:
    """Play a story with a clock in a loop of its own, and stop the clock after."""

    async def play() -> None:
        clock = Clock(now)
        try:
            await asyncio.wait_for(story(clock), 3 * PATIENCE)
        finally:
            await clock.stop()

    asyncio.run(play())


async def happens(event: Event) -> bool:
    """Wait in a thread for what a job tells from another one."""
    return await asyncio.to_thread(event.wait, PATIENCE)


def test_the_time_is_utc_and_says_so() -> None:
    before = datetime.now(UTC)
    assert utc_now().tzinfo is UTC
    assert before <= utc_now() <= datetime.now(UTC)


def test_a_job_runs_at_once_when_the_clock_starts_and_is_told_the_time() -> None:
    told: list[datetime] = []
    ran = Event()

    def job(now: datetime) -> None:
        told.append(now)
        ran.set()

    async def story(clock: Clock) -> None:
        clock.every(SELDOM, "job", job)
        assert told == []
        clock.start()
        assert await happens(ran)

    run(story)
    assert abs(utc_now() - told[0]) < timedelta(seconds=PATIENCE)


def test_a_job_runs_again_and_again() -> None:
    thrice = Event()
    runs: list[datetime] = []

    def job(now: datetime) -> None:
        runs.append(now)
        if len(runs) == 3:
            thrice.set()

    async def story(clock: Clock) -> None:
        clock.every(OFTEN, "job", job)
        clock.start()
        assert await happens(thrice)

    run(story)


def test_a_job_that_is_woken_runs_long_before_its_time() -> None:
    first, second = Event(), Event()

    def job(_now: datetime) -> None:
        (second if first.is_set() else first).set()

    async def story(clock: Clock) -> None:
        clock.every(SELDOM, "job", job)
        clock.start()
        assert await happens(first)
        waker = Thread(target=clock.wake, args=("job", "no such job"))  # doors wake it from threads of their own
        waker.start()
        waker.join()
        assert await happens(second)

    run(story)


def test_a_job_that_is_woken_while_it_runs_runs_once_more() -> None:
    """What it was woken for may have come after it had looked."""
    first, release, second = Event(), Event(), Event()

    def job(_now: datetime) -> None:
        if first.is_set():
            second.set()
        first.set()
        release.wait(PATIENCE)

    async def story(clock: Clock) -> None:
        clock.every(SELDOM, "job", job)
        clock.start()
        assert await happens(first)
        clock.wake("job")
        clock.wake("job")
        release.set()
        assert await happens(second)

    run(story)


def test_waking_a_clock_that_stands_still_does_no_harm() -> None:
    clock = Clock()
    clock.every(SELDOM, "job", lambda _now: None)
    clock.wake("job")

    async def story(_clock: Clock) -> None:
        clock.wake("job")

    run(story)


def test_a_job_never_runs_beside_itself() -> None:
    inside, enough = Event(), Event()
    beside: list[bool] = []

    def job(_now: datetime) -> None:
        beside.append(inside.is_set())
        inside.set()
        others.wait(0.05)
        inside.clear()
        if len(beside) == 5:
            enough.set()

    others = Event()

    async def story(clock: Clock) -> None:
        clock.every(timedelta(milliseconds=5), "job", job)
        clock.start()
        assert await happens(enough)

    run(story)
    assert not any(beside)


def test_a_slow_job_does_not_hold_up_the_others() -> None:
    blocked, release, other_ran = Event(), Event(), Event()

    def slow(_now: datetime) -> None:
        blocked.set()
        release.wait(PATIENCE)

    async def story(clock: Clock) -> None:
        clock.every(SELDOM, "slow", slow)
        clock.start()
        assert await happens(blocked)
        clock.every(SELDOM, "other", lambda _now: other_ran.set())
        assert await happens(other_ran)
        release.set()

    run(story)


def test_jobs_run_beside_the_loop_and_not_in_it() -> None:
    threads: list[Thread] = []
    ran = Event()

    def job(_now: datetime) -> None:
        threads.append(current_thread())
        ran.set()

    async def story(clock: Clock) -> None:
        clock.every(SELDOM, "job", job)
        clock.start()
        assert await happens(ran)
        assert current_thread() not in threads

    run(story)


def test_a_job_that_raises_is_logged_by_name_and_runs_again() -> None:
    again = Event()
    runs: list[int] = []

    def job(_now: datetime) -> None:
        runs.append(1)
        if len(runs) > 1:
            again.set()
        message = "something secret"
        raise LookupError(message)

    async def story(clock: Clock) -> None:
        clock.every(OFTEN, "deliver", job)
        clock.start()
        assert await happens(again)

    with structlog.testing.capture_logs() as lines:
        run(story)
    assert (lines[0]["event"], lines[0]["job"], lines[0]["error"]) == ("job_failed", "deliver", "LookupError")


def test_a_job_in_hand_is_finished_when_the_clock_is_stopped() -> None:
    begun, release, done = Event(), Event(), Event()
    runs: list[int] = []

    def job(_now: datetime) -> None:
        runs.append(1)
        begun.set()
        release.wait(PATIENCE)
        done.set()

    async def story(clock: Clock) -> None:
        clock.every(SELDOM, "job", job)
        clock.start()
        assert await happens(begun)
        clock.wake("job")  # one stands in line too: it is dropped
        await asyncio.to_thread(lambda: None)
        stopping = asyncio.ensure_future(clock.stop())
        stopped_early, _ = await asyncio.wait({stopping}, timeout=0.1)
        assert not stopped_early
        release.set()
        await stopping
        assert done.is_set()

    with structlog.testing.capture_logs() as lines:
        run(story)
    assert (runs, lines) == ([1], [])


def test_no_job_begins_after_the_clock_was_stopped() -> None:
    runs: list[int] = []
    ran = Event()

    def job(_now: datetime) -> None:
        runs.append(1)
        ran.set()

    async def story(clock: Clock) -> None:
        clock.every(SELDOM, "job", job)
        clock.start()
        assert await happens(ran)
        await clock.stop()
        clock.wake("job")
        await asyncio.to_thread(Event().wait, 0.05)

    run(story)
    assert runs == [1]


@pytest.mark.parametrize("hours", [24, -24, 24 * 400, -24 * 400])
def test_a_wall_clock_that_is_moved_stops_no_job_and_the_move_is_noticed_and_logged_once(hours: int) -> None:
    wall, step = Wall(), timedelta(hours=hours)
    first, second = Event(), Event()
    told: list[datetime] = []

    def job(now: datetime) -> None:
        told.append(now)
        (second if first.is_set() else first).set()

    async def story(clock: Clock) -> None:
        clock.every(SELDOM, "job", job)
        clock.start()
        assert await happens(first)
        wall.move(step)
        assert await happens(second)
        assert abs(clock.moved - step) < timedelta(seconds=1)
        assert abs(told[1] - told[0] - step) < timedelta(seconds=PATIENCE)

    with structlog.testing.capture_logs() as lines:
        run(story, wall.now)
    assert [(line["event"], line["seconds"]) for line in lines] == [("clock_moved", hours * 3600)]


def test_a_wall_clock_that_is_put_right_by_a_little_is_no_news() -> None:
    wall = Wall()
    ran = Event()

    async def story(clock: Clock) -> None:
        clock.every(SELDOM, "job", lambda _now: ran.set())
        clock.start()
        assert await happens(ran)
        wall.move(timedelta(seconds=2))
        assert await happens(wall.seen)
        assert clock.moved == timedelta()

    run(story, wall.now)


def test_a_job_that_does_not_finish_is_hurried_and_then_left_behind_by_a_stop_that_has_no_more_patience() -> None:
    begun, hurried, release = Event(), Event(), Event()

    def job(_now: datetime) -> None:
        begun.set()
        release.wait(3 * PATIENCE)

    async def story(clock: Clock) -> None:
        clock.every(SELDOM, "deliver", job)
        clock.start()
        assert await happens(begun)
        started = time.monotonic()
        await clock.stop(0.1, hurried.set)
        assert time.monotonic() - started < PATIENCE

    with structlog.testing.capture_logs() as lines:
        run(story)
        release.set()
    assert hurried.is_set()
    assert [(line["event"], line["job"]) for line in lines] == [("job_left_in_hand", "deliver")]


def test_rests_grow_to_a_minute_and_end_when_the_ground_is_back() -> None:
    rest = Backoff()
    on, lengths = [rest.on], []
    for _ in range(100):
        started = time.monotonic()
        rest.begin()
        lengths.append(round(rest.until - started))
    on.append(rest.on)
    rest.end()
    on.append(rest.on)
    assert lengths[:4] == [1, 2, 4, 8]
    assert lengths[-1] == LONGEST_REST_SECONDS
    assert on == [False, True, False]

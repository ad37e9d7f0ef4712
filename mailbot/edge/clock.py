"""The clock: jobs that look for what is due. Due times are rows, so that a restart loses and doubles nothing
(docs/rules/limits.md#due-times).

The scheduler goes by the wall clock. That is compared with the monotonic one every second; if somebody has moved it,
every job runs at once and begins anew.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from mailbot.edge.system_clock import utc_now

log = structlog.get_logger()

Job = Callable[[datetime], Any]

LOOK_SECONDS = 1
TOLERANCE = timedelta(seconds=5)
"""A smaller change of the wall clock is ignored: it makes a job late by no more than this."""
HURRY_SECONDS = 1
LONGEST_REST_SECONDS = 60


class Clock:
    """Runs named jobs in threads, at their pace and when woken; no job runs twice at once.

    `moved` is how far the wall clock was moved; whoever deals with it subtracts that.
    """

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        """Make a clock that stands still until it is started in a running loop; `now` is the wall clock."""
        self.moved = timedelta()
        self._now = now
        # asyncio's own executor: jobs are coroutines that hand the work to threads.
        self._scheduler = AsyncIOScheduler(timezone=UTC, executors={"default": AsyncIOExecutor()})
        self._scheduler.add_listener(_note_error, EVENT_JOB_ERROR)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: dict[asyncio.Future[Any], str] = {}

    def every(self, pace: timedelta, name: str, job: Job) -> None:
        """Run the job at this pace. A late run still comes, several missed runs come as one, and no two overlap."""
        self._scheduler.add_job(
            self._run,
            "interval",
            args=(name, job, asyncio.Lock()),
            id=name,
            seconds=pace.total_seconds(),
            next_run_time=utc_now(),
            coalesce=True,
            max_instances=2,  # one runs and one waits: a job that is woken while it runs looks once more after that
            misfire_grace_time=None,
        )

    async def _run(self, name: str, job: Job, alone: asyncio.Lock) -> None:
        # A stopping scheduler cancels its jobs; the work in hand goes on in its thread, and `stop` waits for it.
        with suppress(asyncio.CancelledError):
            async with alone:
                running = asyncio.wrap_future(_in_thread(name, job, self._now()))
                self._running[running] = name
                running.add_done_callback(self._running.pop)
                await asyncio.shield(running)

    def start(self) -> None:
        """Start the clock in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._scheduler.start()
        self._look(self._lead())

    def _lead(self) -> timedelta:
        """Return how far the wall clock is ahead of the monotonic clock, which nobody can set."""
        return self._now() - datetime.fromtimestamp(time.monotonic(), UTC)

    def _look(self, before: timedelta) -> None:
        """Compare the lead of the wall clock with its lead `before`, and look again in a second."""
        lead = self._lead()
        if abs(lead - before) > TOLERANCE:
            self.moved += lead - before
            log.warning("clock_moved", seconds=round((lead - before).total_seconds()))
            self._wake(tuple(job.id for job in self._scheduler.get_jobs()))
            before = lead
        if self._loop is not None and self._scheduler.running:
            self._loop.call_later(LOOK_SECONDS, self._look, before)

    def wake(self, *names: str) -> None:
        """Run these jobs now instead of at their next time; may be called from any thread."""
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._wake, names)

    def _wake(self, names: tuple[str, ...]) -> None:
        for name in names:
            if self._scheduler.running and self._scheduler.get_job(name):
                self._scheduler.modify_job(name, next_run_time=utc_now())

    async def stop(self, patience: float | None = None, hurry: Callable[[], object] = lambda: None) -> None:
        """Start no more jobs, wait `patience` seconds (None: for ever) for those that run, then call `hurry`.

        A job that is not done a second later is left to its thread, which ends with the process.
        """
        if self._scheduler.running:
            self._scheduler.pause()
            await asyncio.sleep(0)  # lets jobs begin: one cancelled before it begins would be logged as an error
            self._scheduler.shutdown(wait=False)
        if self._running:
            await asyncio.wait(self._running, timeout=patience)
        if self._running:
            hurry()
            await asyncio.wait(self._running, timeout=HURRY_SECONDS)
        for running, name in list(self._running.items()):
            log.warning("job_left_in_hand", job=name)
            running.cancel()  # otherwise its thread would report to a loop that no longer exists


def _in_thread(name: str, job: Job, now: datetime) -> Future[Any]:
    """Run the job in a daemon thread, so that the process can end without it."""
    future: Future[Any] = Future()

    def work() -> None:
        future.set_running_or_notify_cancel()
        try:
            future.set_result(job(now))
        except BaseException as error:  # noqa: BLE001  the waiting coroutine gets it
            future.set_exception(error)

    Thread(target=work, name=f"mailbot-{name}", daemon=True).start()
    return future


class Backoff:
    """Longer and longer rests for a job while what it needs fails; `until` is on the monotonic clock."""

    def __init__(self) -> None:
        """Begin without a rest."""
        self._failures = 0
        self.until = 0.0

    @property
    def on(self) -> bool:
        """Tell whether the rest is not over yet."""
        return time.monotonic() < self.until

    def begin(self) -> None:
        """Begin a rest: a second at first, then twice as long each time, at most a minute."""
        self.until = time.monotonic() + min(2**self._failures, LONGEST_REST_SECONDS)
        self._failures = min(self._failures + 1, LONGEST_REST_SECONDS)

    def end(self) -> None:
        """Forget all rests, because the job has worked again."""
        self._failures, self.until = 0, 0.0


def _note_error(event: JobExecutionEvent) -> None:
    log.error("job_failed", job=event.job_id, error=type(event.exception).__name__, exc_info=event.exception)

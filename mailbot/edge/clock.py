"""The clock: in-memory interval jobs that poll for what is due. The only place besides the doors that reads the time.

Due times live in rows, never in jobs: a restart loses nothing and doubles nothing (reliability-security.md B6).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger()

Job = Callable[[datetime], Any]


def utc_now() -> datetime:
    """Return this moment, aware and in UTC."""
    return datetime.now(UTC)


class Clock:
    """Runs named jobs in threads, each alone, every so often and when woken."""

    def __init__(self) -> None:
        """Make a clock that stands still until started in a running loop."""
        # asyncio's own executor: jobs are coroutines that hand the work to threads.
        self._scheduler = AsyncIOScheduler(timezone=UTC, executors={"default": AsyncIOExecutor()})
        self._scheduler.add_listener(_note_error, EVENT_JOB_ERROR)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: set[asyncio.Task[None]] = set()

    def every(self, pace: timedelta, name: str, job: Job) -> None:
        """Run the job every so often, late rather than never, and never twice at once."""
        self._scheduler.add_job(
            self._run,
            "interval",
            args=(job, asyncio.Lock()),
            id=name,
            seconds=pace.total_seconds(),
            next_run_time=utc_now(),
            coalesce=True,
            max_instances=2,  # one at work and one in line: woken while it works, a job looks once more
            misfire_grace_time=None,
        )

    async def _run(self, job: Job, alone: asyncio.Lock) -> None:
        # A stopping scheduler cancels its jobs; the work in hand goes on in its thread, and `stop` waits for it.
        with suppress(asyncio.CancelledError):
            async with alone:
                task = asyncio.ensure_future(asyncio.to_thread(job, utc_now()))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
                await asyncio.shield(task)

    def start(self) -> None:
        """Start the clock in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._scheduler.start()

    def wake(self, *names: str) -> None:
        """Run these jobs now rather than at their next time; may be called from any thread."""
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._wake, names)

    def _wake(self, names: tuple[str, ...]) -> None:
        for name in names:
            if self._scheduler.running and self._scheduler.get_job(name):
                self._scheduler.modify_job(name, next_run_time=utc_now())

    async def stop(self) -> None:
        """Start no more jobs and let those in hand finish."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        await asyncio.gather(*self._running, return_exceptions=True)


def _note_error(event: JobExecutionEvent) -> None:
    log.error("job_failed", job=event.job_id, error=type(event.exception).__name__, exc_info=event.exception)

"""A child process for reading hostile bytes: what takes too long or too much memory is stopped, and nothing else is.

Pebble keeps the children and kills one that overruns; the standard library's pools cannot stop a task in hand. Its pool
gives up for good when a child dies that had nothing to do, as when the system is short of memory: a new one takes over.
"""

import multiprocessing
import resource
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from mailbot.domain.envelope import StoppedError

P = ParamSpec("P")
T = TypeVar("T")

WORKERS = 2
SECONDS = 2.5
START_SECONDS = 30
MEMORY_BYTES = 600_000_000
TASKS_PER_CHILD = 500

_FROM_OUTSIDE = {-signal.SIGKILL, -signal.SIGTERM}


class LostChildError(Exception):
    """Something else ended the child: that says nothing of what it read, and the same may be tried again."""


def _ready(_function: Callable[..., object]) -> None:
    """Do nothing: by then a child has imported what the function needs."""


def _limit(memory_bytes: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's handler would wait for the end of a long call in C
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Hold Ctrl-C back in what begins meanwhile: a terminal sends it to children too, and the parent ends those."""
    resource_tracker.ensure_running()  # else the first child's start would take it up again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass
class Sandbox:
    """Runs pure functions of picklable values; two children, so that one bad mail does not hold up the next."""

    seconds: float = SECONDS
    memory_bytes: int = MEMORY_BYTES
    _pool: ProcessPool = field(init=False)
    _closed: bool = field(init=False, default=False)
    _lock: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        """Make the pool; children start from a clean process and not from this one's threads."""
        self._pool = self._new_pool()

    def warm_up(self, function: Callable[..., object]) -> None:
        """Let the children start and import the function, which takes a moment, before the first mail comes."""
        for _ in range(WORKERS):
            self._schedule(_ready, (function,), {})

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=WORKERS,
            max_tasks=TASKS_PER_CHILD,
            initializer=_limit,
            initargs=(self.memory_bytes,),
            context=multiprocessing.get_context("spawn"),
        )

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns; raises StoppedError when it had to be stopped, else what it raised.

        LostChildError says that it may be tried again.
        """
        future = self._schedule(function, args, kwargs)
        try:
            return future.result(self.seconds + START_SECONDS)
        except FutureTimeoutError as error:
            if not future.done():
                message = "no child took it in hand"
                raise LostChildError(message) from error
            message = f"took more than {self.seconds} s to read"
            raise StoppedError(message) from error
        except (MemoryError, RecursionError, ProcessExpired, BrokenProcessPool) as error:
            if isinstance(error, BrokenProcessPool) or getattr(error, "exitcode", None) in _FROM_OUTSIDE:
                message = "its child was ended"
                raise LostChildError(message) from error
            message = "took too much memory or depth to read"
            raise StoppedError(message) from error

    def _schedule(
        self, function: Callable[..., T], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> ProcessFuture[T]:
        with self._lock, _ctrl_c_held():
            try:
                return self._pool.schedule(function, args=args, kwargs=kwargs, timeout=self.seconds)
            except RuntimeError:  # the pool has broken
                if self._closed:
                    raise
                self._end_pool()
                self._pool = self._new_pool()
                return self._pool.schedule(function, args=args, kwargs=kwargs, timeout=self.seconds)

    def _end_pool(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def close(self) -> None:
        """Stop the children."""
        self._closed = True
        self._end_pool()

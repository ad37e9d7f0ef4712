"""A child process for reading hostile bytes: what takes too long or too much memory is stopped, and nothing else is.

Pebble keeps the children and kills one that overruns; the standard library's pools cannot stop a task in hand.
"""

import multiprocessing
import resource
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from mailbot.flows.bot import StoppedError

P = ParamSpec("P")
T = TypeVar("T")

SECONDS = 2.5
MEMORY_BYTES = 600_000_000
TASKS_PER_CHILD = 500


def _limit(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@dataclass
class Sandbox:
    """Runs pure functions of picklable values; two children, so that one bad mail does not hold up the next."""

    seconds: float = SECONDS
    memory_bytes: int = MEMORY_BYTES
    _pool: ProcessPool = field(init=False)

    def __post_init__(self) -> None:
        """Make the pool; children start with the first task, from a clean process and not from this one's threads."""
        self._pool = ProcessPool(
            max_workers=2,
            max_tasks=TASKS_PER_CHILD,
            initializer=_limit,
            initargs=(self.memory_bytes,),
            context=multiprocessing.get_context("spawn"),
        )

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns; raises StoppedError when it had to be stopped, else what it raised."""
        try:
            return self._pool.schedule(function, args=args, kwargs=kwargs, timeout=self.seconds).result()
        except FutureTimeoutError as error:
            message = f"took more than {self.seconds} s to read"
            raise StoppedError(message) from error
        except (MemoryError, RecursionError, ProcessExpired) as error:
            message = "took too much memory or depth to read"
            raise StoppedError(message) from error

    def close(self) -> None:
        """Stop the children."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

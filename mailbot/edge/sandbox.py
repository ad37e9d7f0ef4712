"""The reading children, which read hostile bytes: a task that takes too much is stopped, and no other is lost.

The limit is CPU time, which a loaded or paused machine does not use up: the kernel ends the child, even in a call of C.
A child that stands still is killed by elapsed time, and its task is not blamed. (Pools of the standard library cannot
stop a task. Pebble's counts elapsed time, and waits for ever for an idle child that stands still.)
"""

import multiprocessing
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from tempfile import gettempdir
from threading import Lock, Timer
from typing import Any, ParamSpec, TypeVar

from mailbot.domain.trust.envelope import LostChildError, StoppedError

P = ParamSpec("P")
T = TypeVar("T")
Task = tuple[Callable[..., Any], tuple[Any, ...], Mapping[str, Any]]

WORKERS = 2
NAME = "mailbot-reader"
CPU_SECONDS = 10
WALL_SECONDS = 60
START_SECONDS = 30
TAKE_SECONDS = 10
TURN_SECONDS = 5
END_SECONDS = 5
MEMORY_BYTES = 600_000_000
TASKS_PER_CHILD = 500

_SERVER_LOST = 255
"""What multiprocessing gives as exit code of a child whose fork server has died: nobody knows it."""
_FROM_OUTSIDE = {None, -signal.SIGKILL, -signal.SIGTERM, _SERVER_LOST}
_ROOM_FOR_SOCKET = 60
"""How long the path of temporary files may be: the fork server's socket lies there, and its name has 108 letters."""
# A clean process, without this one's threads and locks; from a server each is a copy that has imported all. In Python
# 3.11.0 another user could reach that server (CVE-2022-42919).
_served = len(gettempdir()) <= _ROOM_FOR_SOCKET and sys.version_info >= (3, 11, 1)
_server = multiprocessing.get_context("forkserver") if _served else multiprocessing.get_context("spawn")
_births = Lock()  # whenever multiprocessing starts a child, it reaps all others, and their exit codes could get lost


@dataclass(frozen=True)
class TaskLimits:
    """The limits of one task: CPU seconds, elapsed seconds from when it is taken in hand, and bytes of memory.

    `take_seconds`: to take a task in hand; a new child has START_SECONDS. `turn_seconds`: how long a task aside waits.
    """

    cpu_seconds: float = CPU_SECONDS
    wall_seconds: float = WALL_SECONDS
    take_seconds: float = TAKE_SECONDS
    turn_seconds: float = TURN_SECONDS
    memory_bytes: int = MEMORY_BYTES


def _work(pipe: Connection, limits: TaskLimits, _first: Callable[..., Any]) -> None:
    """Do one task after another, and say when each is taken in hand; end when the pipe's other end is gone.

    `_first` is not called: unpickling it has imported its module before the first task.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which then ends its children
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(EOFError, ConnectionError):
        while True:
            task = pipe.recv()
            pipe.send(None)
            signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)
            _answer(pipe, task)
            signal.setitimer(signal.ITIMER_PROF, 0)


def _answer(pipe: Connection, task: Task) -> None:
    function, args, kwargs = task
    try:
        pipe.send((True, function(*args, **kwargs)))
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the parent must get it
        error.add_note(traceback.format_exc())
        pipe.send((False, error))


class _Child:
    """A process that does one task at a time; once it has ended or been killed, it takes no more."""

    def __init__(self, limits: TaskLimits, first: Callable[..., Any]) -> None:
        self._limits = limits
        self._patience: float = START_SECONDS
        self._tasks_left = TASKS_PER_CHILD
        self._pipe, theirs = _server.Pipe()
        self._process = _server.Process(target=_work, args=(theirs, limits, first), name=NAME, daemon=True)
        with _births, _ctrl_c_held():
            self._process.start()
        theirs.close()

    @property
    def usable(self) -> bool:
        return self._tasks_left > 0

    def take(self, task: Task) -> bool:
        """Hand the task to the child, and tell whether it was taken in hand; if not, the child is ended."""
        self._tasks_left -= 1
        try:
            with self._killed_after(self._patience):  # sending a large task blocks until the child reads it
                self._pipe.send(task)
                self._pipe.recv()
        except (OSError, EOFError):
            self.end()
            return False
        self._patience = self._limits.take_seconds
        return True

    def result(self) -> Any:  # noqa: ANN401  whatever the task returns
        try:
            with self._killed_after(self._limits.wall_seconds):
                done, value = self._pipe.recv()
        except (OSError, EOFError) as error:
            raise self._why_ended() from error
        if done:
            return value
        if isinstance(value, MemoryError | RecursionError):
            self.end()  # the memory that it still holds must not count against the next task
            raise StoppedError("took too much memory or depth to read") from value
        if isinstance(value, OSError):  # raised by a parser: outside it would be taken for the machine's trouble
            raise StoppedError(f"{type(value).__name__} while it was read") from value
        raise value

    def _why_ended(self) -> Exception:
        wait([self._process.sentinel], END_SECONDS)
        code = self.end()
        if code in _FROM_OUTSIDE:
            return LostChildError("its child was ended, or stood still")
        if code == -signal.SIGPROF:
            return StoppedError(f"took more than {self._limits.cpu_seconds:g} s of CPU time to read")
        how = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
        return StoppedError(f"stopped the bot: its reader ended with {how}")

    @contextmanager
    def _killed_after(self, seconds: float) -> Iterator[None]:
        timer = Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def end(self) -> int | None:
        """Kill the child if it lives, and return its exit code."""
        self._tasks_left = 0
        with _births:
            self._process.kill()
            self._process.join(END_SECONDS)
        return self._process.exitcode


@contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Block Ctrl-C in processes that start meanwhile: a terminal sends it to children too, which the parent ends."""
    resource_tracker.ensure_running()  # otherwise starting the first child would unblock Ctrl-C again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass
class Sandbox:
    """Runs pure functions of picklable values in two children, so that one bad mail does not hold up the next."""

    limits: TaskLimits = field(default_factory=TaskLimits)
    _first: Callable[..., Any] = field(init=False, default=len)
    _living: set[_Child] = field(init=False, default_factory=set)
    _idle: SimpleQueue[_Child | None] = field(init=False, default_factory=SimpleQueue)
    _closed: bool = field(init=False, default=False)
    _lock: Lock = field(init=False, default_factory=Lock)
    _turn: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        """Make the places of the children; no child is started yet."""
        for _ in range(WORKERS):
            self._idle.put(None)

    def warm_up(self, function: Callable[..., object]) -> None:
        """Start the children before the first mail comes, because starting and importing the function take a moment."""
        self._first = function
        _server.set_forkserver_preload([function.__module__])  # imported once, and children are copies of that
        for _ in range(WORKERS):
            self._idle.put(self._idle.get() or self._start())

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns; raises StoppedError if it had to be stopped, else what it raised.

        LostChildError says that it may be tried again, but not in this sandbox once it is closed.
        """
        for _ in range(WORKERS + 1):  # all idle children may have died since they were last needed: one try more
            with self._child() as child:
                if child.take((function, args, kwargs)):
                    return child.result()  # type: ignore[no-any-return]
        raise LostChildError("no child took it in hand")

    def aside(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a task that anybody may ask for: one at a time, so that one child is left for mails.

        Raises LostChildError also if the task's turn does not come in time.
        """
        if not self._turn.acquire(timeout=self.limits.turn_seconds):
            raise LostChildError("others were before it")
        try:
            return self.run(function, *args, **kwargs)
        finally:
            self._turn.release()

    @contextmanager
    def _child(self) -> Iterator[_Child]:
        """Lend an idle child and put it back, or a new one if it is worn out or has ended."""
        child = self._idle.get()
        try:
            child = child or self._start()
            yield child
        finally:
            if child is not None and not child.usable:
                child = self._replace(child)
            self._idle.put(child)

    def _start(self) -> _Child:
        with self._lock:
            if self._closed:
                raise LostChildError("the bot is being stopped")
            child = _Child(self.limits, self._first)
            self._living.add(child)
            return child

    def _replace(self, child: _Child) -> _Child | None:
        child.end()
        self._living.discard(child)
        with suppress(OSError, LostChildError):  # a child that cannot be started now is started when it is needed
            return self._start()
        return None

    def close(self) -> None:
        """End the children; a task in hand is lost."""
        with self._lock:
            self._closed = True
            for child in tuple(self._living):  # a copy, because whoever waits for an ended child removes it
                child.end()

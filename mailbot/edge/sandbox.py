"""Child processes for reading hostile bytes: what takes too much is stopped, and nothing else is held up or lost.

A child's limit is the CPU time of the one task in hand, which a loaded or paused machine does not use up; the kernel
ends it there, in the middle of a call of C too. The limits on time are for children that stand still: they are killed
and replaced, and their task is no worse for it. (Pools of the standard library cannot stop a task in hand, and pebble's
counts by the wall clock and waits for ever for a child that stands still while it has nothing to do.)
"""

import multiprocessing
import resource
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
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

_FROM_OUTSIDE = {None, -signal.SIGKILL, -signal.SIGTERM}
_spawn = multiprocessing.get_context("spawn")  # a clean process, without this one's threads and locks
_births = Lock()  # multiprocessing looks after all its children whenever it starts one, and so takes exit codes away


@dataclass(frozen=True)
class TaskLimits:
    """Of one task: CPU seconds; seconds from taking it in hand to its end, from its coming to its being taken; bytes.

    A child that has just been started may take START_SECONDS instead of `take_seconds`. What is run aside waits no
    longer than `turn_seconds` for its turn.
    """

    cpu_seconds: float = CPU_SECONDS
    wall_seconds: float = WALL_SECONDS
    take_seconds: float = TAKE_SECONDS
    turn_seconds: float = TURN_SECONDS
    memory_bytes: int = MEMORY_BYTES


def _work(pipe: Connection, limits: TaskLimits, _first: Callable[..., Any]) -> None:
    """Do one task after another, saying of each when it is taken in hand; unpickling `_first` has imported its module.

    Ends when the other end of the pipe is gone.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this
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
    except Exception as error:  # noqa: BLE001  whatever it is, the parent shall hear it
        error.add_note(traceback.format_exc())
        pipe.send((False, error))


class _Child:
    """A process that does one task at a time; once it has ended or been killed it does none."""

    def __init__(self, limits: TaskLimits, first: Callable[..., Any]) -> None:
        self._limits = limits
        self._patience: float = START_SECONDS
        self._tasks_left = TASKS_PER_CHILD
        self._pipe, theirs = _spawn.Pipe()
        self._process = _spawn.Process(target=_work, args=(theirs, limits, first), name=NAME, daemon=True)
        with _births, _ctrl_c_held():
            self._process.start()
        theirs.close()

    @property
    def usable(self) -> bool:
        return self._tasks_left > 0

    def take(self, task: Task) -> bool:
        """Hand it the task, and tell whether it has taken it in hand; else it is dead, or dies for that."""
        self._tasks_left -= 1
        try:
            with self._killed_after(self._patience):  # a large task is only sent while somebody reads it
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
            self.end()  # what it still holds is not for the next one to bear
            message = "took too much memory or depth to read"
            raise StoppedError(message) from value
        if isinstance(value, OSError):  # a parser's own kind: outside it would pass for the machine's trouble
            message = f"{type(value).__name__} while it was read"
            raise StoppedError(message) from value
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
        """Kill it if it lives, and return how it ended."""
        self._tasks_left = 0
        with _births:
            self._process.kill()
            self._process.join(END_SECONDS)
        return self._process.exitcode


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

    limits: TaskLimits = field(default_factory=TaskLimits)
    _first: Callable[..., Any] = field(init=False, default=len)
    _living: set[_Child] = field(init=False, default_factory=set)
    _idle: SimpleQueue[_Child | None] = field(init=False, default_factory=SimpleQueue)
    _closed: bool = field(init=False, default=False)
    _lock: Lock = field(init=False, default_factory=Lock)
    _turn: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        """Make room for the children; none is started yet."""
        for _ in range(WORKERS):
            self._idle.put(None)

    def warm_up(self, function: Callable[..., object]) -> None:
        """Start the children and let each import the function, which takes a moment, before the first mail comes."""
        self._first = function
        for _ in range(WORKERS):
            self._idle.put(self._idle.get() or self._start())

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns; raises StoppedError when it had to be stopped, else what it raised.

        LostChildError says that it may be tried again, though not here once the sandbox is closed.
        """
        for _ in range(WORKERS + 1):  # one more than may have died or been stopped since they were last needed
            with self._child() as child:
                if child.take((function, args, kwargs)):
                    return child.result()  # type: ignore[no-any-return]
        message = "no child took it in hand"
        raise LostChildError(message)

    def aside(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what anybody may ask for at any time: one at a time, so that a child is left for all else.

        Raises LostChildError too where its turn does not come in time.
        """
        if not self._turn.acquire(timeout=self.limits.turn_seconds):
            message = "others were before it"
            raise LostChildError(message)
        try:
            return self.run(function, *args, **kwargs)
        finally:
            self._turn.release()

    @contextmanager
    def _child(self) -> Iterator[_Child]:
        """Lend an idle child, and put it back, or its successor when it is worn out or has ended."""
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
                message = "the bot is being stopped"
                raise LostChildError(message)
            child = _Child(self.limits, self._first)
            self._living.add(child)
            return child

    def _replace(self, child: _Child) -> _Child | None:
        child.end()
        self._living.discard(child)
        with suppress(OSError, LostChildError):  # not now: who needs one later tries again
            return self._start()
        return None

    def close(self) -> None:
        """End the children; a task in hand is lost."""
        with self._lock:
            self._closed = True
            for child in tuple(self._living):  # who waits for one that ends here takes it out
                child.end()

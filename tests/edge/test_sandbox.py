"""Reading where it can be stopped: CPU time, memory and depth run out in a child, and nothing else is held up or lost.

Only what a task did counts against it: a child that was killed, stopped or held up says nothing of what it read.
"""

import gzip
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from mailbot.app import App
from mailbot.building import build
from mailbot.demo.demo_run import write_config
from mailbot.domain.trust.envelope import LostChildError, StoppedError
from mailbot.domain.values.order import Form
from mailbot.edge.sandbox import MEMORY_BYTES, NAME, WORKERS, Sandbox, TaskLimits
from mailbot.edge.system_clock import utc_now
from mailbot.mail.reading.intake import take_in
from mailbot.settings import load
from tests.support.harness import RUT, mail_to_bot
from tests.support.process import free_ports


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A sandbox in which only memory and depth run out."""
    made = Sandbox(TaskLimits(cpu_seconds=60))
    yield made
    made.close()


@pytest.fixture(scope="module")
def hasty() -> Iterator[Sandbox]:
    """A sandbox in which CPU time runs out soon, and patience with who uses none."""
    made = Sandbox(TaskLimits(cpu_seconds=0.5, wall_seconds=PATIENCE, take_seconds=PATIENCE))
    yield made
    made.close()


PATIENCE = 2
"""Seconds; a test's machine may be loaded, so that half a second of CPU time takes longer than that."""


def sleep_for_ever() -> None:
    signal.pause()


def stand_still() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def think() -> int:
    """Use more than half of the hasty sandbox's CPU time."""
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    return 1


def never_end() -> None:
    while True:
        pass


def never_look_up() -> int:
    """Stay in one call of C, in which no handler of a signal is ever run."""
    return int(pow(7, 10**8) > 0)


def eat_memory() -> int:
    return len(bytearray(MEMORY_BYTES * 2))


def eat_memory_bit_by_bit() -> int:
    eaten = []
    while True:
        eaten.append(bytearray(10_000_000))


def answer_with_too_much() -> bytes:
    return bytes(MEMORY_BYTES // 2)


def go_deeper() -> None:
    go_deeper()


def fail() -> None:
    message = "as it says"
    raise ValueError(message)


def wait_to_be_told(fifo: str) -> str:
    return Path(fifo).read_text("utf-8")


def own_limits() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CORE)[0]


def kill_oneself(how: int) -> None:
    os.kill(os.getpid(), how)
    signal.pause()


def children() -> list[multiprocessing.process.BaseProcess]:
    return [child for child in multiprocessing.active_children() if child.name == NAME]


def pids(box: Sandbox) -> set[int]:
    """Return the processes of a sandbox: its children take turns."""
    return {box.run(os.getpid) for _ in range(WORKERS)}


def works(box: Sandbox) -> bool:
    return box.run(len, b"mail") == 4


def test_what_the_function_returns_comes_back(box: Sandbox) -> None:
    raw = mail_to_bot().as_bytes()
    assert box.run(take_in, raw, RUT) == take_in(raw, RUT)


def test_what_the_function_raises_comes_back(box: Sandbox) -> None:
    with pytest.raises(ValueError, match="as it says"):
        box.run(fail)


def test_an_oserror_of_what_is_read_never_passes_for_the_machines_own(box: Sandbox) -> None:
    with pytest.raises(StoppedError, match="BadGzipFile while it was read"):
        box.run(gzip.decompress, b"no gzip at all")


def test_it_runs_in_another_process_with_bounds_of_its_own(box: Sandbox) -> None:
    assert box.run(os.getpid) != os.getpid()
    assert box.run(own_limits) == (MEMORY_BYTES, 0)
    assert own_limits() != (MEMORY_BYTES, 0)


@pytest.mark.parametrize("function", [never_end, never_look_up])
def test_what_takes_too_much_cpu_time_is_stopped_and_the_next_works(hasty: Sandbox, function: object) -> None:
    assert works(hasty)
    with pytest.raises(StoppedError, match=r"more than 0.5 s of CPU time"):
        hasty.run(function)  # type: ignore[arg-type]
    assert works(hasty)


def test_each_task_has_all_the_cpu_time_whatever_its_child_has_read_before(hasty: Sandbox) -> None:
    assert sum(hasty.run(think) for _ in range(2 * WORKERS)) == 2 * WORKERS


@pytest.mark.parametrize("function", [sleep_for_ever, stand_still])
def test_a_child_that_stands_still_is_replaced_and_that_says_nothing_of_its_task(
    hasty: Sandbox, function: object
) -> None:
    before = pids(hasty)
    started = time.monotonic()
    with pytest.raises(LostChildError):
        hasty.run(function)  # type: ignore[arg-type]
    assert time.monotonic() - started < 2 * PATIENCE
    assert len(before & pids(hasty)) == WORKERS - 1


def test_children_that_were_stopped_while_they_had_nothing_to_do_are_replaced_by_the_next_task(hasty: Sandbox) -> None:
    before = pids(hasty)
    for child in before:
        os.kill(child, signal.SIGSTOP)
    assert works(hasty)
    assert not before & pids(hasty)


def test_a_task_too_large_for_a_pipe_does_not_wait_for_ever_for_a_stopped_child(hasty: Sandbox) -> None:
    for child in pids(hasty):
        os.kill(child, signal.SIGSTOP)
    assert hasty.run(len, bytes(20_000_000)) == 20_000_000


@pytest.mark.parametrize("function", [eat_memory, eat_memory_bit_by_bit, answer_with_too_much, go_deeper])
def test_what_takes_too_much_memory_or_depth_is_stopped_and_the_next_works(box: Sandbox, function: object) -> None:
    with pytest.raises(StoppedError, match="memory or depth"):
        box.run(function)  # type: ignore[arg-type]
    assert works(box)


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_what_breaks_its_child_is_stopped_and_the_next_works(box: Sandbox, how: signal.Signals) -> None:
    with pytest.raises(StoppedError, match=f"stopped the bot: its reader ended with {how.name}"):
        box.run(kill_oneself, how)
    assert works(box)


def test_what_ends_its_child_is_stopped_and_the_next_works(box: Sandbox) -> None:
    with pytest.raises(StoppedError, match="exit code 3"):
        box.run(os._exit, 3)
    assert works(box)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_that_somebody_else_ends_says_nothing_of_the_mail_and_the_next_works(
    box: Sandbox, how: signal.Signals
) -> None:
    with pytest.raises(LostChildError):
        box.run(kill_oneself, how)
    assert works(box)


def test_a_bad_mail_does_not_hold_up_the_next(box: Sandbox, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(box.run, wait_to_be_told, str(fifo))
        with fifo.open("w", encoding="utf-8") as pipe:  # opens when the child has opened its end
            assert works(box)
            assert not waiting.done()
            pipe.write("go on")
        assert waiting.result(60) == "go on"


def test_what_is_run_aside_takes_turns_so_that_a_child_is_left_for_all_else(box: Sandbox, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with ThreadPoolExecutor(WORKERS + 1) as threads:
        waiting = threads.submit(box.aside, wait_to_be_told, str(fifo))
        with fifo.open("w", encoding="utf-8") as pipe:  # opens when the child has opened its end
            others = [threads.submit(box.aside, len, b"form") for _ in range(WORKERS)]
            assert works(box)
            assert not any(other.done() for other in others)
            pipe.write("go on")
        assert waiting.result(60) == "go on"
        assert [other.result(60) for other in others] == [4] * WORKERS


def test_who_waits_long_for_a_turn_aside_is_told_to_try_again(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    box = Sandbox(TaskLimits(turn_seconds=0.1))
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(box.aside, wait_to_be_told, str(fifo))
        with fifo.open("w", encoding="utf-8"), pytest.raises(LostChildError, match="others were before it"):
            box.aside(len, b"form")
        assert waiting.result(60) == ""
    box.close()


def test_a_sandbox_whose_children_all_died_comes_back_however_often(box: Sandbox) -> None:
    assert works(box)
    for _ in range(2):
        for child in children():
            child.kill()
            child.join()
        assert works(box)


def test_a_closing_sandbox_ends_what_is_in_hand_and_that_says_nothing_of_the_task(tmp_path: Path) -> None:
    fifos = [tmp_path / str(number) for number in range(WORKERS)]
    box = Sandbox()
    before = pids(box)
    with ThreadPoolExecutor(WORKERS) as threads, ExitStack() as opened:
        waiting = []
        for fifo in fifos:
            os.mkfifo(fifo)
            waiting.append(threads.submit(box.run, wait_to_be_told, str(fifo)))
            opened.enter_context(fifo.open("w", encoding="utf-8"))  # opens when the child has opened its end
        box.close()
        assert [type(task.exception(60)) for task in waiting] == [LostChildError] * WORKERS
    assert not before & {child.pid for child in children()}


def test_nothing_is_left_running_and_nothing_is_run_after_the_end() -> None:
    box = Sandbox()
    mine = box.run(os.getpid)
    box.close()
    assert mine not in {child.pid for child in children()}
    with pytest.raises(LostChildError):
        box.run(len, b"mail")


def test_a_sandbox_that_was_never_used_ends_as_well() -> None:
    Sandbox().close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A bot as it is put together to serve, which does not."""
    smtp, relay, web = free_ports(3)
    settings = load(write_config(tmp_path / "config", {"smtp": smtp, "relay": relay, "web": web}, {}))
    made = App(settings, build(settings, utc_now()))
    yield made
    made.sandbox.close()
    made.deliverer.close()
    made.bot.database.close()


@pytest.mark.parametrize(
    "read",
    [
        lambda app: app.processor.read(b"", "", b""),
        lambda app: app.readers.read_back(Form(), {}, "sv"),
        lambda app: app.readers.read_again(""),
    ],
    ids=["a mail", "a form", "a finished mail"],
)
def test_a_bot_that_serves_reads_what_strangers_wrote_in_its_children_alone(
    app: App, read: Callable[[App], object]
) -> None:
    app.sandbox.close()
    with pytest.raises(LostChildError):
        read(app)

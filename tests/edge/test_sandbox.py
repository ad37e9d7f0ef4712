"""Reading where it can be stopped: time, memory and depth run out in a child, and nothing else is held up or lost."""

import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mailbot.domain.envelope import StoppedError
from mailbot.edge.sandbox import MEMORY_BYTES, LostChildError, Sandbox
from mailbot.mail.intake import take_in
from tests.support.house import RUT, letter

WORKERS = "pebble_pool_worker"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A sandbox in which only memory and depth run out."""
    made = Sandbox(seconds=60)
    yield made
    made.close()


@pytest.fixture(scope="module")
def hasty() -> Iterator[Sandbox]:
    """A sandbox in which time runs out soon."""
    made = Sandbox(seconds=0.5)
    yield made
    made.close()


def sleep_for_ever() -> None:
    signal.pause()


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
    return [child for child in multiprocessing.active_children() if child.name == WORKERS]


def works(box: Sandbox) -> bool:
    return box.run(len, b"mail") == 4


def test_what_the_function_returns_comes_back(box: Sandbox) -> None:
    raw = letter().as_bytes()
    assert box.run(take_in, raw, RUT) == take_in(raw, RUT)


def test_what_the_function_raises_comes_back(box: Sandbox) -> None:
    with pytest.raises(ValueError, match="as it says"):
        box.run(fail)


def test_it_runs_in_another_process_with_bounds_of_its_own(box: Sandbox) -> None:
    assert box.run(os.getpid) != os.getpid()
    assert box.run(own_limits) == (MEMORY_BYTES, 0)
    assert own_limits() != (MEMORY_BYTES, 0)


@pytest.mark.parametrize("function", [sleep_for_ever, never_look_up])
def test_what_takes_too_long_is_stopped_in_time_and_the_next_works(hasty: Sandbox, function: object) -> None:
    assert works(hasty)
    started = time.monotonic()
    with pytest.raises(StoppedError, match=r"more than 0.5 s"):
        hasty.run(function)  # type: ignore[arg-type]
    assert time.monotonic() - started < 3
    assert works(hasty)


@pytest.mark.parametrize("function", [eat_memory, eat_memory_bit_by_bit, answer_with_too_much, go_deeper])
def test_what_takes_too_much_memory_or_depth_is_stopped_and_the_next_works(box: Sandbox, function: object) -> None:
    with pytest.raises(StoppedError, match="memory or depth"):
        box.run(function)  # type: ignore[arg-type]
    assert works(box)


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_what_breaks_its_child_is_stopped_and_the_next_works(box: Sandbox, how: signal.Signals) -> None:
    with pytest.raises(StoppedError, match="memory or depth"):
        box.run(kill_oneself, how)
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


def test_a_pool_whose_children_all_died_comes_back_however_often(box: Sandbox) -> None:
    assert works(box)
    for _ in range(2):
        for child in children():
            child.kill()
            child.join()
        try:
            assert works(box)
        except LostChildError:  # it was just being noticed: the mail is tried again later
            assert works(box)


def test_nothing_is_left_running_and_nothing_is_run_after_the_end() -> None:
    box = Sandbox()
    mine = box.run(os.getpid)
    box.close()
    assert mine not in {child.pid for child in children()}
    with pytest.raises(RuntimeError):
        box.run(len, b"mail")


def test_a_sandbox_that_was_never_used_ends_as_well() -> None:
    Sandbox().close()

"""What takes long is done seldom, and what takes no time as often as it is asked for."""

from dataclasses import dataclass

import pytest

from mailbot.edge.web.throttle import Throttled


@dataclass
class Work:
    """Counts how often it is done, each time taking so many seconds of its own time."""

    takes: float
    time: float = 0.0
    done: int = 0

    def __call__(self) -> int:
        self.time += self.takes
        self.done += 1
        return self.done


@pytest.mark.parametrize("takes", [0.06, 0.3, 5.0])
def test_a_hundredth_of_the_time_is_all_that_it_takes(takes: float) -> None:
    work = Work(takes)
    seldom = Throttled(work, lambda: work.time)
    for _ in range(2000):
        seldom.value()
        work.time += takes
    assert 0.008 < work.done * takes / work.time <= 0.011


@pytest.mark.parametrize("takes", [0, 0.01])
def test_what_is_cheap_is_never_old(takes: float) -> None:
    work = Work(takes)
    seldom = Throttled(work, lambda: work.time)
    assert [seldom.value() for _ in range(3)] == [1, 2, 3]


def test_a_value_that_cannot_be_found_is_looked_for_again() -> None:
    answers = iter([None, 7])

    def find() -> int:
        if (answer := next(answers)) is None:
            raise LookupError
        return answer

    seldom = Throttled(find, lambda: 0.0)
    with pytest.raises(LookupError):
        seldom.value()
    assert seldom.value() == 7

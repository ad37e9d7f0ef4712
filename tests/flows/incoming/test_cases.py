"""Each of the sample mails becomes what is said of it; of the orders that were asked back needlessly nearly all do.

The table of all of them: `python -m tests.flows.incoming.cases`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.flows.incoming.cases import CASES, Case, World, cases, world

TO_BE_READ = 15
"""Of the orders with one reading that were asked back needlessly, so many at least are read."""

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"the sample cases are not at {CASES}")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("cases")) as made:
        yield made


@pytest.mark.parametrize("case", [*cases("failing"), *cases("right"), *cases("ordinary")], ids=lambda case: case.name)
def test_a_sample_mail_becomes_what_is_said_of_it(bot: World, case: Case) -> None:
    wrong = bot.meets(case)
    assert not wrong, wrong


def test_an_order_with_one_reading_is_read_and_what_is_not_is_asked_back(bot: World) -> None:
    unread = {case.name: wrong for case in cases("asked_too_much") if (wrong := bot.meets(case))}
    assert len(cases("asked_too_much")) - len(unread) >= TO_BE_READ, "\n".join(unread.values())
    taken = {case.name for case in cases("asked_too_much") if case.name in unread and bot.meets(_asked(case))}
    assert not taken, "\n".join(unread[name] for name in taken)


def test_there_are_samples_of_each_folder() -> None:
    count = Counter(
        case.folder for folder in ("failing", "right", "ordinary", "asked_too_much") for case in cases(folder)
    )
    assert min(count.values()) >= TO_BE_READ
    assert len(count) == 4


def _asked(case: Case) -> Case:
    """Return the case as one that must be asked back."""
    return replace(case, said={**case.said, "expect": {"asked": True}})

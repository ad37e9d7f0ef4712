"""An order mail is read as the order that it is, or asked back, never as another order; its oracle is a writer.

2 000 examples a run and some of a fresh seed; `MAILBOT_EXAMPLES=50000` makes a longer one. The table:
`python -m tests.mail.reading.order_changes`.
"""

import os
import secrets

import pytest

from tests.mail.reading.order_changes import CHANGES, Tally, measure
from tests.mail.reading.order_writer import SENTENCES

EXAMPLES = int(os.environ.get("MAILBOT_EXAMPLES", "2000"))
FRESH = secrets.token_hex(4)
FRESH_EXAMPLES = EXAMPLES // 10
TO_BE_READ = 0.98
SHOWN = 20


@pytest.fixture(scope="module")
def tally() -> Tally:
    made = measure("fixed", EXAMPLES)
    return measure(FRESH, FRESH_EXAMPLES, made)


def test_no_order_is_read_as_another(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{EXAMPLES} examples of seed fixed, {FRESH_EXAMPLES} of seed {FRESH}", *tally.table(), sep="\n")  # noqa: T201
    assert not tally.wrong, "\n\n".join([f"{len(tally.wrong)} are wrong", *tally.wrong[:SHOWN]])


def test_what_nobody_changed_is_read(tally: Tally) -> None:
    assert tally.share_read >= TO_BE_READ


def test_every_shape_and_every_change_is_among_the_examples(tally: Tally) -> None:
    assert set(CHANGES) <= set(tally.changes)
    assert {f"free: {shape}" for shape in SENTENCES} <= set(tally.shapes)

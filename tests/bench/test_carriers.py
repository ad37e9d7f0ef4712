"""On top of real mails an order is read as often as it ever was, and never as another order."""

import pytest

from tests.bench.carriers import CORPUS, SHAPES, measure, table

AT_LEAST = {
    "short lines, NBSP": 0.988,
    "; rows, :-, x and bullets": 0.784,
    "Word table, a cell a line in text": 0.988,
    "U+00A0 and U+202F in amounts": 0.988,
    "lines of 85 letters, wrapped": 0.9,
}
"""The share that is read of each shape: what was read before the lines of a program that wraps them were joined, and
nine in ten of those."""
CARRIERS = 165

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the sample mails are not at {CORPUS}")


def test_orders_on_top_of_real_mails_are_read_as_often_as_ever_and_never_as_another() -> None:
    counts = measure()
    assert set(counts) == {shape.name for shape in SHAPES} == set(AT_LEAST)
    assert all(found.total() >= CARRIERS for found in counts.values())
    shares = {name: found["read"] / found.total() for name, found in counts.items()}
    assert all(shares[name] >= least for name, least in AT_LEAST.items()), "\n".join(table(counts))
    assert not any(found["wrong"] for found in counts.values()), "\n".join(table(counts))

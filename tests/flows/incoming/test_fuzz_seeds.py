"""The seeds of the fuzz target, and what is made of each by cutting it anywhere: a short replay at every run."""

import pytest

from tests.flows.incoming.fuzz_intake import SEEDS, check, seeds


@pytest.mark.parametrize("seed", seeds(), ids=[f"{n // 4}-{n % 4}" for n in range(len(seeds()))])
def test_every_seed_is_read_as_it_must_be(seed: bytes) -> None:
    check(seed)


@pytest.mark.parametrize("seed", SEEDS, ids=range(len(SEEDS)))
def test_every_seed_cut_anywhere_is_read_as_it_must_be(seed: bytes) -> None:
    for at in range(0, len(seed), 3):
        check(b"\x00" + seed[:at])
        check(b"\x00" + seed[at:])
        check(b"\x00" + seed[:at] + seed[at + 1 :])

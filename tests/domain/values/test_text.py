"""Texts that are compared: what a mask of the settings fits (found F5)."""

import time

import pytest

from mailbot.domain.values.text import fits


@pytest.mark.parametrize(
    ("text", "mask", "whole"),
    [
        ("anything", "", True),
        ("310-2201", "###-####", True),
        ("310-22015", "###-####", False),
        ("a310-2201", "###-####", False),
        ("Kst 310, projekt 2201", "*###*", True),
        ("12 34 56", "*###*", False),
        ("ab12", "@@##", True),
        ("Åb12", "@@##", True),
        ("1b12", "@@##", False),
        ("K 310 / P 22", "k ### / p ##*", True),
        ("a.b", "a.b", True),
        ("axb", "a.b", False),
        ("1-2-3", "*-*-*", True),
        ("1-2", "*-*-*", False),
        ("", "*###*", False),
    ],
)
def test_a_mask_fits_the_whole_text(text: str, mask: str, whole: bool) -> None:
    assert fits(text, mask) is whole


def test_a_mask_takes_time_in_proportion_to_the_text() -> None:
    began = time.perf_counter()
    assert not fits("1" * 20_000 + "x", "*#*#*#*#*#*#*#*#*#y")
    assert time.perf_counter() - began < 1

"""How many random examples a property is tried on: few in every run, all of them where MAILBOT_EXAMPLES is set."""

import os

from hypothesis import settings

LONG = "MAILBOT_EXAMPLES" in os.environ
FEW = 5
"""The part of the examples that every run tries: one in so many. Properties without a number of their own have 100."""


def examples(most: int) -> settings:
    """Return the settings of a property that is tried on so many examples in a long run."""
    return settings(max_examples=most if LONG else most // FEW, deadline=None)

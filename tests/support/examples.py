"""How many random examples a property is tried on: a fifth of its own number, or MAILBOT_EXAMPLES where that is set.

It never has more than its own number. Properties that state none have 100.
"""

import os

from hypothesis import HealthCheck, settings

ASKED = os.environ.get("MAILBOT_EXAMPLES")
LONG = int(ASKED or 0) >= 2_000
"""Whether this is a long run, which also tries all of what an ordinary run takes a part of."""
FEW = 5
"""The part of the examples that a run tries where nothing is asked for: one in so many."""
BUSY = [HealthCheck.too_slow]
"""What says nothing of a property: other processes may have the machine."""


def examples(most: int) -> settings:
    """Return the settings of a property that is tried on so many examples in a long run."""
    number = min(most, int(ASKED)) if ASKED else most // FEW
    return settings(max_examples=number, deadline=None, suppress_health_check=BUSY)


def bound_all() -> None:
    """Have MAILBOT_EXAMPLES count for the properties that state no number, too."""
    if ASKED:
        settings.register_profile("asked", max_examples=min(100, int(ASKED)))
        settings.load_profile("asked")

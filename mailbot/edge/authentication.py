"""Finds who vouches for a mail: a reading child reads its bytes, and here DNS is asked for the names that it needs."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from mailbot.domain.trust.senders import Doubt, Unknown, Vouched
from mailbot.mail.reading.authenticity import Trusted, Wanted, examine

MAX_NAMES = 8
"""How many names one mail may have looked up. At most two policies and three keys are needed."""


def authenticator(
    run: Callable[..., Any], trusted: Trusted, lookup: Callable[[str], Sequence[str] | Unknown]
) -> Callable[[bytes, datetime], Vouched | Doubt]:
    """Return the function that tells who vouches for a mail that came in at a moment (UTC).

    `run` calls a function in a process that can be stopped, and raises what `Sandbox.run` raises.
    """

    def vouch(raw: bytes, received: datetime) -> Vouched | Doubt:
        answers: dict[str, Sequence[str] | Unknown] = {}
        while True:
            found: Vouched | Doubt | Wanted = run(examine, raw, received, trusted, answers)
            if not isinstance(found, Wanted):
                return found
            if len(answers) + len(found.names) > MAX_NAMES:
                return Doubt.NOT_PROVEN
            answers |= {name: lookup(name) for name in found.names}

    return vouch

"""Who vouches for a mail: its bytes are read where they cannot hurt, and DNS is asked here for what that needs."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from mailbot.domain.trust.senders import Doubt, Unknown, Vouched
from mailbot.mail.reading.authenticity import Trusted, Wanted, examine

MAX_NAMES = 8
"""The most that one mail may have looked up: two policies and three keys are needed, and no mail has use for more."""


def authenticator(
    run: Callable[..., Any], trusted: Trusted, lookup: Callable[[str], Sequence[str] | Unknown]
) -> Callable[[bytes, datetime], Vouched | Doubt]:
    """Return the function that tells who vouches for a mail that came in at a moment (UTC).

    `run` calls a function with its arguments where it can be stopped, and raises what a Sandbox does.
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

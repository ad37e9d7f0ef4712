"""The bot is stopped or killed in the middle: nothing is lost, and nothing happens twice."""

import signal
from pathlib import Path

import pytest

from tests.journeys.people import asked, order
from tests.support.process import CALM, DUSTIN, EVA, RUT, serving


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_an_end_right_after_acceptance_and_one_right_after_approval_lose_and_double_nothing(
    tmp_path: Path, how: signal.Signals
) -> None:
    with serving(tmp_path, {**CALM, "undo_window": "2 seconds"}) as bot:
        bot.hand_in(order(reference="REF-ENDED"), then=bot.stop if how is signal.SIGTERM else bot.kill)
        bot.start()
        waiting = asked(bot, "REF-ENDED")

        waiting.page().press("approve")
        bot.restart(how)

        bot.wait(DUSTIN, waiting.number)
        bot.all(RUT, waiting.number, count=2)  # the receipt, and that it has left
        assert len(bot.sent(RUT)) == 2
        assert len(bot.sent(DUSTIN)) == 1
        assert len(bot.sent(EVA, "choice=approve")) == 1
        assert len(bot.sent(EVA, "/not-me/")) == 1

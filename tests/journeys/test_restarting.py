"""The bot is stopped or killed in the middle: nothing is lost, and nothing happens twice."""

import signal
from pathlib import Path

import pytest

from tests.journeys.people import Watched, asked, order
from tests.support.process import CALM, DUSTIN, EVA, RUT, serving

END = pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])


@END
def test_an_order_accepted_just_before_the_end_is_asked_about_after_it(tmp_path: Path, how: signal.Signals) -> None:
    with serving(tmp_path) as bot:
        bot.hand_in(order(reference="REF-ACCEPTED"), then=bot.stop if how is signal.SIGTERM else bot.kill)
        bot.start()

        waiting = asked(bot, "REF-ACCEPTED")

        assert len(bot.sent(RUT, "REF-ACCEPTED")) == 1
        assert len(bot.sent(EVA, waiting.number)) == 1


@END
def test_a_restart_before_the_request_and_before_leaving_loses_and_doubles_nothing(
    tmp_path: Path, how: signal.Signals
) -> None:
    with serving(tmp_path, {**CALM, "undo_window": "2 seconds"}) as bot:
        watched = Watched(bot.relay)
        bot.relay.busy = True
        bot.hand_in(order(reference="REF-BETWEEN"))
        watched.wait(EVA, 1)
        bot.restart(how)
        bot.relay.busy = False
        waiting = asked(bot, "REF-BETWEEN")

        waiting.page().press("approve")
        bot.restart(how)

        bot.wait(DUSTIN, waiting.number)
        bot.all(RUT, waiting.number, count=2)  # told that it has left, after it has
        assert len(bot.sent(DUSTIN)) == 1
        assert len(bot.sent(EVA, waiting.number, "choice=approve")) == 1
        assert len(bot.sent(EVA, waiting.number, "/not-me/")) == 1

"""The bot is stopped or killed in the middle: nothing is lost, and nothing happens twice."""

import os
import signal
from pathlib import Path

import pytest

from tests.journeys.people import asked, order
from tests.support.dovecot import until
from tests.support.process import CALM, DUSTIN, EVA, RUT, serving


@pytest.mark.parametrize(
    "how", [pytest.param(signal.SIGTERM, marks=pytest.mark.long), signal.SIGKILL], ids=["SIGTERM", "SIGKILL"]
)
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


def test_a_mail_that_is_in_hand_at_every_kill_becomes_an_order_all_the_same(tmp_path: Path) -> None:
    with serving(tmp_path) as bot:
        for kill in range(4):  # one more than the tries after which a mail is parked
            readers = bot.readers()
            for reader in readers:
                os.kill(reader, signal.SIGSTOP)
            if kill == 0:
                bot.hand_in(order(reference="REF-KILLED"))
            until(lambda: bot.ask("SELECT 1 FROM inbox WHERE next_at > received_at"), "the mail is in hand")
            os.kill(bot.pid, signal.SIGKILL)
            for reader in readers:
                os.kill(reader, signal.SIGCONT)  # it finds its parent gone, and ends
            bot.kill()
            bot.ask("UPDATE inbox SET next_at = received_at")  # instead of waiting for the lease to run out
            bot.start()
        bot.wait(RUT, "REF-KILLED")
        assert bot.health()["mails"] == {"order": 1}

"""The relay says 451, or is not there at all: mails wait and are tried again until it takes them."""

from pathlib import Path

from tests.journeys.people import Watched, asked, order
from tests.support.process import DUSTIN, EVA, RUT, at_relay, free_ports, serving
from tests.support.relay import Relay, relay


def test_a_relay_that_says_451_first_gets_each_mail_once_when_it_takes_mail_again(tmp_path: Path) -> None:
    with serving(tmp_path) as bot:
        watched = Watched(bot.relay)
        bot.relay.busy = True
        bot.hand_in(order(reference="REF-451"))
        watched.wait(RUT, 2)  # and Eva's mail was tried once in between
        assert not bot.relay.mails()
        bot.relay.busy = False

        waiting = asked(bot, "REF-451")
        waiting.page().press("approve")

        assert bot.wait(DUSTIN, waiting.number)
        assert len(bot.relay.mails(EVA, "choice=approve")) == 1
        assert len(bot.relay.mails(DUSTIN)) == 1


def test_mails_wait_for_a_relay_that_is_gone_and_leave_once_it_is_back(tmp_path: Path) -> None:
    [port] = free_ports(1)
    with at_relay(tmp_path, Relay(port=port)) as bot:
        bot.hand_in(order(reference="REF-GONE"))
        bot.words.wait("relay_gone")

        with relay(port) as bot.relay:
            waiting = asked(bot, "REF-GONE")
            waiting.page().press("approve")
            assert bot.wait(DUSTIN, waiting.number)
            bot.all(RUT, waiting.number, count=2)
            assert len(bot.relay.mails(DUSTIN)) == 1

        # Gone again with nothing to send: the bot stops as cleanly.

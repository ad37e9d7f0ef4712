"""SIGTERM and Ctrl-C end the bot cleanly and soon, whoever is connected and whatever is in hand.

`bot.stop()`, with which each block ends, fails when the process has not ended cleanly within ten seconds.
"""

import http.client
import os
import signal
import smtplib
import socket
from email.policy import SMTP
from pathlib import Path

from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.system_clock import utc_now
from mailbot.store import inbox
from mailbot.store.database import Database
from tests.journeys.people import order
from tests.support.process import BOT, EVA, PATIENCE_SECONDS, RUT, serving


def test_a_stop_does_not_wait_for_clients_who_say_nothing_more(tmp_path: Path) -> None:
    with serving(tmp_path) as bot:
        web = int(bot.base_url.rpartition(":")[2])
        mute = smtplib.SMTP("127.0.0.1", bot.smtp_port, timeout=30)
        mute.ehlo()
        kept = http.client.HTTPConnection("127.0.0.1", web, timeout=30)
        kept.request("GET", "/healthz")
        kept.getresponse().read()
        half = socket.create_connection(("127.0.0.1", web))
        half.sendall(b"POST /decide/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\naction=")
        try:
            code, said = bot.end(signal.SIGTERM)
            assert code == 0, said
            bot.start()
        finally:
            mute.close()
            kept.close()
            half.close()


def test_a_stop_does_not_wait_for_a_relay_that_says_nothing_after_the_dot(tmp_path: Path) -> None:
    """The mail in flight is left as an unclean stop leaves it: it leaves once more, and has the same Message-ID."""
    with serving(tmp_path) as bot:
        bot.relay.answers.clear()
        bot.hand_in(order(reference="REF-SILENT"))
        with bot.relay.arrived:
            assert bot.relay.arrived.wait_for(lambda: bot.relay.tried, PATIENCE_SECONDS)
        bot.stop()
        bot.relay.answers.set()
        bot.start()
        bot.wait(EVA, "REF-SILENT")
        bot.wait(RUT, "REF-SILENT")
        assert len(bot.sent(RUT)) == 1


def test_a_stop_does_not_wait_for_a_backlog(tmp_path: Path) -> None:
    with serving(tmp_path) as bot:
        raw = [order(reference=f"REF-{n}").as_bytes(policy=SMTP) for n in range(400)]
        database = Database(f"sqlite:///{bot.config}/mailbot.db")
        with database.write() as connection:
            inbox.add(connection, [RawMail(one, RUT, (BOT,), "127.0.0.1", "smtp", utc_now()) for one in raw])
        database.close()
        bot.wait(RUT, "REF-0")
        code, said = bot.end(signal.SIGTERM)
        assert (code, "job_left_in_hand" in said, "mail_held_up" in said) == (0, False, False)
        assert bot.ask("SELECT count(*) FROM inbox WHERE state = 'new'") > [(0,)]
        bot.start()


def test_a_stop_does_not_wait_for_readers_that_stand_still_and_leaves_none_behind(tmp_path: Path) -> None:
    with serving(tmp_path) as bot:
        readers = bot.readers()
        for reader in readers:
            os.kill(reader, signal.SIGSTOP)
        bot.hand_in(order(reference="REF-STILL"))
    assert readers
    assert not [reader for reader in readers if Path(f"/proc/{reader}").exists()]

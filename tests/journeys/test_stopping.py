"""SIGTERM and Ctrl-C end the bot cleanly and soon, whoever is connected."""

import http.client
import signal
import smtplib
import socket
from pathlib import Path

from tests.support.process import serving


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

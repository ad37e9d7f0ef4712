"""aiosmtpd's published holes, played against the door with the bot behind it (docs/rules/limits.md#advisories)."""

import pytest

from tests.edge.smtp.smtp_client import RawClient
from tests.flows.incoming.mails import mail
from tests.flows.incoming.test_checklist_doors import open_door
from tests.support.harness import BOT, EVA, RUT, Harness

HIDDEN = b"MAIL FROM:<eva.ek@example.se>\r\nRCPT TO:<" + BOT.encode() + b">\r\nDATA\r\n"


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\n.\r", b"\r\n\x00.\r\n"], ids=repr
)
def test_aiosmtpd_cve_2024_27305_commands_hidden_in_a_mail_are_its_text_and_send_no_second_one(
    home: Harness, end: bytes
) -> None:
    """Other ends of a mail than CR LF dot CR LF were taken for one, so that a mail could hold a second in any name."""
    with open_door(home) as port, RawClient(port) as client:
        client.say("EHLO client.test")
        client.say(f"MAIL FROM:<{RUT}>")
        client.say(f"RCPT TO:<{BOT}>")
        assert client.say("DATA").startswith("354")
        client.send(mail(body="Hej") + end + HIDDEN + mail(sender=f"From: {EVA}") + b"\r\n.\r\n")
        assert client.reply().startswith("250")
        client.say("QUIT")
    home.settle()
    assert sum(home.sums().values()) == 1
    assert home.count(EVA) == 0


def test_aiosmtpd_cve_2024_34083_commands_sent_along_with_starttls_gain_nothing(home: Harness) -> None:
    """What came in the clear behind STARTTLS was carried out as if it had come over TLS: here is no TLS at all."""
    with open_door(home) as port, RawClient(port) as client:
        assert "STARTTLS" not in client.say("EHLO client.test")
        client.send(b"STARTTLS\r\nMAIL FROM:<eva.ek@example.se>\r\nRSET\r\n")
        assert client.reply().startswith("500")
        assert client.reply().startswith("250")
        assert client.reply().startswith("250")
        client.say("QUIT")
    home.settle()
    assert home.sums() == {}

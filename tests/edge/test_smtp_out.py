"""The door out against relays that answer as relays do: what is said of one mail, and what of the relay itself."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest

from mailbot.edge.smtp_out import Relay, SmtpOut
from mailbot.flows.clock.deliver import Fate, RelayReply
from tests.support.relay import Relay as Sink
from tests.support.relay import relay

BOT, RUT, EVA = "order@inkop.example.se", "rut.rask@example.se", "eva.ek@example.se"
MAIL = b"From: order@inkop.example.se\r\nTo: rut.rask@example.se\r\nSubject: x\r\n\r\nHej!\r\n.\r\n..punkter\r\n"
SECRET = "hemligt-losenord"
HANG_UP = ""
POLITE = {
    "greeting": "220 relay.test",
    "EHLO": "250-relay.test\r\n250 SIZE 10000000",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 stored",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}
ROOT = Path(__file__).parents[2]
KEY_AND_CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgC+SmTyyLIcNErOyH
+DTN8BcdgT0t2DShM9EFhJLkUZihRANCAATtG4IBiyKGHNVK30RmoL5Cl+FjQnKp
65F2bOeGGKFSdD5KvpI0mUUW4jSbcwgkddPO/l99/QPvHhjYlzYkyPB4
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBazCCARCgAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDApyZWxheS50
ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAVMRMwEQYDVQQD
DApyZWxheS50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7RuCAYsihhzV
St9EZqC+QpfhY0JyqeuRdmznhhihUnQ+Sr6SNJlFFuI0m3MIJHXTzv5fff0D7x4Y
2Jc2JMjweKNPME0wGwYDVR0RBBQwEoIKcmVsYXkudGVzdIcEfwAAATAPBgNVHRMB
Af8EBTADAQH/MB0GA1UdDgQWBBRs5ULMsssXx/ldgTFsxp7QMlInRTAKBggqhkjO
PQQDAgNJADBGAiEAyI1u6uAi/ZWPqkcKYloeG5+qPkC2mJuv8XOdhnuP9NMCIQCc
LmDWLBnmsHemOVNh3XJlpOHO+GLcYWDWJobpVOJAwg==
-----END CERTIFICATE-----
"""
"""For relay.test and 127.0.0.1, signed by itself, valid until 2120; made for these tests and good for nothing else."""


@dataclass
class Script:
    """A relay that answers each command as it is told, and notes what it was sent."""

    replies: Mapping[str, str]
    tls: ssl.SSLContext | None = None
    from_the_start: bool = False
    heard: list[str] = field(default_factory=list)
    connections: int = 0

    def serve(self, listening: socket.socket) -> None:
        """Serve one connection after another until the socket is closed."""
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                self.connections += 1
                with suppress(OSError), closing(connection):
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        if self.tls and self.from_the_start:
            connection = self.tls.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rwb", buffering=0) as file:
            if not self._say(file.write, "greeting"):
                return
            while line := file.readline():
                verb = line[:4].decode().upper().strip()
                self.heard.append(verb + line[4:].decode().rstrip())
                if not self._say(file.write, verb):
                    return
                if verb == "STAR" and self.tls:
                    self._talk_again(connection)
                    return
                if verb == "DATA" and self.replies["DATA"].startswith("354"):
                    while (text := file.readline()) != b".\r\n":
                        if not text:
                            return
                        self.heard.append(text.decode().rstrip())
                    if not self._say(file.write, "."):
                        return

    def _talk_again(self, connection: socket.socket) -> None:
        assert self.tls
        inner = Script({**self.replies, "greeting": "-", "EHLO": POLITE["EHLO"]}, heard=self.heard)
        with self.tls.wrap_socket(connection, server_side=True) as safe:
            inner._talk(safe)

    def _say(self, write: Callable[[bytes], object], what: str) -> bool:
        reply = self.replies.get(what, "502 what?")
        if reply == HANG_UP:
            return False
        if reply != "-":
            write(reply.encode() + b"\r\n")
        return True


@contextmanager
def scripted(script: Script) -> Iterator[int]:
    """Run a scripted relay while the block lasts; give its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        thread = Thread(target=script.serve, args=(listening,))
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def send(script: Script, **relay_settings: str) -> RelayReply:
    """Send one mail through a scripted relay."""
    with scripted(script) as port:
        tls = relay_settings.pop("tls", "none")
        out = SmtpOut(Relay("127.0.0.1", port, tls, **relay_settings))  # type: ignore[arg-type]
        answer = out.send(BOT, RUT, MAIL)
        out.close()
    return answer


@pytest.fixture
def sink() -> Iterator[Sink]:
    with relay() as made:
        yield made


@pytest.fixture
def out(sink: Sink) -> Iterator[SmtpOut]:
    made = SmtpOut(Relay("127.0.0.1", sink.port, "none"))
    yield made
    made.close()


class TestARealRelay:
    def test_takes_a_mail_byte_for_byte(self, sink: Sink, out: SmtpOut) -> None:
        assert out.send(BOT, RUT, MAIL) == RelayReply(Fate.SENT)
        assert sink.raw == [(RUT, MAIL)]

    def test_that_is_busy_gets_the_mail_later(self, sink: Sink, out: SmtpOut) -> None:
        sink.busy = True
        answer = out.send(BOT, RUT, MAIL)
        assert answer.fate is Fate.LATER
        assert answer.reason.startswith("451")
        sink.busy = False
        assert out.send(BOT, RUT, MAIL).fate is Fate.SENT
        assert len(sink.raw) == 1

    def test_that_refuses_an_address_refuses_that_mail_and_takes_the_next(self, sink: Sink, out: SmtpOut) -> None:
        sink.refused.add(EVA)
        answer = out.send(BOT, EVA, MAIL)
        assert answer.fate is Fate.REFUSED
        assert answer.reason.startswith("550")
        assert out.send(BOT, RUT, MAIL).fate is Fate.SENT
        assert [address for address, _ in sink.raw] == [RUT]

    def test_that_is_not_there_is_gone(self) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            port = taken.getsockname()[1]
        answer = SmtpOut(Relay("127.0.0.1", port, "none")).send(BOT, RUT, MAIL)
        assert answer.fate is Fate.RELAY_GONE
        assert "ConnectionRefusedError" in answer.reason

    def test_whose_name_is_unknown_is_gone(self) -> None:
        answer = SmtpOut(Relay("relay.invalid", 25, "none")).send(BOT, RUT, MAIL)
        assert answer.fate is Fate.RELAY_GONE

    def test_without_starttls_gets_nothing_where_that_is_demanded(self, sink: Sink) -> None:
        answer = SmtpOut(Relay("127.0.0.1", sink.port, "starttls")).send(BOT, RUT, MAIL)
        assert answer.fate is Fate.RELAY_GONE
        assert sink.raw == []

    def test_without_a_login_gets_nothing_where_one_is_configured(self, sink: Sink) -> None:
        out = SmtpOut(Relay("127.0.0.1", sink.port, "none", "mailbot", SECRET))
        answer = out.send(BOT, RUT, MAIL)
        assert answer.fate is Fate.RELAY_GONE
        assert SECRET not in answer.reason
        assert sink.raw == []


class TestWhatIsSaidOfTheMail:
    @pytest.mark.parametrize(
        ("command", "reply", "fate"),
        [
            ("RCPT", "550 5.1.1 no such mailbox", Fate.REFUSED),
            ("RCPT", "450 4.2.1 greylisted", Fate.LATER),
            ("RCPT", "452 4.2.2 mailbox full", Fate.LATER),
            ("DATA", "554 5.7.1 no", Fate.REFUSED),
            ("DATA", "451 4.3.0 later", Fate.LATER),
            (".", "554 5.7.1 looks like spam", Fate.REFUSED),
            (".", "552 5.3.4 too large", Fate.REFUSED),
            (".", "451 4.3.0 later", Fate.LATER),
            (".", "452 4.3.1 disk full", Fate.LATER),
            ("MAIL", "552 5.3.4 too large", Fate.REFUSED),
            ("MAIL", "451 4.3.0 later", Fate.LATER),
        ],
    )
    def test_5xx_is_for_good_and_4xx_for_now(self, command: str, reply: str, fate: Fate) -> None:
        assert send(Script({**POLITE, command: reply})) == RelayReply(fate, reply)

    def test_a_long_reason_is_cut(self) -> None:
        assert len(send(Script({**POLITE, ".": "554 " + "no " * 150})).reason) <= 300


class TestWhatIsSaidOfTheRelayItself:
    """Own trouble is put off and never a refusal (docs/rules/promises.md#p6): no order goes astray for a wrong
    password."""

    @pytest.mark.parametrize(
        ("command", "reply"),
        [
            ("greeting", "554 5.7.1 you are blocked"),
            ("greeting", "421 4.3.2 shutting down"),
            ("greeting", "550 go away"),
            ("greeting", HANG_UP),
            ("EHLO", "550 not you"),
            ("EHLO", HANG_UP),
            ("MAIL", HANG_UP),
            ("RCPT", HANG_UP),
            ("DATA", HANG_UP),
            (".", HANG_UP),
        ],
    )
    def test_a_refused_greeting_or_a_lost_connection_is_a_relay_that_is_gone(self, command: str, reply: str) -> None:
        script = Script({**POLITE, "HELO": "550 not you", command: reply})
        assert send(script).fate is Fate.RELAY_GONE

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "."])
    @pytest.mark.parametrize("reply", ["550 " + "no " * 3000, "what?", "\xff\x00", "5x0 no", "299 perhaps"])
    def test_rubbish_or_a_line_without_end_refuses_no_mail(self, command: str, reply: str) -> None:
        assert send(Script({**POLITE, command: reply})).fate in {Fate.RELAY_GONE, Fate.LATER}

    @pytest.mark.parametrize("reply", [HANG_UP, "550 " + "no " * 3000, "what?", "299 perhaps"])
    def test_what_is_lost_behind_the_final_dot_may_have_been_taken_and_nothing_else(self, reply: str) -> None:
        assert send(Script({**POLITE, ".": reply})).maybe_taken
        for command in ("greeting", "EHLO", "MAIL", "RCPT", "DATA"):
            assert not send(Script({**POLITE, "HELO": "550 not you", command: reply})).maybe_taken
        for clear in ("250 stored", "421 later", "451 later", "554 no"):
            assert not send(Script({**POLITE, ".": clear})).maybe_taken

    @pytest.mark.parametrize("reply", ["535 5.7.8 wrong password", "454 4.7.0 later", "530 5.7.0 not so", HANG_UP])
    def test_a_refused_login_is_a_relay_that_is_gone(self, reply: str) -> None:
        script = Script({**POLITE, "EHLO": "250-relay.test\r\n250 AUTH PLAIN", "AUTH": reply})
        answer = send(script, username="mailbot", password=SECRET)
        assert answer.fate is Fate.RELAY_GONE
        assert SECRET not in answer.reason
        assert not [line for line in script.heard if line.startswith("MAIL")]

    @pytest.mark.parametrize("reply", ["530 5.7.0 log in first", "550 5.7.1 not your sender", "553 5.1.8 unknown"])
    def test_a_refusal_of_the_bot_as_sender_is_put_off(self, reply: str) -> None:
        assert send(Script({**POLITE, "MAIL": reply})) == RelayReply(Fate.LATER, reply)

    def test_421_in_the_middle_is_put_off(self) -> None:
        for command in ("MAIL", "RCPT", "DATA", "."):
            assert send(Script({**POLITE, command: "421 4.3.2 shutting down"})).fate is Fate.LATER

    def test_a_connection_that_was_lost_is_opened_anew_for_the_next_mail(self) -> None:
        script = Script({**POLITE, ".": HANG_UP})
        with scripted(script) as port:
            out = SmtpOut(Relay("127.0.0.1", port, "none"))
            assert out.send(BOT, RUT, MAIL).fate is Fate.RELAY_GONE
            script.replies = POLITE
            assert out.send(BOT, RUT, MAIL).fate is Fate.SENT
            out.close()
        assert script.connections == 2

    def test_one_connection_serves_many_mails(self) -> None:
        script = Script(POLITE)
        with scripted(script) as port:
            out = SmtpOut(Relay("127.0.0.1", port, "none"))
            assert [out.send(BOT, RUT, MAIL).fate for _ in range(5)] == [Fate.SENT] * 5
            out.close()
        assert script.connections == 1


class TestTheLogin:
    def test_is_made_with_the_configured_name_and_password(self) -> None:
        script = Script({**POLITE, "EHLO": "250-relay.test\r\n250 AUTH PLAIN", "AUTH": "235 welcome"})
        assert send(script, username="mailbot", password=SECRET).fate is Fate.SENT
        assert [line for line in script.heard if line.startswith("AUTH PLAIN ")]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "relay.pem").write_text(KEY_AND_CERTIFICATE)
    return tmp_path


def tls_of(files: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "relay.pem")
    return context


WITH_STARTTLS = {**POLITE, "EHLO": "250-relay.test\r\n250 STARTTLS", "STAR": "220 go on"}
TRUSTING = """
import sys
from mailbot.edge.smtp_out import Relay, SmtpOut
host, port, tls = sys.argv[1:]
print(SmtpOut(Relay(host, int(port), tls)).send("a@example.se", "b@example.se", b"Subject: x\\r\\n\\r\\nHej\\r\\n"))
"""


class TestTls:
    @pytest.mark.parametrize("tls", ["tls", "starttls"])
    def test_a_certificate_that_nobody_vouches_for_gets_no_mail(self, files: Path, tls: str) -> None:
        script = Script(WITH_STARTTLS, tls_of(files), from_the_start=tls == "tls")
        answer = send(script, tls=tls)
        assert answer.fate is Fate.RELAY_GONE
        assert "CERTIFICATE_VERIFY_FAILED" in answer.reason
        assert not [line for line in script.heard if line.startswith(("MAIL", "AUTH"))]

    @pytest.mark.parametrize("tls", ["tls", "starttls"])
    @pytest.mark.parametrize(("host", "fate"), [("127.0.0.1", "SENT"), ("localhost", "RELAY_GONE")])
    def test_a_certificate_that_this_machine_trusts_gets_mail_under_its_own_name_only(
        self, files: Path, tls: str, host: str, fate: str
    ) -> None:
        script = Script(WITH_STARTTLS, tls_of(files), from_the_start=tls == "tls")
        with scripted(script) as port:
            asked = subprocess.run(  # noqa: S603  our own program
                [sys.executable, "-c", TRUSTING, host, str(port), tls],
                cwd=ROOT,
                env={**os.environ, "SSL_CERT_FILE": str(files / "relay.pem")},
                capture_output=True,
                text=True,
                timeout=30,
                check=True,
            )
        assert f"Fate.{fate}:" in asked.stdout, asked.stdout
        assert bool([line for line in script.heard if line.startswith("MAIL")]) == (fate == "SENT")

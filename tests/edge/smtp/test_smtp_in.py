"""The SMTP and LMTP door, over real sockets, on both event loops."""

import asyncio
import logging
import os
import random
import smtplib
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
import structlog
import uvloop

from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.smtp.door import SmtpDoor
from mailbot.edge.smtp.limits import SmtpLimits
from mailbot.edge.smtp.open_connections import SmtpReception
from tests.edge.smtp.smtp_client import RawClient

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
MAIL = b"From: anna@company.test\r\nSubject: order\r\n\r\n2 chairs\r\n"
SECRET = "s3cret-t0ken"
MB = 1024 * 1024

Receive = Callable[[Sequence[RawMail]], None]
Loop = Callable[[], asyncio.AbstractEventLoop]


class Store:
    """A store in memory that can be told to fail or to wait."""

    def __init__(self) -> None:
        self.batches: list[list[RawMail]] = []
        self.broken = False
        self.poison = b"poison"
        self.entered = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()

    def receive(self, mails: Sequence[RawMail]) -> None:
        self.entered.release()
        assert self.gate.wait(5)
        if self.broken or any(self.poison in mail.raw for mail in mails):
            raise RuntimeError(f"/var/lib/db is locked, {SECRET}")
        self.batches.append(list(mails))

    @property
    def mails(self) -> list[RawMail]:
        return [mail for batch in self.batches for mail in batch]


@contextmanager
def serving(door: SmtpDoor, listen: str, new_loop: Loop) -> Iterator[SmtpDoor]:
    ready = threading.Event()
    ends: list[Callable[[], object]] = []

    async def serve() -> None:
        await door.start(listen)
        end = asyncio.Event()
        loop = asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(end.set))
        ready.set()
        await end.wait()
        await door.stop()

    def run() -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(5)
    try:
        yield door
    finally:
        ends[0]()
        thread.join(20)
        assert not thread.is_alive()


class Doors:
    """Opens doors for one test and closes them after it."""

    def __init__(self, new_loop: Loop, stack: ExitStack) -> None:
        self.store = Store()
        self.came = threading.Semaphore(0)  # one step for each mail that is about to wait for the store
        self.port = 0  # of the door opened last
        self.has_room = True
        self._new_loop = new_loop
        self._stack = stack

    def _now(self) -> datetime:
        self.came.release()
        return NOW

    def door(
        self,
        protocol: Literal["smtp", "lmtp"] = "smtp",
        limits: SmtpLimits | None = None,
        accepts: Callable[[str], bool] = lambda address: address.endswith("@bot.test"),
    ) -> SmtpDoor:
        return SmtpDoor(
            hostname="bot.test",
            protocol=protocol,
            reception=SmtpReception(accepts, self.store.receive, self._now, has_room=lambda: self.has_room),
            limits=limits or SmtpLimits(),
        )

    def open(
        self, protocol: Literal["smtp", "lmtp"] = "smtp", limits: SmtpLimits | None = None, listen: str = "127.0.0.1:0"
    ) -> int:
        self.port = self.serve(self.door(protocol, limits), listen).port
        return self.port

    def serve(self, door: SmtpDoor, listen: str = "127.0.0.1:0") -> SmtpDoor:
        return self._stack.enter_context(serving(door, listen, self._new_loop))

    def serve_until(self, stack: ExitStack, door: SmtpDoor, listen: str = "127.0.0.1:0") -> int:
        return stack.enter_context(serving(door, listen, self._new_loop)).port

    def client(self, port: int, source: str = "127.0.0.1", *, greet: bool = True) -> RawClient:
        return self._stack.enter_context(RawClient(port, source, greet=greet))


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def doors(request: pytest.FixtureRequest) -> Iterator[Doors]:
    with ExitStack() as stack:
        yield Doors(request.param, stack)


def deliver(port: int, mail: bytes = MAIL, sender: str = "anna@company.test", to: str = "po@bot.test") -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.sendmail(sender, [to], mail)


# Accepting


def test_a_mail_is_stored_as_it_came_with_what_the_door_knows(doors: Doors) -> None:
    deliver(doors.open())
    expected = RawMail(MAIL, "anna@company.test", ("po@bot.test",), "127.0.0.1", "smtp", NOW)
    assert doors.store.mails == [expected]


def test_250_comes_only_after_the_store_returned(doors: Doors) -> None:
    client = doors.client(doors.open())
    client.begin()
    doors.store.gate.clear()
    client.send(MAIL + b".\r\n")
    assert doors.store.entered.acquire(timeout=5)
    assert client.is_silent()
    doors.store.gate.set()
    assert client.reply() == "250 2.0.0 Stored"
    assert len(doors.store.mails) == 1


def test_the_null_sender_is_an_empty_string(doors: Doors) -> None:
    deliver(doors.open(), sender="")
    assert doors.store.mails[0].mail_from == ""


@pytest.mark.parametrize(
    ("command", "sender"),
    [
        ("MAIL FROM:<a@b.test>", "a@b.test"),
        ("mail from: <a@b.test> size=100 body=8bitmime", "a@b.test"),
        ("MAIL FROM:a@b.test", "a@b.test"),
        ('MAIL FROM:<"a b"@c.test>', '"a b"@c.test'),
        ("MAIL FROM:<root>", "root"),
    ],
)
def test_a_sender_is_taken_in_every_usual_form(doors: Doors, command: str, sender: str) -> None:
    client = doors.client(doors.open())
    client.say("HELO client.test")
    assert client.say(command).startswith("250 ")
    client.say("RCPT TO:<po@bot.test>")
    client.say("DATA")
    assert client.say(MAIL + b".").startswith("250 ")
    assert doors.store.mails[0].mail_from == sender


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("MAIL FROM:<a\rb@c.test>", "553"),
        ("MAIL FROM:<a\0b@c.test>", "553"),
        ("MAIL FROM:<a@b@c.test>", "553"),
        ("MAIL FROM:<@x.test:a@c.test>", "553"),
        ("MAIL FROM:<a@b.test", "501"),
        ("MAIL", "501"),
        ("MAIL FROM:<a@b.test> SIZE=many", "555"),
        ("MAIL FROM:<a@b.test> SMTPUTF8", "555"),
        ("RCPT TO:<po@bot.test>", "503"),
        ("DATA", "503"),
    ],
)
def test_a_bad_command_gets_a_permanent_reply_and_the_session_goes_on(doors: Doors, command: str, code: str) -> None:
    client = doors.client(doors.open())
    client.say("EHLO client.test")
    assert client.say(command).startswith(code)
    assert client.again().startswith("354")


def test_commands_out_of_order_get_503(doors: Doors) -> None:
    client = doors.client(doors.open())
    assert client.say("MAIL FROM:<a@b.test>").startswith("503")
    client.say("EHLO client.test")
    client.say("MAIL FROM:<a@b.test>")
    assert client.say("MAIL FROM:<c@b.test>").startswith("503")
    assert client.say("DATA").startswith("503")
    assert client.say("RSET").startswith("250")
    assert client.say("RCPT TO:<po@bot.test>").startswith("503")


def test_a_connection_carries_many_mails_and_forgets_between_them(doors: Doors) -> None:
    client = doors.client(doors.open())
    client.begin("one@bot.test")
    client.say(MAIL + b".")
    assert client.say("DATA").startswith("503")
    assert client.again("two@bot.test").startswith("354")
    assert client.say(MAIL + b".").startswith("250")
    assert [mail.rcpt_to for mail in doors.store.mails] == [("one@bot.test",), ("two@bot.test",)]


def test_pipelined_commands_are_answered_in_order(doors: Doors) -> None:
    client = doors.client(doors.open())
    client.say("EHLO client.test")
    client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<x@other.test>\r\nRCPT TO:<po@bot.test>\r\nDATA\r\n")
    assert [client.reply()[:3] for _ in range(4)] == ["250", "550", "250", "354"]
    client.send(MAIL + b".\r\nNOOP\r\nQUIT\r\nNOOP\r\n")
    assert [client.reply()[:3] for _ in range(4)] == ["250", "250", "221", ""]
    assert [mail.raw for mail in doors.store.mails] == [MAIL]


# How a mail ends


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\r\n",
        b".\r\n",
        b"..\r\n",
        b".a\r\n.\r\n..\r\nb.\r\n",
        b"H: 1\r\n\r\n.\r\n.\r\nend.\r\n",
        b"H: 1\r\n\r\n" + b"line with a dot.\r\n" * 9000,
        b"H: 1\r\n\r\n" + b"x" * 65536 + b"\r\n" + b"y" * 65536 + b"\r\n.\r\n",
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_mail_survives_dots_and_any_cut_into_packets(doors: Doors, mail: bytes, seed: int) -> None:
    client = doors.client(doors.open())
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.begin()
    lines = mail.split(b"\r\n")[:-1]
    wire = b"".join((b"." if line[:1] == b"." else b"") + line + b"\r\n" for line in lines) + b".\r\n"
    cut = random.Random(seed)  # noqa: S311
    while wire:
        size = cut.choice([1, 2, 3, 5]) if len(wire) < 200 else cut.choice([1, 7000, 65535, 65536])
        client.send(wire[:size])
        wire = wire[size:]
    assert client.reply().startswith("250")
    assert doors.store.mails[0].raw == mail


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\n.\r", b"\r.\n", b"\r.\r\n", b"\r\n\0.\r\n"]
)
def test_only_crlf_dot_crlf_ends_a_mail(doors: Doors, end: bytes) -> None:
    client = doors.client(doors.open())
    client.begin()
    body = MAIL + b"hello" + end + b"MAIL FROM:<boss@company.test>\r\nRCPT TO:<po@bot.test>\r\nDATA\r\nfake\r\n"
    client.send(body + b".\r\n")
    assert client.reply() == "250 2.0.0 Stored"
    assert client.say("NOOP").startswith("250 2.0.0 OK")
    # A dot that begins a line is taken off, as for any line; nothing else is touched.
    assert [mail.raw for mail in doors.store.mails] == [body.replace(b"\r\n.", b"\r\n")]


@pytest.mark.parametrize("byte", [b"\r", b"\n", b"\0"])
@pytest.mark.parametrize("head", [b"X-Y: a%sFrom: boss@company.test\r\n", b"\r\n\r\nX: a%s\r\n", b"%s", b"X: 1\r\n%s"])
def test_a_bare_cr_lf_or_nul_in_the_header_block_is_refused(doors: Doors, head: bytes, byte: bytes) -> None:
    client = doors.client(doors.open())
    client.begin()
    assert client.say(head % byte + b"\r\n\r\nbody\r\n.").startswith("550 5.6.0 ")
    assert client.again().startswith("354")
    assert doors.store.mails == []


def test_bare_line_ends_in_the_body_are_kept(doors: Doors) -> None:
    client = doors.client(doors.open())
    client.begin()
    mail = b"Subject: x\r\n\r\na\rb\nc\r\r\n\n\r\n\xe5\xe4\xf6\r\n"
    assert client.say(mail + b".").startswith("250")
    assert doors.store.mails[0].raw == mail


def test_a_client_that_vanishes_in_data_leaves_nothing(doors: Doors) -> None:
    port = doors.open()
    for half in (False, True):
        client = RawClient(port)
        client.begin()
        client.send(MAIL + b".\r")
        if half:
            client.sock.shutdown(socket.SHUT_WR)
            assert client.reply() == ""
        client.close()
    deliver(port)
    assert [mail.raw for mail in doors.store.mails] == [MAIL]


def test_a_client_that_vanishes_while_its_mail_is_stored_does_not_stop_the_commit(doors: Doors) -> None:
    port = doors.open()
    client = RawClient(port)
    client.begin()
    doors.store.gate.clear()
    client.send(MAIL + b".\r\n")
    assert doors.store.entered.acquire(timeout=5)
    client.close()
    doors.client(port).say("NOOP")
    doors.store.gate.set()
    deliver(port)
    assert len(doors.store.mails) == 2


def test_a_client_that_vanishes_while_its_mail_waits_does_not_hold_up_the_others(doors: Doors) -> None:
    first, second, third = waiting_clients(doors, [MAIL] * 3)
    second.close()
    doors.client(doors.port).say("NOOP")
    doors.store.gate.set()
    assert first.reply().startswith("250")
    assert third.reply().startswith("250")
    assert len(doors.store.mails) == 3


# Own trouble


def test_an_exception_while_storing_answers_451_without_its_text(doors: Doors) -> None:
    client = doors.client(doors.open())
    client.begin()
    doors.store.broken = True
    with structlog.testing.capture_logs() as lines:
        assert client.say(MAIL + b".") == "451 4.3.0 Temporary trouble here, please try again later"
    assert lines == [{"event": "mails not stored", "error": "RuntimeError", "mails": 1, "log_level": "error"}]
    doors.store.broken = False
    client.again()
    assert client.say(MAIL + b".").startswith("250")
    assert len(doors.store.mails) == 1


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_without_room_each_mail_is_refused_for_now_and_with_room_again_taken_on_the_same_connection(
    doors: Doors, protocol: Literal["smtp", "lmtp"]
) -> None:
    client = doors.client(doors.open(protocol))
    client.say("LHLO x" if protocol == "lmtp" else "EHLO x")
    doors.has_room = False
    assert client.say("MAIL FROM:<>") == "452 4.3.1 Too little disk space here, please try again later"
    assert client.say("RCPT TO:<po@bot.test>") == "503 5.5.1 Name the sender first"
    doors.has_room = True
    assert client.say("MAIL FROM:<>").startswith("250")


def test_an_exception_in_the_recipient_check_answers_451_without_its_text(doors: Doors) -> None:
    def accepts(address: str) -> bool:
        raise StopIteration(SECRET + address)

    client = doors.client(doors.serve(doors.door(accepts=accepts)).port)
    client.say("EHLO client.test")
    client.say("MAIL FROM:<a@b.test>")
    with structlog.testing.capture_logs() as lines:
        assert client.say("RCPT TO:<po@bot.test>") == "451 4.3.0 Temporary trouble here, please try again later"
    assert SECRET not in str(lines)
    assert client.say("NOOP").startswith("250")


def test_mails_that_wait_are_stored_in_one_batch(doors: Doors) -> None:
    clients = waiting_clients(doors, [MAIL] * 5)
    doors.store.gate.set()
    assert {client.reply() for client in clients} == {"250 2.0.0 Stored"}
    assert [len(batch) for batch in doors.store.batches] == [1, 4]


def test_a_bad_mail_does_not_sink_the_others_of_its_batch(doors: Doors) -> None:
    clients = waiting_clients(doors, [MAIL, MAIL, MAIL + b"poison\r\n", MAIL])
    doors.store.gate.set()
    assert [client.reply()[:3] for client in clients] == ["250", "250", "451", "250"]
    assert len(doors.store.mails) == 3


def test_a_batch_is_bounded_by_bytes(doors: Doors) -> None:
    mails = [b"H: 1\r\n\r\n" + b"12345678\r\n" * 400] * 5
    clients = waiting_clients(doors, mails, SmtpLimits(message_bytes=10_000))
    doors.store.gate.set()
    assert {client.reply() for client in clients} == {"250 2.0.0 Stored"}
    assert [len(batch) for batch in doors.store.batches] == [1, 2, 2]


def waiting_clients(doors: Doors, mails: list[bytes], limits: SmtpLimits | None = None) -> list[RawClient]:
    """Let the first mail block the store, the others wait behind it in their order."""
    port = doors.open(limits=limits)
    doors.store.gate.clear()
    clients = [doors.client(port) for _ in mails]
    for client, mail in zip(clients, mails, strict=True):
        client.begin()
        client.send(mail + b".\r\n")
        assert doors.came.acquire(timeout=5)
    return clients


# Recipients


def test_an_unknown_recipient_gets_550_and_nothing_is_stored(doors: Doors) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        deliver(doors.open(), to="nobody@other.test")
    assert refused.value.recipients["nobody@other.test"][0] == 550
    assert b"5.1.1" in refused.value.recipients["nobody@other.test"][1]
    assert doors.store.mails == []


@pytest.mark.parametrize(
    "path",
    [
        "<victim@other.test>", "<victim%other.test@bot.test>", "<other.test!victim@bot.test>", "<other.test!victim>",
        "<@bot.test:victim@other.test>", "<@other.test:po@bot.test>", "<@a.test,@b.test:po@bot.test>",
        '<"victim@other.test">', '<"victim@other.test"@bot.test>', "<victim@other.test@bot.test>",
        '<"victim%other.test"@bot.test>', "<victim%other.test>", "<@bot.test>", "<>", "<po@bot.test,victim@other.test>",
        "<po bot@bot.test>", "<victim@[127.0.0.1]@bot.test>", "<po\\@bot.test>", "<pö@bot.test>", "<po@bot.test\0>",
        "<po\r@bot.test>", "<:victim@bot.test>", "<victim(x)@bot.test>",
    ],
)  # fmt: skip
def test_every_way_to_ask_for_relaying_gets_550(doors: Doors, path: str) -> None:
    client = doors.client(doors.serve(doors.door(accepts=lambda address: "bot.test" in address or "!" in address)).port)
    client.say("EHLO client.test")
    client.say("MAIL FROM:<a@b.test>")
    assert client.say(f"RCPT TO:{path}").startswith("550 5.1.1 ")


def test_recipients_over_the_limit_get_452_and_the_first_ones_are_served(doors: Doors) -> None:
    client = doors.client(doors.open())
    client.say("EHLO client.test")
    client.say("MAIL FROM:<a@b.test>")
    replies = [client.say(f"RCPT TO:<po+{n}@bot.test>")[:9] for n in range(25)]
    assert replies == ["250 2.1.5"] * 20 + ["452 4.5.3"] * 5
    client.say("DATA")
    assert client.say(MAIL + b".").startswith("250")
    assert len(doors.store.mails[0].rcpt_to) == 20


# Sizes


def test_a_declared_size_over_the_limit_gets_552_naming_it(doors: Doors) -> None:
    client = doors.client(doors.open())
    assert "250-SIZE 26214400" in client.say("EHLO client.test")
    assert client.say("MAIL FROM:<a@b.test> SIZE=26214401") == "552 5.3.4 The mail is larger than 25 MB"
    assert client.say("MAIL FROM:<a@b.test> SIZE=26214400").startswith("250")


def test_an_undeclared_size_over_the_limit_gets_552_and_the_connection_lives(doors: Doors) -> None:
    client = doors.client(doors.open(limits=SmtpLimits(message_bytes=MB)))
    client.begin()
    client.send(b"H: 1\r\n\r\n" + b"x" * 98 + b"\r\n")
    client.send((b"x" * 98 + b"\r\n") * 11_000)
    assert client.say(".") == "552 5.3.4 The mail is larger than 1 MB"
    assert client.again().startswith("354")
    assert client.say(MAIL + b".").startswith("250")
    assert len(doors.store.mails) == 1


def test_a_mail_of_exactly_the_limit_is_taken(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(message_bytes=1000))
    head = b"H: 1\r\n\r\n"
    for size, code in ((1000, "250"), (1001, "552")):
        client = doors.client(port)
        client.begin()
        assert client.say(head + b"x" * (size - len(head) - 2) + b"\r\n.").startswith(code)
    assert [len(mail.raw) for mail in doors.store.mails] == [1000]


def test_a_line_of_64_kb_is_taken_and_a_longer_one_gets_552(doors: Doors) -> None:
    client = doors.client(doors.open())
    client.say("EHLO client.test")
    for size, code in ((5000, "250"), (65536, "250"), (65537, "552 5.3.4 A line of the mail is larger than 64 KB")):
        client.again()
        assert client.say(b"H: 1\r\n\r\na\r\n" + b"x" * size + b"\r\nb\r\n.").startswith(code)
    assert len(doors.store.mails) == 2


def test_a_header_block_over_the_limit_gets_552(doors: Doors) -> None:
    client = doors.client(doors.open())
    client.begin()
    reply = client.say(b"X: 23456789\r\n" * 9000 + b"\r\nbody\r\n.")
    assert reply == "552 5.3.4 The header of the mail is larger than 100 KB"
    client.again()
    assert client.say(b"\r\n" * 60_000 + b"body\r\n.") == reply


def peak_while_sending(client: RawClient, block: bytes) -> tuple[int, int]:
    """Return the bytes sent until the door cut the line, of 60 MB, and the peak of memory meanwhile."""
    tracemalloc.start()
    try:
        sent = client.send_until_cut(block, 60 * MB)
        return sent, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("begun", [True, False], ids=["in a mail", "as a command"])
def test_an_endless_line_is_cut_with_flat_memory_and_others_are_served(doors: Doors, *, begun: bool) -> None:
    port = doors.open(limits=SmtpLimits(message_bytes=8 * MB))
    client = doors.client(port)
    if begun:
        client.begin()
    sent, peak = peak_while_sending(client, b"x" * 65536)
    assert sent < 20 * MB
    assert peak < 2 * MB
    assert client.is_closed()
    deliver(port)
    assert len(doors.store.mails) == 1


def test_an_endless_mail_is_cut_and_holds_no_more_than_the_limit(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(message_bytes=4 * MB))
    client = doors.client(port)
    client.begin()
    sent, peak = peak_while_sending(client, (b"x" * 998 + b"\r\n") * 64)
    assert sent < 20 * MB
    assert peak < 8 * MB
    deliver(port)


def test_too_many_bytes_in_hand_get_452_until_they_are_stored(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(message_bytes=10_000, in_flight=1))
    big = b"H: 1\r\n\r\n" + b"12345678\r\n" * 900
    first, second, third = (doors.client(port) for _ in range(3))
    second.begin()
    first.begin()
    doors.store.gate.clear()
    first.send(big + b".\r\n")
    assert doors.came.acquire(timeout=5)
    assert second.say(big + b".").startswith("452 4.3.1 ")
    assert third.begin().startswith("354")
    doors.store.gate.set()
    assert first.reply().startswith("250")
    second.again()
    assert second.say(big + b".").startswith("250")


def test_a_refused_mail_makes_room_before_it_ends(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(message_bytes=10_000, in_flight=1))
    first, second = doors.client(port), doors.client(port)
    first.begin()
    first.send(b"H: 1\r\n\r\n" + b"12345678\r\n" * 1001)
    second.begin()
    assert second.say(b"H: 1\r\n\r\n" + b"12345678\r\n" * 900 + b".").startswith("250")
    assert first.say(".").startswith("552")


def test_mails_of_vanished_clients_that_pile_up_get_452_at_data(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(connections=2))
    doors.store.gate.clear()
    for _ in range(3):
        with admitted(doors, port) as client:
            client.begin()
            client.send(MAIL + b".\r\n")
            assert doors.came.acquire(timeout=5)
    client = admitted(doors, port)
    assert client.begin().startswith("452 4.3.1 ")
    doors.store.gate.set()


def admitted(doors: Doors, port: int) -> RawClient:
    """Connect as soon as the door has noticed that others are gone."""
    until = time.monotonic() + 9
    while (client := doors.client(port)).greeting.startswith("421"):
        assert time.monotonic() < until
        time.sleep(0.05)
    return client


def test_a_connection_may_carry_more_in_many_mails_than_in_one(doors: Doors) -> None:
    client = doors.client(doors.open(limits=SmtpLimits(message_bytes=10_000, line_bytes=1000)))
    client.say("EHLO client.test")
    for _ in range(4):
        client.again()
        assert client.say(b"H: 1\r\n\r\n" + b"12345678\r\n" * 900 + b".").startswith("250")


# Connections and time


def test_one_connection_too_many_gets_421_and_a_closed_one_makes_room(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(connections=2))
    first, second = doors.client(port), doors.client(port)
    third = doors.client(port)
    assert third.greeting == "421 4.3.2 Too many connections"
    assert third.is_closed()
    assert first.say("QUIT").startswith("221")
    assert first.is_closed()
    assert doors.client(port).greeting.startswith("220")
    assert second.say("NOOP").startswith("250")


def test_idle_clients_on_this_machine_make_way_for_the_relay_on_it(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(connections_per_address=10, idle_seconds=0.05, patience=5))
    idle = [doors.client(port) for _ in range(10)]
    relay = doors.client(port)
    assert relay.begin().startswith("354 ")
    assert relay.say(MAIL + b".").startswith("250 ")
    assert idle[0].reply() == "421 4.3.2 All places are taken, and you were idle"
    assert idle[0].is_closed()
    assert idle[9].say("NOOP").startswith("250")


def test_idle_clients_elsewhere_make_way_when_all_places_are_taken(doors: Doors) -> None:
    limits = SmtpLimits(connections=4, connections_per_address=2, idle_seconds=0.05, patience=5)
    port = doors.open(limits=limits)
    for address in ("127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.3"):
        doors.client(port, address)
    assert doors.client(port).greeting.startswith("220")


def test_an_address_that_has_its_share_takes_nobody_else_s_place(doors: Doors) -> None:
    limits = SmtpLimits(connections=3, connections_per_address=2, idle_seconds=0.05, patience=5)
    port = doors.open(limits=limits)
    other = doors.client(port, "127.0.0.2")
    for _ in range(6):
        assert doors.client(port).greeting.startswith("220")
    assert other.say("NOOP").startswith("250")


def test_a_client_with_a_mail_in_hand_makes_way_for_nobody(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(connections=1, idle_seconds=0, patience=0.1))
    busy = doors.client(port)
    assert busy.begin().startswith("354 ")
    assert doors.client(port).greeting == "421 4.3.2 Too many connections"
    assert busy.say(MAIL + b".").startswith("250 ")


def test_one_more_client_waits_until_another_has_left(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(connections=1, idle_seconds=60, patience=10))
    first = doors.client(port)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as second:
        assert first.say("QUIT").startswith("221")
        assert second.recv(3) == b"220"


def test_who_waits_for_a_place_does_not_hold_up_the_end(doors: Doors) -> None:
    with ExitStack() as door:
        port = doors.serve_until(door, doors.door("smtp", SmtpLimits(connections=1, idle_seconds=60, patience=60)))
        first = doors.client(port)
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            for _ in range(3):  # by then the door has seen the other one
                assert first.say("NOOP").startswith("250")
            began = time.monotonic()
            door.close()
            assert time.monotonic() - began < 5


def test_an_address_with_too_many_connections_gets_421_and_another_address_is_served(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(connections_per_address=2))
    doors.client(port), doors.client(port)
    assert doors.client(port).greeting == "421 4.7.0 Too many connections from your address"
    assert doors.client(port, "127.0.0.2").greeting.startswith("220")


def test_a_silent_client_is_cut(doors: Doors) -> None:
    client = doors.client(doors.open(limits=SmtpLimits(command_timeout=0.2)))
    assert client.reply() == "421 4.4.2 Time is up"
    assert client.is_closed()


def test_a_client_that_drips_a_command_is_cut(doors: Doors) -> None:
    client = doors.client(doors.open(limits=SmtpLimits(command_timeout=0.3)))
    assert drip(client) < 20
    assert client.is_closed()


def test_a_client_that_drips_a_mail_is_cut_while_others_are_served(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(data_timeout=0.5))
    slow = doors.client(port)
    slow.begin()
    deliver(port)
    assert drip(slow) < 30
    assert slow.is_closed()
    assert len(doors.store.mails) == 1


def drip(client: RawClient) -> int:
    """Send a byte each 50 ms until the door closes, at most 40; return how many went out."""
    client.sock.settimeout(0.05)
    for sent in range(40):
        try:
            client.sock.send(b"x")
            if client.sock.recv(99):
                return sent
        except TimeoutError:
            continue
        except OSError:
            return sent
    return 40


def test_a_client_that_never_reads_is_cut(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(command_timeout=0.2, commands=10**9, connections=1))
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with deaf:
        deaf.connect(("127.0.0.1", port))
        deaf.settimeout(0.1)
        with suppress(OSError):
            while True:
                deaf.sendall(b"EHLO client.test\r\n" * 1000)
        admitted(doors, port)


def test_a_client_that_only_says_noop_is_cut_by_the_age_of_its_session(doors: Doors) -> None:
    client = doors.client(doors.open(limits=SmtpLimits(session_seconds=0.3, commands=10**9)))
    until = time.monotonic() + 3
    while (reply := client.say("NOOP")).startswith("250"):
        assert time.monotonic() < until
    assert reply == "421 4.4.2 Time is up"


def test_a_mail_that_has_begun_may_outlive_the_session(doors: Doors) -> None:
    client = doors.client(doors.open(limits=SmtpLimits(session_seconds=0.2)))
    client.begin()
    assert client.is_silent(0.3)
    assert client.say(MAIL + b".").startswith("250")
    assert client.reply() == "421 4.4.2 Time is up"


@pytest.mark.parametrize("line", ["NOOP", "RSET", "RCPT TO:<x@other.test>", "", "MAIL FROM:<" + "x" * 2000])
def test_a_client_gets_so_many_replies_without_a_mail(doors: Doors, line: str) -> None:
    client = doors.client(doors.open(limits=SmtpLimits(commands=10)))
    with structlog.testing.capture_logs() as lines:
        replies = [client.say(line) for _ in range(10)]
        assert client.is_closed()
    assert replies[-1] == "421 4.7.0 Too many commands without a mail"
    assert lines == []


def test_a_stored_mail_gives_new_credit_for_commands(doors: Doors) -> None:
    client = doors.client(doors.open(limits=SmtpLimits(commands=10)))
    client.begin()
    for _ in range(10):
        assert client.say(MAIL + b".").startswith("250")
        assert client.again().startswith("354")


def test_dripping_clients_do_not_delay_a_good_one(doors: Doors) -> None:
    port = doors.open(limits=SmtpLimits(connections=100, connections_per_address=90))
    for _ in range(90):
        doors.client(port).send(b"E")
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=5, source_address=("127.0.0.2", 0)) as good:
        assert good.recv(3) == b"220"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("line", [b"..\r\n", b"\r\n", b".\n"])
def test_a_flood_of_short_lines_does_not_hold_up_the_others(doors: Doors, line: bytes) -> None:
    port = doors.open()
    hostile, good = doors.client(port), doors.client(port)
    hostile.begin()
    flood = threading.Thread(target=hostile.send_until_cut, args=(line * 50_000, 16 * MB))
    flood.start()
    began = time.monotonic()
    for _ in range(20):
        assert good.say("NOOP").startswith("250")
    assert time.monotonic() - began < 2
    flood.join()


def test_replies_leave_at_once(doors: Doors) -> None:
    client = doors.client(doors.open())
    served = socket_served_to(client.sock.getsockname())
    with served:
        assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def socket_served_to(client: tuple[str, int]) -> socket.socket:
    """Find the door's end of the connection among the files of this process."""
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found = socket.socket(fileno=os.dup(int(entry.name)))
        except OSError:
            continue
        try:
            if found.getpeername() == client:
                return found
        except OSError:
            pass
        found.close()
    raise LookupError


# What is said and what is kept quiet


def test_the_greeting_names_no_software(doors: Doors) -> None:
    client = doors.client(doors.open())
    assert client.greeting == "220 bot.test ESMTP"
    assert client.say("EHLO client.test") == (
        "250-bot.test|250-SIZE 26214400|250-8BITMIME|250-PIPELINING|250 ENHANCEDSTATUSCODES"
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("VRFY po@bot.test", "252"),
        ("EXPN list", "502"),
        ("AUTH PLAIN AGEAYg==", "500"),
        ("STARTTLS", "500"),
        ("HELP", "500"),
        ("LHLO x", "500"),
        ("EHLO", "501"),
        ("HELO", "501"),
        ("NOOP", "250"),
    ],
)
def test_odd_verbs_get_their_code(doors: Doors, command: str, code: str) -> None:
    client = doors.client(doors.open())
    assert client.say(command).startswith(code)


def test_many_hellos_do_not_lengthen_the_commands_of_others(doors: Doors) -> None:
    port = doors.open()
    first = doors.client(port)
    for _ in range(50):
        first.say("EHLO client.test")
    for client in (first, doors.client(port)):
        client.say("EHLO client.test")
        assert client.say("MAIL FROM:<" + "x" * 1010 + "@b.test>").startswith("500")


@pytest.mark.parametrize("sender", ["jörgen@exämple.se", b"j\xf6rgen@example.se"])
def test_a_sender_outside_ascii_gets_550(doors: Doors, sender: str | bytes) -> None:
    client = doors.client(doors.open())
    assert "SMTPUTF8" not in client.say("EHLO client.test")
    raw = sender if isinstance(sender, bytes) else sender.encode()
    assert client.say(b"MAIL FROM:<" + raw + b">").startswith("550 5.6.7 ")
    assert client.say(b"NOOP " + raw).startswith("250")
    assert client.say(b"EHLO " + raw).startswith("250")
    assert client.say(b"VRFY " + raw).startswith("252")


def test_nothing_of_a_mail_reaches_the_logs(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    port = doors.open()
    with structlog.testing.capture_logs() as lines:
        deliver(port, MAIL + SECRET.encode() + b"\r\n", sender=f"{SECRET}@x.test", to=f"po+{SECRET}@bot.test")
        client = doors.client(port)
        client.say(f"{SECRET} x")
        client.begin(f"po+{SECRET}@bot.test")
        client.send(SECRET.encode())
        client.close()
        deliver(port)
    assert SECRET not in caplog.text
    assert SECRET not in str(lines)


# LMTP


def test_lmtp_answers_once_for_each_accepted_recipient_and_stores_one_mail(doors: Doors) -> None:
    client = doors.client(doors.open("lmtp"))
    assert client.greeting == "220 bot.test LMTP"
    client.say("LHLO relay.test")
    client.say("MAIL FROM:<a@b.test>")
    recipients = ("po@bot.test", "x@other.test", "info@bot.test")
    assert [client.say(f"RCPT TO:<{to}>")[:3] for to in recipients] == ["250", "550", "250"]
    client.say("DATA")
    client.send(MAIL + b".\r\nNOOP\r\n")
    assert [client.reply() for _ in range(3)] == ["250 2.0.0 Stored", "250 2.0.0 Stored", "250 2.0.0 OK"]
    assert [mail.rcpt_to for mail in doors.store.mails] == [("po@bot.test", "info@bot.test")]
    assert doors.store.mails[0].via == "lmtp"


@pytest.mark.parametrize(
    ("mail", "code"),
    [
        (MAIL + b"poison\r\n", "451"),
        (b"x" * 3000 + b"\r\n", "552"),
        (b"A: \0\r\n", "550"),
        (b"x" * 1001 + b"\r\n", "552"),
    ],
)
def test_lmtp_answers_a_failure_once_for_each_recipient_too(doors: Doors, mail: bytes, code: str) -> None:
    client = doors.client(doors.open("lmtp", SmtpLimits(message_bytes=2000, line_bytes=1000)))
    client.say("LHLO relay.test")
    client.say("MAIL FROM:<a@b.test>")
    client.say("RCPT TO:<po@bot.test>")
    client.say("RCPT TO:<info@bot.test>")
    client.say("DATA")
    client.send(mail + b".\r\nNOOP\r\n")
    assert [client.reply()[:3] for _ in range(3)] == [code, code, "250"]


def test_lmtp_speaks_lhlo_only(doors: Doors) -> None:
    client = doors.client(doors.open("lmtp"))
    assert client.say("EHLO x").startswith("500")
    assert client.say("HELO x").startswith("500")
    assert client.say("LHLO x").startswith("250-")


def test_the_standard_lmtp_client_delivers_over_a_unix_socket(doors: Doors, tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    with ExitStack() as stack:
        assert doors.serve_until(stack, doors.door("lmtp"), f"unix:{path}") == 0
        with smtplib.LMTP(str(path)) as client:
            client.sendmail("a@b.test", ["po@bot.test"], MAIL)
    assert doors.store.mails[0].peer == ""
    assert not path.exists()


def test_connections_over_a_unix_socket_count_in_total_only(doors: Doors, tmp_path: Path) -> None:
    path = f"{tmp_path}/door.sock"
    doors.serve(doors.door("lmtp", SmtpLimits(connections=3, connections_per_address=1)), f"unix:{path}")
    with ExitStack() as stack:
        for expected in (b"220", b"220", b"220", b"421"):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(path)
            assert client.recv(3) == expected


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_the_door_opens_on_an_ipv6_address(doors: Doors) -> None:
    port = doors.open(listen="[::1]:0")
    with smtplib.SMTP("::1", port, timeout=5) as client:
        client.sendmail("a@b.test", ["po@bot.test"], MAIL)
    assert doors.store.mails[0].peer == "::1"


# Stopping


def test_stop_lets_a_mail_in_hand_end_and_sends_idle_clients_home(doors: Doors) -> None:
    with ExitStack() as stack:
        port = doors.serve_until(stack, doors.door())
        idle, busy = doors.client(port), doors.client(port)
        busy.begin()
        closing = threading.Thread(target=stack.pop_all().close)
        closing.start()
        assert idle.reply() == "421 4.3.2 Shutting down"
        assert busy.say(MAIL + b".") == "250 2.0.0 Stored"
        assert busy.reply() == "421 4.3.2 Shutting down"
        closing.join(5)
    assert len(doors.store.mails) == 1
    with pytest.raises(ConnectionRefusedError):
        RawClient(port)


def test_stop_cuts_a_client_that_does_not_end_its_mail(doors: Doors) -> None:
    with ExitStack() as stack:
        client = doors.client(doors.serve_until(stack, doors.door(limits=SmtpLimits(stop_seconds=0.2))))
        client.begin()
        began = time.monotonic()
        stack.close()
        assert time.monotonic() - began < 2
    assert client.is_closed()


def test_stop_waits_for_the_commit_of_a_client_that_is_gone(doors: Doors) -> None:
    with ExitStack() as stack:
        client = doors.client(doors.serve_until(stack, doors.door()))
        client.begin()
        doors.store.gate.clear()
        client.send(MAIL + b".\r\n")
        assert doors.store.entered.acquire(timeout=5)
        client.close()
        threading.Timer(0.2, doors.store.gate.set).start()
    assert len(doors.store.mails) == 1

"""The pages over HTTP: no client holds a connection for nothing, and there is always room for mail and for people."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Semaphore, Thread

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mailbot.edge.web.http_server import MAX_HEAD, BoundedConnection, most_connections, server_config
from tests.support.harness import ORDER, Server
from tests.support.process import RUT, mail, serving

FILES = 256
PLAIN = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Hasty(BoundedConnection):
    """A connection that gives its client no time."""

    head_seconds, body_seconds, answer_seconds = 0.15, 0.15, 0.15
    gone = Semaphore(0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count who has gone."""
        super().connection_lost(exc)
        self.gone.release()


async def echo(request: Request) -> Response:
    """Answer with as many bytes as the body asks for, or with what it is."""
    asked = await request.body()
    return PlainTextResponse(b"x" * int(asked) if asked.isdigit() else b"well")


@contextmanager
def pages(guest: type[BoundedConnection] = Hasty) -> Iterator[int]:
    """Serve on a port of its own; yield the port."""
    app = Starlette(routes=[Route("/", echo, methods=["GET", "POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(server_config(app, http=guest))
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.told_to_stop.set_result(None)
            thread.join(10)


def connect(stack: ExitStack, port: int) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))


def is_cut(client: socket.socket) -> bool:
    """Tell whether the server ends the connection before five seconds are over."""
    try:
        while client.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(
    "said",
    ["", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\nX-A: ", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n12"],
)
def test_a_client_that_stops_in_the_middle_is_cut(said: str) -> None:
    with pages() as port, ExitStack() as stack:
        client = connect(stack, port)
        client.sendall(said.encode())
        assert is_cut(client)


def test_one_that_drips_is_cut_too() -> None:
    with pages() as port, ExitStack() as stack:
        client = connect(stack, port)
        client.settimeout(0.02)
        client.sendall(b"GET /")
        with suppress(ConnectionError):
            for _ in range(100):
                client.sendall(b"a")
                with suppress(TimeoutError):
                    if not client.recv(1):
                        return
            pytest.fail("two seconds are over")


def test_one_that_drips_a_second_request_is_cut_too() -> None:
    with pages() as port, ExitStack() as stack:
        client = connect(stack, port)
        client.sendall(f"{PLAIN}GET".encode())
        assert is_cut(client)


def test_one_that_never_reads_its_answer_is_cut() -> None:
    class Watched(Hasty):
        gone = Semaphore(0)

    with pages(Watched) as port, ExitStack() as stack:
        client = connect(stack, port)
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n50000000")
        assert client.recv(1) == b"H"
        assert Watched.gone.acquire(timeout=5), "it waits for ever"
        took = 0
        with suppress(OSError):
            while piece := client.recv(1_000_000):
                took += len(piece)
        assert took < 50_000_000


def test_one_that_takes_a_long_answer_slowly_gets_it_all() -> None:
    class Patient(Hasty):
        answer_seconds = 30

    with pages(Patient) as port, ExitStack() as stack:
        client = connect(stack, port)
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n20000000")
        began, took = time.monotonic(), 0
        while piece := client.recv(20_000 if time.monotonic() - began < 0.5 else 1_000_000):
            took += len(piece)
        assert took > 20_000_000


def test_a_head_without_end_is_cut() -> None:
    with pages(BoundedConnection) as port, ExitStack() as stack:
        client = connect(stack, port)
        with suppress(OSError):
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            for _ in range(MAX_HEAD // 100 + 100):
                client.sendall(b"X-A: " + b"b" * 100 + b"\r\n")
        assert is_cut(client)


def test_requests_one_after_the_other_share_a_connection() -> None:
    with (
        pages(BoundedConnection) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as browser,
    ):
        for _ in range(3):
            assert browser.get("/").text == "well"
            assert browser.post("/", content="100000").text == "x" * 100_000


def test_requests_that_come_at_once_are_all_answered() -> None:
    with pages() as port, ExitStack() as stack:
        client = connect(stack, port)
        client.sendall((PLAIN * 5).encode())
        answers = b""
        with suppress(OSError):
            while piece := client.recv(65_536):
                answers += piece
        assert answers.count(b"well") == 5


def test_a_fourth_of_the_files_is_for_the_pages() -> None:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert most_connections() == min(300, files // 4)


def test_more_idle_clients_than_the_bot_may_open_files_stop_neither_pages_nor_mail(tmp_path: Path) -> None:
    with serving(tmp_path) as bot, ExitStack() as stack:
        resource.prlimit(bot.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
        web_port = int(bot.base_url.rpartition(":")[2])
        for number in range(FILES + 50):
            client = connect(stack, web_port)
            client.sendall(b"GET / HTTP/1.1\r\nX: " if number % 2 else b"")
        for _ in range(10):
            connect(stack, bot.smtp_port)
        assert bot.health()["well"]
        bot.hand_in(mail(ORDER))
        bot.wait(RUT, "IT-")

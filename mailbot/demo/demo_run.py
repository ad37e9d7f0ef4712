"""A folder with the demo's configuration, and the bot and its relay running on it."""

import asyncio
import re
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

from mailbot.app import App, running
from mailbot.demo.sink import Sink
from mailbot.package_data import resource
from mailbot.settings import Settings, TcpAddress, UnixAddress, load

TIMES = {"undo_window": "1 second", "remind_after": "4 seconds", "remind_every": "4 seconds"}


@dataclass(frozen=True)
class DemoRun:
    """A running bot with its relay; ports are on 127.0.0.1."""

    app: App
    sink: Sink
    settings: Settings
    smtp_port: int
    base_url: str


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _free(listen: TcpAddress | UnixAddress | None) -> TcpAddress:
    if not isinstance(listen, TcpAddress):
        raise TypeError("the demo listens on ports of this machine")
    with socket.socket() as probe:
        taken = probe.connect_ex((listen.host, listen.port)) == 0
    return replace(listen, port=free_port()) if taken else listen


def where_free(settings: Settings) -> Settings:
    """Return the demo's settings with another port in place of each that somebody listens on."""
    smtp, web = _free(settings.smtp_in.listen), _free(settings.web.listen)
    relay = _free(TcpAddress(settings.relay.host, settings.relay.port))
    free = {
        "smtp_in": settings.smtp_in.model_copy(update={"listen": smtp}),
        "relay": settings.relay.model_copy(update={"port": relay.port}),
        "web": settings.web.model_copy(update={"listen": web, "base_url": f"http://{web.host}:{web.port}"}),
    }
    return settings.model_copy(update=free)


def write_config(folder: Path, ports: Mapping[str, int], times: Mapping[str, str]) -> Path:
    """Write the demo's configuration into the folder, with these ports and times and all files inside it."""
    sample = resource("config") / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("organisation.toml", "suppliers.toml"):
        shutil.copy(sample / name, folder / name)
    text = (sample / "mailbot.toml").read_text("utf-8")
    usual = {"8025": "smtp", "1025": "relay", "8080": "web"}
    text = re.sub(r"\b(8025|1025|8080)\b", lambda port: str(ports[usual[port[0]]]), text)
    text = text.replace("var/demo", str(folder)).replace('format = "text"', 'format = "text"\nlevel = "error"')
    head, _, _ = text.partition("[policy]")
    policy = "\n".join(f'{key} = "{value}"' for key, value in times.items())
    (folder / "mailbot.toml").write_text(f'{head}[worker]\npoll_every = "1 second"\n\n[policy]\n{policy}\n', "utf-8")
    return folder


@contextmanager
def running_demo(folder: Path, times: Mapping[str, str] = TIMES) -> Iterator[DemoRun]:
    """Run the bot and its relay on free ports, everything they keep inside the folder."""
    ports = {"smtp": free_port(), "relay": free_port(), "web": free_port()}
    settings = load(write_config(folder, ports, times))
    sink = Sink(folder / "outbox")
    with open_sink(sink, ports["relay"]), running(settings) as app:
        yield DemoRun(app, sink, settings, ports["smtp"], settings.web.base_url)


@contextmanager
def open_sink(sink: Sink, port: int) -> Iterator[None]:
    """Let the relay listen, in a loop and thread of its own, while the block lasts."""
    loop = asyncio.new_event_loop()
    worker = Thread(target=loop.run_forever, name="relay")
    worker.start()
    try:
        asyncio.run_coroutine_threadsafe(sink.door.start(f"127.0.0.1:{port}"), loop).result(30)
        yield
        asyncio.run_coroutine_threadsafe(sink.door.stop(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        worker.join(30)
        loop.close()

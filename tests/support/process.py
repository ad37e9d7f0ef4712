"""A real bot for tests: `run.py serve` as a process of its own, its mail going out to the test's relay.

Nothing here sleeps: a wait ends when the process says something, ends, or the relay is sent a mail, or at its deadline.
"""

import json
import os
import random
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition, Thread
from typing import Any

from mailbot.demo.demo_run import write_config
from mailbot.store.database import Database
from tests.support.relay import Relay, relay

RUN = Path(__file__).parents[2] / "run.py"
BOT, PURCHASING = "order@inkop.example.se", "it-inkop@example.se"
EVA, ANNA, RUT, DUSTIN = "eva.ek@example.se", "anna.ask@example.se", "rut.rask@example.se", "order@dustin.example"

CALM = {"undo_window": "0 seconds", "remind_after": "1 day", "remind_every": "1 day"}
"""Times for a test that waits for no reminder and undoes nothing."""

PATIENCE_SECONDS = 40
"""Longer than the 30 seconds for which a killed bot's mail in hand stays its own (store/inbox.py, LEASE)."""
STOP_SECONDS = 10

Changes = Mapping[str, str]


def environment() -> dict[str, str]:
    """Return this process's environment without what would colour, fold or warn in a child's words."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "FORCE_", "COLUMNS"))}
    return kept | {"PYTHONUTF8": "1", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100"}


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on, from below those that systems hand out to clients.

    So a bot that is down for a moment finds its ports free when it comes back.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20_000, 30_000)  # noqa: S311
        with socket.socket() as probe:
            if port not in found and probe.connect_ex(("127.0.0.1", port)):
                found.append(port)
    return found


@dataclass
class Words:
    """What a process says, line by line, as it says it."""

    lines: list[str] = field(default_factory=list)
    ended: bool = False
    heard: Condition = field(default_factory=Condition)

    def listen(self, stream: Iterable[str]) -> None:
        """Take in lines until the process closes the stream."""
        for line in stream:
            with self.heard:
                self.lines.append(line.rstrip("\n"))
                self.heard.notify_all()
        with self.heard:
            self.ended = True
            self.heard.notify_all()

    def wait(self, word: str, patience: float = PATIENCE_SECONDS) -> None:
        """Wait until a line holds the word; raises AssertionError when the process ends or time is up first."""

        def said() -> bool:
            return any(word in line for line in self.lines)

        with self.heard:
            self.heard.wait_for(lambda: said() or self.ended, patience)
            assert said(), f"the process never said {word!r}, but:\n{self}"

    def __str__(self) -> str:
        return "\n".join(self.lines)


class Running:
    """A command that runs until it is stopped, started in a folder of the test's."""

    def __init__(self, arguments: Iterable[str], ready: str, cwd: Path, variables: Changes) -> None:
        """Start `run.py` with the arguments and these variables, and wait until it says that it is ready."""
        self.words = Words()
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, str(RUN), *arguments],
            cwd=cwd,
            env=environment() | dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        assert self.process.stdout is not None
        self._listener = Thread(target=self.words.listen, args=(self.process.stdout,))
        self._listener.start()
        try:
            self.words.wait(ready)
        except BaseException:
            self.end(signal.SIGKILL)
            raise

    def end(self, how: signal.Signals) -> int:
        """Send the signal, wait until the process and its children are gone, and return its exit code."""
        self.process.send_signal(how)
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.process.kill()
            self.process.wait()
            self._listener.join(STOP_SECONDS)
            assert not self._listener.is_alive(), "a child outlives the process and keeps its output open"
            if self.process.stdout is not None:
                self.process.stdout.close()


@cache
def _migrated() -> bytes:
    """Return a new database's bytes; a first start without one is in tests/cli/test_cli.py (the demo)."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/mailbot.db")
        database.upgrade()
        database.close()
        return (Path(folder) / "mailbot.db").read_bytes()


def _children(pid: int, doing: bytes = b"") -> list[int]:
    found = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split())
    return [child for child in found if doing in Path(f"/proc/{child}/cmdline").read_bytes()]


class Served:
    """One bot over several runs of its process: the folder, the ports and the relay stay the same."""

    def __init__(self, folder: Path, sent: Relay, times: Changes, changes: Changes, variables: Changes) -> None:
        """Write the configuration; `changes` replace texts of the demo's mailbot.toml. Nothing is started yet.

        `variables` are added to the environment of each run.
        """
        self.variables = variables
        self.relay = sent
        self.smtp_port, web = free_ports(2)
        self.base_url = f"http://127.0.0.1:{web}"
        self.config = write_config(folder, {"smtp": self.smtp_port, "relay": sent.port, "web": web}, times)
        if not (database := self.config / "mailbot.db").exists():
            database.write_bytes(_migrated())
        file = self.config / "mailbot.toml"
        text = file.read_text("utf-8")
        for old, new in {
            "retry = [": 'retry = ["1 second"] # [',
            'level = "error"': 'level = "warning"',
            **changes,
        }.items():
            assert old in text, f"config/demo/mailbot.toml no longer holds {old!r}"
            text = text.replace(old, new)
        file.write_text(text, "utf-8")
        self._running: Running | None = None

    def start(self) -> None:
        """Start the process and wait until it serves: it has said so, and answers."""
        command = ["serve", "--config", str(self.config)]
        self._running = Running(command, "mailbot serves", self.config, self.variables)
        assert self.health()["well"]

    def stop(self) -> None:
        """End the process as a system does, with SIGTERM; it must finish cleanly, and nothing may have gone wrong."""
        code, said = self.end(signal.SIGTERM)
        assert code == 0, said
        assert "Traceback" not in said, said

    def kill(self) -> None:
        """End the process as a power cut does, with SIGKILL."""
        _, said = self.end(signal.SIGKILL)
        assert "Traceback" not in said, said

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """End the process by the signal; return its exit code and all that it said."""
        running, self._running = self._running, None
        assert running is not None
        return running.end(how), str(running.words)

    def restart(self, how: signal.Signals) -> None:
        """End the process by the signal and start it anew."""
        if how is signal.SIGTERM:
            self.stop()
        else:
            self.kill()
        self.start()

    def close(self) -> None:
        """Stop the process if it runs; a test that failed does not care how."""
        if self._running is not None:
            self.end(signal.SIGKILL)

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self._running is not None
        return self._running.process.pid

    def readers(self) -> list[int]:
        """Return the numbers of the processes that the bot has started to read mails."""
        (server,) = _children(self.pid, b"forkserver")
        return _children(server)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the database behind the bot's back, or meddle with it."""
        with closing(sqlite3.connect(self.config / "mailbot.db", timeout=30)) as connection, connection:
            return connection.execute(sql).fetchall()

    @property
    def words(self) -> Words:
        """What the running process has said."""
        assert self._running is not None
        return self._running.words

    def health(self) -> dict[str, Any]:
        """Return what /healthz says; raises when the bot is unwell."""
        with urllib.request.urlopen(f"{self.base_url}/healthz", timeout=10) as answer:  # noqa: S310  this machine
            return dict(json.load(answer))

    def hand_in(self, *mails: EmailMessage, then: Callable[[], None] = lambda: None) -> None:
        """Hand mails to the bot over SMTP; `then` is called the moment the last is accepted."""
        client = smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=30)
        try:
            for mail in mails:
                client.send_message(mail)
            then()
        finally:
            client.close()

    def wait(self, to: str, *words: str, count: int = 1) -> EmailMessage:
        """Return the newest mail to the address that holds all the words, once there are `count` different ones."""
        return self.all(to, *words, count=count)[-1]

    def all(self, to: str, *words: str, count: int = 1) -> list[EmailMessage]:
        """Return the different mails to the address that hold all the words, oldest first, once there are `count`."""
        deadline, arrived = time.monotonic() + PATIENCE_SECONDS, self.relay.arrived
        with arrived:
            while len(found := self.sent(to, *words)) < count:
                came = arrived.wait(deadline - time.monotonic())
                there = [f"{m['To']}: {m['Subject']}" for m in self.relay.mails()]
                assert came, f"only {len(found)} mails to {to} with {words}; there are {there}"
        return found

    def sent(self, to: str, *words: str) -> list[EmailMessage]:
        """Return the different mails to the address so far; an extra copy has the same Message-ID
        (docs/rules/promises.md#p4)."""
        return list({m["Message-ID"]: m for m in self.relay.mails(to, *words)}.values())


@contextmanager
def serving(
    folder: Path, times: Changes = CALM, changes: Changes | None = None, variables: Changes | None = None
) -> Iterator[Served]:
    """Run a bot and its relay while the block lasts; at its end the bot must stop cleanly on SIGTERM."""
    with relay() as sent, at_relay(folder, sent, times, changes, variables) as served:
        yield served


@contextmanager
def at_relay(
    folder: Path,
    sent: Relay,
    times: Changes = CALM,
    changes: Changes | None = None,
    variables: Changes | None = None,
) -> Iterator[Served]:
    """Run a bot whose relay is somewhere else's business: perhaps not even there yet."""
    served = Served(folder, sent, times, changes or {}, variables or {})
    try:
        served.start()
        yield served
        served.stop()
    finally:
        served.close()


def mail(
    text: str,
    *,
    sender: str = RUT,
    subject: str = "Beställning",
    answers: EmailMessage | None = None,
) -> EmailMessage:
    """Return a mail to the bot, as a person's mail program would send it."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, BOT, subject
    made["Message-ID"] = make_msgid(domain="example.se")
    if answers is not None:
        made["In-Reply-To"] = str(answers["Message-ID"])
    made.set_content(text)
    return made

"""A private Dovecot on this machine for tests, its certificate, and a wire to it that can be cut, held or read along.

The server runs without root's rights, from a folder of its own, on free loopback ports, and is gone after the block.
"""

import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM
from string import Template
from threading import Event, Thread
from typing import Any

from imapclient import IMAPClient

PASSWORD = 'pa"ss\\wörd 1'
PATIENCE_SECONDS = 20


def missing(*names: str) -> str:
    """Return why the programs cannot be run here, or ""."""
    gone = [name for name in names if not program(name)]
    return f"{' and '.join(gone)} is not installed" if gone else ""


def program(name: str) -> str:
    """Return where a program is, which for a server's is rarely where an ordinary user looks, or ""."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""


def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the condition holds; raise AssertionError when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.01)


def free_port() -> int:
    """Return a loopback port that nobody listens on.

    It is below those that the system gives to clients: one that waits for a server there could be given the very port
    it waits for, which connects it with itself and keeps the server out.
    """
    while True:
        port = random.randrange(10_000, 32_000)  # noqa: S311
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1, by no authority but itself."""

    certificate: Path
    key: Path


def make_certificate(folder: Path) -> Certificate:
    """Make a certificate that holds for a day."""
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=mail.test"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(made.key), "-out", str(made.certificate)]
    subprocess.run([program("openssl"), *command.split(), *names], check=True, capture_output=True)  # noqa: S603
    return made


@dataclass
class Dovecot:
    """One server; every user name opens a mailbox of its own, all with the same password."""

    folder: Path
    port: int
    tls_port: int
    certificate: Certificate
    process: "subprocess.Popen[bytes] | None" = None

    def client(self, user: str, folder: str = "INBOX") -> IMAPClient:
        """Return another mail program that has the user's folder open."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10)
        client.plain_login(user, PASSWORD)
        client.select_folder(folder)
        return client

    def maildir(self, user: str) -> Path:
        """Return where the mails of the user's inbox lie as files."""
        return self.folder / "mail" / user / "Maildir"

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Start, and wait until it greets."""
        command = [program("dovecot"), "-F", "-c", str(self.folder / "dovecot.conf")]
        self.process = subprocess.Popen(command, cwd=self.folder, start_new_session=True, **as_nobody())  # noqa: S603
        until(self._greets, "Dovecot greets")

    def _greets(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as probe:
            return probe.recv(4) == b"* OK"
        return False

    def stop(self, signal: int = SIGTERM) -> None:
        """Stop; with SIGKILL in an instant, as nobody needs its mails any more."""
        if self.process is not None:
            os.killpg(self.process.pid, signal)
            self.process.wait(PATIENCE_SECONDS)
            self.process = None


@contextmanager
def dovecot(settings: str = "", namespace: str = "separator = /", introspection: str = "") -> Iterator[Dovecot]:
    """Run a server while the block lasts.

    `settings` are further lines of its configuration; `introspection` is where it asks about tokens, if anywhere.
    """
    # Not pytest's folder: its path is too long for the sockets in it, and for nobody but its owner.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    server = Dovecot(folder, free_port(), free_port(), make_certificate(folder))
    words: dict[str, object] = {"folder": folder, "me": _me(), "port": server.port, "tls_port": server.tls_port}
    try:
        words |= {"settings": settings, "namespace": namespace, "introspection": introspection}
        _write(folder, words | {"tokens": Template(_TOKENS).substitute(words) if introspection else ""})
        server.start()
        yield server
    finally:
        server.stop(SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _write(folder: Path, words: dict[str, object]) -> None:
    (folder / "log").touch()
    (folder / "passwords").write_text(f"all:{{PLAIN}}{PASSWORD}\n", "utf-8")
    (folder / "oauth2.conf").write_text(Template(_OAUTH2).substitute(words))
    (folder / "dovecot.conf").write_text(Template(_CONFIGURATION).substitute(words))
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "nobody", "nogroup")


def _me() -> str:
    return "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def as_nobody() -> dict[str, Any]:
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


_CONFIGURATION = """\
base_dir = $folder/run
state_dir = $folder/state
log_path = $folder/log
listen = 127.0.0.1
protocols = imap
default_internal_user = $me
default_internal_group =
default_login_user = $me
first_valid_uid = 1
disable_plaintext_auth = no
auth_failure_delay = 0
ssl = yes
ssl_cert = <$folder/cert.pem
ssl_key = <$folder/key.pem
mail_location = maildir:~/Maildir
mail_fsync = never
auth_mechanisms = plain xoauth2
userdb {
  driver = static
  args = home=$folder/mail/%u
}
passdb {
  driver = passwd-file
  mechanisms = plain
  args = username_format=all $folder/passwords
}
$tokens
service auth {
  client_limit = 5000
}
service imap {
  service_count = 1000
}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    port = $port
  }
  inet_listener imaps {
    port = $tls_port
    ssl = yes
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
namespace inbox {
  inbox = yes
  $namespace
}
$settings
"""

_TOKENS = """\
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = $folder/oauth2.conf
}
"""

_OAUTH2 = """\
introspection_mode = post
introspection_url = $introspection
username_attribute = username
active_attribute = active
active_value = true
force_introspection = yes
timeout_msecs = 5000
"""


@dataclass
class Wire:
    """A wire to a server. `said` is what clients have sent so far, `connections` how many there were.

    Cut at once when a client sends `cut_at_request`, when the server sends `cut_at_answer`, or after so many bytes of
    the server's in one connection; silent in both directions, but not closed, while `held`. A client that sends
    `hold_at_request` is still heard, and then it is held.
    """

    target: int
    cut_at_request: bytes = b""
    cut_at_answer: bytes = b""
    cut_after: int = 0
    hold_at_request: bytes = b""
    port: int = 0
    connections: int = 0
    said: bytes = b""
    ends: list[socket.socket] = field(default_factory=list)
    held: Event = field(default_factory=Event)
    closing: Event = field(default_factory=Event)

    def serve(self, listener: socket.socket) -> None:
        threads: list[Thread] = []
        while not self.closing.is_set():
            with suppress(OSError):
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                self.connections += 1
                self.ends += [near, far]
                threads += [Thread(target=self._pump, args=(near, far, "request"))]
                threads += [Thread(target=self._pump, args=(far, near, "answer"))]
                for thread in threads[-2:]:
                    thread.start()
        self.cut()
        for thread in threads:
            thread.join()

    def _pump(self, source: socket.socket, target: socket.socket, side: str) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(65536):
                passed += len(data)
                if side == "request":
                    self.said += data
                while self.held.is_set() and not self.closing.is_set():
                    self.closing.wait(0.01)
                if self._cuts(data, passed, side):
                    break
                target.sendall(data)
                if side == "request" and self.hold_at_request and self.hold_at_request in data:
                    self.hold_at_request = b""
                    self.held.set()
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cuts(self, data: bytes, passed: int, side: str) -> bool:
        if side == "request":
            return bool(self.cut_at_request) and self.cut_at_request in data
        return bool(self.cut_at_answer and self.cut_at_answer in data) or 0 < self.cut_after < passed

    def cut(self) -> None:
        """Cut all connections there are."""
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire(target: int) -> Iterator[Wire]:
    """Lay a wire to a loopback port while the block lasts."""
    made = Wire(target)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        made.port = int(listener.getsockname()[1])
        thread = Thread(target=made.serve, args=(listener,))
        thread.start()
        try:
            yield made
        finally:
            made.closing.set()
            thread.join()
            for end in made.ends:
                end.close()

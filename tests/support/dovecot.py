"""A private Dovecot on this machine for tests, its certificate, and a wire to it that can be cut or held.

It runs without root's rights from a folder of its own on a free loopback port, and is gone after the block.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

from imapclient import IMAPClient

PASSWORD = 'pa"ss\\wörd 1'
PATIENCE_SECONDS = 20


def missing() -> str:
    """Return why Dovecot cannot be run here, or ""."""
    gone = [name for name in ("dovecot", "openssl") if not _binary(name)]
    return f"{' and '.join(gone)} not installed (Debian: dovecot-imapd)" if gone else ""


def _binary(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the condition holds; raise AssertionError when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.01)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1, by no authority but itself."""

    certificate: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    """Make a certificate that holds for a day."""
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=mail.test"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(made.key), "-out", str(made.certificate)]
    subprocess.run([str(_binary("openssl")), *command.split(), *names], check=True, capture_output=True)  # noqa: S603
    made.key.chmod(0o644)
    return made


@dataclass
class Dovecot:
    """One running server; every user name has the same password and a mailbox of its own."""

    folder: Path
    port: int
    tls_port: int
    certificate: Certificate
    process: "subprocess.Popen[bytes] | None" = None

    def client(self, user: str) -> IMAPClient:
        """Return a second mail program on the user's mailbox."""
        made = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10)
        made.plain_login(user, PASSWORD)
        made.select_folder("INBOX")
        return made

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Start, and wait until it greets."""
        command = [str(_binary("dovecot")), "-F", "-c", str(self.folder / "dovecot.conf")]
        self.process = subprocess.Popen(command, cwd=self.folder, **_as_nobody())  # type: ignore[call-overload]  # noqa: S603
        until(self._greets, "Dovecot greets")

    def _greets(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as probe:
            return probe.recv(4) == b"* OK"
        return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)
            self.process = None


def _as_nobody() -> dict[str, str]:
    return {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}


@contextmanager
def dovecot(introspection_url: str = "", settings: str = "", namespace: str = "separator = /") -> Iterator[Dovecot]:
    """Run a server while the block lasts; `settings` are further lines for its configuration."""
    # Not pytest's folder: that is root's alone, and its path is too long for the sockets in it.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    server = Dovecot(folder, free_port(), free_port(), certificate(folder))
    try:
        (folder / "oauth2.conf").write_text(_OAUTH2.format(url=introspection_url))
        values = {"folder": folder, "me": _me(), "port": server.port, "tls_port": server.tls_port}
        (folder / "passwords").write_text("")
        conf = _CONF.format(**values, password=PASSWORD, oauth2=_PASSDB if introspection_url else "")
        (folder / "dovecot.conf").write_text(conf % {"namespace": namespace, "settings": settings, "folder": folder})
        _hand_over(folder)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _me() -> str:
    return "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _hand_over(folder: Path) -> None:
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "nobody", "nogroup")

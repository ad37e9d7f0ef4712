"""A private Postfix on this machine for tests, set up by the lines that the documentation shows.

Its configuration, queue and log are in a folder of its own; it listens on a free loopback port, and is gone after the
block. Only root can run it, as Postfix changes its user.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from string import Template
from typing import Any

from tests.edge.smtp.smtp_client import RawClient
from tests.support.dovecot import PATIENCE_SECONDS, free_port, missing, program, until

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "mail-in.md"
_BLOCK = re.compile(r"^`/etc/postfix/([\w.]+)`[^\n]*:\n\n```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def unusable() -> str:
    """Return why Postfix cannot be run here, or ""."""
    return missing("postfix", "postconf") or ("Postfix can only be started by root" if os.geteuid() else "")


def documented(*, over_unix: bool) -> dict[str, str]:
    """Return, by file name, the lines that docs/mail-in.md tells an operator to write."""
    files: dict[str, list[str]] = {}
    for name, lines in _BLOCK.findall(DOCUMENTATION.read_text("utf-8")):
        files.setdefault(name, []).append(lines)
    assert {name: len(blocks) for name, blocks in files.items()} == {"main.cf": 2, "transport": 2, "master.cf": 1}
    tcp, unix = files["transport"]
    if not over_unix:
        return {"main.cf": files["main.cf"][0], "transport": tcp, "master.cf": ""}
    return {"main.cf": "".join(files["main.cf"]), "transport": unix, "master.cf": files["master.cf"][0]}


@dataclass
class Postfix:
    """One running Postfix."""

    folder: Path
    port: int
    seen: int = 0

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def forget(self) -> None:
        """Begin a new log, for the next test."""
        self.seen = len(self.log())

    def lines(self, *words: str) -> list[str]:
        """Return the lines of the log that hold all these words."""
        return [line for line in self.log()[self.seen :].splitlines() if all(word in line for word in words)]

    def queue(self) -> int:
        """Return how many mails wait in the queue."""
        command = [program("postqueue"), "-c", str(self.folder / "etc"), "-j"]
        listed = subprocess.run(command, check=True, capture_output=True)  # noqa: S603
        return len(listed.stdout.splitlines())

    def client(self) -> RawClient:
        return RawClient(self.port)


@contextmanager
def postfix(files: dict[str, str]) -> Iterator[Postfix]:
    """Run Postfix while the block lasts, with these files beside what makes it a private one."""
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    made = Postfix(folder, free_port())
    try:
        _write(made, files)
        # Postfix's own start script checks and reports on much that a test has no use for, which takes seconds.
        command = [_setting("daemon_directory") + "/master", "-c", str(folder / "etc"), "-d"]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, start_new_session=True, **quiet)  # noqa: S603
        try:
            until(lambda: _greets(made, process), "Postfix greets")
            yield made
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, SIGKILL)
            process.wait(PATIENCE_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _setting(name: str) -> str:
    command = [program("postconf"), "-d", "-h", name]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def _greets(made: Postfix, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, made.log()
    with suppress(OSError), made.client() as client:
        return client.greeting.startswith("220")
    return False


def _write(made: Postfix, files: dict[str, str]) -> None:
    etc = made.folder / "etc"
    for name in ("etc", "queue", "data", *(f"queue/{name}" for name in _QUEUE.split())):
        (made.folder / name).mkdir()
    for name in ("data", *(f"queue/{name}" for name in _QUEUE.split() if name != "pid")):
        shutil.chown(made.folder / name, "postfix")
    base = Template(_MAIN).substitute(folder=made.folder)
    (etc / "main.cf").write_text(base + files["main.cf"].replace("/etc/postfix", str(etc)))
    (etc / "transport").write_text(files["transport"])
    (etc / "master.cf").write_text(Template(_MASTER).substitute(port=made.port) + files["master.cf"])


_QUEUE = "active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace"

_MAIN = """\
compatibility_level = 3.6
queue_directory = $folder/queue
data_directory = $folder/data
maillog_file = $folder/log
maillog_file_prefixes = $folder
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.se
mydestination =
# The tests' clients are strangers, as a mail server on the Internet is.
mynetworks = 192.0.2.1/32
local_header_rewrite_clients =
alias_maps =
local_recipient_maps =
smtputf8_enable = no
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
"""

_MASTER = """\
127.0.0.1:$port inet n - n - - smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 1 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
lmtp      unix - - n - - lmtp
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
tlsmgr    unix - - n 1000? 1 tlsmgr
"""

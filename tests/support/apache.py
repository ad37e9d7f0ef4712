"""A login in front of a bot, on this machine: a real Apache with mod_auth_openidc, and a real OpenID provider.

Apache is set up by the lines that the documentation shows. Both run without root's rights on free loopback ports, and
are gone after the block.
"""

import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from tests.support.dovecot import PATIENCE_SECONDS, as_nobody, free_port, missing, program, until

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "operating.md"
MODULES = Path("/usr/lib/apache2/modules")
_BLOCK = re.compile(r"^```apache\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def unusable() -> str:
    """Return why no login can be put in front of a bot here, or ""."""
    module = "" if (MODULES / "mod_auth_openidc.so").exists() else "libapache2-mod-auth-openidc is not installed"
    mock = "" if importlib.util.find_spec("oidc_provider_mock") else "oidc-provider-mock is not installed"
    return missing("apache2") or module or mock


def configured(provider: str, front: str, bot: str) -> str:
    """Return the lines that docs/operating.md tells an operator of Apache to write, with these addresses."""
    [lines] = _BLOCK.findall(DOCUMENTATION.read_text("utf-8"))
    for shown, here in {
        "https://login.example.se": provider,
        "https://inkop.example.se": front,
        "http://127.0.0.1:8080": bot,
    }.items():
        assert shown in lines, f"{DOCUMENTATION.name} no longer holds {shown}"
        lines = lines.replace(shown, here)
    return str(lines)


@dataclass(frozen=True)
class Provider:
    """An OpenID provider that lets anyone log in as whomever they say.

    It is "localhost" and the bot "127.0.0.1", which for a browser are two sites, as they are in life.
    """

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def ready(self) -> None:
        """Wait until it answers."""
        until(
            lambda: _answers(f"{self.address}/.well-known/openid-configuration", self.process), "the provider answers"
        )


@contextmanager
def provider() -> Iterator[Provider]:
    """Run a provider while the block lasts; it starts while other things do."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet)  # noqa: S603
    try:
        yield Provider(port, process)
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)


@contextmanager
def apache(port: int, lines: str) -> Iterator[None]:
    """Run Apache on the port while the block lasts, with these lines beside what makes it a private one."""
    folder = Path(tempfile.mkdtemp(prefix="apache-"))
    base = Template(_CONFIGURATION).substitute(folder=folder, modules=MODULES, port=port)
    (folder / "apache2.conf").write_text(base + lines.replace("/etc/apache2", str(folder)), "utf-8")
    for name in ("oidc-secret", "oidc-passphrase"):
        (folder / name).write_text(f"{secrets.token_urlsafe()}\n")
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "nobody", "nogroup")
    command = [program("apache2"), "-DFOREGROUND", "-f", str(folder / "apache2.conf")]
    process = subprocess.Popen(command, start_new_session=True, **as_nobody())  # noqa: S603
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}/healthz", process), "Apache answers")
        yield
    finally:
        process.terminate()  # killed, it would leave semaphores behind
        process.wait(PATIENCE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, "it has ended"
    with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  this machine
        return int(answer.status) == 200
    return False


_CONFIGURATION = """\
ServerRoot $folder
ServerName 127.0.0.1
PidFile $folder/pid
ErrorLog $folder/error.log
LogLevel crit
Listen 127.0.0.1:$port
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authn_core_module $modules/mod_authn_core.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule authz_user_module $modules/mod_authz_user.so
LoadModule auth_openidc_module $modules/mod_auth_openidc.so
LoadModule headers_module $modules/mod_headers.so
LoadModule proxy_module $modules/mod_proxy.so
LoadModule proxy_http_module $modules/mod_proxy_http.so
StartServers 1
MinSpareThreads 1
ServerLimit 1
ThreadsPerChild 20
MaxRequestWorkers 20
"""

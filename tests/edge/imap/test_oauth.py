"""Access tokens, from a real token endpoint on this machine."""

import json
import logging
import re
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from mailbot.edge.imap.oauth import AccessTokens, TokenRefusedError, TokenSource, TokenTroubleError
from mailbot.settings.shapes import ImapInSettings
from tests.support.dovecot import make_certificate, missing
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, TokenServer, token_server

SCOPE = "https://outlook.office365.com/.default"

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "mail-in.md"
OPEN_FILES = Path("/proc/self/fd")

needs_openssl = pytest.mark.skipif(bool(missing("openssl")), reason=missing("openssl"))


class Watch:
    """A clock that the test moves."""

    time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with token_server() as made:
        yield made


@pytest.fixture
def refresh_file(tmp_path: Path) -> Path:
    path = tmp_path / "refresh-token"
    path.write_text("refresh-1\n")
    path.chmod(0o600)
    return path


def source(server: TokenServer, refresh_file: Path | None = None, secret: str = CLIENT_SECRET) -> TokenSource:
    return TokenSource(server.url, CLIENT_ID, secret, SCOPE, refresh_file)


# Getting tokens


def test_a_client_gets_a_token_by_its_own_credentials(server: TokenServer) -> None:
    assert AccessTokens(source(server)).get() == "token-1"
    expected = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    assert server.asked == [expected | {"scope": SCOPE}]


def test_a_client_gets_a_token_by_a_refresh_token(server: TokenServer, refresh_file: Path) -> None:
    assert AccessTokens(source(server, refresh_file)).get() == "token-1"
    expected = {"grant_type": "refresh_token", "refresh_token": "refresh-1", "client_id": CLIENT_ID}
    assert server.asked == [expected | {"client_secret": CLIENT_SECRET, "scope": SCOPE}]


def test_what_is_not_configured_is_not_sent(server: TokenServer) -> None:
    with pytest.raises(TokenRefusedError):
        AccessTokens(TokenSource(server.url, CLIENT_ID)).get()
    assert server.asked == [{"grant_type": "client_credentials", "client_id": CLIENT_ID}]


@pytest.mark.parametrize(
    ("life", "kept"), [(3600, 3300), ("3599", 3299), (600, 300), (100, 50), (None, 300), ("soon", 300)]
)
def test_a_token_is_kept_until_shortly_before_its_end(server: TokenServer, life: object, kept: int) -> None:
    server.life = life
    watch = Watch()
    tokens = AccessTokens(source(server), watch)
    assert tokens.get() == "token-1"
    watch.time += kept - 0.1
    assert tokens.get() == "token-1"
    watch.time += 0.1
    assert tokens.get() == "token-2"


def test_a_token_that_ends_at_once_is_still_handed_out(server: TokenServer) -> None:
    server.life = -5
    tokens = AccessTokens(source(server))
    assert [tokens.get(), tokens.get()] == ["token-1", "token-2"]


def test_a_refused_token_is_not_handed_out_again(server: TokenServer) -> None:
    tokens = AccessTokens(source(server))
    tokens.get()
    tokens.refused()
    assert tokens.get() == "token-2"


def test_a_new_token_is_worth_trying_only_where_the_refused_one_was_old(server: TokenServer) -> None:
    tokens = AccessTokens(source(server))
    tokens.get()
    tokens.get()
    assert tokens.refused()
    tokens.get()
    assert not tokens.refused()


# Refresh tokens


def test_a_new_refresh_token_replaces_the_old_one_in_its_file(server: TokenServer, refresh_file: Path) -> None:
    server.rotates = True
    tokens = AccessTokens(source(server, refresh_file))
    tokens.get()
    assert refresh_file.read_text() == "refresh-2\n"
    assert refresh_file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in refresh_file.parent.iterdir()] == ["refresh-token"]
    tokens.refused()
    assert tokens.get() == "token-2"
    assert AccessTokens(source(server, refresh_file)).get() == "token-3"


def test_a_refresh_token_that_does_not_change_is_not_written(server: TokenServer, refresh_file: Path) -> None:
    before = refresh_file.stat()
    AccessTokens(source(server, refresh_file)).get()
    assert refresh_file.stat().st_mtime_ns == before.st_mtime_ns
    assert refresh_file.stat().st_ino == before.st_ino


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason=f"{OPEN_FILES} is needed: a folder that even root cannot write to")
def test_a_new_refresh_token_that_cannot_be_written_is_used_and_written_later(
    server: TokenServer, refresh_file: Path, tmp_path: Path
) -> None:
    server.rotates = True
    with refresh_file.open() as file, structlog.testing.capture_logs() as logged:
        secrets = tmp_path / "secrets"
        secrets.symlink_to(OPEN_FILES)
        stored = secrets / str(file.fileno())
        tokens = AccessTokens(source(server, stored))
        assert tokens.get() == "token-1"
        tokens.refused()
        assert tokens.get() == "token-2"
        assert [line["event"] for line in logged] == ["refresh_token_not_stored"] * 2
        secrets.unlink()
        secrets.mkdir()
        tokens.refused()
        assert tokens.get() == "token-3"
        assert stored.read_text() == server.refresh_token + "\n"
    assert "refresh-" not in str(logged).replace("refresh-token", "")


def test_an_operator_may_replace_the_refresh_token_while_the_bot_runs(server: TokenServer, refresh_file: Path) -> None:
    tokens = AccessTokens(source(server, refresh_file))
    tokens.get()
    server.refresh_token = "refresh-new"
    refresh_file.write_text("refresh-new")
    tokens.refused()
    assert tokens.get() == "token-2"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_refresh_token_that_others_can_read_is_not_used(server: TokenServer, refresh_file: Path, mode: int) -> None:
    refresh_file.chmod(mode)
    with pytest.raises(TokenRefusedError, match="chmod 600"):
        AccessTokens(source(server, refresh_file)).get()
    assert server.asked == []


@pytest.mark.parametrize("content", [None, b"", b"  \n", b"\xff\xfe"])
def test_a_refresh_token_that_is_not_there_is_asked_for(
    server: TokenServer, refresh_file: Path, content: bytes | None
) -> None:
    refresh_file.unlink() if content is None else refresh_file.write_bytes(content)
    with pytest.raises(TokenRefusedError, match="holds no refresh token"):
        AccessTokens(source(server, refresh_file)).get()


# Refusals and trouble


def test_a_wrong_client_secret_is_told_with_the_remedy_and_the_providers_number(server: TokenServer) -> None:
    with pytest.raises(TokenRefusedError, match=r"127\.0\.0\.1 .*invalid_client \(AADSTS7000222\).*make a new one"):
        AccessTokens(source(server, secret="wr0ng")).get()


def test_an_ended_consent_is_told_with_the_remedy(server: TokenServer, refresh_file: Path) -> None:
    server.refresh_token = "refresh-of-somebody-else"
    with pytest.raises(TokenRefusedError, match=r"invalid_grant.*get a new refresh token"):
        AccessTokens(source(server, refresh_file)).get()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b'{"error": "invalid_scope"}'),
        (403, b"{}"),
        (404, b"<html>"),
        (301, b""),
        (307, b""),
    ],
)
def test_an_endpoint_that_says_no_is_a_refusal(server: TokenServer, status: int, body: bytes) -> None:
    server.answer = (status, body)
    with pytest.raises(TokenRefusedError, match=f"HTTP {status}"):
        AccessTokens(source(server)).get()
    assert len(server.asked) == 1, "a redirect would take the secret along"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (503, b"sorry"),
        (429, b'{"error": "slow_down"}'),
        (400, b'{"error": "temporarily_unavailable"}'),
        (200, b""),
        (200, b"[" * 100_000),
        (200, b'["access_token"]'),
        (200, b'{"access_token": ""}'),
        (200, b'{"access_token": 7}'),
        (200, b"\xff"),
    ],
)
def test_an_endpoint_in_trouble_is_asked_again_later(server: TokenServer, status: int, body: bytes) -> None:
    server.answer = (status, body)
    tokens = AccessTokens(source(server))
    with pytest.raises(TokenTroubleError):
        tokens.get()
    server.answer = None
    assert tokens.get() == "token-2"


def test_an_endpoint_that_is_gone_is_trouble_not_a_refusal() -> None:
    with token_server() as gone:
        known = source(gone)
    with pytest.raises(TokenTroubleError, match="cannot be reached"):
        AccessTokens(known).get()


def test_no_error_and_no_log_line_holds_a_secret(
    server: TokenServer, refresh_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The endpoint repeats what it was sent, where a description is expected."""
    caplog.set_level(logging.DEBUG)
    refresh_file.write_text("r3fresh")
    with structlog.testing.capture_logs() as logged, pytest.raises(TokenRefusedError) as error:
        AccessTokens(source(server, refresh_file)).get()
    said = f"{error.value!r} {logged} {caplog.text} {source(server, refresh_file)}"
    assert not re.search("r3fresh|s3cret", said)


def test_an_error_code_that_is_none_is_not_repeated(server: TokenServer) -> None:
    server.answer = (400, json.dumps({"error": f"no {CLIENT_SECRET}"}).encode())
    with pytest.raises(TokenRefusedError) as error:
        AccessTokens(source(server)).get()
    assert CLIENT_SECRET not in str(error.value)


# TLS


@pytest.mark.parametrize(
    "url", ["http://login.example/token", "ftp://127.0.0.1/", "login.example/token", "", "https://", "http://[::2]/"]
)
def test_a_token_url_without_tls_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        TokenSource(url, CLIENT_ID)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/t", "http://localhost/t", "http://[::1]/t", "https://a.example/t"])
def test_a_token_url_with_tls_or_on_this_machine_is_taken(url: str) -> None:
    assert TokenSource(url, CLIENT_ID).token_url == url


@needs_openssl
def test_an_endpoint_with_an_unknown_certificate_is_shown_no_secret(tmp_path: Path) -> None:
    with token_server(make_certificate(tmp_path)) as server:
        tokens = AccessTokens(TokenSource(server.url.replace("http:", "https:"), CLIENT_ID, CLIENT_SECRET))
        with pytest.raises(TokenTroubleError, match=r"certificate .* not accepted: self-signed"):
            tokens.get()
        assert server.asked == []


@needs_openssl
def test_an_authority_of_ones_own_is_named_by_ssl_cert_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    with token_server(certificate) as server:
        url = server.url.replace("http:", "https:")
        assert AccessTokens(TokenSource(url, CLIENT_ID, CLIENT_SECRET)).get() == "token-1"
        wrong_name = TokenSource(url.replace("127.0.0.1", "localhost"), CLIENT_ID, CLIENT_SECRET)
        with pytest.raises(TokenTroubleError, match=r"certificate .* not accepted: Hostname mismatch"):
            AccessTokens(wrong_name).get()


# The documentation


def documented() -> list[dict[str, str]]:
    """Return the [imap_in] tables that docs/mail-in.md tells an operator to write."""
    blocks = re.findall(r"^ *```toml\n(.*?)^ *```", DOCUMENTATION.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    files = (tomllib.loads(textwrap.dedent(block)) for block in blocks)
    return [file["imap_in"] for file in files if "imap_in" in file]


def test_the_documented_mailboxes_have_keys_that_exist_and_lack_none_that_they_need() -> None:
    ways = {table["auth"]: table for table in documented()}
    assert ways.keys() == {"password", "client-credentials", "refresh-token"}
    for table in ways.values():
        assert table.keys() <= ImapInSettings.model_fields.keys()
        if table["auth"] != "password":
            assert TokenSource(table["token_url"], table["client_id"], scope=table.get("scope", ""))

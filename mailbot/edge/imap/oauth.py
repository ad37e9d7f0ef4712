"""Access tokens for a mailbox that takes no passwords: fetched by OAuth2, kept until shortly before they end.

Grants: client-credentials for the bot's own user, refresh-token where a person has once consented. Errors name the
endpoint's host and error code only: what it says beside them may repeat what it was sent.
"""

import json
import re
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

import structlog

from mailbot.edge.peers import is_loopback, verified_tls
from mailbot.edge.whole_file import put

log = structlog.get_logger()

_REPLY_BYTES = 64 * 1024
_TIMEOUT_SECONDS = 30
_EARLY_SECONDS = 300  # how long before its end a token is no longer handed out
_UNSTATED_SECONDS = 600  # the life of a token whose endpoint does not state one

_OK = 200
_REFUSALS = range(300, 500)
_BUSY = {408, 425, 429}
_PASSING = {"temporarily_unavailable", "server_error", "slow_down"}
_REMEDIES = {
    "invalid_client": "the client's id or secret is wrong, or the secret has expired: make a new one",
    "invalid_grant": "the consent has ended or was withdrawn: get a new refresh token",
    "unauthorized_client": "the client may not use this grant: check its registration",
    "invalid_scope": "check scope, and that an administrator has granted it",
    "": "check token_url",
}


class TokenRefusedError(Exception):
    """The endpoint will not give a token until a person changes something; the message says what."""


class TokenTroubleError(Exception):
    """The endpoint gave no token this time; trying again later may help."""


@dataclass(frozen=True)
class TokenSource:
    """Where tokens come from: a person's consent with a `refresh_token_file` (mode 0600), else the client's own.

    A new refresh token is written to that file at once. `client_secret` may be "".
    """

    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scope: str = ""
    refresh_token_file: Path | None = None

    def __post_init__(self) -> None:
        """Raise ValueError when secrets would travel in the clear."""
        url = urlsplit(self.token_url)
        if not url.hostname or (url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname))):
            raise ValueError("token_url must begin with https://, or with http:// and name this machine")


class AccessTokens:
    """The current access token of one source; for use by one thread."""

    def __init__(self, source: TokenSource, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Remember the source; nothing is fetched yet."""
        self._source = source
        self._monotonic = monotonic
        self._token = ""
        self._ends_at = 0.0
        self._handed_out = 0
        self._unsaved = ""  # a refresh token that its file did not take

    def get(self) -> str:
        """Return a token with some life left; raises TokenRefusedError or TokenTroubleError."""
        if not self._token or self._monotonic() >= self._ends_at:
            self._fetch()
        self._handed_out += 1
        return self._token

    def refused(self) -> bool:
        """Forget the token, since a server refused it; True if it was not fresh, so that a new one may do better."""
        self._token = ""
        return self._handed_out > 1

    def _fetch(self) -> None:
        form = {"client_id": self._source.client_id, "scope": self._source.scope} | self._grant()
        if self._source.client_secret:
            form["client_secret"] = self._source.client_secret
        answer = _post(urlsplit(self._source.token_url), {key: value for key, value in form.items() if value})
        life = _seconds(answer.get("expires_in"))
        self._ends_at = self._monotonic() + life - min(_EARLY_SECONDS, life / 2)
        self._token, self._handed_out = str(answer["access_token"]), 0
        self._keep(answer.get("refresh_token"), form.get("refresh_token", ""))

    def _grant(self) -> dict[str, str]:
        if self._source.refresh_token_file is None:
            return {"grant_type": "client_credentials"}
        token = self._unsaved or _read_secret(self._source.refresh_token_file)
        return {"grant_type": "refresh_token", "refresh_token": token}

    def _keep(self, new: object, old: str) -> None:
        """Store a new refresh token: the old one may already be worth nothing."""
        token = new if isinstance(new, str) and new else old
        path = self._source.refresh_token_file
        if path is None or (token == old and not self._unsaved):
            return
        try:
            put(path, f"{token}\n")
            self._unsaved = ""
        except OSError as error:
            self._unsaved = token
            log.error("refresh_token_not_stored", file=str(path), error=type(error).__name__)


def _post(url: SplitResult, form: dict[str, str]) -> dict[str, Any]:
    """Return the endpoint's answer with a token in it; no redirect is followed, since it would take secrets along."""
    host = url.hostname or ""
    try:
        with closing(_connection(url)) as connection:
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
            path = url._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.request("POST", path, urlencode(form), headers)
            response = connection.getresponse()
            status, body = response.status, response.read(_REPLY_BYTES)
    except ssl.SSLCertVerificationError as error:
        raise TokenTroubleError(
            f"The certificate of the token endpoint {host} is not accepted: {error.verify_message}."
        ) from None
    except (OSError, HTTPException) as error:
        raise TokenTroubleError(f"The token endpoint {host} cannot be reached: {type(error).__name__}.") from None
    return _judged(host, status, _parsed(body))


def _connection(url: SplitResult) -> HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        return HTTPSConnection(host, url.port, timeout=_TIMEOUT_SECONDS, context=verified_tls())
    return HTTPConnection(host, url.port, timeout=_TIMEOUT_SECONDS)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _judged(host: str, status: int, answer: dict[str, Any]) -> dict[str, Any]:
    token = answer.get("access_token")
    if status == _OK and isinstance(token, str) and token:
        return answer
    error = str(answer.get("error", ""))
    error = error if re.fullmatch("[a-z_]{1,40}", error) else ""
    if status not in _REFUSALS or status in _BUSY or error in _PASSING:
        raise TokenTroubleError(f"The token endpoint {host} gave no token: HTTP {status} {error}".rstrip() + ".")
    detail = re.search(r"AADSTS\d{1,9}", str(answer.get("error_description", "")))
    words = " ".join(filter(None, (error, detail and f"({detail.group()})", f"HTTP {status}")))
    remedy = _REMEDIES.get(error, "check the client's registration")
    raise TokenRefusedError(f"The token endpoint {host} refuses to give a token, {words}: {remedy}.")


def _seconds(stated: object) -> float:
    """Return the stated life of a token; some endpoints write the number as text."""
    try:
        return max(0.0, float(str(stated)))
    except ValueError:
        return _UNSTATED_SECONDS


def _read_secret(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise TokenRefusedError(f"{path} can be read by others: run chmod 600 on it.")
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        raise TokenRefusedError(f"{path} holds no refresh token that the bot can read: write one in it.")
    return secret

"""A real OAuth2 token endpoint on this machine for tests; Dovecot asks it whether a token is good (RFC 7662)."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Lock, Thread
from urllib.parse import parse_qsl

from tests.support.dovecot import Certificate

CLIENT_ID, CLIENT_SECRET = "the-bot", "client-s3cret~.&=+"


@dataclass
class TokenServer:
    """What the endpoint was asked, and how it answers; `good` are the tokens that open a mailbox, with their user."""

    user: str = ""
    life: object = 3600
    refresh_token: str = "refresh-1"
    rotates: bool = False
    answer: tuple[int, bytes] | None = None  # says this instead, whatever it is asked for
    introspection_status: int = 200
    port: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)
    good: dict[str, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/tenant/token"

    def grant(self, form: dict[str, str]) -> tuple[int, bytes]:
        """Answer one request for a token as the providers do."""
        with self.lock:
            self.asked.append(form)
            if self.answer:
                return self.answer
            if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
                return 401, _json({"error": "invalid_client", "error_description": "AADSTS7000222: expired"})
            if form.get("grant_type") == "refresh_token" and form.get("refresh_token") != self.refresh_token:
                return 400, _json({"error": "invalid_grant", "error_description": f"{form} is no good"})
            return 200, _json(self._token(form))

    def _token(self, form: Mapping[str, str]) -> dict[str, object]:
        token = f"token-{len(self.asked)}"
        self.good[token] = self.user
        answer: dict[str, object] = {"access_token": token, "token_type": "Bearer", "expires_in": self.life}
        if form["grant_type"] == "refresh_token" and self.rotates:
            self.refresh_token = f"refresh-{len(self.asked) + 1}"
            answer["refresh_token"] = self.refresh_token
        return answer

    def introspect(self, form: Mapping[str, str]) -> tuple[int, bytes]:
        """Tell Dovecot whose the token is."""
        with self.lock:
            user = self.good.get(form.get("token", ""))
            answer = {"active": True, "username": user} if user else {"active": False}
            return self.introspection_status, _json(answer)

    def revoke(self) -> None:
        """Make all tokens handed out so far useless, as an administrator can."""
        with self.lock:
            self.good.clear()


def _json(answer: object) -> bytes:
    return json.dumps(answer).encode()


@contextmanager
def token_server(certificate: Certificate | None = None) -> Iterator[TokenServer]:
    """Serve on a free port while the block lasts, over TLS where a certificate is given."""
    made = TokenServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(body))
            status, answer = made.introspect(form) if self.path.startswith("/introspect") else made.grant(form)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", made.url)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = SSLContext(PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.certificate, certificate.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        made.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()

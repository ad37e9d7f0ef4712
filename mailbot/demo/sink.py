"""A relay for one machine: it keeps every mail the bot sends in a Maildir and shows them in the browser."""

import email
import mailbox
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.smtp.door import SmtpDoor
from mailbot.edge.smtp.limits import SmtpLimits
from mailbot.edge.smtp.open_connections import SmtpReception
from mailbot.edge.system_clock import utc_now
from mailbot.edge.web.headers import page_headers, style_markup
from mailbot.presentation import Place, render


@dataclass(frozen=True)
class Kept:
    """A mail that the bot sent."""

    key: str
    to: str
    subject: str
    text: str
    html: str


class Sink:
    """Takes any mail over SMTP; nothing leaves the machine."""

    def __init__(self, folder: Path) -> None:
        """Use (or make) a Maildir at the folder."""
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._box = mailbox.Maildir(folder)
        reception = SmtpReception(lambda _address: True, self._keep, utc_now)
        self.door = SmtpDoor("sink.demo", "smtp", reception, SmtpLimits())

    def _keep(self, mails: Sequence[RawMail]) -> None:
        for mail in mails:
            self._box.add(mail.raw)

    def kept(self) -> Sequence[Kept]:
        """Return what was sent, newest first."""
        return sorted(self._read(), key=lambda mail: _made_at(mail.key), reverse=True)

    def _read(self) -> Iterator[Kept]:
        for key in self._box.keys():  # noqa: SIM118  a Maildir is no mapping
            message = email.message_from_bytes(self._box.get_bytes(key), policy=policy.default)
            text, html = _part(message, "plain"), _part(message, "html")
            yield Kept(key, str(message["To"]), str(message["Subject"]), text, html)

    def routes(self) -> list[BaseRoute]:
        """Return the pages that show what was sent."""
        return [Route("/demo/outbox", self._list), Route("/demo/outbox/{key}", self._one)]

    def _list(self, _request: Request) -> Response:
        values = {"mails": self.kept(), "style_markup": style_markup(), "contact": "it-inkop@example.se"}
        page = render("web/demo_outbox.html", values, Place("sv", "Europe/Stockholm"), html=True)
        return HTMLResponse(page, headers=page_headers())

    def _one(self, request: Request) -> Response:
        found = [mail for mail in self.kept() if mail.key == request.path_params["key"]]
        if not found:
            return Response(status_code=404)
        # A mail's own styles stand in its elements; scripts and everything from outside stay shut out.
        own = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return HTMLResponse(found[0].html, headers=own)


def _made_at(key: str) -> tuple[int, int, int]:
    """Maildir keys begin with seconds, microseconds and a running number: 1700000000.M000001P1Q1.host."""
    seconds, rest, *_ = key.split(".")
    micro, _, running = rest.removeprefix("M").partition("P")
    return int(seconds), int(micro), int(running.partition("Q")[2] or 0)


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body else ""

"""One HTTP request at a time, exactly as asked: no redirect is followed, no path is tidied, nothing is cached."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urlencode, urlsplit

TIMEOUT_SECONDS = 20


class NoAnswerError(Exception):
    """The pages do not answer; the message says what was tried and why it failed."""


@dataclass(frozen=True)
class HttpRequest:
    """What is asked for: `path` as it stands in the request line."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class HttpResponse:
    """What came back; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Browser:
    """Asks one server, `base` being its scheme, host and port."""

    base: str

    def ask(self, request: HttpRequest) -> HttpResponse:
        """Return the answer; raises NoAnswerError."""
        place = urlsplit(self.base)
        kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = kind(place.hostname or "", place.port, timeout=TIMEOUT_SECONDS)
        headers = {"Connection": "close", **request.headers}
        if request.method == "POST":
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        try:
            connection.request(request.method, request.path, request.body.encode() or None, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            return HttpResponse(answer.status, {k.lower(): v for k, v in answer.getheaders()}, text)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswerError(f"{self.base} does not answer ({error or type(error).__name__})") from error
        finally:
            connection.close()

    def get(self, path: str) -> HttpResponse:
        """Open a page."""
        return self.ask(HttpRequest("GET", path))

    def press(self, page: HttpResponse, button: str, typed: Mapping[str, str] | None = None) -> HttpResponse:
        """Press a button of a page as a person's browser does, with what was typed; raises LookupError without one."""
        form = next((f for f in _Forms(page.text).found if button in f.buttons), None)
        if form is None:
            raise LookupError(button)
        fields = {**form.hidden, **({"action": button} if button else {}), **(typed or {})}
        return self.ask(HttpRequest("POST", form.action, self.own(), urlencode(fields)))

    def own(self) -> dict[str, str]:
        """Return the headers by which a browser says that a press comes from the server's own page."""
        return {"Origin": self.base, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}


def at(url: str) -> tuple[Browser, str]:
    """Return who asks for an address, and the path to ask for."""
    place = urlsplit(url)
    path = quote(place.path, safe="/%") + (f"?{place.query}" if place.query else "")
    return Browser(f"{place.scheme}://{place.netloc}"), path


@dataclass
class _Form:
    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[_Form] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect forms, their hidden fields and their buttons ("" for one without a value)."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(_Form(given.get("action", "")))
        elif self.found and tag == "input" and given.get("type") == "hidden":
            self.found[-1].hidden[given.get("name", "")] = given.get("value", "")
        elif self.found and tag == "button":
            self.found[-1].buttons.append(given.get("value", ""))

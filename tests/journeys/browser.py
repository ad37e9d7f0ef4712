"""A plain HTTP client that does what a person's browser does: opens links, reads forms and presses buttons."""

import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from email.message import EmailMessage
from html import unescape
from html.parser import HTMLParser

from tests.support.relay import text_of


@dataclass
class Form:
    """One form: where it is sent, its hidden fields, and its buttons by value ("" for a button without one)."""

    action: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.shown = True

    def handle_endtag(self, tag: str) -> None:
        self.shown = self.shown or tag in {"style", "script"}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.shown = tag not in {"style", "script"}
        if tag == "form":
            assert given["method"] == "post"
            self.forms.append(Form(given["action"]))
        elif tag == "input" and given["type"] == "hidden":
            self.forms[-1].hidden[given["name"]] = given["value"]
        elif tag == "button":
            self.forms[-1].buttons.append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.shown:
            self.words.append(data)


@dataclass(frozen=True)
class Page:
    """A page as it was answered."""

    url: str
    status: int
    text: str
    forms: tuple[Form, ...]
    browser: "Browser"

    @property
    def buttons(self) -> list[str]:
        """The values of every button on the page."""
        return [value for form in self.forms for value in form.buttons]

    @property
    def version(self) -> str:
        """The version of the order that the page shows to its decider."""
        return self.forms[0].hidden["version"]

    def press(self, button: str = "", **written: str) -> "Page":
        """Press the button of that value, with what a person wrote, and return the page that follows."""
        form = next((f for f in self.forms if button in f.buttons), None)
        assert form, f"there is no button {button!r}: {self.text}"
        fields = {**form.hidden, **({"action": button} if button else {}), **written}
        return self.browser.answer(urllib.parse.urljoin(self.url, form.action), urllib.parse.urlencode(fields).encode())


class Browser:
    """One person's browser: it keeps its cookies to itself."""

    def __init__(self) -> None:
        """Begin without any cookie."""
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def answer(self, url: str, body: bytes | None = None) -> Page:
        """Return the page that answers a GET, or a POST of a body."""
        try:
            with self._opener.open(url, body, timeout=10) as answer:  # our own page on this machine
                return self._page(answer.url, answer.status, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return self._page(url, error.code, error.read())

    def _page(self, url: str, status: int, body: bytes) -> Page:
        reader = _Reader()
        reader.feed(body.decode())
        return Page(url, status, unescape(" ".join(" ".join(reader.words).split())), tuple(reader.forms), self)


def visit(url: str) -> Page:
    """Open a link in a browser of its own."""
    return Browser().answer(url)


def head(url: str) -> int:
    """Ask about a link without opening it, as a mail scanner does; return the status."""
    with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=10) as answer:  # noqa: S310
        return int(answer.status)


def link(mail: EmailMessage, purpose: str, about: str = "") -> str:
    """Return the mail's first link of a purpose; where there are several, the first after the words `about`."""
    text = text_of(mail)
    found = re.search(rf"http://\S+/{purpose}/[^\s?]+(\?\S+)?", text[text.index(about) :])
    assert found, text
    return found[0]

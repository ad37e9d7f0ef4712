"""A login in front of the pages, for real: Apache with mod_auth_openidc as documented, a provider, and a browser."""

import http.client
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from mailbot.store.driver import sqlite3
from tests.browser.chromium import SIZES, chromium, missing
from tests.journeys.browser import link
from tests.journeys.people import Asked, asked, order
from tests.support.apache import apache, configured, provider, unusable
from tests.support.dovecot import free_port
from tests.support.process import ANNA, EVA, Served, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytestmark = pytest.mark.skipif(bool(unusable() or missing()), reason=unusable() or missing())

HEADER = "X-Forwarded-Email"
APPROVE = {"action": "approve", "version": "1", "destination": "supplier", "comment": ""}


@dataclass(frozen=True)
class Answer:
    """What a program was answered."""

    status: int
    led_to: str
    text: str


@dataclass
class Front:
    """A bot whose approvers reach it through Apache only, which connects from an address of its own."""

    bot: Served
    base: str
    provider: str
    browser: "Browser"

    def ask(self, method: str, path: str, *headers: tuple[str, str], straight: bool = False) -> Answer:
        """Ask as a program does, which writes any header it likes; `straight` to the bot, past Apache."""
        body = urlencode(APPROVE).encode() if method == "POST" else b""
        form = [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(body)))]
        to = urlsplit(self.bot.base_url if straight else self.base).netloc
        with closing(http.client.HTTPConnection(to, timeout=10)) as connection:
            connection.putrequest(method, path)
            for name, value in [("Accept", "text/html"), *form, *headers]:
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers.get("Location", ""), answer.read().decode())

    def events(self, number: str) -> list[tuple[str, str]]:
        """Return what has happened to the order, and how it was proven."""
        query = "SELECT what, proof FROM events JOIN orders ON orders.id = order_id WHERE number = ? ORDER BY events.id"
        with closing(sqlite3.connect(self.bot.config / "mailbot.db")) as database:
            return database.execute(query, (number,)).fetchall()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    changes = {
        "[web]": f'[web]\nlogin_header = "{HEADER}"\nlogin_proxies = ["127.0.0.2"]',
        'base_url = "': f'base_url = "{base}" # "',
        "[policy]": '[policy]\nstep_up_above = "0 SEK"',
    }
    with provider() as login, serving(tmp_path_factory.mktemp("login"), changes=changes) as bot:
        lines = configured(login.address, base, bot.base_url) + "ProxySourceAddress 127.0.0.2\n"
        with apache(port, lines), chromium() as browser:
            login.ready()
            yield Front(bot, base, login.address, browser)


@pytest.fixture(scope="module")
def orders(front: Front) -> list[Asked]:
    """Three orders that wait for Eva."""
    names = ["REF-PRESSED", "REF-ENDED", "REF-OTHER"]
    front.bot.hand_in(*(order(reference=name) for name in names))
    return [asked(front.bot, name) for name in names]


@dataclass
class Person:
    """Somebody with a telephone."""

    front: Front
    page: "Page"
    context: "BrowserContext"

    def open(self, url: str) -> None:
        """Open a link; without a session the provider's page comes instead."""
        self.page.goto(url)

    def log_in(self, address: str) -> None:
        """Log in at the provider, and come back to where the login was asked for."""
        self.page.wait_for_url(f"{self.front.provider}/**")
        self.page.fill("input[name=sub]", address)
        self.page.get_by_role("button", name="Authorize").click()
        self.page.wait_for_url(f"{self.front.base}/decide/**")

    def text(self) -> str:
        """Return what the page says."""
        return " ".join(self.page.locator("main").inner_text().split())

    def cookies(self) -> tuple[str, str]:
        """Return the header with the session, for a program that goes on where the browser is."""
        return "Cookie", "; ".join(f"{c['name']}={c['value']}" for c in self.context.cookies(self.front.base))


@contextmanager
def telephone(front: Front) -> Iterator[Person]:
    width, height = SIZES["phone"]
    context = front.browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(15_000)
    context.route("**/*", _stay_here)
    try:
        yield Person(front, context.new_page(), context)
    finally:
        context.close()


def _stay_here(route: "Route") -> None:
    """Leave out the style sheet that the provider's page has from elsewhere."""
    here = urlsplit(route.request.url).hostname in {"127.0.0.1", "localhost"}
    route.continue_() if here else route.abort()


def path(asked: Asked) -> str:
    return urlsplit(link(asked.request, "decide")).path


def listed(asked: Asked) -> str:
    return urlsplit(link(asked.request, "list")).path


def test_the_approver_logs_in_and_decides_with_one_press_and_no_code(front: Front, orders: list[Asked]) -> None:
    waiting = orders[0]
    with telephone(front) as eva:
        eva.open(link(waiting.request, "decide"))
        eva.log_in("Eva.Ek@Example.SE")  # as some providers write addresses
        assert "mejlas en kod" not in eva.text()
        eva.page.click("#decision [value=approve]")
        eva.page.get_by_text("Personlig länk och inloggning").wait_for(state="attached")

    assert ("approved", "link+login") in front.events(waiting.number)
    assert not front.bot.sent(EVA, waiting.number, "Kod för ditt beslut")


def test_a_press_after_the_login_has_ended_is_kept_with_its_comment(front: Front, orders: list[Asked]) -> None:
    waiting = orders[1]
    with telephone(front) as eva:
        eva.open(link(waiting.request, "decide"))
        eva.log_in(EVA)
        eva.page.fill("#comment", "Ta den \"röda\" & <billiga>, 100 % säkert + 'lugnt'")
        eva.context.clear_cookies()
        eva.page.click("#decision [value=approve_with_comment]")
        eva.log_in(EVA)
        eva.page.get_by_text("Personlig länk och inloggning").wait_for(state="attached")
        assert "Ta den \"röda\" & <billiga>, 100 % säkert + 'lugnt'" in eva.text()

    assert ("approved", "link+login") in front.events(waiting.number)


def test_who_is_logged_in_as_another_is_told_so_and_how_to_get_on(front: Front, orders: list[Asked]) -> None:
    with telephone(front) as anna:
        anna.open(link(orders[2].request, "decide"))
        anna.log_in(ANNA)

        assert f"Du är inloggad som {ANNA}, men länken tillhör Eva Ek." in anna.text()
        assert "Öppna då länken i ett privat fönster" in anna.text()
        assert not anna.page.locator("#decision").count()
        for forged in (
            [],
            [(HEADER, EVA)],
            [(HEADER, EVA), (HEADER, EVA), ("X_Forwarded_Email", EVA)],
            [("Connection", f"close, {HEADER}")],  # has a proxy drop the header it made itself
        ):
            assert front.ask("POST", path(orders[2]), anna.cookies(), *forged).status == 403
    assert front.events(orders[2].number) == [("opened", "loopback")]


def test_without_a_login_the_approvers_pages_lead_to_it_whatever_the_browser_writes(
    front: Front, orders: list[Asked]
) -> None:
    approvers, before = path(orders[2]), front.events(orders[2].number)
    for place in (
        approvers,
        f"{approvers}/code",
        approvers.replace("/decide/", "//x/..//%64ecide//"),
        listed(orders[2]),
    ):
        for method in ("GET", "HEAD"):
            answer = front.ask(method, place, (HEADER, EVA))
            assert (answer.status, answer.led_to.startswith(front.provider)) == (302, True)
        kept = front.ask("POST", place, (HEADER, EVA))
        assert (kept.status, "sessionStorage" in kept.text) == (200, True)  # Apache keeps the press
    assert front.events(orders[2].number) == before


def test_past_the_proxy_the_header_does_not_count_and_a_code_is_asked_for(front: Front, orders: list[Asked]) -> None:
    answer = front.ask("POST", path(orders[2]), (HEADER, EVA), straight=True)
    assert (answer.status, answer.led_to) == (303, f"{path(orders[2])}/code")
    assert front.bot.wait(EVA, "Kod för ditt beslut")


def test_what_others_than_approvers_open_asks_for_no_login(front: Front, orders: list[Asked]) -> None:
    place = urlsplit(link(orders[2].receipt, "order")).path
    assert front.ask("GET", place).status == front.ask("HEAD", place).status == 200

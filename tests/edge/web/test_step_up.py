"""Step-up over real HTTP: one cookie, a code that only a press sends, and a login that only a proxy may name."""

import re
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.error import HTTPError

import httpx
import pytest
from starlette.requests import Request

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Status
from mailbot.edge.web.login import Login
from mailbot.flows.steps.decide import Action
from tests.journeys.browser import link
from tests.support.harness import ANNA, EVA, Harness, harness
from tests.support.process import mail, serving
from tests.support.relay import text_of

HEADER = "X-Auth-Request-Email"
HERE, ELSEWHERE = (ip_network("127.0.0.1"),), (ip_network("10.0.0.0/8"), ip_network("::1"))
APPROVE = {"action": "approve", "version": "1", "destination": "supplier", "comment": ""}
SECRET = r"[A-Za-z0-9_-]{32}"


@pytest.fixture
def su(tmp_path: Path) -> Iterator[Harness]:
    """A bot that asks for a code before every decision, with an order that waits for Eva."""
    with harness(tmp_path, step_up_above=Money.zero()) as made:
        made.mail()
        yield made


@pytest.fixture
def path(su: Harness) -> str:
    return f"/decide/{su.token(EVA, Purpose.DECIDE)}"


@pytest.fixture
def browser(su: Harness) -> Iterator[httpx.Client]:
    with su.pages() as made:
        yield made


def code_in(home: Harness) -> str:
    """Settle the queues and return the code in the newest mail with one."""
    home.settle()
    found = re.search(r"^ +([0-9]{4} [0-9]{4})$", text_of(home.sent(EVA, "Kod för ditt beslut")), re.MULTILINE)
    assert found
    return found[1]


def codes(home: Harness) -> int:
    return int(home.query("SELECT count(*) FROM outbox WHERE kind = 'step_up_code'")[0][0])


class TestTheWay:
    def test_a_press_leads_to_the_code_and_the_code_to_the_decision(
        self, su: Harness, path: str, browser: httpx.Client
    ) -> None:
        assert "mejlas en kod" in browser.get(path).text
        pressed = browser.post(path, data=APPROVE)
        assert (pressed.status_code, pressed.headers["Location"]) == (303, f"{path}/code")
        page = browser.get(pressed.headers["Location"])
        assert page.status_code == 200
        for words in (
            "Eva Ek",
            "12\xa0500,00\xa0kr",
            "Dustin AB",
            'autocomplete="one-time-code"',
            'inputmode="numeric"',
        ):
            assert words in page.text
        entered = browser.post(f"{path}/code", data={"action": "code", "code": code_in(su)})
        assert (entered.status_code, entered.headers["Location"]) == (303, path)
        assert "Godkänd av dig" in browser.get(path).text
        assert "Personlig länk och mejlad kod" in browser.get(path).text
        assert su.order().status is Status.APPROVED

    def test_a_wrong_code_is_told_with_the_tries_left_and_then_when_the_next_may_come(
        self, su: Harness, path: str, browser: httpx.Client
    ) -> None:
        browser.post(path, data=APPROVE)
        wrong = f"{(int(code_in(su).replace(' ', '')) + 1) % 10**8:08d}"
        for left in ("4 försök", "3 försök", "2 försök", "1 försök"):
            page = browser.post(f"{path}/code", data={"code": wrong})
            assert (page.status_code, left in page.text) == (403, True)
        page = browser.post(f"{path}/code", data={"code": wrong})
        assert (page.status_code, "En ny kod kan skickas nu" in page.text, 'name="code"' in page.text) == (
            403,
            True,
            False,
        )
        for _ in range(2):
            assert browser.post(f"{path}/code", data={"action": "send"}).status_code == 303
        page = browser.post(f"{path}/code", data={"action": "send"})
        assert (page.status_code, "Nästa kan skickas kl. 11:00." in page.text) == (429, True)
        assert 'name="code"' in page.text  # the newest code still works
        assert codes(su) == 3

    def test_with_no_sends_left_another_press_shows_no_code_of_the_first(
        self, su: Harness, path: str, browser: httpx.Client
    ) -> None:
        browser.post(path, data=APPROVE)
        for _ in range(2):
            browser.post(f"{path}/code", data={"action": "send"})
        page = browser.post(path, data={**APPROVE, "action": "reject", "comment": "Nej"})
        assert (page.status_code, "kl. 11:00." in page.text, 'name="code"' in page.text) == (429, True, False)
        assert su.order().status is Status.PENDING

    def test_who_finds_a_link_s_codes_used_up_by_others_is_told_how_to_get_one(
        self, su: Harness, path: str, browser: httpx.Client
    ) -> None:
        for _ in range(3):
            with su.pages() as stranger:
                assert stranger.post(path, data=APPROVE).status_code == 303
        page = browser.post(path, data=APPROVE)
        assert page.status_code == 429
        assert "mailto:order@inkop.example.se?subject=lista" in page.text

    def test_a_changed_order_is_shown_again(self, su: Harness, path: str, browser: httpx.Client) -> None:
        browser.post(path, data={**APPROVE, "action": "reject", "comment": "Välj den billigare"})
        code = code_in(su)
        su.mail("Referens: RR2", subject=f"#{su.order().reference}")
        page = browser.post(f"{path}/code", data={"code": code})
        assert (page.status_code, 'name="version" value="2"' in page.text) == (409, True)
        assert ">Välj den billigare</textarea>" in page.text
        assert su.order().status is Status.PENDING

    def test_a_browser_that_asked_for_nothing_is_shown_the_order(
        self, su: Harness, path: str, browser: httpx.Client
    ) -> None:
        seen = browser.get(f"{path}/code")
        assert (seen.status_code, seen.headers["Location"]) == (303, f"{path}?done=no_code")
        assert "Den här webbläsaren har ingen kod" in browser.get(seen.headers["Location"]).text
        page = browser.post(f"{path}/code", data={"code": "12345678"})
        assert (page.status_code, "Läs beställningen och tryck igen" in page.text) == (409, True)
        assert codes(su) == 0

    def test_a_visitor_who_comes_back_by_the_mailed_link_is_led_to_the_code_and_gets_no_second_one(
        self, su: Harness, path: str, browser: httpx.Client
    ) -> None:
        browser.post(path, data=APPROVE)
        page = browser.get(f"{path}?choice=approve").text
        assert f'href="{path}/code"' in page
        assert "Skriv in koden" in page
        with su.pages() as another:
            assert f'href="{path}/code"' not in another.get(path).text
        su.later(minutes=11)
        assert f'href="{path}/code"' not in browser.get(path).text
        assert codes(su) == 1

    def test_a_damaged_link_asks_for_no_code(self, su: Harness, path: str, browser: httpx.Client) -> None:
        for method in ("GET", "POST"):
            assert browser.request(method, f"{path[:-3]}/code").status_code == 404
        assert codes(su) == 0


class TestGetAndHead:
    def test_send_no_code_and_change_nothing(self, su: Harness, path: str, browser: httpx.Client) -> None:
        browser.post(path, data=APPROVE)
        su.settle()
        before = su.dump()
        places = (
            path,
            f"{path}/code",
            f"{path}?choice=approve",
            f"{path}/code?action=send",
            f"{path}/code?code=12345678",
        )
        for place in places:
            for _ in range(3):
                assert browser.get(place).status_code == 200
                assert browser.head(place).status_code == 200
        assert su.dump() == before

    def test_set_no_cookie(self, path: str, browser: httpx.Client) -> None:
        for place in (path, f"{path}/code"):
            assert "set-cookie" not in browser.get(place).headers
            assert "set-cookie" not in browser.head(place).headers

    def test_a_press_from_another_site_sends_nothing(self, su: Harness, path: str, browser: httpx.Client) -> None:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            assert browser.post(path, data=APPROVE, headers=headers).status_code == 403
            assert browser.post(f"{path}/code", data={"action": "send"}, headers=headers).status_code == 403
        assert codes(su) == 0


class TestTheCookie:
    def test_over_http_on_this_machine(self, path: str, browser: httpx.Client) -> None:
        said = browser.post(path, data=APPROVE).headers["set-cookie"]
        assert re.fullmatch(rf"mailbot={SECRET}; HttpOnly; Path=/; SameSite=strict", said)

    def test_over_https_no_other_host_or_path_can_set_it(self, su: Harness, path: str) -> None:
        su.bot = replace(su.bot, base_url="https://inkop.example.se")
        with su.pages() as browser:
            said = browser.post(path, data=APPROVE).headers["set-cookie"]
            assert re.fullmatch(rf"__Host-mailbot={SECRET}; HttpOnly; Path=/; SameSite=strict; Secure", said)

    def test_one_browser_keeps_one_secret(self, su: Harness, path: str, browser: httpx.Client) -> None:
        first = browser.post(path, data=APPROVE).headers["set-cookie"]
        su.mail()
        other = f"/decide/{su.token(EVA, Purpose.DECIDE)}"
        assert other != path
        assert browser.post(other, data=APPROVE).headers["set-cookie"] == first
        assert browser.get(f"{path}/code").status_code == browser.get(f"{other}/code").status_code == 200

    @pytest.mark.parametrize("planted", ["", "x", "short", "x" * 65, "å" * 32, "a" * 31 + "!"])
    def test_what_we_did_not_make_is_replaced(self, su: Harness, path: str, planted: str) -> None:
        with su.pages() as browser:
            cookie = f"mailbot={planted}".encode()
            said = browser.post(path, data=APPROVE, headers=[(b"Cookie", cookie)]).headers["set-cookie"]
            assert re.match(rf"mailbot={SECRET};", said)

    def test_without_it_a_right_code_decides_nothing(self, su: Harness, path: str, browser: httpx.Client) -> None:
        browser.post(path, data=APPROVE)
        browser.cookies.clear()
        assert browser.post(f"{path}/code", data={"code": code_in(su)}).status_code == 409
        assert su.order().status is Status.PENDING

    def test_there_is_none_if_step_up_is_off(self, home: Harness) -> None:
        home.mail()
        place = f"/decide/{home.token(EVA, Purpose.DECIDE)}"
        with home.pages() as browser:
            answers = [browser.get(place), browser.post(place, data={"action": "ask", "version": "1", "comment": "?"})]
            answers += [browser.post(place, data=APPROVE), browser.get(place), browser.get(f"{place}/code")]
        assert not [a for a in answers if "set-cookie" in a.headers]
        assert home.order().status is Status.APPROVED


class TestALoginInFront:
    @pytest.mark.parametrize(
        ("proxies", "named", "status", "decided"),
        [
            (HERE, [EVA], 303, True),
            (HERE, ["eva@example.se"], 303, True),
            (HERE, [ANNA], 403, False),
            (ELSEWHERE, [EVA], 303, False),
            (ELSEWHERE, [ANNA], 303, False),
            (HERE, [], 303, False),
            (HERE, [""], 303, False),
            (HERE, [EVA, EVA], 303, False),
            (HERE, [EVA, ANNA], 303, False),
            (HERE, [f"{EVA}, {ANNA}"], 303, False),
            (HERE, [f"Eva <{EVA}>"], 303, False),
        ],
        ids=[
            "hers",
            "alias",
            "other",
            "no proxy",
            "no proxy, other",
            "none",
            "empty",
            "two",
            "two others",
            "list",
            "name",
        ],
    )
    def test_counts_once_and_from_a_proxy_only(
        self,
        su: Harness,
        path: str,
        proxies: Sequence[IPv4Network | IPv6Network],
        named: list[str],
        status: int,
        decided: bool,
    ) -> None:
        with su.pages(Login(HEADER, proxies)) as browser:
            answer = browser.post(path, data=APPROVE, headers=[(HEADER, name) for name in named])
        assert answer.status_code == status
        assert (su.order().status is Status.APPROVED) == decided
        assert codes(su) == (not decided and status == 303)

    def test_is_believed_by_who_connects_whatever_forwarding_headers_say(self, su: Harness, path: str) -> None:
        for proxies, status in ((HERE, 403), (ELSEWHERE, 303)):
            with su.pages(Login(HEADER, proxies)) as browser:
                forwarded = {"X-Forwarded-For": "10.0.0.1" if proxies is ELSEWHERE else "192.0.2.7", HEADER: ANNA}
                assert browser.post(path, data=APPROVE, headers=forwarded).status_code == status

    def test_of_another_has_a_page_of_its_own(self, su: Harness, path: str) -> None:
        with su.pages(Login(HEADER, HERE)) as browser:
            page = browser.post(path, data=APPROVE, headers={HEADER: ANNA})
        assert f"Du är inloggad som {ANNA}, men länken tillhör Eva Ek." in page.text
        assert f"Om {ANNA} också är din adress, be it-inkop@example.se lägga till den" in page.text
        assert su.history() == ["opened"]

    @pytest.mark.parametrize("asks", [True, False], ids=["step-up", "no step-up"])
    def test_of_another_is_told_before_anything_is_written(self, tmp_path: Path, asks: bool) -> None:
        with harness(tmp_path, step_up_above=Money.zero() if asks else None) as home:
            home.mail()
            place = f"/decide/{home.token(EVA, Purpose.DECIDE)}"
            with home.pages(Login(HEADER, HERE)) as browser:
                page = browser.get(place, headers={HEADER: ANNA})
                assert f"Du är inloggad som {ANNA}, men länken tillhör Eva Ek." in page.text
                assert "Öppna då länken i ett privat fönster" in page.text
                never = ('value="approve"', 'value="ask"', "<script>", "Du beslutar som Eva Ek")
                assert not [part for part in never if part in page.text]
                hers = browser.get(place, headers={HEADER: EVA})
                assert 'value="approve"' in hers.text
                assert "inloggad" not in hers.text

    def test_of_another_presses_no_button_at_all(self, home: Harness) -> None:
        home.mail()
        home.mail()
        page, listed = (f"/{p}/{home.token(EVA, p)}" for p in (Purpose.DECIDE, Purpose.LIST))
        other = home.order("IT-2026-00001").reference
        anna = str(home.person(ANNA).id)
        before = home.dump()
        with home.pages(Login(HEADER, HERE)) as browser:
            for action in Action:
                fields = {**APPROVE, "action": action.value, "comment": "Text", "to": anna}
                assert browser.post(page, data=fields, headers={HEADER: ANNA}).status_code == 403, action
            for path in (f"{page}/code", f"{page}/resign", f"{page}/open/{other}", f"{listed}/open/{other}"):
                assert browser.post(path, headers={HEADER: ANNA}).status_code == 403, path
            assert home.dump() == before
            assert browser.post(page, data=APPROVE, headers={HEADER: EVA}).status_code == 303
            before = home.dump()
            undo = {"action": "undo", "version": "1", "step": "1"}
            assert browser.post(page, data=undo, headers={HEADER: ANNA}).status_code == 403
            seen = browser.get(page, headers={HEADER: ANNA}).text
            assert ('value="undo"' in seen, "länken tillhör Eva Ek" in seen) == (False, True)
            assert home.dump() == before
            assert browser.post(page, data=undo, headers={HEADER: EVA}).status_code == 303
        assert home.history() == ["opened", "approved", "undone"]

    def test_what_the_header_says_is_escaped(self, su: Harness, path: str) -> None:
        with su.pages(Login(HEADER, HERE)) as browser:
            page = browser.post(path, data=APPROVE, headers={HEADER: "a'b&c@example.se"})
        assert (page.status_code, "a&#39;b&amp;c@example.se" in page.text) == (403, True)

    def test_asks_for_no_code_and_mentions_none(self, su: Harness, path: str) -> None:
        with su.pages(Login(HEADER, HERE)) as browser:
            assert "mejlas en kod" in browser.get(path).text
            assert "mejlas en kod" not in browser.get(path, headers={HEADER: EVA}).text

    def test_is_ignored_if_none_is_configured(self, su: Harness, path: str, browser: httpx.Client) -> None:
        answer = browser.post(path, data=APPROVE, headers={HEADER: EVA})
        assert answer.headers["Location"] == f"{path}/code"
        assert su.order().status is Status.PENDING


@pytest.mark.parametrize(
    ("peer", "named"),
    [
        (("127.0.0.1", 4180), EVA),
        (("::ffff:127.0.0.1", 4180), EVA),
        (("10.255.0.1", 4180), EVA),
        (("fd00::1", 4180), EVA),
        (("127.0.0.2", 4180), ""),
        (("11.0.0.1", 4180), ""),
        (("::1", 4180), ""),
        (None, ""),
        (("", 0), ""),
    ],
)
def test_a_peer_is_a_proxy_by_its_address_and_a_unix_socket_has_none(peer: tuple[str, int] | None, named: str) -> None:
    networks = [ip_network(n) for n in ("127.0.0.1", "10.0.0.0/8", "fd00::/8")]
    headers = [(HEADER.lower().encode(), EVA.encode()), (b"x_auth_request_email", ANNA.encode())]
    request = Request({"type": "http", "headers": headers, "client": peer})
    assert Login(HEADER, networks).of(request) == named


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


def post(url: str, fields: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
    """Press a button as a program does; return the status and where the answer leads."""
    request = urllib.request.Request(url, urllib.parse.urlencode(fields).encode(), headers)  # noqa: S310
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=10) as answer:
            return answer.status, ""
    except HTTPError as error:
        with error:
            return error.code, error.headers.get("Location", "")


def test_the_running_bot_believes_the_peer_alone_and_logs_no_code(tmp_path: Path) -> None:
    web = f'[web]\nlogin_header = "{HEADER}"\nlogin_proxies = ["10.0.0.0/8"]'
    changes = {"[web]": web, "[policy]": '[policy]\nstep_up_above = "0 SEK"', 'level = "warning"': 'level = "debug"'}
    with serving(tmp_path, changes=changes) as served:
        served.hand_in(mail(ORDER_OF_EVA))
        place = link(served.wait(EVA, "/decide/"), "decide").partition("?")[0]
        forged = {HEADER: EVA, "X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1"}
        assert post(place, APPROVE, forged) == (303, f"{urllib.parse.urlsplit(place).path}/code")
        found = re.search(r"^ +([0-9]{4}) ([0-9]{4})$", text_of(served.wait(EVA, "Kod för ditt beslut")), re.MULTILINE)
        assert found
        code = found[1] + found[2]
        assert post(f"{place}/code", {"code": code}, {})[0] == 409
        said = str(served.words)
        assert not [secret for secret in (code, f"{found[1]} {found[2]}", place) if secret in said]


ORDER_OF_EVA = """\
Enhet: cs
Godkännare: Eva Ek
Leverantör: Dustin AB

1 st Dell XPS 13 à 12 500 kr
"""

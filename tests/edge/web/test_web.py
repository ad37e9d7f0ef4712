"""The pages: a GET shows, a person's POST acts once, and no link, header or body brings them out of step."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import structlog
from starlette.routing import Route

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import RightKind
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Status
from mailbot.edge.web.headers import page_headers, script_markup
from mailbot.edge.web.metrics_access import MetricsAccess
from mailbot.edge.web.server import MAX_BODY, Web
from mailbot.flows.clock.health import tick
from mailbot.flows.steps.attest_plan import mail_plan
from mailbot.flows.steps.decide import MAX_COMMENT, Action
from mailbot.presentation import TemplateFilters
from tests.support.appointments import RUT_TOO, scheme_mail
from tests.support.harness import (
    ANNA,
    BASE_URL,
    DUSTIN,
    EVA,
    HEAD,
    OPERATOR,
    ORDER,
    ORGANISATION,
    PURCHASING,
    RUT,
    Harness,
    harness,
    mail_to_bot,
)
from tests.support.relay import text_of
from tests.support.stated import StatedPerson, StatedRight

HEADERS = {name.lower() for name in page_headers()}
APPROVE = {"action": "approve", "version": "1", "destination": "supplier", "comment": ""}
WITHDRAW = {"action": "withdraw"}  # pages of one button take it without
PAGES = {Purpose.DECIDE, Purpose.ORDER, Purpose.DISOWN, Purpose.NOT_ME, Purpose.CONFIRM, Purpose.LIST}
OLLE = "olle.o@example.se"
ZERO_WIDTH_SPACE = "\u200b"


@dataclass
class Form:
    """One form of a page: where it goes, its hidden fields, and its buttons by value ("" for a button alone)."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert values["method"] == "post"
            self.found.append(Form(values["action"]))
        elif tag == "input":
            assert values["type"] == "hidden"
            self.found[-1].hidden[values["name"]] = values["value"]
        elif tag == "textarea":
            self.found[-1].texts.append(values["name"])
        elif tag == "button":
            self.found[-1].buttons.append(values.get("value", ""))


def push(browser: httpx.Client, page: httpx.Response, button: str, comment: str = "", at: str = "") -> httpx.Response:
    """Press a button of a page, as a browser does; `at` is part of the form's address where several have the button."""
    form = next(f for f in Forms(page.text).found if button in f.buttons and at in f.action)
    fields = {**form.hidden, **dict.fromkeys(form.texts, comment), **({"action": button} if button else {})}
    return browser.post(form.action, data=fields)


def follow(browser: httpx.Client, response: httpx.Response) -> httpx.Response:
    """Follow the redirect that comes after a press."""
    assert response.status_code == 303, response.text
    return browser.get(response.headers["Location"])


def headline(response: httpx.Response) -> str:
    found = re.search(r"<h1>(.*?)</h1>", response.text, re.DOTALL)
    assert found, response.text
    return found[1]


def links_in_mails(home: Harness) -> list[str]:
    """Return the path of every link that was mailed to anyone, once each."""
    texts = [text_of(mail) for mail in home.relay.mails()]
    found = [path for text in texts for path in re.findall(rf"{re.escape(BASE_URL)}(/\S+)", text)]
    return list(dict.fromkeys(found))


@pytest.fixture
def browser(home: Harness) -> Iterator[httpx.Client]:
    with home.pages() as made:
        yield made


@pytest.fixture
def waiting(home: Harness) -> str:
    """A pending order; returns the path of its approver's link."""
    home.mail()
    return f"/decide/{home.token(EVA, Purpose.DECIDE)}"


@pytest.fixture
def every_link(home: Harness) -> list[str]:
    """An order that has left, one just rejected, one that waits, a mail to confirm; returns all the links mailed."""
    for _ in range(3):
        home.mail()
    home.press(home.token(EVA, Purpose.DECIDE, "IT-2026-00001"), Action.APPROVE)
    home.later(minutes=6)
    home.press(home.token(EVA, Purpose.DECIDE, "IT-2026-00002"), Action.REJECT)
    home.mail(peer="192.0.2.7")
    return [path for path in links_in_mails(home) if "choice=reject" not in path]


class TestGetAndHeadChangeNothing:
    def test_on_any_link_however_often(self, home: Harness, every_link: list[str], browser: httpx.Client) -> None:
        purposes = {path.split("/")[1] for path in every_link}
        assert purposes == PAGES
        before = home.dump()
        for path in every_link:
            for _ in range(20):
                assert browser.get(path).status_code == 200
                seen = browser.head(path)
                assert (seen.status_code, seen.content) == (200, b"")
        assert home.dump() == before

    def test_on_links_of_decided_expired_and_revoked_orders(
        self, home: Harness, every_link: list[str], browser: httpx.Client
    ) -> None:
        not_me = next(path for path in every_link if path.startswith("/not-me/"))
        browser.post(not_me)
        home.later(days=16)
        before = home.dump()
        codes = {browser.get(path).status_code for path in every_link for _ in range(2)}
        assert codes == {410}
        assert home.dump() == before

    def test_on_the_addresses_that_only_a_press_may_use(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        home.mail()
        before = home.dump()
        listed = f"/list/{home.token(EVA, Purpose.LIST)}"
        assert browser.get(f"{waiting}/fresh").status_code == browser.head(f"{waiting}/fresh").status_code == 404
        # A login that came in between has made a GET of the press: it leads back to where the button is.
        for page in (waiting, listed):
            path = f"{page}/open/{home.order().reference}"
            for answer in (browser.get(path), browser.head(path)):
                assert (answer.status_code, answer.headers["Location"]) == (303, page)
        assert browser.get(f"{waiting}/resign").status_code == browser.head(f"{waiting}/resign").status_code == 200
        assert home.dump() == before

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "QUERY"])
    def test_nor_does_any_other_method(self, home: Harness, waiting: str, browser: httpx.Client, method: str) -> None:
        before = home.dump()
        response = browser.request(method, waiting, content="action=approve&version=1&destination=supplier")
        assert response.status_code == 404
        assert home.dump() == before

    def test_a_scanner_that_adds_what_a_form_would_send_changes_nothing(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        before = home.dump()
        assert browser.get(waiting, params=APPROVE).status_code == 200
        assert home.dump() == before


class TestTheApproversPage:
    def test_shows_who_decides_what_is_ordered_and_what_each_button_does(
        self, waiting: str, browser: httpx.Client
    ) -> None:
        page = browser.get(waiting)
        text = " ".join(page.text.split())
        for shown in ("Eva Ek", "IT-2026-00001", "Dell XPS 13", "12 500,00 kr", "Rut Rask", "Dustin AB"):
            assert shown in text
        deciding, asking, handing_over, recusing = Forms(page.text).found
        assert sorted(deciding.buttons) == ["approve", "approve_with_comment", "reject"]
        assert asking.buttons == ["ask"]
        assert [*handing_over.buttons, *recusing.buttons] == ["hand_over", "recuse"]
        assert deciding.hidden == {"version": "1", "destination": "supplier"}

    def test_needs_no_cookie_and_nothing_from_elsewhere(self, waiting: str, browser: httpx.Client) -> None:
        page = browser.get(waiting)
        assert "Set-Cookie" not in page.headers
        own = page.text.replace(f"<script>{script_markup()}</script>", "", 1)
        assert not re.search(
            r"<script|<img|<iframe|@import|url\(|\son\w+=|https?://(?!www\.w3\.org)", own, re.IGNORECASE
        )
        assert re.findall(r'<link rel="\w+" href="(\w+:)', own) == ["data:"]
        assert 'name="viewport"' in page.text
        assert '<html lang="sv"' in page.text

    def test_a_press_decides_and_then_shows_the_state(self, home: Harness, waiting: str, browser: httpx.Client) -> None:
        after = follow(browser, push(browser, browser.get(waiting), "approve"))
        assert home.order().status is Status.APPROVED
        assert "Eva Ek" in after.text
        assert [f.buttons for f in Forms(after.text).found] == [["undo"]]

    def test_a_decision_can_be_undone_there_until_it_has_left(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        decided = follow(browser, push(browser, browser.get(waiting), "approve"))
        pending = follow(browser, push(browser, decided, "undo"))
        assert home.order().status is Status.PENDING
        follow(browser, push(browser, pending, "approve"))
        home.later(minutes=6)
        left = browser.get(waiting)
        assert Forms(left.text).found == []
        assert browser.post(waiting, data={"action": "undo", "version": "1"}).status_code == 409
        assert home.order().status is Status.SENT

    def test_a_plain_yes_with_a_comment_is_asked_once_more_and_keeps_the_text(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        again = push(browser, browser.get(waiting), "approve", "Bra <b>pris</b>")
        assert again.status_code == 200
        assert home.order().status is Status.PENDING
        assert "Bra &lt;b&gt;pris&lt;/b&gt;</textarea>" in again.text
        assert sorted(Forms(again.text).found[0].buttons) == ["approve_with_comment", "reject"]
        follow(browser, push(browser, again, "approve_with_comment", "Bra <b>pris</b>"))
        home.later(minutes=6)
        assert home.count(PURCHASING, "Bra <b>pris</b>") == 1

    def test_an_old_version_or_route_is_shown_anew_and_decides_nothing(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        old = browser.get(waiting)
        home.mail("1 st Dell XPS 13 à 15 000,01 kr", subject=f"#{home.order().reference}")
        again = push(browser, old, "approve")
        assert (again.status_code, home.order().status) == (409, Status.PENDING)
        assert Forms(again.text).found[0].hidden == {"version": "2", "destination": "purchasing"}
        rerouted = browser.post(waiting, data={**APPROVE, "version": "2"})
        assert (rerouted.status_code, home.order().status) == (200, Status.PENDING)
        follow(browser, push(browser, rerouted, "approve"))
        assert home.order().status is Status.APPROVED

    def test_a_question_is_sent_and_the_order_waits(self, home: Harness, waiting: str, browser: httpx.Client) -> None:
        after = follow(browser, push(browser, browser.get(waiting), "ask", "Varför två?"))
        home.settle()
        assert home.count(RUT, "Varför två?") == 1
        assert "Varför två?" in after.text
        assert home.order().status is Status.PENDING

    def test_of_someone_whose_right_has_ended_has_no_buttons(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        home.end_right(EVA)
        page = browser.get(waiting)
        assert page.status_code == 200
        assert Forms(page.text).found == []
        assert browser.post(waiting, data=APPROVE).status_code == 409
        assert home.order().status is Status.PENDING

    def test_the_next_order_of_the_unit_is_one_press_away(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        home.mail(ORDER.replace("Eva Ek", "Anna Ask").replace("12 500", "9 900"))
        decided = follow(browser, push(browser, browser.get(waiting), "approve"))
        other = follow(browser, push(browser, decided, "", at="/open/"))
        assert "9 900,00 kr" in " ".join(other.text.split())
        follow(browser, push(browser, other, "approve"))
        assert home.order("IT-2026-00002").status is Status.APPROVED

    def test_the_list_shows_everything_that_waits(self, home: Harness, waiting: str, browser: httpx.Client) -> None:
        assert waiting
        home.mail(ORDER.replace("Eva Ek", "Anna Ask"))
        page = browser.get(f"/list/{home.token(EVA, Purpose.LIST)}")
        assert "IT-2026-00001" in page.text
        assert "IT-2026-00002" in page.text
        opened = follow(browser, push(browser, page, "", at=home.order("IT-2026-00002").reference))
        assert "IT-2026-00002" in headline(opened)

    def test_the_list_marks_what_is_to_be_checked_and_has_the_largest_first_where_wished(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        assert waiting
        home.mail(ORDER.replace("12 500", "14 900") + "\nAvser person: Eva Ek\n")
        home.mail(ORDER.replace("12 500", "100"), sender="utomstaende@example.se")
        path = f"/list/{home.token(EVA, Purpose.LIST)}"
        shown = [re.findall(r"IT-2026-0000\d|att kontrollera", browser.get(path + more).text) for more in ("", "?sum")]
        numbers = ["IT-2026-00001", "IT-2026-00002", "IT-2026-00003"]
        assert shown[0] == [*numbers[:2], "att kontrollera", numbers[2], "att kontrollera"]
        assert [x for x in shown[1] if x in numbers] == [numbers[1], numbers[0], numbers[2]]

    def test_a_field_is_shown_as_it_was_written_and_runs_nowhere(self, home: Harness, browser: httpx.Client) -> None:
        home.mail(ORDER.replace("Dell XPS 13", "<script>alert(1)</script> {{ 7*7 }}") + "Motivering: se <img src=x>\n")
        own = f"<script>{script_markup()}</script>"
        pages = [browser.get(path).text.replace(own, "", 1) for path in links_in_mails(home)]
        assert not [page for page in pages if "<script" in page or "<img" in page]
        assert sum("&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page for page in pages) >= 3


class TestTheRequestersPages:
    def test_show_the_state_and_withdraw_on_a_press(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        page = browser.get(f"/order/{home.token(RUT, Purpose.ORDER)}")
        assert "Eva Ek" in page.text
        done = push(browser, page, "withdraw")
        assert done.status_code == 200
        assert home.order().status is Status.WITHDRAWN
        assert Forms(done.text).found == []

    def test_offer_no_withdrawal_once_it_has_left(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        path = f"/order/{home.token(RUT, Purpose.ORDER)}"
        home.approve()
        home.later(minutes=6)
        assert Forms(browser.get(path).text).found == []
        assert browser.post(path, data=WITHDRAW).status_code == 200
        assert home.order().status is Status.SENT

    def test_i_did_not_send_this_withdraws_and_alarms(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        page = browser.get(f"/disown/{home.token(RUT, Purpose.DISOWN)}")
        push(browser, page, "")
        home.settle()
        assert home.order().status is Status.WITHDRAWN
        assert home.count(PURCHASING) == home.count(OPERATOR) == 1


class TestNotMe:
    def test_says_that_nothing_has_left_and_undoes(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        home.approve()
        path = f"/not-me/{home.token(EVA, Purpose.NOT_ME)}"
        before = browser.get(path)
        done = push(browser, before, "")
        assert home.order().status is Status.PENDING
        assert Forms(done.text).found == []
        assert Forms(browser.get(path).text).found == []

    def test_can_still_be_said_when_the_decision_was_undone_by_something_else(
        self, home: Harness, browser: httpx.Client
    ) -> None:
        home.mail()
        home.approve()
        path = f"/not-me/{home.token(EVA, Purpose.NOT_ME)}"
        home.mail("Referens: RR2", subject=f"#{home.order().reference}")
        done = push(browser, browser.get(path), "")
        home.settle()
        assert home.count(OPERATOR, home.order().number) == 1
        assert Forms(done.text).found == Forms(browser.get(path).text).found == []

    def test_of_a_withdrawn_order_promises_no_new_decision(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        undone = self._page_after_undoing(home, browser, "approve")
        home.mail()
        home.approve()
        browser.post(f"/order/{home.token(RUT, Purpose.ORDER)}", data=WITHDRAW)
        done = push(browser, browser.get(f"/not-me/{home.token(EVA, Purpose.NOT_ME)}"), "")
        assert home.order().status is Status.WITHDRAWN
        assert _says(done) != _says(undone)

    @pytest.mark.parametrize("button", ["approve", "reject"])
    def test_after_it_has_left_says_so_and_claims_no_undoing(
        self, home: Harness, browser: httpx.Client, button: str
    ) -> None:
        """A rejection that has gone back to its requester has left too."""
        home.mail()
        undone = self._page_after_undoing(home, browser, button)
        push(
            browser,
            browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}"),
            button,
            "Nej" if button == "reject" else "",
        )
        home.later(minutes=6)
        path = f"/not-me/{home.token(EVA, Purpose.NOT_ME)}"
        done = push(browser, browser.get(path), "")
        home.settle()
        assert home.count(OPERATOR, home.order().number) == 2
        assert home.order().status in {Status.SENT, Status.REJECTED}
        assert _says(done) != _says(undone)

    def _page_after_undoing(self, home: Harness, browser: httpx.Client, button: str) -> httpx.Response:
        push(
            browser,
            browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}"),
            button,
            "Nej" if button == "reject" else "",
        )
        home.settle()
        done = push(browser, browser.get(f"/not-me/{home.token(EVA, Purpose.NOT_ME)}"), "")
        home.later(minutes=1)
        return done


def _says(page: httpx.Response) -> str:
    found = re.search(r'<p class="note[^>]*>(.*?)</p>', page.text, re.DOTALL)
    assert found, page.text
    return found[1]


class TestLinksThatOpenNothing:
    def test_each_trouble_has_a_page_of_its_own(self, home: Harness, waiting: str, browser: httpx.Client) -> None:
        home.approve()
        revoking = f"/not-me/{home.token(EVA, Purpose.NOT_ME)}"
        expired = f"/order/{home.token(RUT, Purpose.ORDER)}"
        browser.post(revoking)
        pages = {"revoked": browser.get(waiting), "damaged": browser.get(f"{waiting}x"), "none": browser.get("/a/b/c")}
        home.now += timedelta(days=15)
        pages["expired"] = browser.get(expired)
        assert {name: page.status_code for name, page in pages.items()} == {
            "revoked": 410,
            "damaged": 404,
            "none": 404,
            "expired": 410,
        }
        assert len({headline(page) for page in pages.values()}) == len(pages)

    @pytest.mark.parametrize(
        ("sender", "purpose"), [(OLLE, Purpose.ORDER), (RUT, Purpose.ORDER), (EVA, Purpose.DECIDE)]
    )
    def test_one_that_still_names_a_person_speaks_that_person_s_language(
        self, home: Harness, browser: httpx.Client, sender: str, purpose: Purpose
    ) -> None:
        home.mail(sender=sender if sender == OLLE else RUT)
        path = f"/{purpose}/{home.token(sender, purpose)}"
        home.query("UPDATE links SET revoked_at = issued_at")
        revoked = browser.get(path, headers={"Accept-Language": "en, sv;q=0.5"})
        home.query("UPDATE links SET revoked_at = NULL")
        home.now += timedelta(days=15)
        expired = browser.get(path, headers={"Accept-Language": "en, sv;q=0.5"})
        spoken = "en" if sender == OLLE else "sv"
        assert [page.status_code for page in (revoked, expired)] == [410, 410]
        assert [f'<html lang="{spoken}"' in page.text for page in (revoked, expired)] == [True, True]

    @pytest.mark.parametrize(
        ("wanted", "spoken"), [("en-GB,en;q=0.9,sv;q=0.8", "en"), ("sv-FI", "sv"), ("de, fr;q=0.5", "sv"), ("", "sv")]
    )
    def test_one_that_names_nobody_speaks_the_browser_s_language_else_the_bot_s(
        self, waiting: str, browser: httpx.Client, wanted: str, spoken: str
    ) -> None:
        for path in (f"{waiting}x", "/decide/x", "/a/b/c"):
            assert f'<html lang="{spoken}"' in browser.get(path, headers={"Accept-Language": wanted}).text

    def test_a_link_for_another_purpose_is_as_good_as_none(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        home.approve()
        tokens = {purpose: home.token(EVA, purpose) for purpose in (Purpose.DECIDE, Purpose.LIST, Purpose.NOT_ME)}
        tokens |= {purpose: home.token(RUT, purpose) for purpose in (Purpose.ORDER, Purpose.DISOWN)}
        before = home.dump()
        for made_for, token in tokens.items():
            # More than 20 wrong links a minute would be refused otherwise (docs/rules/limits.md#k22).
            home.now += timedelta(minutes=1)
            for other in PAGES - {made_for}:
                for answer in (browser.get(f"/{other}/{token}"), browser.post(f"/{other}/{token}", data=APPROVE)):
                    assert answer.status_code == 404, (made_for, other)
                home.now += timedelta(minutes=1)
                assert browser.post(f"/{other}/{token}/fresh").status_code == 404
        assert home.dump() == before

    def test_a_link_with_our_signature_that_was_never_issued_is_damaged(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        token, _ = home.bot.signer.make(Purpose.DECIDE)
        assert waiting
        never, damaged = browser.get(f"/decide/{token}"), browser.get("/decide/xyz")
        assert (never.status_code, headline(never)) == (404, headline(damaged))

    def test_a_link_signed_with_another_key_is_damaged(self, tmp_path: Path) -> None:
        with harness(tmp_path) as home, home.pages() as browser:
            home.mail()
            token = home.token(EVA, Purpose.DECIDE)
            forged = token[:-10] + token[-10:].swapcase()
            assert browser.post(f"/decide/{forged}", data=APPROVE).status_code == 404
            assert home.order().status is Status.PENDING

    def test_a_mangled_token_is_never_a_second_use_and_never_an_error(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        push(browser, browser.get(waiting), "approve")
        before = home.dump()
        for mangled in mangled_tokens(waiting.removeprefix("/decide/")):
            # More wrong links a minute are told to the operator (docs/rules/limits.md#k22).
            home.now += timedelta(minutes=1)
            path = f"/decide/{mangled}"
            answers = [browser.get(path), browser.head(path), browser.post(path, data=APPROVE)]
            answers += [browser.post(path, data={**APPROVE, "action": "reject"}), browser.post(f"{path}/fresh")]
            assert max(answer.status_code for answer in answers) < 500, path
            assert {a.status_code for a in answers[2:4]} <= {307, 404, 409, 414, 429}, (
                path
            )  # elsewhere, damaged, decided, too long, too many
        assert home.dump() == before
        assert home.query("SELECT count(*) FROM decisions") == [(1,)]

    def test_a_mangled_token_of_a_pending_order_decides_once_or_not_at_all(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        for mangled in mangled_tokens(waiting.removeprefix("/decide/")):
            browser.post(f"/decide/{mangled}", data=APPROVE)
        decided = home.query("SELECT count(*) FROM decisions")
        assert decided in ([(0,)], [(1,)])
        assert browser.post(waiting, data=APPROVE).status_code in {303, 409}
        assert home.query("SELECT count(*) FROM decisions") == [(1,)]


def mangled_tokens(token: str) -> list[str]:
    """Return what mail programs, gateways and people make of a token (docs/rules/mail.md#f124), and worse."""
    return [
        token + "=",
        token + "==",
        token + quote(ZERO_WIDTH_SPACE),
        quote(ZERO_WIDTH_SPACE) + token,
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token[:-1] + chr(ord(token[-1]) ^ 1),
        token.upper(),
        token.lower(),
        token[: len(token) // 2],
        token[:-1],
        token + "%0A",
        token[:60] + "%0D%0A%20" + token[60:],
        token + "%00",
        token + "%20",
        token + ".",
        token + ">",
        "." + token,
        token.replace(".", ".."),
        token.replace(".", ""),
        token * 40,
        "%FF%FE",
        "%F0%9F%92%A9",
        ".",
        "a" * 20_000,
        "%2e%2e%2f",
    ]


@pytest.mark.parametrize(
    ("purpose", "who", "remedy"),
    [
        (Purpose.DECIDE, EVA, "En ny kan skickas till din registrerade adress"),
        (Purpose.CONFIRM, RUT, "mejla din beställning på nytt till order@inkop.example.se"),
        (Purpose.DISOWN, RUT, f"Skriv till {PURCHASING}"),
    ],
)
def test_an_expired_link_names_a_remedy_that_there_is(
    home: Harness, browser: httpx.Client, purpose: Purpose, who: str, remedy: str
) -> None:
    home.mail()
    home.mail(peer="192.0.2.7")
    path = f"/{purpose}/{home.token(who, purpose)}"
    home.now += timedelta(days=30)
    page = browser.get(path)
    about = "" if purpose is Purpose.CONFIRM else f" till {home.order().number}"
    assert (page.status_code, headline(page)) == (410, f"Länken{about} har gått ut")
    assert "Den gällde till" in page.text
    assert remedy in page.text
    assert ("<button" in page.text) == ("ny kan skickas" in page.text)


class TestAnExpiredLink:
    def test_offers_a_fresh_one_that_goes_to_the_registered_address_only(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        home.now += timedelta(days=15)
        expired = browser.get(waiting)
        assert EVA not in expired.text
        before = home.count()
        answer = push(browser, expired, "")
        home.deliver()
        assert answer.status_code == 200
        assert EVA not in answer.text
        assert "/decide/" not in answer.text
        assert home.count() == before + 1
        fresh = f"/decide/{home.token(EVA, Purpose.DECIDE)}"
        assert fresh != waiting
        assert browser.get(fresh).status_code == 200

    def test_reloading_after_asking_mails_no_second_one_and_says_when_the_first_was_sent(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        home.now += timedelta(days=15)
        first = browser.post(f"{waiting}/fresh")
        home.now += timedelta(minutes=20)
        second = browser.post(f"{waiting}/fresh")
        before = home.count()
        home.deliver()
        assert home.count() == before + 1
        assert "17 mars 2026 kl. 10:00" not in first.text
        assert ("17 mars 2026 kl. 10:00" in second.text, "17 mars 2026 kl. 11:00" in second.text) == (True, True)
        assert EVA not in first.text + second.text

    def test_says_if_no_fresh_link_is_mailed(self, home: Harness, waiting: str, browser: httpx.Client) -> None:
        home.end_right(EVA)
        home.now += timedelta(days=15)
        sent, none = home.count(), browser.post(f"{waiting}/fresh")
        home.deliver()
        assert (home.count(), none.status_code, headline(none)) == (sent, 200, "Ingen ny länk har skickats")
        assert browser.post("/decide/nothing/fresh").status_code == 404

    def test_leads_back_to_a_link_that_works(self, waiting: str, browser: httpx.Client) -> None:
        assert browser.post(f"{waiting}/fresh").headers["Location"] == waiting

    def test_says_of_which_order_it_was_and_until_when_it_was_valid(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        until = TemplateFilters("sv", "Europe/Stockholm").when(home.now + timedelta(days=14))
        home.now += timedelta(days=15)
        page = browser.get(waiting)
        assert headline(page) == "Länken till IT-2026-00001 har gått ut"
        assert f"Den gällde till {until}." in page.text

    def test_decides_nothing(self, home: Harness, waiting: str, browser: httpx.Client) -> None:
        home.now += timedelta(days=15)
        assert browser.post(waiting, data=APPROVE).status_code == 410
        assert home.order().status is Status.PENDING


class TestReloadingAfterAPress:
    """The browser sends the POST again (docs/rules/mail.md#f129)."""

    def test_of_a_decision_has_no_second_effect(self, home: Harness, waiting: str, browser: httpx.Client) -> None:
        assert browser.post(waiting, data=APPROVE).status_code == 303
        home.settle()
        before = home.dump()
        again = browser.post(waiting, data=APPROVE)
        assert again.status_code == 409
        assert "Eva Ek" in again.text
        assert home.dump() == before

    @pytest.mark.parametrize("left", [False, True])
    @pytest.mark.parametrize("purpose", [Purpose.ORDER, Purpose.DISOWN, Purpose.NOT_ME])
    def test_of_any_other_button_has_no_second_effect(
        self, home: Harness, browser: httpx.Client, purpose: Purpose, *, left: bool
    ) -> None:
        home.mail()
        home.approve()
        if left:
            home.later(minutes=6)
        path = f"/{purpose}/{home.token(EVA if purpose is Purpose.NOT_ME else RUT, purpose)}"
        assert browser.post(path, data=WITHDRAW).status_code == 200
        home.settle()
        before = home.dump()
        assert browser.post(path, data=WITHDRAW).status_code == 200
        assert browser.post(path, data=WITHDRAW).status_code == 200
        assert home.dump() == before

    def test_of_a_confirmation_has_no_second_effect(self, tmp_path: Path) -> None:
        with harness(tmp_path, trust="none") as home, home.pages() as browser:
            home.mail()
            path = f"/confirm/{home.token(RUT, Purpose.CONFIRM)}"
            browser.post(path)
            home.settle()
            before = home.dump()
            assert browser.post(path).status_code == 200
            home.settle()
            assert home.dump() == before


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    {"Origin": "https://elak.example"},
    {"Origin": "http://127.0.0.1.elak.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "elak.example"},
    {"Origin": ""},
]


class TestWhereAPressComesFrom:
    def test_another_site_may_press_nothing(self, home: Harness, every_link: list[str], browser: httpx.Client) -> None:
        before = home.dump()
        for path in every_link:
            for headers in FOREIGN:
                answer = browser.post(path, data=APPROVE, headers=headers)
                # The list has no button of its own.
                assert answer.status_code == (404 if path.startswith("/list/") else 403), (path, headers)
            assert browser.post(f"{path}/fresh", headers=FOREIGN[0]).status_code in {403, 404}
        assert home.dump() == before

    @pytest.mark.parametrize(
        "headers", [{}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Sec-Fetch-Site": "none"}]
    )
    def test_the_page_itself_may(
        self, home: Harness, waiting: str, browser: httpx.Client, headers: dict[str, str]
    ) -> None:
        """Browsers say `Origin: null` where the page asks them to send no referrer."""
        assert browser.post(waiting, data=APPROVE, headers=headers).status_code == 303
        assert home.order().status is Status.APPROVED

    @pytest.mark.parametrize(
        ("base_url", "origin"),
        [
            ("https://inkop.example.se", "https://inkop.example.se"),
            ("https://Inkop.example.se:443", "https://inkop.example.se"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ],
    )
    def test_the_page_itself_may_from_where_links_lead_whatever_host_comes_along(
        self, home: Harness, waiting: str, base_url: str, origin: str
    ) -> None:
        home.change(base_url=base_url)
        with home.pages() as browser:
            for host in ("backend:1", "elak.example"):
                foreign = {"Host": host, "Origin": f"https://{host}"}
                assert browser.post(waiting, data=APPROVE, headers=foreign).status_code == 403
            answer = browser.post(waiting, data=APPROVE, headers={"Host": "backend:1", "Origin": origin})
            assert answer.status_code == 303
        assert home.order().status is Status.APPROVED


class TestBodies:
    def test_over_8_kb_is_refused(self, home: Harness, waiting: str, browser: httpx.Client) -> None:
        before = home.dump()
        answer = browser.post(waiting, data={**APPROVE, "comment": "x" * MAX_BODY})
        assert answer.status_code == 413
        assert home.dump() == before

    def test_over_8_kb_in_pieces_of_unknown_length_is_refused(self, waiting: str, browser: httpx.Client) -> None:
        answer = browser.post(waiting, content=(b"comment=" + b"x" * 1000 for _ in range(100)))
        assert answer.status_code == 413

    @pytest.mark.parametrize("letter", ["x", "å", "€", "語", "\n"])
    def test_as_much_as_the_field_takes_is_taken_whole_whatever_the_letters(
        self, home: Harness, waiting: str, browser: httpx.Client, letter: str
    ) -> None:
        field = re.search(r'<textarea id="comment"[^>]* maxlength="(\d+)"', browser.get(waiting).text)
        assert field
        most = int(field[1])
        for count, status in ((most + 1, 200), (most, 303)):
            text = "a" + letter * (count - 2) + "b"
            sent = text.replace("\n", "\r\n")  # as browsers send lines
            answer = browser.post(waiting, data={**APPROVE, "action": "approve_with_comment", "comment": sent})
            assert answer.status_code == status
            if status == 200:
                assert f"Texten är längre än {most} tecken" in answer.text
                assert f">{text}</textarea>" in answer.text
                assert home.order().decision is None
        assert home.order().decision.comment == text  # type: ignore[union-attr]

    @pytest.mark.parametrize(("action", "field"), [("ask", "question"), ("recuse", "why"), ("reject", "comment")])
    def test_a_text_that_is_too_long_stays_in_its_field(
        self, home: Harness, waiting: str, browser: httpx.Client, action: str, field: str
    ) -> None:
        before, text = home.dump(), "x" * (MAX_COMMENT + 1)
        page = browser.post(waiting, data={**APPROVE, "action": action, "comment": text})
        assert re.findall(rf'<textarea id="(\w+)"[^>]*>{text}<', page.text) == [field]
        assert (page.status_code, "Texten är längre än 800 tecken" in page.text) == (200, True)
        assert home.dump() == before

    def test_a_body_of_8_kb_is_read_and_a_larger_one_says_how_much_there_may_be(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        body, before = "action=approve_with_comment&version=1&comment=", home.dump()
        assert browser.post(waiting, content=body + "x" * (MAX_BODY - len(body))).status_code == 200
        larger = browser.post(waiting, content=body + "x" * (MAX_BODY - len(body) + 1))
        assert (larger.status_code, "högst 800 tecken" in larger.text) == (413, True)
        assert home.dump() == before

    @pytest.mark.parametrize("body", ["", "action=approve", "action=godk%C3%A4nn&version=1&comment=Mitt+ord"])
    def test_that_cannot_be_read_shows_the_page_again_and_calls_no_whole_link_damaged(
        self, home: Harness, waiting: str, browser: httpx.Client, body: str
    ) -> None:
        before = home.dump()
        page = browser.post(waiting, content=body)
        assert (page.status_code, "Läs sidan och tryck igen" in page.text) == (400, True)
        assert 'value="approve"' in page.text
        assert ("Mitt ord</textarea>" in page.text) == ("Mitt" in body)
        assert home.dump() == before
        assert browser.post(f"{waiting[:-3]}", content=body).status_code == 404

    def test_that_no_page_sends_decide_nothing_and_are_no_error(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        before = home.dump()
        for body in (
            b"",
            b"action=approve",
            b"action=approve&version=",
            b"action=approve&version=ett",
            b"action=approve&version=" + b"9" * 5000,
            b"action=godk%C3%A4nn&version=1",
            b"action=approve&version=-1",
            b"action=approve&version=2&destination=supplier",
            b"\xff\xfe\x00action=approve",
            b"action=approve&version=1&destination=%FF%ED%A0%80",
            b"&".join(b"field%d=x" % i for i in range(100)),
            b"a=1&" * 2000,
            b'{"action": "approve", "version": 1}',
            b"%00=%00&action=%00",
        ):
            assert browser.post(waiting, content=body).status_code < 500, body
        assert home.dump() == before

    def test_with_odd_letters_in_the_comment_are_kept_and_mailed(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        odd = "Ö\u0000\u202e\u200b\ud7ff\U0001f4a9 =HYPERLINK() \r\n.\r\n<b>"
        answer = browser.post(waiting, data={**APPROVE, "action": "approve_with_comment", "comment": odd})
        assert answer.status_code == 303
        home.later(minutes=6)
        assert home.count(PURCHASING, "=HYPERLINK()") == 1
        page = browser.get(waiting)
        assert page.status_code == 200
        assert "=HYPERLINK() \n.\n&lt;b&gt;" in page.text
        assert not set(page.text) & set("\u0000\u202e\u200b")

    @pytest.mark.parametrize("action", ["approve_with_comment", "ask", "recuse"])
    @pytest.mark.parametrize("letter", ["\u200b", "\u200e", "\u202e", "\u2066", "\u2060", "\u061c", "\ufeff"])
    def test_no_letter_that_turns_or_hides_others_stands_on_a_page(
        self, home: Harness, waiting: str, browser: httpx.Client, action: str, letter: str
    ) -> None:
        browser.post(waiting, data={**APPROVE, "action": action, "comment": f"till{letter}fdp.exe"})
        pages = [waiting, f"/order/{home.token(RUT, Purpose.ORDER)}"]
        assert not [path for path in pages if letter in browser.get(path).text]
        assert letter not in home.dump()


class TestAPageOfAnOldVersion:
    @pytest.mark.parametrize(
        ("action", "field"),
        [
            ("approve", ""),
            ("approve_with_comment", "comment"),
            ("reject", "comment"),
            ("ask", "question"),
            ("recuse", "why"),
            ("hand_over", ""),
        ],
    )
    def test_is_shown_again_by_every_button_with_each_text_in_its_field(
        self, home: Harness, waiting: str, browser: httpx.Client, action: str, field: str
    ) -> None:
        home.mail("Referens: RR2", subject=f"#{home.order().reference}")
        before, to = home.dump(), str(home.person(ANNA).id)
        written = "Som det stod" if field else ""
        fields = {"action": action, "version": "1", "destination": "supplier", "comment": written, "to": to}
        page = browser.post(waiting, data=fields)
        assert (page.status_code, 'name="version" value="2"' in page.text) == (409, True)
        assert "Beställningen har ändrats" in page.text
        places = re.findall(r'<textarea id="(\w+)"[^>]*>Som det stod<', page.text)
        assert places == ([field] if field else [])
        assert home.dump() == before


class TestForgedLinks:
    PRESSES = (
        "/decide/wrong{}",
        "/decide/wrong{}/fresh",
        "/decide/wrong{}/code",
        "/decide/wrong{}/resign",
        "/decide/wrong{}/open/x",
        "/order/wrong{}",
        "/order/wrong{}/fresh",
        "/confirm/wrong{}",
        "/plan/wrong{}",
        "/appoint/wrong{}",
        "/nothing/wrong{}/fresh",
    )

    def test_are_counted_by_every_press_and_refused_after_twenty_in_a_minute(
        self, waiting: str, browser: httpx.Client
    ) -> None:
        codes = [browser.post(self.PRESSES[n % len(self.PRESSES)].format(n)).status_code for n in range(60)]
        assert codes == [404] * 20 + [429] * 40
        assert browser.post(waiting, data=APPROVE).status_code == 303

    def test_of_a_guesser_hold_up_nobody_who_shares_the_proxy_and_has_a_true_link(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        assert [browser.get(f"/decide/wrong{n}").status_code for n in range(21)][-2:] == [404, 429]
        assert browser.get(waiting).status_code == 200
        assert browser.get(f"{waiting}/all/99").status_code == 404
        assert browser.post(f"{waiting}/open/no-such-order").status_code == 404
        assert browser.post(waiting, data=APPROVE).status_code == 303
        home.later(days=400)
        assert browser.get(waiting).status_code == 410

    def test_are_only_tokens_that_we_never_made_for_their_place(self, waiting: str, browser: httpx.Client) -> None:
        assert {browser.get(f"{waiting}/all/99").status_code for _ in range(30)} == {404}
        elsewhere = waiting.replace("/decide/", "/order/")
        assert [browser.get(elsewhere).status_code for _ in range(21)][-2:] == [404, 429]

    def test_are_turned_away_without_waiting_for_the_store_and_whatever_comes_along(
        self, home: Harness, browser: httpx.Client
    ) -> None:
        with home.bot.database.write():  # a second writer would wait for this one
            for press in self.PRESSES:
                assert browser.post(press.format(1), content=b"x" * 10_000).status_code == 404

    def test_are_logged_once_a_minute_and_told_to_the_operator_when_they_go_on_once_a_day(
        self, home: Harness, browser: httpx.Client
    ) -> None:
        with structlog.testing.capture_logs() as logged:
            told = [self._minute(home, browser) for _ in range(7)]
        assert [line["peer"] for line in logged if line["event"] == "many_wrong_links"] == ["127.0.0.1"] * 7
        assert told == [0, 0, 0, 0, 1, 1, 1]
        home.later(days=1)
        assert [self._minute(home, browser) for _ in range(6)] == [1, 1, 1, 1, 2, 2]

    @staticmethod
    def _minute(home: Harness, browser: httpx.Client) -> int:
        """Open 30 wrong links; return how many mails have told the operator."""
        for n in range(30):
            browser.get(f"/decide/wrong{n}")
        home.later(minutes=1)
        return home.count(OPERATOR, "Många felaktiga länkar från 127.0.0.1")


class TestTheHeaders:
    def test_stand_on_every_answer_errors_included(self, home: Harness, waiting: str, browser: httpx.Client) -> None:
        home.mail()
        reference = home.order().reference
        other = next(path for path in links_in_mails(home) if path.startswith("/order/"))
        answers = {
            "page": browser.get(waiting),
            "head": browser.head(waiting),
            "damaged": browser.get("/decide/x"),
            "no such page": browser.get("/x"),
            "start": browser.get("/"),
            "icon": browser.get("/favicon.ico"),
            "method": browser.put(waiting),
            "slash": browser.get(f"{waiting}/"),
            "cross-site": browser.post(waiting, headers={"Sec-Fetch-Site": "cross-site"}),
            "too large": browser.post(waiting, content=b"x" * 10_000),
            "unreadable": browser.post(waiting, content=b"x"),
            "open": browser.post(f"{waiting}/open/{reference}"),
            "decided": browser.post(waiting, data=APPROVE),
            "conflict": browser.post(waiting, data=APPROVE),
            "withdrawn": browser.post(other),
            "fresh": browser.post(f"{waiting}/fresh"),
            "health": browser.get("/healthz"),
        }
        home.query("ALTER TABLE links RENAME TO elsewhere")
        answers["trouble"] = browser.get(waiting)
        assert answers["trouble"].status_code == 503
        assert answers["decided"].status_code == answers["open"].status_code == 303
        lacking = {name: HEADERS - set(answer.headers) for name, answer in answers.items()}
        assert {name: sorted(missing) for name, missing in lacking.items() if missing} == {}
        assert {answer.headers["Referrer-Policy"] for answer in answers.values()} == {"no-referrer"}
        assert {answer.headers["Cache-Control"] for answer in answers.values()} == {"no-store"}

    @pytest.mark.parametrize("order_form", [True, False])
    def test_stand_on_every_route_and_method(self, home: Harness, every_link: list[str], *, order_form: bool) -> None:
        mail_plan(home.bot, "cs", home.now)
        home.raw(scheme_mail(f"{RUT_TOO}Delegerad av: Anna Ask\n").as_bytes(), mail_from=HEAD)
        purposes = {path.split("/")[1]: path.split("/")[2].partition("?")[0] for path in every_link}
        purposes["plan"] = home.token(HEAD, Purpose.PLAN)
        purposes["appointment"] = home.token(PURCHASING, Purpose.APPOINTMENT)
        purposes["delegate"] = home.token(ANNA, Purpose.DELEGATE)
        web = Web(home.bot, lambda: home.now, lambda: None, form=home.readers if order_form else None)
        routes = [route for route in web.app().routes if isinstance(route, Route)]
        shown = set()
        with home.pages(order_form=order_form) as browser:
            for route in routes:
                purpose = route.path.split("/")[1]
                values = {"token": purposes.get(purpose, "x"), "purpose": "decide", "reference": "x"}
                path = route.path_format.format(**{name: values.get(name, "1") for name in route.param_convertors})
                for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
                    answer = browser.request(method, path)
                    assert sorted(HEADERS - set(answer.headers)) == [], (method, path)
                    assert answer.headers["Cache-Control"] == "no-store", path
                    if (method, answer.status_code) == ("GET", 200):
                        shown.add(route.path)
        pages = {f"/{purpose}/{{token}}" for purpose in purposes}
        assert shown >= pages | {"/", "/healthz", "/decide/{token}/resign"}

    def test_a_file_and_an_asked_code_have_them_too(self, tmp_path: Path) -> None:
        with harness(tmp_path, step_up_above=Money.zero()) as home:
            mail = mail_to_bot()
            mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="offert.pdf")
            home.raw(mail.as_bytes())
            page = f"/decide/{home.token(EVA, Purpose.DECIDE)}"
            own = f"/order/{home.token(RUT, Purpose.ORDER)}"
            with home.pages() as browser:
                files = [re.search(rf'href="({at}/file/[0-9/]+)"', browser.get(at).text) for at in (page, own)]
                answers = [browser.get(file[1]) for file in files if file]
                assert [a.status_code for a in answers] == [200, 200]
                answers += [browser.post(page, data=APPROVE), browser.get(f"{page}/code")]
                answers += [browser.post(f"{page}/code", data={"code": "1"}), browser.get(f"{page}/resign")]
            assert [a.status_code for a in answers[2:]] == [303, 200, 403, 200]
            assert [sorted(HEADERS - set(answer.headers)) for answer in answers] == [[]] * 6

    def test_allow_the_page_its_style_by_hash_and_nothing_else(self, waiting: str, browser: httpx.Client) -> None:
        policy = browser.get(waiting).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy

    def test_name_no_server(self, waiting: str, browser: httpx.Client) -> None:
        assert "Server" not in browser.get(waiting).headers


class TestTrouble:
    def test_of_our_own_is_503_with_a_page_that_gives_nothing_away(
        self, home: Harness, waiting: str, browser: httpx.Client
    ) -> None:
        home.query("ALTER TABLE links RENAME TO elsewhere")
        alone = {"Connection": "close"}  # the server hangs up after an error
        for answer in (browser.get(waiting, headers=alone), browser.post(waiting, data=APPROVE, headers=alone)):
            assert answer.status_code == 503
            assert "sqlite" not in answer.text.lower()
            assert "Traceback" not in answer.text
        home.query("ALTER TABLE elsewhere RENAME TO links")
        assert browser.post(waiting, data=APPROVE).status_code == 303

    def test_an_odd_host_header_is_no_trouble_of_ours(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        for host in (b"[", b"a b", b"", b"[::1", b"x" * 3000, b"exa\xe4mple"):
            for path in links_in_mails(home):
                for answer in (
                    browser.get(path, headers={b"Host": host}),
                    browser.post(path, data=APPROVE, headers={b"Host": host}),
                    browser.post(f"{path}/fresh", headers={b"Host": host}),
                ):
                    assert answer.status_code < 500, (host, path)


class TestHealth:
    def test_is_well_while_the_clock_ticks_and_the_queues_move(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        tick(home.bot, home.now)
        home.now += timedelta(seconds=90)
        answer = browser.get("/healthz")
        found = answer.json()
        assert (answer.status_code, found["well"], found["last_tick"]) == (200, True, 90)
        assert (found["oldest_unread"], found["oldest_unsent"], found["last_sent"]) == (None, None, 90)
        assert (found["mails"], found["outbox"]) == ({"order": 1}, {"sent": 2})

    def test_is_unwell_when_the_clock_has_stopped(self, home: Harness, browser: httpx.Client) -> None:
        tick(home.bot, home.now)
        home.now += timedelta(minutes=5, seconds=1)
        answer = browser.get("/healthz")
        assert (answer.status_code, answer.json()["well"]) == (503, False)

    @pytest.mark.parametrize("queue", ["in", "out"])
    def test_is_unwell_when_a_mail_has_lain_for_a_quarter_of_an_hour(
        self, home: Harness, browser: httpx.Client, queue: str
    ) -> None:
        if queue == "in":
            home.store(b"From: rut.rask@example.se\r\n\r\nHej\r\n")
        else:
            home.relay.busy = True
            home.mail()
        home.now += timedelta(minutes=15)
        tick(home.bot, home.now)
        assert browser.get("/healthz").status_code == 200
        home.now += timedelta(seconds=1)
        answer = browser.get("/healthz")
        assert (answer.status_code, answer.json()["oldest_unread" if queue == "in" else "oldest_unsent"]) == (503, 901)

    def test_is_told_from_a_few_pages_of_the_database_however_long_its_mails_are(
        self, home: Harness, browser: httpx.Client
    ) -> None:
        home.mail()
        for _ in range(20):
            home.query(
                "INSERT INTO inbox (received_at, via, peer, mail_from, rcpt_to, raw, state, tries, next_at, outcome)"
                " SELECT received_at, via, peer, mail_from, rcpt_to, zeroblob(1000000), state, tries, next_at, outcome"
                " FROM inbox WHERE id = 1"
            )
            home.query(
                "INSERT INTO outbox (kind, mail_to, message_id, raw, state, tries, created_at, next_at, done_at,"
                " pending_only, dispatch) SELECT kind, mail_to, hex(randomblob(8)), zeroblob(1000000), state, tries,"
                " created_at, next_at, done_at, pending_only, dispatch FROM outbox WHERE id = 1"
            )
        home.bot.database.close()
        before = bytes_read()
        found = browser.get("/healthz").json()
        assert bytes_read() - before < 500_000
        assert (found["mails"], found["outbox"]) == ({"order": 21}, {"sent": 22})

    @pytest.mark.parametrize(
        "headers",
        [
            {"Host": "inkop.example.se"},
            {"X-Forwarded-For": "192.0.2.7"},
            {"Via": "1.1 proxy.example.se"},
            {"Authorization": "Bearer guessed"},
            {"Host": ""},
            {"Host": "127.0.0.1.example.se"},
        ],
    )
    def test_tells_others_than_this_machine_only_whether_all_is_well(
        self, home: Harness, browser: httpx.Client, headers: dict[str, str]
    ) -> None:
        tick(home.bot, home.now)
        assert browser.get("/healthz").json().keys() > {"well", "mails", "oldest_unsent"}
        with home.pages(metrics_access=MetricsAccess("a-long-token")) as guarded:
            for later, well in ((timedelta(0), True), (timedelta(hours=1), False)):
                home.now += later
                answer = guarded.get("/healthz", headers=headers)
                assert (answer.status_code, answer.json()) == (200 if well else 503, {"well": well})

    def test_tells_its_numbers_to_everybody_with_the_token(self, home: Harness) -> None:
        away = {"Host": "inkop.example.se", "Authorization": "Bearer a-long-token"}
        with home.pages(metrics_access=MetricsAccess("a-long-token")) as browser:
            assert "mails" in browser.get("/healthz", headers=away).json()
        with home.pages() as browser:
            assert "mails" not in browser.get("/healthz", headers=away | {"Authorization": "Bearer"}).json()

    def test_names_nobody_and_nothing(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        text = browser.get("/healthz").text
        assert not [word for word in ("@", "Dell", "IT-2026", "Rut") if word in text]


def test_two_of_one_name_who_can_be_asked_instead_are_told_apart_by_address(tmp_path: Path) -> None:
    others = ("anna.ask@example.se", "anna.ask2@example.se")
    rights = [StatedRight(a, "cs", RightKind.ORDER, valid_from=date(2026, 1, 1)) for a in others[1:]]
    known = replace(
        ORGANISATION,
        persons=(*ORGANISATION.persons, StatedPerson("Anna Ask", others[1])),
        rights=(*ORGANISATION.rights, *rights),
    )
    with harness(tmp_path, organisation=known) as home, home.pages() as browser:
        home.mail()
        page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
        assert re.findall(r"<option[^>]*>(.*?)</option>", page) == [f"Anna Ask ({address})" for address in others]


class TestOrderingAgain:
    def test_is_folded_away_while_the_order_waits_or_is_to_leave_and_says_that_it_makes_a_second_one(
        self, home: Harness, browser: httpx.Client
    ) -> None:
        home.mail()
        path = f"/order/{home.token(RUT, Purpose.ORDER)}"
        for state in (Status.PENDING, Status.APPROVED):
            assert home.order().status is state
            page = browser.get(path).text
            assert again(unfolded(page)) == []
            assert len(again(page)) == 1
            assert "en beställning till" in page
            assert page.index("Dra tillbaka beställningen") < page.index(again(page)[0])
            home.approve()

    def test_is_offered_as_it_is_once_the_order_is_over_or_gone(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        path = f"/order/{home.token(RUT, Purpose.ORDER)}"
        home.reject()
        pages = [browser.get(path).text]
        home.later(minutes=6)
        pages.append(browser.get(path).text)
        browser.post(path)
        pages.append(browser.get(path).text)
        home.mail()
        path = f"/order/{home.token(RUT, Purpose.ORDER)}"
        home.approve()
        home.later(minutes=6)
        assert home.order().status is Status.SENT
        pages.append(browser.get(path).text)
        assert [len(again(unfolded(page))) for page in pages] == [1, 1, 1, 1]
        assert not [page for page in pages if "en beställning till" in page]


def again(page: str) -> list[str]:
    return re.findall(r'href="mailto:[^"]*subject=Best[^"]*"', page)


def unfolded(page: str) -> str:
    return re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)


def test_the_person_s_language_is_the_page_s(home: Harness, browser: httpx.Client) -> None:
    home.mail(ORDER, sender=OLLE)
    page = browser.get(f"/order/{home.token('olle.o@example.se', Purpose.ORDER)}")
    assert '<html lang="en"' in page.text
    assert "SEK\u00a012,500.00" in page.text


def test_a_link_to_look_without_a_right_shows_the_order_and_no_buttons(home: Harness, browser: httpx.Client) -> None:
    """As the head of the unit gets it with the third reminder."""
    home.mail()
    for _ in range(3):
        home.later(days=3)
    page = browser.get(f"/decide/{home.token(HEAD, Purpose.DECIDE)}")
    assert "12 500,00 kr" in " ".join(page.text.split())
    assert Forms(page.text).found == []
    assert home.count(DUSTIN) == 0


def bytes_read() -> int:
    """Return how many bytes this process has read, from files and all else."""
    return int(Path("/proc/self/io").read_text().split()[1])

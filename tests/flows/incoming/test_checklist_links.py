"""Links and pages, by their numbers (docs/rules/mail.md#links), and controls (docs/rules/limits.md#k7, #k20, #k22)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering.workflow import Change, Refusal
from mailbot.domain.values.order import Status
from mailbot.edge.web.headers import style_markup
from mailbot.edge.web.rate_limit import MANY_PLACES, RateLimit
from mailbot.edge.web.server import WRONG_LINKS_A_MINUTE
from mailbot.flows.steps.decide import DECISIONS_A_MINUTE, Action
from tests.support.harness import EVA, OPERATOR, RUT, START, Harness, harness

APPROVE = {"action": "approve", "version": "1", "destination": "supplier"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path) as made:
        yield made


@pytest.fixture
def browser(home: Harness) -> Iterator[httpx.Client]:
    with home.pages() as made:
        yield made


def test_f122_a_form_sent_by_a_script_elsewhere_is_refused_and_one_without_its_fields_decides_nothing(
    home: Harness, browser: httpx.Client
) -> None:
    home.mail()
    path = f"/decide/{home.token(EVA, Purpose.DECIDE)}"
    elsewhere = {"Origin": "https://scanner.example", "Sec-Fetch-Site": "cross-site"}
    assert browser.post(path, data=APPROVE, headers=elsewhere).status_code == 403
    for left_out in APPROVE:
        browser.post(path, data={k: v for k, v in APPROVE.items() if k != left_out})
        assert home.order().status is Status.PENDING, left_out


def test_f124_what_mail_programs_make_of_a_link_is_the_link_or_a_damaged_one(
    home: Harness, browser: httpx.Client
) -> None:
    home.mail()
    token = home.token(EVA, Purpose.DECIDE)
    before = home.dump()
    for damaged in (token.upper(), token + ">", token + ".", token[:60], token[:60] + "%0D%0A" + token[60:]):
        page = browser.get(f"/decide/{damaged}")
        assert page.status_code == 404 or home.order().number in page.text, damaged
    assert home.dump() == before


@pytest.mark.parametrize("state", ["changed", "withdrawn", "decided", "sent"])
def test_f127_a_link_to_an_order_in_another_state_says_so_and_has_no_button_that_decides_the_old_one(
    home: Harness, browser: httpx.Client, state: str
) -> None:
    home.mail()
    path, own = f"/decide/{home.token(EVA, Purpose.DECIDE)}", f"/order/{home.token(RUT, Purpose.ORDER)}"
    if state == "changed":
        home.mail("1 st Dell XPS 13 à 13 000 kr", subject=f"#{home.order().reference}")
    elif state == "withdrawn":
        browser.post(own, data={"action": "withdraw"})
    else:
        home.approve(by=EVA)
    if state == "sent":
        home.later(minutes=6)
    before = home.order()
    page = browser.get(path)
    assert page.status_code == 200
    words = {"changed": "version 2", "withdrawn": "tillbakadragen", "decided": "Eva Ek", "sent": "Eva Ek"}
    assert words[state].lower() in page.text.lower()
    assert ('value="approve"' in page.text) is (state == "changed")
    assert browser.post(path, data=APPROVE).status_code == 409
    assert home.order() == before


def test_f128_the_page_names_whom_the_link_was_made_for(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    assert "Eva Ek" in browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text


def test_f130_a_link_preview_sees_a_number_and_nothing_leads_elsewhere(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    for to, purpose in ((EVA, Purpose.DECIDE), (EVA, Purpose.LIST), (RUT, Purpose.ORDER)):
        token = home.token(to, purpose)
        page = browser.get(f"/{purpose}/{token}")
        title = re.search(r"<title>(.*?)</title>", page.text, re.DOTALL)
        assert title
        assert not re.search(r"Dell|12 500|Rut Rask|@", title[1])
        assert not re.search(r'property="og:|name="(twitter|description)', page.text)
        assert not re.findall(r"(?:href|src|action)=[\"']?(?:https?:)?//", page.text)
        assert "no-referrer" in page.headers["Referrer-Policy"]
        assert page.headers["Cache-Control"] == "no-store"
        assert token not in str(page.headers)


def test_f131_the_page_needs_no_script_fits_a_narrow_screen_and_knows_the_dark(
    home: Harness, browser: httpx.Client
) -> None:
    home.mail()
    page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
    assert "width=device-width" in page
    assert re.search(r"prefers-color-scheme:\s*dark", style_markup())
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    assert set(re.findall(r'<(?:textarea|input|select)[^>]* id="([^"]+)"', page)) <= labelled
    assert re.findall(r"<button", page)
    without_script = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert 'value="approve"' in without_script
    assert browser.post(f"/decide/{home.token(EVA, Purpose.DECIDE)}", data=APPROVE).status_code == 303


class TestControls:
    def test_k7_a_wrong_link_looks_the_same_whether_or_not_it_has_our_signature(
        self, home: Harness, browser: httpx.Client
    ) -> None:
        home.mail()
        never, _ = home.bot.signer.make(Purpose.DECIDE)
        real = home.token(EVA, Purpose.DECIDE)
        reply, _ = home.bot.signer.make(Purpose.LIST)
        pages = [browser.get(f"/decide/{token}") for token in (never, "x", real[:-8], "A" * len(real), reply)]
        assert {page.status_code for page in pages} == {404}
        assert len({page.text for page in pages}) == 1
        assert len({tuple(sorted((k, v) for k, v in page.headers.items() if k != "date")) for page in pages}) == 1

    @pytest.mark.parametrize(("base_url", "there"), [("https://inkop.example.se", True), ("http://127.0.0.1", False)])
    def test_k20_browsers_are_told_to_keep_to_https_where_the_pages_have_it(
        self, home: Harness, base_url: str, *, there: bool
    ) -> None:
        home.change(base_url=base_url)
        with home.pages() as client:
            answers = [client.get("/decide/x"), client.get("/healthz"), client.get("/")]
        assert {"Strict-Transport-Security" in answer.headers for answer in answers} == {there}

    def test_k22_more_than_20_wrong_links_a_minute_are_refused_and_right_ones_still_open(
        self, home: Harness, browser: httpx.Client
    ) -> None:
        home.mail()
        path = f"/decide/{home.token(EVA, Purpose.DECIDE)}"
        codes = [browser.get(f"/decide/wrong{n}").status_code for n in range(WRONG_LINKS_A_MINUTE + 5)]
        assert codes == [404] * 20 + [429] * 5
        assert browser.get(path).status_code == 200
        assert browser.post("/order/wrong").status_code == 429
        home.now += timedelta(minutes=1)
        assert browser.get("/decide/wrong").status_code == 404
        assert browser.post(path, data=APPROVE).status_code == 303

    def test_k22_one_person_decides_at_most_30_times_a_minute(self, home: Harness) -> None:
        for _ in range(DECISIONS_A_MINUTE + 1):
            home.mail()
        tokens = [home.token(EVA, Purpose.DECIDE, f"IT-2026-{n:05d}") for n in range(1, DECISIONS_A_MINUTE + 2)]
        outcomes = [home.press(token, Action.APPROVE) for token in tokens]
        assert [o for o in outcomes[:-1] if not isinstance(o, Change)] == []
        assert outcomes[-1] is Refusal.TOO_FAST
        assert home.order().status is Status.PENDING
        with home.pages() as browser:
            page = browser.post(f"/decide/{tokens[-1]}", data=APPROVE)
            assert page.status_code == 429
            assert 'value="approve"' in page.text
        home.later(minutes=1, seconds=1)
        assert home.count(OPERATOR, "Många beslut av Eva Ek") == 1
        assert isinstance(home.press(tokens[-1], Action.APPROVE), Change)

    def test_k22_places_are_counted_apart_and_old_ones_forgotten(self) -> None:
        pace = RateLimit(1, timedelta(minutes=1))
        assert pace.allows("192.0.2.1", START)
        assert pace.allows("192.0.2.2", START)
        assert not pace.allows("192.0.2.1", START)
        for n in range(MANY_PLACES):
            pace.allows(str(n), START)
        assert len(pace._done) == MANY_PLACES  # noqa: SLF001  memory has no other face

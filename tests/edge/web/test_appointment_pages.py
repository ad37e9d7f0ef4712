"""The pages about appointing: a GET or HEAD shows, and only a press on a personal link changes a right, once."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.store import links
from tests.edge.web.test_web import HEADERS, Forms, follow, headline
from tests.support.appointments import DOCUMENT, DORA, MARTA, PIA, TREE, approvers, personal, send
from tests.support.harness import ANNA, EVA, HEAD, PURCHASING, Harness, harness


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path, organisation=TREE) as made:
        send(made, sender=DORA)  # whose endings wait too
        yield made


@pytest.fixture
def browser(home: Harness) -> Iterator[httpx.Client]:
    with home.pages() as made:
        yield made


@pytest.fixture
def shared(home: Harness) -> str:
    return f"/appointment/{home.token(PURCHASING, Purpose.APPOINTMENT)}"


@pytest.fixture
def own(home: Harness) -> str:
    """Märta's personal link."""
    return f"/appoint/{personal(home)}"


def fields(page: httpx.Response, button: str, **written: str) -> dict[str, str]:
    """Return what a browser would send for a button of the page."""
    form = next(f for f in Forms(page.text).found if button in f.buttons)
    return {**form.hidden, "action": button, **written}


class TestGetAndHeadChangeNothing:
    def test_on_any_link_or_file_however_often(
        self, home: Harness, browser: httpx.Client, shared: str, own: str
    ) -> None:
        paths = (shared, f"{shared}?sent=1", f"{shared}/file/1", own, f"{own}?action=confirm", f"{own}/file/1")
        before = home.dump()
        for path in paths:
            for _ in range(10):
                assert browser.get(path).status_code == 200, path
                assert browser.head(path).status_code == 200, path
        assert home.dump() == before

    def test_on_what_only_a_press_may_use(self, home: Harness, browser: httpx.Client, shared: str) -> None:
        before = home.dump()
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            assert browser.request(method, f"{shared}/as/{home.person(MARTA).id}").status_code == 404
        assert home.dump() == before

    def test_on_settled_and_expired_ones(self, home: Harness, browser: httpx.Client, shared: str, own: str) -> None:
        browser.post(own, data=fields(browser.get(own), "refuse", reason="Nej."))
        before = home.dump()
        for path in (shared, own):
            assert "avvisade ändringen" in browser.get(path).text
        home.later(days=15)
        before = home.dump()
        assert {browser.get(path).status_code for path in (shared, own)} == {410}
        assert home.dump() == before


def test_a_personal_link_that_was_revoked_leads_back_to_the_shared_one_and_to_no_approvers_command(
    home: Harness, browser: httpx.Client, own: str
) -> None:
    with home.bot.database.write() as connection:
        links.revoke(connection, home.person(MARTA).id, home.now)
    page = browser.get(own)
    assert (page.status_code, "tryck på ditt namn där" in page.text, "lista" in page.text) == (410, True, False)


class TestTheSharedPage:
    def test_shows_what_would_change_and_names_without_addresses_who_may_act(
        self, browser: httpx.Client, shared: str
    ) -> None:
        page = browser.get(shared)
        assert headline(page) == "Godkännare för Institutionen för datavetenskap"
        for words in (
            "Rut Rask",
            "Eva Ek",
            "får inte besluta om beställningar",
            "Mejla länken till Märta Öst",
            "Pia Palm",
        ):
            assert words in page.text
        assert MARTA not in page.text
        assert PIA not in page.text
        assert "confirm" not in {b for form in Forms(page.text).found for b in form.buttons}

    def test_a_press_mails_the_personal_link_and_shows_nothing_of_it(
        self, home: Harness, browser: httpx.Client, shared: str
    ) -> None:
        pressed = browser.post(f"{shared}/as/{home.person(MARTA).id}")
        page = follow(browser, pressed)
        assert "En personlig länk är på väg till den registrerade adressen för Märta Öst" in page.text
        home.deliver()
        assert home.token(MARTA, Purpose.APPOINT) not in page.text + str(pressed.headers)

    def test_a_press_for_anybody_else_mails_nothing(self, home: Harness, browser: httpx.Client, shared: str) -> None:
        before = home.dump()
        for person in (home.person(EVA).id, home.person(HEAD).id, 0, 99_999):
            assert browser.post(f"{shared}/as/{person}").status_code == 303
        assert browser.post(f"{shared}/as/{10**30}").status_code == 303
        assert home.dump() == before

    def test_a_post_to_it_confirms_nothing(self, home: Harness, browser: httpx.Client, shared: str) -> None:
        before = home.dump()
        assert browser.post(shared, data={"action": "confirm"}).status_code == 404
        assert browser.post(shared.replace("appointment", "appoint")).status_code == 404
        assert home.dump() == before


class TestThePersonalPage:
    def test_confirms_and_shows_that_after_a_redirect(self, home: Harness, browser: httpx.Client, own: str) -> None:
        page = browser.get(own)
        assert "Du agerar som Märta Öst" in page.text
        after = follow(browser, browser.post(own, data=fields(page, "confirm")))
        assert "Märta Öst bekräftade ändringen" in after.text
        assert "Godkännare: Eva Ek\nUpphör: nu" in after.text  # what it was about
        assert not Forms(after.text).found
        assert approvers(home) == ["Anna Ask", "Rut Rask"]

    def test_shows_again_what_is_different_when_the_rights_have_changed(
        self, home: Harness, browser: httpx.Client, own: str
    ) -> None:
        page = browser.get(own)
        home.later(days=1)
        again = browser.post(own, data=fields(page, "confirm"))
        assert again.status_code == 409
        assert "Rättigheterna har ändrats sedan du såg sidan" in again.text
        assert again.text.count("annorlunda nu") == 1  # Rut's first day; nothing about Eva
        assert approvers(home) == ["Anna Ask", "Eva Ek"]
        follow(browser, browser.post(own, data=fields(again, "confirm")))
        assert approvers(home) == ["Anna Ask", "Rut Rask"]

    def test_too_long_a_reason_is_shown_again_and_not_cut(self, browser: httpx.Client, own: str) -> None:
        long = "x" * 801
        again = browser.post(own, data=fields(browser.get(own), "refuse", reason=long))
        assert (again.status_code, f">{long}</textarea>" in again.text) == (200, True)
        assert "Texten är längre än 800 tecken" in again.text
        follow(browser, browser.post(own, data=fields(again, "refuse", reason=long[1:])))

    def test_refuses_only_with_a_reason(self, home: Harness, browser: httpx.Client, own: str) -> None:
        page = browser.get(own)
        again = browser.post(own, data=fields(page, "refuse", reason="  "))
        assert "Skriv varför du avvisar." in again.text
        after = follow(browser, browser.post(own, data=fields(page, "refuse", reason="Inte undertecknat")))
        assert "avvisade ändringen" in after.text
        home.settle()
        assert home.sent(HEAD, "Inte undertecknat")

    def test_tells_the_second_who_was_first(self, home: Harness, browser: httpx.Client, own: str) -> None:
        other = f"/appoint/{personal(home, PIA)}"
        pages = {path: browser.get(path) for path in (own, other)}
        browser.post(own, data=fields(pages[own], "confirm"))
        late = browser.post(other, data=fields(pages[other], "refuse", reason="Nej"))
        assert late.status_code == 409
        assert "Märta Öst bekräftade ändringen" in late.text

    def test_says_why_when_it_cannot_be_confirmed(self, home: Harness, browser: httpx.Client, own: str) -> None:
        page = browser.get(own)
        home.end_right(EVA)
        stopped = browser.post(own, data=fields(page, "confirm"))
        assert stopped.status_code == 409
        assert "det finns inget att avsluta" in stopped.text
        assert [form.buttons for form in Forms(stopped.text).found] == [["refuse"]]

    def test_tells_a_person_who_no_longer_has_a_purchasing_right(
        self, home: Harness, browser: httpx.Client, own: str
    ) -> None:
        page = browser.get(own)
        home.end_right(MARTA)
        stopped = browser.post(own, data=fields(page, "confirm"))
        assert "eftersom du inte har inköpsrätt i dag" in stopped.text
        assert not Forms(stopped.text).found

    @pytest.mark.parametrize(
        "body", [{}, {"action": "approve"}, {"action": ""}, {"shown": "x"}], ids=["none", "other", "empty", "no action"]
    )
    def test_odd_bodies_do_nothing(self, home: Harness, browser: httpx.Client, own: str, body: dict[str, str]) -> None:
        before = home.dump()
        assert browser.post(own, data=body).status_code == 404
        assert home.dump() == before

    def test_a_confirm_without_what_was_shown_shows_the_page(
        self, home: Harness, browser: httpx.Client, own: str
    ) -> None:
        before = home.dump()
        assert browser.post(own, data={"action": "confirm"}).status_code == 409
        assert browser.post(own, data={"action": "confirm", "shown": "å " * 900}).status_code == 409
        assert home.dump() == before

    def test_a_press_from_another_site_does_nothing(self, home: Harness, browser: httpx.Client, own: str) -> None:
        body, before = fields(browser.get(own), "confirm"), home.dump()
        assert browser.post(own, data=body, headers={"Origin": "https://evil.example"}).status_code == 403
        assert home.dump() == before


class TestTheDelegatorsPage:
    """Whoever's name a right is delegated in says yes or no on a page of their own."""

    @pytest.fixture
    def delegators(self, home: Harness) -> str:
        send(home, "Beställningsordning\nEnhet: cs\nGodkännare: Rut Rask\nDelegerad av: Anna Ask\n", sender=DORA)
        return f"/delegate/{home.token(ANNA, Purpose.DELEGATE)}"

    def test_get_and_head_change_nothing(self, home: Harness, browser: httpx.Client, delegators: str) -> None:
        before = home.dump()
        for path in (delegators, f"{delegators}?action=confirm", f"{delegators}/file/1"):
            assert [browser.get(path).status_code, browser.head(path).status_code] == [200, 200]
        assert home.dump() == before

    def test_a_yes_waits_for_purchasing_and_says_so(
        self, home: Harness, browser: httpx.Client, delegators: str
    ) -> None:
        page = browser.get(delegators)
        assert "Du agerar som Anna Ask" in page.text
        after = follow(browser, browser.post(delegators, data=fields(page, "confirm")))
        assert "Du har sagt ja" in after.text
        assert [form.buttons for form in Forms(after.text).found] == [["refuse"]]
        again = browser.post(delegators, data=fields(page, "confirm"))
        assert again.status_code == 409
        assert "Rut Rask" not in approvers(home)
        own = f"/appoint/{personal(home)}"
        assert "De här har sagt ja: Anna Ask" in browser.get(own).text
        browser.post(own, data=fields(browser.get(own), "confirm"))
        assert "Rut Rask" in approvers(home)

    def test_purchasing_sees_whose_yes_is_missing(self, home: Harness, browser: httpx.Client, delegators: str) -> None:
        own = f"/appoint/{personal(home)}"
        assert "Det väntar på ett ja från: Anna Ask" in browser.get(own).text
        browser.post(own, data=fields(browser.get(own), "confirm"))
        assert "Rut Rask" not in approvers(home)
        browser.post(delegators, data=fields(browser.get(delegators), "confirm"))
        assert "Rut Rask" in approvers(home)

    def test_a_no_needs_a_reason_and_ends_it(self, browser: httpx.Client, delegators: str) -> None:
        page = browser.get(delegators)
        assert "Skriv varför du avvisar." in browser.post(delegators, data=fields(page, "refuse", reason="")).text
        after = follow(browser, browser.post(delegators, data=fields(page, "refuse", reason="Nej.")))
        assert "Anna Ask avvisade ändringen" in after.text

    def test_its_link_opens_no_other_page_and_no_other_link_opens_it(
        self, browser: httpx.Client, own: str, delegators: str
    ) -> None:
        assert browser.get(delegators.replace("delegate", "appoint")).status_code == 404
        assert browser.get(own.replace("appoint", "delegate")).status_code == 404


class TestTheDocument:
    def test_is_handed_out_as_it_came_and_never_shown(self, browser: httpx.Client, shared: str, own: str) -> None:
        for path in (shared, own):
            answer = browser.get(f"{path}/file/1")
            assert answer.content == DOCUMENT
            assert answer.headers["Content-Security-Policy"] == "sandbox"
            assert "beslut.pdf" in answer.headers["Content-Disposition"]
            assert {name.lower() for name in answer.headers} >= HEADERS

    def test_other_files_are_not(self, browser: httpx.Client, shared: str) -> None:
        assert browser.get(f"{shared}/file/2").status_code == 404


class TestLinks:
    def test_of_one_kind_open_nothing_of_another(self, browser: httpx.Client, shared: str, own: str) -> None:
        for path in (shared.replace("appointment", "appoint"), own.replace("appoint", "appointment")):
            assert browser.get(path).status_code == 404
        for purpose in ("decide", "order", "list", "not-me", "confirm"):
            assert browser.get(own.replace("appoint", purpose)).status_code == 404

    @pytest.mark.parametrize("token", ["x", "å", "%00", "a" * 5000], ids=["short", "odd", "nul", "long"])
    def test_that_are_not_whole_open_nothing(self, browser: httpx.Client, token: str) -> None:
        for purpose in ("appointment", "appoint"):
            assert browser.get(f"/{purpose}/{token}").status_code == 404

    def test_every_answer_has_the_headers_of_a_page(self, browser: httpx.Client, shared: str, own: str) -> None:
        for answer in (browser.get(shared), browser.get(own), browser.post(own), browser.post(f"{shared}/as/1")):
            assert {name.lower() for name in answer.headers} >= HEADERS

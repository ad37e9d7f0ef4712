"""What people do on the pages, in a real browser: in every size, with script and without, in both languages."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Destination, Status
from mailbot.flows.steps.decide import Action
from tests.browser.chromium import SIZES, Visitor
from tests.browser.scenes import LAPTOPS, MANY_LINES, SCREEN, SERVER
from tests.browser.ways import Visit, every_way, visiting
from tests.support.harness import EVA, ORDER, RUT

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@every_way
def test_approving_undoing_rejecting_and_the_next_order(way: Visit) -> None:
    way.home.mail(LAPTOPS)
    way.home.mail(SCREEN)
    at, first = way.at, way.link(EVA, Purpose.DECIDE, "IT-2026-00001")

    at.open(f"{first}?choice=approve")
    assert at.ask("document.documentElement.lang") == way.home.bot.language
    assert at.ready() == "approve"
    for known in ("Eva Ek", "IT-2026-00001", "Dell XPS 13", "Dustin AB", "Rut Rask", "Olle Öberg", "2310-1150-4411"):
        assert known in at.text("body")
    at.press("[value=approve]")
    assert way.status("IT-2026-00001") is Status.APPROVED
    assert ("Godkänd av dig" if way.home.bot.language == "sv" else "You approved it") in at.text(".state")

    at.press("[value=undo]")
    assert way.status("IT-2026-00001") is Status.PENDING

    at.open(f"{first}?choice=reject")
    assert (at.ready(), at.shown()[0]) == ("reject", "reject")
    at.page.fill("#comment", "Vi har redan")
    at.press("[value=reject]")
    assert way.status("IT-2026-00001") is Status.REJECTED
    assert "Vi har redan" in at.text(".state")

    at.press(".card")
    assert "IT-2026-00002" in at.text("h1")
    at.press("[value=approve]")
    assert way.status("IT-2026-00002") is Status.APPROVED


def test_a_question_leaves_the_order_and_a_comment_sends_it_to_purchasing_and_the_page_says_so(way: Visit) -> None:
    way.home.mail()
    at = way.at
    at.open(way.link(EVA, Purpose.DECIDE))
    at.page.locator("summary:has(+ form)").click()
    at.page.fill("#question", "Varför två?")
    at.press("[value=ask]")
    assert at.page.locator(".note[role=status]").is_visible()
    assert "Varför två?" in at.text(".history")
    assert way.status() is Status.PENDING

    at.page.fill("#comment", "Be om rabatt")
    if way.script:
        assert at.shown() == ["approve_with_comment", "reject"]
        assert at.text("#follows") != ""
        at.page.fill("#comment", "  ")
        assert at.shown() == ["approve", "reject"]
        assert at.text("#follows") == ""
        at.page.fill("#comment", "Be om rabatt")
    else:
        assert at.shown() == ["approve", "approve_with_comment", "reject"]
        at.press("#decision [value=approve]")
        assert way.status() is Status.PENDING
        assert at.page.locator("[role=alert]").is_visible()
        assert at.page.input_value("#comment") == "Be om rabatt"
        assert (at.shown(), at.ready()) == (["approve_with_comment", "reject"], "approve_with_comment")
    at.press("[value=approve_with_comment]")
    order = way.home.order()
    assert order.route is not None
    assert order.decision is not None
    assert (order.route.destination, order.decision.comment) == (Destination.PURCHASING, "Be om rabatt")


def test_a_comment_can_be_dropped_where_it_was_asked_about(phone: Visit) -> None:
    phone.home.mail()
    path = phone.link(EVA, Purpose.DECIDE)
    phone.at.open(path)
    phone.at.ask("document.getElementById('comment').value = 'Be om rabatt'")  # as without script: nothing follows it
    phone.at.press("[value=approve]")
    phone.at.press("form:not(#decision) [value=approve]")
    order = phone.home.order()
    assert order.decision is not None
    assert (order.status, order.decision.comment) == (Status.APPROVED, "")


def test_an_approval_with_comment_but_no_comment_leads_to_the_field(browser: "Browser", tmp_path: Path) -> None:
    with visiting(browser, tmp_path, "phone", script=False, language="sv") as way:
        way.home.mail()
        way.at.open(way.link(EVA, Purpose.DECIDE))
        way.at.press("[value=approve_with_comment]")
        assert way.status() is Status.PENDING
        assert way.at.ask("document.activeElement.id") == "comment"
        assert way.at.page.locator("#comment[aria-invalid][aria-describedby~=note]").is_visible()


def test_the_list_is_oldest_first_with_age_and_amount_and_one_tap_from_each_order(way: Visit) -> None:
    way.home.mail(SERVER)
    way.home.later(days=2)
    way.home.mail(SCREEN)
    at = way.at
    at.open(way.link(EVA, Purpose.LIST))
    cards = [" ".join(text.split()) for text in at.page.locator(".card").all_inner_texts()]
    assert ["IT-2026-00001" in cards[0], "IT-2026-00002" in cards[1], len(cards)] == [True, True, 2]
    assert "64" in cards[0]
    assert at.text(".card >> nth=0 >> .age").split()[-2:] in (["2", "dagar"], ["2", "days"])
    assert "Anna Ask" in cards[1]
    at.press("li:nth-child(2) .card")
    assert "IT-2026-00002" in at.text("h1")
    at.press("[value=approve]")
    assert way.status("IT-2026-00002") is Status.APPROVED


def test_the_requester_sees_who_has_it_changes_it_orders_again_and_withdraws(way: Visit) -> None:
    way.home.mail(LAPTOPS)
    at = way.at
    at.open(way.link(RUT, Purpose.ORDER))
    assert "Eva Ek" in at.text(".state")
    assert "Anna Ask" in at.text(".state")
    assert at.page.locator("[aria-current=step]").count() == 1
    again, correct = _written(at, "Best", "Order"), _written(at, "#")
    assert way.home.order().reference not in again[1]

    way.home.mail(correct[1].replace("10 400", "10 100"), subject=correct[0])
    assert (way.home.order().version, way.home.orders()) == (2, 1)
    way.home.mail(again[1], subject=again[0])
    assert (way.home.order().content.lines[0].price, way.home.orders()) == (Money(Decimal(10_400)), 2)

    at.open(way.link(RUT, Purpose.ORDER, "IT-2026-00001"))
    assert "10 400" in at.text(".changes").replace("\u00a0", " ").replace(",", " ")
    at.page.locator("summary:has(~ form .no)").click()
    at.press(".no")
    assert way.status("IT-2026-00001") is Status.WITHDRAWN
    assert at.page.locator(".no").count() == 0
    assert at.page.locator("a[href^='mailto:']").count() == 1


def _written(at: Visitor, *beginnings: str) -> tuple[str, str]:
    """Return subject and body of the mail that a link opens, by how its subject begins."""
    links = [str(a.get_attribute("href")) for a in at.page.locator("a[href^='mailto:']").all()]
    mails = [parse_qs(urlsplit(link).query) for link in links]
    mail = next(mail for mail in mails if mail["subject"][0].startswith(beginnings))
    return mail["subject"][0], mail["body"][0]


def test_every_other_state_has_its_page(way: Visit) -> None:
    at, home = way.at, way.home
    home.mail()
    link, mine = way.link(EVA, Purpose.DECIDE), way.link(RUT, Purpose.ORDER)

    at.open(link)
    home.mail("1 st Dell XPS 13 à 13 000 kr", subject=f"#{home.order().reference}")
    at.press("#decision [value=approve]")  # on a page that shows the old version
    assert way.status() is Status.PENDING
    assert at.page.locator("[role=alert]").is_visible()
    assert "13" in at.text(".changes")
    assert at.shown()[0] == "approve"

    home.press(home.token(EVA, Purpose.DECIDE), Action.APPROVE)
    home.later(minutes=6)
    at.open(link)
    assert at.page.locator("[value=undo], [value=approve]").count() == 0
    assert "Dustin AB" in at.text(".state")
    at.open(mine)
    assert at.page.locator("form").count() == 0

    home.mail()
    mine = way.link(EVA, Purpose.DECIDE, "IT-2026-00002")
    home.approve()
    at.open(way.link(EVA, Purpose.NOT_ME))
    at.press(".no")
    assert way.status() is Status.PENDING
    assert at.open(mine).status == 410  # closed with all her earlier ones
    home.settle()
    mine = way.link(EVA, Purpose.DECIDE, "IT-2026-00002")
    home.end_right(EVA)
    at.open(mine)
    assert at.page.locator("form[id], [name=action]").count() == 0
    assert "Anna Ask" in at.text(".decide")

    assert at.open(f"{mine}x").status == 404
    home.now += timedelta(days=15)
    before, hers = home.count(), home.count(RUT)
    for expired in (mine, way.link(RUT, Purpose.ORDER, "IT-2026-00002")):
        assert at.open(expired).status == 410
        at.press("button")
        home.deliver()
        assert at.page.locator("[role=status]").is_visible()
    # To the registered address and nowhere else; who may not decide gets none.
    assert (home.count() - before, home.count(RUT) - hers) == (1, 1)

    home.mail(SCREEN)
    at.open(way.link(RUT, Purpose.DISOWN))
    at.press(".no")
    assert way.status() is Status.WITHDRAWN


class TestByKeyboardAlone:
    @every_way
    @pytest.mark.parametrize("choice", ["approve", "reject"])
    def test_a_choice_opens_the_page_at_its_top_and_is_the_first_that_the_keyboard_reaches(
        self, way: Visit, choice: str
    ) -> None:
        way.home.mail(LAPTOPS)
        at = way.at
        at.open(f"{way.link(EVA, Purpose.DECIDE)}?choice={choice}")
        at.page.screenshot()  # drawn, as before somebody reads it: what scrolls by itself has scrolled
        assert at.ask("scrollY") == 0
        assert at.ask("document.activeElement.tagName") == "BODY"
        at.page.keyboard.press("Tab")
        assert at.ask("scrollY") == 0
        at.page.keyboard.press("Enter")
        at.page.locator(f"button[value={choice}]:focus").wait_for()
        at.key("Enter")
        if choice == "reject":  # without a reason it is asked once
            at.press("[name=anyway]")
        assert way.status() is {"approve": Status.APPROVED, "reject": Status.REJECTED}[choice]

    def test_every_control_is_reached_in_order_and_shows_that_it_has_the_focus(self, phone: Visit) -> None:
        phone.home.mail()
        at = phone.at
        at.open(phone.link(EVA, Purpose.DECIDE))
        seen = []
        for _ in range(6):
            at.page.keyboard.press("Tab")
            seen.append(at.focused())
            assert at.ask("parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2")
        assert seen == ["SUMMARY", "TEXTAREA", "approve", "reject", "SUMMARY", "SUMMARY"]
        at.page.keyboard.press("Shift+Tab")
        at.page.keyboard.press("Enter")
        at.page.keyboard.press("Tab")
        at.page.keyboard.type("Behövs den?")
        at.page.keyboard.press("Tab")
        at.key("Enter")
        assert phone.home.history()[-1] == "asked"

    def test_a_comment_and_an_approval_need_no_mouse(self, phone: Visit) -> None:
        phone.home.mail()
        phone.at.open(phone.link(EVA, Purpose.DECIDE))
        phone.at.page.keyboard.press("Tab")
        phone.at.page.keyboard.press("Tab")
        phone.at.page.keyboard.type("Be om rabatt")
        phone.at.page.keyboard.press("Tab")
        assert phone.at.focused() == "approve_with_comment"
        phone.at.key("Space")
        assert phone.status() is Status.APPROVED


def test_on_a_phone_the_facts_and_both_buttons_are_there_without_scrolling(phone: Visit) -> None:
    phone.home.mail(LAPTOPS)
    phone.at.open(f"{phone.link(EVA, Purpose.DECIDE)}?choice=approve")
    for selector in (".who", "h1", ".sum", ".gist", "[value=approve]", "[value=reject]"):
        box = phone.at.page.locator(selector).bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= box["y"] + box["height"] <= SIZES["phone"][1], selector


@every_way
def test_of_a_longer_order_the_rest_is_one_tap_away_and_so_is_the_way_back(way: Visit) -> None:
    way.home.mail(ORDER.replace("1 st Dell XPS 13 à 12 500 kr", MANY_LINES))
    path, at = way.link(EVA, Purpose.DECIDE), way.at
    at.open(path)
    assert 80 <= at.page.locator(".lines li").count() < 300
    at.press("a.button[href$='#lines']")
    seen = at.page.locator(".lines li").all_inner_texts()
    for sheet in range(2, 5):
        if at.page.locator(f"a[href='{path}/all/{sheet}']").count():
            at.press(f"a[href='{path}/all/{sheet}']")
            seen += at.page.locator(".lines li").all_inner_texts()
    assert (len(seen), len(set(seen))) == (300, 300)
    at.press(f"a[href='{path}']")
    at.press("[value=approve]")
    assert way.status() is Status.APPROVED

"""What people do besides deciding: hand on, prove who they are, order by the form, confirm, appoint."""

import re

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Status
from mailbot.flows.steps.attest_plan import mail_plan
from tests.browser.chromium import Visitor
from tests.browser.scenes import CABINET, LOGIN, cell, fill_form
from tests.browser.ways import Visit, every_way
from tests.support import appointments
from tests.support.appointments import DORA, MARTA, approvers
from tests.support.harness import ANNA, BOT, EVA, HEAD, PURCHASING, RUT, Harness
from tests.support.relay import text_of

EVAS_CABINET = CABINET.replace("Enhet: lab", "Enhet: cs").replace("Lars Lund", "Eva Ek")
CODE = re.compile(r"^ +([0-9]{4} [0-9]{4})$", re.MULTILINE)


def code_for(home: Harness) -> str:
    """Return the newest code that was mailed to Eva."""
    home.settle()
    found = CODE.search(text_of(home.relay.mails(EVA)[-1]))
    assert found
    return found[1]


class TestHandingOn:
    def test_who_has_an_interest_leaves_the_order_to_others(self, way: Visit) -> None:
        way.home.mail()
        at = way.at
        at.open(way.link(EVA, Purpose.DECIDE))
        at.page.locator("summary").last.click()
        at.page.fill("#why", "Min brors firma")
        at.press("[value=recuse]")
        assert (way.status(), way.home.history()[-1]) == (Status.PENDING, "recused")
        assert at.page.locator("[name=action]").count() == 0
        assert "Anna Ask" in at.text(".decide")
        way.home.settle()
        at.open(way.link(ANNA, Purpose.DECIDE))
        assert "Min brors firma" not in at.text("body")
        at.press("[value=approve]")
        assert way.status() is Status.APPROVED

    def test_another_approver_is_asked_and_both_may_decide(self, way: Visit) -> None:
        way.home.mail()
        at = way.at
        at.open(way.link(EVA, Purpose.DECIDE))
        at.page.locator("summary").last.click()
        at.page.select_option("#to", label="Anna Ask")
        at.press("[value=hand_over]")
        assert "Anna Ask" in at.text(".note[role=status]")
        assert at.shown() == (["approve", "reject"] if way.script else ["approve", "approve_with_comment", "reject"])
        way.home.settle()
        at.open(way.link(ANNA, Purpose.DECIDE))
        at.press("[value=reject]")
        at.press("[name=anyway]")  # without a reason it is asked once
        order = way.home.order()
        assert order.decision is not None
        assert (order.status, order.decision.person) == (Status.REJECTED, way.home.person(ANNA).id)

    def test_who_no_longer_holds_the_right_gives_it_back(self, way: Visit) -> None:
        way.at.cookies = {"mailbot"}
        way.home.mail()
        at = way.at
        at.open(way.link(EVA, Purpose.DECIDE))
        at.page.locator("summary").last.click()
        at.press("a[href$='/resign']")
        at.press("[value=resign]")
        assert approvers(way.home) == ["Anna Ask", "Eva Ek"]
        at.page.fill("#code", code_for(way.home))
        at.press("[value=code]")
        way.home.settle()
        assert (approvers(way.home), way.status()) == (["Anna Ask"], Status.PENDING)
        assert at.page.locator("[name=action]").count() == 0
        assert way.home.count(HEAD, "Eva Ek") == 1


class TestMoreThanTheLink:
    @every_way
    def test_a_costly_order_is_approved_by_the_code_from_the_mail(self, way: Visit) -> None:
        way.at.cookies = {"mailbot"}
        way.home.mail(EVAS_CABINET)
        at = way.at
        at.open(way.link(EVA, Purpose.DECIDE))
        at.press("[value=approve]")
        assert at.ask("document.activeElement.id") == "code"
        assert way.status() is Status.PENDING
        code = code_for(way.home)
        at.page.fill("#code", "0000 0000")
        at.press("[value=code]")
        assert (at.page.locator("[role=alert]").is_visible(), way.status()) == (True, Status.PENDING)
        at.page.fill("#code", code)
        at.press("[value=code]")
        assert way.status() is Status.APPROVED
        assert at.page.locator("[value=undo]").is_visible()

    def test_who_is_logged_in_in_front_needs_no_code_and_nobody_else_decides(self, way: Visit) -> None:
        way.home.mail(EVAS_CABINET)
        at, link = way.at, way.link(EVA, Purpose.DECIDE)
        at.page.set_extra_http_headers({LOGIN: ANNA})
        at.open(link)
        assert ANNA in at.text("[role=alert]")
        assert at.page.locator("button").count() == 0
        at.page.set_extra_http_headers({LOGIN: EVA})
        at.open(link)
        at.press("[value=approve]")
        assert way.status() is Status.APPROVED


class TestOrdering:
    @every_way
    def test_the_form_gives_a_mail_that_is_read_as_it_was_filled_in(self, way: Visit) -> None:
        at, language = way.at, way.home.bot.language
        at.open(f"/?lang={language}")
        at.press(".main")
        assert at.page.locator(".note[role=alert]").is_visible()
        fill_form(at)
        at.press(".main")
        assert way.home.orders() == 0
        assert str(at.page.locator("a.main").get_attribute("href")).startswith(f"mailto:{BOT}?")
        assert at.page.locator("#mail").is_editable() is False
        way.home.mail(at.page.input_value("#mail"), subject=at.text("dd >> nth=-1"))
        order = way.home.order()
        assert (order.content.supplier, [str(line.quantity) for line in order.content.lines]) == ("Dustin AB", ["2"])
        assert order.content.details["reason"] == "Ny doktorand börjar 15 mars"  # type: ignore[index]
        assert way.home.count(EVA, order.number) == 1

    def test_what_was_written_is_still_there_when_lines_are_added_or_something_is_changed(self, way: Visit) -> None:
        at = way.at
        at.open("/")
        fill_form(at)
        at.press("[value=more]")
        assert at.page.locator(".row").count() == 6
        for name, text in {"what": "Väska", "quantity": "1", "price": "300"}.items():
            at.page.fill(cell(name, 6), text)
        at.press(".main")
        at.press("[value=edit]")
        assert [at.page.input_value(cell("what", n)) for n in (1, 2)] == ["Dell XPS 13", "Väska"]
        assert at.page.locator("[name=chosen]:checked").count() == 1

    def test_who_sent_an_unproven_mail_confirms_it_once(self, way: Visit) -> None:
        way.home.mail(peer="192.0.2.7")
        at, link = way.at, way.link(RUT, Purpose.CONFIRM)
        at.open(link)
        assert way.home.orders() == 0
        at.press(".main")
        assert at.page.locator("[role=status]").is_visible()
        way.home.settle()
        assert (way.home.orders(), way.status()) == (1, Status.PENDING)
        at.open(link)
        assert at.page.locator("button").count() == 0


class TestRights:
    def test_the_head_confirms_the_plan_that_the_page_shows(self, way: Visit) -> None:
        home, at = way.home, way.at
        mail_plan(home.bot, "cs", home.now)
        home.deliver()
        at.open(way.link(HEAD, Purpose.PLAN))
        home.end_right(ANNA)
        at.press(".main")
        assert at.page.locator("[role=alert]").is_visible()
        assert "Anna Ask" not in at.text()
        at.press(".main")
        assert at.page.locator("[role=status]").is_visible()
        home.deliver()
        assert home.count(PURCHASING, "Hedvig Hall", "Eva Ek") == 1

    def test_a_change_of_approvers_is_confirmed_by_a_personal_link_alone(self, way: Visit) -> None:
        home, at = way.home, way.at
        appointments.send(home, sender=DORA)  # whose endings wait
        at.open(way.link(PURCHASING, Purpose.APPOINTMENT))
        assert at.page.locator("[name=action]").count() == 0
        at.press("form:has-text('Märta Öst') button")
        assert "Märta Öst" in at.text("[role=status]")
        home.settle()
        at.open(way.link(MARTA, Purpose.APPOINT))
        assert "Rut Rask" in at.text()
        assert approvers(home) == ["Anna Ask", "Eva Ek"]
        at.press("[value=confirm]")
        assert approvers(home) == ["Anna Ask", "Rut Rask"]
        assert "Märta Öst" in at.text("[role=status]")
        assert at.page.locator("button").count() == 0

    def test_a_change_of_approvers_is_refused_with_a_reason(self, way: Visit) -> None:
        home, at = way.home, way.at
        appointments.send(home, sender=DORA)  # whose endings wait
        at.open(f"/appoint/{appointments.personal(home)}")
        at.page.fill("#reason", "Inte undertecknat")
        at.press("[value=refuse]")
        home.settle()
        assert home.count(HEAD, "Inte undertecknat") == 1
        assert approvers(home) == ["Anna Ask", "Eva Ek"]


class TestByKeyboardAlone:
    def test_a_code_is_typed_where_the_page_opens(self, phone: Visit) -> None:
        phone.at.cookies = {"mailbot"}
        phone.home.mail(EVAS_CABINET)
        at = phone.at
        at.open(f"{phone.link(EVA, Purpose.DECIDE)}?choice=approve")
        at.page.keyboard.press("Tab")
        at.page.keyboard.press("Enter")
        at.page.locator("[value=approve]:focus").wait_for()
        at.key("Enter")
        at.page.locator("#code:focus").wait_for()
        at.page.keyboard.type(code_for(phone.home))
        at.key("Enter")
        assert phone.status() is Status.APPROVED

    @pytest.mark.parametrize("way", [("desk", False, "sv"), ("desk", True, "en")], indirect=True)
    def test_the_form_is_filled_in_from_top_to_bottom(self, way: Visit) -> None:
        at = way.at
        at.open(f"/?lang={way.home.bot.language}")
        _tab_to(at, "summary:has-text('datavetenskap')")
        at.page.keyboard.press("Enter")
        at.page.keyboard.press("Tab")
        at.page.keyboard.press("ArrowDown")
        cells = {"what": "Mus", "quantity": "2", "price": "300"}
        for place, text in {"#supplier": "Dustin AB", **{cell(name): text for name, text in cells.items()}}.items():
            _tab_to(at, place)
            at.page.keyboard.type(text)
        _tab_to(at, ".main")
        at.key("Enter")
        assert at.ask("document.activeElement.tagName") == "H1"
        way.home.mail(at.page.input_value("#mail"))
        assert way.home.order().content.lines[0].description == "Mus"

    def test_a_fault_in_the_form_is_told_first_and_leads_to_its_field(self, phone: Visit) -> None:
        at = phone.at
        at.open("/")
        at.page.fill(cell("price"), "tolv")
        at.press(".main")
        at.page.locator("[role=alert]:focus").wait_for()
        _tab_to(at, "a[href='#price-1']")
        at.page.keyboard.press("Enter")
        at.page.locator("#price-1:focus").wait_for()


def _tab_to(at: Visitor, selector: str) -> None:
    """Press Tab until something has the focus, as somebody without a mouse does."""
    for _ in range(40):
        at.page.keyboard.press("Tab")
        if at.page.locator(f"{selector}:focus").count():
            assert at.ask("parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"), selector
            return
    pytest.fail(f"no Tab leads to {selector}")

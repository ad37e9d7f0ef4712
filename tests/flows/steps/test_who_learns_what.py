"""Who may no longer decide learns no more of an order, and a link made from a link lives no longer than that one."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mailbot.domain.notices.notice import Purpose
from mailbot.flows.pages.confirm_appointment import act_as, see_proposal
from mailbot.flows.steps.decide import Action, FreshLink, mail_fresh_link, open_other
from mailbot.flows.steps.link_page import OrderPage, fetch_file, see_order
from mailbot.flows.steps.open_link import LinkRefusal
from mailbot.store import links
from mailbot.store.database import Database
from tests.flows.steps.test_step_up import ALL, Approver
from tests.support.appointments import MARTA, TREE, scheme_mail
from tests.support.harness import BASE_URL, EVA, HEAD, ORDER, PURCHASING, RUT, Harness, harness, mail_to_bot


def test_a_link_opened_from_another_dies_with_it(home: Harness) -> None:
    home.mail()
    home.mail()
    token, order = home.token(EVA, Purpose.DECIDE), home.order()
    home.later(days=13)
    opened = open_other(home.bot, token, order.reference, home.now)
    assert isinstance(opened, str)
    home.later(days=1)
    made = opened.removeprefix(f"{BASE_URL}/decide/")
    assert see_order(home.bot, Purpose.DECIDE, made, home.now) is LinkRefusal.EXPIRED


def test_who_may_no_longer_decide_is_mailed_no_fresh_link(home: Harness) -> None:
    home.mail()
    token = home.token(EVA, Purpose.DECIDE)
    home.end_right(EVA)
    home.later(days=15)
    found, before = mail_fresh_link(home.bot, Purpose.DECIDE, token, home.now), home.count()
    assert isinstance(found, FreshLink)
    home.deliver()
    assert (found.mailed_at, home.count()) == (None, before)


def test_who_has_decided_is_mailed_one_still(home: Harness) -> None:
    home.mail()
    token = home.token(EVA, Purpose.DECIDE)
    home.approve()
    home.end_right(EVA)
    home.later(days=15)
    found = mail_fresh_link(home.bot, Purpose.DECIDE, token, home.now)
    assert isinstance(found, FreshLink)
    assert found.mailed_at == home.now


def test_the_requester_is_told_nothing_of_an_approvers_codes(tmp_path: Path) -> None:
    with harness(tmp_path, step_up_above=ALL) as home:
        home.mail()
        eva = Approver(home)
        eva.press()
        eva.enter("00000000")
        with home.pages() as browser:
            own = browser.get(f"/order/{home.token(RUT, Purpose.ORDER)}").text
            deciding = browser.get(f"/decide/{eva.token}").text
    assert "kod" not in own.lower()
    assert "En felaktig kod skrevs in" in deciding
    assert home.history() == ["opened", "code_sent", "code_wrong"]


def test_an_error_of_the_database_names_no_value(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/mailbot.db")
    with pytest.raises(SQLAlchemyError) as error, database.write() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "hemlig-kod"})
    assert "hemlig-kod" not in str(error.value)
    database.close()


def test_not_me_takes_the_links_away_that_confirm_appointments_too(tmp_path: Path) -> None:
    with harness(tmp_path, organisation=TREE) as home:
        home.raw(scheme_mail().as_bytes(), mail_from=HEAD)
        with home.bot.database.write() as connection:
            links.revoke(connection, home.person(MARTA).id, home.now)
        act_as(home.bot, home.token(PURCHASING, Purpose.APPOINTMENT), home.person(MARTA).id, home.now)
        home.deliver()
        token = home.token(MARTA, Purpose.APPOINT)
        assert not isinstance(see_proposal(home.bot, Purpose.APPOINT, token, home.now), LinkRefusal)
        with home.bot.database.write() as connection:
            links.revoke(connection, home.person(MARTA).id, home.now)
        assert see_proposal(home.bot, Purpose.APPOINT, token, home.now) is LinkRefusal.REVOKED


class TestAfterTheRightHasEnded:
    def test_the_page_says_who_can_decide_and_shows_nothing_new(self, home: Harness) -> None:
        home.mail(ORDER + "Kontering: 4711\nMotivering: ny anställd\n\n2 st Mus à 99 kr\n")
        token = home.token(EVA, Purpose.DECIDE)
        home.end_right(EVA)
        with home.pages() as browser:
            page = browser.get(f"/decide/{token}").text
        assert "Anna Ask" in page
        for hidden in ("4711", "ny anställd", "Mus", "99,00", "Vad som har hänt"):
            assert hidden not in page

    def test_the_page_shows_nothing_new_to_a_person_who_has_recused_themself(self, home: Harness) -> None:
        home.mail(ORDER + "Kontering: 4711\n")
        token = home.token(EVA, Purpose.DECIDE)
        home.press(token, Action.RECUSE)
        with home.pages() as browser:
            assert "4711" not in browser.get(f"/decide/{token}").text

    def test_no_file_is_handed_out(self, home: Harness) -> None:
        mail = mail_to_bot()
        mail.add_attachment(b"%PDF-1.7 offert", maintype="application", subtype="pdf", filename="offert.pdf")
        home.raw(mail.as_bytes())
        token = home.token(EVA, Purpose.DECIDE)
        found = see_order(home.bot, Purpose.DECIDE, token, home.now)
        assert isinstance(found, OrderPage)
        file = found.files[0]
        place = (file.mail, file.number)
        assert not isinstance(fetch_file(home.bot, Purpose.DECIDE, token, place, home.now), LinkRefusal)
        home.end_right(EVA)
        assert fetch_file(home.bot, Purpose.DECIDE, token, place, home.now) is LinkRefusal.DAMAGED

    def test_who_decided_still_sees_what_they_decided(self, home: Harness) -> None:
        home.mail(ORDER + "Kontering: 4711\n")
        token = home.token(EVA, Purpose.DECIDE)
        home.approve()
        home.end_right(EVA)
        with home.pages() as browser:
            assert "4711" in browser.get(f"/decide/{token}").text

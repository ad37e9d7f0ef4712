"""Who may no longer decide learns no more of an order, and a link made from a link lives no longer than that one."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mailbot.domain.notices import Purpose
from mailbot.flows.decide import mail_fresh_link, open_other
from mailbot.flows.visit import LinkTrouble, visit
from mailbot.store.database import Database
from tests.flows.test_step_up import ALL, Approver
from tests.support.house import BASE_URL, EVA, RUT, House, house


def test_a_link_opened_from_another_dies_with_it(home: House) -> None:
    home.mail()
    home.mail()
    token, order = home.token(EVA, Purpose.DECIDE), home.order()
    home.later(days=13)
    opened = open_other(home.bot, Purpose.DECIDE, token, order.reference, home.now)
    assert isinstance(opened, str)
    home.later(days=1)
    made = opened.removeprefix(f"{BASE_URL}/decide/")
    assert visit(home.bot, Purpose.DECIDE, made, home.now) is LinkTrouble.EXPIRED


def test_who_may_no_longer_decide_is_mailed_no_fresh_link(home: House) -> None:
    home.mail()
    token = home.token(EVA, Purpose.DECIDE)
    home.end_right(EVA)
    home.later(days=15)
    assert not mail_fresh_link(home.bot, Purpose.DECIDE, token, home.now)


def test_who_has_decided_is_mailed_one_still(home: House) -> None:
    home.mail()
    token = home.token(EVA, Purpose.DECIDE)
    home.approve()
    home.end_right(EVA)
    home.later(days=15)
    assert mail_fresh_link(home.bot, Purpose.DECIDE, token, home.now)


def test_the_requester_is_told_nothing_of_an_approvers_codes(tmp_path: Path) -> None:
    with house(tmp_path, step_up_above=ALL) as home:
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

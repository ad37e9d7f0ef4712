"""A unit's reviewer gets a copy of each order and may pass a remark to its approver; decides and delays nothing
(found in the attest order: the IT-responsible may quality-assure orders)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering.workflow import Refusal
from mailbot.domain.values.order import Status
from mailbot.flows.pages.review import remark
from mailbot.flows.steps.open_link import LinkRefusal
from tests.support.harness import ANNA, EVA, ORDER, ORGANISATION, RUT, Harness, harness
from tests.support.relay import text_of
from tests.support.stated import StatedPerson

IRIS = "iris.it@example.se"
UNITS = tuple(replace(unit, reviewer=IRIS) if unit.id == "cs" else unit for unit in ORGANISATION.units)
REVIEWED = replace(
    ORGANISATION, units=UNITS, persons=(*ORGANISATION.persons, StatedPerson("Iris It", IRIS, aliases=()))
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path, organisation=REVIEWED) as home:
        yield home


@pytest.fixture
def browser(home: Harness) -> Iterator[httpx.Client]:
    with home.pages() as client:
        yield client


def reviewed_by(folder: Path, who: str) -> AbstractContextManager[Harness]:
    units = tuple(replace(unit, reviewer=who) if unit.id == "cs" else unit for unit in ORGANISATION.units)
    return harness(folder, organisation=replace(REVIEWED, units=units))


def test_it_responsible_gets_a_copy_of_each_order_and_of_each_change(home: Harness) -> None:
    home.mail()
    assert home.count(IRIS, "Dell XPS 13", "12 500,00 kr", "Eva Ek har ombetts besluta", "/review/") == 1
    home.mail("1 st Dell XPS 14 à 13 500 kr\n", answers=home.sent(RUT))
    assert home.count(IRIS, "Dell XPS 14") == home.count(IRIS) - 1 == 1


def test_the_copy_has_no_link_that_decides(home: Harness) -> None:
    home.mail()
    mail = text_of(home.sent(IRIS))
    assert "/decide/" not in mail
    assert "/list/" not in mail
    assert home.token(IRIS, Purpose.REVIEW)


def test_a_remark_goes_to_the_approver_and_stands_on_the_orders_page(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    path = f"/review/{home.token(IRIS, Purpose.REVIEW)}"
    assert "Dell XPS 13" in browser.get(path).text
    done = browser.post(path, data={"comment": "Den modellen utgår i maj."})
    home.settle()
    assert "Din anmärkning skickas till Eva Ek" in done.text
    assert home.count(EVA, "Den modellen utgår i maj.", "Iris It", "Anmärkningen avgör inget", "/decide/") == 1
    page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
    above = page.partition("<form")[0]
    assert "Anmärkning från granskaren" in above
    assert "Den modellen utgår i maj." in above
    assert (home.history(), home.order().status) == (["opened", "remarked"], Status.PENDING)


def test_an_answer_by_mail_is_a_remark_as_on_the_page(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    home.mail("Den modellen utgår i maj.", sender=IRIS, answers=home.sent(IRIS))
    assert home.count(EVA, "Den modellen utgår i maj.", "Iris It", "Anmärkningen avgör inget", "/decide/") == 1
    assert "Anmärkning från granskaren" in browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
    assert (home.history(), home.order().status) == (["opened", "remarked"], Status.PENDING)


@pytest.mark.parametrize("text", ["GODKÄNN", "1 st Dell XPS 14 à 13 500 kr"])
def test_an_answer_of_the_reviewer_decides_and_changes_nothing(home: Harness, text: str) -> None:
    home.mail()
    before = home.order()
    home.mail(text, sender=IRIS, answers=home.sent(IRIS))
    assert home.order() == before


def test_after_the_decision_an_answer_of_the_reviewer_is_answered_with_the_order_and_passed_on_to_nobody(
    home: Harness,
) -> None:
    home.mail()
    copy = home.sent(IRIS)
    home.approve()
    mails = home.count(EVA)
    home.mail("Den modellen utgår i maj.", sender=IRIS, answers=copy)
    assert home.count(IRIS, "Det du skrev har inte skickats vidare", "/review/") == 1
    assert (home.count(EVA), home.history()) == (mails, ["opened", "approved"])


def test_a_review_delays_nothing(home: Harness) -> None:
    home.mail()
    before = home.order()
    remark(home.bot, home.token(IRIS, Purpose.REVIEW), "Hej", home.now)
    after = home.order()
    assert (after.step, after.version, after.remind_at) == (before.step, before.version, before.remind_at)
    home.approve()
    home.later(minutes=6)
    assert home.order().status is Status.SENT


def test_after_the_decision_no_remark_is_passed_on(home: Harness) -> None:
    home.mail()
    token = home.token(IRIS, Purpose.REVIEW)
    home.approve()
    mails = home.count(EVA)
    assert remark(home.bot, token, "För sent", home.now) is Refusal.DECIDED
    home.settle()
    assert home.count(EVA) == mails


def test_who_is_no_longer_the_reviewer_sees_and_remarks_nothing(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    token = home.token(IRIS, Purpose.REVIEW)
    home.query("UPDATE units SET reviewer_id = NULL")
    home.query("UPDATE counters SET value = value + 1 WHERE name = 'directory_version'")
    assert remark(home.bot, token, "Hej", home.now) is LinkRefusal.REVOKED
    page = browser.get(f"/review/{token}")
    assert "Dell XPS 13" not in page.text
    assert browser.get(f"/review/{token}/all/1").status_code != 200


@pytest.mark.parametrize("who", [EVA, RUT], ids=["the approver", "the requester"])
def test_who_has_the_order_already_gets_no_copy(tmp_path: Path, who: str) -> None:
    with reviewed_by(tmp_path, who) as home:
        home.mail()
        assert home.count(who, "/review/") == 0


def test_a_reviewer_who_may_decide_is_asked_like_any_other(tmp_path: Path) -> None:
    with reviewed_by(tmp_path, ANNA) as home:
        home.mail()
        assert home.count(ANNA, "/review/") == 1
        home.mail(ORDER.replace("Eva Ek", "Anna Ask"))
        assert home.count(ANNA, "/decide/") == 1


@pytest.mark.parametrize("text", ["", " ", "x" * 801])
def test_nothing_and_too_much_are_said_at_the_field(home: Harness, browser: httpx.Client, text: str) -> None:
    home.mail()
    page = browser.post(f"/review/{home.token(IRIS, Purpose.REVIEW)}", data={"comment": text})
    assert 'role="alert"' in page.text
    assert home.history() == ["opened"]

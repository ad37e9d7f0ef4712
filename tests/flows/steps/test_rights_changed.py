"""Orders follow the rights: what waits for nobody who may decide goes at once to those who may."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Status
from mailbot.flows.clock.new_day import new_day
from mailbot.flows.steps.decide import Action
from mailbot.flows.steps.rights_changed import rights_changed
from mailbot.flows.write import carry_out
from mailbot.store import directory
from tests.support.appointments import TREE
from tests.support.harness import ANNA, EVA, HEAD, PURCHASING, RUT, Harness, harness


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path, organisation=TREE) as made:
        yield made


def changed(home: Harness, *units: str) -> int:
    """Say that rights in these units have changed, and let the mails leave."""
    moved = carry_out(home.bot, home.now, lambda work: rights_changed(work, units or ("cs",)))
    home.deliver()
    return moved


def give_back(home: Harness, address: str) -> None:
    """Give a person a new right such as they had."""
    with home.bot.database.write() as connection:
        held = home.bot.directory(connection).rights_of(home.person(address).id)[0]
        directory.add_right(connection, replace(held, ended_at=None), home.now, (1, None))


def test_an_order_moves_when_the_asked_approver_may_no_longer_decide(home: Harness) -> None:
    home.mail()
    home.end_right(EVA)
    assert changed(home) == 1
    assert home.history() == ["opened", "moved"]
    assert (home.order().status, home.order().step) == (Status.PENDING, 2)
    assert home.count(ANNA, home.order().number, "/decide/") == 1


def test_its_requester_is_told_once_however_often_it_is_asked(home: Harness) -> None:
    home.mail()
    home.end_right(EVA)
    assert [changed(home), changed(home), changed(home)] == [1, 0, 0]
    assert home.count(RUT, "Anna Ask", "/order/", "Rätten att besluta har ändrats") == 1


def test_its_reminder_clock_starts_anew(home: Harness) -> None:
    home.mail()
    home.later(days=2)
    home.end_right(EVA)
    changed(home)
    assert home.order().remind_at == home.now + timedelta(days=3)
    assert home.order().reminders == 0


def test_others_are_left_alone(home: Harness) -> None:
    home.mail()
    home.end_right(ANNA)
    assert changed(home) == 0
    assert home.history() == ["opened"]


def test_decided_orders_are_left_alone(home: Harness) -> None:
    home.mail()
    home.approve()
    home.end_right(EVA)
    assert changed(home) == 0


def test_an_order_that_waits_again_after_an_undo_is_left_alone(home: Harness) -> None:
    home.mail()
    home.approve()
    home.press(home.token(EVA, Purpose.DECIDE), Action.UNDO)
    home.end_right(ANNA)
    assert changed(home) == 0


def test_the_old_link_of_who_lost_the_right_decides_nothing(home: Harness) -> None:
    home.mail()
    home.end_right(EVA)
    changed(home)
    home.approve(EVA)
    assert home.order().status is Status.PENDING
    home.approve(ANNA)
    assert home.order().status is Status.APPROVED


class TestWhereNobodyIsLeft:
    def test_head_and_purchasing_are_told_once(self, home: Harness) -> None:
        home.mail()
        for address in (EVA, ANNA):
            home.end_right(address)
        assert [changed(home), changed(home)] == [1, 0]
        assert home.count(HEAD, home.order().number) == 1
        assert home.count(PURCHASING, home.order().number) == 1

    def test_the_order_moves_on_when_somebody_may_decide_again(self, home: Harness) -> None:
        home.mail()
        for address in (EVA, ANNA):
            home.end_right(address)
        changed(home)
        give_back(home, ANNA)
        assert [changed(home), changed(home)] == [1, 0]
        assert home.count(ANNA, home.order().number, "/decide/") == 1
        home.approve(ANNA)
        assert home.order().status is Status.APPROVED

    def test_also_when_it_is_the_one_who_was_asked_first(self, home: Harness) -> None:
        home.mail()
        for address in (EVA, ANNA):
            home.end_right(address)
        changed(home)
        give_back(home, EVA)
        assert changed(home) == 1
        assert home.count(EVA, home.order().number, "/decide/") == 2


def test_a_change_above_concerns_the_units_below_and_no_others(home: Harness) -> None:
    home.mail()
    home.end_right(EVA)
    assert changed(home, "tom") == 0
    assert changed(home, "fac") == 1


def test_on_the_day_after_a_right_has_run_out_its_orders_move_once(home: Harness) -> None:
    home.mail()
    home.query("UPDATE rights SET valid_to = '2026-03-02' WHERE person_id = 1 AND kind = 'order'")
    home.query("UPDATE counters SET value = value + 1 WHERE name = 'directory_version'")
    new_day(home.bot, home.now)
    home.now += timedelta(hours=15)  # past midnight in Stockholm
    assert [new_day(home.bot, home.now) for _ in range(2)] == [True, False]
    assert home.history() == ["opened", "moved"]
    home.now += timedelta(days=1)
    new_day(home.bot, home.now)

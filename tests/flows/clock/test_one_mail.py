"""One change about many orders of one person is one mail, and so are decisions made shortly after one another."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Status
from mailbot.flows.clock.new_day import new_day
from mailbot.flows.steps.decide import Action, disown_decision
from mailbot.flows.steps.rights_changed import move_waiting
from tests.support.harness import ANNA, EVA, HEAD, OPERATOR, ORDER, PURCHASING, RUT, Harness, harness, token_in
from tests.support.relay import text_of


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path) as home:
        yield home


def ordered(home: Harness, count: int) -> list[str]:
    """Let Rut order so many things; return the numbers."""
    for _ in range(count):
        home.mail()
    return [f"IT-2026-{number:05}" for number in range(1, count + 1)]


def links(home: Harness, count: int) -> list[str]:
    """Return the tokens by which Eva decides each order, oldest first."""
    found = [token_in(mail, Purpose.DECIDE) for mail in home.relay.mails(EVA, "/decide/")]
    return found[-count:]


def decide_each(home: Harness, count: int, seconds: float = 5) -> None:
    """Let Eva approve the oldest orders one after another."""
    for token in links(home, count):
        home.press(token, Action.APPROVE)
        home.later(seconds=seconds)


class TestOneChange:
    def test_about_sixteen_orders_of_one_person_is_one_mail_to_each_reader(self, home: Harness) -> None:
        numbers = ordered(home, 16)
        requests, told = home.count(ANNA), home.count(RUT)
        home.end_right(EVA)
        assert move_waiting(home.bot, home.now) == 16
        home.settle()
        assert (home.count(ANNA) - requests, home.count(RUT) - told) == (1, 1)
        assert home.count(ANNA, "/list/", *numbers) == 1
        assert home.count(RUT, "Rätten att besluta har ändrats", "Anna Ask", *numbers) == 1

    def test_can_be_decided_from_that_mail_order_by_order(self, home: Harness) -> None:
        ordered(home, 3)
        home.end_right(EVA)
        move_waiting(home.bot, home.now)
        home.settle()
        mail = text_of(home.sent(ANNA, "/decide/"))
        for token in re.findall(r"/decide/([^\s?]+)", mail):
            home.press(token, Action.APPROVE)
        home.later(minutes=6)
        assert home.query("SELECT status, count(*) FROM orders GROUP BY status") == [("sent", 3)]

    def test_counts_each_order_as_asked_so_that_none_is_moved_again(self, home: Harness) -> None:
        ordered(home, 3)
        home.end_right(EVA)
        move_waiting(home.bot, home.now)
        home.settle()
        assert move_waiting(home.bot, home.now) == 0

    def test_is_two_mails_at_most_where_the_first_has_left_before_the_round_is_over(self, home: Harness) -> None:
        ordered(home, 4)
        home.end_right(EVA)
        home.query(
            "CREATE TRIGGER slow BEFORE UPDATE OF step ON orders WHEN NEW.id = 2 BEGIN SELECT RAISE(ABORT, 'x'); END"
        )
        with pytest.raises(Exception, match="x"):
            move_waiting(home.bot, home.now)
        home.deliver()
        home.query("DROP TRIGGER slow")
        move_waiting(home.bot, home.now)
        home.deliver()
        assert home.count(ANNA, "/decide/") == 1
        home.later(minutes=1)
        assert home.count(ANNA, "/decide/") == 2
        assert home.count(ANNA, "/list/", "IT-2026-00002", "IT-2026-00003", "IT-2026-00004") == 1

    def test_leaves_out_an_order_that_is_decided_before_the_mail_leaves(self, home: Harness) -> None:
        ordered(home, 3)
        home.end_right(EVA)
        home.lose_relay()
        move_waiting(home.bot, home.now)
        home.settle()
        home.query("UPDATE orders SET status = 'withdrawn' WHERE id = 2")
        home.find_relay()
        home.later(minutes=10)
        mail = text_of(home.sent(ANNA, "/decide/"))
        assert set(re.findall(r"IT-2026-\d+", mail)) == {"IT-2026-00001", "IT-2026-00003"}

    def test_without_anybody_left_is_one_mail_to_purchasing_and_one_to_the_head(self, home: Harness) -> None:
        numbers = ordered(home, 5)
        for who in (EVA, ANNA):
            home.end_right(who)
        move_waiting(home.bot, home.now)
        home.settle()
        for to in (PURCHASING, HEAD):
            assert home.count(to, "Ingen kan besluta", *numbers) == home.count(to) == 1

    def test_new_orders_are_asked_about_one_by_one(self, home: Harness) -> None:
        ordered(home, 3)
        assert home.count(EVA, "/decide/") == 3

    def test_an_answer_to_such_a_mail_is_asked_back_for_the_number(self, home: Harness) -> None:
        ordered(home, 2)
        home.end_right(EVA)
        move_waiting(home.bot, home.now)
        home.settle()
        home.mail("Godkännare: Eva Ek\n", answers=home.sent(RUT, "Rätten att besluta"), subject="SV: Andra har ombetts")
        assert home.count(RUT, "Det framgår inte vilken av flera") == 1
        assert home.reasons()[-1] == "refused: several_named"


class TestNobodyDecides:
    def test_after_three_reminders_is_one_mail_to_the_requester_and_one_to_purchasing(self, home: Harness) -> None:
        numbers = ordered(home, 6)
        for _ in range(3):
            home.later(days=3, hours=1)
        for to in (RUT, PURCHASING):
            assert home.count(to, "efter tre påminnelser om 6 beställningar", *numbers) == 1
            assert home.count(to, "Tre påminnelser") == 1

    def test_because_the_approver_goes_away_is_one_mail_to_the_requester(self, home: Harness) -> None:
        numbers = ordered(home, 4)
        assert new_day(home.bot, home.now)
        home.mail("", subject="borta 2026-03-02-2026-03-09", sender=EVA)
        assert home.count(RUT, "är borta", "Anna Ask", *numbers) == 1


class TestDecisionsInARow:
    def test_the_first_is_confirmed_at_once_and_the_others_share_one_mail_within_a_minute(self, home: Harness) -> None:
        ordered(home, 5)
        before = home.count(EVA)
        tokens = links(home, 5)
        home.press(tokens[0], Action.APPROVE)
        assert home.count(EVA) == before + 1
        for token in tokens[1:]:
            home.later(seconds=10)
            home.press(token, Action.APPROVE)
        assert home.count(EVA) == before + 1
        home.later(seconds=30)
        assert home.count(EVA) == before + 2
        mail = text_of(home.sent(EVA, "Du har beslutat om 4 beställningar"))
        assert len(set(re.findall(r"/not-me/\S+", mail))) == 4

    def test_each_not_me_in_it_takes_its_own_decision_back(self, home: Harness) -> None:
        ordered(home, 3)
        decide_each(home, 3)
        home.later(minutes=1)
        mail = text_of(home.sent(EVA, "Du har beslutat om 2 beställningar"))
        second = re.findall(r"/not-me/(\S+)", mail)[0]
        disown_decision(home.bot, second, home.now)
        home.settle()
        assert [home.order(f"IT-2026-0000{n}").status for n in (1, 2, 3)] == [
            *(Status.APPROVED, Status.PENDING, Status.APPROVED)
        ]
        assert home.count(OPERATOR, "IT-2026-00002") == 1

    @pytest.mark.parametrize("window", [timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=5)])
    def test_it_is_sent_while_at_least_half_of_the_undo_window_of_each_is_left(
        self, tmp_path: Path, window: timedelta
    ) -> None:
        with harness(tmp_path, undo_window=window) as home:
            ordered(home, 4)
            decided = []
            for token in links(home, 4):
                home.press(token, Action.APPROVE)
                decided.append(home.now)
                home.later(seconds=1)
            while home.count(EVA, "Du har beslutat om") == 0:
                home.later(seconds=1)
            assert all(at + window - home.now >= window / 2 for at in decided)

    def test_with_an_undo_window_of_zero_each_is_confirmed_at_once(self, tmp_path: Path) -> None:
        with harness(tmp_path, undo_window=timedelta(0)) as home:
            ordered(home, 3)
            tokens = links(home, 3)
            for count, token in enumerate(tokens, 1):
                home.press(token, Action.APPROVE)
                assert home.count(EVA, "/not-me/") == count

    def test_one_that_was_taken_back_meanwhile_is_told_of_as_no_longer_in_force(self, home: Harness) -> None:
        ordered(home, 3)
        tokens = links(home, 3)
        for token in tokens:
            home.press(token, Action.APPROVE)
        home.press(tokens[2], Action.UNDO)
        home.later(minutes=1)
        assert home.count(EVA, "Du har beslutat om 2", "Beslutet gäller inte längre: Väntar på beslut") == 1


def test_a_person_who_orders_while_decisions_wait_hears_of_it_at_once(home: Harness) -> None:
    ordered(home, 3)
    decide_each(home, 3, seconds=1)
    home.mail(ORDER.replace("XPS 13", "XPS 14"))
    assert home.count(RUT, "XPS 14") == 1


def annas_link(home: Harness, number: str) -> str:
    """Let Anna ask for her list, and return the token by which she decides an order of it."""
    home.mail("", sender=ANNA, subject="lista")
    found = re.search(rf"{number}.*?/decide/([^\s?]+)", text_of(home.sent(ANNA, number, "/decide/")), re.DOTALL)
    assert found
    return found[1]


def test_a_decision_of_somebody_else_is_not_told_as_the_readers_own(home: Harness) -> None:
    ordered(home, 3)
    annas, evas = annas_link(home, "IT-2026-00002"), links(home, 3)
    decide_each(home, 3)
    home.press(evas[1], Action.UNDO)
    home.press(annas, Action.APPROVE)
    home.later(minutes=1)
    said = text_of(home.sent(EVA, "IT-2026-00002", "IT-2026-00003"))
    part = said[said.index("IT-2026-00002:") : said.index("IT-2026-00003:")]
    assert "Beslutet gäller inte längre" in part
    assert "/not-me/" not in part
    assert "/not-me/" in said


def test_an_alarm_about_an_undone_decision_names_the_later_one_that_stands(home: Harness) -> None:
    ordered(home, 1)
    annas, evas = annas_link(home, "IT-2026-00001"), links(home, 1)
    decide_each(home, 1)
    not_me = home.token(EVA, Purpose.NOT_ME)
    home.press(evas[0], Action.UNDO)
    home.press(annas, Action.APPROVE)
    disown_decision(home.bot, not_me, home.now)
    home.settle()
    assert home.order().status is Status.APPROVED
    alarm = text_of(home.sent(PURCHASING, "Någon annan kan ha fattat"))
    assert "Anna Ask fattade ett senare beslut" in alarm
    assert "upphävt" not in alarm


def test_mails_that_cannot_be_told_in_one_go_alone_and_hold_up_no_other(home: Harness) -> None:
    ordered(home, 3)
    decide_each(home, 3, seconds=0)
    home.query("UPDATE orders SET route = 'damaged' WHERE id = 2")
    home.mail("", subject="hjälp")
    home.later(minutes=1)
    home.later(minutes=1)
    assert home.count(RUT, "formulär") == 1
    assert home.count(EVA, "Du har godkänt") == 3

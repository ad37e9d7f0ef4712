"""Orders that wait are reminded of, by and by to more people, never once they are decided
(docs/rules/promises.md#reminders)."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Status
from mailbot.flows.clock.remind import remind_due
from mailbot.flows.pages.withdraw import withdraw
from mailbot.flows.steps.decide import Action
from mailbot.store import beats as beat_rows
from mailbot.store import orders
from tests.support.harness import (
    ANNA,
    EVA,
    HEAD,
    ORDER,
    PURCHASING,
    RUT,
    START,
    Harness,
    harness,
    mail_to_bot,
    token_in,
)
from tests.support.relay import text_of


class Waiting:
    """A house with one order that waits; counts the mails that remind of it, which are all but the first ones."""

    def __init__(self, home: Harness) -> None:
        home.mail()
        self.home = home
        self.before = {who: home.count(who) for who in (EVA, ANNA, HEAD, RUT, PURCHASING)}

    def new(self) -> dict[str, int]:
        """Return how many mails each has got since the last look, leaving out those with none."""
        now = {who: self.home.count(who) for who in self.before}
        new = {who: count - self.before[who] for who, count in now.items() if count > self.before[who]}
        self.before = now
        return new

    def after(self, **time: float) -> dict[str, int]:
        """Let time pass, and return how many mails each has got."""
        self.home.later(**time)
        return self.new()


@pytest.fixture
def waiting(home: Harness) -> Waiting:
    return Waiting(home)


class TestWhoIsReminded:
    def test_the_first_goes_to_the_chosen_approver_after_three_days(self, waiting: Waiting) -> None:
        assert waiting.after(days=2, hours=23, minutes=59) == {}
        assert waiting.after(minutes=1) == {EVA: 1}
        assert waiting.home.count(EVA, waiting.home.order().number, "12 500,00 kr", "/decide/", "/list/") == 2

    def test_then_all_approvers_then_also_the_head_then_weekly(self, waiting: Waiting) -> None:
        waiting.after(days=3)
        assert waiting.after(days=3) == {EVA: 1, ANNA: 1}
        assert waiting.after(days=3) == {EVA: 1, ANNA: 1, HEAD: 1, RUT: 1, PURCHASING: 1}
        assert waiting.after(days=6, hours=23) == {}
        assert waiting.after(hours=1) == {EVA: 1, ANNA: 1, HEAD: 1}
        assert waiting.after(days=7) == {EVA: 1, ANNA: 1, HEAD: 1}
        assert waiting.home.order().reminders == 5

    def test_requester_and_purchasing_are_told_which_order_nobody_answers(self, waiting: Waiting) -> None:
        for _ in range(3):
            waiting.home.later(days=3)
        number = waiting.home.order().number
        assert waiting.home.count(PURCHASING, number, "12 500,00 kr") == 1
        assert waiting.home.count(RUT, number, "/order/") == 2

    def test_the_links_are_fresh_and_each_person_s_own(self, waiting: Waiting) -> None:
        home = waiting.home
        first = home.token(EVA, Purpose.DECIDE)
        home.later(days=3)
        home.later(days=3)
        eva, anna = home.token(EVA, Purpose.DECIDE), home.token(ANNA, Purpose.DECIDE)
        assert len({first, eva, anna}) == 3
        home.press(anna, Action.APPROVE)
        assert home.order().decision is not None
        assert home.order().decision.person == home.person(ANNA).id  # type: ignore[union-attr]

    def test_a_link_in_a_reminder_outlives_the_first_one(self, waiting: Waiting) -> None:
        for days in (3, 3, 3, 7):
            waiting.home.later(days=days)
        home = waiting.home
        assert home.now > START + home.bot.policy.link_life
        home.approve()
        assert home.order().status is Status.APPROVED

    def test_when_the_chosen_one_s_right_has_ended_all_others_are_reminded_at_once(self, waiting: Waiting) -> None:
        waiting.home.end_right(EVA)
        assert waiting.after(days=3) == {ANNA: 1}

    def test_two_orders_due_together_are_one_mail_with_a_link_to_each(self, home: Harness) -> None:
        home.mail()
        home.mail(ORDER.replace("12 500", "9 900"))
        home.later(days=3)
        reminders = home.relay.mails(EVA, "IT-2026-00001", "IT-2026-00002", "12 500,00 kr", "9 900,00 kr")
        assert len(reminders) == 1
        assert len(set(re.findall(r"/decide/(\S+)", text_of(reminders[0])))) == 2
        assert home.count(EVA) == 3

    def test_a_mail_of_an_order_due_later_does_not_hold_it(self, home: Harness) -> None:
        home.mail()
        home.later(days=1)
        home.mail()
        home.later(days=2)
        assert home.count(EVA, "IT-2026-00001") == 2
        assert home.count(EVA, "IT-2026-00002") == 1


class TestNoneAfterADecision:
    @pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT])
    def test_none_comes_for_a_decided_order(self, waiting: Waiting, action: Action) -> None:
        waiting.home.press(waiting.home.token(EVA, Purpose.DECIDE), action)
        waiting.after(minutes=10)
        assert waiting.after(days=40) == {}

    def test_none_comes_for_a_withdrawn_order(self, waiting: Waiting) -> None:
        home = waiting.home
        withdraw(home.bot, Purpose.ORDER, home.token(RUT, Purpose.ORDER), home.now)
        waiting.after(minutes=1)
        assert waiting.after(days=40) == {}

    def test_one_that_was_queued_before_the_decision_is_never_sent(self, waiting: Waiting) -> None:
        home = waiting.home
        home.relay.busy = True
        home.later(days=3)
        assert home.query("SELECT count(*) FROM outbox WHERE kind = 'reminder' AND state = 'queued'") == [(1,)]
        home.approve()
        home.relay.busy = False
        home.later(minutes=30)
        assert home.query("SELECT state FROM outbox WHERE kind = 'reminder'") == [("cancelled",)]
        assert waiting.new().get(EVA) == 1  # the confirmation of the decision

    def test_one_half_out_of_date_is_sent_about_the_other_half(self, home: Harness) -> None:
        home.mail()
        home.mail()
        first, second = home.order("IT-2026-00001"), home.order("IT-2026-00002")
        home.relay.busy = True
        home.later(days=3)
        queued = home.query("SELECT message_id FROM outbox WHERE kind = 'reminder'")
        home.press(home.token(EVA, Purpose.DECIDE, first.number), Action.REJECT)
        home.relay.busy = False
        home.later(minutes=30)
        (reminder,) = [m for m in home.relay.mails(EVA, second.number) if "/not-me/" not in text_of(m)][1:]
        assert first.number not in text_of(reminder)
        assert [(str(reminder["Message-ID"]),)] == queued
        assert home.press(token_in(reminder, Purpose.DECIDE), Action.APPROVE)
        assert home.order(second.number).status is Status.APPROVED

    def test_a_request_queued_before_a_withdrawal_is_never_sent(self, home: Harness) -> None:
        home.relay.busy = True
        home.mail()
        home.relay.busy = False
        token = own_link(home)
        withdraw(home.bot, Purpose.ORDER, token, home.now)
        home.later(minutes=30)
        assert home.count(EVA, "/decide/") == 0
        assert home.count(RUT) == 1


class TestWhenTheBotWasDown:
    def test_a_reminder_is_neither_doubled_nor_lost_over_a_restart(self, tmp_path: Path) -> None:
        with harness(tmp_path) as first:
            first.mail()
            first.now += timedelta(days=3)
            assert remind_due(first.bot, first.now) == 1  # and the process ends before anything is sent
        with harness(tmp_path, now=first.now) as second:
            second.settle()
            second.later(minutes=1)
            assert second.count(EVA) == 1
        with harness(tmp_path, now=second.now) as third:
            third.settle()
            assert third.count() == 0
            third.later(days=3)
            assert third.count(EVA) == third.count(ANNA) == 1

    def test_two_processes_that_tick_at_once_remind_once(self, home: Harness) -> None:
        home.mail()
        home.now += timedelta(days=3)
        with harness(home.folder, now=home.now) as other:
            assert [remind_due(home.bot, home.now), remind_due(other.bot, home.now)] == [1, 0]

    def test_down_for_a_week_brings_the_newest_reminder_once(self, waiting: Waiting) -> None:
        assert waiting.after(days=7) == {EVA: 1, ANNA: 1}
        assert waiting.home.order().reminders == 2
        assert waiting.after(days=1, hours=23) == {}
        assert waiting.after(hours=1) == {EVA: 1, ANNA: 1, HEAD: 1, RUT: 1, PURCHASING: 1}

    def test_down_over_the_third_still_tells_requester_and_purchasing(self, waiting: Waiting) -> None:
        assert waiting.after(days=20) == {EVA: 1, ANNA: 1, HEAD: 1, RUT: 1, PURCHASING: 1}
        assert waiting.home.order().reminders == 4
        assert waiting.after(days=7) == {EVA: 1, ANNA: 1, HEAD: 1}

    def test_a_mail_that_lay_in_the_inbox_meanwhile_starts_its_clock_when_it_is_asked(self, home: Harness) -> None:
        home.store(mail_to_bot().as_bytes())
        home.now += timedelta(days=7)
        assert home.processor.process_next(home.now)
        home.settle()
        assert home.count(EVA) == 1


class TestARoundOverMany:
    def test_keeps_no_other_writer_waiting_and_is_one_mail_a_person(self, home: Harness) -> None:
        """Other writers get in between its batches of a tenth of a second; ten times that is for a busy machine."""
        many(home, 300)
        home.now += timedelta(days=3)
        over = Event()
        waits: list[float] = []
        with ThreadPoolExecutor() as threads:
            others = [threads.submit(write_until, over, home, waits), threads.submit(write_beside, over, home)]
            reminded = remind_due(home.bot, home.now)
            over.set()
            for other in others:
                other.result()
        assert reminded == 300
        assert len(waits) > 5
        assert max(waits) < 1
        home.deliver()
        assert home.count(EVA) == 2
        assert home.count(EVA, "300") == 1
        ((mails, about),) = home.query(
            "SELECT count(DISTINCT outbox_id), count(*) FROM outbox_orders JOIN outbox ON outbox.id = outbox_id"
            " WHERE kind = 'reminder'"
        )
        assert (mails, about) == (1, 300)

    @pytest.mark.parametrize(
        "where",
        [
            "INSERT ON outbox WHEN NEW.kind = 'reminder' AND (SELECT count(*) FROM outbox WHERE kind = 'reminder') = 2",
            "INSERT ON reminders WHEN (SELECT count(*) FROM reminders WHERE number = 2) = 7",
        ],
        ids=["among its mails", "among its orders"],
    )
    def test_that_is_stopped_in_the_middle_reminds_nobody_twice_and_forgets_nobody(
        self, home: Harness, where: str
    ) -> None:
        many(home, 12)
        home.later(days=3)
        home.now += timedelta(days=3)
        home.query(f"CREATE TRIGGER stop BEFORE {where} BEGIN SELECT RAISE(ABORT, 'stopped'); END")
        for _ in range(2):
            with pytest.raises(Exception, match="stopped"):
                remind_due(home.bot, home.now)
        home.query("DROP TRIGGER stop")
        home.now += timedelta(minutes=1)
        assert remind_due(home.bot, home.now) == 12
        assert remind_due(home.bot, home.now) == 0
        sent = home.query("SELECT mail_to, count(*) FROM outbox WHERE kind = 'reminder' GROUP BY mail_to")
        assert dict(sent) == {EVA: 2, ANNA: 1}
        assert home.query("SELECT DISTINCT reminders FROM orders") == [(2,)]

    def test_leaves_out_an_order_that_is_withdrawn_while_its_mail_is_made(self, home: Harness) -> None:
        many(home, 2)
        home.now += timedelta(days=3)
        with home.bot.database.read() as connection:
            due = orders.due_for_reminder(connection, home.now)
        home.query("UPDATE orders SET status = 'withdrawn', remind_at = NULL WHERE id = 2")
        with home.bot.database.read() as connection:
            assert not orders.still_due(connection, due, home.now)
        assert remind_due(home.bot, home.now) == 1


def many(home: Harness, count: int) -> None:
    """Let many orders wait for Eva: one that came by mail, and copies of it."""
    home.mail()
    for table in ("orders", "order_versions"):
        columns = [name for _, name, *_ in home.query(f"PRAGMA table_info({table})")]
        own = {"id": "n", "order_id": "n", "number": "'IT-2026-1' || n", "reference": "'copy' || n"}
        values = ", ".join(own.get(name, name) for name in columns)
        home.query(
            f"WITH RECURSIVE copies(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM copies WHERE n < {count})"  # noqa: S608
            f" INSERT INTO {table} SELECT {values} FROM {table}, copies"
        )


def write_until(over: Event, home: Harness, waits: list[float]) -> None:
    """Write again and again as the bot's doors do, and note how long (seconds) each had to wait."""
    while not over.is_set():
        began = monotonic()
        with home.bot.database.write() as connection:
            beat_rows.record_beat(connection, "door", home.now)
        waits.append(monotonic() - began)
        over.wait(0.01)


def write_beside(over: Event, home: Harness) -> None:
    """Write again and again as another process does; it is never told that the database is locked."""
    while not over.is_set():
        home.query("INSERT INTO counters VALUES ('beside', 1) ON CONFLICT DO UPDATE SET value = value + 1")
        over.wait(0.01)


class TestTheHours:
    """Reminders leave from seven to eighteen by the local clock."""

    @pytest.fixture
    def early(self, tmp_path: Path) -> Iterator[Waiting]:
        with harness(tmp_path, now=datetime(2026, 3, 2, 4, 30, tzinfo=UTC)) as home:  # half past five in Stockholm
            yield Waiting(home)

    def test_none_leaves_before_seven(self, early: Waiting) -> None:
        assert early.after(days=3) == {}
        assert early.after(minutes=89) == {}
        assert early.after(minutes=1) == {EVA: 1}

    def test_none_leaves_from_eighteen_on(self, tmp_path: Path) -> None:
        with harness(tmp_path, now=datetime(2026, 3, 2, 17, 0, tzinfo=UTC)) as home:
            evening = Waiting(home)
            assert evening.after(days=3) == {}
            assert evening.after(hours=12, minutes=59) == {}
            assert evening.after(minutes=1) == {EVA: 1}

    def test_the_clock_is_the_local_one_also_in_summer(self, tmp_path: Path) -> None:
        with harness(tmp_path, now=datetime(2026, 7, 6, 4, 30, tzinfo=UTC)) as home:  # half past six in Stockholm
            summer = Waiting(home)
            assert summer.after(days=3, minutes=29) == {}
            assert summer.after(minutes=1) == {EVA: 1}

    def test_short_times_as_in_the_demo_ignore_the_hours(self, tmp_path: Path) -> None:
        minute = timedelta(minutes=1)
        night = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
        with harness(tmp_path, now=night, remind_after=minute, remind_every=minute) as home:
            assert Waiting(home).after(minutes=1) == {EVA: 1}

    def test_on_working_days_only_those_count_and_none_leaves_on_others(self, tmp_path: Path) -> None:
        thursday = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)  # before Easter
        with harness(tmp_path, now=thursday, remind_on_working_days=True) as home:
            easter = Waiting(home)
            assert easter.after(days=5, hours=12) == {}
            assert easter.after(days=1, hours=11) == {}
            assert easter.after(hours=1) == {EVA: 1}


class TestTheClockStartsAnew:
    def test_with_a_new_version(self, waiting: Waiting) -> None:
        home = waiting.home
        home.later(days=2)
        home.mail("Referens: RR2", subject=f"#{home.order().reference}")
        waiting.new()
        assert waiting.after(days=2, hours=23) == {}
        assert waiting.after(hours=1) == {EVA: 1}

    def test_with_an_undo(self, waiting: Waiting) -> None:
        home = waiting.home
        for _ in range(2):
            home.later(days=3)
        token = home.token(EVA, Purpose.DECIDE)
        home.press(token, Action.APPROVE)
        home.press(token, Action.UNDO)
        waiting.new()
        assert waiting.after(days=2, hours=23) == {}
        assert waiting.after(hours=1) == {EVA: 1}
        assert home.order().reminders == 1

    def test_but_not_with_a_question_or_an_answer(self, waiting: Waiting) -> None:
        home = waiting.home
        home.later(days=2)
        home.press(home.token(EVA, Purpose.DECIDE), Action.ASK, "Varför?")
        home.mail("Därför.", answers=home.sent(RUT, "Varför?"), subject="Re: fråga")
        waiting.new()
        assert waiting.after(days=1) == {EVA: 1}


def test_a_reminder_and_its_count_are_stored_together_or_not_at_all(waiting: Waiting) -> None:
    home = waiting.home
    home.query("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    home.now += timedelta(days=3)
    with pytest.raises(Exception, match="disk full"):
        remind_due(home.bot, home.now)
    home.query("DROP TRIGGER full")
    assert home.order().reminders == 0
    assert waiting.after(minutes=1) == {EVA: 1}


def test_each_reminder_stands_in_the_history(waiting: Waiting) -> None:
    waiting.home.later(days=3)
    waiting.home.later(days=3)
    assert waiting.home.history() == ["opened", "reminded", "reminded"]
    assert waiting.home.query("SELECT step, number FROM reminders ORDER BY number") == [(1, 1), (1, 2)]


def test_a_pace_of_another_policy_is_kept(tmp_path: Path) -> None:
    with harness(tmp_path, remind_after=timedelta(days=1), remind_every=timedelta(days=2)) as home:
        quick = Waiting(home)
        assert quick.after(days=1) == {EVA: 1}
        assert quick.after(days=1) == {}
        assert quick.after(days=1) == {EVA: 1, ANNA: 1}


def own_link(home: Harness) -> str:
    """Return the requester's link from the receipt that the relay has not taken."""
    tried = replace(home.relay, raw=home.relay.tried)
    return token_in(tried.mails(RUT)[-1], Purpose.ORDER)

"""What is judged on a View is stored by one short Write, whole or not at all, and only if it still stands."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import Connection, exc, text

from mailbot.domain.notices.notice import HelpNotice, Purpose
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.events import MailSettled
from mailbot.domain.ordering.workflow import Actor, Change, Refusal
from mailbot.domain.values.order import Status
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.decide import Action
from mailbot.flows.steps.open_link import DecideLink, LinkRefusal, open_as, open_requester
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import open_view
from mailbot.flows.write import GIVEN_UP_AFTER, ConflictError, Work, carry_out, carry_out_each
from mailbot.store import orders
from mailbot.store.database import Database
from mailbot.store.directory import DirectoryCache
from mailbot.store.numbers import BLOCK, ReservedNumbers
from mailbot.store.outbox import Mail
from tests.support.harness import EVA, ORDER, RUT, Harness, harness, mail_to_bot

SOON = 0.1
"""Seconds within which a mail is accepted, whatever else is made meanwhile."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path) as made:
        yield made


@dataclass
class SlowMail:
    """A mail whose making lasts until somebody else is done."""

    until: Event
    began: Event = field(default_factory=Event)
    kept_in: bool = False

    def make(self) -> Mail:
        self.began.set()
        assert self.until.wait(10)
        return Mail("operator", None, "ops@example.se", "<slow@example.se>", b"")


def other_process(home: Harness) -> Harness:
    """Return the same bot as another process has it: with a connection, a directory and numbers of its own."""
    database = Database(f"sqlite:///{home.folder}/mailbot.db")
    bot = replace(home.bot, database=database, directories=DirectoryCache(), numbers=ReservedNumbers())
    return replace(home, bot=bot)


class TestWhileAMailIsBeingMade:
    def test_another_is_accepted_within_a_tenth_of_a_second(self, home: Harness) -> None:
        slow = SlowMail(until=Event())
        with ThreadPoolExecutor() as threads:
            working = threads.submit(carry_out, home.bot, home.now, lambda work: work.mails.append(slow))
            assert slow.began.wait(10)
            began = monotonic()
            home.store(mail_to_bot().as_bytes())
            took = monotonic() - began
            slow.until.set()
            working.result()
        assert took < SOON
        assert home.query("SELECT count(*) FROM inbox") == [(1,)]

    def test_a_decision_is_made_and_what_was_judged_before_it_is_judged_again(self, home: Harness) -> None:
        home.mail()
        order, slow, judged = home.order(), SlowMail(until=Event()), list[Status]()

        def judge(work: Work) -> None:
            found = orders.load(work.connection, order.id)
            judged.append(found.status)
            work.see([found])
            work.mails.append(slow)

        with ThreadPoolExecutor() as threads:
            working = threads.submit(carry_out, home.bot, home.now, judge)
            assert slow.began.wait(10)
            home.approve()
            slow.until.set()
            working.result()
        assert judged == [Status.PENDING, Status.APPROVED]
        assert home.query("SELECT count(*) FROM outbox WHERE kind = 'operator'") == [(1,)]


class TestAWorkThatWasOvertaken:
    """Something changes between the View and the Write, once: the work is done once more, on what is true then."""

    def overtaken(self, home: Harness, by: str) -> int:
        """Withdraw the first order unless it is decided, overtaken once; return how often it was judged."""
        judged = 0

        def judge(work: Work) -> None:
            nonlocal judged
            judged += 1
            order = orders.load(work.connection, 1)
            assert work.directory.persons[order.requester]
            open_requester(work, Purpose.ORDER, home.token(RUT, Purpose.ORDER))
            change = workflow.withdraw(order, Actor(order.requester, "test"), work.now)
            if isinstance(change, Change):
                apply_change(work, change)
            work.mails.append(Overtaken(home, by if judged == 1 else ""))

        carry_out(home.bot, home.now, judge)
        return judged

    @pytest.mark.parametrize(
        "by",
        [
            "UPDATE counters SET value = value + 1 WHERE name = 'directory_version'",
            "UPDATE orders SET status = 'leaving'",
            "UPDATE orders SET step = step + 1",
            "UPDATE links SET revoked_at = issued_at",
        ],
        ids=["the directory", "an order's status", "an order's step", "a link"],
    )
    def test_is_done_once_more(self, home: Harness, by: str) -> None:
        home.mail()
        assert self.overtaken(home, by) == 2

    @pytest.mark.parametrize("by", ["SELECT 1", "UPDATE inbox SET reason = 'of another mail'"])
    def test_is_not_overtaken_by_a_change_that_it_does_not_stand_on(self, home: Harness, by: str) -> None:
        home.mail()
        assert self.overtaken(home, by) == 1

    def test_has_stored_nothing_of_its_first_try(self, home: Harness) -> None:
        home.mail()
        before = home.query("SELECT count(*) FROM events"), home.query("SELECT count(*) FROM outbox")

        def judge(work: Work) -> None:
            work.record(MailSettled(what="parked"), Actor(None, "test"))
            enqueue(work, [HelpNotice(to=work.directory.persons[home.order().requester])])
            work.put_if(never)

        with pytest.raises(ConflictError):
            carry_out(home.bot, home.now, judge)
        assert (home.query("SELECT count(*) FROM events"), home.query("SELECT count(*) FROM outbox")) == before

    def test_by_another_process_again_and_again_gives_up_and_says_so(self, home: Harness) -> None:
        judged = 0

        def judge(work: Work) -> None:
            nonlocal judged
            judged += 1
            work.put_if(never)

        with pytest.raises(ConflictError, match="others came in between"):
            carry_out(home.bot, home.now, judge)
        assert judged == GIVEN_UP_AFTER


@dataclass
class Overtaken:
    """A mail while which is made something else changes the store."""

    home: Harness
    by: str
    kept_in: bool = False

    def make(self) -> Mail:
        if self.by:
            self.home.query(self.by)
        return Mail("operator", None, "ops@example.se", "<overtaken@example.se>", b"")


def never(connection: Connection) -> bool:
    """Say that somebody else was first."""
    return connection.closed


def test_a_link_that_is_revoked_while_its_press_is_judged_decides_nothing(home: Harness) -> None:
    home.mail()
    token = home.token(EVA, Purpose.DECIDE)

    def judge(work: Work) -> LinkRefusal | None:
        link = open_as(work, token, DecideLink)
        revoke = "UPDATE links SET revoked_at = issued_at"
        work.mails.append(Overtaken(home, revoke if not isinstance(link, LinkRefusal) else ""))
        return link if isinstance(link, LinkRefusal) else None

    assert carry_out(home.bot, home.now, judge) is LinkRefusal.REVOKED


def test_a_view_can_change_nothing(home: Harness) -> None:
    with open_view(home.bot, home.now) as view, pytest.raises(exc.OperationalError, match="readonly"):
        view.connection.execute(text("DELETE FROM counters"))


def test_who_may_decide_an_order_is_worked_out_once_and_anew_where_work_changes_the_directory(home: Harness) -> None:
    home.mail()
    order, eva = home.order(), home.person(EVA)

    def judge(work: Work) -> None:
        found = work.deciders(order)
        assert work.deciders(orders.load(work.connection, order.id)) is found
        assert eva in found.persons
        work.ahead = replace(work.directory, rights=())
        assert work.deciders(order).persons == ()

    carry_out(home.bot, home.now, judge)


def test_a_round_over_many_things_does_each_once(home: Harness) -> None:
    done: list[int] = []
    carry_out_each(home.bot, home.now, range(5), lambda work, n: work.put(lambda _connection: done.append(n)))
    assert done == [0, 1, 2, 3, 4]


class TestOrderNumbers:
    def test_run_on_without_a_gap_in_one_process(self, home: Harness) -> None:
        for number in range(BLOCK + 2):
            home.mail(ORDER.replace("1 st", f"{number + 2} st"))
        numbers = [number for (number,) in home.query("SELECT number FROM orders ORDER BY id")]
        assert numbers == sorted(set(numbers))
        assert numbers[-1].endswith(f"{len(numbers):05d}")

    def test_are_never_given_twice_by_two_processes(self, home: Harness) -> None:
        other = other_process(home)
        home.mail()
        other.store(mail_to_bot(ORDER.replace("1 st", "3 st")).as_bytes())
        assert other.processor.process_next(other.now)
        home.mail(ORDER.replace("1 st", "4 st"))
        other.bot.database.close()
        taken = home.query("SELECT id, number FROM orders")
        assert len(set(taken)) == len({number for _, number in taken}) == len(taken)

    def test_continue_after_the_numbers_given_without_a_block(self, home: Harness) -> None:
        home.query("INSERT INTO counters VALUES ('IT-2026', 41)")
        home.mail()
        assert home.order().number == "IT-2026-00042"


def test_who_loses_a_race_is_told_what_the_winner_did(home: Harness) -> None:
    home.mail()
    token = home.token(EVA, Purpose.DECIDE)
    home.approve()
    assert home.press(token, Action.REJECT, "nej") is Refusal.DECIDED

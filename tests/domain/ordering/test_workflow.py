"""The life of an order: every step, every refusal, one decision per step
(docs/rules/promises.md#life, #deciding, #time)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.ordering.workflow import (
    CLOCK,
    RELAY,
    Act,
    Actor,
    Change,
    Happened,
    NewOrder,
    Refusal,
    Verdict,
    answer,
    ask,
    categorise,
    correct,
    decide,
    delivered,
    leave,
    not_delivered,
    open_order,
    remind,
    undo,
    withdraw,
)
from mailbot.domain.values.order import GONE, Decision, Destination, Field, Form, Order, Route, RouteReason, Status
from mailbot.domain.values.policy import ReminderWait
from tests.support.samples import (
    ANNA,
    BY_ANNA,
    BY_EVA,
    BY_RUT,
    EVA,
    FORM,
    NILS,
    NOW,
    POLICY,
    RUT,
    TO_SUPPLIER,
    approved,
    authority_of,
    content,
    decided,
    done,
    left,
    line,
    opened,
    pending,
    rejected,
)

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
WINDOW = POLICY.undo_window
TO_PURCHASING = Route(Destination.PURCHASING, (RouteReason.COMMENT,))
TO_FINANCE = Route(Destination.FINANCE, (RouteReason.SPECIAL,))
BY_NILS = Actor(NILS.id, "signed link")
NO_WINDOW = replace(POLICY, undo_window=timedelta(0))

DEARER = content(line("13000"))
REQUEST = NewOrder(0, "IT-2026-00042", "abcdefghijkm", content(), FORM)


def sent() -> Order:
    return done(delivered(left(approved()), NOW + WINDOW)).after


def with_purchasing() -> Order:
    return done(delivered(left(approved(route=TO_PURCHASING)), NOW + WINDOW)).after


def with_finance() -> Order:
    return done(delivered(left(approved(route=TO_FINANCE)), NOW + WINDOW)).after


def withdrawn() -> Order:
    return done(withdraw(pending(), BY_RUT, NOW)).after


def returned() -> Order:
    return left(rejected())


EVERY_STATE: dict[str, Callable[[], Order]] = {
    "pending": pending,
    "rejected": rejected,
    "returned": returned,
    "withdrawn": withdrawn,
    "approved": approved,
    "leaving": lambda: left(approved()),
    "sent": sent,
    "with_purchasing": with_purchasing,
    "with_finance": with_finance,
}

Step = Callable[[Order], Change | Refusal]


def saying(*, approve: bool = True, by: Actor = BY_EVA, version: int | None = None) -> Step:
    def step(order: Order) -> Change | Refusal:
        said = Verdict(approve, "", version or order.version, TO_SUPPLIER)
        return decide(order, authority_of(EVA), said, Act(by, POLICY, NOW))

    return step


def undoing(by: Actor = BY_EVA) -> Step:
    return lambda order: undo(order, Act(by, POLICY, NOW))


def withdrawing(by: Actor = BY_RUT) -> Step:
    return lambda order: withdraw(order, by, NOW)


def correcting(by: Actor = BY_RUT) -> Step:
    return lambda order: correct(order, DEARER, FORM, Act(by, POLICY, NOW))


STEPS: dict[str, Step] = {
    "approve": saying(),
    "reject": saying(approve=False),
    "ask": lambda order: ask(order, "Till vem?", BY_EVA, NOW),
    "undo": undoing(),
    "withdraw": withdrawing(),
    "correct": correcting(),
    "categorise": lambda order: categorise(order, Form(fields={Field.CATEGORY: "konst"}), Act(BY_RUT, POLICY, NOW)),
    "leave": lambda order: leave(order, POLICY, NOW + WINDOW),
    "delivered": lambda order: delivered(order, NOW),
    "not_delivered": lambda order: not_delivered(order, "550 no such user", NOW),
    "remind": lambda order: remind(order, POLICY, NOW + WEEK),
}

# One column a state, in the order of EVERY_STATE: what happens, or the refusal's name.
TABLE = """
    step           pending        rejected     returned     withdrawn    approved     leaving        sent           with_purchasing  with_finance
    approve        APPROVED       decided      decided      withdrawn    decided      decided        decided        decided          decided
    reject         REJECTED       decided      decided      withdrawn    decided      decided        decided        decided          decided
    ask            ASKED          decided      decided      withdrawn    decided      decided        decided        decided          decided
    undo           not_decided    UNDONE       left         not_decided  UNDONE       left           left           left             left
    withdraw       WITHDRAWN      WITHDRAWN    WITHDRAWN    withdrawn    WITHDRAWN    left           left           left             left
    correct        CORRECTED      CORRECTED    CORRECTED    withdrawn    CORRECTED    left           left           left             left
    categorise     CATEGORISED    CATEGORISED  CATEGORISED  withdrawn    CATEGORISED  CATEGORISED    CATEGORISED    CATEGORISED      CATEGORISED
    leave          not_pending    RETURNED     not_pending  not_pending  LEAVING      not_pending    not_pending    not_pending      not_pending
    delivered      not_pending    not_pending  not_pending  not_pending  not_pending  DELIVERED      not_pending    not_pending      not_pending
    not_delivered  not_pending    not_pending  not_pending  not_pending  not_pending  NOT_DELIVERED  NOT_DELIVERED  NOT_DELIVERED    NOT_DELIVERED
    remind         REMINDED       not_pending  not_pending  not_pending  not_pending  not_pending    not_pending    not_pending      not_pending
"""  # noqa: E501
HEAD, *ROWS = [row.split() for row in TABLE.strip().splitlines()]


@pytest.mark.parametrize(
    ("step", "state", "outcome"), [(row[0], *cell) for row in ROWS for cell in zip(HEAD[1:], row[1:], strict=True)]
)
def test_in_every_state_each_step_is_taken_or_refused_by_name(step: str, state: str, outcome: str) -> None:
    found = STEPS[step](EVERY_STATE[state]())
    assert (found.happened.name if isinstance(found, Change) else found.value) == outcome


def test_the_table_speaks_of_every_step_and_state() -> None:
    assert [row[0] for row in ROWS] == list(STEPS)
    assert HEAD[1:] == list(EVERY_STATE)
    assert {make().status for make in EVERY_STATE.values()} == set(Status)


ARRIVALS = [
    (TO_SUPPLIER, Status.SENT),
    (TO_PURCHASING, Status.WITH_PURCHASING),
    (TO_FINANCE, Status.WITH_FINANCE),
]


class TestOpening:
    def test_a_new_order_is_pending_in_version_1_and_step_1(self) -> None:
        order = opened().after
        assert (order.status, order.version, order.step) == (Status.PENDING, 1, 1)
        assert (order.decision, order.route, order.leaves_at, order.left_at, order.previous) == (None,) * 5

    def test_a_new_order_keeps_who_sent_it_and_how_that_is_known(self) -> None:
        order = opened().after
        assert (order.requester, order.sender_proof) == (RUT.id, "loopback")

    def test_the_first_reminder_is_due_three_days_after_the_request(self) -> None:
        order = opened().after
        assert (order.created_at, order.asked_at, order.remind_at) == (NOW, NOW, NOW + 3 * DAY)
        assert order.reminders == 0


class TestDeciding:
    def test_an_approval_keeps_the_decider_the_comment_and_the_route_and_waits(self) -> None:
        change = decided(by=ANNA, comment="Ok för mig", route=TO_PURCHASING)
        order = change.after
        assert order.status is Status.APPROVED
        assert order.decision == Decision(1, ANNA.id, approved=True, comment="Ok för mig", at=NOW)
        assert (order.route, order.leaves_at, order.left_at) == (TO_PURCHASING, NOW + WINDOW, None)
        assert (change.happened, change.text, change.actor) == (Happened.APPROVED, "Ok för mig", BY_ANNA)

    def test_a_rejection_waits_in_the_undo_window_too_and_has_no_route(self) -> None:
        order = rejected()
        assert order.status is Status.REJECTED
        assert (order.route, order.leaves_at, order.left_at) == (None, NOW + WINDOW, None)

    @pytest.mark.parametrize("make", [approved, rejected])
    def test_a_decided_order_is_not_reminded_of(self, make: Callable[[], Order]) -> None:
        assert make().remind_at is None

    @pytest.mark.parametrize("approve", [True, False])
    def test_a_decision_about_an_older_version_is_refused(self, *, approve: bool) -> None:
        corrected = done(correcting()(pending())).after
        assert saying(approve=approve, version=1)(corrected) is Refusal.CHANGED
        assert isinstance(saying(approve=approve, version=2)(corrected), Change)

    def test_a_decision_about_an_older_version_of_a_decided_order_reads_that_it_is_decided(self) -> None:
        decided_again = decided(done(correcting()(pending())).after).after
        assert saying(version=1)(decided_again) is Refusal.DECIDED

    @pytest.mark.parametrize("second", [EVA, ANNA])
    def test_the_second_decision_of_a_step_is_refused_whoever_makes_it(self, second: object) -> None:
        by = BY_EVA if second is EVA else BY_ANNA
        assert saying(approve=False, by=by)(approved(by=EVA)) is Refusal.DECIDED


class TestUndoing:
    @pytest.mark.parametrize("make", [approved, rejected])
    def test_an_undo_makes_the_order_pending_in_a_new_step_of_the_same_version(self, make: Callable[[], Order]) -> None:
        order = done(undo(make(), Act(BY_EVA, POLICY, NOW + SECOND))).after
        assert (order.status, order.step, order.version) == (Status.PENDING, 2, 1)
        assert (order.decision, order.route, order.leaves_at) == (None, None, None)

    def test_an_undo_restarts_the_reminder_clock(self) -> None:
        waited = done(remind(pending(), POLICY, NOW + 6 * DAY)).after
        assert waited.reminders == 2
        again = decided(waited).after
        order = done(undo(again, Act(BY_EVA, POLICY, NOW + 7 * DAY))).after
        assert (order.reminders, order.asked_at, order.remind_at) == (0, NOW + 7 * DAY, NOW + 10 * DAY)

    @pytest.mark.parametrize("late", [timedelta(0), SECOND, DAY])
    def test_an_undo_wins_after_the_window_too_while_nothing_has_left(self, late: timedelta) -> None:
        assert isinstance(undo(approved(), Act(BY_EVA, POLICY, NOW + WINDOW + late)), Change)

    @pytest.mark.parametrize("make", [approved, rejected])
    def test_nothing_is_undone_once_it_has_left(self, make: Callable[[], Order]) -> None:
        assert undo(left(make()), Act(BY_EVA, POLICY, NOW + WINDOW)) is Refusal.LEFT

    @pytest.mark.parametrize("by", [BY_ANNA, BY_RUT, BY_NILS, CLOCK])
    @pytest.mark.parametrize("disowned", [True, False])
    def test_only_the_decider_undoes_and_only_the_decider_says_not_me(self, by: Actor, *, disowned: bool) -> None:
        assert undo(approved(by=EVA), Act(by, POLICY, NOW), disowned=disowned) is Refusal.NOT_YOURS

    def test_a_decision_disowned_is_undone_and_named_so(self) -> None:
        change = done(undo(approved(), Act(BY_EVA, POLICY, NOW), disowned=True))
        assert (change.happened, change.after.status) == (Happened.DECISION_DISOWNED, Status.PENDING)

    @pytest.mark.parametrize("make", [approved, rejected])
    @pytest.mark.parametrize("disowned", [True, False])
    def test_an_undo_does_not_bring_a_withdrawn_order_back(self, make: Callable[[], Order], *, disowned: bool) -> None:
        gone = done(withdraw(make(), BY_RUT, NOW)).after
        assert undo(gone, Act(BY_EVA, POLICY, NOW), disowned=disowned) is Refusal.WITHDRAWN

    def test_after_an_undo_another_may_decide_in_the_new_step(self) -> None:
        order = decided(done(undoing()(approved())).after, by=ANNA, approved=False).after
        assert order.decision == Decision(2, ANNA.id, approved=False, comment="", at=NOW)


class TestWithdrawing:
    @pytest.mark.parametrize("make", [pending, approved, rejected])
    def test_a_withdrawn_order_neither_leaves_nor_reminds(self, make: Callable[[], Order]) -> None:
        order = done(withdraw(make(), BY_RUT, NOW)).after
        assert order.status is Status.WITHDRAWN
        assert leave(order, POLICY, NOW + WEEK) is Refusal.NOT_PENDING
        assert remind(order, POLICY, NOW + WEEK) is Refusal.NOT_PENDING

    @pytest.mark.parametrize("state", EVERY_STATE)
    @pytest.mark.parametrize("by", [BY_EVA, BY_ANNA, BY_NILS, CLOCK])
    def test_only_the_requester_withdraws(self, state: str, by: Actor) -> None:
        assert withdraw(EVERY_STATE[state](), by, NOW) is Refusal.NOT_YOURS

    @pytest.mark.parametrize("late", [timedelta(0), SECOND, DAY])
    def test_a_withdrawal_wins_after_the_undo_window_while_nothing_has_left(self, late: timedelta) -> None:
        assert isinstance(withdraw(approved(), BY_RUT, NOW + WINDOW + late), Change)

    def test_an_order_disowned_is_withdrawn_and_named_so(self) -> None:
        change = done(withdraw(pending(), BY_RUT, NOW, disowned=True))
        assert (change.happened, change.after.status) == (Happened.DISOWNED, Status.WITHDRAWN)


class TestCorrecting:
    @pytest.mark.parametrize("make", [pending, rejected, returned, approved])
    def test_a_correction_is_a_new_version_pending_in_a_new_step(self, make: Callable[[], Order]) -> None:
        order = done(correct(make(), DEARER, FORM, Act(BY_RUT, POLICY, NOW + DAY))).after
        assert (order.status, order.version, order.step) == (Status.PENDING, 2, 2)
        assert (order.decision, order.route, order.leaves_at, order.left_at) == (None, None, None, None)
        assert (order.reminders, order.asked_at, order.remind_at) == (0, NOW + DAY, NOW + 4 * DAY)

    def test_a_correction_keeps_what_was_asked_for_before(self) -> None:
        order = done(correcting()(pending())).after
        assert (order.content, order.previous) == (DEARER, content())

    def test_a_correction_keeps_number_reference_and_requester(self) -> None:
        before, after = pending(), done(correcting()(pending())).after
        assert (after.id, after.number, after.reference) == (before.id, before.number, before.reference)
        assert (after.requester, after.created_at) == (before.requester, before.created_at)

    @pytest.mark.parametrize("by", [BY_EVA, BY_ANNA, BY_NILS])
    @pytest.mark.parametrize("make", [pending, rejected, approved])
    def test_only_the_requester_corrects(self, make: Callable[[], Order], by: Actor) -> None:
        assert correcting(by)(make()) is Refusal.NOT_YOURS

    def test_a_correction_that_changes_nothing_is_refused(self) -> None:
        assert correct(pending(), content(), FORM, Act(BY_RUT, POLICY, NOW)) is Refusal.UNCHANGED

    def test_an_approved_order_that_is_corrected_does_not_leave(self) -> None:
        order = done(correcting()(approved())).after
        assert leave(order, POLICY, NOW + WEEK) is Refusal.NOT_PENDING


class TestLeaving:
    def test_nothing_leaves_within_the_undo_window(self) -> None:
        assert leave(approved(), POLICY, NOW + WINDOW - SECOND) is Refusal.NOT_PENDING
        assert leave(rejected(), POLICY, NOW + WINDOW - SECOND) is Refusal.NOT_PENDING

    def test_an_approved_order_leaves_when_the_window_is_over(self) -> None:
        change = done(leave(approved(), POLICY, NOW + WINDOW))
        assert (change.happened, change.after.status) == (Happened.LEAVING, Status.LEAVING)
        assert (change.after.left_at, change.actor) == (NOW + WINDOW, CLOCK)

    def test_a_rejected_order_goes_back_when_the_window_is_over_and_stays_rejected(self) -> None:
        change = done(leave(rejected(), POLICY, NOW + WINDOW))
        assert (change.happened, change.after.status) == (Happened.RETURNED, Status.REJECTED)
        assert change.after.left_at == NOW + WINDOW

    def test_without_a_window_only_not_me_takes_a_decision_back(self) -> None:
        order = decided(policy=NO_WINDOW).after
        by_decider = Act(BY_EVA, NO_WINDOW, NOW)
        assert undo(order, by_decider) is Refusal.LEFT
        assert done(undo(order, by_decider, disowned=True)).happened is Happened.DECISION_DISOWNED

    def test_without_a_window_an_order_leaves_at_once(self) -> None:
        order = decided(policy=NO_WINDOW).after
        assert isinstance(leave(order, POLICY, NOW), Change)

    @pytest.mark.parametrize(("route", "status"), ARRIVALS)
    def test_what_the_relay_took_is_where_it_was_sent(self, route: Route, status: Status) -> None:
        change = done(delivered(left(approved(route=route)), NOW))
        assert (change.after.status, change.actor) == (status, RELAY)

    @pytest.mark.parametrize("make", [lambda: left(approved()), sent], ids=["refused_at_once", "bounced_later"])
    def test_a_dispatch_not_delivered_to_the_supplier_goes_to_purchasing_with_the_reason_named(
        self, make: Callable[[], Order]
    ) -> None:
        change = done(not_delivered(make(), "550 no such user", NOW))
        assert change.text == "550 no such user"
        assert change.after.route == Route(Destination.PURCHASING, (RouteReason.NOT_DELIVERED,))
        assert change.after.status is Status.LEAVING
        assert done(delivered(change.after, NOW)).after.status is Status.WITH_PURCHASING

    @pytest.mark.parametrize("make", [lambda: left(approved(route=TO_PURCHASING)), with_purchasing])
    def test_a_dispatch_that_purchasing_refuses_is_not_sent_round_in_circles(self, make: Callable[[], Order]) -> None:
        order = make()
        assert done(not_delivered(order, "550", NOW)).after == order

    def test_an_order_moved_to_purchasing_once_is_not_moved_again(self) -> None:
        moved = done(not_delivered(left(approved()), "550", NOW)).after
        assert done(not_delivered(moved, "550", NOW)).after == moved


class TestReminding:
    def test_reminders_come_after_3_6_and_9_days_then_weekly(self) -> None:
        order, days = pending(), []
        for _ in range(6):
            assert order.remind_at
            days.append((order.remind_at - NOW) / DAY)
            order = done(remind(order, POLICY, order.remind_at)).after
        assert days == [3, 6, 9, 16, 23, 30]
        assert order.reminders == 6

    def test_the_later_ones_wait_for_a_working_day_and_the_next_counts_from_there(self) -> None:
        """An order of 22 December has not spent all three by New Year's Eve."""
        policy = replace(POLICY, remind_waits=ReminderWait.LATER)
        asked, days = datetime(2026, 12, 22, 9, tzinfo=UTC), []
        order = open_order(REQUEST, RUT.id, Act(BY_RUT, policy, asked)).after
        for _ in range(4):
            assert order.remind_at
            days.append(order.remind_at.date().isoformat())
            order = done(remind(order, policy, order.remind_at)).after
        assert days == ["2026-12-25", "2026-12-28", "2027-01-04", "2027-01-11"]

    def test_one_that_a_stop_held_up_waits_for_a_working_day_too(self) -> None:
        policy = replace(POLICY, remind_waits=ReminderWait.LATER)
        order = open_order(REQUEST, RUT.id, Act(BY_RUT, policy, datetime(2026, 12, 14, 9, tzinfo=UTC))).after
        assert done(remind(order, policy, datetime(2026, 12, 19, 9, tzinfo=UTC))).after.reminders == 1
        assert remind(order, policy, datetime(2026, 12, 26, 9, tzinfo=UTC)) is Refusal.NOT_PENDING
        assert done(remind(order, policy, datetime(2026, 12, 28, 9, tzinfo=UTC))).after.reminders == 3

    @pytest.mark.parametrize("field", [Field.WANTED_DATE, Field.QUOTE_VALID])
    def test_what_an_order_is_needed_by_brings_its_reminder_forward(self, field: Field) -> None:
        needed = replace(REQUEST, content=replace(REQUEST.content, details={field: f"senast {NOW + 2 * DAY:%Y-%m-%d}"}))
        order = open_order(needed, RUT.id, Act(BY_RUT, POLICY, NOW)).after
        assert order.remind_at == NOW + DAY
        assert done(remind(order, POLICY, NOW + DAY)).after.remind_at == NOW + 2 * DAY
        assert done(remind(order, POLICY, NOW + 2 * DAY)).after.remind_at == NOW + 5 * DAY

    def test_no_reminder_comes_before_its_time(self) -> None:
        assert remind(pending(), POLICY, NOW + 3 * DAY - SECOND) is Refusal.NOT_PENDING

    @pytest.mark.parametrize(
        ("up_after", "newest", "next_after"),
        [(3, 1, 6), (5, 1, 6), (6, 2, 9), (10, 3, 16), (16, 4, 23), (22, 4, 23), (100, 16, 107)],
    )
    def test_after_downtime_only_the_newest_reminder_due_is_counted(
        self, up_after: int, newest: int, next_after: int
    ) -> None:
        order = done(remind(pending(), POLICY, NOW + up_after * DAY)).after
        assert (order.reminders, order.remind_at) == (newest, NOW + next_after * DAY)
        assert remind(order, POLICY, NOW + up_after * DAY) is Refusal.NOT_PENDING

    def test_a_reminder_changes_nothing_but_the_count_and_the_next_time(self) -> None:
        change = done(remind(pending(), POLICY, NOW + 3 * DAY))
        assert replace(change.after, reminders=0, remind_at=NOW + 3 * DAY) == pending()
        assert change.actor == CLOCK

    def test_the_pace_is_the_policys(self) -> None:
        demo = replace(
            POLICY, remind_after=20 * SECOND, remind_every=10 * SECOND, remind_later_every=timedelta(minutes=1)
        )
        order, seconds = pending(policy=demo), []
        for _ in range(5):
            assert order.remind_at
            seconds.append((order.remind_at - NOW) / SECOND)
            order = done(remind(order, demo, order.remind_at)).after
        assert seconds == [20, 30, 40, 100, 160]


class TestAsking:
    def test_a_question_leaves_the_order_as_it_is(self) -> None:
        change = done(ask(pending(), "Varför två?", BY_ANNA, NOW))
        assert (change.after, change.text, change.actor) == (pending(), "Varför två?", BY_ANNA)

    def test_an_answer_leaves_the_order_as_it_is(self) -> None:
        change = done(answer(pending(), "En till Örjan", BY_RUT, NOW))
        assert (change.happened, change.after, change.text) == (Happened.ANSWERED, pending(), "En till Örjan")

    @pytest.mark.parametrize("by", [BY_EVA, BY_NILS, CLOCK])
    def test_only_the_requester_answers(self, by: Actor) -> None:
        assert answer(pending(), "En till Örjan", by, NOW) is Refusal.NOT_YOURS


@dataclass(frozen=True)
class Try:
    """Something somebody tries, `after` some minutes."""

    what: str
    by: int
    after: int
    stale: bool


PEOPLE = {p.id: p for p in (EVA, ANNA, RUT, NILS)}
WHAT = [*STEPS, "not_me", "not_mine", "answer"]
TRIES = st.builds(
    Try,
    what=st.sampled_from(WHAT),
    by=st.sampled_from(sorted(PEOPLE)),
    after=st.sampled_from([0, 1, 5, 60 * 24 * 4]),
    stale=st.booleans(),
)


def attempt(order: Order, tried: Try, now: datetime) -> Change | Refusal:
    by = Actor(tried.by, "signed link")
    another = content(line(str(100 + order.version)))

    def say(*, approve: bool) -> Change | Refusal:
        said = Verdict(approve, "", order.version - tried.stale, TO_SUPPLIER)
        return decide(order, authority_of(PEOPLE[tried.by]), said, Act(by, POLICY, now))

    steps: dict[str, Callable[[], Change | Refusal]] = {
        "approve": lambda: say(approve=True),
        "reject": lambda: say(approve=False),
        "undo": lambda: undo(order, Act(by, POLICY, now)),
        "not_me": lambda: undo(order, Act(by, POLICY, now), disowned=True),
        "withdraw": lambda: withdraw(order, by, now),
        "not_mine": lambda: withdraw(order, by, now, disowned=True),
        "correct": lambda: correct(order, another, FORM, Act(by, POLICY, now)),
        "categorise": lambda: categorise(
            order, Form(fields={Field.CATEGORY: str(order.version)}), Act(by, POLICY, now)
        ),
        "leave": lambda: leave(order, POLICY, now),
        "delivered": lambda: delivered(order, now),
        "not_delivered": lambda: not_delivered(order, "550", now),
        "remind": lambda: remind(order, POLICY, now),
        "ask": lambda: ask(order, "?", by, now),
        "answer": lambda: answer(order, "!", by, now),
    }
    return steps[tried.what]()


def life(tries: list[Try]) -> list[Change]:
    """Return every change that the tries brought about, in order."""
    changes, now = [opened()], NOW
    for tried in tries:
        now += timedelta(minutes=tried.after)
        outcome = attempt(changes[-1].after, tried, now)
        if isinstance(outcome, Change):
            changes.append(outcome)
    return changes


LIVES = st.lists(TRIES, max_size=40).map(life)


class TestAnyLife:
    @given(LIVES)
    def test_no_step_has_two_decisions(self, changes: list[Change]) -> None:
        decisions = Counter(c.after.step for c in changes if c.happened in {Happened.APPROVED, Happened.REJECTED})
        assert all(count == 1 for count in decisions.values())

    @given(LIVES)
    def test_a_decision_belongs_to_the_step_and_version_that_it_decided(self, changes: list[Change]) -> None:
        for change in changes:
            if change.after.decision:
                assert change.after.decision.step == change.after.step
            if change.before and change.happened in {Happened.APPROVED, Happened.REJECTED}:
                assert (change.before.version, change.before.step) == (change.after.version, change.after.step)

    @given(LIVES)
    def test_what_has_left_never_comes_back(self, changes: list[Change]) -> None:
        statuses = [c.after.status for c in changes]
        first = next((i for i, status in enumerate(statuses) if status in GONE), len(statuses))
        assert set(statuses[first:]) <= GONE

    @given(LIVES)
    def test_what_is_withdrawn_stays_withdrawn(self, changes: list[Change]) -> None:
        statuses = [c.after.status for c in changes]
        first = statuses.index(Status.WITHDRAWN) if Status.WITHDRAWN in statuses else len(statuses)
        assert set(statuses[first:]) <= {Status.WITHDRAWN}

    @given(LIVES)
    def test_nothing_leaves_without_an_approval_and_a_route(self, changes: list[Change]) -> None:
        for change in changes:
            if change.after.status in GONE:
                assert change.after.decision
                assert change.after.decision.approved
                assert change.after.route

    @given(LIVES)
    def test_a_pending_order_has_no_decision_and_always_a_next_reminder(self, changes: list[Change]) -> None:
        for order in (c.after for c in changes):
            pending_now = order.status is Status.PENDING
            assert (order.remind_at is not None) is pending_now
            if pending_now:
                assert (order.decision, order.route, order.leaves_at, order.left_at) == (None, None, None, None)

    @given(LIVES)
    def test_version_and_step_only_grow_and_a_step_with_every_reopening(self, changes: list[Change]) -> None:
        reopened = {Happened.CORRECTED, Happened.UNDONE, Happened.DECISION_DISOWNED}
        for change in changes[1:]:
            assert change.before
            assert change.after.step - change.before.step == (change.happened in reopened)
            assert change.after.version - change.before.version == (
                change.happened in {Happened.CORRECTED, Happened.CATEGORISED}
            )

    @given(LIVES)
    def test_each_person_does_only_what_is_theirs(self, changes: list[Change]) -> None:
        requesters = {Happened.CORRECTED, Happened.WITHDRAWN, Happened.DISOWNED, Happened.ANSWERED}
        for change in changes[1:]:
            if change.happened in requesters:
                assert change.actor.person == RUT.id
            if change.happened in {Happened.UNDONE, Happened.DECISION_DISOWNED}:
                assert change.before
                assert change.before.decision
                assert change.actor.person == change.before.decision.person

    @given(LIVES)
    def test_a_change_tells_what_stood_before_and_when(self, changes: list[Change]) -> None:
        for earlier, change in pairwise(changes):
            assert change.before == earlier.after
            assert change.at >= earlier.at

    @given(LIVES)
    def test_number_reference_requester_and_proof_never_change(self, changes: list[Change]) -> None:
        kept = {(c.after.number, c.after.reference, c.after.requester, c.after.sender_proof) for c in changes}
        assert len(kept) == 1

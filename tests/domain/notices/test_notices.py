"""Who hears what after each step (docs/rules/promises.md#life, #rights, #deciding, #time, #leaving)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.domain.notices.notice import (
    AnswerNotice,
    AnyNotice,
    DecidedNotice,
    Mailbox,
    NotDeliveredNotice,
    NoticeKind,
    Purpose,
    QuestionNotice,
    Recipient,
    UnregisteredAddress,
)
from mailbot.domain.notices.who_hears import reminded
from mailbot.domain.ordering.workflow import (
    Act,
    Change,
    Happened,
    answer,
    ask,
    categorise,
    correct,
    delivered,
    hand_over,
    leave,
    move,
    not_delivered,
    nudge,
    recuse,
    remind,
    undo,
    withdraw,
)
from mailbot.domain.people.directory import Directory, Person, Supplier
from mailbot.domain.people.rights import Deciders, Matter
from mailbot.domain.values.order import (
    Content,
    Destination,
    Field,
    Form,
    Order,
    Route,
    RouteReason,
    Vat,
    changed_fields,
)
from mailbot.domain.values.policy import Policy, SelfOrder
from tests.support.samples import (
    ANNA,
    ATEA,
    BY_ANNA,
    BY_EVA,
    BY_RUT,
    CS,
    DAY,
    DIRECTORY,
    DUSTIN,
    EVA,
    FORM,
    MARTA,
    NILS,
    NOW,
    ORJAN,
    POLICY,
    RUT,
    approved,
    called_for,
    content,
    decided,
    directory_with,
    done,
    kr,
    left,
    line,
    opened,
    pending,
    rejected,
    right,
    without_approvers,
)

LATER = NOW + POLICY.undo_window
WITH_COMMENT = Route(Destination.PURCHASING, (RouteReason.COMMENT,))
ANNAS = content(approver=ANNA)
DEARER = content(line("13000"))
ONLY_ANNA = directory_with(right(1, ANNA, CS))


def told(change: Change, directory: Directory = DIRECTORY, policy: Policy = POLICY) -> list[tuple[str, Recipient]]:
    """Return what is sent to whom, in order."""
    return [(notice.kind.value, notice.to) for notice in called_for(change, directory, policy)]


def only(change: Change, kind: NoticeKind, directory: Directory = DIRECTORY) -> AnyNotice:
    """Return the one mail of this kind."""
    (found,) = [n for n in called_for(change, directory) if n.kind is kind]
    return found


def corrected(order: Order) -> Change:
    return done(correct(order, DEARER, FORM, Act(BY_RUT, POLICY, NOW)))


def undone(order: Order, *, disowned: bool = False) -> Change:
    by = BY_ANNA if order.decision and order.decision.person == ANNA.id else BY_EVA
    return done(undo(order, Act(by, POLICY, NOW), disowned=disowned))


def withdrawn(order: Order, *, disowned: bool = False) -> Change:
    return done(withdraw(order, BY_RUT, NOW, disowned=disowned))


class TestARequest:
    def test_a_new_order_is_receipted_to_the_requester_and_put_to_the_chosen_approver_alone(self) -> None:
        assert told(opened()) == [("receipt", RUT), ("request", EVA)]
        assert told(opened(ANNAS)) == [("receipt", RUT), ("request", ANNA)]

    def test_the_receipt_links_to_the_order_and_to_i_did_not_send_this(self) -> None:
        assert only(opened(), NoticeKind.RECEIPT).links == (Purpose.ORDER, Purpose.DISOWN)

    def test_the_request_links_to_the_decision_and_the_list_and_is_dropped_once_decided(self) -> None:
        request = only(opened(), NoticeKind.REQUEST)
        assert request.links == (Purpose.DECIDE, Purpose.LIST)
        assert request.only_while_pending

    def test_when_the_chosen_approver_lost_the_right_everyone_who_may_decide_is_asked(self) -> None:
        assert told(opened(content(approver=NILS))) == [("receipt", RUT), ("request", ANNA), ("request", EVA)]

    def test_if_nobody_may_decide_purchasing_and_the_head_are_told_at_once(self) -> None:
        assert told(opened(), without_approvers()) == [
            ("receipt", RUT),
            ("nobody_may", Mailbox.PURCHASING),
            ("nobody_may", EVA),
        ]

    def test_a_requester_who_must_not_decide_is_not_asked(self) -> None:
        own = opened(content(approver=EVA), requester=EVA)
        assert told(own, directory_with(self_order=SelfOrder.DENY)) == [("receipt", EVA), ("request", ANNA)]

    def test_a_correction_is_receipted_and_put_to_the_chosen_approver_again(self) -> None:
        assert told(corrected(pending())) == [("receipt", RUT), ("request", EVA)]

    @pytest.mark.parametrize("make", [approved, rejected])
    def test_a_correction_of_a_decided_order_is_put_to_its_decider_too(self, make: Callable[..., Order]) -> None:
        assert told(corrected(make(by=ANNA))) == [("receipt", RUT), ("request", ANNA), ("request", EVA)]


class TestADecision:
    @pytest.mark.parametrize("make", [lambda: decided(by=ANNA), lambda: decided(by=ANNA, approved=False)])
    def test_every_decision_is_confirmed_to_its_decider_alone_with_not_me(self, make: Callable[[], Change]) -> None:
        assert told(make()) == [("decided", ANNA)]
        assert only(make(), NoticeKind.DECIDED).links == (Purpose.NOT_ME, Purpose.DECIDE)

    def test_the_confirmation_carries_the_comment(self) -> None:
        told_of = only(decided(comment="Ok för mig"), NoticeKind.DECIDED)
        assert isinstance(told_of, DecidedNotice)
        assert told_of.order.decision
        assert told_of.order.decision.comment == "Ok för mig"

    def test_an_undo_is_told_to_nobody(self) -> None:
        assert told(undone(approved())) == []

    def test_a_decision_disowned_asks_anew_and_alarms_purchasing_and_operator(self) -> None:
        assert told(undone(approved(by=ANNA), disowned=True)) == [
            ("request", ANNA),
            ("request", EVA),
            ("alarm", Mailbox.PURCHASING),
            ("alarm", Mailbox.OPERATOR),
        ]


class TestOnesOwnOrder:
    OWN = content(approver=EVA)

    def test_an_approver_who_approves_their_own_order_is_told_to_the_head(self) -> None:
        change = decided(pending(ANNAS, requester=ANNA), by=ANNA)
        assert told(change) == [("decided", ANNA), ("own_order", EVA)]

    def test_a_head_who_approves_their_own_order_is_told_to_purchasing(self) -> None:
        change = decided(pending(self.OWN, requester=EVA), by=EVA)
        assert told(change) == [("decided", EVA), ("own_order", Mailbox.PURCHASING)]

    def test_in_a_unit_without_head_purchasing_is_told(self) -> None:
        change = decided(pending(ANNAS, requester=ANNA), by=ANNA)
        assert told(change, directory_with(head=None)) == [("decided", ANNA), ("own_order", Mailbox.PURCHASING)]

    def test_a_unit_that_allows_own_orders_tells_nobody(self) -> None:
        change = decided(pending(ANNAS, requester=ANNA), by=ANNA)
        assert told(change, directory_with(self_order=SelfOrder.ALLOW)) == [("decided", ANNA)]
        assert told(change, policy=replace(POLICY, self_order=SelfOrder.ALLOW)) == [("decided", ANNA)]

    def test_a_unit_that_warns_does_so_where_the_policy_allows(self) -> None:
        change = decided(pending(ANNAS, requester=ANNA), by=ANNA)
        allowing = replace(POLICY, self_order=SelfOrder.ALLOW)
        assert told(change, directory_with(self_order=SelfOrder.WARN), allowing) == [
            ("decided", ANNA),
            ("own_order", EVA),
        ]

    def test_rejecting_ones_own_order_is_told_to_nobody_else(self) -> None:
        change = decided(pending(ANNAS, requester=ANNA), by=ANNA, approved=False)
        assert told(change) == [("decided", ANNA)]

    def test_a_colleagues_approval_is_told_to_nobody_else(self) -> None:
        assert told(decided(pending(ANNAS, requester=ANNA), by=EVA)) == [("decided", EVA)]


class TestAWithdrawal:
    def test_the_chosen_approver_is_told(self) -> None:
        assert told(withdrawn(pending())) == [("withdrawn", EVA)]

    def test_the_person_who_had_decided_is_told_too(self) -> None:
        assert told(withdrawn(approved(by=ANNA))) == [("withdrawn", EVA), ("withdrawn", ANNA)]

    def test_nobody_is_told_twice(self) -> None:
        assert told(withdrawn(approved(by=EVA))) == [("withdrawn", EVA)]

    def test_an_order_disowned_alarms_purchasing_and_operator(self) -> None:
        assert told(withdrawn(pending(), disowned=True)) == [
            ("withdrawn", EVA),
            ("alarm", Mailbox.PURCHASING),
            ("alarm", Mailbox.OPERATOR),
        ]


class TestLeaving:
    def test_an_order_routed_to_the_supplier_is_mailed_to_the_registers_address(self) -> None:
        change = done(leave(approved(), POLICY, LATER))
        assert told(change) == [("to_supplier", DUSTIN)]
        assert only(change, NoticeKind.TO_SUPPLIER).dispatch

    def test_an_order_routed_to_purchasing_is_mailed_there_and_not_to_the_supplier(self) -> None:
        change = done(leave(approved(route=WITH_COMMENT), POLICY, LATER))
        assert told(change) == [("to_purchasing", Mailbox.PURCHASING)]
        assert only(change, NoticeKind.TO_PURCHASING).dispatch

    def test_an_order_from_an_unregistered_supplier_is_mailed_to_purchasing(self) -> None:
        route = Route(Destination.PURCHASING, (RouteReason.UNKNOWN_SUPPLIER,))
        order = decided(pending(content(supplier=None)), route=route).after
        assert told(done(leave(order, POLICY, LATER))) == [("to_purchasing", Mailbox.PURCHASING)]

    def test_no_link_goes_with_a_dispatch(self) -> None:
        for order in (approved(), approved(route=WITH_COMMENT)):
            assert [n.links for n in called_for(done(leave(order, POLICY, LATER)), DIRECTORY)] == [()]

    def test_a_rejected_order_goes_back_to_the_requester(self) -> None:
        change = done(leave(rejected(), POLICY, LATER))
        assert told(change) == [("rejected", RUT)]
        assert only(change, NoticeKind.REJECTED).links == (Purpose.ORDER,)

    @pytest.mark.parametrize("route", [Route(Destination.SUPPLIER), WITH_COMMENT])
    def test_the_requester_is_told_when_the_order_has_been_taken(self, route: Route) -> None:
        assert told(done(delivered(left(approved(route=route)), LATER))) == [("dispatched", RUT)]

    def test_a_dispatch_refused_goes_to_purchasing_and_the_requester_is_told(self) -> None:
        change = done(not_delivered(left(approved()), "550 no such user", LATER))
        assert told(change) == [("to_purchasing", Mailbox.PURCHASING), ("not_delivered", RUT)]
        assert only(change, NoticeKind.TO_PURCHASING).dispatch
        notice = only(change, NoticeKind.NOT_DELIVERED)
        assert isinstance(notice, NotDeliveredNotice)
        assert notice.text == "550 no such user"

    def test_when_purchasing_refuses_the_operator_is_told(self) -> None:
        change = done(not_delivered(left(approved(route=WITH_COMMENT)), "550", LATER))
        assert told(change) == [("alarm", Mailbox.OPERATOR)]

    def test_a_dispatch_refused_by_the_supplier_and_then_by_purchasing_reaches_the_operator(self) -> None:
        moved = done(not_delivered(left(approved()), "550", LATER)).after
        assert told(done(not_delivered(moved, "550", LATER))) == [("alarm", Mailbox.OPERATOR)]


class TestQuestions:
    def test_a_question_goes_to_the_requester(self) -> None:
        change = done(ask(pending(), "Varför två?", BY_ANNA, NOW))
        assert told(change) == [("question", RUT)]
        notice = only(change, NoticeKind.QUESTION)
        assert isinstance(notice, QuestionNotice)
        assert notice.text == "Varför två?"

    def test_an_answer_goes_to_the_chosen_approver(self) -> None:
        change = done(answer(pending(), "En till Örjan", BY_RUT, NOW))
        assert told(change) == [("answer", EVA)]
        assert only(change, NoticeKind.ANSWER).links == (Purpose.DECIDE,)
        notice = only(change, NoticeKind.ANSWER)
        assert isinstance(notice, AnswerNotice)
        assert notice.text == "En till Örjan"

    def test_an_answer_also_goes_to_the_person_who_asked(self) -> None:
        asked_by_anna = done(answer(pending(), "En till Örjan", BY_RUT, NOW, asked_by=ANNA.id))
        assert told(asked_by_anna) == [("answer", ANNA), ("answer", EVA)]
        asked_by_eva = done(answer(pending(), "En till Örjan", BY_RUT, NOW, asked_by=EVA.id))
        assert told(asked_by_eva) == [("answer", EVA)]

    def test_an_answer_goes_to_nobody_whose_right_has_ended_since_they_asked(self) -> None:
        change = done(answer(pending(), "En till Örjan", BY_RUT, NOW, asked_by=EVA.id))
        assert told(change, ONLY_ANNA) == [("answer", ANNA)]

    def test_an_answer_goes_to_those_who_may_decide_if_the_chosen_approver_may_no_longer(self) -> None:
        change = done(answer(pending(), "En till Örjan", BY_RUT, NOW))
        assert told(change, ONLY_ANNA) == [("answer", ANNA)]


class TestReminders:
    def of(self, number: int, directory: Directory = DIRECTORY, order: Order | None = None) -> tuple[Recipient, ...]:
        order = replace(order or pending(), reminders=number)
        return reminded(order, Deciders.of(order, directory, POLICY, DAY))

    def test_a_reminder_itself_is_no_notice_of_one_order(self) -> None:
        assert told(done(remind(pending(), POLICY, NOW + timedelta(days=3)))) == []

    def test_the_first_goes_to_the_chosen_approver(self) -> None:
        assert self.of(1) == (EVA,)
        assert self.of(1, order=pending(ANNAS)) == (ANNA,)

    def test_the_second_goes_to_all_approvers_of_the_unit(self) -> None:
        assert self.of(2, directory_with(right(1, ANNA, CS), right(2, NILS, CS))) == (ANNA, NILS)

    @pytest.mark.parametrize("number", [3, 4, 9])
    def test_the_third_and_later_ones_go_to_the_head_too(self, number: int) -> None:
        assert self.of(number, ONLY_ANNA) == (ANNA, EVA)

    def test_a_head_who_approves_too_is_reminded_once(self) -> None:
        assert self.of(3) == (ANNA, EVA)

    def test_a_unit_without_head_is_reminded_without_one(self) -> None:
        assert self.of(3, directory_with(head=None)) == (ANNA, EVA)

    def test_the_first_goes_to_all_when_the_chosen_approver_lost_the_right(self) -> None:
        assert self.of(1, directory_with(right(1, ANNA, CS), right(2, NILS, CS))) == (ANNA, NILS)

    def test_the_third_reaches_the_head_although_nobody_may_decide(self) -> None:
        assert self.of(3, directory_with(right(1, MARTA, CS), head=EVA)) == (MARTA, EVA)
        assert self.of(3, without_approvers()) == (EVA,)

    def test_a_requester_who_must_not_decide_is_not_reminded(self) -> None:
        own = pending(ANNAS, requester=ANNA)
        assert self.of(2, directory_with(self_order=SelfOrder.DENY), own) == (EVA,)


EVERY_CHANGE: dict[str, Callable[[], Change]] = {
    "opened": opened,
    "corrected": lambda: corrected(approved(by=ANNA)),
    "categorised": lambda: done(
        categorise(left(approved()), Form(fields={Field.CATEGORY: "konst"}), Act(BY_RUT, POLICY, NOW))
    ),
    "approved": lambda: decided(by=ANNA),
    "rejected": lambda: decided(by=ANNA, approved=False),
    "undone": lambda: undone(approved()),
    "decision_disowned": lambda: undone(approved(by=ANNA), disowned=True),
    "withdrawn": lambda: withdrawn(approved(by=ANNA)),
    "disowned": lambda: withdrawn(approved(by=ANNA), disowned=True),
    "leaving": lambda: done(leave(approved(), POLICY, LATER)),
    "returned": lambda: done(leave(rejected(), POLICY, LATER)),
    "delivered": lambda: done(delivered(left(approved()), LATER)),
    "not_delivered": lambda: done(not_delivered(left(approved()), "550", LATER)),
    "reminded": lambda: done(remind(pending(), POLICY, NOW + timedelta(days=3))),
    "asked": lambda: done(ask(pending(), "?", BY_EVA, NOW)),
    "answered": lambda: done(answer(pending(), "!", BY_RUT, NOW)),
    "nudged": lambda: done(nudge(pending(), BY_RUT, NOW)),
    "remarked": lambda: done(ask(pending(), "...", BY_EVA, NOW, Happened.REMARKED)),
}
EVERY_CHANGE |= {
    "recused": lambda: done(recuse(pending(), "Min bror säljer", Act(BY_EVA, POLICY, NOW))),
    "handed_over": lambda: done(hand_over(pending(), ANNA.id, "", Act(BY_EVA, POLICY, NOW))),
    "moved": lambda: done(move(pending(), POLICY, NOW)),
    "nudged": lambda: done(nudge(pending(), BY_RUT, NOW)),
}
NO_STEP = [happened for happened in Happened if happened.value not in EVERY_CHANGE]
"""What is only recorded of an order, by flows that tell who must hear of it themselves."""


@pytest.mark.parametrize("happened", NO_STEP)
def test_what_is_only_recorded_is_no_notice_of_a_step(happened: Happened) -> None:
    assert told(Change(happened, pending(), pending(), BY_EVA, NOW)) == []


def test_the_table_of_changes_is_named_by_what_happened() -> None:
    assert {make().happened.value for make in EVERY_CHANGE.values()} == set(EVERY_CHANGE)


@pytest.mark.parametrize("name", EVERY_CHANGE)
def test_nobody_without_a_part_in_the_order_ever_hears_of_it(name: str) -> None:
    change = EVERY_CHANGE[name]()
    order = change.after
    parts: set[Recipient] = {
        RUT,
        *Mailbox,
        *(a.person for a in Deciders(Matter(CS.id, RUT.id, DAY), DIRECTORY, POLICY).able),
    }
    parts |= {DUSTIN} if change.happened is Happened.LEAVING else set()
    strangers: set[Recipient] = {ORJAN, NILS, MARTA, ATEA}
    heard = {to for _, to in told(change)}
    assert heard <= parts
    assert not heard & strangers
    assert not any(isinstance(to, UnregisteredAddress) for to in heard)
    assert all(n.orders == (order,) for n in called_for(change, DIRECTORY))


@pytest.mark.parametrize("name", EVERY_CHANGE)
def test_a_supplier_hears_only_of_an_order_that_leaves_for_it(name: str) -> None:
    change = EVERY_CHANGE[name]()
    suppliers = [to for _, to in told(change) if isinstance(to, Supplier)]
    assert suppliers == ([DUSTIN] if name == "leaving" else [])


@pytest.mark.parametrize("name", EVERY_CHANGE)
def test_links_that_decide_go_only_to_those_who_may_decide(name: str) -> None:
    able = [a.person for a in Deciders(Matter(CS.id, RUT.id, DAY), DIRECTORY, POLICY).able]
    assert able
    for notice in called_for(EVERY_CHANGE[name](), DIRECTORY):
        if {Purpose.DECIDE, Purpose.LIST, Purpose.NOT_ME} & set(notice.links):
            assert notice.to in able


@pytest.mark.parametrize("name", EVERY_CHANGE)
def test_links_go_only_to_persons(name: str) -> None:
    for notice in called_for(EVERY_CHANGE[name](), DIRECTORY):
        assert not notice.links or isinstance(notice.to, Person)


@pytest.mark.parametrize("name", EVERY_CHANGE)
def test_the_requesters_own_links_go_only_to_the_requester(name: str) -> None:
    for notice in called_for(EVERY_CHANGE[name](), DIRECTORY):
        if {Purpose.ORDER, Purpose.DISOWN} & set(notice.links):
            assert notice.to == RUT


@pytest.mark.parametrize("name", EVERY_CHANGE)
def test_at_most_one_mail_of_a_step_is_the_order_leaving(name: str) -> None:
    dispatches = [n.kind for n in called_for(EVERY_CHANGE[name](), DIRECTORY) if n.dispatch]
    assert dispatches == {
        "leaving": [NoticeKind.TO_SUPPLIER],
        "not_delivered": [NoticeKind.TO_PURCHASING],
    }.get(name, [])


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        (content(), ()),
        (content(line("13000")), ("lines",)),
        (content(approver=ANNA), ("approver",)),
        (content(supplier=ATEA), ("supplier",)),
        (content(vat=Vat(included=True)), ("vat",)),
        (content(total=kr("12500")), ("stated_total",)),
        (replace(content(), countervalue=kr("11000")), ("countervalue",)),
        (content(details={Field.REASON: "Trasig"}), ("details",)),
        (replace(content(), notes=("Hej",)), ("notes",)),
        (content(line("1", currency="EUR"), currency="EUR", unit="umf"), ("unit", "lines", "currency")),
    ],
)
def test_what_a_correction_changed_is_named(after: Content, changed: tuple[str, ...]) -> None:
    assert changed_fields(content(), after) == changed

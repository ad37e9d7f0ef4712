"""A press decides once, by one who may at that moment, for what the page showed; until it leaves it can be undone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering.workflow import Actor, Change, Happened, Refusal
from mailbot.domain.people.directory import RightKind
from mailbot.domain.people.rights import Denial
from mailbot.domain.values.order import Destination, RouteReason, Status
from mailbot.domain.values.policy import SelfOrder
from mailbot.flows.bot import Bot
from mailbot.flows.pages.withdraw import withdraw
from mailbot.flows.steps.decide import (
    Action,
    FreshLink,
    Press,
    PressOutcome,
    PressProblem,
    disown_decision,
    mail_fresh_link,
    open_other,
    press,
)
from mailbot.flows.steps.link_page import OrderPage, see_list, see_order
from mailbot.flows.steps.new_link import LinkTarget, new_link
from mailbot.flows.steps.open_link import LinkRefusal
from mailbot.flows.write import Work, carry_out
from mailbot.store import orders
from mailbot.store.database import Database
from mailbot.store.directory import DirectoryCache
from tests.support.harness import (
    ANNA,
    DUSTIN,
    EVA,
    HEAD,
    OPERATOR,
    ORDER,
    ORGANISATION,
    PURCHASING,
    RUT,
    START,
    Harness,
    harness,
    mail_to_bot,
)
from tests.support.relay import parse, text_of
from tests.support.stated import StatedRight

CONTESTS = 100
START_DAY = START.date()
ACTOR = Actor(None, "test")


def of_price(price: str) -> str:
    return ORDER.replace("12 500 kr", price)


class TestYes:
    def test_within_the_limit_one_mail_goes_to_the_supplier_s_register_address(self, home: Harness) -> None:
        home.mail()
        assert isinstance(home.approve(), Change)
        home.later(minutes=5)
        assert home.count(DUSTIN, home.order().number, "Dell XPS 13", "12 500,00 kr") == 1
        assert home.count(PURCHASING) == 0
        assert home.order().status is Status.SENT
        assert home.count(RUT, home.order().number, "Dustin AB", "Eva Ek") >= 1
        assert home.history() == ["opened", "approved", "leaving", "delivered"]
        home.later(days=30)
        assert home.count(DUSTIN) == 1

    def test_the_supplier_answers_the_requester_and_learns_nothing_of_ours(self, home: Harness) -> None:
        home.mail(ORDER + "Kontering: 4711-22\nMotivering: Den gamla är stulen\nSkynda er, internt är det kris!\n")
        home.approve()
        home.later(minutes=6)
        dispatch = home.sent(DUSTIN)
        assert dispatch["Reply-To"] == RUT
        assert not [w for w in ("4711-22", "stulen", "kris", "/decide/", "/order/") if w in text_of(dispatch)]
        assert [part.get_content_type() for part in dispatch.iter_attachments()] == []

    def test_exactly_15000_goes_to_the_supplier(self, home: Harness) -> None:
        home.mail(of_price("15 000,00 kr"))
        home.approve()
        home.later(minutes=6)
        assert home.count(DUSTIN, "15 000,00 kr") == 1
        assert home.count(PURCHASING) == 0

    def test_one_ore_more_goes_to_purchasing_with_the_reason(self, home: Harness) -> None:
        home.mail(of_price("15 000,01 kr"))
        home.approve()
        home.later(minutes=6)
        assert home.count(DUSTIN) == 0
        assert home.count(PURCHASING, home.order().number, "15 000,01 kr", "15 000,00 kr") == 1
        assert home.order().status is Status.WITH_PURCHASING
        assert home.order().route is not None
        assert home.order().route.reasons == (RouteReason.OVER_LIMIT,)  # type: ignore[union-attr]

    def test_a_stated_total_above_the_lines_decides_the_limit(self, home: Harness) -> None:
        home.mail(ORDER + "Totalt: 15 000,01 kr\n")
        home.approve()
        home.later(minutes=6)
        assert home.count(PURCHASING) == 1

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (ORDER.replace("Dustin AB", "Okänd Handel AB"), RouteReason.UNKNOWN_SUPPLIER),
            (of_price("100 EUR") + "Valuta: EUR\n", RouteReason.FOREIGN_CURRENCY),
        ],
    )
    def test_an_unknown_supplier_or_another_currency_goes_to_purchasing(
        self, home: Harness, text: str, reason: RouteReason
    ) -> None:
        home.mail(text)
        home.approve()
        home.later(minutes=6)
        assert home.count(PURCHASING, home.order().number) == 1
        assert home.order().route is not None
        assert home.order().route.reasons == (reason,)  # type: ignore[union-attr]

    def test_a_comment_goes_to_purchasing_with_the_original_mail(self, home: Harness) -> None:
        raw = mail_to_bot().as_bytes()
        home.raw(raw)
        home.approve(comment="Kolla om ramavtalet gäller")
        home.later(minutes=6)
        assert home.count(DUSTIN) == 0
        order = home.sent(PURCHASING, home.order().number, "Kolla om ramavtalet gäller")
        (original,) = order.iter_attachments()
        assert original.get_payload(decode=True) == raw
        assert home.order().status is Status.WITH_PURCHASING
        assert order["Reply-To"] == RUT

    def test_after_a_correction_purchasing_gets_the_mail_that_corrected(self, home: Harness) -> None:
        home.mail()
        correction = mail_to_bot("Referens: RR2", subject=f"#{home.order().reference}").as_bytes()
        home.raw(correction)
        home.approve(comment="Ja")
        home.later(minutes=6)
        (original,) = home.sent(PURCHASING).iter_attachments()
        assert original.get_payload(decode=True) == correction

    def test_the_decider_is_told_at_their_registered_address(self, home: Harness) -> None:
        home.mail()
        home.approve()
        assert home.count(EVA, home.order().number, "/not-me/") == 1


class TestNo:
    def test_goes_back_to_the_requester_with_the_comment_and_a_form(self, home: Harness) -> None:
        home.mail()
        home.reject(comment="Välj den billigare")
        assert home.count(RUT, "Välj den billigare") == 0
        home.later(minutes=6)
        assert home.count(RUT, "Välj den billigare", "Enhet: cs", "Leverantör: Dustin AB", "Dell XPS 13; 1; st") == 1
        assert home.count(DUSTIN) == home.count(PURCHASING) == 0
        assert home.order().status is Status.REJECTED
        assert home.history() == ["opened", "rejected", "returned"]

    def test_needs_no_comment(self, home: Harness) -> None:
        home.mail()
        home.reject()
        home.later(minutes=6)
        assert home.count(RUT, home.order().number, "Enhet: cs", "Leverantör: Dustin AB", "Eva Ek") >= 1


class TestWhoMayDecide:
    def test_any_approver_of_the_unit_with_a_link_of_their_own(self, home: Harness) -> None:
        home.mail()
        home.mail("", subject="lista", sender=ANNA)
        home.approve(ANNA)
        assert home.order().decision is not None
        assert home.order().decision.person == home.person(ANNA).id  # type: ignore[union-attr]
        assert home.count(ANNA, "/not-me/") == 1
        assert home.count(EVA, "/not-me/") == 0

    @pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT, Action.APPROVE_WITH_COMMENT, Action.ASK])
    def test_a_right_ended_after_the_mail_was_sent_is_no_right(self, home: Harness, action: Action) -> None:
        home.mail()
        home.end_right(EVA)
        assert home.press(home.token(EVA, Purpose.DECIDE), action, "Ja") is Denial.ENDED
        assert home.order().status is Status.PENDING
        assert home.history() == ["opened"]

    def test_a_right_that_ends_on_a_date_ends_with_that_local_day(self, tmp_path: Path) -> None:
        rights = (
            StatedRight(EVA, "cs", RightKind.ORDER, valid_from=ORGANISATION.rights[0].valid_from, valid_to=START_DAY),
            ORGANISATION.rights[1],
        )
        with harness(tmp_path, organisation=replace(ORGANISATION, rights=rights)) as home:
            home.mail()
            home.now = home.now.replace(hour=23, minute=0)  # past midnight in Stockholm
            assert home.press(home.token(EVA, Purpose.DECIDE), Action.APPROVE) is Denial.EXPIRED
            home.now = home.now.replace(hour=22, minute=59)
            assert isinstance(home.press(home.token(EVA, Purpose.DECIDE), Action.APPROVE), Change)

    def test_a_right_in_another_unit_is_no_right_here(self, tmp_path: Path) -> None:
        more = (
            *ORGANISATION.rights,
            StatedRight(HEAD, "tom", RightKind.ORDER, valid_from=ORGANISATION.rights[0].valid_from),
        )
        with harness(tmp_path, organisation=replace(ORGANISATION, rights=more)) as home:
            home.mail()
            token = decide_token(home, HEAD)
            assert home.press(token, Action.APPROVE) is Denial.NO_RIGHT

    def test_a_right_ended_by_another_process_counts_at_once(self, home: Harness) -> None:
        home.mail()
        see_order(home.bot, Purpose.DECIDE, home.token(EVA, Purpose.DECIDE), home.now)  # the directory is in memory now
        other = replace(
            home.bot, database=Database(f"sqlite:///{home.folder}/mailbot.db"), directories=DirectoryCache()
        )
        replace(home, bot=other).end_right(EVA)
        other.database.close()
        assert home.press(home.token(EVA, Purpose.DECIDE), Action.APPROVE) is Denial.ENDED


class TestOwnOrders:
    def test_are_decided_with_a_copy_to_the_head(self, home: Harness) -> None:
        home.mail(sender=EVA)
        home.approve()
        home.later(minutes=6)
        assert home.count(HEAD, home.order().number, "Eva Ek", "12 500,00 kr") == 1
        assert home.count(DUSTIN) == 1

    @pytest.mark.parametrize("says", [None, SelfOrder.WARN])
    def test_w10_that_the_unit_allows_it_is_said_only_where_the_unit_has_said_so(
        self, tmp_path: Path, says: SelfOrder | None
    ) -> None:
        units = tuple(replace(unit, self_order=says) for unit in ORGANISATION.units)
        with harness(tmp_path, organisation=replace(ORGANISATION, units=units)) as home:
            home.mail(sender=EVA)
            home.approve()
            said = [home.count(HEAD, text) for text in ("Det finns ingen spärr", "Enheten tillåter det")]
            assert said == ([1, 0] if says is None else [0, 1])

    def test_of_the_head_are_copied_to_purchasing(self, tmp_path: Path) -> None:
        more = (
            *ORGANISATION.rights,
            StatedRight(HEAD, "cs", RightKind.ORDER, valid_from=ORGANISATION.rights[0].valid_from),
        )
        with harness(tmp_path, organisation=replace(ORGANISATION, rights=more)) as home:
            home.mail(ORDER.replace("Eva Ek", "Hedvig Hall"), sender=HEAD)
            home.approve(HEAD)
            assert home.count(PURCHASING, home.order().number, "Hedvig Hall") == 1

    def test_are_copied_to_no_one_where_that_is_allowed(self, tmp_path: Path) -> None:
        with harness(tmp_path, self_order=SelfOrder.ALLOW) as home:
            home.mail(sender=EVA)
            home.approve()
            home.later(minutes=6)
            assert home.count(DUSTIN) == 1
            assert home.count(HEAD) == 0

    def test_cannot_be_addressed_to_oneself_where_that_is_denied(self, tmp_path: Path) -> None:
        with harness(tmp_path, self_order=SelfOrder.DENY) as home:
            home.mail(sender="eva@example.se")
            assert home.orders() == 0
            assert home.reasons() == ["problems: own_order"]
            assert "Eva Ek; " not in text_of(home.sent(EVA, "Anna Ask"))

    def test_cannot_be_decided_by_oneself_where_that_is_denied(self, tmp_path: Path) -> None:
        with harness(tmp_path, self_order=SelfOrder.DENY) as home:
            home.mail(ORDER.replace("Eva Ek", "Anna Ask"), sender=EVA)
            token = decide_token(home, EVA)
            assert home.press(token, Action.APPROVE) is Denial.OWN_ORDER
            assert home.order().status is Status.PENDING
            home.approve(ANNA)
            assert home.order().status is Status.APPROVED


class TestTheUndoWindow:
    def test_nothing_leaves_inside_it(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.later(minutes=4, seconds=59)
        assert home.count(DUSTIN) == 0
        assert home.order().status is Status.APPROVED
        home.later(seconds=1)
        assert home.count(DUSTIN) == 1

    def test_undo_opens_a_new_step_that_can_be_decided(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.approve()
        assert isinstance(home.press(token, Action.UNDO), Change)
        assert (home.order().status, home.order().step) == (Status.PENDING, 2)
        home.later(hours=2)
        assert home.count(DUSTIN) == home.count(PURCHASING) == 0
        assert isinstance(home.press(token, Action.REJECT, "Nej"), Change)
        home.later(minutes=6)
        assert home.count(RUT, "Nej") == 1
        assert home.history() == ["opened", "approved", "undone", "rejected", "returned"]

    def test_a_rejection_can_be_undone_too(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.reject(comment="Nej")
        home.press(token, Action.UNDO)
        home.press(token, Action.APPROVE)
        home.later(minutes=6)
        assert home.count(RUT, "Nej") == 0
        assert home.count(DUSTIN) == 1

    def test_undo_of_a_decision_that_was_undone_before_takes_no_later_one_back(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.approve()
        home.press(token, Action.UNDO)
        home.press(token, Action.REJECT, "Nej")
        assert home.press(token, Action.UNDO, step=1) is PressProblem.DECIDED_ANEW
        assert home.order().status is Status.REJECTED

    def test_undo_is_for_the_decider_alone(self, home: Harness) -> None:
        home.mail()
        home.mail("", subject="lista", sender=ANNA)
        home.approve()
        assert home.press(home.token(ANNA, Purpose.DECIDE), Action.UNDO) is Refusal.NOT_YOURS
        assert home.order().status is Status.APPROVED

    def test_undo_after_it_has_left_is_refused(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.approve()
        home.later(minutes=6)
        assert home.press(token, Action.UNDO) is Refusal.LEFT
        assert home.count(DUSTIN) == 1

    def test_undo_works_until_the_order_has_been_claimed_for_leaving(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.approve()
        home.now = home.now.replace(hour=15)  # the bot was down when the window closed
        assert isinstance(press(home.bot, token, Press(Action.UNDO, 1, "", step=1), home.now), Change)
        home.settle()
        assert home.count(DUSTIN) == 0

    def test_without_a_window_no_page_offers_undo(self, tmp_path: Path) -> None:
        with harness(tmp_path, undo_window=timedelta(0)) as home:
            home.mail()
            token = home.token(EVA, Purpose.DECIDE)
            assert isinstance(press(home.bot, token, Press(Action.APPROVE, 1, "supplier", step=1), home.now), Change)
            seen = see_order(home.bot, Purpose.DECIDE, token, home.now)
            assert isinstance(seen, OrderPage)
            assert (seen.summary.order.status, seen.may_undo) == (Status.APPROVED, False)

    def test_without_a_window_the_order_leaves_at_once(self, tmp_path: Path) -> None:
        with harness(tmp_path, undo_window=timedelta(0)) as home:
            home.mail()
            home.approve()
            assert home.count(DUSTIN) == 1

    def test_it_survives_a_restart(self, tmp_path: Path) -> None:
        with harness(tmp_path) as first:
            first.mail()
            first.approve()
        with harness(tmp_path, now=first.now) as second:
            second.later(minutes=4)
            assert second.count(DUSTIN) == 0
            second.later(minutes=1)
            second.later(minutes=1)
            assert second.count(DUSTIN) == 1

    def test_the_requester_may_withdraw_in_it_and_the_order_never_leaves(self, home: Harness) -> None:
        home.mail()
        home.approve()
        token = home.token(RUT, Purpose.ORDER)
        assert isinstance(withdraw(home.bot, Purpose.ORDER, token, home.now), Change)
        home.later(hours=1)
        assert home.order().status is Status.WITHDRAWN
        assert home.count(DUSTIN) == home.count(PURCHASING) == 0
        assert home.count(EVA, home.order().number) == 3

    def test_what_was_withdrawn_is_not_brought_back_by_undo_or_not_me(self, home: Harness) -> None:
        home.mail()
        decide, not_me = home.token(EVA, Purpose.DECIDE), ""
        home.approve()
        not_me = home.token(EVA, Purpose.NOT_ME)
        withdraw(home.bot, Purpose.ORDER, home.token(RUT, Purpose.ORDER), home.now)
        assert not isinstance(home.press(decide, Action.UNDO), Change)
        assert not isinstance(disown_decision(home.bot, not_me, home.now), Change)
        assert home.order().status is Status.WITHDRAWN


class TestNotMe:
    def test_before_it_leaves_undoes_revokes_and_alarms(self, home: Harness) -> None:
        home.mail()
        decide, everything = home.token(EVA, Purpose.DECIDE), home.token(EVA, Purpose.LIST)
        home.approve()
        assert isinstance(disown_decision(home.bot, home.token(EVA, Purpose.NOT_ME), home.now), Change)
        home.later(hours=1)
        assert (home.order().status, home.order().step) == (Status.PENDING, 2)
        assert home.count(DUSTIN) == 0
        assert home.press(decide, Action.APPROVE) is LinkRefusal.REVOKED
        assert see_list(home.bot, everything, home.now) is LinkRefusal.REVOKED
        assert home.count(PURCHASING, home.order().number, "Eva Ek") == 1
        assert home.count(OPERATOR, home.order().number, "Eva Ek") == 1
        assert home.history() == ["opened", "approved", "decision_disowned"]

    def test_the_true_approver_gets_a_new_link_that_works(self, home: Harness) -> None:
        home.mail()
        home.approve()
        disown_decision(home.bot, home.token(EVA, Purpose.NOT_ME), home.now)
        home.settle()
        assert isinstance(home.approve(), Change)

    def test_leaves_no_way_round_through_another_order(self, home: Harness) -> None:
        """Whoever holds a person's link to one order can reach that person's other orders from it."""
        home.mail()
        first = home.order()
        home.mail()
        other = home.token(EVA, Purpose.DECIDE, home.order().number)
        home.press(home.token(EVA, Purpose.DECIDE, first.number), Action.APPROVE)
        disown_decision(home.bot, home.token(EVA, Purpose.NOT_ME), home.now)
        assert isinstance(open_other(home.bot, other, first.reference, home.now), LinkRefusal)

    def test_after_it_has_left_alarms_purchasing_and_operator(self, home: Harness) -> None:
        home.mail()
        decide = home.token(EVA, Purpose.DECIDE)
        home.approve()
        home.later(minutes=6)
        assert disown_decision(home.bot, home.token(EVA, Purpose.NOT_ME), home.now) is Refusal.LEFT
        home.settle()
        assert home.count(PURCHASING, home.order().number, "Eva Ek") == 1
        assert home.count(OPERATOR, home.order().number, "Eva Ek") == 1
        assert home.order().status is Status.SENT
        assert see_order(home.bot, Purpose.DECIDE, decide, home.now) is LinkRefusal.REVOKED

    def test_pressed_again_has_no_second_effect(self, home: Harness) -> None:
        home.mail()
        home.approve()
        token = home.token(EVA, Purpose.NOT_ME)
        disown_decision(home.bot, token, home.now)
        home.settle()
        fresh = home.token(EVA, Purpose.DECIDE)
        assert not isinstance(disown_decision(home.bot, token, home.now), Change)
        home.settle()
        assert home.count(PURCHASING) == 1
        assert isinstance(home.press(fresh, Action.APPROVE), Change)

    def test_pressed_again_after_it_has_left_alarms_no_second_time(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.later(minutes=6)
        token = home.token(EVA, Purpose.NOT_ME)
        for _ in range(3):
            assert disown_decision(home.bot, token, home.now) is Refusal.LEFT
        home.settle()
        assert home.count(PURCHASING) == home.count(OPERATOR) == 1

    def test_after_a_correction_still_revokes_and_alarms_and_brings_a_new_link(self, home: Harness) -> None:
        """Who decided in Eva's name holds her link, whatever has undone the decision since."""
        home.mail()
        stolen = home.token(EVA, Purpose.DECIDE)
        home.approve()
        not_me = home.token(EVA, Purpose.NOT_ME)
        home.mail("Referens: RR2", subject=f"#{home.order().reference}")
        assert disown_decision(home.bot, not_me, home.now) is Refusal.NOT_DECIDED
        home.settle()
        assert home.press(stolen, Action.APPROVE) is LinkRefusal.REVOKED
        assert home.count(PURCHASING, home.order().number, "Eva Ek") == 1
        assert home.order().status is Status.PENDING
        assert isinstance(home.approve(), Change)

    def test_of_a_withdrawn_order_still_revokes_and_alarms(self, home: Harness) -> None:
        home.mail()
        home.mail()
        other = home.token(EVA, Purpose.DECIDE, "IT-2026-00001")
        home.approve()
        withdraw(home.bot, Purpose.ORDER, home.token(RUT, Purpose.ORDER), home.now)
        home.settle()
        disown_decision(home.bot, home.token(EVA, Purpose.NOT_ME), home.now)
        home.settle()
        assert home.order().status is Status.WITHDRAWN
        assert home.count(PURCHASING, home.order().number) == 1
        assert home.press(other, Action.APPROVE) is LinkRefusal.REVOKED

    def test_about_a_later_step_is_another_matter(self, home: Harness) -> None:
        home.mail()
        home.approve()
        disown_decision(home.bot, home.token(EVA, Purpose.NOT_ME), home.now)
        home.later(minutes=1)
        home.approve()
        home.later(minutes=6)
        assert disown_decision(home.bot, home.token(EVA, Purpose.NOT_ME), home.now) is Refusal.LEFT
        home.settle()
        assert home.count(PURCHASING) == 2


class TestWhatThePageShowed:
    def test_a_press_for_another_destination_shows_the_page_again(self, home: Harness) -> None:
        home.mail(of_price("15 000,01 kr"))
        token = home.token(EVA, Purpose.DECIDE)
        assert home.press(token, Action.APPROVE, destination="supplier") is PressProblem.ROUTE_CHANGED
        assert home.order().status is Status.PENDING
        assert isinstance(home.press(token, Action.APPROVE, destination="purchasing"), Change)

    def test_a_press_for_an_older_version_shows_the_page_again(self, home: Harness) -> None:
        home.mail()
        home.mail("Referens: RR2", subject=f"#{home.order().reference}")
        for action in (Action.APPROVE, Action.APPROVE_WITH_COMMENT, Action.REJECT):
            assert home.press(home.token(EVA, Purpose.DECIDE), action, "Ja", version=1) is Refusal.CHANGED
        assert home.order().status is Status.PENDING

    def test_a_plain_yes_with_a_comment_asks_once_more(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        assert home.press(token, Action.APPROVE, "Bra pris") is PressProblem.COMMENT_CHANGES_ROUTE
        assert home.order().status is Status.PENDING
        assert home.press(token, Action.APPROVE, "   \n ") != PressProblem.COMMENT_CHANGES_ROUTE
        assert home.order().route is not None
        assert home.order().route.destination is Destination.SUPPLIER  # type: ignore[union-attr]

    def test_a_yes_with_comment_without_one_asks_for_it(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        assert home.press(token, Action.APPROVE_WITH_COMMENT, " ") is PressProblem.COMMENT_MISSING
        assert home.order().status is Status.PENDING


class TestAskTheRequester:
    def test_mails_the_question_and_the_order_stays_pending(self, home: Harness) -> None:
        home.mail()
        assert isinstance(home.press(home.token(EVA, Purpose.DECIDE), Action.ASK, "Varför två skärmar?"), Change)
        assert home.count(RUT, home.order().number, "Varför två skärmar?", "Eva Ek") == 1
        assert home.order().status is Status.PENDING
        assert home.history() == ["opened", "asked"]
        assert isinstance(home.approve(), Change)

    def test_needs_a_question(self, home: Harness) -> None:
        home.mail()
        assert home.press(home.token(EVA, Purpose.DECIDE), Action.ASK, " ") is PressProblem.QUESTION_MISSING
        assert home.count(RUT) == 1

    def test_is_too_late_once_decided(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.approve()
        assert home.press(token, Action.ASK, "Varför?") is Refusal.DECIDED


class TestNotMine:
    """The requester says that they never sent the order."""

    def test_withdraws_what_has_not_left_and_alarms(self, home: Harness) -> None:
        home.mail()
        home.approve()
        assert isinstance(withdraw(home.bot, Purpose.DISOWN, home.token(RUT, Purpose.DISOWN), home.now), Change)
        home.later(hours=1)
        assert home.order().status is Status.WITHDRAWN
        assert home.count(DUSTIN) == 0
        assert home.count(PURCHASING, home.order().number) == home.count(OPERATOR, home.order().number) == 1

    def test_alarms_once_when_it_has_left(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.later(minutes=6)
        token = home.token(RUT, Purpose.DISOWN)
        for _ in range(3):
            assert withdraw(home.bot, Purpose.DISOWN, token, home.now) is Refusal.LEFT
        home.settle()
        assert home.count(PURCHASING) == home.count(OPERATOR) == 1
        assert home.order().status is Status.SENT

    def test_withdrawing_a_pending_order_tells_its_approver(self, home: Harness) -> None:
        home.mail()
        withdraw(home.bot, Purpose.ORDER, home.token(RUT, Purpose.ORDER), home.now)
        home.settle()
        assert home.count(EVA, home.order().number) == 2
        assert home.count(PURCHASING) == 0
        assert home.press(home.token(EVA, Purpose.DECIDE), Action.APPROVE) is Refusal.WITHDRAWN


class TestOtherOrders:
    def test_the_next_pending_order_is_reached_from_a_link(self, home: Harness) -> None:
        home.mail()
        home.mail()
        token = home.token(EVA, Purpose.DECIDE, "IT-2026-00001")
        address = open_other(home.bot, token, home.order("IT-2026-00002").reference, home.now)
        assert isinstance(address, str)
        assert isinstance(home.press(address.rpartition("/")[2], Action.APPROVE), Change)
        assert home.order("IT-2026-00002").status is Status.APPROVED
        assert home.order("IT-2026-00001").status is Status.PENDING

    def test_an_order_that_one_may_not_decide_is_not_reached(self, home: Harness) -> None:
        home.mail()
        home.mail()
        token = home.token(EVA, Purpose.DECIDE, "IT-2026-00001")
        home.end_right(EVA)
        reference = home.order("IT-2026-00002").reference
        assert open_other(home.bot, token, reference, home.now) is LinkRefusal.DAMAGED
        assert open_other(home.bot, token, "a" * 12, home.now) is LinkRefusal.DAMAGED


class TestAFreshLink:
    def test_for_an_expired_one_goes_to_the_registered_address_only(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.now = home.now.replace(month=4)
        assert see_order(home.bot, Purpose.DECIDE, token, home.now) is LinkRefusal.EXPIRED
        before = home.count()
        assert mailed(home, Purpose.DECIDE, token) == home.now
        home.deliver()
        assert home.count() == before + 1
        assert home.token(EVA, Purpose.DECIDE) != token
        assert isinstance(home.approve(), Change)

    def test_is_not_given_for_a_revoked_one(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.approve()
        disown_decision(home.bot, home.token(EVA, Purpose.NOT_ME), home.now)
        assert mail_fresh_link(home.bot, Purpose.DECIDE, token, home.now) is LinkRefusal.REVOKED

    def test_is_mailed_once_for_one_expired_link(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.now = home.now.replace(month=4)
        first = home.now
        for minutes in range(3):
            home.now = first + timedelta(minutes=minutes)
            found = mail_fresh_link(home.bot, Purpose.DECIDE, token, home.now)
            assert found == FreshLink(first, first + timedelta(hours=1))
        before = home.count()
        home.deliver()
        assert home.count() == before + 1

    def test_is_mailed_again_an_hour_later_if_the_first_was_lost(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.now = home.now.replace(month=4)
        for _ in range(2):
            assert mailed(home, Purpose.DECIDE, token) == home.now
            home.now += timedelta(hours=1)

    def test_is_mailed_again_as_soon_as_it_has_expired_itself(self, tmp_path: Path) -> None:
        with harness(tmp_path, link_life=timedelta(minutes=5)) as home:
            home.mail()
            token = home.token(EVA, Purpose.DECIDE)
            for _ in range(2):
                home.now += timedelta(minutes=5)
                assert mailed(home, Purpose.DECIDE, token) == home.now

    def test_is_mailed_though_one_was_opened_from_another_link_which_mailed_nothing(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.later(days=13)
        home.mail()
        home.now += timedelta(days=1)
        open_other(home.bot, home.token(EVA, Purpose.DECIDE), home.order("IT-2026-00001").reference, home.now)
        assert mailed(home, Purpose.DECIDE, token) == home.now

    def test_to_the_list_or_to_one_s_own_order_is_mailed_too(self, home: Harness) -> None:
        home.mail()
        everything, own = home.token(EVA, Purpose.LIST), home.token(RUT, Purpose.ORDER)
        home.now = home.now.replace(month=4)
        assert mailed(home, Purpose.LIST, everything) == mailed(home, Purpose.ORDER, own) == home.now
        home.deliver()
        assert home.token(EVA, Purpose.LIST) != everything
        assert home.token(RUT, Purpose.ORDER) != own

    def test_is_not_mailed_for_one_that_works(self, home: Harness) -> None:
        home.mail()
        token, before = home.token(EVA, Purpose.DECIDE), home.count()
        assert mail_fresh_link(home.bot, Purpose.DECIDE, token, home.now) is None
        home.deliver()
        assert home.count() == before


def mailed(home: Harness, purpose: Purpose, token: str) -> datetime | None:
    """Ask for a fresh link, and return when the bot says that it was mailed."""
    found = mail_fresh_link(home.bot, purpose, token, home.now)
    assert isinstance(found, FreshLink)
    return found.mailed_at


Pressing = Callable[[Bot], PressOutcome]
A_PRESS = timedelta(seconds=3)
"""More than thirty a minute would be refused (docs/rules/limits.md#k22)."""


class Contest:
    """Two processes with the database in common, and two presses that come at the same moment."""

    def __init__(self, home: Harness) -> None:
        other = Database(f"sqlite:///{home.folder}/mailbot.db")
        self.bots = (home.bot, replace(home.bot, database=other, directories=DirectoryCache()))
        self.rounds = 0

    def run(self, *presses: Pressing) -> list[PressOutcome]:
        barrier = Barrier(len(presses))
        outcomes: dict[int, PressOutcome] = {}

        def run(place: int, pressing: Pressing) -> None:
            barrier.wait(10)
            outcomes[place] = pressing(self.bots[place])

        threads = [Thread(target=run, args=pair) for pair in enumerate(presses)]
        self.rounds += 1
        if self.rounds % 2:
            threads.reverse()  # who comes last to the barrier need not be woken, and is often first over it
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return [outcomes[place] for place in range(len(presses))]

    def close(self) -> None:
        self.bots[1].database.close()


def decide_token(home: Harness, address: str) -> str:
    """Make somebody a link to decide the first order."""
    order = home.order()

    def made(work: Work) -> str:
        return new_link(work, LinkTarget(Purpose.DECIDE, work.directory.person_at(address), order))

    return carry_out(home.bot, home.now, made).rpartition("/")[2]


def links_to_a_copy(home: Harness, number: int) -> tuple[str, str]:
    """Store a copy of the first order; return a link of its approver's and one of its requester's."""

    def made(work: Work) -> list[str]:
        first = orders.load(work.connection, 1)
        copied = replace(first, id=1000 + number, number=f"COPY-{number}", reference=orders.new_reference())
        work.put(orders.add, copied, None)
        decide = LinkTarget(Purpose.DECIDE, work.directory.person_at(EVA), copied)
        mine = LinkTarget(Purpose.ORDER, work.directory.person_at(RUT), copied)
        return [new_link(work, target).rpartition("/")[2] for target in (decide, mine)]

    decide, mine = carry_out(home.bot, home.now, made)
    return decide, mine


class TestTwoAtOnce:
    def test_approve_and_reject_decide_once_and_the_loser_learns_who(self, home: Harness) -> None:
        home.mail()
        home.mail("", subject="lista", sender=ANNA)
        eva, anna = home.token(EVA, Purpose.DECIDE), home.token(ANNA, Purpose.DECIDE)
        contest, winners = Contest(home), set()
        for step in range(1, CONTESTS + 1):
            home.now += A_PRESS
            outcomes = contest.run(
                lambda bot: press(bot, eva, Press(Action.APPROVE, 1, "supplier"), home.now),
                lambda bot: press(bot, anna, Press(Action.REJECT, 1, "supplier", "Nej"), home.now),
            )
            (won,) = [o for o in outcomes if isinstance(o, Change)]
            assert [o for o in outcomes if o is not won] == [Refusal.DECIDED]
            order = home.order()
            assert order.decision is not None
            assert (order.step, order.decision.person) == (step, won.actor.person)
            assert order.status is (Status.APPROVED if won.happened is Happened.APPROVED else Status.REJECTED)
            winners.add(won.happened)
            token = eva if won.happened is Happened.APPROVED else anna
            assert isinstance(press(home.bot, token, Press(Action.UNDO, 1, "", step=step), home.now), Change)
        contest.close()
        assert home.query("SELECT count(*) FROM decisions") == [(CONTESTS,)]
        assert home.history().count("approved") + home.history().count("rejected") == CONTESTS
        assert len(winners) == 2, "one always won: there was no contest"

    def test_approve_and_withdraw_end_in_one_of_the_two(self, home: Harness) -> None:
        home.mail()
        pairs = [(number, *links_to_a_copy(home, number)) for number in range(1, CONTESTS + 1)]
        contest, ends = Contest(home), set()
        for number, decide, mine in pairs:
            home.now += A_PRESS
            approved, withdrawn = contest.run(
                lambda bot, token=decide: press(bot, token, Press(Action.APPROVE, 1, "supplier"), home.now),  # type: ignore[misc]
                lambda bot, token=mine: withdraw(bot, Purpose.ORDER, token, home.now),  # type: ignore[misc]
            )
            assert isinstance(withdrawn, Change)  # also an approved order can be withdrawn while it has not left
            assert isinstance(approved, Change) or approved is Refusal.WITHDRAWN
            assert home.order(f"COPY-{number}").status is Status.WITHDRAWN
            ends.add(type(approved))
        contest.close()
        assert len(ends) == 2, "one always came first: there was no contest"
        home.later(hours=1)
        assert home.count(DUSTIN) == 0

    def test_one_link_pressed_twice_at_once_decides_once(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        contest = Contest(home)
        outcomes = contest.run(
            *[lambda bot: press(bot, token, Press(Action.APPROVE, 1, "supplier"), home.now)] * 2,
        )
        contest.close()
        assert sorted(isinstance(o, Change) for o in outcomes) == [False, True]
        home.later(minutes=6)
        assert home.count(DUSTIN) == 1
        assert home.count(EVA, "/not-me/") == 1

    def test_the_page_of_the_loser_names_the_winner(self, home: Harness) -> None:
        home.mail()
        home.mail("", subject="lista", sender=ANNA)
        home.approve()
        fields = {"action": "reject", "version": "1", "destination": "supplier", "comment": ""}
        with home.pages() as browser:
            page = browser.post(f"/decide/{home.token(ANNA, Purpose.DECIDE)}", data=fields)
        assert page.status_code == 409
        assert "Eva Ek" in page.text
        assert 'value="approve"' not in page.text


def test_a_decision_and_its_mails_are_stored_together_or_not_at_all(home: Harness) -> None:
    home.mail()
    home.query("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(Exception, match="disk full"):
        press(home.bot, home.token(EVA, Purpose.DECIDE), Press(Action.APPROVE, 1, "supplier"), home.now)
    home.query("DROP TRIGGER full")
    assert home.order().status is Status.PENDING
    assert home.history() == ["opened"]
    assert isinstance(home.approve(), Change)


def test_the_store_itself_refuses_a_second_decision_of_one_step(home: Harness) -> None:
    home.mail()
    home.approve()
    with pytest.raises(Exception, match="UNIQUE"):
        home.query("INSERT INTO decisions SELECT * FROM decisions")


def test_a_change_made_against_an_older_state_is_refused_by_the_store(home: Harness) -> None:
    home.mail()
    before = home.order()
    home.approve()
    approved = Change(Happened.REJECTED, before, replace(before, status=Status.REJECTED), ACTOR, home.now)
    with home.bot.database.write() as connection:
        assert not orders.apply(connection, approved)
    assert home.order().status is Status.APPROVED


def test_the_confirmation_names_amount_and_destination(home: Harness) -> None:
    home.mail()
    home.approve()
    told = parse(next(raw for address, raw in reversed(home.relay.raw) if address == EVA))
    assert home.order().number in str(told["Subject"])
    assert "Dustin AB" in text_of(told)

"""While the undo window lasts nothing leaves, and undo opens a new step that is decided anew."""

from collections.abc import Iterator

import pytest

from tests.journeys.browser import link, visit
from tests.journeys.people import place
from tests.support.process import CALM, DUSTIN, EVA, PURCHASING, Served, mail, serving


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("undoing"), {**CALM, "undo_window": "3 seconds"}) as served:
        yield served


def test_an_approval_undone_in_time_never_leaves_and_the_order_is_decided_anew(bot: Served) -> None:
    order = place(bot, reference="REF-UNDONE")

    decided = order.page().press("approve")
    undone = decided.press("undo")
    assert {"approve", "reject"} <= set(undone.buttons)
    undone.press("approve_with_comment", comment="Efter en tanke till.")

    assert bot.wait(PURCHASING, order.number, "Efter en tanke till.")
    assert not bot.sent(DUSTIN, order.number)
    assert len(bot.sent(EVA, order.number, "/not-me/")) == 2


def test_a_decision_that_was_not_the_approvers_own_is_undone_by_not_me_and_earlier_links_die(bot: Served) -> None:
    order = place(bot, reference="REF-NOT-ME")
    order.page().press("approve")

    visit(link(bot.wait(EVA, order.number, "/not-me/"), "not-me")).press()

    assert bot.wait(PURCHASING, order.number)  # the alarm
    asked_anew = bot.all(EVA, order.number, "choice=approve", count=2)[-1]
    assert order.page().status == 410
    assert {"approve", "reject"} <= set(visit(link(asked_anew, "decide")).buttons)
    assert not bot.sent(DUSTIN, order.number)


def test_an_approved_order_corrected_before_it_leaves_waits_for_a_new_decision(bot: Served) -> None:
    order = place(bot, reference="REF-LATE-CORRECTION")
    order.page().press("approve")

    bot.hand_in(mail("1 st Dell XPS 13 à 9 900 kr\n", subject="Sv: Beställning", answers=order.receipt))

    bot.all(EVA, order.number, "choice=approve", count=2)
    page = order.page()
    assert page.version == "2"
    assert {"approve", "reject"} <= set(page.buttons)
    assert not bot.sent(DUSTIN, order.number)


def test_the_requester_withdraws_an_approved_order_before_it_leaves(bot: Served) -> None:
    order, later = place(bot, reference="REF-WITHDRAWN"), place(bot, reference="REF-AFTER-IT")
    order.page().press("approve")

    visit(link(order.receipt, "order")).press("withdraw")
    later.page().press("approve")

    assert bot.wait(DUSTIN, later.number)
    assert not bot.sent(DUSTIN, order.number)
    shown = order.page()
    assert shown.status == 200
    assert not {"approve", "undo"} & set(shown.buttons)

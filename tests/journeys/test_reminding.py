"""An order that nobody decides is reminded of: once per time due, over restarts too, and never after a decision.

That nothing came is seen without waiting: a later order has its reminder, so every earlier one had its time.
"""

import signal
from collections.abc import Iterator

import pytest

from tests.journeys.browser import link, visit
from tests.journeys.people import Asked, place
from tests.support.process import DUSTIN, EVA, Served, serving

TIMES = {"undo_window": "0 seconds", "remind_after": "2 seconds", "remind_every": "1 day"}


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("reminding"), TIMES) as served:
        yield served


def wait_for_reminder(bot: Served, order: Asked) -> list[str]:
    """Return the Message-IDs of the order's reminders, once there is one: what Eva was sent after the request."""
    request = order.request["Message-ID"]
    return [m["Message-ID"] for m in bot.all(EVA, order.number, count=2) if m["Message-ID"] != request]


def test_an_undecided_order_is_reminded_of_with_a_fresh_link_that_decides(bot: Served) -> None:
    order = place(bot, reference="REF-REMINDED")

    wait_for_reminder(bot, order)
    reminder = bot.sent(EVA, order.number)[-1]
    fresh = link(reminder, "decide", about=order.number)
    assert fresh.partition("?")[0] != link(order.request, "decide").partition("?")[0]
    visit(fresh).press("approve")

    assert bot.wait(DUSTIN, order.number)


def test_a_decided_order_is_not_reminded_of(bot: Served) -> None:
    order = place(bot, reference="REF-DECIDED")
    order.page().press("approve")
    bot.wait(DUSTIN, order.number)

    wait_for_reminder(bot, place(bot, reference="REF-LATER"))

    assert len(bot.sent(EVA, order.number, "choice=approve")) == 1  # the request
    assert len(bot.sent(EVA, order.number, "/not-me/")) == 1  # the decision's confirmation
    assert len(bot.sent(EVA, order.number)) == 2


def test_restarts_neither_lose_nor_double_a_reminder(bot: Served) -> None:
    first = place(bot, reference="REF-BEFORE-SIGTERM")
    bot.restart(signal.SIGTERM)
    wait_for_reminder(bot, first)
    bot.restart(signal.SIGKILL)
    second = place(bot, reference="REF-BEFORE-SIGKILL")
    bot.restart(signal.SIGKILL)

    assert len(wait_for_reminder(bot, second)) == 1
    assert len(wait_for_reminder(bot, first)) == 1

"""A page shows a readable part of what waits, and says how much there is."""

from mailbot.domain.notices import Purpose
from mailbot.flows.visit import SHOWN, Visit, visit
from tests.support.house import EVA, House


def test_a_list_shows_the_oldest_and_says_how_many_wait(home: House) -> None:
    home.mail()
    first = home.order()
    for _ in range(SHOWN + 1):
        home.mail()
    found = visit(home.bot, Purpose.LIST, home.token(EVA, Purpose.LIST), home.now)
    assert isinstance(found, Visit)
    assert (len(found.waiting), found.waits, found.waiting[0].order.id) == (SHOWN, SHOWN + 2, first.id)
    beside = visit(home.bot, Purpose.DECIDE, home.token(EVA, Purpose.DECIDE, first.number), home.now)
    assert isinstance(beside, Visit)
    assert (len(beside.waiting), beside.waits) == (SHOWN, SHOWN + 1)
    assert first.id not in {other.order.id for other in beside.waiting}
    with home.pages() as browser:
        page = browser.get(f"/list/{home.token(EVA, Purpose.LIST)}").text
    assert f"{SHOWN + 2} beställningar" in page
    assert page.count("/open/") == SHOWN

"""However many orders wait, a page shows a readable part of them, says how many there are, and leads to the others."""

import re
from dataclasses import replace
from pathlib import Path

from mailbot.domain.notices.notice import Purpose
from mailbot.flows.steps.link_page import SHOWN, OrderPage, see_order
from tests.browser.chromium import MAX_BYTES
from tests.support.harness import EVA, ORDER, ORGANISATION, Harness, harness

LONG = ORDER.replace("Dustin AB", f"Firman {'åäö & ' * 40}").replace("1 st Dell XPS 13", f"1 st {'Bred dator ' * 12}")


def test_a_list_shows_all_that_waits_page_by_page_the_oldest_first(home: Harness) -> None:
    home.mail(LONG)
    first = home.order()
    for _ in range(SHOWN + 1):
        home.mail(LONG)
    beside = see_order(home.bot, Purpose.DECIDE, home.token(EVA, Purpose.DECIDE, first.number), home.now)
    assert isinstance(beside, OrderPage)
    assert (len(beside.waiting), beside.waits) == (SHOWN, SHOWN + 1)
    assert first.id not in {other.order.id for other in beside.waiting}
    path = f"/list/{home.token(EVA, Purpose.LIST)}"
    with home.pages() as browser:
        pages = [browser.get(address).text for address in (path, f"{path}/page/2")]
        beyond = browser.get(f"{path}/page/{10**30}").text
    numbers = [re.findall(r"IT-2026-\d{5}", page) for page in pages]
    assert [len(seen) for seen in numbers] == [SHOWN, 2]
    assert [number for seen in numbers for number in seen] == [f"IT-2026-{n:05}" for n in range(1, SHOWN + 3)]
    assert all(f"{SHOWN + 2} beställningar" in page and len(page.encode()) < MAX_BYTES for page in pages)
    assert f'href="{path}/page/2"' in pages[0]
    assert f'href="{path}/page/1"' in pages[1]
    assert beyond == pages[1]  # when orders were decided meanwhile


def test_the_list_speaks_the_language_of_its_readers_only_unit_as_the_mails_do(tmp_path: Path) -> None:
    english = replace(ORGANISATION, units=tuple(replace(u, language="en") for u in ORGANISATION.units))
    with harness(tmp_path, organisation=english) as home:
        home.mail()
        home.mail("", sender=EVA, subject="list")
        with home.pages() as browser:
            assert '<html lang="en">' in browser.get(f"/list/{home.token(EVA, Purpose.LIST)}").text

"""An order is named by one rule wherever it is named: how many of what, and how many lines more."""

import re
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.money import Money
from tests.support.harness import EVA, ORDER, RUT, harness
from tests.support.relay import html_of, text_of

APPROVE = {"action": "approve", "version": "1", "destination": "supplier", "comment": ""}
LINES = {
    "2 st Oscilloskop RTB2004": "2 st Oscilloskop RTB2004 à 100 kr",
    "1 st Skärm": "1 st Skärm à 100 kr",
    "12,5 m Fiberkabel OM4": "12,5 m Fiberkabel OM4 à 10 kr",
    "3 st Mus och 1 rad till": "3 st Mus à 100 kr\n1 st Lampa à 100 kr",
}


def ordered(lines: str) -> str:
    return re.sub(r"\n1 st Dell .*\n", f"\n{lines}\n", ORDER)


def forms(mail: EmailMessage) -> list[str]:
    return [" ".join(form.split()) for form in (text_of(mail), html_of(mail))]


@pytest.mark.parametrize("title", LINES)
def test_the_quantity_stands_wherever_an_order_is_named(tmp_path: Path, title: str) -> None:
    with harness(tmp_path, step_up_above=Money.zero()) as home, home.pages() as browser:
        home.mail(ordered(LINES[title]))
        assert str(home.sent(EVA, "/decide/")["Subject"]).endswith(f": {title} (IT-2026-00001)")
        pages = [f"/decide/{home.token(EVA, Purpose.DECIDE)}", f"/order/{home.token(RUT, Purpose.ORDER)}"]
        for path in pages:
            assert f"</span> {title}</h1>" in browser.get(path).text
        assert f"</span> {title}</h2>" in browser.post(pages[0], data=APPROVE, follow_redirects=True).text
        home.later(days=3)
        assert str(home.sent(EVA, "Påminnelse")["Subject"]).endswith(f": {title} (IT-2026-00001)")
        home.mail(ORDER)
        home.later(days=3)
        for form in forms(home.sent(EVA, "Påminnelse: 2 beställningar")):
            assert f"vill beställa {title}." in form
        listed = browser.get(f"/list/{home.token(EVA, Purpose.LIST)}").text
        assert f'<span class="about">{title}</span>' in listed

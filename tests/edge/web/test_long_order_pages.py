"""However long an order is, each of its pages stays small, and together they show all of it."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.flows.steps.decide import Action
from tests.browser.chromium import MAX_BYTES
from tests.support.harness import ANNA, EVA, ORDER, RUT, Harness, harness, mail_to_bot

WIDE = "bred åäö \"'<&> " * 20
ROWS = [f"A{n}; Vara {n}. {WIDE[:75]}; 1; st; 10 kr" for n in range(1, 501)]
NOTES = [f"Text {n}. {WIDE}" for n in range(1, 81)]
FILES = [f"bilaga-{n}-{'x' * 80}.txt" for n in range(1, 81)]
QUESTIONS = [f"Fråga {n}. {WIDE * 2}" for n in range(1, 13)]
ANSWERS = [f"Svar {n}. {WIDE}" for n in range(1, 41)]
KEYS = ["Avtal", "Offert", "Projekt", "Referens", "Leveransadress", "Godsmärkning", "Motivering", "Avser person"]
HEAD = ORDER.split("\n\n")[0].replace("Dustin AB", f"Okänd {WIDE}")


def long_order() -> bytes:
    fields = [f"{key}: {key} {WIDE}" for key in KEYS]
    table = ["Artikelnr; Benämning; Antal; Enhet; À-pris", *ROWS]
    mail = mail_to_bot("\n".join([HEAD, *fields, "", *table, "", *NOTES]))
    for name in FILES:
        mail.add_attachment(b"hej", maintype="text", subtype="plain", filename=name)
    return mail.as_bytes()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """A long order, asked about many times, and corrected in every field."""
    with harness(tmp_path_factory.mktemp("long")) as made:
        made.raw(long_order())
        subject = f"#{made.order().reference}"
        for question in QUESTIONS:
            made.press(made.token(EVA, Purpose.DECIDE), Action.ASK, question)
        made.mail("\n".join(ANSWERS), subject=subject)
        made.mail("\n".join(f"{key}: ny {WIDE}" for key in KEYS), subject=subject)
        yield made


def pages(client: httpx.Client, start: str) -> dict[str, str]:
    """Return every page of the order that can be reached from its first, by address, as text."""
    seen: dict[str, str] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop()
        response = client.get(path)
        assert response.status_code == 200
        assert len(response.content) < MAX_BYTES, path
        seen[path] = unescape(response.text)
        linked = [found.partition("#")[0] for found in re.findall(r'href="(/[^"]+/all/[^"]+)"', response.text)]
        waiting += [found for found in dict.fromkeys(linked) if found not in [*seen, *waiting]]
    return seen


@pytest.mark.parametrize(("purpose", "who"), [(Purpose.DECIDE, EVA), (Purpose.ORDER, RUT)])
def test_all_of_a_long_order_stands_on_pages_under_50_kb(home: Harness, purpose: Purpose, who: str) -> None:
    start = f"/{purpose}/{home.token(who, purpose)}"
    with home.pages() as client:
        seen = pages(client, start)
    own = seen.pop(start)
    whole = "".join(seen.values())
    for name, count in (("Vara", 500), ("Text", 80), ("Fråga", 12), ("Svar", 40)):
        assert [whole.count(f"{name} {n}. {WIDE[:70]}") for n in range(1, count + 1)] == [1] * count
        assert f"{name} 1. " in own or name in {"Fråga", "Svar"}
    assert [whole.count(f"{name}</a>") for name in FILES] == [1] * len(FILES)
    assert "Show all 500 lines" in own or "Visa alla 500 rader" in own


def test_a_short_order_stands_on_its_own_page_alone(tmp_path: Path) -> None:
    with harness(tmp_path) as home:
        home.mail()
        path = f"/decide/{home.token(EVA, Purpose.DECIDE)}"
        with home.pages() as client:
            assert list(pages(client, path)) == [path]
            assert client.get(f"{path}/all/1").status_code == 200
            assert client.get(f"{path}/all/2").status_code == 404


def test_who_has_left_the_order_to_others_is_shown_no_sheet_and_nobody_their_reason(tmp_path: Path) -> None:
    with harness(tmp_path) as home:
        home.mail()
        path = f"/decide/{home.token(EVA, Purpose.DECIDE)}"
        home.press(path.rpartition("/")[2], Action.RECUSE, "Min brors firma")
        others = f"/decide/{home.token(ANNA, Purpose.DECIDE)}"
        with home.pages() as client:
            assert client.get(f"{path}/all/1").status_code == 404
            assert "Min brors firma" not in "".join(client.get(p).text for p in (others, f"{others}/all/1"))

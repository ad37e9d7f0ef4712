"""Orders as people write them are met half way: what is recognised is offered, and nothing guessed becomes an order.

Run it for a table: `python -m tests.flows.incoming.test_sloppy_orders`.
"""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.harness import DUSTIN, ORGANISATION, RUT, Harness, harness, mail_to_bot
from tests.support.relay import html_of, text_of
from tests.support.stated import StatedSupplier

MAILS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("sloppy_orders.toml").read_text())["mail"]
KNOWN = replace(
    ORGANISATION,
    suppliers=(StatedSupplier("Dustin AB", DUSTIN), StatedSupplier("Blå Skärm AB", "order@blaskarm.example")),
)
MOST_LINES = 25
"""Lines that may stand before the form, in the answer to an order that is not complete."""
READ_AWAY = {"Pris", "Best", "regards"}
"""A label of what stands in a column now, and a greeting."""
WORD = re.compile(r"\w{4,}")
WRITTEN = {"sv": "Det du har skrivit", "en": "What you wrote"}

each_mail = pytest.mark.parametrize("sloppy", [pytest.param(mail, id=mail["name"]) for mail in MAILS])


@contextmanager
def sent(sloppy: dict[str, Any], folder: Path) -> Iterator[Harness]:
    """Give a bot that has dealt with the mail."""
    with harness(folder, organisation=KNOWN) as home:
        mail = mail_to_bot(sloppy["text"] or " ", subject=sloppy.get("subject", "Beställning"))
        if "file" in sloppy:
            mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=sloppy["file"])
        home.raw(mail.as_bytes())
        yield home


def answer(home: Harness) -> str:
    return text_of(home.sent(RUT))


def press(home: Harness, words: str = "") -> None:
    """Send the first answer with these words that the mail has filled in, as it is."""
    found = re.findall(r'href="(mailto:[^"]+&amp;body=[^"]+)"', html_of(home.sent(RUT)))
    links = [parse_qs(urlsplit(unescape(link)).query) for link in found]
    opened = next(link for link in links if words in link["body"][0])
    home.mail(opened["body"][0], subject=opened["subject"][0])


def ordered(home: Harness) -> list[tuple[Decimal, Decimal, str]]:
    return [(line.quantity, line.price.amount, line.description) for line in home.order().content.lines]


def is_right(home: Harness, sloppy: dict[str, Any]) -> bool:
    """Tell whether the one order is the one that was meant."""
    content, wanted = home.order().content, sloppy["lines"]
    lines = zip(ordered(home), wanted, strict=True)
    return (
        len(ordered(home)) == len(wanted)
        and all((q, p) == (Decimal(w[0]), Decimal(w[1])) and w[2] in name for (q, p, name), w in lines)
        and content.supplier == "Dustin AB"
        and home.bot.policy is not None
        and content.approver == home.person("anna.ask@example.se").id
        and content.vat.included is sloppy.get("vat_included", False)
    )


@each_mail
def test_takes_no_more_than_it_says(sloppy: dict[str, Any], tmp_path: Path) -> None:
    with sent(sloppy, tmp_path) as home:
        if sloppy["takes"] != "order":
            assert home.orders() == 0
            assert all(text in answer(home) for text in sloppy.get("offered", ()))
        if sloppy["takes"] == "press":
            press(home, sloppy.get("pressed", ""))
        if sloppy["takes"] != "words":
            assert home.orders() == 1
            assert is_right(home, sloppy)


@each_mail
def test_is_answered_in_its_language_in_few_lines_with_all_that_was_written(
    sloppy: dict[str, Any], tmp_path: Path
) -> None:
    with sent(sloppy, tmp_path) as home:
        if home.orders():
            return
        written = WRITTEN[sloppy.get("language", "sv")]
        above, _, form = answer(home).partition(f"\n{written}\n")
        said = " ".join(form.replace("\n> ", " ").split())
        assert len([line for line in above.split("\n") if line]) <= MOST_LINES
        lines = [line for line in (sloppy["text"] or sloppy["subject"]).split("\n") if not line.endswith(":")]
        assert set(WORD.findall(" ".join(lines))) <= {*WORD.findall(said), *READ_AWAY}
        assert "botanik" not in answer(home)
        if "file" in sloppy:
            assert sloppy["file"] in above


def test_at_least_nine_of_twelve_take_one_mail_or_one_press_and_of_all_twenty() -> None:
    takes = [mail["takes"] != "words" for mail in MAILS]
    assert sum(takes[:12]) >= 9
    assert sum(takes) >= 20


def test_a_file_stays_with_the_draft_and_comes_with_the_order(tmp_path: Path) -> None:
    sloppy = next(mail for mail in MAILS if "file" in mail)
    with sent(sloppy, tmp_path) as home:
        press(home)
        assert home.query("SELECT name FROM files") == [(sloppy["file"],)]
        assert sloppy["file"] in text_of(home.sent(RUT, "/disown/"))


if __name__ == "__main__":
    for mail in MAILS:
        with TemporaryDirectory() as folder, sent(mail, Path(folder)) as home:
            if mail["takes"] == "press":
                press(home, mail.get("pressed", ""))
            mails = (
                home.query("SELECT count(*) FROM inbox")[0][0] if home.orders() and is_right(home, mail) else "words"
            )
            print(f"{mail['name']:45}", mails, mail["takes"])  # noqa: T201

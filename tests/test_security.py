"""docs/security.md says for each item where it is kept and what shows it, and every test that it names is there."""

import re

import pytest

from tests.flows.incoming.test_checklist import NAMED, ROOT, names_in

TEXTS = {name: (ROOT / "docs" / name).read_text("utf-8") for name in ("security.md", "odd-mail.md")}
NAMES = sorted({named for text in TEXTS.values() for named in NAMED.findall(text)})
ROWS = [line.strip("|").split("|") for line in TEXTS["security.md"].splitlines() if re.match(r"\| [0-9]", line)]


def items(first: str) -> list[str]:
    """Return the items that a row is about."""
    return first.strip().split(", ")


@pytest.mark.parametrize("row", ROWS, ids=[row[0].strip() for row in ROWS])
def test_every_row_names_a_test_or_says_why_there_is_none(row: list[str]) -> None:
    item, short, where, shown = (cell.strip() for cell in row)
    assert item
    assert short
    assert NAMED.search(shown) or re.search(r"Exception: \w+ \w+ \w+", where)


def test_no_item_has_two_rows() -> None:
    named = [item for row in ROWS for item in items(row[0])]
    assert len(named) == len(set(named))
    assert {"2.4.2", "3.5.3", "14.2.1", "15.4.2"} <= set(named)


@pytest.mark.parametrize(("file", "name"), NAMES, ids=["".join(named) for named in NAMES])
def test_every_test_that_the_documents_name_is_there(file: str, name: str) -> None:
    assert name in names_in(file)

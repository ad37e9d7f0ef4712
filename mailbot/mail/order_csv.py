"""An order's lines as a table file that a spreadsheet opens: the same columns that an attached `order.csv` may have."""

import csv
from decimal import Decimal
from io import StringIO

from mailbot.domain.order import Content
from mailbot.mail.inbound import clean
from mailbot.mail.order_text import LINE_HEADS

SUMS = {"sv": "Summa", "en": "Sum"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that a spreadsheet would run, also as full-width letters."""


def write_lines(content: Content, language: str) -> bytes:
    """Return every line with its sum, in the order's own currency and VAT basis.

    Separated by semicolons, with a byte order mark: so Excel opens it without asking, as UTF-8. Numbers stand bare,
    with the language's decimal sign; text is never run as a formula.
    """
    table = StringIO(newline="")
    writer = csv.writer(table, delimiter=";", lineterminator="\r\n")
    writer.writerow([*LINE_HEADS[language], SUMS[language]])
    for line in content.lines:
        texts = (_text(line.item_no), _text(line.description))
        price, total = _number(line.price.amount, language), _number(line.total.amount, language)
        writer.writerow([*texts, _number(line.quantity, language), _text(line.unit), price, total])
    return table.getvalue().encode("utf-8-sig")


def _text(value: str) -> str:
    plain = clean(value)
    return f"'{plain}" if plain.startswith(_FORMULA) else plain


def _number(value: Decimal, language: str) -> str:
    return f"{value:f}".replace(".", "," if language == "sv" else ".")

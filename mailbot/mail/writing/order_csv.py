"""An order's lines as a table file that a spreadsheet opens: the same columns that an attached `order.csv` may have."""

import csv
from decimal import Decimal
from io import StringIO

from mailbot.domain.values.order import Content
from mailbot.domain.values.text import clean
from mailbot.languages import BY_CODE
from mailbot.mail.reading.order_text import ADDED_HEADS, LINE_HEADS

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that a spreadsheet would run, also as full-width letters."""


def write_lines(content: Content, language: str) -> bytes:
    """Return every line with its sum, in the order's currency and VAT basis, VAT rates and discounts if any.

    Semicolons and a byte order mark let Excel open it as UTF-8; text is never run as a formula.
    """
    rates = not content.has_one_rate
    discounts = any(line.discount for line in content.lines)
    table = StringIO(newline="")
    writer = csv.writer(table, delimiter=";", lineterminator="\r\n")
    vat, discount = ADDED_HEADS[language]
    writer.writerow([*LINE_HEADS[language], *[vat] * rates, *[discount] * discounts, BY_CODE[language].order.sum_head])
    for line in content.lines:
        numbers = [line.quantity, line.price.amount, line.total.amount]
        quantity, price, total = (_number(value, language) for value in numbers)
        rate = f"{_number(content.vat.rate if line.vat_rate is None else line.vat_rate, language)} %"
        off = f"{_number(line.discount.amount, language)} {line.discount.currency}" if line.discount else ""
        texts = (_text(line.item_no), _text(line.description), quantity, _text(line.unit), price)
        writer.writerow([*texts, *[rate] * rates, *[off] * discounts, total])
    return table.getvalue().encode("utf-8-sig")


def _text(value: str) -> str:
    plain = clean(value)
    return f"'{plain}" if plain.startswith(_FORMULA) else plain


def _number(value: Decimal, language: str) -> str:
    return f"{value:f}".replace(".", BY_CODE[language].formats.decimal)

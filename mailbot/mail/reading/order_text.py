"""The order form as text that a person fills in and sends: the names of its keys and columns, a form, a line, a row."""

from collections.abc import Mapping

from mailbot.domain.values.order import FIELDS, Field, Form, FormLine
from mailbot.languages import BY_CODE, SPOKEN
from mailbot.mail.reading.rows import SEPARATORS

LABELS: Mapping[str, Mapping[Field, str]] = {language.code: language.order.labels for language in SPOKEN}
LINE_HEADS = {language.code: language.order.heads for language in SPOKEN}
ADDED_HEADS = {language.code: language.order.added_heads for language in SPOKEN}
"""Columns that a table has only where some line has them."""
ALWAYS_SHOWN = tuple(f for f in Field if FIELDS[f].shown_empty)


def write_form(form: Form, language: str) -> str:
    """Return the form as text to edit and send: what it holds, and the required keys even when empty."""
    labels = LABELS[language]
    shown = [f for f in Field if f in form.fields or f in ALWAYS_SHOWN]
    cells = [
        (line.item_no, line.description, line.quantity, line.unit, line.price, line.vat, line.discount)
        for line in form.lines
    ]
    heads = (*LINE_HEADS[language], *ADDED_HEADS[language])
    used = [n for n in range(len(heads)) if n < len(LINE_HEADS[language]) or any(row[n] for row in cells)]
    rows = [f"{labels[f]}: {form.fields.get(f, '')}".rstrip() for f in shown]
    rows += ["", *("; ".join(SEPARATORS.sub(",", row[n]) for n in used) for row in (heads, *cells))]
    return "\n".join([*rows, "", *form.unread] if form.unread else rows)  # apart: a number would join the row above


def write_line(line: FormLine, language: str) -> str:
    """Return a line in words, as a mail may hold it."""
    words = BY_CODE[language].order
    off = f", {words.discount} {line.discount}" if line.discount else ""
    vat = f" {line.vat}" if line.vat else ""
    return f"{line.quantity} {line.unit or words.unit} {line.description} {words.at} {line.price}{vat}{off}"


def write_row(line: FormLine, language: str) -> str:
    """Return a line as a row without a head."""
    unit = line.unit or BY_CODE[language].order.unit
    return "; ".join(SEPARATORS.sub(",", cell) for cell in (line.description, line.quantity, unit, line.price))

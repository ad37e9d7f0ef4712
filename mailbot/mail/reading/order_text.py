"""The order form as text that a person fills in and sends: the names of its keys and columns, a form, a line, a row."""

from mailbot.domain.values.order import FIELDS, Field, Form, FormLine
from mailbot.mail.reading.rows import SEPARATORS

_NAMES: dict[Field, tuple[str, str]] = {
    Field.UNIT: ("Enhet", "Unit"),
    Field.APPROVER: ("Godkännare", "Approver"),
    Field.SUPPLIER: ("Leverantör", "Supplier"),
    Field.ACCOUNTING: ("Kontering", "Accounting"),
    Field.AGREEMENT: ("Avtal", "Agreement"),
    Field.QUOTE: ("Offert", "Quote"),
    Field.PROJECT: ("Projekt", "Project"),
    Field.REFERENCE: ("Referens", "Reference"),
    Field.DELIVERY_ADDRESS: ("Leveransadress", "Delivery address"),
    Field.GOODS_MARK: ("Godsmärkning", "Goods mark"),
    Field.WANTED_DATE: ("Önskat leveransdatum", "Wanted date"),
    Field.REASON: ("Motivering", "Reason"),
    Field.FOR_PERSON: ("Avser person", "For person"),
    Field.CATEGORY: ("Kategori", "Category"),
    Field.CURRENCY: ("Valuta", "Currency"),
    Field.VAT: ("Moms", "VAT"),
    Field.TOTAL: ("Totalt", "Total"),
    Field.COUNTERVALUE: ("Motvärde SEK", "Value in SEK"),
}
LABELS: dict[str, dict[Field, str]] = {
    language: {field: names[place] for field, names in _NAMES.items()} for place, language in enumerate(("sv", "en"))
}
LINE_HEADS = {
    "sv": ("Artikelnr", "Benämning", "Antal", "Enhet", "À-pris"),
    "en": ("Item no", "Description", "Quantity", "Unit", "Unit price"),
}
ADDED_HEADS = {"sv": ("Moms", "Rabatt"), "en": ("VAT", "Discount")}
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
    unit, at, discount = {"sv": ("st", "à", "rabatt")}.get(language, ("pcs", "at", "discount"))
    off = f", {discount} {line.discount}" if line.discount else ""
    vat = f" {line.vat}" if line.vat else ""
    return f"{line.quantity} {line.unit or unit} {line.description} {at} {line.price}{vat}{off}"


def write_row(line: FormLine, language: str) -> str:
    """Return a line as a row without a head."""
    unit = line.unit or ("st" if language == "sv" else "pcs")
    return "; ".join(SEPARATORS.sub(",", cell) for cell in (line.description, line.quantity, unit, line.price))

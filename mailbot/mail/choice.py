"""Which part of a mail is the order: its text, its HTML or an attached file; parts that disagree are none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from mailbot.domain.directory import fold
from mailbot.domain.money import Money, Refusal, parse_amount, parse_quantity
from mailbot.domain.order import Field, Form, FormLine
from mailbot.mail import tables
from mailbot.mail.bodies import Bodies, read_bodies
from mailbot.mail.order_form import read_form
from mailbot.mail.reply import Words

QUOTED_LINES = 300
"""How much of a quoted mail is looked at for an order in it."""
CHECKED = (
    *(Field.UNIT, Field.APPROVER, Field.SUPPLIER, Field.ACCOUNTING),
    *(Field.CURRENCY, Field.VAT, Field.TOTAL, Field.COUNTERVALUE),
)
_ORDER_FILE = re.compile(r"(?:order|beställning|bestallning)(?:[ _-]?\(?\d{1,3}\)?)?\.(csv|json|txt)")


@dataclass(frozen=True)
class Contradiction:
    """A mail that says two different things, in its text and its HTML or in two files, so that nobody knows which."""

    first: Form
    second: Form


def choose(plain: str, html: str, files: Sequence[tuple[str, bytes]]) -> Form | Contradiction:
    """Return what a new mail orders, from its text part, its HTML part and its files."""
    return chosen(read_bodies(plain, html), files)


def chosen(bodies: Bodies, files: Sequence[tuple[str, bytes]]) -> Form | Contradiction:
    """Return what a new mail orders, from the part of it that says most; parts that disagree are a contradiction.

    An attached order.csv, order.json or order.txt counts only when no body holds lines: its lines are then the
    order's, and the fields of both are, a field that they give differently being a conflict.
    """
    body = _fuller(_read(bodies.plain), _read(bodies.html))
    if isinstance(body, Contradiction):
        return body
    body = replace(body, struck=bodies.struck)
    if body.lines:
        return body
    attached = Form()
    for name, data in files:
        chosen = _fuller(attached, _read_file(name, data))
        if isinstance(chosen, Contradiction):
            return chosen
        attached = chosen
    return _joined(body, attached)


def is_forwarded(bodies: Bodies) -> bool:
    """Tell whether all that the mail orders stands in a forwarded or quoted mail (email.md F62 and F63)."""
    words = bodies.plain if bodies.plain.everything.strip() else bodies.html
    if not words.quoted.strip():
        return False
    return read_form(words.own).is_empty and not read_form(words.everything).is_empty


def leaves_out_an_order(bodies: Bodies) -> bool:
    """Tell whether what the mail quotes looks like an order: it holds a line with quantity and price, or a total."""
    form = read_form("\n".join(bodies.quoted.split("\n")[:QUOTED_LINES]))
    return bool(form.lines) or Field.TOTAL in form.fields


def _read(words: Words) -> Form:
    own = read_form(words.own)
    return read_form(words.everything) if own.is_empty else own


def _read_file(name: str, data: bytes) -> Form:
    match _ORDER_FILE.fullmatch(fold(name)):
        case re.Match(lastindex=1) as found:
            return {"csv": tables.read_csv, "json": tables.read_json, "txt": tables.read_text}[found[1]](data) or Form()
    return Form()


def _fuller(first: Form, second: Form) -> Form | Contradiction:
    """Return the form with more lines, then more fields, and of equals the second."""
    if not all(_same(f, first, second) for f in CHECKED) or not _same_lines(first, second):
        return Contradiction(first, second)
    return max(second, first, key=lambda f: (len(f.lines), len(f.fields), -len(f.unread), f.is_empty and bool(f.notes)))


def _same(key: Field, first: Form, second: Form) -> bool:
    """Tell whether two forms agree on a field; one may lack it."""
    one, other = first.fields.get(key), second.fields.get(key)
    if one is None or other is None or fold(one) == fold(other):
        return True
    return key in {Field.TOTAL, Field.COUNTERVALUE} and _money(one, first) == _money(other, second)


def _same_lines(first: Form, second: Form) -> bool:
    """Tell whether two forms have the same quantities and prices; lines left unread in one may be read in the other."""
    fewer, more = sorted(([_weight(x, form) for x in form.lines] for form in (first, second)), key=len)
    if first.unread or second.unread:
        rest = iter(more)
        return all(weight in rest for weight in fewer)
    return not fewer or fewer == more


def _weight(line: FormLine, form: Form) -> tuple[Decimal | str, Money | str]:
    quantity = parse_quantity(line.quantity)
    return (fold(line.quantity) if isinstance(quantity, Refusal) else quantity), _money(line.price, form)


def _money(text: str, form: Form) -> Money | str:
    amount = parse_amount(text, fold(form.fields.get(Field.CURRENCY, "SEK")).upper())
    return fold(text) if isinstance(amount, Refusal) else amount


def _joined(body: Form, file: Form) -> Form:
    differing = tuple(f for f in body.fields if not _same(f, body, file))
    return Form(
        fields={**file.fields, **body.fields},
        lines=file.lines,
        unread=body.unread + file.unread,
        notes=body.notes + file.notes,
        places=() if body.unread and (file.lines or file.unread) else body.places + file.places,
        priced_notes=body.priced_notes + file.priced_notes,
        struck=body.struck,
        conflicts=tuple(dict.fromkeys(body.conflicts + file.conflicts + differing)),
    )

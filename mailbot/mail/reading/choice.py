"""Which part of a mail is the order: its text, its HTML or an attached file; parts that disagree are none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from mailbot.domain.values.money import BadAmount, Money, parse_quantity
from mailbot.domain.values.order import FIELDS, Field, Form, FormLine
from mailbot.domain.values.text import fold
from mailbot.mail.reading import order_files
from mailbot.mail.reading.amounts import parse_amount
from mailbot.mail.reading.blocks import Unclaimed
from mailbot.mail.reading.bodies import Bodies, read_bodies
from mailbot.mail.reading.caveats import with_caveats
from mailbot.mail.reading.order_form import joined, read_form
from mailbot.mail.reading.readings import Goods
from mailbot.mail.reading.reply import OwnAndQuoted
from mailbot.mail.reading.totals import with_totals

QUOTED_LINES = 300
"""How much of a quoted mail is looked at for an order in it."""
CHECKED = tuple(f for f in Field if FIELDS[f].agreed)
Reader = Callable[[str], Form]
"""Reads a text; a mail's texts are read by one that remembers, since most of them are equal."""


@dataclass(frozen=True)
class Contradiction:
    """A mail that says two different things, in its text and its HTML or in two files, so that nobody knows which."""

    first: Form
    second: Form


def choose(plain: str, html: str, files: Sequence[tuple[str, bytes]]) -> Form | Contradiction:
    """Return what a new mail orders, from its text part, its HTML part and its files."""
    return chosen(read_bodies(plain, html), files)


def chosen(bodies: Bodies, files: Sequence[tuple[str, bytes]], read: Reader = read_form) -> Form | Contradiction:
    """Return what a new mail orders, from the part that says most; parts that disagree are a contradiction.

    An attached order.csv, .json, .txt or .xlsx counts only when no body holds lines; fields given differently conflict.
    What is quoted counts only where neither own words nor files hold the order.
    """
    file = attached(files)
    with_quoted = not holds_order(file)
    body = _fuller(*(_read(words, read, with_quoted=with_quoted) for words in (bodies.plain, bodies.html)))
    if isinstance(body, Contradiction):
        return body
    body = replace(body, struck=bodies.struck)
    if body.lines:
        return body
    return file if isinstance(file, Contradiction) else _joined(body, file)


def attached(files: Sequence[tuple[str, bytes]]) -> Form | Contradiction:
    """Return what the files order, and which were meant as the order and could not be read."""
    found = Form()
    for name, data in files:
        read = order_files.read_file(name, data)
        chosen = _fuller(found, read) if found != Form() else read
        if isinstance(chosen, Contradiction):
            return chosen
        found = chosen
    unread = () if found.lines or found.unread else order_files.of_other_kinds([name for name, _ in files])
    return replace(found, unread_files=found.unread_files + unread)


def holds_order(file: Form | Contradiction) -> bool:
    """Tell whether files were read as an order, even one that must be asked back."""
    return isinstance(file, Contradiction) or bool(file.lines or file.unread)


def is_forwarded(bodies: Bodies, read: Reader = read_form) -> bool:
    """Tell whether all that the mail orders stands in a forwarded or quoted mail (docs/rules/mail.md#f62, #f63)."""
    words = bodies.plain if bodies.plain.everything.strip() else bodies.html
    if not words.quoted.strip():
        return False
    return read(words.own).is_empty and not _read(words, read).is_empty


def quoted_order(bodies: Bodies) -> Form | None:
    """Return what the mail quotes, its lines asked back, where it looks like an order: by a line, or a total."""
    form = read_form("\n".join(bodies.quoted.split("\n")[:QUOTED_LINES]), apart=True)
    return form if form.doubts or Field.TOTAL in form.fields else None


def _read(words: OwnAndQuoted, read: Reader, *, with_quoted: bool = True) -> Form:
    """Read the own words; where they order nothing, with the newest quoted mail that does, and never with two."""
    own = read(words.own)
    mails = words.mails if with_quoted and own.is_empty and words.quoted else []
    forms = (read(f"{words.own}\n{mail}") for mail in mails)
    return next((form for form in forms if not form.is_empty), own)


def _fuller(first: Form, second: Form) -> Form | Contradiction:
    """Return the form with more lines, then more fields, and of equals the second."""
    if not all(_same(f, first, second) for f in CHECKED) or not _same_lines(first, second):
        return Contradiction(first, second)
    if any("\t" in text for text in second.unread):
        return second  # what stands in cells there says more than the same words in a row
    return max(
        second, first, key=lambda f: (len(f.lines), len(f.fields), not f.is_empty, -len(f.unread), bool(f.notes))
    )


def _same(key: Field, first: Form, second: Form) -> bool:
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
    return (fold(line.quantity) if isinstance(quantity, BadAmount) else quantity), _money(line.price, form)


def _money(text: str, form: Form) -> Money | str:
    amount = parse_amount(text, currency=fold(form.fields.get(Field.CURRENCY, "SEK")).upper())
    return fold(text) if isinstance(amount, BadAmount) else amount


def _joined(body: Form, file: Form) -> Form:
    totals = body.fields[Field.TOTAL].split("; ") if Field.TOTAL in body.fields else []
    body = replace(with_totals(replace(body, lines=file.lines), totals), lines=())
    differing = (f for f in body.fields if not _same(f, body, file))
    whole = replace(
        joined((body, file)),
        conflicts=tuple(dict.fromkeys((*body.conflicts, *file.conflicts, *differing))),
        unread_files=() if body.unread and not file.lines else file.unread_files,
    )
    return with_caveats(whole, [Unclaimed("", Goods()), *map(Unclaimed, body.notes)])

"""The order form as read: a mail's text, or the rows of a file, to a Form. No judging of values.

A line of text is a field, a row or a line of goods (`rows.py`, `readings.py`), joined with those it was cut into, or
other text, of which what may be a piece of an order is asked back (`blocks.py`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import dropwhile
from typing import Any

from mailbot.domain.values.order import APART, FIELDS, Field, Form, LineOffers
from mailbot.domain.values.text import fold
from mailbot.languages import SPOKEN, alternatives
from mailbot.languages.language import Column
from mailbot.mail.reading import blocks, rows
from mailbot.mail.reading.caveats import with_caveats
from mailbot.mail.reading.lexer import kinds_of
from mailbot.mail.reading.order_text import LABELS
from mailbot.mail.reading.prose import doubt
from mailbot.mail.reading.readings import Goods, is_prose
from mailbot.mail.reading.totals import is_priced, stated_total, total_key, with_totals

SIGNED = "--"  # docs/rules/mail.md#f80
MAX_LINES = 20_000
MAX_LINE = 1_000
MAX_VALUE = 500
MAX_NOTES = 100
MOST_OFFERS = 50

_KEYS = {fold(label): f for labels in LABELS.values() for f, label in labels.items()}
_KEYS |= {label: f for language in SPOKEN for label, f in language.order.other_labels.items()}
_BEFORE, _BEHIND = (
    alternatives(language.text.not_a_column[side] for language in SPOKEN if language.text.not_a_column[side])
    for side in (0, 1)
)
_ASIDE = re.compile(rf"(?:{_BEFORE}) (.{{1,200}}) (?:{_BEHIND})\.?", re.IGNORECASE)
_COLON, _BOLD, _AROUND_KEY = re.compile("[:：=]"), "*_ \t", "*_ \t>:："
_BETWEEN_KEYS = re.compile("[,;|] *|(?<= )/ ")
_RULE = re.compile(r"[-=_+*:;|\s]*")
_DIGIT = re.compile(r"\d")
_SPACES = re.compile(r"[^\S\t\n]+")
"""Every kind of space but the tab, which separates cells. Runs of them become one: on long ones patterns are slow."""
_OF_SIGNATURES = {f for f in Field if FIELDS[f].in_signatures}
_IN_WORDS = {f for f in Field if FIELDS[f].may_be_sum}
"""Fields whose value may name an amount."""


def read_form(text: str, *, apart: bool = False) -> Form:
    """Sort a mail's text under its keys; below a line of two dashes stands a signature, unless it says of an order.

    Lines of goods below it are asked back where others stand above it, and all are where the text stands `apart`.
    """
    lines = [_SPACES.sub(" ", line[:MAX_LINE]).strip(" ") for line in text.split("\n")[:MAX_LINES]]
    longest = max((len(line) for line in lines if " " in line), default=0)
    above = lines[: lines.index(SIGNED)] if SIGNED in lines else lines
    below = lines[len(above) :]
    reader = _Reader(longest, apart=apart).take_all(above)
    if not _says_of_an_order(below):
        return reader.form()
    reader.apart = apart or any(taken.goods for taken in reader.settled)
    return reader.take_all(below).form()


def _says_of_an_order(lines: Sequence[str]) -> bool:
    """Tell whether lines hold goods, an amount, or keys that no signature has."""
    reader = _Reader().take_all(lines)
    is_named = any(taken.goods or blocks.names_amount(taken.text) for taken in reader.settled)
    return is_named or bool(reader.totals) or not reader.fields.keys() <= _OF_SIGNATURES


def read_rows(table: Iterable[Sequence[str]]) -> Form:
    """Sort the rows of a table under their keys, as `read_form` sorts lines."""
    reader = _Reader()
    cleaned = [[" ".join(cell.split()) for cell in row] for row in table]
    for cells, below in zip(cleaned, [*cleaned[1:], []], strict=False):
        reader.take_row(cells, below)
    return reader.form()


def joined(forms: Sequence[Form]) -> Form:
    """Return what forms say together, of each field what the first says; lines of several have no numbers."""
    fields = {key: value for form in reversed(forms) for key, value in form.fields.items()}
    differing = (key for form in forms for key, value in form.fields.items() if fold(value) != fold(fields[key]))
    with_goods = [form for form in forms if form.lines or form.unread]
    parts: dict[str, Any] = {
        name: tuple(part for form in forms for part in getattr(form, name))
        for name in ("lines", "unread", "notes", "priced_notes", "aside", "struck", "held", "unread_files")
    }
    return Form(
        fields=fields,
        conflicts=tuple(dict.fromkeys((*(key for form in forms for key in form.conflicts), *differing))),
        places=with_goods[0].places if len(with_goods) == 1 else (),
        doubts={text: doubt for form in forms for text, doubt in form.doubts.items()},
        **parts,
    )


def is_table_head(cells: Sequence[str]) -> bool:
    """Tell whether these cells name the columns of order lines."""
    return rows.read_table_head(cells) is not None


@dataclass
class _Reader:
    """What has been read of a form; `block` is what follows each other without a blank line, and settled at its end.

    `longest` is the length of the mail's longest line. Goods that are taken while it is `apart` are asked back, and
    their texts kept in `stray`.
    """

    longest: int = MAX_LINE
    apart: bool = False
    stray: set[str] = field(default_factory=set)
    fields: dict[Field, str] = field(default_factory=dict)
    conflicts: list[Field] = field(default_factory=list)
    totals: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    settled: list[blocks.Unclaimed] = field(default_factory=list)
    block: list[blocks.Unclaimed] = field(default_factory=list)
    head: rows.TableHead | None = None
    in_table: bool = False
    is_closing: bool = False
    open_key: Field | None = None

    def take_all(self, lines: Sequence[str]) -> "_Reader":
        """Take in lines that stand together; return itself."""
        place = 0
        while place < len(lines):
            place += self.take(lines[place : place + blocks.MOST_CUT])
        self._end_block()
        return self

    def take(self, lines: Sequence[str]) -> int:
        """Take in the first line: a key, goods, the value of the key above, or other text; return how many it takes."""
        line = lines[0]
        if line == "|":  # half a frame
            return 1
        if _RULE.fullmatch(line):  # blank, or a line drawn under the head of a table
            self.open_key = None
            self._end_block()
            return 1
        bare = blocks.without_bullet(line)
        if height := self._take_head(bare, lines[1] if len(lines) > 1 else "") or self._take_field(bare):
            return height
        if not blocks.says_no_more(bare) and (height := self._take_goods(lines, bare)):
            self.open_key = None
            return height
        is_asked = blocks.is_left_over(line, blocks.Near.APART)
        if self.open_key is not None and (self.open_key in _IN_WORDS or not is_asked):
            self._give(self.open_key, line)
        else:
            self._take_text(line, is_asked=is_asked)
        return 1

    def _take_head(self, bare: str, below: str) -> int:
        """Take in the head of a table; return how many lines it is, 0 for none."""
        separator, cells = rows.cells_of(bare)
        torn = _torn_head(bare, below)
        head = torn or rows.read_table_head(cells) or _unknown_head(cells, rows.cells_of(below)[1])
        if head is None:
            return 0
        is_framed = bare.startswith("|") or bare.endswith("|")
        self.head = replace(head, separator=separator, is_framed=is_framed)
        self.in_table, self.open_key = True, None
        return 2 if torn else 1

    def _take_field(self, bare: str) -> int:
        """Take in fields, or an answer about a column; return how many lines that is, 0 for none."""
        if found := _ASIDE.fullmatch(bare):
            self.aside.append(found[1])
            return 1
        return int(self._give_all(_fields_in(bare)))

    def _take_goods(self, lines: Sequence[str], bare: str) -> int:
        """Take in a line of goods, joined with those it was cut into; return how many lines it is, 0 for none."""
        if self.head is None and not any(map(_DIGIT.search, lines)):  # most of what people write
            return 0
        window = blocks.Window(lines, self._read, _is_own, self.longest, is_headless=self.head is None)
        goods, height = window.goods()
        is_sentence = is_prose(bare) or bare.endswith("?")
        if height == 1 and goods.line is None and not goods.width and (is_sentence or not goods.readings):
            return 0
        self._take_line(" ".join([lines[0], *lines[1:height]]), goods)
        return height

    def _read(self, text: str) -> Goods:
        """Return what a text may order; far from the table, words without a figure are no row of it."""
        return rows.read_goods(text, self.head if self.in_table or _DIGIT.search(text) else None)

    def _take_line(self, text: str, goods: Goods) -> None:
        """Take in goods; without a head the rows of a block have to be of one width."""
        self.in_table, self.is_closing = self.in_table or goods.width > 0, False
        last = self.head.columns[-1] if self.head and goods.width else Column.PRICE
        counted = goods if self.head is None else replace(goods, width=0)
        self.block.append(blocks.Unclaimed(text, counted, is_open=last in {Column.DESCRIPTION, Column.ITEM_NO}))

    def _take_text(self, text: str, *, is_asked: bool) -> None:
        self.open_key = None
        self.is_closing = self.is_closing or blocks.is_closing(text)
        self.block.append(blocks.Unclaimed(text, Goods() if is_asked else None, is_closing=self.is_closing))

    def _end_block(self) -> None:
        blocks.settle(self.block)
        for taken in self.block if self.apart else ():
            if taken.goods and taken.goods.line:
                taken.goods = replace(taken.goods, line=None, readings=(taken.goods.line,))
            self.stray.add(taken.text)
        self.settled += self.block
        self.block, self.in_table, self.is_closing = [], False, False

    def take_row(self, cells: list[str], below: Sequence[str]) -> None:
        """Take in one row of a table, whose cells need no separator."""
        filled = [cell for cell in cells if cell]
        text = "; ".join(cells)
        if len(filled) < 2:
            self.take(["".join(filled)])
        elif head := rows.read_table_head(cells) or _unknown_head(cells, below):
            self.head = head
        elif self._give_all(_pairs(cells)):
            pass
        elif (row := rows.read_row(cells, self.head)) and (
            len(filled) > 2 or row.line is None or rows.is_amount(row.line.price) or rows.is_amount(row.line.quantity)
        ):
            self._take_line(text, row)
        else:
            self._take_text(text, is_asked=len(filled) > 2 or is_priced(kinds_of(text)))

    def _give_all(self, pairs: Sequence[tuple[Field, str]]) -> bool:
        """Take in fields, if there are any; below a head `Enhet` is the unit of measure."""
        if self.head and Field.UNIT in self.fields and any(key is Field.UNIT for key, _ in pairs):
            return False
        for key, value in pairs:
            self._give(key, value)
        return bool(pairs)

    def _give(self, key: Field, value: str) -> None:
        value = value[:MAX_VALUE]
        self.open_key = None if value else key  # an empty key takes the very next line (docs/rules/mail.md#f72)
        if not value:
            return
        given = self.fields.get(key)
        if key is Field.TOTAL:
            self.totals.append(value)
        elif given is None or fold(given) == fold(value):
            self.fields.setdefault(key, value)
        elif key not in self.conflicts:
            self.conflicts.append(key)

    def form(self) -> Form:
        """Return what was taken in."""
        self._end_block()
        blocks.ask_unticked(self.settled)
        lines = [(taken.text, taken.goods) for taken in self.settled if taken.goods]
        read = tuple(goods.line for _, goods in lines if goods.line)
        unread = [(text, goods) for text, goods in lines if not goods.line]
        texts = [taken.text for taken in self.settled if not taken.goods]
        below = {x.text for x in dropwhile(lambda taken: not taken.goods, self.settled) if not x.is_closing}
        notes = [note for taken in self.settled for note in (taken.goods.notes if taken.goods else (taken.text,))]
        asked = [x for x in unread if x[1].column] + [x for x in unread if not x[1].column][:MOST_OFFERS]
        doubts = [(text, doubt(text, goods, read)) for text, goods in asked]
        doubts = [(x, replace(found or LineOffers(), kind=APART) if x in self.stray else found) for x, found in doubts]
        form = Form(
            fields=dict(self.fields),
            lines=read,
            unread=tuple(text for text, _ in unread),
            notes=tuple(texts),
            conflicts=tuple(self.conflicts),
            places=tuple(number for number, (_, goods) in enumerate(lines, 1) if not goods.line),
            priced_notes=tuple(
                text for text in texts if blocks.names_amount(text) or (text in below and blocks.adds_in_words(text))
            ),
            doubts={text: found for text, found in doubts if found},
            aside=tuple(self.aside),
        )
        form = with_totals(form.set_aside(form.aside) if form.aside else form, self.totals)
        form = with_caveats(form, self.settled)
        told = set(texts).difference(form.notes)
        shown = [note for note in notes if note not in told]
        return replace(form, notes=tuple(shown[:MAX_NOTES]), priced_notes=form.priced_notes[:MAX_NOTES])


@lru_cache(maxsize=64)  # asked of each line below another
def _is_own(line: str) -> bool:
    """Tell whether a line goes on with none above it."""
    return not line or blocks.begins_anew(line) or bool(_fields_in(line)) or is_table_head(rows.cells_of(line)[1])


@lru_cache(maxsize=64)
def _fields_in(line: str) -> Sequence[tuple[Field, str]]:
    """Return the fields that a line gives: in its cells, as the total, or as a key with a colon."""
    if pairs := _pairs(rows.cells_of(line)[1]):
        return pairs
    parts = _BETWEEN_KEYS.split(line) if sum(map(line.count, ":：=")) > 1 else ()
    several = [(key, value) for key, value in map(_key_of, parts) if key and value]
    if several and len(several) == len(parts):
        return several
    if total := stated_total(line):
        return ((Field.TOTAL, total),)
    key, value = _key_of(line)
    return ((key, value),) if key else ()


def _key_of(line: str) -> tuple[Field | None, str]:
    key, *value = _COLON.split(line, maxsplit=1)
    return (_KEYS.get(fold(key.strip(_AROUND_KEY))), value[0].strip(_BOLD)) if value else (None, "")


def _pairs(cells: Sequence[str]) -> list[tuple[Field, str]]:
    """Return the fields in a row such as `Enhet | Kemi`, two of them side by side, or `Totalt | | | 25 000`."""
    pairs: list[tuple[Field, list[str], str]] = []
    follows_key = False
    for cell in cells if len(cells) > 1 and sum(rows.column_of(cell) is not None for cell in cells) < 3 else ():
        bare = fold(cell.strip(_AROUND_KEY))
        basis = None if pairs else total_key(bare)
        key = None if follows_key else _KEYS.get(bare) if basis is None else Field.TOTAL
        if key is not None:
            pairs.append((key, [], basis or ""))
        elif pairs:
            pairs[-1][1].append(cell.strip(_BOLD))
        elif cell:
            return []
        follows_key = key is not None
    values = [(key, [cell for cell in found if cell], basis) for key, found, basis in pairs]
    return [
        (key, f"{found[-1]} {basis}".strip() if key is Field.TOTAL else " ".join(found))
        for key, found, basis in values
        if found
    ]


def _unknown_head(cells: Sequence[str], below: Sequence[str]) -> rows.TableHead | None:
    """Return a head that nothing is known of: words alone, above a row of as many cells with an amount."""
    if len(cells) != len(below) or len(below) < 3 or not any(map(rows.is_amount, below)):
        return None
    is_plain = all(cell and len(cell) < 40 and not _DIGIT.search(cell) for cell in cells)
    return rows.TableHead((Column.UNKNOWN,) * len(cells), tuple(cells)) if is_plain and not _pairs(cells) else None


def _torn_head(line: str, below: str) -> rows.TableHead | None:
    """Return the head that a line makes with the one below, where a mail program has cut it in two."""
    if not below or _DIGIT.search(line + below) or not rows.SEPARATORS.search(line) or line.endswith("|"):
        return None
    cells = rows.cells_of(line)[1]
    if any(cell and rows.column_of(cell) is None for cell in cells):
        return None
    whole, first = rows.read_table_head(rows.cells_of(f"{line} {below}")[1]), rows.read_table_head(cells)
    if whole is None or Column.UNKNOWN in whole.columns or Column.PRICE not in whole.columns:
        return None
    return whole if first is None or whole.names != first.names else None

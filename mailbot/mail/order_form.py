"""The order form as text: a mail's text to a Form, and a Form to the text a person fills in. No judging of values.

A line is a field, a row or a line of goods, or other text. Lines that a mail program has wrapped are joined where
exactly one joining makes a whole line, and asked back as one where that is not certain. Text beside lines of goods
whose number could be a price or a piece of one is asked back too; other text with an amount is shown above the order.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mailbot.domain.directory import fold
from mailbot.domain.money import Money, Refusal, parse_amount, parse_discount, parse_quantity
from mailbot.domain.order import Doubt, Field, Form, FormLine
from mailbot.mail.lexer import lex
from mailbot.mail.readings import MAX_TEXT, Reading, is_prose, readings
from mailbot.mail.rows import Column, Head, Row, is_amount, names_column, read_head, read_row

MAX_LINES = 20_000
MAX_LINE = 1_000
MAX_VALUE = 500
MAX_NOTES = 100

LABELS: dict[str, dict[Field, str]] = {
    "sv": {
        Field.UNIT: "Enhet",
        Field.APPROVER: "Godkännare",
        Field.SUPPLIER: "Leverantör",
        Field.ACCOUNTING: "Kontering",
        Field.AGREEMENT: "Avtal",
        Field.QUOTE: "Offert",
        Field.PROJECT: "Projekt",
        Field.REFERENCE: "Referens",
        Field.DELIVERY_ADDRESS: "Leveransadress",
        Field.GOODS_MARK: "Godsmärkning",
        Field.WANTED_DATE: "Önskat leveransdatum",
        Field.REASON: "Motivering",
        Field.FOR_PERSON: "Avser person",
        Field.CATEGORY: "Kategori",
        Field.CURRENCY: "Valuta",
        Field.VAT: "Moms",
        Field.TOTAL: "Totalt",
        Field.COUNTERVALUE: "Motvärde SEK",
    },
    "en": {
        Field.UNIT: "Unit",
        Field.APPROVER: "Approver",
        Field.SUPPLIER: "Supplier",
        Field.ACCOUNTING: "Accounting",
        Field.AGREEMENT: "Agreement",
        Field.QUOTE: "Quote",
        Field.PROJECT: "Project",
        Field.REFERENCE: "Reference",
        Field.DELIVERY_ADDRESS: "Delivery address",
        Field.GOODS_MARK: "Goods mark",
        Field.WANTED_DATE: "Wanted date",
        Field.REASON: "Reason",
        Field.FOR_PERSON: "For person",
        Field.CATEGORY: "Category",
        Field.CURRENCY: "Currency",
        Field.VAT: "VAT",
        Field.TOTAL: "Total",
        Field.COUNTERVALUE: "Value in SEK",
    },
}
LINE_HEADS = {
    "sv": ("Artikelnr", "Benämning", "Antal", "Enhet", "À-pris"),
    "en": ("Item no", "Description", "Quantity", "Unit", "Unit price"),
}
ALWAYS_SHOWN = (Field.UNIT, Field.APPROVER, Field.SUPPLIER)

_KEYS = {fold(label): f for labels in LABELS.values() for f, label in labels.items()}
_KEYS |= {"önskat datum": Field.WANTED_DATE, "syfte": Field.REASON}
_KEYS |= dict.fromkeys(("motvärde", "motvärde i sek", "value sek", "countervalue"), Field.COUNTERVALUE)
_STANDARD = ("item_no", "description", "quantity", "unit", "price")
_ADDED = {"sv": (("vat", "Moms"), ("discount", "Rabatt")), "en": (("vat", "VAT"), ("discount", "Discount"))}
"""Columns that a table has only where some line has them."""
_TOTAL = re.compile(
    r"""(?:(?:total\ amount|total\ price|totalsumma|totalbelopp|totalpris|totalt|total|order\ ?summa|order\ total|summa|sum)
      (?:\ (?:att\ betala|to\ pay))?|att\ betala|to\ pay|amount\ due)\b
    (?P<basis>[ ,]*\(?(?:(?:exkl|excl|inkl|incl|ex|utan|med)[a-z]*\.?\ ?(?:moms|vat)|(?:moms|vat)\ ?(?:exkl|excl|inkl|incl)[a-z]*)\.?\)?)?
    \ *(?P<colon>[:：=])?""",
    re.VERBOSE | re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:kolumnen|the column) (.{1,60}) (?:är inte pris eller antal|is neither a price nor a quantity)\.?",
    re.IGNORECASE,
)
_COLON = re.compile("[:：]")
_BOLD = "*_ \t"
_BULLET = re.compile(r"^(?:(?:[-*•·–§▪◦‣●○■✓→\uf0b7\uf0a7]|o(?=[ \t]+\d)|\d{1,2}[.)])[ \t]+)+")
_RULE = re.compile(r"[-=_+*:;|\s]*")
_GOES_ON = re.compile(
    r"(?:(?P<figures>\d{3}(?: \d{3})*(?:[.,:]\d{1,2})?) ?)?(?:(?:[tkm]n?kr|kr|kronor|sek|eur|usd|gbp|nok|dkk|:-|€)?(?: ?/ ?st)?)\.?",
    re.IGNORECASE,
)
"""What goes on with a price that a mail program has cut: more figures, or only its currency."""
_WRAPPED_FROM = 66
"""Letters from which on a line may have been cut by a mail program."""
_SUMS = re.compile(r"(?:total\w*|delsumma|summa|sum|subtotal|varav|moms|vat|motvärde)\b|att betala\b", re.IGNORECASE)
_CLOSING = re.compile(
    r"(?:m?vh|hälsn\w*|med vänlig\w*|vänlig\w*|bästa|best|kind|regards|thanks|tack|cheers|/ ?\w+$)\b", re.IGNORECASE
)
_MONTHS = re.compile(r"\b(?:jan|feb|mar|apr|ma[jy]|jun|jul|aug|sep|o[ck]t|nov|dec)", re.IGNORECASE)
_PRICE = re.compile(r"cn|nc|np|zc|cz|csn|nsc")
_BEGINS = re.compile(r"s?n(?:[um]|x(?!n))|.*a[sr(g-]*c?n|.*o[sr(-]*c?[sr-]+n|.*cn?p|.*r[(]*c?n|.*d.*n|.*n.*d")
_AS_A_LINE = re.compile(r"a[sr(g-]*c?n|p|nx")
_COUNTED = re.compile(r"nu|nx|xn|qn|q,n")
_LEFT_OVER = re.compile(r"(?:.*[^bg,(](?P<last>n)|(?P<all>n))[,)]*")
_NAMED = re.compile(r"[bg][,(]*n(?:%|n)*")
_PLAIN_PRICE = re.compile(r"(?!0)(?:\d{3,6}|\d{1,3}(?:[ .]\d{3})+)(?:[.,]\d\d)?|\d{1,2} ?\d{3}")
_IN_WORDS = {Field.REASON, Field.TOTAL, Field.COUNTERVALUE}
"""Fields whose value may name an amount."""
_SEPARATORS = (";", "\t", "|")
_SEPARATOR = re.compile("[;\t|]")
_SPACES = re.compile(r"[^\S\t\n]+")
"""Every kind of space but the tab, which separates cells. Runs of them become one: on long ones patterns are slow."""
MAX_CELLS = 40
MOST_JOINED = 3
MOST_OFFERS = 50


def read_form(text: str) -> Form:
    """Sort a mail's text under its keys; text after a signature line is left out (email.md F80)."""
    lines: list[str] = []
    for line in text.split("\n")[:MAX_LINES]:
        if line.rstrip() == "--":
            break
        lines.append(_SPACES.sub(" ", line[:MAX_LINE]).strip(" "))
    reader, place = _Reader(), 0
    while place < len(lines):
        place += reader.take(lines, place)
    return reader.form()


def read_rows(rows: Iterable[Sequence[str]]) -> Form:
    """Sort the rows of a table under their keys, as `read_form` sorts lines."""
    reader = _Reader()
    cleaned = [[" ".join(cell.split()) for cell in row] for row in rows]
    for cells, below in zip(cleaned, [*cleaned[1:], []], strict=False):
        reader.take_row(cells, below)
    return reader.form()


def is_head(cells: Sequence[str]) -> bool:
    """Tell whether these cells name the columns of order lines."""
    return read_head(cells) is not None


@dataclass
class _Taken:
    """Something that is no field: a line of goods, or text that is asked back, is shown above the order, or is a note."""

    text: str
    line: FormLine | None = None
    is_unread: bool = False
    is_priced: bool = False
    may_mean: tuple[FormLine, ...] = ()
    column: str = ""
    is_closing: bool = False
    is_open: bool = False
    width: int = 0

    @property
    def counts(self) -> bool:
        """Tell whether its writer sees an order line in it, read or not."""
        return self.line is not None or self.is_unread


@dataclass(frozen=True)
class _Goods:
    """What some text may order: the line for certain, or the readings between which its writer has to choose."""

    line: FormLine | None = None
    readings: tuple[FormLine, ...] = ()
    column: str = ""
    notes: tuple[str, ...] = ()
    is_row: bool = False
    width: int = 0


@dataclass
class _Reader:
    fields: dict[Field, str] = field(default_factory=dict)
    taken: list[_Taken] = field(default_factory=list)
    conflicts: list[Field] = field(default_factory=list)
    head: Head | None = None
    separator: str = ""
    open_key: Field | None = None
    aside: list[str] = field(default_factory=list)
    is_closing: bool = False
    in_table: bool = False
    is_framed: bool = False
    block: int = 0
    """Where in what was taken the lines begin that follow each other without a blank one."""

    def take(self, lines: Sequence[str], place: int) -> int:
        """Take in a line: a key, goods, the value of the key above, or other text; return how many lines that took."""
        line = lines[place]
        if _RULE.fullmatch(line):  # blank, or a line drawn under the head of a table
            self.open_key = None
            self._end_block()
            return 1
        bare = _BULLET.sub("", line)
        if _SEPARATOR.search(line) and bare[:1].isdigit() and line[0] in "-–—":
            bare = line  # a sign before the number in the first cell
        if height := self._take_field(bare, lines[place + 1] if place + 1 < len(lines) else ""):
            return height
        if height := self._take_goods(lines, place, bare):
            self.open_key = None
            return height
        if self.open_key is not None and (self.open_key in _IN_WORDS or not self._is_asked(line, bare)):
            self._give(self.open_key, line)
        else:
            self._take_text(line, is_unread=self._is_asked(line, bare))
        return 1

    def _take_field(self, bare: str, below: str) -> int:
        """Take in a field, a total, or the head of a table; return how many lines that is, 0 for none."""
        separator, cells = _cells(bare)
        key, value = _key_of(bare)
        if found := _ASIDE.fullmatch(bare):
            self.aside.append(found[1])
        elif torn := _torn_head(bare, below):
            self.head, self.separator, self.open_key, self.in_table = torn, separator, None, True
            return 2
        elif head := read_head(cells) or _unknown_head(cells, _cells(below)[1]):
            self.head, self.separator, self.open_key, self.in_table = head, separator, None, True
            self.is_framed = bare.startswith("|") or bare.endswith("|")
        elif self._take_pairs(cells):
            self.open_key = None
        elif total := _stated_total(bare):
            self._give(Field.TOTAL, total)
        elif key is not None and not self._is_unit_of_measure(key):
            self._give(key, value)
        else:
            return 0
        return 1

    def _take_goods(self, lines: Sequence[str], place: int, bare: str) -> int:
        """Take in a line of goods, joined with those it was wrapped into; return how many lines it is, 0 for none."""
        alone = self._goods(bare)
        taken, alone = alone, alone if alone.line is None or alone.line.is_readable else _Goods(is_row=alone.is_row)
        for whole, parts in self._joinings(lines, place, bare, alone):
            joined = self._goods(whole)
            below = lines[place + len(parts)] if place + len(parts) < len(lines) else ""
            if below and _GOES_ON.fullmatch(below) and len(parts) < MOST_JOINED:
                continue
            if len(parts) > 2 and self._goods(" ".join(parts[1:])).line and not _has_digits(parts[0]):
                return 0  # the first is a heading of its own
            if joined.line is None and not (joined.readings and alone.line is None and self._belong_together(parts)):
                continue
            certain = joined.line if alone.line is None else None
            figures = _GOES_ON.fullmatch(parts[-1])
            if alone.line is not None and (len(bare) >= _WRAPPED_FROM or not (figures and figures["figures"])):
                certain = joined.line  # nothing but a price goes on with figures alone
            if certain is not None and not self._one_alone(
                [*parts[1:], *([" ".join(parts[1:])] if len(parts) > 2 else [])]
            ):
                self._take_line(whole, replace(joined, line=certain))
            else:
                others = [g.line for g in (joined, alone, *map(self._goods, parts[1:])) if g.line] + list(
                    joined.readings
                )
                self._take_line(whole, _Goods(readings=tuple(dict.fromkeys(others))))
            return len(parts)
        sentence, alone = is_prose(bare) or lines[place].endswith("?"), taken
        if alone.line is None and not (alone.is_row or (alone.readings and not sentence)):
            return 0
        self._take_line(lines[place], alone)
        return 1

    def _joinings(self, lines: Sequence[str], place: int, bare: str, alone: _Goods) -> Iterator[tuple[str, list[str]]]:
        """Yield the joinings with the lines below that are lawful here, the shortest first."""
        parts, is_row = [bare], _SEPARATOR.search(bare) is not None
        for below in lines[place + 1 : place + MOST_JOINED]:
            if not below or _BULLET.match(below) or self._begins_anew(below):
                return
            parts.append(below)
            whole = " ".join(parts)
            if alone.line is not None:
                if _GOES_ON.fullmatch(below):
                    yield whole, parts
                return
            is_row = is_row or _SEPARATOR.search(below) is not None
            if is_row and self.head is None and (len(parts) > 2 or "\t" in whole or not re.match(r"\W*[^\W\d_]", bare)):
                return  # without a head nothing says where a row begins
            if len(whole) <= MAX_TEXT and (is_row or not is_prose(bare)) and not _CLOSING.match(bare):
                yield whole, parts

    def _begins_anew(self, below: str) -> bool:
        key, _ = _key_of(below)
        return key is not None or bool(_stated_total(below)) or read_head(_cells(below)[1]) is not None

    def _belong_together(self, parts: list[str]) -> bool:
        """Tell whether a line that begins as lines do has its price on the next one."""
        return all(self._goods(part).line is None for part in parts) and _BEGINS.match(lex(parts[0]).kinds) is not None

    def _one_alone(self, parts: list[str]) -> bool:
        return any(self._goods(_BULLET.sub("", part)).line is not None for part in parts)

    def _goods(self, text: str) -> _Goods:
        """Return what the text may order, as a row under the head above it or alone, or as a line in words."""
        separator, cells = _cells(text)
        row = under = None
        if text.startswith("|") != text.endswith("|") and (self.is_framed or not self.head):
            return _Goods(is_row=len(cells) > 2)  # half a row, whose other half is on another line
        if len(cells) > 1:
            under = self.head if self.head and separator == self.separator else None
            if under and not self.in_table and not any(map(_DIGITS.search, cells)):
                return _Goods()  # a sentence with semicolons, far from the table
            row = read_row(cells, under) if under or len(cells) > 2 else None
        if row and (row.line or under):
            return _of_row(row, len(cells))
        found = readings(" ".join(text.replace("\t", " ").split()))
        if row and not (len(found) == 1 and found[0].is_certain and _AS_A_LINE.search(_kinds(text))):
            return _of_row(row, len(cells))
        return _of_line(found if len(cells) < 4 or _AS_A_LINE.search(_kinds(text)) else [])

    def _take_line(self, text: str, goods: _Goods) -> None:
        mean = goods.readings if goods.line is None else ()
        self.in_table = self.in_table or goods.is_row
        width = goods.width if self.head is None else 0
        last = self.head.columns[-1] if self.head and goods.is_row else Column.PRICE
        is_open = last in {Column.DESCRIPTION, Column.ITEM_NO, Column.NOTED}  # its last cell may go on below
        self.taken.append(
            _Taken(text, goods.line, goods.line is None, False, mean, goods.column, False, is_open, width)
        )
        self.taken += [_Taken(note, is_closing=True) for note in goods.notes]

    def _take_text(self, text: str, *, is_unread: bool) -> None:
        self.open_key = None
        self.is_closing = self.is_closing or _CLOSING.match(text) is not None
        kinds = _kinds(text)
        priced = not is_unread and (_PRICE.search(kinds) or _COUNTED.search(kinds)) is not None
        self.taken.append(_Taken(text, is_unread=is_unread, is_priced=priced, is_closing=self.is_closing))

    def _is_asked(self, line: str, bare: str) -> bool:
        """Tell whether text may be meant as a line: it names an amount, or begins as lines do, and is no sentence."""
        separator, cells = _cells(bare)
        if len(cells) > 2 and any(is_amount(cell) for cell in cells if cell):
            return True
        kinds = _kinds(bare)
        begins = _BEGINS.match(kinds) is not None
        counted = _COUNTED.search(kinds) is not None and kinds.count("n") > 1
        if not (begins or counted or _PRICE.search(kinds)):
            return False
        if line.endswith("?") or _SUMS.match(line):
            return False
        listed = (bare != line or line[:1].isdigit()) and not re.match("nc|cn", kinds)
        return begins or listed or not is_prose(line)

    def _end_block(self) -> None:
        """Ask back what stands among lines of goods and holds a number that could be a price, or a piece of a line."""
        block = self.taken[self.block :]
        widths = [taken.width for taken in block if taken.width]
        usual = max(set(widths), key=widths.count) if widths else 0
        for taken in block:
            if taken.width and taken.width != usual:  # a cell is missing, or there twice
                taken.line, taken.is_unread = None, True
        counting = [place for place, taken in enumerate(block) if taken.counts]
        in_cells = any(_SEPARATOR.search(block[place].text) for place in counting)
        for place, taken in enumerate(block) if counting else ():
            if not taken.counts and not taken.is_closing:
                first, last = place < counting[0], place > counting[-1]
                beside = block[place - 1].is_open if last else place + 1 < len(block) and block[place + 1].counts
                taken.is_unread = _is_left_over(taken, between=not (first or last), beside=beside, in_cells=in_cells)
        self.block, self.is_closing, self.in_table = len(self.taken), False, False

    def take_row(self, cells: list[str], below: Sequence[str]) -> None:
        """Take in one row of a table, whose cells need no separator."""
        filled = [cell for cell in cells if cell]
        text = "; ".join(cells)
        if len(filled) < 2:
            self.take(["".join(filled)], 0)
        elif head := read_head(cells) or _unknown_head(cells, below):
            self.head = head
        elif self._take_pairs(cells):
            pass
        elif (row := read_row(cells, self.head)) and (len(filled) > 2 or row.line is None or _has_figure(row.line)):
            self._take_line(text, _of_row(row, len(cells)))
        else:
            self._take_text(text, is_unread=len(filled) > 2 or _PRICE.search(_kinds(text)) is not None)

    def _take_pairs(self, cells: list[str]) -> bool:
        """Take in a row that starts with a key; False when it does not."""
        pairs = _pairs(cells)
        if any(self._is_unit_of_measure(key) for key, _ in pairs):
            return False
        for key, value in pairs:
            self._give(key, value)
        return bool(pairs)

    def _is_unit_of_measure(self, key: Field) -> bool:
        return key is Field.UNIT and Field.UNIT in self.fields and self.head is not None

    def _give(self, key: Field, value: str) -> None:
        value = value[:MAX_VALUE]
        self.open_key = None if value else key  # an empty key takes the very next line (email.md F72)
        if not value:
            return
        given = self.fields.get(key)
        if given is None or fold(given) == fold(value):
            self.fields.setdefault(key, value)
        elif key is Field.TOTAL and _basis(value) not in map(_basis, given.split("; ")):
            self.fields[key] = f"{given}; {value}"  # one with and one without VAT: they are compared when judged
        elif key not in self.conflicts:
            self.conflicts.append(key)

    def form(self) -> Form:
        """Return what was taken in."""
        self._end_block()
        lines = [taken for taken in self.taken if taken.counts]
        notes = [taken for taken in self.taken if not taken.counts]
        read = [taken.line for taken in lines if taken.line]
        unread = [taken for taken in lines if not taken.line]
        return Form(
            fields=dict(self.fields),
            lines=tuple(read),
            unread=tuple(taken.text for taken in unread),
            notes=tuple(taken.text for taken in notes[:MAX_NOTES]),
            conflicts=tuple(self.conflicts),
            places=tuple(number for number, taken in enumerate(lines, 1) if not taken.line),
            priced_notes=tuple(taken.text for taken in notes if taken.is_priced)[:MAX_NOTES],
            doubts=dict(_doubts(unread[:MOST_OFFERS], read)),
            aside=tuple(self.aside),
        )


def _of_row(row: Row, width: int) -> _Goods:
    return _Goods(row.line, row.readings, row.unknown, row.notes, is_row=True, width=width)


def _of_line(found: list[Reading]) -> _Goods:
    if len(found) == 1 and found[0].is_certain:
        return _Goods(found[0].line)
    return _Goods(readings=tuple(reading.line for reading in found))


def _has_figure(line: FormLine) -> bool:
    return is_amount(line.price) or is_amount(line.quantity)


def _kinds(text: str) -> str:
    return lex(text.replace("\t", " ")).kinds if _DIGITS.search(text) else ""


def _may_be_price(text: str) -> bool:
    """Tell whether text beside lines ends in a number that could be a price, or is one: no year, room or telephone."""
    line = lex(_SEPARATOR.sub(" ", text).strip())
    found = _LEFT_OVER.fullmatch(line.kinds)
    if found is None or is_prose(text) or _MONTHS.search(text) or _CLOSING.match(text):
        return False
    figure = line.tokens[found.start("last") if found["last"] else found.start("all")].word
    return _PLAIN_PRICE.fullmatch(figure) is not None


def _is_left_over(taken: _Taken, *, between: bool, beside: bool, in_cells: bool) -> bool:
    """Tell whether a number in a text among lines may be one of theirs: no year, room or telephone, in no sentence.

    `between`: lines stand above and below it; `beside`: a line begins or goes on right there; `in_cells`: lines are rows.
    """
    text = taken.text
    if not _DIGITS.search(text) or is_prose(text) or _MONTHS.search(text):
        return in_cells and _DIGITS.search(text) is not None and _SEPARATOR.search(text) is not None
    free = _NAMED.sub("", _kinds(text))
    if (in_cells and _SEPARATOR.search(text)) or (taken.is_priced and not _SUMS.match(text)):
        return True
    if (between and "n" in free) or (beside and not text.endswith(":") and ("n" in free or "z" in free)):
        return True
    return _may_be_price(text)


def _has_digits(text: str) -> bool:
    """Tell whether a text right above a line holds a number or a model that could belong to its name."""
    free = _NAMED.sub("", _kinds(text))
    return not is_prose(text) and not _MONTHS.search(text) and ("n" in free or "z" in free)


def _doubts(unread: Sequence[_Taken], read: Sequence[FormLine]) -> Iterator[tuple[str, Doubt]]:
    """Yield what each line that is asked back may mean, each meaning as it is to be written."""
    for taken in unread:
        meanings = [(line,) for line in taken.may_mean] or list(_discounted(taken.text, read))
        offers = {language: tuple(filter(None, (_offer(m, language) for m in meanings))) for language in LABELS}
        if meanings:
            yield taken.text, Doubt(offers, taken.may_mean[0] if taken.column else None, taken.column)


def _discounted(text: str, read: Sequence[FormLine]) -> Iterator[tuple[FormLine, ...]]:
    """Yield what a discount alone on its line may mean: it may be one on each line that was read, or on all."""
    found = re.fullmatch(r"[^\d]*(\d[\d .,]*\d|\d) ?(%|procent|kr|sek|:-)?[^\d]*", text, re.IGNORECASE)
    if found is None or "d" not in lex(text).kinds or not 0 < len(read) <= MOST_JOINED or not found[2]:
        return
    off = f"{found[1]} {'%' if found[2] in {'%', 'procent'} else 'kr'}"
    for chosen in read:
        if parse_discount(off, _whole(chosen)) is None:
            return
        yield tuple(replace(line, discount=off) if line is chosen else line for line in read)
    if off.endswith("%") and len(read) > 1:
        yield tuple(replace(line, discount=off) for line in read)


def _whole(line: FormLine) -> Money:
    price, quantity = parse_amount(line.price), parse_quantity(line.quantity)
    return price.times(quantity) if isinstance(price, Money) and not isinstance(quantity, Refusal) else Money.zero()


def _offer(lines: tuple[FormLine, ...], language: str) -> str:
    """Return lines as they are to be written, in words or else as rows; nothing where that would be read otherwise."""
    written = (("\n".join(write(line, language) for line in lines)) for write in (write_line, write_row))
    return next((text for text in written if _means(text, lines)), "")


def _means(text: str, lines: tuple[FormLine, ...]) -> bool:
    found = [_Reader()._goods(line).line for line in text.split("\n")]  # noqa: SLF001  what is offered is read as any mail
    return all(one is not None and _figures(one) == _figures(line) for one, line in zip(found, lines, strict=True))


def _figures(line: FormLine) -> tuple[str, ...]:
    unit = fold(line.unit).rstrip(".")
    return (
        line.quantity,
        line.price,
        line.discount,
        line.vat,
        fold(line.description),
        "" if unit in {"st", "pcs"} else unit,
    )


def write_line(line: FormLine, language: str) -> str:
    """Return a line in words, as a mail may hold it."""
    unit, at = {"sv": ("st", "à")}.get(language, ("pcs", "at"))
    off = f", {'rabatt' if language == 'sv' else 'discount'} {line.discount}" if line.discount else ""
    vat = f" {line.vat}" if line.vat else ""
    return f"{line.quantity} {line.unit or unit} {line.description} {at} {line.price}{vat}{off}"


def write_row(line: FormLine, language: str) -> str:
    """Return a line as a row without a head."""
    unit = line.unit or ("st" if language == "sv" else "pcs")
    return "; ".join(_SEPARATOR.sub(",", cell) for cell in (line.description, line.quantity, unit, line.price))


def _unknown_head(cells: Sequence[str], below: Sequence[str]) -> Head | None:
    """Return a head that nothing is known of: words alone, above a row of as many cells with an amount."""
    plain = all(cell and not any(letter.isdigit() for letter in cell) and len(cell) < 40 for cell in cells)
    alike = len(cells) == len(below) > 2 and any(is_amount(cell) for cell in below)
    if not (plain and alike) or _pairs(list(cells)):
        return None
    return Head((Column.UNKNOWN,) * len(cells), tuple(cells))


def _torn_head(line: str, below: str) -> Head | None:
    """Return the head that a line makes with the one below, where a mail program has cut it in two."""
    if not below or _DIGITS.search(line + below) or not _SEPARATOR.search(line) or line.endswith("|"):
        return None
    if not all(not cell or names_column(cell) for cell in _cells(line)[1]):
        return None
    whole, first = read_head(_cells(f"{line} {below}")[1]), read_head(_cells(line)[1])
    is_whole = whole is not None and Column.UNKNOWN not in whole.columns and Column.PRICE in whole.columns
    return whole if is_whole and (first is None or whole.names != first.names) else None


def _cells(line: str) -> tuple[str, list[str]]:
    separator = max(_SEPARATORS, key=line.count)
    if line.count(separator) > MAX_CELLS:
        return separator, [line]
    bare = line.strip("|") if line.startswith("|") and line.endswith("|") else line
    return separator, [cell.strip() for cell in bare.split(separator)]


def _pairs(cells: list[str]) -> list[tuple[Field, str]]:
    """Return the fields in a row such as `Enhet | Kemi`, two of them side by side, or `Totalt | | | 25 000`."""
    pairs: list[tuple[Field, list[str], str]] = []
    follows_key = False
    first = next((cell for cell in cells if cell), "")
    if len(cells) < 2 or not (_KEYS.get(fold(first.strip(_BOLD + ">:："))) or _TOTAL.match(first.strip(_BOLD))):
        return []
    for cell in cells if sum(map(names_column, cells)) < 3 else ():
        bare = fold(cell.strip(_BOLD + ">:："))
        total = _TOTAL.fullmatch(bare) if not pairs else None
        key = None if follows_key else Field.TOTAL if total else _KEYS.get(bare)
        if key is not None:
            pairs.append((key, [], (total["basis"] or "") if total else ""))
        elif pairs:
            pairs[-1][1].append(cell.strip(_BOLD))
        elif cell:
            return []
        follows_key = key is not None
    values = [(key, [cell for cell in found if cell], basis) for key, found, basis in pairs]
    return [
        (key, f"{found[-1]}{basis}" if key is Field.TOTAL else " ".join(found)) for key, found, basis in values if found
    ]


def _key_of(line: str) -> tuple[Field | None, str]:
    key, *value = _COLON.split(line, maxsplit=1)
    return (_KEYS.get(fold(key.strip(_BOLD + ">"))), value[0].strip(_BOLD)) if value else (None, "")


def _stated_total(bare: str) -> str:
    """Return the sum, with the VAT basis that it names, of a line that states nothing but the order's total."""
    text = bare.strip(_BOLD + ">").replace("*", "")
    found = _TOTAL.match(text)
    if found is None or found.end() == len(text):
        return ""
    behind = _BASIS_BEHIND.search(text[found.end() :])
    amount = _BASIS_BEHIND.sub("", text[found.end() :]).strip(_BOLD + ",(")
    basis = (found["basis"] or "").strip(" ,()") or (behind[0].strip(" ,().") if behind else "")
    if isinstance(parse_amount(amount), Refusal) or not (found["colon"] or _PRICE.search(_kinds(amount))):
        return text[found.end() :].strip(_BOLD) if found["colon"] and not basis and _DIGITS.search(amount) else ""
    return f"{amount} {basis}".strip()


_BASIS_BEHIND = re.compile(
    r"[ ,(]*(?:(?:exkl|excl|inkl|incl|ex|utan|med)[a-z]*\.? ?(?:moms|vat)|(?:moms|vat) (?:exkl|excl|inkl|incl)[a-z]*)\.?\)?$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d")


def _basis(total: str) -> str:
    found = _BASIS_BEHIND.search(total)
    return re.sub(r"[^a-z]", "", found[0])[:2] if found else ""


def write_form(form: Form, language: str) -> str:
    """Return the form as text to edit and send: what it holds, and the required keys even when empty."""
    labels = LABELS[language]
    shown = [f for f in Field if f in form.fields or f in ALWAYS_SHOWN]
    added = [(name, head) for name, head in _ADDED[language] if any(getattr(line, name) for line in form.lines)]
    names = (*_STANDARD, *(name for name, _ in added))
    rows = [f"{labels[f]}: {form.fields.get(f, '')}".rstrip() for f in shown]
    rows += ["", "; ".join((*LINE_HEADS[language], *(head for _, head in added)))]
    rows += ["; ".join(_SEPARATOR.sub(",", getattr(line, name)) for name in names) for line in form.lines]
    return "\n".join([*rows, "", *form.unread] if form.unread else rows)  # apart: a number would join the row above

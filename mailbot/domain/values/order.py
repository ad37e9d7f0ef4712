"""An order: what was asked for, in which version, and where it stands. No rule of who may change it lives here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from mailbot.domain.values.money import BadAmount, Money, parse_amount, parse_quantity
from mailbot.domain.values.vocabulary import Vocabulary

REFERENCE_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
REFERENCE_LENGTH = 12
"""Of the random references in links and subjects, in letters that are not mistaken for each other."""


class Field(StrEnum):
    """The fields of an order mail besides its lines (docs/rules/promises.md#form)."""

    UNIT = "unit"
    APPROVER = "approver"
    SUPPLIER = "supplier"
    ACCOUNTING = "accounting"
    AGREEMENT = "agreement"
    QUOTE = "quote"
    PROJECT = "project"
    REFERENCE = "reference"
    DELIVERY_ADDRESS = "delivery_address"
    GOODS_MARK = "goods_mark"
    WANTED_DATE = "wanted_date"
    QUOTE_VALID = "quote_valid"
    REASON = "reason"
    FOR_PERSON = "for_person"
    CATEGORY = "category"
    CURRENCY = "currency"
    VAT = "vat"
    TOTAL = "total"
    COUNTERVALUE = "countervalue"


class PagePart(IntEnum):
    """The parts of the form at `/`, downwards: first what is chosen from lists, last what few orders need."""

    CHOSEN = 0
    FIRST = 1
    LINES = 2
    OPEN = 3
    FOLDED = 4


@dataclass(frozen=True, kw_only=True)
class FieldTraits:
    """All that is done with a field, apart from its words.

    `judged` fields become values of the order, others stay as written. `told` is the place among the details that the
    supplier is told, 0 for none: never the reason, accounting or notes (docs/rules/promises.md#supplier). `page` is its
    part of the form at `/`, `long` gives it more room there. `agreed`: text and HTML of a mail must say the same of it.
    `shown_empty`: a form to edit has it even so. `named_in_help`: the help mail offers it. `in_signatures`: signatures
    hold its label too, so that it shows no order. `may_be_sum`: it may name an amount.
    `hurries`: a reminder comes before the day that it states.
    """

    page: PagePart = PagePart.FOLDED
    judged: bool = False
    told: int = 0
    agreed: bool = False
    shown_empty: bool = False
    named_in_help: bool = True
    long: bool = False
    in_signatures: bool = False
    may_be_sum: bool = False
    hurries: bool = False


_ALWAYS = FieldTraits(judged=True, agreed=True, shown_empty=True, named_in_help=False)
FIELDS: Mapping[Field, FieldTraits] = {
    Field.UNIT: replace(_ALWAYS, page=PagePart.CHOSEN, in_signatures=True),
    Field.APPROVER: replace(_ALWAYS, page=PagePart.CHOSEN),
    Field.SUPPLIER: replace(_ALWAYS, page=PagePart.FIRST),
    Field.VAT: FieldTraits(page=PagePart.OPEN, judged=True, agreed=True, in_signatures=True),
    Field.CURRENCY: FieldTraits(page=PagePart.OPEN, judged=True, agreed=True),
    Field.REASON: FieldTraits(page=PagePart.OPEN, named_in_help=False, long=True, may_be_sum=True),
    Field.ACCOUNTING: FieldTraits(agreed=True),
    Field.AGREEMENT: FieldTraits(told=3),
    Field.QUOTE: FieldTraits(told=2),
    Field.PROJECT: FieldTraits(),
    Field.REFERENCE: FieldTraits(told=1, in_signatures=True),
    Field.DELIVERY_ADDRESS: FieldTraits(told=4),
    Field.GOODS_MARK: FieldTraits(told=5),
    Field.WANTED_DATE: FieldTraits(told=6, hurries=True),
    Field.QUOTE_VALID: FieldTraits(hurries=True),
    Field.FOR_PERSON: FieldTraits(),
    Field.CATEGORY: FieldTraits(),
    Field.COUNTERVALUE: FieldTraits(judged=True, agreed=True, named_in_help=False, may_be_sum=True),
    Field.TOTAL: FieldTraits(judged=True, agreed=True, may_be_sum=True),
}
"""In the order of the form at `/`. A new field is a member of Field and a row here, besides its words."""

DETAILS = tuple(f for f in Field if not FIELDS[f].judged)
"""The fields that are kept as the requester wrote them."""

FOR_THE_SUPPLIER = tuple(sorted((f for f in DETAILS if FIELDS[f].told), key=lambda f: FIELDS[f].told))
"""The details that a supplier is told."""


MOST_ANSWERED = 100
"""With more lines than these a whole list is sent, never an answer about some of its lines."""


@dataclass(frozen=True)
class FormLine:
    """One order line as written, before any number is read."""

    description: str
    quantity: str
    price: str
    item_no: str = ""
    unit: str = ""
    vat: str = ""
    discount: str = ""

    def is_readable(self, words: Vocabulary) -> bool:
        """Tell whether quantity and price can be taken as they are written."""
        return not isinstance(parse_quantity(self.quantity), BadAmount) and not isinstance(
            parse_amount(self.price, words), BadAmount
        )


class FileProblem(StrEnum):
    """Why a file that was meant as the order was not read, or not without asking."""

    FORMAT = "format"
    CHARSET = "charset"
    TOO_LARGE = "too_large"
    DAMAGED = "damaged"
    PROTECTED = "protected"
    SHEETS = "sheets"
    HIDDEN = "hidden"
    FORMULAS = "formulas"


@dataclass(frozen=True)
class UnreadFile:
    """A file that was meant as the order, by its name, and why its lines do not count as they stand."""

    name: str
    why: FileProblem


APART, MORE = "apart_line", "which_lines"


@dataclass(frozen=True)
class LineOffers:
    """What a line that was asked back may mean: lines to copy in each language, one offer for each reading.

    `column` is the only column that keeps `line` from being taken: its writer may say that it is neither price nor
    quantity. `kind` APART: it stands below a signature or in a quote. MORE: it may come beside the other lines or
    replace them, and the offers are whole orders.
    """

    offers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    line: FormLine | None = None
    column: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Form:
    """What a mail's text says, sorted under its keys but not yet judged.

    `conflicts` are fields with two values, `unread` lines that could not be taken apart, `places` their numbers among
    all lines. `notes` is all other text, never shown to a supplier; `priced_notes` are those that name an amount.
    `doubts` say what an unread line may mean, by its text; `aside` are columns that their writer says mean no figure.
    `struck` was struck out. Until lines are given anew, `held` are words that make them unsure, and of `unread_files`
    nothing is ordered. `named_before` is the approver whom an answer replaced or named again.
    """

    fields: Mapping[Field, str] = field(default_factory=dict)
    lines: tuple[FormLine, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    conflicts: tuple[Field, ...] = ()
    places: tuple[int, ...] = ()
    priced_notes: tuple[str, ...] = ()
    unread_files: tuple[UnreadFile, ...] = ()
    doubts: Mapping[str, LineOffers] = field(default_factory=dict)
    aside: tuple[str, ...] = ()
    struck: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    named_before: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether the text holds nothing of an order."""
        return not (self.fields or self.lines or self.unread or self.aside or self.unread_files)

    @property
    def unread_numbers(self) -> tuple[int, ...]:
        """The number of each unread line, from 1; where nobody has said it they follow the lines that were read."""
        first = len(self.lines) + 1
        known = len(self.places) == len(self.unread)
        return self.places if known else tuple(range(first, first + len(self.unread)))

    @property
    def line_numbers(self) -> tuple[int, ...]:
        """The number of each line that was read, as its writer counts."""
        others = set(self.unread_numbers)
        return tuple(n for n in range(1, len(self.lines) + len(self.unread) + 1) if n not in others)

    def amended_by(self, later: "Form", words: Vocabulary) -> "Form":
        """Return this form with what `later` gives: a field replaces a field, any line replaces all lines.

        But an answer about lines that were asked back, which repeats no other, leaves the others as they are. Of a file
        that was not read as it stands no line stays.
        """
        if later.aside:
            return self.set_aside(later.aside).amended_by(replace(later, aside=()), words)
        given = bool(later.lines or later.unread)
        lines = later if given else self
        by_line = lines is later and later.is_short and not self.unread_files and self.choice is None
        asked_back = self._asked_back(words) if by_line else []
        if asked_back and not self._repeated_in(later, asked_back):
            lines = self._answered_by(later, asked_back)
        chosen = self.fields.get(Field.APPROVER, "")
        return Form(
            fields={**self.fields, **later.fields},
            lines=lines.lines,
            unread=lines.unread,
            notes=self.notes + tuple(n for n in later.notes if n not in self.notes),
            conflicts=tuple(c for c in self.conflicts if c not in later.fields) + later.conflicts,
            places=lines.places,
            priced_notes=later.priced_notes if lines is later else self.priced_notes + later.priced_notes,
            unread_files=tuple(dict.fromkeys((() if given else self.unread_files) + later.unread_files)),
            doubts={text: doubt for text, doubt in {**self.doubts, **later.doubts}.items() if text in lines.unread},
            struck=later.struck if lines is later else tuple(dict.fromkeys(self.struck + later.struck)),
            held=later.held if given else self.held,
            named_before=chosen if Field.APPROVER in later.fields else self.named_before,
        )

    def added_by(self, later: "Form") -> "Form":
        """Return this form with what `later` gives, its lines behind the own ones."""
        return self._with_lines([*self.written.values(), *later.written.values()], later)

    def changed_by(self, later: "Form") -> "Form":
        """Return this form with the lines of `later` for those of their names, or without what it only repeats."""
        rest = [line for line in self.written.values() if line not in later.lines]
        if len(rest) + len(later.written) == len(self.written):
            return self._with_lines(rest, later)
        given = {_plain(line.description): line for line in later.lines}
        kept = [x if isinstance(x, str) else given.pop(_plain(x.description), x) for x in self.written.values()]
        return self._with_lines([*kept, *given.values(), *later.unread], later)

    def _with_lines(self, lines: list[FormLine | str], later: "Form") -> "Form":
        """Return this form with what `later` gives beside lines, and these lines."""
        kept = self.amended_by(later.without_lines, Vocabulary())  # without lines there is nothing to read
        whole, doubts = _form_of(lines), {**self.doubts, **later.doubts}
        return replace(kept, lines=whole.lines, unread=whole.unread, places=whole.places, doubts=doubts)

    @property
    def without_lines(self) -> "Form":
        """What is given beside lines."""
        return replace(self, lines=(), unread=(), places=(), held=())

    def loses_to(self, later: "Form", words: Vocabulary) -> bool:
        """Tell whether lines of this form are not among those of `later`, which does not only answer what was asked."""
        given = {_plain(line.description) for line in later.lines}
        lost = bool(self.unread) or any(_plain(line.description) not in given for line in self.lines)
        asked = [_words(self.written[n]) for n in self._asked_back(words)] if self.choice is None else []
        is_asked = (any(_shares(text, _words(line)) for text in asked) for line in later.written.values())
        return lost and not self.unread_files and not all(is_asked)

    @property
    def with_notes_asked(self) -> "Form":
        """This form with its notes that name an amount as lines to ask about, where there are no others."""
        if self.lines or self.unread:
            return self
        kept = tuple(note for note in self.notes if note not in self.priced_notes)
        return replace(self, notes=kept, priced_notes=(), unread=self.priced_notes)

    @property
    def words(self) -> str:
        """All that it says beside fields and lines, also what is asked about."""
        return "\n".join((*self.notes, *self.unread))

    @property
    def choice(self) -> LineOffers | None:
        """The doubt whether lines come beside the others, None where there is none."""
        return next((doubt for doubt in self.doubts.values() if doubt.kind == MORE), None)

    def set_aside(self, columns: tuple[str, ...]) -> "Form":
        """Return this form with the lines that these columns alone kept from being taken."""
        known = {_plain(name) for said in columns for name in said.split(", ")}
        left: list[FormLine | str] = []
        for line in self.written.values():
            doubt = self.doubts.get(line) if isinstance(line, str) else None
            is_known = doubt is not None and {_plain(name) for name in doubt.column.split(", ")} <= known
            left.append(doubt.line if doubt and doubt.line and is_known else line)
        found = _form_of(left)
        return replace(self, lines=found.lines, unread=found.unread, places=found.places)

    @property
    def is_short(self) -> bool:
        """Tell whether there are no more lines than a person answers by themselves with."""
        return len(self.lines) + len(self.unread) <= MOST_ANSWERED

    @property
    def written(self) -> dict[int, FormLine | str]:
        """All lines by their numbers, in their order: those that were read, and the texts of the others."""
        read = zip(self.line_numbers, self.lines, strict=True)
        return dict(sorted([*read, *zip(self.unread_numbers, self.unread, strict=True)], key=lambda pair: pair[0]))

    def _asked_back(self, words: Vocabulary) -> list[int]:
        """Return the numbers of the lines that cannot be ordered as they stand."""
        return [n for n, line in self.written.items() if isinstance(line, str) or not line.is_readable(words)]

    def _repeated_in(self, later: "Form", asked_back: list[int]) -> bool:
        """Tell whether an answer gives a line that nobody asked about, which was read already."""
        asked = [_words(self.written[n]) for n in asked_back]
        said = [(line, _words(line)) for line in later.lines]
        others = [line for line, given in said if not any(_shares(words, given) for words in asked)]
        known = {_plain(line.description) for line in others}
        kept = (x for n, x in zip(self.line_numbers, self.lines, strict=True) if n not in asked_back)
        return any(_plain(line.description) in known for line in kept)

    def _answered_by(self, later: "Form", asked_back: list[int]) -> "Form":
        """Return this form with the lines of `later` for those asked back: one for one in their places.

        In other numbers they follow the kept lines; of fewer, what shares less than half of its words with any is asked
        back again.
        """
        written, answers = self.written, list(later.written.values())
        if len(answers) == len(asked_back):
            return _form_of(list((written | dict(zip(asked_back, answers, strict=True))).values()))
        said = [_words(answer) for answer in answers]
        fewer = len(answers) < len(asked_back)
        open_yet = {n for n in asked_back if fewer and not any(_shares(_words(written[n]), words) for words in said)}
        return _form_of([x for n, x in written.items() if n not in asked_back or n in open_yet] + answers)


def _form_of(written: list[FormLine | str]) -> Form:
    return Form(
        lines=tuple(line for line in written if isinstance(line, FormLine)),
        unread=tuple(line for line in written if isinstance(line, str)),
        places=tuple(number for number, line in enumerate(written, 1) if isinstance(line, str)),
    )


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _words(line: FormLine | str) -> set[str]:
    text = line if isinstance(line, str) else f"{line.quantity} {line.unit} {line.description} {line.price}"
    return set(re.findall(r"\w+", text.lower()))


def _shares(words: set[str], others: set[str]) -> bool:
    return 2 * len(words & others) >= len(words)


@dataclass(frozen=True)
class Line:
    """One line of an order; `price` is per unit, in the order's currency and VAT basis.

    `discount` is what the whole line costs less, `vat_rate` its own rate in per cent, None for the order's.
    """

    description: str
    quantity: Decimal
    price: Money
    item_no: str = ""
    unit: str = ""
    discount: Money | None = None
    vat_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """Quantity times price, rounded half up to öre (docs/rules/promises.md#amounts), less the discount."""
        whole = self.price.times(self.quantity)
        return whole - self.discount if self.discount else whole


@dataclass(frozen=True)
class Vat:
    """How an order's prices stand to VAT: `rate` is in per cent; absent means excluding, 25 %."""

    included: bool = False
    rate: Decimal = Decimal(25)

    def in_basis(self, amount: Money, *, included: bool, wanted: bool, rate: Decimal | None = None) -> Money:
        """Return an amount with or without VAT, rounded half up to öre, by this rate or another one."""
        factor = 1 + (self.rate if rate is None else rate) / 100
        if included == wanted:
            return amount
        return amount.times(factor) if wanted else amount.divided_by(factor)


@dataclass(frozen=True)
class Content:
    """What is ordered: complete and readable, in one currency and one VAT basis.

    `supplier` is the name as written, `supplier_id` its row in the register or None. `concerns` is the registered
    person whom the purchase is for. `countervalue` is what a foreign order is worth in kronor, in its own VAT basis.
    `priced_notes` name an amount: perhaps lines that are not ordered. `struck` is shown to people and ordered by
    nobody.
    """

    unit: str
    approver: int
    supplier: str
    supplier_id: int | None
    lines: tuple[Line, ...]
    currency: str
    vat: Vat
    stated_total: Money | None
    details: Mapping[Field, str]
    notes: tuple[str, ...] = ()
    concerns: int | None = None
    countervalue: Money | None = None
    priced_notes: tuple[str, ...] = ()
    struck: tuple[str, ...] = ()

    @property
    def line_sum(self) -> Money:
        """Sum of the lines, in the order's own VAT basis."""
        return sum((line.total for line in self.lines), Money.zero(self.currency))

    @property
    def total(self) -> Money:
        """The higher of stated total and line sum: it decides every limit (docs/rules/promises.md#higher)."""
        return max(self.line_sum, self.stated_total or self.line_sum)

    @property
    def sums_differ(self) -> bool:
        """Tell whether stated total and line sum are more than 1 kr apart."""
        stated = self.stated_total or self.line_sum
        return abs(stated.amount - self.line_sum.amount) > 1

    def total_in(self, *, includes_vat: bool) -> Money:
        """Return the total with or without VAT, rounded half up to öre."""
        return self.in_basis(self.total, includes_vat=includes_vat)

    def countervalue_in(self, *, includes_vat: bool) -> Money | None:
        """Return the stated countervalue with or without VAT, rounded half up to öre."""
        stated = self.countervalue
        return None if stated is None else self.in_basis(stated, includes_vat=includes_vat)

    @property
    def has_one_rate(self) -> bool:
        """Tell whether all lines have the order's VAT rate."""
        return all(line.vat_rate is None for line in self.lines)

    def in_basis(self, amount: Money, *, includes_vat: bool) -> Money:
        """Return the amount in a basis: each line counts by its own rate, a sum above theirs by the worst one."""
        own = self.vat.included
        if self.has_one_rate or includes_vat == own:
            return self.vat.in_basis(amount, included=own, wanted=includes_vat)
        rates = [self.vat.rate if line.vat_rate is None else line.vat_rate for line in self.lines]
        worst = self.vat.in_basis(amount, included=own, wanted=includes_vat, rate=(max if includes_vat else min)(rates))
        if amount.currency != self.currency:
            return worst
        pairs = zip(self.lines, rates, strict=True)
        parts = (self.vat.in_basis(x.total, included=own, wanted=includes_vat, rate=rate) for x, rate in pairs)
        by_lines = sum(parts, Money.zero(self.currency))
        return by_lines if amount <= self.line_sum else max(by_lines, worst)


@dataclass(frozen=True)
class AttachedFile:
    """A file that came with a mail about an order: a clean name, the type its content shows, its size in bytes."""

    mail: int
    number: int
    name: str
    media_type: str
    size: int
    sha256: str


class Status(StrEnum):
    """Where an order stands (docs/rules/promises.md#states)."""

    PENDING = "pending"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    LEAVING = "leaving"
    SENT = "sent"
    WITH_PURCHASING = "with_purchasing"
    WITH_FINANCE = "with_finance"


class Destination(StrEnum):
    """Where an approved order goes."""

    SUPPLIER = "supplier"
    PURCHASING = "purchasing"
    FINANCE = "finance"


ARRIVED = {
    Destination.SUPPLIER: Status.SENT,
    Destination.PURCHASING: Status.WITH_PURCHASING,
    Destination.FINANCE: Status.WITH_FINANCE,
}
"""The status of an order that has arrived there."""
GONE = frozenset({Status.LEAVING, *ARRIVED.values()})
"""The statuses of an order that its requester and decider can no longer stop."""


class RouteReason(StrEnum):
    """Why an order goes to purchasing instead of the supplier."""

    COMMENT = "comment"
    OVER_LIMIT = "over_limit"
    FOREIGN_CURRENCY = "foreign_currency"
    UNKNOWN_SUPPLIER = "unknown_supplier"
    INTEREST = "interest"
    SPECIAL = "special"
    NOT_DELIVERED = "not_delivered"


@dataclass(frozen=True)
class Route:
    """Where an order goes when approved, and every reason for it to pass purchasing."""

    destination: Destination
    reasons: tuple[RouteReason, ...] = ()


@dataclass(frozen=True)
class Decision:
    """One person's yes or no in one step of one order; `at` is UTC."""

    step: int
    person: int
    approved: bool
    comment: str
    at: datetime


@dataclass(frozen=True)
class Order:
    """One order as it stands. `id` is 0 until it is stored; all times are UTC.

    `step` counts the times it has been open for a decision. `asked_at` is when the step's request was committed,
    `leaves_at` when the undo window closes, `left_at` when what follows from the decision was claimed for sending.
    `handed_to` decides instead of the chosen approver; `recused` have said that they have an interest in it.
    """

    id: int
    number: str
    reference: str
    requester: int
    content: Content
    form: Form
    status: Status
    version: int
    step: int
    created_at: datetime
    asked_at: datetime
    reminders: int = 0
    remind_at: datetime | None = None
    decision: Decision | None = None
    route: Route | None = None
    leaves_at: datetime | None = None
    left_at: datetime | None = None
    previous: Content | None = None
    sender_proof: str = ""
    handed_to: int | None = None
    recused: frozenset[int] = frozenset()

    @property
    def open(self) -> bool:
        """Whether its requester may still change or withdraw it (docs/rules/promises.md#correction)."""
        return self.status in {Status.PENDING, Status.REJECTED, Status.APPROVED}

    @property
    def has_left(self) -> bool:
        """Whether the consequences of its decision have been claimed for sending; those of a rejection too."""
        return self.left_at is not None

    @property
    def approver(self) -> int:
        """Who is asked to decide first: the chosen approver, or whom an approver asked instead."""
        return self.content.approver if self.handed_to is None else self.handed_to


CORRECTABLE = (
    *("unit", "approver", "supplier", "lines", "currency", "vat"),
    *("stated_total", "countervalue", "details", "notes"),
)
"""What a correction may change of an order, by the names of Content's fields; each is named to its readers."""


def changed_fields(before: Content, after: Content) -> tuple[str, ...]:
    """Return the names of Content's fields in which two versions differ."""
    return tuple(n for n in CORRECTABLE if getattr(before, n) != getattr(after, n))

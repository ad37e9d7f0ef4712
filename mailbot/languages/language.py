"""What a language has: its words by topic, and how it writes figures. The readers make patterns of it.

Words stand between spaces, commas or bars, as a docstring says, in small letters; `*` stands for the rest of a word.
What stands between bars may be a list in a language's file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mailbot.domain.people.scheme import SchemeKey
from mailbot.domain.values.order import Field


class Column(StrEnum):
    """What the cells of a column say of a line. NOTED ones are shown to people; nothing is ordered by them."""

    ITEM_NO = "item_no"
    DESCRIPTION = "description"
    QUANTITY = "quantity"
    UNIT = "unit"
    PRICE = "price"
    SUM = "sum"
    VAT = "vat"
    DISCOUNT = "discount"
    CURRENCY = "currency"
    POSITION = "position"
    NOTED = "noted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Formats:
    """How figures, times and kronor are written; `moment` is a pattern of CLDR."""

    moment: str = "d MMM y, HH:mm"
    krona: str = "SEK"
    decimal: str = "."
    is_currency_first: bool = True


@dataclass(frozen=True, kw_only=True)
class AmountWords:
    """Words about money. `currencies`, `multiples` and `currency_names` map small letters to what they mean.

    `currency_names` are names that the field for the currency may hold. Of VAT, between spaces: `included`, `excluded`
    and `tax`; `with_vat` and `without_vat` are how one says it.
    """

    currencies: Mapping[str, str] = field(default_factory=dict)
    multiples: Mapping[str, int] = field(default_factory=dict)
    currency_names: Mapping[str, str] = field(default_factory=dict)
    included: str = ""
    excluded: str = ""
    tax: str = ""
    with_vat: str = ""
    without_vat: str = ""

    @property
    def sides(self) -> tuple[str, str]:
        """The shortest words that say that VAT is not in an amount, and that it is."""
        return self.excluded.split()[0], self.included.split()[0]


@dataclass(frozen=True, kw_only=True)
class LineWords:
    """Words of a line of goods, between spaces; `mailbot/mail/reading/lexer.py` says what each kind is."""

    pieces: str = ""
    packs: str = ""  # counted too, but not one piece each
    piece: str = ""  # what only a price is per: unit
    endings: str = ""  # by which the forms of one noun differ: rulle, rullar
    each: str = ""
    each_behind_amount: str = ""  # those of `each` that mean it only there
    hours: str = ""
    months: str = ""
    at: str = ""
    weak_at: str = ""
    per: str = ""
    price: str = ""
    money: str = ""  # names of currencies that mark an amount
    quantity: str = ""
    numbers: str = ""  # one to ten, between bars
    many: str = ""
    credit: str = ""
    credit_stems: str = ""
    credit_goods: str = ""  # what begins so, or with `discount`, and is none
    doubt: str = ""  # perhaps nothing is ordered: not, maybe, already
    join: str = ""
    term: str = ""
    percent: str = ""
    discount: str = ""  # also as a part of a word
    discounted: str = ""  # what stands behind one, before that which it is on
    total: str = ""
    vague: str = ""
    purpose: str = ""  # for
    unsure: str = ""  # what in a remark behind the price may cancel the line, or make it vague
    naming: str = ""
    measure: str = ""
    measure_behind_number: str = ""  # those of `naming` that measure there
    measure_of_packs: str = ""  # behind a count they measure
    prose: str = ""  # words of sentences that the names of goods have not
    articles: str = ""  # heads of columns that hold an article's number where another one describes it


@dataclass(frozen=True, kw_only=True)
class TextWords:
    """Words of the text around lines, between commas."""

    closing: str = ""
    greeting: str = ""
    phone: str = ""  # what stands before a telephone number
    opening: str = ""  # what may stand before the count of a line
    asking: str = ""  # single words in prose behind which stands what is wanted
    seller: str = ""  # behind which stands who sells it
    costing: str = ""  # what may stand between goods and their price
    open_end: str = ""  # how a line ends that goes on
    adding: str = ""  # what an addition begins with
    adding_alone: str = ""  # those of `adding` behind which anything is one
    more: str = ""  # what says, near a count, that it is wanted besides
    holding: str = ""  # a pattern of what holds goods back, or multiplies them
    holding_head: str = ""  # a pattern of what says so, or that they are a choice, in a heading
    of_prices: str = ""  # what may stand beside a currency or VAT in a sentence about all prices
    times: str = ""  # counted, but no goods: days, persons
    forms_of_order: str = ""  # how the name of a file begins that is an order
    orders: str = ""  # how it begins in other forms, with any ending
    other_papers: str = ""  # a pattern of what stands in the names of other papers
    not_a_column: tuple[str, str] = ("", "")  # the answer about a column, before and behind its name
    stems: str = ""  # pieces of words that only the right charset shows
    alone: str = ""  # letters that are words


@dataclass(frozen=True, kw_only=True)
class SumWords:
    """Words for sums, between commas."""

    total: str = ""
    to_pay: str = ""  # what may follow them
    sums: str = ""  # how a text begins that states the sum of something
    whole: str = ""  # what speaks of the whole, also at the end of a word
    whole_alone: str = ""  # the same, only as words
    around_whole: str = ""  # words beside it that change nothing
    of_which: str = ""
    tax: str = ""
    subtotal: str = ""
    abbreviations: str = ""  # with their stop: no sentence ends there


@dataclass(frozen=True, kw_only=True)
class OrderWords:
    """The form of an order: its `labels`, other names for them, the heads of its table, and a line in words."""

    labels: Mapping[Field, str] = field(default_factory=dict)
    other_labels: Mapping[str, Field] = field(default_factory=dict)
    heads: tuple[str, ...] = ()
    added_heads: tuple[str, ...] = ()
    sum_head: str = ""
    unit: str = ""
    at: str = ""
    discount: str = ""
    subject: str = ""


@dataclass(frozen=True, kw_only=True)
class CommandWords:
    """What somebody asks for by a subject, and decides by the first line of a reply, between commas."""

    list_orders: str = ""
    help: str = ""
    approve: str = ""
    reject: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerWords:
    """What people write in answers, between commas."""

    yes: str = ""
    no: str = ""
    thanks: str = ""
    greeting: str = ""
    closing: str = ""
    filler: str = ""
    adding: str = ""  # what says, before or behind the name of an article, that it comes beside others
    anew: str = ""  # what says of lines that they are all there is
    reacted: str = ""  # how a mail ends that a program writes for somebody who pressed a reaction
    asks: str = ""  # what begins a question, with or without its mark


@dataclass(frozen=True, kw_only=True)
class AbsenceWords:
    """Words of an absence, between commas; `from_and_with` and `up_to_and_with` are patterns."""

    i_am: str = ""
    before_away: str = ""
    away: str = ""
    leave: str = ""
    heads: str = ""  # what may stand before the command
    absence: str = ""  # the command before its first day
    subjects: str = ""  # subjects that say no more than that
    back: str = ""
    substitute: str = ""
    begins: str = ""
    before_day: str = ""
    since: str = ""
    until: str = ""
    fillers: str = ""
    out_of: str = ""
    my: str = ""
    work: str = ""
    from_and_with: str = ""
    up_to_and_with: str = ""


@dataclass(frozen=True, kw_only=True)
class SchemeWords:
    """The form that says who may approve; words of its values stand between commas. `oneself` and `unstated`
    are of orders too."""

    title: str = ""
    other_titles: tuple[str, ...] = ()
    labels: Mapping[SchemeKey, str] = field(default_factory=dict)
    other_labels: Mapping[str, SchemeKey] = field(default_factory=dict)
    now: str = ""
    none: str = ""
    yes: str = ""
    no: str = ""
    oneself: str = ""
    unstated: str = ""


@dataclass(frozen=True, kw_only=True)
class QuotingWords:
    """How programs say that another mail begins, between commas; `original` and `forwarded` are two words each."""

    sender: str = ""
    date: str = ""
    to: str = ""
    copy: str = ""
    subject: str = ""
    other: str = ""
    original: tuple[str, str] = ("", "")
    forwarded: tuple[str, str] = ("", "")
    begins: str = ""
    wrote: str = ""
    beside: str = ""  # small words beside the verb, the date and a name
    dated: str = ""  # what stands before a date
    answered: str = ""  # what stands before the subject of an answer
    days: str = ""
    months: str = ""


@dataclass(frozen=True, kw_only=True)
class ProgramWords:
    """What programs write on mail: phones, gateways, legal departments. Patterns, whose spaces are plain."""

    sent: str = ""
    sent_by: str = ""
    sent_what: str = ""
    get: str = ""
    get_for: str = ""
    mail: str = ""
    outside: str = ""
    external: str = ""
    this: str = ""
    warning: str = ""
    was: str = ""
    legal: str = ""  # what follows `this mail` in the words of legal departments
    tags: str = ""
    tagged_mail: str = ""
    phrases: tuple[tuple[str, ...], ...] = ()  # how a phrase begins, and what else it holds


@dataclass(frozen=True, kw_only=True)
class AutomaticWords:
    """What programs write in mail of their own. Patterns, whose spaces are escaped."""

    away: str = ""
    until: str = ""
    was_read: str = ""
    receipt: str = ""
    complaint: str = ""
    threat: str = ""
    dealt_with: str = ""
    recall: str = ""
    quarantine: str = ""
    quarantine_report: str = ""
    failure: str = ""
    later: str = ""
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReadOnly:
    """A language that is not offered, but in which people answer and programs write."""

    answers: AnswerWords = AnswerWords()
    quoting: QuotingWords = QuotingWords()
    programs: ProgramWords = ProgramWords()
    automatic: AutomaticWords = AutomaticWords()


@dataclass(frozen=True, kw_only=True)
class Language(ReadOnly):
    """A language that is read and offered: `code` as in CLDR, `name` as its speakers write it.

    `letters` are those beside a to z, `months` twelve between bars with their short forms. `catalogues` is the folder
    of its catalogue, None for mailbot/locale.
    """

    code: str
    name: str
    letters: str = ""
    months: str = ""
    catalogues: Path | None = None
    formats: Formats = Formats()
    amounts: AmountWords = AmountWords()
    lines: LineWords = LineWords()
    columns: Mapping[Column, str] = field(default_factory=dict)
    text: TextWords = TextWords()
    sums: SumWords = SumWords()
    order: OrderWords = OrderWords()
    commands: CommandWords = CommandWords()
    absence: AbsenceWords = AbsenceWords()
    scheme: SchemeWords = SchemeWords()

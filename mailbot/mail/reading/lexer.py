"""A line of a requester's own words as tokens: figures, and the marks beside them that say what a figure is.

A token's kind is one letter, so that the shape of a whole line is a short text, which patterns of kinds (`shape`) are
held against. Nothing is judged here, and nothing is read twice: a line takes time in proportion to its length. The
words are data: a new one is one entry.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

from mailbot.domain.values.money import CURRENCIES, SIGNS
from mailbot.languages import LINE_WORDS, SPOKEN, VOCABULARY, alternatives, words


class Kind(StrEnum):
    """What a token says; the letter stands for it in a line's shape, and patterns of shapes give its name."""

    NUMBER = "n"
    CURRENCY = "c"
    AT = "a"  # à, @: the price of one follows
    WEAK_AT = "o"  # a, at: the same, but only before an amount
    PER = "p"  # /st, per st, each: the price beside it is that of one
    COUNT = "u"  # st: what things are counted in
    SALE = "m"  # h, m: what some things are sold by, and others measured in
    MEASURE = "t"  # tum, GB: what only measures
    TIMES = "x"
    LABEL = "q"  # antal
    WRITTEN = "k"  # a number in words, where a line begins with it
    SIGN = "s"
    CREDIT = "r"  # minus, retur: nothing is ordered by such a line
    DOUBT = "N"  # ej, kanske: perhaps nothing is
    MANY = "Q"  # hundra, dussin: it changes the number before it
    JOIN = "J"  # och, eller: what stands behind it may be counted too
    TERM = "Y"  # årligen: the price is paid more than once
    PERCENT = "y"
    DISCOUNT = "d"
    VAT = "v"  # exkl. 25 % moms
    EQUALS = "e"
    TOTAL = "T"
    VAGUE = "g"  # ca, max: before an amount it is no price
    FOR = "f"
    NAMING = "b"  # rum, tel: the number behind it is a name
    DASH = "h"
    STOP = "S"
    OPEN = "O"
    CLOSE = "C"
    ODD = "z"  # letters and figures in one: XPS13
    WORD = "w"
    BASIS = "i"  # exkl, as this one and the next three are before what stands beside them settles it
    TAX = "j"  # moms
    PER_WORD = "P"  # per
    PRICE_WORD = "R"  # pris


# Words are a language's. What stands here is none's: signs, codes of currencies, symbols of units.
_COUNTED = (*words(LINE_WORDS.pieces), *words(LINE_WORDS.packs))
SOLD_BY = ("h", "m", "kg", *words(LINE_WORDS.hours), *words(LINE_WORDS.months))
_EACH = words(LINE_WORDS.each)
_PIECE = words(LINE_WORDS.piece)
ONE_PIECE = {"", *words(LINE_WORDS.pieces), *_PIECE, *_EACH}
ONE_HOUR = {"h", *words(LINE_WORDS.hours)}
NUMBERS = {
    word: str(number)
    for language in SPOKEN
    for number, names in enumerate(language.lines.numbers.split("|"), 1)
    for word in names.split()
}
_CODES = (*map(str.lower, CURRENCIES), *filter(str.isalpha, SIGNS))
_CURRENCY_SIGNS = [sign for sign in SIGNS if not sign.isalpha()]
_CURRENCIES = (*_CODES, *_CURRENCY_SIGNS, *words(LINE_WORDS.money))
_AT = ("@", *words(LINE_WORDS.at))
_DISCOUNTS = words(LINE_WORDS.discount)
_MEASURES = "gb tb kb mb hz khz mhz ghz cm mm km m2 w kw wh mah ah v l cl ml g"
_KINDS: dict[Kind, Sequence[str]] = {
    Kind.CURRENCY: (*_CURRENCIES, ":-"),
    Kind.COUNT: _COUNTED,
    Kind.SALE: SOLD_BY,
    Kind.PER: _EACH,
    Kind.AT: _AT,
    Kind.WEAK_AT: words(LINE_WORDS.weak_at),
    Kind.TIMES: ("x", "×", "*"),
    Kind.LABEL: words(LINE_WORDS.quantity),
    Kind.CREDIT: words(LINE_WORDS.credit),
    Kind.DOUBT: words(LINE_WORDS.doubt),
    Kind.MANY: words(LINE_WORDS.many),
    Kind.JOIN: words(LINE_WORDS.join),
    Kind.TERM: words(LINE_WORDS.term),
    Kind.PERCENT: ("%", *words(LINE_WORDS.percent)),
    Kind.DISCOUNT: _DISCOUNTS,
    Kind.PER_WORD: ("/", *words(LINE_WORDS.per)),
    Kind.PRICE_WORD: words(LINE_WORDS.price),
    Kind.EQUALS: ("=",),
    Kind.TOTAL: words(LINE_WORDS.total),
    Kind.VAGUE: words(LINE_WORDS.vague),
    Kind.FOR: words(LINE_WORDS.purpose),
    Kind.NAMING: words(LINE_WORDS.naming),
    Kind.MEASURE: (*_MEASURES.split(), *words(LINE_WORDS.measure)),
    Kind.BASIS: tuple(VOCABULARY.sides),
    Kind.TAX: tuple(VOCABULARY.tax),
}
_WORDS = {word: kind for kind, found in reversed(_KINDS.items()) for word in found}
_DASHES = {"-", "–", "—"}
_PUNCTUATION_DASHES = (letter for letter in map(chr, range(0x3100)) if unicodedata.category(letter) == "Pd")
_SIGNS = "−➖±+˗⁃∸﹘﹣－⁻₋" + "".join(_PUNCTUATION_DASHES)
_CREDITS, _GOODS = words(LINE_WORDS.credit_stems), re.compile(alternatives(words(LINE_WORDS.credit_goods)))
_EACH_BEHIND_AMOUNT = set(words(LINE_WORDS.each_behind_amount))
_MEASURE_BEHIND_NUMBER = set(words(LINE_WORDS.measure_behind_number))
_MEASURE_OF_PACKS = set(words(LINE_WORDS.measure_of_packs))
_SIGN = re.escape(_SIGNS)
_CURRENCY, _COUNT, _SALE, _ONE = map(alternatives, (_CURRENCIES, _COUNTED, SOLD_BY, (*_COUNTED, *SOLD_BY, *_PIECE)))
_CODE, _MONEY_SIGN = alternatives(_CODES), "".join(_CURRENCY_SIGNS)
_AT_SIGN = "".join(word for word in _AT if len(word) == 1)
_OPEN, _CLOSE = "([{\"“”'«*_", ")]}”»*_.,;:!?"
_FIGURE = re.compile(
    rf"""(?P<times2>(?-i:[x×*])(?=\d{{1,3}}(?!\d)))? (?P<at>[{_AT_SIGN}](?=[\d{_SIGN}{_MONEY_SIGN}]))?
    (?P<sign>[{_SIGN}])?
    (?P<currency>(?:{_CODE})(?=[\d{_SIGN}])|[{_MONEY_SIGN}])? (?P<sign2>[{_SIGN}])?
    (?P<number>\d(?:[\d.,:]*\d)?) (?P<currency2>[:,][-–—])? (?P<currency3>{_CURRENCY})?
    (?:/(?P<per>(?(currency3)[^\W\d_]+|(?:{_ONE})))\.?|(?P<count>{_COUNT})|(?P<sale>{_SALE})|(?P<times>[x×*])
    |(?P<percent>%))?""",
    re.VERBOSE | re.IGNORECASE,
)
"""One figure with all that may stand right at it: `-€1.500,00/st`."""
_MONEY = re.compile(
    rf"(?:(?P<sign>[{_SIGN}])?(?P<currency>{_CURRENCY})(?:/(?P<per>[^\W\d_]+)|(?P<per_word>/))?|/(?P<per2>{_ONE}))",
    re.IGNORECASE,
)
_MARKS = {**dict.fromkeys("([{", Kind.OPEN), **dict.fromkeys(")]}", Kind.CLOSE), **dict.fromkeys(",;:.", Kind.STOP)}
_DIGIT = re.compile(r"\d")
_NO_FIGURE = re.compile(r"://|^20\d\d-\d\d-\d\d$")
_NUMBERS_APART = 2 * Kind.NUMBER
_ONE_THOUSAND = re.compile(r"1 \d{3}[.,]\d\d")
"""No name ends in a 1 right before an amount with öre."""
_THOUSANDS, _GROUP = re.compile(r"[1-9]\d{0,2}(?: \d{3})*"), re.compile(r"\d{3}(?:[.,:]\d+)?")


def shape(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of kinds, each by its name, spaces left out: `NUMBER CURRENCY?`."""
    letters = re.sub(r"[A-Z_]{2,}", lambda name: Kind[name[0]], pattern)
    return re.compile("".join(letters.split()))


_RATE = "NUMBER PERCENT"
_PHRASES = (
    (shape("PRICE_WORD (?:PER_WORD COUNT | PER)"), Kind.AT),
    (shape("PER_WORD [COUNT SALE WORD NAMING MEASURE TERM]"), Kind.PER),
    (shape("(?<=NUMBER) CURRENCY CURRENCY"), Kind.CURRENCY),
    (shape("(?:(?<=CURRENCY) | (?<=[^NUMBER] CURRENCY NUMBER)) COUNT"), Kind.PER),
    (shape("[AT WEAK_AT] PRICE_WORD STOP?"), Kind.AT),
    (
        shape(
            f"""BASIS STOP? (?:{_RATE} STOP?)? TAX (?:STOP? {_RATE})? | TAX STOP? OPEN? BASIS (?:STOP? {_RATE})? CLOSE?
            | TAX STOP? {_RATE} | {_RATE} STOP? TAX | TAX"""
        ),
        Kind.VAT,
    ),
)
"""Runs of tokens that are one: `per st`, `kr st`; `à pris:`; `exkl. 25 % moms`."""
_AMOUNTS = {Kind.NUMBER, Kind.CURRENCY}
_UNSETTLED = {Kind.CURRENCY, Kind.WEAK_AT, Kind.NAMING, Kind.COUNT, Kind.PER, Kind.VAGUE, Kind.BASIS} | {
    *(Kind.PER_WORD, Kind.PRICE_WORD),
}


class Token(NamedTuple):
    """One token: its kind, where it stands in the line, and what it says in lower case, a figure with its spaces."""

    kind: str
    start: int
    end: int
    word: str


_NOTHING = Token("", 0, 0, "")


@dataclass(frozen=True)
class Lexed:
    """A line and its tokens."""

    text: str
    tokens: Sequence[Token]

    @cached_property
    def kinds(self) -> str:
        """Its shape, one letter for each token."""
        return _kinds(self.tokens)

    def written(self, start: int, end: int) -> str:
        """Return the text from one token up to another, by their numbers, as it stands in the line."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end] if start < end else ""


def _kinds(tokens: Sequence[Token]) -> str:
    return "".join([token.kind for token in tokens])


@lru_cache(maxsize=512)  # several questions are asked of one line
def lex(text: str) -> Lexed:
    """Return a line's tokens, figures grouped to the longest lawful number; spaces in it are plain and single."""
    tokens: list[Token] = []
    place = 0
    for chunk in text.replace("\t", " ").split(" "):
        tokens += [Token(kind, place + start, place + end, word) for kind, start, end, word in _pieces(chunk)]
        place += len(chunk) + 1
    _group(tokens)
    _settle(tokens)
    return Lexed(text, tokens)


@lru_cache(maxsize=32_768)  # asked again when the whole text is looked through
def kinds_of(text: str) -> str:
    """Return the shape of a text that may hold tabs, "" for one without a digit: of such a text nobody asks it."""
    return lex(text).kinds if _DIGIT.search(text) else ""


def variants(line: Lexed) -> Iterator[Lexed]:
    """Yield the line with its longest figures, then with shorter ones where those are lawful too.

    `iPhone 15 900 kr` may end in 15 900 or in 900: no mark stands before the figure, a word does. `à 12 400 kr` has one
    meaning, and `à 2 100 st` two, since what is split off has a mark of its own.
    """
    yield line
    for place, (kind, start, end, word) in enumerate(line.tokens):
        if kind != Kind.NUMBER or " " not in word or not _may_be_cut(line, place):
            continue
        for space in range(len(word)):
            if word[space] == " " and word[space + 1] != "0":
                first = Token(kind, start, start + space, word[:space])
                second = Token(kind, start + space + 1, end, word[space + 1 :])
                yield Lexed(line.text, (*line.tokens[:place], first, second, *line.tokens[place + 1 :]))


def _may_be_cut(line: Lexed, place: int) -> bool:
    before = line.kinds[place - 1] if place else Kind.STOP
    after = line.kinds[place + 1] if place + 1 < len(line.kinds) else Kind.STOP
    if before == Kind.WORD and _ONE_THOUSAND.fullmatch(line.tokens[place].word):
        return False
    if before in {Kind.AT, Kind.WEAK_AT}:
        return after in {Kind.COUNT, Kind.TIMES}
    return before in {Kind.WORD, Kind.MEASURE, Kind.NAMING, Kind.NUMBER, Kind.ODD, Kind.VAGUE, Kind.FOR}


@lru_cache(maxsize=4096)  # words come again, and lines are looked at alone and joined
def _pieces(chunk: str) -> tuple[Token, ...]:
    """Return what stands between two spaces: a figure with its marks, or a currency, or a word, and what is around."""
    body = chunk.lstrip(_OPEN)
    start, core = len(chunk) - len(body), body.rstrip(_CLOSE)
    found = _FIGURE.fullmatch(core) or _MONEY.fullmatch(core)
    if found:
        named = (
            (Kind[name.rstrip("23").upper()], *found.span(name)) for name, text in found.groupdict().items() if text
        )
        made = [Token(kind, start + a, start + b, core[a:b].lower()) for kind, a, b in named]
    else:
        start, core = (0, chunk) if chunk.lower() in _WORDS else (start, body.rstrip(_CLOSE + "\"'"))
        made = [Token(_kind(core), start, start + len(core), core.lower())] if core else []
    end = start + len(core)
    return (*_marks(chunk[:start], 0), *made, *_marks(chunk[end:], end))


def _marks(text: str, start: int) -> Iterator[Token]:
    return (Token(_MARKS[mark], place, place + 1, mark) for place, mark in enumerate(text, start) if mark in _MARKS)


def _kind(core: str) -> Kind:
    if core in _DASHES:
        return Kind.DASH
    if all(letter in _SIGNS for letter in core):
        return Kind.SIGN
    kind = (
        _WORDS.get(core.lower())
        or _by_stem(core.lower())
        or (Kind.ODD if _DIGIT.search(core) and not _NO_FIGURE.search(core) else Kind.WORD)
    )
    return Kind.WORD if kind == Kind.WEAK_AT and core.isupper() else kind  # 10 A, vitamin A


def _by_stem(word: str) -> Kind | None:
    """Return what a word is that is known by a part of it: `kreditnota`, `kundrabatt`, `st/person`."""
    if _GOODS.fullmatch(word):
        return None
    if any(discount in word for discount in _DISCOUNTS):
        return Kind.DISCOUNT
    if word.startswith(_CREDITS):
        return Kind.CREDIT
    return Kind.JOIN if "/" in word and word.partition("/")[0] in _COUNTED else None


def _group(tokens: list[Token]) -> None:
    """Join figures that only a space sets apart, as far as they make a lawful number: `12 400,00`."""
    number = 1 if _NUMBERS_APART in _kinds(tokens) else len(tokens)
    while number < len(tokens):
        last, token = tokens[number - 1 : number + 1]
        is_near = last.kind == token.kind == Kind.NUMBER and last.end + 1 == token.start
        if is_near and _THOUSANDS.fullmatch(last.word) and _GROUP.fullmatch(token.word):
            _join(tokens, number - 1, number + 1, Kind.NUMBER, f"{last.word} {token.word}")
        else:
            number += 1


def _settle(tokens: list[Token]) -> None:
    """Settle a word by what stands beside it: `a` is a mark before an amount, `inkl.` is VAT before `moms`."""
    kinds = _kinds(tokens)
    for pattern, kind in _PHRASES:
        for begin, end in [found.span() for found in pattern.finditer(kinds)][::-1]:
            _join(tokens, begin, end, kind, tokens[end - 1].word)
            kinds = f"{kinds[:begin]}{kind}{kinds[end:]}"
    around = [_NOTHING, *tokens, _NOTHING]
    for number, letter in enumerate(kinds):
        if letter in _UNSETTLED or number == 0:
            tokens[number] = _settled(*around[number : number + 3])


def _join(tokens: list[Token], begin: int, end: int, kind: Kind, word: str) -> None:
    tokens[begin:end] = [Token(kind, tokens[begin].start, tokens[end - 1].end, word)]


def _settled(before: Token, token: Token, after: Token) -> Token:
    kind = token.kind
    match kind:
        case Kind.WEAK_AT if after.kind in {*_AMOUNTS, Kind.VAGUE, Kind.SIGN, Kind.DASH}:
            pass
        case Kind.WEAK_AT | Kind.WORD:
            kind = Kind.WRITTEN if not before.kind and token.word in NUMBERS else Kind.WORD
        case Kind.CURRENCY if token.word == ":-" and after.kind == Kind.CLOSE:  # a smile
            kind = Kind.WORD
        case Kind.NAMING if token.word in _MEASURE_BEHIND_NUMBER and before.kind == Kind.NUMBER:
            kind = Kind.MEASURE
        case Kind.COUNT if after.word in _MEASURE_OF_PACKS:
            kind = Kind.MEASURE
        case Kind.PER if token.word in _EACH_BEHIND_AMOUNT and before.kind not in _AMOUNTS:
            kind = Kind.WORD
        case Kind.VAGUE if after.kind not in _AMOUNTS:
            kind = Kind.WORD
        case Kind.PRICE_WORD if after.kind in {*_AMOUNTS, Kind.STOP}:
            pass
        case Kind.BASIS | Kind.PER_WORD | Kind.PRICE_WORD:
            kind = Kind.WORD
    return token if kind == token.kind else token._replace(kind=kind)

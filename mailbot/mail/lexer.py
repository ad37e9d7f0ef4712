"""One line of a requester's own words as tokens: figures, and the marks beside them that say what a figure is.

A token is one letter for its kind, and where it stands, so that the shape of a whole line is a short text that plain
patterns are held against (`readings.py`). Nothing is judged here, and nothing is read twice: a line takes time in
proportion to its length. The words are data; a new one is one entry.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

MAX_FIGURES = 20
MAX_VARIANTS = 16

COUNTED = ("st", "stycken", "styck", "pcs", "pc", "pieces", "piece", "förp", "paket", "pkt")
SOLD_BY = ("h", "tim", "timmar", "mån", "m")
ONE_PIECE = {"st", "stycken", "styck", "stycket", "pcs", "pc", "pieces", "piece", "unit", "item", "enhet", ""} | {
    *("each", "ea", "apiece", "vardera", "var"),
}
ONE_HOUR = {"h", "tim", "timmar"}
NUMBERS = {
    **dict.fromkeys(("en", "ett", "one", "a", "an"), "1"),
    **dict.fromkeys(("två", "tva", "two"), "2"),
    **dict.fromkeys(("tre", "three"), "3"),
    **dict.fromkeys(("fyra", "four"), "4"),
    **dict.fromkeys(("fem", "five"), "5"),
    **dict.fromkeys(("sex", "six"), "6"),
    **dict.fromkeys(("sju", "seven"), "7"),
    **dict.fromkeys(("åtta", "eight"), "8"),
    **dict.fromkeys(("nio", "nine"), "9"),
    **dict.fromkeys(("tio", "ten"), "10"),
}
_CURRENCIES = "kr|krona|kronor|sek|eur|euro|euros|usd|dollar|dollars|gbp|nok|dkk|tkr|kkr|ksek|mnkr|mkr|msek|€|$|£"
_MEASURES = (
    "tum inch inches in gb tb kb mb hz khz mhz ghz cm mm km m2 w kw wh mah ah v volt watt l liter cl ml g kg kilo år års "
    "port portar portars ports pack pol kanal kanaler kanalers core cores grader"
)
_NAMING = (
    "rum rummet room sal hörsal plan våning floor hus huset byggnad building port tel tfn telefon phone mobil mobile "
    "ankn anknytning ext extension växel fax nr no nummer number v vecka veckorna week weeks år år: year från from "
    "sedan since före efter before after kl klockan den sida page punkt kurs ärende box kod id dörr kontor office "
    "korridor labb lab hylla plats seat kst kostnadsställe konto projekt ref org till version ordernr senast"
)

NUMBER, CURRENCY, AT, WEAK_AT, PER, COUNT, SALE, MEASURE = "n", "c", "a", "o", "p", "u", "m", "t"
TIMES, LABEL, WRITTEN, SIGN, CREDIT, PERCENT, DISCOUNT, VAT = "x", "q", "k", "s", "r", "%", "d", "v"
BASIS, TAX, PER_WORD, PRICE_WORD = "i", "M", "P", "R"  # become a VAT phrase or a mark of price, or are words
EQUALS, TOTAL, VAGUE, FOR, NAMING, DASH, STOP, OPEN, CLOSE, WORD, ODD = (
    "=",
    "T",
    "g",
    "f",
    "b",
    "-",
    ",",
    "(",
    ")",
    "w",
    "z",
)

_WORDS: dict[str, str] = {
    **dict.fromkeys(_CURRENCIES.split("|"), CURRENCY),
    **dict.fromkeys(COUNTED, COUNT),
    **dict.fromkeys(SOLD_BY, SALE),
    **dict.fromkeys(_MEASURES.split(), MEASURE),
    **dict.fromkeys(_NAMING.split(), NAMING),
    **dict.fromkeys(("à", "á", "@", "à'", "á'", "à’", "à´", "à`", "à-pris", "á-pris", "a-pris", "styckpris"), AT),
    **dict.fromkeys(("a", "at"), WEAK_AT),
    **dict.fromkeys(("each", "ea", "apiece", "vardera", "var", "stycket"), PER),
    **dict.fromkeys(("x", "×", "*"), TIMES),
    **dict.fromkeys(("antal", "qty", "quantity"), LABEL),
    **dict.fromkeys(
        ("minus", "avgår", "./.", "retur", "returneras", "return", "returned", "kredit", "kreditering", "refund"),
        CREDIT,
    ),
    **dict.fromkeys(("%", "procent", "percent"), PERCENT),
    **dict.fromkeys(("rabatt", "discount", "rabatten"), DISCOUNT),
    **dict.fromkeys(["exkl", "excl", "inkl", "incl", "exklusive", "inklusive", "exclusive", "inclusive", "excluding", "including"], BASIS),
    **dict.fromkeys(["ex", "utan", "med", "plus", "without", "with"], BASIS),
    **dict.fromkeys(("moms", "momsen", "vat"), TAX),
    **dict.fromkeys(("per", "/"), PER_WORD),
    **dict.fromkeys(("pris", "priset", "price"), PRICE_WORD),
    "=": EQUALS,
    **dict.fromkeys(["totalt", "total", "tot", "summa", "sum", "tillsammans", "sammanlagt", "together"], TOTAL),
    **dict.fromkeys(
        ["ca", "cirka", "circa", "about", "approx", "max", "maximalt", "högst", "minst", "från", "under", "över", "to", "till", "runt", "typ", "ungefär", "around"],
        VAGUE,
    ),
    **dict.fromkeys(("för", "for"), FOR),
}
_DASHES = {"-", "–", "—"}
_SIGNS = {"−", "➖", "±", "+", "˗", "⁃"}
_SIGN = "".join(sorted({chr(n) for n in range(0x2190) if unicodedata.category(chr(n)) == "Pd"} | _SIGNS)) + "﹘﹣－⁻₋"
_UNIT = "|".join((*COUNTED, *SOLD_BY))
_GLUED = re.compile(
    rf"""(?P<open>[(\[{{"“”'«*_]*) (?P<at>[àá@](?=[\d{re.escape(_SIGN)}€$£]))?
    (?P<sign>[{re.escape(_SIGN)}])? (?P<before>(?:sek|eur|usd|gbp|nok|dkk|kr)(?=[\d{re.escape(_SIGN)}])|[€$£])?
    (?P<sign2>[{re.escape(_SIGN)}])? (?P<times>(?-i:[x×*])(?=\d{1, 3}\b))?
    (?P<figure>\d(?:[\d.,:]*\d)?) (?P<even>[:,][-–—])? (?P<after>{_CURRENCIES.replace("$", "[$]")})?
    (?:/(?P<per>{_UNIT}|unit|item|enhet)\.?|(?P<unit>{_UNIT})|(?P<x>[x×*])|(?P<percent>%))?
    (?P<close>[)\]}}”»*_.,;:!?]*)""",
    re.VERBOSE | re.IGNORECASE,
)
_PLAIN = re.compile(r"""(?P<open>[(\[{"“”'«*_]*)(?P<core>.*?)(?P<close>[)\]}"”'»*_.,;:!?]*)""", re.DOTALL)
_PER_ONE = re.compile(rf"(?P<money>.*)/(?P<per>{_UNIT}|unit|item|enhet)", re.IGNORECASE)
_FIRST_GROUP, _GROUP = re.compile(r"[1-9]\d{0,2}"), re.compile(r"\d{3}(?:[.,:]\d+)?")
_CHUNK = re.compile(r"\S+")
_PHRASES = (
    (re.compile(r"P[umw]|(?<=c)u"), PER),
    (re.compile(r"[ao]R,?"), AT),
    (re.compile(r"i,?(?:n%,?)?M(?:,?n%)?|M,?\(?i(?:,?n%)?\)?|M,?n%|n%,?M|M"), VAT),
)
"""Runs of tokens that are one: `per st`, `kr st`; `exkl. 25 % moms`."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, where it stands in the line, and the groups of a figure that spaces set apart.

    `word` is what it says in lower case: the unit, the currency, the figure's digits as written.
    """

    kind: str
    start: int
    end: int
    word: str = ""
    groups: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Lexed:
    """A line and its tokens; `kinds` has one letter for each."""

    text: str
    tokens: tuple[Token, ...]

    @cached_property
    def kinds(self) -> str:
        """The line's shape: the letters of its tokens' kinds."""
        return "".join(token.kind for token in self.tokens)

    def written(self, start: int, end: int) -> str:
        """Return the text from one token up to another, by their numbers, as it stands in the line."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end] if start < end else ""


@lru_cache(maxsize=2048)  # several questions are asked of one line
def lex(text: str) -> Lexed:
    """Return a line's tokens, figures grouped to the longest lawful number; spaces in it are plain and single."""
    tokens: list[Token] = []
    for chunk in _CHUNK.finditer(text):
        tokens.extend(_tokens(chunk[0], chunk.start()))
    return Lexed(text, tuple(_in_context(_grouped(tokens))))


def variants(line: Lexed) -> Iterator[Lexed]:
    """Yield the line with its longest figures, then with shorter ones where those are lawful too.

    `iPhone 15 900 kr` may end in 15 900 or in 900: no mark stands before the figure, a word does. `à 12 400 kr` has one
    meaning, and `à 2 100 st` two, since what is split off has a mark of its own.
    """
    yield line
    if all(len(token.groups) < 2 for token in line.tokens):
        return
    for place, token in enumerate(line.tokens):
        for cut in range(1, len(token.groups)):
            if line.text[token.groups[cut][0]] != "0" and _may_be_cut(line, place):
                yield Lexed(line.text, (*line.tokens[:place], *_cut(line.text, token, cut), *line.tokens[place + 1 :]))


def _may_be_cut(line: Lexed, place: int) -> bool:
    before = line.tokens[place - 1].kind if place else STOP
    after = line.tokens[place + 1].kind if place + 1 < len(line.tokens) else STOP
    counted = after in {COUNT, TIMES}
    return before in {WORD, MEASURE, NAMING, NUMBER, ODD, VAGUE, FOR} or (before in {AT, WEAK_AT} and counted)


def _cut(text: str, token: Token, cut: int) -> tuple[Token, Token]:
    first, second = token.groups[:cut], token.groups[cut:]
    made = (Token(NUMBER, g[0][0], g[-1][1], text[g[0][0] : g[-1][1]], g) for g in (first, second))
    return next(made), next(made)


def _tokens(chunk: str, at: int) -> Iterator[Token]:
    found = _GLUED.fullmatch(chunk)
    if found is not None:
        yield from _glued(found, at)
        return
    plain = _PLAIN.fullmatch(chunk)
    core = plain["core"] if plain else chunk
    begin = at + (plain.start("core") if plain else 0)
    yield from _marks(plain["open"] if plain else "", at)
    if chunk in _WORDS or chunk in _DASHES or chunk in _SIGNS:
        core, begin, plain = chunk, at, None
    if (per := _PER_ONE.fullmatch(core)) and (_WORDS.get(per["money"].lower()) == CURRENCY or not per["money"]):
        if per["money"]:
            yield Token(CURRENCY, begin, begin + len(per["money"]), per["money"].lower())
        yield Token(PER, begin + len(per["money"]), begin + len(core), per["per"].lower())
    elif core[:1] and core[0] in _SIGN and _WORDS.get(core[1:].lower()) == CURRENCY:
        yield Token(SIGN, begin, begin + 1)
        yield Token(CURRENCY, begin + 1, begin + len(core), core[1:].lower())
    elif core:
        yield Token(_kind(core), begin, begin + len(core), core.lower())
    if plain:
        yield from _marks(plain["close"], begin + len(core))


def _kind(core: str) -> str:
    if core in _DASHES:
        return DASH
    if core in _SIGNS or (core and all(letter in _SIGN for letter in core)):
        return SIGN
    known = _WORDS.get(core.lower()) or _WORDS.get(core.lower().rstrip("."))
    return known or (ODD if any(letter.isdigit() for letter in core) else WORD)


def _glued(found: re.Match[str], at: int) -> Iterator[Token]:
    kinds = {
        "at": AT, "sign": SIGN, "before": CURRENCY, "sign2": SIGN, "times": TIMES, "figure": NUMBER, "even": CURRENCY,
        "after": CURRENCY, "per": PER, "x": TIMES, "percent": PERCENT,
    }  # fmt: skip
    yield from _marks(found["open"], at)
    for name, kind in kinds.items():
        if found[name]:
            start, end = at + found.start(name), at + found.end(name)
            yield Token(kind, start, end, found[name].lower(), ((start, end),) if kind == NUMBER else ())
        if name == "per" and found["unit"]:
            unit = found["unit"].lower()
            yield Token(_WORDS[unit], at + found.start("unit"), at + found.end("unit"), unit)
    yield from _marks(found["close"], at + found.start("close"))


def _marks(punctuation: str, at: int) -> Iterator[Token]:
    for place, mark in enumerate(punctuation, at):
        if mark in "([{":
            yield Token(OPEN, place, place + 1)
        elif mark in ")]}":
            yield Token(CLOSE, place, place + 1)
        elif mark in ",;:.":
            yield Token(STOP, place, place + 1, mark)


def _grouped(tokens: list[Token]) -> list[Token]:
    """Join figures that only a space sets apart, as far as they make a lawful number: `12 400,00`."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last is not None and token.kind == last.kind == NUMBER and _goes_on(last, token):
            text = f"{last.word} {token.word}"
            joined[-1] = Token(NUMBER, last.start, token.end, text, last.groups + token.groups)
        else:
            joined.append(token)
    return joined


def _goes_on(last: Token, token: Token) -> bool:
    first = _FIRST_GROUP if len(last.groups) == 1 else re.compile(r"[\d ]+")
    return (
        last.end + 1 == token.start
        and first.fullmatch(last.word) is not None
        and _GROUP.fullmatch(token.word) is not None
    )


def _in_context(tokens: list[Token]) -> list[Token]:
    """Settle what only what stands beside a word tells: `a` is a mark before an amount, `inkl.` VAT before `moms`."""
    for pattern, kind in _PHRASES:
        tokens = _merged(tokens, pattern, kind)
    pairs = zip([None, *tokens], tokens, [*tokens[1:], None], strict=False)
    kinds = ((token, _settled(token, before, after)) for before, token, after in pairs)
    return [token if token.kind == kind else replace(token, kind=kind) for token, kind in kinds]


def _merged(tokens: list[Token], pattern: re.Pattern[str], kind: str) -> list[Token]:
    """Make one token of each run whose kinds the pattern describes; its word is that of its last token."""
    made: list[Token] = []
    place = 0
    for found in pattern.finditer("".join(token.kind for token in tokens)):
        first, last = tokens[found.start()], tokens[found.end() - 1]
        made += [*tokens[place : found.start()], Token(kind, first.start, last.end, last.word)]
        place = found.end()
    return made + tokens[place:]


def _settled(token: Token, before: Token | None, after: Token | None) -> str:
    next_kind = after.kind if after else ""
    last_kind = before.kind if before else ""
    match token.kind:
        case "o" if next_kind not in {NUMBER, CURRENCY, VAGUE, SIGN}:
            return WRITTEN if before is None and token.word in NUMBERS else WORD
        case "b" if token.word == "port" and last_kind == NUMBER:
            return MEASURE
        case "u" if after and after.word == "pack":
            return MEASURE
        case "p" if token.word in {"var", "ea"} and last_kind not in {CURRENCY, NUMBER}:
            return WORD
        case "w" if before is None and token.word in NUMBERS:
            return WRITTEN
        case "g" if next_kind not in {NUMBER, CURRENCY}:
            return WORD
        case "i" | "P" | "R":
            return WORD
        case _:
            return token.kind

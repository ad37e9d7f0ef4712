"""Lines that stand together: joined where a mail program has cut them, and looked through for what nobody claimed.

A line is joined with those below where exactly one joining makes a whole line, and asked back as one where that is not
certain. A number that nobody claimed is asked back where it could be a line's or a piece of one; how much is needed for
that depends on how near to lines of goods it stands.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import dropwhile

from mailbot.domain.values.order import FormLine
from mailbot.mail.reading.lexer import NUMBERS, Kind, kinds_of, lex, shape
from mailbot.mail.reading.readings import MAX_TEXT, Goods, is_prose
from mailbot.mail.reading.rows import SEPARATORS, cells_of, is_amount
from mailbot.mail.reading.totals import is_priced, states_sum

MOST_JOINED = 3
MOST_WORDS = 4
WRAPPED_FROM = 66
"""Letters from which on a line may have been cut by a mail program."""
_MARK = r"[-+*•·–§▪◦‣●○■✓✔✅→➢➤►▶◆□☐☑☒\uf0b7\uf0a7]|[=-]>|\[[ xX]?\]"
_BULLET = re.compile(rf"^(?:(?:{_MARK}|o(?=[ \t]+\d)|\d{{1,2}}\.|\(?(?:\d{{1,2}}|[A-Za-z])\))[ \t]+)+")
_TICKED, _EMPTY_BOX = re.compile(r"\W{0,3}(?:\[x\]|[☑☒✔✅✓])", re.IGNORECASE), re.compile(r"\W{0,3}(?:\[ ?\]|[□☐])")
_GOES_ON = re.compile(
    r"""(?:(?P<figures>\d{3}(?:\ \d{3})*(?:[.,:]\d{1,2})?)\ ?)? (?:[tkm]n?kr|kr|kronor|sek|eur|usd|gbp|nok|dkk|:-|€)?
    (?:\ ?/\ ?st)?\.?""",
    re.VERBOSE | re.IGNORECASE,
)
"""What goes on with a price that a mail program has cut: more figures, or only its currency."""
_CLOSING = re.compile(
    r"(?:m?vh|hälsn\w*|med vänlig\w*|vänlig\w*|bästa|best|kind|regards|thanks|tack|cheers|/ ?\w+$)\b", re.IGNORECASE
)
_MONTHS = re.compile(r"\b(?:jan|feb|mar|apr|ma[jy]|jun|jul|aug|sep|o[ck]t|nov|dec)", re.IGNORECASE)
_DIGIT, _NAME_FIRST = re.compile(r"\d"), re.compile(r"\W*[^\W\d_]")
_BEGINS = shape(
    """SIGN? NUMBER (?:[COUNT SALE] | TIMES (?!NUMBER)) | [NUMBER WRITTEN].*WEAK_AT CURRENCY? NUMBER
    | .*AT [SIGN CREDIT OPEN VAGUE DASH]* CURRENCY? NUMBER | .*CURRENCY NUMBER? PER | .*CREDIT OPEN* CURRENCY? NUMBER
    | .*WEAK_AT [SIGN CREDIT OPEN DASH]* CURRENCY? [SIGN CREDIT DASH]+ NUMBER
    | .*DISCOUNT.*NUMBER | .*NUMBER.*DISCOUNT"""
)
"""How lines of goods begin, also those of a credit or a discount."""
_ITEM = shape(
    "SIGN? NUMBER MEASURE? WORD+ [STOP CLOSE]*"
    " | WORD+ STOP? NUMBER [STOP CLOSE]* | WORD+ (?:TIMES NUMBER | NUMBER TIMES)"
)
_CENTS = re.compile(r"\d(?:,\d\d|[.,]-|:\d\d)\W*$")
_NAMED = shape("[NAMING VAGUE] [STOP OPEN]* NUMBER [PERCENT NUMBER]*")
_COUNTED = shape("NUMBER [COUNT TIMES] | TIMES NUMBER | LABEL STOP? SIGN? NUMBER")
_AMOUNT_FIRST = shape("NUMBER CURRENCY | CURRENCY NUMBER")
_LAST_FIGURE = shape("(?:.*[^NAMING VAGUE STOP OPEN] (?P<last>NUMBER) | (?P<all>NUMBER)) [STOP CLOSE]*")
_AMOUNT = re.compile(r"(?!0)(?:(?:\d{3,6}|\d{1,3}(?:[ .]\d{3})+)(?:[.,]\d\d)?|\d{1,2} ?\d{3}|\d+[.,]\d\d)")


_ADDING, _MORE, _TIMES = (
    frozenset(re.findall(r"\w+", words))
    for words in (
        "samt plus och även dessutom också gärna and also as well",
        "samt plus även dessutom också ytterligare behöver behövs also too additional another need",
        """dag dagar vecka veckor månad månader timme timmar minut minuter gång gånger person personer day days week
        weeks month months hour hours minute minutes year years time times people""",
    )
)


class Near(IntEnum):
    """How near a text stands to lines of goods."""

    APART = 0
    AMONG = 1  # in one block with some
    BESIDE = 2  # a line begins below it, or may go on in it
    BETWEEN = 3


@dataclass
class Taken:
    """What is no field: goods, read or asked back, or text where `goods` is None.

    `is_closing`: a greeting stands above it; `is_open`: its last cell may go on below it.
    """

    text: str
    goods: Goods | None = None
    is_closing: bool = False
    is_open: bool = False


def without_bullet(line: str) -> str:
    """Return a line without the mark of a list before it; a plus or, in cells, a dash before an amount is a sign."""
    bare = _BULLET.sub("", line)
    may_be_sign = line[:1] == "+" or (line[:1] in {*"-–—"} and SEPARATORS.search(line))
    is_sign = may_be_sign and is_amount(cells_of(bare)[1][0])
    return line if is_sign else bare


def begins_anew(line: str) -> bool:
    """Tell whether a line goes on with none above it: an entry of a list, or a greeting."""
    bare = _BULLET.sub("", line)
    return is_closing(line) or (bare != line and not is_amount(bare))  # no entry of a list is an amount alone


def is_closing(line: str) -> bool:
    """Tell whether a line ends a mail: a greeting."""
    return _CLOSING.match(line) is not None


def joined(lines: Sequence[str], read: Callable[[str], Goods], *, is_headless: bool) -> tuple[Goods, int]:
    """Return what the first line orders, joined with those below that it was cut into, and how many lines that is.

    `lines` are those that may belong together, at most MOST_JOINED; without a head nothing says where a row begins.
    """
    alone = read(lines[0])
    if alone.line and alone.line.is_readable:
        return _with_its_rest(lines, alone.line, read) or (alone, 1)
    for count in range(2, len(lines) + 1):
        if not _may_be_one(lines[:count], is_headless=is_headless):
            break
        is_cut = count < len(lines) and _GOES_ON.fullmatch(lines[count])
        whole = None if is_cut else _as_one(lines[:count], read)
        if whole:
            return whole, count
    return alone, 1


def _with_its_rest(lines: Sequence[str], line: FormLine, read: Callable[[str], Goods]) -> tuple[Goods, int] | None:
    """Return a whole line with what goes on with its price: more figures only where a mail program may have cut it."""
    rest = _GOES_ON.fullmatch(lines[1]) if len(lines) > 1 else None
    whole = read(f"{lines[0]} {lines[1]}") if rest else Goods()
    if rest is None or whole.line is None or replace(whole.line, price=line.price) != line:
        return None
    is_wrapped = not rest["figures"] or len(lines[0]) >= WRAPPED_FROM
    return (whole if is_wrapped else _asked(whole.line, line)), 2


def _may_be_one(parts: Sequence[str], *, is_headless: bool) -> bool:
    """Tell whether lines may be one that was cut; without a head only a row of two parts whose name comes first."""
    whole = " ".join(parts)
    if SEPARATORS.search(whole) is None:
        is_text = not is_prose(parts[0])
    else:
        is_text = not is_headless or (len(parts) == 2 and "\t" not in whole and _NAME_FIRST.match(parts[0]) is not None)
    return is_text and len(whole) <= MAX_TEXT and not is_closing(parts[0])


def _as_one(parts: Sequence[str], read: Callable[[str], Goods]) -> Goods | None:
    """Return what lines are as one, to be asked back where some of them are a line without the others."""
    whole = read(" ".join(parts))
    if not (whole.line or whole.readings):
        return None
    others = [read(part).line for part in parts[1:]]
    if len(parts) > 2:
        rest = read(" ".join(parts[1:])).line
        if rest and _is_heading(parts[0]):
            return None
        end = _GOES_ON.fullmatch(parts[-1])
        is_wrapped = end is None or not end["figures"] or len(parts[-2]) >= WRAPPED_FROM
        others += [rest, None if is_wrapped else read(" ".join(parts[:-1])).line]
    if whole.line and not any(others):
        return whole
    begins = _begins(parts[0]) and read(parts[0]).line is None and not any(others)
    return _asked(whole.line, *others, *whole.readings) if whole.line or begins else None


def _asked(*readings: FormLine | None) -> Goods:
    return Goods(readings=tuple(dict.fromkeys(line for line in readings if line)))


def _begins(text: str) -> bool:
    return _BEGINS.match(kinds_of(text)) is not None


def _is_heading(text: str) -> bool:
    """Tell whether a text above a line is no piece of its name: it holds no figure, or is a sentence or a head."""
    kinds = _NAMED.sub("", lex(text).kinds)
    is_plain = not {Kind.NUMBER, Kind.ODD, Kind.WRITTEN} & {*kinds}
    return is_plain or text.endswith(":") or is_prose(text) or _MONTHS.search(text) is not None


def is_left_over(line: str, near: Near, *, in_cells: bool = False) -> bool:
    """Tell whether text that nobody claimed holds a number that may be a line's: no year, room or telephone.

    `in_cells`: the lines of goods near it are rows, so that what stands in cells may be one too.
    """
    kinds = kinds_of(line)
    if _is_like_a_line(line) or (near is not Near.APART and _adds_as_lines_do(line)):
        return True
    if near is Near.APART or not kinds:
        return False
    is_row = in_cells and SEPARATORS.search(line) is not None
    if is_row or is_prose(line) or _MONTHS.search(line):
        return is_row
    has_figure = Kind.NUMBER in _NAMED.sub("", kinds)
    if has_figure and near is Near.BETWEEN:
        return True
    if (has_figure or Kind.ODD in kinds) and near >= Near.BESIDE and not line.endswith(":"):
        return True
    return (names_amount(line) and not states_sum(line)) or _ends_in_an_amount(line) or _may_be_an_item(line)


def names_amount(text: str) -> bool:
    """Tell whether a text holds an amount of money or a count that a mark says to be one."""
    kinds = kinds_of(text)
    return is_priced(kinds) or _COUNTED.search(kinds) is not None


def _adds_as_lines_do(text: str) -> bool:
    """Tell whether a short text begins as an addition, and counts something: `samt tre möss`, `plus frakt`."""
    words = _words(text)
    rest = list(dropwhile(_ADDING.__contains__, words))
    if rest == words or not 0 < len(rest) <= MOST_WORDS or ":" in text or is_prose(text):
        return False
    return _is_count(rest, 0) or (words[0] in {"samt", "plus"} and len(rest) <= 2)


def adds_in_words(text: str) -> bool:
    """Tell whether a text counts something that is wanted besides, as in `Vi behöver även tre möss`, or no more."""
    words = _words(text)
    near = ({*words[max(place - 3, 0) : place + 4]} for place in range(len(words)) if _is_count(words, place))
    return any(not said.isdisjoint(_MORE) for said in near) or (len(words) <= MOST_WORDS and _is_count(words, 0))


def _words(text: str) -> list[str]:
    return [word.strip(".,;:()!?") for word in without_bullet(text).lower().split()]


def _is_count(words: Sequence[str], place: int) -> bool:
    """Tell whether a number stands before what may be goods: no time, and no small word."""
    word, noun = words[place], words[place + 1] if place + 1 < len(words) else ""
    is_number = word in NUMBERS or (word.isdecimal() and len(word) < 4)
    return is_number and len(noun) > 2 and noun[0].isalpha() and noun not in _TIMES and not _MONTHS.match(noun)


def _is_like_a_line(line: str) -> bool:
    """Tell whether a text begins as lines do, or stands in cells as they do, or names an amount and is no sentence."""
    bare = without_bullet(line)
    cells = [cell for cell in cells_of(bare)[1] if cell]
    amounts = sum(map(is_amount, cells))
    if amounts and len(cells) > 1 and (len(cells_of(bare)[1]) > 2 or amounts == len(cells)):
        return True
    kinds, begins = kinds_of(bare), _begins(bare)
    is_counted = _COUNTED.search(kinds) is not None and kinds.count(Kind.NUMBER) > 1
    if not (begins or is_counted or is_priced(kinds)) or line.endswith("?") or states_sum(line):
        return False
    is_listed = (bare != line or line[:1].isdigit()) and _AMOUNT_FIRST.match(kinds) is None
    return begins or is_listed or not is_prose(line)


def _may_be_an_item(text: str) -> bool:
    """Tell whether a short text among lines counts or prices something without a mark: `5 mus`, `Mus: 99`."""
    bare = without_bullet(text)
    kinds = _NAMED.sub("", kinds_of(bare))
    is_list = bare[:1].isdigit() or SEPARATORS.search(bare) is not None or Kind.TIMES in kinds
    counts = is_list and _ITEM.fullmatch(kinds) is not None and len(kinds) <= MOST_WORDS
    priced = _CENTS.search(bare) is not None or (":" in bare and kinds.endswith(Kind.STOP + Kind.NUMBER))
    return not is_closing(bare) and (counts or priced or (bare != text and Kind.NUMBER in kinds))


def _ends_in_an_amount(text: str) -> bool:
    """Tell whether a text ends in a bare number that could be a price, or is one."""
    line = lex(SEPARATORS.sub(" ", text).strip())
    found = _LAST_FIGURE.fullmatch(line.kinds)
    if found is None or is_closing(text):
        return False
    return _AMOUNT.fullmatch(line.tokens[found.start("last" if found["last"] else "all")].word) is not None


def ask_unticked(block: Sequence[Taken]) -> None:
    """Ask back what stands at an empty box where others are ticked: it may not be meant."""
    if any(_TICKED.match(taken.text) for taken in block):
        for taken in block:
            is_empty = taken.goods and _EMPTY_BOX.match(taken.text)
            taken.goods = _asked(taken.goods.line) if taken.goods and is_empty else taken.goods


def settle(block: Sequence[Taken]) -> None:
    """Ask back what stands among lines of goods and holds a number that could be a price, or a piece of a line."""
    rows = [taken for taken in block if taken.goods and taken.goods.width > 1]
    usual = Counter(taken.goods.width for taken in rows if taken.goods).most_common(1)
    for taken in rows:
        if taken.goods and taken.goods.width != usual[0][0]:  # a cell is missing, or there twice
            taken.goods = Goods()
    lines = [place for place, taken in enumerate(block) if taken.goods]
    in_cells = any(SEPARATORS.search(block[place].text) for place in lines)
    for place, taken in enumerate(block) if lines else ():
        if taken.goods is None and not taken.is_closing:
            near = Near.BETWEEN if lines[0] < place < lines[-1] else _beside(block, place, is_below=place > lines[-1])
            taken.goods = Goods() if is_left_over(taken.text, near, in_cells=in_cells) else None


def _beside(block: Sequence[Taken], place: int, *, is_below: bool) -> Near:
    """Tell whether a line begins right below a text that stands above all lines, or may go on in one below them."""
    is_beside = block[place - 1].is_open if is_below else place + 1 < len(block) and block[place + 1].goods is not None
    return Near.BESIDE if is_beside else Near.AMONG

"""Lines that stand together: joined where a mail program has cut them, and looked through for what nobody claimed.

A line is joined with those below where exactly one joining makes a whole line, and asked back as one where that is not
certain. A number that nobody claimed is asked back where it could be a line's or a piece of one; how much is needed for
that depends on how near to lines of goods it stands.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from itertools import dropwhile

from mailbot.domain.values.order import FormLine
from mailbot.languages import SPOKEN, TEXT_WORDS, VOCABULARY, any_phrase, month_beginnings, phrases
from mailbot.mail.reading.lexer import NUMBERS, Kind, kinds_of, lex, shape
from mailbot.mail.reading.readings import MAX_TEXT, Goods, has_mark, is_prose
from mailbot.mail.reading.rows import SEPARATORS, cells_of, is_amount
from mailbot.mail.reading.totals import is_beside, is_priced, states_sum

MOST_JOINED, MOST_CUT = 3, 6
"""Lines that are joined where they may be one, and where a mail program has cut each off the one above it."""
MOST_WORDS = 4
MAX_REST = 60
WRAPPED_FROM, WRAPPED_TO = 66, 80
"""Letters at which mail programs cut lines."""
_MARK = r"[-+*•·–§▪◦‣●○■✓✔✅→➢➤►▶◆□☐☑☒\uf0b7\uf0a7]|[=-]>|\[[ xX]?\]"
_BULLET = re.compile(rf"^(?:(?:{_MARK}|o(?=[ \t]+\d)|\d{{1,2}}\.|\(?(?:\d{{1,2}}|[A-Za-z])\))[ \t]+)+")
_TICKED, _EMPTY_BOX = re.compile(r"\W{0,3}(?:\[x\]|[☑☒✔✅✓])", re.IGNORECASE), re.compile(r"\W{0,3}(?:\[ ?\]|[□☐])")
_CLOSING = re.compile(rf"(?:{any_phrase(TEXT_WORDS.closing)}|/ ?\w+$)\b", re.IGNORECASE)
_OPEN_END = re.compile(rf"(?:\b(?:{any_phrase(TEXT_WORDS.open_end)})|[(&+/@])$", re.IGNORECASE)
"""How a line ends that goes on."""
_RESTS = shape("[OPEN STOP]* (?:(?P<money>CURRENCY) | [PER TERM CREDIT] (?!.*NUMBER))")
"""How the rest of a line begins, or words that change it: `kr inkl. moms`, `per månad`, `utgår`."""
_LETTERS = "".join(language.letters for language in SPOKEN)
_NAMES = re.compile(rf"[^\W\d_a-z{_LETTERS}][^\W\d_A-Z{_LETTERS.upper()}]+(?![\w-])")
"""How a heading would be parted from a line below it: that begins with a capital and no figure."""
_NAMELESS = {Kind.NUMBER, Kind.COUNT, Kind.AT, Kind.WEAK_AT, Kind.TIMES, Kind.CURRENCY, Kind.PER, Kind.STOP}
_PAID = {Kind.NUMBER, Kind.CURRENCY, Kind.PER}
"""How a line ends that has its price last: a figure below it may be a remark, or no part of it."""
_NAMING, _COUNTING = {Kind.WORD, Kind.ODD, Kind.NAMING}, {Kind.NUMBER, Kind.WRITTEN}
_GREETING = re.compile(rf"(?:{any_phrase(TEXT_WORDS.greeting)})\b", re.IGNORECASE)
_MONTHS = re.compile(rf"\b(?:{month_beginnings()})", re.IGNORECASE)
_DIGIT, _SOMETHING, _NAME_FIRST = re.compile(r"\d"), re.compile(r"[1-9]|(?<![\d.,])00"), re.compile(r"\W*[^\W\d_]")
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


_ADDING = frozenset(phrases(TEXT_WORDS.adding))
_ADDING_ALONE = frozenset(phrases(TEXT_WORDS.adding_alone))
_MORE, _TIMES = frozenset(phrases(TEXT_WORDS.more)), frozenset(phrases(TEXT_WORDS.times))


class Near(IntEnum):
    """How near a text stands to lines of goods."""

    APART = 0
    AMONG = 1  # in one block with some
    BESIDE = 2  # a line begins below it, or may go on in it
    BETWEEN = 3


@dataclass
class Unclaimed:
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
    """Tell whether a line goes on with none above it: an entry of a list that has a name, a link, or a greeting."""
    bare = _BULLET.sub("", line)
    return is_closing(line) or line.startswith("http") or (bare != line and not _NAMELESS.issuperset(lex(bare).kinds))


def is_closing(line: str) -> bool:
    """Tell whether a line ends a mail: a greeting."""
    return _CLOSING.match(line) is not None


@dataclass(frozen=True)
class Window:
    """Lines of which the first may have been cut into some below it.

    `read` says what a text orders, and `is_own` whether a line goes on with none above it. `longest` is the length of
    the mail's longest line in letters. `is_headless`: nothing says where a row begins.
    """

    lines: Sequence[str]
    read: Callable[[str], Goods]
    is_own: Callable[[str], bool]
    longest: int
    is_headless: bool

    def goods(self) -> tuple[Goods, int]:
        """Return what the first line orders, with those below that it was cut into, and how many lines that is."""
        alone = self._read(0, 1)
        is_whole = alone.line is not None and alone.line.is_readable(VOCABULARY)
        found, height = (alone, 1) if is_whole else self.joined() or (alone, 1)
        while found.line and height < len(self.lines) and (longer := self._with_its_rest(found.line, height)):
            found, height = longer, height + 1
        return found, height

    @cached_property
    def _parts(self) -> Sequence[str]:
        return (without_bullet(self.lines[0]), *self.lines[1:])

    def _text(self, begin: int, end: int) -> str:
        return " ".join(self._parts[begin:end])

    def _read(self, begin: int, end: int) -> Goods:
        return self.read(self._text(begin, end))

    def _is_cut(self, place: int) -> bool:
        """Tell whether a line may have been cut off the one above it: its first word had no room there.

        A mail program keeps each line below the same length. Two rows of as many cells are two; one whose frame is
        open is not whole.
        """
        above, line = self.lines[place - 1], self.lines[place]
        if self.lines[0].startswith("|") and not any(part.endswith("|") for part in self.lines[:place]):
            return True
        room = max(self.longest, WRAPPED_FROM)
        if room > WRAPPED_TO or len(above) + 1 + len(line.split(" ", 1)[0]) <= room:
            return False
        if above.endswith((".", ":", "!", "?")) and not _OPEN_END.search(above):
            return False
        cells = SEPARATORS.findall(above)
        return len(cells) <= 1 or cells != SEPARATORS.findall(line)

    def _goes_on(self, place: int) -> bool:
        """Tell whether a line that was cut off goes on with the one above it for certain: no line begins as it does."""
        line = self.lines[place]
        is_rest = self._is_cut(place) and (line.lstrip("([").split(" ", 1)[0].islower() or self._is_open(place))
        return is_rest and not self.is_own(line)

    def _is_open(self, place: int) -> bool:
        """Tell whether what stands above a line ends as no line does, where a mail program may have cut it."""
        above = self.lines[place - 1]
        return self._is_cut(place) and (above.startswith("|") or _OPEN_END.search(above) is not None)

    def _is_split(self, place: int) -> bool:
        """Tell whether a figure or a phrase goes on across the end of the line above: `12` and `500 kr`."""
        above, below = SEPARATORS.split(self._text(0, place))[-1], SEPARATORS.split(self.lines[place])[0]
        return any(token.start < len(above) < token.end for token in lex(f"{above} {below}").tokens)

    def _with_its_rest(self, line: FormLine, place: int) -> Goods | None:
        """Return a whole line with what goes on with it; another price only where a mail program has cut it there."""
        below, is_split = self.lines[place], self._is_split(place)
        changes = _changes(below)
        if not (is_split or changes or self._goes_on(place)) or self.is_own(below):
            return None
        is_own = self._read(place, place + 1).line or (
            not is_split and replace(self, lines=self.lines[place:]).joined()
        )
        if is_own:
            return None
        whole = self._read(0, place + 1)
        if whole.line and _figures(whole.line) == _figures(line):
            is_remark = _DIGIT.search(below) and lex(self._text(0, place)).kinds[-1:] in _PAID
            is_longer = len(whole.line.description) > len(line.description)
            is_unsure = is_longer and (is_remark or (is_split and not self._is_cut(place)))
            return _asked(whole.line, line) if is_unsure else whole
        is_price = is_split or (changes and changes["money"])
        if whole.line and is_price and _figures(replace(whole.line, price=line.price)) == _figures(line):
            return _asked(whole.line, line) if is_split and not self._is_cut(place) else whole
        is_other = not is_split and (is_prose(below) or _is_like_a_line(below))
        return None if is_other else _asked(*whole.readings)

    def joined(self) -> tuple[Goods, int] | None:
        """Return what the first lines are as one, and how many; None where the first stands alone."""
        for end in range(2, len(self.lines) + 1):
            if not self._may_be_one(end) or self.is_own(self.lines[end - 1]):
                break
            if whole := self._as_one(end):
                return whole, end
        end = next((place for place in range(1, len(self.lines)) if not self._goes_on(place)), len(self.lines))
        return (Goods(), end) if self._is_torn(end) else None

    def _may_be_one(self, end: int) -> bool:
        """Tell whether lines may be one; without a head only a row of two parts whose name comes first, or cut rows."""
        whole, first = self._text(0, end), self._parts[0]
        if len(whole) > MAX_TEXT or is_closing(first) or (end > MOST_JOINED and not self._goes_on(end - 1)):
            return False
        if SEPARATORS.search(whole) is None:
            return len(list(self._named(end))) <= 1 and not is_prose(first)
        is_pair = end == 2 and "\t" not in whole and _NAME_FIRST.match(first) is not None
        return not self.is_headless or is_pair or all(map(self._is_cut, range(1, end)))

    def _named(self, end: int) -> Iterator[int]:
        """Yield where each piece begins that has a name and a figure of its own: nothing was cut there."""
        full = {
            place
            for place in range(1, end)
            if len(self.lines[place - 1]) + len(self.lines[place].split(" ", 1)[0]) >= WRAPPED_FROM
        }
        begins = [0, *(place for place in range(1, end) if not (self._is_cut(place) or place in full))]
        for begin, to in zip(begins, [*begins[1:], end], strict=True):
            kinds = lex(self._text(begin, to)).kinds
            if not (_NAMING.isdisjoint(kinds) or _COUNTING.isdisjoint(kinds)):
                yield begin

    def _as_one(self, end: int) -> Goods | None:
        """Return what lines are as one, to be asked back where some of them may be another line without the others."""
        may_be = any(has_mark(part) or SEPARATORS.search(part) for part in self._parts[:end])
        whole = self._read(0, end) if may_be else Goods()
        if not (whole.line or whole.readings):
            return None
        begins_here = [place for place in range(1, end) if not self._is_open(place)]
        parts = [(begin, to) for begin in begins_here for to in range(begin + 1, end + 1)]
        alone = {part: self._read(*part) for part in parts}
        others = {part: found.line for part, found in alone.items() if found.line}
        if (1, end) in others and _is_heading(self.lines[0]):
            return None
        if any(found.readings and to == end and not self._is_cut(begin) for (begin, to), found in alone.items()):
            return None  # what may be read in more than one way by itself is a line of its own
        if whole.line and all(
            to == end
            and self._is_cut(begin)
            and not _NAMES.match(self.lines[begin])
            and _figures(line) == _figures(whole.line)
            for (begin, to), line in others.items()
        ):
            return whole
        begins = not others and _begins(self._parts[0])
        is_one = whole.line or begins or all(map(self._is_cut, range(1, end)))
        return _asked(whole.line, *others.values(), *whole.readings) if is_one else None

    def _is_torn(self, end: int) -> bool:
        """Tell whether lines that are one for certain, and cannot be read as one, would be asked or read in pieces."""
        if end == 1:
            return False
        is_text = not is_prose(self._parts[0]) and any(map(_is_like_a_line, self.lines[:end]))
        return is_text or any(self._read(begin, end).line for begin in range(1, end))


def _figures(line: FormLine) -> FormLine:
    """Return a line without what is said in words alone."""
    return replace(line, description="", item_no="", vat="", discount="")


def _changes(text: str) -> re.Match[str] | None:
    """Find how a short text begins as the rest of a line does, or changes the one above it."""
    return _RESTS.match(lex(text.replace("\t", " ")).kinds) if len(text) <= MAX_REST else None


def _asked(*readings: FormLine | None) -> Goods:
    return Goods(readings=tuple(dict.fromkeys(line for line in readings if line)))


def _begins(text: str) -> bool:
    return _BEGINS.match(kinds_of(text)) is not None


def _is_heading(text: str) -> bool:
    """Tell whether a text above a line is no piece of its name: a head, a greeting or a sentence."""
    return text.endswith((":", "!")) or _GREETING.match(text) is not None or is_prose(text)


def says_no_more(line: str) -> bool:
    """Tell whether a text only states a sum beside the total, or an amount of nothing: `Moms 500`, `Frakt 0 kr`."""
    return is_beside(line) or (_DIGIT.search(line) is not None and _SOMETHING.search(line) is None)


def is_left_over(line: str, near: Near, *, in_cells: bool = False) -> bool:
    """Tell whether text that nobody claimed holds a number that may be a line's: no year, room or telephone.

    `in_cells`: the lines of goods near it are rows, so that what stands in cells may be one too.
    """
    if says_no_more(line):
        return False
    kinds = kinds_of(line)
    if _is_like_a_line(line) or (near is not Near.APART and _adds_as_lines_do(line)):
        return True
    if near >= Near.BESIDE and _counts_in_a_word(line):
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
    return _is_count(rest, 0) or (words[0] in _ADDING_ALONE and len(rest) <= 2)


def _counts_in_a_word(text: str) -> bool:
    """Tell whether a text is how a line begins, its count a word: `Två MacBook Pro`, and what it was cut from."""
    words = _words(text)
    return (
        len(words) > 1 and words[0] in NUMBERS and _is_count(words, 0) and not text.endswith(":") and not is_prose(text)
    )


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


def ask_unticked(block: Sequence[Unclaimed]) -> None:
    """Ask back what stands at an empty box where others are ticked: it may not be meant."""
    if any(_TICKED.match(taken.text) for taken in block):
        for taken in block:
            is_empty = taken.goods and _EMPTY_BOX.match(taken.text)
            taken.goods = _asked(taken.goods.line) if taken.goods and is_empty else taken.goods


def settle(block: Sequence[Unclaimed]) -> None:
    """Ask back what stands among lines of goods and holds a number that could be a price, or a piece of a line."""
    rows = [taken for taken in block if taken.goods and taken.goods.width > 1]
    usual = Counter(taken.goods.width for taken in rows if taken.goods).most_common(1)
    for taken in rows:
        if taken.goods and taken.goods.width != usual[0][0]:  # a cell is missing, or there twice
            taken.goods = Goods()
        elif taken.goods and taken.goods.bare and all(row.goods is None or row.goods.bare for row in rows):
            taken.goods = _asked(taken.goods.line)  # names and numbers: nothing says that they are goods
    lines = [place for place, taken in enumerate(block) if taken.goods]
    in_cells = any(SEPARATORS.search(block[place].text) for place in lines)
    for place, taken in enumerate(block) if lines else ():
        if taken.goods is None and not taken.is_closing:
            near = Near.BETWEEN if lines[0] < place < lines[-1] else _beside(block, place, is_below=place > lines[-1])
            taken.goods = Goods() if is_left_over(taken.text, near, in_cells=in_cells) else None


def _beside(block: Sequence[Unclaimed], place: int, *, is_below: bool) -> Near:
    """Tell whether a line begins right below a text that stands above all lines, or may go on in one below them."""
    is_beside = block[place - 1].is_open if is_below else place + 1 < len(block) and block[place + 1].goods is not None
    return Near.BESIDE if is_beside else Near.AMONG

"""What a line that is asked back may mean, each meaning written out for its writer to copy.

What is offered says exactly what was written: it is read as any mail is, and has to come out as it was meant.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mailbot.domain.values.order import FormLine, LineOffers
from mailbot.domain.values.text import fold
from mailbot.languages import LINE_WORDS, words
from mailbot.mail.reading.amounts import parse_discount
from mailbot.mail.reading.lexer import ONE_PIECE, Kind, kinds_of, lex, shape
from mailbot.mail.reading.order_text import LABELS, write_line, write_row
from mailbot.mail.reading.readings import Goods, is_prose, line_sum
from mailbot.mail.reading.rows import read_goods

MOST_DISCOUNTED = 3
"""With more lines than these nobody is asked which of them a free discount is for."""
_OFF = shape(
    """[DASH STOP]* (?:DISCOUNT [STOP DASH SIGN]*)? (?P<off>NUMBER) (?P<unit>[PERCENT CURRENCY]) DISCOUNT? STOP*
    (?P<on>WORD*) [STOP CLOSE]*"""
)
_ON = words(LINE_WORDS.discounted)


def doubt(text: str, goods: Goods, read: Sequence[FormLine]) -> LineOffers | None:
    """Return what a text that is asked back may mean beside the lines that were read; None where nothing is known."""
    if goods.column:
        return LineOffers(line=goods.readings[0], column=goods.column)
    meanings: Sequence[tuple[FormLine, ...]] = [(line,) for line in goods.readings] or list(_discounted(text, read))
    offers = {language: tuple(filter(None, (_written(m, language) for m in meanings))) for language in LABELS}
    return LineOffers(offers) if meanings else None


def _discounted(text: str, read: Sequence[FormLine]) -> Iterator[tuple[FormLine, ...]]:
    """Yield what a discount alone on its line may mean: it may be one on each line that was read, or on all."""
    found = _OFF.fullmatch(kinds_of(text)) if 0 < len(read) <= MOST_DISCOUNTED else None
    if found is None or Kind.DISCOUNT not in found[0]:
        return
    line = lex(text.replace("\t", " "))
    if is_prose(text) or (found["on"] and line.tokens[found.start("on")].word not in _ON):
        return
    off = line.written(*found.span("off")) + (" %" if found["unit"] == Kind.PERCENT else " kr")
    for chosen in read:
        if parse_discount(off, line_sum(replace(chosen, discount=""))):
            yield tuple(replace(line, discount=off) if line is chosen else line for line in read)
    if off.endswith("%") and len(read) > 1:
        yield tuple(replace(line, discount=off) for line in read)


def _written(lines: tuple[FormLine, ...], language: str) -> str:
    """Return lines as they are to be written, in words or else as rows; nothing where that would be read otherwise."""
    written = ("\n".join(write(line, language) for line in lines) for write in (write_line, write_row))
    return next((text for text in written if _means(text, lines)), "")


def _means(text: str, lines: tuple[FormLine, ...]) -> bool:
    found = [read_goods(line, None).line for line in text.split("\n")]
    return all(one is not None and _said(one) == _said(line) for one, line in zip(found, lines, strict=True))


def _said(line: FormLine) -> FormLine:
    """Return a line as it is compared: what a piece is called, and letters' case, say nothing."""
    unit = fold(line.unit).rstrip(".")
    return replace(line, item_no="", unit="" if unit in ONE_PIECE else unit, description=fold(line.description))

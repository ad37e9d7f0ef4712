"""What a text that is asked back may mean, each meaning written out for its writer to copy; prose too.

What is offered says exactly what was written: it is read as any mail is, and has to come out as it was meant. As it
stands it is never ordered.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mailbot.domain.values.order import Form, FormLine, LineOffers
from mailbot.domain.values.text import fold
from mailbot.languages import LINE_WORDS, SPOKEN, TEXT_WORDS, any_phrase, phrases, words
from mailbot.languages.language import Column
from mailbot.mail.reading.amounts import parse_discount
from mailbot.mail.reading.blocks import without_bullet
from mailbot.mail.reading.lexer import ONE_PIECE, Kind, kinds_of, lex, shape
from mailbot.mail.reading.order_text import LABELS, write_line, write_row
from mailbot.mail.reading.readings import Goods, is_prose, line_sum
from mailbot.mail.reading.rows import column_of, read_goods
from mailbot.mail.reading.totals import sentences

MOST_DISCOUNTED = 3
"""With more lines than these nobody is asked which of them a free discount is for."""
_OFF = shape(
    """[DASH STOP]* (?:DISCOUNT [STOP DASH SIGN]*)? (?P<off>NUMBER) (?P<unit>[PERCENT CURRENCY]) DISCOUNT? STOP*
    (?P<on>WORD*) [STOP CLOSE]*"""
)
_ON = words(LINE_WORDS.discounted)
MOST_TEXTS = 20
LEAST = 2
"""Words of a language that show that a text is in it."""
SHORTEST = 3
"""Letters of the shortest word that names goods."""
_PRICE = shape("(?:CURRENCY NUMBER | [AT WEAK_AT]? NUMBER CURRENCY | [AT WEAK_AT] NUMBER) PER? STOP? VAT? (?!NUMBER)")
_COUNTED = shape("NUMBER COUNT")
_MARKED = shape("CURRENCY | [AT WEAK_AT] NUMBER")
_ASKS, _COSTS = frozenset(phrases(TEXT_WORDS.asking)), frozenset(phrases(TEXT_WORDS.costing))
_BEFORE_PRICE = {Kind.VAGUE, Kind.FOR, Kind.TOTAL, Kind.PRICE_WORD, Kind.STOP, Kind.DASH, Kind.OPEN}
_SELLER = re.compile(rf",? (?:{any_phrase(TEXT_WORDS.seller)}) [^,]*", re.IGNORECASE)
_ASKED, _WORD = re.compile(r"(?<=[?!]) +"), re.compile(r"[^\W\d_]+")

_WORDS_OF = {
    language.code: {
        word
        for text in (
            language.lines.prose,
            *language.order.labels.values(),
            language.text.asking,
            language.text.open_end,
        )
        for word in _WORD.findall(text.lower())
    }
    for language in SPOKEN
}
_COMMANDS = {
    word: x.code for x in SPOKEN for asked in (x.commands.list_orders, x.commands.help) for word in phrases(asked)
}
_OWN_WORDS = {code: own.difference(*(x for c, x in _WORDS_OF.items() if c != code)) for code, own in _WORDS_OF.items()}


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


def with_proposals(form: Form) -> Form:
    """Return a form with what its prose may order, text by text, where nothing else is known of the text.

    Texts that name an amount are looked at where no line was found: they are asked back then.
    """
    asked = form.unread or (() if form.lines else form.priced_notes)
    texts = [text for text in asked[:MOST_TEXTS] if text not in form.doubts]
    found = {text: doubt(text, Goods(readings=tuple(_meant(text, form))), ()) for text in texts}
    return replace(form, doubts={**form.doubts, **{text: offers for text, offers in found.items() if offers}})


def _meant(text: str, form: Form) -> Sequence[FormLine]:
    """Return the lines that a text may mean: one sentence has a price, and no other says how many or which VAT."""
    parts = [part for sentence in sentences(without_bullet(text)) for part in _ASKED.split(sentence)]
    priced = [part for part in parts if _MARKED.search(kinds_of(part))]
    rest = [kinds_of(other) for other in (*parts, *form.notes) if other not in {*priced, text}]
    if len(priced) != 1 or any(_COUNTED.search(kinds) or Kind.VAT in kinds for kinds in rest):
        return ()
    name, price = _name_and_price(" ".join(priced[0].split()))
    name = name or next((value for note in form.notes if (value := _described(note))), "")
    if is_prose(name) or not any(len(word) >= SHORTEST for word in _WORD.findall(name)):
        return ()
    goods = read_goods(f"{name}{price}", None)
    if not (goods.line or goods.readings or _COUNTED.search(kinds_of(name))):
        goods = read_goods(f"1 x {_without_article(name)}{price}", None)
    likely = tuple(line for line in goods.readings if not line.description.endswith(" 1"))  # 1 290, not 1 and 290
    return (goods.line,) if goods.line else likely or goods.readings


def _name_and_price(part: str) -> tuple[str, str]:
    """Return what a sentence names before its only price, without what asks for it and who sells it, and the price."""
    line = lex(part)
    prices = list(_PRICE.finditer(line.kinds))
    if len(prices) != 1:
        return "", ""
    begin, end = 0, prices[0].start()
    while end > begin and (line.kinds[end - 1] in _BEFORE_PRICE or line.tokens[end - 1].word in _COSTS):
        end -= 1
    begin = max((n + 1 for n in range(end) if line.tokens[n].word in _ASKS), default=0)
    counted = _COUNTED.search(line.kinds, begin, end)
    if counted and counted.end() < end and Kind.WORD in line.kinds[counted.end() : end]:
        begin = counted.start()
    between = ", " if end < prices[0].start() else " "
    return _SELLER.sub("", line.written(begin, end)), between + line.written(*prices[0].span()).strip(".,; ")


def language_of(subject: str, text: str) -> str:
    """Return the language of a subject that is a command, else the one of most words that only one language has.

    It is "" where these are too few.
    """
    if command := _COMMANDS.get(subject.strip().lower()):
        return command
    said = _WORD.findall(f"{subject}\n{text}".lower())
    counts = sorted(((sum(word in own for word in said), code) for code, own in _OWN_WORDS.items()), reverse=True)
    (most, code), *others = counts
    return code if most >= LEAST and all(most > count for count, _ in others) else ""


def _described(note: str) -> str:
    """Return what a note such as `Vara: Dell XPS 13` says that is wanted."""
    key, _, value = note.partition(":")
    return value.strip() if column_of(key) is Column.DESCRIPTION else ""


def _without_article(name: str) -> str:
    return name.partition(" ")[2] if lex(name).kinds[:1] == Kind.WRITTEN else name

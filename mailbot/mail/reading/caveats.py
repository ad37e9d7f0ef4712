"""Own words beside goods: what they say of all prices becomes a field, and what makes the goods unsure is asked back.

Unsure are goods that are held back, are a choice, are multiplied, or are priced in another way than lines say. Only
words without an amount of their own count, and near goods only: prose far from them stays a note.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mailbot.domain.values.money import CURRENCIES, SIGNS
from mailbot.domain.values.order import Field, Form
from mailbot.domain.values.text import fold
from mailbot.languages import LINE_WORDS, SPOKEN, TEXT_WORDS, VOCABULARY, alternatives, any_pattern, phrases, words
from mailbot.mail.reading.amounts import part_vat, read_vat
from mailbot.mail.reading.blocks import Unclaimed, names_amount
from mailbot.mail.reading.lexer import Kind, lex
from mailbot.mail.reading.totals import sentences, states_sum

NEAR = 3
"""Texts and lines between which a sentence is near goods."""
MOST_WORDS, MOST_IN_HEAD, MOST_ALONE = 10, 6, 2
"""Words of a sentence that may make goods unsure, of a heading, and of one without a colon."""

_HOLDING = re.compile(any_pattern(x.text.holding for x in SPOKEN))
_HEADING = re.compile(any_pattern(x.text.holding_head for x in SPOKEN))
_OF_PRICES = frozenset(phrases(TEXT_WORDS.of_prices))
_CODES = {**{code.lower(): code for code in CURRENCIES}, **SIGNS, **VOCABULARY.currency_names, **VOCABULARY.currencies}
_MONEY = {*_CODES, *words(LINE_WORDS.money)}
_PERCENT = re.compile(rf"(?<!\d)(?!100)\d+ ?(?:{alternatives(('%', *words(LINE_WORDS.percent)))})(?!\w)")
_TERM = {Kind.PER, Kind.TERM}
_BETWEEN = re.compile(r"[\s.,:;!()*]+")


def with_caveats(form: Form, settled: Sequence[Unclaimed]) -> Form:
    """Return a form of goods with the fields that its own words state, and what makes its lines unsure as `held`."""
    if not (form.lines or form.unread):
        return form
    own = [taken for taken in settled if not (taken.goods or taken.is_closing)]
    for vat, currency in filter(None, (_stated(part) for taken in own for part in sentences(taken.text))):
        form = _with_vat(_with_currency(form, currency), vat)
    said = map(read_vat, [form.fields.get(Field.VAT, ""), *(line.vat for line in form.lines)])
    includes_vat = any(vat and vat.included for vat in said)
    return replace(form, held=tuple(dict.fromkeys((*form.held, *_unsure(settled, includes_vat=includes_vat)))))


def _stated(sentence: str) -> tuple[str, str] | None:
    """Return what a sentence that speaks of all prices alone says of VAT, and their currency; "" for neither."""
    said = [word for word in _BETWEEN.split(fold(sentence)) if word]
    rest = [word for word in said if word not in _OF_PRICES]
    codes = {_CODES[word] for word in rest if word in _CODES}
    vat = " ".join(word for word in rest if word not in _CODES)
    read = read_vat(vat)
    is_vat = not VOCABULARY.tax.isdisjoint(rest) and read is not None and (read.included, read.rate) != (None, None)
    if not (is_vat or (codes and not vat and len(rest) < len(said))) or len(codes) > 1:
        return None
    return vat, next(iter(codes), "")


def _with_currency(form: Form, code: str) -> Form:
    given = form.fields.get(Field.CURRENCY, "SEK")
    if not code or _CODES.get(fold(given), given) == code:
        return form
    return _with(form, Field.CURRENCY, code if Field.CURRENCY not in form.fields else "")


def _with_vat(form: Form, said: str) -> Form:
    """Return a form with what its words say of VAT; what holds for all orders is said by none."""
    given = form.fields.get(Field.VAT, "")
    whole = f"{given} {said}".strip()
    read = read_vat(whole)
    is_usual = read is not None and not read.included and read.rate in {None, 25}
    if read == read_vat(given) or (is_usual and not given and not any(line.vat for line in form.lines)):
        return form
    return _with(form, Field.VAT, "" if read is None else whole)


def _with(form: Form, key: Field, value: str) -> Form:
    """Return a form with a field, or with two values of it where it cannot have this one."""
    return (
        replace(form, fields={**form.fields, key: value}) if value else replace(form, conflicts=(*form.conflicts, key))
    )


def _unsure(settled: Sequence[Unclaimed], *, includes_vat: bool) -> Iterator[str]:
    """Yield the texts that make goods unsure, and the lines whose own cells do."""
    goods = {place for place, taken in enumerate(settled) if taken.goods}
    near = {place + step for place in goods for step in range(-NEAR, NEAR + 1)}
    for place, taken in enumerate(settled):
        if taken.goods:
            if any(_HOLDING.search(fold(note)) for note in taken.goods.notes):
                yield taken.text
        elif place in near and not taken.is_closing and not names_amount(taken.text):
            unsure = (_is_unsure(sentence, includes_vat=includes_vat) for sentence in sentences(taken.text))
            if any(unsure) or (place + 1 in goods and _is_unsure_head(taken.text)):
                yield taken.text


def _is_unsure(sentence: str, *, includes_vat: bool) -> bool:
    """Tell whether a short sentence holds goods back, or names a percentage, a currency or another basis of VAT.

    One that was taken in as a field makes nothing unsure, nor does a question or a sum.
    """
    if len(sentence.split()) > MOST_WORDS or sentence.endswith("?") or states_sum(sentence) or _stated(sentence):
        return False
    said, text = read_vat(part_vat(sentence)[1]), fold(sentence)
    is_other = said is not None and said.included not in {None, includes_vat}
    is_money = not _MONEY.isdisjoint(_BETWEEN.split(text))
    return is_other or is_money or bool(_HOLDING.search(text) or _PERCENT.search(text))


def _is_unsure_head(text: str) -> bool:
    """Tell whether a text right above goods heads such as are unsure: `Redan beställt:`, `eller`, `Per månad:`."""
    ends, count = text.endswith(":"), len(text.split())
    if count > (MOST_IN_HEAD if ends else MOST_ALONE) or "@" in text:
        return False
    return _HEADING.search(fold(text)) is not None or (ends and not _TERM.isdisjoint(lex(text).kinds))

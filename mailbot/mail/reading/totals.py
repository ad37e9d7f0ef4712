"""The total of an order as people state it: alone on a line, in a sentence, or with the VAT that is added to it.

A sentence that may state a higher total than all else is kept as the field, so that whoever judges the order asks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

from mailbot.domain.values.money import BadAmount, Money
from mailbot.domain.values.order import Field, Form
from mailbot.languages import SPOKEN, SUM_WORDS, any_phrase, phrases
from mailbot.mail.reading.amounts import parse_amount, part_vat, read_vat
from mailbot.mail.reading.lexer import Kind, kinds_of, lex, shape
from mailbot.mail.reading.readings import line_sum

MOST_SUMS = 9

_LETTER = "A-Z" + "".join(language.letters for language in SPOKEN).upper()
_TO_PAY = any_phrase(SUM_WORDS.to_pay)
_TOTAL = re.compile(rf"(?:{any_phrase(SUM_WORDS.total)})(?: (?:{_TO_PAY}))?(?!\w) *(?P<colon>[:：=])?", re.IGNORECASE)
_SUMS = re.compile(rf"(?:{any_phrase(SUM_WORDS.sums)})\b", re.IGNORECASE)
_WORD = re.compile(
    rf"(?:{any_phrase(SUM_WORDS.whole)}"
    rf"|(?<!\w)(?:{any_phrase(SUM_WORDS.whole_alone)}))(?!\w)"
)
"""Words for the whole, in lower case: searched in any text, it has to be fast."""
_NO_END = "".join(rf"(?<!{re.escape(word)})" for word in phrases(SUM_WORDS.abbreviations))
_LETTERS, _SENTENCES = re.compile(r"[^\W\d_]+"), re.compile(rf"(?<=[.!?]){_NO_END} +(?=[{_LETTER}])")
_WHOLE = frozenset(phrases(SUM_WORDS.around_whole))
"""With no other words around it an amount is that of the whole order."""
_AMOUNTS = shape("CURRENCY NUMBER | NUMBER CURRENCY | NUMBER MANY | (?<!NAMING) NUMBER (?=[STOP CLOSE]*$)")
_OF_WHICH, _TAX = any_phrase(SUM_WORDS.of_which), any_phrase(SUM_WORDS.tax)
_SUBTOTAL = any_phrase(SUM_WORDS.subtotal)
_BESIDE = re.compile(
    rf"(?:(?P<tax>(?:(?:{_OF_WHICH}) )?(?:{_TAX})(?: ?\(?\d\d? ?%\)?)?)|{_SUBTOTAL})[ :=;|\t]+(?P<sum>.*\d.*)",
    re.IGNORECASE,
)
"""Sums that stand beside the total: one of VAT, or one without it."""
_PRICED = shape("CURRENCY SIGN? NUMBER | NUMBER SIGN? CURRENCY | NUMBER PER | ODD CURRENCY | CURRENCY ODD")
_AROUND, _AROUND_CELLS = "*_ \t,(", "*_ \t;|"
_DIGIT = re.compile(r"\d")


def is_priced(kinds: str) -> bool:
    """Tell whether a shape holds an amount that a currency marks."""
    return _PRICED.search(kinds) is not None


def sentences(text: str) -> Sequence[str]:
    """Return the sentences of a text; an abbreviation with its stop ends none."""
    return _SENTENCES.split(text)


def states_sum(text: str) -> bool:
    """Tell whether a text begins as one does that states the sum of something: it is no line of goods."""
    return _SUMS.match(text) is not None or told_total(text) != ""


def is_beside(text: str) -> bool:
    """Tell whether a text only states a sum that stands beside the total: VAT, or what comes before it."""
    found = _BESIDE.fullmatch(text.strip(_AROUND_CELLS))
    return found is not None and isinstance(_sum(found["sum"]), Money)


def total_key(cell: str) -> str | None:
    """Return the VAT basis, "" for none, that a cell names if it says nothing but that the total stands beside it."""
    name, basis = part_vat(cell) if _TOTAL.match(cell) else ("", "")
    return basis if _TOTAL.fullmatch(name.strip()) else None


def stated_total(text: str) -> str:
    """Return the sum, with the VAT basis that it names, of a text that states nothing but the total; "" for another.

    One that cannot be read is returned as it is: whoever judges the order asks it back.
    """
    bare = text.strip("*_ \t>").replace("*", "")
    plain, basis = part_vat(bare) if _TOTAL.match(bare) else ("", "")
    found = _TOTAL.match(plain)
    if found is None or found.end() == len(plain):
        return ""
    amount = plain[found.end() :].strip(_AROUND)
    if isinstance(parse_amount(amount), BadAmount) or not (found["colon"] or is_priced(kinds_of(amount))):
        return plain[found.end() :].strip("*_ \t") if found["colon"] and not basis and _DIGIT.search(amount) else ""
    return f"{amount} {basis}".strip()


def told_total(sentence: str) -> str:
    """Return the total, with the VAT basis that it names, of a sentence that speaks of the whole alone; "" for none."""
    if not _tells_of_whole(sentence) or sentence.endswith("?"):
        return ""
    plain, basis = part_vat(sentence)
    kinds, amounts = kinds_of(plain), _amounts(sentence)
    if len(amounts) != 1 or not is_priced(kinds) or Kind.SIGN in kinds or kinds.count(Kind.NUMBER) > 1:
        return ""
    around = _LETTERS.findall(_WORD.sub(" ", plain.replace(amounts[0], " ").lower()))
    return f"{amounts[0]} {basis}".strip() if _WHOLE.issuperset(around) else ""


def _tells_of_whole(text: str) -> bool:
    return _DIGIT.search(text) is not None and _WORD.search(text.lower()) is not None


def _amounts(sentence: str) -> list[str]:
    line = lex(part_vat(sentence)[0].replace("\t", " "))
    return [line.written(*found.span()) for found in _AMOUNTS.finditer(line.kinds)]


def with_totals(form: Form, stated: Sequence[str]) -> Form:
    """Return a form with its total for each VAT basis: as stated and, of a form of goods, as its sentences tell.

    A sentence is kept as it is where it only may state a total, higher than all else.
    """
    notes = filter(_tells_of_whole, form.notes)
    texts = [text for note in notes for text in sentences(note) if _tells_of_whole(text)]
    told = {text: told_total(text) for text in texts} if form.lines or form.unread else {}
    form, stated = _added_up(form, [*stated, *filter(None, told.values())])
    kept: dict[bool | None, str] = {}
    differ = [_sum(kept.setdefault(_side(total), total)) != _sum(total) for total in stated]
    unsure = [text for text in told if not told[text]]
    total = "; ".join([*kept.values(), *(_higher(unsure, form, stated) if unsure else ())])
    return replace(
        form,
        fields={**form.fields, Field.TOTAL: total} if total else form.fields,
        conflicts=(*form.conflicts, Field.TOTAL) if any(differ) else form.conflicts,
        notes=tuple(note for note in form.notes if not told.get(note)),
        priced_notes=tuple(note for note in form.priced_notes if not told.get(note)),
    )


def _higher(texts: Sequence[str], form: Form, stated: Sequence[str]) -> Iterator[str]:
    """Yield the texts that name a higher amount than the lines and what is stated come to, or one that is not read."""
    known = [found.amount for found in map(_sum, stated) if isinstance(found, Money)]
    least = max([*known, sum((line_sum(line).amount for line in form.lines), Decimal())])
    for text in texts:
        if any(isinstance(found, BadAmount) or found.amount > least for found in map(_sum, _amounts(text))):
            yield text


def _sum(total: str) -> Money | BadAmount:
    return parse_amount(part_vat(total)[0].strip(_AROUND_CELLS))


def _side(total: str) -> bool | None:
    """Tell whether a stated total says that VAT is in it."""
    said = read_vat(part_vat(total)[1])
    return said.included if said else None


def _added_up(form: Form, totals: Sequence[str]) -> tuple[Form, Sequence[str]]:
    """Give the totals between which VAT lies their bases, as in 9 000 kr, moms 2 250 kr, 11 250 kr."""
    beside = [found for found in map(_BESIDE.match, form.notes) if found][:MOST_SUMS]
    own = form.fields.get(Field.VAT, "")
    taxes = [own, *(found["sum"] for found in beside if found["tax"])]
    parts = [*totals[:MOST_SUMS], *(found["sum"] for found in beside if not found["tax"])]
    for part, tax, whole in product(parts, taxes, totals[:MOST_SUMS]):
        if _side(part) is not True and _side(whole) is not False and _adds(part, tax, whole):
            kept = {key: value for key, value in form.fields.items() if key is not Field.VAT or value != tax}
            amounts = SPOKEN[0].amounts
            bases = f"{part_vat(part)[0]} {amounts.without_vat}", f"{part_vat(whole)[0]} {amounts.with_vat}"
            return replace(form, fields=kept), [*bases, *(total for total in totals if total not in {part, whole})]
    return form, totals


def _adds(part: str, tax: str, whole: str) -> bool:
    sums = [found for found in map(_sum, (part, tax, whole)) if isinstance(found, Money)]
    is_comparable = len(sums) == len((part, tax, whole)) and len({found.currency for found in sums}) == 1
    return is_comparable and abs(sums[0].amount + sums[1].amount - sums[2].amount) <= 1

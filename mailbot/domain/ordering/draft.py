"""Makes a form the content of an order, or the list of all its problems."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from mailbot.domain.people.directory import DECIDING, Directory, Person, RightKind, Supplier, Unit
from mailbot.domain.people.namesakes import labels
from mailbot.domain.people.rights import Authority, Deciders, Denial, Matter, approvers, counted
from mailbot.domain.values.money import (
    CURRENCIES,
    SIGNS,
    AmountProblem,
    BadAmount,
    Money,
    amount_readings,
    parse_amount,
    parse_discount,
    parse_quantity,
    quantity_readings,
)
from mailbot.domain.values.order import DETAILS, Content, Field, FileProblem, Form, FormLine, Line, LineOffers, Vat
from mailbot.domain.values.policy import Policy
from mailbot.domain.values.text import fits, fold
from mailbot.domain.values.vat import part_vat, read_vat
from mailbot.domain.values.vocabulary import Vocabulary

MAX_LINES = 500
QUOTES = '"”“„»« '

LONGEST_ENDING = 3
"""Letters that a form of a name has more than the name: `Ask`, `Asks`."""


class ProblemKind(StrEnum):
    """What can be wrong with a form, a field or a line."""

    MISSING = "missing"
    CONFLICT = "conflict"
    UNKNOWN_UNIT = "unknown_unit"
    UNIT_WITHOUT_APPROVER = "unit_without_approver"
    UNKNOWN_APPROVER = "unknown_approver"
    AMBIGUOUS_APPROVER = "ambiguous_approver"
    APPROVER_WITHOUT_RIGHT = "approver_without_right"
    OWN_ORDER = "own_order"
    NEAR_SUPPLIER = "near_supplier"
    ABOVE = "above"
    UNKNOWN_CURRENCY = "unknown_currency"
    MIXED_CURRENCIES = "mixed_currencies"
    UNKNOWN_VAT = "unknown_vat"
    NO_LINES = "no_lines"
    UNREAD_LINE = "unread_line"
    APART_LINE = "apart_line"
    WHICH_LINES = "which_lines"
    UNSURE_LINES = "unsure_lines"
    UNREAD_FILE = "unread_file"
    UNKNOWN_COLUMN = "unknown_column"
    TOO_MANY_LINES = "too_many_lines"
    PLACEHOLDER = "placeholder"
    FORWARDED = "forwarded"
    BAD_QUANTITY = "bad_quantity"
    BAD_PRICE = "bad_price"
    BAD_DISCOUNT = "bad_discount"
    BAD_TOTAL = "bad_total"
    BAD_COUNTERVALUE = "bad_countervalue"
    BAD_ACCOUNTING = "bad_accounting"
    AMBIGUOUS_PERSON = "ambiguous_person"
    NOT_ONLY_A_NAME = "not_only_a_name"
    FOR_WHOM = "for_whom"


@dataclass(frozen=True)
class Problem:
    """One thing to mend: the field (None for lines), the text written, and what could be chosen instead.

    `choices` are persons, `names` units or suppliers; `likely`: the first of them is probably meant. `line` counts from
    1. `why` says more about an amount, `readings` what it may mean. `offers` are the lines, by language, that one asked
    back may mean. `trouble` is why a file was not read.
    """

    kind: ProblemKind
    field: Field | None = None
    text: str = ""
    line: int = 0
    why: AmountProblem | None = None
    choices: tuple[Person, ...] = ()
    names: tuple[str, ...] = ()
    likely: bool = False
    readings: tuple[Money | Decimal, ...] = ()
    trouble: FileProblem | None = None
    offers: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class DraftContext:
    """What a form is judged against; `day` is the local day."""

    requester: Person
    directory: Directory
    policy: Policy
    day: date


def complete(form: Form, setting: DraftContext) -> Content | tuple[Problem, ...]:
    """Return the content of an order, or all problems of the form together."""
    words = setting.policy.vocabulary
    unit, currency, vat = _unit(form, setting), _currency(form, words), _vat(form, words)
    rate = vat.rate if isinstance(vat, Vat) else Decimal(25)
    known = currency if isinstance(currency, str) else "SEK"
    lines, line_problems = _lines(form, known, rate, words)
    total = _total(form, known, vat if isinstance(vat, Vat) else Vat(), words)
    countervalue = _countervalue(form, currency, setting.policy)
    concerns = _concerns(form, unit, setting)
    unread = [Problem(ProblemKind.UNREAD_FILE, text=file.name, trouble=file.why) for file in form.unread_files]
    # If a file was not read, all lines are written anew: their problems are moot.
    in_sums = [p for p in (currency, vat, total, countervalue, *(unread or line_problems)) if isinstance(p, Problem)]
    supplier = _supplier(form, setting.directory)
    content = Content(
        unit=unit.id if isinstance(unit, Unit) else "",
        approver=0,
        supplier=supplier.name if isinstance(supplier, Supplier) else supplier if isinstance(supplier, str) else "",
        supplier_id=supplier.id if isinstance(supplier, Supplier) else None,
        lines=lines,
        currency=known,
        vat=vat if isinstance(vat, Vat) else Vat(),
        stated_total=total if isinstance(total, Money) else None,
        details={f: form.fields[f] for f in DETAILS if f in form.fields},
        notes=form.notes,
        priced_notes=form.priced_notes,
        struck=form.struck,
        concerns=concerns.id if isinstance(concerns, Person) else None,
        countervalue=countervalue if isinstance(countervalue, Money) else None,
    )
    approver = _approver(form, unit, _matter(content, setting, known=not in_sums), setting)
    problems = [p for p in (unit, approver, supplier, concerns) if isinstance(p, Problem)] + in_sums
    problems += _field_problems(form, setting.policy)
    if problems or not isinstance(approver, Person):
        return tuple(sorted(problems, key=_mail_order))
    return replace(content, approver=approver.id)


def _matter(content: Content, setting: DraftContext, *, known: bool) -> Matter:
    """Return what authority depends on in an order to be; a sum that is not `known` yet is not asked for."""
    amount = counted(content, setting.policy) if known else None
    whole = Matter(content.unit, setting.requester.id, setting.day, amount, any_amount=not known)
    return replace(whole, supplier=content.supplier_id, concerns=content.concerns)


def worth(form: Form, words: Vocabulary) -> Money | None:
    """Return the sum of the lines or the stated total, whichever is higher; None if a part of them cannot be read."""
    currency, vat = _currency(form, words), _vat(form, words)
    if isinstance(currency, Problem) or isinstance(vat, Problem):
        return None
    lines, problems = _lines(form, currency, vat.rate, words)
    total = _total(form, currency, vat, words)
    if problems or isinstance(total, Problem):
        return None
    line_sum = sum((line.total for line in lines), Money.zero(currency))
    return max(line_sum, total or line_sum)


def _mail_order(problem: Problem) -> tuple[int, int]:
    fields = list(Field)
    return (fields.index(problem.field) if problem.field else len(fields), problem.line)


def _field_problems(form: Form, policy: Policy) -> Iterator[Problem]:
    accounting = form.fields.get(Field.ACCOUNTING, "")
    if policy.accounting_required and not accounting:  # docs/rules/attest.md#r35
        yield Problem(ProblemKind.MISSING, Field.ACCOUNTING)
    elif not is_accounting(accounting, policy):
        yield Problem(ProblemKind.BAD_ACCOUNTING, Field.ACCOUNTING, accounting)
    for field in form.conflicts:
        yield Problem(ProblemKind.CONFLICT, field, form.fields.get(field, ""))
    for field, text in form.fields.items():
        # A copied form with "<belopp>" left in it is not an answer (docs/rules/mail.md#f83).
        if text.startswith("<") and text.endswith(">") and "@" not in text:
            yield Problem(ProblemKind.PLACEHOLDER, field, text)


def is_accounting(text: str, policy: Policy) -> bool:
    """Tell whether a stated accounting fits the policy's pattern and, where it is required, says anything at all."""
    bare = fold(text).strip(" .!?-")
    says = len(set(bare)) > 1 and bare not in policy.vocabulary.unstated
    return not text or ((says or not policy.accounting_required) and fits(text, policy.accounting_pattern))


def orderable_units(setting: DraftContext) -> tuple[Unit, ...]:
    """Return the units that take orders on this day, by name: those with an active approver."""
    active = (u for u in setting.directory.units.values() if _is_open(u, setting))
    return tuple(sorted(active, key=lambda u: fold(u.name)))


def _unit_names(setting: DraftContext) -> tuple[str, ...]:
    return tuple(unit.name for unit in orderable_units(setting))


def _is_open(unit: Unit, setting: DraftContext) -> bool:
    """Tell whether the unit takes orders: it has an active approver, or approvers are awaited."""
    return unit.id in setting.directory.awaited or _has_approver(unit, setting)


def _has_approver(unit: Unit, setting: DraftContext) -> bool:
    """Tell whether the unit has an active approver: one of its own, or one above it if superiors may always decide."""
    return bool(approvers(unit.id, setting.directory, setting.policy, setting.day))


def _unit(form: Form, setting: DraftContext) -> Unit | Problem:
    text = form.fields.get(Field.UNIT, "")
    own = setting.requester.units
    if not text and len(own) == 1 and own[0] in setting.directory.units:
        text = own[0]
    if not text:
        return _likely_first(
            Problem(ProblemKind.MISSING, Field.UNIT, names=_unit_names(setting)), _units_in(form, setting)
        )
    unit = setting.directory.unit_named(text)
    if unit is None:
        return Problem(ProblemKind.UNKNOWN_UNIT, Field.UNIT, text, names=_unit_names(setting))
    if not _is_open(unit, setting):
        return Problem(ProblemKind.UNIT_WITHOUT_APPROVER, Field.UNIT, unit.name)
    return unit


def _approver(form: Form, unit: Unit | Problem, matter: Matter, setting: DraftContext) -> Person | Problem | None:
    """Find the approver: anybody with a right over the unit, since others are asked where it does not cover the order.

    Whoever is above the nearest level that may decide it is asked back once (docs/rules/promises.md#nearest).
    """
    if isinstance(unit, Problem):
        return _no_approver(form, unit)
    text, directory = form.fields.get(Field.APPROVER, ""), setting.directory
    this = Deciders(matter, directory, setting.policy)
    deciders = Deciders(Matter(unit.id, matter.requester, matter.day, any_amount=True), directory, setting.policy)
    waits = not _has_approver(unit, setting)
    awaited = directory.by_name(directory.awaited.get(unit.id, ())) if waits else ()
    able, near = deciders.persons or awaited, this.near() or deciders.near() or awaited

    def problem(kind: ProblemKind, choices: tuple[Person, ...] = near) -> Problem:
        return Problem(kind, Field.APPROVER, text, choices=choices)

    if not text:
        others = [person for person in near if person.id != matter.requester]
        return _likely_first(problem(ProblemKind.MISSING), directory.persons_in(form.words, others))
    named = _named(text, able, deciders)
    if not named:
        like = tuple(p for p in near if _words(text) and _words(text) <= _words(p.name))
        return _likely_first(problem(ProblemKind.UNKNOWN_APPROVER), like)
    if len(named) > 1:
        return problem(ProblemKind.AMBIGUOUS_APPROVER, named)
    may = this.authority(named[0])  # whom the table of own costs names may have no right over the unit
    match may if isinstance(may, Authority) else deciders.authority(named[0]):
        case Denial.OWN_ORDER:
            return problem(ProblemKind.OWN_ORDER)
        case Denial.HOLDER_PRESENT | Denial.DEPENDENT:
            return named[0]  # instead of a deputy the holder is asked, instead of somebody below the level above
        case Denial() if waits and _is_or_was_approver(named[0], unit, setting):
            return named[0]  # the order waits for the approvers who are to be confirmed
        case Denial():
            return problem(ProblemKind.APPROVER_WITHOUT_RIGHT)
    is_insisted = named == _named(form.named_before, able, deciders)
    return problem(ProblemKind.ABOVE) if this.is_above(named[0]) and not is_insisted else named[0]


def _named(text: str, able: tuple[Person, ...], deciders: Deciders) -> tuple[Person, ...]:
    """Return whom the text names: of those who may decide in the unit, by what tells namesakes apart, else of all."""
    known, directory = labels(deciders.able, deciders.directory), deciders.directory
    of_unit = directory.named(text, able) or tuple(p for p in able if fold(known.get(p.id, p.name)) == fold(text))
    return of_unit or directory.named(text, directory.persons.values())


def _is_or_was_approver(person: Person, unit: Unit, setting: DraftContext) -> bool:
    held = {right.person for right in setting.directory.rights_in(unit.id, RightKind.ORDER)}
    return person.id in held | setting.directory.awaited.get(unit.id, frozenset())


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", fold(text)))


def _no_approver(form: Form, unit: Problem) -> Problem | None:
    """Return the approver's problem without a valid unit: only a missing one can be told."""
    closed = unit.kind is ProblemKind.UNIT_WITHOUT_APPROVER
    return None if closed or form.fields.get(Field.APPROVER) else Problem(ProblemKind.MISSING, Field.APPROVER)


def _units_in(form: Form, setting: DraftContext) -> tuple[str, ...]:
    """Return the units that a form may mean: those that its words name, else those of the requester."""
    said, own, names = fold(form.words), setting.requester.units, _unit_names(setting)
    named = tuple(name for name in names if fold(name) in said)
    return named or tuple(unit.name for unit in orderable_units(setting) if unit.id in own)


def _likely_first(problem: Problem, meant: tuple[Person, ...] | tuple[str, ...]) -> Problem:
    """Return a problem with what may be meant first to choose from; one alone is likely, and never taken by a guess."""
    people = dict.fromkeys((*(one for one in meant if isinstance(one, Person)), *problem.choices))
    names = dict.fromkeys((*(one for one in meant if isinstance(one, str)), *problem.names))
    return replace(problem, choices=tuple(people), names=tuple(names), likely=len(meant) == 1)


def _supplier(form: Form, directory: Directory) -> Supplier | str | Problem:
    """Return the supplier of the register, or the name as written; one that is only near a registered name is asked.

    Between quotation marks stands a name that is to be taken as it is written.
    """
    text = form.fields.get(Field.SUPPLIER, "")
    bare = text.strip(QUOTES)
    if not bare:
        missing = Problem(ProblemKind.MISSING, Field.SUPPLIER, names=directory.supplier_names)
        return _likely_first(missing, directory.suppliers_in(form.words))
    near = () if bare != text else directory.suppliers_near(text)
    if (found := directory.supplier_meant(text)) or not near:
        return found or bare
    return Problem(ProblemKind.NEAR_SUPPLIER, Field.SUPPLIER, text, names=near, likely=len(near) == 1)


def _currency(form: Form, words: Vocabulary) -> str | Problem:
    text = form.fields.get(Field.CURRENCY, "SEK").strip()
    code = {**SIGNS, **words.currency_names}.get(text.lower(), text.upper())
    return code if code in CURRENCIES else Problem(ProblemKind.UNKNOWN_CURRENCY, Field.CURRENCY, text)


def _vat(form: Form, words: Vocabulary) -> Vat | Problem:
    """Read `exkl`/`inkl` (`excl`/`incl`) and a rate in any order; absent, excluding and 25 %.

    All prices of an order have one basis; a line may have a rate of its own (`_line`).
    """
    text = form.fields.get(Field.VAT, "")
    own, of_lines = read_vat(text, words), [read_vat(line.vat, words) for line in form.lines]
    said = [vat for vat in of_lines if vat is not None]
    if own is None or len(said) < len(of_lines):
        bad = next((line.vat for line, vat in zip(form.lines, of_lines, strict=True) if vat is None), text)
        return Problem(ProblemKind.UNKNOWN_VAT, Field.VAT, bad)
    sides = {vat.included for vat in (own, *said)} - {None}
    is_half_said = own.included is None and sides == {True} and any(vat.included is None for vat in said)
    rates = {vat.rate for vat in said}
    if len(sides) > 1 or is_half_said or (own.rate is not None and rates - {None, own.rate}):
        all_said = dict.fromkeys((text, *(line.vat for line in form.lines)))
        return Problem(ProblemKind.UNKNOWN_VAT, Field.VAT, " / ".join(all_said))
    common = own.rate if own.rate is not None else rates.pop() if len(rates) == 1 else None
    return Vat(included=True in sides, rate=Decimal(25) if common is None else common)


def _total(form: Form, currency: str, vat: Vat, words: Vocabulary) -> Money | Problem | None:
    """Return the stated total in the order's basis: of two the higher, a problem if they differ by more than 1."""
    text = form.fields.get(Field.TOTAL)
    if not text:
        return None
    found = []
    for stated in text.split("; "):
        plain, basis = part_vat(stated, words)
        amount = _amount(Problem(ProblemKind.BAD_TOTAL, Field.TOTAL, plain), currency, words)
        if isinstance(amount, Problem):
            return replace(amount, text=text)
        said = read_vat(basis, words)
        included = vat.included if said is None or said.included is None else said.included
        found.append(vat.in_basis(amount, included=included, wanted=vat.included))
    if max(found) - min(found) > Money(Decimal(1), currency):
        return Problem(ProblemKind.CONFLICT, Field.TOTAL, text)
    return max(found)


def _countervalue(form: Form, currency: str | Problem, policy: Policy) -> Money | Problem | None:
    """Read what an order in a foreign currency is worth in kronor; the policy says whether this must be stated."""
    text = form.fields.get(Field.COUNTERVALUE, "")
    if currency == "SEK" or isinstance(currency, Problem):
        return None
    if not text:
        return Problem(ProblemKind.MISSING, Field.COUNTERVALUE) if policy.countervalue_required else None
    return _amount(Problem(ProblemKind.BAD_COUNTERVALUE, Field.COUNTERVALUE, text), "SEK", policy.vocabulary)


def _concerns(form: Form, unit: Unit | Problem | None, setting: DraftContext) -> Person | Problem | None:
    """Find the person whom the purchase is for; None if nobody has the name, because then nobody is barred by it.

    Where it matters, a name among other words is asked back, and so is none from who has power over the unit
    (docs/rules/attest.md#r59).
    """
    text, directory = form.fields.get(Field.FOR_PERSON, ""), setting.directory
    if not _words(text) and isinstance(unit, Unit) and _must_say_for_whom(unit, setting):
        return Problem(ProblemKind.FOR_WHOM, Field.FOR_PERSON, text, choices=(setting.requester,))
    if fold(text).rstrip(".") in setting.policy.vocabulary.oneself:
        return setting.requester
    named = directory.named(text, directory.persons.values()) if text else ()
    if len(named) == 1 or not text or not setting.policy.own_costs:
        return named[0] if len(named) == 1 else None
    kind = ProblemKind.AMBIGUOUS_PERSON if named else ProblemKind.NOT_ONLY_A_NAME
    named = named or tuple(p for p in directory.persons.values() if _is_within(p, text))
    return Problem(kind, Field.FOR_PERSON, text, choices=named) if named else None


def _must_say_for_whom(unit: Unit, setting: DraftContext) -> bool:
    who, directory = setting.requester.id, setting.directory
    held = {r.unit for r in directory.rights_of(who) if r.kind in DECIDING and r.live(setting.day)}
    over = {*directory.heads(who), *held}.intersection(directory.path(unit.id))
    return setting.policy.for_person_required and bool(over)


def _is_within(person: Person, text: str) -> bool:
    """Tell whether all words of the person's name stand in the text, in any order and form, or one of the addresses."""
    words, name = _words(text), _words(person.name)
    is_named = all(any(w.startswith(n) and len(w) <= len(n) + LONGEST_ENDING for w in words) for n in name)
    return (bool(name) and is_named) or any(_words(a) <= words for a in (person.address, *person.aliases))


def _lines(form: Form, currency: str, rate: Decimal, words: Vocabulary) -> tuple[tuple[Line, ...], list[Problem]]:
    if len(form.lines) + len(form.unread) > MAX_LINES:
        return (), [Problem(ProblemKind.TOO_MANY_LINES, text=str(MAX_LINES))]
    numbered = zip(form.line_numbers, form.lines, strict=True)
    read = [_line(number, line, currency, rate, words) for number, line in numbered]
    problems = [p for line in read if not isinstance(line, Line) for p in line]
    problems += _unread(form)
    if not form.lines and not form.unread:
        problems.append(Problem(ProblemKind.NO_LINES))
    return tuple(line for line in read if isinstance(line, Line)), problems


def _unread(form: Form) -> Iterator[Problem]:
    """Yield a problem for each line that is asked back, but only one for all rows under an unknown column."""
    if choice := form.choice:
        yield Problem(ProblemKind.WHICH_LINES, offers=choice.offers)
        return
    yield from (Problem(ProblemKind.UNSURE_LINES, text=text) for text in form.held)
    columns: set[str] = set()
    for number, text in zip(form.unread_numbers, form.unread, strict=True):
        doubt = form.doubts.get(text, LineOffers())
        if not doubt.column:
            kind = doubt.kind or ProblemKind.UNREAD_LINE
            yield Problem(ProblemKind(kind), text=text, line=number, offers=doubt.offers or None)
        elif doubt.column not in columns:
            columns.add(doubt.column)
            yield Problem(ProblemKind.UNKNOWN_COLUMN, text=doubt.column)


def _line(number: int, line: FormLine, currency: str, rate: Decimal, words: Vocabulary) -> Line | list[Problem]:
    quantity = parse_quantity(line.quantity)
    price = _amount(Problem(ProblemKind.BAD_PRICE, None, line.price, number), currency, words)
    problems = [price] if isinstance(price, Problem) else []
    if isinstance(quantity, BadAmount):
        bad = Problem(ProblemKind.BAD_QUANTITY, None, line.quantity, number, why=quantity.kind)
        problems.insert(0, replace(bad, readings=quantity_readings(line.quantity) if quantity.unsure else ()))
    if not (isinstance(quantity, Decimal) and isinstance(price, Money)):
        return problems
    off = parse_discount(line.discount, price.times(quantity), words) if line.discount else None
    if line.discount and off is None:
        return [Problem(ProblemKind.BAD_DISCOUNT, None, line.discount, number)]
    said = read_vat(line.vat, words)
    own = said.rate if said and said.rate != rate else None
    return Line(line.description, quantity, price, line.item_no, line.unit, off, own)


def _amount(bad: Problem, currency: str, words: Vocabulary) -> Money | Problem:
    """Read the amount in the text of `bad`; if it cannot be taken, return the problem with the reason."""
    amount = parse_amount(bad.text, words, currency)
    if isinstance(amount, BadAmount):
        readings = amount_readings(bad.text, words, currency) if amount.unsure else ()
        return replace(bad, why=amount.kind, readings=readings)
    return amount if amount.currency == currency else replace(bad, kind=ProblemKind.MIXED_CURRENCIES)

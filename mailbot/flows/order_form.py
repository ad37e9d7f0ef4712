"""The order form on the web: what a person typed becomes a mail for that person to send. Nothing is kept or sent."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from email.message import EmailMessage
from enum import StrEnum
from itertools import islice

from mailbot.domain.directory import Person, Unit, fold
from mailbot.domain.draft import Problem, ProblemKind, Setting, complete, orderable_units
from mailbot.domain.money import AmountProblem, Money
from mailbot.domain.namesakes import labels
from mailbot.domain.order import DETAILS, Content, Field, Form, FormLine, Route
from mailbot.domain.rights import Matter, deciders
from mailbot.domain.routing import route
from mailbot.flows.bot import Bot
from mailbot.mail.inbound import clean, tidy
from mailbot.mail.intake import take_in
from mailbot.mail.mailto import opening
from mailbot.mail.order_form import MAX_VALUE
from mailbot.mail.order_text import write_form

MAX_LINES = 20
"""More lines stand better in an attached file (docs/mail.md), and a page is to stay small."""
ROOM = 16_000
"""Bytes that a list to choose from may take; longer ones are left out, for half a list looks like all of it."""
MAX_HITS = 30
LENGTHS = {"no": 40, "what": 200, "quantity": 20, "measure": 20, "price": 30}
"""The cells of a line as the page names them, and how long they may be."""
MAX_FIELD = 200
"""How long a field may be; the reason has the room that a mail gives it."""
SUBJECTS = {"sv": "Beställning", "en": "Order"}
NOBODY = Person(0, "", "", registered=False)
"""Who fills in the form is not known: nobody's own orders, and a member of no unit."""

_SEPARATORS = re.compile("[;|]")
_ANY = {Field.UNIT: "x", Field.APPROVER: "x", Field.SUPPLIER: "x"}
_ANYBODY = "anybody@example.org"
_ANY_LINE = FormLine("x", "1", "1")


@dataclass(frozen=True)
class Typed:
    """What stands in the form. `chosen` names unit and approver as `key` does; `rows` are all rows, empty ones too."""

    chosen: str = ""
    fields: Mapping[Field, str] = field(default_factory=dict)
    rows: tuple[FormLine, ...] = ()

    @property
    def unit(self) -> str:
        """The id of the chosen unit, or what stands in its place."""
        return self.chosen.partition("/")[2]


Choice = tuple[Unit, Mapping[Person, str]]
"""A unit with its approvers and what each is called."""


@dataclass(frozen=True)
class Menu:
    """What can be chosen on this day; `whole` says that these are all units, else it is the one that was chosen."""

    units: tuple[Choice, ...] = ()
    suppliers: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Hits:
    """What a search has found: units, or approvers of `unit`, by the key that chooses them. `more` tells of others."""

    unit: Unit | None
    found: tuple[tuple[str, str], ...]
    more: bool


class Flaw(StrEnum):
    """What is wrong with a form besides a wrong order."""

    NOT_BY_MAIL = "not_by_mail"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Fault:
    """One thing to mend in the form. `field` is None for lines; `row` counts from 1, `cell` is one of LENGTHS."""

    kind: ProblemKind | Flaw
    field: Field | None = None
    row: int = 0
    cell: str = ""
    why: AmountProblem | None = None
    readings: tuple[Money | Decimal, ...] = ()

    @property
    def place(self) -> str:
        """The id of what to mend on the page; unit and approver are chosen together."""
        if self.row:
            return f"{self.cell}-{self.row}"
        return "lines" if self.field is None else "chosen" if self.field in _CHOSEN else self.field.value


@dataclass(frozen=True)
class Finished:
    """An order as the bot will read it from `text`. `counted` is the amount that the limit is compared with.

    `asked_back` says that several people have the approver's name, so that the bot will ask which of them is meant.
    """

    content: Content
    unit: Unit
    approver: Person
    text: str
    route: Route
    counted: Money
    counted_with_vat: bool
    limit: Money | None
    asked_back: bool = False


_CHOSEN = {Field.UNIT, Field.APPROVER}
_OPEN = (Field.VAT, Field.CURRENCY, Field.REASON)
FOLDED = (*(f for f in DETAILS if f not in _OPEN), Field.COUNTERVALUE, Field.TOTAL)
"""The fields that few orders need."""
_PAGE = (Field.UNIT, Field.APPROVER, Field.SUPPLIER, *_OPEN, *FOLDED)
_FOLDED, _OPTION = 130, 45
"""About how many bytes stand around a choice that unfolds, and around one in a list."""


def setting(bot: Bot, now: datetime) -> Setting:
    """Return what a stranger's order is judged against now; reads the directory and writes nothing."""
    with bot.database.read() as connection:
        return Setting(NOBODY, bot.directory(connection).ordinary, bot.policy, bot.day(now))


def menus(place: Setting, chosen: str) -> Iterator[Menu]:
    """Yield what can be chosen, the fullest list first; nothing where a unit, or its approver, is to be found first.

    Whoever is known by an address only is left out: the page shows no addresses.
    """
    names = sorted({s.name for s in place.directory.suppliers.values()}, key=fold)
    suppliers = tuple(names) if _fits(names) else ()
    every = _every(place)
    if every is not None:
        yield Menu(every, suppliers, whole=True)
    unit, approver = chosen_of(chosen, place)
    able = _approvers(unit, place) if unit else {}
    if unit and able and _fits(able.values()):
        yield Menu(((unit, able),), suppliers)
    if unit and approver:
        yield Menu(((unit, {approver: able[approver]}),))


def search(place: Setting, chosen: str, words: str) -> Hits:
    """Return the units, or the approvers of the chosen unit, whose names hold every word; accents do not count.

    Without words it is all of them or, where they are many, none.
    """
    unit, _ = chosen_of(chosen, place)
    if unit:
        entries = [(key(unit, person), label) for person, label in _approvers(unit, place).items()]
    else:
        entries = [(f"/{unit.id}", unit.name) for unit in orderable_units(place)]
    wanted = _bare(words).split()
    matching = (e for e in entries if all(word in _bare(e[1]) for word in wanted))
    found = tuple(islice((e for e in matching if unit or _approvers(_unit(e[0], place), place)), MAX_HITS + 1))
    if len(found) > MAX_HITS and not wanted:
        found = ()
    return Hits(unit, found[:MAX_HITS], len(found) > MAX_HITS)


def key(unit: Unit, person: Person) -> str:
    """Return how the page names a unit and one of its approvers together."""
    return f"{person.id}/{unit.id}"


def finish(typed: Typed, place: Setting, language: str) -> Finished | tuple[Fault, ...]:
    """Return the finished mail, or every fault of the form, all together.

    The text is read back as the bot will read it: what would not come out the same is a fault.
    """
    numbers = [n for n, row in enumerate(typed.rows, 1) if any(map(plain, astuple(row)))]
    lines = tuple(_line(typed.rows[n - 1]) for n in numbers)
    unit, approver = chosen_of(typed.chosen, place)
    fields = {f: plain(text) for f, text in typed.fields.items() if f not in _CHOSEN}
    sure = True
    if unit and approver:
        label, sure = _named(approver, unit, place, language)
        fields |= {Field.UNIT: _name(unit, place, language), Field.APPROVER: label}
    form = Form({f: fields[f] for f in Field if fields.get(f)}, lines)
    text = write_form(form, language)
    meant = {Field.APPROVER: approver.address} if approver else {}
    content = complete(replace(form, fields={**form.fields, **meant}), place)
    problems = () if isinstance(content, Content) else content
    faults = [*_sizes(form, numbers), *(_fault(problem, numbers) for problem in problems)]
    if len(lines) <= MAX_LINES and not _reads_as(form, text):
        faults += _misread(form, numbers, language)
        faults = faults or [Fault(Flaw.NOT_BY_MAIL)]
    if unit and approver and isinstance(content, Content) and not faults:
        return replace(_finished(content, unit, approver, text, place), asked_back=not sure)
    first = {fault.place: fault for fault in reversed(faults)}  # one a place: the first says what to do
    return tuple(sorted(first.values(), key=_page_order))


def typed_again(chosen: str, text: str) -> Typed:
    """Return what has to stand in the form for a finished mail's text."""
    form = _read("\n".join(clean(line) for line in tidy(text).split("\n")))
    return Typed(chosen, {f: value for f, value in form.fields.items() if f not in _CHOSEN}, form.lines)


def link(address: str, language: str, text: str) -> str:
    """Return a `mailto:` address with subject and text, without the text where the whole would be too long."""
    return opening(address, SUBJECTS[language], text)


def plain(text: str) -> str:
    """Return what a mail keeps of a typed text: one line, no invisible characters, no marks of bold around it."""
    return unicodedata.normalize("NFC", clean(tidy(text))).strip("*_ ")


def _approvers(unit: Unit | None, place: Setting) -> dict[Person, str]:
    """Return who can be chosen, each with what the page and the mail call them."""
    if unit is None:
        return {}
    matter = Matter(unit.id, NOBODY.id, place.day, any_amount=True)
    able = deciders(matter, place.directory, place.policy)
    known = labels(able, place.directory)
    return {a.person: known[a.person.id] for a in able if a.person.registered}


def _every(place: Setting) -> tuple[Choice, ...] | None:
    """Return every unit that can be chosen; None where they are too many for one page."""
    found: list[Choice] = []
    left = ROOM
    for unit in orderable_units(place):
        able = _approvers(unit, place)
        left -= _weight([unit.name, *able.values()], _FOLDED) if able else 0
        if left < 0:
            return None
        found += [(unit, able)] if able else []
    return tuple(found)


def _fits(names: Collection[str]) -> bool:
    return _weight(names, _OPTION) <= ROOM


def _weight(names: Collection[str], each: int) -> int:
    """Return about how many bytes a list of choices takes, with what stands around each."""
    return sum(len(name.encode()) + each for name in names)


def _bare(text: str) -> str:
    """Return the text without case and accents, as it is searched."""
    return "".join(c for c in unicodedata.normalize("NFKD", fold(text)) if not unicodedata.combining(c))


def _unit(chosen: str, place: Setting) -> Unit | None:
    return place.directory.units.get(chosen.partition("/")[2])


def chosen_of(chosen: str, place: Setting) -> tuple[Unit | None, Person | None]:
    """Return the chosen unit, if it takes orders, and the chosen approver, if they may decide there."""
    unit = _unit(chosen, place)
    able = _approvers(unit, place)
    return (unit if able else None, next((p for p in able if unit and key(unit, p) == chosen), None))


def _name(unit: Unit, place: Setting, language: str) -> str:
    """Return the unit's name, or its id where the name would not be read as this unit."""
    sure = (
        text
        for text in (unit.name, unit.id)
        if place.directory.unit_named(text) == unit and _survives(Field.UNIT, text, language)
    )
    return next(sure, unit.name)


def _named(approver: Person, unit: Unit, place: Setting, language: str) -> tuple[str, bool]:
    """Return how the mail names the approver, and whether that names nobody else."""
    label = _approvers(unit, place)[approver]
    name = label if _survives(Field.APPROVER, label, language) else approver.name
    others = [p for p, other in _approvers(unit, place).items() if p != approver and name in {p.name, other}]
    return name, not others


def _line(row: FormLine) -> FormLine:
    """Return a row as it can stand in a mail: what parts its cells becomes a comma, but never in a number."""
    words = [_SEPARATORS.sub(",", plain(text)) for text in (row.description, row.item_no, row.unit)]
    return FormLine(words[0], plain(row.quantity), plain(row.price), words[1], words[2])


def _sizes(form: Form, numbers: list[int]) -> Iterator[Fault]:
    """Yield what is too long, too many or not there at all."""
    if len(form.lines) > MAX_LINES:
        yield Fault(ProblemKind.TOO_MANY_LINES)
        return
    longest = {**dict.fromkeys(form.fields, MAX_FIELD), **dict.fromkeys(_CHOSEN | {Field.REASON}, MAX_VALUE)}
    yield from (Fault(Flaw.TOO_LONG, f) for f, text in form.fields.items() if len(text) > longest[f])
    for number, line in zip(numbers, form.lines, strict=True):
        texts = (line.item_no, line.description, line.quantity, line.unit, line.price)
        cells = zip(LENGTHS, texts, strict=True)
        yield from (Fault(Flaw.TOO_LONG, None, number, c) for c, text in cells if len(text) > LENGTHS[c])
        if not line.description:
            yield Fault(ProblemKind.MISSING, None, number, "what")


def _misread(form: Form, numbers: list[int], language: str) -> list[Fault]:
    """Return the fields and lines that a mail would not bring across even alone."""
    faults = [Fault(Flaw.NOT_BY_MAIL, f) for f, text in form.fields.items() if not _survives(f, text, language)]
    for number, line in zip(numbers, form.lines, strict=True):
        for cell, description in (("no", "x"), ("what", line.description)):
            alone = Form(_ANY, (FormLine(description or "x", "1", "1", line.item_no, line.unit),))
            if not _reads_as(alone, write_form(alone, language)):
                faults.append(Fault(Flaw.NOT_BY_MAIL, None, number, cell))
                break
    return faults


def _survives(f: Field, text: str, language: str) -> bool:
    form = Form({**_ANY, f: text}, (_ANY_LINE,))
    return _reads_as(form, write_form(form, language))


def _reads_as(form: Form, text: str) -> bool:
    """Tell whether a mail with this text is read as this form and nothing else."""
    return _read(text) == form


def _read(text: str) -> Form:
    """Return what a mail with this text is read as; an empty form where it counts as something else."""
    mail = EmailMessage()
    mail["From"] = _ANYBODY
    mail.set_content(text)
    read = take_in(mail.as_bytes(), _ANYBODY)
    return read.form if isinstance(read.form, Form) and not read.forwarded else Form()


def _fault(problem: Problem, numbers: list[int]) -> Fault:
    cell = "quantity" if problem.kind is ProblemKind.BAD_QUANTITY else "price"
    row = numbers[problem.line - 1] if problem.line else 0
    return Fault(problem.kind, problem.field, row, cell if row else "", problem.why, problem.readings)


def _page_order(fault: Fault) -> tuple[int, int, int]:
    """Unit, approver and supplier stand before the lines on the page; after them what is open, then what is folded."""
    if fault.field is None:
        return (1, fault.row, ["no", "what", "quantity", "measure", "price", ""].index(fault.cell))
    part = 0 if fault.field in {*_CHOSEN, Field.SUPPLIER} else 2 if fault.field in _OPEN else 3
    return (part, _PAGE.index(fault.field), 0)


def _finished(content: Content, unit: Unit, approver: Person, text: str, place: Setting) -> Finished:
    with_vat = place.policy.limit_includes_vat
    return Finished(
        content=content,
        unit=unit,
        approver=approver,
        text=text,
        route=route(content, "", place.directory, place.policy),
        counted=content.total_in(includes_vat=with_vat),
        counted_with_vat=with_vat,
        limit=place.policy.purchasing_limit if place.policy.purchasing_over_limit else None,
    )

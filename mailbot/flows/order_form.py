"""The order form on the web: what a person typed becomes a mail for that person to send. Nothing is kept or sent."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from email.message import EmailMessage
from enum import StrEnum

from mailbot.domain.directory import Person, Unit, fold
from mailbot.domain.draft import Problem, ProblemKind, Setting, complete, orderable_units
from mailbot.domain.money import AmountProblem, Money
from mailbot.domain.namesakes import labels
from mailbot.domain.order import Content, Field, Form, FormLine, Route
from mailbot.domain.rights import Matter, deciders
from mailbot.domain.routing import route
from mailbot.flows.bot import Bot
from mailbot.mail.inbound import clean, tidy
from mailbot.mail.intake import take_in
from mailbot.mail.mailto import opening
from mailbot.mail.order_form import MAX_VALUE, write_form

MAX_LINES = 100
MAX_SUPPLIERS = 500
"""Longer lists are left out: half a list looks like all of it, and a page is to stay small."""
LENGTHS = {"no": 60, "what": 300, "quantity": 40, "measure": 40, "price": 60}
"""The cells of a line as the page names them, and how long they may be: a whole line stays under 1 000 (order_form)."""
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


@dataclass(frozen=True)
class Menu:
    """What can be chosen on this day: units with their approvers and each one's label, and registered suppliers."""

    units: tuple[tuple[Unit, Mapping[Person, str]], ...]
    suppliers: tuple[str, ...]


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


def setting(bot: Bot, now: datetime) -> Setting:
    """Return what a stranger's order is judged against now; reads the directory and writes nothing."""
    with bot.database.read() as connection:
        return Setting(NOBODY, bot.directory(connection).ordinary, bot.policy, bot.day(now))


def menu(place: Setting) -> Menu:
    """Return what can be chosen. Whoever is known by an address only is left out: the page shows no addresses."""
    units = ((unit, _approvers(unit, place)) for unit in orderable_units(place))
    suppliers = sorted({s.name for s in place.directory.suppliers.values()}, key=fold)
    return Menu(
        tuple((unit, able) for unit, able in units if able),
        tuple(suppliers) if len(suppliers) <= MAX_SUPPLIERS else (),
    )


def key(unit: Unit, person: Person) -> str:
    """Return how the page names a unit and one of its approvers together."""
    return f"{person.id}/{unit.id}"


def finish(typed: Typed, place: Setting, language: str) -> Finished | tuple[Fault, ...]:
    """Return the finished mail, or every fault of the form, all together.

    The text is read back as the bot will read it: what would not come out the same is a fault.
    """
    numbers = [n for n, row in enumerate(typed.rows, 1) if any(map(plain, astuple(row)))]
    lines = tuple(_line(typed.rows[n - 1]) for n in numbers)
    unit, approver = _chosen(typed.chosen, place)
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


def link(address: str, language: str, text: str) -> str:
    """Return a `mailto:` address with subject and text, without the text where the whole would be too long."""
    return opening(address, SUBJECTS[language], text)


def plain(text: str) -> str:
    """Return what a mail keeps of a typed text: one line, no invisible characters, no marks of bold around it."""
    return unicodedata.normalize("NFC", clean(tidy(text))).strip("*_ ")


def _approvers(unit: Unit, place: Setting) -> dict[Person, str]:
    """Return who can be chosen, each with what the page and the mail call them."""
    matter = Matter(unit.id, NOBODY.id, place.day, any_amount=True)
    able = deciders(matter, place.directory, place.policy)
    known = labels(able, place.directory)
    return {a.person: known[a.person.id] for a in able if a.person.registered}


def _chosen(chosen: str, place: Setting) -> tuple[Unit | None, Person | None]:
    unit = place.directory.units.get(chosen.partition("/")[2])
    able = _approvers(unit, place) if unit else {}
    return next(((unit, person) for person in able if unit and key(unit, person) == chosen), (None, None))


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
    yield from (Fault(Flaw.TOO_LONG, f) for f, text in form.fields.items() if len(text) > MAX_VALUE)
    for number, line in zip(numbers, form.lines, strict=True):
        cells = dict(zip(("what", "quantity", "price", "no", "measure"), astuple(line), strict=True))
        yield from (Fault(Flaw.TOO_LONG, None, number, c) for c, text in cells.items() if len(text) > LENGTHS[c])
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
    mail = EmailMessage()
    mail["From"] = _ANYBODY
    mail.set_content(text)
    read = take_in(mail.as_bytes(), _ANYBODY)
    return not read.forwarded and read.form == form


def _fault(problem: Problem, numbers: list[int]) -> Fault:
    cell = "quantity" if problem.kind is ProblemKind.BAD_QUANTITY else "price"
    row = numbers[problem.line - 1] if problem.line else 0
    return Fault(problem.kind, problem.field, row, cell if row else "", problem.why, problem.readings)


def _page_order(fault: Fault) -> tuple[int, int, int]:
    """Unit, approver and supplier stand before the lines on the page, everything else after them."""
    fields, first = list(Field), {*_CHOSEN, Field.SUPPLIER}
    if fault.field is None:
        return (1, fault.row, ["no", "what", "quantity", "measure", "price", ""].index(fault.cell))
    return (0 if fault.field in first else 2, fields.index(fault.field), 0)


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

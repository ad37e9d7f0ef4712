"""The order form on the web: what a person types becomes a mail that they send. The bot keeps and sends nothing."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import islice

import structlog

from mailbot.domain.ordering.draft import DraftContext, Problem, ProblemKind, complete, orderable_units
from mailbot.domain.ordering.routing import route
from mailbot.domain.people.directory import Person, Unit
from mailbot.domain.people.namesakes import labels
from mailbot.domain.people.rights import Deciders, Matter
from mailbot.domain.trust.envelope import LostChildError, StoppedError
from mailbot.domain.values.money import AmountProblem, Money
from mailbot.domain.values.order import FIELDS, Content, Field, Form, FormLine, PagePart, Route
from mailbot.domain.values.text import clean, fold, tidy
from mailbot.flows.bot import Bot
from mailbot.flows.view import open_view
from mailbot.languages import SPOKEN
from mailbot.mail.reading.order_form import MAX_VALUE
from mailbot.mail.reading.read_back import Names, ReadBack, ReadsBack
from mailbot.mail.writing.mailto import opening

log = structlog.get_logger()

MAX_LINES = 20
"""More lines belong in an attached file (docs/mail.md), because a page must stay small."""
ROOM = 16_000
"""Bytes that a list of choices may take. A longer list is left out, because half a list looks like a whole one."""
MAX_HITS = 30
LENGTHS = {"no": 40, "what": 200, "quantity": 20, "measure": 20, "price": 30}
"""The cells of a line as the page names them, and how many letters each may have."""
MAX_FIELD = 200
"""How many letters a field may have; the reason may have as many as in a mail."""
SUBJECTS = {language.code: language.order.subject for language in SPOKEN}
NOBODY = Person(0, "", "", registered=False)
"""Stands for the unknown visitor who fills in the form: has no orders and is a member of no unit."""

_SEPARATORS = re.compile("[;|]")


@dataclass(frozen=True)
class Typed:
    """What the form holds. `chosen` names unit and approver as `key` does; `rows` are all rows, also empty ones."""

    chosen: str = ""
    fields: Mapping[Field, str] = field(default_factory=dict)
    rows: tuple[FormLine, ...] = ()

    @property
    def unit(self) -> str:
        """The id of the chosen unit, or whatever was sent in its place."""
        return self.chosen.partition("/")[2]


UnitChoice = tuple[Unit, Mapping[Person, str]]
"""A unit with its approvers and what each is called."""


@dataclass(frozen=True)
class Menu:
    """What can be chosen on this day. If `whole`, `units` are all units; otherwise only the chosen one."""

    units: tuple[UnitChoice, ...] = ()
    suppliers: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Hits:
    """What a search found: units, or approvers of `unit`, by the key that chooses each; `more` for more of them."""

    unit: Unit | None
    found: tuple[tuple[str, str], ...]
    more: bool


class FormProblemKind(StrEnum):
    """What can be wrong with a form even if the order in it is right."""

    NOT_BY_MAIL = "not_by_mail"
    TOO_LONG = "too_long"
    NOT_NOW = "not_now"
    TOO_MUCH = "too_much"


@dataclass(frozen=True)
class FormProblem:
    """One thing to mend. `field` is None for lines; `row` counts from 1, `cell` is one of LENGTHS; `names` to choose.

    NOT_NOW and TOO_MUCH are about the whole form, and come alone.
    """

    kind: ProblemKind | FormProblemKind
    field: Field | None = None
    row: int = 0
    cell: str = ""
    why: AmountProblem | None = None
    readings: tuple[Money | Decimal, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The id of the part of the page to mend, "" for the whole form; unit and approver are one part."""
        if self.kind in {FormProblemKind.NOT_NOW, FormProblemKind.TOO_MUCH}:
            return ""
        if self.row:
            return f"{self.cell}-{self.row}"
        return "lines" if self.field is None else "chosen" if self.field in _CHOSEN else self.field.value


@dataclass(frozen=True)
class Finished:
    """An order as the bot will read it from `text`; `counted` is compared with the limit.

    `asked_back`: several approvers have the chosen name, and the bot will ask which is meant.
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


_CHOSEN = {f for f in FIELDS if FIELDS[f].page is PagePart.CHOSEN}
_CELLS = ("what", "quantity", "price", "no", "measure")
"""The cells in the order of a FormLine."""
FOLDED = tuple(f for f in FIELDS if FIELDS[f].page is PagePart.FOLDED)
"""The fields that few orders need."""
_PAGE = tuple(FIELDS)
_FOLDED, _OPTION = 130, 45
"""About how many bytes of HTML surround a choice that unfolds, and a choice in a list."""


def draft_context(bot: Bot, now: datetime) -> DraftContext:
    """Return what an unknown visitor's order is judged against now; this only reads."""
    with open_view(bot, now) as view:
        return DraftContext(NOBODY, view.directory.ordinary, bot.policy, view.day)


def menus(place: DraftContext, chosen: str) -> Iterator[Menu]:
    """Yield the menus that a page may show, the fullest first; none if unit or approver must be searched first.

    Approvers known by an address alone are left out: the page shows no addresses.
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


def search(place: DraftContext, chosen: str, words: str) -> Hits:
    """Return the units, or the approvers of the chosen unit, whose names hold every word, whatever the accents.

    Without words, return all of them, or none if they are too many.
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
    """Return the key by which the page names a unit together with one of its approvers."""
    return f"{person.id}/{unit.id}"


def finish(
    typed: Typed, place: DraftContext, language: str, read_back: ReadsBack
) -> Finished | tuple[FormProblem, ...]:
    """Return the finished mail, or all that is wrong: what would not be read as it was typed must be mended."""
    numbers = [n for n, row in enumerate(typed.rows, 1) if any(map(plain, astuple(row)))]
    lines = tuple(_line(typed.rows[n - 1]) for n in numbers)
    unit, approver = chosen_of(typed.chosen, place)
    names = _names(unit, approver, place) if unit and approver else {}
    fields = {f: plain(text)[: _room(f) + 1] for f, text in typed.fields.items() if f not in _CHOSEN}
    form = Form({f: text for f, text in fields.items() if text}, lines)
    try:
        back = read_back(form, names, language) if len(lines) <= MAX_LINES else ReadBack(form, "")
    except (LostChildError, StoppedError) as error:
        log.warning("form_not_read", why=str(error))
        is_lost = isinstance(error, LostChildError)
        return (FormProblem(FormProblemKind.NOT_NOW if is_lost else FormProblemKind.TOO_MUCH),)
    # The approver is judged by address, because several approvers may have the chosen name.
    meant = {Field.UNIT: names[Field.UNIT][0], Field.APPROVER: approver.address} if names and approver else {}
    content = complete(replace(form, fields={**form.fields, **meant}), place)
    problems = () if isinstance(content, Content) else content
    faults = [*_sizes(form, numbers), *(_fault(problem, numbers) for problem in problems), *_lost(back, numbers)]
    if not (faults or back.same):
        faults = [FormProblem(FormProblemKind.NOT_BY_MAIL)]
    if unit and approver and isinstance(content, Content) and not faults:
        return _finished(content, unit, approver, back, place)
    first = {fault.place: fault for fault in reversed(faults)}  # a page shows one at each place: the first found
    return tuple(sorted(first.values(), key=_page_order))


def typed_again(chosen: str, form: Form) -> Typed:
    """Return the typed form that belongs to a finished mail, given how this mail is read."""
    return Typed(chosen, {f: value for f, value in form.fields.items() if f not in _CHOSEN}, form.lines)


def link(address: str, language: str, text: str) -> str:
    """Return a `mailto:` address with subject and text; without the text if the address would be too long."""
    return opening(address, SUBJECTS[language], text)


def plain(text: str) -> str:
    """Return a typed text as a mail keeps it: one line, without invisible characters and without marks of bold."""
    return unicodedata.normalize("NFC", clean(tidy(text))).strip("*_ ")


def _approvers(unit: Unit | None, place: DraftContext) -> dict[Person, str]:
    """Return the approvers that can be chosen, each with the name that page and mail use."""
    if unit is None:
        return {}
    matter = Matter(unit.id, NOBODY.id, place.day, any_amount=True)
    deciders = Deciders(matter, place.directory, place.policy)
    known = labels(deciders.able, place.directory)
    return {person: known[person.id] for person in deciders.near() if person.registered}


def _every(place: DraftContext) -> tuple[UnitChoice, ...] | None:
    found: list[UnitChoice] = []
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
    """Return about how many bytes a list of choices takes, if `each` bytes surround every choice."""
    return sum(len(name.encode()) + each for name in names)


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", fold(text)) if not unicodedata.combining(c))


def _unit(chosen: str, place: DraftContext) -> Unit | None:
    return place.directory.units.get(chosen.partition("/")[2])


def chosen_of(chosen: str, place: DraftContext) -> tuple[Unit | None, Person | None]:
    """Return the chosen unit, if it takes orders, and the chosen approver, if they may decide there."""
    unit = _unit(chosen, place)
    able = _approvers(unit, place)
    return (unit if able else None, next((p for p in able if unit and key(unit, p) == chosen), None))


def _names(unit: Unit, approver: Person, place: DraftContext) -> Names:
    """Return the names by which a mail can mean this unit and this approver, the best first."""
    units = [text for text in (unit.name, unit.id) if place.directory.unit_named(text) == unit]
    return {Field.UNIT: units or [unit.name], Field.APPROVER: [_approvers(unit, place)[approver], approver.name]}


def _is_anothers(name: str, approver: Person, unit: Unit, place: DraftContext) -> bool:
    return any(p != approver and name in {p.name, label} for p, label in _approvers(unit, place).items())


def _line(row: FormLine) -> FormLine:
    """Return a row as a mail can hold it, commas for what divides cells; too long a cell is cut one letter beyond."""
    what, no, measure = (_SEPARATORS.sub(",", plain(text)) for text in (row.description, row.item_no, row.unit))
    cells = zip(_CELLS, (what, plain(row.quantity), plain(row.price), no, measure), strict=True)
    return FormLine(*(text[: LENGTHS[cell] + 1] for cell, text in cells))


def _room(f: Field) -> int:
    return MAX_VALUE if FIELDS[f].long else MAX_FIELD


def _sizes(form: Form, numbers: list[int]) -> Iterator[FormProblem]:
    """Yield the parts that are too long, too many or missing."""
    if len(form.lines) > MAX_LINES:
        yield FormProblem(ProblemKind.TOO_MANY_LINES)
        return
    yield from (FormProblem(FormProblemKind.TOO_LONG, f) for f, text in form.fields.items() if len(text) > _room(f))
    for number, line in zip(numbers, form.lines, strict=True):
        texts = (line.item_no, line.description, line.quantity, line.unit, line.price)
        long = [cell for cell, text in zip(LENGTHS, texts, strict=True) if len(text) > LENGTHS[cell]]
        yield from (FormProblem(FormProblemKind.TOO_LONG, None, number, cell) for cell in long)
        if not line.description:
            yield FormProblem(ProblemKind.MISSING, None, number, "what")


def _lost(back: ReadBack, numbers: list[int]) -> Iterator[FormProblem]:
    for part in back.lost:
        if isinstance(part, Field):
            yield FormProblem(FormProblemKind.NOT_BY_MAIL, part)
        else:
            yield FormProblem(FormProblemKind.NOT_BY_MAIL, None, numbers[part[0]], "what" if part[1] else "no")


def _fault(problem: Problem, numbers: list[int]) -> FormProblem:
    cell = "quantity" if problem.kind is ProblemKind.BAD_QUANTITY else "price"
    row = numbers[problem.line - 1] if problem.line else 0
    names = (*problem.names, f'"{problem.text}"') if problem.kind is ProblemKind.NEAR_SUPPLIER else ()
    return FormProblem(problem.kind, problem.field, row, cell if row else "", problem.why, problem.readings, names)


def _page_order(fault: FormProblem) -> tuple[int, int, int]:
    """Return where a part stands on the page: unit, approver, supplier, the lines, open fields, folded fields."""
    if fault.field is None:
        return (PagePart.LINES, fault.row, ["no", "what", "quantity", "measure", "price", ""].index(fault.cell))
    return (FIELDS[fault.field].page, _PAGE.index(fault.field), 0)


def _finished(content: Content, unit: Unit, approver: Person, back: ReadBack, place: DraftContext) -> Finished:
    with_vat = place.policy.limit_includes_vat
    return Finished(
        content=content,
        unit=unit,
        approver=approver,
        text=back.text,
        route=route(content, "", place.directory, place.policy),
        counted=content.total_in(includes_vat=with_vat),
        counted_with_vat=with_vat,
        limit=place.policy.purchasing_limit if place.policy.purchasing_over_limit else None,
        asked_back=_is_anothers(back.form.fields[Field.APPROVER], approver, unit, place),
    )

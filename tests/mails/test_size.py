"""Every mail is small however much it is about, says what it leaves out, and brings what its reader needs all the same.

Gmail cuts off HTML of more than some 102 kB; 60 kB is the promise of docs/architecture.md.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from io import StringIO

import pytest

from mailbot.domain.notices.notice import (
    AnyNotice,
    AppointmentMail,
    DailyNotice,
    Mailbox,
    NobodyMayNotice,
    NoticeKind,
    PlanNotice,
    ProblemsNotice,
    ReminderNotice,
)
from mailbot.domain.ordering.draft import Problem, ProblemKind
from mailbot.domain.ordering.workflow import Refusal
from mailbot.domain.people.directory import Directory, Person, Right, RightKind
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Field, Form, FormLine, Line
from mailbot.languages import LANGUAGES
from mailbot.mail.reading.order_files import read_csv
from mailbot.mail.reading.order_form import read_form
from mailbot.mail.reading.parsed_mail import read
from mailbot.mail.writing.compose import OutgoingFile, OutgoingMail, compose
from mailbot.mail.writing.order_csv import write_lines
from mailbot.mails.written import MAX_BYTES
from mailbot.preview.every_mail import DAY, NOW, SampleMail, World, notices, opened, write
from tests.mails.texts import text_of

LONG = ("Mätinstrument för fältarbete på älven, med hölje & <remmar> " * 6)[:300]
LINES, PEOPLE, PARKED = 500, 300, 2_000


class Largest(World):
    """As much of everything as can come in: the order's form is that of its lines."""

    @cached_property
    def directory(self) -> Directory:
        small = super().directory
        more = {
            n: Person(n, f"Approver Number {n}", f"approver.{n}@example.se", units=("cs",)) for n in range(5, PEOPLE)
        }
        rights = tuple(
            Right(n, n, "cs", kind=RightKind.ORDER, valid_from=DAY - timedelta(99), ground=LONG) for n in more
        )
        return replace(small, persons={**small.persons, **more}, rights=(*small.rights, *rights))

    @cached_property
    def content(self) -> Content:
        lines = tuple(
            Line(f"{LONG[:290]} {n}", Decimal(1 + n % 3), Money(Decimal(9)), f"210-BMFF-{n:04}", "st")
            for n in range(LINES)
        )
        return replace(super().content, lines=lines)

    @cached_property
    def form(self) -> Form:
        lines = tuple(FormLine(x.description, str(x.quantity), "9", x.item_no, "st") for x in self.content.lines)
        return replace(super().form, lines=lines)


LARGEST = Largest(
    unit=LONG,
    supplier=LONG,
    product=LONG,
    detail=LONG,
    notes=(LONG,) * 100,
    words=LONG,
    files=(LONG[:100],) * 100,
)


def large_notices() -> Iterator[AnyNotice]:
    """One notice of each kind and turn, and those that grow with what they list."""
    seen = set()
    for notice in notices(LARGEST):
        turn = (type(notice), of_turn(notice, "happened", "text", "left_out"), type(notice.to), len(notice.orders))
        if turn not in seen:
            seen.add(turn)
            yield notice
    people, order = LARGEST.directory.persons, opened(LARGEST, LARGEST.content).after
    yield NobodyMayNotice(to=Mailbox.PURCHASING, order=order)
    everybody = tuple(p for p in people.values() if p.id != 4)
    wrong = Problem(ProblemKind.MISSING, None, LONG, 3)
    faults = (replace(wrong, field=Field.APPROVER, choices=everybody), *(replace(wrong, line=n) for n in range(LINES)))
    for ordered in (None, order):
        form, draft = LARGEST.form, "k7m2q9x4w8t3"
        yield ProblemsNotice(to=people[3], order=ordered, form=form, problems=faults, draft=draft)
    rows = tuple(f"{n}  2026-11-20 08:01 UTC  someone.{n}@example.se  unknown_address" for n in range(PARKED))
    yield DailyNotice(to=Mailbox.OPERATOR, parked=rows)
    yield waiting(World(unit=LONG, supplier=LONG, product=LONG, detail=LONG), 1_000)
    for notice in notices(World()):
        if not isinstance(notice, AppointmentMail):
            continue
        about = notice.about
        if about.proposal:
            row = about.proposal.rows[0]
            many = replace(about.proposal, rows=tuple(replace(row, person=p) for p in everybody[:50]))
            yield replace(notice, about=replace(about, proposal=many))
        elif len(about.problems) > 1:
            faults_of_form = tuple(replace(about.problems[0], text=LONG) for _ in range(200))
            yield replace(notice, about=replace(about, problems=faults_of_form, form=LONG * 100))


def of_turn(notice: AnyNotice, *names: str) -> tuple[object, ...]:
    """Return what a notice has under these names, as far as it has them."""
    return tuple(getattr(notice, name, None) for name in names)


def waiting(world: World, count: int) -> AnyNotice:
    """A reminder of so many orders, a day older each."""
    order = opened(world, world.content).after
    many = tuple(replace(order, id=n, number=f"IT-2026-{n:05}", asked_at=NOW - timedelta(n)) for n in range(count))
    return ReminderNotice(to=world.directory.persons[1], waiting=many)


@pytest.fixture(scope="module")
def large() -> list[SampleMail]:
    return [write(LARGEST, notice, LANGUAGES[n % 2]) for n, notice in enumerate(large_notices())]


def named(large: list[SampleMail], kind: NoticeKind) -> list[SampleMail]:
    found = [mail for mail in large if mail.notice.kind is kind]
    assert found
    return found


def test_every_mail_is_below_60_kb_in_both_forms_however_much_it_is_about(large: list[SampleMail]) -> None:
    assert {mail.notice.kind for mail in large} == set(NoticeKind)
    for mail in large:
        sizes = len(mail.html.encode()), len(mail.text.encode())
        assert max(sizes) < MAX_BYTES == 60_000, (mail.name, sizes)


def test_every_mail_of_an_order_says_the_same_sum_whatever_it_leaves_out(large: list[SampleMail]) -> None:
    total = LARGEST.content.line_sum.amount
    for kind in (NoticeKind.REQUEST, NoticeKind.TO_SUPPLIER, NoticeKind.TO_PURCHASING, NoticeKind.RECEIPT):
        mail = named(large, kind)[0]
        figures = "".join(c for c in text_of(mail.html) if c.isdigit())
        assert str(total).replace(".", "") in figures, mail.name


def file_of(mail: SampleMail, name: str) -> OutgoingFile:
    (found,) = (file for file in mail.files if file.name == name)
    assert name in mail.text
    assert name in text_of(mail.html)
    return found


class TestWhoCarriesAnOrderOut:
    @pytest.mark.parametrize("kind", [NoticeKind.TO_SUPPLIER, NoticeKind.TO_PURCHASING, NoticeKind.ALARM])
    def test_gets_every_line_in_a_table_that_the_mail_names(self, large: list[SampleMail], kind: NoticeKind) -> None:
        mail = next(m for m in named(large, kind) if m.files)
        rows = list(csv.reader(StringIO(file_of(mail, "order.csv").data.decode("utf-8-sig")), delimiter=";"))
        assert len(rows) == LINES + 1
        assert [row[0] for row in rows[1:]] == [f"210-BMFF-{n:04}" for n in range(LINES)]

    def test_needs_no_table_for_an_order_that_the_mail_holds(self) -> None:
        for notice in notices(World()):
            assert not write(World(), notice, "sv").files

    def test_gets_it_beside_the_original_mail(self, large: list[SampleMail]) -> None:
        mail = next(m for m in named(large, NoticeKind.TO_PURCHASING) if m.files)
        bot = "order@inkop.example.se"
        letter = OutgoingMail(bot, "mailbot", "a@example.se", "", bot, mail.subject, mail.text, mail.html, "<x@y.se>",
                        "sv", original=b"From: x@y.se\r\n\r\nx", files=mail.files)  # fmt: skip
        raw = compose(letter, NOW)
        assert b'filename="order.csv"' in raw
        assert b'filename="original.eml"' in raw
        assert raw.isascii()
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998


class TestTheTable:
    CONTENT = replace(World().content, lines=(
        Line("=HYPERLINK(\"http://x.test\")", Decimal("0.5"), Money(Decimal("1199.50")), "-5", "+m"),
        Line("@SUM(A1)", Decimal(2), Money(Decimal(12500)), "+46", "st"),
        Line("\t=1+1; \"så\"\r\nhär", Decimal(1), Money(Decimal(1)), "\uff1d1", ""),
        Line("Skärm", Decimal(1), Money(Decimal(1)), "", ""),
    ))  # fmt: skip

    def rows(self, language: str) -> list[list[str]]:
        data = write_lines(self.CONTENT, language)
        return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))

    def test_opens_in_excel_as_utf_8(self) -> None:
        data = write_lines(self.CONTENT, "sv")
        assert data.startswith(b"\xef\xbb\xbfArtikelnr;Ben\xc3\xa4mning;Antal;Enhet;\xc3\x80-pris;Summa\r\n")

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_runs_nothing_that_stands_in_a_cell(self, language: str) -> None:
        cells = [cell for row in self.rows(language)[1:] for cell in row]
        assert not [cell for cell in cells if cell.lstrip()[:1] in {"=", "+", "-", "@", "\uff1d"}]
        assert '\'=HYPERLINK("http://x.test")' in cells
        assert {"'-5", "'+m", "'@SUM(A1)", "'+46"} <= set(cells)

    def test_numbers_stay_numbers_as_the_language_writes_them(self) -> None:
        assert self.rows("sv")[1][2:] == ["0,5", "'+m", "1199,50", "599,75"]
        assert self.rows("en")[2][2:] == ["2", "st", "12500.00", "25000.00"]

    def test_can_be_sent_back_as_an_order(self) -> None:
        read_back = read_csv(write_lines(self.CONTENT, "sv"))
        assert [line.price for line in read_back.lines] == ["1199,50", "12500,00", "1,00", "1,00"]


class TestAFormThatIsTooLong:
    def test_stands_without_its_lines_and_is_attached_whole(self, large: list[SampleMail]) -> None:
        mails = [*named(large, NoticeKind.PROBLEMS), *named(large, NoticeKind.REJECTED)]
        mails += [m for m in named(large, NoticeKind.NOT_CORRECTED) if m.files]
        assert len(mails) >= 4
        for mail in mails:
            whole = read_form(file_of(mail, "order.txt").data.decode())
            assert len(whole.lines) == LINES
            assert "210-BMFF-0499" not in mail.text

    def test_is_said_to_keep_its_lines_only_where_it_does(self, large: list[SampleMail]) -> None:
        keeps = {"sv": "Raderna blir kvar", "en": "The lines stay as they are"}
        for mail in large:
            if mail.notice.kind in {NoticeKind.PROBLEMS, NoticeKind.REJECTED}:
                assert keeps[mail.language] in " ".join(mail.text.split()), mail.name
            elif mail.notice.kind is NoticeKind.NOT_CORRECTED:
                assert keeps[mail.language] not in " ".join(mail.text.split()), mail.name

    def test_is_not_attached_to_a_refusal_that_does_not_show_it(self, large: list[SampleMail]) -> None:
        for mail in named(large, NoticeKind.NOT_CORRECTED):
            assert ("order.txt" in mail.text) is bool(mail.files), (mail.name, Refusal)


class TestAReminderOfManyOrders:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_shows_the_oldest_in_full_and_links_the_others_as_far_as_there_is_room(self, language: str) -> None:
        mail = write(World(), waiting(World(), 300), language)
        for form in (mail.text, mail.html):
            assert form.count("/decide/") >= 120
            assert len(form.encode()) < MAX_BYTES
        assert mail.html.count("/decide/") - mail.text.count("/decide/") <= 1, "an address in clear stands once"
        assert text_of(mail.html).count("Rut Rask") >= 20
        left = 300 - mail.text.count("/decide/")
        assert f" {left} " in " ".join(mail.text.split())

    def test_links_each_of_a_hundred(self) -> None:
        mail = write(World(), waiting(World(), 100), "sv")
        assert mail.text.count("/decide/") == 100
        for number in range(100):
            assert f"IT-2026-{number:05}" in mail.text
            assert f"IT-2026-{number:05}" in mail.html


def test_a_confirmed_plan_that_is_cut_comes_whole_as_a_file(large: list[SampleMail]) -> None:
    confirmed, asked = (
        [m for m in large if isinstance(m.notice, PlanNotice) and bool(m.notice.confirmed_by) is done]
        for done in (True, False)
    )
    text = file_of(confirmed[0], "plan.txt").data.decode()
    assert all(f"Approver Number {n}" in text for n in range(5, PEOPLE))
    assert not asked[0].files


def test_the_bot_knows_its_own_mail_with_files_as_a_robots() -> None:
    bot = "order@inkop.example.se"
    mail = OutgoingMail(bot, "mailbot", "a@example.se", "", bot, "x", "x", "<p>x</p>", "<x@y.se>",
                   "sv", files=(OutgoingFile("order.csv", "text/csv", b"x"),))  # fmt: skip
    assert read(compose(mail, NOW), "order@inkop.example.se").is_automatic

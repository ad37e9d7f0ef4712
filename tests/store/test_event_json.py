"""What the log holds is read as what happened, whatever wrote it: this version, an older one, or one that nobody knows.

`filled_by_4046e71.sql` is a store filled by the code of commit 4046e71: the life of one order, and then, on the same
order, the rows that this commit's own tests store, one for each kind and set of keys. Each is read into its type.
`events_in_form_1.jsonl` holds the same events as form 1 was first written. Neither file ever changes.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import MISSING, fields, replace
from datetime import date
from pathlib import Path
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.cli.as_json import details
from mailbot.domain.ordering.events import (
    AbsenceEnded,
    AbsenceRegistered,
    AnyEvent,
    AppointmentStep,
    DirectoryImported,
    KnownEvent,
    MailSettled,
    MailTrouble,
    OrderDecided,
    OrderNote,
    OrderOpened,
    OrderStep,
    PlanConfirmed,
    QuestionAsked,
    RightEnded,
    RightGiven,
    RightImported,
    RightReturned,
    RightTerms,
    Standing,
    UnknownEvent,
    Weeded,
)
from mailbot.domain.ordering.flags import Flag
from mailbot.domain.ordering.workflow import Grounds, Happened
from mailbot.domain.people.directory import Absence, Directory
from mailbot.domain.people.import_plan import DifferenceKind
from mailbot.domain.people.proposal import ConsentCapacity
from mailbot.domain.people.rights import Capacity
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Destination, Route, RouteReason, Status
from mailbot.store import events
from mailbot.store.database import Database
from mailbot.store.driver import sqlite3
from mailbot.store.event_json import read_event, write_event
from tests.support.examples import examples
from tests.support.samples import kr

OLD = Path(__file__).with_name("filled_by_4046e71.sql")
FORM_1 = Path(__file__).with_name("events_in_form_1.jsonl")
H, S = Happened, Status
TO_SUPPLIER = Route(Destination.SUPPLIER)
BY_EVA = Grounds(Capacity.HOLDER, 1)


def purchasing(*reasons: RouteReason) -> Route:
    return Route(Destination.PURCHASING, reasons)


def stands(
    status: Status, step: int = 1, *, version: int = 1, total: str = "12500", to: Route | None = None
) -> Standing:
    return Standing(version, step, status, kr(total), to)


def decided(standing: Standing, text: str = "", grounds: Grounds = BY_EVA) -> OrderDecided:
    what: Literal[Happened.APPROVED, Happened.REJECTED] = H.APPROVED if standing.status is S.APPROVED else H.REJECTED
    return OrderDecided(what=what, standing=standing, text=text, grounds=grounds)


COMMENTED = purchasing(RouteReason.COMMENT)
MARCH = date(2026, 3, 2)
DOCUMENT = "849e41f2acb463dcdb59f7560941d1e4d9a093aeca97627b58d259e91b207f69"
SCHEME = "beställningsordning 2026-03-02, Hedvig Hall"

EXPECTED: list[AnyEvent] = [
    OrderOpened(standing=stands(S.PENDING)),
    decided(
        stands(S.APPROVED, to=COMMENTED),
        "Kolla avtalet",
        Grounds(Capacity.HOLDER, 1, ground="SU FV-4558-22", statements="su-37-1"),
    ),
    OrderStep(what=H.LEAVING, standing=stands(S.LEAVING, to=COMMENTED)),
    OrderStep(what=H.DELIVERED, standing=stands(S.WITH_PURCHASING, to=COMMENTED)),
    AbsenceRegistered(absence=Absence(1, MARCH, date(2026, 3, 20))),
    AbsenceRegistered(absence=Absence(1, MARCH, date(2026, 3, 9), registered=False)),
    AbsenceRegistered(absence=Absence(1, MARCH, date(2026, 3, 20), substitute=4)),
    AbsenceEnded(person=1),
    OrderStep(what=H.ANSWERED, standing=stands(S.APPROVED, to=TO_SUPPLIER), text="Tack!"),
    OrderStep(what=H.ANSWERED, standing=stands(S.PENDING), text="Den gamla startar inte längre, så det är bråttom."),
    AppointmentStep(what="appointment_confirmed", appointment=1, unit="cs"),
    AppointmentStep(what="appointment_expired", appointment=1, unit="cs"),
    AppointmentStep(what="appointment_proposed", appointment=1, unit="cs"),
    AppointmentStep(what="appointment_refused", appointment=1, unit="cs", text="Dokumentet är inte undertecknat."),
    decided(stands(S.APPROVED, 2, to=TO_SUPPLIER), grounds=Grounds(Capacity.HOLDER, 2)),
    decided(stands(S.APPROVED, to=TO_SUPPLIER), grounds=replace(BY_EVA, flags=(Flag.OWN_ORDER,))),
    decided(stands(S.APPROVED, total="15000.01", to=purchasing(RouteReason.OVER_LIMIT))),
    decided(stands(S.APPROVED, to=COMMENTED), "Ramavtal?"),
    QuestionAsked(standing=stands(S.PENDING), text="Varför just den?"),
    OrderNote(what=H.AWAY),
    OrderNote(what="code_sent"),
    OrderNote(what="code_wrong"),
    MailSettled(what="confirmed"),
    OrderStep(what=H.CORRECTED, standing=stands(S.PENDING, 2, version=2)),
    OrderStep(what=H.DECISION_DISOWNED, status=S.WITHDRAWN),
    OrderStep(what=H.DECISION_DISOWNED, standing=stands(S.PENDING, 2)),
    OrderStep(what=H.DELIVERED, standing=stands(S.SENT, 2, version=2, total="9900", to=TO_SUPPLIER)),
    OrderStep(what=H.DELIVERED, standing=stands(S.WITH_PURCHASING, to=COMMENTED)),
    DirectoryImported(counts={DifferenceKind.RIGHT_LIMIT: 1}),
    OrderStep(what=H.DISOWNED),
    OrderStep(what=H.DISOWNED, standing=stands(S.WITHDRAWN, to=TO_SUPPLIER)),
    OrderStep(what=H.HANDED_OVER, standing=stands(S.PENDING, 2)),
    OrderNote(what=H.HELD),
    OrderStep(what=H.LEAVING, standing=stands(S.LEAVING, 2, version=2, total="9900", to=TO_SUPPLIER)),
    OrderStep(what=H.LEAVING, standing=stands(S.LEAVING, to=COMMENTED)),
    MailTrouble(what=H.MAIL_DELAYED, kind="request", to="eva.ek@example.se"),
    MailTrouble(
        what=H.MAIL_FAILED, kind="alarm", to="drift@example.se", reason="550 5.1.1 There is no such recipient here"
    ),
    OrderStep(what=H.MOVED, standing=stands(S.PENDING, 2)),
    OrderStep(
        what=H.NOT_DELIVERED,
        standing=stands(S.LEAVING, to=purchasing(RouteReason.NOT_DELIVERED)),
        text="given up: 451 4.3.0 Temporary trouble here, please try again later",
    ),
    MailSettled(what="parked"),
    MailSettled(what="parked", reason="unknown_address"),
    PlanConfirmed(
        unit="cs",
        plan="9064827f63b415cc",
        sha256="1de770d3185b69cb36fb2f760a684f76f7cb525b8c38b032b91aca2897eb9fb0",
    ),
    OrderStep(what=H.RECUSED, standing=stands(S.PENDING, 2)),
    OrderStep(what=H.RECUSED, standing=stands(S.PENDING, 2), text="Min bror äger firman"),
    decided(stands(S.REJECTED)),
    decided(stands(S.REJECTED), "För dyr"),
    OrderStep(what=H.REMINDED, standing=stands(S.PENDING, 2)),
    OrderStep(what=H.RETURNED, standing=stands(S.REJECTED)),
    RightImported(
        what="right_added",
        right="ny order: Eva Lund <eva@example.se> from 2026-03-02, deputy for ny.nord@example.se",
        differences={DifferenceKind.RIGHT_ADDED: "no end, 1000 SEK"},
    ),
    RightImported(
        what="right_changed",
        right="cs order: Eva Ek <eva.ek@example.se> from 2026-01-01",
        differences={DifferenceKind.RIGHT_LIMIT: "no limit -> 5000 SEK"},
    ),
    RightEnded(right=RightTerms(1, 1, "cs", date(2026, 1, 1))),
    RightEnded(right=RightTerms(6, 1, "cs", date(2026, 3, 3)), last=date(2026, 6, 30)),
    RightGiven(right=RightTerms(6, 2, "cs", MARCH, ground=SCHEME), document=DOCUMENT),
    RightGiven(
        right=RightTerms(6, 3, "cs", MARCH, date(2026, 12, 31), kr("50000"), ground=f"{SCHEME}: dnr 12-26"),
        document=DOCUMENT,
    ),
    RightReturned(right=1, unit="cs"),
    OrderStep(what=H.UNDONE, standing=stands(S.PENDING, 2)),
    OrderStep(what=H.WITHDRAWN, standing=stands(S.WITHDRAWN)),
    OrderStep(what=H.WITHDRAWN, standing=stands(S.WITHDRAWN, to=TO_SUPPLIER)),
    Weeded(),
]
"""The order's life, and the rows of each kind by name; the last lost its values."""

PENDING = '"version": "1", "step": "1", "status": "pending", "total": "12500.00 SEK"'
LATER = [
    ("opened", f'{{{PENDING}, "left_out": "quoted"}}', OrderOpened(standing=stands(S.PENDING), left_out=True)),
    (
        "asked",
        f'{{"text": "Varför?", {PENDING}, "by": "reply"}}',
        QuestionAsked(standing=stands(S.PENDING), text="Varför?", by_reply=True),
    ),
    (
        "appointment_agreed",
        '{"appointment": "1", "unit": "cs", "part": "delegator"}',
        AppointmentStep(what="appointment_agreed", appointment=1, unit="cs", part=ConsentCapacity.DELEGATOR),
    ),
]
"""What versions between 4046e71 and form 1 kept besides."""


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Database]:
    """Yield the store that 4046e71 filled, brought to this version."""
    with closing(sqlite3.connect(tmp_path / "mailbot.db")) as connection:
        connection.executescript(OLD.read_text("utf-8"))
    database = Database(f"sqlite:///{tmp_path}/mailbot.db")
    database.upgrade()
    yield database
    database.close()


def rows(database: Database) -> list[tuple[str, str | None]]:
    query = "SELECT what, body FROM events LEFT JOIN event_payloads p ON p.id = payload_id ORDER BY events.id"
    with database.read() as connection:
        return [(what, body) for what, body in connection.exec_driver_sql(query)]


class TestWhatAnOlderVersionWrote:
    def test_is_read_into_its_type_with_its_values(self, old: Database) -> None:
        with old.read() as connection:
            found = events.of_order(connection, 1)
        assert [recorded.event for recorded in found] == EXPECTED
        assert [recorded.what for recorded in found] == [what for what, _ in rows(old)]

    def test_is_not_rewritten(self, old: Database) -> None:
        assert all(f"'{body}'" in OLD.read_text("utf-8") for _, body in rows(old) if body)

    def test_of_an_order_is_printed_for_scripts_as_it_was(self, old: Database) -> None:
        with old.read() as connection:
            found = events.of_order(connection, 1)
        for recorded, (what, body) in zip(found, rows(old), strict=True):
            assert what not in set(Happened) or details(recorded.event, Directory()) == json.loads(body or "{}")

    @pytest.mark.parametrize(("what", "body", "event"), LATER)
    def test_just_before_form_1_is_read_too(self, what: str, body: str, event: AnyEvent) -> None:
        assert read_event(what, body) == event


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("painted", '{"colour": "red"}'),
        ("opened", "{}"),
        ("opened", "not JSON"),
        ("opened", "[1]"),
        ("opened", f"{{{PENDING.replace('pending', 'lost')}}}"),
        ("opened", f"{{{PENDING.replace('12500.00', 'much')}}}"),
        ("opened", '{"version": 1, "total": 12500}'),
        ("right_given", '{"right": "1"}'),
        ("away", '{"form": 2, "what": "away"}'),
        ("away", '{"form": 1, "what": "painted"}'),
    ],
)
def test_what_cannot_be_understood_is_kept_as_it_stands(what: str, body: str) -> None:
    assert read_event(what, body) == UnknownEvent(body)


AMOUNTS = st.builds(Money, st.decimals(-(10**9), 10**9, places=2), st.sampled_from(["SEK", "EUR"]))
st.register_type_strategy(Money, AMOUNTS)
EVENTS = st.one_of(*map(st.from_type, get_args(KnownEvent)))


class TestForm1:
    @given(EVENTS)
    @examples(500)
    def test_of_every_event_is_read_back_as_the_same_event(self, event: KnownEvent) -> None:
        assert read_event(event.what, write_event(event)) == event

    @given(EVENTS)
    @examples(500)
    def test_without_a_value_that_was_added_later_has_its_default(self, event: KnownEvent) -> None:
        stored = json.loads(write_event(event))
        later = {f.name: f.default for f in fields(event) if f.default is not MISSING and f.name != "what"}
        body = json.dumps({name: value for name, value in stored.items() if name not in later})
        found = read_event(event.what, body)
        assert not isinstance(found, Weeded | UnknownEvent)
        assert {name: getattr(found, name) for name in later} == later

    def test_as_it_was_first_written_is_read(self) -> None:
        known = [*EXPECTED[:-1], *(event for _, _, event in LATER)]
        stored = FORM_1.read_text("utf-8").splitlines()
        assert [read_event(json.loads(text)["what"], text) for text in stored] == known

    def test_has_its_number(self) -> None:
        assert json.loads(write_event(AbsenceEnded(person=1))) == {"form": 1, "what": "absence_ended", "person": 1}


def test_each_kind_has_one_type() -> None:
    kinds = [what for known in get_args(KnownEvent) for what in get_args(known.__annotations__["what"])]
    assert len(kinds) == len(set(kinds))
    assert set(Happened) <= set(kinds)

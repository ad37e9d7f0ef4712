"""Appointing by mail: a head proposes, a person of the purchasing office confirms, and only that changes a right."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import RightKind
from mailbot.domain.people.proposal import AppointmentState
from mailbot.domain.values.order import Status
from mailbot.flows.pages.confirm_appointment import (
    ProposalAction,
    ProposalAnswer,
    ProposalRefusal,
    act_as,
    answer_proposal,
    expire_appointments,
)
from mailbot.flows.steps.open_link import LinkRefusal
from mailbot.store import directory
from mailbot.store.tables import people
from tests.support.appointments import (
    DEAN,
    DOCUMENT,
    DORA,
    EVA_ENDS,
    FIRST,
    MARTA,
    PIA,
    RUT_INSTEAD_OF_EVA,
    RUT_TOO,
    TREE,
    approvers,
    personal,
    proposal_page,
    scheme_mail,
    send,
    settle,
)
from tests.support.harness import ANNA, EVA, HEAD, ORDER, PURCHASING, RUT, Harness, harness
from tests.support.relay import text_of
from tests.support.stated import StatedRight


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path, organisation=TREE) as made:
        yield made


def rights(home: Harness) -> list[tuple[object, ...]]:
    """Return every right there is, as stored."""
    return home.query("SELECT id, person_id, unit_id, kind, valid_from, valid_to, ended_at FROM rights ORDER BY id")


def proposals(home: Harness) -> list[str]:
    return [row[0] for row in home.query("SELECT state FROM appointments ORDER BY id")]


class TestWhoMayPropose:
    @pytest.mark.parametrize("sender", [HEAD, DEAN, DORA], ids=["its head", "a head above", "somebody named"])
    def test_the_proven_head_one_above_and_somebody_named(self, home: Harness, sender: str) -> None:
        send(home, sender=sender)
        assert proposals(home) == [AppointmentState.PROPOSED]
        assert home.sent(sender, "beställningsordning", "Inget har ändrats än")

    @pytest.mark.parametrize("sender", [EVA, RUT, MARTA], ids=["an approver", "an employee", "purchasing"])
    def test_nobody_else_who_gets_a_plain_answer(self, home: Harness, sender: str) -> None:
        before = rights(home)
        send(home, sender=sender)
        assert proposals(home) == []
        assert rights(home) == before
        assert home.count(PURCHASING) == 0
        assert "Be enhetens chef" in " ".join(text_of(home.sent(sender)).split())

    def test_not_a_head_below_or_beside(self, home: Harness) -> None:
        send(home, RUT_INSTEAD_OF_EVA.replace("cs", "fac"))
        send(home, RUT_INSTEAD_OF_EVA.replace("cs", "tom"), sender=DEAN)
        assert proposals(home) == []

    def test_not_by_a_named_right_that_has_run_out(self, tmp_path: Path) -> None:
        old = StatedRight(RUT, "cs", RightKind.APPOINT, valid_from=FIRST, valid_to=date(2026, 3, 1))
        with harness(tmp_path, organisation=replace(TREE, rights=(*TREE.rights, old))) as home:
            send(home, sender=RUT)
            assert proposals(home) == []

    def test_not_a_sender_who_is_not_proven(self, home: Harness) -> None:
        home.raw(scheme_mail().as_bytes(), mail_from=HEAD, peer="192.0.2.7")
        assert proposals(home) == []
        assert "Rut" not in text_of(home.sent(HEAD))

    def test_somebody_whom_the_head_has_named_by_such_a_mail(self, home: Harness) -> None:
        send(home, "Beställningsordning\nEnhet: cs\nOmbud: Anna Ask\n")
        assert "får utse godkännare" in " ".join(text_of(home.sent(PURCHASING, "/appointment/")).split())
        settle(home, personal(home))
        assert "Du utser godkännare genom att mejla formuläret" in " ".join(text_of(home.sent(ANNA)).split())
        send(home, sender=ANNA)
        assert proposals(home) == [AppointmentState.CONFIRMED, AppointmentState.PROPOSED]


class TestWhatIsAsked:
    def test_a_document_which_the_answer_asks_for(self, home: Harness) -> None:
        send(home, document=None)
        assert proposals(home) == []
        said = text_of(home.sent(HEAD, "sak att rätta"))
        assert "Dokumentet saknas" in said
        assert "Godkännare: Rut Rask" in said

    def test_everything_wrong_is_answered_at_once_with_the_filled_form(self, home: Harness) -> None:
        send(home, "Enhet: cs\nGodkännare: Nils Okänd\nFrån: imorgon\nTill: 2026-02-30\n", document=None)
        said = " ".join(text_of(home.sent(HEAD, "4 saker att rätta")).split())
        for words in ("Ingen med det namnet", "imorgon", "2026-02-30", "Dokumentet saknas", "Godkännare: Nils Okänd"):
            assert words in said, words
        assert home.reasons() == ["appointment: unknown_person bad_day bad_day no_document"]

    def test_a_corrected_mail_is_simply_a_new_one(self, home: Harness) -> None:
        send(home, document=None)
        problems = home.sent(HEAD, "sak att rätta")
        mail = scheme_mail(RUT_TOO, subject="Sv: Beställningsordning: 1 sak att rätta", answers=problems)
        home.raw(mail.as_bytes(), mail_from=HEAD)
        assert proposals(home) == [AppointmentState.PROPOSED]

    @pytest.mark.parametrize(
        "text", ["", "Hej!", "Beställningsordning\n\nEnhet:\n\nGodkännare:\nFrån:\nTill:\nUpphör:\n"]
    )
    @pytest.mark.parametrize("document", [None, DOCUMENT])
    def test_a_form_that_says_nothing_is_answered_with_the_form_and_no_list_of_faults(
        self, home: Harness, text: str, document: bytes | None
    ) -> None:
        send(home, text, document=document)
        mail = home.sent(HEAD)
        said = text_of(mail)
        assert "Godkännare:\nFrån:\nTill:\nUpphör:" in said
        assert "Beställningsordning, formulär att fylla i" in mail["Subject"]
        for fault in ("Dokumentet saknas", "Det här saknas", "att rätta"):
            assert fault not in f"{mail['Subject']} {said}"
        assert home.reasons() == ["appointment: form"]
        assert home.orders() == 0

    def test_the_form_names_the_unit_where_its_sender_appoints_in_one_only(self, home: Harness) -> None:
        send(home, "", sender=DORA, document=None)
        assert "Enhet: Institutionen för datavetenskap" in text_of(home.sent(DORA))
        send(home, "", document=None)
        assert "Enhet:\n" in text_of(home.sent(HEAD))

    def test_who_may_not_propose_gets_no_form(self, home: Harness) -> None:
        send(home, "", sender=RUT, document=None)
        assert home.reasons() == ["appointment: not_yours"]

    def test_a_form_in_a_mail_passed_on_is_asked_back(self, home: Harness) -> None:
        send(home, "Se nedan\n\n" + "".join(f"> {line}\n" for line in RUT_INSTEAD_OF_EVA.splitlines()))
        assert home.reasons() == ["appointment: forwarded"]

    def test_an_order_with_such_an_attachment_stays_an_order(self, home: Harness) -> None:
        home.mail()
        assert home.orders() == 1


class TestNothingFollowsFromTheMail:
    def test_the_rights_stay_until_somebody_confirms(self, home: Harness) -> None:
        before = rights(home)
        send(home, RUT_TOO)
        home.later(days=1)
        assert rights(home) == before
        assert approvers(home) == ["Anna Ask", "Eva Ek"]

    def test_purchasing_sees_what_would_change_with_the_mail_attached(self, home: Harness) -> None:
        send(home)
        mail = home.sent(PURCHASING, "/appointment/")
        said = " ".join(text_of(mail).replace("\u00a0", " ").split())
        assert "Hedvig Hall har mejlat beställningsordningen" in said
        assert "Rut Rask" in said
        assert "Efter: får besluta från 2 mars 2026 tills vidare, utan beloppsgräns" in said
        assert "Det som formuläret avslutar gäller redan" in said
        said = " ".join(text_of(home.sent(PURCHASING, "en rätt har upphört")).split())
        assert "Före: får besluta från 1 januari 2026 tills vidare, utan beloppsgräns Efter: får inte besluta" in said
        [original] = mail.iter_attachments()
        raw = original.get_payload(decode=True)
        assert isinstance(raw, bytes)
        assert b"beslut.pdf" in raw

    def test_the_shared_link_confirms_nothing(self, home: Harness) -> None:
        send(home)
        shared = home.token(PURCHASING, Purpose.APPOINTMENT)
        marks = proposal_page(home, shared, Purpose.APPOINTMENT).marks
        assert (
            answer_proposal(home.bot, shared, ProposalAnswer(ProposalAction.CONFIRM, marks), home.now)
            is LinkRefusal.DAMAGED
        )
        assert proposals(home) == [AppointmentState.PROPOSED]


class TestActingAs:
    def test_names_exactly_those_with_a_purchasing_right(self, home: Harness) -> None:
        send(home)
        page = proposal_page(home, home.token(PURCHASING, Purpose.APPOINTMENT), Purpose.APPOINTMENT)
        assert [p.name for p in page.holders] == ["Märta Öst", "Pia Palm"]

    def test_mails_the_personal_link_to_the_registered_address_at_most_once_an_hour(self, home: Harness) -> None:
        send(home)
        first = personal(home)
        assert personal(home) == first
        assert home.count(MARTA) == 1
        personal(home, PIA)
        assert home.count(PIA) == 1
        home.later(minutes=61)
        assert personal(home) != first

    def test_mails_nobody_else_whatever_number_is_pressed(self, home: Harness) -> None:
        send(home)
        shared, before = home.token(PURCHASING, Purpose.APPOINTMENT), home.count()
        for person in (home.person(RUT).id, 0, 10_000):
            act_as(home.bot, shared, person, home.now)
        home.settle()
        assert home.count() == before


class TestConfirming:
    def test_registers_and_ends_at_once_with_the_ground_stored(self, home: Harness) -> None:
        send(home)
        assert settle(home, personal(home)) is AppointmentState.CONFIRMED
        assert approvers(home) == ["Anna Ask", "Rut Rask"]
        [row] = home.query(
            "SELECT ground, ground_inbox_id, ground_sha256, registered_at FROM rights WHERE ground != ''"
        )
        assert row[:3] == ("beställningsordning 2026-03-02, Hedvig Hall", 1, hashlib.sha256(DOCUMENT).hexdigest())
        assert row[3].startswith("2026-03-02 09:00")

    def test_tells_the_new_the_head_and_purchasing(self, home: Harness) -> None:
        send(home)
        token = personal(home)
        home.later(hours=1)
        settle(home, token)
        for to in (RUT, HEAD, PURCHASING):
            said = " ".join(text_of(home.sent(to, "Märta Öst bekräftade")).split())
            assert "2 mars 2026 kl. 11:00" in said, to
            assert ("Anna" in said) is False, to
        assert "Nu: får besluta från 2 mars 2026 tills vidare" in " ".join(text_of(home.sent(RUT, "Nu:")).split())
        assert "Eva Ek" not in text_of(home.sent(RUT, "Nu:"))
        assert home.count(ANNA) == 0

    def test_is_recorded_with_who_and_what(self, home: Harness) -> None:
        send(home)
        settle(home, personal(home))
        found = home.query(
            "SELECT what, person_id, proof FROM events WHERE what LIKE 'appointment%' OR what LIKE 'right%' ORDER BY id"
        )
        head, marta = home.person(HEAD).id, home.person(MARTA).id
        assert found == [
            ("right_ended", head, "loopback"),
            ("appointment_proposed", head, "loopback"),
            ("appointment_confirmed", marta, "signed link"),
            ("right_given", marta, "signed link"),
        ]

    def test_happens_once_whoever_presses(self, home: Harness) -> None:
        send(home)
        first, second = personal(home, MARTA), personal(home, PIA)
        settle(home, first)
        after = rights(home)
        assert settle(home, second) is ProposalRefusal.SETTLED
        assert settle(home, first, ProposalAction.REFUSE, "Nej") is ProposalRefusal.SETTLED
        assert rights(home) == after

    def test_asks_again_when_the_rights_have_changed_since_the_page_was_shown(self, home: Harness) -> None:
        send(home, RUT_INSTEAD_OF_EVA.replace("nu", "2026-06-30"), sender=DORA)
        token = personal(home)
        shown = proposal_page(home, token).marks
        home.end_right(EVA)
        with home.bot.database.write() as connection:
            eva = home.person(EVA)
            held = home.bot.directory(connection).rights_of(eva.id)[0]
            directory.add_right(
                connection, replace(held, ended_at=None, valid_from=date(2026, 3, 3)), home.now, (1, None)
            )
        before = rights(home)
        assert (
            answer_proposal(home.bot, token, ProposalAnswer(ProposalAction.CONFIRM, shown), home.now)
            is ProposalRefusal.CHANGED
        )
        assert rights(home) == before
        assert settle(home, token) is AppointmentState.CONFIRMED

    def test_is_refused_when_the_proposal_no_longer_fits(self, home: Harness) -> None:
        send(home, sender=DORA)
        token = personal(home)
        home.end_right(EVA)
        assert settle(home, token) is ProposalRefusal.UNFIT
        assert proposals(home) == [AppointmentState.PROPOSED]

    def test_is_refused_to_a_person_who_has_lost_the_purchasing_right(self, home: Harness) -> None:
        send(home)
        token = personal(home)
        home.end_right(MARTA)
        assert settle(home, token) is ProposalRefusal.NO_PURCHASING_RIGHT
        assert approvers(home) == ["Anna Ask"]

    def test_is_refused_when_the_proposer_no_longer_heads_the_unit(self, home: Harness) -> None:
        send(home, sender=DORA)
        token = personal(home)
        home.end_right(DORA)
        assert settle(home, token) is ProposalRefusal.UNFIT

    def test_never_by_the_one_who_proposed_it_where_two_persons_are_needed(self, tmp_path: Path) -> None:
        both = StatedRight(HEAD, "cs", RightKind.PURCHASING, valid_from=FIRST)
        for two_persons, outcome in ((False, AppointmentState.CONFIRMED), (True, ProposalRefusal.OWN_PROPOSAL)):
            folder = tmp_path / str(two_persons)
            folder.mkdir()
            organisation = replace(TREE, rights=(*TREE.rights, both))
            with harness(folder, organisation=organisation, two_persons=False) as home:
                send(home)
                token = personal(home, HEAD)
                home.change(policy=replace(home.bot.policy, two_persons=two_persons))
                assert settle(home, token) is outcome

    def test_never_by_the_one_who_gains_by_it(self, home: Harness) -> None:
        send(home, "Beställningsordning\nEnhet: cs\nGodkännare: Märta Öst\n")
        assert settle(home, personal(home, MARTA)) is ProposalRefusal.OWN_APPOINTMENT
        assert settle(home, personal(home, PIA)) is AppointmentState.CONFIRMED

    def test_a_first_day_that_passed_while_it_waited_becomes_the_day_of_confirming(self, home: Harness) -> None:
        send(home)
        home.later(days=2)
        settle(home, personal(home))
        [row] = home.query("SELECT valid_from FROM rights WHERE ground != ''")
        assert row == ("2026-03-04",)

    def test_a_later_last_day_ends_the_right_then_and_not_before(self, home: Harness) -> None:
        send(home, "Beställningsordning\nEnhet: cs\nGodkännare: Eva Ek\nUpphör: 2026-03-05\n", sender=DORA)
        settle(home, personal(home))
        home.later(days=3)
        assert approvers(home) == ["Anna Ask", "Eva Ek"]
        home.later(days=1)
        assert approvers(home) == ["Anna Ask"]

    def test_moves_the_orders_that_wait_for_the_one_who_ended(self, home: Harness) -> None:
        home.mail()
        send(home, sender=DORA)
        assert "moved" not in home.history()
        settle(home, personal(home))
        assert "moved" in home.history()
        assert home.count(ANNA, "/decide/") == 1


class TestTakingAway:
    """It is never blocked and waits for nobody (docs/rules/attest.md#r28)."""

    def test_by_the_head_holds_at_once_without_document_and_is_told_to_all(self, home: Harness) -> None:
        home.mail()
        send(home, EVA_ENDS, document=None)
        assert approvers(home) == ["Anna Ask"]
        assert home.reasons()[-1] == "rights ended"
        assert proposals(home) == []
        for to in (EVA, HEAD, PURCHASING):
            assert home.count(to, "Hedvig Hall har återtagit rätt") == 1, to
        assert "moved" in home.history()
        assert home.count(ANNA, "/decide/") == 1

    @pytest.mark.parametrize("sender", [HEAD, DEAN], ids=["its head", "somebody above"])
    def test_from_a_day_holds_from_that_day(self, home: Harness, sender: str) -> None:
        send(home, EVA_ENDS.replace("nu", "2026-03-05"), sender=sender, document=None)
        home.later(days=3)
        assert approvers(home) == ["Anna Ask", "Eva Ek"]
        home.later(days=1)
        assert approvers(home) == ["Anna Ask"]

    def test_by_whom_the_head_named_waits_for_purchasing(self, home: Harness) -> None:
        send(home, EVA_ENDS, sender=DORA)
        assert approvers(home) == ["Anna Ask", "Eva Ek"]
        settle(home, personal(home))
        assert approvers(home) == ["Anna Ask"]

    @pytest.mark.parametrize("sender", [EVA, RUT, MARTA])
    def test_by_nobody_else(self, home: Harness, sender: str) -> None:
        send(home, EVA_ENDS, sender=sender)
        assert approvers(home) == ["Anna Ask", "Eva Ek"]
        assert proposals(home) == []

    def test_by_the_delegator_of_the_right_who_need_not_be_head(self, tmp_path: Path) -> None:
        given = StatedRight(RUT, "cs", RightKind.ORDER, valid_from=FIRST, delegated_from=ANNA)
        with harness(tmp_path, organisation=replace(TREE, rights=(*TREE.rights, given))) as home:
            send(home, EVA_ENDS.replace("Eva Ek", "Rut Rask"), sender=EVA, document=None)
            assert "Rut Rask" in approvers(home)
            send(home, EVA_ENDS.replace("Eva Ek", "Rut Rask"), sender=ANNA, document=None)
            assert "Rut Rask" not in approvers(home)
            assert home.count(RUT, "Anna Ask har återtagit rätt", "Nu: får inte besluta") == 1

    def test_names_whose_right_hung_on_the_one_that_ends_and_tells_them(self, tmp_path: Path) -> None:
        given = StatedRight(RUT, "cs", RightKind.ORDER, valid_from=FIRST, delegated_from=EVA)
        with harness(tmp_path, organisation=replace(TREE, rights=(*TREE.rights, given))) as home:
            send(home, EVA_ENDS, document=None)
            assert approvers(home) == ["Anna Ask", "Rut Rask"]
            for to in (HEAD, PURCHASING, RUT):
                assert home.count(to, "upphör inte av det här", "Rut Rask") == 1, to

    def test_is_split_from_what_the_same_form_gives(self, home: Harness) -> None:
        send(home)
        assert approvers(home) == ["Anna Ask"]
        settle(home, personal(home))
        assert approvers(home) == ["Anna Ask", "Rut Rask"]

    def test_holds_whatever_is_wrong_with_the_rest_which_alone_is_asked_back(self, home: Harness) -> None:
        send(home, RUT_INSTEAD_OF_EVA.replace("Rut Rask", "Nils Okänd"), document=None)
        assert approvers(home) == ["Anna Ask"]
        said = text_of(home.sent(HEAD, "att rätta"))
        assert "Det som formuläret avslutade har upphört" in " ".join(said.split())
        assert "Godkännare: Nils Okänd" in said
        assert "Godkännare: Eva Ek" not in said

    def test_takes_nothing_from_a_form_passed_on(self, home: Harness) -> None:
        send(home, "Se nedan\n\n" + "".join(f"> {line}\n" for line in EVA_ENDS.splitlines()))
        assert approvers(home) == ["Anna Ask", "Eva Ek"]


class TestAUnitLeftToWhomTheSameFormAppoints:
    """The one exception to: a unit without an active approver takes no orders."""

    BOTH_END = RUT_INSTEAD_OF_EVA + "\nGodkännare: Anna Ask\nUpphör: nu\n"

    @pytest.fixture
    def waiting(self, home: Harness) -> Harness:
        send(home, self.BOTH_END)
        assert approvers(home) == []
        return home

    def test_head_and_purchasing_are_told(self, waiting: Harness) -> None:
        for to in (HEAD, PURCHASING):
            assert waiting.count(to, "Nya beställningar tas emot och väntar") == 1, to

    @pytest.mark.parametrize("chosen", ["Rut Rask", "Eva Ek"])
    def test_takes_orders_which_wait_and_go_to_the_new_one_once_confirmed(self, waiting: Harness, chosen: str) -> None:
        waiting.mail(ORDER.replace("Eva Ek", chosen), sender=DORA)
        assert (waiting.orders(), waiting.order().status) == (1, Status.PENDING)
        assert waiting.count(PURCHASING, "Ingen kan besluta om en beställning") == 1
        assert waiting.count("", "/decide/") == 0
        settle(waiting, personal(waiting))
        assert waiting.count(RUT, waiting.order().number, "/decide/") == 1
        assert waiting.approve(RUT)
        assert waiting.order().status is Status.APPROVED

    def test_orders_that_waited_already_wait_on(self, home: Harness) -> None:
        home.mail(sender=DORA)
        send(home, self.BOTH_END)
        settle(home, personal(home))
        assert home.count(RUT, home.order().number, "/decide/") == 1

    def test_who_is_no_approver_is_asked_back_with_the_new_one(self, waiting: Harness) -> None:
        waiting.mail(ORDER.replace("Eva Ek", "Dora Dal"))
        assert waiting.orders() == 0
        assert "Rut Rask" in text_of(waiting.sent(RUT, "Godkännare"))

    def test_takes_none_any_more_when_the_new_one_is_refused(self, waiting: Harness) -> None:
        settle(waiting, personal(waiting), ProposalAction.REFUSE, "Nej.")
        waiting.mail(sender=DORA)
        assert waiting.orders() == 0
        assert waiting.count(HEAD, "tar inte emot beställningar") == 1

    def test_takes_none_where_the_form_names_nobody_new(self, home: Harness) -> None:
        send(home, EVA_ENDS + "\nGodkännare: Anna Ask\nUpphör: nu\n")
        home.mail(sender=DORA)
        assert home.orders() == 0
        assert home.count(PURCHASING, "inga tas emot förrän en godkännare har utsetts") == 1


class TestWhoSendsTheForm:
    """Nobody gains by a form of their own, but the head of a unit where there are no posts
    (docs/rules/attest.md#r67)."""

    SELF = "Beställningsordning\nEnhet: cs\nGodkännare: {who}\n"

    def test_never_gains_by_it_when_the_head_only_named_them(self, home: Harness) -> None:
        for who in ("Dora Dal", DORA):
            send(home, self.SELF.format(who=who) + "Delegerad av: Eva Ek\n", sender=DORA)
        assert proposals(home) == []
        assert home.reasons() == ["appointment: own_gain"] * 2

    def test_gains_as_the_head_when_purchasing_confirms_what_the_page_points_out(self, home: Harness) -> None:
        send(home, self.SELF.format(who="Hedvig Hall"))
        assert home.count(PURCHASING, "Avsändaren utses genom sitt eget formulär") == 1
        assert settle(home, personal(home)) is AppointmentState.CONFIRMED
        assert "Hedvig Hall" in approvers(home)


class TestDelegatedBySomebodyElse:
    """What is said in another's name waits for that person's own press."""

    FORM = "Beställningsordning\nEnhet: cs\nGodkännare: Rut Rask\nDelegerad av: Anna Ask\n"

    @pytest.fixture
    def asked(self, home: Harness) -> Harness:
        send(home, self.FORM, sender=DORA)
        return home

    def press(self, home: Harness, choice: ProposalAction = ProposalAction.CONFIRM, reason: str = "") -> object:
        token = home.token(ANNA, Purpose.DELEGATE)
        shown = proposal_page(home, token, Purpose.DELEGATE).marks
        outcome = answer_proposal(home.bot, token, ProposalAnswer(choice, shown, reason), home.now, Purpose.DELEGATE)
        home.settle()
        return outcome

    def test_the_delegator_first(self, asked: Harness) -> None:
        assert self.press(asked) is AppointmentState.PROPOSED
        assert "Rut Rask" not in approvers(asked)
        assert settle(asked, personal(asked)) is AppointmentState.CONFIRMED
        assert "Rut Rask" in approvers(asked)

    def test_purchasing_first(self, asked: Harness) -> None:
        assert settle(asked, personal(asked)) is AppointmentState.PROPOSED
        assert "Rut Rask" not in approvers(asked)
        asked.later(days=2)
        assert self.press(asked) is AppointmentState.CONFIRMED
        assert "Rut Rask" in approvers(asked)
        assert asked.count(RUT, "Märta Öst bekräftade") == 1

    def test_purchasing_alone_gives_nothing_however_often(self, asked: Harness) -> None:
        token = personal(asked)
        assert settle(asked, token) is AppointmentState.PROPOSED
        assert settle(asked, token) is ProposalRefusal.SAID
        assert settle(asked, personal(asked, PIA)) is AppointmentState.PROPOSED
        assert "Rut Rask" not in approvers(asked)

    def test_purchasing_is_asked_again_when_it_would_come_out_otherwise_by_then(self, asked: Harness) -> None:
        settle(asked, personal(asked))
        given = StatedRight(RUT, "cs", RightKind.APPOINT, valid_from=FIRST)
        with asked.bot.database.write() as connection:
            held = asked.bot.directory(connection).rights_of(asked.person(DORA).id)[0]
            new = replace(held, person=asked.person(given.person).id)
            directory.add_right(connection, new, asked.now, (1, None))
        assert self.press(asked) is AppointmentState.PROPOSED
        assert "Rut Rask" not in approvers(asked)
        assert asked.count(PURCHASING, "/appointment/") == 2
        assert settle(asked, personal(asked)) is AppointmentState.CONFIRMED

    def test_the_delegators_yes_is_of_what_the_page_showed_and_is_asked_for_again(self, asked: Harness) -> None:
        assert self.press(asked) is AppointmentState.PROPOSED
        persons = {"Rut Rask": "Rut Gren", "Dan Dahl": "Rut Rask"}
        with asked.bot.database.write() as connection:
            for old, new in persons.items():
                connection.execute(update(people).where(people.c.name == old).values(name=new))
            directory.directory_changed(connection)
        assert settle(asked, personal(asked)) is AppointmentState.PROPOSED
        assert "Rut Rask" not in approvers(asked)
        assert asked.count(ANNA, "/delegate/") == 2

    def test_the_delegator_takes_a_yes_back_before_it_counts(self, asked: Harness) -> None:
        assert self.press(asked) is AppointmentState.PROPOSED
        assert self.press(asked, ProposalAction.REFUSE, "Jag har ångrat mig.") is AppointmentState.REFUSED
        assert "Rut Rask" not in approvers(asked)

    def test_refused_by_the_delegator_is_refused(self, asked: Harness) -> None:
        token = personal(asked)
        assert self.press(asked, ProposalAction.REFUSE, "Det har jag inte sagt.") is AppointmentState.REFUSED
        assert asked.count(DORA, "Det har jag inte sagt.") == 1
        assert settle(asked, token) is ProposalRefusal.SETTLED

    def test_by_the_sender_needs_no_more(self, tmp_path: Path) -> None:
        units = tuple(replace(u, head=ANNA) if u.id == "cs" else u for u in TREE.units)
        with harness(tmp_path, organisation=replace(TREE, units=units)) as home:
            send(home, self.FORM, sender=ANNA)
            assert home.count("", "/delegate/") == 0
            assert settle(home, personal(home)) is AppointmentState.CONFIRMED


class TestRefusing:
    def test_needs_a_reason_which_the_head_is_told(self, home: Harness) -> None:
        send(home)
        token = personal(home)
        assert settle(home, token, ProposalAction.REFUSE) is ProposalRefusal.REASON_MISSING
        assert (
            settle(home, token, ProposalAction.REFUSE, "Dokumentet är inte undertecknat.") is AppointmentState.REFUSED
        )
        assert home.sent(HEAD, "Dokumentet är inte undertecknat.", "Märta Öst")
        assert home.count(RUT) == 0
        assert approvers(home) == ["Anna Ask"]
        assert settle(home, token) is ProposalRefusal.SETTLED


class TestWaitingTooLong:
    def test_closes_the_proposal_and_tells_the_head(self, home: Harness) -> None:
        send(home)
        home.later(days=13)
        assert expire_appointments(home.bot, home.now) == 0
        token = personal(home)
        home.later(days=1)
        assert settle(home, token) is ProposalRefusal.EXPIRED
        assert expire_appointments(home.bot, home.now) == 1
        assert expire_appointments(home.bot, home.now) == 0
        home.settle()
        assert home.sent(HEAD, "ingen bekräftade")
        assert settle(home, token) is ProposalRefusal.SETTLED


class TestTheSuProfile:
    def test_wants_what_the_profile_states(self, tmp_path: Path) -> None:
        states = frozenset({"to", "limit", "ground", "may_delegate"})
        with harness(tmp_path, organisation=TREE, right_states=states) as home:
            send(home, "Beställningsordning\nEnhet: cs\nGodkännare: Rut Rask\n")
            said = text_of(home.sent(HEAD))
            assert home.reasons() == ["appointment: objection objection objection"]
            assert "Beloppsgräns:\n" in said
            send(
                home,
                "Beställningsordning\nEnhet: cs\nGodkännare: Rut Rask\nTill: 2026-12-31\nBeloppsgräns: 50 000 kr\n"
                "Får delegeras: nej\nGrund: dnr 12-26\n",
            )
            settle(home, personal(home))
            [row] = home.query("SELECT max_amount, may_delegate, ground FROM rights WHERE ground != ''")
            assert row == ("50000.00", 0, "beställningsordning 2026-03-02, Hedvig Hall: dnr 12-26")


def test_finance_gets_each_decision_on_a_right_and_nothing_else(home: Harness) -> None:
    """Rule 70: copies of decisions on attest rights go to finance."""
    home.change(addresses=replace(home.bot.addresses, finance="ekonomi@example.se"))
    send(home)  # Eva's right ends at once, Rut's waits
    assert home.count("ekonomi@example.se") == 1
    assert home.count("ekonomi@example.se", "Eva Ek") == 1
    settle(home, personal(home))
    assert home.count("ekonomi@example.se") == 2
    assert home.count("ekonomi@example.se", "Rut Rask") == 1
    send(home, RUT_TOO.replace("Rut Rask", "Olle Ö"))
    settle(home, personal(home), ProposalAction.REFUSE, "nej")
    assert home.count("ekonomi@example.se") == 2


class TestProseAboutApprovers:
    WORDS = "Hej, Rut Rask ska bli ny godkännare hos oss från 2027-01-01.\n\nMvh Hedvig\n"

    def test_of_a_head_is_answered_with_the_form_filled_in_and_the_need_for_the_document(self, home: Harness) -> None:
        home.mail(self.WORDS, sender=HEAD, subject="Ny godkännare")
        told = text_of(home.sent(HEAD, "Beställningsordning"))
        assert "Godkännare: Rut Rask\nFrån: 2027-01-01\n" in told
        assert "Bifoga det undertecknade dokumentet" in told.partition("Formuläret")[0]
        assert home.query("SELECT count(*) FROM appointments") == [(0,)]

    def test_of_anybody_else_is_no_scheme(self, home: Harness) -> None:
        home.mail(self.WORDS, subject="Ny godkännare")
        assert home.count(RUT, "Det framgår inte vad du vill beställa") == 1

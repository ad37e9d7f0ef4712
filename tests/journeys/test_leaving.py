"""Someone leaves, accounting and categories, and what finance hears: over real mail and pages in both profiles."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering.draft import ProblemKind
from mailbot.domain.people.scheme import SchemeProblemKind
from mailbot.domain.values.order import Field, Status
from mailbot.flows.admin.explain import ORPHANED, explained
from mailbot.flows.clock.new_day import new_day
from mailbot.flows.view import open_view
from mailbot.presentation import TemplateFilters
from tests.journeys.test_giving import STATED, confirm, held, send, su
from tests.support.appointments import TREE
from tests.support.appointments import send as send_scheme
from tests.support.harness import ANNA, DUSTIN, EVA, HEAD, ORDER, PURCHASING, RUT, harness
from tests.support.relay import text_of
from tests.support.university_harness import University, form, university

__all__ = ["su"]
SAY = TemplateFilters("sv", "Europe/Stockholm", "su").say
FINANCE = "ekonomi@example.se"


@pytest.fixture
def finance(su: University) -> University:
    """The university, with a finance department."""
    su.home.change(addresses=replace(su.home.bot.addresses, finance=FINANCE))
    return su


def marked(su: University) -> list[str]:
    """Return the lines of `explain` that say that a right is not confirmed."""
    with open_view(su.home.bot, su.home.now) as view:
        return [line for line in explained(view, su.home.order()) if ORPHANED in line]


class TestSomebodyLeavesUnderSu:
    def test_the_prefekt_leaves_and_the_dean_is_asked_about_what_is_left_behind(self, su: University) -> None:
        su.order("100 000", to="prefekt")
        text = f"Medarbetare: {su.home.person('p8@example.se').name}\nSista arbetsdag: 2026-03-05"
        send(su, "dekan", text, document=None)
        assert su.told("prefekt", "Sista arbetsdag", "5 mars 2026") == 1
        su.next_day(1)
        assert "dekan" not in su.asked()
        su.next_day(1)
        assert su.told("prefekt", "/decide/") == 1
        assert len(su.asked()) > 1
        assert "prefekt" not in su.asked()[1:]
        assert "Enligt registret har du slutat" in su.page("prefekt").text
        assert su.told("dekan", "Prefekt har slutat", "CS") == 1
        assert su.told("dekan", "Attestplan", "som inte längre har attesträtten: inte bekräftad") == 1
        assert len(marked(su)) > 0
        page = su.page("dekan", purpose="plan")
        assert "inte bekräftad" in page.text
        after = su.press(page, "confirm")
        assert "bekräftad av Dekan" in after.text
        assert marked(su) == []

    def test_who_has_left_orders_nothing(self, su: University) -> None:
        send(su, "prefekt", "Medarbetare: Rut\nSista arbetsdag: nu", document=None)
        su.mail("Rut", form())
        assert su.home.orders() == 0
        assert su.told("Rut", "Enligt registret har du slutat") == 1


class TestSomebodyLeavesUnderUmu:
    def test_an_approver_who_delegated_leaves(self, tmp_path: Path) -> None:
        rights = tuple(replace(r, delegated_from=EVA) if r.person == ANNA else r for r in TREE.rights)
        with harness(tmp_path, organisation=replace(TREE, rights=rights)) as home:
            new_day(home.bot, home.now)
            home.mail()
            home.mail(ORDER.replace("Eva Ek", "Anna Ask"), sender=EVA)
            send_scheme(
                home, "Beställningsordning\nEnhet: cs\nMedarbetare: Eva Ek\nSista arbetsdag: nu\n", document=None
            )
            home.settle()
            home.now += timedelta(days=1)
            new_day(home.bot, home.now)
            home.settle()
            assert home.count(ANNA, "IT-2026-00001", "/decide/") == 1
            assert home.count(HEAD, "Eva Ek har slutat", "IT-2026-00002") == 1
            assert home.count(HEAD, "Attestplan", "inte bekräftad") == 1
            with home.pages() as browser:
                assert browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").status_code == 410
            home.approve(ANNA)  # silence ends nothing
            assert home.order("IT-2026-00001").status is Status.APPROVED

    def test_accounting_and_categories_are_as_before(self, tmp_path: Path) -> None:
        with harness(tmp_path) as home:
            home.mail(ORDER + "Kontering: -\nKategori: representation\n")
            home.approve()
            home.later(minutes=6)
            assert home.count(DUSTIN, "IT-2026-00001") == 1
            assert home.count(PURCHASING) == 0
            assert home.count(RUT, "Kräver köpet manuell hantering?") == 0


class TestAccountingUnderSu:
    @pytest.mark.parametrize("said", ["-", "?", "xxx", "vet ej"])
    def test_f5_what_stands_in_its_place_is_asked_back_and_the_order_does_not_leave(
        self, su: University, said: str
    ) -> None:
        su.mail("Rut", form(Kontering=said))
        assert su.home.orders() == 0
        asked = su.sent("Rut", "Kontering", SAY(ProblemKind.BAD_ACCOUNTING))
        su.mail("Rut", "Kontering: 1100:4010\n", subject="Sv:", answers=asked)
        assert su.asked() == ["prefekt"]


class TestCategoriesUnderSu:
    def leave(self, su: University) -> None:
        su.decide("prefekt", "approve")
        su.home.later(minutes=6)

    def test_f6_a_marked_order_goes_on_and_finance_gets_a_copy_to_handle_by_hand(self, finance: University) -> None:
        finance.order("900", Kategori="Representation")
        assert finance.told("Rut", "Kräver köpet manuell hantering?") == 0
        self.leave(finance)
        assert finance.home.count(DUSTIN, "IT-2026-00001") == 1
        assert finance.home.count(FINANCE, "Manuell hantering: representation", "har skickats till leverantören") == 1
        assert finance.home.count(PURCHASING, "IT-2026-00001") == 0

    def test_f6_where_only_words_suggest_it_the_receipt_asks_once_and_a_press_marks_it(
        self, finance: University
    ) -> None:
        finance.mail("Rut", form().replace("Mikroskop", "Bärbar dator"))
        assert finance.asked() == ["prefekt"]
        receipt = finance.sent("Rut", "Kräver köpet manuell hantering?")
        assert "Kategori: stöldbegärlig inventarie" in text_of(receipt)
        assert "Kategori: nej" in text_of(receipt)
        finance.mail("Rut", "Kategori: stöldbegärlig inventarie\n", subject="Sv:", answers=receipt)
        assert finance.told("Rut", "Kräver köpet manuell hantering?") == 1
        self.leave(finance)
        assert finance.home.count(FINANCE, "Manuell hantering: stöldbegärlig inventarie") == 1

    @pytest.mark.parametrize("minutes", [1, 6])
    def test_f6_a_press_after_the_decision_counts_and_the_order_goes_on(
        self, finance: University, minutes: int
    ) -> None:
        finance.mail("Rut", form().replace("Mikroskop", "Bärbar dator"))
        receipt = finance.sent("Rut", "Kräver köpet manuell hantering?")
        finance.decide("prefekt", "approve")
        finance.home.later(minutes=minutes)
        finance.mail("Rut", "Kategori: stöldbegärlig inventarie\n", subject="Sv:", answers=receipt)
        finance.home.later(minutes=6)
        assert finance.home.count(FINANCE, "Manuell hantering: stöldbegärlig inventarie") == 1
        assert finance.home.count(DUSTIN, "IT-2026-00001") == 1
        assert finance.asked() == ["prefekt"]
        assert finance.home.history().count("categorised") == 1
        assert finance.home.count("rut.rask@example.se", "Kategori: stöldbegärlig inventarie", "gick inte") == 0

    @pytest.mark.parametrize("said", ["nej", "stöldbegärlig inventarie"])
    @pytest.mark.parametrize("rejected", [False, True])
    def test_f6_a_press_before_an_approval_is_noted_and_the_order_goes_on_as_it_is(
        self, finance: University, said: str, rejected: bool
    ) -> None:
        finance.mail("Rut", form().replace("Mikroskop", "Bärbar dator"))
        receipt = finance.sent("Rut", "Kräver köpet manuell hantering?")
        if rejected:
            finance.decide("prefekt", "reject", comment="Till vem?")
        before = finance.home.order()
        finance.home.later(minutes=1)
        finance.mail("Rut", f"Kategori: {said}\n", subject="Sv:", answers=receipt)
        after = finance.home.order()
        assert after.content.details[Field.CATEGORY] == said
        kept = ("status", "step", "asked_at", "remind_at", "leaves_at", "decision")
        assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
        assert finance.asked() == ["prefekt"]

    def test_f6_words_beside_a_category_are_a_change_that_is_decided_anew(self, finance: University) -> None:
        finance.mail("Rut", form().replace("Mikroskop", "Bärbar dator"))
        receipt = finance.sent("Rut", "Kräver köpet manuell hantering?")
        finance.decide("prefekt", "approve")
        words = "Kategori: representation\nVänta, beställ bara en halv så mycket\n\nMvh\nRut\n"
        finance.mail("Rut", words, subject="Sv:", answers=receipt)
        assert finance.home.order().status is Status.PENDING
        assert finance.told("prefekt", "Vänta, beställ bara en halv så mycket") == 1
        finance.home.later(minutes=6)
        assert finance.home.count(DUSTIN) == 0

    def test_f6_a_greeting_beside_a_category_changes_nothing(self, finance: University) -> None:
        finance.mail("Rut", form().replace("Mikroskop", "Bärbar dator"))
        receipt = finance.sent("Rut", "Kräver köpet manuell hantering?")
        finance.decide("prefekt", "approve")
        finance.mail("Rut", "Hej!\n\nKategori: nej\n\nMvh\nRut\n", subject="Sv:", answers=receipt)
        finance.home.later(minutes=6)
        assert finance.home.count(DUSTIN, "IT-2026-00001") == 1

    @pytest.mark.parametrize("answers", [True, False])
    def test_f6_no_and_no_answer_leave_the_order_as_it_is(self, finance: University, answers: bool) -> None:
        finance.mail("Rut", form().replace("Mikroskop", "Bärbar dator"))
        if answers:
            finance.mail("Rut", "Kategori: nej\n", subject="Sv:", answers=finance.sent("Rut", "Kräver köpet"))
        self.leave(finance)
        assert finance.home.count(DUSTIN, "IT-2026-00001") == 1
        assert finance.home.count(FINANCE) == 0

    def test_f6_a_setting_gives_a_marked_order_to_finance_first(self, tmp_path: Path) -> None:
        with university(tmp_path, categories_first=True) as su:
            su.home.change(addresses=replace(su.home.bot.addresses, finance=FINANCE))
            su.order("900", Kategori="profilprodukter")
            page = su.page("prefekt")
            assert "ekonomiavdelningen" in page.text
            self.leave(su)
            assert su.home.order().status is Status.WITH_FINANCE
            assert "Hos ekonomiavdelningen" in su.page("Rut", purpose="order").text
            assert su.home.count(DUSTIN) == 0
            assert su.home.count(PURCHASING) == 0
            assert su.home.count(FINANCE, "IT-2026-00001", "kräver manuell hantering") == 1

    def test_f6_without_finance_the_copy_goes_to_purchasing(self, su: University) -> None:
        su.order("900", Kategori="representation")
        self.leave(su)
        assert su.home.count(PURCHASING, "Manuell hantering: representation") == 1


class TestRule108:
    """A right is never given to administrative support staff (docs/rules/attest.md#own-area)."""

    GIVEN = f"Godkännare: Rut\nRoll: gruppledare\nBeloppsgräns: 50 000 kr\n{STATED}"

    def test_rule_108_a_form_that_does_not_say_so_is_asked_back(self, su: University) -> None:
        send(su, "prefekt", self.GIVEN.replace("Eget ansvarsområde: ja\n", ""), unit="cs-g")
        assert (
            su.told("prefekt", "Eget ansvarsområde, inte administrativ stödpersonal", SAY(SchemeProblemKind.MISSING))
            == 1
        )
        assert su.home.query("SELECT count(*) FROM appointments") == [(0,)]

    def test_rule_108_a_no_gives_no_right(self, su: University) -> None:
        send(su, "prefekt", self.GIVEN.replace("ansvarsområde: ja", "ansvarsområde: nej"), unit="cs-g")
        assert su.told("prefekt", SAY(SchemeProblemKind.SUPPORT_STAFF)) == 1
        assert su.home.query("SELECT count(*) FROM appointments") == [(0,)]

    def test_rule_108_a_yes_is_kept_with_the_right(self, su: University) -> None:
        send(su, "prefekt", self.GIVEN, unit="cs-g")
        confirm(su)
        assert held(su, "Rut") == [("gruppledare", "50000.00")]
        [(ground,)] = su.home.query("SELECT ground FROM rights WHERE role = 'gruppledare' ORDER BY id DESC LIMIT 1")
        assert str(ground).endswith("beslut 7; eget ansvarsområde, inte administrativ stödpersonal")

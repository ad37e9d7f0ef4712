"""Profile su over real mail and real pages: page, mail and log say the same about who may decide, and why not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest

from mailbot.domain.ordering.draft import ProblemKind
from mailbot.domain.ordering.flags import Flag
from mailbot.domain.people.directory import RightKind
from mailbot.domain.people.rights import Denial
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import RouteReason, Status
from mailbot.edge.system_clock import utc_now
from mailbot.flows.reply_address import ReplyRules
from mailbot.presentation import TemplateFilters
from tests.cli.test_cli import run
from tests.journeys.browser import Browser, Page, head
from tests.mails.texts import Visible
from tests.support.harness import BOT, DUSTIN, EVA, HEAD, ORDER, ORGANISATION, PURCHASING, harness
from tests.support.relay import html_of, plain, text_of
from tests.support.university import person, the_right
from tests.support.university_harness import (
    FOREVER,
    LAST,
    TODAY,
    University,
    form,
    person_entry,
    right_entry,
    university,
)

PREFEKTS_LIMIT, ONE_ORE_MORE = "2 000 000", "2 000 000,01"
BEYOND_CS = "Prefekt får inte besluta om den här beställningen"
MOVED = "Nu tillfrågas: "
WORDS = TemplateFilters("sv", "Europe/Stockholm", "su")
SAY = WORDS.say
DEPUTY, CHAIR = "ställföreträdande prefekt", "styrelsens ordförande"
HANDS_ON = {"approve", "approve_with_comment", "reject", "ask", "recuse", "hand_over"}


@pytest.fixture
def su(tmp_path: Path) -> Iterator[University]:
    with university(tmp_path) as made:
        yield made


def refused(su: University, who: str, opened: Page, why: Denial) -> None:
    """Show that pressing a page opened earlier changes nothing and says why, as the newest link's page does."""
    before = su.home.order()
    for button in sorted(HANDS_ON):
        late = su.press(opened, button, comment="Ja", to=str(person("dekan").id))
        assert (late.status, SAY(why) in late.text) == (409, True), (button, late.text)
    now = su.page(who)
    assert SAY(why) in now.text
    assert not HANDS_ON & set(now.buttons)
    assert su.home.order() == before
    assert not su.told(who, "Kod för ditt beslut")


def reply_address(request: EmailMessage) -> str:
    return str(request["Reply-To"].addresses[0].addr_spec)


class TestADeputy:
    def test_decides_while_the_holder_is_away_and_not_before_or_after(self, su: University) -> None:
        su.order(to=DEPUTY)
        assert DEPUTY not in su.asked()  # the holder is there
        assert su.told("Rut", "Ställföreträdande prefekt är ställföreträdare", "I stället tillfrågas:", "Prefekt") == 1

        su.order("1 500 000")
        su.mail("prefekt", subject=f"borta {TODAY}–{LAST}")
        assert su.asked() == ["prefekt", DEPUTY]
        opened = su.page(DEPUTY)
        assert opened.buttons

        su.mail("prefekt", subject="tillbaka")
        refused(su, DEPUTY, opened, Denial.HOLDER_PRESENT)

        su.mail("prefekt", subject=f"borta {TODAY}–{LAST}")
        su.decide(DEPUTY)
        assert su.home.order().status is Status.APPROVED
        [kept] = su.events("approved")
        assert kept["capacity"] == "deputy"

    def test_no_longer_decides_on_the_day_after_the_last(self, su: University) -> None:
        su.order("1 500 000")
        su.mail("prefekt", subject=f"borta {TODAY}")
        opened = su.page(DEPUTY)
        su.next_day()
        refused(su, DEPUTY, opened, Denial.HOLDER_PRESENT)
        su.decide("prefekt")

    def test_a_code_asked_for_while_the_holder_was_away_decides_nothing_afterwards(self, su: University) -> None:
        su.order("1 500 000")
        su.mail("prefekt", subject=f"borta {TODAY}–{LAST}")
        asks = su.press(su.page(DEPUTY), "approve")
        su.mail("prefekt", subject="tillbaka")
        late = su.press(asks, "code", code=su.code(DEPUTY))
        assert (late.status, SAY(Denial.HOLDER_PRESENT) in late.text) == (409, True)
        assert su.home.order().status is Status.PENDING


class TestAnOrderAboveEveryLimitOfTheUnit:
    def test_goes_up_to_the_first_who_may_and_says_so(self, su: University) -> None:
        su.order(ONE_ORE_MORE)
        assert su.asked() == ["dekan"]
        receipt = plain(text_of(su.sent("Rut")))
        assert "Dekan har ombetts besluta" in receipt
        assert "Beloppet är högre än vad Prefekt får besluta om. I stället tillfrågas: Dekan" in receipt
        for text in (receipt, plain(text_of(su.sent("dekan"))), su.page("dekan").text):
            assert "går en beställning via inköp" not in text  # a limit of su sends nothing to purchasing
        assert "Prefekt valdes men får inte besluta" in plain(text_of(su.sent("dekan")))
        su.decide("dekan")
        assert su.events("approved")[0]["capacity"] == "superior"
        su.home.later(minutes=6)
        assert su.home.count(DUSTIN, su.home.order().number) == 1

    def test_exactly_at_the_limit_it_does_not(self, su: University) -> None:
        su.order(PREFEKTS_LIMIT)
        assert su.asked() == ["prefekt"]
        su.decide("prefekt")
        assert su.home.order().status is Status.APPROVED

    def test_passes_every_level_whose_limit_is_too_low(self, su: University) -> None:
        su.order("3 000 000,01")
        assert su.asked() == ["rektor"]

    def test_the_chosen_approver_reads_why_not_when_a_correction_takes_it_there(self, su: University) -> None:
        su.order(PREFEKTS_LIMIT)
        opened = su.page("prefekt")
        su.mail("Rut", f"1 st Mikroskop à {ONE_ORE_MORE} kr\n", subject="Sv:", answers=su.sent("Rut"))
        assert su.asked() == ["prefekt", "dekan"]
        refused(su, "prefekt", opened, Denial.OVER_OWN_LIMIT)

    def test_a_group_leader_decides_nothing_where_the_bot_is_not_the_portal(self, su: University) -> None:
        su.order("100", unit="cs-g", to="prefekt")
        assert su.asked() == ["prefekt"]
        su.mail("Rut", form("100", unit="cs-g", to="gruppledare"))
        assert su.told("Rut", person("gruppledare").address, SAY(ProblemKind.APPROVER_WITHOUT_RIGHT)) == 1


class TestTheHeadAway:
    @pytest.fixture
    def away(self, su: University) -> University:
        su.mail("prefekt", subject=f"borta {TODAY}–{LAST}")
        return su

    def test_the_deputy_decides_what_only_the_head_may_decide_in_the_unit(self, away: University) -> None:
        away.order("500 000,01")
        assert away.asked() == [DEPUTY]
        assert away.told("Rut", f"Prefekt är borta till och med {WORDS.day(LAST)}", "Ställföreträdande prefekt") == 1

    def test_what_is_over_the_heads_limit_goes_up_as_always(self, away: University) -> None:
        away.order(ONE_ORE_MORE)
        assert away.asked() == ["dekan"]

    def test_with_the_deputy_away_too_the_level_above_is_asked(self, away: University) -> None:
        away.order("500 000,01")
        away.mail("prefekt", subject=f"borta Ställföreträdande prefekt {TODAY}–{LAST}")
        assert away.asked() == [DEPUTY, "dekan"]
        away.decide("dekan")

    def test_what_the_table_gives_the_head_the_deputy_decides_and_then_the_level_above(self, away: University) -> None:
        away.order(Avser_person="Gruppledare")
        assert away.asked() == [DEPUTY]
        assert away.told("Rut", f"Prefekt är borta till och med {WORDS.day(LAST)}", "Ställföreträdande prefekt") == 1
        away.mail("prefekt", subject=f"borta Ställföreträdande prefekt {TODAY}–{LAST}")
        assert away.asked() == [DEPUTY, "dekan"]
        away.decide("dekan")
        assert away.events("approved")[0]["capacity"] == "superior"


class TestARightThatEndsWhileAnOrderWaits:
    def moved(self, su: University, opened: Page, why: Denial) -> None:
        assert su.asked() == ["prefekt", "dekan"]
        assert su.told("Rut", MOVED) == 1
        assert su.told("Rut", "Dekan", "Attesträtten har ändrats") == 1
        refused(su, "prefekt", opened, why)
        su.home.later(minutes=1)
        assert su.told("Rut", MOVED) == 1
        su.decide("dekan")
        assert su.home.order().status is Status.APPROVED

    def test_handed_back_on_the_page(self, su: University) -> None:
        su.order("1 500 000")
        opened = su.page("prefekt")
        after = su.hand_back("prefekt")
        assert SAY(Denial.ENDED) in after.text
        assert su.home.count(PURCHASING, "Prefekt beslutar inte längre") == 1
        self.moved(su, opened, Denial.ENDED)

    def test_by_directory_import(self, tmp_path: Path) -> None:
        with university(tmp_path, utc_now() - timedelta(minutes=1)) as su:  # the command goes by the machine's clock
            su.order("1 500 000")
            opened = su.page("prefekt")
            su.end_right("prefekt", (su.home.now - timedelta(days=1)).date())
            said = run("directory", "import", "--yes", "--config", su.folder, cwd=tmp_path)
            assert said.code == 0, said.err
            su.home.later(minutes=2)
            self.moved(su, opened, Denial.EXPIRED)

    def test_by_the_calendar(self, su: University) -> None:
        su.end_right("prefekt", su.home.now.date())
        su.import_files()
        su.order("1 500 000")
        opened = su.page("prefekt")
        su.next_day()
        self.moved(su, opened, Denial.EXPIRED)

    def test_a_superior_hands_back_the_right_by_which_they_could_decide(self, su: University) -> None:
        su.order(ONE_ORE_MORE)
        assert "Avslutar din attesträtt i MAT" in su.page("dekan").text
        after = su.hand_back("dekan")
        assert SAY(Denial.ENDED) in after.text
        assert su.asked() == ["dekan", "vicerektor"]
        assert su.home.count(PURCHASING, "Dekan beslutar inte längre om beställningar för MAT") == 1

    def test_where_the_table_of_own_costs_leads_across_the_tree(self, su: University) -> None:
        su.order(unit="su", to="rektor", Avser_person="Rektor")
        assert su.asked() == ["planeringschef"]
        su.hand_back("planeringschef")
        assert su.asked() == ["planeringschef", "styrelsens ordförande"]
        assert su.told("Rut", MOVED) == 1


class TestTheRequestersOwnOrder:
    def test_nobody_orders_from_themselves_through_an_alias(self, su: University) -> None:
        su.mail("alias8@example.se", form(Avser_person="verksamheten"))
        assert su.told("prefekt", SAY(ProblemKind.OWN_ORDER)) == 1
        assert su.home.orders() == 0

    @pytest.fixture
    def lax(self, tmp_path: Path) -> Iterator[University]:
        """A bot that takes decisions by reply mail, which needs sums without a code."""
        replies = ReplyRules(BOT, "+", Money(Decimal(5_000)))
        with university(tmp_path, replies=replies, step_up_above=Money(Decimal(10_000))) as made:
            yield made

    def test_who_orders_through_an_alias_finds_no_way_to_decide(self, lax: University) -> None:
        su, home = lax, lax.home
        su.order("20 000")
        others, listed = su.url("prefekt"), su.url("prefekt", purpose="list")
        su.mail("alias8@example.se", form(to="administrativ chef", Avser_person="verksamheten"))
        own = home.order()
        assert su.asked() == ["administrativ chef"]

        for link in (others, listed):  # as the button of a list would
            opened = Browser().answer(f"{link}/open/{own.reference}", b"")
            assert (opened.status, own.number in opened.text) == (404, False)
        for sender in ("prefekt", "alias8@example.se"):
            su.mail(sender, subject="lista")
            assert own.number not in text_of(su.sent("prefekt", "/list/"))
        request = su.sent("administrativ chef", own.number)
        for sender in ("prefekt", "alias8@example.se"):
            su.mail(sender, "GODKÄNN", subject="Sv:", answers=request, to=reply_address(request))
        su.press(su.page("administrativ chef"), "hand_over", to=str(person("prefekt").id))
        su.mail("administrativ chef", subject=f"borta {TODAY}–{LAST}, ersättare Prefekt")

        assert home.order().status is Status.PENDING
        assert not su.told("prefekt", own.number, "/decide/")
        assert "approved" not in home.history()
        request = su.sent("ämnesansvarig", own.number)  # whose reply counts: the way itself is open
        su.mail("ämnesansvarig", "GODKÄNN", subject="Sv:", answers=request, to=reply_address(request))
        assert home.order().status is Status.APPROVED

    def test_an_order_made_their_own_on_the_way_bars_page_code_and_list(self, su: University) -> None:
        """The store is changed behind the bot's back: no door lets a requester change."""
        su.order()
        opened, listed = su.page("prefekt"), su.page("prefekt", purpose="list")
        asks = su.press(su.page("prefekt"), "approve")
        code = su.code("prefekt")
        su.home.query(f"UPDATE orders SET requester_id = {person('prefekt').id}")  # noqa: S608
        assert su.press(asks, "code", code=code).status == 409
        assert su.press(listed).status == 404
        for button in sorted(HANDS_ON):
            late = su.press(opened, button, comment="Ja", to=str(person("dekan").id))
            assert (late.status, SAY(Denial.OWN_ORDER) in late.text) == (409, True)
        assert not HANDS_ON & set(su.page("prefekt").buttons)
        assert su.home.order().status is Status.PENDING

    def test_who_mails_through_an_alias_decides_others_orders_as_before(self, su: University) -> None:
        su.order()
        su.mail("alias8@example.se", subject="lista")
        su.decide("prefekt")
        assert su.home.order().status is Status.APPROVED


class TestHandingOn:
    def test_a_recusal_goes_up_and_its_text_to_nobody(self, su: University) -> None:
        su.order()
        opened = su.page("prefekt")
        su.press(su.page("prefekt"), "recuse", comment="Min syster äger firman")
        assert su.asked() == ["prefekt", "dekan"]
        refused(su, "prefekt", opened, Denial.RECUSED)
        assert su.told("Rut", MOVED, "Prefekt beslutar inte om den här beställningen", "Dekan") == 1
        su.decide("dekan")
        su.home.later(minutes=6)
        seen = [su.page("prefekt"), su.page("dekan"), su.page("Rut", purpose="order")]
        assert all("Min syster" not in page.text for page in seen)
        assert su.home.count("", "Min syster") == 0
        assert "Min syster" in su.events("recused")[0]["text"]

    def test_another_is_asked_instead_and_either_may_decide(self, su: University) -> None:
        su.order()
        page = su.page("prefekt")
        su.press(page, "hand_over", to=str(su.home.person(person("administrativ chef").address).id))
        assert su.asked() == ["prefekt", "administrativ chef"]
        assert su.told("Rut", MOVED, "Prefekt har bett någon annan att besluta", "Administrativ chef") == 1
        su.decide("administrativ chef")
        late = su.press(page, "approve")
        assert (late.status, "Administrativ chef" in late.text) == (409, True)

    def test_whom_the_page_does_not_offer_is_not_asked(self, su: University) -> None:
        su.order()
        for who in (DEPUTY, "Rut", "prefekt", "dekan", "rektor"):
            su.press(su.page("prefekt"), "hand_over", to=str(su.home.person(person(who).address).id))
        assert su.asked() == ["prefekt"]
        assert su.home.history() == ["opened"]


class TestWhatConcernsAPerson:
    def test_a_heads_own_cost_goes_to_the_dean(self, su: University) -> None:
        su.order(Avser_person="Prefekt")
        assert su.asked() == ["dekan"]
        assert su.told("Rut", "Prefekt får inte besluta", "I stället tillfrågas: Dekan") == 1
        su.decide("dekan")
        assert su.events("approved")[0]["capacity"] == "own_cost"

    def test_a_head_is_asked_for_whom_and_one_press_says_the_organisation(self, su: University) -> None:
        su.mail("prefekt", form(to="administrativ chef"))
        assert su.home.orders() == 0
        asked = su.sent("prefekt", "Avser person", SAY(ProblemKind.FOR_WHOM))
        pressed = [link for link in Visible(html_of(asked)).links if "mailto:" in link and "verksamheten" in link]
        said = dict(part.split("=", 1) for part in unquote(pressed[0]).partition("?")[2].split("&"))
        su.mail("prefekt", said["body"], subject=said["subject"])
        assert su.asked() == ["administrativ chef"]
        page = su.page("administrativ chef").text
        assert "för verksamheten" in page
        assert SAY(Flag.DEPENDENT_APPROVER) in page
        su.decide("administrativ chef")
        assert su.events("approved")[0]["flags"] == "R21"

    def test_where_a_setting_says_so_it_goes_up(self, tmp_path: Path) -> None:
        with university(tmp_path, dependent_approvers=False) as su:
            su.order(by="prefekt", to="administrativ chef", Avser_person="verksamheten")
            assert su.asked() == ["dekan"]
            assert su.told("prefekt", "Administrativ chef får inte besluta", "I stället tillfrågas: Dekan") == 1

    def test_for_themself_it_goes_by_the_table(self, su: University) -> None:
        su.order(by="prefekt", to="administrativ chef", Avser_person="mig")
        assert su.asked() == ["dekan"]

    def test_with_the_dean_away_it_goes_to_the_deans_deputy(self, su: University) -> None:
        su.mail("dekan", subject=f"borta {TODAY}–{LAST}")
        su.order(Avser_person="Prefekt")
        assert su.asked() == ["prodekan"]
        assert su.told("Rut", "Prefekt får inte besluta", "I stället tillfrågas: Prodekan") == 1
        assert su.told("prodekan", "De här kan också besluta om beställningen: Vicerektor.") == 1
        su.decide("prodekan")
        assert su.events("approved")[0]["capacity"] == "deputy"

    def test_the_chair_with_a_right_for_own_costs_is_asked_for_the_rectors_alone(self, su: University) -> None:
        chair = replace(the_right(CHAIR), valid_to=FOREVER)
        ended = right_entry(replace(chair, valid_to=su.home.now.date() - timedelta(days=1)))
        su.change_file(
            right_entry(chair),
            ended + right_entry(replace(chair, kind=RightKind.OWN_COST, valid_from=su.home.now.date())),
        )
        su.import_files()
        su.mail("planeringschef", subject=f"borta {TODAY}–{LAST}")
        su.order(unit="su", to="rektor", Avser_person="Rektor")
        assert su.asked() == [CHAIR]
        su.decide(CHAIR)
        assert su.events("approved")[0]["capacity"] == "own_cost"
        su.order("100", unit="su", to="rektor")
        assert su.asked() == ["rektor"]
        su.mail(CHAIR, subject="lista")
        assert su.home.order().number not in text_of(su.sent(CHAIR))

    def test_the_head_reads_why_not_when_it_turns_out_to_be_for_them(self, su: University) -> None:
        su.order()
        opened = su.page("prefekt")
        su.mail("Rut", "Avser person: Prefekt\n", subject="Sv:", answers=su.sent("Rut"))
        assert su.asked() == ["prefekt", "dekan"]
        refused(su, "prefekt", opened, Denial.OWN_COST)

    def test_an_interest_of_anybodys_takes_the_order_to_purchasing_and_nobody_reads_whose(self, su: University) -> None:
        biased = replace(person("annan prefekt"), interests=("Dustin AB",))
        su.change_file(person_entry(person("annan prefekt")), person_entry(biased))
        su.import_files()
        su.order()
        assert SAY(RouteReason.INTEREST) in su.page("prefekt").text
        su.decide("prefekt")
        su.home.later(minutes=6)
        assert su.home.count(PURCHASING, su.home.order().number, SAY(RouteReason.INTEREST)) == 1
        assert su.home.count(DUSTIN) == 0
        assert su.home.count("", "Annan prefekt") == 0

    def test_a_declared_interest_stops_the_approver_and_the_order_moves(self, su: University) -> None:
        su.order(to="administrativ chef")
        opened = su.page("administrativ chef")
        declared = replace(person("administrativ chef"), interests=("Dustin AB",))
        su.change_file(person_entry(person("administrativ chef")), person_entry(declared))
        su.import_files()
        assert su.asked()[1:] == ["prefekt", "ämnesansvarig"]
        assert su.told("Rut", MOVED) == 1
        refused(su, "administrativ chef", opened, Denial.INTEREST)
        su.order(to="administrativ chef")
        assert su.asked() == ["prefekt", "ämnesansvarig"]


class TestWhatConcernsAPersonUnderUmu:
    def test_it_is_as_any_other_and_no_head_is_asked_for_whom(self, tmp_path: Path) -> None:
        with harness(tmp_path) as home:
            home.mail(ORDER + "Avser person: Eva Ek\n")
            home.approve(EVA)
            home.mail(sender=HEAD)
            assert home.orders() == 2
            home.approve(EVA)
            home.later(minutes=6)
            assert home.count(DUSTIN) == 2

    def test_an_interest_of_anybody_elses_leaves_the_order_its_way(self, tmp_path: Path) -> None:
        persons = (replace(p, interests=("Dustin AB",)) if p.address == HEAD else p for p in ORGANISATION.persons)
        with harness(tmp_path, organisation=replace(ORGANISATION, persons=tuple(persons))) as home:
            home.mail()
            home.approve(EVA)
            home.later(minutes=6)
            assert (home.count(DUSTIN), home.count(PURCHASING)) == (1, 0)


class TestWhatAnOrderMustState:
    def test_a_foreign_order_without_its_value_in_kronor_is_asked_back_and_then_counted(self, su: University) -> None:
        su.mail("Rut", form("180 000", Valuta="EUR"))
        assert su.home.orders() == 0
        asked_back = su.sent("Rut", "Motvärde SEK")
        su.mail("Rut", f"Motvärde SEK: {ONE_ORE_MORE}\n", subject="Sv:", answers=asked_back)
        assert su.asked() == ["dekan"]
        su.order("180 000", Valuta="EUR", Motvärde_SEK=PREFEKTS_LIMIT)
        assert su.asked() == ["prefekt"]
        su.decide("prefekt", "approve")
        assert su.home.order().status is Status.APPROVED

    def test_accounting_is_asked_for(self, su: University) -> None:
        su.mail("Rut", form(Kontering=""))
        assert su.home.orders() == 0
        su.mail(
            "Rut",
            "Kontering: 1100:4010\n",
            subject="Sv:",
            answers=su.sent("Rut", "Kontering", SAY(ProblemKind.MISSING)),
        )
        assert su.asked() == ["prefekt"]


STATEMENTS = (
    "Kostnaden får belasta den verksamhet som anges i beställningens kontering.",
    "Finansiering finns.",
    "Anskaffningen är förenlig med de regler som gäller för universitetets verksamhet.",
)


class TestWhatIsKeptOfADecision:
    def test_the_statements_stand_in_the_mail_and_at_the_button_and_the_event_says_by_what_right(
        self, su: University
    ) -> None:
        su.order(by="prefekt", to="administrativ chef", Avser_person="verksamheten")
        page = su.page("administrativ chef")
        for text in (plain(text_of(su.sent("administrativ chef"))), page.text):
            assert all(statement in text for statement in STATEMENTS)
        assert SAY(Flag.DEPENDENT_APPROVER) in page.text  # the head orders, somebody of theirs decides
        assert page.text.index(STATEMENTS[0]) < page.text.index("Godkänn →")

        su.decide("administrativ chef")
        [kept] = su.events("approved")
        right = su.home.query(f"SELECT id FROM rights WHERE person_id = {person('administrativ chef').id}")[0][0]  # noqa: S608
        expected = {"statements": "su-37-2", "capacity": "holder", "right": str(right), "flags": "R21"}
        assert expected.items() <= kept.items()
        assert kept["ground"] == "SU FV-4558-22"
        [(proof,)] = su.home.query("SELECT proof FROM events WHERE what = 'approved'")
        assert "code" in proof

    def test_a_rejection_certifies_nothing(self, su: University) -> None:
        su.order()
        su.decide("prefekt", "reject", comment="Nej")
        [kept] = su.events("rejected")
        assert "statements" not in kept
        assert {"capacity", "right", "ground"} <= kept.keys()

    def test_opening_and_scanning_changes_nothing(self, su: University) -> None:
        su.order()
        before = su.home.dump()
        assert head(su.url("prefekt")) == su.page("prefekt").status == 200
        assert su.home.dump() == before


class TestTheCommands:
    def test_explain_and_plan_say_who_by_what_right_and_why_not(self, tmp_path: Path) -> None:
        with university(tmp_path, utc_now()) as su:
            number = su.order(ONE_ORE_MORE).number
            explained = run("explain", number, "--config", su.folder, cwd=tmp_path)
            planned = run("plan", "cs", "--config", su.folder, cwd=tmp_path)
        assert explained.code == planned.code == 0
        said = explained.out
        assert said.startswith(f"{number}  pending  profile su, ")
        assert "unit: CS < MAT < NATUR < SU < STYRELSEN\n" in said
        assert "amount that limits are compared with: SEK 2,000,000.01 without VAT\n".replace("K ", "K\u00a0") in said
        able, barred = said.index("  yes  Dekan, as superior\n"), said.index("  no   Prefekt, over_own_limit: ")
        assert able < said.index("  yes  Rektor, as superior\n") < barred
        assert "up to SEK 2,500,000.00".replace("K ", "K\u00a0") in said[able:].splitlines()[1]
        assert "ground SU FV-4558-22" in said[able:].splitlines()[1]
        assert "right 7 in CS, prefekt" in said[barred:].splitlines()[1]
        assert "Ställföreträdande prefekt, holder_present: a deputy, and the one they stand for is not" in said
        assert "Rut, own_order: it is their own order" in said
        assert "chosen: Prefekt\nasked: Dekan\n" in said
        assert "approved it goes to: Dustin AB\n" in said

        assert planned.out.startswith("CS (cs), head: Prefekt\n")
        for row in (
            "Prefekt <p8@example.se>: decides on orders, prefekt, up to",
            "deputy for Prefekt",
            "delegated by Prefekt",
        ):
            assert row in planned.out

    def test_explain_says_what_a_decision_rests_on_and_the_flags_it_raises(self, tmp_path: Path) -> None:
        with university(tmp_path, utc_now() - timedelta(minutes=1)) as su:
            number = su.order(by="prefekt", to="administrativ chef", Avser_person="verksamheten").number
            su.decide("administrativ chef")
            said = run("explain", number, "--config", su.folder, cwd=tmp_path).out
        assert "approved by Administrativ chef, " in said
        assert "as holder, right 9, ground SU FV-4558-22, statements su-37-2, proven by link+code\n" in said
        assert f"flag R21: {TemplateFilters('en', 'UTC').say(f'flag {Flag.DEPENDENT_APPROVER}')}\n" in said

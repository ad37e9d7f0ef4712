"""Step-up: above a sum the link alone decides nothing; a code to the registered address does, or a login in front."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from threading import Barrier, Thread

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering.workflow import Change, Refusal
from mailbot.domain.people.rights import Denial
from mailbot.domain.people.step_up import StepUp
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Status
from mailbot.flows.pages.enter_code import CodePage, code_page, enter_code
from mailbot.flows.pages.resign import ResignOutcome
from mailbot.flows.reply_address import ReplyRules
from mailbot.flows.steps.decide import Action, Press, PressOutcome, PressProblem, open_other, press
from mailbot.flows.steps.step_up import NOBODY, Caller, CodeAsked, CodeRefusal, NoMoreCodes, OtherLogin
from mailbot.links import Signer
from mailbot.store.database import Database
from mailbot.store.directory import DirectoryCache
from tests.support.harness import ANNA, BOT, DUSTIN, EVA, ORDER, PURCHASING, RUT, Harness, harness, mail_to_bot
from tests.support.relay import text_of

ALL = Money.zero()


@dataclass
class Approver:
    """Eva at the page of the newest order's link, in one browser: what she presses and types is the real flow's."""

    home: Harness
    token: str = ""
    browser: str = ""
    login: str = ""

    def __post_init__(self) -> None:
        self.token = self.token or self.home.token(EVA, Purpose.DECIDE)

    @property
    def caller(self) -> Caller:
        return Caller(self.browser, self.login)

    def press(self, action: Action = Action.APPROVE, comment: str = "", version: int = 1) -> PressOutcome:
        step = self.home.order().step
        shown = Press(action, version, "supplier", comment, step=step, anyway=True)
        outcome = press(self.home.bot, self.token, shown, self.home.now, self.caller)
        if isinstance(outcome, CodeAsked):
            self.browser = outcome.browser
        self.home.settle()
        return outcome

    def enter(self, code: str) -> PressOutcome | ResignOutcome:
        outcome = enter_code(self.home.bot, self.token, code, self.caller, self.home.now)
        self.home.settle()
        return outcome

    def send_again(self) -> PressOutcome | ResignOutcome:
        outcome = enter_code(self.home.bot, self.token, None, self.caller, self.home.now)
        self.home.settle()
        return outcome

    def page(self) -> CodePage:
        found = code_page(self.home.bot, self.token, self.caller, self.home.now)
        assert isinstance(found, CodePage)
        return found


def code_in(home: Harness, number: int = -1) -> str:
    """Return the code in one of the mails with a code, of which the newest is the last."""
    found = re.search(r"^ +([0-9]{4} [0-9]{4})\r?$", text_of(codes(home)[number]), re.MULTILINE)
    assert found
    return found[1]


def codes(home: Harness) -> list[EmailMessage]:
    return home.relay.mails("", "Kod för ditt beslut")


def wrong(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 10**8:08d}"


def proofs(home: Harness) -> list[str]:
    return [row[0] for row in home.query("SELECT proof FROM events WHERE what IN ('approved', 'rejected') ORDER BY id")]


@pytest.fixture
def su(tmp_path: Path) -> Iterator[Harness]:
    """A bot that asks for a code before every decision, with an order of 12 500 kr that waits for Eva."""
    with harness(tmp_path, step_up_above=ALL) as made:
        made.mail()
        yield made


@pytest.fixture
def eva(su: Harness) -> Approver:
    return Approver(su)


class TestWhenItApplies:
    @pytest.mark.parametrize(
        ("above", "order", "asks"),
        [
            (None, ORDER, False),
            (None, ORDER.replace("12 500 kr", "900 000 kr"), False),
            (ALL, ORDER.replace("12 500 kr", "1 kr"), True),
            (Money(Decimal(12_500)), ORDER, False),
            (Money(Decimal("12499.99")), ORDER, True),
            (Money(Decimal(12_500)), ORDER + "Totalt: 12 500,01 kr\n", True),
            (Money(Decimal(12_500)), ORDER.replace("12 500 kr", "10 EUR") + "Valuta: EUR\n", True),
        ],
        ids=["off", "off, however large", "every", "exactly", "one öre above", "by stated total", "foreign"],
    )
    def test_above_the_sum_and_for_every_foreign_currency(
        self, tmp_path: Path, above: Money | None, order: str, asks: bool
    ) -> None:
        with harness(tmp_path, step_up_above=above) as home:
            home.mail(order)
            outcome = Approver(home).press(Action.REJECT)
            assert isinstance(outcome, CodeAsked) == asks
            assert len(codes(home)) == asks
            assert (home.order().status is Status.PENDING) == asks

    def test_the_sum_is_compared_in_the_basis_of_the_limits(self, tmp_path: Path) -> None:
        with harness(tmp_path, step_up_above=Money(Decimal(15_000)), limit_includes_vat=True) as home:
            home.mail()
            assert isinstance(Approver(home).press(Action.REJECT), CodeAsked)  # 12 500 kr are 15 625 kr with VAT

    def test_without_it_the_link_is_the_proof(self, home: Harness) -> None:
        home.mail()
        assert isinstance(Approver(home).press(), Change)
        assert proofs(home) == ["signed link"]

    def test_undo_and_a_question_need_no_code(self, su: Harness, eva: Approver) -> None:
        assert isinstance(eva.press(Action.ASK, "Varför?"), Change)
        assert codes(su) == []
        eva.press()
        eva.enter(code_in(su))
        assert isinstance(eva.press(Action.UNDO), Change)
        assert len(codes(su)) == 1

    def test_no_reply_mail_decides_and_no_address_for_one_is_made(self, tmp_path: Path) -> None:
        with harness(tmp_path, replies=ReplyRules(BOT, "+", Money(Decimal(20_000)))) as home:
            home.mail()
            request = home.sent(EVA, "/decide/")
            assert request["Reply-To"] is not None
            home.change(policy=replace(home.bot.policy, step_up_above=ALL))
            home.raw(
                mail_to_bot("GODKÄNN", sender=EVA, answers=request).as_bytes(),
                mail_from=EVA,
                to=str(request["Reply-To"]),
            )
            assert home.order().status is Status.PENDING
            home.mail()
            assert home.sent(EVA, "/decide/", home.order().number)["Reply-To"] is None


class TestARightCode:
    @pytest.mark.parametrize(
        ("action", "comment", "status", "to"),
        [
            (Action.APPROVE, "", Status.SENT, DUSTIN),
            (Action.APPROVE_WITH_COMMENT, "Kolla avtalet", Status.WITH_PURCHASING, PURCHASING),
            (Action.REJECT, "Välj den billigare", Status.REJECTED, RUT),
        ],
    )
    def test_decides_exactly_what_was_pressed(
        self, su: Harness, eva: Approver, action: Action, comment: str, status: Status, to: str
    ) -> None:
        assert isinstance(eva.press(action, comment), CodeAsked)
        assert su.history() == ["opened", "code_sent"]
        assert isinstance(eva.enter(code_in(su)), Change)
        su.later(minutes=6)
        assert su.order().status is status
        assert su.count(to, su.order().number, comment) >= 1
        assert proofs(su) == [StepUp.CODE]
        assert su.query("SELECT proof FROM decisions") == [("link+code",)]

    @pytest.mark.parametrize("form", ["{0}{1}", "{0} {1}", "{0}-{1}", " {0}\u00a0{1}\n"])
    def test_may_be_written_as_people_write_it(self, su: Harness, eva: Approver, form: str) -> None:
        eva.press()
        assert isinstance(eva.enter(form.format(*code_in(su).split())), Change)

    def test_is_mailed_to_the_registered_address_with_order_and_amount_and_no_link(self, su: Harness) -> None:
        eva = Approver(su)
        eva.press()
        (mail,) = codes(su)
        text, code = text_of(mail), code_in(su)
        assert (mail["To"].addresses[0].addr_spec, mail["Reply-To"]) == (EVA, PURCHASING)
        assert not re.search("[0-9]{4} ?[0-9]{4}", mail["Subject"])
        assert [
            w for w in (su.order().number, "12 500,00 kr", "Dell XPS 13", PURCHASING) if w not in " ".join(text.split())
        ] == []
        page = mail.get_body(("html",))
        assert page is not None
        html = page.get_content()
        assert code in html
        assert not re.search("https?://|href", text + html)

    def test_a_request_from_an_alias_changes_nothing_of_where_it_goes(self, su: Harness) -> None:
        su.mail("lista", sender="eva@example.se", subject="lista")
        Approver(su, token=su.token(EVA, Purpose.DECIDE)).press()
        assert [str(m["To"].addresses[0].addr_spec) for m in codes(su)] == [EVA]

    def test_goes_before_everything_else_that_waits(self, su: Harness, eva: Approver) -> None:
        su.relay.busy = True
        for _ in range(3):
            su.mail()
        press(su.bot, eva.token, Press(Action.APPROVE, 1, "supplier"), su.now)
        su.relay.busy = False
        before = len(su.relay.raw)
        su.later(minutes=2)
        assert su.relay.mails()[before]["Subject"] == codes(su)[0]["Subject"]

    def test_that_could_not_be_sent_in_time_is_not_sent(self, su: Harness, eva: Approver) -> None:
        su.relay.busy = True
        eva.press()
        su.relay.busy = False
        su.later(minutes=10)
        assert codes(su) == []
        assert su.query("SELECT state, error FROM outbox WHERE kind = 'step_up_code'") == [
            ("cancelled", "too late for its code")
        ]

    def test_is_no_dispatch(self, su: Harness, eva: Approver) -> None:
        eva.press()
        assert su.query("SELECT dispatch FROM outbox WHERE kind = 'step_up_code'") == [(0,)]


class TestLimits:
    @pytest.mark.parametrize(("seconds", "works"), [(599, True), (600, False)])
    def test_a_code_works_for_ten_minutes(self, su: Harness, eva: Approver, seconds: int, works: bool) -> None:
        eva.press()
        su.later(seconds=seconds)
        assert eva.page().live == works
        assert isinstance(eva.enter(code_in(su)), Change) == works
        assert (su.order().status is Status.APPROVED) == works

    @pytest.mark.parametrize(("wrongs", "works"), [(4, True), (5, False)])
    def test_a_code_takes_five_tries(self, su: Harness, eva: Approver, wrongs: int, works: bool) -> None:
        eva.press()
        code = code_in(su)
        said = [eva.enter(wrong(code)) for _ in range(wrongs)]
        assert said == [CodeRefusal.WRONG] * min(wrongs, 4) + [CodeRefusal.USED_UP] * (wrongs - 4)
        assert eva.page().tries_left == 5 - wrongs
        assert isinstance(eva.enter(code), Change) == works
        assert su.history().count("code_wrong") == wrongs

    @pytest.mark.parametrize("typed", ["", "1234567", "123456789", "12345678\n9", "١٢٣٤٥٦٧٨", "abcdefgh", "-" * 8])
    def test_a_text_that_cannot_be_a_code_costs_no_try(self, eva: Approver, typed: str) -> None:
        eva.press()
        assert eva.enter(typed) is CodeRefusal.UNREADABLE
        assert eva.page().tries_left == 5

    def test_a_new_code_comes_with_tries_of_its_own_and_ends_the_old(self, su: Harness, eva: Approver) -> None:
        eva.press()
        for _ in range(5):
            eva.enter(wrong(code_in(su)))
        assert isinstance(eva.send_again(), CodeAsked)
        assert eva.page().tries_left == 5
        assert eva.enter(code_in(su, 0)) is CodeRefusal.WRONG
        assert isinstance(eva.enter(code_in(su)), Change)

    def test_a_link_s_holder_cannot_use_up_the_codes_of_its_owner(self, su: Harness, eva: Approver) -> None:
        """Whoever has the request mail asks for codes hour after hour; Eva mails `lista` and decides."""
        for _ in range(3):
            assert isinstance(Approver(su).press(), CodeAsked)
        assert isinstance(eva.press(), NoMoreCodes)
        assert eva.page().elsewhere
        su.mail("", subject="lista", sender=EVA)
        own = Approver(su, su.token(EVA, Purpose.DECIDE))
        assert own.token != eva.token
        assert isinstance(own.press(), CodeAsked)
        assert isinstance(own.enter(code_in(su)), Change)

    def test_what_a_link_opens_brings_no_codes_of_its_own(self, su: Harness, eva: Approver) -> None:
        """Else a forwarded link would give any number of links, and each of them three mails an hour."""
        first = su.order()
        su.mail()
        second = su.token(EVA, Purpose.DECIDE)
        for _ in range(3):
            assert isinstance(Approver(su, second).press(), CodeAsked)
        back = second
        for reference in (first.reference, su.order().reference):
            address = open_other(su.bot, back, reference, su.now)
            assert isinstance(address, str)
            back = address.rpartition("/")[2]
        assert isinstance(Approver(su, back).press(), NoMoreCodes)
        assert len(codes(su)) == 3
        assert isinstance(Approver(su, eva.token).press(), CodeAsked), "of the first order no code was asked for"

    def test_one_browser_is_sent_three_in_an_hour_whatever_the_link(self, su: Harness, eva: Approver) -> None:
        eva.press()
        eva.send_again()
        eva.send_again()
        su.mail("", subject="lista", sender=EVA)
        again = Approver(su, su.token(EVA, Purpose.DECIDE), browser=eva.browser)
        assert isinstance(again.press(Action.REJECT), NoMoreCodes)
        assert not again.page().elsewhere
        assert len(codes(su)) == 3

    def test_three_are_sent_in_an_hour_whatever_the_browser(self, su: Harness, eva: Approver) -> None:
        first = su.now
        eva.press()
        su.later(minutes=1)
        eva.send_again()
        su.later(minutes=1)
        assert isinstance(Approver(su).press(), CodeAsked)
        su.later(minutes=1)
        for outcome in (eva.send_again(), Approver(su).press(Action.REJECT)):
            assert isinstance(outcome, NoMoreCodes)
            assert (outcome.next_at - first).total_seconds() == 3600
        assert len(codes(su)) == 3
        su.now = first
        su.later(minutes=59, seconds=59)
        assert isinstance(eva.send_again(), NoMoreCodes)
        su.later(seconds=1)
        assert isinstance(eva.send_again(), CodeAsked)
        assert isinstance(eva.enter(code_in(su)), Change)

    def test_the_limit_of_one_order_is_not_that_of_another(self, su: Harness, eva: Approver) -> None:
        for _ in range(3):
            eva.press()
            eva.send_again()
        su.mail()
        assert isinstance(Approver(su).press(), CodeAsked)

    def test_the_same_press_again_mails_no_second_code_while_the_first_lives(self, su: Harness, eva: Approver) -> None:
        eva.press()
        assert isinstance(eva.press(), CodeAsked)
        assert len(codes(su)) == 1
        assert isinstance(eva.press(Action.REJECT), CodeAsked)
        assert len(codes(su)) == 2
        assert eva.enter(code_in(su, 0)) is CodeRefusal.WRONG
        assert su.order().status is Status.PENDING
        su.later(minutes=10)
        eva.press(Action.REJECT)
        assert len(codes(su)) == 3


class TestACodeIsGoodForOnePressOnly:
    def test_not_in_another_browser(self, su: Harness, eva: Approver) -> None:
        eva.press()
        code, other = code_in(su), Approver(su)
        assert other.enter(code) is CodeRefusal.MISSING
        other.press()
        assert other.enter(code) is CodeRefusal.WRONG
        assert replace(other, browser="x" * 32).enter(code) is CodeRefusal.MISSING
        assert isinstance(eva.enter(code), Change)

    def test_not_for_another_order(self, su: Harness, eva: Approver) -> None:
        su.mail()
        other = Approver(su, browser="b" * 32)
        eva.browser = other.browser
        assert eva.token != other.token
        eva.press()
        assert other.enter(code_in(su)) is CodeRefusal.MISSING
        code = code_in(su)
        other.press()
        assert other.enter(code) is CodeRefusal.WRONG

    def test_not_for_another_person(self, su: Harness, eva: Approver) -> None:
        eva.press()
        su.later(days=3)
        su.later(days=3)
        anna = Approver(su, token=su.token(ANNA, Purpose.DECIDE), browser=eva.browser)
        eva.press()
        assert anna.enter(code_in(su)) is CodeRefusal.MISSING

    def test_not_for_another_version(self, su: Harness, eva: Approver) -> None:
        eva.press()
        code = code_in(su)
        su.mail("Referens: RR2", subject=f"#{su.order().reference}")
        assert su.order().version == 2
        assert eva.enter(code) is Refusal.CHANGED
        assert eva.send_again() is Refusal.CHANGED
        assert eva.page().code is None
        assert su.order().status is Status.PENDING

    def test_not_for_another_step(self, su: Harness, eva: Approver) -> None:
        other = Approver(su)
        eva.press()
        first = code_in(su)
        other.press()
        other.enter(code_in(su))
        other.press(Action.UNDO)
        assert (su.order().status, su.order().step) == (Status.PENDING, 2)
        assert eva.enter(first) is CodeRefusal.MISSING
        assert eva.page().code is None

    def test_not_where_the_order_now_goes_somewhere_else(self, su: Harness, eva: Approver) -> None:
        eva.press()
        su.change(policy=replace(su.bot.policy, purchasing_limit=Money(Decimal(10_000))))
        assert eva.enter(code_in(su)) is PressProblem.ROUTE_CHANGED
        assert su.order().status is Status.PENDING

    def test_not_once_the_right_is_gone(self, su: Harness, eva: Approver) -> None:
        eva.press()
        su.end_right(EVA)
        assert eva.enter(code_in(su)) is Denial.ENDED

    def test_not_twice(self, su: Harness, eva: Approver) -> None:
        eva.press()
        code = code_in(su)
        assert isinstance(eva.enter(code), Change)
        assert eva.enter(code) is Refusal.DECIDED
        eva.press(Action.UNDO)
        assert eva.enter(code) is CodeRefusal.MISSING
        assert su.history().count("approved") == 1

    def test_not_once_somebody_else_has_decided(self, su: Harness, eva: Approver) -> None:
        other = Approver(su)
        eva.press()
        code = code_in(su)
        other.press(Action.REJECT)
        other.enter(code_in(su))
        assert eva.enter(code) is Refusal.DECIDED

    def test_not_after_the_links_were_revoked(self, su: Harness, eva: Approver) -> None:
        eva.press()
        su.query("UPDATE links SET revoked_at = '2026-01-01 00:00:00.000000'")
        assert eva.enter(code_in(su)) == "revoked"

    def test_of_two_that_race_one_decides(self, su: Harness, eva: Approver) -> None:
        eva.press()
        code = code_in(su)
        second = Database(f"sqlite:///{su.folder}/mailbot.db")
        bots = [su.bot, replace(su.bot, database=second, directories=DirectoryCache())]
        barrier, outcomes = Barrier(2), []

        def enter(bot: object) -> None:
            barrier.wait(10)
            outcomes.append(enter_code(bot, eva.token, code, eva.caller, su.now))  # type: ignore[arg-type]

        threads = [Thread(target=enter, args=(bot,)) for bot in bots]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        second.close()
        assert sorted(isinstance(outcome, Change) for outcome in outcomes) == [False, True]
        assert Refusal.DECIDED in outcomes
        assert su.history().count("approved") == 1

    def test_of_guesses_that_race_no_more_than_five_are_judged(self, su: Harness, eva: Approver) -> None:
        eva.press()
        code, barrier, outcomes = code_in(su), Barrier(8), []

        def guess() -> None:
            barrier.wait(10)
            outcomes.append(enter_code(su.bot, eva.token, wrong(code), eva.caller, su.now))

        threads = [Thread(target=guess) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert su.query("SELECT tries FROM step_up_codes") == [(5,)]
        assert su.history().count("code_wrong") == 5
        assert outcomes.count(CodeRefusal.WRONG) == 4


class TestSecrecy:
    def test_nothing_that_is_kept_holds_the_code(
        self, su: Harness, eva: Approver, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            eva.press(Action.APPROVE_WITH_COMMENT, "Ja")
            eva.enter(wrong(code_in(su)))
            eva.enter(code_in(su))
            su.later(minutes=6)
        code = code_in(su)
        digits = code.replace(" ", "")
        for text in (su.dump(), caplog.text):
            assert code not in text
            assert digits not in text
        raws = su.query("SELECT raw FROM outbox WHERE kind = 'step_up_code'")
        assert raws == [(b"",)]
        assert eva.browser not in su.dump()

    def test_the_hash_is_worth_nothing_without_the_keys_and_binds_each_part(self) -> None:
        ours, theirs = Signer([b"k" * 32]), Signer([b"x" * 32])
        seal = ours.seal("approve", "12345678")
        assert ours.fits(seal, "approve", "12345678")
        assert not theirs.fits(seal, "approve", "12345678")
        assert not ours.fits(seal, "approv", "e12345678")
        assert not ours.fits("", "approve", "12345678")

    def test_a_code_outlives_a_new_key(self, su: Harness, eva: Approver) -> None:
        eva.press()
        su.change(signer=Signer([b"k" * 32, b"n" * 32]))
        assert isinstance(eva.enter(code_in(su)), Change)

    def test_what_is_a_day_old_is_forgotten(self, su: Harness, eva: Approver) -> None:
        eva.press(Action.REJECT, "hemligt")
        su.later(days=1, minutes=1)
        eva.press()
        assert su.query("SELECT comment FROM step_up_codes") == [("",)]


class TestLogin:
    @pytest.mark.parametrize("login", [EVA, "EVA.EK@Example.SE", "eva@example.se"])
    def test_of_the_link_s_person_by_any_of_their_addresses_is_the_step_up(self, su: Harness, login: str) -> None:
        assert isinstance(Approver(su, login=login).press(), Change)
        assert codes(su) == []
        assert proofs(su) == [StepUp.LOGIN]

    @pytest.mark.parametrize("login", [ANNA, RUT, "nobody@elsewhere.example"])
    @pytest.mark.parametrize("above", [None, ALL])
    def test_of_anyone_else_decides_nothing_and_sends_nothing(
        self, tmp_path: Path, login: str, above: Money | None
    ) -> None:
        with harness(tmp_path, step_up_above=above) as home:
            home.mail()
            outcome = Approver(home, login=login).press()
            assert isinstance(outcome, OtherLogin)
            assert (outcome.login, outcome.person.address) == (login, EVA)
            assert home.order().status is Status.PENDING
            assert codes(home) == []

    def test_of_anyone_else_does_not_enter_a_code_either(self, su: Harness, eva: Approver) -> None:
        eva.press()
        eva.login = ANNA
        assert isinstance(eva.enter(code_in(su)), OtherLogin)
        assert isinstance(eva.send_again(), OtherLogin)
        assert su.order().status is Status.PENDING

    def test_is_recorded_where_no_step_up_is_asked_for(self, home: Harness) -> None:
        home.mail()
        Approver(home, login=EVA).press()
        assert proofs(home) == [StepUp.LOGIN]

    def test_nobody_is_no_login(self, eva: Approver) -> None:
        assert eva.caller == NOBODY
        assert isinstance(eva.press(), CodeAsked)


def test_an_answer_to_the_mail_of_a_code_brings_the_code_to_nobody(su: Harness, eva: Approver) -> None:
    eva.press()
    code = code_in(su)
    su.mail(f"Vad ska jag göra med den här?\n\nKod: {code}", sender=EVA, answers=su.sent(EVA, code))
    assert su.reasons()[-1] == "words kept back"
    assert su.count(RUT, code) == 0

"""A decision by reply mail: off by default, and each condition of docs/rules/promises.md#reply
(docs/rules/limits.md#k5) removed in turn.

The base case is one reply from Eva, proven, to her own secret address, that says GODKÄNN alone. Every test of the
second half takes one thing of it away and nothing else; then nothing is decided, and who may be answered gets the link
to the page.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Destination, RouteReason, Status
from mailbot.flows.incoming.reply_decision import MAX_COMMENT
from mailbot.flows.pages.confirm_sender import confirm_sender
from mailbot.flows.pages.withdraw import withdraw
from mailbot.flows.reply_address import ReplyRules
from mailbot.flows.steps.decide import Action, disown_decision
from tests.support.harness import (
    ANNA,
    BOT,
    DUSTIN,
    EVA,
    HEAD,
    ORDER,
    PURCHASING,
    RUT,
    Harness,
    harness,
    mail_to_bot,
)

OUTSIDE = "192.0.2.7"
NEVER_MADE = "order+aaaaaaaaaaaaaaaaaaaaaaaaaa@inkop.example.se"
REPLIES = ReplyRules(BOT, "+", Money(Decimal(12_501)))


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Harness]:
    """A bot that takes decisions by reply below 12 501 kr, with an order of 12 500 kr that waits for Eva."""
    with harness(tmp_path, replies=REPLIES) as made:
        made.mail()
        yield made


@dataclass
class Reply:
    """Eva's answer to the request, as it decides; a test changes one thing."""

    text: str = "GODKÄNN"
    sender: str = EVA
    to: str = ""
    peer: str = "127.0.0.1"
    headers: tuple[tuple[str, str], ...] = ()

    def send(self, home: Harness, asked: EmailMessage) -> None:
        """Let the answer to a request come in."""
        mail = mail_to_bot(self.text, sender=self.sender, answers=asked, headers=dict(self.headers))
        home.raw(mail.as_bytes(), mail_from=self.sender, peer=self.peer, to=self.to or secret_address(asked))


def secret_address(asked: EmailMessage) -> str:
    return str(asked["Reply-To"])


def request(home: Harness, to: str = EVA, *words: str) -> EmailMessage:
    """Return the newest mail to someone that asks for an answer to a secret address."""
    return next(m for m in reversed(home.relay.mails(to, "/decide/", *words)) if m["Reply-To"])


def events(home: Harness) -> list[tuple[str, str, str, int | None]]:
    """Return what happened, who did it, how that is known, and the mail in which it came."""
    return home.query(
        "SELECT what, address, proof, inbox_id FROM events JOIN people ON people.id = person_id"
        " WHERE what IN ('approved', 'rejected')"
    )


class TestADecision:
    def test_is_off_by_default(self, home: Harness) -> None:
        home.mail()
        asked = home.sent(EVA, "/decide/")
        assert asked["Reply-To"] is None
        Reply(to=BOT).send(home, asked)
        assert home.order().status is Status.PENDING

    @pytest.mark.parametrize("word", ["GODKÄNN", "godkänt", "Approve", "*Godkänn*."])
    def test_is_made_once_with_who_decided_and_how_that_is_known(self, ready: Harness, word: str) -> None:
        Reply(word).send(ready, request(ready))
        assert ready.order().status is Status.APPROVED
        assert ready.order().decision is not None
        assert events(ready) == [("approved", EVA, "loopback", 2)]
        assert ready.query("SELECT address, proof FROM decisions JOIN people ON people.id = person_id") == [
            (EVA, "loopback")
        ]
        assert ready.sums() == {"order": 1, "decision": 1}
        assert ready.reasons()[1] == "reply"

    @pytest.mark.parametrize("word", ["AVSLÅ", "avslås", "Reject"])
    def test_can_be_a_no_with_its_comment(self, ready: Harness, word: str) -> None:
        Reply(f"{word}\n\nKöp en billigare.\n").send(ready, request(ready))
        assert ready.order().status is Status.REJECTED
        ready.later(minutes=6)
        assert ready.count(RUT, "Köp en billigare.") == 1
        assert ready.count(DUSTIN) == 0

    def test_leaves_for_the_supplier_when_its_time_to_undo_is_over(self, ready: Harness) -> None:
        Reply().send(ready, request(ready))
        assert ready.count(DUSTIN) == 0
        ready.later(minutes=6)
        assert ready.order().status is Status.SENT
        assert ready.count(DUSTIN) == 1

    def test_with_text_below_goes_to_purchasing(self, ready: Harness) -> None:
        Reply("GODKÄNN\n\nMen fråga om rabatt först.\n").send(ready, request(ready))
        ready.later(minutes=6)
        route = ready.order().route
        assert route is not None
        assert (route.destination, route.reasons) == (Destination.PURCHASING, (RouteReason.COMMENT,))
        assert ready.count(PURCHASING, "Men fråga om rabatt först.") == 1
        assert ready.count(DUSTIN) == 0

    def test_keeps_the_comment_whole_and_decides_nothing_by_one_that_is_too_long(self, ready: Harness) -> None:
        asked = request(ready)
        Reply("GODKÄNN\n" + "x\n" * (MAX_COMMENT // 2) + "xx").send(ready, asked)
        assert ready.order().decision is None
        assert ready.count(EVA, "fler än 2 000 tecken") == 1
        Reply("GODKÄNN\n" + "x\n" * (MAX_COMMENT // 2 - 1) + "xx").send(ready, asked)
        decision = ready.order().decision
        assert decision is not None
        assert len(decision.comment) == MAX_COMMENT

    @pytest.mark.parametrize(
        "text",
        [
            "GODKÄNN\n\nDen mån 2 mars 2026 kl 10:00 skrev mailbot <order@inkop.example.se>:\n> AVSLÅ\n> Enhet: cs\n",
            "> Enhet: cs\n> AVSLÅ\n\nGODKÄNN\n",
            "GODKÄNN\n\nSkickat från min iPhone\n",
            "GODKÄNN\n-- \nEva Ek\nPrefekt\n",
            "VARNING: Detta meddelande kommer från en extern avsändare.\n\nGODKÄNN\n",
        ],
    )
    def test_is_read_from_the_new_text_alone(self, ready: Harness, text: str) -> None:
        Reply(text).send(ready, request(ready))
        ready.later(minutes=6)
        assert ready.order().status is Status.SENT

    def test_is_confirmed_to_the_approver_with_not_me(self, ready: Harness) -> None:
        Reply().send(ready, request(ready))
        token = ready.token(EVA, Purpose.NOT_ME)
        disown_decision(ready.bot, token, ready.now)
        assert ready.order().status is Status.PENDING

    def test_stands_in_the_history_on_every_page(self, ready: Harness) -> None:
        Reply().send(ready, request(ready))
        with ready.pages() as browser:
            for path in (f"/decide/{ready.token(EVA, Purpose.DECIDE)}", f"/order/{ready.token(RUT, Purpose.ORDER)}"):
                page = browser.get(path)
                assert page.status_code == 200
                assert "Eva Ek" in page.text

    def test_is_not_made_a_second_time_by_the_same_mail(self, ready: Harness) -> None:
        raw = mail_to_bot("GODKÄNN", sender=EVA).as_bytes()
        to = secret_address(request(ready))
        for _ in range(2):
            ready.raw(raw, mail_from=EVA, to=to)
        assert len(events(ready)) == 1
        assert ready.reasons()[2] == "duplicate of 2"

    def test_may_come_from_an_alias_of_the_approver(self, ready: Harness) -> None:
        Reply(sender="eva@example.se").send(ready, request(ready))
        assert events(ready) == [("approved", EVA, "loopback", 2)]

    def test_may_find_its_address_in_the_mail_where_the_envelope_has_only_ours(self, ready: Harness) -> None:
        """As mail comes from a mailbox that is polled."""
        mail = mail_to_bot("GODKÄNN", sender=EVA)
        mail.replace_header("To", f"mailbot <{secret_address(request(ready))}>")
        ready.raw(mail.as_bytes(), mail_from=EVA)
        assert ready.order().status is Status.APPROVED

    @pytest.mark.parametrize("fold", [str.upper, str.title, str.swapcase])
    def test_survives_a_server_that_changes_the_case_of_its_address(
        self, ready: Harness, fold: Callable[[str], str]
    ) -> None:
        Reply(to=fold(secret_address(request(ready)))).send(ready, request(ready))
        assert ready.order().status is Status.APPROVED


class TestTheSecretAddress:
    def test_is_one_for_each_approver_order_and_version(self, ready: Harness) -> None:
        addresses = [secret_address(request(ready))]
        ready.mail()
        addresses.append(secret_address(request(ready, EVA, "IT-2026-00002")))
        ready.mail("Godsmärkning: RASK", answers=ready.sent(RUT, "IT-2026-00002"))
        addresses.append(secret_address(request(ready, EVA, "RASK")))
        ready.mail(ORDER.replace("Eva Ek", "Anna Ask"))
        addresses.append(secret_address(request(ready, ANNA)))
        assert len(set(addresses)) == 4

    def test_is_short_lower_case_and_ours(self, ready: Harness) -> None:
        address = secret_address(request(ready))
        assert re.fullmatch(r"order\+[a-z2-7]{26}@inkop\.example\.se", address)
        assert len(address.partition("@")[0].encode()) <= 64
        assert ready.bot.is_own(address)

    @pytest.mark.parametrize("delimiter", ["+", "-", "_", "."])
    def test_works_with_every_delimiter(self, tmp_path: Path, delimiter: str) -> None:
        with harness(tmp_path, replies=ReplyRules(BOT, delimiter, REPLIES.below)) as home:
            home.mail()
            Reply().send(home, request(home))
            assert home.order().status is Status.APPROVED

    def test_stands_in_no_mail_to_anyone_else_and_in_no_table(self, ready: Harness) -> None:
        secret = secret_address(request(ready)).partition("+")[2].partition("@")[0]
        Reply("GODKÄNN\nhälsa").send(ready, request(ready))
        ready.later(minutes=6)
        others = [raw for to, raw in ready.relay.raw if to != EVA]
        assert len(others) > 2
        assert not [raw for raw in others if secret in raw.decode("latin-1").lower()]
        assert secret not in str(ready.query("SELECT * FROM links"))

    def test_is_made_for_those_who_are_asked_and_for_no_one_else(self, ready: Harness) -> None:
        ready.later(days=3, hours=1)
        Reply("Hej").send(ready, request(ready))
        ready.approve()
        ready.later(minutes=6)
        with_secret = [(to, raw) for to, raw in ready.relay.raw if b"Reply-To: order+" in raw]
        assert [to for to, _ in with_secret] == [EVA]

    @pytest.mark.parametrize(
        ("below", "includes_vat", "made"),
        [(12_500, False, False), (12_501, False, True), (15_625, True, False), (15_626, True, True)],
    )
    def test_is_made_only_below_the_limit_in_its_vat_basis(
        self, tmp_path: Path, below: int, includes_vat: bool, made: bool
    ) -> None:
        replies = ReplyRules(BOT, "+", Money(Decimal(below)))
        with harness(tmp_path, replies=replies, limit_includes_vat=includes_vat) as home:
            home.mail()
            assert (home.sent(EVA)["Reply-To"] is not None) is made

    def test_is_not_made_for_foreign_money(self, tmp_path: Path) -> None:
        with harness(tmp_path, replies=REPLIES) as home:
            home.mail(ORDER.replace("12 500 kr", "500 EUR") + "Valuta: EUR\n")
            assert home.sent(EVA)["Reply-To"] is None


# --- One condition removed at a time. ---


def below(home: Harness, amount: str, currency: str = "SEK") -> None:
    home.change(replies=replace(REPLIES, below=Money(Decimal(amount), currency)))


def corrected(home: Harness) -> None:
    home.mail("Godsmärkning: RASK", answers=home.sent(RUT))


def end_right(home: Harness) -> None:
    home.end_right(EVA)


def revoked(home: Harness) -> None:
    home.query("UPDATE links SET revoked_at = '2026-03-02 09:00:00.000000' WHERE purpose = 'reply'")


def expired(home: Harness) -> None:
    home.now = home.now.replace(day=16, hour=10)


REMOVED: dict[str, tuple[Reply, Callable[[Harness], object]]] = {
    "decisions_by_reply_turned_on": (Reply(), lambda home: home.change(replies=None)),
    "a_secret_in_the_address": (Reply(to=BOT), id),
    "the_right_secret": (Reply(to=NEVER_MADE), id),
    "the_whole_secret": (Reply(to="order+a@inkop.example.se"), id),
    "an_address_of_ours": (Reply(to=NEVER_MADE.replace("inkop", "annan")), id),
    "the_word_alone_on_its_line": (Reply("GODKÄNN tack"), id),
    "the_word_without_a_not": (Reply("Godkänns inte"), id),
    "the_word_on_the_first_line": (Reply("Hej!\n\nGODKÄNN"), id),
    "the_word_outside_the_quoted_mail": (Reply("> GODKÄNN\n>\n> Enhet: cs\n"), id),
    "one_word_only": (Reply("GODKÄNN\n\nAVSLÅ"), id),
    "a_text": (Reply(""), id),
    "an_amount_below_the_limit": (Reply(), lambda home: below(home, "12500")),
    "an_amount_not_above_the_limit": (Reply(), lambda home: below(home, "12499.99")),
    "the_limit_s_own_currency": (Reply(), lambda home: below(home, "99999", "EUR")),
    "an_address_that_has_not_expired": (Reply(), expired),
    "an_address_that_was_not_revoked": (Reply(), revoked),
    "the_version_that_was_shown": (Reply(), corrected),
}


@pytest.mark.parametrize("text", ["GODKÄNN", "AVSLÅ"])
def test_with_every_condition_it_decides(ready: Harness, text: str) -> None:
    Reply(text).send(ready, request(ready))
    assert ready.order().decision is not None


@pytest.mark.parametrize("condition", REMOVED)
def test_nothing_is_decided_without(ready: Harness, condition: str) -> None:
    reply, remove = REMOVED[condition]
    no = re.sub("GODKÄNN|AVSLÅ", lambda found: "AVSLÅ" if found[0] == "GODKÄNN" else "GODKÄNN", reply.text)
    asked = request(ready)
    remove(ready)
    ready.settle()
    before = ready.count(EVA, "/decide/")
    for text in (reply.text, no):
        replace(reply, text=text).send(ready, asked)
    assert events(ready) == []
    assert ready.order().status is Status.PENDING
    assert ready.count(EVA, ready.order().number, "/decide/") == before + 2, "the approver gets the link to the page"
    ready.approve()
    assert ready.order().status is Status.APPROVED, "which works"


def test_nothing_is_decided_at_a_secret_address_made_for_another(ready: Harness) -> None:
    ready.mail(ORDER.replace("Eva Ek", "Anna Ask"))
    asked = request(ready, ANNA)
    Reply().send(ready, asked)
    assert events(ready) == []
    assert ready.count(EVA, "IT-2026-00002", "/decide/") == 1, "she may decide that order, on its page"


def test_nothing_is_decided_by_another_approver_who_gets_a_link_of_their_own(ready: Harness) -> None:
    Reply(sender=ANNA).send(ready, request(ready))
    assert events(ready) == []
    assert ready.count(ANNA, ready.order().number, "/decide/") == 1
    ready.approve(by=ANNA)
    assert events(ready) == [("approved", ANNA, "signed link", None)]


def test_nothing_is_decided_by_the_requester_who_may_not(ready: Harness) -> None:
    Reply(sender=RUT).send(ready, request(ready))
    assert events(ready) == []
    assert ready.count(RUT, "/decide/") == 0


def test_nothing_is_decided_by_someone_else_who_learns_nothing_of_the_order(ready: Harness) -> None:
    Reply(sender=HEAD).send(ready, request(ready))
    assert events(ready) == []
    assert ready.count(HEAD) == 1
    assert ready.count(HEAD, ready.order().number) == ready.count(HEAD, "Dell") == 0


def test_nothing_is_decided_by_a_stranger_who_is_not_answered(ready: Harness) -> None:
    before = ready.count()
    Reply(sender="okand@annan.example").send(ready, request(ready))
    assert events(ready) == []
    assert ready.count() == before
    assert ready.sums() == {"order": 1, "parked": 1}


@pytest.mark.parametrize("name", ["From", "Subject"])
def test_nothing_is_decided_by_a_mail_that_can_be_read_in_two_ways(ready: Harness, name: str) -> None:
    mail = mail_to_bot("GODKÄNN", sender=EVA).as_bytes()
    doubled = f"{name}: {RUT}\n".encode() + mail
    ready.raw(doubled, mail_from=EVA, to=secret_address(request(ready)))
    assert events(ready) == []
    assert ready.sums() == {"order": 1, "parked": 1}


@pytest.mark.parametrize("value", ["auto-replied", "auto-generated", "auto-notified"])
def test_nothing_is_decided_by_automatic_mail_which_is_not_answered(ready: Harness, value: str) -> None:
    before = ready.count()
    Reply(headers=(("Auto-Submitted", value),)).send(ready, request(ready))
    assert events(ready) == []
    assert ready.count() == before + (value == "auto-replied") * 2  # Eva is away: Anna is asked and Rut is told
    assert ready.count(EVA) == 1


class TestAnUnprovenSender:
    """Whoever holds a forwarded request can write as Eva; she would confirm a mail that she cannot see.

    So it waits as all unproven mail does (docs/rules/promises.md#confirm), and when it is confirmed it still decides
    nothing: only an authenticated sender does (docs/rules/promises.md#reply), and the page's link is the answer.
    """

    @pytest.fixture
    def waiting(self, ready: Harness) -> Harness:
        Reply(peer=OUTSIDE).send(ready, request(ready))
        return ready

    def test_waits_for_a_confirmation_and_decides_nothing(self, waiting: Harness) -> None:
        assert waiting.sums() == {"order": 1, "waiting": 1}
        assert waiting.order().status is Status.PENDING
        assert waiting.count(EVA, "/confirm/") == 1
        assert waiting.count(EVA) == 2

    def test_decides_nothing_once_confirmed_and_gets_the_link(self, waiting: Harness) -> None:
        assert confirm_sender(waiting.bot, waiting.token(EVA, Purpose.CONFIRM), waiting.now) is True
        waiting.settle()
        assert events(waiting) == []
        assert waiting.order().status is Status.PENDING
        assert waiting.count(EVA, waiting.order().number, "/decide/") == 2


class TestWhereAnotherCameFirst:
    def test_a_decision_on_the_page_stands(self, ready: Harness) -> None:
        asked = request(ready)
        ready.mail("", subject="lista", sender=ANNA)
        ready.press(ready.token(ANNA, Purpose.DECIDE), Action.REJECT, "Nej")
        Reply().send(ready, asked)
        assert events(ready) == [("rejected", ANNA, "signed link", None)]
        assert ready.count(EVA, "redan", "/decide/") == 1

    def test_a_decision_by_reply_stands(self, ready: Harness) -> None:
        asked = request(ready)
        Reply().send(ready, asked)
        Reply("AVSLÅ").send(ready, asked)
        assert events(ready) == [("approved", EVA, "loopback", 2)]
        assert ready.order().status is Status.APPROVED

    def test_a_correction_stands_and_the_approver_is_told_of_it(self, ready: Harness) -> None:
        asked = request(ready)
        corrected(ready)
        Reply().send(ready, asked)
        assert ready.reasons()[-1] == "no decision: changed"
        assert ready.count(EVA, "ändrats", "/decide/") == 1

    def test_a_withdrawn_order_stays_withdrawn(self, ready: Harness) -> None:
        asked = request(ready)
        withdraw(ready.bot, Purpose.ORDER, ready.token(RUT, Purpose.ORDER), ready.now)
        Reply().send(ready, asked)
        assert ready.order().status is Status.WITHDRAWN
        assert events(ready) == []

    def test_the_end_of_the_right_counts(self, ready: Harness) -> None:
        asked = request(ready)
        end_right(ready)
        Reply().send(ready, asked)
        assert ready.order().status is Status.PENDING
        assert events(ready) == []
        assert ready.count(EVA, "Inget beslut har fattats") == 1


class TestASecretIsForOneStep:
    """It may be used once: an undone decision opens a new step, for which nobody was sent an address
    (docs/rules/limits.md#k5)."""

    def test_after_an_undone_decision_it_decides_nothing(self, ready: Harness) -> None:
        asked = request(ready)
        Reply("AVSLÅ").send(ready, asked)
        ready.press(ready.token(EVA, Purpose.DECIDE), Action.UNDO)
        assert ready.order().status is Status.PENDING
        Reply("GODKÄNN").send(ready, asked)
        assert ready.order().status is Status.PENDING
        assert len(events(ready)) == 1
        ready.approve()
        assert ready.order().status is Status.APPROVED

    def test_after_not_me_no_address_of_that_person_decides_anything(self, ready: Harness) -> None:
        ready.mail()
        first, second = request(ready, EVA, "IT-2026-00001"), request(ready, EVA, "IT-2026-00002")
        Reply().send(ready, first)
        disown_decision(ready.bot, ready.token(EVA, Purpose.NOT_ME), ready.now)
        for asked in (first, second):
            Reply().send(ready, asked)
        assert ready.query("SELECT status FROM orders") == [("pending",), ("pending",)]
        ready.settle()
        Reply().send(ready, request(ready, EVA, "IT-2026-00001"))
        assert ready.order("IT-2026-00001").status is Status.APPROVED, "the new request has a new address"

    def test_a_second_request_in_the_same_step_decides_no_second_time(self, ready: Harness) -> None:
        asked = request(ready)
        ready.now = ready.now.replace(day=16, hour=10)
        with ready.pages() as browser:
            browser.post(f"/decide/{ready.token(EVA, Purpose.DECIDE)}/fresh")
        ready.settle()
        fresh = request(ready)
        assert secret_address(fresh) != secret_address(asked)
        Reply().send(ready, fresh)
        Reply("AVSLÅ").send(ready, fresh)
        assert [what for what, *_ in events(ready)] == ["approved"]

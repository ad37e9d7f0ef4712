"""A mail leaves at least once, under one Message-ID, and what cannot leave is seen by a person
(docs/rules/promises.md#p4, #p6)."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from email.utils import parseaddr, parsedate_to_datetime
from itertools import pairwise

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import RouteReason, Status
from mailbot.flows.admin.resend import ResendRefusal, resend, unsent
from mailbot.flows.clock.deliver import Deliverer, Fate, RelayReply, Retry
from mailbot.flows.clock.dispatch import dispatch_due
from mailbot.flows.clock.health import Health, health, tick
from mailbot.flows.clock.relay_refusals import SEVERAL, refuses_since
from mailbot.flows.steps.decide import Action, disown_decision
from mailbot.store.driver import sqlite3
from tests.support.harness import (
    ANNA,
    BOT,
    DUSTIN,
    EVA,
    HEAD,
    OPERATOR,
    ORDER,
    PURCHASING,
    RETRY,
    RUT,
    Harness,
    harness,
    mail_to_bot,
)
from tests.support.relay import html_of, parse, text_of


def queue(home: Harness, mails: int) -> None:
    """Let mails come in and be answered, and leave the answers in the outbox."""
    for _ in range(mails):
        home.store(mail_to_bot("", subject="hjälp").as_bytes())
    while home.processor.process_next(home.now):
        pass


class TestABusyRelay:
    def test_is_asked_again_and_no_mail_is_lost(self, home: Harness) -> None:
        home.relay.busy = True
        home.mail()
        assert home.count() == 0
        home.relay.busy = False
        home.later(minutes=2)
        assert home.count(RUT) == home.count(EVA) == 1

    def test_is_asked_again_ever_more_seldom(self, home: Harness) -> None:
        home.relay.busy = True
        queue(home, 1)
        tries = []
        for minute in range(30):
            before = home.asked
            home.later(minutes=minute and 1)
            tries += [minute] * (home.asked - before)
        assert tries[:2] in ([0, 1], [0, 2])  # after a minute, give or take a tenth
        gaps = [b - a for a, b in pairwise(tries[1:])]
        assert gaps
        assert all(5 <= gap <= 6 for gap in gaps)  # then every five minutes, give or take a tenth

    def test_gets_the_same_message_id_on_every_try(self, home: Harness) -> None:
        home.relay.busy = True
        queue(home, 1)
        for _ in range(4):
            home.later(minutes=10)
        home.relay.busy = False
        home.later(minutes=10)
        ids = {str(parse(raw)["Message-ID"]) for _, raw in home.relay.tried}
        assert len(home.relay.tried) >= 4
        assert len(ids) == 1
        assert home.count(RUT) == 1

    def test_does_not_hold_up_other_mails(self, home: Harness) -> None:
        """One mail's 451 says nothing of the next one."""
        home.relay.busy = True
        queue(home, 3)
        home.deliver()
        assert home.asked == 3

    def test_delays_a_dispatch_and_the_order_is_not_lost(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.relay.busy = True
        home.later(minutes=6)
        assert home.order().status is Status.LEAVING
        assert home.count(DUSTIN) == 0
        home.later(hours=3)
        home.relay.busy = False
        home.later(minutes=10)
        assert home.count(DUSTIN) == 1
        assert home.order().status is Status.SENT

    def test_is_given_up_after_five_days_and_the_order_goes_to_purchasing(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.relay.busy = True
        home.later(minutes=6)
        for _ in range(13):
            home.later(hours=10)
        home.relay.busy = False
        home.later(minutes=10)
        home.later(minutes=10)
        assert home.count(DUSTIN) == 0
        assert home.count(PURCHASING, home.order().number) == 1
        assert home.order().status is Status.WITH_PURCHASING


class TestARelayThatIsGone:
    def test_is_asked_once_per_delay_and_not_once_per_mail(self, home: Harness) -> None:
        queue(home, 20)
        home.lose_relay()
        home.deliver()
        home.deliver()
        home.later(seconds=50)
        assert home.asked == 1
        home.later(seconds=20)
        assert home.asked == 2
        home.later(minutes=4)
        assert home.asked == 2
        home.later(minutes=2)
        assert home.asked == 3

    def test_gets_every_mail_once_when_it_is_there_again(self, home: Harness) -> None:
        queue(home, 5)
        home.lose_relay()
        for _ in range(5):
            home.later(minutes=6)
        home.find_relay()
        home.later(minutes=6)
        home.later(minutes=6)
        assert home.count(RUT) == 5
        assert len({str(m["Message-ID"]) for m in home.relay.mails()}) == 5

    def test_fails_no_mail_however_long_it_is_gone_below_five_days(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.lose_relay()
        for _ in range(11):
            home.later(hours=10)
        assert home.order().status is Status.LEAVING
        home.find_relay()
        home.later(minutes=10)
        assert home.count(DUSTIN) == 1


class TestARefusedAddress:
    def test_of_a_supplier_moves_the_order_to_purchasing_and_tells_the_requester(self, home: Harness) -> None:
        home.relay.refused.add(DUSTIN)
        home.mail()
        home.approve()
        home.later(minutes=6)
        home.later(minutes=1)
        order = home.order()
        assert order.status is Status.WITH_PURCHASING
        assert order.route is not None
        assert order.route.reasons == (RouteReason.NOT_DELIVERED,)
        assert home.count(PURCHASING, order.number, "12 500,00 kr") == 1
        (original,) = home.sent(PURCHASING).iter_attachments()
        assert original.get_filename() == "original.eml"
        assert home.count(RUT, order.number, "550") == 1
        assert home.count(OPERATOR, DUSTIN, "550") == 1
        assert home.history() == ["opened", "approved", "leaving", "not_delivered", "delivered"]

    def test_what_came_with_the_order_goes_to_purchasing_as_itself_and_its_mail_as_a_mail(self, home: Harness) -> None:
        mail = mail_to_bot(ORDER)
        mail.add_attachment(b"%PDF-1.4 an offer", maintype="application", subtype="pdf", filename="Offert 7.pdf")
        home.raw(mail.as_bytes(policy=mail.policy.clone(cte_type="7bit", linesep="\r\n")))
        home.approve(comment="Kolla avtalet")
        home.later(minutes=6)
        sent = home.sent(PURCHASING)
        offer, original = sent.iter_attachments()
        assert (offer.get_filename(), offer.get_content_type()) == ("Offert 7.pdf", "application/pdf")
        assert offer.get_payload(decode=True) == b"%PDF-1.4 an offer"
        assert (original.get_filename(), original.get_content_type()) == ("original.eml", "message/rfc822")
        words = " ".join(text_of(sent).split())
        assert words.index("godkände beställningen") < words.index("Kolla avtalet") < words.index("följande skäl")

    def test_of_purchasing_alarms_the_operator(self, home: Harness) -> None:
        home.relay.refused.add(PURCHASING)
        home.mail()
        home.approve(comment="Kolla avtalet")
        home.later(minutes=6)
        home.later(minutes=1)
        assert home.count(OPERATOR, home.order().number, "12 500,00 kr") == 1
        assert home.order().status is Status.LEAVING
        assert home.history()[-1] == "not_delivered"

    def test_of_both_ends_with_the_operator_and_goes_no_further_round(self, home: Harness) -> None:
        home.relay.refused |= {DUSTIN, PURCHASING, OPERATOR}
        home.mail()
        home.approve()
        home.later(minutes=6)
        for _ in range(2):  # the relay takes another's mail: what it refused was refused for good
            home.mail("", subject="hjälp")
        asked = home.asked
        home.later(days=30)
        assert home.asked == asked
        assert home.history().count("not_delivered") == 2

    def test_of_the_chosen_approver_asks_the_others(self, home: Harness) -> None:
        home.relay.refused.add(EVA)
        home.mail()
        assert home.count(ANNA, home.order().number, "/decide/") == 1
        assert home.history() == ["opened", "mail_failed"]
        assert home.count(OPERATOR, EVA) == 1
        home.approve(ANNA)
        assert home.order().status is Status.APPROVED

    def test_is_shown_on_the_order(self, home: Harness) -> None:
        home.relay.refused.add(RUT)
        home.mail()
        assert home.history() == ["opened", "mail_failed"]
        assert home.order().status is Status.PENDING
        assert home.count(EVA) == 1

    def test_is_not_asked_again(self, home: Harness) -> None:
        home.relay.refused.add(RUT)
        queue(home, 1)
        home.deliver()
        asked = home.asked
        home.later(days=2)
        assert home.asked == asked


class TestARelayThatRefusesEverything:
    """It is the relay's trouble: no mail fails, nothing follows for any order, and it is told and seen."""

    def test_costs_no_mail_and_the_order_goes_on_when_it_is_mended(self, home: Harness) -> None:
        home.relay.refuses_all = True
        home.mail()
        for _ in range(10):
            home.later(hours=1)
        assert states(home) == {"queued": 3, "cancelled": 2}  # receipt, request, and one notice instead of two
        assert home.history() == ["opened"]
        home.relay.refuses_all = False
        home.later(hours=2)
        assert home.count(RUT) == home.count(EVA) == home.count(OPERATOR) == 1
        home.approve()
        home.later(minutes=6)
        assert home.count(DUSTIN) == 1

    def test_sends_no_order_to_purchasing_instead_of_its_supplier(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.relay.refuses_all = True
        for _ in range(5):
            home.later(hours=1)
        assert home.order().status is Status.LEAVING
        home.relay.refuses_all = False
        home.later(hours=2)
        assert home.order().status is Status.SENT
        assert (home.count(DUSTIN), home.count(PURCHASING)) == (1, 0)

    def test_is_found_over_many_days_with_one_mail_each(self, home: Harness) -> None:
        """No success came between: what was refused yesterday belongs to it, and waits too."""
        home.relay.refuses_all = True
        for who in (RUT, ANNA):
            home.mail("", subject="hjälp", sender=who)
            home.later(days=1)
        assert refuses(home)
        home.relay.refuses_all = False
        home.later(hours=2)
        assert home.count(RUT) == home.count(ANNA) == 1

    def test_is_asked_ever_more_seldom_and_at_most_three_mails_a_time(self, home: Harness) -> None:
        home.relay.refuses_all = True
        for who in (RUT, EVA, ANNA, HEAD) * 5:
            home.store(mail_to_bot("", subject="hjälp", sender=who).as_bytes(), mail_from=who)
        home.settle()
        assert home.asked <= 2 * SEVERAL
        for _ in range(6):
            before = home.asked
            home.later(minutes=7)
            assert 0 < home.asked - before <= SEVERAL

    def test_makes_health_red_until_it_takes_a_mail_also_over_a_restart(self, home: Harness) -> None:
        home.relay.refuses_all = True
        home.mail()
        tick(home.bot, home.now)
        assert [found.well for found in healths(home)] == [False]
        assert healths(home)[0].why == ("the relay refuses every mail: mend that; `run.py outbox list` has its words",)
        with harness(home.folder, now=home.now) as next_process:
            assert not healths(next_process)[0].well
            next_process.later(minutes=6)
            tick(next_process.bot, next_process.now)
            assert healths(next_process)[0].well
            assert next_process.count(RUT) == next_process.count(EVA) == 1

    def test_is_told_to_the_operator_by_the_first_mail_that_it_takes(self, home: Harness) -> None:
        home.relay.refuses_all = True
        home.mail()
        home.relay.refuses_all = False
        home.later(minutes=6)
        assert home.relay.raw[0][0] == OPERATOR
        assert home.count(OPERATOR, "2 mars", "550", "outbox list") == 1

    def test_leaves_nothing_behind_that_a_single_refusal_would_be_taken_for(self, home: Harness) -> None:
        home.relay.refuses_all = True
        home.mail()
        home.relay.refuses_all = False
        home.later(minutes=6)
        home.relay.refused.add(RUT)
        home.mail("", subject="hjälp")
        assert home.query("SELECT state FROM outbox WHERE kind = 'help'") == [("failed",)]
        assert not refuses(home)

    def test_is_not_what_three_wrong_addresses_in_a_row_are(self, home: Harness) -> None:
        home.relay.refused |= {RUT, EVA, ANNA}
        for who in (RUT, EVA, ANNA):
            home.store(mail_to_bot("", subject="hjälp", sender=who).as_bytes(), mail_from=who)
        home.settle()
        assert home.query("SELECT count(*) FROM outbox WHERE kind = 'help' AND state = 'failed'") == [(3,)]
        assert home.count(OPERATOR) == 3
        assert not refuses(home)

    def test_is_asked_at_once_when_a_person_wants_it(self, home: Harness) -> None:
        home.relay.refuses_all = True
        for who in (RUT, EVA, ANNA, HEAD):
            home.store(mail_to_bot("", subject="hjälp", sender=who).as_bytes(), mail_from=who)
        home.settle()
        home.relay.refuses_all = False
        home.now += timedelta(seconds=10)
        home.deliver()
        assert home.count() == 0
        resend(home.bot, [], home.now)
        home.deliver()
        assert home.count() == 5


def refuses(home: Harness) -> bool:
    with home.bot.database.read() as connection:
        return refuses_since(connection) is not None


def states(home: Harness) -> dict[str, int]:
    return dict(home.query("SELECT state, count(*) FROM outbox GROUP BY state"))


def healths(home: Harness) -> list[Health]:
    return [health(home.bot, home.now)]


class TestSendingOnceMore:
    def test_of_a_failed_request_reaches_its_approver(self, home: Harness) -> None:
        home.relay.refused.add(EVA)
        home.mail()
        home.relay.refused.clear()
        (found,) = unsent(home.bot)
        assert (found.state, found.recipient, found.entry.orders) == ("failed", "person", ("IT-2026-00001",))
        assert resend(home.bot, [found.entry.id], home.now) == {found.entry.id: None}
        home.settle()
        home.approve(EVA)
        assert home.order().status is Status.APPROVED

    def test_of_a_mail_that_had_been_given_up_gives_it_its_whole_time_again(self, home: Harness) -> None:
        home.relay.busy = True
        queue(home, 1)
        home.later(days=6)
        found, _notice = unsent(home.bot)
        assert found.state == "failed"
        resend(home.bot, [found.entry.id], home.now)
        home.later(minutes=1)
        assert unsent(home.bot)[0].state == "kept"

    def test_is_refused_to_a_dispatch_whose_order_went_to_purchasing_instead(self, home: Harness) -> None:
        home.relay.refused.add(DUSTIN)
        home.mail()
        home.approve()
        home.later(minutes=6)
        home.later(minutes=1)
        (found,) = unsent(home.bot)
        assert resend(home.bot, [found.entry.id], home.now) == {found.entry.id: ResendRefusal.GONE_ELSEWHERE}
        home.relay.refused.clear()
        home.later(days=1)
        assert (home.count(DUSTIN), home.count(PURCHASING, home.order().number)) == (0, 1)

    def test_lets_an_order_leave_that_neither_supplier_nor_purchasing_could_get(self, home: Harness) -> None:
        home.relay.refused |= {DUSTIN, PURCHASING}
        home.mail()
        home.approve()
        home.later(minutes=6)
        home.relay.refused.clear()
        kinds = {found.entry.kind: found.entry.id for found in unsent(home.bot)}
        assert resend(home.bot, kinds.values(), home.now) == {
            kinds["to_supplier"]: ResendRefusal.GONE_ELSEWHERE,
            kinds["to_purchasing"]: None,
        }
        home.settle()
        assert home.order().status is Status.WITH_PURCHASING
        assert (home.count(DUSTIN), home.count(PURCHASING, home.order().number)) == (0, 1)

    def test_is_refused_to_what_has_been_sent_and_to_a_code_whose_text_is_forgotten(self, home: Harness) -> None:
        home.mail()
        home.query("UPDATE outbox SET kind = 'step_up_code', state = 'failed' WHERE id = 2")
        assert resend(home.bot, [1, 2, 3], home.now) == {
            1: ResendRefusal.DONE,
            2: ResendRefusal.FORGOTTEN,
            3: ResendRefusal.UNKNOWN,
        }


class TestADatabaseThatCannotBeWritten:
    """What the relay has said is kept until it can be recorded; nothing is sent anew meanwhile
    (docs/rules/promises.md#p4)."""

    def test_makes_no_copy_however_long_another_writes(self, home: Harness) -> None:
        event.listen(home.bot.database.engine, "connect", impatient)
        home.bot.database.close()
        home.mail()
        home.approve()
        home.now += timedelta(minutes=6)
        dispatch_due(home.bot, home.now)
        with closing(sqlite3.connect(home.folder / "mailbot.db", isolation_level=None)) as other:

            def lock_behind(mail_from: str, mail_to: str, raw: bytes) -> RelayReply:
                answer = home.out.send(mail_from, mail_to, raw)
                if locks:
                    other.execute(locks.pop())
                return answer

            locks = ["BEGIN IMMEDIATE"]
            deliverer = Deliverer(home.bot, lock_behind, RETRY)
            for _ in range(3):
                with pytest.raises(OperationalError, match="locked"):
                    deliverer.deliver_due(lambda: home.now)
                home.now += timedelta(hours=1)
            other.execute("ROLLBACK")
            deliverer.deliver_due(lambda: home.now)
        event.remove(home.bot.database.engine, "connect", impatient)
        assert home.count(DUSTIN) == 1
        assert home.order().status is Status.SENT

    def test_and_is_full_makes_no_copy_either(self, home: Harness) -> None:
        queue(home, 2)
        home.query("CREATE TRIGGER full BEFORE UPDATE OF state ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        for _ in range(3):
            with pytest.raises(Exception, match="disk full"):
                home.deliver()
            home.now += timedelta(hours=1)
        assert home.count() == 1
        home.query("DROP TRIGGER full")
        home.deliver()
        assert home.count() == 2

    def test_a_fault_in_what_follows_from_a_mail_sends_it_no_second_time_and_stops_no_other(
        self, home: Harness
    ) -> None:
        home.mail()
        home.approve()
        home.now += timedelta(minutes=6)
        dispatch_due(home.bot, home.now)
        home.query("UPDATE orders SET route = 'damaged'")
        home.mail("", subject="hjälp")
        home.later(hours=2)
        assert home.count(DUSTIN) == 1
        assert home.count(RUT, "Beställning") == 2


def impatient(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=50")


class TestALossBehindTheFinalDot:
    """The relay may have taken the mail: a dispatch is tried seldom, since each copy may be a second order."""

    def test_costs_at_most_four_copies_of_an_order_on_the_first_day_and_three_on_another(self, home: Harness) -> None:
        copies = [found for found in tries_over(home, days=3) if found[1] == DUSTIN]
        days = Counter(int((at - copies[0][0]) / timedelta(days=1)) for at, _ in copies)
        assert days == {0: 4, 1: 3, 2: 3}

    def test_delays_other_mails_no_longer_than_any_trouble_of_the_relay(self, home: Harness) -> None:
        copies = [found for found in tries_over(home, days=1) if found[1] == RUT]
        assert len(copies) > 50

    def test_is_seen_in_the_list_of_what_waits(self, home: Harness) -> None:
        tries_over(home, days=1)
        assert {"kept"} == {found.state for found in unsent(home.bot) if found.recipient == "supplier"}


def tries_over(home: Harness, days: int) -> list[tuple[datetime, str]]:
    """Let an order leave over a relay that is lost behind each final dot, and return who was tried when."""
    home.mail()
    home.approve()
    tried = []

    def lose(_from: str, mail_to: str, _raw: bytes) -> RelayReply:
        tried.append((home.now, mail_to))
        return RelayReply(Fate.RELAY_GONE, "Connection unexpectedly closed", maybe_taken=True)

    home.now += timedelta(minutes=6)
    dispatch_due(home.bot, home.now)
    home.store(mail_to_bot("", subject="hjälp").as_bytes())
    while home.processor.process_next(home.now):
        pass
    deliverer = Deliverer(home.bot, lose, RETRY)
    for _ in range(days * 24 * 12):
        deliverer.deliver_due(lambda: home.now)
        home.now += timedelta(minutes=5)
    return tried


class TestAnUncleanStop:
    def test_between_sending_and_noting_it_costs_one_more_copy_of_the_same_mail(self, home: Harness) -> None:
        queue(home, 1)

        def send_and_die(mail_from: str, mail_to: str, raw: bytes) -> None:
            home.out.send(mail_from, mail_to, raw)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Deliverer(home.bot, send_and_die, RETRY).deliver_next(home.now)  # type: ignore[arg-type]
        with harness(home.folder, now=home.now) as next_process:
            next_process.settle()
            assert next_process.count() == 0  # not before the delay: it may be on its way
            next_process.later(minutes=2)
            next_process.later(days=1)
            assert next_process.count(RUT) == 1
            copy = next_process.sent(RUT)
        assert home.sent(RUT)["Message-ID"] == copy["Message-ID"]
        assert home.count(RUT) == 1

    def test_the_try_is_on_record_before_the_relay_is_asked(self, home: Harness) -> None:
        queue(home, 1)
        seen = []

        def look(mail_from: str, mail_to: str, raw: bytes) -> object:
            seen.extend(home.query("SELECT tries, next_at > '2026-03-02 09:00:50' FROM outbox"))
            return home.out.send(mail_from, mail_to, raw)

        assert Deliverer(home.bot, look, RETRY).deliver_next(home.now) is Fate.SENT  # type: ignore[arg-type]
        assert seen == [(1, 1)]


def send_every_kind(home: Harness) -> None:
    home.mail(ORDER.replace("Godkännare: Eva Ek\n", ""))
    home.mail("Hej!", subject="fråga")
    home.mail("", subject="lista", sender=EVA)
    home.mail("", subject="hjälp")
    home.mail(ORDER.replace("Enhet: cs", "Enhet: tom"))
    home.mail(peer="192.0.2.7")
    home.mail()
    home.press(home.token(EVA, Purpose.DECIDE), Action.ASK, "Varför?")
    home.mail("Därför.", answers=home.sent(RUT, "Varför?"))
    home.mail("Leverantör: Dustin AB", subject=f"#{home.order().reference}")
    for _ in range(3):
        home.later(days=3)
    home.reject(comment="Nej")
    home.later(minutes=6)
    home.mail("Referens: RR2", subject=f"#{home.order().reference}")
    home.approve()
    disown_decision(home.bot, home.token(EVA, Purpose.NOT_ME), home.now)
    home.settle()
    home.approve()
    home.later(minutes=6)
    home.relay.refused.add(DUSTIN)
    home.mail(sender=EVA)
    home.approve()
    home.later(minutes=6)


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """A house that has sent nearly every kind of mail there is."""
    with harness(tmp_path_factory.mktemp("every")) as home:
        send_every_kind(home)
        yield home


class TestTheHeaders:
    def test_of_every_mail_say_that_no_person_wrote_it(self, every: Harness) -> None:
        kinds = {kind for (kind,) in every.query("SELECT kind FROM outbox WHERE state = 'sent'")}
        assert len(kinds) >= 18, sorted(map(str, kinds))
        for mail in every.relay.mails():
            assert mail["Auto-Submitted"] in {"auto-generated", "auto-replied"}
            suppress = {word.strip() for word in str(mail["X-Auto-Response-Suppress"]).split(",")}
            assert suppress == {"RN", "NRN", "AutoReply"}  # out-of-office replies are wanted
            assert parseaddr(str(mail["From"]))[1] == BOT
            assert len(mail.get_all("From", [])) == len(mail.get_all("To", [])) == len(mail.get_all("Subject", [])) == 1
            assert parsedate_to_datetime(str(mail["Date"])).tzinfo is not None
            assert str(mail["Content-Language"]) in {"sv", "en"}
            assert not set(mail.keys()) & {"Cc", "Bcc", "Sender", "Return-Path", "Disposition-Notification-To"}

    def test_of_every_mail_have_a_message_id_of_its_own(self, every: Harness) -> None:
        ids = [str(mail["Message-ID"]) for mail in every.relay.mails()]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"<[a-z0-9]+@inkop\.example\.se>", found) for found in ids)

    def test_of_every_mail_go_to_the_one_recipient_of_the_envelope(self, every: Harness) -> None:
        for address, raw in every.relay.raw:
            assert parseaddr(str(parse(raw)["To"]))[1] == address

    def test_every_mail_is_text_and_html_with_the_same_links(self, every: Harness) -> None:
        for mail in every.relay.mails():
            in_text = set(re.findall(r"http://127\.0\.0\.1:8080/[^\s>]+", text_of(mail)))
            in_html = set(re.findall(r'href="(http://127\.0\.0\.1:8080/[^"]+)"', html_of(mail)))
            assert in_text == in_html, mail["Subject"]

    def test_only_mails_about_one_order_are_one_thread(self, every: Harness) -> None:
        receipts = every.relay.mails(RUT, "/disown/", "IT-2026-00001")
        assert len(receipts) == 2
        roots = {str(mail["References"]).split()[0] for mail in receipts}
        assert len(roots) == 1
        assert every.sent(HEAD, "Enheten utan godkännare")["References"] is None

    def test_answers_go_to_the_bot_and_those_of_a_dispatch_to_the_requester(self, every: Harness) -> None:
        for mail in every.relay.mails():
            to = parseaddr(str(mail["To"]))[1]
            assert mail["Reply-To"] is None or (to in {DUSTIN, PURCHASING} and str(mail["Reply-To"]) in {RUT, EVA})
        assert every.sent(DUSTIN)["Reply-To"] == RUT


def test_the_delays_are_taken_in_turn_and_the_last_one_again_and_again() -> None:
    retry = Retry([timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)], timedelta(days=5))
    random.seed(7)
    for tries, minutes in ((0, 1), (1, 5), (2, 60), (3, 60), (40, 60)):
        for _ in range(50):
            assert 0.9 * minutes <= retry.delay(tries).total_seconds() / 60 <= 1.1 * minutes


def test_mails_leave_oldest_first(home: Harness) -> None:
    for who in (RUT, ANNA, EVA):
        home.store(mail_to_bot("", subject="hjälp", sender=who).as_bytes(), mail_from=who)
    while home.processor.process_next(home.now):
        pass
    home.deliver()
    assert [address for address, _ in home.relay.raw] == [RUT, ANNA, EVA]


def test_nothing_is_sent_twice_when_nothing_goes_wrong(home: Harness) -> None:
    home.mail()
    home.approve()
    home.later(minutes=6)
    before = home.count()
    home.later(days=30)
    assert home.count() == before

"""What becomes of a mail: an order, an answer, nothing, or parked. Never two of these, never none."""

import re
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import RightKind
from mailbot.domain.values.order import Field, Status
from mailbot.flows.reply_address import ReplyRules
from mailbot.store import inbox
from tests.support.harness import (
    ANNA,
    BOT,
    DUSTIN,
    EVA,
    HEAD,
    OPERATOR,
    ORDER,
    ORGANISATION,
    POLICY,
    PURCHASING,
    RUT,
    Harness,
    harness,
    mail_to_bot,
)
from tests.support.relay import text_of
from tests.support.stated import StatedPerson, StatedRight

OLLE = "olle.o@example.se"
STRANGER = "okand@annan.example"
WITHOUT_APPROVER = ORDER.replace("Godkännare: Eva Ek\n", "")


def mailto(mail: EmailMessage, body: str) -> tuple[str, str]:
    """Return subject and body of the mailto: link whose body is this."""
    links = [re.sub(r"\s", "", found) for found in re.findall(r"mailto:[^\s>]+", text_of(mail))]
    for link in links:
        subject, _, written = unquote(link).partition("?subject=")[2].partition("&body=")
        if written == body:
            return subject, written
    raise AssertionError(f"no mailto: link with the body {body!r} among {links}")


def shuffled(raw: bytes) -> bytes:
    """Return the same mail as another relay would hand it over."""
    return b"Received: from mx2.example.se by mx9.example.se; Mon, 2 Mar 2026 09:00:07 +0000\r\n" + raw


class TestAnOrder:
    def test_an_order_mail_becomes_one_pending_order_with_receipt_and_request(self, home: Harness) -> None:
        home.mail()
        assert home.orders() == 1
        assert home.order().status is Status.PENDING
        assert home.count(RUT, home.order().number, "12 500,00 kr", "/order/", "/disown/") == 1
        assert home.count(EVA, home.order().number, "12 500,00 kr", "/decide/", "/list/") == 1
        assert home.count() == 2
        assert home.sums() == {"order": 1}
        assert home.history() == ["opened"]

    def test_the_receipt_names_everyone_who_can_decide_and_the_rule(self, home: Harness) -> None:
        home.mail()
        assert home.count(RUT, "Eva Ek", "Anna Ask", "15 000,00 kr", "Dustin AB", PURCHASING) == 1

    def test_the_receipt_answers_the_order_mail_s_thread_and_goes_to_the_registered_address(
        self, home: Harness
    ) -> None:
        home.mail(sender="Eva@Example.se", text=ORDER.replace("Eva Ek", "Anna Ask"))
        assert home.count(EVA, "/disown/") == 1
        assert home.order().requester == home.person(EVA).id

    def test_orders_are_numbered_one_after_another_by_the_local_year(self, tmp_path: Path) -> None:
        with harness(tmp_path) as home:
            home.now = home.now.replace(month=12, day=31, hour=22, minute=30)
            home.mail()
            home.mail()
            home.later(minutes=45)  # it is 2027 in Stockholm, not yet in UTC
            home.mail()
            numbers = [number for (number,) in home.query("SELECT number FROM orders ORDER BY id")]
        assert numbers == ["IT-2026-00001", "IT-2026-00002", "IT-2027-00001"]

    def test_the_sender_of_an_allowed_domain_may_order_under_their_address_alone(self, home: Harness) -> None:
        home.mail(sender="Någon Ny <Ny.Person@Example.SE>", headers={"Reply-To": "ny@hemma.example"})
        assert home.count("ny.person@example.se", home.order().number, "/order/") == 1
        assert home.person("ny.person@example.se").name == "ny.person@example.se"
        assert not home.person("ny.person@example.se").registered
        home.mail(sender="ny.person@example.se")
        assert len(home.query("SELECT id FROM people WHERE address LIKE 'ny.%'")) == 1

    def test_only_the_sender_is_answered_whoever_else_the_mail_went_to(self, home: Harness) -> None:
        headers = {"Cc": "nyfiken@example.se, fel@annan.example", "Reply-To": "fel@annan.example", "Sender": ANNA}
        home.mail(headers=headers)
        assert home.count(RUT) == home.count(EVA) == 1
        assert home.count() == 2


class TestTheSameMail:
    def test_the_same_bytes_twice_are_one_order(self, home: Harness) -> None:
        raw = mail_to_bot().as_bytes()
        home.raw(raw)
        home.raw(raw)
        assert home.orders() == 1
        assert home.count() == 2
        assert home.sums() == {"order": 1, "ignored": 1}
        assert home.reasons() == ["", "duplicate of 1"]

    def test_the_same_mail_by_two_relays_is_one_order(self, home: Harness) -> None:
        raw = mail_to_bot().as_bytes()
        home.raw(shuffled(raw))
        home.raw(raw, mail_from="bounces+rut=example.se@mx.example.se")
        assert home.orders() == 1

    def test_the_same_mail_twice_before_the_bot_has_looked_is_one_order(self, home: Harness) -> None:
        raw = mail_to_bot().as_bytes()
        for _ in range(3):
            home.store(raw)
        home.settle()
        assert home.orders() == 1
        assert home.sums() == {"order": 1, "ignored": 2}

    def test_the_same_mail_after_a_restart_is_one_order(self, tmp_path: Path) -> None:
        raw = mail_to_bot().as_bytes()
        with harness(tmp_path) as first:
            first.raw(raw)
        with harness(tmp_path) as second:
            second.raw(raw)
            assert second.orders() == 1
            assert second.count() == 0

    def test_the_same_order_under_another_message_id_is_another_order(self, home: Harness) -> None:
        home.mail()
        home.mail()
        assert home.orders() == 2

    def test_a_message_id_used_before_with_other_content_does_not_suppress_an_order(self, home: Harness) -> None:
        first = mail_to_bot()
        other = mail_to_bot(ORDER.replace("12 500", "9 900"))
        other.replace_header("Message-ID", str(first["Message-ID"]))
        home.raw(first.as_bytes())
        home.raw(other.as_bytes())
        assert home.orders() == 2


class TestProblems:
    def test_all_problems_are_answered_once_field_by_field(self, home: Harness) -> None:
        home.mail("Enhet: cs\nGodkännare: Nils Ingen\nMoms: 17 %\n\n0 st Dell XPS 13 à 12 500 kr\n")
        assert home.orders() == 0
        assert home.count(RUT) == home.count() == 1
        answer = home.sent(RUT, "Godkännare", "Nils Ingen", "Leverantör", "Moms", "17 %")
        assert answer["Auto-Submitted"] == "auto-replied"
        assert home.sums() == {"answer": 1}
        (reason,) = home.reasons()
        assert reason == "problems: unknown_approver missing unknown_vat bad_quantity"

    def test_a_price_that_may_mean_two_things_is_asked_back_with_both_in_its_own_figures(self, home: Harness) -> None:
        home.mail(ORDER.replace("12 500 kr", "7,450 kr"))
        said = " ".join(text_of(home.sent(RUT)).split())
        assert "Du skrev: ”7,450 kr”" in said
        assert "som 7 450,00 kr eller som 7,45 kr" in said
        assert "15,000" not in said

    def test_the_answer_holds_the_filled_form(self, home: Harness) -> None:
        home.mail(WITHOUT_APPROVER + "Godsmärkning: RASK 318\n")
        home.sent(RUT, "Enhet: cs", "Leverantör: Dustin AB", "Godsmärkning: RASK 318", "Dell XPS 13; 1; st; 12 500 kr")

    def test_the_answer_offers_a_ready_mail_for_each_approver_who_may_decide(self, home: Harness) -> None:
        home.mail(WITHOUT_APPROVER)
        problems = home.sent(RUT)
        subjects = {mailto(problems, f"Godkännare: {name}")[0] for name in ("Anna Ask", "Eva Ek")}
        assert len(subjects) == 1
        assert re.fullmatch(r"#[a-z0-9]{12}", subjects.pop())
        with pytest.raises(AssertionError, match="no mailto"):
            mailto(problems, "Godkännare: Hedvig Hall")

    def test_a_first_name_takes_nobody_by_a_guess_but_asks_whether_the_one_was_meant(self, home: Harness) -> None:
        home.mail(ORDER.replace("Eva Ek", "Eva"))
        assert home.orders() == 0
        said = " ".join(text_of(home.sent(RUT)).split())
        assert (
            said.index("Kanske menar du det här.")
            < said.index("Godkännare: Eva Ek Öppna svaret: mailto")
            < said.index("Godkännare: Anna Ask mailto")
        )
        subject, body = mailto(home.sent(RUT), "Godkännare: Eva Ek")
        home.mail(body, subject=subject)
        assert home.order().approver == home.person(EVA).id

    @pytest.mark.parametrize("text", [WITHOUT_APPROVER, ORDER])
    def test_of_two_approvers_with_one_name_each_is_offered_by_address(self, tmp_path: Path, text: str) -> None:
        other = StatedPerson("Eva Ek", "eva.ek2@example.se", aliases=(), units=("cs",))
        right = StatedRight("eva.ek2@example.se", "cs", RightKind.ORDER, valid_from=date(2026, 1, 1))
        known = replace(ORGANISATION, persons=(*ORGANISATION.persons, other), rights=(*ORGANISATION.rights, right))
        with harness(tmp_path, organisation=known) as home:
            home.mail(text)
            home.sent(RUT, "Godkännare: Eva Ek (eva.ek@example.se)", "Godkännare: Eva Ek (eva.ek2@example.se)")
            subject, body = mailto(home.sent(RUT), "Godkännare: eva.ek2@example.se")
            home.mail(body, subject=subject)
            assert home.order().approver == home.person("eva.ek2@example.se").id

    def test_a_ready_mail_completes_the_kept_draft(self, home: Harness) -> None:
        home.mail(WITHOUT_APPROVER + "Motivering: Den gamla är trasig\n")
        subject, body = mailto(home.sent(RUT), "Godkännare: Anna Ask")
        home.mail(body, subject=subject)
        assert home.orders() == 1
        assert home.order().content.approver == home.person(ANNA).id
        assert home.order().content.details[Field.REASON] == "Den gamla är trasig"
        assert home.count(ANNA, home.order().number, "12 500,00 kr", "/decide/") == 1
        assert home.sums() == {"answer": 1, "order": 1}

    def test_an_answer_in_the_thread_completes_the_draft_without_the_reference(self, home: Harness) -> None:
        home.mail(WITHOUT_APPROVER)
        problems = home.sent(RUT)
        quoted = "".join(f"> {line}\n" for line in text_of(problems).splitlines())
        home.mail(
            f"Godkännare: Eva Ek\n\nDen mån 2 mars 2026 kl 10:00 skrev mailbot <{BOT}>:\n{quoted}",
            subject="Re: Beställning",
            answers=problems,
        )
        assert home.order().content.approver == home.person(EVA).id
        assert home.orders() == 1

    def test_an_answer_that_mends_one_problem_of_two_is_told_of_the_other(self, home: Harness) -> None:
        home.mail(WITHOUT_APPROVER.replace("Leverantör: Dustin AB\n", ""))
        subject, body = mailto(home.sent(RUT), "Godkännare: Eva Ek")
        home.mail(body, subject=subject)
        assert home.orders() == 0
        assert home.reasons()[1] == "problems: missing"
        home.mail("Leverantör: Dustin AB", subject=subject)
        assert home.orders() == 1
        assert home.order().content.supplier == "Dustin AB"

    def test_a_draft_works_for_its_owner_only(self, home: Harness) -> None:
        home.mail(WITHOUT_APPROVER)
        subject, body = mailto(home.sent(RUT), "Godkännare: Eva Ek")
        home.mail(body, subject=subject, sender=ANNA)
        assert home.orders() == 0
        assert home.count(ANNA, "Dell") == 0
        home.mail(body, subject=subject)
        assert home.order().requester == home.person(RUT).id

    def test_a_draft_becomes_one_order_however_often_its_answer_comes(self, home: Harness) -> None:
        home.mail(WITHOUT_APPROVER)
        subject, body = mailto(home.sent(RUT), "Godkännare: Eva Ek")
        home.mail(body, subject=subject)
        home.mail(body, subject=subject)
        assert home.orders() == 1

    def test_a_draft_survives_a_restart(self, tmp_path: Path) -> None:
        with harness(tmp_path) as first:
            first.mail(WITHOUT_APPROVER)
            subject, body = mailto(first.sent(RUT), "Godkännare: Eva Ek")
        with harness(tmp_path) as second:
            second.mail(body, subject=subject)
            assert second.order().content.lines[0].description == "Dell XPS 13"

    def test_without_a_unit_all_units_that_take_orders_are_offered(self, home: Harness) -> None:
        home.mail(ORDER.replace("Enhet: cs\n", ""), sender="ny@example.se")
        problems = home.sent("ny@example.se")
        assert mailto(problems, "Enhet: Institutionen för datavetenskap")
        assert "Enheten utan godkännare" not in text_of(problems)

    def test_a_known_person_of_one_unit_need_not_name_it(self, home: Harness) -> None:
        home.mail(ORDER.replace("Enhet: cs\n", ""))
        assert home.order().content.unit == "cs"


class TestAUnitWithoutApprover:
    def test_takes_no_orders_and_tells_its_head_and_purchasing(self, home: Harness) -> None:
        home.mail(ORDER.replace("Enhet: cs", "Enhet: tom"))
        assert home.orders() == 0
        assert home.count(RUT, "Enheten utan godkännare") == 1
        assert home.count(HEAD, "Enheten utan godkännare") == 1
        assert home.count(PURCHASING, "Enheten utan godkännare") == 1
        assert home.count() == 3

    def test_does_not_stop_the_others(self, home: Harness) -> None:
        home.mail(ORDER.replace("Enhet: cs", "Enhet: tom"))
        home.mail()
        assert home.orders() == 1

    def test_a_unit_whose_last_right_was_ended_takes_no_orders(self, home: Harness) -> None:
        home.end_right(EVA)
        home.end_right(ANNA)
        home.mail()
        assert home.orders() == 0
        assert home.count(HEAD) == home.count(PURCHASING) == 1

    def test_takes_the_kept_order_once_an_approver_is_chosen_again(self, home: Harness) -> None:
        home.mail(ORDER.replace("Enhet: cs", "Enhet: tom"))
        reference = re.findall(r"#([a-z0-9]{12})", unquote(text_of(home.sent(RUT))))[0]
        home.mail("Enhet: cs", subject=f"#{reference}")
        assert home.order().content.unit == "cs"


class TestWhoIsNotAnswered:
    def test_an_unknown_sender_is_parked_without_an_answer(self, home: Harness) -> None:
        home.mail(sender=STRANGER)
        assert home.count() == home.orders() == 0
        assert home.sums() == {"parked": 1}
        assert home.reasons() == ["unknown_address"]

    @pytest.mark.parametrize(
        "sender",
        [
            f"{RUT}, {STRANGER}",
            f"{RUT} <{STRANGER}>",
            f"Rut Rask <{RUT}> (hemma)",
            f"<{RUT}><{STRANGER}>",
            "",
        ],
    )
    def test_a_sender_that_can_be_read_in_two_ways_is_no_sender(self, home: Harness, sender: str) -> None:
        raw = mail_to_bot().as_bytes().replace(f"From: {RUT}".encode(), f"From: {sender}".encode())
        home.raw(raw)
        assert home.count() == home.orders() == 0
        assert home.sums() == {"parked": 1}

    def test_two_from_headers_are_no_sender(self, home: Harness) -> None:
        home.raw(f"From: {EVA}\n".encode() + mail_to_bot().as_bytes())
        assert home.count() == home.orders() == 0
        assert home.reasons() == ["two from headers"]

    @pytest.mark.parametrize("value", ["auto-replied", "AUTO-GENERATED; owner-email=rut@example.se", "auto-notified"])
    def test_mail_that_says_it_is_automatic_is_never_answered(self, home: Harness, value: str) -> None:
        home.mail(headers={"Auto-Submitted": value})
        home.mail("Jag är på semester.", subject="hjälp", headers={"Auto-Submitted": value})
        assert home.count() == home.orders() == 0
        assert home.sums() == {"ignored": 2}
        assert str(home.reasons()[0]).startswith("automatic: ")

    @pytest.mark.parametrize("mail_from", ["", "<>"])
    def test_mail_from_nobody_is_never_answered(self, home: Harness, mail_from: str) -> None:
        home.raw(mail_to_bot().as_bytes(), mail_from=mail_from)
        assert home.count() == 0
        assert home.sums() == {"ignored": 1}

    def test_a_mail_system_is_never_answered(self, home: Harness) -> None:
        home.mail(sender="mailer-daemon@example.se")
        assert home.count() == 0
        assert home.sums() == {"ignored": 1}

    @pytest.mark.parametrize("nobody", ["noreply", "no-reply", "owner-nytt", "nytt-bounces", "listserv"])
    def test_an_address_that_is_no_person_s_is_set_aside_and_never_answered(self, home: Harness, nobody: str) -> None:
        home.mail(sender=f"{nobody}@example.se")
        assert home.count() == home.orders() == 0
        assert home.sums() == {"parked": 1}

    @pytest.mark.parametrize("kind", ["report; report-type=delivery-status; boundary=x", "mixed; boundary=x"])
    def test_a_report_is_never_answered_but_a_person_s_mail_with_parts_is(self, home: Harness, kind: str) -> None:
        body = f"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{ORDER}\r\n--x--\r\n"
        head = f"From: {RUT}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{kind}\r\n\r\n"
        home.raw((head + body).encode())
        assert home.orders() == kind.startswith("mixed")
        assert (home.count() == 0) == kind.startswith("report")

    @pytest.mark.parametrize("own", [BOT, BOT.upper(), PURCHASING, OPERATOR])
    def test_mail_from_the_bot_s_own_addresses_is_never_answered(self, home: Harness, own: str) -> None:
        """What it sent itself says that it is automatic; all else a person may have written."""
        home.mail(sender=own, headers={"Auto-Submitted": "auto-generated"})
        home.mail(sender=own)
        assert home.count() == home.orders() == 0
        assert home.reasons() == ["own address", "from an address of the bot's own"]
        assert home.sums() == {"ignored": 1, "parked": 1}

    def test_every_mail_the_bot_sends_would_be_ignored_by_itself(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.later(minutes=6)
        before = home.count()
        for address, raw in list(home.relay.raw):
            home.raw(raw, mail_from=address)
        assert home.count() == before
        assert home.sums() == {"order": 1, "ignored": before}

    def test_an_order_that_only_asks_for_no_automatic_answers_is_an_order(self, home: Harness) -> None:
        home.mail(headers={"X-Auto-Response-Suppress": "All", "Auto-Submitted": "no", "Precedence": "normal"})
        assert home.orders() == 1


WEAK = [
    {"Precedence": "bulk"},
    {"Precedence": "junk"},
    {"Precedence": "list"},
    {"Precedence": "auto_reply"},
    {"List-Unsubscribe": "<mailto:av@example.se>"},
    {"X-Autoreply": "yes"},
    {"X-Autorespond": "Frånvaro"},
    {"X-MS-Exchange-Inbox-Rules-Loop": "bestall@example.se"},
    {"X-MS-Exchange-Inbox-Rules-Loop": "bestall@example.se", "Precedence": "bulk", "X-Autoreply": "yes"},
]


class TestASignThatAPersonsMailMayCarry:
    """Filters, redirecting rules and gateways add such signs to what people write (docs/rules/promises.md#silence)."""

    @pytest.mark.parametrize("headers", WEAK)
    def test_stops_no_order_and_no_command(self, home: Harness, headers: dict[str, str]) -> None:
        home.mail(headers=headers)
        home.mail("", subject="hjälp", headers=headers)
        home.mail("", subject="lista", sender=EVA, headers=headers)
        home.mail("", subject="borta 2026-07-01 - 2026-07-28", sender=EVA, headers=headers)
        assert home.sums() == {"order": 1, "answer": 3}

    @pytest.mark.parametrize("headers", WEAK)
    def test_has_a_mail_that_asks_for_nothing_set_aside_unanswered(
        self, home: Harness, headers: dict[str, str]
    ) -> None:
        home.mail("Jag är på semester.", subject="Re: Order", headers=headers)
        assert home.sums() == {"parked": 1}
        assert home.count() == 0
        assert str(home.reasons()[0]).startswith("may be automatic: ")

    @pytest.mark.parametrize("subject", ["Frånvaro: skyltar till kontorsdörrar", "Out of office", "Läst: order"])
    def test_may_stand_in_the_subject(self, home: Harness, subject: str) -> None:
        home.mail(subject=subject)
        home.mail("Jag är på semester.", subject=subject)
        assert home.sums() == {"order": 1, "parked": 1}

    def test_does_not_make_an_order_of_what_is_only_quoted(self, home: Harness) -> None:
        home.mail()
        quoted = "\n".join(f"> {line}" for line in ORDER.splitlines())
        receipt = home.sent(RUT)
        home.mail(f"Jag är ledig.\n\n{quoted}", answers=receipt, headers={"X-Autoreply": "yes"})
        assert home.sums() == {"order": 1, "parked": 1}
        assert home.count(RUT) == 1

    def test_stops_no_answer_that_gives_a_field(self, home: Harness) -> None:
        home.mail()
        home.mail("Godsmärkning: RASK", answers=home.sent(RUT), headers={"X-MS-Exchange-Inbox-Rules-Loop": "x"})
        assert home.order().version == 2

    def test_lets_an_order_from_the_postmaster_be_an_order(self, home: Harness) -> None:
        home.mail(sender="postmaster@example.se")
        assert home.orders() == 1

    def test_that_says_no_is_no_sign(self, home: Harness) -> None:
        home.mail("Hej!", headers={"X-Autoreply": "no", "X-Autogenerated": "no"})
        assert home.sums() == {"answer": 1}

    def test_of_someone_not_proven_is_confirmed_like_any_order(self, home: Harness) -> None:
        home.mail(headers=WEAK[0], peer="192.0.2.1")
        assert home.sums() == {"waiting": 1}

    def test_is_no_decision_by_reply(self, tmp_path: Path) -> None:
        with harness(tmp_path, replies=ReplyRules(BOT, "+", POLICY.purchasing_limit)) as home:
            home.mail()
            asked = home.sent(EVA, "/decide/")
            raw = mail_to_bot("GODKÄNN", sender=EVA, answers=asked, headers=WEAK[0]).as_bytes()
            home.raw(raw, mail_from=EVA, to=str(asked["Reply-To"]))
            assert home.order().decision is None
            assert home.sums() == {"order": 1, "parked": 1}


def as_if_answered(home: Harness, times: int) -> None:
    """Let the newest mail that was sent have been sent more often, as far as the outbox tells."""
    same = "kind, person_id, mail_to, raw, state, tries, created_at, next_at, done_at, pending_only, dispatch"
    counted = f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {times})"  # noqa: S608
    newest = "FROM outbox, n WHERE id = (SELECT max(id) FROM outbox)"
    home.query(f"INSERT INTO outbox (message_id, {same}) {counted} SELECT message_id || i, {same} {newest}")


class TestTooManyAnswers:
    """Twenty answers a day to mails that asked for nothing: the twenty-first may come from a robot."""

    @pytest.fixture
    def tired(self, home: Harness) -> Harness:
        home.mail("Hej!")
        as_if_answered(home, 20)
        return home

    def test_set_aside_what_would_be_answered_so_again(self, tired: Harness) -> None:
        tired.mail("Hej!")
        tired.mail(WITHOUT_APPROVER)
        assert tired.count() == 1
        assert tired.reasons()[-2:] == ["too many answers a day"] * 2

    def test_stop_no_good_order_and_no_command(self, tired: Harness) -> None:
        tired.mail()
        tired.mail("", subject="hjälp")
        tired.mail("", subject="lista")
        assert tired.sums() == {"answer": 3, "order": 1}

    def test_tell_nobody_again_that_a_mail_could_not_be_read(self, tired: Harness) -> None:
        tired.raw(mail_to_bot().as_bytes().replace(b"Subject:", b"Subject: x\nSubject:"))
        assert tired.sums() == {"answer": 1, "parked": 1}
        assert tired.count() == 1

    def test_end_for_a_program_that_sends_a_command_for_ever(self, home: Harness) -> None:
        home.mail("", subject="hjälp")
        as_if_answered(home, 99)
        home.mail("", subject="lista")
        home.mail("", subject="hjälp")
        assert home.sums() == {"answer": 2, "parked": 1}


class TestCommands:
    @pytest.mark.parametrize("command", ["lista", "LIST", " Lista "])
    def test_list_mails_an_approver_a_fresh_link_to_each_order_and_to_all(self, home: Harness, command: str) -> None:
        home.mail()
        home.mail(ORDER.replace("Eva Ek", "Anna Ask"))
        home.mail("", subject=command, sender=ANNA)
        listing = home.sent(ANNA, "IT-2026-00001", "IT-2026-00002", "/list/")
        assert len(re.findall("/decide/", text_of(listing))) == 2
        assert home.sums() == {"order": 2, "answer": 1}

    def test_list_gives_someone_who_may_decide_nothing_no_link(self, home: Harness) -> None:
        home.mail()
        home.mail("", subject="lista")
        answer = home.relay.mails(RUT)[-1]
        assert "/decide/" not in text_of(answer)
        assert "/list/" not in text_of(answer)

    @pytest.mark.parametrize("command", ["hjälp", "Hjalp", "HJÄLP"])
    def test_help_mails_the_form(self, home: Harness, command: str) -> None:
        home.mail("Hej!", subject=command)
        assert home.count(RUT, "Enhet:", "Godkännare:", "Leverantör:", BOT) == 1
        assert home.reasons() == ["help"]

    def test_a_person_is_answered_in_their_own_language(self, home: Harness) -> None:
        home.mail("Hello", subject="help", sender=OLLE)
        answer = home.sent(OLLE, "Unit:", "Approver:", "Supplier:")
        assert answer["Content-Language"] == "en"

    @pytest.mark.parametrize("text", ["", " \n\n", "\n-- \nRut Rask\nUmeå universitet\n"])
    def test_an_empty_order_mail_gets_the_form_and_no_word_of_a_mistake(self, home: Harness, text: str) -> None:
        home.mail(text, subject="beställning")
        mail = home.sent(RUT, "Enhet:", "Godkännare:", "Leverantör:", "Inget är beställt än")
        assert mail["Subject"] == "Så beställer du med mejl"
        assert "kunde" not in text_of(mail)
        assert home.reasons() == ["no order"]

    def test_a_mail_that_is_no_order_gets_the_form_and_what_it_says(self, home: Harness) -> None:
        home.mail("Hej! Kan ni hjälpa mig att köpa en dator?\n\nHälsningar\nRut\n", subject="Fråga")
        assert home.count(RUT, "Enhet:", "Godkännare:", "Leverantör:") == 1
        assert home.reasons() == ["no order"]
        assert "Kan ni hjälpa" in text_of(home.sent(RUT, "Det framgår inte vad du vill beställa"))


class TestTroubleInside:
    """A mail whose processing raises: here an answer to an order whose version has been removed from the database."""

    @pytest.fixture
    def broken(self, home: Harness) -> Harness:
        home.mail()
        receipt = home.sent(RUT)
        home.query("DELETE FROM order_versions")
        home.mail("Godsmärkning: RASK 318", subject="Re: order", answers=receipt)
        return home

    def test_is_tried_three_times_then_parked_and_its_sender_is_told(self, broken: Harness) -> None:
        before = broken.count(RUT)
        assert broken.sums() == {"order": 1, "new": 1}
        broken.later(seconds=31)
        assert broken.sums() == {"order": 1, "new": 1}
        assert broken.count(RUT) == before
        broken.later(seconds=31)
        assert broken.sums() == {"order": 1, "parked": 1}
        assert broken.reasons()[1] == "NoResultFound in processing"
        assert broken.count(RUT) == before + 1

    def test_does_not_hold_up_the_mail_behind(self, broken: Harness) -> None:
        broken.mail("", subject="hjälp", sender=ANNA)
        assert broken.count(ANNA, "Enhet:") == 1

    def test_is_taken_up_again_when_a_person_says_so(self, broken: Harness) -> None:
        broken.later(seconds=31)
        broken.later(seconds=31)
        with broken.bot.database.write() as connection:
            assert inbox.retry(connection, 2, broken.now)
            assert not inbox.retry(connection, 1, broken.now)
        assert broken.sums() == {"order": 1, "new": 1}

    def test_tells_no_one_who_is_not_proven(self, tmp_path: Path) -> None:
        with harness(tmp_path) as home:
            home.mail()
            receipt = home.sent(RUT)
            home.query("DELETE FROM order_versions")
            before = home.count()
            home.mail("Godsmärkning: RASK", subject="Re: order", answers=receipt, sender=STRANGER)
            home.later(minutes=5)
            assert home.count() == before

    def test_a_process_that_dies_before_its_commit_leaves_the_mail_to_the_next_one(self, tmp_path: Path) -> None:
        with harness(tmp_path) as first:
            first.store(mail_to_bot().as_bytes())
            with first.bot.database.write() as connection:
                assert inbox.claim(connection, first.now)
        with harness(tmp_path) as second:
            second.settle()
            assert second.orders() == 0  # perhaps the other process still lives
            second.later(seconds=31)
            assert second.orders() == 1
            assert second.count(RUT) == 1


def test_every_mail_ends_in_exactly_one_way_and_the_sums_say_so(home: Harness) -> None:
    """docs/rules/promises.md#p2."""
    raw = mail_to_bot().as_bytes()
    home.raw(raw)
    home.raw(raw)
    home.mail(WITHOUT_APPROVER)
    home.mail("Godsmärkning: RASK", subject="Re: order", answers=home.sent(RUT, "/disown/"))
    home.mail(sender=STRANGER)
    home.mail(sender=f"noreply@{STRANGER.partition('@')[2]}")
    home.mail("", subject="lista", sender=EVA)
    home.mail(peer="192.0.2.7")
    assert home.sums() == {"order": 1, "ignored": 1, "answer": 3, "parked": 2, "waiting": 1}
    assert sum(home.sums().values()) == len(home.query("SELECT id FROM inbox")) == 8
    assert home.query("SELECT count(*) FROM inbox WHERE state = 'done' AND outcome IS NULL") == [(0,)]


def test_a_mail_is_sent_to_the_supplier_only_at_the_address_of_the_register(home: Harness) -> None:
    home.mail(ORDER.replace("Dustin AB", DUSTIN) + "\nSkicka till: lura@annan.example\n")
    home.approve()
    home.later(minutes=6)
    assert home.count(DUSTIN) == 1
    assert home.count("annan.example") == 0


def test_jinja_and_html_in_a_mail_come_out_as_they_were_written(home: Harness) -> None:
    home.mail(ORDER.replace("Dell XPS 13", "{{ 7*7 }} <b>XPS</b>"))
    assert home.count(EVA, "{{ 7*7 }} <b>XPS</b>") == 1
    assert home.token(EVA, Purpose.DECIDE)

"""The requester answers: fields given replace, any line given replaces all lines, and only until the order has left."""

from base64 import encodebytes
from email.message import EmailMessage
from pathlib import Path
from quopri import encodestring
from urllib.parse import parse_qs, urlsplit

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering.workflow import Refusal
from mailbot.domain.values.order import Field, Status
from mailbot.flows.pages.withdraw import withdraw
from mailbot.flows.steps.decide import Action
from mailbot.mail.writing.mailto import mailto_for
from tests.support.harness import ANNA, BOT, DUSTIN, EVA, HEAD, OPERATOR, ORDER, PURCHASING, RUT, Harness, harness
from tests.support.relay import text_of


def answer(home: Harness, text: str, mail: EmailMessage | None = None, *, sender: str = RUT) -> None:
    """Answer a mail of the bot's, the receipt if none is given, quoting it as mail programs do."""
    answered = mail or home.sent(RUT, "/disown/")
    quoted = "".join(f"> {line}\n" for line in text_of(answered).splitlines())
    body = f"{text}\n\nDen mån 2 mars 2026 kl 10:00 skrev mailbot <{BOT}>:\n{quoted}"
    home.mail(body, subject=f"Re: {answered['Subject']}", answers=answered, sender=sender)


class TestWhatIsReplaced:
    def test_a_field_given_replaces_and_the_others_stay(self, home: Harness) -> None:
        home.mail(ORDER + "Godsmärkning: RASK 318\nReferens: RR1\n")
        answer(home, "Godsmärkning: RASK 319")
        order = home.order()
        assert (order.version, order.step, order.status) == (2, 2, Status.PENDING)
        assert order.content.details == {Field.GOODS_MARK: "RASK 319", Field.REFERENCE: "RR1"}
        assert order.content.lines[0].description == "Dell XPS 13"

    @pytest.mark.parametrize("how", ["quoted-printable", "base64", "8bit"])
    @pytest.mark.parametrize("end", [b"\r\n", b"\n"])
    def test_the_mail_that_a_link_opens_is_read_whatever_its_program_makes_of_the_line_ends(
        self, home: Harness, how: str, end: bytes
    ) -> None:
        home.mail(ORDER + "Godsmärkning: RASK 318\n")
        written = mailto_for(BOT, home.order().reference, "Beställning", home.order().form, "sv").correct
        opened = {key: values[0] for key, values in parse_qs(urlsplit(written).query).items()}
        text = opened["body"].replace("12 500", "12 700").replace("318", "319").encode().replace(b"\r\n", end)
        coded = {"quoted-printable": encodestring(text).replace(b"\r", b"=0D"), "base64": encodebytes(text)}.get(how)
        head = f"From: {RUT}\r\nTo: {BOT}\r\nSubject: {opened['subject']}\r\nMessage-ID: <1@example.se>\r\n"
        head += f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {how}\r\n\r\n"
        home.raw(head.encode() + (coded or text))
        order = home.order()
        assert (order.version, order.content.details) == (2, {Field.GOODS_MARK: "RASK 319"})
        assert [(x.description, str(x.price.amount)) for x in order.content.lines] == [("Dell XPS 13", "12700.00")]

    def test_any_line_given_replaces_all_lines(self, home: Harness) -> None:
        home.mail(ORDER + "2 st Dockningsstation WD22 à 1 800 kr\n")
        assert len(home.order().content.lines) == 2
        answer(home, "1 st Lenovo T14 à 14 000 kr")
        assert [line.description for line in home.order().content.lines] == ["Lenovo T14"]
        assert home.order().content.supplier == "Dustin AB"

    def test_the_quoted_mail_counts_for_nothing(self, home: Harness) -> None:
        home.mail()
        answer(home, "Leverantör: Atea Sverige AB")
        assert home.order().content.supplier == "Atea Sverige AB"
        assert len(home.order().content.lines) == 1

    def test_the_reference_in_the_subject_is_enough(self, home: Harness) -> None:
        home.mail()
        home.mail("Leverantör: Atea Sverige AB", subject=f"SV: #{home.order().reference}")
        assert home.order().content.supplier == "Atea Sverige AB"
        assert home.orders() == 1

    def test_the_chosen_approver_can_be_another_who_is_then_asked(self, home: Harness) -> None:
        home.mail()
        answer(home, "Godkännare: Anna Ask")
        assert home.count(ANNA, home.order().number, "/decide/") == 1
        assert home.count(EVA, home.order().number, "/decide/") == 1

    def test_requester_and_approver_are_told_what_has_changed(self, home: Harness) -> None:
        home.mail()
        answer(home, "1 st Dell XPS 13 à 12 900 kr")
        assert home.count(RUT, home.order().number, "12 900,00 kr", "12 500,00 kr", "/disown/") == 1
        assert home.count(EVA, home.order().number, "12 900,00 kr", "12 500,00 kr", "/decide/") == 1

    @pytest.mark.parametrize("language", ["sv", "en"])
    def test_a_value_in_kronor_alone_can_be_corrected_and_is_named(self, tmp_path: Path, language: str) -> None:
        with harness(tmp_path, countervalue_required=True) as home:
            home.change(language=language)
            home.mail(f"Valuta: EUR\nMotvärde SEK: 140 000\n{ORDER.replace(' kr', ' EUR')}")
            answer(home, "Motvärde SEK: 141 000")
            assert home.reasons()[-1] == "corrected"
            assert home.count(EVA, home.order().number, "141", "/decide/") == 1

    def test_a_correction_ends_as_an_answer_and_stands_in_the_history(self, home: Harness) -> None:
        home.mail()
        answer(home, "Referens: RR2")
        assert home.sums() == {"order": 1, "answer": 1}
        assert home.history() == ["opened", "corrected"]

    def test_a_correction_that_is_not_understood_changes_nothing_and_is_asked_back(self, home: Harness) -> None:
        home.mail()
        answer(home, "Moms: 17 %")
        assert home.order().version == 1
        problems = home.sent(RUT, home.order().number, "17 %")
        answer(home, "Moms: inkl 25 %", problems)
        assert home.order().version == 2
        assert home.order().content.vat.included
        assert home.orders() == 1


class TestInEachState:
    def test_a_rejected_order_becomes_pending_again(self, home: Harness) -> None:
        home.mail()
        home.reject(comment="För dyr")
        home.later(minutes=6)
        answer(home, "1 st Dell XPS 13 à 9 900 kr", home.sent(RUT, "För dyr"))
        assert (home.order().status, home.order().version) == (Status.PENDING, 2)
        assert home.order().decision is None
        home.approve()
        home.later(minutes=6)
        assert home.count(DUSTIN, "9 900,00 kr") == 1

    def test_an_approved_order_that_has_not_left_goes_back_and_never_leaves_as_it_was(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.later(minutes=4)
        answer(home, "1 st Dell XPS 13 à 12 600 kr")
        assert home.order().status is Status.PENDING
        home.later(days=2)
        assert home.count(DUSTIN) == home.count(PURCHASING) == 0
        assert home.order().status is Status.PENDING

    def test_the_one_who_had_approved_is_asked_again_with_the_chosen_one(self, home: Harness) -> None:
        home.mail()
        home.mail("", subject="lista", sender=ANNA)
        home.approve(ANNA)
        answer(home, "1 st Dell XPS 13 à 12 600 kr")
        assert home.count(ANNA, "12 600,00 kr", "/decide/") == 1
        assert home.count(EVA, "12 600,00 kr", "/decide/") == 1

    @pytest.mark.parametrize("way", ["left", "with purchasing", "withdrawn"])
    def test_an_order_that_has_left_or_was_withdrawn_is_not_changed(self, home: Harness, way: str) -> None:
        home.mail()
        if way == "withdrawn":
            withdraw(home.bot, Purpose.ORDER, home.token(RUT, Purpose.ORDER), home.now)
        else:
            home.approve(comment="" if way == "left" else "Ramavtal?")
        home.later(minutes=6)
        before = home.order()
        answer(home, "1 st Dell XPS 13 à 9 900 kr")
        assert home.order() == before
        refusal = Refusal.WITHDRAWN if way == "withdrawn" else Refusal.LEFT
        assert home.reasons()[1] == f"refused: {refusal}"
        # The words to order again with: the order as it would have been.
        assert home.count(RUT, home.order().number, "Leverantör: Dustin AB", "Dell XPS 13; 1; st; 9 900 kr") == 1

    def test_an_answer_that_changes_nothing_is_refused(self, home: Harness) -> None:
        home.mail()
        before = home.order()
        answer(home, "Leverantör: Dustin AB")
        assert home.order() == before
        assert home.reasons()[1] == "refused: unchanged"
        assert home.count(EVA) == 1

    def test_an_answer_with_no_words_of_its_own_is_refused(self, home: Harness) -> None:
        home.mail()
        answer(home, "")
        assert home.reasons()[1] == "refused: unchanged"
        assert home.count(RUT, home.order().number) == 2


class TestWhoMay:
    def test_a_colleague_s_answer_changes_nothing_and_shows_them_nothing(self, home: Harness) -> None:
        home.mail()
        before = home.order()
        answer(home, "1 st Dell XPS 13 à 1 kr", sender="ny.person@example.se")
        assert home.order() == before
        assert home.reasons()[1] == "refused: not_yours"
        told = text_of(home.sent("ny.person@example.se"))
        assert "Dell" not in told
        assert home.order().number not in told

    def test_an_approver_s_answer_changes_nothing_and_brings_a_link(self, home: Harness) -> None:
        home.mail()
        before = home.order()
        answer(home, "Godkänner! 1 st Dell XPS 13 à 1 kr", home.sent(EVA), sender=EVA)
        assert home.order() == before
        assert home.count(EVA, home.order().number, "/decide/") == 2

    def test_the_approver_s_yes_by_mail_is_no_decision(self, home: Harness) -> None:
        home.mail()
        answer(home, "Godkänns", home.sent(EVA), sender=EVA)
        assert home.order().status is Status.PENDING

    def test_an_alias_of_the_requester_is_the_requester(self, home: Harness) -> None:
        home.mail(ORDER.replace("Eva Ek", "Anna Ask"), sender=EVA)
        answer(home, "Referens: RR2", home.sent(EVA, "/disown/"), sender="eva@example.se")
        assert home.order().version == 2

    def test_a_stranger_s_answer_is_parked(self, home: Harness) -> None:
        home.mail()
        answer(home, "Referens: RR2", sender="okand@annan.example")
        assert home.order().version == 1
        assert home.sums() == {"order": 1, "parked": 1}


class TestOldLinks:
    def test_an_approver_s_old_link_shows_the_new_version(self, home: Harness) -> None:
        home.mail()
        old = home.token(EVA, Purpose.DECIDE)
        answer(home, "1 st Dell XPS 13 à 12 900 kr")
        with home.pages() as browser:
            page = " ".join(browser.get(f"/decide/{old}").text.split())
        before_the_changes = page.partition('class="changes"')[0]
        assert "12 900,00 kr" in before_the_changes
        assert "12 500,00 kr" not in before_the_changes  # the old sum stands only beside the new, struck out
        assert 'name="version" value="2"' in page

    def test_a_press_on_the_page_of_the_old_version_decides_nothing(self, home: Harness) -> None:
        home.mail()
        old = home.token(EVA, Purpose.DECIDE)
        answer(home, "1 st Dell XPS 13 à 14 900 kr")
        assert home.press(old, Action.APPROVE, version=1) is Refusal.CHANGED
        assert home.order().status is Status.PENDING
        home.press(old, Action.APPROVE)
        assert home.order().status is Status.APPROVED

    def test_a_request_for_the_old_version_that_is_still_queued_is_never_sent(self, home: Harness) -> None:
        home.relay.busy = True
        home.mail()
        home.mail("1 st Dell XPS 13 à 12 900 kr", subject=f"#{home.order().reference}")
        home.relay.busy = False
        home.later(minutes=10)
        assert home.count(EVA, "/decide/") == home.count(EVA, "12 900,00 kr") == 1


class TestWords:
    """An answer without fields or lines is for the approver to read."""

    def test_land_on_the_order_and_reach_the_approver(self, home: Harness) -> None:
        home.mail()
        answer(home, "Den gamla startar inte längre, så det är bråttom.")
        assert home.order().version == 1
        assert home.history() == ["opened", "answered"]
        assert home.count(EVA, home.order().number, "Den gamla startar inte längre", "/decide/") == 1
        with home.pages() as browser:
            assert "Den gamla startar inte längre" in browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text

    def test_answer_the_approver_s_question(self, home: Harness) -> None:
        home.mail()
        home.press(home.token(EVA, Purpose.DECIDE), Action.ASK, "Varför just den?")
        answer(home, "För att den klarar kyla.", home.sent(RUT, "Varför just den?"))
        assert home.count(EVA, "För att den klarar kyla.", "/decide/") == 1
        assert home.order().status is Status.PENDING

    @pytest.mark.parametrize("text", ["Atea tar 12 400 kr", "Dustin: 12 500 kr\nAtea: 12 900 kr"])
    def test_that_compare_prices_answer_the_question_and_change_nothing(self, home: Harness, text: str) -> None:
        home.mail()
        home.press(home.token(EVA, Purpose.DECIDE), Action.ASK, "Vad kostar den hos Atea?")
        answer(home, text, home.sent(RUT, "Vad kostar den hos Atea?"))
        assert home.count(EVA, *text.split("\n"), "/decide/") == 1
        assert home.order().version == 1

    def test_a_field_in_the_answer_to_a_question_corrects_the_order(self, home: Harness) -> None:
        home.mail()
        home.press(home.token(EVA, Purpose.DECIDE), Action.ASK, "Finns den hos Atea?")
        answer(home, "Leverantör: Atea Sverige AB", home.sent(RUT, "Finns den hos Atea?"))
        assert (home.order().version, home.order().content.supplier) == (2, "Atea Sverige AB")

    def test_do_not_reach_the_supplier(self, home: Harness) -> None:
        home.mail()
        answer(home, "Bara mellan oss: budgeten är slut.")
        home.approve()
        home.later(minutes=6)
        assert home.count(DUSTIN) == 1
        assert home.count(DUSTIN, "budgeten") == 0

    def test_about_a_decided_order_do_not_ask_for_a_decision(self, home: Harness) -> None:
        home.mail()
        home.approve()
        answer(home, "Den är till labbet.")
        assert home.history() == ["opened", "approved", "answered"]
        assert home.count(EVA, "Den är till labbet.") == 0


def test_nobody_else_hears_of_a_correction(home: Harness) -> None:
    home.mail()
    answer(home, "Referens: RR2")
    assert home.count(HEAD) == home.count(PURCHASING) == home.count(OPERATOR) == 0
    assert home.count() == 4


class TestAnAnswerThatWouldDecide:
    """Approvers answer "Godkänn", and are shown where they decide."""

    @pytest.mark.parametrize("subject", ["Re: {number}: 12 500 kr väntar", "SV: it-2026-00001 ok", "Re: #{reference}"])
    def test_is_led_to_the_page_and_decides_nothing(self, home: Harness, subject: str) -> None:
        home.mail()
        order = home.order()
        home.mail("Godkänn", sender=ANNA, subject=subject.format(number=order.number, reference=order.reference))
        mail = home.sent(ANNA, "ett svar som det här beslutar inget", "/decide/")
        assert str(mail["Subject"]) == f"{order.number}: inget är beslutat, besluta på sidan"
        assert "Bara den som" not in text_of(mail)
        assert home.order().status is Status.PENDING

    def test_to_a_decided_order_says_what_it_did_not_change(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.mail("Godkänn", sender=ANNA, subject=f"Re: {home.order().number}")
        assert "inget är beslutat" not in str(home.sent(ANNA, "ändrade inte beställningen")["Subject"])

    def test_of_an_order_that_is_not_theirs_learns_nothing(self, home: Harness) -> None:
        home.mail()
        home.mail("Godkänn", sender="nils.ny@example.se", subject=f"Re: {home.order().number}")
        assert home.order().number not in text_of(home.sent("nils.ny@example.se"))

    def test_from_the_requester_gets_the_orders_page(self, home: Harness) -> None:
        home.mail()
        home.mail("Hur går det?", subject=f"Re: {home.order().number}")
        assert home.sent(RUT, "ändrade inte beställningen", "/order/")


def test_a_list_asked_for_when_nothing_waits_says_so_and_speaks_of_no_link(home: Harness) -> None:
    home.mail("", sender=EVA, subject="lista")
    mail = home.sent(EVA)
    assert str(mail["Subject"]) == "Inget väntar på ditt beslut"
    assert "ny länk" not in text_of(mail)


MOUSE = "2 st Mus à 100 kr"


class TestLinesThatMayComeBesideTheOthers:
    """Any line replaces all lines: where an answer adds some, none is lost before its writer chooses."""

    @pytest.mark.parametrize(
        "words",
        [
            *(f"Vi behöver även:\n{MOUSE}", f"Lägg till {MOUSE}", f"Lägg till:\n\n- {MOUSE}", f"{MOUSE} också"),
            *(
                f"Dessutom: {MOUSE}",
                f"+ {MOUSE}",
                f"Komplettera med\n{MOUSE}",
                f"Glömde: {MOUSE}",
                "2 st Mus till à 100 kr",
            ),
            *(f"We also need\n\n{MOUSE}", f"Please add {MOUSE}", "2 pcs Mouse at 100 kr as well", f"Plus {MOUSE}"),
            "2 st Mus till à 100 kr",
            f"Jag glömde en rad:\n{MOUSE}\n\nMvh\nRut",
            *(f"En sak till:\n{MOUSE}", f"Utöka med\n\n{MOUSE}", f"Vi ska ha med {MOUSE}", f"Till detta:\n{MOUSE}"),
            *(f"Ta bort:\n{MOUSE}", f"Följande ska utgå:\n\n{MOUSE}", f"Please remove\n{MOUSE}"),
            *(f"Byt ut datorn mot:\n{MOUSE}", f"Rad 2 ska vara:\n{MOUSE}", f"{MOUSE}\n\nResten som tidigare."),
        ],
    )
    def test_are_asked_back_with_both_orders_written_out(self, home: Harness, words: str) -> None:
        home.mail()
        answer(home, words)
        assert (home.order().version, home.reasons()[-1]) == (1, "problems: which_lines")
        asked = text_of(home.relay.mails(RUT)[-1])
        assert asked.count(": Dustin AB") >= 2  # in the language of the answer
        assert "Dell XPS 13; 1; st; 12 500 kr" in asked

    def both(self, home: Harness) -> list[str]:
        return [line.description for line in home.order().content.lines]

    def test_are_added_or_replace_the_others_as_the_answer_says(self, home: Harness) -> None:
        for lines, expected in (("1 st Dell XPS 13 à 12 500 kr\n", ["Dell XPS 13", "Mus"]), ("", ["Mus"])):
            home.mail()
            number = f"IT-2026-0000{home.orders()}"
            answer(home, f"Vi behöver även:\n{MOUSE}\n\nReferens: R-1", home.sent(RUT, "/disown/", number))
            answer(home, f"{lines}{MOUSE}", home.relay.mails(RUT)[-1])
            assert [line.description for line in home.order(number).content.lines] == expected
            assert home.order(number).content.details[Field.REFERENCE] == "R-1"

    @pytest.mark.parametrize("words", ["Ja tack", "Referens: R-2", f"Lägg till\n{MOUSE}", "Lägg till!"])
    def test_stay_asked_about_until_all_lines_are_given(self, home: Harness, words: str) -> None:
        home.mail(ORDER.replace("Eva Ek", "Ada"))
        answer(home, f"Godkännare: Eva Ek\nLägg även till\n{MOUSE}", home.relay.mails(RUT)[-1])
        answer(home, words, home.relay.mails(RUT)[-1])
        assert home.orders() == 0
        answer(home, f"{MOUSE}\n1 st Dell XPS 13 à 12 500 kr", home.sent(RUT, "Raderna i ditt svar"))
        assert self.both(home) == ["Mus", "Dell XPS 13"]

    @pytest.mark.parametrize(
        ("lines", "offered"),
        [
            ("Ändring:\n3 st Dell XPS 13 à 12 500 kr", "; Dell XPS 13; 3; st; 12 500 kr\n; Mus; 2; st; 100 kr\n\n"),
            (f"Ta bort:\n{MOUSE}", "À-pris\n; Dell XPS 13; 1; st; 12 500 kr\n\n"),
        ],
    )
    def test_may_also_change_or_remove_those_of_their_names(self, home: Harness, lines: str, offered: str) -> None:
        home.mail(f"{ORDER}{MOUSE}\n")
        answer(home, lines)
        asked = text_of(home.relay.mails(RUT)[-1])
        assert offered in "\n".join(line.strip(" >") for line in asked.split("\n"))

    @pytest.mark.parametrize("words", ["Ny lista:", "Ersätt hela ordern med\n", "Hej Eva!"])
    def test_that_are_said_to_be_all_or_stand_alone_replace_the_others(self, home: Harness, words: str) -> None:
        home.mail()
        answer(home, f"{words}\n{MOUSE}\n\nTack på förhand\nRut")
        assert self.both(home) == ["Mus"]

    def test_of_a_whole_order_replace_the_others_whatever_words_stand_beside_it(self, home: Harness) -> None:
        home.mail()
        answer(home, f"Så här ska det vara:\n\nGodkännare: Eva Ek\nLeverantör: Dustin AB\n{MOUSE}")
        assert self.both(home) == ["Mus"]

    def test_that_come_with_all_the_others_replace_them_at_once(self, home: Harness) -> None:
        home.mail()
        answer(home, f"Vi behöver även en mus:\n1 st Dell XPS 13 à 12 500 kr\n{MOUSE}")
        assert self.both(home) == ["Dell XPS 13", "Mus"]

    def test_of_a_field_alone_or_without_such_words_replace_as_ever(self, home: Harness) -> None:
        home.mail()
        answer(home, "Vi behöver även en referens.\nReferens: R-1")
        assert (home.order().version, self.both(home)) == (2, ["Dell XPS 13"])
        answer(home, "1 st iPhone 15 Plus 256 GB till labbet à 9 000 kr\nMotivering: även för kursen")
        assert (home.order().version, self.both(home)) == (3, ["iPhone 15 Plus 256 GB till labbet"])

    def test_that_only_answer_what_was_asked_stay_beside_the_others(self, home: Harness) -> None:
        home.mail(f"{ORDER}2 Skärm 3 100 kr\n")
        answer(home, "Det är priset för en:\n2 st Skärm à 3 100 kr", home.relay.mails(RUT)[-1])
        assert self.both(home) == ["Dell XPS 13", "Skärm"]

    @pytest.mark.parametrize("subject", ["Tillägg till {}", "{}: ett tillägg", "Addition to order {}"])
    def test_are_known_by_the_subject_too(self, home: Harness, subject: str) -> None:
        home.mail()
        home.mail(MOUSE, subject=subject.format(home.order().number))
        assert (home.order().version, home.reasons()[-1]) == (1, "problems: which_lines")

    @pytest.mark.parametrize("given", ["Kontering: 31100", "1 st Dell XPS 13 à 12 500 kr\n2 st Mus à 100 kr"])
    def test_leave_words_that_change_no_line_to_the_approver(self, home: Harness, given: str) -> None:
        home.mail()
        answer(home, f"Hej!\nSka vara US-tangentbord.\n{given}\n\nMvh\nRut")
        assert (home.order().version, home.order().content.notes) == (2, ("Ska vara US-tangentbord.",))

    def test_of_an_order_too_long_to_write_out_are_asked_back_all_the_same(self, home: Harness) -> None:
        home.mail(ORDER + "".join(f"1 st Kabel nummer {n} av märket Långt Namn à 90 kr\n" for n in range(300)))
        answer(home, f"Lägg till:\n{MOUSE}")
        assert (home.order().version, home.reasons()[-1]) == (1, "problems: which_lines")

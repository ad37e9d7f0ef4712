"""Answers without the headers of one, words of those who decide, and words that ask for nothing."""

from decimal import Decimal
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Field, Status
from mailbot.flows.steps.decide import Action
from tests.flows.incoming.test_correction import answer
from tests.support.harness import ANNA, BOT, DUSTIN, EVA, HEAD, ORDER, PURCHASING, RUT, Harness, mail_to_bot
from tests.support.relay import html_of, text_of

NILS = "nils.ny@example.se"
ANOTHER = ORDER.replace("1 st Dell XPS 13 à 12 500 kr", "3 st Lenovo T14 à 9 000 kr")


def told(home: Harness, to: str) -> str:
    """Return the newest mail to an address, on one line."""
    mail = home.relay.mails(to)[-1]
    return " ".join(f"{mail['Subject']} {text_of(mail)}".split())


def two_links(mail: EmailMessage) -> bool:
    return all(f"?choice={choice}" in text_of(mail) for choice in ("approve", "reject"))


def open_mailto(home: Harness, mail: EmailMessage, words: str) -> None:
    """Send the mail that a link of this name opens."""
    link = next(part for part in html_of(mail).split('href="') if part.startswith("mailto:") and words in part)
    opened = parse_qs(urlsplit(link.partition('"')[0].replace("&amp;", "&")).query)
    home.mail(opened.get("body", [""])[0], subject=unquote(opened["subject"][0]))


class TestACorrectedFile:
    ROWS = "Benämning;Antal;Enhet;À-pris\nDell XPS 13;{count};st;12 500\n"

    @pytest.mark.parametrize("is_reply", [True, False])
    def test_corrects_the_order_that_its_mail_answers(self, home: Harness, is_reply: bool) -> None:
        home.mail()
        subject = "Re: kvitto" if is_reply else f"SV: {home.order().number}"
        mail = mail_to_bot("Här kommer rättad fil", answers=home.sent(RUT) if is_reply else None, subject=subject)
        mail.add_attachment(self.ROWS.format(count=4).encode(), maintype="text", subtype="csv", filename="order.csv")
        home.raw(mail.as_bytes())
        assert [(line.quantity, line.description) for line in home.order().content.lines] == [
            (Decimal(4), "Dell XPS 13")
        ]
        assert home.history() == ["opened", "corrected"]

    def test_with_other_articles_is_asked_about(self, home: Harness) -> None:
        home.mail()
        mail = mail_to_bot("Här kommer en fil till", answers=home.sent(RUT), subject="Re: kvitto")
        rows = self.ROWS.format(count=4).replace("Dell XPS 13", "Väska")
        mail.add_attachment(rows.encode(), maintype="text", subtype="csv", filename="order.csv")
        home.raw(mail.as_bytes())
        assert home.order().version == 1
        assert str(home.reasons()[-1]).startswith("problems")


class TestACorrectionWithTheNumberInItsSubject:
    @pytest.mark.parametrize(
        "subject",
        [
            *("SV: {receipt}", "VS: {receipt}", "Re: {receipt}", "[EXTERN] Re: {receipt}", "Sv: [EXT] VS: {receipt}"),
            *("{number}", "{lower}", "AW: {number}", "RE[2]: {number}", "Ändring av {number}", "{number} fel referens"),
            *(
                "Rättelse {number}",
                "Beställning nr {number}: ny referens",
                "Fel i order {number}",
                "Order {lower}, tack!",
            ),
            *("Rättelse IT\u20112026\u201100001", "Fel i order IT–2026–00001", "Correction of order no. IT-2026-0001"),
        ],
    )
    def test_corrects_that_order_and_makes_no_draft(self, home: Harness, subject: str) -> None:
        home.mail()
        number, receipt = home.order().number, str(home.sent(RUT, "/disown/")["Subject"])
        home.mail("Referens: 4711", subject=subject.format(number=number, lower=number.lower(), receipt=receipt))
        assert home.order().version == 2
        assert home.order().content.details == {Field.REFERENCE: "4711"}
        assert (home.orders(), home.query("SELECT count(*) FROM drafts")) == (1, [(0,)])
        assert home.reasons()[1] == "corrected"
        assert home.count(EVA, number, "4711", "/decide/") == 1

    def test_replaces_all_lines_by_any_line(self, home: Harness) -> None:
        home.mail(ORDER + "2 st Dockningsstation WD22 à 1 800 kr\n")
        home.mail("1 st Lenovo T14 à 14 000 kr", subject=f"SV: {home.order().number}")
        assert [line.description for line in home.order().content.lines] == ["Lenovo T14"]

    def test_reads_nothing_below_a_quote(self, home: Harness) -> None:
        home.mail()
        quoted = "".join(f"> {line}\n" for line in text_of(home.sent(RUT, "/disown/")).splitlines())
        home.mail(f"Referens: RR2\n\nDen 2 mars 2026 skrev mailbot <{BOT}>:\n{quoted}", subject=home.order().number)
        assert home.order().content.details == {Field.REFERENCE: "RR2"}
        assert len(home.order().content.lines) == 1

    def test_is_refused_with_the_words_to_order_again_once_the_order_has_left(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.later(minutes=6)
        before = home.order()
        home.mail("1 st Dell XPS 13 à 9 900 kr", subject=f"SV: {before.number}: mottagen")
        assert (home.order(), home.reasons()[1], home.orders()) == (before, "refused: left", 1)
        assert home.count(RUT, before.number, "Dell XPS 13; 1; st; 9 900 kr") == 1

    def test_that_is_not_understood_is_asked_back_about_that_order(self, home: Harness) -> None:
        home.mail()
        home.mail("Moms: 17 %", subject=f"SV: {home.order().number}")
        home.mail("Moms: inkl 25 %", answers=home.sent(RUT, home.order().number, "17 %"))
        assert (home.order().version, home.orders()) == (2, 1)

    @pytest.mark.parametrize("sender", [NILS, ANNA, EVA, HEAD, "okand@annan.example"])
    def test_changes_nothing_from_anybody_else(self, home: Harness, sender: str) -> None:
        home.mail()
        before = home.order()
        home.mail("Referens: 4711", subject=f"SV: {before.number}", sender=sender)
        assert home.order(before.number) == before
        assert home.count(RUT) == 1
        if sender not in {ANNA, EVA}:
            assert home.count(sender, before.number) == home.count(sender, "Dell") == 0

    def test_of_two_orders_at_once_changes_neither_and_says_why(self, home: Harness) -> None:
        home.mail()
        home.mail(ANOTHER)
        home.mail("Referens: 4711", subject="SV: IT-2026-00001 och IT-2026-00002")
        assert [home.order(f"IT-2026-0000{n}").version for n in (1, 2)] == [1, 1]
        assert "vilken av flera beställningar" in told(home, RUT)

    def test_that_quotes_the_whole_receipt_below_words_orders_nothing(self, home: Harness) -> None:
        home.mail()
        quoted = "".join(f"> {line}\n" for line in ORDER.splitlines())
        words = f"Avbeställ den här!\n\nDen 2 mars 2026 kl. 10:00 skrev mailbot <{BOT}>:\n{quoted}"
        home.mail(words, subject=f"SV: {home.order().number}: mottagen")
        home.mail(words.replace("Avbeställ", "Godkänn"), subject=f"SV: {home.order().number}", sender=EVA)
        assert home.query("SELECT count(*) FROM drafts") == [(0,)]
        assert home.sent(RUT, "ändrade inte beställningen", "/order/")
        assert two_links(home.sent(EVA, "Inget är beslutat"))

    def test_words_alone_say_where_the_order_is_changed_or_withdrawn(self, home: Harness) -> None:
        home.mail()
        home.mail("Avbeställ den här!", subject=f"SV: {home.order().number}: mottagen")
        assert home.history() == ["opened"]
        assert home.sent(RUT, "ändrade inte beställningen", "/order/")


class TestAWholeOrderBelowAnOldNumber:
    """A new order or a change? The subject of an answer says a change; otherwise its writer is asked."""

    @pytest.mark.parametrize("subject", ["SV: {receipt}", "Re: {number}", "{number}"])
    def test_changes_the_order_when_it_answers_its_mail(self, home: Harness, subject: str) -> None:
        home.mail()
        receipt = str(home.sent(RUT, "/disown/")["Subject"])
        home.mail(ANOTHER, subject=subject.format(number=home.order().number, receipt=receipt))
        assert (home.orders(), home.order().version) == (1, 2)
        assert [line.description for line in home.order().content.lines] == ["Lenovo T14"]

    @pytest.mark.parametrize("subject", ["Beställning, som {number}", "{number} en till", "Ändring av {number}"])
    def test_is_asked_about_otherwise_and_nothing_is_ordered_or_changed_before(
        self, home: Harness, subject: str
    ) -> None:
        home.mail()
        home.mail(ANOTHER, subject=subject.format(number=home.order().number))
        assert (home.orders(), home.order().version) == (1, 1)
        assert home.count(EVA) == 1
        assert "En ny beställning, eller en ändring av IT-2026-00001?" in told(home, RUT)
        assert home.reasons()[1] == "new order or change"

    def test_becomes_a_new_order_with_its_files_by_one_tap(self, home: Harness) -> None:
        home.mail()
        mail = mail_to_bot(ANOTHER, subject=f"Som {home.order().number}")
        mail.add_attachment(b"%PDF-1.7 offert", maintype="application", subtype="pdf", filename="Offert.pdf")
        home.raw(mail.as_bytes())
        open_mailto(home, home.sent(RUT, "En ny beställning, eller"), "Ny%20best")
        assert [home.order(f"IT-2026-0000{n}").version for n in (1, 2)] == [1, 1]
        assert home.order("IT-2026-00002").content.lines[0].description == "Lenovo T14"
        assert home.count(EVA, "IT-2026-00002", "Offert.pdf") == 1

    @pytest.mark.parametrize("words", ["Ny", "En ändring", "Nej, ingen av dem", "Vad menar ni?", "Ja", "Projekt: 5"])
    def test_is_asked_about_again_after_words_that_choose_neither(self, home: Harness, words: str) -> None:
        home.mail()
        home.mail(ANOTHER, subject=f"Ändring av {home.order().number}")
        home.mail(words, answers=home.sent(RUT, "En ny beställning, eller"))
        assert (home.orders(), home.order().version, home.count(EVA)) == (1, 1, 1)
        assert home.reasons()[2] == "new order or change"
        assert home.count(RUT, "En ny beställning, eller") == 2

    def test_changes_the_order_by_one_tap(self, home: Harness) -> None:
        home.mail()
        home.mail(ANOTHER, subject=f"Ändring av {home.order().number}")
        open_mailto(home, home.sent(RUT, "En ny beställning, eller"), "%C3%84ndring")
        assert (home.orders(), home.order().version) == (1, 2)
        assert home.order().content.lines[0].description == "Lenovo T14"

    def test_can_only_be_new_once_the_order_has_left(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.later(minutes=6)
        home.mail(ANOTHER, subject=f"Samma som {home.order().number}")
        asked = home.sent(RUT, "En ny beställning, eller")
        assert "IT-2026-00001 kan inte längre ändras" in " ".join(text_of(asked).split())
        open_mailto(home, asked, "Ny%20best")
        assert home.orders() == 2

    def test_of_somebody_who_may_decide_that_one_is_a_new_order_of_theirs(self, home: Harness) -> None:
        home.mail()
        home.mail(ANOTHER, subject=f"Som {home.order().number}", sender=ANNA)
        assert home.orders() == 2
        assert home.order().requester == home.person(ANNA).id


class TestAnApproversWords:
    """Who may decide and answers with words has asked the requester."""

    def test_become_a_question_as_if_asked_on_the_page(self, home: Harness) -> None:
        home.mail()
        before = home.order()
        answer(home, "Hej Rut!\nVarför just den?\n\nMvh\nEva Ek\nPrefekt", home.sent(EVA), sender=EVA)
        assert home.order() == before
        assert home.history() == ["opened", "asked"]
        question = home.sent(RUT, "Varför just den?")
        assert "Prefekt" not in text_of(question)
        assert str(question["Subject"]).startswith("Eva Ek frågar: ")
        answer(home, "För att den klarar kyla.", question)
        assert home.history() == ["opened", "asked", "answered"]
        assert home.count(EVA, "För att den klarar kyla.", "/decide/") == 1
        with home.pages() as browser:
            page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
        assert "Varför just den?" in page
        assert "För att den klarar kyla." in page

    def test_are_marked_for_both_as_what_they_were(self, home: Harness) -> None:
        home.mail()
        answer(home, "Varför just den?", home.sent(EVA), sender=EVA)
        assert "Eva Ek svarade på mejlet i stället för på sidan; det blev en fråga till dig." in told(home, RUT)
        assert "Du svarade på mejlet i stället för på sidan, så det du skrev blev en fråga till Rut Rask:" in told(
            home, EVA
        )
        marked = "Eva Ek svarade på mejlet i stället för på sidan; det blev en fråga till beställaren."
        with home.pages() as browser:
            for to, purpose in ((EVA, Purpose.DECIDE), (RUT, Purpose.ORDER)):
                assert marked in browser.get(f"/{purpose}/{home.token(to, purpose)}").text

    def test_come_back_to_them_with_the_two_links(self, home: Harness) -> None:
        home.mail()
        answer(home, "Varför just den?", home.sent(EVA), sender=EVA)
        mail = home.sent(EVA, "> Varför just den?", "Inget är beslutat")
        assert two_links(mail)
        home.approve()
        assert home.order().status is Status.APPROVED

    def test_answer_a_reminder_as_well(self, home: Harness) -> None:
        home.mail()
        home.later(days=3, hours=1)
        answer(home, "Går det att vänta?", home.sent(EVA, "/decide/"), sender=EVA)
        assert home.count(RUT, "Går det att vänta?") == 1

    def test_of_any_who_may_decide_are_a_question_and_the_answer_reaches_them(self, home: Harness) -> None:
        home.mail()
        answer(home, "Har ni inte en redan?", home.sent(EVA), sender=ANNA)
        answer(home, "Nej, den är stulen.", home.sent(RUT, "Har ni inte en redan?"))
        assert home.count(ANNA, "Nej, den är stulen.", "/decide/") == 1

    @pytest.mark.parametrize("text", ["Ta 1 st Lenovo T14 à 9 000 kr i stället", "Leverantör: Atea Sverige AB"])
    def test_that_look_like_a_correction_are_a_question_all_the_same(self, home: Harness, text: str) -> None:
        home.mail()
        before = home.order()
        answer(home, text, home.sent(EVA), sender=EVA)
        assert (home.order(), home.orders()) == (before, 1)
        assert home.count(RUT, text) == 1

    def test_are_passed_on_without_what_they_quote_and_what_others_added(self, home: Harness) -> None:
        home.mail()
        below = "\n-- \nEva Ek, hemligt nummer 070-1\n"
        above = "VARNING: Detta meddelande kommer från en extern avsändare.\n\n"
        answer(home, f"{above}Varför just den?\n{below}", home.sent(EVA), sender=EVA)
        asked = text_of(home.sent(RUT, "Varför just den?"))
        assert "070-1" not in asked
        assert "VARNING" not in asked
        assert "choice=" not in asked

    def test_reach_neither_supplier_nor_purchasing(self, home: Harness) -> None:
        home.mail()
        answer(home, "Budgeten är slut, varför nu?", home.sent(EVA), sender=EVA)
        home.approve()
        home.later(minutes=6)
        assert home.count(DUSTIN) == 1
        assert home.count(DUSTIN, "Budgeten") == home.count(PURCHASING, "Budgeten") == 0

    def test_add_no_file_to_the_order_and_they_are_told(self, home: Harness) -> None:
        home.mail()
        mail = mail_to_bot("Har du sett den här?", sender=EVA, answers=home.sent(EVA), subject="Re: en")
        mail.add_attachment(b"%PDF-1.7 broschyr", maintype="application", subtype="pdf", filename="Broschyr.pdf")
        home.raw(mail.as_bytes(), mail_from=EVA)
        assert home.query("SELECT count(*) FROM files") == [(0,)]
        assert "Filerna i ditt mejl har inte skickats vidare." in told(home, EVA)

    def test_about_a_decided_order_reach_nobody_and_they_are_told(self, home: Harness) -> None:
        home.mail()
        home.approve()
        answer(home, "Varför just den?", home.sent(EVA, "/decide/"), sender=EVA)
        assert home.history() == ["opened", "approved"]
        assert home.count(RUT, "Varför just den?") == 0
        assert "redan beslutad" in told(home, EVA)
        assert "har inte skickats vidare till någon" in told(home, EVA)

    @pytest.mark.parametrize("sender", [HEAD, NILS])
    def test_of_somebody_who_may_not_decide_are_passed_on_to_nobody(self, home: Harness, sender: str) -> None:
        home.mail()
        answer(home, "Varför just den?", home.sent(EVA), sender=sender)
        assert home.history() == ["opened"]
        assert home.count(RUT) == 1

    def test_led_by_the_number_alone_reach_nobody_but_say_where_to_decide_and_ask(self, home: Harness) -> None:
        home.mail()
        home.mail("Varför just den?", subject=f"SV: {home.order().number}", sender=ANNA)
        assert home.history() == ["opened"]
        assert two_links(home.sent(ANNA, "har inte skickats vidare till någon"))
        assert home.count(RUT) == 1

    def test_to_a_mail_about_several_orders_reach_nobody_and_bring_the_list(self, home: Harness) -> None:
        home.mail()
        home.mail(ANOTHER)
        home.later(days=3, hours=1)
        reminder = home.sent(EVA, "IT-2026-00001", "IT-2026-00002")
        answer(home, "Varför den?", reminder, sender=EVA)
        assert home.count(RUT, "Varför den?") == 0
        mail = home.sent(EVA, "flera beställningar", "Inget är beslutat", "/decide/")
        assert text_of(mail).count("/decide/") == 2


class TestABareYesOrNo:
    @pytest.mark.parametrize(
        "text", ["ok", "Kör på det!", "Hej Rut!\n\nGodkänns.\n\nMvh\nEva Ek", "👍", "Nej", "Avslås", "LGTM"]
    )
    @pytest.mark.parametrize("by_number", [False, True])
    def test_brings_the_two_links_decides_nothing_and_is_passed_on_to_nobody(
        self, home: Harness, text: str, by_number: bool
    ) -> None:
        home.mail()
        if by_number:
            home.mail(text, subject=f"SV: {home.order().number}", sender=EVA)
        else:
            answer(home, text, home.sent(EVA), sender=EVA)
        assert (home.history(), home.count(RUT)) == (["opened"], 1)
        mail = home.sent(EVA, "ett svar som det här beslutar inget")
        assert str(mail["Subject"]) == "IT-2026-00001: inget är beslutat, besluta på sidan"
        assert two_links(mail)
        assert home.reasons()[1] == "no decision by mail"

    def test_with_more_to_it_is_a_question(self, home: Harness) -> None:
        home.mail()
        answer(home, "ok men varför två?", home.sent(EVA), sender=EVA)
        assert home.count(RUT, "ok men varför två?") == 1

    def test_of_the_requester_answers_the_question_that_waits(self, home: Harness) -> None:
        home.mail()
        home.press(home.token(EVA, Purpose.DECIDE), Action.ASK, "Är det bråttom?")
        answer(home, "Ja", home.sent(RUT, "Är det bråttom?"))
        assert home.history() == ["opened", "asked", "answered"]

    def test_of_a_requester_who_decides_themselves_brings_the_links(self, home: Harness) -> None:
        home.mail(ORDER.replace("Eva Ek", "Anna Ask"), sender=ANNA)
        answer(home, "ok", home.sent(ANNA, "/decide/"), sender=ANNA)
        assert home.history() == ["opened"]
        assert two_links(home.sent(ANNA, "beslutar inget"))

    def test_without_end_stops_at_twenty_a_day(self, home: Harness) -> None:
        home.mail()
        asked = home.sent(EVA)
        for _ in range(25):
            home.mail("ok", subject="Re: en beställning", answers=asked, sender=EVA)
        assert home.count(EVA, "beslutar inget") == 20


class TestWhatAsksForNothing:
    """It ends as an answer with its reason, and nobody is mailed."""

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            *(
                ("Tack!", "noted: thanks"),
                ("Hej,\nTack så mycket!\n\nMvh Rut", "noted: thanks"),
                ("Thanks", "noted: thanks"),
            ),
            *(
                ("👍\n\nRut Rask reagerade via Gmail", "noted: reaction"),
                ("❤️", "noted: reaction"),
                ("Ok!", "noted: yes"),
            ),
            *(("Rut Rask reacted to your message:", "noted: reaction"), ("👍", "noted: yes")),
        ],
    )
    def test_from_the_requester_is_noted(self, home: Harness, text: str, reason: str) -> None:
        home.mail()
        before = home.count()
        answer(home, text)
        assert (home.count(), home.history()) == (before, ["opened"])
        assert home.reasons()[1] == reason
        assert home.sums() == {"order": 1, "answer": 1}

    def test_from_an_approver_is_noted(self, home: Harness) -> None:
        home.mail()
        before = home.count()
        answer(home, "Tack!", home.sent(EVA), sender=EVA)
        assert (home.count(), home.history(), home.reasons()[1]) == (before, ["opened"], "noted: thanks")

    def test_after_the_decision_is_noted_of_both(self, home: Harness) -> None:
        home.mail()
        home.approve()
        home.later(minutes=6)
        before = home.count()
        answer(home, "👍\n\nRut Rask reagerade via Gmail", home.sent(RUT))
        answer(home, "👍\n\nEva Ek reagerade via Gmail", home.sent(EVA), sender=EVA)
        assert home.count() == before

    def test_is_no_answer_to_a_draft_either(self, home: Harness) -> None:
        home.mail(ORDER.replace("Godkännare: Eva Ek\n", ""))
        before = home.count()
        answer(home, "Tack!", home.sent(RUT))
        assert home.count() == before

    def test_but_an_approver_is_told_that_a_reaction_decides_nothing(self, home: Harness) -> None:
        home.mail()
        answer(home, "👍\n\nEva Ek reagerade via Gmail", home.sent(EVA), sender=EVA)
        assert home.history() == ["opened"]
        assert home.count(RUT) == 1
        assert two_links(home.sent(EVA, "beslutar inget"))

    def test_but_a_requester_is_told_that_a_reaction_answers_no_question(self, home: Harness) -> None:
        home.mail()
        home.press(home.token(EVA, Purpose.DECIDE), Action.ASK, "Vilken färg?")
        before = home.count(EVA)
        answer(home, "👍\n\nRut Rask reagerade via Gmail", home.sent(RUT, "Vilken färg?"))
        assert home.count(EVA) == before
        assert "väntar fortfarande på ditt svar" in told(home, RUT)

    def test_but_thanks_with_a_file_are_passed_on(self, home: Harness) -> None:
        home.mail()
        mail = mail_to_bot("Tack!", answers=home.sent(RUT), subject="Re: offert")
        mail.add_attachment(b"%PDF-1.7 offert", maintype="application", subtype="pdf", filename="Offert.pdf")
        home.raw(mail.as_bytes())
        assert home.history() == ["opened", "answered"]

    def test_but_a_field_below_thanks_corrects(self, home: Harness) -> None:
        home.mail()
        answer(home, "Tack!\nReferens: RR2")
        assert home.order().version == 2

"""Orders in every shape: of every program and encoding they come out exactly, money to the öre
(docs/rules/mail.md#parts, #fields)."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.values.money import Money, parse_quantity
from mailbot.domain.values.order import Field, Form, FormLine
from mailbot.domain.values.text import tidy
from mailbot.mail.reading.amounts import parse_amount
from mailbot.mail.reading.bodies import read_bodies
from mailbot.mail.reading.choice import Contradiction, choose, is_forwarded
from mailbot.mail.reading.html import to_text
from mailbot.mail.reading.order_form import read_form
from mailbot.mail.reading.plain import unflow, without_additions
from mailbot.mail.reading.reply import new_text
from tests.mail.reading.order_mails import ENCODINGS, ORDERS, PROGRAMS, Known, OrderMail, form_of, order_mails

MAILS = list(order_mails())


def line_of(line: FormLine, currency: str) -> tuple[str, Decimal, Decimal, str, str]:
    quantity, price = parse_quantity(line.quantity), parse_amount(line.price, currency=currency)
    assert isinstance(quantity, Decimal), quantity
    assert isinstance(price, Money), price
    assert price.currency == currency
    return (line.description, quantity, price.amount, line.item_no, line.unit)


def said_by(form: Form, currency: str) -> Known:
    lines = tuple(line_of(line, currency) for line in form.lines)
    total = parse_amount(form.fields[Field.TOTAL], currency=currency) if Field.TOTAL in form.fields else None
    assert total is None or isinstance(total, Money), total
    return Known(
        fields=dict(form.fields),
        lines=lines,
        line_sum=sum((Money(price).times(quantity).amount for _, quantity, price, _, _ in lines), Decimal(0)),
        total=total.amount if total else None,
        currency=currency,
        notes=form.notes,
    )


@pytest.mark.parametrize("mail", MAILS, ids=[mail.name for mail in MAILS])
def test_every_order_mail_comes_out_exactly(mail: OrderMail) -> None:
    form = form_of(mail.raw)
    assert isinstance(form, Form)
    assert said_by(form, mail.known.currency) == mail.known
    assert (form.unread, form.conflicts) == ((), ())


def test_there_are_order_mails_of_every_kind() -> None:
    names = {mail.name for mail in MAILS}
    assert len(names) == len(MAILS)
    assert len({mail.raw for mail in MAILS}) > 900
    for part in (*(p.__name__ for p in PROGRAMS), *(e.name for e in ENCODINGS), *(o.name for o in ORDERS)):
        assert any(part in name for name in names), part


QUOTED = ("Beställning UMU-2026-7", "", "Enhet: Fysik", "Godkännare: Bo Berg", "2 st Dator à 9 999 kr", "GODKÄNN")
BOT = "Inköp <order@inkop.example.se>"
HTML_BOT = 'Inköp &lt;<a href="mailto:order@inkop.example.se">order@inkop.example.se</a>&gt;'
SWEDISH_HEAD = f"Från: {BOT}\nSkickat: den 3 mars 2026 10:00\nTill: Rut Rask <rut.rask@example.se>\nÄmne: Beställning"
ENGLISH_HEAD = f"From: {BOT}\nSent: Tuesday, 3 March 2026 10:00\nTo: Rut Rask <rut.rask@example.se>\nSubject: Order"
BOLD_HEAD = "*" + SWEDISH_HEAD.replace(": ", ":* ").replace("\n", "\n*")
MARKED_HEAD = "> " + SWEDISH_HEAD.replace("\n", "\n> ")
UNMARKED = "\n".join(QUOTED)
MARKED = "\n".join(f"> {line}".rstrip() for line in QUOTED)
CUT = MARKED.replace("GODKÄNN", f"Motivering: {'lång ' * 11}\nGODKÄNN\n> x")
SHOWN = "".join(f"<div>{line or '<br>'}</div>" for line in QUOTED)
WORD_HEAD = f"<p><b>Från:</b> {HTML_BOT}<br><b>Skickat:</b> den 3 mars<br><b>Till:</b> Rut<br><b>Ämne:</b> x</p>"
CITED = f'<blockquote type="cite"><div dir="ltr">{SHOWN}</div></blockquote>'
GMAIL_QUOTE = f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{SHOWN}</blockquote>'
GMAIL_HEAD = f'<div dir="ltr" class="gmail_attr">Den tis 3 mars 2026 kl 10:00 skrev {HTML_BOT}:<br></div>'

REPLIES = {
    "outlook-swedish": f"{{}}\n\n{SWEDISH_HEAD}\n\n{UNMARKED}",
    "outlook-english": f"{{}}\n\n{ENGLISH_HEAD}\n\n{UNMARKED}",
    "outlook-line": f"{{}}\n\n{'_' * 32}\n{SWEDISH_HEAD}\n\n{UNMARKED}",
    "outlook-separator-swedish": f"{{}}\n\n-----Ursprungligt meddelande-----\n{SWEDISH_HEAD}\n\n{UNMARKED}",
    "outlook-separator-english": f"{{}}\n\n-----Original Message-----\n{ENGLISH_HEAD}\n\n{UNMARKED}",
    "outlook-bold": f"{{}}\n\n{BOLD_HEAD}\n\n{UNMARKED}",
    "outlook-phone": f"{{}}\n\nHämta Outlook för iOS<https://aka.ms/o0ukef>\n{'_' * 32}\n{ENGLISH_HEAD}\n\n{UNMARKED}",
    "outlook-marked": f"{{}}\n\n{MARKED_HEAD}\n>\n{MARKED}",
    "gmail-swedish": f"{{}}\n\nDen tis 3 mars 2026 kl 10:00 skrev {BOT}:\n\n{MARKED}",
    "gmail-swedish-cut": f"{{}}\n\nDen tis 3 mars 2026 kl 10:00 skrev Inköp <\norder@inkop.example.se>:\n\n{MARKED}",
    "gmail-english": f"{{}}\n\nOn Tue, 3 Mar 2026 at 10:00, {BOT} wrote:\n\n{MARKED}",
    "gmail-english-cut": f"{{}}\n\nOn Tue, 3 Mar 2026 at 10:00, Inköp\n<order@inkop.example.se>\nwrote:\n\n{MARKED}",
    "gmail-below": f"Den tis 3 mars 2026 kl 10:00 skrev {BOT}:\n\n{MARKED}\n\n{{}}\n",
    "gmail-signature": f"{{}}\n\n-- \nRut Rask\nEnhet: Kemi\n\nDen tis 3 mars 2026 kl 10:00 skrev {BOT}:\n{MARKED}",
    "iphone": f"{{}}\n\nSkickat från min iPhone\n\n> 3 mars 2026 kl. 10:00 skrev {BOT}:\n> \n> \ufeff{MARKED[2:]}",
    "iphone-english": f"{{}}\n\nSent from my iPhone\n\n> On 3 Mar 2026, at 10:00, {BOT} wrote:\n> \n{MARKED}",
    "apple-mail": f"{{}}\n\n3 mars 2026 kl. 10:00 skrev {BOT}:\n\n{MARKED}",
    "apple-mail-below": f"On 3 Mar 2026, at 10:00, {BOT} wrote:\n\n{MARKED}\n\n{{}}",
    "thunderbird-swedish": f"{{}}\n\nDen 2026-03-03 kl. 10:00, skrev Inköp:\n{MARKED}",
    "thunderbird-english": f"{{}}\n\nOn 03/03/2026 10:00, Inköp wrote:\n{MARKED}\n",
    "thunderbird-below": f"On 2026-03-03 10:00, Inköp wrote:\n{MARKED}\n\n{{}}\n\n-- \nRut Rask\nEnhet: Kemi",
    "thunderbird-inline": "On 2026-03-03 10:00, Inköp wrote:\n> Enhet: Fysik\n> Godkännare: ?\n\n{}\n\n> GODKÄNN\n",
    "thunderbird-old": f"{{}}\n\nInköp skrev den 2026-03-03 10:00:\n{MARKED}",
    "mutt": f"On Tue, Mar 03, 2026 at 10:00:00AM +0100, Inköp wrote:\n{MARKED}\n\n{{}}\n",
    "k9": f'{{}}\n\nDen 3 mars 2026 10:00:00 CET skrev "Inköp" <order@inkop.example.se>:\n{MARKED.replace("> ", ">")}',
    "samsung": f"{{}}\n\n-------- Originalmeddelande --------\n{SWEDISH_HEAD}\n\n{UNMARKED}",
    "yahoo": f"{{}}\n\n    Den tisdag 3 mars 2026 10:00:00 CET skrev {BOT}:  \n \n {UNMARKED}",
    "lotus": f"{{}}\n\n-----Inköp/Example wrote: -----\nTo: Rut Rask\nFrom: Inköp\n\n{UNMARKED}",
    "german": f"{{}}\n\nAm Di., 3. März 2026 um 10:00 Uhr schrieb Inköp <\norder@inkop.example.se>:\n\n{MARKED}",
    "quote-cut-by-the-program": f"{{}}\n\nOn 2026-03-03 10:00, Inköp wrote:\n{CUT}",
    "quote-without-head": f"{{}}\n\n{MARKED}",
    "gateway": f"CAUTION: This email originated from outside. Be careful.\n\n{{}}\n\n{SWEDISH_HEAD}\n\n{UNMARKED}",
}
HTML_REPLIES = {
    "outlook-html": "{}<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
    f"{WORD_HEAD}</div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p>{SHOWN}",
    "outlook-2010-html": f"{{}}<div style='border:none;border-top:solid #B5C4DF 1.0pt'>{WORD_HEAD}</div>{SHOWN}",
    "outlook-2003-html": f"{{}}<div align=center><hr size=2 tabindex=-1></div>{WORD_HEAD}{SHOWN}",
    "outlook-web-html": '{}<div id="appendonsend"></div><hr style="display:inline-block;width:98%">'
    f'<div id="divRplyFwdMsg" dir="ltr"><font>{WORD_HEAD}</font></div>{SHOWN}',
    "new-outlook-html": '{}<div id="ms-outlook-mobile-signature">Hämta <a href="x">Outlook för Android</a></div>'
    f'<div id="mail-editor-reference-message-container"><div>{WORD_HEAD}</div>{SHOWN}</div>',
    "outlook-mac-html": f'{{}}<span id="OLK_SRC_BODY_SECTION">{WORD_HEAD}{SHOWN}</span>',
    "hotmail-html": f'{{}}<div><hr id="stopSpelling">Date: Tue<br>Subject: x<br>From: x<br>To: y<br>{SHOWN}</div>',
    "gmail-html": f'<div dir="ltr">{{}}</div><br><div class="gmail_quote">{GMAIL_HEAD}{GMAIL_QUOTE}</div>',
    "gmail-app-html": '<div dir="auto">{}</div><div class="gmail_quote gmail_quote_container">'
    f"{GMAIL_HEAD}{GMAIL_QUOTE}</div>",
    "gmail-below-html": f'<div class="gmail_quote">{GMAIL_HEAD}{GMAIL_QUOTE}<div><br></div><div>{{}}</div></div>',
    "iphone-html": '<body dir="auto">{}<div dir="ltr">Skickat från min iPhone</div><div dir="ltr"><br>'
    f'<blockquote type="cite">3 mars 2026 kl. 10:00 skrev Inköp:<br><br></blockquote></div>{CITED}</body>',
    "apple-mail-html": '{}<br><div><br><blockquote type="cite"><div>On 3 Mar 2026, Inköp wrote:</div>'
    f"{SHOWN}</blockquote></div>",
    "thunderbird-html": f'{{}}<div class="moz-cite-prefix">Den 2026-03-03 kl. 10:00, skrev Inköp:<br></div>{CITED}',
    "thunderbird-below-html": f'<div class="moz-cite-prefix">On 2026-03-03, Inköp wrote:<br></div>{CITED}<p>{{}}</p>',
    "thunderbird-inline-html": f"{CITED}{{}}{CITED}",
    "k9-html": f'{{}}<br><br><div class="gmail_quote">Den 3 mars skrev Inköp:{GMAIL_QUOTE}</div>',
    "yahoo-html": f'{{}}<div id="yahoo_quoted_1" class="yahoo_quoted"><div>Den 3 mars skrev Inköp:</div>{SHOWN}</div>',
    "proton-html": f'{{}}<div class="protonmail_quote">On Tuesday, Inköp wrote:{CITED}</div>',
    "lotus-html": "{}<br><br><font size=1>From: </font>Inköp<br>To: Rut<br>Date: 2026-03-03<br>Subject: x<br><hr>"
    f"{SHOWN}",
}
ANSWERS = {
    "one-field": "Godkännare: Anna Ask",
    "lines": "Enhet: Kemi\n\n2 st Dell XPS 13 à 12 500 kr\n- 1 st Mus à 99 kr",
    "words": "Hello,\n\nplease change the supplier.\nSupplier: Dustin AB\nOn Monday 9 March at the latest.",
    "mail-like": "Från: Avd 12\nTill: Lager\nDatum: 3 mars 2026\nEva skrev att det räcker med två.",
    "nothing": "",
}


def as_html(text: str) -> str:
    return "".join(f"<div>{line or '<br>'}</div>" for line in text.split("\n")) if text else ""


class TestReplies:
    @pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
    @pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
    def test_what_is_new_in_an_answer_counts_and_no_quoted_word_does(self, reply: str, answer: str) -> None:
        assert new_text(tidy(reply.format(answer))) == answer

    @pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
    @pytest.mark.parametrize("reply", HTML_REPLIES.values(), ids=HTML_REPLIES.keys())
    def test_what_is_new_in_an_html_answer_counts_and_no_quoted_word_does(self, reply: str, answer: str) -> None:
        assert new_text(to_text(f"<html><body>{reply.format(as_html(answer))}</body></html>")) == answer

    def test_what_is_written_below_a_quoted_mail_without_marks_is_left_out(self) -> None:
        assert new_text(f"{SWEDISH_HEAD}\n\n{UNMARKED}\n\nGodkännare: Anna Ask") == ""

    @pytest.mark.parametrize(
        "own", ["Den 12 mars passar bra.", "3 st Dator à 5 000 kr", "Godkännare: eva@example.se", "Kl 12"]
    )
    def test_an_own_line_right_above_the_head_of_a_quoted_mail_counts(self, own: str) -> None:
        assert new_text(f"{own}\nDen tis 3 mars 2026 kl 10:00 skrev {BOT}:\n{MARKED}") == own
        assert new_text(f"{own}\nInköp skrev den 2026-03-03 10:00:\n{MARKED}") == own

    def test_an_answer_between_quoted_lines_is_put_together(self) -> None:
        text = "On 2026-03-03 10:00, Inköp wrote:\n> Enhet?\n\nEnhet: Kemi\n\n> Projekt?\nProjekt: P9\n> Hej\n"
        assert new_text(text) == "Enhet: Kemi\n\nProjekt: P9"


OWN_ORDER = "Enhet: Kemi\nGodkännare: Eva Ek\nLeverantör: Dustin AB\n2 st Mus à 100 kr"
FORWARDS = {
    "outlook": f"Kan ni ordna detta?\n\n{SWEDISH_HEAD}\n\n{{}}",
    "outlook-line": f"FYI\n{'_' * 32}\n{ENGLISH_HEAD}\n\n{{}}",
    "gmail": f"---------- Forwarded message ---------\n{ENGLISH_HEAD.replace('Sent', 'Date')}\n\n\n{{}}",
    "thunderbird": f"\n-------- Vidarebefordrat meddelande --------\nÄmne: \tx\nDatum: \t3 mars\nFrån: \t{BOT}\n\n{{}}",
    "apple-mail": "Hej\n\nVidarebefordrat brev:\n\n> Från: Nils\n> Ämne: Order\n> Datum: 3 mars\n> Till: Rut\n> \n> {}",
    "iphone": "Skickat från min iPhone\n\nBegin forwarded message:\n\nFrom: Nils\nDate: 3 March\nTo: Rut\n\n{}",
    "mutt": "----- Forwarded message from Nils <nils@example.se> -----\n\nDate: x\nFrom: Nils\n\n{}\n\n----- End -----",
    "marks": "Kan ni ordna detta?\n\n> {}",
}


class TestForwardedOrders:
    @pytest.mark.parametrize("forward", FORWARDS.values(), ids=FORWARDS.keys())
    def test_an_order_inside_a_forwarded_mail_is_another_persons(self, forward: str) -> None:
        marked = OWN_ORDER.replace("\n", "\n> ") if "> {}" in forward else OWN_ORDER
        assert is_forwarded(read_bodies(forward.format(marked), ""))
        form = choose(forward.format(marked), "", [])
        assert isinstance(form, Form)
        assert (len(form.fields), len(form.lines)) == (3, 1)

    @pytest.mark.parametrize("reply", [*HTML_REPLIES.values()], ids=[*HTML_REPLIES.keys()])
    def test_an_order_that_html_marks_as_quoted_is_another_persons(self, reply: str) -> None:
        assert is_forwarded(read_bodies("", reply.format("<p>Kan ni ordna detta?</p>")))

    @pytest.mark.parametrize("forward", FORWARDS.values(), ids=FORWARDS.keys())
    def test_beside_own_fields_nothing_is_taken_from_a_forwarded_mail(self, forward: str) -> None:
        text = f"{OWN_ORDER}\n\n{forward.format('Enhet: Fysik')}"
        form = choose(text, "", [])
        assert isinstance(form, Form)
        assert (form.fields[Field.UNIT], form.conflicts, len(form.lines)) == ("Kemi", (), 1)
        assert not is_forwarded(read_bodies(text, ""))

    @pytest.mark.parametrize(
        "text",
        [
            OWN_ORDER,
            f"Hej\n\nFrån: Avd 12\nTill: Lager\nDatum: i dag\n{OWN_ORDER}",
            f"Ämne: Beställning\n\n{OWN_ORDER}",
            "Kan ni ordna detta?",
            f"Kan ni ordna detta?\n\n{SWEDISH_HEAD}\n\nHej!",
            "",
        ],
    )
    def test_an_own_order_or_none_is_not_forwarded(self, text: str) -> None:
        assert not is_forwarded(read_bodies(text, ""))


def page_of(text: str) -> str:
    return "<br>".join(text.split("\n"))


class TestTextAndHtml:
    @pytest.mark.parametrize(
        ("was", "becomes"),
        [
            ("Enhet: Kemi", "Enhet: Fysik"),
            ("Eva Ek", "Eva Eklund"),
            ("Dustin AB", "Dustin AB Norge"),
            ("Kontering: 47", "Kontering: 48"),
            ("Valuta: SEK", "Valuta: NOK"),
            ("Moms: exkl", "Moms: inkl"),
            ("Totalt: 200 kr", "Totalt: 2 000 kr"),
            ("à 100 kr", "à 1 000 kr"),
            ("2 st Mus", "3 st Mus"),
            ("à 100 kr", "à 100 kr\n1 st Dator à 5 000 kr"),
        ],
    )
    def test_a_mail_that_says_two_things_that_matter_is_a_contradiction(self, was: str, becomes: str) -> None:
        text = f"{OWN_ORDER}\nKontering: 47\nValuta: SEK\nMoms: exkl\nTotalt: 200 kr"
        other = text.replace(was, becomes)
        assert other != text
        assert choose(text, page_of(other), []) == Contradiction(read_form(text), read_form(other))

    @pytest.mark.parametrize(
        ("was", "becomes"),
        [
            ("à 100 kr", "à 100,00 SEK"),
            ("2 st Mus", "2,0 st mus"),
            ("Totalt: 200 kr", "Totalt: 200:-"),
            ("Dustin AB", "DUSTIN  AB"),
            ("Motivering: a", "Motivering: b"),
        ],
    )
    def test_the_same_in_other_words_is_none(self, was: str, becomes: str) -> None:
        text = f"{OWN_ORDER}\nMotivering: a\nTotalt: 200 kr"
        other = text.replace(was, becomes)
        assert choose(text, page_of(other), []) == read_form(other)

    @pytest.mark.parametrize("plain", ["", "\n \n\u00a0", "--\nInkop mailing list", "Hej!\nSe HTML.", "Enhet: Kemi"])
    def test_the_part_with_more_of_the_order_counts(self, plain: str) -> None:
        assert choose(plain, page_of(OWN_ORDER), []) == read_form(OWN_ORDER)
        assert choose(OWN_ORDER, page_of(plain), []) == read_form(OWN_ORDER)

    def test_a_part_may_lack_what_the_other_has(self) -> None:
        assert choose(OWN_ORDER, page_of(f"{OWN_ORDER}\nProjekt: P9"), []) == read_form(f"{OWN_ORDER}\nProjekt: P9")

    def test_a_value_that_a_program_wrapped_is_the_same_value(self) -> None:
        text = OWN_ORDER.replace("Dustin AB", "Dustin Aktiebolag i Stockholm")
        form = choose(text.replace("bolag i ", "bolag\ni "), page_of(text), [])
        assert isinstance(form, Form)
        assert form.fields[Field.SUPPLIER] == "Dustin Aktiebolag i Stockholm"

    @pytest.mark.parametrize("cut", ["lång\nbeskrivning", "5\n000", "000\nkr", "med\nen", "1\nst"])
    def test_a_line_that_a_program_wrapped_is_the_same_line(self, cut: str) -> None:
        text = f"{OWN_ORDER}\n1 st Dator med en lång beskrivning à 5 000 kr"
        plain = text.replace(cut.replace("\n", " "), cut)
        assert plain != text
        assert choose(plain, page_of(text), []) == read_form(text)
        assert choose(f"{plain}\nProjekt: P9", page_of(text), []) == read_form(f"{text}\nProjekt: P9")

    def test_unread_lines_do_not_hide_another_price(self) -> None:
        text = f"{OWN_ORDER}\n1 st Dator à 5 000 kr"
        other = text.replace("100 kr", "1 000 kr").replace("1 st Dator", "en st Dator")
        assert isinstance(choose(other, page_of(text), []), Contradiction)

    def test_links_behind_their_text_and_wrapped_links_are_no_difference(self) -> None:
        text = OWN_ORDER.replace("Dustin AB", "Dustin AB<https://dustin.example/>").replace("Eva Ek", "eva@example.se")
        plain = text.replace("eva@example.se", "eva@example.se<mailto:eva@example.se>")
        form = choose(plain, page_of(OWN_ORDER.replace("Eva Ek", "eva@example.se")), [])
        assert isinstance(form, Form)
        assert (form.fields[Field.APPROVER], form.fields[Field.SUPPLIER]) == ("eva@example.se", "Dustin AB")


class TestFiles:
    CSV = b"Benamning;x\nEnhet;Kemi\nLeverantor;x\nProdukt;Antal;Pris\nDator;1;5 000\n"

    @pytest.mark.parametrize("name", ["order.csv", "ORDER.CSV", "order (1).csv", "order-2.csv", "Beställning.csv"])
    def test_an_attached_order_counts_when_the_mail_holds_no_lines(self, name: str) -> None:
        form = choose("Hej!", "", [("bild.png", b"x"), (name, self.CSV)])
        assert isinstance(form, Form)
        assert (form.fields, len(form.lines)) == ({Field.UNIT: "Kemi"}, 1)

    @pytest.mark.parametrize("name", ["orderbekräftelse.csv", "offert.csv", "my order.json"])
    def test_other_files_do_not(self, name: str) -> None:
        assert choose("Hej!", "", [(name, self.CSV)]) == Form(notes=("Hej!",))

    def test_it_does_not_count_when_the_mail_holds_lines(self) -> None:
        assert choose(OWN_ORDER, "", [("order.csv", self.CSV)]) == read_form(OWN_ORDER)

    def test_a_line_in_the_mail_that_is_asked_back_hides_no_line_of_the_file(self) -> None:
        form = choose("Enhet: Kemi\n2 st Mus", "", [("order.csv", self.CSV)])
        assert isinstance(form, Form)
        assert ([line.description for line in form.lines], form.unread) == (["Dator"], ("2 st Mus",))

    def test_the_fields_of_mail_and_file_are_put_together(self) -> None:
        form = choose("Godkännare: Eva Ek\nEnhet: kemi", "", [("order.csv", self.CSV)])
        assert isinstance(form, Form)
        assert form.fields == {Field.APPROVER: "Eva Ek", Field.UNIT: "kemi"}
        assert (form.conflicts, len(form.lines)) == ((), 1)

    def test_a_field_that_mail_and_file_give_differently_is_a_conflict(self) -> None:
        form = choose("Enhet: Fysik", "", [("order.csv", self.CSV)])
        assert isinstance(form, Form)
        assert (form.fields, form.conflicts) == ({Field.UNIT: "Fysik"}, (Field.UNIT,))

    def test_two_files_that_say_the_same_are_one_order_and_that_differ_a_contradiction(self) -> None:
        same = b'{"unit": "Kemi", "project": "P9", "lines": [{"description": "Dator", "quantity": 1, "price": 5000.0}]}'
        form = choose("", "", [("order.csv", self.CSV), ("order.json", same)])
        assert isinstance(form, Form)
        assert form.fields == {Field.UNIT: "Kemi", Field.PROJECT: "P9"}
        differs = same.replace(b"5000.0", b"5000.5")
        assert isinstance(choose("", "", [("order.csv", self.CSV), ("order.json", differs)]), Contradiction)

    def test_a_broken_file_is_no_order(self) -> None:
        assert choose("Hej!", "", [("order.json", b"{"), ("order.csv", b"")]) == Form(notes=("Hej!",))

    def test_a_text_file_is_read_when_the_mail_holds_no_order(self) -> None:
        assert choose("", "", [("order.txt", OWN_ORDER.encode())]) == read_form(OWN_ORDER)


class TestFlowedText:
    @pytest.mark.parametrize(
        ("flowed", "text"),
        [
            ("2 st Dell XPS 13 \nà 12 500 kr\nHej", "2 st Dell XPS 13 à 12 500 kr\nHej"),
            ("a \nb \nc\nd", "a b c\nd"),
            ("a \r\nb", "a b"),
            ("Hej \n-- \nRut", "Hej \n-- \nRut"),
            ("-- \nRut \nRask", "-- \nRut Rask"),
            (" > citat\n  From x", "> citat\n From x"),
            (" -- \nRut", "-- \nRut"),
            ("> a \n> b\nc", "> a b\nc"),
            ("> a \n>> b \n>> c\n> d", "> a \n>> b c\n> d"),
            (">> > a", ">> > a"),
            (">a \nb", "> a \nb"),
            ("> -- \n> Rut", "> -- \n> Rut"),
            ("a \n\nb", "a \nb"),
            ("", ""),
        ],
    )
    def test_wrapped_lines_are_joined_at_their_own_depth(self, flowed: str, text: str) -> None:
        assert unflow(flowed, delsp=False) == text

    @pytest.mark.parametrize(
        ("flowed", "text"),
        [
            ("Dat \nor", "Dator"),
            ("Dator  \nny", "Dator ny"),
            ("12 5 \n00 kr", "12 500 kr"),
            ("Hej\n-- \nRut", "Hej\n-- \nRut"),
            ("> Dat \n> or \nny", "> Dator\nny"),
        ],
    )
    def test_with_delsp_the_space_at_the_end_is_no_part_of_the_text(self, flowed: str, text: str) -> None:
        assert unflow(flowed, delsp=True) == text

    @given(
        st.lists(
            st.text(st.characters(exclude_characters="\r\n")).map(str.rstrip).filter(lambda x: x[:1] not in {">", " "})
        )
    )
    def test_text_that_is_not_flowed_stays_as_it_is(self, lines: list[str]) -> None:
        text = "\n".join(lines)
        assert unflow(text, delsp=False) == text

    @given(st.text(), st.booleans())
    def test_no_text_raises(self, text: str, delsp: bool) -> None:
        unflow(text, delsp=delsp)

    @pytest.mark.slow
    def test_a_megabyte_of_flowed_lines_is_joined_within_a_second(self) -> None:
        started = time.process_time()
        assert len(unflow("ab \n" * 250_000, delsp=True)) == 500_000
        assert time.process_time() - started < 1


class TestPhrasesThatNobodyWrote:
    @pytest.mark.parametrize(
        "phrase",
        [
            "CAUTION: This email originated from outside of the organization. Do not click links.",
            "*CAUTION:* This email originated from outside",
            "EXTERNAL EMAIL: Do not open attachments from senders outside.",
            "This email was sent from outside of the university.",
            "External sender",
            "VARNING! Detta mejl kommer från en avsändare utanför universitetet.",
            "OBS! Det här e-postmeddelandet är från en extern avsändare",
            "Detta e-postmeddelande kommer utifrån.",
            "Extern avsändare: var försiktig.",
            "Klicka inte på länkar om du inte litar på avsändaren.",
            "You don't often get email from rut@example.se. Learn why this is important<https://aka.ms/x>",
            "Du får inte ofta e-post från rut@example.se. Läs om varför det här är viktigt",
            "Skickat från min iPhone",
            "Skickat från Outlook för iOS",
            "Skickat från Gmail Mobil",
            "Sent from my Galaxy",
            "Sent from Mail for Windows",
            "Hämta Outlook för iOS<https://aka.ms/o0ukef>",
            "Get Outlook for Android",
            "När du skickar e-post till SLU så innebär detta att SLU behandlar dina personuppgifter.",
            "E-mailing SLU will result in SLU processing your personal data.",
            "When you email us we process your personal data.",
            "This message may contain confidential information.",
            "This email and any attachments are confidential.",
            "Detta meddelande kan innehålla konfidentiell information",
            "If you are not the intended recipient, delete it.",
            "Om du inte är rätt mottagare, radera det.",
            "Please consider the environment before printing this email",
            "Tänk på miljön innan du skriver ut",
            "This e-mail has been scanned for viruses",
            "Virus-free. www.avast.com",
        ],
    )
    def test_known_phrases_become_neither_fields_nor_notes(self, phrase: str) -> None:
        assert choose(f"{phrase}\n\n{OWN_ORDER}\n\n{phrase}\n", "", []) == read_form(OWN_ORDER)
        assert choose(f"{phrase}\n{OWN_ORDER}", "", []) == read_form(OWN_ORDER)
        assert choose("", f"<p>{phrase}</p>{page_of(OWN_ORDER)}<div>{phrase}</div>", []) == read_form(OWN_ORDER)

    def test_a_phrase_goes_on_to_the_end_of_its_sentence(self) -> None:
        banner = (
            "CAUTION: This email originated from outside of the organization. Do not\nclick links unless you know\nit."
        )
        text = f"{banner}\nHej"
        assert without_additions(text) == "Hej"

    @pytest.mark.parametrize(
        "line", ["Enhet: Kemi", "2 st Mus à 100 kr", "Mus;1;100", "", "- 1 st Mus à 5 kr", "Mus\t1\t5"]
    )
    def test_a_phrase_never_goes_on_into_what_may_be_the_order(self, line: str) -> None:
        text = f"This email was sent from outside of the\n{line}"
        assert without_additions(text) == line

    @pytest.mark.parametrize("tag", ["[EXTERNAL] ", "[Extern]", "*[EXTERNAL EMAIL]* ", "[EXT]: "])
    def test_a_tag_is_taken_off_its_line(self, tag: str) -> None:
        assert without_additions(f"{tag}Enhet: Kemi") == "Enhet: Kemi"

    @pytest.mark.parametrize(
        "text",
        [
            "Varning: glaset är skört.",
            "OBS! Leverera till porten utanför.",
            "Skickat: 3 mars",
            "Sent by post",
            "Extern skärm 27 tum",
            "Meddelande till leverantören: ring först",
            "Du får gärna ringa",
            "Detta är bråttom",
            "Offert: <https://offert.example/7>",
            "[EXTRA] Mus",
        ],
    )
    def test_what_a_person_may_write_is_kept(self, text: str) -> None:
        assert without_additions(text) == text

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "piece", ["CAUTION: mail ", "this email was ", "<mailto:", "https://x ", "a@b<https://x>", "\n> a"]
    )
    def test_a_megabyte_of_almost_phrases_is_read_within_two_seconds(self, piece: str) -> None:
        text = piece * (1_000_000 // len(piece))
        started = time.process_time()
        choose(text, "", [])
        is_forwarded(read_bodies(text, ""))
        assert time.process_time() - started < 2

    @given(
        st.text(),
        st.text(),
        st.lists(st.tuples(st.sampled_from(["order.csv", "order.json", "order.txt"]), st.binary())),
    )
    def test_no_mail_raises(self, plain: str, html: str, files: list[tuple[str, bytes]]) -> None:
        choose(plain, html, files)
        is_forwarded(read_bodies(plain, html))

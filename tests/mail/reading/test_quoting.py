"""Whose words a mail holds, over mail programs and languages, in orders as in answers (docs/rules/mail.md#f86).

The heads below are written from what the programs send, not from the words that the reader knows.
"""

import time
from collections.abc import Iterator
from email.message import EmailMessage
from html import escape
from itertools import product

import pytest

from mailbot.domain.values.order import APART, Form
from mailbot.mail.reading.bodies import read_bodies
from mailbot.mail.reading.choice import Contradiction, choose, is_forwarded, quoted_order
from mailbot.mail.reading.intake import take_in
from mailbot.mail.reading.reply import new_text, told_apart

OWN = """\
Enhet: cs
Godkännare: Anna Ask
Leverantör: Dustin AB

2 st Mus trådlös à 240,00 kr
1 st Väska à 300 kr

Mvh
Rut"""
OFFER = "Hej! Så här blir det:\n\n4 st Skrivare för hörsal à 5 000 kr\nTotalt: 20 000 kr"
LINES = [("Mus trådlös", "2"), ("Väska", "1")]
SVEN = "Sven Sälj <sven@atea.example>"
RUT = "Rut Rask <rut.rask@example.se>"

# from, sent, to, copy, subject, date, an original mail, a forwarded one
HEADS = {
    "sv": (
        "Från",
        "Skickat",
        "Till",
        "Kopia",
        "Ämne",
        "Datum",
        "Ursprungligt meddelande",
        "Vidarebefordrat meddelande",
    ),
    "nb": ("Fra", "Sendt", "Til", "Kopi", "Emne", "Dato", "Opprinnelig melding", "Videresendt melding"),
    "da": ("Fra", "Sendt", "Til", "Cc", "Emne", "Dato", "Oprindelig meddelelse", "Videresendt besked"),
    "fi": (
        *("Lähettäjä", "Lähetetty", "Vastaanottaja", "Kopio", "Aihe", "Päivämäärä"),
        *("Alkuperäinen viesti", "Välitetty viesti"),
    ),
    "en": ("From", "Sent", "To", "Cc", "Subject", "Date", "Original Message", "Forwarded Message"),
    "de": ("Von", "Gesendet", "An", "Cc", "Betreff", "Datum", "Ursprüngliche Nachricht", "Weitergeleitete Nachricht"),
    "fr": ("De", "Envoyé", "À", "Cc", "Objet", "Date", "Message d'origine", "Message transféré"),
    "nl": ("Van", "Verzonden", "Aan", "CC", "Onderwerp", "Datum", "Oorspronkelijk bericht", "Doorgestuurd bericht"),
}
WROTE = {
    "sv": (
        f"Den fre 27 nov. 2026 kl 14:02 skrev {SVEN}:",
        f"27 nov. 2026 kl. 14:02 skrev {SVEN}:",
        "Den 2026-11-27 kl. 14:02, skrev Sven Sälj:",
        f"Den fredag 27 november 2026 14:02:11 CET, {SVEN} skrev:",
        "Sven Sälj <\nsven@atea.example> skrev den 27 november 2026 kl. 14:02:",
    ),
    "nb": (
        f"fre. 27. nov. 2026 kl. 14:02 skrev {SVEN}:",
        "Den 27.11.2026 14:02, skrev Sven Sälj:",
        f"27. nov. 2026 kl. 14:02 skrev {SVEN} følgende:",
    ),
    "da": (
        f"Den fre. 27. nov. 2026 kl. 14.02 skrev {SVEN}:",
        f"Den 27. nov. 2026 kl. 14.02 skrev {SVEN}:",
        "Den 27.11.2026 kl. 14.02 skrev Sven Sälj følgende:",
    ),
    "fi": (
        "pe 27. marrask. 2026 klo 14.02 Sven Sälj (sven@atea.example) kirjoitti:",
        f"{SVEN} kirjoitti 27.11.2026 kello 14.02:",
        "Sven Sälj kirjoitti 27.11.2026 klo 14.02:",
    ),
    "en": (
        f"On Fri, Nov 27, 2026 at 2:02 PM {SVEN} wrote:",
        f"On 27 Nov 2026, at 14:02, {SVEN} wrote:",
        "On 11/27/26 14:02, Sven Sälj wrote:",
        "On Fri, Nov 27, 2026 at 2:02 PM Sven Sälj <\nsven@atea.example> wrote:",
        *(f"On Friday, November {day}, 2026 at 14:02, {SVEN} wrote:" for day in ("1st", "2nd", "3rd", "27th")),
    ),
    "de": (
        f"Am Fr., 27. Nov. 2026 um 14:02 Uhr schrieb {SVEN}:",
        "Am 27.11.2026 um 14:02 schrieb Sven Sälj:",
        f"{SVEN} schrieb am Fr., 27.\nNov. 2026, 14:02:",
        f"{SVEN} hat am 27.11.2026 14:02 geschrieben:",
    ),
    "fr": (
        f"Le ven. 27 nov. 2026 à 14:02, {SVEN} a écrit :",
        "Le 27/11/2026 à 14:02, Sven Sälj a écrit\u00a0:",
        f"Le 27 nov. 2026 à 14:02, {SVEN} a écrit :",
    ),
    "nl": (
        f"Op vr 27 nov 2026 om 14:02 schreef {SVEN}:",
        "Op 27-11-2026 om 14:02 schreef Sven Sälj:",
        f"Op 27 nov. 2026, om 14:02 heeft {SVEN} het volgende geschreven:",
    ),
    "es": (
        f"El vie, 27 nov 2026 a las 14:02, {SVEN} escribió:",
        f"El vie, 27 nov 2026 a las 14:02,\n{SVEN}\nescribió:",
    ),
    "it": (f"Il giorno ven 27 nov 2026 alle ore 14:02 {SVEN} ha scritto:",),
    "pl": (f"pt., 27 lis 2026 o 14:02 {SVEN} napisał(a):",),
    "hu": (f"{SVEN} ezt írta (időpont: 2026. nov. 27., P, 14:02):",),
    "tr": (f"{SVEN}, 27 Kas 2026 Cum, 14:02 tarihinde şunu yazdı:",),
    "unknown": (
        f"2026-11-27 14:02 GMT+01:00 {SVEN}:",
        '27.11.2026, 14:02, "Sven Sälj" <sven@atea.example>:',
        "El vie, 27 nov 2026 a las 14:02, Sven Sälj (<sven@atea.example>) escribió:",
        f"fös., 27. nóv. 2026 kl. 14:02 skrifaði {SVEN}:",
        f"{SVEN} 于2026年11月27日周五 14:02写道：",
    ),
}


def receivers(count: int) -> str:
    return ";\n".join(f"Person {n} <person{n}@example.se>" for n in range(count))


def heads() -> Iterator[tuple[str, str]]:
    """Yield a name and a quoted mail's head for each program and language, and each way to begin without marks."""
    for language, (sender, sent, to, copy, subject, date, original, forwarded) in HEADS.items():
        outlook = f"{sender}: {SVEN}\n{sent}: 27.11.2026 14:02\n{to}: {RUT}\n{subject}: Offert\n"
        yield f"{language}-outlook", outlook
        yield f"{language}-outlook-line", f"{'_' * 32}\n{outlook}"
        yield f"{language}-outlook-mobile", f"{'_' * 32}\n{sender}: {SVEN}\n{sent}: 27.11.2026 14:02\n{to}: {RUT}\n"
        yield (
            f"{language}-outlook-bold",
            f"*{sender}:* {SVEN}\n*{sent}:* 27.11.2026\n*{to}:* Rut\n*{subject}:* Offert\n",
        )
        yield f"{language}-outlook-original", f"-----{original}-----\n{outlook}"
        yield (
            f"{language}-outlook-many",
            f"{sender}: {SVEN}\n{sent}: 27.11.2026 14:02\n{to}: {receivers(25)}\n{copy}: {receivers(9)}\n"
            f"{subject}: Offert\n",
        )
        yield (
            f"{language}-outlook-wrapped",
            f"{sender}: Sven Sälj\n<sven@atea.example>\n{sent}: 27.11.2026 14:02\n{to}: {RUT}\n"
            f"{subject}: Offert på\nskrivare\n",
        )
        yield f"{language}-apple", f"{sender}: {SVEN}\n{subject}: Offert\n{date}: 27 november 2026 14:02\n{to}: {RUT}\n"
        yield f"{language}-apple-forwarded", f"{forwarded}:\n\n{sender}: {SVEN}\n{subject}: Offert\n"
        yield (
            f"{language}-samsung",
            f"-------- {original} --------\n{sender}: {SVEN}\n{date}: 2026-11-27 14:02 (GMT+01:00)\n{to}: {RUT}\n",
        )
        yield (
            f"{language}-thunderbird-forwarded",
            f"-------- {forwarded} --------\n{subject}: Offert\n{sender}: {SVEN}\n",
        )
        yield f"{language}-gmail-forwarded", f"---------- {forwarded} ---------\n{sender}: {SVEN}\n{date}: i dag\n"
        yield f"{language}-one-line", f"{sender}: {SVEN} {sent}: 27.11.2026 14:02 {to}: {RUT} {subject}: Offert\n"
        yield f"{language}-no-subject", f"{sender}: {SVEN}\n{sent}: 27.11.2026 14:02\n"
        yield f"{language}-far-apart", outlook.replace("\n", "\n\n\n")
    yield "sv-run-together", f"Från:{SVEN}Skickat:den 27 november 2026 14:02Till:Rut RaskÄmne:Offert\n"
    for language, lines in WROTE.items():
        yield from ((f"{language}-wrote-{n}", f"{line}\n") for n, line in enumerate(lines))


UNMARKED = dict(heads())
MARKED = {name: line for name, line in UNMARKED.items() if "-wrote-" in name}
QUOTED_OFFER = "".join(f"> {line}\n" for line in OFFER.split("\n"))


def page(text: str) -> str:
    """Return the text as Outlook's HTML shows it."""
    lines = (f"<p class=MsoNormal>{escape(line) or '&nbsp;'}<o:p></o:p></p>" for line in text.split("\n"))
    return f"<html><body>{''.join(lines)}</body></html>"


def ordered(plain: str, html: str = "") -> list[tuple[str, str]]:
    """Return what a new mail orders; a contradiction or anything asked back fails."""
    form = choose(plain, html, [])
    assert isinstance(form, Form), form
    assert (form.unread, form.conflicts, form.priced_notes) == ((), (), ())
    assert "total" not in form.fields
    return [(line.description, line.quantity) for line in form.lines]


class TestAQuotedMailWithoutMarks:
    @pytest.mark.parametrize("name", UNMARKED)
    def test_is_not_ordered_and_said_to_be_left_out(self, name: str) -> None:
        text = f"{OWN}\n\n{UNMARKED[name]}\n{OFFER}\n"
        for plain, html in ((text, ""), ("", page(text)), (text, page(text))):
            bodies = read_bodies(plain, html)
            assert ordered(plain, html) == LINES
            assert quoted_order(bodies)
            assert bodies.quotes_a_mail
            assert not is_forwarded(bodies)

    @pytest.mark.parametrize("name", UNMARKED)
    def test_is_no_part_of_an_answer(self, name: str) -> None:
        text = f"3 st Mus à 240 kr\n\nMvh\nRut\n\n{UNMARKED[name]}\n{OFFER}\n"
        assert new_text(text) == "3 st Mus à 240 kr\n\nMvh\nRut"
        assert read_bodies("", page(text)).answer == "3 st Mus à 240 kr\n\nMvh\nRut"

    @pytest.mark.parametrize("name", UNMARKED)
    def test_that_holds_all_of_the_order_is_a_forwarded_one(self, name: str) -> None:
        bodies = read_bodies(f"Kan ni ordna det här?\n\n{UNMARKED[name]}\n{OWN}\n", "")
        assert is_forwarded(bodies)
        assert ordered(f"Hej!\n\n{UNMARKED[name]}\n{OWN}\n") == LINES


@pytest.mark.parametrize(
    "own",
    [
        f"Kontakt: {RUT}\n2 st Mus à 100 kr\nLeverera före 10:15:",
        f"Ring 10:15\n2 st Mus à 99:50 kr\n{RUT} hämtar:",
        f"{SVEN} skrev kl 10:15 att vi ska beställa:",
    ],
)
def test_own_words_with_a_price_or_of_a_sentence_begin_no_quoted_mail(own: str) -> None:
    assert told_apart(own).own == own


class TestAQuotedMailWithMarks:
    @pytest.mark.parametrize("name", MARKED)
    def test_is_not_ordered_whether_the_order_stands_above_or_below_it(self, name: str) -> None:
        quoted = MARKED[name] + QUOTED_OFFER
        assert ordered(f"{OWN}\n\n{quoted}") == LINES
        assert ordered(f"{quoted}\n{OWN}\n") == LINES

    @pytest.mark.parametrize("name", MARKED)
    def test_leaves_an_answer_above_below_and_between_its_lines(self, name: str) -> None:
        quoted = MARKED[name] + QUOTED_OFFER
        assert (
            new_text(f"Ja\n\n{quoted}\n3 st Mus à 240 kr\n\n{QUOTED_OFFER}\nTack") == "Ja\n\n3 st Mus à 240 kr\n\nTack"
        )


@pytest.mark.parametrize(
    "head",
    [
        f">>> {SVEN} 2026-11-27 14:02 >>>\n",
        f"> On 27 Nov 2026 at 14:02, {SVEN} wrote:\n>\n",
        f"> Från: {SVEN}\n> Skickat: den 27 november 2026\n> Till: Rut\n> Ämne: Offert\n",
        "> -----Ursprungligt meddelande-----\n",
    ],
)
def test_what_a_marked_head_announces_is_quoted_though_it_has_no_marks_itself(head: str) -> None:
    assert ordered(f"{OWN}\n\n{head}\n{OFFER}\n") == LINES
    assert ordered(f"{head}\n{OWN}\n\n> Hej!\n") == LINES  # an answer between marked lines


OUTLOOK = UNMARKED["sv-outlook"]
FILE = ("order.csv", "Benämning;Antal;Enhet;Pris\nMus trådlös;2;st;240,00\nVäska;1;st;300,00\n".encode())


class TestSeveralMails:
    """Of what is quoted no two mails are ever read as one order, and none in place of an attached order."""

    @pytest.mark.parametrize("second", [f"{OUTLOOK}\n{OFFER}\n", f"{WROTE['sv'][0]}\n{QUOTED_OFFER}"])
    @pytest.mark.parametrize("mark", ["", "> "])
    def test_of_a_forwarded_thread_the_newest_mail_with_an_order_counts(self, second: str, mark: str) -> None:
        thread = "".join(f"{mark}{line}\n" for line in f"{OUTLOOK}\n{OWN}\n\n{second}".splitlines())
        assert ordered(f"Kan ni ordna detta?\n\n{thread}") == LINES
        assert ordered(f"Kan ni ordna detta?\n\n{OUTLOOK}\nOk, kör!\n\n{thread}") == LINES
        assert is_forwarded(read_bodies(f"Kan ni ordna detta?\n\n{thread}", ""))

    @pytest.mark.parametrize("own", ["Bifogar beställningen.", "Enhet: cs\nBifogar beställningen."])
    @pytest.mark.parametrize("quoted", [f"{OUTLOOK}\nHej Rut!\n\n{OFFER}", f"{WROTE['sv'][0]}\n{QUOTED_OFFER}"])
    def test_an_attached_order_counts_and_no_quoted_word_is_a_note_of_it(self, own: str, quoted: str) -> None:
        form = choose(f"{own}\n\n{quoted}", "", [FILE])
        assert isinstance(form, Form)
        assert [(line.description, line.quantity) for line in form.lines] == LINES
        assert (form.notes, "total" in form.fields) == (("Bifogar beställningen.",), False)

    def test_an_order_typed_into_thunderbirds_line_above_the_quoted_mail_is_ones_own(self) -> None:
        typed, offer = OWN.replace("\n", "<br>"), OFFER.replace("\n", "<br>")
        above = f'<div class="moz-cite-prefix">{typed}<br><br>Den 2026-11-27 kl. 14:02, skrev Sven Sälj:<br></div>'
        assert ordered("", f'{above}<blockquote type="cite">{offer}</blockquote>') == LINES


def test_a_head_in_two_columns_announces_a_mail() -> None:
    notes = f"Till\tRut Rask\nFrån\t{SVEN}\nDatum\t2026-11-27 14:02\nÄmne\tOffert\n"
    assert ordered(f"{OWN}\n\n{notes}\n{OFFER}\n") == LINES


def test_goods_below_a_name_that_wrote_them_and_nothing_else_are_asked_back() -> None:
    mail = EmailMessage()
    mail["From"] = "rut.rask@example.se"
    mail.set_content(f"{OWN}\n\nSven Sälj skrev:\n\n{OFFER}\n")
    form = take_in(mail.as_bytes(), "rut.rask@example.se").form
    assert isinstance(form, Form)
    assert "4 st Skrivare för hörsal à 5 000 kr" in form.unread


@pytest.mark.parametrize(
    "line",
    [
        "Från: 2027-01-01\nTill: 2027-06-30",
        "Från: Umeå C\nTill: Stockholm C\nDatum: 2026-12-01 07:12",
        "Från: 2027-01-01\nTill: 2027-06-30\nÄmne: Licenser",
        "Från: lagret i hus B\nTill: rum 318",
        "Från: lagret i hus B\nÄmne: Möss",
        "Till: rum 318\nDatum: 2026-12-01",
        "Ämne: Beställning av möss\nTill: Inköp",
        "Avsändare: Rut Rask",
        "Så här skrev de i offerten:",
        "Som Anna skrev: det är bråttom.",
        "Sven Sälj skrev att priset gäller till 2026-12-31 kl 12:00 och att vi får frakten på köpet:",
        "Jag skrev till sven@atea.example och frågade om de här, som finns i lager:",
        "Kontakta sven@atea.example före 2026-12-01 kl 12:00:",
        "Vi vill ha den 1 december 2026:",
        "Det ursprungliga meddelandet kom aldrig fram.",
        "Original message is attached.",
    ],
)
def test_own_words_that_resemble_a_head_cut_nothing(line: str) -> None:
    text = OWN.replace("\n\n2 st", f"\n\n{line}\n2 st")
    assert told_apart(text).quoted == ""
    form = choose(text, page(text), [])
    assert isinstance(form, Form)
    assert [(x.description, x.quantity) for x in form.lines] == LINES


RULES = (
    "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm",
    "border:none;border-top:1.0pt solid #E1E1E1",
    "border-top: rgb(225, 225, 225) 1pt solid",
    "BORDER-TOP: #b5c4df 1pt solid; BORDER-LEFT: medium none",
    "border:none;border-top:solid windowtext 1.0pt",
    "border-style:solid none none;border-top-color:#E1E1E1;border-top-style:solid",
)


@pytest.mark.parametrize(("language", "rule"), list(product(HEADS, RULES)))
def test_the_line_that_outlook_draws_above_a_quoted_mail_is_known_in_any_notation(language: str, rule: str) -> None:
    sender, sent, *_ = HEADS[language]
    head = f"<div style='{rule}'><p><b>{sender}:</b> {escape(SVEN)}<br><b>{sent}:</b> 27.11.2026 14:02</p></div>"
    assert ordered("", f"<div>{page(OWN)}{head}</div>{page(OFFER)}") == LINES


@pytest.mark.parametrize("rule", [rule for rule in RULES if "1E1" in rule.upper() or "b5" in rule or "225" in rule])
def test_in_outlooks_own_colour_it_is_known_in_any_language(rule: str) -> None:
    head = f"<div style='{rule}'><p>Saatja: {escape(SVEN)}<br>Teema: Pakkumine</p></div>"
    assert ordered("", f"{page(OWN)}{head}{page(OFFER)}") == LINES


def test_any_other_line_above_own_text_cuts_nothing() -> None:
    assert ordered("", f"<div style='border-top:solid windowtext 1.0pt'>{page(OWN)}</div>") == LINES


class TestTextAndHtml:
    QUOTE = "Saatja: Sven\nTeema: Pakkumine\n\n"

    def test_that_differ_only_below_the_quoted_mail_are_no_contradiction(self) -> None:
        for head in UNMARKED.values():
            plain = f"{OWN}\n\n{head}\n{OFFER}\n"
            assert ordered(plain, page(OWN) + page(head) + page(OFFER.replace("20 000", "25 000"))) == LINES

    def test_what_the_html_alone_shows_as_quoted_is_quoted_in_the_text_too(self) -> None:
        html = f"{page(OWN)}<blockquote>{page(self.QUOTE + OFFER)}</blockquote>"
        assert ordered(f"{OWN}\n\n{self.QUOTE}{OFFER}", html) == LINES
        assert read_bodies(f"3 st Mus\n\n{self.QUOTE}{OFFER}", html).answer == "3 st Mus"

    def test_what_the_text_alone_marks_as_quoted_is_quoted_in_the_html_too(self) -> None:
        assert ordered(f"{OWN}\n\n{QUOTED_OFFER}", page(f"{OWN}\n\n{OFFER}")) == LINES

    def test_a_line_that_is_ordered_as_it_was_offered_stays_ordered(self) -> None:
        own = f"{OWN}\n\n4 st Skrivare för hörsal à 5 000 kr"
        html = f"{page(own)}<blockquote>{page(OFFER)}</blockquote>"
        assert ordered(f"{own}\n\n{self.QUOTE}{OFFER}", html) == [*LINES, ("Skrivare för hörsal", "4")]

    def test_that_differ_above_it_are_a_contradiction(self) -> None:
        head = UNMARKED["de-outlook"]
        other = page(f"{OWN}\n\n{head}\n{OFFER}".replace("240,00", "420,00"))
        assert isinstance(choose(f"{OWN}\n\n{head}\n{OFFER}", other, []), Contradiction)


@pytest.mark.parametrize(
    ("quoted", "looks"),
    [(OFFER, True), ("2 st Mus à 100 kr", True), ("Totalt: 5 000 kr", True), ("Vi ses kl 12 i rum 318.", False)],
)
def test_only_a_quoted_mail_that_looks_like_an_order_is_said_to_be_left_out(quoted: str, looks: bool) -> None:
    below = read_bodies(f"{OWN}\n\n{UNMARKED['da-outlook']}\n{quoted}\n", "")
    assert (quoted_order(below) is not None) == looks
    assert quoted_order(read_bodies(f"{OWN}\n{quoted}", "")) is None


ASIDE = "4 st Skrivare för hörsal à 5 000 kr"
NO_MAIL = {
    "a quotation that indents": f"<blockquote style='margin:0 0 0 40px;border:none'>{page(ASIDE)}</blockquote>",
    "gmail's button for quoting": f"<blockquote class='gmail_quote'>{page(ASIDE)}</blockquote>",
    "an empty mark of outlook": f"<div id='appendonsend'></div>{page(ASIDE)}",
    "an empty line of outlook": f"<div style='{RULES[0]}'></div>{page(ASIDE)}<p>E-post: rut.rask@example.se</p>",
    "a line of one's own": page(f"Den 27 november skrev Eva:\n\n{ASIDE}"),
    "a line of one's own in English": page(f"Eva Ek wrote on 27 November:\n{ASIDE}"),
    "the words of a program in Swedish": page(f"-----Ursprungligt meddelande-----\n{ASIDE}"),
    "the words of a program alone": page(f"-----Original Message-----\n\n{ASIDE}"),
}


@pytest.mark.parametrize("name", NO_MAIL)
def test_what_only_seems_to_be_quoted_is_asked_back(name: str) -> None:
    for plain in ("", f"{OWN}\n\n{ASIDE}\n"):
        mail = EmailMessage()
        mail["From"] = RUT
        mail.set_content(page(OWN) + NO_MAIL[name], subtype="html")
        if plain:
            mail.set_content(plain)
            mail.add_alternative(page(OWN) + NO_MAIL[name], subtype="html")
        intake = take_in(mail.as_bytes(), "rut.rask@example.se")
        assert isinstance(intake.form, Form), name
        assert [(x.description, x.quantity) for x in intake.form.lines] == LINES
        assert (intake.form.unread, intake.form.unread_numbers, intake.left_out) == ((ASIDE,), (3,), False)
        assert intake.form.doubts[ASIDE].kind == APART


HOSTILE = {
    "receivers": "Från: a\nTill: b;\n" + "c@d.se;\n" * 100_000,
    "heads": "Från: a\nTill: b;\n" * 60_000,
    "labels": "Till: a\nKopia: b\n" * 50_000,
    "labels in a line": "Från: " + "till: " * 160_000,
    "names": "On 3 March 2026 at 10:00, a@b.se\n" * 30_000,
    "verbs": "Den 2026-11-27 14:02 skrev\n" * 35_000,
    "addresses": "a@b.se " * 140_000,
    "address in address": ("<" * 500 + "@" * 400 + "\n") * 1_000,
    "separators": "--Original Message\n" * 50_000,
    "additions": ("caution external " * 50 + "\n") * 1_100,
    "log": "2026-11-30 12:00:00 host daemon[17]: connection from 10.0.0.1 took 12 ms; status=ok\n" * 12_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_megabyte_of_almost_heads_is_told_apart_within_two_seconds(text: str) -> None:
    started = time.process_time()
    told_apart(text)
    new_text(text)
    assert time.process_time() - started < 2

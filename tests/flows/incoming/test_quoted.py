"""Quoted mails and struck-out text over the whole way: what is not ordered is said, and answers get through."""

from email.message import EmailMessage
from html import escape

import pytest

from mailbot.domain.values.order import Status
from tests.support.harness import BOT, EVA, ORDER, RUT, Harness, mail_to_bot
from tests.support.relay import text_of

OFFER = "4 st Skrivare för hörsal à 5 000 kr\nTotalt: 20 000 kr\n"
GERMAN = (
    "Von: Sven Sälj <sven@atea.example>\nGesendet: Freitag, 27. Februar 2026 14:02\nAn: Rut Rask\nBetreff: Angebot\n"
)
LEFT_OUT = "Texten i det citerade mejlet lästes inte som en del av beställningen."
STRUCK = "Överstruket, beställs inte: ”2 st Docka à 4 900 kr”."

OUTLOOK = {
    "de": ("Von", "Gesendet", "An", "Betreff"),
    "da": ("Fra", "Sendt", "Til", "Emne"),
    "nb": ("Fra", "Sendt", "Til", "Emne"),
    "fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    "fr": ("De", "Envoyé", "À", "Objet"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "en": ("From", "Sent", "To", "Subject"),
    "sv": ("Från", "Skickat", "Till", "Ämne"),
}
RULE = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"


def paragraphs(text: str) -> str:
    return "".join(f"<p class=MsoNormal>{escape(line) or '&nbsp;'}</p>" for line in text.splitlines())


def both(plain: str, html: str, **headers: str) -> EmailMessage:
    mail = mail_to_bot(plain, headers=headers)
    mail.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    return mail


def answer(home: Harness, words: str, language: str, *, html: bool) -> None:
    """Answer the newest receipt as Outlook in a language does."""
    receipt = home.sent(RUT, "/disown/")
    sender, sent, to, subject = OUTLOOK[language]
    values = f"{BOT}\n{sent}: 2.3.2026 10:00\n{to}: Rut Rask <{RUT}>\n{subject}: {receipt['Subject']}"
    head, quoted = f"{sender}: mailbot <{values.replace(BOT, f'{BOT}>', 1)}", text_of(receipt)
    plain = f"{words}\n\nRut\n\n{head}\n\n{quoted}"
    if not html:
        home.mail(plain, subject=f"AW: {receipt['Subject']}", answers=receipt)
        return
    page = f"{paragraphs(words)}<p>Rut</p><div style='{RULE}'>{paragraphs(head)}</div>{paragraphs(quoted)}"
    mail = both(plain, page, **{"In-Reply-To": str(receipt["Message-ID"])})
    mail.replace_header("Subject", f"AW: {receipt['Subject']}")
    home.raw(mail.as_bytes())


@pytest.mark.parametrize("html", [False, True], ids=["text", "both"])
@pytest.mark.parametrize("language", OUTLOOK)
def test_an_answer_to_a_receipt_corrects_the_order_whatever_language_outlook_speaks(
    home: Harness, language: str, html: bool
) -> None:
    home.mail()
    answer(home, "2 st Dell XPS 13 à 12 400 kr", language, html=html)
    order = home.order()
    assert (order.version, order.status) == (2, Status.PENDING)
    assert [(x.description, int(x.quantity), int(x.price.amount)) for x in order.content.lines] == [
        ("Dell XPS 13", 2, 12_400)
    ]
    assert home.count(RUT, LEFT_OUT) == 0  # what it quotes is our own mail


class TestAnOfferBelowAnOrder:
    @pytest.mark.parametrize("html", [False, True], ids=["text", "both"])
    def test_is_not_ordered_and_the_receipt_says_so(self, home: Harness, html: bool) -> None:
        plain = f"{ORDER}\n{GERMAN}\n{OFFER}"
        home.raw((both(plain, paragraphs(plain)) if html else mail_to_bot(plain)).as_bytes())
        assert [line.description for line in home.order().content.lines] == ["Dell XPS 13"]
        assert home.count(RUT, LEFT_OUT, "/disown/") == 1
        assert home.count(EVA, LEFT_OUT) == 0

    def test_is_said_to_be_left_out_where_the_order_is_asked_back(self, home: Harness) -> None:
        home.mail(f"{ORDER.replace('Eva Ek', 'Ada')}\n{GERMAN}\n{OFFER}")
        assert home.orders() == 0
        assert home.count(RUT, LEFT_OUT) == 1

    def test_that_is_no_order_is_not_spoken_of(self, home: Harness) -> None:
        home.mail(f"{ORDER}\n{GERMAN}\nVi ses!\n")
        assert home.count(RUT, LEFT_OUT) == 0
        assert home.count(RUT, "/disown/") == 1


INDENTED = f"<blockquote style='margin:0 0 0 40px'>{paragraphs('4 st Skrivare à 5 000 kr')}</blockquote>"
WAYS = {
    "indented": both(f"{ORDER}\n4 st Skrivare à 5 000 kr\n", paragraphs(ORDER) + INDENTED).as_bytes(),
    "below a line of one's own": mail_to_bot(
        f"{ORDER}\nDen 27 november skrev Eva:\n4 st Skrivare à 5 000 kr"
    ).as_bytes(),
    "below a signature": mail_to_bot(f"{ORDER}\n-- \nRut Rask\n090-786 50 00\n\n4 st Skrivare à 5 000 kr").as_bytes(),
}


class TestWhatOnlySeemsToBeQuoted:
    """Lines behind a mark of quoting with no mail behind it, and below a signature, are perhaps the order's."""

    @pytest.mark.parametrize("way", WAYS)
    def test_is_asked_back_and_ordered_by_the_answer_that_repeats_it(self, home: Harness, way: str) -> None:
        home.raw(WAYS[way])
        assert (home.orders(), home.reasons()) == (0, ["problems: apart_line"])
        asked = home.sent(RUT, "4 st Skrivare à 5 000 kr", "Om det hör till beställningen")
        assert LEFT_OUT not in text_of(asked)
        home.mail("4 st Skrivare à 5 000 kr", subject=f"SV: {asked['Subject']}", answers=asked)
        assert [line.description for line in home.order().content.lines] == ["Dell XPS 13", "Skrivare"]

    @pytest.mark.parametrize("way", WAYS)
    def test_is_left_out_by_the_answer_that_gives_the_other_lines_alone(self, home: Harness, way: str) -> None:
        home.raw(WAYS[way])
        asked = home.sent(RUT, "4 st Skrivare à 5 000 kr")
        home.mail("1 st Dell XPS 13 à 12 500 kr", subject=f"SV: {asked['Subject']}", answers=asked)
        assert [line.description for line in home.order().content.lines] == ["Dell XPS 13"]

    @pytest.mark.parametrize("mark", ["--", "-- "])
    def test_is_an_order_where_a_signature_stands_above_all_of_it(self, home: Harness, mark: str) -> None:
        home.mail(f"{mark}\nRut Rask\nTelefon 090-786 50 00\n\n{ORDER}")
        assert [line.description for line in home.order().content.lines] == ["Dell XPS 13"]

    def test_is_a_correction_where_it_stands_below_the_signature_of_an_answer(self, home: Harness) -> None:
        home.mail()
        home.mail("--\nRut Rask\nEnhet: x\n\n2 st Mus à 99 kr", answers=home.sent(RUT, "/disown/"), subject="SV: x")
        assert home.order().version == 1  # its signature names another unit
        home.mail("Hej!\n--\nRut Rask\n\n2 st Mus à 99 kr", answers=home.sent(RUT, "/disown/"), subject="SV: x")
        assert [line.description for line in home.order().content.lines] == ["Mus"]

    def test_is_no_signature_s_key_in_an_answer(self, home: Harness) -> None:
        home.mail()
        home.mail("Referens: R-1\n--\nRut\nEnhet: Kemi", answers=home.sent(RUT, "/disown/"), subject="SV: x")
        assert (home.order().version, home.order().content.unit) == (2, "cs")


class TestStruckOutText:
    PAGE = paragraphs(ORDER) + "<p><s>2 st Docka à 4 900 kr</s></p>"

    @pytest.mark.parametrize("plain", [f"{ORDER}2 st Docka à 4 900 kr\n", ORDER], ids=["in the text too", "not there"])
    def test_is_not_ordered_and_shown_as_struck_to_requester_and_approver(self, home: Harness, plain: str) -> None:
        home.raw(both(plain, self.PAGE).as_bytes())
        assert [line.description for line in home.order().content.lines] == ["Dell XPS 13"]
        assert home.order().content.struck == ("2 st Docka à 4 900 kr",)
        assert home.count(RUT, STRUCK, "/disown/") == 1
        assert home.count(EVA, STRUCK, "/decide/") == 1

    def test_is_shown_where_the_order_is_asked_back(self, home: Harness) -> None:
        home.raw(both(ORDER.replace("Eva Ek", "Ada"), self.PAGE.replace("Eva Ek", "Ada")).as_bytes())
        assert home.orders() == 0
        assert home.count(RUT, STRUCK) == 1

    def test_of_an_answer_changes_nothing_and_is_shown(self, home: Harness) -> None:
        home.mail()
        receipt = home.sent(RUT, "/disown/")
        page = f"<p>2 st Dell XPS 13 à 12 400 kr<br><del>2 st Docka à 4 900 kr</del></p>{paragraphs(GERMAN)}"
        mail = both("2 st Dell XPS 13 à 12 400 kr\n2 st Docka à 4 900 kr", page)
        mail["In-Reply-To"] = str(receipt["Message-ID"])
        home.raw(mail.as_bytes())
        assert [line.description for line in home.order().content.lines] == ["Dell XPS 13"]
        assert home.count(RUT, STRUCK, "version 2") == 1


def test_a_file_that_stands_encoded_in_the_text_comes_with_the_order(home: Harness) -> None:
    home.mail(f"{ORDER}\nbegin 644 offert.txt\n#0V%T\n`\nend\n")
    assert home.order().status is Status.PENDING
    assert home.query("SELECT name, size FROM files") == [("offert.txt", 3)]
    assert home.count(RUT, "offert.txt") == 1


def test_an_attached_order_above_a_quoted_mail_is_taken_in_at_once(home: Harness) -> None:
    rows = "Enhet;cs\nGodkännare;Eva Ek\nLeverantör;Dustin AB\n\nBenämning;Antal;Enhet;Pris\nMus;2;st;240,00\n"
    mail = mail_to_bot(f"Bifogar beställningen.\n\n{GERMAN}\n{OFFER}")
    mail.add_attachment(rows.encode(), maintype="text", subtype="csv", filename="order.csv")
    home.raw(mail.as_bytes())
    assert [line.description for line in home.order().content.lines] == ["Mus"]
    assert LEFT_OUT in " ".join(text_of(home.sent(RUT, "/disown/")).split())

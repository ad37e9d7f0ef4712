"""Our own mail below an answer: it is quoted however the answering program announces it, and its links reach nobody
else (docs/mail.md#answers)."""

import re
from collections.abc import Callable
from decimal import Decimal
from email.message import EmailMessage
from html import escape
from textwrap import fill
from urllib.parse import quote

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Field
from mailbot.flows.steps.decide import Action
from tests.support.harness import BOT, EVA, ORDER, RUT, Harness, mail_to_bot, token_in
from tests.support.relay import html_of, text_of

ASKED = "Varför en ny dator?"
ANSWER = "Den gamla är trasig."
HEADS = {
    "none": "",
    "a line": "---\n",
    "a name": "mailbot skrev:\n",
    "GroupWise": f">>> mailbot <{BOT}> 2026-03-02 10:04 >>>\n",
    "no subject": f"Från: {BOT}\nSkickat: den 2 mars 2026 10:04\nTill: Eva Ek\n\n",
    "Estonian": f"Saatja: {BOT}\nSaadetud: esmaspäev, 2. märts 2026 10:04\nAdressaat: Eva Ek\nTeema: {{subject}}\n\n",
    "Turkish": f"Kimden: {BOT}\nGönderildi: 2 Mart 2026 Pazartesi 10:04\nKime: Eva Ek\nKonu: {{subject}}\n\n",
    "Greek": f"Από: {BOT}\nΣτάλθηκε: Δευτέρα, 2 Μαρτίου 2026 10:04\nΠρος: Eva Ek\nΘέμα: {{subject}}\n\n",
    "Chinese": f"发件人: {BOT}\n发送时间: 2026年3月2日 10:04\n收件人: Eva Ek\n主题: {{subject}}\n\n",
}
PAGES = {
    "a block": "<div>{page}</div>",
    "a line": "<hr>{page}",
    "a border": '<div style="border-left:1px solid #ccc;padding-left:1ex">{page}</div>',
}
WRAPPED: dict[str, Callable[[str], str]] = {
    "as it was": str,
    "wrapped": lambda text: "\n".join(fill(line, 60, break_long_words=False) for line in text.split("\n")),
    "links in two": lambda text: re.sub(r"(/decide/[\w-]{20})", r"\1\n", text),
    "links wrapped": lambda text: re.sub(
        r"http\S+",
        lambda link: f"https://x.safelinks.protection.outlook.com/?url={quote(link[0], safe='')}&data=1",
        text,
    ),
    "another gateway": lambda text: re.sub(r"http\S+", lambda x: f"https://gate.example/?a={quote(x[0], '')}", text),
}


def words_in(mail: EmailMessage) -> str:
    """Return the words of a person that a mail of ours passes on."""
    return "\n".join(line.lstrip("> ") for line in text_of(mail).split("\n") if line.startswith(">"))


def secrets_to(home: Harness, reader: str, owner: str) -> set[str]:
    """Return the secrets of the mails to one person that stand in a mail to another."""

    def secrets(mail: EmailMessage) -> set[str]:
        return set(re.findall(r"[\w-]{25,}\.[\w-]{20,}", text_of(mail) + html_of(mail)))

    owned = {secret for mail in home.relay.mails(owner) for secret in secrets(mail)}
    return owned & {secret for mail in home.relay.mails(reader) for secret in secrets(mail)}


@pytest.mark.parametrize(
    ("head", "wrapping"), [*((head, "as it was") for head in HEADS), *(("none", x) for x in [*WRAPPED][1:])]
)
def test_an_unmarked_request_below_a_question_is_not_passed_on(home: Harness, head: str, wrapping: str) -> None:
    home.mail()
    request = home.sent(EVA, "/decide/")
    above = HEADS[head].format(subject=request["Subject"])
    home.mail(f"{ASKED}\n\n{above}{WRAPPED[wrapping](text_of(request))}", sender=EVA, answers=request, subject="Vs: x")
    assert words_in(home.sent(RUT, "fråga")).strip(" -\n") == ASKED
    assert secrets_to(home, RUT, EVA) == set()


@pytest.mark.parametrize("around", PAGES)
def test_nor_is_its_page_in_whatever_element_it_stands(home: Harness, around: str) -> None:
    home.mail()
    request = home.sent(EVA, "/decide/")
    mail = mail_to_bot(ASKED, sender=EVA, answers=request, subject="Vs: x")
    mail.clear_content()
    mail.set_content(f"<p>{escape(ASKED)}</p>{PAGES[around].format(page=html_of(request))}", subtype="html")
    home.raw(mail.as_bytes(), mail_from=EVA)
    assert words_in(home.sent(RUT, "fråga")).strip(" -\n") == ASKED
    assert secrets_to(home, RUT, EVA) == set()


def test_words_below_and_between_it_are_passed_on(home: Harness) -> None:
    home.mail()
    request = home.sent(EVA, "/decide/")
    above, below = text_of(request).split("Beställningen\n----", 1)
    home.mail(f"{above}Vad är det för dator?\n\nBeställningen\n----{below}\n{ASKED}\n", sender=EVA, answers=request)
    assert words_in(home.sent(RUT, "fråga")).split() == f"Vad är det för dator? {ASKED}".split()


def test_an_answer_to_the_question_is_passed_on_without_it(home: Harness) -> None:
    home.mail()
    home.press(token_in(home.sent(EVA, "/decide/"), Purpose.DECIDE), Action.ASK, ASKED)
    question = home.sent(RUT, "fråga")
    home.mail(f"{ANSWER}\n\n{text_of(question)}", answers=question, subject="Vs: x")
    assert words_in(home.sent(EVA, "har svarat")) == ANSWER
    assert secrets_to(home, EVA, RUT) == set()


def test_lines_copied_out_of_our_mail_are_the_writers_own(home: Harness) -> None:
    home.mail(ORDER.replace("1 st Dell XPS 13 à 12 500 kr", "2 Skärm 3 100 kr"))
    problem = home.sent(RUT, "Skärm")
    home.mail(f"2 st Skärm à 3 100 kr\n\n{text_of(problem)}", answers=problem, subject="Vs: x")
    assert [(line.quantity, line.description) for line in home.order().content.lines] == [(Decimal(2), "Skärm")]
    home.mail("2 st Skärm à 3 100 kr\nReferens: RR2", answers=home.sent(RUT, "/disown/"), subject="Vs: x")
    assert home.order().content.details == {Field.REFERENCE: "RR2"}


@pytest.mark.parametrize("purpose", ["order", "decide"])
def test_no_words_of_a_mail_hold_a_link_whatever_it_answers(home: Harness, purpose: str) -> None:
    home.mail()
    link = f"http://bot.example/{purpose}/{token_in(home.sent(EVA, '/decide/'), Purpose.DECIDE)}"
    home.mail(f"Se här:\n{link}\nDet var allt.", sender=EVA, answers=home.sent(EVA, "/decide/"))
    assert words_in(home.sent(RUT, "fråga")) == "Se här:"
    home.press(token_in(home.sent(EVA, "/decide/"), Purpose.DECIDE), Action.ASK, f"Och här:\n{link}")
    home.mail(f"{ORDER}\nSe {link}\n", sender=RUT)
    assert secrets_to(home, RUT, EVA) == set()


def test_every_mail_sent_back_whole_tells_nobody_else_its_links(home: Harness) -> None:
    home.mail()
    home.press(token_in(home.sent(EVA, "/decide/"), Purpose.DECIDE), Action.ASK, ASKED)
    home.mail(ANSWER, answers=home.sent(RUT, "fråga"), subject="Vs: x")
    home.mail("ok", sender=EVA, answers=home.sent(EVA, "/decide/"), subject="Vs: x")
    home.later(days=3)
    home.mail("lista", subject="lista", sender=EVA)
    for owner in (EVA, RUT):
        for sent in home.relay.mails(owner):
            for answers in (sent, None):
                home.mail(
                    f"Se här!\n\n{text_of(sent)}", sender=owner, answers=answers, subject=f"SV: {sent['Subject']}"
                )
    assert home.count(RUT, "fråga") > 1
    assert secrets_to(home, RUT, EVA) == secrets_to(home, EVA, RUT) == set()


THREE = ORDER.replace(
    "1 st Dell XPS 13 à 12 500 kr",
    "1 st Dell XPS 13 à 12 500 kr\n1 st Skärm à 3 100 kr\n1 st Stol à 5 000 kr",
)
HUNGARIAN = f"Feladó: {BOT}\nElküldve: 2026. március 2.\nCímzett: Rut\nTárgy: {{subject}}\n\n"
NO_MARKS = {**HEADS, "Hungarian": HUNGARIAN}
del NO_MARKS["GroupWise"], NO_MARKS["no subject"]  # what stands below these is quoted, whatever it says


def edited(home: Harness, answered: EmailMessage, changes: dict[str, str], head: str) -> None:
    """Answer with our mail but for these changes, and no sign before its lines."""
    text = text_of(answered)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    home.mail(f"{NO_MARKS[head].format(subject=answered['Subject'])}{text}", answers=answered, subject="Vs: x")


def goods(home: Harness) -> list[str]:
    return [f"{line.description} {line.price.amount:.0f}" for line in home.order().content.lines]


@pytest.mark.parametrize("head", NO_MARKS)
def test_a_line_changed_within_our_mail_never_takes_the_others_away(home: Harness, head: str) -> None:
    home.mail(THREE)
    home.reject(comment="För dyrt.")
    home.later(minutes=6)
    edited(home, home.sent(RUT, "För dyrt."), {"5 000 kr\n": "4 000 kr\n"}, head)
    assert (home.order().version, goods(home)) == (1, ["Dell XPS 13 12500", "Skärm 3100", "Stol 5000"])
    assert "; Skärm; 1; st; 3 100 kr\n; Stol; 1; st; 4 000 kr\n" in text_of(home.sent(RUT, "är inte gjord än"))


@pytest.mark.parametrize("head", NO_MARKS)
@pytest.mark.parametrize(
    "changes",
    [
        {"Godkännare: Evo": "Godkännare: Eva Ek", "12 500 kr\n": "9 500 kr\n"},
        {
            "Godkännare: Evo": "Godkännare: Eva Ek",
            "Leverantör: Dustin AB": "Leverantör: Dustin",
            "3 100 kr\n": "2 900 kr\n",
        },
    ],
)
def test_nor_does_one_within_our_question_about_a_draft(home: Harness, head: str, changes: dict[str, str]) -> None:
    home.mail(THREE.replace("Eva Ek", "Evo"))
    asked = home.sent(RUT, "Evo")
    edited(home, asked, changes, head)
    assert home.orders() == 0
    assert home.count(RUT, "Det kan betyda mer än en sak") == 1


def test_nor_does_one_within_its_page(home: Harness) -> None:
    home.mail(THREE)
    home.reject(comment="För dyrt.")
    home.later(minutes=6)
    answered = home.sent(RUT, "För dyrt.")
    page = html_of(answered).replace("5 000 kr", "4 000 kr").replace("5\xa0000 kr", "4 000 kr")
    assert "; Stol; 1; st; 4 000 kr" in page
    mail = mail_to_bot("", answers=answered, subject="Vs: x")
    mail.clear_content()
    mail.set_content(page, subtype="html")
    home.raw(mail.as_bytes(), mail_from=RUT)
    assert (home.order().version, len(goods(home))) == (1, 3)
    assert home.count(RUT, "är inte gjord än") == 1


def test_nor_does_one_written_between_lines_marked_as_quoted(home: Harness) -> None:
    home.mail(THREE)
    receipt = home.sent(RUT, "/disown/")
    quoted = "".join(f"> {line}\n" for line in text_of(receipt).splitlines())
    home.mail(quoted.replace("> 3. Stol\n", "> 3. Stol\n1 st Stol à 4 000 kr\n"), answers=receipt, subject="Vs: x")
    assert (home.order().version, len(goods(home))) == (1, 3)
    assert home.count(RUT, "är inte gjord än") == 1


def test_own_lines_below_a_mail_say_all_of_them_as_above_it(home: Harness) -> None:
    home.mail(THREE)
    receipt = home.sent(RUT, "/disown/")
    home.mail(f"{text_of(receipt)}\n\n1 st Stol à 5 000 kr", answers=receipt, subject="Vs: x")
    assert goods(home) == ["Stol 5000"]

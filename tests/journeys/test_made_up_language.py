"""An order in a made-up language: read, decided on a page, sent and answered in it, without a word of any other."""

import re
import shutil
from collections.abc import Iterator
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

import mailbot
from mailbot.domain.values.money import CURRENCIES
from mailbot.languages import BY_CODE
from tests.journeys import made_up
from tests.journeys.browser import Page, link, visit
from tests.support.process import CALM, DUSTIN, EVA, RUT, Served, mail, serving
from tests.support.relay import html_of, text_of

CATALOGUES = Path(mailbot.__file__).parent / "locale"
ORDER = """\
Saluton

Hordo: cs
Velkun: Eva Ek
Trampok: Dustin AB
Kialo: REF-MADE-UP
Taksul: senz 25 %

2 pecoj Ekrano poj 3 200 krumoj
1 peco Muso poj 99,50 krumoj

Sumur: 6 499,50 krumoj senz taksul

Salutas
Rut
"""
_WORD = re.compile(r"%\(\w+\)[sd]|%%|%|(?P<word>[^\W\d_]+)")
_LETTERS = re.compile(r"[^\W\d_]{2,}+(?!…)")
_OF_MACHINES = re.compile(r"\S*(?:://|@|example)\S*")


def in_made_up(text: str) -> str:
    """Return a text of the catalogue with its words turned round, so that none is of any language."""
    return _WORD.sub(lambda found: f"{found['word'][::-1]}q" if found["word"] else found[0], text)


def labels() -> dict[str, str]:
    """Return the names that mails and the form share, from English."""
    english, own = BY_CODE["en"], made_up.LANGUAGE
    of_order = {english.order.labels[key]: label for key, label in own.order.labels.items()}
    return of_order | {english.scheme.labels[key]: label for key, label in own.scheme.labels.items()}


def write_catalogue(folder: Path) -> None:
    """Write a whole catalogue of the language, made of the template for translators."""
    named = labels()
    with (CATALOGUES / "mailbot.pot").open("rb") as template:
        catalogue = read_po(template, locale=made_up.LANGUAGE.code)
    for message in catalogue:
        forms = (message.id,) if isinstance(message.id, str) else message.id
        said = tuple(named.get(form, in_made_up(form)) for form in forms if form)
        message.string = (said[0] if isinstance(message.id, str) else said) if said else message.string
    catalogue.fuzzy = False
    (folder / made_up.LANGUAGE.code / "LC_MESSAGES").mkdir(parents=True)
    with (folder / made_up.LANGUAGE.code / "LC_MESSAGES" / "mailbot.po").open("wb") as file:
        write_po(file, catalogue)


@cache
def foreign_words() -> frozenset[str]:
    """Return all words of the English and Swedish texts of mails and pages."""
    with (CATALOGUES / "sv/LC_MESSAGES/mailbot.po").open("rb") as source:
        said = [part for m in read_po(source, locale="sv") if m.id for part in (m.id, m.string) if part]
    texts = (text for part in said for text in ([part] if isinstance(part, str) else part))
    return frozenset(word.lower() for text in texts for word in _LETTERS.findall(re.sub(r"%\(\w+\)[sd]", "", text)))


DATA = {
    word.lower()
    for word in _LETTERS.findall(f"{ORDER} Anna Ask Rut Rask Institutionen för datavetenskap IT {' '.join(CURRENCIES)}")
}


def foreign_in(text: str) -> set[str]:
    """Return the words of a text that English or Swedish texts have, but for names, addresses and what was ordered."""
    said = {word.lower() for word in _LETTERS.findall(_OF_MACHINES.sub(" ", text))}
    return (said & foreign_words()) - DATA


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A bot that speaks the language by itself."""
    folder = tmp_path_factory.mktemp("made_up")
    shutil.copy(made_up.FILE, folder)
    write_catalogue(folder)
    speaks = {"[bot]": f'[bot]\nlanguage = "{made_up.LANGUAGE.code}"'}
    variables = {"MAILBOT_LANGUAGES": str(folder / made_up.FILE.name)}
    with serving(folder / "bot", CALM, speaks, variables) as served:
        yield served


def number_of(receipt: EmailMessage) -> str:
    found = re.search(r"[A-Z]+-\d{4}-\d{5}", str(receipt["Subject"]))
    assert found, receipt["Subject"]
    return found[0]


def in_the_language(sent: EmailMessage) -> str:
    """Return the text of a mail, once every word of it is of the language."""
    assert sent["Content-Language"] == made_up.LANGUAGE.code
    assert f'lang="{made_up.LANGUAGE.code}"' in html_of(sent)
    assert foreign_in(f"{sent['Subject']}\n{text_of(sent)}") == set()
    return text_of(sent)


def page_in_the_language(page: Page) -> Page:
    assert page.status == 200
    assert foreign_in(page.text) == set()
    return page


def test_an_order_is_read_corrected_decided_on_a_page_sent_and_answered_in_it(bot: Served) -> None:
    bot.hand_in(mail(ORDER, subject="Mendrok"))
    receipt = bot.wait(RUT, "REF-MADE-UP")
    number = number_of(receipt)
    assert "6\u202f499,50\u00a0krumoj" in in_the_language(bot.wait(EVA, number))

    quoted = "".join(f"> {line}\n" for line in in_the_language(receipt).splitlines())
    more = f"3 pecoj Ekrano poj 3 200 krumoj\n\nJe 1 dekduk 2026 09:00 kravis {receipt['From']}:\n{quoted}"
    bot.hand_in(mail(more, subject=f"Re: {number}", answers=receipt))
    request = bot.wait(EVA, number, "9\u202f600,00\u00a0krumoj")
    assert "3 pecoj Ekrano" in in_the_language(request)

    page = page_in_the_language(visit(link(request, "decide")))
    page_in_the_language(page.press("approve"))
    assert "3 pecoj" in in_the_language(bot.wait(DUSTIN, number))

    bot.hand_in(mail(f"Dankuk vermo\n\nJe 1 dekduk 2026 09:00 kravis ulo:\n{quoted}", answers=receipt))
    bot.hand_in(mail("", subject="helpuk"))
    assert "Kodo; Priskribo; Nombro; Ero; Popeca kosto" in in_the_language(bot.wait(RUT, "Kodo; Priskribo"))
    reasons = [row[0] for row in bot.ask("SELECT reason FROM inbox ORDER BY id")]
    assert reasons == ["", "corrected", "noted: thanks", "help"]


def test_what_is_missing_is_asked_and_its_answer_taken_in_it(bot: Served) -> None:
    bot.hand_in(mail("Hordo: cs\nTrampok: Dustin AB\nKialo: REF-VULK\n\nEkrano, duvo pecoj, 15,000 krumoj"))
    question = bot.wait(RUT, "Velkun:", "REF-VULK")
    in_the_language(question)
    bot.hand_in(mail("Velkun: Eva Ek\n\n2 pecoj Ekrano poj 15 milkrumoj", answers=question))
    assert "30\u202f000,00\u00a0krumoj" in in_the_language(bot.wait(EVA, "REF-VULK"))


def test_an_absence_and_a_scheme_are_read_in_it(bot: Served) -> None:
    bot.hand_in(mail("", subject="forluk dez 2027-07-01 ĝis 2027-07-28, sturbo Anna Ask", sender=EVA))
    in_the_language(bot.wait(EVA, "28 Julio 2027"))
    bot.hand_in(mail("Velordo\n\nHordo: cs\n\nVelkun: Rut Rask\nDez: 2027-01-01\nLimo: 5 milkrumoj", sender=EVA))
    in_the_language(bot.wait(EVA, "5\u202f000,00\u00a0krumoj"))


def test_the_form_is_offered_in_it(bot: Served) -> None:
    page = visit(f"{bot.base_url}/?lang={made_up.LANGUAGE.code}")
    assert foreign_in(page.text) <= {"svenska", "english"}
    assert "Zorbuk" in visit(f"{bot.base_url}/?lang=sv").text

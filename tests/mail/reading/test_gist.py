"""What an answer comes to: bare yes or no, thanks, a reaction, or words that say more. Only a whole text means it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.reading.gist import Gist, read_said
from mailbot.mail.reading.intake import take_in

NAME = "Eva Ek"
YES = (
    *("ok", "Okej", "ja", "Japp", "kör", "Kör på", "kör på det", "godkänn", "godkänns", "Godkänd", "GODKÄNT", "ok då"),
    *(
        "Jag godkänner",
        "Det är godkänt",
        "Jag godkänner härmed köpet",
        "Ser bra ut",
        "Det går bra",
        "Absolut",
        "Bifall",
    ),
    *(
        "approved",
        "Approve",
        "LGTM",
        "yes",
        "Yep",
        "Go ahead",
        "Looks good to me",
        "I approve this order",
        "fine by me",
    ),
    *("Ok att köpa", "Det är ok att beställa", "Ja, beställ gärna", "Allt ok", "Låter bra", "Kör hårt", "Kanon"),
    *("OK to buy", "Sounds good", "Jeg godkjenner dette", "Ich genehmige die Bestellung", "Ok att köpa in den"),
    *("godkjent", "Godkendt", "hyväksytty", "genehmigt", "👍", "👍🏽", "👍👍", "✅", "ok 👍", "+1"),
)
NO = (
    *("nej", "Nej tack", "avslås", "Avslag", "avslå", "Inte godkänt", "Godkänns inte", "Nekas", "stopp"),
    *("Nej tyvärr", "Tyvärr nej", "Nej, inte nu", "Absolut inte", "Sorry, no", "Unfortunately not"),
    *("no", "rejected", "Reject", "Not approved", "denied", "avvist", "hylätty", "abgelehnt", "👎", "❌", "👎🏿"),
)
THANKS = (
    *("Tack", "Tack!", "tack så mycket", "Stort tack!!", "Tack för hjälpen", "Tackar", "Tack, Anna!", "Noterat"),
    *("Tack för bekräftelsen", "Tack snälla", "Tusen tack för snabb hantering", "Thanks for the confirmation"),
    *("Thanks", "Thank you very much", "thx", "Many thanks!", "Noted, thanks", "takk", "Kiitos", "Vielen Dank", "🙏"),
)
AROUND = (
    *("{}", "{}.", "{}!", "*{}*", "  {}  ", "Hej!\n\n{}", "Hej Rut,\n{}", "Hi Rut,\n\n{}.\n\nBest regards,\nEva Ek"),
    *("{}\n\nMvh\nEva", "{}\n\nMed vänliga hälsningar\nEva Ek\nPrefekt\nInstitutionen för botanik\n090-786 50 00"),
    *(
        "{}\n/Eva",
        "{} /Eva",
        "{}\n\nEva Ek\nPrefekt",
        "{} :)",
        "Hej! {}. Tack. //EE",
        "{}\n\nHälsningar, Eva",
        "{}, mvh Eva",
    ),
)
REACTIONS = (
    *("👍\n\nEva Ek reagerade via Gmail", "👍 reagerade via Gmail", "❤️", "🎉🎉", "Eva Ek reacted to your message:"),
    *(
        "👍 Eva Ek reacted via Gmail <https://www.google.com/gmail/about/?utm_source=gmail>",
        "Ek, Eva reagerade på ditt meddelande:",
    ),
    *("Eva reagerade med 👍 via Gmail", "Eva Ek hat auf Ihre Nachricht reagiert", "Eva Ek liked your message"),
)
WORDS = (
    *(
        "ok men varför två?",
        "Ok?",
        "Ja, men ta två",
        "Nej, för dyrt",
        "Godkänns när fakturan har kommit",
        "okej, fråga Bo",
    ),
    *("Varför två", "Är den ok", "Tack, men varför den?", "Tack! Kan du ta den billigare?", "Ok. Vänta till måndag"),
    *(
        "OK MEN VARFÖR",
        "yes but not today",
        "approved by whom",
        "ja eller nej",
        "Godkänt. Avslås.",
        "👍👎",
        "Hej",
        "jag är borta",
    ),
    *(
        "ok 2 st",
        "Ok\nPS varför två",
        "Tack vare rabatten går det",
        "Bra pris",
        "Kör inte igång än",
        "no worries, take two",
    ),
    *(
        "Hej, varför två\nok",
        "Eva reagerade på priset via Gmail igår, kan du ta två",
        "Det är jag",
        "Ok att köpa två",
        "Ska jag beställa",
        "Tack, Avbryt Beställningen",
        "Ok, Fel Konto",
        "Ok Avbeställ Väskan",
        "Ok men inte än",
        "Att köpa",
    ),
)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(("gist", "texts"), [(Gist.YES, YES), (Gist.NO, NO), (Gist.THANKS, THANKS)])
def test_a_bare_word_is_known_whatever_is_polite_around_it(around: str, gist: Gist, texts: tuple[str, ...]) -> None:
    wrong = {text: found for text in texts if (found := read_said(around.format(text), NAME).gist) is not gist}
    assert not wrong


@pytest.mark.parametrize("text", REACTIONS)
def test_a_reaction_is_known(text: str) -> None:
    assert read_said(text, NAME).gist is Gist.REACTION


@pytest.mark.parametrize("text", WORDS)
def test_what_says_more_is_words_and_kept_whole(text: str) -> None:
    said = read_said(text, NAME)
    assert (said.gist, said.text) == (Gist.WORDS, text)


@pytest.mark.parametrize(
    "below",
    [
        *("Mvh\nEva", "Med vänlig hälsning\n\nEva Ek\nPrefekt\nTel: 090-786 50 00\nhttps://example.se/?id=7", "/Eva"),
        *("Eva Ek", "Eva Ek | Prefekt | Umeå", "Best regards,\nEva", "Vänliga hälsningar Eva Ek", "// EE\nPrefekt"),
    ],
)
def test_a_signature_is_not_passed_on(below: str) -> None:
    assert read_said(f"Hej Rut,\nvarför just den?\n\n{below}", NAME).text == "Hej Rut,\nvarför just den?"


@pytest.mark.parametrize(
    "below",
    [
        *("Mvh\nEva\n\nPS. Varför två?", "Mvh\nEva\nVarför två?", "Mvh\n" + "Köp den billigare.\n" * 20),
        *("Eva vet mer.", "Mvh\nEva\n\nMen avbeställ den, jag hittade en i förrådet"),
    ],
)
def test_what_says_something_below_a_closing_is_passed_on(below: str) -> None:
    assert read_said(f"Ok\n\n{below}", NAME).text == f"Ok\n\n{below}".strip()


def test_the_name_of_the_sender_is_taken_from_the_mail() -> None:
    head = b"From: =?utf-8?q?Eva_Ek?= <xy0042@example.se>\r\nTo: order@inkop.example.se\r\nSubject: Re: x\r\n"
    raw = head + b"\r\nOk\r\n\r\nEva\r\n"
    assert take_in(raw, "xy0042@example.se").said.gist is Gist.YES


@pytest.mark.parametrize(
    "part",
    [
        'Content-Type: text/vnd.google.email-reaction+json; charset=UTF-8\r\n\r\n{"emoji":"x","version":1}',
        "Content-Type: text/plain; charset=UTF-8\r\nContent-Disposition: reaction\r\n\r\nx",
    ],
)
def test_a_part_that_says_so_makes_a_mail_a_reaction_in_any_language_and_is_no_file(part: str) -> None:
    head = "From: eva.ek@example.se\r\nTo: order@inkop.example.se\r\nSubject: Re: x\r\nMIME-Version: 1.0\r\n"
    head += 'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
    own = "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nEva Ek zareagowała przez Gmail\r\n"
    found = take_in(f"{head}{own}--b\r\n{part}\r\n--b--\r\n".encode(), "eva.ek@example.se")
    assert found.said.gist is Gist.REACTION
    assert not found.mail.files


@given(st.text(), st.text(max_size=20))
def test_no_text_raises_and_none_grows(text: str, name: str) -> None:
    said = read_said(text, name)
    assert len(said.text) <= len(text)


@given(st.sampled_from([*YES, *NO, *THANKS]), st.sampled_from(["men ändra antalet", "varför då", "but take two"]))
def test_words_behind_a_bare_word_make_it_words(word: str, more: str) -> None:
    assert read_said(f"{word} {more}", NAME).gist is Gist.WORDS


@pytest.mark.slow
def test_a_text_of_a_megabyte_is_read_at_once() -> None:
    for line in ("Mvh\n", "ok ", "👍", "Eva\n", "/E "):
        assert read_said(line * (1_000_000 // len(line)), NAME).gist in {Gist.WORDS, Gist.YES, Gist.REACTION}

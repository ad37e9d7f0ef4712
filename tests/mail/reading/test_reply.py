"""What a person newly wrote in an answer (docs/rules/promises.md#correction, "Unquoted text counts";
docs/rules/mail.md#replies)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.reading.reply import new_text

OWN = "Leverantör: Dustin AB\n2 st Dell à 12 500 kr"
QUOTED = "> Enhet: cs\n> Leverantör: Atea\n>\n> 1 st Mus à 100 kr\n"
COPIED = "Enhet: cs\nLeverantör: Atea\n\n1 st Mus à 100 kr\n"
BOT = "mailbot <order@inkop.example.se>"

HEADS = {
    "gmail_swedish": f"Den tis 3 mars 2026 kl 10:00 skrev {BOT}:\n{QUOTED}",
    "gmail_swedish_wrapped": f"Den tis 3 mars 2026 kl 10:00 skrev mailbot <\norder@inkop.example.se>:\n{QUOTED}",
    "gmail_swedish_short": f"tis 3 mars 2026 kl. 10:00 skrev {BOT}:\n\n{QUOTED}",
    "apple_swedish": f"3 mars 2026 kl. 10:00 skrev {BOT}:\n\n{QUOTED}",
    "apple_swedish_quoted_head": f"> 3 mars 2026 kl. 10:00 skrev {BOT}:\n>\n{QUOTED}",
    "thunderbird_swedish": f"Den 2026-03-03 kl. 10:00, skrev mailbot:\n{QUOTED}",
    "outlook_swedish": f"Från: {BOT}\nSkickat: den 3 mars 2026 10:00\nTill: Rut Rask\nÄmne: Order\n\n{COPIED}",
    "outlook_swedish_bold": f"*Från:* {BOT}\n*Skickat:* den 3 mars 2026\n*Till:* Rut Rask\n*Ämne:* Order\n\n{COPIED}",
    "outlook_swedish_line": f"{'_' * 32}\nFrån: {BOT}\nSkickat: den 3 mars\nTill: Rut Rask\nÄmne: Order\n\n{COPIED}",
    "outlook_swedish_separator": (
        f"-----Ursprungligt meddelande-----\nFrån: {BOT}\nSkickat: den 3 mars\nTill: Rut\nÄmne: Order\n\n{COPIED}"
    ),
    "gmail_english": f"On Tue, Mar 3, 2026 at 10:00 AM {BOT} wrote:\n{QUOTED}",
    "gmail_english_wrapped": f"On Tue, Mar 3, 2026 at 10:00 AM mailbot <\norder@inkop.example.se> wrote:\n{QUOTED}",
    "outlook_english": f"From: {BOT}\nSent: Tuesday, March 3, 2026\nTo: Rut Rask\nSubject: Order\n\n{COPIED}",
    "outlook_english_separator": (
        f"-----Original Message-----\nFrom: {BOT}\nSent: Tuesday\nTo: Rut\nSubject: Order\n\n{COPIED}"
    ),
    "marks_alone": QUOTED,
}


@pytest.mark.parametrize("head", HEADS)
def test_text_above_the_quoted_mail_counts_and_the_quoted_mail_does_not(head: str) -> None:
    assert new_text(f"{OWN}\n\n{HEADS[head]}") == OWN


@pytest.mark.parametrize("head", HEADS)
def test_an_answer_that_is_nothing_but_the_quoted_mail_says_nothing(head: str) -> None:
    assert new_text(HEADS[head]) == ""


@pytest.mark.parametrize("head", HEADS)
def test_of_text_below_the_quoted_mail_no_quoted_word_is_ever_taken(head: str) -> None:
    assert new_text(f"{HEADS[head]}\n{OWN}") in {"", OWN}


def test_marked_lines_between_own_lines_do_not_count() -> None:
    assert new_text("> Leverantör: Atea\nDustin AB\n> Enhet: cs\ncs\n") == "Dustin AB\ncs"


@pytest.mark.parametrize("line", ["Skickat från min iPhone", "Sent from my iPad", "Hämta Outlook för iOS<https://x>"])
def test_what_a_telephone_adds_was_not_written(line: str) -> None:
    assert new_text(f"En till Örjan\n\n{line}\n\n{HEADS['apple_swedish']}") == "En till Örjan"
    assert new_text(f"{line}\n\n{HEADS['apple_swedish']}") == ""


@pytest.mark.parametrize("mark", ["--", "-- "])
def test_a_signature_below_its_line_was_not_written(mark: str) -> None:
    assert new_text(f"En till Örjan\n{mark}\nRut Rask\nTelefon: 090-123\n\n{HEADS['gmail_swedish']}") == "En till Örjan"


@pytest.mark.parametrize(
    "text",
    [
        "Leverantör: Dustin AB",
        "Hej!\n\nTa två i stället.\n\nMvh\nRut",
        "- 2 st Dell à 12 500 kr\n- 1 st Mus à 100 kr",
        "Benämning; Antal; À-pris\nMus; 1; 100",
        "Motivering: Den förra gick sönder den 3 mars",
        "On second thought, two of them.",
    ],
)
def test_an_answer_without_a_quoted_mail_counts_as_a_whole(text: str) -> None:
    assert new_text(text) == text


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", " \n "])
def test_an_empty_answer_says_nothing(text: str) -> None:
    assert new_text(text) == ""


@given(st.text())
def test_no_text_raises_and_no_marked_line_is_ever_taken(text: str) -> None:
    assert not any(line.startswith(">") for line in new_text(text).split("\n"))


@given(
    st.lists(st.sampled_from(["Den ", "On ", "skrev ", "wrote:", "Från: ", "Till: ", "> ", "-- ", "\n", "a", "_" * 32]))
)
def test_no_text_of_almost_heads_raises(pieces: list[str]) -> None:
    new_text("".join(pieces))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "\n".join(["On " + "a " * 500] * 1_000),
        "On " + "a " * 500_000,
        "\n" * 1_000_000,
        " \n" * 300_000,
        "a\n\n" * 300_000,
        "On a\n" * 200_000,
        "CAUTION: " + "mail " * 200_000,
        "\nCAUTION: mail mail mail" * 40_000,
        "Från: a\n" * 100_000,
        ("x\n" + "_" * 40 + "\n") * 20_000,
        "-a\n" * 300_000,
        "> " * 500_000,
    ],
    ids=[
        "long_on",
        "one_line",
        "newlines",
        "spaces",
        "blanks",
        "on",
        "caution",
        "cautions",
        "from",
        "rules",
        "dashes",
        "marks",
    ],
)
def test_a_hostile_answer_of_a_megabyte_is_read_within_three_seconds(text: str) -> None:
    started = time.process_time()
    new_text(text)
    assert time.process_time() - started < 3


def test_an_endless_answer_is_cut_between_lines() -> None:
    lines = new_text("2 st Dell à 12 500 kr\n" * 50_000).split("\n")
    assert set(lines) == {"2 st Dell à 12 500 kr"}

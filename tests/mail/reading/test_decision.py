"""A decision in a reply: one keyword alone on the first own line, and nothing else
(docs/rules/mail.md#reply-words, #replies)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.reading.gist import Keyword, decision_in

YES = ("GODKÄNN", "Godkänn", "godkänner", "Godkänt", "APPROVE", "approved")
NO = ("AVSLÅ", "Avslå", "avslår", "Avslås", "REJECT", "rejected")


@pytest.mark.parametrize("word", YES)
def test_a_yes_alone_approves(word: str) -> None:
    assert decision_in(word) == (Keyword.APPROVE, "")


@pytest.mark.parametrize("word", NO)
def test_a_no_alone_rejects(word: str) -> None:
    assert decision_in(word) == (Keyword.REJECT, "")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["  {}  ", "{}.", "{}!", "*{}*", "**{}!**", "\n\n{}\n\n", "\t{}\u00a0\nTack"])
def test_blanks_bold_and_a_full_stop_around_it_do_not_matter(written: str, form: str) -> None:
    text = unicodedata.normalize(form, written.format("GODKÄNN"))  # type: ignore[arg-type]
    found = decision_in(text)
    assert found is not None
    assert found[0] is Keyword.APPROVE


@pytest.mark.parametrize(
    "line",
    [
        "Godkänns inte",
        "Godkänn inte",
        "Inte godkänt",
        "Ej godkänd",
        "Not approved",
        "Approve?",
        "GODKÄNN, men ändra antal",
        "ok men ändra antal",
        "ok",
        "ja",
        "yes",
        "Godkänn: ja",
        "GODKÄNN AVSLÅ",
        "GODKÄNN GODKÄNN",
        "GODKÄNN/AVSLÅ",
        "ogodkänn",
        "Hej, jag godkänner",
        "Re: GODKÄNN",
        "> GODKÄNN",
        "disapprove",
        "GОDKÄNN",  # with a Cyrillic O
        "",
        " \n\t\n",
    ],
)
def test_anything_else_on_the_line_is_no_decision(line: str) -> None:
    assert decision_in(line) is None
    assert decision_in(f"{line}\nTack") is None


@pytest.mark.parametrize("text", ["Hej!\nGODKÄNN", "Mvh Eva\n\nGODKÄNN", "Tack för din order.\n\nAVSLÅ\n"])
def test_the_word_on_a_later_line_is_no_decision(text: str) -> None:
    assert decision_in(text) is None


@pytest.mark.parametrize("text", ["GODKÄNN\nAVSLÅ", "AVSLÅ\n\nGODKÄNN", "Approve\n\n*Reject*", "GODKÄNN\nobs\nAvslå"])
def test_both_words_are_no_decision(text: str) -> None:
    assert decision_in(text) is None


def test_what_stands_below_is_the_comment() -> None:
    assert decision_in("GODKÄNN\n\nMen köp två.\n\nEva\n") == (Keyword.APPROVE, "Men köp två.\n\nEva")


def test_a_comment_may_speak_of_both_words() -> None:
    assert decision_in("AVSLÅ\nVi kan inte godkänna detta, avslå nästa också") == (
        Keyword.REJECT,
        "Vi kan inte godkänna detta, avslå nästa också",
    )


@given(st.text())
def test_no_text_raises_and_only_a_first_line_of_one_word_decides(text: str) -> None:
    found = decision_in(text)
    first = text.strip().partition("\n")[0]
    assert found is None or len(first.split()) == 1

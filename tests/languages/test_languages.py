"""A language is one file: what each must have, that no module holds its words, and that none is left out."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import mailbot
from mailbot.domain.people.scheme import SchemeKey
from mailbot.domain.values.order import Field
from mailbot.languages import KNOWN, LANGUAGES, SPOKEN
from mailbot.languages.files import language_in
from mailbot.languages.language import Column, Language
from mailbot.mail.reading.lexer import NUMBERS
from tests.journeys import made_up

ROOT = Path(mailbot.__file__).parent
APART = {"demo", "preview"}
MODULES = [p for p in sorted(ROOT.rglob("*.py")) if not APART & set(p.relative_to(ROOT).parts)]
ALL = [*SPOKEN, made_up.LANGUAGE]
FOR_OPERATORS = {"cli/dry_run.py", "doctor/canary_run.py", "flows/admin/explain.py"}
"""They speak to whoever runs the bot, or name letters as an example: in one language, whatever the bot speaks."""


def texts(value: object) -> Iterator[str]:
    """Yield all words of a language, or of a part of one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for key, inner in value.items() for text in (*texts(key), *texts(inner)))
    elif isinstance(value, tuple):
        yield from (text for inner in value for text in texts(inner))
    elif is_dataclass(value):
        yield from (text for field in fields(value) for text in texts(getattr(value, field.name)))


def words_of(language: Language) -> set[str]:
    """Return the words that the language reads or offers, without what is no word of it: codes, patterns, enums."""
    own = [value for name in WORDS for value in texts(getattr(language, name))]
    names = {str(member) for kind in (Field, SchemeKey, Column) for member in kind}
    return {word for text in own if text not in names for word in re.findall(r"[^\W\d_]{2,}", text.lower())} - {"sek"}


WORDS = ("lines", "columns", "text", "sums", "order", "commands", "absence", "scheme", "answers", "quoting", "months")


@pytest.mark.parametrize("language", ALL, ids=lambda language: language.name)
def test_a_language_names_every_field_key_column_month_and_number(language: Language) -> None:
    assert language.order.labels.keys() == set(Field)
    assert language.scheme.labels.keys() == set(SchemeKey)
    assert (len(language.order.heads), len(language.order.added_heads)) == (5, 2)
    assert len(language.months.split("|")) == 12
    assert len(language.lines.numbers.split("|")) == 10
    assert all(language.amounts.sides)
    assert all((language.order.unit, language.order.at, language.order.subject, language.order.sum_head))


@pytest.mark.parametrize("language", ALL, ids=lambda language: language.name)
def test_words_stand_in_small_letters(language: Language) -> None:
    labels = {*texts(language.order), *texts(language.scheme.labels), language.scheme.title}
    found = {text for name in WORDS for text in texts(getattr(language, name)) if text != text.lower()}
    assert found <= labels


def test_the_made_up_language_shares_no_word_with_a_spoken_one() -> None:
    known = set().union(*map(words_of, SPOKEN))
    assert words_of(made_up.LANGUAGE) & known == set()


def test_what_is_offered_is_read_and_what_is_read_in_part_is_not_offered() -> None:
    assert KNOWN[: len(SPOKEN)] == SPOKEN
    assert LANGUAGES == ("sv", "en")
    assert NUMBERS["två"] == NUMBERS["two"] == "2"


@pytest.mark.parametrize("name", ["gretings", "answers.no_such_words"])
def test_a_file_with_a_name_that_no_language_has_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "fi.toml"
    file.write_text(f'code = "fi"\nname = "Suomi"\n{name} = "ei"\n', "utf-8")
    with pytest.raises((AttributeError, TypeError), match=name.rpartition(".")[2]):
        language_in(file)


def test_no_module_names_a_language_or_holds_swedish_words() -> None:
    found = {
        str(path.relative_to(ROOT)): node.value
        for path in MODULES
        for node in _texts_of_code(ast.parse(path.read_text("utf-8")))
        if node.value in LANGUAGES or re.search("[åäöÅÄÖ]", str(node.value))
    }
    assert found.keys() == FOR_OPERATORS


def _texts_of_code(module: ast.Module) -> Iterator[ast.Constant]:
    """Yield the texts of a module that are no docstrings."""
    said = {id(n.value) for n in ast.walk(module) if isinstance(n, ast.Expr)}
    return (
        n for n in ast.walk(module) if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in said
    )

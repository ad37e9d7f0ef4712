"""Templates say what Jinja's own gettext says, and compiled ones that are kept never outlive their source."""

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from mailbot.package_data import resource
from mailbot.presentation import catalogue
from mailbot.templating import KeptTemplates, TranslatingEnvironment

ODD = "<&%>%(x)s"
TEMPLATES = resource("templates")


def _environment(made: type[jinja2.Environment], texts: gettext.NullTranslations, *, html: bool) -> jinja2.Environment:
    env = made(autoescape=html, extensions=["jinja2.ext.i18n"], undefined=jinja2.StrictUndefined)
    env.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    if isinstance(env, TranslatingEnvironment):
        env.texts = texts
    return env


def _said() -> Iterator[tuple[str, list[str]]]:
    """Yield each text of the templates, with the names of its values."""
    env = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for path in sorted(TEMPLATES.rglob("*.*")):
        if path.suffix in {".j2", ".html", ".txt"}:
            for call in env.parse(path.read_text("utf-8")).find_all(nodes.Call):
                if (
                    isinstance(call.node, nodes.Name)
                    and call.node.name == "_"
                    and isinstance(call.args[0], nodes.Const)
                ):
                    yield call.args[0].value, sorted(set(re.findall(r"%\((\w+)\)s", call.args[0].value)))


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize(("language", "terms"), [("en", ""), ("sv", ""), ("sv", "su"), ("sv", "umu")])
def test_every_text_says_what_gettext_says_whatever_its_values_hold(language: str, terms: str, html: bool) -> None:
    texts = catalogue(language, terms)
    said = list(_said())
    source = "\n".join(f"{{{{ _({text!r}{''.join(f', {n}={n}' for n in names)}) }}}}" for text, names in said)
    values = {name: ODD for _, names in said for name in names}
    plain, ours = (
        _environment(made, texts, html=html).from_string(source).render(values)
        for made in (jinja2.Environment, TranslatingEnvironment)
    )
    assert len(said) > 500
    assert ours == plain
    assert ("<&%>" in ours) is not html


def _rendered(folder: Path, made_from: Path, *, text: str) -> str:
    """Render `page` of a folder as a new process would, with what is kept from the process before."""
    texts = gettext.NullTranslations()
    texts.gettext = lambda _message: text  # type: ignore[method-assign, assignment]
    env = _environment(TranslatingEnvironment, texts, html=True)
    env.loader = jinja2.FileSystemLoader(folder)
    env.bytecode_cache = KeptTemplates(folder, "here", [made_from])
    return env.get_template("page").render()


@pytest.fixture
def words(tmp_path: Path) -> Path:
    (tmp_path / "page").write_text("{{ _('Hello') }}")
    (tmp_path / "words").write_text("Hej")
    return tmp_path / "words"


def test_a_compiled_template_is_kept_for_the_next_process(words: Path) -> None:
    _rendered(words.parent, words, text="Hej")
    assert _rendered(words.parent, words, text="not asked for again") == "Hej"


def test_it_is_compiled_anew_when_its_source_or_a_word_has_changed(words: Path) -> None:
    _rendered(words.parent, words, text="Hej")
    words.write_text("Tjena")
    assert _rendered(words.parent, words, text="Tjena") == "Tjena"
    (words.parent / "page").write_text("{{ _('Hello') }}!")
    assert _rendered(words.parent, words, text="Tjena") == "Tjena!"


@pytest.mark.parametrize("length", [0, 2, 30, 100, 400])
def test_it_is_compiled_anew_when_what_was_kept_is_damaged(words: Path, length: int) -> None:
    _rendered(words.parent, words, text="Hej")
    (kept,) = (words.parent / "__pycache__").iterdir()
    kept.write_bytes(kept.read_bytes()[:length])
    assert _rendered(words.parent, words, text="Hej") == "Hej"


def test_where_nothing_can_be_kept_it_is_compiled_each_time(words: Path) -> None:
    (words.parent / "__pycache__").write_text("a file stands where the folder should be")
    assert _rendered(words.parent, words, text="Hej") == "Hej"
    assert _rendered(words.parent, words, text="Tjena") == "Tjena"

"""The words: every name of the domain has some, and every text of code and templates has its Swedish."""

import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from babel.messages.catalog import Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

import mailbot
from mailbot import wording
from mailbot.domain.notices.notice import NoticeKind
from mailbot.domain.ordering.draft import ProblemKind
from mailbot.domain.ordering.flags import Flag
from mailbot.domain.ordering.workflow import BY_LINK, BY_ROBOT, CLOCK, RELAY, Happened, Refusal
from mailbot.domain.people.directory import RightKind
from mailbot.domain.people.right_rules import RightProblem
from mailbot.domain.people.rights import Denial
from mailbot.domain.people.scheme import SchemeKey, SchemeProblemKind
from mailbot.domain.trust.senders import Proof
from mailbot.domain.values.money import AmountProblem
from mailbot.domain.values.order import CORRECTABLE, Destination, Field, Status
from mailbot.flows.pages.confirm_appointment import ProposalRefusal
from mailbot.flows.steps.decide import PressProblem
from mailbot.flows.steps.open_link import LinkRefusal
from mailbot.languages import LANGUAGES
from mailbot.mail.reading import appointment_form
from mailbot.mail.reading.order_form import read_form
from mailbot.mail.reading.order_text import LABELS
from mailbot.package_data import resource
from mailbot.presentation import NBSP, TemplateFilters, environment
from tests.support.university import shipped

PACKAGE = Path(mailbot.__file__).parent
ROOT = PACKAGE.parent
UNSHOWN = {
    # What the code tells apart, and shows by a page or mail of its own.
    *("Action", "AppointmentState", "AutoMail", "Capacity", "Column", "ConsentCapacity", "FormProblemKind", "Gist"),
    *(
        "FollowAction",
        "Keyword",
        "Kind",
        "Mailbox",
        "OrderPart",
        "ProposalAction",
        "Purpose",
        "ResignOutcome",
        "_Polite",
    ),
    # What commands and the log show as it is, in English.
    *("DifferenceKind", "ImapTroubleKind", "ImportProblem", "InboxState", "MailOutcome", "OutboxState"),
    *("ResendRefusal", "Sealed"),
    # What stands in mailbot.toml as it is.
    *("PlusTags", "ReminderWait", "SelfOrder", "TrustSource"),
}
"""The enumerations whose members nobody is shown in words. A new one is entered here on purpose, or needs words."""


def _of_mailbot(base: type[StrEnum] = StrEnum) -> Iterator[type[StrEnum]]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith("mailbot."):
            yield kind
        yield from _of_mailbot(kind)


def _every_enumeration() -> list[type[StrEnum]]:
    for module in walk_packages(mailbot.__path__, "mailbot."):
        if not module.name.startswith(("mailbot.store.migrations", "mailbot.__main__")):
            import_module(module.name)
    return sorted(_of_mailbot(), key=lambda kind: kind.__name__)


ENUMERATIONS = _every_enumeration()
SPOKEN = [kind for kind in ENUMERATIONS if kind.__name__ not in UNSHOWN]
DOCUMENTS = sorted(resource("templates").rglob("mails/plan.txt"))
FILES = [p for p in sorted(resource("templates").rglob("mails/**/*")) if p.suffix in {".j2", ".txt", ".html"}]
MAILS = [p for p in FILES if p not in DOCUMENTS]
PAGES = [*sorted(resource("templates").rglob("web/**/*.html")), *DOCUMENTS]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%|%")


def _ids(path: Path) -> set[str | tuple[str, ...]]:
    """Return the texts of a catalogue, singular and plural together."""
    with path.open("rb") as source:
        found = read_po(source, abort_invalid=True)
    return {tuple(text) if isinstance(text, list | tuple) else text for text in (m.id for m in found) if text}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> set[str | tuple[str, ...]]:
    """All texts of code and templates, extracted as `make words` does it."""
    path = tmp_path_factory.mktemp("words") / "mailbot.pot"
    mapping = str(ROOT / "pyproject.toml")
    CommandLineInterface().run(["pybabel", "-q", "extract", "-F", mapping, "-o", str(path), str(ROOT)])  # type: ignore[no-untyped-call]
    return _ids(path)


@pytest.fixture(scope="module")
def swedish() -> dict[str | tuple[str, ...], Message]:
    with (PACKAGE / "locale/sv/LC_MESSAGES/mailbot.po").open("rb") as source:
        catalogue = read_po(source, locale="sv", abort_invalid=True)
    assert not catalogue.obsolete
    return {
        tuple(message.id) if isinstance(message.id, list | tuple) else message.id: message
        for message in catalogue
        if message.id
    }


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """Return singular and plural, or the one text there is."""
    return (text,) if isinstance(text, str) else tuple(text or ())


def test_the_template_for_translators_holds_every_text_and_nothing_else(texts: set[str | tuple[str, ...]]) -> None:
    assert sorted(map(str, texts ^ _ids(PACKAGE / "locale/mailbot.pot"))) == [], "run `make words`"


def test_every_text_is_in_the_swedish_catalogue(
    texts: set[str | tuple[str, ...]], swedish: dict[str | tuple[str, ...], Message]
) -> None:
    assert not sorted(map(str, texts - swedish.keys()))


def test_the_swedish_catalogue_holds_nothing_else(
    texts: set[str | tuple[str, ...]], swedish: dict[str | tuple[str, ...], Message]
) -> None:
    assert not sorted(map(str, swedish.keys() - texts))


def test_every_text_is_translated_and_none_is_a_guess(swedish: dict[str | tuple[str, ...], Message]) -> None:
    for message in swedish.values():
        assert all(form.strip() for form in _forms(message.string)), message.id
        assert len(_forms(message.string)) == len(_forms(message.id)), message.id
        assert not message.fuzzy, message.id


def test_a_translation_has_the_placeholders_of_its_text(swedish: dict[str | tuple[str, ...], Message]) -> None:
    for message in swedish.values():
        for text, form in zip(_forms(message.id), _forms(message.string), strict=True):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(form)), message.id


def test_no_text_holds_what_html_would_read_as_markup(swedish: dict[str | tuple[str, ...], Message]) -> None:
    for message in swedish.values():
        assert not re.search("[<>&]", " ".join((*_forms(message.id), *_forms(message.string)))), message.id


def test_a_sentence_stays_a_sentence(swedish: dict[str | tuple[str, ...], Message]) -> None:
    for message in swedish.values():
        for text, form in zip(_forms(message.id), _forms(message.string), strict=True):
            assert (text[-1] in ".?!:") == (form[-1] in ".?!:"), message.id
            assert (text, form) == (text.strip(), form.strip()), message.id


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("locale/*/LC_MESSAGES/*.po")), ids=lambda path: path.stem)
def test_the_terms_of_a_profile_stand_in_place_of_texts_that_there_are(
    path: Path, texts: set[str | tuple[str, ...]]
) -> None:
    """Only in part, in the same placeholders, and for a profile that ships."""
    assert path.stem == "mailbot" or resource("config").joinpath(f"profiles/{path.stem}.toml").exists()
    with path.open("rb") as source:
        found = [message for message in read_po(source, abort_invalid=True) if message.id]
    assert {tuple(m.id) if isinstance(m.id, list | tuple) else m.id for m in found} <= texts
    for message in found:
        for text, form in zip(_forms(message.id), _forms(message.string), strict=True):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(form)), message.id


def test_a_right_is_called_what_its_university_calls_it() -> None:
    said = {terms: TemplateFilters("sv", "Europe/Stockholm", terms).say(RightKind.ORDER) for terms in ("", "umu", "su")}
    assert said == {"": "Beslutar om beställningar", "umu": "Beställningsattest", "su": "Beslutsattest av beställning"}


def test_where_a_right_is_called_attestratt_no_text_says_ratt(
    swedish: dict[str | tuple[str, ...], Message],
) -> None:
    rights = re.compile(r"\brätt(?:en|er|erna)?\b", re.IGNORECASE)
    texts = [text for text, message in swedish.items() if isinstance(text, str) and rights.search(str(message.string))]
    su = TemplateFilters("sv", "Europe/Stockholm", "su").texts
    assert len(texts) > 50
    assert [text for text in texts if rights.search(su.gettext(text)) and "run.py" not in text] == []


def test_l5_an_approval_under_su_certifies_in_the_words_of_the_attest_order(
    swedish: dict[str | tuple[str, ...], Message],
) -> None:
    """docs/rules/attest.md#r37; another wording is another version."""
    assert [swedish[text].string for text in wording.statements(shipped("su").statements)] == [
        "Kostnaden får belasta den verksamhet som anges i beställningens kontering.",
        "Finansiering finns.",
        "Anskaffningen är förenlig med de regler som gäller för universitetets verksamhet.",
    ]


def test_nobody_is_told_of_a_bot(swedish: dict[str | tuple[str, ...], Message]) -> None:
    for message in swedish.values():
        assert not re.search(
            r"\bbot(?:en|ens|'s)?\b", " ".join((*_forms(message.id), *_forms(message.string))), re.IGNORECASE
        )


def _lacking(kind: type[StrEnum], language: str = "sv") -> list[StrEnum]:
    words = TemplateFilters(language, "Europe/Stockholm")
    return [member for member in kind if not _said(words, member)]


def _said(words: TemplateFilters, member: StrEnum) -> str:
    try:
        return words.say(member)
    except KeyError:
        return ""


@pytest.mark.parametrize("kind", SPOKEN, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_member_of_an_enumeration_that_is_shown_has_words(language: str, kind: type[StrEnum]) -> None:
    assert _lacking(kind, language) == [], "say them in wording.toml, or enter the enumeration in UNSHOWN"


def test_words_are_of_enumerations_and_members_that_there_are() -> None:
    members = {kind.__name__: set(kind) for kind in SPOKEN}
    assert wording.tables().keys() - members.keys() == {"flag", "ignored", "names", "statements"}
    assert [name for name, found in members.items() if not wording.tables().get(name, {}).keys() <= found] == []


def test_what_has_words_is_not_called_unshown() -> None:
    assert {kind.__name__ for kind in ENUMERATIONS} >= UNSHOWN
    assert [kind for kind in ENUMERATIONS if kind.__name__ in UNSHOWN and not _lacking(kind)] == []


def test_names_with_one_value_keep_their_own_words() -> None:
    assert wording.text(Status.WITHDRAWN) != wording.text(Refusal.WITHDRAWN)
    assert wording.text(ProblemKind.OWN_ORDER) != wording.text(Denial.OWN_ORDER)
    assert wording.text(Destination.SUPPLIER) != wording.text(Field.SUPPLIER)


def test_what_the_log_names_in_plain_text_has_words() -> None:
    names = [*Happened, "parked", "confirmed", *Proof, CLOCK.proof, RELAY.proof, BY_LINK, BY_ROBOT, "bot"]
    assert all(wording.text(str(name)) for name in names)
    assert all(wording.text(f"mail {kind}") for kind in NoticeKind)
    assert all(wording.text(f"flag {flag}") for flag in Flag)
    assert all(wording.text(name) for name in CORRECTABLE)


def test_refusals_and_problems_are_whole_sentences() -> None:
    for kind in (
        Refusal,
        Denial,
        ProblemKind,
        AmountProblem,
        LinkRefusal,
        PressProblem,
        SchemeProblemKind,
        RightProblem,
        ProposalRefusal,
    ):
        for member in kind:
            assert re.search(r"[.]$|[0-9] kr$", wording.text(member)), member


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_field_is_called_in_mails_what_the_form_calls_it(language: str) -> None:
    words = TemplateFilters(language, "Europe/Stockholm")
    assert {field: words.say(field) for field in Field} == LABELS[language]
    assert {key: words.say(key) for key in SchemeKey} == appointment_form.LABELS[language]


def test_the_example_in_a_problem_is_a_line_that_can_be_read() -> None:
    for language in LANGUAGES:
        said = TemplateFilters(language, "Europe/Stockholm").say(ProblemKind.NO_LINES)
        assert len(read_form(said.rpartition(": ")[2]).lines) == 1, said


def test_every_template_of_a_mail_compiles_and_has_its_kind() -> None:
    folders = {path.parent.name for path in MAILS if path.parent.name != "mails"}
    assert folders == {kind.value for kind in NoticeKind}
    for html in (True, False):
        for kind in NoticeKind:
            environment("sv", "Europe/Stockholm", html=html).get_template(f"mails/{kind}/body.j2")


def test_texts_are_written_with_plain_spaces(swedish: dict[str | tuple[str, ...], Message]) -> None:
    for message in swedish.values():
        assert NBSP not in " ".join((*_forms(message.id), *_forms(message.string))), message.id

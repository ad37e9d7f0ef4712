"""`run.py mails preview`: every mail in both forms and languages, as docs/hacking.md has one type it."""

import re
from html.parser import HTMLParser
from pathlib import Path

from typer.testing import CliRunner

from mailbot.cli.commands import cli
from mailbot.domain.notices.notice import NoticeKind
from mailbot.languages import LANGUAGES
from tests.support.process import RUN

TYPED = re.compile(r"run\.py (mails preview) /tmp/mails\b")


class Links(HTMLParser):
    """Collects where the links of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if (tag, name) == ("a", "href")]


def test_the_command_of_the_document_writes_every_mail_and_a_list_that_leads_to_each(tmp_path: Path) -> None:
    [command] = TYPED.findall((RUN.parent / "docs" / "hacking.md").read_text("utf-8"))
    said = CliRunner().invoke(cli, [*command.split(), str(tmp_path / "mails")])

    assert said.exit_code == 0, said.output
    index = tmp_path / "mails" / "index.html"
    assert index.as_uri() in said.stdout
    links = Links()
    links.feed(index.read_text("utf-8"))
    written = {path.name for path in index.parent.iterdir()} - {"index.html"}
    assert set(links.found) == written
    for kind in NoticeKind:
        for language in LANGUAGES:
            for form in ("html", "txt"):
                named = re.compile(rf"\d{{3}}-{re.escape(kind)}(-.*)?-{language}\.{form}")
                assert any(map(named.fullmatch, written)), (kind, language, form)

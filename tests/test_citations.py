"""The rules that code and documents cite stand in docs/rules, and every citation leads to one of them."""

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULES = ROOT / "docs" / "rules"
CITING = ("mailbot", "templates", "config", "tests", "docs")
BY_PATH_ALONE = ("mailbot", "templates", "config")
"""Where no rule is called by its bare number: names of tests do so, and the documents' tables."""

ANCHOR = re.compile(r'<a id="([a-z0-9-]+)"></a>')
NUMBERED = re.compile(r'<a id="([rpkf]\d+)"></a>\n### (?:Rule )?(\w+): ')
CITED = re.compile(r"docs/rules/(\w+\.md)(?:#([a-z0-9-]+))?|(?<=, )#([a-z0-9-]+)")
LINKED = re.compile(r"\]\((?:rules/)?(\w+\.md)?#([a-z0-9-]+)\)")
DOCUMENT = re.compile(r"(?<![\w./-])[\w.][\w./-]*\.md\b")
ELSEWHERE = re.compile(r"(?<![\w.])(?:facts|found|\.\./shared)/")
BARE = re.compile(r"(?<![\w/.#=\"'`-])(?:[BDFKPR]\d{1,3}(?![\w\"'`-])|[Rr]ules? \d\d)")
PRAGMA = re.compile(r"noqa: [A-Z\d, ]+")
REMARK = re.compile(r"\{#(.*?)#\}", re.DOTALL)

Citation = tuple[str, str]
"""A file of docs/rules and an anchor in it; "" where the whole file is meant."""


def files(*parts: str) -> list[Path]:
    kinds = {".py", ".toml", ".j2", ".html", ".txt", ".md"}
    found = sorted(path for part in parts for path in (ROOT / part).rglob("*") if path.suffix in kinds)
    return [path for path in found if path != Path(__file__)]


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and the statements in it, however deep; never what an expression is made of: there is far more."""
    yield node
    for inside in ast.iter_child_nodes(node):
        if not isinstance(inside, ast.expr):
            yield from statements(inside)


def of_python(text: str) -> Iterator[str]:
    """Yield the docstrings, those of attributes too, and all comments as one text, so that wrapped ones are whole."""
    for node in statements(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    yield "\n".join(token.string.removeprefix("#") for token in tokens if token.type == tokenize.COMMENT)


def of_toml(text: str) -> Iterator[str]:
    yield "\n".join(line.removeprefix("#") for line in text.splitlines() if line.startswith("#"))


def of_document(text: str) -> Iterator[str]:
    yield text


def of_template(text: str) -> Iterator[str]:
    yield from REMARK.findall(text)


READ_AS = {".py": of_python, ".toml": of_toml, ".md": of_document}


@cache
def said(path: Path) -> str:
    """Return what a file says to its reader, each run of white space as one space."""
    reads = READ_AS.get(path.suffix, of_template)
    return " ".join(" ".join(reads(path.read_text("utf-8"))).split())


def cited(text: str) -> Iterator[Citation]:
    """Yield each citation; one that begins with # goes on from the one right before it."""
    file, end = "", -1
    for found in CITED.finditer(text):
        if found[1] is None and found.start() != end + len(", "):
            continue
        file, end = found[1] or file, found.end()
        yield file, found[2] or found[3] or ""


def linked(path: Path) -> Iterator[Citation]:
    """Yield where a document's links into docs/rules lead."""
    inside = path.parent == RULES
    for found in LINKED.finditer(path.read_text("utf-8")):
        if inside or "(rules/" in found[0]:
            yield found[1] or path.name, found[2]


def there(citation: Citation) -> bool:
    file, anchor = citation
    return (RULES / file).is_file() and (not anchor or anchor in anchors(file))


@cache
def anchors(file: str) -> list[str]:
    return ANCHOR.findall((RULES / file).read_text("utf-8"))


def missing(path: Path) -> list[str]:
    """Return the documents that a file names and that stand neither in the clone, in docs nor beside it."""
    places = (ROOT, ROOT / "docs", path.parent)
    return [name for name in DOCUMENT.findall(said(path)) if not any((place / name).is_file() for place in places)]


def bare(text: str) -> list[str]:
    return BARE.findall(PRAGMA.sub("", text))


def told(found: dict[Path, list[str]]) -> list[str]:
    return [f"{path.relative_to(ROOT)}: {', '.join(what)}" for path, what in found.items() if what]


def test_every_citation_leads_to_a_rule() -> None:
    wrong = {p: ["#".join(c) for c in cited(said(p)) if not there(c)] for p in files(*CITING)}
    assert not told(wrong)


def test_every_link_of_a_document_to_a_rule_leads_there() -> None:
    wrong = {p: ["#".join(c) for c in linked(p) if not there(c)] for p in files("docs") if p.suffix == ".md"}
    assert not told(wrong)


def test_nothing_cites_a_document_that_a_clone_does_not_have() -> None:
    assert not told({path: missing(path) + ELSEWHERE.findall(said(path)) for path in files(*CITING)})


def test_no_rule_is_called_by_its_bare_number() -> None:
    assert not told({path: bare(said(path)) for path in files(*BY_PATH_ALONE)})


@pytest.mark.parametrize("file", sorted(path.name for path in RULES.glob("*.md")))
def test_every_rule_has_one_anchor_and_a_heading_that_begins_with_its_id(file: str) -> None:
    assert [anchor for anchor, times in Counter(anchors(file)).items() if times > 1] == []
    text = (RULES / file).read_text("utf-8")
    headed = dict(NUMBERED.findall(text))
    numbered = [anchor for anchor in anchors(file) if re.fullmatch(r"[rpkf]\d+", anchor)]
    assert [a for a in numbered if headed.get(a, "").lower() not in {a, a.removeprefix("r")}] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("docs/rules/attest.md#r55, #r67", [("attest.md", "r55"), ("attest.md", "r67")]),
        ("docs/rules/mail.md#f9; docs/rules/limits.md#k8", [("mail.md", "f9"), ("limits.md", "k8")]),
        ("as docs/rules/flags.md says, #r9", [("flags.md", "")]),
        ("a colour, #fff", []),
    ],
)
def test_this_file_sees_citations_as_they_are_written(text: str, found: list[Citation]) -> None:
    assert list(cited(text)) == found


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('"""One."""', "One."),
        ('x = 1\n"""Two."""', "Two."),
        ('x = "three"  # four', "four"),
        ("# one (docs/rules/attest.md#r1,\n# #r2)", "one (docs/rules/attest.md#r1, #r2)"),
    ],
)
def test_this_file_sees_comments_and_docstrings_and_no_more(code: str, text: str) -> None:
    assert " ".join(" ".join(of_python(code)).split()) == text


@pytest.mark.parametrize("text", ["what it shows (K22)", "rule 32 says", "F109 too", "P2: the sums"])
def test_this_file_sees_a_bare_number(text: str) -> None:
    assert bare(text)


@pytest.mark.parametrize("text", ["docs/rules/limits.md#k22", "noqa: BLE001  odd", "RFC 3464", "`R6`", "rule 1 below"])
def test_this_file_takes_nothing_else_for_a_bare_number(text: str) -> None:
    assert not bare(text)

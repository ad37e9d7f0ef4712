"""What our code reaches into that a library does not promise: all of it is known, pinned, and still there
(docs/hacking.md#private-parts-of-libraries)."""

import ast
import codecs
import inspect
import re
import socket
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest
from imapclient import IMAPClient

import mailbot
from tests.test_lock import pins

PACKAGE = Path(mailbot.__file__).parent
ROOT = PACKAGE.parent
ROW = re.compile(r"^\| (\w+) ([\d.]+) \| `(mailbot/[^`]+)` \| ([^|]+) \| `(tests/[^`]+)` \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs" / "hacking.md").read_text("utf-8"))

SOURCES = {
    "aiosmtpd": ("aiosmtpd.smtp",),
    "imapclient": ("imapclient.imapclient", "imaplib"),
    "jinja2": ("jinja2.environment",),
    "Python": ("codecs", "multiprocessing.resource_tracker", "smtplib"),
    "uvicorn": ("uvicorn.server", "uvicorn.protocols.http.httptools_impl", "uvicorn.protocols.http.flow_control"),
}
"""Where each library has what we reach into."""
PROMISED = {"_asdict", "_replace", "_fields", "_make"}
"""Of named tuples: the underscore keeps them apart from fields."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in PROMISED


def of_itself(node: ast.expr) -> bool:
    """Tell whether an attribute is looked up on the object itself, by its own class or the one above."""
    return (isinstance(node, ast.Name) and node.id in {"self", "cls"}) or ast.unparse(node) == "super()"


def of_others(tree: ast.AST) -> set[str]:
    """Return the private names that are looked up on other objects, or imported."""
    found = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and not of_itself(n.value)}
    imports = (n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom))
    for node in imports:
        dotted = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        found |= {part for name in dotted for part in name.split(".")}
    return set(filter(is_private, found))


@cache
def of_class(kind: type) -> set[str]:
    """Return the private names that a class gives to its objects, or calls or changes of them."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError):  # written in C
        return set()
    found = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and of_itself(n.value)}
    found |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    return set(filter(is_private, found))


def inherited(module: ModuleType) -> set[str]:
    """Return the private names that classes of a module share with other people's classes above them."""
    own = [kind for kind in vars(module).values() if inspect.isclass(kind) and kind.__module__ == module.__name__]
    pairs = ((kind, above) for kind in own for above in kind.__mro__ if above.__module__.split(".")[0] != "mailbot")
    return {name for kind, above in pairs for name in of_class(kind) & of_class(above)}  # type: ignore[arg-type]  # a class can be hashed


def has_foreign_bases(tree: ast.Module) -> bool:
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    bases = (ast.unparse(base) for node in tree.body if isinstance(node, ast.ClassDef) for base in node.bases)
    return any(base not in defined | {"StrEnum", "Exception"} for base in bases)


def reached() -> dict[str, set[str]]:
    """Return, by file, the private names of others that our code reaches into."""
    found = defaultdict(set)
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        names = of_others(tree)
        if has_foreign_bases(tree):
            names |= inherited(import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)))
        if names:
            found[str(path.relative_to(ROOT))] = names
    return dict(found)


def parts(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


@pytest.mark.slow
def test_the_document_names_every_private_part_and_no_other() -> None:
    stated = {file: set(filter(is_private, parts(cell))) for _, _, file, cell, _ in ROWS}
    assert reached() == {file: names for file, names in stated.items() if names}


@pytest.mark.parametrize(("library", "version", "file", "cell", "shown"), ROWS, ids=[row[2] for row in ROWS])
def test_each_is_still_in_the_library_in_the_version_that_was_read(
    library: str, version: str, file: str, cell: str, shown: str
) -> None:
    locked = {**pins("requirements-test.lock"), "Python": ".".join(map(str, sys.version_info[:2]))}
    assert version == locked[library], "read what has changed, then say the new version"
    source = "\n".join(inspect.getsource(import_module(name)) for name in SOURCES[library])
    assert {part for part in parts(cell) if not re.search(rf"\b{part}\b", source)} == set()
    own = (ROOT / file).read_text("utf-8")
    assert {part for part in parts(cell) if not re.search(rf"\b{part}\b", own)} == set()
    assert (ROOT / shown).is_file()


def test_a_codec_still_tells_whether_it_is_for_text() -> None:
    told = {name: codecs.lookup(name)._is_text_encoding for name in ("utf-8", "cp1252", "base64", "zlib")}  # noqa: SLF001
    assert told == {"utf-8": True, "cp1252": True, "base64": False, "zlib": False}


@contextmanager
def imap_server(more: bytes) -> Iterator[int]:
    """Give the port of a server that answers one client's first command, and says more in the same packet."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as commands:
                connection.sendall(b"* OK ready\r\n")
                tag = commands.readline().split()[0]
                connection.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n" + more)
                commands.read()

        thread = Thread(target=serve)
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            thread.join(10)


def test_words_that_came_in_one_packet_with_an_answer_are_still_seen_by_a_peek() -> None:
    with imap_server(b"* 1 EXISTS\r\n") as port:
        client = IMAPClient("127.0.0.1", port, ssl=False, timeout=5)
        assert client._imap.file.peek(1).startswith(b"* 1 EXISTS")  # noqa: SLF001
        client.shutdown()


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a._b", {"_b"}),
        ("a.b._c.d", {"_c"}),
        ("from a._b import c", {"_b"}),
        ("from a import _b", {"_b"}),
        ("self._a; cls._b; super()._c()", set()),
        ("row._asdict(); a.__class__", set()),
    ],
)
def test_this_file_sees_what_is_private(code: str, names: set[str]) -> None:
    assert of_others(ast.parse(code)) == names

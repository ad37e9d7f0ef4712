"""The house: imports point one way, and importing does nothing (docs/architecture.md)."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

import mailbot

ROOT = Path(mailbot.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in MODULES]

BOTTOM = {
    "domain",
    "mail",
    "documents",
    "links",
    "store",
    "languages",
    "presentation",
    "wording",
    "package_data",
    "mails",
}
BELOW_APP = BOTTOM | {"flows", "edge"}
BELOW_CLI = BELOW_APP | {"settings", "opening", "building", "app", "logs", "doctor", "preview", "rotation", "terminal"}

MAY_IMPORT = {
    "domain": {"domain"},
    "package_data": set(),
    "wording": set(),
    "links": {"domain"},
    "documents": {"documents", "domain"},
    "languages": {"languages", "domain"},
    "mail": {"mail", "languages", "domain"},
    "mails": {"mails", "mail", "presentation", "domain"},
    "store": {"store", "domain"},
    "presentation": {"templating", "wording", "languages", "package_data", "domain"},
    "templating": set(),
    "flows": BOTTOM | {"flows"},
    "edge": BELOW_APP,
    "settings": {"settings", "package_data", "languages", "domain"},
    "terminal": set(),
    "logs": {"terminal", "domain"},
    "preview": BELOW_APP | {"preview"},
    "opening": {"settings", "store", "edge"},
    "building": BELOW_APP | {"settings", "opening"},
    "app": BELOW_APP | {"settings", "building"},
    "doctor": BELOW_APP | {"settings", "app", "doctor"},
    "rotation": BELOW_APP,
    "demo": BELOW_CLI | {"demo"},
    "cli": BELOW_CLI | {"demo", "cli"},
    "__main__": {"cli"},
    "": set(),
}
"""For each part of mailbot, the parts it may import. A new part is entered here on purpose, or the test fails."""

VALUES, PEOPLE, ORDERING = "domain/values", "domain/people", "domain/ordering"
GROUND = {"flows/bot", "flows/view", "flows/write", "flows/machine_trouble", "flows/reply_address"}
ENTRIES = {"flows/incoming", "flows/pages", "flows/clock", "flows/admin"}
ROOMS = {
    VALUES: set(),
    PEOPLE: {VALUES},
    ORDERING: {PEOPLE, VALUES},
    "domain/trust": {PEOPLE, VALUES},
    "domain/notices": {ORDERING, PEOPLE, VALUES},
    "flows/machine_trouble": set(),
    "flows/reply_address": set(),
    "flows/bot": {"flows/machine_trouble", "flows/reply_address"},
    "flows/view": {"flows/bot"},
    "flows/write": {"flows/bot", "flows/view"},
    "flows/steps": GROUND,
    **{entry: GROUND | {"flows/steps"} for entry in ENTRIES},
    "mail/reading": set(),
    "mail/writing": {"mail/reading"},
}
"""For each room, the rooms of its own part that it may import. What two entry rooms of flows need is in steps;
what all of flows stands on lies beside the rooms, each file like a room of its own."""

PURE = {"domain", "mail", "links"}
IMPURE = {
    "asyncio",
    "http",
    "jinja2",
    "logging",
    "os",
    "random",
    "smtplib",
    "socket",
    "sqlalchemy",
    "sqlite3",
    "structlog",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
}
"""What a pure part has no business with: the clock, the disk, the network, the database, templates, a log."""

VISIBLE = {
    "basicConfig",
    "bind",
    "connect",
    "create_connection",
    "create_engine",
    "getaddrinfo",
    "listen",
    "mkdir",
    "now",
    "open",
    "Popen",
    "print",
    "read_bytes",
    "read_text",
    "run",
    "sleep",
    "socket",
    "start",
    "system",
    "today",
    "unlink",
    "urlopen",
    "write_bytes",
    "write_text",
}
"""Names of calls that touch files, sockets, processes, the clock or the screen."""

READS_MAIL = {
    *("authenticity.examine", "authenticity.gather"),
    *("absence_form.means_absence", "absence_form.read_absence", "appointment_form.scheme_in"),
    *(
        "choice.choose",
        "choice.is_forwarded",
        "gist.decision_in",
        "html.to_text",
        "parsed_mail.read",
        "limits.excess",
    ),
    *("limits.smuggles", "order_form.read_form", "reply.new_text", "bounces.read_bounce"),
    *("subject.read_subject", "gist.read_said", "gist.adds", "bodies.read_bodies", "choice.quoted_order"),
    *("answered.answered_mail", "intake.take_in", "read_back.read_back", "read_back.read_again"),
}
"""Names of mailbot.mail that search what strangers wrote: a reading child alone calls them."""
HANDED_TO_A_CHILD = {
    "edge/authentication.py": {"authenticity.examine"},
    "app.py": {"intake.take_in", "read_back.read_back", "read_back.read_again"},
}
"""Those that a module imports to hand them over."""

RUN_BY_ALEMBIC = {"store/migrations/env.py"}
"""Not imported by anything: Alembic runs it."""


def part_of(name: str) -> str:
    """Return the part that a module belongs to; everything called demo-something is the demo."""
    first = name.split("/")[0].removesuffix(".py")
    return {"__init__": ""}.get(first, "demo" if first.startswith("demo") else first)


def room_of(names: Sequence[str]) -> str:
    """Return the room that a module stands in, by the names on the way to it: its part, and the folder there."""
    return "/".join(name.removesuffix(".py") for name in names[:2])


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def imported(module: ast.AST) -> Iterator[str]:
    """Yield the dotted name of everything that is imported anywhere in the module, in functions too."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(module: ast.AST) -> Iterator[str]:
    """Yield the dotted name of everything that is imported, and of all that is used of what is imported."""
    yield from imported(module)
    known = {
        alias.asname or alias.name: f"{getattr(node, 'module', '')}.{alias.name}".removeprefix(".")
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and (place := ast.unparse(node.value)) in known:
            yield f"{known[place]}.{node.attr}"


def own(dotted: str) -> str | None:
    """Return the part of mailbot that an imported name belongs to, or None for other people's code."""
    first, *rest = dotted.split(".")
    return part_of(rest[0]) if first == "mailbot" and rest else None


def on_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every node that runs when the module is imported."""
    for child in running(node):
        yield child
        yield from on_import(child)


def running(node: ast.AST) -> list[ast.AST]:
    """Return the children that run with their parent: of a function its decorators and defaults, never its body."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [*node.decorator_list, node.args]
    if isinstance(node, ast.Lambda) or is_main(node):
        return []
    return list(ast.iter_child_nodes(node))


def is_main(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def called(node: ast.Call) -> str:
    """Return the last name of what is called: `open` for both open(...) and path.open(...)."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def outside_annotations(module: ast.AST) -> Iterator[ast.AST]:
    """Yield every node that is no part of an annotation."""
    for field, value in ast.iter_fields(module):
        if field in {"annotation", "returns"}:
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST):
                yield node
                yield from outside_annotations(node)


def test_imports_point_one_way() -> None:
    for name in NAMES:
        part = part_of(name)
        assert part in MAY_IMPORT, f"{part} is a new part: say in MAY_IMPORT what it may import, and who may import it"
        wrong = {other for other in map(own, imported(tree(name))) if other is not None} - MAY_IMPORT[part]
        assert not wrong, f"{name} must not import {', '.join(sorted(wrong))}"


def test_rooms_of_a_part_import_one_way() -> None:
    for name in (name for name in NAMES if room_of(name.split("/")) in ROOMS):
        room = room_of(name.split("/"))
        found = {room_of(dotted.split(".")[1:]) for dotted in imported(tree(name)) if dotted.startswith("mailbot.")}
        wrong = {other for other in found if other in ROOMS and part_of(other) == part_of(room)} - ROOMS[room] - {room}
        assert not wrong, f"{name} must not import {', '.join(sorted(wrong))}"


def test_every_module_of_a_part_with_rooms_is_in_one() -> None:
    parts = {part_of(room) for room in ROOMS}
    assert {n for n in NAMES if part_of(n) in parts and not n.endswith("__init__.py")} == {
        n for n in NAMES if room_of(n.split("/")) in ROOMS and not n.endswith("__init__.py")
    }


def test_no_two_parts_may_import_each_other() -> None:
    both = {(a, b) for a, others in MAY_IMPORT.items() for b in others if a != b and a in MAY_IMPORT[b]}
    assert not both


def test_nothing_below_app_may_import_settings() -> None:
    assert {part for part, others in MAY_IMPORT.items() if "settings" in others} <= {
        *{"settings", "opening", "building", "app", "doctor", "demo", "cli"}
    }


def test_only_the_store_knows_the_database() -> None:
    for name in (n for n in NAMES if part_of(n) != "store"):
        module = tree(name)
        found = {dotted for dotted in imported(module) if dotted.split(".")[0] in {"sqlalchemy", "alembic", "sqlite3"}}
        allowed = {"sqlalchemy.Connection"} if part_of(name) == "flows" else set()
        assert found <= allowed, f"{name} imports {', '.join(sorted(found - allowed))}"
        uses = [n.lineno for n in outside_annotations(module) if isinstance(n, ast.Name) and n.id == "Connection"]
        assert not uses or not found, f"{name} uses Connection as more than a type in lines {uses}"


def test_the_pure_parts_know_no_clock_no_disk_no_network_and_no_database() -> None:
    for name in (n for n in NAMES if part_of(n) in PURE):
        dotted = set(imported(tree(name)))
        found = {bad for bad in IMPURE for d in dotted if d == bad or d.startswith(f"{bad}.")}
        assert not found, f"{name} imports {', '.join(sorted(found))}"
        calls = [n for n in ast.walk(tree(name)) if isinstance(n, ast.Call)]
        clock = [n.lineno for n in calls if called(n) in {"now", "utcnow", "today", "open", "print"}]
        assert not clock, f"{name} reads the clock, a file or writes to the screen in lines {clock}"


def test_importing_a_module_does_nothing_that_can_be_seen() -> None:
    for name in (n for n in NAMES if n not in RUN_BY_ALEMBIC):
        calls = [node for node in on_import(tree(name)) if isinstance(node, ast.Call) and called(node) in VISIBLE]
        assert not calls, f"{name} calls {', '.join(f'{called(c)} in line {c.lineno}' for c in calls)} when imported"


def test_every_module_says_what_lives_there() -> None:
    for name in (n for n in NAMES if n not in RUN_BY_ALEMBIC):
        assert ast.get_docstring(tree(name)), f"{name} has no docstring"


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("open('x')", ["open"]),
        ("class A:\n    x = Path('x').read_text()", ["read_text"]),
        ("def f(a=open('x')): pass", ["open"]),
        ("@run()\ndef f(): pass", ["run"]),
        ("if True:\n    socket.create_connection()", ["create_connection"]),
        ("def f():\n    open('x')", []),
        ("class A:\n    def f(self):\n        open('x')", []),
        ("x = lambda: open('x')", []),
        ("if __name__ == '__main__':\n    run()", []),
    ],
)
def test_this_file_sees_what_runs_on_import_and_no_more(code: str, seen: list[str]) -> None:
    assert [called(n) for n in on_import(ast.parse(code)) if isinstance(n, ast.Call) and called(n) in VISIBLE] == seen


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("import mailbot.store.orders", ["store"]),
        ("from mailbot import wording", ["wording"]),
        ("from mailbot.store import orders", ["store"]),
        ("from mailbot.demo.sink import Sink", ["demo"]),
        ("def f():\n    from mailbot.settings import load", ["settings"]),
        ("import email", [None]),
    ],
)
def test_this_file_sees_imports_wherever_they_stand(code: str, parts: list[str | None]) -> None:
    assert [own(dotted) for dotted in imported(ast.parse(code))] == parts


def test_no_mail_is_read_outside_of_the_reading_child() -> None:
    for name in (n for n in NAMES if part_of(n) != "mail"):
        reads = READS_MAIL - HANDED_TO_A_CHILD.get(name, set())
        assert not {f"mailbot.mail.reading.{function}" for function in reads} & set(named(tree(name)))


def test_no_flow_looks_for_a_pattern_in_what_a_mail_says() -> None:
    of_pages = {"flows/pages/order_form.py", "flows/steps/step_up.py"}
    assert {name for name in NAMES if part_of(name) == "flows" and "re" in imported(tree(name))} == of_pages


@pytest.mark.parametrize(
    "code",
    [
        "from mailbot.mail.reading.limits import excess",
        "from mailbot.mail.reading import limits\nlimits.excess(b'')",
        "from mailbot.mail.reading import limits as l\nl.excess(b'')",
        "import mailbot.mail.reading.limits\nmailbot.mail.reading.limits.excess(b'')",
    ],
)
def test_this_file_sees_a_function_however_it_is_imported(code: str) -> None:
    assert "mailbot.mail.reading.limits.excess" in set(named(ast.parse(code)))


def test_people_units_rights_and_suppliers_are_written_by_the_same_functions_for_everybody() -> None:
    tables = ("people", "aliases", "memberships", "interests", "units", "rights", "suppliers", "own_costs")
    writers = re.compile(rf"\b(?:insert|upsert|into)\((?:t\.)?(?:{'|'.join(tables)})\)")
    found = {n for n in NAMES if part_of(n) == "store" and writers.search((ROOT / n).read_text("utf-8"))}
    assert found == {"store/directory.py", "store/directory_import.py"}

"""Nothing that a file states of people, units, rights, suppliers and absences is lost on its way to the database.

The fields are found in the code. A new one fails here until it can be written in a file, is stored, is printed by
`directory show --json`, and is seen by `directory import` when it changes.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import Field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from typer.testing import CliRunner

from mailbot.cli.commands import cli
from mailbot.demo.demo_run import write_config
from mailbot.domain.people.directory import Absence, Person, Right, RightKind, Supplier, Unit
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import SelfOrder
from mailbot.settings.shapes import AbsenceEntry, PersonEntry, RightEntry, SupplierEntry, UnitEntry
from tests.support.examples import examples
from tests.support.process import CALM

STATED: dict[type, tuple[str, type[BaseModel], str]] = {
    Person: ("person", PersonEntry, "people"),
    Unit: ("unit", UnitEntry, "units"),
    Right: ("right", RightEntry, "rights"),
    Absence: ("absence", AbsenceEntry, "absences"),
    Supplier: ("supplier", SupplierEntry, "suppliers"),
}
"""What is stated: its table in the file, the table's shape, and where `directory show --json` has it."""
UNSTATED = {"registered", "ended", "ended_at", "registered_at", "kept_by"}
"""What no file states: it becomes so in the database. Nor are ids, but a unit's."""


def stated_fields(kind: type) -> list[Field[Any]]:
    return [f for f in fields(kind) if f.name not in UNSTATED and (f.name != "id" or kind is Unit)]


EVA, BO, KIM, LO = "eva@example.se", "bo@example.se", "kim@example.se", "lo@example.se"
VALUES: dict[tuple[type, str], tuple[Any, Any]] = {
    (Person, "address"): (EVA, "eva.ek@example.se"),
    (Person, "aliases"): (("e@example.se",), ("e@example.se", "ek@example.se")),
    (Person, "units"): (("cs",), ("cs", "top")),
    (Person, "language"): ("en", "sv"),
    (Person, "interests"): (("Dustin AB",), ("Dustin AB", "Atea AB")),
    (Person, "last_day"): (date(2999, 8, 31), date(2999, 9, 30)),
    (Unit, "head"): (BO, KIM),
    (Unit, "reviewer"): (BO, KIM),
    (Unit, "parent"): ("top", "side"),
    (Unit, "self_order"): (SelfOrder.DENY, SelfOrder.ALLOW),
    (Unit, "language"): ("en", "sv"),
    (Right, "person"): (BO, KIM),
    (Right, "unit"): ("top", "side"),
    (Right, "kind"): (RightKind.PURCHASING, RightKind.APPOINT),
    (Right, "valid_from"): (date(2026, 1, 1), date(2026, 2, 1)),
    (Right, "valid_to"): (date(2999, 6, 30), date(2999, 5, 31)),
    (Right, "limit"): (Money(Decimal(50000)), Money(Decimal("70000.50"))),
    (Right, "may_delegate"): (True, False),
    (Right, "delegated_from"): (BO, KIM),
    (Right, "deputy_for"): (BO, KIM),
    (Absence, "person"): (BO, KIM),
    (Absence, "first"): (date(2999, 7, 1), date(2999, 7, 2)),
    (Absence, "last"): (date(2999, 7, 31), date(2999, 7, 30)),
    (Absence, "substitute"): (LO, EVA),
    (Supplier, "names"): (("Dustin Sverige",), ("Dustin Sverige", "Dustin Home")),
    (Supplier, "address"): ("order@dustin.example", "sales@dustin.example"),
}
"""Two values of each field that is more than a text of its own."""
OTHERWISE_ANOTHER = {
    (Unit, "id"),
    *((Right, name) for name in ("person", "unit", "kind", "valid_from", "deputy_for")),
    (Absence, "substitute"),
}
"""What does not change: a unit and a right are known by it, and an absence that the database holds stays as it is."""

Entry = Mapping[str, Any]
CHANGING = [
    pytest.param(kind, field, id=f"{kind.__name__}-{field.name}")
    for kind in STATED
    for field in stated_fields(kind)
    if (kind, field.name) not in OTHERWISE_ANOTHER
]


def two_values(kind: type, field: Field[Any]) -> tuple[Any, Any]:
    """Return two values of a field; of a text those that say its name."""
    if (kind, field.name) not in VALUES:
        assert "str" in str(field.type), f"say in VALUES what {kind.__name__}.{field.name} may be"
    return VALUES.get((kind, field.name), (f"One {field.name}", f"Other {field.name}"))


FULL: dict[type, Entry] = {kind: {f.name: two_values(kind, f)[0] for f in stated_fields(kind)} for kind in STATED}
FULL[Unit] = {**FULL[Unit], "id": "cs"}
OTHERS: dict[type, list[Entry]] = {
    Person: [{"name": name, "address": address} for name, address in (("Bo Asp", BO), ("Kim Ek", KIM), ("Lo Al", LO))],
    Unit: [{"id": "top", "name": "The top"}, {"id": "side", "name": "The side"}],
}
"""An entry with every field, and those that it speaks of."""


def toml(value: object) -> str:
    match value:
        case tuple():
            return f"[{', '.join(map(toml, value))}]"
        case Money():
            return json.dumps(f"{value.amount} {value.currency}")
        case bool() | date():
            return str(value).lower()
    return json.dumps(str(value))


def table(kind: type, entry: Entry) -> str:
    """Return an entry as the file states it."""
    name, shape, _ = STATED[kind]
    lines = [f"{key_of(shape, key)} = {toml(value)}" for key, value in entry.items() if value is not None]
    return "\n".join([f"[[{name}]]", *lines, ""])


def key_of(shape: type[BaseModel], field: str) -> str:
    known = shape.model_fields.get(field)
    return known.alias if known and known.alias else field


def write(folder: Path, stated: Mapping[type, Entry]) -> None:
    """Write the two files: an entry of each kind, and those that it speaks of."""
    texts = {kind: [table(kind, entry) for entry in (stated[kind], *OTHERS.get(kind, ()))] for kind in STATED}
    (folder / "suppliers.toml").write_text("\n".join(texts.pop(Supplier)), "utf-8")
    (folder / "organisation.toml").write_text("\n".join(text for part in texts.values() for text in part), "utf-8")


def run(folder: Path, *command: str) -> str:
    done = CliRunner().invoke(cli, [*command, "--config", str(folder)])
    assert done.exit_code == 0, done.output
    return done.stdout


def plain(value: object) -> object:
    """Return a stated value as JSON has it."""
    match value:
        case Money():
            return {"amount": f"{value.amount:.2f}", "currency": value.currency}
        case date():
            return value.isoformat()
        case tuple():
            return sorted(value)
        case StrEnum():
            return value.value
    return value


def told(value: object) -> object:
    """Return a value of the JSON; of a person the address, by which files speak of them."""
    if isinstance(value, dict) and "address" in value:
        return value["address"]
    return sorted(value) if isinstance(value, list) else value


def shown(folder: Path, kind: type) -> list[Entry]:
    """Return the entries of a kind that the database holds."""
    found = json.loads(run(folder, "directory", "show", "--json"))[STATED[kind][2]]
    return [{key: told(value) for key, value in one.items()} for one in found]


def has(entries: list[Entry], entry: Entry) -> bool:
    return any(all(one.get(key, ...) == plain(value) for key, value in entry.items()) for one in entries)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a store that holds the full entries."""
    folder = tmp_path_factory.mktemp("stated") / "config"
    begin(folder, FULL)
    return folder


def begin(folder: Path, stated: Mapping[type, Entry]) -> None:
    write_config(folder, {"smtp": 1, "relay": 2, "web": 3}, CALM)
    write(folder, stated)
    run(folder, "directory", "import", "--yes")


@pytest.fixture
def config(imported: Path, tmp_path: Path) -> Path:
    """A copy of it, with a store of its own."""
    folder = tmp_path / "config"
    shutil.copytree(imported, folder)
    text = (folder / "mailbot.toml").read_text("utf-8")
    (folder / "mailbot.toml").write_text(text.replace(str(imported), str(folder)), "utf-8")
    return folder


@pytest.mark.parametrize("kind", STATED, ids=lambda kind: kind.__name__)
def test_all_that_is_stated_is_shown_and_an_import_of_it_finds_nothing_new(kind: type, config: Path) -> None:
    assert has(shown(config, kind), FULL[kind]), (shown(config, kind), FULL[kind])
    assert "nothing to import" in run(config, "directory", "import", "--dry-run")


@pytest.mark.parametrize(("kind", "field"), CHANGING)
def test_a_field_that_changes_in_a_file_changes_in_the_database(kind: type, field: Field[Any], config: Path) -> None:
    changed = {**FULL[kind], field.name: two_values(kind, field)[1]}
    write(config, {**FULL, kind: changed})

    assert "nothing to import" not in run(config, "directory", "import", "--yes")
    assert has(shown(config, kind), changed), shown(config, kind)


@st.composite
def statements(draw: st.DrawFn) -> Mapping[type, Entry]:
    """Draw an entry of each kind in which some of what may be left out is, and the rest is one of two values."""
    stated: dict[type, Entry] = {}
    for kind in STATED:
        entry = {**FULL[kind]}
        for field in stated_fields(kind):
            if (kind, field.name) not in {(Unit, "id"), (Person, "address")}:
                entry[field.name] = draw(st.sampled_from(two_values(kind, field)))
                if field.default is None and draw(st.booleans()):
                    entry[field.name] = None
        stated[kind] = entry
    return stated


@given(statements())
@examples(40)
def test_whatever_is_stated_comes_back(stated: Mapping[type, Entry]) -> None:
    with TemporaryDirectory() as work:
        folder = Path(work) / "config"
        begin(folder, stated)
        for kind, entry in stated.items():
            assert has(shown(folder, kind), entry), (shown(folder, kind), entry)
        assert "nothing to import" in run(folder, "directory", "import", "--dry-run")

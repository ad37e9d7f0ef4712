"""The commands as a person types them: what they teach, what they print, and one plain line when something is wrong."""

import json
import os
import pty
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mailbot.cli.commands import cli, main
from mailbot.demo.demo_run import write_config
from mailbot.demo.sink import Kept, Sink
from mailbot.store.database import HEAD, Database
from mailbot.store.driver import sqlite3
from tests.journeys.people import order, place
from tests.support.process import (
    CALM,
    EVA,
    PATIENCE_SECONDS,
    RUN,
    RUT,
    STOP_SECONDS,
    Running,
    environment,
    free_ports,
    mail,
    serving,
)

COMMANDS = {
    (): [
        *("serve", "demo", "check", "doctor", "explain", "plan", "keys", "inbox", "parked", "outbox", "orders"),
        *("directory", "mails"),
    ],
    ("serve",): ["--config"],
    ("demo",): ["--once"],
    ("check",): ["--config"],
    ("doctor",): ["--config", "--links-only"],
    ("keys",): ["rotate"],
    ("keys", "rotate"): ["--config", "--drop-old", "--leaked", "--lost"],
    ("parked",): ["list", "show", "retry"],
    ("inbox",): ["list", "show"],
    ("inbox", "list"): ["--config", "--limit", "--json"],
    ("inbox", "show"): ["--config", "--json", "mail"],
    ("parked", "list"): ["--config", "--json"],
    ("parked", "show"): ["--config", "mail"],
    ("parked", "retry"): ["--config", "mail"],
    ("outbox",): ["list", "retry"],
    ("outbox", "list"): ["--config", "--json"],
    ("outbox", "retry"): ["--config", "--all-failed", "ID"],
    ("directory",): ["import", "show"],
    ("mails",): ["preview"],
    ("mails", "preview"): ["--open", "--pictures", "folder"],
    ("directory", "import"): ["--config", "--yes", "--dry-run", "--all"],
    ("directory", "show"): ["--config", "--json", "unit"],
    ("orders",): ["list", "show"],
    ("orders", "list"): ["--config", "--limit", "--json"],
    ("orders", "show"): ["--config", "--json", "number"],
}


long = partial(pytest.param, marks=pytest.mark.long)


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


def run(*arguments: str | Path, cwd: Path, seconds: float = 20, **variables: str) -> Said:
    """Run a command to its end."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(RUN), *map(str, arguments)],
        cwd=cwd,
        env=environment() | variables,
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def typed(*arguments: str | Path) -> Said:
    """Run a command to its end in this process, as `run.py` does."""
    out, err, before = StringIO(), StringIO(), sys.argv
    sys.argv = ["mailbot", *map(str, arguments)]
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = before
    return Said(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def on_a_terminal(*arguments: str | Path, cwd: Path) -> str:
    """Run a command whose output is a terminal, and return what that was sent."""
    ours, theirs = pty.openpty()
    command = [sys.executable, str(RUN), *map(str, arguments)]
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(command, cwd=cwd, env=environment(), stdout=theirs)  # noqa: S603
        os.close(theirs)
        sent = b""
        try:
            while data := screen.read(4096):
                sent += data
        except OSError:  # Linux says so when the other side has closed
            pass
        assert process.wait(20) == 0
    return sent.decode()


def config(folder: Path, **ports: int) -> Path:
    """Write a configuration of the demo's people on free ports."""
    smtp, relay, web = free_ports(3)
    return write_config(folder / "config", {"smtp": smtp, "relay": relay, "web": web, **ports}, CALM)


# --- Help. ---


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_says_what_a_command_does_and_lists_what_it_takes(command: tuple[str, ...]) -> None:
    told = CliRunner().invoke(cli, [*command, "--help"])

    assert told.exit_code == 0
    for word in COMMANDS[command]:
        assert re.search(rf"(?<![\w-]){word}\b\W+\S", told.output), word
    assert re.search(r"\w+ \w+ .*\.", told.output)


def test_a_command_that_is_missing_or_mistyped_leads_to_the_right_one() -> None:
    assert "serve" in CliRunner().invoke(cli, []).output
    wrong = CliRunner().invoke(cli, ["sevre"])
    assert wrong.exit_code == 2
    assert "serve" in wrong.stderr


# --- A configuration that cannot be used. ---


@pytest.mark.parametrize(
    ("file", "right", "wrong", "place", "remedy"),
    [
        ("mailbot.toml", "undo_window =", "undo_windw =", "[policy] undo_windw", "write undo_window"),
        ("mailbot.toml", 'undo_window = "0 seconds"', "undo_window = 5", "[policy] undo_window", "a number and a unit"),
        ("mailbot.toml", 'listen = "127.0.0.1:2', 'listen = "0.0.0.0:2', "[trust] sender", "sender = 'none'"),
        ("organisation.toml", 'person = "anna.ask@', 'person = "anna.oak@', "[[right]] no. 2 person", "add the person"),
    ],
    ids=["unknown key", "wrong type", "contradiction", "unknown person"],
)
def test_a_broken_configuration_is_refused_with_file_key_and_remedy(
    tmp_path: Path, file: str, right: str, wrong: str, place: str, remedy: str
) -> None:
    folder = config(tmp_path)
    text = (folder / file).read_text("utf-8")
    assert right in text
    (folder / file).write_text(text.replace(right, wrong), "utf-8")

    for command in ("serve", "check"):
        said = CliRunner().invoke(cli, [command, "--config", str(folder)])
        assert (said.exit_code, said.stdout) == (2, "")
        [line] = said.stderr.splitlines()
        assert line.startswith(f"{file}: {place} ")
        assert remedy in line
    assert not (folder / "mailbot.db").exists()


def test_a_folder_without_configuration_is_named_with_the_files_to_put_there(tmp_path: Path) -> None:
    said = typed("serve", "--config", tmp_path / "nowhere")

    assert said.code == 2
    for name in ("mailbot.toml", "organisation.toml", "suppliers.toml"):
        assert re.search(rf"^{name}: the file is missing", said.err, re.MULTILINE)
    assert "Traceback" not in said.err


@pytest.mark.parametrize("door", ["smtp", "web"])
def test_a_port_that_is_taken_is_said_in_one_plain_line(tmp_path: Path, door: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        said = run("serve", "--config", config(tmp_path, **{door: port}), cwd=tmp_path)

    assert (said.code, said.out) == (1, "")
    [line] = [line for line in said.err.splitlines() if not line.startswith("warning: ")]
    assert line.startswith("cannot listen: ")
    assert str(port) in line
    assert "stop what listens there" in line


@pytest.mark.parametrize(
    ("text", "mode", "remedy"),
    [("00" * 32, 0o644, "chmod 600"), ("", 0o600, "from its backup"), ("no key", 0o600, "from its backup")],
    ids=["open to others", "empty", "junk"],
)
def test_a_key_file_that_cannot_be_used_is_no_reason_to_start_again(
    tmp_path: Path, text: str, mode: int, remedy: str
) -> None:
    folder = config(tmp_path)
    (folder / "keys").write_text(text)
    (folder / "keys").chmod(mode)

    said = typed("serve", "--config", folder)

    assert said.code == 2
    assert remedy in said.err
    assert "Traceback" not in said.err
    assert "00" * 32 not in said.err


def test_a_secret_s_file_that_is_gone_is_no_reason_to_start_again(tmp_path: Path) -> None:
    folder = config(tmp_path)
    text = (folder / "mailbot.toml").read_text("utf-8")
    (folder / "mailbot.toml").write_text(text.replace("[web]\n", '[web]\nmetrics_token_file = "/gone"\n'), "utf-8")

    said = typed("serve", "--config", folder)

    assert said.code == 2
    assert "[web] metrics_token_file" in said.err


# --- A database that cannot be used. ---


def newer(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()


def test_a_database_of_a_newer_mailbot_is_no_reason_to_start_again(tmp_path: Path) -> None:
    there = config(tmp_path)
    newer(there / "mailbot.db")

    said = typed("serve", "--config", there)

    assert (said.code, said.out) == (2, "")
    assert "newer mailbot: install that version, or restore a backup" in said.err


def garbage(file: Path) -> None:
    file.write_bytes(b"no database at all. " * 500)


def folder(file: Path) -> None:
    file.mkdir()


def another_program_s(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE bookmarks (a)")
        connection.commit()


def damaged(file: Path) -> None:
    """Write nonsense over the page where the orders begin, as a failing disk does: it is met when they are read."""
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    with database.read() as connection:
        query = "SELECT (rootpage - 1) * page_size FROM sqlite_master, pragma_page_size WHERE name = 'orders'"
        at = connection.exec_driver_sql(query).scalar_one()
    database.close()
    with file.open("r+b") as pages:
        pages.seek(at)
        pages.write(b"\x07" * 4096)


@pytest.mark.parametrize(
    ("spoil", "cause", "remedy"),
    [
        (garbage, "is no SQLite database", "restore the newest backup"),
        (folder, "Is a directory", "let the bot's own user own it"),
        (another_program_s, "is another program's", "give [store] url the path of a file of the bot's own"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_plain_line_with_the_remedy(
    tmp_path: Path, spoil: Callable[[Path], None], cause: str, remedy: str
) -> None:
    there = config(tmp_path)
    spoil(there / "mailbot.db")

    for command in (["serve"], ["keys", "rotate"]):
        said = typed(*command, "--config", there)
        assert (said.code, said.out) == (2, ""), command
        [line] = [line for line in said.err.splitlines() if not line.startswith("warning: ")]
        assert str(there / "mailbot.db") in line
        assert cause in line
        assert remedy in line


def test_damage_that_a_command_meets_on_its_way_is_one_plain_line_too(tmp_path: Path) -> None:
    there = config(tmp_path)
    damaged(there / "mailbot.db")

    said = typed("orders", "list", "--config", there)

    assert (said.code, said.out) == (2, "")
    assert re.fullmatch(r"the database is damaged; .*restore the newest backup.*\n", said.err)


def test_a_database_that_another_program_holds_is_said_and_may_be_tried_again(tmp_path: Path) -> None:
    there = config(tmp_path)
    with closing(sqlite3.connect(there / "mailbot.db", isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        said = typed("orders", "list", "--config", there)

    assert (said.code, said.out) == (1, "")
    [line] = said.err.splitlines()
    assert "is held by another program" in line


def test_a_backup_is_one_whole_moment_for_this_user_alone_even_while_the_bot_writes(tmp_path: Path) -> None:
    there, copy = config(tmp_path), tmp_path / "copy.db"
    typed("orders", "list", "--config", there)
    with closing(sqlite3.connect(there / "mailbot.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE alembic_version SET version_num = 'half'")
        said = typed("backup", copy, "--config", there)

    assert (said.code, said.err) == (0, "")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
    assert "exists already" in typed("backup", copy, "--config", there).err


# --- Questions to a configuration and to a store. ---


def test_check_prints_who_would_be_asked_and_where_orders_around_the_limit_go(tmp_path: Path) -> None:
    folder = config(tmp_path)

    said = run("check", "--config", folder, cwd=tmp_path)

    assert said.code == 0
    out = said.out.replace("\u00a0", " ")
    unit = out[out.index("(cs)") : out.index("(umf)")]
    assert "Anna Ask <anna.ask@example.se>" in unit
    assert "Eva Ek <eva.ek@example.se>" in unit
    assert re.search(r"14 999,00 kr -> order@dustin\.example$", out, re.MULTILINE)
    assert re.search(r"15 000,00 kr -> order@dustin\.example$", out, re.MULTILINE)
    assert re.search(r"15 001,00 kr -> it-inkop@example\.se ", out)
    assert out.startswith("profile umu; to purchasing above 15 000,00 kr without VAT")
    assert said.err.startswith("warning: organisation.toml: unit 'umf' has only one approver")
    assert sorted(p.name for p in folder.iterdir()) == ["mailbot.toml", "organisation.toml", "suppliers.toml"]


def test_check_prints_what_each_right_goes_up_to_and_in_which_basis(tmp_path: Path) -> None:
    folder = config(tmp_path)
    mailbot, organisation = folder / "mailbot.toml", folder / "organisation.toml"
    mailbot.write_text(mailbot.read_text().replace("[policy]\n", '[policy]\nprofile = "su"\n'))
    eva = """[[right]]
person = "eva.ek@example.se"
unit = "cs"
kind = "order"
from = 2026-01-01
"""
    stated = 'to = 2099-12-31\nlimit = "{}"\nrole = "prefekt"\nground = "beslut 1"\nmay_delegate = true\n'
    others = 'to = 2099-12-31\nlimit = "50000 SEK"\nrole = "prefekt"\nground = "beslut 2"\nmay_delegate = false\n'
    text = organisation.read_text().replace(eva, eva + stated.format("300000 SEK"))
    text = text.replace('kind = "order"\nfrom = 2026-01-01\n\n', f'kind = "order"\nfrom = 2026-01-01\n{others}\n')
    organisation.write_text(re.sub(r"(?m)^(id = .*)$", r'\1\nlevel = "institution"', text))

    said = typed("check", "--config", folder)

    assert said.code == 0, said.err
    out = said.out.replace("\u00a0", " ")
    unit = out[out.index("(cs)") : out.index("(umf)")]
    assert re.search(
        r"^ +Eva Ek: prefekt, up to SEK 300,000\.00 without VAT, 2026-01-01 to 2099-12-31, ", unit, re.MULTILINE
    )
    assert re.search(r"^ +Anna Ask: prefekt, up to SEK 50,000\.00 without VAT, ", unit, re.MULTILINE)


@dataclass(frozen=True)
class Lived:
    """The store of a bot that has lived: its configuration and the number of its one order."""

    config: Path
    number: str


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """A bot that got a stranger's mail, which it parked, and Rut's order, which Eva approved."""
    with serving(tmp_path_factory.mktemp("lived")) as bot:
        bot.hand_in(mail("Köp [bold]nu[/bold]! \x1b[31mNu!", sender="mallory@elsewhere.example", subject="Rea"))
        order = place(bot)
        order.page().press("approve")
        bot.wait("order@dustin.example", order.number)
        yield Lived(bot.config, order.number)


def test_orders_list_and_show_print_an_order_and_every_step_of_its_life(lived: Lived) -> None:
    listed = typed("orders", "list", "--config", lived.config)
    assert listed.code == 0
    [row] = [line for line in listed.out.splitlines() if lived.number in line]
    for word in ("cs", "Rut Rask", "Dustin", "12 500,00"):
        assert word in row.replace("\u00a0", " ")

    shown = typed("orders", "show", lived.number, "--config", lived.config)
    assert shown.code == 0
    steps = re.findall(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  (\w+)  (.+?)  \((.+?)\)", shown.out, re.MULTILINE)
    assert steps[0] == ("opened", "Rut Rask", "loopback")
    assert steps[1] == ("approved", "Eva Ek", "signed link")
    assert steps[2] == ("leaving", "mailbot", "clock")
    assert "1 st Dell XPS 13 à 12 500,00" in shown.out.replace("\u00a0", " ")


def test_an_order_that_does_not_exist_is_one_plain_line(lived: Lived, tmp_path: Path) -> None:
    said = run("orders", "show", "IT-1999-00001", "--config", lived.config, cwd=tmp_path)

    assert (said.code, said.out) == (1, "")
    assert "there is no order IT-1999-00001; `orders list` lists them" in said.err


TIME, NUMBER, MONEY = (
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    r"IT-\d{4}-\d{5}",
    {"amount": r"\d+\.\d\d", "currency": "[A-Z]{3}"},
)
PERSON = {"name": ".+", "address": ".+@.+"}
MAIL = {
    "id": int,
    "received_at": TIME,
    "done_at": (TIME, None),
    "via": "smtp|lmtp|imap|doctor",
    "mail_from": ".*",
    "sender": (".+@.+", None),
    "bytes": int,
    "state": "new|waiting|done|parked",
    "tries": int,
    "order": (NUMBER, None),
    "outcome": ("order|decision|answer|ignored", None),
    "reason": (".+", None),
}
AN_ORDER = {
    "number": NUMBER,
    "status": "[a-z_]+",
    "version": int,
    "unit": ".+",
    "requester": PERSON,
    "approver": PERSON,
    "supplier": ".+",
    "total": MONEY,
    "vat_included": bool,
    "created_at": TIME,
    "asked_at": TIME,
    "destination": ("supplier|purchasing", None),
    "route_reasons": ["[a-z_]+"],
}
LINE = {
    "item_no": (".+", None),
    "description": ".+",
    "quantity": r"[\d.]+",
    "unit": (".+", None),
    "price": MONEY,
    "discount": (MONEY, None),
    "vat_rate": (r"\d+", None),
    "total": MONEY,
}
EVENT = {"at": TIME, "what": "[a-z_]+", "person": (PERSON, None), "proof": ".+", "details": dict}


def fits(value: object, shape: object) -> bool:
    """Tell whether JSON has a shape: a pattern, a type, a list of one shape, an object, or several to choose from."""
    match shape:
        case tuple():
            return any(fits(value, one) for one in shape)
        case str():
            return isinstance(value, str) and re.fullmatch(shape, value) is not None
        case [one]:
            return isinstance(value, list) and all(fits(item, one) for item in value)
        case dict():
            whole = isinstance(value, dict) and value.keys() == shape.keys()
            return whole and all(fits(value[key], one) for key, one in shape.items())  # type: ignore[index]
        case type():
            return type(value) is shape
        case _:
            return value is shape


def test_lists_print_one_json_value_in_a_shape_that_scripts_can_rely_on(lived: Lived) -> None:
    wanted = {
        ("orders", "list"): [AN_ORDER],
        ("orders", "show", lived.number): {**AN_ORDER, "lines": [LINE], "events": [EVENT]},
        ("inbox", "list"): [MAIL],
        ("inbox", "show", "2"): MAIL,
        ("parked", "list"): [MAIL],
    }
    found = {}
    for command, shape in wanted.items():
        said = typed(*command, "--json", "--config", lived.config)
        assert (said.code, said.err) == (0, ""), command
        assert said.out.isascii()
        found[command] = json.loads(said.out)
        assert found[command]
        assert fits(found[command], shape), (command, found[command])

    order, mail = found["orders", "show", lived.number], found["inbox", "show", "2"]
    assert order["total"] == {"amount": "12500.00", "currency": "SEK"}
    assert order["lines"][0]["quantity"] == "1"
    assert [event["what"] for event in order["events"]][:2] == ["opened", "approved"]
    assert (mail["state"], mail["outcome"], mail["order"]) == ("done", "order", lived.number)
    assert [one["sender"] or one["mail_from"] for one in found["parked", "list"]] == ["mallory@elsewhere.example"]


def test_the_keys_of_the_json_are_the_documented_ones() -> None:
    text = (RUN.parent / "docs" / "operating.md").read_text("utf-8")
    table = text[text.index("## For scripts") :].partition("\n## ")[0]
    documented = set(re.findall(r"`([a-z_]+)`", table))
    assert {*MAIL, *AN_ORDER, *LINE, *EVENT, *MONEY, *PERSON, "lines", "events"} <= documented


def test_inbox_list_and_show_say_what_became_of_every_mail(lived: Lived) -> None:
    listed = run("inbox", "list", "--config", lived.config, cwd=lived.config, COLUMNS="160").out
    assert re.search(rf"^. *2 .*rut\.rask@example\.se.* done .* order .* {lived.number}", listed, re.MULTILINE)
    assert re.search(r"^. *1 .*mallory@elsewhere\.example.* parked .* unknown_address", listed, re.MULTILINE)

    shown = typed("inbox", "show", "1", "--config", lived.config).out
    assert re.search(r"^state: +parked$", shown, re.MULTILINE)
    assert re.search(r"^reason: +unknown_address$", shown, re.MULTILINE)

    missing = typed("inbox", "show", "999", "--config", lived.config)
    assert (missing.code, missing.out) == (1, "")
    assert "`inbox list` lists them" in missing.err


def test_parked_list_and_show_print_a_mail_that_was_set_aside_and_retry_takes_it_up_again(
    lived: Lived, tmp_path: Path
) -> None:
    listed = typed("parked", "list", "--config", lived.config)
    assert listed.code == 0
    [row] = [line for line in listed.out.splitlines() if "mallory@elsewhere.example" in line]
    key = re.findall(r"\d+", row)[0]

    shown = run("parked", "show", key, "--config", lived.config, cwd=tmp_path)
    assert shown.code == 0
    assert "From: mallory@elsewhere.example" in shown.out
    assert "Subject: Rea" in shown.out

    assert "\x1b[31m" in shown.out  # into a file goes the mail itself
    seen = on_a_terminal("parked", "show", key, "--config", lived.config, cwd=tmp_path)
    assert "Subject: Rea" in seen
    assert r"\x1b[31m" in seen
    assert "\x1b[31m" not in seen

    assert typed("parked", "retry", key, "--config", lived.config).code == 0

    again = typed("parked", "retry", "999", "--config", lived.config)
    assert again.code == 1
    assert "not parked" in again.err


def test_outbox_list_shows_what_has_not_left_and_retry_sends_it_once_more(tmp_path: Path) -> None:
    with serving(tmp_path / "bot") as bot:

        def outbox(*words: str) -> Result:
            return CliRunner().invoke(cli, ["outbox", *words, "--config", str(bot.config)])

        bot.relay.refused.add(RUT)
        bot.hand_in(order(reference="REF-1"))
        bot.wait("drift@example.se", "550")
        bot.wait(EVA, "REF-1")  # the relay takes others' mail, so the refusal was for good
        [failed] = json.loads(outbox("list", "--json").stdout)
        [number] = failed["orders"]
        refused = {"state": "failed", "mail": "receipt", "recipient": "person", "tries": 1, "next_try_at": None}
        assert failed.items() >= refused.items()
        assert failed["last_answer"].startswith("550 ")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", failed["created_at"])
        listed = outbox("list").stdout
        assert re.search(rf"{failed['id']} .* failed .* receipt .* person .* {number} .* 0 min .* 550", listed)

        bot.relay.refused.clear()
        said = outbox("retry", str(failed["id"]), "4711")
        assert (said.exit_code, said.stdout) == (1, f"mail {failed['id']} is sent once more\n")
        assert "mail 4711 is not sent: there is no such mail" in said.stderr
        bot.wait(RUT, number)
        done = outbox("retry", "--all-failed")
        assert (done.exit_code, done.stdout) == (0, "no mail has failed\n")
        assert outbox("retry").exit_code == 1


# --- Keys that are gone. ---


def test_a_key_file_that_is_gone_stops_every_command_until_it_is_back_or_given_up(lived: Lived, tmp_path: Path) -> None:
    there = Path(
        shutil.copytree(lived.config, tmp_path / "config", ignore=shutil.ignore_patterns("*-journal", "*.sock"))
    )
    text = (there / "mailbot.toml").read_text("utf-8").replace(str(lived.config), str(there))
    (there / "mailbot.toml").write_text(text, "utf-8")
    (there / "keys").rename(tmp_path / "backup")

    for command in (["serve"], ["keys", "rotate"]):
        said = typed(*command, "--config", there)
        assert (said.code, said.out) == (2, ""), command
        [line] = [line for line in said.err.splitlines() if not line.startswith("warning: ")]
        assert line.startswith(f"the key file {there / 'keys'} is gone")
        assert "restore it from its backup, or run `keys rotate --lost`" in line
        assert not (there / "keys").exists()

    assert "no longer work" in typed("keys", "rotate", "--lost", "--config", there).out
    assert (there / "keys").read_bytes() != (tmp_path / "backup").read_bytes()
    again = typed("keys", "rotate", "--lost", "--config", there)
    assert (again.code, again.out) == (1, "")
    assert "is there" in again.err


# --- The demo. ---


def test_demo_once_tells_every_step_within_a_minute_from_any_folder_and_leaves_nothing_behind(tmp_path: Path) -> None:
    here, scratch = tmp_path / "here", tmp_path / "scratch"
    here.mkdir()
    scratch.mkdir()

    said = run("demo", "--once", cwd=here, seconds=60, TMPDIR=str(scratch))

    assert (said.code, said.err) == (0, "")
    assert said.out.endswith("every step happened\n")
    numbers = re.findall(r"(IT-\d{4}-0000\d) is (\w+)", said.out)
    assert [status for _, status in numbers] == ["sent", "rejected", "with_purchasing", "with_purchasing", "sent"]
    for chapter in ("1. ", "2. ", "3. ", "4. ", "5. "):
        assert f"\n{chapter}" in said.out
    assert [*here.iterdir(), *scratch.iterdir()] == []


@dataclass
class Demo:
    """The demo as a newcomer sees it: what it has printed, and the mails in its relay's folder."""

    running: Running
    folder: Path

    def printed(self, word: str) -> str:
        """Return the line it printed that begins so."""
        [line] = [line.strip() for line in self.running.words.lines if line.strip().startswith(word)]
        return line

    def mail(self, to: str, subject: str, count: int = 1) -> Kept:
        """Return the newest mail to the address with these words in its subject, once there are so many."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        sink = Sink(self.folder / "var/demo/outbox")
        while True:
            kept = sink.kept()
            found = [mail for mail in kept if to in mail.to and subject in mail.subject]
            if len(found) >= count:
                return found[0]
            assert time.monotonic() < deadline, [(mail.to, mail.subject) for mail in kept]
            with pytest.raises(subprocess.TimeoutExpired):  # it goes on running
                self.running.process.wait(0.1)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    running = Running(["demo"], "Subject: lista", folder, {})
    yield Demo(running, folder)
    assert running.end(signal.SIGINT) == 0
    assert "Traceback" not in str(running.words)


def in_a_shell(shell: str, line: str) -> tuple[int, bytes]:
    """Run a line as a person does who has copied it; return its exit code and what it printed."""
    command = [shell, "-c", line]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)  # noqa: S603
    return done.returncode, done.stdout


def test_the_line_that_the_demo_prints_mails_an_order_every_time(demo: Demo) -> None:
    for count, shell in enumerate(("sh", "bash"), 1):
        assert in_a_shell(shell, demo.printed("python3")) == (0, b"")
        request = demo.mail("anna.ask@example.se", "2 st Bildskärm", count=count)
        assert "/decide/" in request.text


def test_its_other_line_shows_eva_what_waits_for_her(demo: Demo) -> None:
    if shutil.which("swaks") is None:
        pytest.skip("swaks is not installed")
    demo.mail("eva.ek@example.se", "Godkänn?")

    code, said = in_a_shell("sh", demo.printed("swaks"))

    assert code == 0, said
    assert "/decide/" in demo.mail("eva.ek@example.se", " väntar på beslut").text


@pytest.mark.parametrize("after", [0.2, long(0.7), 1.2, long(2.0)], ids=lambda after: f"{after} s after the start")
def test_ctrl_c_ends_the_demo_without_a_traceback(tmp_path: Path, after: float) -> None:
    assert "Traceback" not in ctrl_c(tmp_path, after)


@pytest.mark.parametrize("after", [long(0.1), 0.25, long(0.4)], ids=lambda after: f"{after} s after the start")
def test_ctrl_c_ends_a_command_that_is_being_loaded_without_a_traceback(tmp_path: Path, after: float) -> None:
    assert "Traceback" not in ctrl_c(tmp_path, after, command=("orders", "list", "--config", str(config(tmp_path))))


@pytest.mark.parametrize("after", [long(0.0), 0.1, long(0.3)], ids=lambda after: f"{after} s after the banner")
def test_ctrl_c_stops_the_demo_cleanly(tmp_path: Path, after: float) -> None:
    said = ctrl_c(tmp_path, after, banner="Ctrl-C stops it")

    assert said.splitlines()[-1] == "stopped"
    assert "Traceback" not in said
    assert "rror" not in said
    assert [p.name for p in tmp_path.iterdir()] == ["var"]


def ctrl_c(folder: Path, after: float, *, banner: str = "", command: Sequence[str] = ("demo",)) -> str:
    """Start a command and send it and its children what a terminal sends; return all that they said."""
    demo = subprocess.Popen(  # noqa: S603
        [sys.executable, str(RUN), *command],
        cwd=folder,
        env=environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    assert demo.stdout is not None
    said = ""
    while banner not in said:
        said += demo.stdout.readline()
    try:
        demo.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(demo.pid, signal.SIGINT)
    try:
        return said + demo.communicate(timeout=STOP_SECONDS)[0]
    finally:
        demo.kill()
        demo.communicate()

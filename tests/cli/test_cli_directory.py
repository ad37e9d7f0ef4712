"""`directory import` and `directory show` as a person types them, against the store of a real bot."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.cli.test_cli import Said, config, typed
from tests.support.process import RUN, environment, serving

EVA_LIMITED = (
    'person = "eva.ek@example.se"\nunit = "cs"',
    'person = "eva.ek@example.se"\nlimit = "5000 SEK"\nunit = "cs"',
)
EVA = "Eva Ek <eva.ek@example.se>"


def change(folder: Path, old: str, new: str, file: str = "organisation.toml") -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


def append(folder: Path, text: str) -> None:
    with (folder / "organisation.toml").open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration whose store is filled."""
    made = config(tmp_path)
    assert typed("orders", "list", "--config", made).code == 0
    return made


@pytest.fixture
def take_in(folder: Path) -> Callable[..., Said]:
    return lambda *words: typed("directory", "import", "--config", folder, *words)


def eva_s(folder: Path) -> str:
    said = typed("directory", "show", "cs", "--config", folder)
    assert said.code == 0
    return next(line for line in said.out.splitlines() if line.startswith("  order: Eva Ek"))


def plain(out: str) -> str:
    """Return a table's words without its lines and folds."""
    return " ".join(re.sub(r"[│┃━┏┓┗┛┡┩└┘─┴┳╇┼┬]", " ", out).split())


def test_the_same_files_are_nothing_to_import(take_in: Callable[..., Said]) -> None:
    for words in ([], ["--yes"], ["--dry-run"]):
        said = take_in(*words)
        assert (said.code, said.out) == (0, "files and database say the same: nothing to import\n")


def test_a_change_is_shown_then_taken_in_then_known(folder: Path, take_in: Callable[..., Said]) -> None:
    change(folder, *EVA_LIMITED)
    for words, code in ((["--dry-run"], 0), ([], 1)):
        said = take_in(*words)
        assert said.code == code
        assert "right limit" in said.out
        assert "no limit 5000 SEK" in plain(said.out)
        assert said.out.endswith("right limit 1\n")
        assert "no limit" in eva_s(folder)
    assert "nothing is imported, since nobody can be asked here; add --yes to import" in said.err

    said = take_in("--yes")
    assert said.code == 0
    assert said.out.endswith("imported; changes: 1\n")
    assert eva_s(folder) == f"  order: {EVA}, 5000 SEK, from 2026-01-01, no end"
    assert "nothing to import" in take_in("--yes").out


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_a_person_at_a_terminal_is_asked_first(folder: Path, tmp_path: Path, answer: str, code: int) -> None:
    change(folder, *EVA_LIMITED)
    ours, theirs = pty.openpty()
    try:
        os.write(ours, f"{answer}\n".encode())
        done = subprocess.run(  # noqa: S603
            [sys.executable, str(RUN), "directory", "import", "--config", str(folder)],
            stdin=theirs,
            capture_output=True,
            encoding="utf-8",
            env=environment(),
            cwd=tmp_path,
            timeout=20,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == code
    assert "Import this? [y/N]" in done.stdout
    assert ("5000 SEK" in eva_s(folder)) == (code == 0)


def test_what_the_files_leave_out_is_left_alone_and_a_last_day_ends_a_right(
    folder: Path, take_in: Callable[..., Said]
) -> None:
    whole = (folder / "organisation.toml").read_text("utf-8")
    (folder / "organisation.toml").write_text(whole.partition("[[right]]")[0], "utf-8")
    assert "nothing to import" in take_in("--yes").out
    assert eva_s(folder)

    (folder / "organisation.toml").write_text(whole, "utf-8")
    change(folder, EVA_LIMITED[0], f"to = 2026-01-31\n{EVA_LIMITED[0]}")
    assert "no end to 2026-01-31" in plain(take_in("--yes").out)
    shown = typed("directory", "show", "--config", folder).out
    assert f"order: {EVA}" not in shown

    change(folder, "to = 2026-01-31\n", "")
    said = take_in("--yes")
    assert said.code == 0
    assert "right not revived" in said.out
    assert "write a new line with a later from in place of the old one" in said.out
    assert said.out.endswith("nothing to import\n")
    assert f"order: {EVA}" not in typed("directory", "show", "--config", folder).out


BAD_INPUT = {
    "cycle": (
        'id = "cs"',
        'parent = "umf"\nid = "cs"',
        'id = "umf"',
        'parent = "cs"\nid = "umf"',
        "[[unit]] parent leads in a circle",
    ),
    "unknown head": ('head = "eva.ek@', 'head = "nobody@', "", "", "[[unit]] no. 1 head is 'nobody@example.se'"),
    "overlap": (
        "[[right]]",
        '[[right]]\nperson = "eva.ek@example.se"\nunit = "cs"\nkind = "order"\nfrom = 2099-01-01\n\n[[right]]',
        "",
        "",
        "[[right]] no. 1 from falls into another right",
    ),
    "alias taken": (
        'aliases = ["eva@example.se"]\n',
        "",
        'name = "Anna Ask"',
        'name = "Anna Ask"\naliases = ["eva@example.se"]',
        f"[[person]] no. 2 aliases is 'eva@example.se', which is {EVA}'s in the database; keep it there",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_refused_with_file_key_and_remedy_and_nothing_is_imported(
    folder: Path, take_in: Callable[..., Said], case: str
) -> None:
    first, instead, second, other, words = BAD_INPUT[case]
    change(folder, first, instead)
    change(folder, second, other)
    append(folder, '\n[[person]]\nname = "Ny Nord"\naddress = "ny.nord@example.se"\n')
    before = (folder / "mailbot.db").read_bytes()

    said = take_in("--yes")

    assert (said.code, said.out) == (2, "")
    assert f"organisation.toml: {words}" in said.err
    assert "; " in said.err
    assert (folder / "mailbot.db").read_bytes() == before


def test_a_right_that_is_back_dated_or_falls_into_one_of_the_store_is_refused_with_every_other(
    folder: Path, take_in: Callable[..., Said]
) -> None:
    text = (folder / "organisation.toml").read_text("utf-8")
    line = '[[right]]\nperson = "{}@example.se"\nunit = "cs"\nkind = "order"\nfrom = {}\n'
    rights = line.format("eva.ek", date.max) + line.format("rut.rask", "2026-01-01")
    (folder / "organisation.toml").write_text(text.partition("[[right]]")[0] + rights, "utf-8")
    before = (folder / "mailbot.db").read_bytes()

    said = take_in("--yes")

    assert (said.code, said.out) == (2, "")
    assert "organisation.toml: [[right]] no. 1 from falls into another right of the same person" in said.err
    assert "organisation.toml: [[right]] no. 2 from is in the past; write today or a later day" in said.err
    assert said.err.endswith("Nothing is imported.\n")
    assert (folder / "mailbot.db").read_bytes() == before


def test_import_fills_an_empty_store_too(tmp_path: Path) -> None:
    folder = config(tmp_path)
    said = typed("directory", "import", "--config", folder, "--dry-run")
    assert (said.code, said.out.splitlines()[-1]) == (
        0,
        "right added 4, supplier added 3, unit added 2, person added 5",
    )
    assert typed("directory", "import", "--config", folder, "--yes").code == 0
    assert "nothing to import" in typed("directory", "import", "--config", folder, "--yes").out


def test_show_lists_units_heads_and_who_may_approve(folder: Path) -> None:
    said = typed("directory", "show", "--config", folder)
    assert said.code == 0
    assert f"Institutionen för datavetenskap (cs), head {EVA}\n  order: {EVA}, no limit, from 2026-01-01, no end\n" in (
        said.out
    )
    assert "(umf), head Örjan Åström" in said.out
    one = typed("directory", "show", "umf", "--config", folder)
    assert "(cs)" not in one.out
    none = typed("directory", "show", "xyz", "--config", folder)
    assert (none.code, none.out) == (1, "")
    assert "there is no unit xyz; `directory show` without a name lists all" in none.err


def test_serve_says_in_how_many_things_the_files_differ_and_which_command_shows_them(tmp_path: Path) -> None:
    with serving(tmp_path) as bot:
        assert "files_differ" not in str(bot.words)
        change(bot.config, *EVA_LIMITED)
        change(bot.config, "order@kabelnat.example", "kabel@kabelnat.example", "suppliers.toml")
        bot.stop()
        bot.start()
        [said] = [line for line in bot.words.lines if "files_differ" in line]
        assert "differences=2" in said
        assert "directory import" in said

"""The wheel is whole: installed in an environment of its own, far from the checkout, it has all that the bot needs."""

import os
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

CHECKOUT = Path(__file__).parents[1]
NEEDED = ("build", "hatchling", "pip")

STORY = """
import sys
from pathlib import Path
from mailbot import package_data
from mailbot.demo.demo_run import running_demo
from mailbot.demo.walkthrough import Walkthrough

print("package", package_data.resource.__code__.co_filename)
print("defaults", package_data.resource("config") / "defaults.toml")
print("templates", package_data.resource("templates"))
with running_demo(Path(sys.argv[1])) as stage:
    Walkthrough(stage, print).order("1 st Dell XPS 13 à 12 400 kr")
"""


def _run(*command: str | Path, cwd: Path) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run(  # noqa: S603
        [str(part) for part in command],
        cwd=cwd,
        env=clean | {"PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        pytest.skip(f"no wheel can be built without {', '.join(missing)}; pip install -e '.[test]' brings them")
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT, cwd=folder)
    [built] = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment with the wheel, which borrows only the other packages of this one."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    _run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    paths = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    # What stands in a folder named in a .pth is seen, but its own .pth files are not: not this checkout's editable one.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    python = Path(sysconfig.get_path("scripts", "venv", vars=paths)) / "python"
    _run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel, cwd=folder)
    return python.parent


def test_an_installed_wheel_finds_its_config_and_templates_and_mails_an_order_from_any_folder(
    installed: Path, tmp_path: Path
) -> None:
    said = _run(installed / "python", "-c", STORY, tmp_path / "story", cwd=tmp_path)

    venv = str(installed.parent)
    found = dict(line.split(" ", 1) for line in said.splitlines()[:3])
    assert all(place.startswith(venv) for place in found.values()), said
    assert Path(found["defaults"]).is_file()
    assert "-> rut.rask@example.se: Mottagen: " in said
    assert "-> eva.ek@example.se: Godkänn? " in said


def test_the_wheel_holds_the_catalogues_and_the_template_for_them(wheel: Path) -> None:
    names = {name for name in ZipFile(wheel).namelist() if name.startswith("mailbot/locale/")}
    swedish = {f"mailbot/locale/sv/LC_MESSAGES/{name}.po" for name in ("mailbot", "su", "umu")}
    assert names == {"mailbot/locale/mailbot.pot"} | swedish


def test_the_installed_command_is_called_mailbot(installed: Path, tmp_path: Path) -> None:
    assert "check" in _run(installed / "mailbot", "--help", cwd=tmp_path)

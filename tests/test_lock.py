"""What is installed is what was tried: two lock files with hashes, and nothing beside them (ASVS 15.1.2, 15.2.1)."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-test.lock")
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)[^\\\n]*((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return {str(canonicalize_name(name)): version for name, version, _ in PIN.findall((ROOT / lock).read_text("utf-8"))}


def stated() -> dict[str, list[Requirement]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    always = project["dependencies"] + extras["install"]
    return {
        lock: [Requirement(r) for r in rs] for lock, rs in zip(LOCKS, (always, always + extras["test"]), strict=True)
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_every_requirement_of_the_project_in_a_version_that_fits(lock: str) -> None:
    locked = pins(lock)
    unfit = [
        str(r) for r in stated()[lock] if not r.specifier.contains(locked.get(str(canonicalize_name(r.name)), "0"))
    ]
    assert unfit == [], "run .ci/lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_version_with_hashes_and_no_place_to_get_it_from(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    left = [line for line in PIN.sub("", text).splitlines() if line and not line.startswith("#")]
    assert left == []
    assert all(hashes for _, _, hashes in PIN.findall(text))
    assert "://" not in text


def test_both_locks_agree() -> None:
    runtime, tests = (pins(lock) for lock in LOCKS)
    assert runtime.items() <= tests.items()


@pytest.mark.parametrize(("name", "version"), [("stranger", "1.0"), ("jinja2", "3.0.0")])
def test_the_ci_finds_what_is_installed_but_not_locked(tmp_path: Path, name: str, version: str) -> None:
    def installed(name: str, version: str) -> None:
        info = tmp_path / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")

    def check() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-S", str(ROOT / ".ci" / "locked"), LOCKS[1]]
        return subprocess.run(  # noqa: S603
            command, cwd=ROOT, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
        )

    installed("Rich", pins(LOCKS[1])["rich"])
    installed("mailbot", "0.1.0")
    assert check().returncode == 0
    installed(name, version)
    found = check()
    assert found.returncode == 1
    assert f"not in requirements-test.lock: {name} {version}; run .ci/lock" in found.stderr


def test_the_documents_and_the_ci_install_from_the_locks_alone() -> None:
    for file in ("README.md", "docs/operating.md", "docs/hacking.md", ".ci/run", ".github/workflows/ci.yml"):
        commands = re.findall(r"pip install [^&\n]*", (ROOT / file).read_text("utf-8"))
        assert commands, file
        for command in commands:
            assert re.search(
                r"--require-hashes -r requirements(-test)?\.lock|--no-deps --no-build-isolation -e \.", command
            )

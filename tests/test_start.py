"""A command loads what it uses and nothing else: most of a short command's time is imports."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import mailbot
from mailbot.demo.demo_run import write_config
from tests.support.process import CALM, RUN, environment, free_ports

DATABASE, SHAPES, WORDS = {"sqlalchemy"}, {"pydantic"}, {"babel", "jinja2"}
SERVERS = {"aiosmtpd", "apscheduler", "imapclient", "starlette", "uvicorn", "uvloop"}
FILES, SIGNATURES = {"lxml", "openpyxl"}, {"dkim", "dns"}
HEAVY = DATABASE | SHAPES | WORDS | SERVERS | FILES | SIGNATURES | {"holidays", "structlog"}

COMMAND = f"""
import atexit, json, runpy, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
runpy.run_path({str(RUN)!r}, run_name="__main__")
"""
TOLD = "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
IMPORTS = "import importlib, json, sys\n[importlib.import_module(name) for name in sys.argv[1:]]\n"
DOMAIN = sorted(
    ".".join(path.relative_to(RUN.parent).with_suffix("").parts)
    for path in (Path(mailbot.__file__).parent / "domain").rglob("*.py")
)


def heavy(code: str, *arguments: str) -> set[str]:
    """Return what is heavy of all that a process has loaded when it ends."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, check=False, cwd=RUN.parent, env=environment(), text=True
    )
    return HEAVY & set(json.loads(done.stderr.splitlines()[-1]))


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    smtp, relay, web = free_ports(3)
    return str(
        write_config(tmp_path_factory.mktemp("start") / "config", {"smtp": smtp, "relay": relay, "web": web}, CALM)
    )


@pytest.mark.parametrize("arguments", ["--help", "orders --help", "serve --help", "keys rotate --help"])
def test_help_loads_nothing_that_is_heavy(arguments: str) -> None:
    assert heavy(COMMAND, *arguments.split()) <= SHAPES, "typer may load pydantic"


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        ("inbox list", set()),
        ("outbox list", set()),
        ("plan cs", WORDS),
        ("orders list", WORDS),
        ("directory show", set()),
        ("check", WORDS),
    ],
)
def test_a_question_loads_no_server_and_no_reader_of_files_or_signatures(
    arguments: str, needed: set[str], config: str
) -> None:
    assert heavy(COMMAND, *arguments.split(), "--config", config) <= DATABASE | SHAPES | {"structlog"} | needed


def test_the_domain_loads_nothing_that_is_heavy() -> None:
    assert heavy(IMPORTS + TOLD, *DOMAIN) == set()


def test_a_reading_child_loads_no_database_no_templates_and_no_server() -> None:
    reads = ("mailbot.edge.sandbox", "mailbot.mail.reading.intake", "mailbot.mail.reading.read_back")
    assert heavy(IMPORTS + TOLD, *reads) == set()


def test_a_bot_loads_what_fetches_mail_and_checks_signatures_only_where_it_is_told_to() -> None:
    assert heavy(IMPORTS + TOLD, "mailbot.app") & (SIGNATURES | FILES | {"imapclient"}) == set()


def test_the_tests_of_the_domain_load_no_database_and_no_server() -> None:
    collects = (
        "import json, pytest, sys\npytest.main(['-q', '--collect-only', '-p', 'no:cacheprovider', *sys.argv[1:]])\n"
    )
    assert heavy(collects + TOLD, "tests/domain") & (DATABASE | SERVERS | FILES) == set()

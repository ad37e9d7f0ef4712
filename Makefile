# What a change is tried on while it is written: lint, types and the fast tests, within a minute. `.ci/run` is the whole.
.PHONY: check lint types fast

check: lint types fast

lint:
	.venv/bin/ruff check
	.venv/bin/ruff format --check

types:
	.venv/bin/mypy

fast:
	MAILBOT_EXAMPLES=5 .venv/bin/python -m pytest -q -n 2 --dist loadfile -m "not slow"

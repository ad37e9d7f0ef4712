# What a change is tried on while it is written: lint, types and the fast tests, within a minute. `.ci/run` is the whole.
.PHONY: check lint types fast words pictures

CATALOGUES = mailbot/locale
PO = --width=110

check: lint types fast

lint:
	.venv/bin/ruff check
	.venv/bin/ruff format --check

types:
	.venv/bin/mypy

fast:
	MAILBOT_EXAMPLES=5 .venv/bin/python -m pytest -q -n 2 --dist loadfile -m "not slow"

# New texts of code and templates into the catalogues, without a translation; texts that are gone go from them.
words:
	PYTHONPATH=. .venv/bin/pybabel -q extract -F pyproject.toml -o $(CATALOGUES)/mailbot.pot $(PO) --sort-by-file --add-location=file \
		--project=mailbot --version=0.1.0 --msgid-bugs-address="docs/contributing.md" --copyright-holder="the authors of mailbot" .
	.venv/bin/pybabel -q update -i $(CATALOGUES)/mailbot.pot -d $(CATALOGUES) -D mailbot $(PO) --no-fuzzy-matching \
		--ignore-obsolete --ignore-pot-creation-date

# The pictures of the pages in docs/screenshots, drawn anew with Chromium.
pictures:
	.venv/bin/python -m docs.screenshots.draw

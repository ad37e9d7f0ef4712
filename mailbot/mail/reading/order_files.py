"""Files that are meant as the order, by their names: read by kind, or named with the reason why they are not."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from mailbot.domain.values.order import FileProblem, Form, UnreadFile
from mailbot.domain.values.text import fold
from mailbot.languages import SPOKEN, TEXT_WORDS, any_pattern, any_phrase
from mailbot.mail.reading import spreadsheet, tables

_FORM, _ORDERS = any_phrase(TEXT_WORDS.forms_of_order), any_phrase(TEXT_WORDS.orders)
_NAMED = re.compile(rf"(?:{_FORM})(?![^\W\d_]).*|(?:{_ORDERS})\..*")
"""`order 2026-11-30.csv`, `Beställning datorer.csv`; not `orderbekräftelse.txt` nor `beställningsordning.txt`."""
_ANOTHER_PAPER = re.compile(any_pattern(x.text.other_papers for x in SPOKEN))
_READERS: dict[str, Callable[[bytes], Form | None]] = {
    ".csv": tables.read_csv,
    ".json": tables.read_json,
    ".txt": tables.read_text,
    ".xlsx": spreadsheet.read_xlsx,
}


def read_file(name: str, data: bytes) -> Form:
    """Return what a file orders; an empty form for one that is not meant as the order, or of another kind."""
    reader = _READERS.get(PurePosixPath(fold(name)).suffix) if _is_meant(name) else None
    form = (reader(data) if reader else None) or Form()
    return replace(form, unread_files=tuple(replace(file, name=name) for file in form.unread_files))


def of_other_kinds(names: Sequence[str]) -> tuple[UnreadFile, ...]:
    """Return the files that are meant as the order, of kinds that are not read: .xls, .ods, .pdf, .docx ..."""
    unread = (name for name in names if _is_meant(name) and PurePosixPath(fold(name)).suffix not in _READERS)
    return tuple(UnreadFile(name, FileProblem.FORMAT) for name in unread)


def _is_meant(name: str) -> bool:
    return _NAMED.fullmatch(fold(name)) is not None and not _ANOTHER_PAPER.search(fold(name))

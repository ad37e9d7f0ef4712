"""What a mail that is written from a form would be read as: the same, or which of its parts would come out changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage

from mailbot.domain.values.order import Field, Form, FormLine
from mailbot.domain.values.text import clean, tidy
from mailbot.mail.reading.intake import take_in
from mailbot.mail.reading.order_text import write_form

_ANYBODY = "anybody@example.org"
_ANY = {Field.UNIT: "x", Field.APPROVER: "x", Field.SUPPLIER: "x"}
_ANY_LINE = FormLine("x", "1", "1")


LostPart = Field | tuple[int, bool]
"""A field, or a line's index with True for its description and False for its item number or unit."""


@dataclass(frozen=True)
class ReadBack:
    """A form with the text that it is mailed as. Where that is not read as the `same`, `lost` are parts at fault."""

    form: Form
    text: str
    same: bool = True
    lost: tuple[LostPart, ...] = ()


Names = Mapping[Field, Sequence[str]]
"""The ways in which a field can name what was chosen, the best first."""
ReadsBack = Callable[[Form, Names, str], ReadBack]


def read_back(form: Form, names: Names, language: str) -> ReadBack:
    """Write the form, with names that a mail brings across, as a mail's text, and read that."""
    best = _with(form, {f: ways[0] for f, ways in names.items()})
    if _same(best, language):
        return ReadBack(best, write_form(best, language))
    safe = _with(form, {f: next((w for w in ways if _survives(f, w, language)), ways[-1]) for f, ways in names.items()})
    same = safe != best and _same(safe, language)
    lost: list[LostPart] = [] if same else [*_lost_fields(safe, language), *_lost_lines(safe, language)]
    return ReadBack(safe, write_form(safe, language), same, tuple(lost))


def read_again(text: str) -> Form:
    """Return what a mail with this text, as a page sends it, is read as; an empty form where it is something else."""
    return _read("\n".join(clean(line) for line in tidy(text).split("\n")))


def _with(form: Form, named: Mapping[Field, str]) -> Form:
    return replace(form, fields={**form.fields, **named})


def _lost_fields(form: Form, language: str) -> Iterator[Field]:
    return (f for f, text in form.fields.items() if not _survives(f, text, language))


def _lost_lines(form: Form, language: str) -> Iterator[tuple[int, bool]]:
    """Yield the lines that would not even come across alone, each with whether it is its description's doing."""
    for index, line in enumerate(form.lines):
        for description in ("", line.description):
            one = FormLine(description or "x", "1", "1", line.item_no, line.unit)
            if not _same(Form(_ANY, (one,)), language):
                yield index, bool(description)
                break


def _survives(f: Field, text: str, language: str) -> bool:
    return _same(Form({**_ANY, f: text}, (_ANY_LINE,)), language)


def _same(form: Form, language: str) -> bool:
    """Tell whether a mail with this form's text is read as this form and nothing else."""
    return _read(write_form(form, language)) == form


def _read(text: str) -> Form:
    mail = EmailMessage()
    mail["From"] = _ANYBODY
    mail.set_content(text)
    read = take_in(mail.as_bytes(), _ANYBODY)
    return read.form if isinstance(read.form, Form) and not read.forwarded else Form()

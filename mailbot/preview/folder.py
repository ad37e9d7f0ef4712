"""Every mail in a folder: its text and its HTML as a mail program has them, and an index that leads to both."""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from mailbot.preview.every_mail import SampleMail, World, mails

INDEX = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Every mail</title>
<meta name="viewport" content="width=device-width">
<style>body {{ font: 16px/1.5 sans-serif; margin: 2em }} td {{ padding: 0 1em 0 0; vertical-align: top }}</style>
<h1>Every mail, with sample data</h1>
<table>
{rows}
</table>
"""
ROW = '<tr><td>{name}<td lang="{language}">{subject}<td><a href="{file}.html">HTML</a><td><a href="{file}.txt">text</a>'


def by_name() -> dict[str, SampleMail]:
    """Return every mail in both languages by a name: its place, its kind, what happened, its language."""
    return {
        f"{place:03}-{mail.name.strip().replace('  ', ' ').replace(' ', '-')}": mail
        for place, mail in enumerate(mails(World()))
    }


def write(found: Mapping[str, SampleMail], folder: Path) -> Path:
    """Write the mails into the folder, which may be new, and return the index."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, mail in found.items():
        (folder / f"{name}.txt").write_text(as_text(mail), encoding="utf-8")
        (folder / f"{name}.html").write_text(mail.html, encoding="utf-8")
    index = folder / "index.html"
    index.write_text(INDEX.format(rows="\n".join(_rows(found))), encoding="utf-8")
    return index


def as_text(mail: SampleMail) -> str:
    """Return subject, text form and attached files in one."""
    files = "\n".join(f"{file.name}\n{file.data.decode('utf-8', 'replace')}" for file in mail.files)
    return f"{mail.subject}\n\n{mail.text}\n\n{files}"


def _rows(found: Mapping[str, SampleMail]) -> Iterator[str]:
    for file, mail in found.items():
        name, subject = (escape(text) for text in (mail.name, mail.subject))
        yield ROW.format(name=name, language=mail.language, subject=subject, file=file)

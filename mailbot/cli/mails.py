"""`mails`: what the bot writes, to be looked at."""

from pathlib import Path
from typing import Annotated

import typer

from mailbot.cli.console import fail, out

mails = typer.Typer(help="The mails that the bot writes, with sample data.", no_args_is_help=True)


@mails.command("preview")
def preview(
    folder: Annotated[Path, typer.Argument(help="Where to write them.")] = Path("var/mails"),
    show: Annotated[bool, typer.Option("--open", help="Open the list in the browser.")] = False,
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Draw them too, in two widths and three colour schemes, with Chromium.")
    ] = False,
) -> None:
    """Write every mail as text and HTML, in both languages, with sample data, and a list that leads to them."""
    from mailbot.preview.folder import by_name, write

    found = by_name()
    index = write(found, folder)
    if pictures:
        _draw({name: mail.html for name, mail in found.items()}, folder)
    out.print(f"{len(found)} mails; open {index.resolve().as_uri()}", markup=False)
    if show:
        typer.launch(str(index))


def _draw(found: dict[str, str], folder: Path) -> None:
    from mailbot.preview.pictures import take

    try:
        take(found, folder)
    except ImportError:
        fail("pictures need playwright: install requirements-test.lock, and Debian's chromium")

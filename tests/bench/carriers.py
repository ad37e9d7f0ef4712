"""Real mails of people as carriers: an order is put on top of each, in five shapes, and read as the bot reads it.

Run it for a table: `python -m tests.bench.carriers`; with -v it names what was not read.
"""

import html
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from email import message_from_bytes
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

from mailbot.domain.ordering.draft import DraftContext, complete
from mailbot.domain.values.order import Content
from mailbot.domain.values.text import fold
from mailbot.mail.reading.choice import Contradiction
from mailbot.mail.reading.intake import take_in
from tests.support.samples import DAY, DIRECTORY, POLICY, RUT

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
MACHINES = "sisimai-bsd-odd"
"""The folder of bounces and automatic replies: what the bot does not know there as a machine's is no person's."""
SETTING = DraftContext(RUT, DIRECTORY, POLICY, DAY)
FIELDS = ("Enhet: cs", "Godkännare: Eva Ek", "Leverantör: Dustin AB", "")
NBSP, NARROW = "\u00a0", "\u202f"
Line = tuple[str, str, str]


@dataclass(frozen=True)
class Shape:
    """An order as written: `rows` are its lines, or cells of a table where they are tuples; `means` is what it says.

    `width` is where a mail program wraps the text part, 0 for nowhere.
    """

    name: str
    rows: tuple[str, ...] | tuple[tuple[str, ...], ...]
    means: tuple[Line, ...]
    width: int = 0

    @property
    def text(self) -> list[str]:
        """The order as text: a cell a line, as Word's tables come out."""
        lines = [*FIELDS]
        for row in self.rows:
            lines += [row] if isinstance(row, str) else [*row, ""]
        return lines

    @property
    def html(self) -> str:
        """The order as HTML."""
        rows = [f"<p>{_escaped(row)}</p>" if isinstance(row, str) else _table_row(row) for row in self.rows]
        body = "\n".join(rows)
        if not isinstance(self.rows[0], str):
            body = f'<table class="MsoNormalTable" border=1 cellspacing=0><tbody>{body}</tbody></table>'
        return "".join(f"<p>{_escaped(field) or '&nbsp;'}</p>\n" for field in FIELDS) + body


def _escaped(text: str) -> str:
    return html.escape(text).replace(NBSP, "&nbsp;")


def _table_row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f'<td width=120><p class="MsoNormal">{_escaped(cell)}</p></td>' for cell in cells) + "</tr>"


SHAPES = (
    Shape(
        "short lines, NBSP",
        (f"2{NBSP}st Dell XPS 13 à 12{NBSP}400{NBSP}kr", f"4{NBSP}st Kabel USB-C 2{NBSP}m à 149{NBSP}kr"),
        (("2", "Dell XPS 13", "12400"), ("4", "Kabel USB-C 2 m", "149")),
    ),
    Shape(
        "; rows, :-, x and bullets",
        (
            "Benämning; Antal; Pris",
            "Väggfäste 75x75 mm; 5; 245:-",
            "",
            "- 3 st Kontorsstol 6000 à 5 100:-",
            "• 2 x Mus M185 à 129:-",
            "Headset Evolve2 65: 3 x 1 895:-",
        ),
        (
            ("5", "Väggfäste 75x75 mm", "245"),
            ("3", "Kontorsstol 6000", "5100"),
            ("2", "Mus M185", "129"),
            ("3", "Headset Evolve2 65", "1895"),
        ),
    ),
    Shape(
        "Word table, a cell a line in text",
        (
            ("Artikelnr", "Benämning", "Antal", "Enhet", "À-pris"),
            ("5011234", "Dell Latitude 5550 15 tum", "3", "st", "13 900,00"),
            ("5019921", "Väska 15,6 tum", "3", "st", "399,00"),
        ),
        (("3", "Dell Latitude 5550 15 tum", "13900"), ("3", "Väska 15,6 tum", "399")),
    ),
    Shape(
        "U+00A0 and U+202F in amounts",
        (f"1 st Server R760 à 98{NARROW}500,00 kr", f"3 st Skärm 27 tum à 3{NBSP}290,50 kr", "10 st Gem à 2,50 kr"),
        (("1", "Server R760", "98500"), ("3", "Skärm 27 tum", "3290.50"), ("10", "Gem", "2.50")),
    ),
    Shape(
        "lines of 85 letters, wrapped",
        (
            "2 st Bärbar dator 14 tum med svenskt tangentbord, dockning och väska för resor à 12 400 kr",
            "3 st Bildskärm 27 tum höj- och sänkbar med fot i svart och grått lackad metall à 3 100,50 kr",
        ),
        (
            ("2", "Bärbar dator 14 tum med svenskt tangentbord, dockning och väska för resor", "12400"),
            ("3", "Bildskärm 27 tum höj- och sänkbar med fot i svart och grått lackad metall", "3100.50"),
        ),
        width=72,
    ),
)
WIDTHS = 7
"""Programs wrap at 72 to 78 columns: carriers take turns."""


# --- An order on top of a mail ---


def carriers() -> list[tuple[str, bytes]]:
    """Return the mails of people in the corpus by their path, each with a body to write on top of."""
    files = [path for path in sorted(CORPUS.rglob("*")) if path.is_file() and MACHINES not in path.parts]
    mails = [(str(path.relative_to(CORPUS)), path.read_bytes()) for path in files]
    return [(name, raw) for name, raw in mails if _is_a_persons(raw)]


def _is_a_persons(raw: bytes) -> bool:
    mail = take_in(raw, "rut.rask@example.se").mail
    return mail.robot is None and not mail.defect and mail.sender is not None and bool(_bodies(message_from_bytes(raw)))


def _bodies(message: Message) -> list[Message]:
    """Return the text and HTML that a mail program shows first."""
    found: dict[str, Message] = {}
    for part in _leaves(message):
        kind = part.get_content_type()
        if kind in {"text/plain", "text/html"} and part.get_content_disposition() != "attachment":
            found.setdefault(kind, part)
    return list(found.values())


def _leaves(part: Message) -> Iterator[Message]:
    if not part.is_multipart():
        yield part
    elif part.get_content_maintype() == "multipart":
        for inner in part.get_payload():
            if isinstance(inner, Message):
                yield from _leaves(inner)


def with_order(raw: bytes, shape: Shape, width: int) -> bytes:
    """Return the mail with the order above what its writer wrote, in its text and its HTML."""
    message = message_from_bytes(raw.replace(b"\r\n", b"\n"))
    bodies = _bodies(message)
    for part in bodies:
        write = _into_html if part.get_content_type() == "text/html" else _into_text
        write(part, shape, width)
    if not isinstance(shape.rows[0], str) and [part.get_content_type() for part in bodies] == ["text/plain"]:
        _also_as_html(bodies[0], shape)
    return message.as_bytes()


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    try:
        return data.decode(part.get_content_charset() or "utf-8", "replace") if isinstance(data, bytes) else ""
    except LookupError:
        return data.decode("latin-1") if isinstance(data, bytes) else ""


def _set(part: Message, text: str) -> None:
    del part["Content-Transfer-Encoding"]
    part.set_payload(text.encode("utf-8", "replace").decode("utf-8"), "utf-8")


def _into_text(part: Message, shape: Shape, width: int) -> None:
    flowed = str(part.get_param("format", "")).lower() == "flowed"
    soft = (" " * (1 + (str(part.get_param("delsp", "")).lower() == "yes"))) if flowed else ""
    lines = [piece for line in shape.text for piece in (_wrapped(line, width, soft) if shape.width else [line])]
    _set(part, "\n".join([*lines, "", _text(part)]))


def _wrapped(line: str, width: int, soft: str) -> list[str]:
    """Cut a line as a mail program does; `soft` ends a line that goes on, where the program says so."""
    pieces = [""]
    for word in line.split(" "):
        longer = f"{pieces[-1]} {word}" if pieces[-1] else word
        pieces[-1:] = [longer] if len(longer) <= width else [pieces[-1], word]
    return [*(piece + soft for piece in pieces[:-1]), pieces[-1]]


def _into_html(part: Message, shape: Shape, _width: int) -> None:
    text = _text(part)
    body = re.search(r"<body[^>]*>", text, re.IGNORECASE)
    place = body.end() if body else 0
    _set(part, f"{text[:place]}\n{shape.html}\n<p>&nbsp;</p>\n{text[place:]}")


def _also_as_html(part: Message, shape: Shape) -> None:
    """Make a text that holds a table one of two forms: programs that send tables send HTML beside the text."""
    text = _text(part)
    own = text.partition("\n".join([*shape.text, ""]))[2]
    paragraphs = "".join(f"<p>{html.escape(line) or '&nbsp;'}</p>\n" for line in own.split("\n"))
    both = MIMEMultipart("alternative", None, [MIMEText(text, "plain", "utf-8")])
    both.attach(MIMEText(f"<html><body>{shape.html}{paragraphs}</body></html>", "html", "utf-8"))
    for header in ("Content-Type", "Content-Transfer-Encoding"):
        del part[header]
    part["Content-Type"] = both["Content-Type"]
    part.set_payload(both.get_payload())
    part.set_boundary("two-forms-of-an-order")


# --- What became of it ---

OUTCOMES = ("read", "asked", "parked", "wrong")


def outcome(raw: bytes, shape: Shape) -> str:
    """Return whether the order on top was read, asked back, parked, or read as another order."""
    intake = take_in(raw, "rut.rask@example.se")
    if intake.mail.defect or isinstance(intake.form, Contradiction):
        return "parked"
    if intake.mail.robot is not None:
        return "wrong"
    content = complete(intake.form, SETTING)
    if not isinstance(content, Content) or intake.forwarded:
        return "asked"
    return "read" if _is_it(content, shape) else "wrong"


def _is_it(content: Content, shape: Shape) -> bool:
    read = [(line.quantity, fold(line.description), line.price.amount) for line in content.lines]
    means = [(Decimal(quantity), fold(name), Decimal(price)) for quantity, name, price in shape.means]
    total = sum((quantity * price for quantity, _, price in means), Decimal(0))
    return read == means and content.total.amount == total and content.currency == "SEK"


def measure(said: Callable[[str], None] = lambda _line: None) -> dict[str, Counter[str]]:
    """Return how many of the carriers ended in which way, by shape."""
    counts: dict[str, Counter[str]] = {shape.name: Counter() for shape in SHAPES}
    for number, (name, raw) in enumerate(carriers()):
        for shape in SHAPES:
            found = outcome(with_order(raw, shape, shape.width + number % WIDTHS), shape)
            counts[shape.name][found] += 1
            if found != "read":
                said(f"{found}: {shape.name}: {name}")
    return counts


def table(counts: dict[str, Counter[str]]) -> Iterator[str]:
    """Write the counts out."""
    yield f"{'':36}" + "".join(f"{name:>8}" for name in OUTCOMES) + f"{'share read':>12}"
    for name, found in counts.items():
        share = found["read"] / found.total()
        yield f"{name:36}" + "".join(f"{found[outcome]:>8}" for outcome in OUTCOMES) + f"{share:>12.1%}"


def main() -> None:
    """Print the table."""
    counts = measure(print if "-v" in sys.argv else lambda _line: None)
    print(*table(counts), sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()

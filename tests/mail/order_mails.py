"""Order mails as mail programs send them: order texts x programs x encodings, each with what it must be read as.

The orders and what they mean stand side by side below, written by hand: nothing expected is worked out by the code
that is tested. A program lays an order out as it does in life; an encoding turns the text into bytes.
"""

import base64
import html
import json
import quopri
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html.entities import codepoint2name
from textwrap import wrap
from urllib.parse import quote

from mailbot.domain.order import Field, Form
from mailbot.mail import inbound
from mailbot.mail.order_form import Contradiction, choose

NBSP = "\u00a0"
GREETING = "Hej!"
CLOSING = ("Med vänlig hälsning", "Rut Rask")
NOTES = (GREETING, *CLOSING)
PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def form_of(raw: bytes) -> Form | Contradiction:
    """Read a mail's bytes as the bot does."""
    mail = inbound.read(raw, "rut.rask@example.se")
    return choose(mail.plain, mail.html, [(file.name, file.data) for file in mail.files])


@dataclass(frozen=True)
class Item:
    """One order line: five cells as written, then its sum as written, and what quantity and price mean."""

    no: str
    description: str
    quantity: str
    unit: str
    price: str
    row_sum: str
    means: tuple[str, str]

    @property
    def cells(self) -> list[str]:
        return [self.no, self.description, self.quantity, self.unit, self.price]


@dataclass(frozen=True)
class Order:
    """An order: fields by the key they are written under, lines, and the sum of the lines."""

    name: str
    fields: tuple[tuple[str, Field, str], ...]
    items: tuple[Item, ...]
    line_sum: str
    total: str = ""
    currency: str = "SEK"
    english: bool = False

    @property
    def head(self) -> list[str]:
        if self.english:
            return ["Item no", "Description", "Quantity", "Unit", "Unit price"]
        return ["Artikelnr", "Benämning", "Antal", "Enhet", "À-pris"]

    @property
    def at(self) -> str:
        return "at" if self.english else "à"

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(key, value) for key, _, value in self.fields]


@dataclass(frozen=True)
class Known:
    """What a mail must be read as."""

    fields: dict[Field, str]
    lines: tuple[tuple[str, Decimal, Decimal, str, str], ...]
    line_sum: Decimal
    total: Decimal | None
    currency: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class OrderMail:
    """One mail's bytes and what it must be read as."""

    name: str
    raw: bytes
    known: Known


ORDERS = (
    Order(
        "laptops",
        (
            ("Enhet", Field.UNIT, "Institutionen för datavetenskap"),
            ("Godkännare", Field.APPROVER, "Eva Ek"),
            ("Leverantör", Field.SUPPLIER, "Dustin AB"),
            ("Totalt", Field.TOTAL, "25 000,00 kr"),
        ),
        (Item("XPS-13", "Dell XPS 13", "2", "st", "12 500,00", "25 000,00", ("2", "12500.00")),),
        "25000.00",
        "25000.00",
    ),
    Order(
        "chairs",
        (
            ("Unit", Field.UNIT, "Department of Chemistry"),
            ("Approver", Field.APPROVER, "eva.ek@example.se"),
            ("Supplier", Field.SUPPLIER, "Atea Sverige AB"),
            ("VAT", Field.VAT, "excl 25 %"),
            ("Total", Field.TOTAL, "SEK 5,998.50"),
        ),
        (Item("CH-7", "Office chair, blue", "3", "pcs", "1,999.50", "5,998.50", ("3", "1999.50")),),
        "5998.50",
        "5998.50",
        english=True,
    ),
    Order(
        "every-field",
        (
            ("Enhet", Field.UNIT, "Kemiska institutionen"),
            ("Godkännare", Field.APPROVER, "Åsa Öberg"),
            ("Leverantör", Field.SUPPLIER, "Örebro Kontorsmöbler AB"),
            ("Kontering", Field.ACCOUNTING, "4711-1234-56"),
            ("Avtal", Field.AGREEMENT, "23.3-1234-19"),
            ("Offert", Field.QUOTE, "https://offert.example/77?sida=2"),
            ("Projekt", Field.PROJECT, "P 9"),
            ("Referens", Field.REFERENCE, "Rut Rask"),
            ("Leveransadress", Field.DELIVERY_ADDRESS, "Universitetsvägen 1, 901 87 Umeå"),
            ("Godsmärkning", Field.GOODS_MARK, "MIT-huset, plan 3"),
            ("Önskat leveransdatum", Field.WANTED_DATE, "2026-12-01"),
            ("Motivering", Field.REASON, "Stolarna är trasiga & skeva"),
            ("Avser person", Field.FOR_PERSON, "Nils Nord"),
            ("Kategori", Field.CATEGORY, "Möbler"),
            ("Valuta", Field.CURRENCY, "SEK"),
            ("Moms", Field.VAT, "exkl, 25 %"),
            ("Totalt", Field.TOTAL, "2 667,00"),
        ),
        (
            Item("B-1", "Höj- och sänkbart bord", "2", "st", "1 234,50", "2 469,00", ("2", "1234.50")),
            Item("", "Skruv M4 <rostfri>", "2", "förp", "99:-", "198,00", ("2", "99.00")),
        ),
        "2667.00",
        "2667.00",
    ),
    Order(
        "pennies",
        (
            ("ENHET", Field.UNIT, "cs"),
            ("godkännare", Field.APPROVER, "Eva Ek"),
            ("Leverantör", Field.SUPPLIER, "Papper & Pärmar i Växjö AB"),
        ),
        (
            Item("G-1", "Gem, små", "1 000", "st", "0,49", "490,00", ("1000", "0.49")),
            Item("K-25", "Kabel, grå", "2,5", "m", "10,50", "26,25", ("2.5", "10.50")),
            Item("K-26", "Kabel, gul", "1,5", "m", "10,55 kr", "15,83", ("1.5", "10.55")),
        ),
        "532.08",
    ),
    Order(
        "dots-and-dashes",
        (
            ("Enhet", Field.UNIT, "Institutionen för fysik"),
            ("Godkännare", Field.APPROVER, "Eva Ek"),
            ("Leverantör", Field.SUPPLIER, "Dustin AB"),
            ("Totalt", Field.TOTAL, "67.500:-"),
        ),
        (
            Item("S-1", "Server 1U", "3", "st", "12.500,00", "37 500", ("3", "12500.00")),
            Item("S-2", "Server 2U", "2", "st", "15 000:-", "30 000", ("2", "15000.00")),
        ),
        "67500.00",
        "67500.00",
    ),
    Order(
        "euros",
        (
            ("Unit", Field.UNIT, "Department of Physics"),
            ("Approver", Field.APPROVER, "Eva Ek"),
            ("Supplier", Field.SUPPLIER, "Müller & Söhne GmbH"),
            ("Currency", Field.CURRENCY, "EUR"),
            ("Total", Field.TOTAL, "5,003.00"),
        ),
        (Item("L-4", "Lens, 50 mm", "4", "pcs", "1,250.75", "5,003.00", ("4", "1250.75")),),
        "5003.00",
        "5003.00",
        currency="EUR",
        english=True,
    ),
    Order(
        "typographic",
        (
            ("Enhet", Field.UNIT, "Arkiv – magasin"),
            ("Godkännare", Field.APPROVER, "Eva Ek"),
            ("Leverantör", Field.SUPPLIER, "Bok & Bild”s AB"),
            ("Valuta", Field.CURRENCY, "EUR"),
        ),
        (Item("A-9", "Arkivbox – röd, ”stor”", "12", "st", "€ 8,25", "99,00", ("12", "8.25")),),
        "99.00",
        currency="EUR",
    ),
    Order(
        "six-lines",
        (
            ("Leverantör", Field.SUPPLIER, "Dustin AB"),
            ("Approver", Field.APPROVER, "Eva Ek"),
            ("Enhet", Field.UNIT, "Institutionen för datavetenskap"),
            ("Totalt", Field.TOTAL, "29 614,75"),
        ),
        (
            Item("1", "Dator", "1", "st", "12 345,67", "12 345,67", ("1", "12345.67")),
            Item("2", "Skärm 27 tum", "4", "st", "3 210,00", "12 840,00", ("4", "3210.00")),
            Item("3", "Tangentbord", "4", "st", "499", "1 996,00", ("4", "499.00")),
            Item("4", "Mus", "4", "st", "249,00", "996,00", ("4", "249.00")),
            Item("5", "Kabel USB-C", "8", "st", "99,51", "796,08", ("8", "99.51")),
            Item("6", "Installation", "1", "tim", "641,00", "641,00", ("1", "641.00")),
        ),
        "29614.75",
        "29614.75",
    ),
    Order(
        "thousands",
        (
            ("Enhet", Field.UNIT, "Laserlabbet"),
            ("Godkännare", Field.APPROVER, "Eva Ek"),
            ("Leverantör", Field.SUPPLIER, "Optik i Malmö AB"),
            ("Totalt", Field.TOTAL, "1 250 tkr"),
        ),
        (Item("LS-1", "Laser, kyld", "1", "st", "1 250 000,00", "1 250 000,00", ("1", "1250000.00")),),
        "1250000.00",
        "1250000.00",
    ),
)
"""No value holds a separator of cells. "typographic" holds letters that windows-1252 has and iso-8859-1 has not."""


def known(order: Order, *, notes: Sequence[str] = NOTES, numbered: bool = True) -> Known:
    """Return what an order means; written as `2 st Dell à 12 500`, its lines have no item number."""
    return Known(
        fields={meaning: value for _, meaning, value in order.fields},
        lines=tuple(
            (x.description, Decimal(x.means[0]), Decimal(x.means[1]), x.no if numbered else "", x.unit)
            for x in order.items
        ),
        line_sum=Decimal(order.line_sum),
        total=Decimal(order.total) if order.total else None,
        currency=order.currency,
        notes=tuple(notes),
    )


# How text becomes bytes


@dataclass(frozen=True)
class Encoding:
    """A charset as used and as declared (None: not at all), a transfer encoding, and what is done to the letters."""

    name: str
    charset: str
    label: str | None
    transfer: str
    change: Callable[[str], str] = field(default=str)
    transfer_name: str = ""


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _spaced(space: str) -> Callable[[str], str]:
    return lambda text: re.sub(r"(?<=\d) (?=\d)", space, text)


def _hyphenated(text: str) -> str:
    return text.replace("tör", "t\u00adör").replace("Unit", "\u200bUnit").replace("Enhet", "\ufeffEnhet")


ENCODINGS = (
    Encoding("utf8", "utf-8", "utf-8", "8bit"),
    Encoding("utf8-qp", "utf-8", "utf-8", "quoted-printable"),
    Encoding("utf8-base64", "utf-8", '"UTF-8"', "base64"),
    Encoding("utf8-bom", "utf-8-sig", "utf-8", "base64"),
    Encoding("utf8-as-ascii", "utf-8", "us-ascii", "8bit"),
    Encoding("utf8-as-latin1", "utf-8", "iso-8859-1", "quoted-printable"),
    Encoding("utf8-unsaid", "utf-8", None, "8bit"),
    Encoding("utf8-misnamed-qp", "utf-8", "utf-8", "quoted-printable", transfer_name="quoted-printeable"),
    Encoding("latin1", "iso-8859-1", "iso-8859-1", "8bit"),
    Encoding("latin1-qp", "iso-8859-1", "iso-8859-1", "quoted-printable"),
    Encoding("latin1-as-utf8", "iso-8859-1", "utf-8", "8bit"),
    Encoding("cp1252-as-latin1", "windows-1252", "iso-8859-1", "8bit"),
    Encoding("cp1252-qp", "windows-1252", "windows-1252", "quoted-printable"),
    Encoding("cp1252-unsaid", "windows-1252", None, "base64"),
    Encoding("utf16", "utf-16", "utf-16", "base64"),
    Encoding("decomposed", "utf-8", "utf-8", "quoted-printable", _decomposed),
    Encoding("nbsp", "utf-8", "utf-8", "8bit", _spaced(NBSP)),
    Encoding("narrow-nbsp", "utf-8", "utf-8", "base64", _spaced("\u202f")),
    Encoding("soft-hyphens", "utf-8", "utf-8", "quoted-printable", _hyphenated),
    Encoding("soft-breaks", "utf-8", "utf-8", "broken-numbers"),
)


@dataclass(frozen=True)
class Part:
    """One part of a mail: a text, which the encoding turns into bytes, or the bytes of a file."""

    content_type: str
    content: str | bytes
    name: str = ""
    parameters: str = ""


@dataclass(frozen=True)
class Multipart:
    """Parts together."""

    subtype: str
    parts: tuple["Part | Multipart", ...]
    parameters: str = ""


def _transferred(data: bytes, transfer: str) -> bytes:
    match transfer:
        case "base64":
            return base64.encodebytes(data)
        case "quoted-printable":
            return quopri.encodestring(data)
        case "broken-numbers":  # a soft line break inside every number
            return re.sub(rb"(?<=[0-9])(?=[0-9 ,.]*[0-9])", b"=\n", _all_quoted(data))
    return data


def _all_quoted(data: bytes) -> bytes:
    """Quote what must be, in lines as long as they are, and break them at the letters' ends."""
    lines = [re.sub(rb"[^ -<>-~]", lambda c: b"=%02X" % c[0][0], line) for line in data.split(b"\n")]
    return b"\n".join(re.sub(rb" $", b"=20", line) for line in lines)


def _part_bytes(part: Part | Multipart, encoding: Encoding, depth: int = 0) -> bytes:
    if isinstance(part, Multipart):
        boundary = f"=_part_{depth}"
        inner = b"".join(f"--{boundary}\n".encode() + _part_bytes(p, encoding, depth + 1) + b"\n" for p in part.parts)
        head = f'Content-Type: multipart/{part.subtype}; boundary="{boundary}"{part.parameters}\n\n'
        return head.encode() + inner + f"--{boundary}--\n".encode()
    if isinstance(part.content, bytes):
        disposition = "inline" if part.content_type.startswith("image") else "attachment"
        head = f'Content-Type: {part.content_type}; name="{part.name}"\nContent-Transfer-Encoding: base64\n'
        return f'{head}Content-Disposition: {disposition}; filename="{part.name}"\n\n'.encode() + base64.encodebytes(
            part.content
        )
    data = encoding.change(part.content).encode(encoding.charset)
    transfer = "quoted-printable" if encoding.transfer == "broken-numbers" else encoding.transfer
    label = f"; charset={encoding.label}" if encoding.label else ""
    head = f"Content-Type: {part.content_type}{label}{part.parameters}\n"
    head += f"Content-Transfer-Encoding: {encoding.transfer_name or transfer}\n\n"
    return head.encode() + _transferred(data, encoding.transfer)


def mail_bytes(part: Part | Multipart, encoding: Encoding) -> bytes:
    """Return a whole mail, with the line ends of SMTP."""
    head = (
        "From: Rut Rask <rut.rask@example.se>\nTo: order@inkop.example.se\nSubject: Order\n"
        "Date: Tue, 3 Mar 2026 10:00:00 +0100\nMessage-ID: <order-1@example.se>\nMIME-Version: 1.0\n"
    )
    return (head.encode() + _part_bytes(part, encoding)).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


# How an order is laid out


def _keys(order: Order, pattern: str = "{}: {}") -> list[str]:
    return [pattern.format(key, value) for key, value in order.pairs]


def _free(order: Order, bullet: str = "") -> list[str]:
    return [f"{bullet}{x.quantity} {x.unit} {x.description} {order.at} {x.price}" for x in order.items]


def _rows(order: Order, separator: str) -> list[str]:
    return [separator.join(cells) for cells in (order.head, *(x.cells for x in order.items))]


def _letter(order: Order, lines: Sequence[str], pattern: str = "{}: {}") -> list[str]:
    return [GREETING, "", *_keys(order, pattern), "", *lines, "", *CLOSING]


def _text(lines: Sequence[str], parameters: str = "") -> Part:
    return Part("text/plain", "\n".join(lines) + "\n", parameters=parameters)


def _page(body: str, head: str = "", opening: str = "<body>") -> Part:
    return Part("text/html", f"<html><head>{head}</head>{opening}{body}</body></html>\n")


def _either(plain: Part, page: "Part | Multipart") -> Multipart:
    return Multipart("alternative", (plain, page))


def _table(rows: Sequence[Sequence[str]], cell: str = "<td>{}</td>", opening: str = "<table>") -> str:
    made = ["<tr>" + "".join(cell.format(html.escape(text, quote=False)) for text in row) + "</tr>" for row in rows]
    return f"{opening}<tbody>" + "\n".join(made) + "</tbody></table>"


def _each(pattern: str, lines: Sequence[str], blank: str = "") -> str:
    return "".join(pattern.format(html.escape(line, quote=False)) if line else blank for line in lines)


type Layout = Callable[[Order], tuple[Part | Multipart, Known]]

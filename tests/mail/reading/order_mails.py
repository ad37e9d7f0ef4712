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
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from html.entities import codepoint2name
from textwrap import wrap
from typing import Protocol
from urllib.parse import quote

from mailbot.domain.values.order import Field, Form
from mailbot.mail.reading import parsed_mail
from mailbot.mail.reading.choice import Contradiction, choose

NBSP = "\u00a0"
GREETING = "Hej!"
CLOSING = ("Med vänlig hälsning", "Rut Rask")
NOTES = (GREETING, *CLOSING)
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def form_of(raw: bytes) -> Form | Contradiction:
    """Read a mail's bytes as the bot does."""
    mail = parsed_mail.read(raw, "rut.rask@example.se")
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
        (Item("A-9", "Arkivbox – röd, ”stor”", "12", "st", "8,25 €", "99,00", ("12", "8.25")),),
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
    """One part of a mail: a text, for the encoding to turn into bytes, or bytes; with a name it is a file."""

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
            return re.sub(rb"(?<=[0-9])(?<!=[0-9A-F])(?=[0-9 ,.]*[0-9])", b"=\n", _all_quoted(data))
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
    data = part.content if isinstance(part.content, bytes) else encoding.change(part.content).encode(encoding.charset)
    if part.name:
        disposition = "inline" if part.content_type.startswith("image") else "attachment"
        head = f'Content-Type: {part.content_type}; name="{part.name}"\nContent-Transfer-Encoding: base64\n'
        head += f'Content-Disposition: {disposition}; filename="{part.name}"\n\n'
        return head.encode() + base64.encodebytes(data)
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


def _in_words(order: Order) -> list[str]:
    """Each line in another of the orders that people write; the last is the plainest, which lines by the metre take."""
    counted = ("st", "pcs", "förp")
    ways = ("{1}: {2} {3} {at} {4}", "{1}, {2} {3}, {4}/{3}", "{1} ({2} {3}) {at} {4}")
    plain = "{2} {3} {1} {at} {4}"
    written = [(ways[n % 3] if x.unit in counted else plain, x.cells) for n, x in enumerate(order.items)]
    return [way.format(*cells, at=order.at) for way, cells in written]


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


class Layout(Protocol):
    """A mail program: lays an order out, and says what it then means."""

    __name__: str

    def __call__(self, order: Order, /) -> tuple[Part | Multipart, Known]: ...


def outlook_desktop(order: Order) -> tuple[Part | Multipart, Known]:
    """Tables of Word; the text part has every cell on a line of its own."""
    cells = [cell for pair in order.pairs for cell in pair] + [c for row in _rows(order, "\t") for c in row.split("\t")]
    plain = _text([GREETING, *(line for cell in cells for line in (cell, "")), *CLOSING])
    tables = _word_table(order.pairs) + WORD_BLANK + _word_table([order.head, *(x.cells for x in order.items)])
    return _either(plain, _word(_words([GREETING]) + WORD_BLANK + tables + _words(CLOSING))), known(order)


def outlook_entities(order: Order) -> tuple[Part | Multipart, Known]:
    """Outlook's HTML with every letter beyond ASCII as an entity, in paragraphs."""
    body = _words(_letter(order, _free(order), "{} : {}"))
    named = body.translate({ord(c): f"&{codepoint2name.get(ord(c), f'#{ord(c)}')};" for c in body if ord(c) > 127})
    return _word(named), known(order, numbered=False)


def outlook_list(order: Order) -> tuple[Part | Multipart, Known]:
    """Lines as a bullet list of Word, keys in bold, keys and values apart by a tab."""
    bullet = (
        "<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]>"
        "<span style='font-family:Symbol'><span style='mso-list:Ignore'>&middot;"
        "<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span></span></span><![endif]>{}</p>"
    )
    keys = "".join(
        f"<p class=MsoNormal><b>{html.escape(key)}:</b><span style='mso-tab-count:1'>&nbsp;&nbsp; </span>"
        f"{html.escape(value, quote=False)}<o:p></o:p></p>"
        for key, value in order.pairs
    )
    body = _words([GREETING]) + WORD_BLANK + keys + _each(bullet, _free(order)) + WORD_BLANK + _words(CLOSING)
    return _word(body), known(order, numbered=False)


def outlook_web(order: Order) -> tuple[Part | Multipart, Known]:
    """Outlook on the web: divs and a table, with a text part that shows the table as tabs."""
    div = '<div class="elementToProof" style="font-family: Aptos; font-size: 12pt; color: rgb(0, 0, 0);">{}</div>'
    table = _table(
        [order.head, *(x.cells for x in order.items)],
        '<td style="border: 1px solid; width: 120px;"><div class="elementToProof">{}<br></div></td>',
        '<table style="border-collapse: collapse; width: 600px;" data-editing-info="{}">',
    )
    top = _each(div, [GREETING, "", *_keys(order), ""], div.format("<br>"))
    plain = _text(_letter(order, _rows(order, "\t")))
    return _either(
        plain, _page(top + table + _each(div, CLOSING), '<style type="text/css">p {margin:0}</style>')
    ), known(order)


def new_outlook(order: Order) -> tuple[Part | Multipart, Known]:
    """Outlook for phones: HTML alone, with its own advertisement below."""
    body = '<div dir="ltr">' + "<br>".join(html.escape(x, quote=False) for x in _letter(order, _free(order))) + "</div>"
    link = '<a href="https://aka.ms/o0ukef">Outlook för iOS</a>'
    advertisement = f'<div id="ms-outlook-mobile-signature" dir="ltr">Hämta {link}</div>'
    return _page(body + advertisement), known(order, numbered=False)


def gmail_web(order: Order) -> tuple[Part | Multipart, Known]:
    """Bold keys, which the text part marks with asterisks, and a signature that looks like fields."""
    signature = ["Telefon: 090-786 50 00", "Enhet: En helt annan", "Referens: 12"]
    plain = [*_letter(order, _rows(order, " | "), "*{}:* {}"), "", "-- ", *signature]
    keys = "".join(f"<div><b>{key}:</b>&nbsp;{html.escape(value, quote=False)}</div>" for key, value in order.pairs)
    rows = _each("<div>{}</div>", ["", *_rows(order, " | "), "", *CLOSING, ""], "<div><br></div>")
    prefix = '<span class="gmail_signature_prefix">-- </span><br>'
    below = f'{prefix}<div dir="ltr" class="gmail_signature">{_each("<div>{}</div>", signature)}</div>'
    page = f'<div dir="ltr"><div>{GREETING}</div><div><br></div>{keys}{rows}{below}</div>'
    return _either(_text(plain), Part("text/html", page)), known(order)


def gmail_app(order: Order) -> tuple[Part | Multipart, Known]:
    """The Gmail app, whose text part is wrapped without a mark."""
    lines = _letter(order, _free(order))
    page = '<div dir="auto">' + _each('<div dir="auto">{}</div>', lines, '<div dir="auto"><br></div>') + "</div>"
    wrapped = [
        part for line in lines for part in wrap(line, 60, break_long_words=False, break_on_hyphens=False) or [""]
    ]
    return _either(_text(wrapped), Part("text/html", page)), known(order, numbered=False)


def google_sheet(order: Order) -> tuple[Part | Multipart, Known]:
    """Cells pasted from Google Sheets into Gmail: fields and lines in one table."""
    width = [*order.head]
    rows = [[key, value, *[""] * (len(width) - 2)] for key, value in order.pairs]
    table = _table(
        [*rows, [""] * len(width), width, *(x.cells for x in order.items)],
        '<td style="overflow:hidden;padding:2px 3px" data-sheets-value="{{&quot;1&quot;:2}}">{}</td>',
        '<google-sheets-html-origin><style type="text/css">td {border: 1px solid}</style>'
        '<table cellspacing="0" dir="ltr" border="1" data-sheets-root="1"><colgroup><col width="100"></colgroup>',
    )
    return Part("text/html", f'<div dir="ltr">{GREETING}<br><br>{table}</div>'), known(order, notes=[GREETING])


def iphone(order: Order) -> tuple[Part | Multipart, Known]:
    """Mail on the phone: both parts, signed by the phone."""
    lines = [*_letter(order, _free(order)), "", "Skickat från min iPhone"]
    first, *others = lines
    body = first + _each("<div>{}</div>", others[:-1], "<div><br></div>") + f'<br><div dir="ltr">{others[-1]}</div>'
    page = _page(body, '<meta http-equiv="content-type" content="text/html; charset=utf-8">', '<body dir="auto">')
    return _either(_text(lines), page), known(order, numbered=False)


def iphone_plain(order: Order) -> tuple[Part | Multipart, Known]:
    """Mail on the phone without any formatting: text alone."""
    return _text([*_letter(order, _free(order)), "", "Sent from my iPhone"]), known(order, numbered=False)


def apple_mail_picture(order: Order) -> tuple[Part | Multipart, Known]:
    """A picture in the middle: two text parts around it."""
    above = _text([GREETING, "", *_keys(order), ""], "; delsp=yes; format=flowed")
    below = _text([*_free(order, "· "), "", *CLOSING, ""], "; delsp=yes; format=flowed")
    return Multipart("mixed", (above, Part("image/png", PICTURE, "image001.png"), below)), known(order, numbered=False)


def apple_mail_html_picture(order: Order) -> tuple[Part | Multipart, Known]:
    """The same in HTML: two HTML parts around the picture, beside one text part."""
    style = '<body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">'
    above = _page(_each("<div>{}</div>", [GREETING, "", *_keys(order)], "<div><br></div>"), opening=style)
    below = _page(_each("<ul><li>{}</li></ul>", _free(order)) + _each("<div>{}</div>", CLOSING), opening=style)
    picture = Part("image/png", PICTURE, "image001.png")
    plain = _text(_letter(order, _free(order, "· ")))
    return _either(plain, Multipart("mixed", (above, picture, below))), known(order, numbered=False)


def thunderbird_flowed(order: Order) -> tuple[Part | Multipart, Known]:
    """Text wrapped at 30 columns as format=flowed."""
    lines = [flowed for line in _letter(order, _free(order)) for flowed in _flowed(line, 30)]
    return _text(lines, "; format=flowed"), known(order, numbered=False)


def thunderbird_delsp(order: Order) -> tuple[Part | Multipart, Known]:
    """Text wrapped as format=flowed with DelSp: cut anywhere, the space is not part of the text."""
    lines = [flowed for line in _letter(order, _free(order)) for flowed in _cut(line, 25)]
    return _text(lines, "; format=flowed; delsp=yes"), known(order, numbered=False)


def thunderbird_html(order: Order) -> tuple[Part | Multipart, Known]:
    """HTML alone: wrapped source, a paragraph for each line, a table with a head, a signature."""
    top = _each("<p>{}</p>\n    ", [GREETING, *_keys(order)])
    rows = _table([x.cells for x in order.items], '<td valign="top">{}<br>\n        </td>')
    head = "<thead><tr>" + _each("<th>{}</th>", order.head) + "</tr></thead>"
    table = rows.replace("<table>", f'<table width="100%" border="1">\n{head}')
    signature = '<pre class="moz-signature" cols="72">-- \nRut Rask\nEnhet: En helt annan</pre>'
    body = f"{top}{table}{_each('<p>{}</p>', CLOSING)}{signature}"
    return _page(body.replace(" ", "\n      ", 3)), known(order)


def k9(order: Order) -> tuple[Part | Multipart, Known]:
    """K-9: the text, and the same in a pre element."""
    lines = _letter(order, _rows(order, "; "))
    body = f'<pre dir="auto" class="k9mail">{html.escape(chr(10).join(lines), quote=False)}</pre>'
    return _either(_text(lines), Part("text/html", f"<!DOCTYPE html><html><body>{body}</body></html>")), known(order)


def mutt(order: Order) -> tuple[Part | Multipart, Known]:
    """Plain text with rows and a proper signature."""
    lines = [
        *_letter(order, _rows(order, "; "), "{:<22}: {}"),
        "",
        "-- ",
        "Rut Rask",
        "Referens: Telefon 12",
        "Hus 1, rum 312",
    ]
    return _text(lines), known(order)


def in_words(order: Order) -> tuple[Part | Multipart, Known]:
    """Lines as people write them who never saw the form."""
    return _text(_letter(order, _in_words(order))), known(order, numbered=False)


def mutt_signed(order: Order) -> tuple[Part | Multipart, Known]:
    """The same, signed by PGP."""
    signature = Part("application/pgp-signature", b"-----BEGIN PGP SIGNATURE-----\n", "signature.asc")
    return Multipart("signed", (_text(_letter(order, _rows(order, "; "))), signature)), known(order)


def gateway_banner(order: Order) -> tuple[Part | Multipart, Known]:
    """A gateway's warning as a table above HTML, and a legal footer below it."""
    banner = (
        '<table border="0" align="left" width="100%"><tbody><tr><td style="background:#A6A6A6" width="7px"></td>'
        '<td style="background:#EAEAEA"><div>You don\'t often get email from rut.rask@example.se. '
        '<a href="https://aka.ms/LearnAbout">Learn why this is important</a></div></td><td></td></tr></tbody></table>'
        "<p><strong>CAUTION:</strong> This email originated from outside of the organization. Do not click links or "
        "open attachments unless you recognize the sender and know the content is safe.</p>"
    )
    footer = (
        "<p>This e-mail and any attachments are confidential. This mail may be approved by anybody: Approver: me</p>"
    )
    return _page(banner + _each("<p>{}</p>", _letter(order, _free(order))) + footer), known(order, numbered=False)


def gateway_banner_plain(order: Order) -> tuple[Part | Multipart, Known]:
    """A Swedish gateway's warning in plain text, wrapped, and a tag before the greeting."""
    first, *others = _letter(order, _free(order, "- "))
    banner = [
        "VARNING: Detta e-postmeddelande kommer från en avsändare utanför",
        "organisationen.",
        "Klicka inte på länkar och öppna inte bilagor om du inte känner igen",
        "avsändaren.",
        "",
    ]
    return _text([*banner, f"[EXTERNAL] {first}", *others]), known(order, numbered=False)


def university_footer(order: Order) -> tuple[Part | Multipart, Known]:
    """The data protection footers of Swedish universities."""
    footer = [
        "När du skickar e-post till universitetet så innebär detta att universitetet behandlar",
        "dina personuppgifter. ",
        "E-mailing the university will result in the university processing your personal data.",
    ]
    return _text([*_letter(order, _rows(order, ";")), "", *footer]), known(order)


def lotus(order: Order) -> tuple[Part | Multipart, Known]:
    """Upper-case tags without ends, fonts around everything."""
    font = '<FONT SIZE=2 FACE="sans-serif">{}</FONT>'
    row = f"<TR VALIGN=top><TD WIDTH=96>{font.format('<B>{}</B>')}<TD WIDTH=400>{font}"
    keys = "".join(row.format(key, html.escape(value)) for key, value in order.pairs)
    free = _each("<BR>" + font, ["", *_free(order), "", *CLOSING], "<BR>")
    return _page(f"{font.format(GREETING)}<BR><BR><TABLE BORDER=0>{keys}</TABLE>{free}"), known(order, numbered=False)


def excel_plain(order: Order) -> tuple[Part | Multipart, Known]:
    """Cells pasted from Excel into plain text: tabs, sums of rows, and the total in the last column."""
    return _text([GREETING, "", *("\t".join(row) for row in _sheet(order))]), known(order, notes=[GREETING])


def excel_html(order: Order) -> tuple[Part | Multipart, Known]:
    """The same pasted into Outlook: a table of Excel's own classes with empty cells."""
    table = _table(
        _sheet(order),
        "<td class=xl65 width=87 style='width:65pt' nowrap><p class=MsoNormal><span>{}<o:p></o:p></span></p></td>",
        "<table border=0 cellpadding=0 cellspacing=0 width=435 style='border-collapse:collapse;width:326pt'>"
        "<col width=87 span=5 style='width:65pt'>",
    )
    return _word(
        _words([GREETING]) + WORD_BLANK + table.replace("<span><o:p></o:p>", "<span><o:p>&nbsp;</o:p>")
    ), known(order, notes=[GREETING])


def csv_attached(order: Order) -> tuple[Part | Multipart, Known]:
    """Everything in order.csv, as Swedish Excel writes it."""
    rows = [";".join(row) for row in [*order.pairs, (), order.head, *(x.cells for x in order.items)]]
    file = Part("text/csv", "\r\n".join(rows), "order.csv")
    return Multipart("mixed", (_text(SEE_FILE), file)), known(order, notes=FILE_NOTES)


def csv_beside_fields(order: Order) -> tuple[Part | Multipart, Known]:
    """Fields in the mail, lines in Order.CSV, with commas and quotes."""
    rows = [",".join(f'"{cell}"' for cell in row) for row in [order.head, *(x.cells for x in order.items)]]
    file = Part("application/vnd.ms-excel", "\n".join(rows), "Order.CSV")
    return Multipart("mixed", (_text(_letter(order, ["Se bifogad fil."])), file)), known(order, notes=FILE_NOTES)


def json_attached(order: Order) -> tuple[Part | Multipart, Known]:
    """Everything in order.json, quantities and prices as JSON numbers."""
    fields = [f"{json.dumps(meaning.value)}: {json.dumps(value)}" for _, meaning, value in order.fields]
    lines = [
        f'{{"item_no": {json.dumps(x.no)}, "description": {json.dumps(x.description)}, "quantity": {x.means[0]}, '
        f'"unit": {json.dumps(x.unit)}, "price": {x.means[1]}}}'
        for x in order.items
    ]
    file = Part("application/json", "{" + ", ".join([*fields, f'"lines": [{", ".join(lines)}]']) + "}", "order.json")
    return Multipart("mixed", (_text(SEE_FILE), file)), known(order, notes=FILE_NOTES)


def text_attached(order: Order) -> tuple[Part | Multipart, Known]:
    """Everything in order.txt."""
    file = Part("text/plain", "\r\n".join([*_keys(order), "", *_rows(order, "; ")]), "order.txt")
    return Multipart("mixed", (_text(SEE_FILE), file)), known(order, notes=FILE_NOTES)


def blank_plain(order: Order) -> tuple[Part | Multipart, Known]:
    """A text part of nothing beside the HTML."""
    page = _page(_each("<p>{}</p>", _letter(order, _free(order))))
    return _either(_text([" ", NBSP, ""]), page), known(order, numbered=False)


def list_footer(order: Order) -> tuple[Part | Multipart, Known]:
    """An HTML order, after which a mailing list has put a text part."""
    footer = _text(
        ["_______________", "Inkop mailing list: inkop@lists.example.se", "Avanmälan: https://lists.example.se"]
    )
    page = _page(_table(order.pairs) + _table([order.head, *(x.cells for x in order.items)]))
    return Multipart("mixed", (page, footer)), known(order, notes=[])


def layout_tables(order: Order) -> tuple[Part | Multipart, Known]:
    """A template with tables for layout around the tables that mean something, and a hidden first line."""
    hidden = '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">Totalt: 1 kr</div>'
    outer = (
        '<table role="presentation" width="100%"><tr><td style="font-size:0px">&nbsp;</td><td style="font-size:0px">'
    )
    tables = _table(order.pairs) + _table([order.head, *(x.cells for x in order.items)])
    inner = f'<div style="font-size:14px">{tables}</div>'
    logo = f"<table><tr><td style='font-size:2em'>{GREETING}</td><td><img src=cid:logo></td></tr></table>"
    return _page(f"{hidden}{outer}{logo}{inner}</td><td></td></tr></table>{_each('<p>{}</p>', CLOSING)}"), known(order)


def two_pairs_in_a_row(order: Order) -> tuple[Part | Multipart, Known]:
    """A form of two columns of fields side by side."""
    pairs = [cell for pair in order.pairs for cell in pair]
    rows = [pairs[at : at + 4] for at in range(0, len(pairs), 4)]
    return _page(_table([[GREETING], *rows]) + _each("<p>{}</p>", [*_free(order), *CLOSING])), known(
        order, numbered=False
    )


def split_words(order: Order) -> tuple[Part | Multipart, Known]:
    """Spans of a spelling checker in the middle of words, and a comment in the middle of a number."""
    lines = [re.sub(r"(\w)(\w)", r"\1<span class=GramE></span><b>\2</b>", line, count=3) for line in _letter(order, [])]
    free = [html.escape(line, quote=False).replace("0", "<!-- x -->0") for line in _free(order)]
    return _page("<br>\n".join([*(line.replace(" & ", " &amp; ") for line in lines[:-3]), *free, *CLOSING])), known(
        order, numbered=False
    )


def safe_links(order: Order) -> tuple[Part | Multipart, Known]:
    """Links wrapped by a gateway, in the text and behind it."""
    lines = _letter(order, _free(order))
    wrapped = [re.sub(r"https://\S+", lambda found: _wrapped_link(found[0]), line) for line in lines]
    named = [re.sub(r"(\S+@example\.se)", r"\1<mailto:\1>", line) for line in wrapped]
    page = _page(
        "".join(
            re.sub(
                r"https://\S+",
                lambda found: f'<a href="{_wrapped_link(found[0])}">{found[0]}</a>',
                f"<p>{html.escape(x)}</p>",
            )
            for x in lines
        )
    )
    return _either(_text(named), page), known(order, numbered=False)


def safe_links_plain(order: Order) -> tuple[Part | Multipart, Known]:
    """The same where there is no HTML."""
    plain = safe_links(order)[0]
    return (plain.parts[0] if isinstance(plain, Multipart) else plain), known(order, numbered=False)


SEE_FILE = [GREETING, "", "Se bifogad fil.", "", *CLOSING]
FILE_NOTES = (GREETING, "Se bifogad fil.", *CLOSING)
WORD_BLANK = "<p class=MsoNormal><o:p>&nbsp;</o:p></p>\n"
WORD_HEAD = (
    '<meta http-equiv=Content-Type content="text/html; charset=us-ascii"><style><!--\n'
    'p.MsoNormal {margin:0cm; font-family:"Calibri",sans-serif;}\n--></style><!--[if gte mso 9]><xml>\n'
    '<o:shapedefaults v:ext="edit" spidmax="1026" />\n</xml><![endif]-->'
)


def _word(body: str) -> Part:
    return _page(
        f"<div class=WordSection1>{body}</div>", WORD_HEAD, '<body lang=SV link="#0563C1" style="word-wrap:break-word">'
    )


def _words(lines: Sequence[str]) -> str:
    pattern = "<p class=MsoNormal><span lang=SV style='mso-fareast-language:EN-US'>{}<o:p></o:p></span></p>\n"
    return _each(pattern, lines, WORD_BLANK)


def _word_table(rows: Sequence[Sequence[str]]) -> str:
    cell = (
        "<td width=200 valign=top style='width:150.0pt;border:solid windowtext 1.0pt;padding:0cm 5.4pt 0cm 5.4pt'>"
        "<p class=MsoNormal>{}<o:p></o:p></p></td>"
    )
    made = _table(rows, cell, "<table class=MsoTableGrid border=1 cellspacing=0 cellpadding=0>")
    return made.replace("<p class=MsoNormal><o:p></o:p></p>", "<p class=MsoNormal><o:p>&nbsp;</o:p></p>")


def _flowed(line: str, width: int) -> list[str]:
    parts = wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]
    return [f"{part} " for part in parts[:-1]] + parts[-1:]


def _cut(line: str, width: int) -> list[str]:
    parts = [line[at : at + width] for at in range(0, len(line), width)] or [""]
    stuffed = [f" {part}" if part.startswith((" ", ">")) else part for part in parts]
    return [f"{part} " for part in stuffed[:-1]] + stuffed[-1:]


def _sheet(order: Order) -> list[list[str]]:
    head = [*order.head, "Amount" if order.english else "Summa"]
    fields = [[key, value, "", "", "", ""] for key, meaning, value in order.fields if meaning is not Field.TOTAL]
    total = [[key, "", "", "", "", value] for key, meaning, value in order.fields if meaning is Field.TOTAL]
    return [*fields, [""] * 6, head, *([*x.cells, x.row_sum] for x in order.items), *total]


def _wrapped_link(link: str) -> str:
    tail = "&data=05%7C02%7C&sdata=x%3D&reserved=0"
    return f"https://eur03.safelinks.protection.outlook.com/?url={quote(link, safe='')}{tail}"


PROGRAMS: tuple[Layout, ...] = (
    outlook_desktop,
    outlook_entities,
    outlook_list,
    outlook_web,
    new_outlook,
    gmail_web,
    gmail_app,
    google_sheet,
    iphone,
    iphone_plain,
    apple_mail_picture,
    apple_mail_html_picture,
    thunderbird_flowed,
    thunderbird_delsp,
    thunderbird_html,
    k9,
    mutt,
    mutt_signed,
    gateway_banner,
    gateway_banner_plain,
    university_footer,
    lotus,
    excel_plain,
    excel_html,
    csv_attached,
    csv_beside_fields,
    json_attached,
    text_attached,
    blank_plain,
    list_footer,
    layout_tables,
    two_pairs_in_a_row,
    split_words,
    safe_links,
    safe_links_plain,
    in_words,
)


def order_mails() -> Iterator[OrderMail]:
    """Yield every program with every encoding, the orders taking turns, and every program with every order."""
    made: set[str] = set()
    pairs = [(p, e, p + e) for p in range(len(PROGRAMS)) for e in range(len(ENCODINGS))]
    for p, e, turn in [*pairs, *((p, 0, o) for p in range(len(PROGRAMS)) for o in range(len(ORDERS)))]:
        mail = next(made_of(PROGRAMS[p], ENCODINGS[e], turn), None)
        if mail and mail.name not in made:
            made.add(mail.name)
            yield mail


def made_of(program: Layout, encoding: Encoding, turn: int) -> Iterator[OrderMail]:
    """Yield a program's mails in an encoding, from one order on, as far as the charset has their letters."""
    start = turn % len(ORDERS)
    for order in (*ORDERS[start:], *ORDERS[:start]):
        part, meaning = program(order)
        with suppress(UnicodeEncodeError):
            raw = mail_bytes(part, encoding)
            if not encoding.transfer_name or b"=C3" in raw:  # else nothing shows that the text is still quoted
                yield OrderMail(f"{program.__name__}-{encoding.name}-{order.name}", raw, meaning)

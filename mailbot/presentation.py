"""Values to words: the template environments, the catalogues, money and dates."""

import gettext
import io
import mimetypes
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from jinja2 import FileSystemLoader, StrictUndefined

from mailbot import wording
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Line
from mailbot.languages import BY_CODE
from mailbot.package_data import resource
from mailbot.templating import KeptTemplates, TranslatingEnvironment

_PACKAGE = Path(__file__).parent
NBSP = "\u00a0"
WIDTH = 72
MAX_WORD = 960
_MEDIA_TYPES = mimetypes.MimeTypes()  # the standard library's own table, whatever the machine adds to it
for _family, _kinds in {
    "vnd.openxmlformats-officedocument.": {
        "wordprocessingml.document": "docx",
        "spreadsheetml.sheet": "xlsx",
        "presentationml.presentation": "pptx",
    },
    "vnd.oasis.opendocument.": {"text": "odt", "spreadsheet": "ods"},
}.items():
    for _kind, _extension in _kinds.items():
        _MEDIA_TYPES.add_type(f"application/{_family}{_kind}", f".{_extension}")


@cache
def catalogue(language: str, terms: str = "") -> gettext.NullTranslations:
    """Return the language's texts, those in the `terms` of a profile before all others.

    English texts are the message ids themselves.
    """
    texts = _texts(language, "mailbot")
    if terms:
        own = _texts(language, terms)
        own.add_fallback(texts)
        return own
    return texts


def _catalogue_file(language: str, name: str) -> Path:
    folder = BY_CODE[language].catalogues or _PACKAGE / "locale"
    return folder / language / "LC_MESSAGES" / f"{name}.po"


def _texts(language: str, name: str) -> gettext.NullTranslations:
    path = _catalogue_file(language, name)
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as source:
        compiled = io.BytesIO()
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(1_000)
def money(value: Money, language: str, *, brief: bool = False) -> str:
    """Return `15 000,00 kr` or `SEK 15,000.00`, with spaces that do not break; a `brief` whole sum has no decimals."""
    is_whole = brief and value.amount == value.amount.to_integral_value()
    number = format_decimal(value.amount, "#,##0" if is_whole else "#,##0.00", locale=language)
    formats = BY_CODE[language].formats
    unit = formats.krona if value.currency == "SEK" else value.currency
    return f"{unit}{NBSP}{number}" if formats.is_currency_first else f"{number}{NBSP}{unit}"


def number(value: Decimal, language: str) -> str:
    """Return a quantity without needless zeros."""
    return format_decimal(value.normalize(), locale=language)


def figure(value: Money | Decimal, language: str) -> str:
    """Return an amount or a quantity as it can be written in an order and is read back as the same."""
    if isinstance(value, Money):
        return money(value, language)
    return format_decimal(value.normalize(), locale=language, group_separator=False)


class Place(NamedTuple):
    """In which words something is shown: a language, an IANA time zone, the profile whose terms are used."""

    language: str
    timezone: str
    terms: str = ""


class TemplateFilters:
    """The filters and functions a template of one language may use; `timezone` is an IANA name."""

    def __init__(self, language: str, timezone: str, terms: str = "") -> None:
        """Bind the language, the time zone that times are shown in, and the profile whose terms are used."""
        self.language = language
        self.zone = ZoneInfo(timezone)
        self.texts = catalogue(language, terms)

    def when(self, moment: datetime) -> str:
        """Return a UTC moment as local date and time."""
        local = moment.astimezone(self.zone)
        return format_datetime(local, BY_CODE[self.language].formats.moment, locale=self.language)

    def clock(self, moment: datetime, window: timedelta | None = None) -> str:
        """Return a UTC moment as local time of day, in whole minutes; with seconds at the end of a shorter window."""
        pattern = "HH:mm:ss" if window is not None and window < timedelta(minutes=1) else "HH:mm"
        return format_time(moment.astimezone(self.zone), pattern, locale=self.language)

    def day(self, moment: date | str) -> str:
        """Return a date in words; as text it is ISO 8601, as notices and events keep it."""
        day = date.fromisoformat(moment) if isinstance(moment, str) else moment
        return format_date(day, "d MMMM y", locale=self.language)

    def say(self, name: str) -> str:
        """Return a named value of the domain (a field, problem, reason, status ...) in words."""
        return self.texts.gettext(wording.text(name))

    def kind(self, media_type: str) -> str:
        """Return a media type as people know it, by the extension that such files have."""
        extension = _MEDIA_TYPES.guess_extension(media_type)
        return self.say("unknown_kind") if extension in {None, ".bin"} else str(extension)[1:].upper()

    def price(self, line: Line) -> str:
        """Return the price of one, and what else a line's sum rests on: its discount, and a VAT rate of its own."""
        said = [money(line.price, self.language)]
        if line.discount:
            said.append(self.say("line_discount") % {"amount": money(line.discount, self.language)})
        if line.vat_rate is not None:
            said.append(self.say("line_vat") % {"rate": number(line.vat_rate, self.language)})
        return ", ".join(said)

    def filters(self) -> dict[str, Any]:
        """Return everything templates may call, by name."""
        return {
            "money": lambda value: money(value, self.language),
            "briefly": lambda value: money(value, self.language, brief=True),
            "number": lambda value: number(value, self.language),
            "quantity": lambda line: f"{number(line.quantity, self.language)} {line.unit}".strip(),
            "price": self.price,
            "figure": lambda value: figure(value, self.language),
            "when": self.when,
            "clock": self.clock,
            "day": self.day,
            "say": self.say,
            "translated": self.texts.gettext,
            "wrapped": wrapped,
            "kind": self.kind,
            "bytes": lambda count: size(count, self.language),
        }


def size(count: int, language: str) -> str:
    """Return a number of bytes as people read it."""
    if count < 1_000_000:
        return f"{max(1, count // 1000)}{NBSP}kB"
    return f"{format_decimal(Decimal(count) / 1_000_000, '#,##0.0', locale=language)}{NBSP}MB"


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    """Wrap plain text at 72 columns, `first` and `rest` before its lines; only a word of 960 letters is broken."""
    width = WIDTH - len(rest)
    lines = str(text).splitlines()
    if len(lines) > 1 or len(text) > width:  # most texts are short, and the wrapper is slow
        lines = [part for line in lines for part in _cut(line, width)]
    return first + f"\n{rest}".join(lines)


def _cut(line: str, width: int) -> list[str]:
    pieces = _wrap(line, MAX_WORD) if len(line) > MAX_WORD else [line]
    return [part for piece in pieces for part in _wrap(piece, width, break_long_words=False) or [""]]


_wrap = partial(textwrap.wrap, expand_tabs=False, replace_whitespace=False, break_on_hyphens=False)


@cache
def environment(language: str, timezone: str, terms: str = "", *, html: bool) -> TranslatingEnvironment:
    """Return the one environment of a place and kind; the HTML one escapes all (docs/rules/limits.md#escaping)."""
    templates = resource("templates")
    env = TranslatingEnvironment(
        loader=FileSystemLoader(templates),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a template is looked for on the disk once
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=KeptTemplates(templates, f"{language} {timezone} {terms} {html}", _made_from(language, terms)),
    )
    words = TemplateFilters(language, timezone, terms)
    env.texts = words.texts
    env.install_gettext_translations(words.texts, newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(words.filters())
    env.globals.update(language=language)
    return env


def _made_from(language: str, terms: str) -> Iterator[Path]:
    """Yield the files whose words stand in compiled templates: Jinja calls filters of constants when it compiles."""
    for folder in (_PACKAGE, _PACKAGE / "languages"):
        yield from sorted(path for path in folder.iterdir() if path.suffix in {".py", ".toml"})
    yield from filter(Path.exists, (_catalogue_file(language, name) for name in ("mailbot", terms)))


def render(template: str, values: Mapping[str, Any], place: Place, *, html: bool) -> str:
    """Render a template of templates/ in the words of a place; raises on a missing value or template."""
    return environment(*place, html=html).get_template(template).render(values)

"""The configuration: three TOML files over the defaults, read into frozen values with every problem named.

Nothing is opened, connected or made here, and no rule of the business is applied; nothing below `app` reads this.
"""

import difflib
import ipaddress
import os
import re
import reprlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from mailbot.domain.directory import RightKind, SelfOrder, fold
from mailbot.domain.money import Money, Refusal, parse_amount
from mailbot.domain.organisation import Organisation, StatedPerson, StatedRight, StatedSupplier, StatedUnit
from mailbot.domain.policy import Policy
from mailbot.places import resource

MAILBOT, ORGANISATION, SUPPLIERS = "mailbot.toml", "organisation.toml", "suppliers.toml"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` says why, one plain line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the problems; each names file, key, what is wrong and the remedy."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


# --- One text, one value. A ValueError completes a sentence that begins with the key. ---

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_UNITS_OF_TIME = _SECONDS | {f"{unit}s": seconds for unit, seconds in _SECONDS.items()}
_UNITS_OF_SIZE = {"kB": 1000, "MB": 1_000_000}
_MEASURE = re.compile(r"([0-9]{1,5}) *([A-Za-z]+)")

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.)+{_LABEL}"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_DOMAIN}"
_LISTEN = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[^:\[\]]+)):(?P<port>[0-9]{1,5})")
_BASE_URL = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_HOST}|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[1-9][0-9]{{0,4}}))?(?:/[\w.~/-]*)?",
    re.ASCII,
)
_HOURS = re.compile(r"([01][0-9]|2[0-3])-([01][0-9]|2[0-3])")
_ONE_ADDRESS = "is {shown}; write one mail address, such as name@example.se"
_ONE_DOMAIN = "is {shown}; write the domain alone, such as 'example.se'"
_A_PREFIX = "is {shown}; write one to eight capital letters and digits, such as 'IT'"
# Not shown: where a URL was pasted, it may hold a password.
_A_HOST = "is no host; write a name or an IP address, without port"
_HIGHEST_PORT = 65_535
_LONGEST_ADDRESS = 254

_brief = reprlib.Repr()
_brief.maxstring = _LONGEST_ADDRESS


@dataclass(frozen=True)
class TcpAddress:
    """A host, always an IP address or "localhost", and a port; port 0 takes any free one."""

    host: str
    port: int


@dataclass(frozen=True)
class UnixAddress:
    """The absolute path of a UNIX socket."""

    path: Path


def is_loopback(host: str) -> bool:
    """Tell whether the host can only be this machine; "localhost" counts, other names are not looked up."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is not text; write it in quotes")
    if not value.isprintable():
        raise ValueError("holds an invisible or control character; type it anew with plain spaces")
    return value


def _some_text(value: object) -> str:
    text = _text(value)
    if not text.strip():
        raise ValueError("is empty; state it")
    return text


def _measure(value: object, units: Mapping[str, int], example: str) -> int:
    if not isinstance(value, str):
        raise ValueError(f"has no unit; write a number and a unit in quotes, such as {example!r}")
    match = _MEASURE.fullmatch(value)
    if match is None or match[2] not in units:
        raise ValueError(f"is {_brief.repr(value)}; write a number and a unit, such as {example!r}")
    return int(match[1]) * units[match[2]]


def _duration(value: object) -> timedelta:
    return timedelta(seconds=_measure(value, _UNITS_OF_TIME, "3 days"))


def _some_time(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("is no time at all; write at least '1 second'")
    return value


def _size(value: object) -> int:
    size = _measure(value, _UNITS_OF_SIZE, "25 MB")
    if not size:
        raise ValueError("lets nothing in; write a larger size, such as '25 MB'")
    return size


def _matching(pattern: str, words: str, text: Callable[[object], str] = _some_text) -> PlainValidator:
    """Return the reading of a text that the pattern describes; `words` may show it as {shown}."""
    described = re.compile(pattern)

    def read(value: object) -> str:
        found = text(value)
        if len(found) > _LONGEST_ADDRESS or not described.fullmatch(found):
            raise ValueError(words.format(shown=_brief.repr(found)))
        return found

    return PlainValidator(read)


def _listen(value: object) -> TcpAddress | UnixAddress:
    text = _some_text(value)
    if text.startswith("unix:/"):
        return UnixAddress(Path(text.removeprefix("unix:")))
    match = _LISTEN.fullmatch(text)
    if match is None or not _can_listen(match["six"], match["four"], int(match["port"])):
        forms = "'127.0.0.1:8025', '[::1]:8025' or 'unix:/path'"
        raise ValueError(f"is {_brief.repr(text)}, where nothing can listen; write it as {forms}")
    return TcpAddress(match["six"] or match["four"], int(match["port"]))


def _can_listen(six: str | None, four: str | None, port: int) -> bool:
    """Tell whether the parts are an IP address of their kind (or "localhost") and a port."""
    try:
        right_kind = four == "localhost" or (ipaddress.IPv6Address(six) if six else ipaddress.IPv4Address(four or ""))
    except ValueError:
        return False
    return bool(right_kind) and port <= _HIGHEST_PORT


def _base_url(value: object) -> str:
    text = _some_text(value)
    match = _BASE_URL.fullmatch(text)
    if match is None or int(match["port"] or 443) > _HIGHEST_PORT:
        raise ValueError("cannot begin a link; write it as 'https://mailbot.example.se', with no more than a path")
    if match["scheme"] == "http" and not is_loopback(match["host"]):
        raise ValueError("sends links unencrypted to another machine; write it with https://")
    return text.rstrip("/")


# The value is not shown: the URL of a database may hold a password.
def _store_url(value: object) -> str:
    text = _some_text(value)
    if text.startswith(("postgresql:", "postgresql+", "postgres:")):
        raise ValueError("names PostgreSQL, which is not yet supported; write 'sqlite:///var/mailbot.db'")
    path = text.removeprefix("sqlite:///")
    if path == text or not path or "?" in path or ":memory:" in path:
        raise ValueError("names no database file; write it as 'sqlite:///var/mailbot.db'")
    return text


def _timezone(value: object) -> str:
    text = _some_text(value)
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        near = _nearest(text, available_timezones()) or "Europe/Stockholm"
        raise ValueError(f"is {_brief.repr(text)}, which is no known time zone; write {near!r}") from None
    return text


def _limit(value: object) -> Money:
    amount = parse_amount(_some_text(value))
    if isinstance(amount, Refusal):
        raise ValueError(f"is {amount.text!r}, which is no clear amount; write it as '15000 SEK'")
    if amount.currency != "SEK":
        raise ValueError(f"is in {amount.currency}; write it in SEK, as '15000 SEK'")
    return amount


def _hours(value: object) -> tuple[int, int]:
    match = _HOURS.fullmatch(_some_text(value))
    if match is None or match[1] >= match[2]:
        raise ValueError("is no span of hours within one day; write it as '07-18'")
    return int(match[1]), int(match[2])


def _some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("is empty; state at least one")
    return values


Text = Annotated[str, PlainValidator(_some_text)]
MaybeText = Annotated[str, PlainValidator(_text)]
Address = Annotated[str, _matching(_ADDRESS, _ONE_ADDRESS)]
MaybeAddress = Annotated[str, _matching(f"(?:{_ADDRESS})?", _ONE_ADDRESS, _text)]
Domain = Annotated[str, _matching(_DOMAIN, _ONE_DOMAIN), AfterValidator(str.lower)]
MaybeNoTime = Annotated[timedelta, PlainValidator(_duration)]
Duration = Annotated[timedelta, PlainValidator(_duration), AfterValidator(_some_time)]
Listen = Annotated[TcpAddress | UnixAddress, PlainValidator(_listen)]
# TOML knows lists and texts only; the shapes below are strict about everything else.
LOOSE = Field(strict=False)
Language = Literal["sv", "en"]


# --- The shapes of the files. The keys of mailbot.toml have their defaults in config/defaults.toml, never here. ---


class Shape(BaseModel):
    """A table of a file: no unknown key, no wrong type, frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Bot(Shape):
    """[bot]: the addresses, the language and the time zone. `contact` is never empty in Settings."""

    address: Address
    purchasing: Address
    operator: Address
    contact: MaybeAddress
    language: Language
    timezone: Annotated[str, PlainValidator(_timezone)]
    order_prefix: Annotated[str, _matching("[A-Z][A-Z0-9]{0,7}", _A_PREFIX)]


class Requesters(Shape):
    """[requesters]: who may order; domains in lower case."""

    domains: Annotated[tuple[Domain, ...], LOOSE, AfterValidator(_some)]


class SmtpIn(Shape):
    """[smtp_in]: where mail comes in; `max_size` in bytes."""

    listen: Listen
    protocol: Literal["smtp", "lmtp"]
    max_size: Annotated[int, PlainValidator(_size)]


class Relay(Shape):
    """[relay]: the server that sends; the last wait of `retry` repeats until `give_up_after`."""

    host: Annotated[str, _matching(rf"{_HOST}|[0-9A-Fa-f:]+", _A_HOST)]
    port: Annotated[int, Field(ge=1, le=_HIGHEST_PORT)]
    tls: Literal["none", "starttls", "tls"]
    username: MaybeText
    password_file: MaybeText
    retry: Annotated[tuple[Duration, ...], LOOSE, AfterValidator(_some)]
    give_up_after: Duration


class Web(Shape):
    """[web]: where pages are served; `base_url` never ends in a slash."""

    listen: Listen
    base_url: Annotated[str, PlainValidator(_base_url)]


class Store(Shape):
    """[store]: the database."""

    url: Annotated[str, PlainValidator(_store_url)]


class Trust(Shape):
    """[trust]: what proves a sender."""

    sender: Literal["none", "loopback"]


class Keys(Shape):
    """[keys]: the file with the keys that sign links."""

    file: Annotated[Path, PlainValidator(lambda value: Path(_some_text(value)))]


class Worker(Shape):
    """[worker]: the pace of the queues and how often one mail may fail."""

    poll_every: Duration
    tries: Annotated[int, Field(ge=1, le=100)]


class Log(Shape):
    """[log]: how the log is written."""

    format: Literal["json", "text"]
    level: Literal["debug", "info", "warning", "error"]


class Rules(Shape):
    """[policy]: becomes a Policy, which nobody reads from here."""

    profile: Literal["umu"]
    purchasing_limit: Annotated[Money, PlainValidator(_limit)]
    vat: Literal["excluded", "included"]
    self_order: Annotated[SelfOrder, LOOSE]
    remind_after: Duration
    remind_every: Duration
    remind_later_every: Duration
    remind_days: Literal["calendar", "working"]
    remind_hours: Annotated[tuple[int, int], PlainValidator(_hours)]
    undo_window: MaybeNoTime
    link_life: Duration


class MailbotFile(Shape):
    """mailbot.toml over its defaults."""

    bot: Bot
    requesters: Requesters
    smtp_in: SmtpIn
    relay: Relay
    web: Web
    store: Store
    trust: Trust
    keys: Keys
    worker: Worker
    log: Log
    policy: Rules


class PersonEntry(Shape):
    """One [[person]]."""

    name: Text
    address: Address
    aliases: Annotated[tuple[Address, ...], LOOSE] = ()
    units: Annotated[tuple[Text, ...], LOOSE] = ()
    language: Language | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """The main address and the aliases."""
        return (self.address, *self.aliases)


class UnitEntry(Shape):
    """One [[unit]]."""

    id: Text
    name: Text
    head: Address | None = None
    parent: Text | None = None
    self_order: Annotated[SelfOrder | None, LOOSE] = None
    language: Language | None = None


class RightEntry(Shape):
    """One [[right]]; the days are local and inclusive."""

    person: Address
    unit: Text
    kind: Annotated[RightKind, LOOSE]
    valid_from: date = Field(alias="from")
    valid_to: date | None = Field(alias="to", default=None)

    @model_validator(mode="after")
    def _in_order(self) -> "RightEntry":
        if self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("ends before it begins; write a `to` that is not before `from`")
        return self


class SupplierEntry(Shape):
    """One [[supplier]]."""

    name: Text
    address: Address
    org_number: MaybeText = ""


class OrganisationFile(Shape):
    """organisation.toml."""

    person: Annotated[tuple[PersonEntry, ...], LOOSE] = ()
    unit: Annotated[tuple[UnitEntry, ...], LOOSE] = ()
    right: Annotated[tuple[RightEntry, ...], LOOSE] = ()


class SuppliersFile(Shape):
    """suppliers.toml."""

    supplier: Annotated[tuple[SupplierEntry, ...], LOOSE] = ()


@dataclass(frozen=True)
class Settings:
    """Everything the files say, checked. `warnings` are lines for the operator; none of them stops the bot."""

    bot: Bot
    requesters: Requesters
    smtp_in: SmtpIn
    relay: Relay
    web: Web
    store: Store
    trust: Trust
    keys: Keys
    worker: Worker
    log: Log
    policy: Policy
    organisation: Organisation
    warnings: tuple[str, ...]


# --- Reading: files to tables, tables to shapes, and what is wrong with them in words. ---

Table = dict[str, Any]
M = TypeVar("M", bound=BaseModel)

# What product.md names and a later profile or version brings: refused rather than silently without effect.
_LATER_KEYS = {"right": ("limit", "ground", "delegated_by", "may_delegate", "deputy_for")}
_LATER_VALUES: dict[tuple[int | str, ...], tuple[str, ...]] = {
    ("trust", "sender"): ("authentication-results", "dkim"),
    ("policy", "profile"): ("su",),
}

_WORDS = {
    "missing": "is missing; add it",
    "string_type": "is not text; write it in quotes",
    "int_type": "is not a whole number; write it without quotes and decimals",
    "date_type": "is not a date; write it without quotes, such as 2026-01-31",
    "tuple_type": "is not a list; write it in brackets, and tables of one kind as [[name]]",
    "model_type": "is not a table; write [name] above its keys",
    "greater_than_equal": "is too small; write at least {ge}",
    "less_than_equal": "is too large; write at most {le}",
    "literal_error": "is not a known value; write {expected}",
    "enum": "is not a known value; write {expected}",
    "value_error": "{error}",
}
_OTHERWISE = "is not valid; compare it with config/defaults.toml and config/example"


def load(folder: Path, now: datetime | None = None) -> Settings:
    """Read mailbot.toml, organisation.toml and suppliers.toml of the folder.

    `now` (with its time zone; absent, the clock) only decides which rights the warnings count as valid.
    Raises ConfigError with everything that is wrong, never for the first problem alone.
    """
    problems: list[str] = []
    stated, organisation, suppliers = (_read(folder / name, problems) for name in (MAILBOT, ORGANISATION, SUPPLIERS))
    keys = None if stated is None else _overlaid(stated)
    mailbot_file = _shaped(MailbotFile, keys, MAILBOT, problems)
    organisation_file = _shaped(OrganisationFile, organisation, ORGANISATION, problems)
    suppliers_file = _shaped(SuppliersFile, suppliers, SUPPLIERS, problems)
    problems += _contradictions(keys or {}, _Entries.among(organisation or {}, suppliers or {}))
    if problems or mailbot_file is None or organisation_file is None or suppliers_file is None:
        raise ConfigError(problems)
    return _settings(mailbot_file, _stated(organisation_file, suppliers_file), now or datetime.now(UTC))


def _read(file: Path, problems: list[str]) -> Table | None:
    """Return the file's tables, or None with a problem added."""
    text = ""
    try:
        text = file.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        example = resource("config") / "example"
        problems.append(f"{file.name}: the file is missing in {file.parent}; copy it from {example}.")
    except OSError as error:
        problems.append(f"{file.name}: the file cannot be read ({error.strerror}); let the bot's user read it.")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.append(f"{file.name}: line {line} is not UTF-8; save the file as UTF-8.")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{file.name}: {_syntax(str(error), text)}; correct the TOML there.")
    except (ValueError, RecursionError):
        problems.append(f"{file.name}: a number is too long or lists are too deep for TOML; shorten them.")
    return None


def _syntax(message: str, text: str) -> str:
    """Return the parser's words with the line in front."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", message, re.DOTALL)
    words, line = (match[1], match[2]) if match else (message, None)
    last = max(1, len(text.splitlines()))
    return f"line {line or last} is not valid: {words[:1].lower()}{words[1:]}"


def _overlaid(stated: Table) -> Table:
    """Return every key: the defaults, over them the profile's, over them what mailbot.toml states."""
    config = resource("config")
    keys = _over(tomllib.loads((config / "defaults.toml").read_text(encoding="utf-8")), stated)
    # Only the names of known profiles: the value goes into a path.
    known = get_args(Rules.model_fields["profile"].annotation)
    profile = keys["policy"].get("profile") if isinstance(keys["policy"], dict) else None
    if profile not in known:
        return keys
    rules = tomllib.loads((config / "profiles" / f"{profile}.toml").read_text(encoding="utf-8"))
    return _over(keys, _over(rules, {"policy": stated.get("policy", {})}))


def _over(below: Table, above: Table) -> Table:
    """Return both with what is above in front, key by key within each table."""
    both = below | above
    shared = [n for n in below.keys() & above.keys() if isinstance(above[n], dict)]
    return both | {name: below[name] | above[name] for name in shared}


def _shaped(model: type[M], table: Table | None, file: str, problems: list[str]) -> M | None:
    """Return the table in the model's shape, or None with the problems added."""
    if table is None:
        return None
    try:
        return model.model_validate(table)
    except ValidationError as error:
        problems += [_sentence(model, file, detail) for detail in error.errors(include_url=False)]
        return None


def _sentence(model: type[BaseModel], file: str, error: ErrorDetails) -> str:
    path = error["loc"]
    if error["type"] == "extra_forbidden":
        words = _unknown_key(model, path)
    elif error["input"] in _LATER_VALUES.get(path, ()):
        words = f"is {error['input']!r}, which is not yet supported; write {error['ctx']['expected']}"
    else:
        words = _WORDS.get(error["type"], _OTHERWISE).format(**error.get("ctx", {}))
    return f"{file}: {_place(path)} {words}."


def _unknown_key(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    if path[-1] in _LATER_KEYS.get(str(path[0]), ()):
        return "belongs to a profile that is not yet supported; remove it"
    known = _known_keys(model, path)
    near = _nearest(str(path[-1]), known)
    remedy = f"write {near}" if near else f"remove it, or write one of {', '.join(known)}"
    return f"is not a known key; {remedy}"


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the keys that may stand where the path's last one stands."""
    if len(path) > 1:
        kind = model.model_fields[str(path[0])].annotation
        model = (get_args(kind) or (kind,))[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _nearest(word: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def _place(path: tuple[int | str, ...]) -> str:
    """Return the key as a reader finds it: `[relay] retry no. 2`, `[[right]] no. 3 from`."""
    listed = len(path) > 1 and isinstance(path[1], int)
    first = f"[[{path[0]}]]" if listed else f"[{_plain(path[0])}]"
    return " ".join([first, *(f"no. {p + 1}" if isinstance(p, int) else _plain(p) for p in path[1:])])


def _plain(key: int | str) -> str:
    """Return the key, quoted where it holds what would spoil a line."""
    return str(key) if re.fullmatch(r"[\w-]{1,60}", str(key)) else _brief.repr(key)


# --- Contradictions: what no single value shows. Judged among what has the right shape. ---


@dataclass(frozen=True)
class _Entries:
    """The entries of the right shape, each by its place, such as `[[person]] no. 2`."""

    persons: Mapping[str, PersonEntry]
    units: Mapping[str, UnitEntry]
    rights: Mapping[str, RightEntry]
    suppliers: Mapping[str, SupplierEntry]
    all_persons: bool
    all_units: bool

    @classmethod
    def among(cls, organisation: Table, suppliers: Table) -> "_Entries":
        """Return what can be judged of the two files; what has the wrong shape is reported elsewhere."""
        persons, all_persons = _readable(PersonEntry, organisation, "person")
        units, all_units = _readable(UnitEntry, organisation, "unit")
        rights, _ = _readable(RightEntry, organisation, "right")
        sellers, _ = _readable(SupplierEntry, suppliers, "supplier")
        return cls(persons, units, rights, sellers, all_persons, all_units)


def _readable(model: type[M], table: Table, name: str) -> tuple[dict[str, M], bool]:
    """Return the entries of the right shape by their place, and whether these are all there are."""
    stated = table.get(name, [])
    listed = stated if isinstance(stated, list) else []
    shaped = {_place((name, number)): _quiet(model, entry) for number, entry in enumerate(listed)}
    readable = {where: entry for where, entry in shaped.items() if entry is not None}
    return readable, isinstance(stated, list) and len(readable) == len(stated)


def _quiet(model: type[M], value: object) -> M | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _contradictions(keys: Table, entries: _Entries) -> list[str]:
    smtp_in, trust = _quiet(SmtpIn, keys.get("smtp_in")), _quiet(Trust, keys.get("trust"))
    relay, bot = _quiet(Relay, keys.get("relay")), _quiet(Bot, keys.get("bot"))
    suppliers = {at: (s.name, s.address, s.org_number) for at, s in entries.suppliers.items()}
    return [
        *(_door_problems(smtp_in, trust) if smtp_in and trust else ()),
        *(_relay_problems(relay) if relay else ()),
        *(_loops(bot, entries) if bot else ()),
        *_repeated(ORGANISATION, {at: p.addresses for at, p in entries.persons.items()}),
        *_repeated(ORGANISATION, {at: (u.id, u.name) for at, u in entries.units.items()}),
        *_repeated(SUPPLIERS, suppliers),
        *(_unknown_persons(entries) if entries.all_persons else ()),
        *((*_unknown_units(entries), *_circles(entries.units)) if entries.all_units else ()),
    ]


def _door_problems(smtp_in: SmtpIn, trust: Trust) -> list[str]:
    """Return why "loopback" would trust mail that others could have handed in (product.md section 8)."""
    unix = isinstance(smtp_in.listen, UnixAddress)
    abroad = isinstance(smtp_in.listen, TcpAddress) and not is_loopback(smtp_in.listen.host)
    remedies = {
        "protocol is 'lmtp'; write protocol = 'smtp'": smtp_in.protocol == "lmtp",
        "listen is a UNIX socket; write listen = '127.0.0.1:8025'": unix,
        "listen can be reached from other machines; write listen = '127.0.0.1:8025'": abroad,
    }
    said = f"{MAILBOT}: [trust] sender is 'loopback' while [smtp_in]"
    wrong = trust.sender == "loopback"
    return [f"{said} {words}, or write sender = 'none'." for words, so in remedies.items() if wrong and so]


def _relay_problems(relay: Relay) -> list[str]:
    named, secret = bool(relay.username), bool(relay.password_file)
    abroad = relay.tls == "none" and not is_loopback(relay.host)
    remedies = {
        "tls is 'none' while host is another machine; write tls = 'starttls' or 'tls'": abroad,
        "password_file is empty while username is stated; state both or neither": named and not secret,
        "username is empty while password_file is stated; state both or neither": secret and not named,
    }
    return [f"{MAILBOT}: [relay] {words}." for words, so in remedies.items() if so]


def _loops(bot: Bot, entries: _Entries) -> list[str]:
    """Return whose mail would come back to the bot itself."""
    receivers = [(MAILBOT, f"[bot] {key}", getattr(bot, key)) for key in ("purchasing", "operator", "contact")]
    receivers += [(ORGANISATION, where, a) for where, p in entries.persons.items() for a in p.addresses]
    receivers += [(SUPPLIERS, where, s.address) for where, s in entries.suppliers.items()]
    own = fold(bot.address)
    return [
        f"{file}: {where} has the bot's own address, so the bot would write to itself; state another address."
        for file, where, address in receivers
        if fold(address) == own
    ]


def _repeated(file: str, entries: Mapping[str, Iterable[str]]) -> list[str]:
    """Return what two entries both claim; an entry may repeat itself, as a unit whose name is its id."""
    owners: dict[str, str] = {}
    claims = [(where, text) for where, texts in entries.items() for text in texts if text]
    return [
        f"{file}: {where} states {_brief.repr(text)}, which {owners[fold(text)]} states too; keep one of them."
        for where, text in claims
        if owners.setdefault(fold(text), where) != where
    ]


def _unknown(references: Iterable[tuple[str, str | None]], known: Iterable[str], kind: str) -> list[str]:
    """Return which references name nobody in organisation.toml; `kind` is "person" or "unit"."""
    folded = {fold(name): name for name in known}
    return [
        f"{ORGANISATION}: {where} is {_brief.repr(name)}, which no [[{kind}]] has;"
        f" {_nearest_or(fold(name), folded, f'add the {kind}')}."
        for where, name in references
        if name and fold(name) not in folded
    ]


def _nearest_or(word: str, known: Mapping[str, str], otherwise: str) -> str:
    near = _nearest(word, known)
    return f"write {known[near]!r}, or {otherwise}" if near else otherwise


def _unknown_persons(entries: _Entries) -> list[str]:
    references = [(f"{where} head", unit.head) for where, unit in entries.units.items()]
    references += [(f"{where} person", right.person) for where, right in entries.rights.items()]
    return _unknown(references, [a for p in entries.persons.values() for a in p.addresses], "person")


def _unknown_units(entries: _Entries) -> list[str]:
    references = [(f"{where} parent", unit.parent) for where, unit in entries.units.items()]
    references += [(f"{where} unit", right.unit) for where, right in entries.rights.items()]
    references += [(f"{where} units", name) for where, p in entries.persons.items() for name in p.units]
    return _unknown(references, [u.id for u in entries.units.values()], "unit")


def _circles(units: Mapping[str, UnitEntry]) -> list[str]:
    """Return the units that are above themselves."""
    parents = {fold(u.id): fold(u.parent) for u in units.values() if u.parent}
    return [
        f"{ORGANISATION}: {where} parent leads back to the unit itself; leave out the parent of the topmost unit."
        for where, unit in units.items()
        if fold(unit.id) in _above(fold(unit.id), parents)
    ]


def _above(unit: str, parents: Mapping[str, str]) -> set[str]:
    above: set[str] = set()
    while (unit := parents.get(unit, "")) and unit not in above:
        above.add(unit)
    return above


# --- Building what the rest of the house uses. ---


def _settings(file: MailbotFile, organisation: Organisation, now: datetime) -> Settings:
    bot = file.bot.model_copy(update={"contact": file.bot.contact or file.bot.purchasing})
    day = now.astimezone(ZoneInfo(bot.timezone)).date()
    rest = {name: value for name, value in file if name not in ("bot", "policy")}
    return Settings(
        bot=bot,
        policy=_policy(file.policy, bot),
        organisation=organisation,
        warnings=tuple(_warnings(organisation, file.requesters.domains, day)),
        **rest,
    )


def _policy(rules: Rules, bot: Bot) -> Policy:
    return Policy(
        profile=rules.profile,
        purchasing_limit=rules.purchasing_limit,
        limit_includes_vat=rules.vat == "included",
        self_order=rules.self_order,
        remind_after=rules.remind_after,
        remind_every=rules.remind_every,
        remind_later_every=rules.remind_later_every,
        remind_on_working_days=rules.remind_days == "working",
        remind_from_hour=rules.remind_hours[0],
        remind_until_hour=rules.remind_hours[1],
        undo_window=rules.undo_window,
        link_life=rules.link_life,
        timezone=bot.timezone,
        order_prefix=bot.order_prefix,
    )


def _stated(file: OrganisationFile, suppliers: SuppliersFile) -> Organisation:
    """Return the organisation; each reference is spelt as what it points at: main address, unit's id."""
    mains = {fold(address): p.address for p in file.person for address in p.addresses}
    ids = {fold(u.id): u.id for u in file.unit}
    persons = [dict(p) | {"units": tuple(ids[fold(unit)] for unit in p.units)} for p in file.person]
    units = [
        dict(u) | {"head": u.head and mains[fold(u.head)], "parent": u.parent and ids[fold(u.parent)]}
        for u in file.unit
    ]
    rights = [dict(r) | {"person": mains[fold(r.person)], "unit": ids[fold(r.unit)]} for r in file.right]
    return Organisation(
        persons=tuple(StatedPerson(**person) for person in persons),
        units=tuple(StatedUnit(**unit) for unit in units),
        rights=tuple(StatedRight(**right) for right in rights),
        suppliers=tuple(StatedSupplier(**dict(s)) for s in suppliers.supplier),
    )


def _warnings(organisation: Organisation, domains: Iterable[str], day: date) -> Iterator[str]:
    if not organisation.units:
        yield f"{ORGANISATION}: there is no [[unit]], so no order can be taken; add one."
    for unit in organisation.units:
        count = len({r.person for r in organisation.rights if r.unit == unit.id and _approves_on(r, day)})
        if count == 0:
            yield f"{ORGANISATION}: unit {unit.id!r} has no approver today and takes no orders; add a right."
        if count == 1:
            yield f"{ORGANISATION}: unit {unit.id!r} has only one approver; add another for times of absence."
    addresses = [fold(a) for p in organisation.persons for a in (p.address, *p.aliases)]
    for domain in domains:
        if not any(address.endswith(f"@{domain}") for address in addresses):
            yield f"{MAILBOT}: [requesters] domains names {domain}, where no [[person]] is; see that it is spelt right."


def _approves_on(right: StatedRight, day: date) -> bool:
    in_time = right.valid_from <= day and (right.valid_to is None or day <= right.valid_to)
    return right.kind is RightKind.ORDER and in_time


# --- Secrets: read when they are needed, never kept in Settings. ---


def relay_password(relay: Relay, environ: Mapping[str, str] = os.environ) -> SecretStr | None:
    """Read the password of the mail server; None where no `password_file` is stated.

    A bare name is first looked for among systemd's credentials, whose folder only the bot can read.
    Any other file must be closed to group and others. Raises ConfigError, which shows neither
    the password nor the name of the file, since the password itself may stand in its place.
    """
    if not relay.password_file:
        return None
    file, credentials = Path(relay.password_file), environ.get("CREDENTIALS_DIRECTORY")
    given = Path(credentials) / file if credentials and file.name == relay.password_file else None
    try:
        if given and given.is_file():
            return _one_line(given)
        if file.stat().st_mode & 0o077:
            raise _no_password("names a file that others can read; run chmod 600 on it")
        return _one_line(file)
    except OSError:
        raise _no_password("names a file that cannot be read; make it, and let the bot's user read it") from None


def _one_line(file: Path) -> SecretStr:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        lines = []
    if len(lines) != 1 or not lines[0]:
        raise _no_password("names a file that is not one line of text; write the password in it, and only that")
    return SecretStr(lines[0])


def _no_password(words: str) -> ConfigError:
    return ConfigError([f"{MAILBOT}: [relay] password_file {words}."])

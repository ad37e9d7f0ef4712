"""One text, one value. A ValueError completes a sentence that begins with the key."""

import ipaddress
import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PlainValidator

from mailbot.domain.values.money import BadAmount, Money, parse_amount
from mailbot.languages import LANGUAGES, VOCABULARY

T = TypeVar("T")

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_UNITS_OF_TIME = _SECONDS | {f"{unit}s": seconds for unit, seconds in _SECONDS.items()}
_UNITS_OF_SIZE = {"kB": 1000, "MB": 1_000_000}
_MEASURE = re.compile(r"([0-9]{1,5}) *([A-Za-z]+)")

_SHORT = r"(?=.{1,254}\Z)"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.)+{_LABEL}"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LISTEN = re.compile(r"(localhost|[0-9.]+|\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]+\]):([1-9][0-9]{0,4})")
_HOURS = re.compile(r"([01][0-9]|2[0-3])-([01][0-9]|2[0-3])")
_HIGHEST_PORT = 65_535

_brief = reprlib.Repr()
_brief.maxstring = 254
shown = _brief.repr


@dataclass(frozen=True)
class TcpAddress:
    """A host, always an IP address or "localhost", and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return both, as a mail server is told where to listen."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class UnixAddress:
    """The absolute path of a UNIX socket."""

    path: Path

    def __str__(self) -> str:
        """Return it as the files state it."""
        return f"unix:{self.path}"


def is_loopback(host: str) -> bool:
    """Tell whether the host can only be this machine; "localhost" counts, other names are not looked up."""
    ip = _ip(host)
    return host.lower() == "localhost" if ip is None else ip.is_loopback


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is not text; write it in quotes")
    if not value.isprintable():
        raise ValueError("holds an invisible or control character; type it anew with plain spaces")
    if not value.strip():
        raise ValueError("is empty; state it")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(one) for one in (value if isinstance(value, list | tuple) else [value]))


def _or(special: Mapping[str, T], read: Callable[[object], T]) -> PlainValidator:
    """Return the reading of a value that may also be one of the special texts, each with its meaning."""
    return PlainValidator(lambda value: special[value] if isinstance(value, str) and value in special else read(value))


def _matching(pattern: str, words: str) -> Callable[[object], str]:
    """Return the reading of a text that the pattern describes; `words` may show it as {shown}."""
    described = re.compile(pattern)

    def read(value: object) -> str:
        text = _text(value)
        if not described.fullmatch(text):
            raise ValueError(words.format(shown=shown(text)))
        return text

    return read


def _measure(value: object, units: Mapping[str, int], example: str) -> int:
    if not isinstance(value, str):
        raise ValueError(f"has no unit; write a number and a unit in quotes, such as {example!r}")
    match = _MEASURE.fullmatch(value)
    if match is None or match[2] not in units:
        raise ValueError(f"is {shown(value)}; write a number and a unit, such as {example!r}")
    return int(match[1]) * units[match[2]]


def _duration(value: object) -> timedelta:
    return timedelta(seconds=_measure(value, _UNITS_OF_TIME, "3 days"))


def _size(value: object) -> int:
    return _measure(value, _UNITS_OF_SIZE, "25 MB")


def some(value: T) -> T:
    """Return what is neither empty nor zero."""
    if not value:
        raise ValueError("is empty or zero; write more")
    return value


def _listen(value: object) -> TcpAddress | UnixAddress | None:
    text = _text(value)
    if text.startswith("unix:/"):
        return UnixAddress(Path(text.removeprefix("unix:")))
    match = _LISTEN.fullmatch(text)
    host, port = (match[1].strip("[]"), int(match[2])) if match else ("", 0)
    if (host != "localhost" and _ip(host) is None) or port > _HIGHEST_PORT:
        forms = "'127.0.0.1:8025', '[::1]:8025' or 'unix:/path'"
        raise ValueError(f"is {shown(text)}, where nothing can listen; write it as {forms}")
    return TcpAddress(host, port)


def _network(value: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    text = _text(value)
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(f"is {shown(text)}; write an address or a network, such as '10.0.0.0/8'") from None
    if network.prefixlen == 0:
        raise ValueError(f"is {shown(text)}, which is everybody; write the addresses of the proxies")
    return network


def _timezone(value: object) -> str:
    text = _text(value)
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"is {shown(text)}, which is no known time zone; write it as 'Europe/Stockholm'") from None
    return text


def language(code: str) -> str:
    """Take a language that is offered."""
    if code not in LANGUAGES:
        raise ValueError(f"is not a known value; write {' or '.join(map(repr, LANGUAGES))}")
    return code


def _limit(value: object) -> Money:
    amount = parse_amount(_text(value), VOCABULARY)
    if isinstance(amount, BadAmount):
        raise ValueError(f"is {amount.text!r}, which is no clear amount; write it as '15000 SEK'")
    if amount.currency != "SEK":
        raise ValueError(f"is in {amount.currency}; write it in SEK, as '15000 SEK'")
    return amount


def _hours(value: object) -> tuple[int, int]:
    match = _HOURS.fullmatch(_text(value))
    if match is None or match[1] >= match[2]:
        raise ValueError("is no span of hours within one day; write it as '07-18'")
    return int(match[1]), int(match[2])


_address = _matching(
    rf"{_SHORT}(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_DOMAIN}",
    "is {shown}; write one mail address, such as name@example.se",
)
_domain = _matching(_SHORT + _DOMAIN, "is {shown}; write the domain alone, such as 'example.se'")
_prefix = _matching("[A-Z][A-Z0-9]{0,7}", "is {shown}; write one to eight capital letters and digits, such as 'IT'")
_authserv_id = _matching(
    rf"{_SHORT}[A-Za-z0-9._-]+", "is {shown}; write the name with which your gateway begins Authentication-Results"
)
_header = _matching("[A-Za-z][A-Za-z0-9-]{0,60}", "is {shown}; write a header's name, such as 'X-Auth-Request-Email'")
# The next three are not shown: where a URL stands or was pasted, it may hold a password.
_host = _matching(rf"{_SHORT}(?:{_HOST}|[0-9A-Fa-f:]+)", "is no host; write a name or an IP address, without port")
_url = _matching(
    rf"(?:https://(?:{_HOST}|\[[0-9A-Fa-f:.]+\])|http://(?:localhost|127\.0\.0\.1|\[::1\]))"
    r"(?::[1-9][0-9]{0,4})?(?:/[A-Za-z0-9_.~/-]*)?",
    "is no encrypted web address; write it as 'https://name.example.se', with no more than a path",
)
_database = _matching("sqlite:///(?!.*:memory:)[^?]+", "names no database file; write it as 'sqlite:///var/mailbot.db'")

_NOTHING = {"": ""}

Text = Annotated[str, PlainValidator(_text)]
MaybeText = Annotated[str, _or(_NOTHING, _text)]
Texts = Annotated[tuple[str, ...], PlainValidator(_texts)]
Address = Annotated[str, PlainValidator(_address)]
MaybeAddress = Annotated[str, _or(_NOTHING, _address)]
Domain = Annotated[str, PlainValidator(_domain), AfterValidator(str.lower)]
Host = Annotated[str, PlainValidator(_host)]
MaybeHost = Annotated[str, _or(_NOTHING, _host)]
Port = Annotated[int, Field(ge=1, le=_HIGHEST_PORT)]
Listen = Annotated[TcpAddress | UnixAddress, PlainValidator(_listen)]
MaybeListen = Annotated[TcpAddress | UnixAddress | None, _or({"": None}, _listen)]
BaseUrl = Annotated[str, PlainValidator(_url), AfterValidator(lambda url: url.rstrip("/"))]
MaybeHeader = Annotated[str, _or(_NOTHING, _header)]
Network = Annotated[ipaddress.IPv4Network | ipaddress.IPv6Network, PlainValidator(_network)]
MaybeUrl = Annotated[str, _or(_NOTHING, _url)]
DatabaseUrl = Annotated[str, PlainValidator(_database)]
FilePath = Annotated[Path, PlainValidator(lambda value: Path(_text(value)))]
Duration = Annotated[timedelta, PlainValidator(_duration), AfterValidator(some)]
MaybeNoTime = Annotated[timedelta, PlainValidator(_duration)]
Size = Annotated[int, PlainValidator(_size), AfterValidator(some)]
Limit = Annotated[Money, PlainValidator(_limit)]
LimitOrZero = Annotated[Money, _or({"0 SEK": Money.zero()}, _limit)]
MaybeLimit = Annotated[Money | None, _or({"": None}, _limit)]
MaybeSum = Annotated[Money | None, _or({"": None, "off": None, "0 SEK": Money.zero()}, _limit)]
Hours = Annotated[tuple[int, int], PlainValidator(_hours)]
Timezone = Annotated[str, PlainValidator(_timezone)]
OrderPrefix = Annotated[str, PlainValidator(_prefix)]
MaybeAuthservId = Annotated[str, _or(_NOTHING, _authserv_id)]

"""What two entries say against each other: what stops the start, and what is warned about, with file, key and
remedy."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from pathlib import Path
from typing import TypeVar

from mailbot.domain.people import canary
from mailbot.domain.people.directory import CANARY_DOMAIN, CANARY_SUPPLIER, CANARY_UNIT, NAMING_PERSONS, Directory
from mailbot.domain.people.rights import approvers
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import Policy
from mailbot.domain.values.text import fold
from mailbot.settings.shapes import MAILBOT, ORGANISATION, SUPPLIERS, MailbotFile, OrganisationFile, SuppliersFile
from mailbot.settings.values import TcpAddress, UnixAddress, is_loopback, shown

E = TypeVar("E")

_IMAP_NEEDS = {
    "password": ("user", "password_file"),
    "client-credentials": ("user", "token_url", "client_id", "client_secret_file", "scope"),
    "refresh-token": ("user", "token_url", "client_id", "refresh_token_file"),
}
_HERE = re.compile(r"^(localhost|0\.0\.0\.0)(?=:)")
_NOTHING = ("", (), Money.zero())


def contradictions(mailbot: MailbotFile, organisation: OrganisationFile, suppliers: SuppliersFile) -> Iterator[str]:
    """Yield what stops the start."""
    for judge in (_missing, _unencrypted, _closed, _open_to_others, _nameless):
        yield from (f"{MAILBOT}: {line}" for line in judge(mailbot))
    yield from (*_unknown(organisation), *_absent(organisation), *_circle(organisation))
    yield from _shared(mailbot, organisation, suppliers)
    yield from _reserved(mailbot, organisation, suppliers)


def _missing(file: MailbotFile) -> Iterator[str]:
    auth, sender = file.imap_in.auth, file.trust.sender
    needs = [
        ("requesters", ("robot_contact",), "robots is stated", file.requesters.robots),
        ("imap_in", _IMAP_NEEDS[auth], f"auth is {auth!r}", file.imap_in.host),
        ("trust", ("authserv_id",), f"sender is {sender!r}", sender == "authentication-results"),
        ("replies", ("decide_below",), "decide is true", file.replies.decide),
        ("bot", ("finance",), "categories_first is true", file.policy.categories_first),
        ("web", ("login_proxies",), "login_header is stated", file.web.login_header),
        ("web", ("login_header",), "login_proxies is stated", file.web.login_proxies),
        ("relay", ("password_file",), "username is stated", file.relay.username),
        ("relay", ("username",), "password_file is stated", file.relay.password_file),
    ]
    for table, keys, why, needed in needs:
        for key in keys:
            if needed and getattr(getattr(file, table), key) in _NOTHING:
                yield f"[{table}] {key} is not stated while {why}; state it."


def _unencrypted(file: MailbotFile) -> Iterator[str]:
    for name, server in (("imap_in", file.imap_in), ("relay", file.relay)):
        if server.host and server.tls == "none" and not is_loopback(server.host):
            yield f"[{name}] tls is 'none' while host is another machine; write tls = 'starttls' or 'tls'."


def _closed(file: MailbotFile) -> Iterator[str]:
    if file.smtp_in.listen is None and not file.imap_in.host:
        yield "[smtp_in] listen and [imap_in] host are both empty, so no mail comes in; state one of them."
    if file.replies.decide and file.trust.sender == "none":
        yield "[replies] decide is true while [trust] sender is 'none', so no reply counts; state another sender."
    if file.replies.decide and file.policy.step_up_above == Money.zero():
        yield "[replies] decide is true while [policy] step_up_above is '0 SEK', so none counts; write decide = false."
    if file.policy.undo_window > file.policy.link_life:
        yield "[policy] undo_window is longer than link_life, so links to undo end before; write a shorter undo_window."


def _open_to_others(file: MailbotFile) -> Iterator[str]:
    """Yield that "loopback" would trust mail that others could have handed in (docs/rules/promises.md#loopback)."""
    door = file.smtp_in
    alone = isinstance(door.listen, TcpAddress) and is_loopback(door.listen.host) and door.protocol == "smtp"
    if file.trust.sender == "loopback" and (file.imap_in.host or not alone):
        yield (
            "[trust] sender is 'loopback' while others could hand mail in; write [smtp_in] listen = '127.0.0.1:8025'"
            " and protocol = 'smtp' and [imap_in] host = '', or sender = 'none'."
        )


def _nameless(file: MailbotFile) -> Iterator[str]:
    """Yield that nobody could log in by header: on a UNIX socket nothing tells a proxy from another program."""
    if file.web.login_header and isinstance(file.web.listen, UnixAddress):
        yield (
            "[web] login_header is stated while listen is a UNIX socket, which does not tell who connects;"
            " write listen = '127.0.0.1:8080', or leave login_header out."
        )


def _numbered(file: str, kind: str, entries: Iterable[E]) -> list[tuple[str, E]]:
    return [(f"{file}: [[{kind}]] no. {number}", entry) for number, entry in enumerate(entries, 1)]


def _unknown(file: OrganisationFile) -> Iterator[str]:
    """Yield which references name no person or no unit."""
    people = {fold(a) for p in file.person for a in p.addresses}
    for kind in ("unit", "right", "absence"):
        entries = _numbered(ORGANISATION, kind, getattr(file, kind))
        named = [(f"{at} {key}", getattr(entry, key, None)) for at, entry in entries for key in NAMING_PERSONS]
        yield from _not_among(people, named, "person")
    to_units = [(f"{at} parent", unit.parent) for at, unit in _numbered(ORGANISATION, "unit", file.unit)]
    to_units += [(f"{at} unit", right.unit) for at, right in _numbered(ORGANISATION, "right", file.right)]
    persons = _numbered(ORGANISATION, "person", file.person)
    to_units += [(f"{at} units", name) for at, person in persons for name in person.units]
    yield from _not_among({fold(unit.id) for unit in file.unit}, to_units, "unit")


def _absent(file: OrganisationFile) -> Iterator[str]:
    mains = {fold(address): person.address for person in file.person for address in person.addresses}
    for where, absence in _numbered(ORGANISATION, "absence", file.absence):
        if absence.last < absence.first:
            yield f"{where} to is before from; write a later day."
        who, other = mains.get(fold(absence.person)), mains.get(fold(absence.substitute or ""))
        if who is not None and who == other:
            yield f"{where} substitute is the person who is away; name another, or leave it out."


def _not_among(known: set[str], references: Iterable[tuple[str, str | None]], kind: str) -> Iterator[str]:
    for where, name in references:
        if name and fold(name) not in known:
            yield f"{where} is {shown(name)}, which no [[{kind}]] has; correct it, or add the {kind}."


def _circle(file: OrganisationFile) -> Iterator[str]:
    try:
        TopologicalSorter({fold(u.id): {fold(u.parent)} for u in file.unit if u.parent}).prepare()
    except CycleError as error:
        units = shown(" under ".join(error.args[1]))
        yield f"{ORGANISATION}: [[unit]] parent leads in a circle, {units}; leave out the parent of the topmost unit."


def _shared(mailbot: MailbotFile, organisation: OrganisationFile, suppliers: SuppliersFile) -> Iterator[str]:
    """Yield what two entries state though it is one's alone: names, and the bot's address, lest it write to itself."""
    own = _texts(mailbot, "bot", "address", "also")
    persons = _numbered(ORGANISATION, "person", organisation.person)
    sellers = _numbered(SUPPLIERS, "supplier", suppliers.supplier)
    apart: list[dict[str, tuple[str, ...]]] = [
        *(own | _texts(mailbot, "bot", key) for key in ("purchasing", "operator", "finance", "contact")),
        own | _texts(mailbot, "requesters", "robots", "robot_contact"),
        own | {where: (*p.addresses, p.name if "@" in p.name else "") for where, p in persons},
        own | {where: (s.name, s.address, s.org_number, *s.names) for where, s in sellers},
        {where: (row.of,) for where, row in _numbered(ORGANISATION, "own_cost", organisation.own_cost)},
        {where: (unit.id, unit.name) for where, unit in _numbered(ORGANISATION, "unit", organisation.unit)},
        _texts(mailbot, "imap_in", "folder", "done_folder", "parked_folder"),
        *(_places(mailbot, login) for login in ("imap_in", "relay")),  # these two may log in with one password
    ]
    yield from dict.fromkeys(chain.from_iterable(_stated_twice(entries) for entries in apart))


def _places(file: MailbotFile, login: str) -> dict[str, tuple[str, ...]]:
    """Return the files and addresses that are for one thing each, with the password's file of one login."""
    texts = _texts(file, "imap_in", "client_secret_file", "refresh_token_file") | _texts(file, "keys", "file")
    texts |= _texts(file, "web", "metrics_token_file") | _texts(file, login, "password_file")
    texts[f"{MAILBOT}: [store] url"] = (file.store.url.removeprefix("sqlite:///"),)
    doors = _texts(file, "smtp_in", "listen") | _texts(file, "web", "listen")
    doors[f"{MAILBOT}: [relay] host"] = (str(TcpAddress(file.relay.host, file.relay.port)),)
    at = {where: _HERE.sub("127.0.0.1", str(door or "").lower()) for where, (door,) in doors.items()}
    at |= {where: str(Path(path).absolute()) for where, (path,) in texts.items() if path}
    return {where: (one,) for where, one in at.items()}


def _reserved(mailbot: MailbotFile, organisation: OrganisationFile, suppliers: SuppliersFile) -> Iterator[str]:
    """Yield names that are the doctor's own (domain/people/canary.py)."""
    stated = {
        f"{MAILBOT}: [bot] order_prefix": (mailbot.bot.order_prefix,),
        **{where: (unit.id, unit.name) for where, unit in _numbered(ORGANISATION, "unit", organisation.unit)},
        **{where: (s.name, *s.names) for where, s in _numbered(SUPPLIERS, "supplier", suppliers.supplier)},
    }
    own = {fold(name) for name in (canary.PREFIX, canary.UNIT_NAME, CANARY_UNIT, CANARY_SUPPLIER)}
    for where, text in [(where, text) for where, texts in stated.items() for text in texts if fold(text) in own]:
        yield f"{where} states {shown(text)}, which is reserved for `run.py doctor`; write another name."
    for where, person in _numbered(ORGANISATION, "person", organisation.person):
        if any(fold(address).endswith(f"@{CANARY_DOMAIN}") for address in person.addresses):
            yield f"{where} states an address at {CANARY_DOMAIN}, reserved for `run.py doctor`; write the person's own."


def _texts(file: MailbotFile, table: str, *keys: str) -> dict[str, tuple[str, ...]]:
    values = {f"{MAILBOT}: [{table}] {key}": getattr(getattr(file, table), key) for key in keys}
    return {where: value if isinstance(value, tuple) else (value,) for where, value in values.items()}


def _stated_twice(entries: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Yield what two entries state; an entry may repeat itself, as a unit whose name is its id."""
    owners: dict[str, str] = {}
    for where, text in [(where, text) for where, texts in entries.items() for text in texts if text]:
        owner = owners.setdefault(fold(text), where)
        if owner != where:
            yield f"{where} states {shown(text)}, which {owner.partition(': ')[2]} states too; keep it in one of them."


def warnings(known: Directory, policy: Policy, day: date) -> Iterator[str]:
    """Yield what an operator should look at, though the bot can start."""
    if not known.units:
        yield f"{ORGANISATION}: there is no [[unit]], so no order can be taken; add one."
    for unit in known.units:
        count = len(approvers(unit, known, policy, day))
        if count == 0:
            yield f"{ORGANISATION}: unit {unit!r} has no approver today and takes no orders; add a right."
        if count == 1:
            yield f"{ORGANISATION}: unit {unit!r} has only one approver; add another for times of absence."

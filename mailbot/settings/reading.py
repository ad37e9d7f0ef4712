"""From the files to Settings: read, laid over the defaults, shaped, checked for contradictions, built."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from mailbot.domain.people.directory import NAMING_PERSONS, Absence, Directory, Person, Right, Supplier, Unit
from mailbot.domain.values.pointer import Pointer
from mailbot.domain.values.policy import OwnCost, Policy, RoleRule
from mailbot.domain.values.text import fold
from mailbot.languages import VOCABULARY
from mailbot.package_data import resource
from mailbot.settings.contradictions import contradictions, warnings
from mailbot.settings.problems import ConfigError, sentence
from mailbot.settings.rights import hanging_right_lines, right_problem_lines
from mailbot.settings.shapes import (
    MAILBOT,
    ORGANISATION,
    SUPPLIERS,
    MailbotFile,
    OrganisationFile,
    PolicySettings,
    Settings,
    Shape,
    SuppliersFile,
)

Table = dict[str, Any]
S = TypeVar("S", bound=Shape)


def load(folder: Path, now: datetime | None = None) -> Settings:
    """Read the three files of the folder; raises ConfigError with everything that is wrong.

    `now` (absent, the clock) only decides which rights the warnings count. Contradictions are looked for where the
    shapes are right.
    """
    problems: list[str] = []
    mailbot = _file(MailbotFile, folder / MAILBOT, problems)
    organisation = _file(OrganisationFile, folder / ORGANISATION, problems)
    suppliers = _file(SuppliersFile, folder / SUPPLIERS, problems)
    if mailbot is None or organisation is None or suppliers is None:
        raise ConfigError(problems)
    if found := tuple(contradictions(mailbot, organisation, suppliers)):
        raise ConfigError(found)
    stated, policy = _stated(organisation, suppliers), _policy(mailbot)
    if objected := tuple(right_problem_lines(stated.within_stay(), policy)):
        raise ConfigError(objected)
    return _settings(mailbot, stated, policy, now or datetime.now(UTC))


def _file(model: type[S], file: Path, problems: list[str]) -> S | None:
    """Return the file in the model's shape, or None with the problems added."""
    stated = _read(file, problems)
    if stated is None:
        return None
    try:
        return model.model_validate(_overlaid(stated) if model is MailbotFile else stated)
    except ValidationError as error:
        problems += [sentence(model, file.name, detail) for detail in error.errors(include_url=False)]
        return None


def _read(file: Path, problems: list[str]) -> Table | None:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        words = f"the file is missing in {file.parent}; copy it from {resource('config') / 'example'}"
    except OSError as error:
        words = f"the file cannot be read ({error.strerror}); let the bot's user read it"
    except UnicodeDecodeError:
        words = "the file is not UTF-8; save it as UTF-8"
    except (ValueError, RecursionError) as error:
        words = f"the file is not TOML ({error}); correct it"
    problems.append(f"{file.name}: {words}.")
    return None


def _overlaid(stated: Table) -> Table:
    """Return every key: the defaults, over them the profile's, over them what mailbot.toml states."""
    keys, policy = _shipped("defaults.toml"), stated.get("policy")
    profile = policy.get("profile") if isinstance(policy, dict) else None
    # Only the names of known profiles: the value goes into a path.
    if profile in get_args(PolicySettings.model_fields["profile"].annotation):
        keys = _over(keys, _shipped(f"profiles/{profile}.toml"))
    return _over(keys, stated)


def _shipped(name: str) -> Table:
    return tomllib.loads((resource("config") / name).read_text(encoding="utf-8"))


def _over(below: Table, above: Table) -> Table:
    """Return both with what is above in front, key by key within each table."""
    tables = {name: below[name] | table for name, table in above.items() if name in below and isinstance(table, dict)}
    return below | above | tables


def _settings(file: MailbotFile, organisation: Directory, policy: Policy, now: datetime) -> Settings:
    bot = file.bot.model_copy(update={"contact": file.bot.contact or file.bot.purchasing})
    day = now.astimezone(ZoneInfo(bot.timezone)).date()
    known = organisation.within_stay()
    found = (*hanging_right_lines(known, policy), *warnings(known, policy, day))
    return Settings(**vars(file) | {"bot": bot, "policy": policy, "organisation": organisation, "warnings": found})


def _policy(file: MailbotFile) -> Policy:
    same, bot = dict(file.policy), file.bot
    first, last = same.pop("remind_hours")
    roles = {name: RoleRule(**dict(r)) for name, r in same.pop("roles").items()}
    return Policy(
        deputies_when_absent=same.pop("deputies") == "absence",
        accounting_required=same.pop("accounting") == "required",
        countervalue_required=same.pop("countervalue") == "required",
        for_person_required=same.pop("for_person") == "required",
        right_states=frozenset(same.pop("right_states")),
        pointers=tuple(Pointer(frozenset(map(fold, p.words)), p.text) for p in file.pointers.systems),
        own_cost_table=tuple(OwnCost(row.of, row.by) for row in same.pop("own_cost_table")),
        roles=roles,
        limit_includes_vat=same.pop("vat") == "included",
        remind_on_working_days=same.pop("remind_days") == "working",
        remind_from_hour=first,
        remind_until_hour=last,
        timezone=bot.timezone,
        order_prefix=bot.order_prefix,
        vocabulary=VOCABULARY,
        **same,
    )


def _stated(file: OrganisationFile, suppliers: SuppliersFile) -> Directory:
    """Return what the files state: persons, rights and suppliers have the number at which they stand, from 1."""
    persons = {fold(address): number for number, p in enumerate(file.person, 1) for address in p.addresses}
    ids = {fold(u.id): u.id for u in file.unit}

    def values(entry: Shape) -> Table:
        named = {key: persons[fold(address)] for key in NAMING_PERSONS if (address := getattr(entry, key, None))}
        return dict(entry) | named

    units = [Unit(**values(u) | {"parent": u.parent and ids[fold(u.parent)]}) for u in file.unit]
    rights = (Right(number, **values(r) | {"unit": ids[fold(r.unit)]}) for number, r in enumerate(file.right, 1))
    people = (dict(p) | {"units": tuple(ids[fold(unit)] for unit in p.units)} for p in file.person)
    return Directory(
        persons={number: Person(number, **person) for number, person in enumerate(people, 1)},
        units={u.id: u for u in units},
        rights=tuple(rights),
        suppliers={number: Supplier(number, **dict(s)) for number, s in enumerate(suppliers.supplier, 1)},
        absences=tuple(Absence(**values(a)) for a in file.absence),
        own_costs=tuple(OwnCost(row.of, row.by) for row in file.own_cost),
    )

"""From the files to Settings: read, laid over the defaults, shaped, checked for contradictions, built."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from mailbot.domain.people.organisation import (
    Organisation,
    StatedAbsence,
    StatedPerson,
    StatedRight,
    StatedSupplier,
    StatedUnit,
)
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
    NAMING_PERSONS,
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
    if objected := tuple(right_problem_lines(stated, policy)):
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


def _settings(file: MailbotFile, organisation: Organisation, policy: Policy, now: datetime) -> Settings:
    bot = file.bot.model_copy(update={"contact": file.bot.contact or file.bot.purchasing})
    day = now.astimezone(ZoneInfo(bot.timezone)).date()
    found = (*hanging_right_lines(organisation, policy), *warnings(organisation, policy, day))
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


def _by_main(entry: Shape, mains: dict[str, str]) -> Table:
    """Return the entry's values, each person in it by main address."""
    named = NAMING_PERSONS
    return {key: mains[fold(value)] if value and key in named else value for key, value in dict(entry).items()}


def _stated(file: OrganisationFile, suppliers: SuppliersFile) -> Organisation:
    """Return the organisation; each reference is spelt as what it points at: main address, unit's id."""
    mains = {fold(address): p.address for p in file.person for address in p.addresses}
    ids = {fold(u.id): u.id for u in file.unit}
    persons = [dict(p) | {"units": tuple(ids[fold(unit)] for unit in p.units)} for p in file.person]
    units = [_by_main(u, mains) | {"parent": u.parent and ids[fold(u.parent)]} for u in file.unit]
    rights = [_by_main(r, mains) | {"unit": ids[fold(r.unit)]} for r in file.right]
    absences = [_by_main(a, mains) for a in file.absence]
    return Organisation(
        persons=tuple(StatedPerson(**person) for person in persons),
        units=tuple(StatedUnit(**unit) for unit in units),
        rights=tuple(StatedRight(**right) for right in rights),
        suppliers=tuple(StatedSupplier(**dict(s)) for s in suppliers.supplier),
        absences=tuple(StatedAbsence(**absence) for absence in absences),
        own_costs=tuple(OwnCost(row.of, row.by) for row in file.own_cost),
    )

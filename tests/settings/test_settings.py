import re
import stat
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from mailbot.domain.people.directory import RightKind
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import ReminderWait, SelfOrder
from mailbot.package_data import resource
from mailbot.settings import ConfigError, Settings, TcpAddress, UnixAddress, load, read_secret
from mailbot.settings.shapes import MailbotFile
from mailbot.settings.values import is_loopback

CONFIG = resource("config")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

BOT = """
address = "order@inkop.example.se"
purchasing = "it-inkop@example.se"
operator = "drift@example.se"
"""
REQUESTERS = 'domains = ["example.se"]'

EVA = """
[[person]]
name = "Eva Ek"
address = "eva.ek@example.se"
aliases = ["eva@example.se"]
units = ["cs"]
"""
ANNA = """
[[person]]
name = "Anna Ask"
address = "anna.ask@example.se"
"""
CS = """
[[unit]]
id = "cs"
name = "Institutionen för datavetenskap"
head = "eva.ek@example.se"
"""
EVA_APPROVES = """
[[right]]
person = "eva.ek@example.se"
unit = "cs"
kind = "order"
from = 2026-01-01
"""
ANNA_APPROVES = EVA_APPROVES.replace("eva.ek", "anna.ask")
ORGANISATION = EVA + ANNA + CS + EVA_APPROVES + ANNA_APPROVES
DUSTIN = """
[[supplier]]
name = "Dustin AB"
address = "order@dustin.example"
org_number = "556666-1012"
"""


def read(
    folder: Path, tables: Mapping[str, str] | None = None, organisation: str = ORGANISATION, suppliers: str = DUSTIN
) -> Settings:
    """Write the three files and load them; a table given replaces the one of the same name."""
    stated = {"bot": BOT, "requesters": REQUESTERS} | dict(tables or {})
    mailbot = "\n".join(f"[{name}]\n{lines}" for name, lines in stated.items())
    for name, text in (("mailbot", mailbot), ("organisation", organisation), ("suppliers", suppliers)):
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return load(folder, NOW)


def problems(folder: Path, tables: Mapping[str, str] | None = None, **files: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as raised:
        read(folder, tables, **files)
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


# --- What is shipped ---


def _default_lines() -> list[str]:
    return (CONFIG / "defaults.toml").read_text(encoding="utf-8").splitlines()


def _keys(model: type[BaseModel]) -> dict[str, set[str]]:
    sections = {name: field.annotation for name, field in model.model_fields.items()}
    return {name: set(section.model_fields) for name, section in sections.items() if section is not None}


def test_the_defaults_state_exactly_the_keys_that_are_known() -> None:
    defaults = tomllib.loads("\n".join(_default_lines()))
    assert {section: set(keys) for section, keys in defaults.items()} == _keys(MailbotFile)


def test_no_key_of_mailbot_toml_has_its_default_in_the_code() -> None:
    sections = [field.annotation for field in MailbotFile.model_fields.values()]
    fields = [f for section in sections if section is not None for f in section.model_fields.values()]
    assert fields
    assert all(field.is_required() for field in fields)


def test_every_default_is_explained_by_a_comment() -> None:
    lines = _default_lines()
    keys = [number for number, line in enumerate(lines) if re.match(r"\w+ =", line)]
    assert len(keys) == sum(len(section) for section in _keys(MailbotFile).values())
    assert [lines[number] for number in keys if not lines[number - 1].startswith("# ")] == []


def test_the_defaults_of_the_rules_are_those_of_the_default_profile() -> None:
    defaults = tomllib.loads("\n".join(_default_lines()))["policy"]
    profile = tomllib.loads((CONFIG / "profiles" / f"{defaults['profile']}.toml").read_text(encoding="utf-8"))
    assert set(profile) == {"policy"}
    assert profile["policy"].items() <= defaults.items()


def test_the_example_loads_without_a_warning() -> None:
    settings = load(CONFIG / "example", NOW)
    assert settings.warnings == ()
    assert settings.trust.sender == "loopback"
    assert [s.name for s in settings.organisation.suppliers.values()] == ["Dustin AB", "Blå Skärm AB"]


def test_the_demo_has_two_units_five_persons_three_suppliers_and_short_times() -> None:
    settings = load(CONFIG / "demo", NOW)
    stated = settings.organisation
    assert (len(stated.units), len(stated.persons), len(stated.suppliers)) == (2, 5, 3)
    assert all(s.address.endswith(".example") for s in stated.suppliers.values())
    assert settings.policy.undo_window == timedelta(seconds=20)
    assert settings.policy.remind_after == timedelta(seconds=60)
    assert max(settings.relay.retry) < timedelta(minutes=1)
    assert settings.log.format == "text"
    assert settings.warnings == (
        "organisation.toml: unit 'umf' has only one approver; add another for times of absence.",
    )


@pytest.mark.parametrize("name", ["example", "demo"])
def test_what_is_shipped_takes_mail_by_smtp_from_this_machine_alone(name: str) -> None:
    settings = load(CONFIG / name, NOW)
    assert settings.smtp_in.listen == TcpAddress("127.0.0.1", 8025)
    assert (settings.imap_in.host, settings.requesters.robots, settings.replies.decide) == ("", (), False)


# --- What is read ---


def test_what_mailbot_toml_leaves_out_has_its_default(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.smtp_in.listen == TcpAddress("127.0.0.1", 8025)
    assert settings.smtp_in.max_size == 25_000_000
    assert settings.smtp_in.connections_per_address == 10
    assert (settings.imap_in.host, settings.imap_in.port, settings.imap_in.tls) == ("", 993, "tls")
    assert settings.imap_in.poll_every == timedelta(minutes=5)
    assert (settings.requesters.plus_tags, settings.requesters.robots) == ("keep", ())
    assert (settings.replies.decide, settings.replies.decide_below) == (False, Money.zero())
    assert settings.relay.retry[-1] == timedelta(hours=1)
    assert settings.relay.give_up_after == timedelta(days=5)
    assert settings.trust.sender == "none"
    assert settings.keys.file == Path("var/keys")
    assert settings.worker.tries == 3
    assert settings.log.level == "info"


def test_the_rules_become_the_policy(tmp_path: Path) -> None:
    policy = read(tmp_path).policy
    assert policy.profile == "umu"
    assert policy.purchasing_limit == Money(Decimal(15000))
    assert policy.limit_includes_vat is False
    assert policy.self_order is SelfOrder.WARN
    assert (policy.remind_after, policy.remind_later_every) == (timedelta(days=3), timedelta(days=7))
    assert (policy.remind_from_hour, policy.remind_until_hour) == (7, 18)
    assert (policy.remind_on_working_days, policy.remind_waits) == (False, ReminderWait.LATER)
    assert (policy.timezone, policy.order_prefix) == ("Europe/Stockholm", "IT")


def test_what_is_stated_goes_before_profile_and_default(tmp_path: Path) -> None:
    lines = 'vat = "included"\nself_order = "deny"\npurchasing_limit = "20 000 kr"'
    lines += '\nremind_days = "working"\nremind_waits = "all"'
    policy = read(tmp_path, {"policy": lines}).policy
    assert policy.limit_includes_vat is True
    assert policy.self_order is SelfOrder.DENY
    assert (policy.remind_on_working_days, policy.remind_waits) == (True, ReminderWait.ALL)
    assert policy.purchasing_limit == Money(Decimal(20000))
    assert policy.remind_after == timedelta(days=3)


def test_the_pointers_that_are_stated_replace_those_that_ship(tmp_path: Path) -> None:
    assert len(read(tmp_path).policy.pointers) == 4
    stated = read(tmp_path, {"pointers": 'systems = [{ words = ["Räkning"], text = { sv = "Till Proceedo." } }]'})
    [found] = stated.policy.pointers
    assert (sorted(found.words), found.said("en")) == (["räkning"], "Till Proceedo.")


def test_what_finance_handles_is_the_operators_to_say(tmp_path: Path) -> None:
    lines = 'accounting_pattern = "###-###"\ncategories = { konst = ["tavla"] }\ncategories_first = true'
    settings = read(tmp_path, {"policy": lines, "bot": BOT + 'finance = "ekonomi@example.se"'})
    assert settings.policy.accounting_pattern == "###-###"
    assert settings.policy.categories == {"konst": ("tavla",)}
    assert settings.policy.categories_first


def test_the_contact_is_purchasing_unless_stated(tmp_path: Path) -> None:
    assert read(tmp_path).bot.contact == "it-inkop@example.se"
    stated = read(tmp_path, {"bot": BOT + 'contact = "fraga@example.se"'})
    assert stated.bot.contact == "fraga@example.se"


def test_the_organisation_is_read_whole(tmp_path: Path) -> None:
    stated = read(tmp_path).organisation
    assert stated.persons[1].aliases == ("eva@example.se",)
    assert stated.persons[1].units == ("cs",)
    assert (stated.units["cs"].head, stated.persons[1].address) == (1, "eva.ek@example.se")
    assert stated.rights[0].kind is RightKind.ORDER
    assert (stated.rights[0].valid_from, stated.rights[0].valid_to) == (date(2026, 1, 1), None)
    assert stated.suppliers[1].org_number == "556666-1012"


def test_a_unit_may_have_its_own_rule_parent_and_language(tmp_path: Path) -> None:
    below = '[[unit]]\nid = "lab"\nname = "Labbet"\nparent = "CS"\nself_order = "allow"\nlanguage = "en"\n'
    unit = read(tmp_path, organisation=ORGANISATION + below).organisation.units["lab"]
    assert (unit.parent, unit.self_order, unit.language) == ("cs", SelfOrder.ALLOW, "en")


def test_a_reference_by_alias_or_other_case_means_the_main_address(tmp_path: Path) -> None:
    by_alias = ORGANISATION.replace('head = "eva.ek@example.se"', 'head = "EVA@example.se"')
    stated = read(tmp_path, organisation=by_alias).organisation
    assert stated.persons[stated.units["cs"].head or 0].address == "eva.ek@example.se"


def test_domains_are_in_lower_case(tmp_path: Path) -> None:
    assert read(tmp_path, {"requesters": 'domains = ["Example.SE"]'}).requesters.domains == ("example.se",)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    read(tmp_path)
    file = tmp_path / "organisation.toml"
    file.write_text(ORGANISATION, encoding="utf-8-sig")
    assert len(load(tmp_path, NOW).organisation.persons) == 2


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = read(tmp_path)
    with pytest.raises(ValidationError):
        settings.warnings = ()
    with pytest.raises(ValidationError):
        settings.bot.address = "x@example.se"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 minutes", timedelta()),
        ("1 second", timedelta(seconds=1)),
        ("90 seconds", timedelta(seconds=90)),
        ("1 minute", timedelta(minutes=1)),
        ("2 hours", timedelta(hours=2)),
        ("3 days", timedelta(days=3)),
        ("1 week", timedelta(weeks=1)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(tmp_path: Path, text: str, expected: timedelta) -> None:
    assert read(tmp_path, {"policy": f'undo_window = "{text}"'}).policy.undo_window == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:8025", TcpAddress("127.0.0.1", 8025)),
        ("0.0.0.0:2525", TcpAddress("0.0.0.0", 2525)),  # noqa: S104 - listening everywhere is the operator's to choose
        ("localhost:1", TcpAddress("localhost", 1)),
        ("[::1]:8025", TcpAddress("::1", 8025)),
        ("unix:/run/mailbot/lmtp.sock", UnixAddress(Path("/run/mailbot/lmtp.sock"))),
    ],
)
def test_a_door_listens_on_an_address_and_port_or_a_unix_socket(
    tmp_path: Path, text: str, expected: TcpAddress | UnixAddress
) -> None:
    assert read(tmp_path, {"smtp_in": f'listen = "{text}"'}).smtp_in.listen == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.0.2.1", "mail.example.se", "localhost.example.se", "127.0.0.1.example.se", ""],  # noqa: S104
)
def test_any_other_host_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://mailbot.example.se/bot/", "https://mailbot.example.se/bot"),
    ],
)
def test_a_base_url_is_kept_without_its_last_slash(tmp_path: Path, url: str, expected: str) -> None:
    assert read(tmp_path, {"web": f'base_url = "{url}"'}).web.base_url == expected


# --- What is refused in mailbot.toml ---

LOGIN = 'login_header = "X-Auth-Request-Email"\nlogin_proxies = ["127.0.0.1", "10.0.0.0/8"]'
REFUSED = [
    ("requesters", "domains = []", "[requesters] domains is empty or zero; write more."),
    ("requesters", 'domains = ["@example.se"]', "domains no. 1 is '@example.se'; write the domain alone"),
    ("requesters", 'domains = "example.se"', "domains is not a list; write it in brackets"),
    ("smtp_in", 'lisen = "127.0.0.1:25"', "[smtp_in] lisen is not a known key; write listen."),
    ("smtp_in", "listen = 8025", "[smtp_in] listen is not text; write it in quotes."),
    ("smtp_in", 'listen = "8025"', "listen is '8025', where nothing can listen; write it as"),
    ("smtp_in", 'listen = "::1:8025"', "where nothing can listen"),
    ("smtp_in", 'listen = "[127.0.0.1]:8025"', "where nothing can listen"),
    ("smtp_in", 'listen = "127.0.0.1:65536"', "where nothing can listen"),
    ("smtp_in", 'listen = "127.0.0.1:0"', "where nothing can listen"),
    ("web", 'listen = "[::1]:0"', "where nothing can listen"),
    ("smtp_in", 'listen = "mail.example.se:25"', "where nothing can listen"),
    ("smtp_in", 'listen = "unix:relative.sock"', "where nothing can listen"),
    ("smtp_in", 'listen = ""', "[smtp_in] listen and [imap_in] host are both empty, so no mail comes in; state one"),
    ("smtp_in", "connections_per_address = 0", "[smtp_in] connections_per_address is too small; write at least 1."),
    ("smtp_in", "connections_per_address = 101", "connections_per_address is too large; write at most 100."),
    ("smtp_in", 'protocol = "imap"', "protocol is not a known value; write 'smtp' or 'lmtp'."),
    ("smtp_in", "max_size = 25000000", "max_size has no unit; write a number and a unit in quotes, such as '25 MB'."),
    ("smtp_in", 'max_size = "25 megabyte"', "max_size is '25 megabyte'; write a number and a unit"),
    ("smtp_in", 'max_size = "0 MB"', "max_size is empty or zero; write more."),
    ("relay", 'host = "mail.example.se"\ntls = "none"', "[relay] tls is 'none' while host is another machine; write"),
    ("relay", 'host = ""', "[relay] host is empty; state it."),
    ("relay", 'host = "mail.example.se:587"\ntls = "tls"', "host is no host; write a name or an IP address"),
    ("relay", 'port = "25"', "[relay] port is not a whole number; write it without quotes"),
    ("relay", "port = 25.5", "[relay] port is not a whole number"),
    ("relay", "port = true", "[relay] port is not a whole number"),
    ("relay", "port = 0", "[relay] port is too small; write at least 1."),
    ("relay", "port = 65536", "[relay] port is too large; write at most 65535."),
    ("relay", 'retry = ["1 minute", 5]', "[relay] retry no. 2 has no unit; write a number and a unit in quotes"),
    ("relay", "retry = []", "[relay] retry is empty or zero; write more."),
    ("relay", 'username = "bot"', "[relay] password_file is not stated while username is stated; state it."),
    ("relay", 'password_file = "pw"', "[relay] username is not stated while password_file is stated; state it."),
    ("web", 'listen = ""', "[web] listen is empty; state it."),
    ("web", 'base_url = "http://mailbot.example.se"', "[web] base_url is no encrypted web address; write it as"),
    ("web", 'base_url = "http://127.0.0.1.example.se"', "[web] base_url is no encrypted web address"),
    ("web", 'base_url = "mailbot.example.se"', "[web] base_url is no encrypted web address"),
    ("web", 'base_url = "https://"', "is no encrypted web address"),
    ("web", 'base_url = "https://u:p@mailbot.example.se"', "is no encrypted web address"),
    ("web", 'base_url = "https://mailbot.example.se?a=1"', "is no encrypted web address"),
    ("store", 'url = "postgresql://db/mailbot"', "[store] url names no database file; write it as 'sqlite:///"),
    ("store", 'url = "sqlite://"', "names no database file"),
    ("store", 'url = "sqlite:///"', "names no database file"),
    ("store", 'url = "sqlite:///var/mailbot.db?mode=memory"', "names no database file"),
    ("store", 'url = "sqlite:///:memory:"', "names no database file"),
    ("trust", 'sender = "authentication-results"', "[trust] authserv_id is not stated while sender is 'authenticati"),
    ("trust", 'authserv_id = "mx; dmarc=pass"', "[trust] authserv_id is 'mx; dmarc=pass'; write the name with which"),
    ("trust", 'sender = "everyone"', "sender is not a known value; write 'none', 'loopback', 'authentication-results'"),
    ("replies", "decide = 1", "[replies] decide is neither true nor false; write"),
    (
        "replies",
        'decide_below = "0 EUR"',
        "decide_below is '0 EUR', which is no clear amount; write it as '15000 SEK'.",
    ),
    ("replies", 'delimiter = "#"', "[replies] delimiter is not a known value; write '+', '-', '_' or '.'."),
    ("keys", 'file = ""', "[keys] file is empty; state it."),
    ("worker", "tries = 0", "[worker] tries is too small; write at least 1."),
    ("worker", 'poll_every = "0 seconds"', "[worker] poll_every is empty or zero; write more."),
    ("log", 'level = "loud"', "[log] level is not a known value; write 'debug', 'info', 'warning' or 'error'."),
    ("policy", 'profile = "kth"', "[policy] profile is not a known value; write 'umu' or 'su'."),
    ("policy", 'profile = "../defaults"', "[policy] profile is not a known value; write 'umu' or 'su'."),
    (
        "policy",
        'undo_window = "15 days"',
        "[policy] undo_window is longer than link_life, so links to undo end before;",
    ),
    ("policy", "remind_after = 3", "[policy] remind_after has no unit; write a number and a unit in quotes, such as"),
    ("policy", 'remind_after = "3"', "remind_after is '3'; write a number and a unit, such as '3 days'."),
    ("policy", 'remind_after = "three days"', "remind_after is 'three days'; write a number and a unit"),
    ("policy", 'remind_after = "-3 days"', "remind_after is '-3 days'; write"),
    ("policy", 'remind_after = "999999 weeks"', "remind_after is '999999 weeks'; write"),
    ("policy", 'remind_after = "0 days"', "remind_after is empty or zero"),
    ("policy", 'remind_hours = "18-07"', "remind_hours is no span of hours within one day; write it as '07-18'."),
    ("policy", 'remind_hours = "07-24"', "remind_hours is no span of hours"),
    ("policy", "purchasing_limit = 15000", "[policy] purchasing_limit is not text; write it in quotes."),
    ("policy", 'purchasing_limit = "15,000"', "is '15,000', which is no clear amount; write it as '15000 SEK'."),
    ("policy", 'purchasing_limit = "1500 EUR"', "purchasing_limit is in EUR; write it in SEK"),
    (
        "policy",
        'step_up_above = "0 EUR"',
        "step_up_above is '0 EUR', which is no clear amount; write it as '15000 SEK'.",
    ),
    ("policy", "step_up_above = 0", "[policy] step_up_above is not text; write it in quotes."),
    ("web", LOGIN.replace("X-Auth-Request-Email", "X Mail"), "[web] login_header is 'X Mail'; write a header's name"),
    ("web", LOGIN.replace("10.0.0.0/8", "10.0.0.1/8"), "is '10.0.0.1/8'; write an address or a network"),
    ("web", LOGIN.replace("10.0.0.0/8", "proxy"), "is 'proxy'; write an address or a network, such as '10.0.0.0/8'."),
    ("web", LOGIN.replace("10.0.0.0/8", "0.0.0.0/0"), "is '0.0.0.0/0', which is everybody; write the addresses of"),
    ("policy", "categories_first = true", "[bot] finance is not stated while categories_first is true; state it."),
    ("web", LOGIN.partition("\n")[0], "[web] login_proxies is not stated while login_header is stated; state it."),
    ("web", LOGIN.partition("\n")[2], "[web] login_header is not stated while login_proxies is stated; state it."),
    ("web", LOGIN + '\nlisten = "unix:/run/web.sock"', "[web] login_header is stated while listen is a UNIX socket"),
    ("policy", 'self_order = "maybe"', "self_order is not a known value; write 'allow', 'warn' or 'deny'."),
    ("polcy", 'vat = "included"', "[polcy] is not a known key; write policy."),
]


@pytest.mark.parametrize(("table", "lines", "expected"), REFUSED)
def test_a_wrong_value_is_one_line_with_file_key_and_remedy(
    tmp_path: Path, table: str, lines: str, expected: str
) -> None:
    found = problems(tmp_path, {table: lines})
    assert len(found) == 1
    assert found[0].startswith("mailbot.toml: [")
    assert expected in found[0]
    assert "; " in found[0]
    assert found[0].endswith(".")


BOT_REFUSED = [
    ('language = "fi"', "[bot] language is not a known value; write 'sv' or 'en'."),
    ('timezone = "Europe/Stokholm"', "timezone is 'Europe/Stokholm', which is no known time zone; write it"),
    ('timezone = "../../etc/passwd"', "which is no known time zone"),
    ('timezone = "Europe"', "which is no known time zone"),
    ('order_prefix = "it-"', "order_prefix is 'it-'; write one to eight capital letters and digits"),
    ('contact = "nobody"', "[bot] contact is 'nobody'; write one mail address, such as name@example.se."),
    ('adress = "x@example.se"', "[bot] adress is not a known key; write address."),
    ("qqq = 1", "[bot] qqq is not a known key; remove it, or write one of address, purchasing, operator"),
]


@pytest.mark.parametrize(("line", "expected"), BOT_REFUSED)
def test_a_wrong_line_about_the_bot_is_refused(tmp_path: Path, line: str, expected: str) -> None:
    found = problems(tmp_path, {"bot": BOT + line})
    assert len(found) == 1
    assert expected in found[0]


def test_what_has_no_sensible_default_must_be_stated(tmp_path: Path) -> None:
    assert problems(tmp_path, {"bot": "", "requesters": ""}) == (
        "mailbot.toml: [bot] address is empty; state it.",
        "mailbot.toml: [bot] purchasing is empty; state it.",
        "mailbot.toml: [bot] operator is empty; state it.",
        "mailbot.toml: [requesters] domains is empty or zero; write more.",
    )


@pytest.mark.parametrize(
    "address",
    [
        "order",
        "@example.se",
        "order@",
        "order@localhost",
        "a@b@example.se",
        "Eva Ek <eva@example.se>",
        "a@example.se, b@example.se",
        "åsa@example.se",
        "order@exämple.se",
        "order@-example.se",
        "order@example..se",
        ".order@example.se",
        "or der@example.se",
        " order@example.se",
        "order@example.se\\n",
        "order@example.se\\u0000",
        "order@example.se\\u200b",
        "order@[127.0.0.1]",
        '\\"a b\\"@example.se',
        "a" * 65 + "@example.se",
        "a@" + "b" * 60 + "." + "c." * 100 + "se",
    ],
)
def test_an_address_is_one_plain_ascii_mailbox(tmp_path: Path, address: str) -> None:
    found = problems(tmp_path, {"bot": BOT.replace("drift@example.se", address)})
    assert len(found) == 1
    assert found[0].startswith("mailbot.toml: [bot] operator ")
    assert "\n" not in found[0]


PATH = "/var/lib/mailbot/one"
OAUTH = """
host = "imap.example.se"
user = "order@inkop.example.se"
auth = "refresh-token"
token_url = "https://login.example.se/token"
client_id = "i"
"""


@pytest.mark.parametrize(
    ("tables", "one", "other"),
    [
        ({"store": f'url = "sqlite:///{PATH}"', "keys": f'file = "{PATH}"'}, "[store] url", "[keys] file"),
        ({"keys": f'file = "{PATH}"', "web": f'metrics_token_file = "{PATH}"'}, "metrics_token_file", "[keys] file"),
        ({"keys": f'file = "{PATH}"', "relay": f'username = "b"\npassword_file = "{PATH}"'}, "[relay]", "[keys] file"),
        (
            {"keys": f'file = "{PATH}"', "imap_in": f'{OAUTH}refresh_token_file = "{PATH}"'},
            "refresh_token_file",
            "[keys] file",
        ),
        ({"smtp_in": 'listen = "unix:/run/s"', "web": 'listen = "unix:/run/s"'}, "[web] listen", "[smtp_in] listen"),
        ({"web": 'listen = "localhost:8025"'}, "[web] listen", "[smtp_in] listen"),
        ({"smtp_in": 'listen = "0.0.0.0:8080"'}, "[web] listen", "[smtp_in] listen"),
        ({"relay": "port = 8025"}, "[relay] host", "[smtp_in] listen"),
        ({"smtp_in": 'listen = "0.0.0.0:25"'}, "[relay] host", "[smtp_in] listen"),
    ],
)
def test_one_path_or_port_is_not_given_to_two_things(
    tmp_path: Path, tables: dict[str, str], one: str, other: str
) -> None:
    (found,) = problems(tmp_path, tables)
    assert one in found
    assert other in found
    assert found.endswith(" states too; keep it in one of them.")


def test_two_logins_may_have_one_password_and_one_port_on_two_machines(tmp_path: Path) -> None:
    mailbox = MAILBOX.replace('"pw"', f'"{PATH}"')
    elsewhere = f'host = "mail.example.se"\nport = 8025\ntls = "tls"\nusername = "b"\npassword_file = "{PATH}"'
    assert read(tmp_path, {"imap_in": mailbox, "relay": elsewhere}).relay.port == 8025


LOOPBACK = 'sender = "loopback"'
MAILBOX = """
host = "imap.example.se"
user = "order@inkop.example.se"
password_file = "pw"
"""
TOKEN = MAILBOX.replace(
    'password_file = "pw"', 'token_url = "https://login.example.se/t/oauth2/v2.0/token"\nclient_id = "i"'
)
CLIENT = (
    TOKEN + 'auth = "client-credentials"\nclient_secret_file = "secret"\nscope = "https://mail.example.se/.default"\n'
)
CONSENT = TOKEN + 'auth = "refresh-token"\nrefresh_token_file = "token"\n'


@pytest.mark.parametrize(
    "door",
    [
        {"smtp_in": 'protocol = "lmtp"'},
        {"smtp_in": 'listen = "unix:/run/s"'},
        {"smtp_in": 'listen = "0.0.0.0:2525"'},
        {"smtp_in": 'listen = "[::]:25"'},
        {"imap_in": MAILBOX},
        {"imap_in": MAILBOX, "smtp_in": 'listen = ""'},
    ],
)
def test_loopback_trust_is_refused_where_others_could_hand_mail_in(tmp_path: Path, door: dict[str, str]) -> None:
    (found,) = problems(tmp_path, {**door, "trust": LOOPBACK})
    assert found.startswith("mailbot.toml: [trust] sender is 'loopback' while others could hand mail in; write ")
    assert read(tmp_path, door).trust.sender == "none"


@pytest.mark.parametrize("listen", ["127.0.0.1:8025", "[::1]:8025", "localhost:8025"])
def test_loopback_trust_holds_on_this_machine_alone(tmp_path: Path, listen: str) -> None:
    assert read(tmp_path, {"smtp_in": f'listen = "{listen}"', "trust": LOOPBACK}).trust.sender == "loopback"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_an_unencrypted_relay_is_one_on_this_machine(tmp_path: Path, host: str) -> None:
    assert read(tmp_path, {"relay": f'host = "{host}"\ntls = "none"'}).relay.host == host


def test_a_relay_elsewhere_is_reached_over_verified_tls(tmp_path: Path) -> None:
    lines = 'host = "mail.example.se"\nport = 587\ntls = "starttls"\nusername = "bot"\npassword_file = "pw"'
    assert read(tmp_path, {"relay": lines}).relay.port == 587


# --- Mail by IMAP ---


def _read_mailbox(folder: Path, lines: str) -> Settings:
    return read(folder, {"smtp_in": 'listen = ""', "imap_in": lines})


def test_a_mailbox_may_be_the_only_way_in(tmp_path: Path) -> None:
    settings = _read_mailbox(tmp_path, MAILBOX)
    assert settings.smtp_in.listen is None
    assert (settings.imap_in.host, settings.imap_in.auth) == ("imap.example.se", "password")
    assert (settings.imap_in.folder, settings.imap_in.done_folder) == ("INBOX", "Processed")


@pytest.mark.parametrize(("lines", "auth"), [(CLIENT, "client-credentials"), (CONSENT, "refresh-token")])
def test_a_mailbox_is_opened_by_oauth2(tmp_path: Path, lines: str, auth: str) -> None:
    settings = _read_mailbox(tmp_path, lines)
    assert settings.imap_in.auth == auth
    assert settings.imap_in.token_url == "https://login.example.se/t/oauth2/v2.0/token"


@pytest.mark.parametrize(
    ("lines", "keys"),
    [
        (MAILBOX, ["user", "password_file"]),
        (CLIENT, ["user", "token_url", "client_id", "client_secret_file", "scope"]),
        (CONSENT, ["user", "token_url", "client_id", "refresh_token_file"]),
    ],
)
def test_each_way_to_log_in_needs_its_keys(tmp_path: Path, lines: str, keys: list[str]) -> None:
    auth = _read_mailbox(tmp_path, lines).imap_in.auth
    for key in keys:
        without = re.sub(f'(?m)^{key} = ".*"$', f'{key} = ""', lines)
        assert problems(tmp_path, {"imap_in": without}) == (
            f"mailbot.toml: [imap_in] {key} is not stated while auth is {auth!r}; state it.",
        )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('tls = "none"', "[imap_in] tls is 'none' while host is another machine; write tls = 'starttls' or 'tls'."),
        ('tls = "ssl"', "[imap_in] tls is not a known value; write 'none', 'starttls' or 'tls'."),
        ('auth = "oauth"', "auth is not a known value; write 'password', 'client-credentials' or 'refresh-token'."),
        ('token_url = "http://login.example.se/token"', "[imap_in] token_url is no encrypted web address; write it"),
        ('folder = ""', "[imap_in] folder is empty; state it."),
        ('folder = "IN\\r\\nBOX"', "[imap_in] folder holds an invisible or control character; type it anew"),
        ('done_folder = "inbox"', "[imap_in] done_folder states 'inbox', which [imap_in] folder states too; keep it"),
        ('parked_folder = "Processed"', "parked_folder states 'Processed', which [imap_in] done_folder states too"),
        ('poll_every = "0 minutes"', "[imap_in] poll_every is empty or zero; write more."),
    ],
)
def test_a_wrong_line_about_the_mailbox_is_refused(tmp_path: Path, line: str, expected: str) -> None:
    (found,) = problems(tmp_path, {"imap_in": MAILBOX + line})
    assert expected in found


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_mailbox_on_this_machine_needs_no_encryption(tmp_path: Path, host: str) -> None:
    lines = CONSENT.replace("imap.example.se", host).replace("https://login.example.se", "http://127.0.0.1:9000")
    assert _read_mailbox(tmp_path, lines + 'tls = "none"').imap_in.host == host


# --- Senders and replies ---


@pytest.mark.parametrize("authserv_id", ["mx.example.se", "microsoft"])
def test_a_gateways_results_are_trusted_by_its_name(tmp_path: Path, authserv_id: str) -> None:
    lines = f'sender = "authentication-results"\nauthserv_id = "{authserv_id}"'
    assert read(tmp_path, {"trust": lines, "imap_in": MAILBOX}).trust.authserv_id == authserv_id


def test_the_bots_own_dkim_check_goes_with_every_door(tmp_path: Path) -> None:
    tables = {"trust": 'sender = "dkim"', "imap_in": MAILBOX, "smtp_in": 'protocol = "lmtp"'}
    assert read(tmp_path, tables).trust.sender == "dkim"


ROBOTS = REQUESTERS + '\nrobots = ["erp@example.se", "ERP2@example.se"]'
CONTACT = '\nrobot_contact = "inkop@example.se"'


def test_robots_may_order_where_a_person_gets_the_answers(tmp_path: Path) -> None:
    requesters = read(tmp_path, {"requesters": ROBOTS + CONTACT}).requesters
    assert requesters.robots == ("erp@example.se", "ERP2@example.se")
    assert requesters.robot_contact == "inkop@example.se"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (ROBOTS, "[requesters] robot_contact is not stated while robots is stated; state it."),
        (ROBOTS + CONTACT.replace("inkop@", "erp@"), "[requesters] robot_contact states 'erp@example.se', which [req"),
        (
            ROBOTS.replace("erp@", "order@inkop.") + CONTACT,
            "[requesters] robots states 'order@inkop.example.se', which",
        ),
        (REQUESTERS + '\nrobots = ["erp"]', "[requesters] robots no. 1 is 'erp'; write one mail address"),
        (REQUESTERS + '\nplus_tags = "drop"', "[requesters] plus_tags is not a known value; write 'keep' or 'strip'."),
    ],
)
def test_a_wrong_line_about_who_may_order_is_refused(tmp_path: Path, lines: str, expected: str) -> None:
    (found,) = problems(tmp_path, {"requesters": lines})
    assert found.startswith(f"mailbot.toml: {expected}")


def test_a_decision_by_reply_has_a_limit_and_a_proven_sender(tmp_path: Path) -> None:
    decide, limit = "decide = true", '\ndecide_below = "5 000 kr"'
    assert problems(tmp_path, {"replies": decide}) == (
        "mailbot.toml: [replies] decide_below is not stated while decide is true; state it.",
        "mailbot.toml: [replies] decide is true while [trust] sender is 'none', so no reply counts; state another"
        " sender.",
    )
    replies = read(tmp_path, {"replies": decide + limit, "trust": LOOPBACK}).replies
    assert (replies.decide, replies.decide_below, replies.delimiter) == (True, Money(Decimal(5000)), "+")


# --- What is refused in the other two files ---

AWAY = """
[[absence]]
person = "eva.ek@example.se"
from = 2026-07-01
to = 2026-07-28
substitute = "anna.ask@example.se"
"""
ORGANISATION_REFUSED = [
    (
        EVA_APPROVES.replace("eva.ek", "eva.ekk"),
        "[[right]] no. 3 person is 'eva.ekk@example.se', which no [[person]] has",
    ),
    (EVA_APPROVES.replace('"cs"', '"css"'), "[[right]] no. 3 unit is 'css', which no [[unit]] has; correct it"),
    (
        EVA_APPROVES.replace('"order"', '"all"'),
        "[[right]] no. 3 kind is not a known value; write 'order', 'purchasing', 'appoint' or 'own_cost'",
    ),
    (EVA_APPROVES.replace("2026-01-01", '"2026-01-01"'), "[[right]] no. 3 from is not a date; write it without quotes"),
    (EVA_APPROVES.replace("2026-01-01", "2026-01-01T00:00:00"), "[[right]] no. 3 from is not a date"),
    (EVA_APPROVES.replace("from", "form"), "[[right]] no. 3 from is missing; add it."),
    (EVA_APPROVES + 'amount = "50000 SEK"', "[[right]] no. 3 amount is not a known key"),
    (EVA_APPROVES + 'limit = "50,000"', "[[right]] no. 3 limit is '50,000', which is no clear amount; write it as"),
    ('[[unit]]\nid = "b"\nname = "B"\nhead = "bo@example.se"', "[[unit]] no. 2 head is 'bo@example.se', which no"),
    ('[[unit]]\nid = "b"\nname = "B"\nparent = "cd"', "[[unit]] no. 2 parent is 'cd', which no [[unit]] has"),
    ('[[unit]]\nid = "b"\nname = "B"\nparent = "b"', "[[unit]] parent leads in a circle, 'b under b'; leave out"),
    ('[[unit]]\nid = "CS"\nname = "B"', "[[unit]] no. 2 states 'CS', which [[unit]] no. 1 states too; keep it"),
    ('[[unit]]\nid = "b"\nname = "institutionen  för datavetenskap"', "[[unit]] no. 2 states 'institutionen  för"),
    ('[[unit]]\nid = "b"\nname = "cs"', "[[unit]] no. 2 states 'cs', which [[unit]] no. 1 states too"),
    ('[[unit]]\nname = "B"', "[[unit]] no. 2 id is missing; add it."),
    (
        '[[unit]]\nid = "b"\nname = "B"\nself_order = "no"',
        "[[unit]] no. 2 self_order is not a known value; write 'allow'",
    ),
    (EVA, "[[person]] no. 3 states 'eva.ek@example.se', which [[person]] no. 1 states too"),
    (ANNA.replace("anna.ask", "EVA"), "[[person]] no. 3 states 'EVA@example.se', which [[person]] no. 1 states too"),
    ('[[person]]\nname = "Bo"\naddress = "bo@example.se"\nunits = ["xx"]', "[[person]] no. 3 units is 'xx', which no"),
    (
        '[[person]]\nname = "Bo"\naddress = "bo@example.se"\naliases = ["b"]',
        "[[person]] no. 3 aliases no. 1 is 'b'; write",
    ),
    ('[[person]]\nname = "B\\no"\naddress = "bo@example.se"', "[[person]] no. 3 name holds an invisible or control"),
    ('[[person]]\nname = " "\naddress = "bo@example.se"', "[[person]] no. 3 name is empty; state it."),
    (
        '[[person]]\nname = "Bo"\naddress = "bo@example.se"\nunit = "cs"',
        "[[person]] no. 3 unit is not a known key; write units.",
    ),
    (
        '[[own_cost]]\nof = "a"\nby = "b"\n[[own_cost]]\nof = "A"\nby = "c"',
        "[[own_cost]] no. 2 states 'A', which [[own_cost]] no. 1 states too",
    ),
    (
        '[[person]]\nname = "eva@example.se"\naddress = "bo@example.se"',
        "[[person]] no. 3 states 'eva@example.se', which [[person]] no. 1 states too; keep it in one of them.",
    ),
    ('[[persons]]\nname = "Bo"', "[persons] is not a known key; write person."),
    (AWAY.replace("07-28", "06-28"), "[[absence]] no. 1 to is before from; write a later day."),
    (AWAY.replace("anna.ask", "eva"), "[[absence]] no. 1 substitute is the person who is away; name another"),
    (AWAY.replace("anna.ask", "bo"), "[[absence]] no. 1 substitute is 'bo@example.se', which no [[person]] has"),
]


@pytest.mark.parametrize(("lines", "expected"), ORGANISATION_REFUSED)
def test_a_contradiction_in_the_organisation_is_refused(tmp_path: Path, lines: str, expected: str) -> None:
    found = problems(tmp_path, organisation=ORGANISATION + lines)
    assert any(line.startswith(f"organisation.toml: {expected}") or expected in line for line in found)
    assert all(line.startswith("organisation.toml: [") and line.endswith(".") for line in found)


def test_a_table_with_single_brackets_is_refused_with_the_remedy(tmp_path: Path) -> None:
    assert problems(tmp_path, suppliers='[supplier]\nname = "Dustin AB"') == (
        "suppliers.toml: [supplier] is not a list; write it in brackets, and tables of one kind as [[name]].",
    )


def test_units_in_a_circle_are_refused(tmp_path: Path) -> None:
    circle = '[[unit]]\nid = "a"\nname = "A"\nparent = "b"\n[[unit]]\nid = "b"\nname = "B"\nparent = "a"\n'
    (found,) = problems(tmp_path, organisation=ORGANISATION + circle)
    assert "'a under b under a'" in found or "'b under a under b'" in found


@pytest.mark.parametrize("same", ["Dustin AB", "order@dustin.example", "556666-1012"])
def test_a_supplier_stated_twice_is_refused(tmp_path: Path, same: str) -> None:
    second = {"Dustin AB": "Other AB", "order@dustin.example": "order@other.example", "556666-1012": "1-1"}
    other = DUSTIN
    for text, instead in second.items():
        other = other if text == same else other.replace(text, instead)
    assert problems(tmp_path, suppliers=DUSTIN + other) == (
        f"suppliers.toml: [[supplier]] no. 2 states {same!r}, which [[supplier]] no. 1 states too;"
        " keep it in one of them.",
    )


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("it-inkop@example.se", "mailbot.toml: [bot] purchasing"),
        ("DRIFT@example.se", "mailbot.toml: [bot] operator"),
        ("eva.ek@example.se", "organisation.toml: [[person]] no. 1"),
        ("eva@example.se", "organisation.toml: [[person]] no. 1"),
        ("order@dustin.example", "suppliers.toml: [[supplier]] no. 1"),
    ],
)
def test_nobody_may_have_the_address_of_the_bot(tmp_path: Path, own: str, expected: str) -> None:
    (found,) = problems(tmp_path, {"bot": BOT.replace("order@inkop.example.se", own)})
    assert found == f"{expected} states {own.lower()!r}, which [bot] address states too; keep it in one of them."


def test_a_person_who_cannot_be_read_makes_nobody_else_unknown(tmp_path: Path) -> None:
    found = problems(tmp_path, organisation=ORGANISATION.replace("eva.ek@example.se", "eva.ek", 1))
    assert found == (
        "organisation.toml: [[person]] no. 1 address is 'eva.ek'; write one mail address, such as name@example.se.",
    )


# --- All at once, and never a traceback ---


def _unnamed(places: list[str], found: tuple[str, ...]) -> list[str]:
    return [place for place in places if not any(line.startswith(place) for line in found)]


def test_all_wrong_shapes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {"bot": BOT + "x = 1", "policy": "remind_after = 3"},
        organisation=ORGANISATION + "[[right]]\n",
        suppliers=DUSTIN + "[[supplier]]\n",
    )
    places = ["mailbot.toml: [bot] x ", "mailbot.toml: [policy] remind_after ", "organisation.toml: [[right]] no. 3 "]
    assert _unnamed([*places, "suppliers.toml: [[supplier]] no. 2 name "], found) == []


def test_all_contradictions_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {"trust": LOOPBACK, "smtp_in": 'protocol = "lmtp"', "relay": 'username = "bot"'},
        organisation=ORGANISATION + EVA + EVA_APPROVES.replace('"cs"', '"xx"') + "to = 2025-01-01\n",
        suppliers=DUSTIN + DUSTIN,
    )
    places = [
        "mailbot.toml: [trust] sender ",
        "mailbot.toml: [relay] password_file ",
        "organisation.toml: [[person]] no. 3 ",
        "organisation.toml: [[right]] no. 3 unit ",
        "suppliers.toml: [[supplier]] no. 2 ",
    ]
    assert _unnamed(places, found) == []


def test_missing_files_are_named_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path / "nowhere")
    assert [line.split(":")[0] for line in raised.value.problems] == [
        "mailbot.toml",
        "organisation.toml",
        "suppliers.toml",
    ]
    assert all("missing" in line and "copy it from" in line for line in raised.value.problems)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[[supplier]]\nname = \n", "the file is not TOML (Invalid value (at line 2, column 8)); correct it."),
        (b"[[supplier]]\nname = 'x\n", "the file is not TOML ("),
        (b"[[supplier]]\nname = 'x'\nname = 'y'\n", "the file is not TOML (Cannot overwrite a value (at line 3, "),
        (b"[[supplier]]\nname = 'Bl\xe5'\n", "the file is not UTF-8; save it as UTF-8."),
        (b"x = " + b"9" * 5000, "the file is not TOML ("),
        (b"x = " + b"[" * 100_000, "the file is not TOML ("),
        (b"\x00", "the file is not TOML ("),
    ],
    ids=["no value", "open text", "twice", "latin-1", "long number", "deep lists", "nul"],
)
def test_a_file_that_is_no_toml_is_one_plain_problem(tmp_path: Path, content: bytes, expected: str) -> None:
    read(tmp_path)
    (tmp_path / "suppliers.toml").write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, NOW)
    (found,) = raised.value.problems
    assert found.startswith(f"suppliers.toml: {expected}")
    assert "\n" not in found


def test_a_folder_in_place_of_a_file_is_a_plain_problem(tmp_path: Path) -> None:
    read(tmp_path)
    (tmp_path / "suppliers.toml").unlink()
    (tmp_path / "suppliers.toml").mkdir()
    with pytest.raises(ConfigError, match=r"suppliers\.toml: the file cannot be read"):
        load(tmp_path, NOW)


ODD = [
    "3",
    "-1",
    "1e400",
    "nan",
    "123456789012345678901234567890",
    "true",
    '""',
    '"x"',
    '"{0} %s {x}"',
    '"\\u0000"',
    "[]",
    "[[]]",
    "[1, 'a', {b = 1}]",
    "{}",
    "{a = 1}",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "07:00:00",
]


def _told(folder: Path, name: str, text: str) -> tuple[str, ...]:
    (folder / name).write_text(text, encoding="utf-8")
    try:
        load(folder, NOW)
    except ConfigError as error:
        return error.problems or ("refused without a reason",)
    return ()


def _is_one_sentence_about(name: str, line: str) -> bool:
    return re.fullmatch(rf"{name}: [^\n]+; [^\n]+\.", line) is not None


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD)
def test_no_value_anywhere_in_mailbot_toml_ends_in_a_traceback(tmp_path: Path, odd: str) -> None:
    read(tmp_path)
    defaults: dict[str, dict[str, Any]] = tomllib.loads("\n".join(_default_lines()))
    texts = [f"{section} = {odd}" for section in defaults]
    texts += [f"[[{section}]]\nx = {odd}" for section in defaults]
    texts += [f"[{section}]\n{key} = {odd}" for section, keys in defaults.items() for key in keys]
    told = [line for text in texts for line in _told(tmp_path, "mailbot.toml", text)]
    assert [line for line in told if not _is_one_sentence_about("mailbot.toml", line)] == []


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD)
def test_no_value_anywhere_in_organisation_toml_ends_in_a_traceback(tmp_path: Path, odd: str) -> None:
    read(tmp_path)
    lines = ORGANISATION.splitlines()
    stated = [number for number, line in enumerate(lines) if " = " in line]
    changed = [[*lines[:n], f"{lines[n].split(' = ')[0]} = {odd}", *lines[n + 1 :]] for n in stated]
    changed.append([f"{kind} = {odd}" for kind in ("person", "unit", "right")])
    told = [line for text in changed for line in _told(tmp_path, "organisation.toml", "\n".join(text))]
    assert [line for line in told if not _is_one_sentence_about("organisation.toml", line)] == []


def test_an_odd_key_stays_one_line(tmp_path: Path) -> None:
    found = problems(tmp_path, {"log": '"a\\nb" = 1'})
    assert len(found) == 1
    assert "\n" not in found[0]


# --- Warnings ---


def test_a_unit_without_approver_is_warned_about_not_refused(tmp_path: Path) -> None:
    assert read(tmp_path, organisation=EVA + CS).warnings == (
        "organisation.toml: unit 'cs' has no approver today and takes no orders; add a right.",
    )


def test_a_right_that_has_run_out_or_not_begun_makes_no_approver(tmp_path: Path) -> None:
    ended = EVA_APPROVES + "to = 2026-11-21\n"
    coming = ANNA_APPROVES.replace("2026-01-01", "2026-11-23")
    settings = read(tmp_path, organisation=EVA + ANNA + CS + ended + coming)
    assert "has no approver today" in settings.warnings[0]


def test_a_right_holds_on_its_last_day_by_the_bots_own_clock(tmp_path: Path) -> None:
    read(tmp_path, organisation=EVA + ANNA + CS + EVA_APPROVES + "to = 2026-11-22\n" + ANNA_APPROVES)
    assert load(tmp_path, datetime(2026, 11, 22, 22, 59, tzinfo=UTC)).warnings == ()
    assert "only one approver" in load(tmp_path, datetime(2026, 11, 22, 23, 0, tzinfo=UTC)).warnings[0]


def test_a_purchasing_right_makes_no_approver(tmp_path: Path) -> None:
    purchasing = EVA_APPROVES.replace('"order"', '"purchasing"')
    assert "has no approver today" in read(tmp_path, organisation=EVA + CS + purchasing).warnings[0]


def test_two_rights_of_one_person_for_the_same_days_are_refused_whatever_the_address(tmp_path: Path) -> None:
    twice = EVA_APPROVES + EVA_APPROVES.replace("eva.ek@", "eva@")
    [first, second] = problems(tmp_path, organisation=EVA + CS + twice)
    assert first.startswith("organisation.toml: [[right]] no. 1 from falls into another right of the same person")
    assert second.startswith("organisation.toml: [[right]] no. 2 from falls into another right of the same person")


def test_an_organisation_without_units_is_warned_about(tmp_path: Path) -> None:
    assert "there is no [[unit]]" in read(tmp_path, organisation=ANNA).warnings[0]


# --- Secrets ---

SECRET = "hunter2-åäö"


def _with_password(folder: Path, named: str, text: str = SECRET + "\n", mode: int = 0o600) -> Settings:
    file = folder / "password"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return read(folder, {"relay": f'username = "bot"\npassword_file = "{named}"'})


def _password(settings: Settings, environ: Mapping[str, str]) -> SecretStr | None:
    return read_secret("[relay] password_file", settings.relay.password_file, environ)


def test_the_password_is_the_line_in_its_file_and_shows_nowhere(tmp_path: Path) -> None:
    settings = _with_password(tmp_path, str(tmp_path / "password"))
    password = _password(settings, {})
    assert isinstance(password, SecretStr)
    assert password.get_secret_value() == SECRET
    assert SECRET not in repr(password) + repr(settings)


def test_without_a_password_file_there_is_no_password(tmp_path: Path) -> None:
    assert _password(read(tmp_path), {}) is None


def test_a_problem_with_any_secret_names_its_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        read_secret("[imap_in] client_secret_file", str(tmp_path / "none"), {})
    assert raised.value.problems == (
        "mailbot.toml: [imap_in] client_secret_file names a file that cannot be read; make it, and let the bot's"
        " user read it.",
    )


def test_a_bare_name_is_a_credential_of_systemd(tmp_path: Path) -> None:
    settings = _with_password(tmp_path, "password", mode=0o440)
    password = _password(settings, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert password is not None
    assert password.get_secret_value() == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_password_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    settings = _with_password(tmp_path, str(tmp_path / "password"), mode=mode)
    assert stat.S_IMODE((tmp_path / "password").stat().st_mode) == mode
    with pytest.raises(ConfigError, match="others can read; run chmod 600") as raised:
        _password(settings, {})
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("text", ["", "\n", "one\ntwo\n"])
def test_a_password_file_is_one_line(tmp_path: Path, text: str) -> None:
    settings = _with_password(tmp_path, str(tmp_path / "password"), text)
    with pytest.raises(ConfigError, match="not one line of text"):
        _password(settings, {})


def test_a_password_in_place_of_its_file_is_not_shown(tmp_path: Path) -> None:
    settings = _with_password(tmp_path, SECRET)
    with pytest.raises(ConfigError, match="cannot be read") as raised:
        _password(settings, {})
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("relay", f'password = "{SECRET}"'),
        ("relay", f'host = "bot:{SECRET}@mail.example.se"'),
        ("relay", f'password_file = ["{SECRET}"]'),
        ("store", f'url = "postgresql://bot:{SECRET}@db/mailbot"'),
        ("store", f'url = "mysql://bot:{SECRET}@db/mailbot"'),
        ("web", f'base_url = "https://bot:{SECRET}@mailbot.example.se"'),
        ("relay", f"password_file = {SECRET}"),
        ("imap_in", f'host = "bot:{SECRET}@imap.example.se"'),
        ("imap_in", f'{MAILBOX}token_url = "https://bot:{SECRET}@login.example.se"'),
        ("imap_in", f'client_secret = "{SECRET}"'),
        ("imap_in", f'host = "imap.example.se"\nclient_secret_file = "{SECRET}"'),
    ],
)
def test_no_problem_shows_a_secret(tmp_path: Path, table: str, line: str) -> None:
    assert SECRET not in "\n".join(problems(tmp_path, {table: line}))


@pytest.mark.parametrize(
    ("stated", "above"),
    [
        ("", None),
        ('step_up_above = "off"', None),
        ('step_up_above = ""', None),
        ('step_up_above = "0 SEK"', Money.zero()),
        ('step_up_above = "5 000 kr"', Money(Decimal(5000))),
    ],
)
def test_step_up_is_off_unless_a_sum_is_stated(tmp_path: Path, stated: str, above: Money | None) -> None:
    assert read(tmp_path, {"policy": stated}).policy.step_up_above == above


def test_the_token_for_the_numbers_is_in_a_file_that_nobody_else_can_read(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.touch(0o600)
    file.write_text("a-long-token\n")
    named = read(tmp_path, {"web": f'metrics_token_file = "{file}"'}).web.metrics_token_file
    token = read_secret("[web] metrics_token_file", named, {})
    assert token is not None
    assert token.get_secret_value() == "a-long-token"
    assert read(tmp_path).web.metrics_token_file == ""
    file.chmod(0o644)
    with pytest.raises(ConfigError, match=r"\[web\] metrics_token_file .* chmod 600"):
        read_secret("[web] metrics_token_file", named, {})


def test_a_login_is_believed_from_the_stated_proxies(tmp_path: Path) -> None:
    web = read(tmp_path, {"web": LOGIN}).web
    assert (web.login_header, [str(network) for network in web.login_proxies]) == (
        "X-Auth-Request-Email",
        ["127.0.0.1/32", "10.0.0.0/8"],
    )


def test_decisions_by_reply_are_refused_where_every_decision_needs_a_code(tmp_path: Path) -> None:
    tables = {"replies": 'decide = true\ndecide_below = "5 000 kr"', "trust": 'sender = "dkim"'}
    (found,) = problems(tmp_path, {**tables, "policy": 'step_up_above = "0 SEK"'})
    assert found.endswith("step_up_above is '0 SEK', so none counts; write decide = false.")
    assert read(tmp_path, {**tables, "policy": 'step_up_above = "1000 SEK"'}).replies.decide


@pytest.mark.parametrize(
    ("tables", "files", "where"),
    [
        ({"bot": f'{BOT}order_prefix = "CANARY"'}, {}, "mailbot.toml: [bot] order_prefix states 'CANARY'"),
        ({}, {"organisation": f'{ORGANISATION}[[unit]]\nid = "mailbot-canary"\nname = "X"'}, "[[unit]] no. 2"),
        ({}, {"organisation": f'{ORGANISATION}[[unit]]\nid = "x"\nname = "Mailbot Canary"'}, "[[unit]] no. 2"),
        ({}, {"suppliers": DUSTIN.replace("Dustin AB", "mailbot canary supplier")}, "[[supplier]] no. 1"),
        ({}, {"organisation": ORGANISATION.replace("anna.ask@example.se", "a@canary.invalid")}, "[[person]] no. 2"),
    ],
    ids=["prefix", "unit id", "unit name", "supplier", "person"],
)
def test_a_name_of_the_doctor_s_canary_is_refused(
    tmp_path: Path, tables: Mapping[str, str], files: dict[str, str], where: str
) -> None:
    found = problems(tmp_path, tables, **files)
    assert [line for line in found if where in line and "reserved for `run.py doctor`" in line] == list(found)


@pytest.mark.parametrize(("of", "by", "key"), [("prefekt", "eva.ek@example.se", "of"), ("eva@example.se", "x", "by")])
def test_an_own_cost_names_a_role_of_the_profile_or_a_person(tmp_path: Path, of: str, by: str, key: str) -> None:
    row = f'\n[[own_cost]]\nof = "{of}"\nby = "{by}"\n'
    [found] = problems(tmp_path, organisation=ORGANISATION + row)
    assert found.startswith(f"organisation.toml: [[own_cost]] no. 1 {key} is ")


@pytest.mark.parametrize("by", ["[]", '["eva@example.se", "x"]'])
def test_of_several_who_decide_own_costs_each_is_one(tmp_path: Path, by: str) -> None:
    row = f'\n[[own_cost]]\nof = "eva@example.se"\nby = {by}\n'
    [found] = problems(tmp_path, organisation=ORGANISATION + row)
    assert found.startswith("organisation.toml: [[own_cost]] no. 1 by is ")


# --- Posts ---

SU = {"policy": 'profile = "su"'}
SU_UNIT = CS + 'level = "{level}"\n'
POST = EVA_APPROVES + 'to = 2099-12-31\nlimit = "100 SEK"\nground = "beslut"\nmay_delegate = true\n{more}\n'


def of_post(folder: Path, level: str, more: str) -> tuple[str, ...]:
    """Return what stands against a right under profile su in a unit of this level."""
    return problems(folder, SU, organisation=EVA + ANNA + SU_UNIT.format(level=level) + POST.format(more=more))


@pytest.mark.parametrize(
    ("level", "more", "found"),
    [
        (
            "institution",
            'role = "rektor"',
            "role is a post of another level than the unit's; state the [[unit]] level, or another role:"
            " 'rektor' is of 'universitet', 'cs' of 'institution'.",
        ),
        ("institution", 'role = "dekan"', "'dekan' is of 'fakultet', 'cs' of 'institution'."),
        (
            "fakultet",
            'role = "kanslichef"',
            "delegated_from is not stated while such units have the role",
        ),
        ("institution", 'role = "administrativ chef"', "delegated_from is not stated while such units"),
        ("sektion", 'role = "sektionschef"', "delegated_from is not stated while such units"),
        ("institution", 'role = "ställföreträdande prefekt"', "deputy_for is not stated while the role is a deputy's;"),
        ("fakultet", 'role = "prodekan"', "deputy_for is not stated while the role is a deputy's;"),
        ("universitet", 'role = "prorektor"', "deputy_for is not stated while the role is a deputy's;"),
    ],
)
def test_a_post_outside_its_level_without_its_holder_or_its_delegator_is_refused(
    tmp_path: Path, level: str, more: str, found: str
) -> None:
    [said] = of_post(tmp_path, level, more)
    assert said.startswith("organisation.toml: [[right]] no. 1 ")
    assert found in said


def test_a_post_in_a_unit_of_no_stated_level_is_refused_with_the_level_to_state(tmp_path: Path) -> None:
    [said] = problems(tmp_path, SU, organisation=EVA + ANNA + CS + POST.format(more='role = "prefekt"'))
    assert said.endswith("'prefekt' is of 'institution', 'cs' of none.")


def test_a_level_to_which_no_role_belongs_is_refused_with_those_there_are(tmp_path: Path) -> None:
    [said] = problems(tmp_path, SU, organisation=EVA + SU_UNIT.format(level="instituton"))
    assert said.startswith("organisation.toml: [[unit]] no. 1 level is 'instituton', which no role has; write one of")
    assert "institution" in said


def test_where_there_are_no_posts_a_level_is_only_a_word(tmp_path: Path) -> None:
    read(tmp_path, organisation=EVA + ANNA + SU_UNIT.format(level="vad som helst") + EVA_APPROVES)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        (
            'deputy_of = "kung"',
            "[policy.roles.'x'] deputy_of is 'kung', which is no role of [policy.roles]; write",
        ),
        (
            'delegated_at = "a"',
            "[policy.roles.'x'] delegated_at is 'a', which is no level of the role; add it",
        ),
        ("level = 1", "level is not text"),
        ('level = ["a", ""]', "level is empty"),
    ],
)
def test_a_role_says_of_posts_only_what_the_rules_know(tmp_path: Path, more: str, found: str) -> None:
    [said] = problems(tmp_path, {"policy": f'[policy.roles."x"]\nlimit = ""\n{more}'}, organisation=EVA + CS)
    assert found in said


def test_what_hangs_on_a_right_that_has_ended_is_warned_about_and_stops_nothing(tmp_path: Path) -> None:
    """Taking a right away is never blocked by another's row."""
    prefekt = POST.format(more='role = "prefekt"').replace("2099-12-31", "2026-11-29")
    later = POST.format(more='delegated_from = "eva.ek@example.se"')
    later = later.replace('person = "eva.ek', 'person = "anna.ask').replace("from = 2026-01-01", "from = 2026-12-01")
    units = SU_UNIT.format(level="institution")
    found = read(tmp_path, SU, organisation=EVA + ANNA + units + prefekt + later).warnings
    assert found[0].startswith("organisation.toml: [[right]] no. 2 delegated_from has no such right any more when this")

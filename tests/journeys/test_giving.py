"""Profile su over real mail and real pages: what forms and files give and take away (docs/rules/promises.md#gain)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from mailbot.app import made_to_serve
from mailbot.domain.people.directory import Right, RightKind
from mailbot.domain.people.rights import Denial
from mailbot.domain.values.order import Status
from mailbot.edge.system_clock import utc_now
from mailbot.flows.admin.import_directory import look
from mailbot.presentation import TemplateFilters
from mailbot.settings import load
from tests.cli.test_cli import run
from tests.journeys.browser import Page
from tests.support.appointments import scheme_mail
from tests.support.harness import PURCHASING
from tests.support.relay import plain
from tests.support.university import money, person, right_of, the_right
from tests.support.university_harness import FOREVER, University, right_entry, university

SAY = TemplateFilters("sv", "Europe/Stockholm", "su").say
OFFICE, CLERK, OMBUD = "planeringschef", "Rut", "gruppledare"
STATED = "Till: 2027-12-31\nFår delegeras: ja\nGrund: beslut 7\nEget ansvarsområde: ja\n"


@pytest.fixture
def su(tmp_path: Path) -> Iterator[University]:
    """The university's bot; the planeringschef is its purchasing office, and the gruppledare the prefekt's ombud."""
    with university(tmp_path) as made:
        posts = ((OFFICE, RightKind.PURCHASING), (OMBUD, RightKind.APPOINT))
        begun = made.home.now.date()
        state(made, *(replace(right_of(w, "cs", None, role=""), kind=k, valid_from=begun) for w, k in posts))
        yield made


def state(su: University, *rights: Right) -> None:
    """Let the operator add rights to organisation.toml and import it."""
    file = su.folder / "organisation.toml"
    file.write_text("\n".join((file.read_text("utf-8"), *map(right_entry, rights))), "utf-8")
    su.import_files()


def send(su: University, by: str, text: str, *, unit: str = "cs", document: bytes | None = b"%PDF-1.7") -> None:
    mail = scheme_mail(f"Beställningsordning\nEnhet: {unit}\n{text}", sender=person(by).address, document=document)
    su.home.raw(mail.as_bytes(), mail_from=person(by).address)


def held(su: University, who: str) -> list[tuple[str, str | None]]:
    """Return role and limit of the rights to decide that somebody has."""
    with su.home.bot.database.read() as connection:
        known = su.home.bot.directory(connection)
    live = [r for r in known.rights_of(person(who).id) if r.kind is RightKind.ORDER and not r.ended_at]
    return [(r.role, str(r.limit.amount) if r.limit else None) for r in live]


def confirm(su: University) -> Page:
    """Let the purchasing office take its personal link and confirm."""
    shared = su.press(su.page_of(PURCHASING, "appointment"))
    assert "personlig länk är på väg" in shared.text
    return su.press(su.page(OFFICE, purpose="appoint"), "confirm")


class TestAForm:
    @pytest.mark.parametrize("role", ["rektor", "dekan", "prefekt", "kanslichef", "ställföreträdande prefekt"])
    def test_of_a_head_makes_nobody_what_the_head_is_or_stands_below(self, su: University, role: str) -> None:
        send(su, "prefekt", f"Godkännare: Rut\nRoll: {role}\nBeloppsgräns: 500 000 kr\n{STATED}")
        assert su.home.query("SELECT count(*) FROM appointments") == [(0,)]
        assert su.told("prefekt", "Roll") == 1

    def test_from_above_gives_the_post_and_the_page_says_up_to_what_and_by_what(self, su: University) -> None:
        send(su, "prefekt", f"Godkännare: Rut\nRoll: gruppledare\nBeloppsgräns: 50 000 kr\n{STATED}", unit="cs-g")
        seen = plain(su.page_of(PURCHASING, "appointment").text)
        assert "högst 50 000,00 kr, som gruppledare" in seen
        confirm(su)
        assert held(su, CLERK) == [("gruppledare", "50000.00")]

    def test_that_gives_without_a_limit_says_so_in_words(self, su: University) -> None:
        text = f"Godkännare: Rut\nRoll: prorektor\nStällföreträdare för: Rektor\n{STATED}"
        send(su, "styrelsens ordförande", text, unit="su")
        seen = plain(su.page_of(PURCHASING, "appointment").text)
        assert "utan beloppsgräns, som prorektor, som ställföreträdare för Rektor" in seen

    def test_never_gives_to_its_sender_though_another_is_named_as_delegator(self, su: University) -> None:
        before = held(su, OMBUD)
        send(su, OMBUD, f"Godkännare: Gruppledare\nBeloppsgräns: 10 000 kr\nDelegerad av: Prefekt\n{STATED}")
        assert su.home.query("SELECT count(*) FROM appointments") == [(0,)]
        assert held(su, OMBUD) == before

    def test_in_anothers_name_gives_nothing_before_that_one_has_said_yes(self, su: University) -> None:
        send(su, OMBUD, f"Godkännare: Rut\nBeloppsgräns: 10 000 kr\nDelegerad av: Prefekt\n{STATED}")
        confirm(su)
        assert held(su, CLERK) == []
        su.press(su.page("prefekt", purpose="delegate"), "confirm")
        assert held(su, CLERK) == [("", "10000.00")]


class TestTakingBack:
    """Wholly or partly, at any time, also while an order waits (docs/rules/attest.md#r28)."""

    @pytest.mark.parametrize("by", ["prefekt", "dekan", "rektor"])
    def test_holds_at_once_for_the_order_that_waits(self, su: University, by: str) -> None:
        su.order(to="administrativ chef")
        opened = su.page("administrativ chef")
        send(su, by, "Godkännare: Administrativ chef\nUpphör: nu\n", document=None)
        late = su.press(opened, "approve")
        assert (late.status, SAY(Denial.ENDED) in late.text) == (409, True)
        assert su.home.order().status is Status.PENDING
        for who in ("administrativ chef", "prefekt"):
            assert su.told(who, "har återtagit attesträtt") == 1, who
        assert su.home.count(PURCHASING, "har återtagit attesträtt") == 1

    def test_is_nobodys_who_stands_beside(self, su: University) -> None:
        send(su, "annan prefekt", "Godkännare: Administrativ chef\nUpphör: nu\n")
        assert held(su, "administrativ chef") != []

    def test_by_file_is_not_blocked_by_what_was_delegated_for_later_which_is_listed(self, su: University) -> None:
        """A dismissed head's import went wrong on another's row, and the head went on deciding."""
        later = replace(right_of(CLERK, "cs", 100_000, role="", delegator="prefekt"), valid_from=date(2026, 6, 1))
        state(su, later)
        su.order("600 000")
        opened = su.page("prefekt")
        su.end_right("prefekt", su.home.now.date() - timedelta(days=1))
        settings = load(su.folder)
        assert [w for w in settings.warnings if "delegated_from has no such right any more" in w]
        seen = look(su.home.bot, settings.organisation, su.home.now)
        hangs = [d.about for d in seen.differences if d.kind == "right_hangs"]
        assert len(hangs) == 4  # the deputy, both delegates, and the one that was to begin later
        su.import_files()
        late = su.press(opened, "approve")
        assert (late.status, SAY(Denial.EXPIRED) in late.text) == (409, True)

    @pytest.mark.parametrize("less", [{"limit": money(100_000)}, {"may_delegate": False}], ids=["limit", "passing on"])
    def test_partly_by_file_is_not_blocked_by_what_hangs_on_it(self, su: University, less: dict[str, Any]) -> None:
        held = replace(the_right("prefekt"), valid_to=FOREVER)
        su.change_file(right_entry(held), right_entry(replace(held, **less)))
        seen = look(su.home.bot, load(su.folder).organisation, su.home.now)
        hangs = [d.about for d in seen.differences if d.kind == "right_hangs"]
        assert len(hangs) == (3 if "limit" in less else 0)  # the deputy and both delegates
        su.import_files()
        su.order("100 001", to="administrativ chef")
        assert su.asked() == (["dekan"] if "limit" in less else ["administrativ chef"])


class TestADatabaseFromBeforeUnitsHadLevels:
    """It goes on, but what the rules do not know gives no power until the file states it
    (docs/rules/promises.md#gain)."""

    @pytest.fixture
    def old(self, tmp_path: Path) -> Iterator[University]:
        with university(tmp_path, utc_now() - timedelta(minutes=1)) as made:  # the commands go by the machine's clock
            made.order()
            made.home.query("UPDATE units SET level = NULL WHERE id = 'cs'")
            made.home.query("UPDATE counters SET value = value + 1 WHERE name = 'directory_version'")
            yield made

    def test_decides_nothing_by_its_posts_and_says_so_on_the_page_and_in_the_plan(self, old: University) -> None:
        assert SAY(Denial.WRONG_LEVEL) in old.page("prefekt").text
        said = run("plan", "cs", "--config", old.folder, cwd=old.folder)
        assert "Prefekt <p8@example.se>" in said.out
        assert said.out.count("DECIDES NOTHING: its post belongs to another level of units") == 3

    def test_is_warned_about_at_each_start_without_a_name(self, old: University) -> None:
        with capture_logs() as logged:
            made_to_serve(load(old.folder), old.home.now).database.close()
        said = [line for line in logged if line["event"] == "right_decides_nothing"]
        assert {line["unit"] for line in said} == {"cs"}
        assert "Prefekt" not in str(said)
        assert "@" not in str(said)

    def test_goes_on_once_the_files_are_imported(self, old: University) -> None:
        old.import_files()
        old.decide("prefekt")
        assert old.home.order().status is Status.APPROVED

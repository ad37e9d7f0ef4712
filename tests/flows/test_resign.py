"""“I no longer hold this right”: it ends that right at once, nothing else, and only by a press (rule 29)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier, Thread

import pytest

from mailbot.domain.directory import RightKind
from mailbot.domain.notices import Purpose
from mailbot.domain.order import Status
from mailbot.domain.organisation import StatedRight
from mailbot.domain.rights import Denial
from mailbot.flows.decide import Action, Outcome, Press, press
from mailbot.flows.resign import resign
from mailbot.flows.step_up import OtherLogin
from mailbot.flows.visit import LinkTrouble
from mailbot.flows.withdraw import withdraw
from tests.support.appointing import FIRST, TREE, approvers
from tests.support.house import ANNA, EVA, HEAD, PURCHASING, RUT, House, house

FROM_MAY = date(2026, 5, 1)
ORGANISATION = replace(
    TREE,
    rights=(
        *TREE.rights,
        StatedRight(EVA, "fac", RightKind.ORDER, FIRST),
        StatedRight(EVA, "cs", RightKind.PURCHASING, FIRST),
        StatedRight(EVA, "cs", RightKind.APPOINT, FIRST),
        StatedRight(HEAD, "tom", RightKind.ORDER, FIRST),
    ),
)
"""Eva also decides in the faculty, buys and appoints."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, organisation=ORGANISATION) as made:
        made.mail()
        yield made


def hand_back(home: House, who: str = EVA) -> bool | LinkTrouble | OtherLogin:
    """Press the button on the page of the newest link mailed to an approver."""
    outcome = resign(home.bot, home.token(who, Purpose.DECIDE), home.now)
    home.settle()
    return outcome


def ended(home: House) -> list[tuple[str, str]]:
    """Return unit and kind of each right that is over."""
    return home.query("SELECT unit_id, kind FROM rights WHERE ended_at IS NOT NULL ORDER BY id")


class TestWhatEnds:
    def test_the_right_to_decide_in_the_orders_unit_and_nothing_else(self, home: House) -> None:
        assert hand_back(home) is True
        assert ended(home) == [("cs", "order")]
        assert approvers(home) == ["Anna Ask"]
        assert approvers(home, "fac") == ["Eva Ek"]
        assert home.query("SELECT count(*) FROM absences") == [(0,)]

    def test_all_of_several_in_the_unit_that_hold_today(self, tmp_path: Path) -> None:
        two = StatedRight(EVA, "cs", RightKind.ORDER, date(2026, 2, 1), date(2026, 4, 30), role="deputy")
        with house(tmp_path, organisation=replace(TREE, rights=(*TREE.rights, two))) as home:
            home.mail()
            hand_back(home)
            assert ended(home) == [("cs", "order"), ("cs", "order")]

    def test_one_that_begins_later_too_which_would_undo_what_was_said(self, tmp_path: Path) -> None:
        later = StatedRight(EVA, "cs", RightKind.ORDER, FROM_MAY)
        first = replace(TREE.rights[0], valid_to=date(2026, 4, 30))
        with house(tmp_path, organisation=replace(TREE, rights=(first, *TREE.rights[1:], later))) as home:
            home.mail()
            hand_back(home)
            assert home.query("SELECT valid_from FROM rights WHERE person_id = 1 AND ended_at IS NULL") == []
            assert ended(home) == [("cs", "order"), ("cs", "order")]

    def test_of_a_superior_the_right_that_makes_them_one(self, tmp_path: Path) -> None:
        rights = tuple(r for r in ORGANISATION.rights if r != ORGANISATION.rights[0])
        with house(tmp_path, organisation=replace(ORGANISATION, rights=rights), superiors=True) as home:
            home.mail(text=f"Enhet: cs\nGodkännare: {EVA}\nLeverantör: Dustin AB\n\n1 st Mus à 100 kr\n")
            assert hand_back(home) is True
            assert ended(home) == [("fac", "order")]
            assert home.count(PURCHASING, "Eva Ek beslutar inte längre om beställningar för Fakulteten") == 1

    def test_it_is_kept_as_an_event_with_who_and_how(self, home: House) -> None:
        hand_back(home)
        rows = home.query("SELECT person_id, proof FROM events WHERE what = 'right_returned'")
        assert rows == [(home.person(EVA).id, "signed link")]

    def test_a_second_press_ends_nothing_more_and_tells_nobody_again(self, home: House) -> None:
        hand_back(home)
        before = len(home.relay.mails())
        assert hand_back(home) is False
        assert ended(home) == [("cs", "order")]
        assert len(home.relay.mails()) == before


class TestWhoHears:
    def test_the_person_the_head_and_purchasing_each_once(self, home: House) -> None:
        hand_back(home)
        for to in (EVA, HEAD, PURCHASING):
            assert home.count(to, "Eva Ek beslutar inte längre", "Institutionen för datavetenskap") == 1
        assert home.count(ANNA, "beslutar inte längre") == home.count(RUT, "beslutar inte längre") == 0

    def test_a_head_who_hands_back_hears_it_once(self, tmp_path: Path) -> None:
        units = tuple(replace(u, head=EVA) if u.id == "cs" else u for u in TREE.units)
        with house(tmp_path, organisation=replace(TREE, units=units)) as home:
            home.mail()
            hand_back(home)
            assert home.count(EVA, "Eva Ek beslutar inte längre") == 1

    def test_what_waited_goes_on_and_its_requester_hears_of_it(self, home: House) -> None:
        home.mail()
        hand_back(home)
        assert home.count(ANNA, "väntar på ditt beslut") == 2
        assert home.count(RUT, "Rätten att besluta har ändrats", "Anna Ask") == 2
        assert home.history() == ["opened", "moved"]

    def test_the_last_one_leaves_head_and_purchasing_with_what_nobody_may_decide(self, home: House) -> None:
        home.end_right(ANNA)
        hand_back(home)
        assert home.count(HEAD, "Ingen får besluta om en beställning") == 1
        assert home.count(PURCHASING, "Ingen får besluta om en beställning") == 1


class TestTheLink:
    def test_only_a_press_hands_anything_back(self, home: House) -> None:
        token, before = home.token(EVA, Purpose.DECIDE), home.dump()
        with home.pages() as browser:
            for path in (f"/decide/{token}", f"/decide/{token}/resign", f"/decide/{token}/resign?action=resign"):
                for method in ("GET", "HEAD"):
                    browser.request(method, path)
            foreign = browser.post(f"/decide/{token}/resign", headers={"Sec-Fetch-Site": "cross-site"})
            assert foreign.status_code == 403
            assert home.dump() == before
            pressed = browser.post(f"/decide/{token}/resign")
            assert (pressed.status_code, pressed.headers["Location"]) == (303, f"/decide/{token}")
            page = browser.get(f"/decide/{token}")
        assert ended(home) == [("cs", "order")]
        assert "din rätt har avslutats" in " ".join(page.text.split())
        assert 'value="resign"' not in page.text

    def test_a_damaged_an_expired_or_another_purposes_link_ends_nothing(self, home: House) -> None:
        token, order = home.token(EVA, Purpose.DECIDE), home.token(RUT, Purpose.ORDER)
        assert resign(home.bot, token[:-2], home.now) is LinkTrouble.DAMAGED
        assert resign(home.bot, order, home.now) is LinkTrouble.DAMAGED
        home.now += home.bot.policy.link_life
        assert resign(home.bot, token, home.now) is LinkTrouble.EXPIRED
        assert ended(home) == []

    def test_the_orders_state_does_not_matter(self, home: House) -> None:
        withdraw(home.bot, Purpose.ORDER, home.token(RUT, Purpose.ORDER), home.now)
        assert hand_back(home) is True
        assert home.order().status is Status.WITHDRAWN


class TestBesideADecision:
    def test_a_decision_made_before_stands(self, home: House) -> None:
        home.approve()
        hand_back(home)
        home.later(minutes=6)
        assert home.order().status is Status.SENT
        assert home.count(RUT, "Rätten att besluta har ändrats") == 0

    def test_a_decision_after_it_is_refused(self, home: House) -> None:
        token = home.token(EVA, Purpose.DECIDE)
        hand_back(home)
        assert home.press(token, Action.APPROVE) is Denial.ENDED

    def test_whichever_of_two_presses_at_once_comes_first_the_order_is_decided_or_moved_never_both(
        self, tmp_path: Path
    ) -> None:
        for attempt in range(6):
            folder = tmp_path / str(attempt)
            folder.mkdir()
            with house(folder, organisation=ORGANISATION) as home:
                home.mail()
                outcome = self.both_at_once(home)
                home.settle()
                decided = home.order().decision is not None
                assert home.history() == (["opened", "approved"] if decided else ["opened", "moved"])
                assert decided != (outcome is Denial.ENDED)
                assert ended(home) == [("cs", "order")]

    @staticmethod
    def both_at_once(home: House) -> Outcome:
        token, start = home.token(EVA, Purpose.DECIDE), Barrier(2)
        outcomes: list[Outcome] = []

        def deciding() -> None:
            start.wait()
            outcomes.append(press(home.bot, token, Press(Action.APPROVE, 1, "supplier"), home.now))

        def resigning() -> None:
            start.wait()
            resign(home.bot, token, home.now)

        threads = [Thread(target=deciding), Thread(target=resigning)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes[0]

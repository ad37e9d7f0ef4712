"""An order line that cannot be read is asked back or named on top: no part of an order is lost without a word
(docs/rules/promises.md#p2)."""

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Status
from tests.flows.incoming.test_correction import answer
from tests.support.harness import EVA, ORDER, RUT, Harness
from tests.support.relay import text_of

SCREEN = "2 Skärm 3 100 kr"
RING = "Ring om det blir dyrare än 15 000 kr"
NAMED = f"En rad med ett belopp lästes inte som orderrad och beställs inte: ”{RING}”."


def lines_of(home: Harness) -> list[tuple[str, str, str]]:
    return [(x.description, str(x.quantity), str(x.price.amount)) for x in home.order().content.lines]


def flat(home: Harness, to: str, *words: str) -> str:
    return " ".join(text_of(home.sent(to, *words)).split())


DELL = ("Dell XPS 13", "1", "12500.00")
SCREENS = ("Skärm", "2", "3100.00")
MOUSE = ("Mus", "1", "99.00")


class TestOneLineIsAskedBack:
    def test_with_its_text_its_number_and_how_to_write_it(self, home: Harness) -> None:
        home.mail(f"{ORDER}{SCREEN}\n1 st Mus à 99 kr\n")
        assert (home.orders(), home.reasons()) == (0, ["problems: unread_line"])
        asked = flat(home, RUT, "Rad 2")
        assert f"Du skrev: ”{SCREEN}”" in asked
        assert "2 st Skärm à 3 100 kr" in asked

    @pytest.mark.parametrize("text", ["2 st Skärm à 3 100 kr", "Skärm, 2 st, 3 100 kr/st"])
    def test_and_answered_by_itself_it_loses_no_other(self, home: Harness, text: str) -> None:
        home.mail(f"{ORDER}{SCREEN}\n1 st Mus à 99 kr\n")
        answer(home, text, home.sent(RUT, "Rad 2"))
        assert lines_of(home) == [DELL, SCREENS, MOUSE]

    def test_and_an_answer_that_cannot_be_read_either_is_asked_back_again(self, home: Harness) -> None:
        home.mail(f"{ORDER}{SCREEN}\n")
        answer(home, "2 st Skärm 3 100", home.sent(RUT, "Rad 2"))
        assert home.orders() == 0
        answer(home, "2 st Skärm à 3 100 kr", home.sent(RUT, "2 st Skärm 3 100", "Rad 2"))
        assert lines_of(home) == [DELL, SCREENS]

    def test_beside_other_faults(self, home: Harness) -> None:
        home.mail(f"{ORDER}{SCREEN}\n1 st Mus à 1,234 kr\n".replace("Leverantör: Dustin AB\n", ""))
        asked = flat(home, RUT, "Leverantör", "Rad 2", "Rad 3", SCREEN)
        assert "2 rader efterfrågas" in asked
        answer(home, "Leverantör: Dustin AB\n2 st Skärm à 3 100 kr\n1 st Mus à 99 kr", home.sent(RUT, "Rad 2"))
        assert lines_of(home) == [DELL, SCREENS, MOUSE]

    def test_a_whole_list_replaces_all(self, home: Harness) -> None:
        home.mail(f"{ORDER}{SCREEN}\n1 st Mus à 99 kr\n")
        answer(home, "1 st Mus à 99 kr\n2 st Skärm à 3 100 kr", home.sent(RUT, "Rad 2"))
        assert lines_of(home) == [MOUSE, SCREENS]


class TestACorrection:
    def test_that_is_half_read_changes_nothing_before_its_other_half_is_clear(self, home: Harness) -> None:
        home.mail()
        answer(home, f"1 st Mus à 99 kr\n{SCREEN}")
        assert (home.order().version, lines_of(home)) == (1, [DELL])
        answer(home, "2 st Skärm à 3 100 kr", home.sent(RUT, "Rad 2", SCREEN))
        assert (home.order().version, lines_of(home)) == (2, [MOUSE, SCREENS])

    def test_that_holds_one_line_which_is_not_clear_changes_nothing(self, home: Harness) -> None:
        home.mail()
        answer(home, "Skärm 3 100 kr")
        assert (home.order().version, home.reasons()[-1]) == (1, "problems: unread_line")

    def test_names_what_it_took_as_text_on_top(self, home: Harness) -> None:
        home.mail()
        answer(home, f"Ny lista:\n1 st Mus à 99 kr\n{RING}")
        assert lines_of(home) == [MOUSE]
        assert NAMED in flat(home, RUT, "version 2")
        assert NAMED in flat(home, EVA, "version 1")


class TestWordsThatMakeTheLinesUnsure:
    def test_are_asked_back_until_lines_are_given_anew(self, home: Harness) -> None:
        home.mail(f"Utkast - beställ inte än\n\n{ORDER}")
        assert (home.orders(), home.reasons()[-1]) == (0, "problems: unsure_lines")
        assert "Utkast - beställ inte än" in flat(home, RUT, "inte komplett")
        answer(home, "Referens: R-1", home.relay.mails(RUT)[-1])
        assert (home.orders(), home.reasons()[-1]) == (0, "problems: unsure_lines")
        answer(home, "1 st Dell XPS 13 à 12 500 kr", home.relay.mails(RUT)[-1])
        assert (lines_of(home), home.order().content.notes) == ([DELL], ("Utkast - beställ inte än",))

    def test_in_a_correction_ask_what_its_lines_are_to_do(self, home: Harness) -> None:
        home.mail()
        answer(home, "Redan beställt:\n1 st Mus à 99 kr")
        assert home.reasons()[-1] == "problems: which_lines"
        answer(home, "Rad 2 utgår.\n\n1 st Dell XPS 13 à 12 500 kr\n1 st Mus à 99 kr")
        assert home.reasons()[-1] == "problems: unsure_lines"


class TestRunningText:
    def test_that_names_an_amount_stands_above_the_order_in_receipt_request_and_on_the_pages(
        self, home: Harness
    ) -> None:
        home.mail(f"{ORDER}\n{RING}\n")
        assert home.order().status is Status.PENDING
        for to, purpose in ((RUT, Purpose.ORDER), (EVA, Purpose.DECIDE)):
            shown = flat(home, to, f"/{purpose}/")
            assert NAMED in shown
            assert shown.index(NAMED) < shown.rindex("Dell XPS 13")
            with home.pages() as browser:
                page = browser.get(f"/{purpose}/{home.token(to, purpose)}").text
            assert NAMED in page

    def test_without_an_amount_stands_where_it_did(self, home: Harness) -> None:
        home.mail(f"{ORDER}\nRing om det blir dyrare.\n")
        assert home.count("", "lästes inte som orderrad") == 0

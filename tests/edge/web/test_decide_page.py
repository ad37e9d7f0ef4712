"""What stands where an approver looks: above the buttons is all that bears on the decision, and nothing untrue."""

from collections.abc import Iterator

import httpx
import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Status
from mailbot.flows.steps.decide import Action
from tests.edge.web.test_web import follow, push
from tests.support.harness import ANNA, EVA, ORDER, RUT, Harness, mail_to_bot

MANY = ORDER.replace("1 st Dell XPS 13 à 12 500 kr", "\n".join(f"{n} st Sladd {n} m à {n} kr" for n in range(1, 8)))


@pytest.fixture
def browser(home: Harness) -> Iterator[httpx.Client]:
    with home.pages() as made:
        yield made


def above(page: str) -> str:
    """Return the page up to its first button."""
    return page.partition("<button")[0].partition("<main>")[2]


def decide(home: Harness, browser: httpx.Client, who: str = EVA, query: str = "") -> str:
    response = browser.get(f"/decide/{home.token(who, Purpose.DECIDE)}{query}")
    assert response.status_code == 200
    return response.text


def test_what_the_requester_wrote_beside_and_what_they_attached_is_named_above_the_buttons(
    home: Harness, browser: httpx.Client
) -> None:
    mail = mail_to_bot(f"{MANY}\nOBS! Godkänn inte förrän jag har ringt dig.")
    mail.add_attachment(b"%PDF-1.4 an offer", maintype="application", subtype="pdf", filename="Offert.pdf")
    home.raw(mail.as_bytes())
    page = decide(home, browser)
    for words, place in (("OBS! Godkänn inte förrän", "notes"), ("1 fil", "files"), ("7 rader", "lines")):
        assert f'<a href="#{place}">{words}' in above(page)
        assert f'id="{place}"' in page


def test_the_last_question_and_its_answer_stand_above_the_buttons(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    token = home.token(EVA, Purpose.DECIDE)
    for question in ("Varför två?", "Räcker en?"):
        home.press(token, Action.ASK, question)
    assert "Räcker en?" in above(decide(home, browser))
    home.mail("Ja, en räcker.", subject=f"#{home.order().reference}")
    page = above(decide(home, browser))
    assert "Varför två?" not in page
    assert page.index("Räcker en?") < page.index("Ja, en räcker.")


def test_an_undone_decision_is_said_to_be_undone(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    path = f"/decide/{home.token(EVA, Purpose.DECIDE)}"
    approved = follow(browser, push(browser, browser.get(path), "approve"))
    undone = follow(browser, push(browser, approved, "undo"))
    assert "Ditt beslut är ångrat" in undone.text
    assert "Ditt beslut är ångrat" not in browser.get(path).text


def test_who_had_decided_is_told_that_a_correction_has_undone_it_and_nobody_else_is(
    home: Harness, browser: httpx.Client
) -> None:
    home.mail()
    token = home.token(EVA, Purpose.DECIDE)
    home.press(token, Action.APPROVE)
    home.mail("Referens: RR2", subject=f"#{home.order().reference}")
    fallen = "så ditt beslut gäller inte längre"
    assert fallen in above(decide(home, browser))
    home.hand_over(EVA, ANNA)
    assert fallen not in decide(home, browser, ANNA)
    home.press(token, Action.APPROVE)
    assert fallen not in decide(home, browser)


def test_to_reject_asks_for_the_reason_first(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    assert "Skäl, så att Rut Rask vet vad som ska ändras" in decide(home, browser, query="?choice=reject")
    assert "Kommentar, om du har någon" in decide(home, browser, query="?choice=approve")


def test_why_it_goes_to_purchasing_stands_with_where_it_goes(home: Harness, browser: httpx.Client) -> None:
    home.mail(ORDER.replace("Dustin AB", "Okänd AB"))
    page = decide(home, browser)
    assert "Om den godkänns går den till inköpsfunktionen. Leverantören finns inte i registret." in above(page)


def test_of_an_order_of_ones_own_nobody_is_asked_and_it_goes_back_to_oneself(
    home: Harness, browser: httpx.Client
) -> None:
    home.mail(sender=EVA)
    page = decide(home, browser)
    assert "tillbaka till dig" in page
    assert 'value="ask"' not in page


def test_many_changes_are_folded_so_that_the_buttons_stay_near(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    home.mail("Referens: RR2", subject=f"#{home.order().reference}")
    assert '<section class="changes">' in decide(home, browser)
    home.mail("\n".join(f"{n} st Sladd {n} m à {n} kr" for n in range(1, 30)), subject=f"#{home.order().reference}")
    page = decide(home, browser)
    assert '<details class="changes">' in page
    assert "och 9 ändrade rader till" in page


def test_a_mail_is_confirmed_once_and_the_page_says_so_afterwards(home: Harness, browser: httpx.Client) -> None:
    home.mail(peer="192.0.2.7")
    path = f"/confirm/{home.token(RUT, Purpose.CONFIRM)}"
    assert "Har du skickat det här mejlet?" in browser.get(path).text
    push(browser, browser.get(path), "")
    again = browser.get(path).text
    assert "Du har redan bekräftat mejlet" in again
    assert "<button" not in again


def test_unit_and_sum_in_both_bases_stand_above_the_buttons(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    page = above(decide(home, browser)).replace("\N{NO-BREAK SPACE}", " ")
    assert "12 500,00 kr" in page
    assert "15 625,00 kr med moms" in page
    assert "Rut Rask, Institutionen för datavetenskap" in page


class TestARejectionWithoutAReason:
    def test_is_asked_about_once_and_then_made(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        path = f"/decide/{home.token(EVA, Purpose.DECIDE)}"
        asked = push(browser, browser.get(path), "reject")
        assert "Skriv varför, eller avslå ändå." in asked.text
        assert home.order().status is Status.PENDING
        browser.post(path, data={"anyway": "reject", "version": "1", "destination": "supplier", "comment": ""})
        assert home.order().status is Status.REJECTED

    def test_with_one_is_made_at_once(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        push(browser, browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}"), "reject", comment="Finns i förrådet")
        assert home.order().status is Status.REJECTED

    def test_of_ones_own_order_is_not_asked_about(self, home: Harness, browser: httpx.Client) -> None:
        home.mail(sender=EVA)
        push(browser, browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}"), "reject")
        assert home.order().status is Status.REJECTED


def test_the_history_names_who_handed_over_and_to_whom(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    home.hand_over(EVA, ANNA)
    page = decide(home, browser, ANNA)
    assert "<b>Skickad vidare till Anna Ask</b>, Eva Ek" in page

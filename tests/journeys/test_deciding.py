"""From an order mail to the receiving address: what a decision leads to."""

from collections.abc import Iterator
from email.utils import parseaddr

import pytest

from tests.journeys.browser import head, link, visit
from tests.journeys.people import FORM, LAPTOP, asked, place
from tests.support.process import ANNA, DUSTIN, EVA, PURCHASING, RUT, Served, mail, serving
from tests.support.relay import text_of


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("deciding")) as served:
        yield served


def test_an_approved_order_is_mailed_to_the_suppliers_registered_address(bot: Served) -> None:
    order = place(bot, LAPTOP, reference="REF-APPROVED")

    order.page().press("approve")

    sent = bot.wait(DUSTIN, order.number)
    assert parseaddr(sent["To"]) == ("Dustin AB", DUSTIN)
    assert parseaddr(sent["Reply-To"])[1] == RUT
    assert "Dell XPS 13" in text_of(sent)
    assert "doktorand" not in sent.as_string()  # the reason is for the approver
    assert "/decide/" not in sent.as_string()
    assert link(bot.wait(EVA, order.number, "/not-me/"), "not-me")
    assert bot.wait(RUT, order.number, "/order/", "Eva Ek")
    assert not bot.sent(PURCHASING, order.number)


def test_what_somebody_gets_is_decided_as_any_other_order_where_no_table_says_otherwise(bot: Served) -> None:
    bot.hand_in(mail(FORM.format(reference="REF-FOR-EVA\nAvser person: Eva Ek", lines=LAPTOP)))
    order = asked(bot, "REF-FOR-EVA")

    order.page().press("approve")

    assert bot.wait(DUSTIN, order.number)


def test_who_may_decide_is_not_asked_for_whom_they_order_where_the_profile_does_not_ask(bot: Served) -> None:
    bot.hand_in(mail(FORM.format(reference="REF-BY-HEAD", lines=LAPTOP), sender=ANNA))

    assert bot.wait(EVA, "REF-BY-HEAD")


def test_opening_and_scanning_links_decides_nothing(bot: Served) -> None:
    order = place(bot, reference="REF-SCANNED")
    approve = link(order.request, "decide")
    reject = approve.replace("choice=approve", "choice=reject")
    assert approve in text_of(order.request)
    assert reject in text_of(order.request)

    for url in (approve, reject, approve, link(order.receipt, "disown"), link(order.receipt, "order")):
        assert head(url) == visit(url).status == 200

    assert {"approve", "approve_with_comment", "reject"} <= set(order.page().buttons)
    assert not bot.sent(EVA, order.number, "/not-me/")
    assert len(bot.sent(RUT, order.number)) == 1


def test_a_rejected_order_goes_back_to_its_requester_with_the_comment_and_a_copy_to_edit(bot: Served) -> None:
    order = place(bot, LAPTOP, reference="REF-REJECTED")

    visit(link(order.request, "decide").replace("choice=approve", "choice=reject")).press(
        "reject", comment="Det finns en i förrådet."
    )

    back = bot.wait(RUT, order.number, "Det finns en i förrådet.")
    assert "Leverantör: Dustin AB" in text_of(back)
    assert "Dell XPS 13; 1; st;" in text_of(back)
    assert not bot.sent(DUSTIN, order.number)
    assert not bot.sent(PURCHASING, order.number)


def test_an_order_one_ore_over_the_limit_goes_to_purchasing(bot: Served) -> None:
    order = place(bot, "1 st Arbetsstation à 15 000,01 kr", reference="REF-LARGE")

    order.page().press("approve")

    assert "15 000,01" in text_of(bot.wait(PURCHASING, order.number)).replace("\u00a0", " ")
    assert not bot.sent(DUSTIN, order.number)


def test_an_order_of_exactly_the_limit_goes_to_the_supplier(bot: Served) -> None:
    order = place(bot, "2 st Arbetsstation à 7 500,00 kr", reference="REF-EXACT")

    order.page().press("approve")

    assert bot.wait(DUSTIN, order.number)
    assert not bot.sent(PURCHASING, order.number)


def test_a_commented_order_goes_to_purchasing_with_the_comment_and_the_original_mail(bot: Served) -> None:
    order = place(bot, LAPTOP, reference="REF-COMMENTED")

    order.page().press("approve_with_comment", comment="Ta den svenska modellen.")

    sent = bot.wait(PURCHASING, order.number, "Ta den svenska modellen.")
    [original] = sent.iter_attachments()
    raw = original.get_payload(decode=True)
    assert isinstance(raw, bytes)
    assert raw.startswith(b"From: rut.rask@example.se")
    assert b"Referens: REF-COMMENTED" in raw
    assert not bot.sent(DUSTIN, order.number)


def test_a_plain_approval_with_a_comment_is_asked_once_more_before_it_goes_to_purchasing(bot: Served) -> None:
    order = place(bot, LAPTOP, reference="REF-ASKED-AGAIN")

    again = order.page().press("approve", comment="Ta den svenska modellen.")

    assert again.forms[0].buttons == ["approve_with_comment", "reject"]
    again.press("approve_with_comment", comment="Ta den svenska modellen.")
    assert bot.wait(PURCHASING, order.number, "Ta den svenska modellen.")
    assert not bot.sent(DUSTIN, order.number)


def test_a_second_press_learns_who_decided_and_decides_nothing(bot: Served) -> None:
    order = place(bot, LAPTOP, reference="REF-TWICE")
    first, second = order.page(), order.page()

    first.press("approve")
    late = second.press("reject", comment="Nej.")

    assert late.status == 409
    assert "Eva Ek" in late.text
    assert bot.wait(DUSTIN, order.number)
    assert not bot.sent(RUT, order.number, "Nej.")


def test_any_approver_of_the_unit_decides_from_a_link_of_their_own(bot: Served) -> None:
    order = place(bot, LAPTOP, reference="REF-COLLEAGUE")
    bot.hand_in(mail("", sender="anna.ask@example.se", subject="lista"))

    listed = bot.wait("anna.ask@example.se", order.number)
    page = visit(link(listed, "decide", about=order.number))
    page.press("approve")

    assert "Anna Ask" in page.text
    assert bot.wait("anna.ask@example.se", order.number, "/not-me/")
    assert bot.wait(DUSTIN, order.number)


def test_a_correction_by_answering_the_receipt_makes_version_2_which_old_links_show(bot: Served) -> None:
    order = place(bot, LAPTOP, reference="REF-CORRECTED")
    stale = order.page()
    assert stale.version == "1"

    bot.hand_in(mail("1 st Dell XPS 13 à 9 900 kr\n", subject="Sv: Beställning", answers=order.receipt))
    bot.all(EVA, order.number, count=2)

    assert stale.press("approve").status == 409
    page = order.page()
    assert page.version == "2"
    assert "9 900,00" in page.text.replace("\u00a0", " ")
    page.press("approve")
    sent = text_of(bot.wait(DUSTIN, order.number)).replace("\u00a0", " ")
    assert "9 900,00" in sent
    assert "12 500" not in sent
    assert len(bot.sent(DUSTIN, order.number)) == 1


def test_a_damaged_link_gets_a_page_of_its_own(bot: Served) -> None:
    order = place(bot, LAPTOP, reference="REF-DAMAGED")
    whole = link(order.request, "decide").partition("?")[0]

    for url in (whole[:-3], f"{whole}x", whole.replace("/decide/", "/order/"), f"{bot.base_url}/decide/x"):
        page = visit(url)
        assert page.status == 404
        assert order.number not in page.text
        assert not page.forms


def test_a_mail_that_is_no_order_is_answered_with_the_form(bot: Served) -> None:
    bot.hand_in(mail("Hej! Hur gör jag för att köpa en stol?", subject="En fråga om stolar", sender="ny@example.se"))

    assert "Leverantör:" in text_of(bot.wait("ny@example.se"))

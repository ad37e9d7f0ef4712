"""Suppliers as people write them: the register's own, nearly the register's, and others (issue of rights, point 8)."""

from tests.flows.incoming.test_answers import open_mailto, told
from tests.support.harness import EVA, ORDER, RUT, Harness
from tests.support.relay import text_of


def first_words(home: Harness, to: str, *words: str) -> str:
    """Return what the newest mail with these words says right below its heading."""
    return text_of(home.sent(to, *words)).strip().split("\n\n")[1]


def test_a_name_without_its_company_form_is_the_registered_supplier(home: Harness) -> None:
    home.mail(ORDER.replace("Dustin AB", "dustin"))
    assert home.order().content.supplier == "Dustin AB"
    home.approve()
    home.later(minutes=6)
    assert home.order().status == "sent"


def test_a_near_name_is_one_press_from_the_registered_one(home: Harness) -> None:
    home.mail(ORDER.replace("Dustin AB", "Dustin Home"))
    assert home.orders() == 0
    open_mailto(home, home.sent(RUT), "Open the reply" if "Open the reply" in told(home, RUT) else "Öppna svaret")
    assert home.order().content.supplier == "Dustin AB"


def test_a_near_name_is_one_press_from_itself(home: Harness) -> None:
    home.mail(ORDER.replace("Dustin AB", "Dustin Home"))
    open_mailto(home, home.sent(RUT), "%22Dustin%20Home%22")
    assert (home.order().content.supplier, home.order().content.supplier_id) == ("Dustin Home", None)


def test_a_missing_supplier_is_one_press_away(home: Harness) -> None:
    home.mail(ORDER.replace("Leverantör: Dustin AB\n", ""))
    open_mailto(home, home.sent(RUT), "Atea%20Sverige%20AB")
    assert home.order().content.supplier == "Atea Sverige AB"


def test_an_unknown_supplier_is_said_first_in_receipt_and_request(home: Harness) -> None:
    home.mail(ORDER.replace("Dustin AB", "Kinnarps AB"))
    for to, page in ((RUT, "/disown/"), (EVA, "/decide/")):
        assert "Kinnarps AB finns inte i leverantörsregistret" in first_words(home, to, page)
    assert home.order().content.supplier == "Kinnarps AB"

"""From a head's mail to the new approver's first decision: nothing counts before purchasing has confirmed."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.journeys.browser import head, link, visit
from tests.support.process import ANNA, DUSTIN, EVA, PURCHASING, RUT, Served, mail, serving
from tests.support.relay import text_of

ORJAN, MARTA = "orjan.astrom@example.se", "marta.ost@example.se"
SCHEME = """\
Hej! Här är vår beställningsordning.

Enhet: cs
Godkännare: Örjan Åström
Från:

Godkännare: Anna Ask
Upphör: nu

Hälsningar
Eva
"""
ORDER = """\
Enhet: cs
Godkännare: {approver}
Leverantör: Dustin AB
Referens: {reference}

1 st Dell XPS 13 à 12 500 kr
"""


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("appointment")) as served:
        yield served


def scheme(text: str = SCHEME, document: bytes | None = b"%PDF-1.7\nbeslut") -> EmailMessage:
    made = mail(text, sender=EVA, subject="Beställningsordning")
    if document:
        made.add_attachment(document, maintype="application", subtype="pdf", filename="beslut.pdf")
    return made


def test_from_appointment_by_mail_to_the_first_decision(bot: Served) -> None:
    bot.hand_in(mail(ORDER.format(approver="Anna Ask", reference="REF-WAITS")))
    request = bot.wait(ANNA, "REF-WAITS", "/decide/")

    bot.hand_in(scheme(document=None))
    assert "Dokumentet saknas" in text_of(bot.wait(EVA, "sak att rätta"))
    for to in (ANNA, EVA, PURCHASING):  # taking away waits for nobody
        assert bot.wait(to, "Eva Ek har återtagit rätt")
    assert bot.wait(RUT, "Rätten att besluta har ändrats")  # Anna's waiting order has moved

    bot.hand_in(scheme(SCHEME.partition("Godkännare: Anna Ask")[0]))
    asked = bot.wait(PURCHASING, "/appointment/")
    assert "Örjan Åström" in text_of(asked)
    assert bot.wait(EVA, "Inget har ändrats än")

    shared = link(asked, "appointment")
    page = visit(shared)
    assert head(shared) == page.status == 200
    page.press()  # the only button is Märta's: nobody else has a purchasing right
    personal = link(bot.wait(MARTA, "/appoint/"), "appoint")
    assert head(personal) == visit(personal).status == 200
    assert not bot.sent(ORJAN)

    settled = visit(personal).press("confirm")
    assert "Märta Öst bekräftade ändringen" in settled.text
    for to in (ORJAN, EVA, PURCHASING):
        assert bot.wait(to, "Märta Öst bekräftade")

    late = visit(link(request, "decide")).press
    with pytest.raises(AssertionError, match="no button"):
        late("approve")  # her page has no such button any more

    bot.hand_in(mail(ORDER.format(approver="Örjan Åström", reference="REF-FIRST")))
    first = bot.wait(ORJAN, "REF-FIRST", "/decide/")
    visit(link(first, "decide")).press("approve")
    assert bot.wait(DUSTIN, "REF-FIRST")


def test_a_scheme_from_somebody_who_heads_nothing_changes_nothing(bot: Served) -> None:
    made = scheme()
    made.replace_header("From", RUT)
    bot.hand_in(made)
    assert "Be enhetens chef" in " ".join(text_of(bot.wait(RUT, "togs inte emot")).split())

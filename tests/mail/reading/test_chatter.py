"""What of an order's mail is a message to the approver, and what only stands around it."""

import pytest

from mailbot.domain.values.order import Form
from mailbot.mail.reading.intake import take_in

FIELDS = "Enhet: cs\nGodkännare: Anna Ask\nLeverantör: Dustin AB\n"
LINE = "2 st Mus MX à 400 kr\n"


def notes(text: str) -> tuple[str, ...]:
    """Return the message of an order with this text, from Rut Rask."""
    mail = f"From: Rut Rask <rut.rask@example.se>\nSubject: x\nContent-Type: text/plain; charset=utf-8\n\n{text}"
    form = take_in(mail.encode(), "rut.rask@example.se").form
    assert isinstance(form, Form)
    assert len(form.lines) == 1
    return form.notes


@pytest.mark.parametrize(
    "text",
    [
        f"Hej!\n\n{FIELDS}{LINE}",
        f"Hej Anna,\n\n{FIELDS}{LINE}\nTack på förhand!\nRut",
        f"{FIELDS}{LINE}\nMvh Rut",
        f"{FIELDS}{LINE}\nMed vänliga hälsningar\nRut Rask\nInstitutionen för datavetenskap\nTelefon 090-786 50 00",
        f"{FIELDS}\nJag behöver:\n\n{LINE}",
        f"Vi behöver följande till labbet:\n{LINE}\n{FIELDS}",
        f"{FIELDS}{LINE}\nTel: 090-786 50 00\n",
        f"{FIELDS}{LINE}\n+46 90 786 50 00\n",
        f"Hi all,\n{FIELDS}{LINE}\nKind regards,\nRut Rask\nPhone +46 90 786 50 00",
    ],
)
def test_a_greeting_a_signature_a_telephone_line_and_what_leads_to_lines_are_no_message(text: str) -> None:
    assert notes(text) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"Hej Anna, den gamla musen är trasig\n{FIELDS}{LINE}", ("Hej Anna, den gamla musen är trasig",)),
        (f"{FIELDS}{LINE}\nMvh Rut\n\nPS. Kan du svara innan fredag?", ("PS. Kan du svara innan fredag?",)),
        (f"{FIELDS}{LINE}\nLeverera till:\nMIT-huset rum 12\n", ("Leverera till:", "MIT-huset rum 12")),
        (f"{FIELDS}{LINE}\nRing mig på 090-786 50 00 när det kommer\n", ("Ring mig på 090-786 50 00 när det kommer",)),
        (f"Mvh Rut\n\nTa den svarta, inte den vita\n{FIELDS}{LINE}", ("Ta den svarta, inte den vita",)),
    ],
)
def test_what_tells_something_stays(text: str, said: tuple[str, ...]) -> None:
    assert notes(text) == said


def test_what_names_an_amount_stays_even_in_a_signature() -> None:
    assert "Projektet har 900 kr kvar" in notes(f"{FIELDS}{LINE}\nMvh Rut\nProjektet har 900 kr kvar")

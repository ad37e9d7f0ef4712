"""A house with a tree of units and a purchasing office, and heads who mail order schemes to it."""

from dataclasses import replace
from datetime import date
from email.message import EmailMessage

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import RightKind
from mailbot.flows.pages.confirm_appointment import (
    ProposalAction,
    ProposalAnswer,
    ProposalPage,
    act_as,
    answer_proposal,
    see_proposal,
)
from tests.support.harness import HEAD, ORGANISATION, PURCHASING, Harness, mail_to_bot
from tests.support.stated import StatedPerson, StatedRight, StatedUnit

MARTA, PIA, DEAN, DORA = "marta.ost@example.se", "pia.palm@example.se", "dan.dahl@example.se", "dora.dal@example.se"
FIRST = date(2026, 1, 1)
TREE = replace(
    ORGANISATION,
    persons=(
        *ORGANISATION.persons,
        StatedPerson("Märta Öst", MARTA),
        StatedPerson("Pia Palm", PIA),
        StatedPerson("Dan Dahl", DEAN),
        StatedPerson("Dora Dal", DORA, aliases=(), units=("cs",)),
    ),
    units=(
        *(replace(unit, parent="fac") if unit.id == "cs" else unit for unit in ORGANISATION.units),
        StatedUnit("fac", "Fakulteten", head=DEAN),
    ),
    rights=(
        *ORGANISATION.rights,
        StatedRight(MARTA, "tom", RightKind.PURCHASING, valid_from=FIRST),
        StatedRight(PIA, "fac", RightKind.PURCHASING, valid_from=FIRST),
        StatedRight(DORA, "cs", RightKind.APPOINT, valid_from=FIRST),
    ),
)
"""Hedvig heads cs, Dan the faculty above it; Dora may appoint in cs; Märta and Pia are the purchasing office."""

RUT_INSTEAD_OF_EVA = """\
Beställningsordning

Enhet: cs
Godkännare: Rut Rask
Från: 2026-03-02

Godkännare: Eva Ek
Upphör: nu
"""
RUT_TOO = RUT_INSTEAD_OF_EVA.partition("\nGodkännare: Eva Ek")[0]
EVA_ENDS = "Beställningsordning\nEnhet: cs\nGodkännare: Eva Ek\nUpphör: nu\n"
DOCUMENT = b"%PDF-1.7\nBeslut om best\xe4llningsordning\n%%EOF"


def scheme_mail(
    text: str = RUT_INSTEAD_OF_EVA,
    *,
    sender: str = HEAD,
    subject: str = "Beställningsordning",
    document: bytes | None = DOCUMENT,
    answers: EmailMessage | None = None,
) -> EmailMessage:
    """Return the mail of a head, with a document unless there is to be none."""
    mail = mail_to_bot(text, sender=sender, subject=subject, answers=answers)
    if document is not None:
        mail.add_attachment(document, maintype="application", subtype="pdf", filename="beslut.pdf")
    return mail


def send(
    home: Harness, text: str = RUT_INSTEAD_OF_EVA, *, sender: str = HEAD, document: bytes | None = DOCUMENT
) -> None:
    """Let a head's mail come in."""
    home.raw(scheme_mail(text, sender=sender, document=document).as_bytes(), mail_from=sender)


def personal(home: Harness, address: str = MARTA) -> str:
    """Press `act as` on the shared page, and return the token mailed to that person."""
    shared = home.token(PURCHASING, Purpose.APPOINTMENT)
    act_as(home.bot, shared, home.person(address).id, home.now)
    home.settle()
    return home.token(address, Purpose.APPOINT)


def proposal_page(home: Harness, token: str, purpose: Purpose = Purpose.APPOINT) -> ProposalPage:
    """Return what a link's page shows."""
    found = see_proposal(home.bot, purpose, token, home.now)
    assert isinstance(found, ProposalPage), found
    return found


def settle(home: Harness, token: str, choice: ProposalAction = ProposalAction.CONFIRM, reason: str = "") -> object:
    """Open a personal link and press one of its buttons."""
    outcome = answer_proposal(
        home.bot, token, ProposalAnswer(choice, proposal_page(home, token).marks, reason), home.now
    )
    home.settle()
    return outcome


def approvers(home: Harness, unit: str = "cs") -> list[str]:
    """Return the names of who may decide the unit's orders today."""
    with home.bot.database.read() as connection:
        known = home.bot.directory(connection)
    return [p.name for p in known.holders(unit, RightKind.ORDER, home.bot.day(home.now))]

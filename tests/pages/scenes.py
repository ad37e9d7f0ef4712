"""Orders of every kind, and where their pages are: what the tests of pages open and the screenshots show."""

from dataclasses import dataclass, field
from email.message import EmailMessage

from mailbot.domain.notices import Purpose
from mailbot.flows.decide import Action
from mailbot.flows.withdraw import withdraw
from tests.support.house import ANNA, EVA, RUT, House, letter

LAPTOPS = """\
Enhet: Institutionen för datavetenskap
Godkännare: Eva Ek
Leverantör: Dustin AB
Kontering: 2310-1150-4411
Avtal: Datorer 2025-118
Referens: RR-0417
Avser person: Olle Öberg
Motivering: Ny doktorand börjar 15 mars
Leveransadress: Kemihuset, plan 4, 907 36 Umeå

1 st Dell XPS 13 à 10 400 kr
1 st Dockningsstation WD22 à 1 890 kr
"""
SERVER = """\
Enhet: cs
Godkännare: Eva Ek
Leverantör: Atea Sverige AB
Kontering: 2310-1150-9900
Motivering: Ersätter servern som gick sönder i fredags
Totalt: 64 000 kr

Artikelnr; Benämning; Antal; Enhet; À-pris
PE-R760; Dell PowerEdge R760 rackserver; 1; st; 58 000,00
SSD-960; SSD 960 GB; 4; st; 1 200,00

Ring mig gärna om något är oklart.
"""
SCREEN = """\
Enhet: cs
Godkännare: Anna Ask
Leverantör: Dustin AB

2 st Skärm 27 tum à 3 100 kr
"""
CABLES = """\
Enhet: cs
Godkännare: Eva Ek
Leverantör: Kabelboden
Moms: inkl 25

10 st HDMI-kabel 2 m à 89 kr
"""
OWN = SCREEN.replace("Anna Ask", "Eva Ek").replace("2 st Skärm 27 tum à 3 100 kr", "1 st Tangentbord à 1 250 kr")


@dataclass
class Scene:
    """A bot with its orders; `paths` are the pages by name, each as its person's link opens it."""

    home: House
    paths: dict[str, str] = field(default_factory=dict)

    def link(self, name: str, to: str, purpose: Purpose, *words: str, query: str = "") -> None:
        self.paths[name] = f"/{purpose}/{self.home.token(to, purpose, *words)}{query}"


def with_files(text: str) -> EmailMessage:
    """Return an order mail with two files."""
    mail = letter(text)
    mail.add_attachment(b"%PDF-1.4 an offer", maintype="application", subtype="pdf", filename="Offert 4711.pdf")
    mail.add_attachment("Hej då".encode(), maintype="text", subtype="plain", filename="anteckning.txt")
    return mail


def stage(home: House) -> Scene:
    """Let orders of every kind come in and be dealt with, over a week."""
    scene = Scene(home)
    _left(scene)
    _waiting(scene)
    _decided(scene)
    _over(scene)
    return scene


def _left(scene: Scene) -> None:
    home = scene.home
    for name, text in (("sent", SCREEN.replace("Anna Ask", "Eva Ek")), ("with_purchasing", SERVER)):
        home.mail(text)
        number = home.order().number
        scene.link(name, EVA, Purpose.DECIDE, number)
        scene.link(f"requester_{name}", RUT, Purpose.ORDER, number)
        home.press(home.token(EVA, Purpose.DECIDE, number), Action.APPROVE)
    home.later(minutes=6)


def _waiting(scene: Scene) -> None:
    home = scene.home
    home.raw(with_files(SERVER).as_bytes())
    home.later(hours=30)
    home.mail(CABLES)
    home.mail(OWN, sender=EVA)
    home.later(hours=2)
    home.raw(with_files(LAPTOPS).as_bytes())
    home.mail(
        "Referens: RR-0418\n\n1 st Dell XPS 13 à 10 900 kr\n1 st Dockningsstation WD22 à 1 890 kr",
        subject=f"#{home.order().reference}",
    )
    scene.link("pending", EVA, Purpose.DECIDE, "IT-2026-00006")
    scene.link("requester_pending", RUT, Purpose.ORDER, "IT-2026-00006")
    home.mail(SCREEN)
    home.mail(LAPTOPS)
    scene.link("plain", EVA, Purpose.DECIDE, home.order().number)
    scene.paths["resign"] = f"{scene.paths['plain']}/resign"
    scene.link("large", EVA, Purpose.DECIDE, "IT-2026-00003")
    scene.link("unknown_supplier", EVA, Purpose.DECIDE, "IT-2026-00004")
    scene.link("own", EVA, Purpose.DECIDE, "IT-2026-00005")
    scene.link("list", EVA, Purpose.LIST)
    scene.link("disown", RUT, Purpose.DISOWN, "IT-2026-00007")


def _decided(scene: Scene) -> None:
    home = scene.home
    for name, action, comment in (
        ("approved", Action.APPROVE, ""),
        ("commented", Action.APPROVE_WITH_COMMENT, "Be om rabatt för fem stycken."),
        ("rejected", Action.REJECT, "Vi har redan skärmar i förrådet."),
    ):
        home.mail(SCREEN.replace("Anna Ask", "Eva Ek"))
        number = home.order().number
        scene.link(name, EVA, Purpose.DECIDE, number)
        scene.link(f"requester_{name}", RUT, Purpose.ORDER, number)
        home.press(home.token(EVA, Purpose.DECIDE, number), action, comment)
    scene.link("not_me", EVA, Purpose.NOT_ME)


def _over(scene: Scene) -> None:
    home = scene.home
    home.mail(SCREEN)
    number = home.order().number
    scene.link("withdrawn", ANNA, Purpose.DECIDE, number)
    scene.link("requester_withdrawn", RUT, Purpose.ORDER, number)
    withdraw(home.bot, Purpose.ORDER, home.token(RUT, Purpose.ORDER, number), home.now)
    home.mail(LAPTOPS, peer="192.0.2.7")
    scene.link("confirm", RUT, Purpose.CONFIRM)
    scene.paths["damaged"] = "/decide/x"
    home.mail(SCREEN, sender="nils.ny@example.se")
    scene.link("requester_unknown_before", "nils.ny@example.se", Purpose.ORDER)
    scene.link("unknown_before", ANNA, Purpose.DECIDE, home.order().number)

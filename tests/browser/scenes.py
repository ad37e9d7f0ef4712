"""Orders of every kind, and where their pages are: what the tests of pages open and the screenshots show."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import RightKind
from mailbot.domain.values.money import Money
from mailbot.edge.web.login import Login
from mailbot.edge.web.server import WRONG_LINKS_A_MINUTE
from mailbot.flows.pages.withdraw import withdraw
from mailbot.flows.steps.attest_plan import mail_plan
from mailbot.flows.steps.decide import Action
from tests.browser.chromium import Visitor
from tests.support import appointments
from tests.support.appointments import DEAN, DORA, FIRST, RUT_INSTEAD_OF_EVA, TREE
from tests.support.harness import ANNA, EVA, HEAD, PURCHASING, RUT, START, Harness, harness, mail_to_bot
from tests.support.stated import StatedPerson, StatedRight, StatedUnit

if TYPE_CHECKING:
    import httpx

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


LARS, LENA = "lars.lund@example.se", "lena.lind@example.se"
PEOPLE = replace(
    TREE,
    persons=(*TREE.persons, StatedPerson("Lars Lund", LARS), StatedPerson("Lena Lind", LENA)),
    units=(*TREE.units, StatedUnit("lab", "Laboratoriet för livsmedelsteknik", head=DEAN)),
    rights=(
        *TREE.rights,
        StatedRight(LARS, "lab", RightKind.ORDER, valid_from=FIRST),
        StatedRight(LENA, "lab", RightKind.ORDER, valid_from=FIRST),
        StatedRight(DORA, "fac", RightKind.ORDER, valid_from=FIRST),
    ),
)
"""The lab has its own approvers, so that what happens to them leaves Eva's pages alone."""
IN_THE_LAB = SCREEN.replace("Enhet: cs", "Enhet: lab").replace("Anna Ask", "Lars Lund")
CABINET = IN_THE_LAB.replace("2 st Skärm 27 tum à 3 100 kr", "1 st Klimatskåp à 124 000 kr")
MANY_LINES = "\n".join(f"1 st Nätverkskabel kategori 6, {n} m à {20 + n} kr" for n in range(1, 301))
CODE_ABOVE = Money(Decimal(100_000))
OLLE_TOO = "Beställningsordning\n\nEnhet: fac\nGodkännare: Olle Ö\n"
"""An order scheme of the faculty; of two of them the second finds that he has the right already."""

LOGIN = "X-Auth-Request-Email"

ON_THE_WAY = "lab_"
"""How the pages are named from which others are reached, and which are like some that are there anyway."""

Act = Callable[[Visitor], None]


@dataclass
class Scene:
    """A bot with its orders; `paths` are the pages by name, each as its person's link opens it.

    `acts` are the pages that only show once something was done on another: some decide, so each is done once.
    """

    home: Harness
    paths: dict[str, str] = field(default_factory=dict)
    acts: dict[str, Act] = field(default_factory=dict)

    def link(self, name: str, to: str, purpose: Purpose, *words: str, query: str = "") -> None:
        self.paths[name] = f"/{purpose}/{self.home.token(to, purpose, *words)}{query}"

    def show(self, at: Visitor, name: str) -> None:
        """Lead a visitor to a page."""
        if name in self.acts:
            self.acts[name](at)
        else:
            at.open(self.paths[name])

    def after(self, name: str, path: str, *steps: str | tuple[str, str]) -> None:
        """Add the page that follows on these steps: a button to press, or a field and what to write there."""

        def act(at: Visitor) -> None:
            at.open(self.paths.get(path, path))
            # Also what a page keeps folded.
            at.ask("document.querySelectorAll('details').forEach(d => { d.open = true })")
            for step in steps:
                if isinstance(step, str):
                    at.press(step)
                else:
                    at.page.fill(*step)

        self.acts[name] = act


@contextmanager
def peopled(folder: Path) -> Iterator[Harness]:
    """Give a bot of which every page can be had: it asks for a code above an amount that few orders reach."""
    with harness(folder, organisation=PEOPLE, step_up_above=CODE_ABOVE) as home:
        yield home


@contextmanager
def serving(home: Harness) -> Iterator["httpx.Client"]:
    """Serve its pages with the order form, and behind a proxy that may say who is logged in."""
    with home.pages(Login(LOGIN, [ip_network("127.0.0.1")]), order_form=True) as client:
        yield client


@contextmanager
def staged(folder: Path) -> Iterator[Scene]:
    """Give a bot with everything that there are pages of."""
    with peopled(folder) as home:
        yield stage(home)


def with_files(text: str) -> EmailMessage:
    """Return an order mail with two files."""
    mail = mail_to_bot(text)
    mail.add_attachment(b"%PDF-1.4 an offer", maintype="application", subtype="pdf", filename="Offert 4711.pdf")
    mail.add_attachment("Hej då".encode(), maintype="text", subtype="plain", filename="anteckning.txt")
    return mail


def stage(home: Harness) -> Scene:
    """Let orders of every kind come in and be dealt with, over a week."""
    scene = Scene(home)
    _left(scene)
    _waiting(scene)
    _decided(scene)
    _over(scene)
    _long(scene)
    _in_the_lab(scene)
    _appointing(scene)
    _form(scene)
    _dead_ends(scene)
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


def _long(scene: Scene) -> None:
    """An order of many lines for Anna, on sheets."""
    scene.home.mail(SCREEN.replace("2 st Skärm 27 tum à 3 100 kr", MANY_LINES))
    scene.link("long", ANNA, Purpose.DECIDE)
    for number in (1, 2):
        scene.paths[f"sheet_{number}"] = f"{scene.paths['long']}/all/{number}"


def _in_the_lab(scene: Scene) -> None:
    """Orders of a unit with a long list: one for each thing that can be done to one."""
    home = scene.home
    for _ in range(31):
        home.store(mail_to_bot(IN_THE_LAB).as_bytes())
    home.settle()
    lately = [row[0] for row in home.query("SELECT number FROM orders ORDER BY id DESC LIMIT 9")]
    home.mail(IN_THE_LAB.replace("2 st Skärm 27 tum à 3 100 kr", "1 st Beräkningskluster à 54 195 050 kr"))
    scene.link("costly", LARS, Purpose.DECIDE)
    scene.link("long_list", LARS, Purpose.LIST)
    scene.paths["long_list_2"] = f"{scene.paths['long_list']}/page/2"
    for name in ("asked", "handed", "recused", "undone", "decided"):
        scene.link(f"lab_{name}", LARS, Purpose.DECIDE, lately.pop())
    scene.link("lab_disown", RUT, Purpose.DISOWN, lately.pop())
    scene.link("lab_order", RUT, Purpose.ORDER, lately.pop())
    scene.link("lab_resign", LENA, Purpose.DECIDE, _for_lena(home))

    # As without script, where nothing follows the comment.
    scene.acts["comment_missing"] = _unfollowed(scene, "[value=approve_with_comment]", "")
    scene.acts["comment_asked"] = _unfollowed(scene, "[value=approve]", "Be om rabatt")
    scene.after("asked", "lab_asked", ("#question", "Varför två?"), "[value=ask]")
    scene.after("handed", "lab_handed", "[value=hand_over]")
    scene.after("recused", "lab_recused", ("#why", "Min brors firma"), "[value=recuse]")
    scene.after("undone", "lab_undone", "[value=reject]", "[value=undo]")
    scene.after("resign", "lab_resign", "a[href$='/resign']")
    scene.after("disowned", "lab_disown", ".no")
    scene.after("withdrawn_just_now", "lab_order", ".no")
    scene.after("confirmed", "confirm", ".main")
    _codes(scene)
    _logins(scene)


def _unfollowed(scene: Scene, button: str, comment: str) -> Act:
    def act(at: Visitor) -> None:
        at.open(scene.paths["lab_asked"])
        at.ask(f"document.getElementById('comment').value = '{comment}'")
        at.ask(f"document.querySelector('{button}').hidden = false")
        at.press(button)

    return act


def _for_lena(home: Harness) -> str:
    home.mail(IN_THE_LAB.replace("Lars Lund", "Lena Lind"))
    return home.order().number


def _codes(scene: Scene) -> None:
    scene.home.mail(CABINET)
    scene.link("lab_code", LARS, Purpose.DECIDE)
    code = f"{scene.paths['lab_code']}/code"

    def asks(at: Visitor) -> None:
        at.cookies = {"mailbot"}
        at.open(scene.paths["lab_code"])
        at.page.fill("#comment", "Be om rabatt")
        at.press("[value=approve_with_comment]")

    scene.after("no_code", code.replace("/code", "?done=no_code"))
    scene.acts["code"] = asks
    scene.after("code_waiting", "lab_code")
    scene.after("code_wrong", code, ("#code", "0000 0000"), "[value=code]")
    scene.after("code_sent_again", code, "[value=send]")
    scene.after("no_more_codes", code, "[value=send]")


def _logins(scene: Scene) -> None:
    """Who else is logged in is said before a press and after one."""

    def other(at: Visitor) -> None:
        at.page.set_extra_http_headers({LOGIN: ANNA})
        at.open(scene.paths["lab_asked"])
        at.page.set_extra_http_headers({})

    def pressed(at: Visitor) -> None:
        at.open(scene.paths["lab_asked"])
        at.page.set_extra_http_headers({LOGIN: ANNA})
        at.press("[value=approve]")
        at.page.set_extra_http_headers({})

    scene.acts |= {"other_login": other, "other_login_pressed": pressed}


def _appointing(scene: Scene) -> None:
    home = scene.home
    today = RUT_INSTEAD_OF_EVA.replace(str(START.date()), str(home.bot.day(home.now)))
    appointments.send(home, f"Beställningsordning\nDelegerad av: Anna Ask\n{today}", sender=DORA)  # whose endings wait
    scene.link("delegate", ANNA, Purpose.DELEGATE)
    appointments.send(home, today, sender=DORA)
    scene.link("appointment", PURCHASING, Purpose.APPOINTMENT)
    scene.paths["appoint"] = f"/appoint/{appointments.personal(home)}"
    scene.after("appointment_sent", "appointment", "form:has-text('Pia') button")
    settled = []
    for name in ("first", "second"):
        appointments.send(home, OLLE_TOO, sender=DEAN)
        scene.link(f"appointment_{name}", PURCHASING, Purpose.APPOINTMENT)
        settled.append(appointments.personal(home))
        scene.paths[f"appoint_{name}"] = f"/appoint/{settled[-1]}"
    appointments.settle(home, settled[0])

    def stale(at: Visitor) -> None:
        at.open(scene.paths["appoint"])
        home.now += timedelta(days=1)
        at.press("[value=confirm]")
        home.now -= timedelta(days=1)

    scene.acts["appoint_stale"] = stale
    scene.after("appoint_without_reason", "appoint", ("#reason", " "), "[value=refuse]")
    scene.after("appoint_refused", "appoint", ("#reason", "Inte undertecknat"), "[value=refuse]")

    mail_plan(home.bot, "cs", home.now)
    home.deliver()
    scene.link("plan", HEAD, Purpose.PLAN)

    def other_plan(at: Visitor) -> None:
        at.open(scene.paths["plan"])
        at.ask("document.querySelector('[name=digest]').value = 'another'")
        at.press(".main")

    scene.acts["plan_changed"] = other_plan
    scene.after("plan_confirmed", "plan", ".main")


def _form(scene: Scene) -> None:
    scene.paths |= {"form": "/", "form_unit": "/?unit=lab", "form_search": "/?q=lab", "form_not_found": "/?q=xyz"}
    scene.after("form_faults", "/", (cell("what"), "Dator"), (cell("price"), "tolv"), ("#total", "<x>"), ".main")
    scene.after("form_rows", "/", "[value=more]")

    def fill(at: Visitor) -> None:
        at.open("/")
        fill_form(at)

    def finish(at: Visitor) -> None:
        fill(at)
        at.press(".main")

    def off(at: Visitor) -> None:
        with scene.home.pages() as client:
            own, at.base = at.base, str(client.base_url).rstrip("/")
            at.open("/")
            at.base = own

    scene.acts |= {"form_filled": fill, "form_done": finish, "form_off": off}
    scene.acts["form_too_large"] = _too_long("/", "#reason", ".main", 70_000)


def cell(name: str, row: int = 1) -> str:
    """Return where a cell of a line stands in the order form."""
    return f".row:nth-of-type({row}) [name={name}]"


def fill_form(at: Visitor) -> None:
    """Fill the order form in: whom to ask, from whom, one line and why."""
    at.page.locator("summary").filter(has_text="datavetenskap").click()
    at.page.get_by_label("Eva Ek").check()
    at.page.fill("#supplier", "Dustin AB")
    for name, text in {"what": "Dell XPS 13", "quantity": "2", "price": "10 400"}.items():
        at.page.fill(cell(name), text)
    at.page.fill("#reason", "Ny doktorand börjar 15 mars")


def _too_long(path: str, field: str, button: str, length: int) -> Act:
    """Send more than a page's own fields take."""

    def act(at: Visitor) -> None:
        at.open(path)
        at.ask(f"document.querySelector('{field}').value = 'x'.repeat({length})")
        at.press(button)

    return act


APPOINTING = ("appointment", "appoint", "delegate")
EXPIRING = (
    "pending",
    "list",
    "requester_pending",
    "disown",
    "not_me",
    "confirm",
    "plan",
    "appointment",
    "appoint",
    "delegate",
)
RENEWED = {"pending", "list", "requester_pending", "long", "lab_recused"}
"""A page of each purpose, and those where a fresh link can be had when their own has expired."""


def _dead_ends(scene: Scene) -> None:
    """Every page that says why something does not work."""
    home = scene.home
    home.press(scene.paths["lab_decided"].rpartition("/")[2], Action.APPROVE)
    scene.link("lab_not_me", LARS, Purpose.NOT_ME)

    for name in EXPIRING:
        scene.acts[f"expired_{name}"] = _later(scene, name)
    scene.acts["fresh_link"] = _later(scene, "long", press=True)
    scene.acts["fresh_link_again"] = _later(scene, "long", press=True, minutes=5)
    scene.acts["no_fresh_link"] = _later(scene, "lab_recused", press=True)
    scene.after("not_me_said", "lab_not_me", ".no")
    scene.after("revoked", "lab_asked")
    scene.after("not_found", "/nowhere")
    scene.acts["too_large"] = _too_long(scene.paths["long"], "#comment", "[value=reject]", 10_000)

    def elsewhere(at: Visitor) -> None:
        at.page.goto(f"data:text/html,<form method=post action='{at.base}{scene.paths['long']}'><button>x</button>")
        at.press("button")

    def broken(at: Visitor) -> None:
        home.query("ALTER TABLE links RENAME TO elsewhere")
        at.open(scene.paths["long"])
        home.query("ALTER TABLE elsewhere RENAME TO links")

    def too_many(at: Visitor) -> None:
        for _ in range(WRONG_LINKS_A_MINUTE):
            at.page.request.get(f"{at.base}{scene.paths['damaged']}")
        at.open(scene.paths["damaged"])

    scene.acts |= {"cross_site": elsewhere, "broken": broken, "too_many": too_many}


def _later(scene: Scene, name: str, *, press: bool = False, minutes: int = 0) -> Act:
    """Open a link after its time, and have a fresh one sent if that is wanted."""

    def act(at: Visitor) -> None:
        now = scene.home.now
        scene.home.now += timedelta(days=20, minutes=minutes)
        assert at.open(scene.paths[name]).status == 410
        assert at.page.locator("button").count() == (name in RENEWED)
        if press:
            at.press("button")
        scene.home.now = now

    return act

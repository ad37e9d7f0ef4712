"""Mails with what each must become, from the sample material beside this project, handed to a running bot one by one.

Run it for a table: `python -m tests.flows.incoming.cases [part of a folder, file or kind]`.
"""

import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

from mailbot.domain.notices.notice import NoticeKind
from mailbot.domain.people.directory import RightKind
from mailbot.domain.values.order import Content, Field, Order
from mailbot.domain.values.text import fold
from mailbot.store import orders
from tests.conftest import MEMORY
from tests.support.harness import ANNA, DUSTIN, EVA, RUT, Harness, harness
from tests.support.relay import html_of, parse, text_of
from tests.support.stated import Organisation, StatedPerson, StatedRight, StatedSupplier, StatedUnit

CASES = Path(__file__).parents[4] / "shared" / "cases"
FOLDERS = ("failing", "right", "ordinary", "asked_too_much")
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
"""The day of the mails, so that the days they name lie ahead."""
BO, DAN = "bo.bok@example.se", "dan.dal@example.se"
SINCE = date(2026, 1, 1)
ORGANISATION = Organisation(
    persons=(
        StatedPerson("Eva Ek", EVA),
        StatedPerson("Anna Ask", ANNA),
        StatedPerson("Bo Bok", BO),
        StatedPerson("Dan Dal", DAN),
    ),
    units=(
        StatedUnit("cs", "Institutionen för datavetenskap", head=EVA),
        StatedUnit("hum", "Humanistiska fakulteten", head=DAN),
    ),
    rights=(
        StatedRight(ANNA, "cs", RightKind.ORDER, valid_from=SINCE),
        StatedRight(BO, "cs", RightKind.ORDER, valid_from=SINCE),
        StatedRight(DAN, "hum", RightKind.ORDER, valid_from=SINCE),
    ),
    suppliers=(StatedSupplier("Dustin AB", DUSTIN, org_number="556666-1012"),),
)


@dataclass(frozen=True)
class Case:
    """One mail, and what cases.json says of it."""

    folder: str
    said: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its folder and file."""
        return f"{self.folder}/{self.said['file']}"

    @property
    def expect(self) -> Mapping[str, Any]:
        """What it must become."""
        found: Mapping[str, Any] = self.said["expect"]
        return found

    def raw(self, file: str = "") -> bytes:
        """Return the bytes of its mail, or of the mail before it."""
        return (CASES / self.folder / (file or self.said["file"])).read_bytes()


def cases(folder: str) -> list[Case]:
    """Return the cases of a folder, none where it is absent."""
    file = CASES / folder / "cases.json"
    return [Case(folder, said) for said in json.loads(file.read_text("utf-8"))] if file.is_file() else []


@dataclass(frozen=True)
class Sent:
    """A mail that the bot wrote."""

    kind: str
    to: str
    mail: EmailMessage

    @cached_property
    def said(self) -> str:
        """Subject, text and HTML in one line, what links prepare written out."""
        return " ".join(f"{self.mail['Subject']} {text_of(self.mail)} {unquote(html_of(self.mail))}".split())


@dataclass(frozen=True)
class Became:
    """What the bot made of one mail: where it ended, and all that is new since it came."""

    sender: str
    state: str
    outcome: str | None
    reason: str | None
    orders: tuple[Order, ...]
    drafts: int
    absences: tuple[tuple[str, str], ...]
    sent: tuple[Sent, ...]
    first: Order | None
    now_first: Order | None

    @property
    def answers(self) -> list[Sent]:
        """What its sender was sent."""
        return [sent for sent in self.sent if sent.to == self.sender]

    def __str__(self) -> str:
        """Say it in a line that a failed test shows."""
        ends = f"{self.state} {self.outcome or ''} ({self.reason or ''})"
        made = [shown(order.content) for order in (*self.orders, *([self.now_first] if self.now_first else []))]
        mails = [f"{sent.kind} to {sent.to}" for sent in self.sent]
        return f"{ends}; orders {made}; {self.drafts} drafts; absences {list(self.absences)}; mails {mails}"


def shown(content: Content) -> str:
    """Return an order's content as expectations are written."""
    lines = [[str(x.quantity), x.unit, x.description, str(x.price.amount)] for x in content.lines]
    return f"{content.total.amount} {content.currency} {lines}"


class World:
    """A bot that takes one mail after another."""

    def __init__(self, home: Harness) -> None:
        self.home = home
        self.number = 0

    def meets(self, case: Case) -> str:
        """Hand a case's mail in, and return how what became of it differs from what it must become; "" where not."""
        self.number += 1
        self.home.now += timedelta(seconds=1)
        became = self._first_then_it(case)
        wrong = judged(case, became)
        return f"{wrong}\nexpected: {dict(case.expect)}\nbecame: {became}" if wrong else ""

    def _first_then_it(self, case: Case) -> Became:
        if "first" not in case.said:
            return self._hand_in(case, case.raw())
        before = self._hand_in(replace(case, said={**case.said, "null_sender": False}), case.raw(case.said["first"]))
        (order,) = before.orders
        raw = case.raw()
        for name, value in _placeholders(order, before).items():
            raw = raw.replace(b"{{%s}}" % name.encode(), value.encode())
        became = self._hand_in(case, raw)
        with self.home.bot.database.read() as connection:
            return replace(became, first=order, now_first=orders.load(connection, order.id))

    def _hand_in(self, case: Case, raw: bytes) -> Became:
        last = {table: self._last(table) for table in ("inbox", "orders", "outbox", "absences")}
        drafts = self._count("drafts")
        raw, sender = self._made_new(raw, keep=bool(case.said.get("keep_sender")))
        self.home.store(raw, mail_from="" if case.said.get("null_sender") else sender)
        while self.home.processor.process_next(self.home.now):
            pass
        [(state, outcome, reason)] = self._new("state, outcome, reason", "inbox", last["inbox"])
        with self.home.bot.database.read() as connection:
            made = tuple(orders.load(connection, key) for (key,) in self._new("id", "orders", last["orders"]))
        mails = self._new("kind, mail_to, raw", "outbox", last["outbox"])
        return Became(
            sender=sender,
            state=state,
            outcome=outcome,
            reason=reason,
            orders=made,
            drafts=self._count("drafts") - drafts,
            absences=tuple(self._new("first_day, last_day", "absences", last["absences"])),
            sent=tuple(Sent(kind, to, parse(bytes(raw))) for kind, to, raw in mails),
            first=None,
            now_first=None,
        )

    def _made_new(self, raw: bytes, *, keep: bool) -> tuple[bytes, str]:
        """Return a mail with a new Message-ID, today's Date and a requester of its own, ended as SMTP ends lines."""
        head, gap, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        head = _with_header(head, "Message-ID", f"<{self.number}.{self._last('inbox')}@cases.example.se>")
        head = _with_header(head, "Date", format_datetime(self.home.now))
        sender = re.search(rb"^From:.*?([\w.+-]+@[\w.-]+)", head, re.MULTILINE)
        address = sender[1].decode() if sender else ""
        if address == RUT and not keep:
            address = RUT.replace("@", f"{self.number}@")
            head = re.sub(rb"(?m)^(From:.*)%s" % re.escape(RUT.encode()), rb"\g<1>" + address.encode(), head)
        return (head + gap + body).replace(b"\n", b"\r\n"), address

    def _last(self, table: str) -> int:
        return int(self.home.query(f"SELECT coalesce(max(id), 0) FROM {table}")[0][0])  # noqa: S608

    def _count(self, table: str) -> int:
        return int(self.home.query(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608

    def _new(self, columns: str, table: str, last: int) -> list[tuple[Any, ...]]:
        return self.home.query(f"SELECT {columns} FROM {table} WHERE id > {last} ORDER BY id")  # noqa: S608


def _with_header(head: bytes, name: str, value: str) -> bytes:
    others = re.sub(rb"(?im)^%s:.*(?:\n[ \t].*)*\n?" % name.encode(), b"", head)
    return f"{name}: {value}\n".encode() + others.strip(b"\n")


def _placeholders(order: Order, before: Became) -> dict[str, str]:
    receipt = next(sent.mail for sent in before.sent if sent.kind == NoticeKind.RECEIPT)
    request = next(sent.mail for sent in before.sent if sent.kind == NoticeKind.REQUEST)
    return {
        "number": order.number,
        "receipt-subject": Header(str(receipt["Subject"]), maxlinelen=900).encode(),
        "receipt-id": str(receipt["Message-ID"]),
        "request-id": str(request["Message-ID"]),
    }


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Run the bot that the cases are written for."""
    with harness(folder, organisation=ORGANISATION, now=NOW) as home:
        yield World(home)


def judged(case: Case, became: Became) -> str:
    """Return what is wrong with what became of a case, "" for nothing."""
    kind, wanted = next((k, v) for k, v in case.expect.items() if k in _JUDGES)
    wrong = _JUDGES[kind](became, wanted, case.expect)
    lacks = [p for p in case.expect.get("answer_lacks", ()) if _told(became, p)]
    if lacks:
        return f"an answer says {lacks}"
    return wrong or (also(case, became.orders[0].content) if became.orders else "")


def differs(content: Content, wanted: Mapping[str, Any]) -> str:
    """Return how an order differs from the one that is wanted, "" for not at all."""
    totals = wanted["total"] if isinstance(wanted["total"], list) else [wanted["total"]]
    if content.total.amount not in {Decimal(total) for total in totals}:
        return f"the total is {content.total.amount}"
    if content.currency != wanted.get("currency", "SEK"):
        return f"the currency is {content.currency}"
    if len(content.lines) != len(wanted["lines"]):
        return f"there are {len(content.lines)} lines"
    for line, (quantity, unit, part, price) in zip(content.lines, wanted["lines"], strict=True):
        numbers = (line.quantity, line.price.amount) == (Decimal(quantity), Decimal(price))
        named = fold(part) in fold(line.description) and unit in {None, line.unit}
        if not numbers or not named:
            return f"a line is {[str(line.quantity), line.unit, line.description, str(line.price.amount)]}"
    return ""


def also(case: Case, content: Content) -> str:
    """Return which field that must be read besides was not, "" for none."""
    read: dict[str, Any] = {
        "unit": content.unit,
        "approver": ORGANISATION.persons[content.approver - 1].name.split()[0].lower(),
        "supplier": content.supplier,
        "vat": ["inc" if content.vat.included else "exc", str(content.vat.rate)],
        "stated_total": str(content.stated_total.amount.normalize() if content.stated_total else ""),
        "item_no": [line.item_no for line in content.lines],
        "priced_note": bool(content.priced_notes),
    }
    for key, wanted in case.said.get("also", {}).items():
        if key == "loose":  # the description may hold more words
            continue
        found = read.get(key, content.details.get(Field(key), "") if key not in read else "")
        same = Decimal(wanted) == Decimal(found or "0") if key == "stated_total" else _same(found, wanted)
        if not same:
            return f"{key} is {found}, not {wanted}"
    return ""


def _same(found: object, wanted: object) -> bool:
    return fold(found) == fold(wanted) if isinstance(found, str) and isinstance(wanted, str) else found == wanted


def _order(became: Became, wanted: Mapping[str, Any], _expect: object = None) -> str:
    if len(became.orders) != 1 or became.outcome != "order":
        return f"{len(became.orders)} orders were made"
    return differs(became.orders[0].content, wanted)


def _asked(became: Became, _wanted: object = None, _expect: object = None) -> str:
    if became.orders:
        return "an order was made"
    return "" if became.outcome == "answer" and became.answers and became.drafts == 1 else "it was not asked back"


def _order_or_asked(became: Became, wanted: Mapping[str, Any], _expect: object) -> str:
    return _order(became, wanted) if became.orders else _asked(became)


def _order_or_seen(became: Became, wanted: Mapping[str, Any], _expect: object) -> str:
    if became.orders:
        return _order(became, wanted)
    seen = became.state == "parked" or (became.outcome == "answer" and became.answers)
    return "" if seen else "nobody sees it"


def _told(became: Became, pattern: str) -> bool:
    return any(re.search(pattern, answer.said, re.IGNORECASE | re.DOTALL) for answer in became.answers)


def _order_or_told(became: Became, wanted: Mapping[str, Any], expect: Mapping[str, Any]) -> str:
    if became.orders:
        return _order(became, wanted)
    return "" if _told(became, expect["told"]) else "no answer says it"


def _parked(became: Became, _wanted: object, _expect: object) -> str:
    return "" if became.state == "parked" and not became.orders else "it is not parked"


def _absence(became: Became, wanted: Sequence[str], _expect: object = None) -> str:
    found = [[first[5:], last[5:]] for first, last in became.absences]
    return "" if found == [list(wanted)] else f"the absences are {found}"


def _absence_or_told(became: Became, wanted: Sequence[str], expect: Mapping[str, Any]) -> str:
    if became.absences:
        return _absence(became, wanted)
    return "" if _told(became, expect["told"]) else "no answer says it"


def _corrected(became: Became, wanted: Mapping[str, Any], expect: Mapping[str, Any]) -> str:
    then, now = became.first, became.now_first
    if then is None or now is None or became.orders or now.version <= then.version:
        return "the order was not corrected"
    words = " ".join(now.content.details.values())
    return differs(now.content, wanted) or ("" if expect.get("content", "") in words else "the new value is not in it")


def _corrected_or_named(became: Became, wanted: Mapping[str, Any], expect: Mapping[str, Any]) -> str:
    wrong = _corrected(became, wanted, expect)
    named = became.first is not None and any(became.first.number in answer.said for answer in became.answers)
    return "" if named and not became.orders and not became.drafts else wrong


def _bounce(became: Became, _wanted: object, _expect: object) -> str:
    asked = [sent for sent in became.sent if sent.to == BO and "/decide/" in sent.said]
    return "" if asked and not became.orders else "the other approver is not asked"


def _bounce_or_delay(became: Became, wanted: object, expect: object) -> str:
    seen = (became.reason or "").endswith("bounce")
    return "" if seen and not became.answers and not became.orders else _bounce(became, wanted, expect)


_JUDGES: dict[str, Callable[[Became, Any, Mapping[str, Any]], str]] = {
    "order": _order,
    "asked": _asked,
    "order_or_asked": _order_or_asked,
    "order_or_seen": _order_or_seen,
    "order_or_told": _order_or_told,
    "parked": _parked,
    "corrected": _corrected,
    "corrected_or_named": _corrected_or_named,
    "absence": _absence,
    "absence_or_told": _absence_or_told,
    "bounce": _bounce,
    "bounce_or_delay": _bounce_or_delay,
}


def table(results: Sequence[tuple[Case, str]], *, why: bool) -> Iterator[str]:
    """Write per folder and kind how many are right and how many wrong, and the names of the wrong ones."""
    kinds: dict[tuple[str, str], list[tuple[Case, str]]] = defaultdict(list)
    for case, wrong in results:
        kinds[case.folder, case.said["kind"].partition(";")[0]].append((case, wrong))
    for (folder, kind), found in kinds.items():
        bad = [(case, wrong) for case, wrong in found if wrong]
        yield f"{folder:15} {kind:55} {len(found) - len(bad):4} right {len(bad):4} wrong"
        for case, wrong in bad:
            yield f"    {case.said['file']}: {wrong if why else wrong.splitlines()[0]}"
    right, all_of = Counter(c.folder for c, wrong in results if not wrong), Counter(c.folder for c, _ in results)
    for folder in all_of:
        yield f"{folder:15} {right[folder]} of {all_of[folder]} right"


def main() -> None:
    """Print the table, of those cases alone whose name or kind holds the first argument; -v says all."""
    words = [word for word in sys.argv[1:] if word != "-v"]
    chosen = [c for f in FOLDERS for c in cases(f) if all(w in f"{c.name} {c.said['kind']}" for w in words)]
    started = time.process_time()
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder, world(Path(folder)) as made:
        results = [(case, made.meets(case)) for case in chosen]
    for row in (*table(results, why="-v" in sys.argv), f"{time.process_time() - started:.1f} s of CPU"):
        print(row)  # noqa: T201


if __name__ == "__main__":
    main()

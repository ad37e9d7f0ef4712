"""Long orders: the part for which the order's own page has room, and the sheets that hold the whole order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import accumulate, groupby

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import AttachedFile, Line
from mailbot.edge.web.pages import Pages, RefusedLinkError, handed_out, opened
from mailbot.flows.steps.link_page import HistoryEntry, OrderPage, fetch_file
from mailbot.flows.steps.open_link import LinkRefusal

ROOM = 16_000
"""Bytes that the rows of all parts together may take on an order's own page."""
SHEET = 24_000
"""Bytes of rows after which a new sheet begins."""
CHUNK = 2_000
"""Letters of a long text in one row."""


class OrderPart(StrEnum):
    """The parts of an order that may be long, in the order in which they are read."""

    LINES = "lines"
    NOTES = "notes"
    FILES = "files"
    HISTORY = "history"


OrderRow = Line | str | AttachedFile | HistoryEntry
"""A line, a piece of text, a file or an event. If an event's text is long, its other pieces follow as rows of text."""


@dataclass(frozen=True)
class ShownRows:
    """Rows of a part as a page shows them: `first` is the number of the first, from 1, `total` that of all.

    On the order's own page, `sheet` is the sheet on which the part begins; else it is the sheet of these rows.
    """

    part: OrderPart
    rows: Sequence[OrderRow]
    first: int
    total: int
    sheet: int

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return self.first + len(self.rows) - 1

    @property
    def hidden(self) -> int:
        """The number of rows of the part that are not shown here."""
        return self.total - len(self.rows)


def shown_first(found: OrderPage) -> Mapping[str, ShownRows]:
    """Return what the order's own page shows of each part: its beginning or, of the history, its end.

    Room is shared evenly; what a short part leaves goes to longer ones. At least one row is shown.
    """
    begins = {shown.part: shown.sheet for shown in reversed(pages_of(found))}
    parts = _parts(found)
    sums = {p: list(accumulate(map(_weight, reversed(r) if p is OrderPart.HISTORY else r))) for p, r in parts.items()}
    left, first = ROOM, {}
    shortest_first = sorted(parts, key=lambda part: sums[part][-1:])
    for others, part in zip(reversed(range(len(parts))), shortest_first, strict=True):
        rows, share = parts[part], left // (others + 1)
        fitting = max(sum(taken <= share for taken in sums[part]), min(1, len(rows)))
        start = len(rows) - fitting if part is OrderPart.HISTORY else 0
        first[part.value] = ShownRows(part, rows[start : start + fitting], start + 1, len(rows), begins.get(part, 1))
        left -= sums[part][fitting - 1] if fitting else 0
    return first


def pages_of(found: OrderPage) -> Sequence[ShownRows]:
    """Return the whole order, sheet by sheet. Every row is on one sheet, and no row is larger than a sheet."""
    parts = _parts(found)
    places = [(part, number) for part, rows in parts.items() for number in range(len(rows))]
    before = accumulate((_weight(parts[part][number]) for part, number in places), initial=0)
    cut = groupby(zip(places, before, strict=False), key=lambda placed: (placed[1] // SHEET, placed[0][0]))
    return [_shown(part, [number for (_, number), _ in placed], parts, sheet + 1) for (sheet, part), placed in cut]


def _shown(
    part: OrderPart, numbers: Sequence[int], parts: Mapping[OrderPart, Sequence[OrderRow]], sheet: int
) -> ShownRows:
    rows = parts[part]
    return ShownRows(part, rows[numbers[0] : numbers[-1] + 1], numbers[0] + 1, len(rows), sheet)


def _parts(found: OrderPage) -> dict[OrderPart, Sequence[OrderRow]]:
    content = found.summary.content
    return {
        OrderPart.LINES: content.lines,
        OrderPart.NOTES: list(_chunks("\n".join(content.notes))),
        OrderPart.FILES: found.files,
        OrderPart.HISTORY: [row for step in found.history for row in _rows(step)],
    }


def _rows(step: HistoryEntry) -> Iterator[OrderRow]:
    """Yield an event with the beginning of its text, then the rest of the text in pieces."""
    first, *rest = _chunks(step.text) or [""]
    yield replace(step, text=first)
    yield from rest


def _chunks(text: str) -> Sequence[str]:
    return [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]


def _weight(row: OrderRow) -> int:
    """Return about how many bytes a row takes: its markup and the texts that people wrote in it."""
    match row:
        case Line():
            markup, texts = 150, [row.description, row.item_no, row.unit]
        case AttachedFile():
            markup, texts = 250, [row.name]
        case HistoryEntry():
            markup, texts = 200, [row.name, row.text]
        case str():
            markup, texts = 50, [row]
    return markup + sum(len(escape(text).encode()) for text in texts)


@dataclass(frozen=True)
class LongOrderPages(Pages):
    """The pages of the whole order, and its files, for everyone who has a link to it."""

    def routes(self) -> list[Route]:
        """Return the routes, which only show."""
        return [
            self.page(f"/{purpose}/{{token}}/{path}", partial(see, purpose), None)
            for purpose in (Purpose.DECIDE, Purpose.ORDER, Purpose.REVIEW)
            for path, see in (("all/{sheet:int}", self.see), ("file/{mail:int}/{number:int}", self.see_file))
        ]

    def see(self, purpose: Purpose, request: Request) -> Response:
        """Show one sheet; a number without a sheet counts as a damaged link."""
        found, number = self.visit(request, purpose), request.path_params["sheet"]
        whole = pages_of(found) if found.sees else []
        if not any(shown.sheet == number for shown in whole):
            raise RefusedLinkError(LinkRefusal.DAMAGED)
        sheet = [shown for shown in whole if shown.sheet == number]
        values = {"purpose": purpose.value, "number": number, "count": whole[-1].sheet, "sheet": sheet}
        return self.show("sheet.html", request, found, values)

    def see_file(self, purpose: Purpose, request: Request) -> Response:
        """Return a file of the order for saving."""
        place = (request.path_params["mail"], request.path_params["number"])
        return handed_out(*opened(fetch_file(self.bot, purpose, request.path_params["token"], place, self.now())))

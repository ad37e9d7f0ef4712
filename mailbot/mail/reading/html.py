"""HTML mail to the text that it shows: a line for each block, cells side by side, quoted mails marked with `> `.

Struck-out text comes out apart, or between two marks. Tags are read by one pattern into a small tree: full parsers take
minutes for a megabyte of nested or half tags. Nothing is rendered, fetched or run.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

from mailbot.domain.values.text import fold
from mailbot.mail.reading.plain import unwrapped
from mailbot.mail.reading.reply import LABELS, QuotedHeader

MAX_HTML = 1_000_000
MAX_DEPTH = 100
MAX_NODES = 200_000
RULE = "-----"

_TOKEN = re.compile(
    r"""<!--(?:-?>|.*?(?:--!?>|\Z))
    | <(?P<raw>script|style|title|xml)\b[^>]*>?.*?(?:</(?P=raw)\b[^>]*>?|\Z)
    | <(?:[!?]|/(?![a-z]))[^>]*>?
    | <(?P<end>/?)(?P<name>[a-z][^\s/>]*)(?P<attributes>(?:=\s*"[^"]*"|=\s*'[^']*'|[^>])*+)>?
    | (?P<text>[^<]+|<)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""(?<![\w-])(style|class|id)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_STYLES = {
    "hidden": re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"),
    "tiny": re.compile(r"font-size\s*:\s*0(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)"),
    "sized": re.compile(r"font-size\s*:\s*(?:0?\.\d*[1-9]|[1-9a-z])"),
    "pre": re.compile(r"white-space\s*:\s*(?:pre|break)"),
    "tab": re.compile(r"mso-tab-count"),
    "bullet": re.compile(r"mso-list\s*:\s*ignore"),
    "struck": re.compile(r"line-through(?!\s*:\s*none)"),
}
_BORDER = re.compile(r"border-top(?:-style|-color)?\s*:([^;]*)")
_OUTLOOKS = ("#e1e1e1", "#b5c4df", "rgb(225,225,225)", "rgb(181,196,223)")
"""The colours of the line that Outlook draws above a quoted mail."""
_LOOKS = {
    *("display", "visibility", "mso-hide", "font-size", "white-space", "mso-tab-count", "mso-list"),
    *("text-decoration", "text-decoration-line", "text-line-through"),
}
"""What of a style says how text is shown."""
_SELECTOR = re.compile(r"[a-z][a-z0-9]*(?:[.#][\w-]+)?|[.#][\w-]+")
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_CLASSES = {
    "gmail_quote": "gmail",
    **dict.fromkeys(("gmail_attr", "yahoo_quoted", "protonmail_quote", "moz-forward-container"), "quote"),
    "moz-cite-prefix": "prefix",
}
_IDS = {
    **dict.fromkeys(("divrplyfwdmsg", "appendonsend", "stopspelling"), "rest"),
    **dict.fromkeys(("mail-editor-reference-message-container", "olk_src_body_section"), "quote"),
}
_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd label mark nobr o:p q s samp small span strike "
    "strong sub sup time tt u var"
)
_VOID_NAMES = (
    "area base basefont br col embed frame hr img input link meta param source track wbr "
    "body head html tbody tfoot thead"  # they hold much, but it is shown as if they were not there
)
_INLINE = frozenset(_INLINE_NAMES.split())
_VOID = frozenset(_VOID_NAMES.split())
_ENDED_BY = {
    "li": ({"li"}, {"ul", "ol", "td", "th", "table"}),
    "td": ({"td", "th"}, {"table"}),
    "th": ({"td", "th"}, {"table"}),
    **dict.fromkeys(("tr", "tbody", "thead", "tfoot"), ({"tr"}, {"table"})),
}
"""What a start tag ends that was left open, and what it does not reach out of."""
_WALLS: dict[str, set[str]] = {"table": set(), "tr": {"table"}, "td": {"table"}, "th": {"table"}}
"""What an end tag does not reach out of."""
_PLAIN: frozenset[str] = frozenset()
_MARKED = {"blockquote": frozenset({"quote"})}
Style = Mapping[str, str]
"""Properties and their values, those of _LOOKS alone."""
_SHEET: Mapping[str, Style] = {
    "pre": {"white-space": "pre"},
    **{selector: {"text-decoration": "line-through"} for selector in ("s", "strike", "del", ".msodel")},
}
"""How elements are shown that nothing else is said of, by selector."""
_STRUCK, _UNSTRUCK = "\x01", "\x02"
"""Around struck-out text; whatever else comes with these characters loses them first."""
_SPACE = re.compile(r"[ \t\n\r\f]+")
_SPACES = re.compile(r"[ \u00a0]+")
_INVISIBLE = re.compile(
    "[\x00\x03-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]"
)


def to_text(html: str) -> str:
    """Return the text that a person sees, not struck out, as `read_form` and `new_text` read it."""
    return "\n".join(kept for _, kept in lines_of(marked_text(html)) if kept is not None)


def marked_text(html: str) -> str:
    """Return the text that a person sees, with marks around what is struck out: `lines_of` takes them off."""
    lines = _lines(_tree(html[:MAX_HTML].replace(_STRUCK, "").replace(_UNSTRUCK, "")), _Look())
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", "\n".join(lines)))
    return unwrapped(re.sub(r"\n{3,}", "\n\n", text).strip("\n"))


def lines_of(marked: str) -> Iterator[tuple[str, str | None]]:
    """Yield each line whole, and as it stands without what is struck out: None where nothing is left of it."""
    for line in marked.split("\n"):
        if _STRUCK not in line:
            yield line, line
            continue
        whole = line.replace(_STRUCK, "").replace(_UNSTRUCK, "")
        first, *spans = line.split(_STRUCK)
        left = _SPACES.sub(" ", first + "".join(span.partition(_UNSTRUCK)[2] for span in spans))
        kept = "\t".join(cell.strip(" ") for cell in left.split("\t"))
        yield whole, kept if any(c.isalnum() for c in kept) else None


def struck_of(marked: str) -> tuple[str, ...]:
    """Return what is struck out: line by line, the cells of a row side by side."""
    found: list[str] = []
    for line in marked.replace(_UNSTRUCK + _STRUCK, "").split("\n"):
        spans = [span.partition(_UNSTRUCK)[0].strip() for span in line.split(_STRUCK)[1:]]
        text = ("; " if "\t" in line else " ").join(span for span in spans if span)
        if any(c.isalnum() for c in text):
            found.append(text)
    return tuple(found)


@dataclass(slots=True)
class _Node:
    name: str
    marks: frozenset[str] = _PLAIN
    children: list["_Node | str"] = field(default_factory=list)


@dataclass
class _Branch:
    """The elements that are open at one place of the text, outermost first; `deeper` are too deep to be kept apart."""

    nodes: list[_Node]
    deeper: int = 0

    def start(self, name: str, marks: frozenset[str]) -> None:
        """Open an element, after ending those that it ends unsaid."""
        if name in _ENDED_BY:
            self._end(*_ENDED_BY[name])
        elif name not in _INLINE and name not in _VOID:
            self._end({"p"})
        if "rest" in marks:  # all that follows is quoted, whatever ends here
            del self.nodes[1:]
            self._open(_Node("rest", frozenset({"quote"})))
        elif name in _VOID:
            self.nodes[-1].children.append(_Node(name, marks))
        elif len(self.nodes) < MAX_DEPTH:
            self._open(_Node(name, marks))
        else:
            self.deeper += 1

    def end(self, name: str) -> None:
        """Close an element, with what is open in it; an end without a start is nothing."""
        if self.deeper:
            self.deeper -= 1
        elif name in _INLINE:
            self._end({name})
        else:
            self._end({name}, _WALLS.get(name, {"table", "td", "th"}))

    def _open(self, node: _Node) -> None:
        self.nodes[-1].children.append(node)
        self.nodes.append(node)

    def _end(self, names: set[str], walls: set[str] | None = None) -> None:
        """Close the innermost open element of these names; without walls, only inline elements are reached through."""
        for depth in range(len(self.nodes) - 1, 0, -1):
            name = self.nodes[depth].name
            if name in names:
                del self.nodes[depth:]
                return
            if name in walls if walls is not None else name not in _INLINE:
                return


def _tree(html: str) -> _Node:
    root = _Node("div")
    branch = _Branch([root])
    sheet = dict(_SHEET)
    for count, token in enumerate(_TOKEN.finditer(html)):
        if count > MAX_NODES:
            break
        if text := token["text"]:
            branch.nodes[-1].children.append(unescape(text))
        elif name := (token["name"] or "").lower():
            if token["end"]:
                branch.end(name)
            else:
                branch.start(name, _marks(name, token["attributes"], sheet))
        elif (token["raw"] or "").lower() == "style":
            for selector, style in _rules(token[0].partition(">")[2]):
                sheet[selector] = {**sheet.get(selector, {}), **style}
    return root


def _rules(css: str) -> Iterator[tuple[str, Style]]:
    """Yield a style sheet's rules for an element, a class or an id; none in others, which hold on some screens only."""
    depth = 0
    for chunk in _CSS_COMMENT.sub(" ", css).lower().split("}"):
        head, brace, style = chunk.rpartition("{")
        if brace and not depth and "{" not in head and (found := _looks(style)):
            selectors = (selector.strip().replace(".x_", ".").replace("#x_", "#") for selector in head.split(","))
            yield from ((selector, found) for selector in selectors if _SELECTOR.fullmatch(selector))
        depth = max(0, depth + chunk.count("{") - 1)


def _looks(style: str) -> dict[str, str]:
    """Return what a style in lower case says of how text is shown."""
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return {name: value.strip() for part, _, value in pairs if (name := part.strip()) in _LOOKS}


def _marks(name: str, attributes: str, sheet: Mapping[str, Style]) -> frozenset[str]:
    """Return what an element's name, its attributes and the style sheet say about how its text is shown."""
    plain = _MARKED.get(name, _PLAIN)
    if "=" not in attributes:
        return plain | _shown_as(sheet[name]) if name in sheet else plain
    found, said = set(plain), dict.fromkeys(("class", "id", "style"), "")
    for key, *values in _ATTRIBUTE.findall(attributes):
        said[key.lower()] = unescape("".join(values)).lower()
    classes, ids = ([word.removeprefix("x_") for word in said[key].split()] for key in ("class", "id"))
    found |= {known[word] for known, words in ((_CLASSES, classes), (_IDS, ids)) for word in words if word in known}
    simple = [f".{word}" for word in classes] + [f"#{word}" for word in ids]
    style: dict[str, str] = {}
    for selector in (name, *simple, *(f"{name}{word}" for word in simple)):
        style |= sheet.get(selector, {})
    return frozenset(found | _border(said["style"]) | _shown_as(style | _looks(said["style"])))


def _shown_as(style: Style) -> frozenset[str]:
    text = "; ".join(f"{name}: {value}" for name, value in style.items())
    return frozenset(mark for mark, pattern in _STYLES.items() if pattern.search(text)) if text else _PLAIN


def _border(style: str) -> set[str]:
    """Tell Outlook's line above a quoted mail, however it is written, and any other line above an element."""
    drawn = " ".join(_BORDER.findall(style)).replace(", ", ",")
    if "solid" not in drawn:
        return set()
    return {"rest"} if any(colour in drawn for colour in _OUTLOOKS) else {"ruled"}


@dataclass(frozen=True)
class _Look:
    """How text is shown at one place: as typed, with its line ends, too small to see, or struck out."""

    pre: bool = False
    tiny: bool = False
    struck: bool = False

    def within(self, node: _Node) -> "_Look":
        """Return how text is shown inside an element."""
        tiny = "tiny" in node.marks or (self.tiny and "sized" not in node.marks)
        return _Look(self.pre or "pre" in node.marks, tiny, self.struck or "struck" in node.marks)


@dataclass
class _Page:
    """Lines as they are filled. `bullet` is written before the next text, once."""

    lines: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    bullet: str = ""

    def write(self, text: str, look: _Look) -> None:
        """Add text to the line."""
        first, *others = text.split("\n") if look.pre else [_SPACE.sub(" ", text)]
        self._append(first, look)
        for line in others:
            self.new_line()
            self._append(line, look)

    def _append(self, text: str, look: _Look) -> None:
        self.pieces.append(f"{_STRUCK}{text}{_UNSTRUCK}" if look.struck and text.strip() else text)

    def new_line(self) -> None:
        """End the line, though nothing stands on it."""
        self.lines.append(self._taken())

    def end_line(self) -> None:
        """End the line if there is one; of non-breaking spaces it is a blank line."""
        if "".join(self.pieces).strip(" \n"):
            self.new_line()
        self.pieces.clear()

    def _taken(self) -> str:
        text = _SPACES.sub(" ", "".join(self.pieces)).strip(" ")
        self.pieces.clear()
        bullet, self.bullet = (self.bullet, "") if text else ("", self.bullet)
        return bullet + text


def _lines(node: _Node, look: _Look) -> list[str]:
    page = _Page()
    _write(node, page, look.within(node))
    page.end_line()
    return page.lines


def _write(node: _Node, page: _Page, look: _Look) -> None:
    for child in node.children:
        if isinstance(child, str):
            if not look.tiny:
                page.write(child, look)
        elif child.name == "br":
            page.new_line()
        elif child.name in _VOID:
            if child.name == "hr":
                page.end_line()
                page.lines.append(RULE)
        elif "bullet" in child.marks:
            page.bullet = "- "
        elif "tab" in child.marks:
            page.pieces.append("\t")
        elif child.name in _INLINE and "quote" not in child.marks:
            if "hidden" not in child.marks:
                _write(child, page, look.within(child))
        elif "hidden" not in child.marks:
            _write_block(child, page, look)


def _write_block(node: _Node, page: _Page, look: _Look) -> None:
    page.end_line()
    if _is_quote(node):
        page.lines += [line if line.startswith(">") else f"> {line}".rstrip(" ") for line in _lines(node, look)]
    elif node.name == "table":
        page.lines += _table(node, look.within(node))
    elif "prefix" in node.marks:  # a person may have typed into it, above the line that a program wrote
        *own, announces = "\n".join(_lines(node, look)).rstrip().split("\n")
        page.lines += [*own, f"> {announces}"]
    else:
        page.bullet = "- " if node.name == "li" else page.bullet
        first = len(page.lines)
        _write(node, page, look.within(node))
        page.end_line()
        page.bullet = "" if node.name == "li" else page.bullet
        if "ruled" in node.marks and _names_a_sender(page.lines[first:]):
            page.lines.insert(first, RULE)


def _names_a_sender(lines: list[str]) -> bool:
    """Tell whether the first text is the label of a mail's sender: a line above it is one that a program drew."""
    first = next((line for line in lines if line.strip()), "")
    return LABELS.get(fold(first.partition(":")[0].strip("*_ "))) is QuotedHeader.FROM


def _is_quote(node: _Node) -> bool:
    """Gmail wraps a forwarded mail itself, but an answer together with what is written below the quoted mail."""
    wraps_answer = any(not isinstance(c, str) and {"quote", "gmail"} <= c.marks for c in node.children)
    return "quote" in node.marks or ("gmail" in node.marks and not wraps_answer)


def _table(table: _Node, look: _Look) -> list[str]:
    lines: list[str] = []
    for row in table.children:
        if isinstance(row, str):
            lines += _lines(_Node("div", children=[row]), look)
        elif "hidden" not in row.marks:
            cells = list(_cells(row)) if row.name == "tr" else [row]
            lines += _row([_lines(cell, look.within(row)) for cell in cells])
    return lines


def _cells(row: _Node) -> Iterator[_Node]:
    for child in row.children:
        if isinstance(child, str):
            if child.strip():
                yield _Node("td", children=[child])
        elif "hidden" not in child.marks:
            yield child


def _row(cells: list[list[str]]) -> list[str]:
    """Return a row's text: one line of cells, a key with its value, or block after block where cells are for layout."""
    filled = [[line for line in cell if line.strip()] for cell in cells]
    used = [cell for cell in filled if cell]
    if len(used) < 2:
        return [line for cell in used for line in cell]
    texts = [" ".join(cell) for cell in filled]
    if any(_is_layout(cell) for cell in used):
        key = [f"{texts[0].rstrip(': ')}:"] if len(used) == 2 and len(filled[0]) == 1 else filled[0]
        return [*key, *(line for cell in filled[1:] for line in cell)]
    if len(texts) == 2:
        return [f"{texts[0].rstrip(': ')}:\t{texts[1]}"]
    return ["\t".join(texts)]


def _is_layout(cell: list[str]) -> bool:
    """Tell whether a cell holds rows or fields of its own, and not one value."""
    return any("\t" in line for line in cell) or sum(":" in line[:40] for line in cell) > 1

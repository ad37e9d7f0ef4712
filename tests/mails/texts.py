"""What a reader sees of an HTML mail, and where its links lead."""

from html.parser import HTMLParser


class Visible(HTMLParser):
    """What a reader sees of an HTML mail, and where its links lead."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "background", "action"}]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split(" "))


def text_of(source: str) -> str:
    """Return what a reader sees."""
    return Visible(source).text


def links_in(source: str) -> list[str]:
    """Return where links lead."""
    return Visible(source).links

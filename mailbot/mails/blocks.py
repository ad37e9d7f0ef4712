"""A mail's body as blocks: its template runs once, and two layouts write them as text and HTML. Only HTML escapes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from jinja2 import Template
from markupsafe import Markup

from mailbot.presentation import Place, environment

LAYOUTS = {False: "mails/layout.txt", True: "mails/layout.html"}


@dataclass(frozen=True)
class Block:
    """One block of a mail: the name of the macro that writes it, in both layouts, and the macro's arguments."""

    name: str
    args: tuple[Any, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Body:
    """A mail's body: `frame` has the heading, preheader and footer; `blocks` stand inside the frame."""

    frame: Block
    blocks: Sequence[Block]

    def write(self, place: Place, *, html: bool) -> str:
        """Return the body as text or as HTML."""
        layout = environment(*place, html=html).get_template(LAYOUTS[html]).module
        inner = "\n".join(getattr(layout, block.name)(*block.args, **block.options) for block in self.blocks)
        caller = partial(Markup if html else str, inner)
        return str(
            getattr(layout, self.frame.name)(*self.frame.args, **self.frame.options, pages=self.pages, caller=caller)
        )

    @property
    def pages(self) -> Mapping[str, Sequence[str]]:
        """The addresses of the pages that its buttons and links open, each with what they are called."""
        found: dict[str, list[str]] = {}
        for label, url in (block.args[:2] for block in self.blocks if block.name in {"button", "link"}):
            if not url.startswith("mailto:"):
                found.setdefault(url.partition("?")[0], []).append(label)
        return found


@dataclass
class _Recorder:
    """The `m` of body templates: each call on it is recorded as a block, the call around all others as the frame."""

    frame: Block | None = None
    blocks: list[Block] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., str]:
        return partial(self._add, name)

    def _add(self, name: str, *args: object, caller: Callable[[], str] | None = None, **options: object) -> str:
        kept = tuple(list(arg) if isinstance(arg, Iterator) else arg for arg in args)  # two layouts read each argument
        block = Block(name, kept, options)
        if caller is None:
            self.blocks.append(block)
        else:
            self.frame = block
            _refuse_stray(caller())
        return ""


def _refuse_stray(text: str) -> None:
    if text.strip():
        raise ValueError(f"text of a mail outside its blocks: {text.strip()[:80]}")


def body_of(template: Template, values: Mapping[str, Any]) -> Body:
    """Run a body template once; raises on a missing value, on text outside blocks, and on blocks without a frame."""
    recorder = _Recorder()
    template.render({**values, "m": recorder})
    if recorder.frame is None:
        raise ValueError(f"{template.name} has no frame: its blocks stand in a call of m.mail")
    return Body(recorder.frame, recorder.blocks)

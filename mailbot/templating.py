"""Templates are compiled once for each language: their texts are translated then, and the code is kept on the disk.

Compiling what one order needs takes a second of CPU, which every start would spend before its first mail.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from gettext import NullTranslations
from pathlib import Path

import jinja2
from jinja2 import nodes
from jinja2.bccache import Bucket, FileSystemBytecodeCache
from jinja2.visitor import NodeTransformer

_NAMED = re.compile(r"%\((\w+)\)s")
_GETTEXT = {"_", "gettext"}


class _Translate(NodeTransformer):
    """Puts the translation in the place of each `_("...", name=value)`: pieces of text between the values.

    Text is safe and values are not, as with Jinja's own gettext: the HTML environment escapes the values alone.
    """

    def __init__(self, environment: "TranslatingEnvironment") -> None:
        self.environment = environment

    def visit_Call(self, call: nodes.Call) -> nodes.Node:  # noqa: N802  the name that Jinja looks for
        self.generic_visit(call)
        if not isinstance(call.node, nodes.Name) or call.node.name not in _GETTEXT:
            return call
        given = {pair.key: pair.value for pair in call.kwargs}
        text = call.args[0]
        is_plain = not (
            call.dyn_args or call.dyn_kwargs or any(isinstance(value, nodes.Const) for value in given.values())
        )
        if not isinstance(text, nodes.Const) or not is_plain:
            return call
        pieces = _NAMED.split(self.environment.texts.gettext(text.value))  # each second one is a name
        joined: list[nodes.Expr] = [
            given[piece] if at % 2 else nodes.TemplateData(piece.replace("%%", "%"))
            for at, piece in enumerate(pieces)
            if piece
        ]
        result = joined[0] if len(pieces) == 1 else nodes.Concat(joined)
        return result.set_lineno(call.lineno).set_environment(self.environment)


class TranslatingEnvironment(jinja2.Environment):
    """An environment whose templates say every constant text in one language; `texts` must be set before the first."""

    texts: NullTranslations

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        return _Translate(self).visit(parsed)  # type: ignore[no-any-return]


class KeptTemplates(FileSystemBytecodeCache):
    """Compiled templates in `__pycache__` beside the templates, as Python keeps compiled modules; else in memory alone.

    `made_from` are the files that compiled templates hold something of; a change in any of them makes all anew.
    """

    def __init__(self, templates: Path, place: str, made_from: Iterable[Path]) -> None:
        """Keep what is compiled for one place: its language, time zone, terms, and whether it escapes."""
        folder = templates / "__pycache__"
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                folder.mkdir(exist_ok=True)
        super().__init__(str(folder), f"{hashlib.sha256(place.encode()).hexdigest()[:16]}-%s.jinja")
        made = hashlib.sha256(jinja2.__version__.encode())
        for path in made_from:
            made.update(path.read_bytes())
        self._made = made.hexdigest()

    def get_source_checksum(self, source: str) -> str:
        """Return what tells whether compiled code is still that of this source."""
        return hashlib.sha256(self._made.encode() + source.encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept, if it is whole."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # noqa: BLE001  a damaged or unreadable file is as good as none
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep compiled code where there is a place that may be written."""
        if not sys.dont_write_bytecode and os.access(self.directory, os.W_OK):
            with suppress(OSError):
                super().dump_bytecode(bucket)

"""Files that came with mails. Equal bytes are stored once. An order has the files of every mail about it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from mailbot.domain.values.order import AttachedFile
from mailbot.store.tables import blobs, files, inbox


@dataclass(frozen=True)
class FileContent:
    """A file to keep: its cleaned name, the type that its bytes show, and its bytes."""

    name: str
    media_type: str
    data: bytes


def keep(connection: Connection, inbox_id: int, contents: Sequence[FileContent]) -> None:
    """Keep the files of a mail; equal bytes are stored once."""
    for file, content in zip(listed(inbox_id, contents), contents, strict=True):
        connection.execute(upsert(blobs).values(sha256=file.sha256, data=content.data).on_conflict_do_nothing())
        row = {"inbox_id": inbox_id} | {k: getattr(file, k) for k in ("number", "name", "media_type", "size", "sha256")}
        connection.execute(upsert(files).values(row).on_conflict_do_nothing())


def listed(inbox_id: int, contents: Sequence[FileContent]) -> Sequence[AttachedFile]:
    """Return a mail's files as `of_mail` will list them once they are kept."""
    return [
        AttachedFile(inbox_id, number, c.name, c.media_type, len(c.data), hashlib.sha256(c.data).hexdigest())
        for number, c in enumerate(contents, 1)
    ]


def keep_document(connection: Connection, data: bytes) -> None:
    """Keep a document that the bot made, which an event names by its SHA-256."""
    digest = hashlib.sha256(data).hexdigest()
    connection.execute(upsert(blobs).values(sha256=digest, data=data).on_conflict_do_nothing())


def hand_over(connection: Connection, inbox_id: int, earlier: int) -> None:
    """Move a mail's files to an earlier mail about the same draft, because a draft knows only its first mail."""
    last = connection.execute(select(func.max(files.c.number)).where(files.c.inbox_id == earlier)).scalar_one() or 0
    here = files.c.inbox_id == inbox_id
    connection.execute(update(files).where(here).values(inbox_id=earlier, number=files.c.number + last))


def of_order(connection: Connection, order_id: int) -> Sequence[AttachedFile]:
    """Return the files of every mail about the order, oldest first."""
    query = select(files).join(inbox, inbox.c.id == files.c.inbox_id).where(inbox.c.order_id == order_id)
    return _files(connection, query)


def of_mail(connection: Connection, inbox_id: int) -> Sequence[AttachedFile]:
    """Return the files of one mail, in their order."""
    return _files(connection, select(files).where(files.c.inbox_id == inbox_id))


def _files(connection: Connection, query: Select[Any]) -> Sequence[AttachedFile]:
    rows = connection.execute(query.order_by(files.c.inbox_id, files.c.number))
    return [AttachedFile(r.inbox_id, r.number, r.name, r.media_type, r.size, r.sha256) for r in rows]


def data(connection: Connection, file: AttachedFile) -> bytes:
    """Return a file's bytes."""
    return bytes(connection.execute(select(blobs.c.data).where(blobs.c.sha256 == file.sha256)).scalar_one())

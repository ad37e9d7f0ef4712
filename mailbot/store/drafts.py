"""Drafts: forms that were asked back, kept under a random reference until their sender answers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from mailbot.domain.values.order import Form
from mailbot.store.json_text import from_json, to_json
from mailbot.store.tables import drafts


@dataclass(frozen=True)
class Draft:
    """A kept form, which only its proven sender can use; `order` is the order to correct, None for a new order."""

    reference: str
    person: int
    form: Form
    inbox_id: int | None
    order: int | None = None


def add(connection: Connection, draft: Draft, now: datetime) -> None:
    """Keep a draft."""
    about = {"person_id": draft.person, "inbox_id": draft.inbox_id, "order_id": draft.order}
    row = about | {"reference": draft.reference, "form": to_json(draft.form), "at": now}
    connection.execute(insert(drafts).values(row))


def find(connection: Connection, reference: str) -> Draft | None:
    """Return the draft with this reference if it is still open."""
    r = connection.execute(select(drafts).where(_open(reference))).one_or_none()
    return Draft(r.reference, r.person_id, from_json(Form, r.form), r.inbox_id, r.order_id) if r else None


def beside(connection: Connection, draft: Draft) -> Draft | None:
    """Return the other open draft of the same mail: what it may be instead."""
    query = select(drafts.c.reference).where(drafts.c.inbox_id == draft.inbox_id, drafts.c.reference != draft.reference)
    other = connection.execute(query.where(drafts.c.closed_at.is_(None)).limit(1)).scalar_one_or_none()
    return find(connection, other) if other else None


def amend(connection: Connection, reference: str, form: Form) -> bool:
    """Replace the kept form; False if the draft has been closed."""
    text = to_json(form)
    return connection.execute(update(drafts).where(_open(reference)).values(form=text)).rowcount == 1


def close(connection: Connection, reference: str, now: datetime) -> bool:
    """Close the draft, which has become an order; False if it was closed before."""
    return connection.execute(update(drafts).where(_open(reference)).values(closed_at=now)).rowcount == 1


def _open(reference: str) -> ColumnElement[bool]:
    return and_(drafts.c.reference == reference, drafts.c.closed_at.is_(None))

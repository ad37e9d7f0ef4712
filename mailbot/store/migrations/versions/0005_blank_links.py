"""Mails that have left keep no working link: the mails stored by earlier versions are blanked."""

import sqlalchemy as sa
from alembic import op

from mailbot.store.blanking import blanked

revision = "0005"
down_revision = "0004"

outbox = sa.table("outbox", sa.column("id"), sa.column("raw", sa.LargeBinary), sa.column("state"), sa.column("error"))


def upgrade() -> None:
    """Blank one mail after another, so that only one is in memory."""
    connection = op.get_bind()
    gone = sa.or_(outbox.c.state == "sent", sa.and_(outbox.c.state == "cancelled", outbox.c.error != "canary"))
    for key in connection.execute(sa.select(outbox.c.id).where(gone)).scalars().all():
        raw = bytes(connection.execute(sa.select(outbox.c.raw).where(outbox.c.id == key)).scalar_one())
        connection.execute(sa.update(outbox).where(outbox.c.id == key).values(raw=blanked(raw)))

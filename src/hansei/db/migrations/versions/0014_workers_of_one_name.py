"""Which process of a worker spoke last, so that two of one name are seen.

Revision: 0014, after 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hansei.db.types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workers", sa.Column("process", sa.String(length=40), nullable=True))
    op.add_column("workers", sa.Column("shared_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("shared_at", "process"):
        op.drop_column("workers", column)

"""When what a report is made of was read, so that the next one tells what happened since.

Revision: 0015, after 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hansei.db.types import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reports", sa.Column("read_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("reports", "read_at")

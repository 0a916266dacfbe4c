"""The next job of a team's backlog, found without reading the rest of it.

Revision: 0010, after 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UNSENT = sa.text("status IN ('PENDING', 'RETRY') AND published_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_jobs_unsent",
        "jobs",
        ["queue", "team_id", "run_at", "id"],
        unique=False,
        postgresql_where=UNSENT,
        sqlite_where=UNSENT,
    )


def downgrade() -> None:
    op.drop_index("ix_jobs_unsent", "jobs")

"""Answers kept under an Idempotency-Key, besides tasks.

Revision: 0007, after 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("idempotency_keys") as table:
        table.add_column(sa.Column("answer", sa.JSON(), nullable=True))
        table.alter_column("job_id", existing_type=sa.String(length=36), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM idempotency_keys WHERE job_id IS NULL")
    with op.batch_alter_table("idempotency_keys") as table:
        table.alter_column("job_id", existing_type=sa.String(length=36), nullable=False)
        table.drop_column("answer")

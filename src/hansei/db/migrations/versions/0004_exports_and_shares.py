"""Exports as a kind of task, and links to share a report.

Revision: 0004, after 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hansei.db.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('report', 'sync', 'cleanup')"
SINCE = "kind IN ('report', 'sync', 'cleanup', 'export')"


def upgrade() -> None:
    _allow(SINCE)
    op.create_table(
        "shares",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("with_note", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_shares_report_id_reports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shares")),
        sa.UniqueConstraint("sha256", name=op.f("uq_shares_sha256")),
    )
    op.create_index("ix_shares_report_id", "shares", ["report_id"], unique=False)


def downgrade() -> None:
    op.drop_table("shares")
    op.execute("DELETE FROM jobs WHERE kind = 'export'")
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_constraint(op.f("ck_jobs_kind"), type_="check")
        jobs.create_check_constraint(op.f("ck_jobs_kind"), kinds)

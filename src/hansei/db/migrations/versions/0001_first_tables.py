"""First tables.

Revision: 0001, after None
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import hansei.db.types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("team_id", sa.String(length=100), nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=100), nullable=False),
        sa.Column("worker", sa.String(length=200), nullable=True),
        sa.Column("lease_until", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("run_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_type", sa.String(length=100), nullable=True),
        sa.Column("created_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('report', 'sync', 'cleanup')", name=op.f("ck_jobs_kind")),
        sa.CheckConstraint(
            "status IN ('PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED')",
            name=op.f("ck_jobs_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_created_at_id", ["created_at", "id"], unique=False)
        batch_op.create_index(
            "ix_jobs_leases",
            ["lease_until"],
            unique=False,
            postgresql_where=sa.text("status = 'STARTED'"),
            sqlite_where=sa.text("status = 'STARTED'"),
        )
        batch_op.create_index("ix_jobs_team_id_created_at", ["team_id", "created_at"], unique=False)
        batch_op.create_index(
            "ix_jobs_waiting",
            ["run_at"],
            unique=False,
            postgresql_where=sa.text("status IN ('PENDING', 'RETRY')"),
            sqlite_where=sa.text("status IN ('PENDING', 'RETRY')"),
        )

    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("created_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('read', 'write', 'admin')", name=op.f("ck_tokens_scope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("prefix", name=op.f("uq_tokens_prefix")),
        sa.UniqueConstraint("sha256", name=op.f("uq_tokens_sha256")),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("queues", sa.String(length=200), nullable=False),
        sa.Column("pool", sa.String(length=40), nullable=False),
        sa.Column("seen_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("route", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_idempotency_keys_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner", "route", "key", name=op.f("pk_idempotency_keys")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_idempotency_keys_job_id"), ["job_id"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("team_id", sa.String(length=100), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("headline", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("custom_context", sa.Text(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("created_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_reports_job_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_reports_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("job_id", name=op.f("uq_reports_job_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reports_created_at"), ["created_at"], unique=False)
        batch_op.create_index("ix_reports_team_id_created_at", ["team_id", "created_at"], unique=False)

    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("team_id", sa.String(length=100), nullable=True),
        sa.Column("last_sync_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_sources_team_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("name", name=op.f("uq_sources_name")),
    )
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sources_team_id"), ["team_id"], unique=False)

    op.create_table(
        "hypotheses",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.String(length=10), nullable=False),
        sa.Column("family", sa.String(length=60), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("confidence", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_hypotheses_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hypotheses")),
    )
    with op.batch_alter_table("hypotheses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hypotheses_report_id"), ["report_id"], unique=False)

    op.create_table(
        "narratives",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("narrator", sa.String(length=100), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_narratives_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "revision", name=op.f("pk_narratives")),
    )
    op.create_table(
        "sprints",
        sa.Column("team_id", sa.String(length=100), nullable=False),
        sa.Column("sprint_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("start_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("end_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("sizes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("first_synced_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_synced_at", hansei.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revised_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_sprints_source_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_sprints_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "sprint_id", name=op.f("pk_sprints")),
    )
    with op.batch_alter_table("sprints", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sprints_source_id"), ["source_id"], unique=False)
        batch_op.create_index("ix_sprints_team_id_end_at", ["team_id", "end_at"], unique=False)

    op.create_table(
        "experiments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("team_id", sa.String(length=100), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("hypothesis_id", sa.Integer(), nullable=True),
        sa.Column("evidence_id", sa.String(length=10), nullable=False),
        sa.Column("family", sa.String(length=60), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("registration", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("started_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("judged_at", hansei.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'running', 'judged', 'abandoned')", name=op.f("ck_experiments_state")
        ),
        sa.ForeignKeyConstraint(
            ["hypothesis_id"],
            ["hypotheses.id"],
            name=op.f("fk_experiments_hypothesis_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_experiments_report_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_experiments_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiments")),
    )
    with op.batch_alter_table("experiments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_experiments_hypothesis_id"), ["hypothesis_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_experiments_report_id"), ["report_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_experiments_team_id"), ["team_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("experiments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_experiments_team_id"))
        batch_op.drop_index(batch_op.f("ix_experiments_report_id"))
        batch_op.drop_index(batch_op.f("ix_experiments_hypothesis_id"))

    op.drop_table("experiments")
    with op.batch_alter_table("sprints", schema=None) as batch_op:
        batch_op.drop_index("ix_sprints_team_id_end_at")
        batch_op.drop_index(batch_op.f("ix_sprints_source_id"))

    op.drop_table("sprints")
    op.drop_table("narratives")
    with op.batch_alter_table("hypotheses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hypotheses_report_id"))

    op.drop_table("hypotheses")
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sources_team_id"))

    op.drop_table("sources")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index("ix_reports_team_id_created_at")
        batch_op.drop_index(batch_op.f("ix_reports_created_at"))

    op.drop_table("reports")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_job_id"))
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_created_at"))

    op.drop_table("idempotency_keys")
    op.drop_table("workers")
    op.drop_table("tokens")
    op.drop_table("teams")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_jobs_waiting",
            postgresql_where=sa.text("status IN ('PENDING', 'RETRY')"),
            sqlite_where=sa.text("status IN ('PENDING', 'RETRY')"),
        )
        batch_op.drop_index("ix_jobs_team_id_created_at")
        batch_op.drop_index(
            "ix_jobs_leases",
            postgresql_where=sa.text("status = 'STARTED'"),
            sqlite_where=sa.text("status = 'STARTED'"),
        )
        batch_op.drop_index("ix_jobs_created_at_id")

    op.drop_table("jobs")

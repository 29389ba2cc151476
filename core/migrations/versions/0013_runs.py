"""Runs: work on many records at once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0013"
down_revision = "core_0012"


def upgrade() -> None:
    op.create_table(
        "run",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("record_type", sa.Text(collation="C"), nullable=False),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind in ('bulk_edit', 'bulk_action', 'bulk_delete', 'bulk_transfer', 'export', 'sheet', 'undo')",
            name=op.f("run_kind_ck"),
        ),
        sa.CheckConstraint("status in ('draft', 'running', 'done', 'failed', 'cancelled')", name=op.f("run_status_ck")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("run_pk")),
    )
    op.create_index("run_newest", "run", ["tenant_id", "member_id", "created_at"], unique=False)
    op.create_table(
        "run_row",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(collation="C"), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("run_row_pk")),
    )
    op.create_index("run_row_of", "run_row", ["tenant_id", "run_id", "verdict", "line", "id"], unique=False)
    op.execute("select guanxi.distribute('guanxi.run')")
    op.create_foreign_key(
        op.f("run_tenant_id_file_id_fk"), "run", "file", ["tenant_id", "file_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(
        op.f("run_tenant_id_member_id_fk"), "run", "member", ["tenant_id", "member_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(op.f("run_tenant_id_fk"), "run", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.run_row')")
    op.create_foreign_key(
        op.f("run_row_tenant_id_run_id_fk"),
        "run_row",
        "run",
        ["tenant_id", "run_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(op.f("run_row_tenant_id_fk"), "run_row", "tenant", ["tenant_id"], ["id"])

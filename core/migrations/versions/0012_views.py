"""Saved views."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0012"
down_revision = "core_0010"


def upgrade() -> None:
    op.create_table(
        "view",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("shared", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("condition", postgresql.JSONB(), nullable=True),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("group_by", sa.Text(), nullable=False),
        sa.Column("lanes_by", sa.Text(), nullable=False),
        sa.Column("lanes", postgresql.JSONB(), nullable=False),
        sa.Column("dates_by", sa.Text(), nullable=False),
        sa.Column("sum_of", sa.Text(), nullable=False),
        sa.Column("totals", postgresql.JSONB(), nullable=False),
        sa.Column("density", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("default_roles", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('list', 'board', 'calendar', 'split')", name=op.f("view_kind_ck")),
        sa.CheckConstraint("shared in ('private', 'team', 'all')", name=op.f("view_shared_ck")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("view_pk")),
    )
    op.create_index("view_of", "view", ["tenant_id", "record_type", "position"], unique=False)
    op.create_table(
        "view_habit",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=True),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("density", sa.Text(), nullable=False),
        sa.Column("totals", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("view_habit_pk")),
    )
    op.create_index("view_habit_uq", "view_habit", ["tenant_id", "member_id", "record_type"], unique=True)
    op.execute("select guanxi.distribute('guanxi.view')")
    op.create_foreign_key(
        op.f("view_tenant_id_owner_id_fk"), "view", "member", ["tenant_id", "owner_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(
        op.f("view_tenant_id_team_id_fk"), "view", "team", ["tenant_id", "team_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(op.f("view_tenant_id_fk"), "view", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.view_habit')")
    op.create_foreign_key(
        op.f("view_habit_tenant_id_member_id_fk"), "view_habit", "member", ["tenant_id", "member_id"],
        ["tenant_id", "id"],
    )  # fmt: skip
    op.create_foreign_key(
        op.f("view_habit_tenant_id_view_id_fk"), "view_habit", "view", ["tenant_id", "view_id"], ["tenant_id", "id"],
        ondelete="CASCADE",
    )  # fmt: skip
    op.create_foreign_key(op.f("view_habit_tenant_id_fk"), "view_habit", "tenant", ["tenant_id"], ["id"])

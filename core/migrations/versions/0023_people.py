"""Seats of a tenant, and links by which those of a domain join a workspace."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0023"
down_revision = "core_0022"


def upgrade() -> None:
    op.add_column("tenant", sa.Column("seats", sa.Integer(), nullable=True))
    op.create_table(
        "join_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("domains", postgresql.JSONB(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("uses", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("join_link_pk")),
    )
    op.execute("select guanxi.distribute('guanxi.join_link')")
    op.create_foreign_key(op.f("join_link_tenant_id_fk"), "join_link", "tenant", ["tenant_id"], ["id"])
    for column, target, gone in (
        ("role_id", "role", "CASCADE"), ("team_id", "team", None), ("made_by_id", "member", None),
    ):  # fmt: skip
        op.create_foreign_key(
            op.f(f"join_link_tenant_id_{column}_fk"), "join_link", target, ["tenant_id", column], ["tenant_id", "id"],
            ondelete=gone,
        )  # fmt: skip

"""Customers in public pools, where a workspace wants it: who has each, and for how long."""

import sqlalchemy as sa
from alembic import op

revision = "leads_0013"
down_revision = "leads_0012"

TIMES = ("returns_at", "extended_until", "locked_until", "warned_follow_up_at", "warned_deal_at")


def upgrade() -> None:
    op.create_table(
        "leads_customer_pools",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_customer_pools_pk")),
    )
    op.execute("select guanxi.distribute('guanxi.leads_customer_pools')")
    op.create_foreign_key(
        op.f("leads_customer_pools_tenant_id_fk"), "leads_customer_pools", "tenant", ["tenant_id"], ["id"]
    )
    op.create_table(
        "leads_customer_standing",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("has_deal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("is_pool_chosen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("pooled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pool_reason", sa.Text(), nullable=True),
        sa.Column("previous_owner_id", sa.Uuid(), nullable=True),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in TIMES),
        sa.Column("returns_because", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_customer_standing_pk")),
    )
    op.create_index(
        "leads_customer_standing_held",
        "leads_customer_standing",
        ["tenant_id", "owner_id"],
        postgresql_where=sa.text("deleted_at is null and owner_id is not null"),
    )
    op.create_index(
        "leads_customer_standing_in_pool",
        "leads_customer_standing",
        ["tenant_id", "pool_id", sa.text("pooled_at desc"), sa.text("id desc")],
        postgresql_where=sa.text("deleted_at is null and owner_id is null"),
    )
    op.create_index(
        "leads_customer_standing_returning",
        "leads_customer_standing",
        ["tenant_id", "pool_id", "returns_at"],
        postgresql_where=sa.text("returns_at is not null"),
    )
    op.execute("select guanxi.distribute('guanxi.leads_customer_standing')")
    op.create_foreign_key(
        op.f("leads_customer_standing_tenant_id_fk"), "leads_customer_standing", "tenant", ["tenant_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("leads_customer_standing_tenant_id_id_fk"),
        "leads_customer_standing",
        "customer",
        ["tenant_id", "id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    for name, target in (("owner_id", "member"), ("pool_id", "leads_pool"), ("previous_owner_id", "member")):
        op.create_foreign_key(
            op.f(f"leads_customer_standing_tenant_id_{name}_fk"),
            "leads_customer_standing",
            target,
            ["tenant_id", name],
            ["tenant_id", "id"],
        )

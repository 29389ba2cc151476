"""Pools: requests of members, warnings, pools chosen on purpose; every workspace with leads has its first pool."""

import sqlalchemy as sa
from alembic import op

revision = "leads_0010"
down_revision = "leads_0009"

FIRST_POOLS = """
insert into guanxi.leads_pool (tenant_id, id, name, position, is_default, follow_up_days, follow_up_warn_days,
                               created_at)
select tenant_id, gen_random_uuid(), 'Public pool', 1000000, true, 3, 1, now() from guanxi.leads_lead
 group by tenant_id
on conflict do nothing
"""
INTO_THEM = """
update guanxi.leads_lead l set pool_id = p.id,
    returns_at = case when l.owner_id is not null and l.status in ('new', 'contacted', 'qualified')
                       and l.deleted_at is null
        then greatest(coalesce(l.assigned_at, l.created_at), l.last_follow_up_at) + interval '3 days' end,
    returns_because = case when l.owner_id is not null and l.status in ('new', 'contacted', 'qualified')
                            and l.deleted_at is null then 'follow_up' end
  from guanxi.leads_pool p
 where p.tenant_id = l.tenant_id and p.record_type = 'lead' and p.is_default and l.pool_id is null
"""


def upgrade() -> None:
    op.add_column(
        "leads_lead", sa.Column("is_pool_chosen", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("leads_lead", sa.Column("warned_follow_up_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("warned_deal_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "leads_lead_returning",
        "leads_lead",
        ["tenant_id", "pool_id", "returns_at"],
        unique=False,
        postgresql_where=sa.text("returns_at is not null"),
    )
    op.create_index(
        "leads_movement_pool",
        "leads_movement",
        ["tenant_id", "pool_id", "at"],
        unique=False,
        postgresql_where=sa.text("pool_id is not null"),
    )
    op.create_table(
        "leads_pool_request",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), server_default="lead", nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('claim', 'extend')", name=op.f("leads_pool_request_kind_ck")),
        sa.CheckConstraint(
            "status in ('open', 'granted', 'refused', 'withdrawn')", name=op.f("leads_pool_request_status_ck")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_pool_request_pk")),
    )
    op.create_index("leads_pool_request_at", "leads_pool_request", ["tenant_id", "status", "created_at"], unique=False)
    op.create_index(
        "leads_pool_request_of_member", "leads_pool_request", ["tenant_id", "member_id", "created_at"], unique=False
    )
    op.create_index(
        "leads_pool_request_open_uq",
        "leads_pool_request",
        ["tenant_id", "record_id", "member_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.execute("select guanxi.distribute('guanxi.leads_pool_request')")
    op.create_foreign_key(
        op.f("leads_pool_request_tenant_id_decided_by_id_fk"),
        "leads_pool_request",
        "member",
        ["tenant_id", "decided_by_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_pool_request_tenant_id_fk"), "leads_pool_request", "tenant", ["tenant_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("leads_pool_request_tenant_id_member_id_fk"),
        "leads_pool_request",
        "member",
        ["tenant_id", "member_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("leads_pool_request_tenant_id_pool_id_fk"),
        "leads_pool_request",
        "leads_pool",
        ["tenant_id", "pool_id"],
        ["tenant_id", "id"],
    )
    op.execute(FIRST_POOLS)
    op.execute(INTO_THEM)

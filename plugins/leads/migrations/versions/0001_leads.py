"""Leads, the turn of the sellers, web forms."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "leads_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "leads_form",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("intro", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("thanks", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_form_pk")),
    )
    op.create_table(
        "leads_rotation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("last_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_rotation_pk")),
    )
    op.create_table(
        "leads_lead",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("need", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("disqualify_reason", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pooled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pool_reason", sa.Text(), nullable=True),
        sa.Column("converted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("custom", postgresql.JSONB(), nullable=False),
        sa.Column("search_norm", sa.Text(collation="C"), nullable=False),
        sa.Column("search_pinyin", sa.Text(collation="C"), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("search_grams", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_lead_pk")),
    )
    op.create_index(
        "leads_lead_custom",
        "leads_lead",
        ["tenant_id", "custom"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"custom": "jsonb_path_ops"},
        postgresql_where=sa.text("custom <> '{}'"),
    )
    op.create_index("leads_lead_customer", "leads_lead", ["tenant_id", "customer_id"], unique=False)
    op.create_index(
        "leads_lead_email",
        "leads_lead",
        ["tenant_id", "email"],
        unique=False,
        postgresql_where=sa.text("email is not null"),
    )
    op.create_index(
        "leads_lead_grams", "leads_lead", ["tenant_id", "search_grams"], unique=False, postgresql_using="gin"
    )
    op.create_index("leads_lead_norm", "leads_lead", ["tenant_id", "search_norm"], unique=False)
    op.create_index(
        "leads_lead_owner",
        "leads_lead",
        ["tenant_id", "owner_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "leads_lead_phone",
        "leads_lead",
        ["tenant_id", "phone"],
        unique=False,
        postgresql_where=sa.text("phone is not null"),
    )
    op.create_index(
        "leads_lead_pinyin",
        "leads_lead",
        ["tenant_id", "search_pinyin"],
        unique=False,
        postgresql_where=sa.text("search_pinyin <> ''"),
    )
    op.create_index("leads_lead_status", "leads_lead", ["tenant_id", "status", "updated_at", "id"], unique=False)
    op.create_index(
        "leads_lead_updated",
        "leads_lead",
        ["tenant_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.execute("select guanxi.distribute('guanxi.leads_form')")
    op.create_foreign_key(op.f("leads_form_tenant_id_fk"), "leads_form", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.leads_rotation')")
    op.create_foreign_key(op.f("leads_rotation_tenant_id_fk"), "leads_rotation", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.leads_lead')")
    op.create_foreign_key(op.f("leads_lead_tenant_id_fk"), "leads_lead", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("leads_lead_tenant_id_owner_id_fk"), "leads_lead", "member", ["tenant_id", "owner_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(
        op.f("leads_lead_tenant_id_contact_id_fk"),
        "leads_lead",
        "contact",
        ["tenant_id", "contact_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_lead_tenant_id_customer_id_fk"),
        "leads_lead",
        "customer",
        ["tenant_id", "customer_id"],
        ["tenant_id", "id"],
    )

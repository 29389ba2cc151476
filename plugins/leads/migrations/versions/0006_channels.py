"""Webhooks with what they were sent, mailboxes with what they received."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "leads_0006"
down_revision = "leads_0005"


def upgrade() -> None:
    op.create_table(
        "leads_webhook",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verify_token", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("fixed", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("id_path", sa.Text(), nullable=True),
        sa.Column("time_path", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("sample", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('generic', 'meta', 'juliang', 'baidu', 'form', 'google')", name=op.f("leads_webhook_kind_ck")
        ),
        sa.CheckConstraint(
            "proof in ('standard', 'meta', 'douyin', 'fanqier', 'google', 'address')",
            name=op.f("leads_webhook_proof_ck"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_webhook_pk")),
    )
    op.create_index("leads_webhook_key_uq", "leads_webhook", ["tenant_id", "key"], unique=True)
    op.create_table(
        "leads_delivery",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("set_values", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome in ('caught', 'joined', 'updated', 'older', 'to_fetch', 'ignored', 'failed', 'refused')",
            name=op.f("leads_delivery_outcome_ck"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_delivery_pk")),
    )
    op.create_index("leads_delivery_at", "leads_delivery", ["tenant_id", "at"], unique=False)
    op.create_index("leads_delivery_key_uq", "leads_delivery", ["tenant_id", "webhook_id", "key"], unique=True)
    op.create_index(
        "leads_delivery_subject",
        "leads_delivery",
        ["tenant_id", "webhook_id", "subject"],
        unique=False,
        postgresql_where=sa.text("subject is not null"),
    )
    op.create_table(
        "leads_mailbox",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("security", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("done_folder", sa.Text(), nullable=True),
        sa.Column("every_minutes", sa.Integer(), server_default=sa.text("2"), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("security in ('ssl', 'starttls', 'none')", name=op.f("leads_mailbox_security_ck")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_mailbox_pk")),
    )
    op.create_table(
        "leads_letter",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mailbox_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("refers_to", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_name", sa.Text(), nullable=True),
        sa.Column("from_email", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("files", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome in ('caught', 'joined', 'thread', 'ignored', 'failed')", name=op.f("leads_letter_outcome_ck")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_letter_pk")),
    )
    op.create_index("leads_letter_message_uq", "leads_letter", ["tenant_id", "message_id"], unique=True)
    op.create_index(
        "leads_letter_of_lead",
        "leads_letter",
        ["tenant_id", "lead_id", "at"],
        unique=False,
        postgresql_where=sa.text("lead_id is not null"),
    )
    op.create_index("leads_letter_of_mailbox", "leads_letter", ["tenant_id", "mailbox_id", "at"], unique=False)
    op.execute("select guanxi.distribute('guanxi.leads_webhook')")
    op.create_foreign_key(
        op.f("leads_webhook_tenant_id_campaign_id_fk"),
        "leads_webhook",
        "leads_campaign",
        ["tenant_id", "campaign_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(op.f("leads_webhook_tenant_id_fk"), "leads_webhook", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.leads_delivery')")
    op.create_foreign_key(op.f("leads_delivery_tenant_id_fk"), "leads_delivery", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("leads_delivery_tenant_id_lead_id_fk"),
        "leads_delivery",
        "leads_lead",
        ["tenant_id", "lead_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("leads_delivery_tenant_id_webhook_id_fk"),
        "leads_delivery",
        "leads_webhook",
        ["tenant_id", "webhook_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.execute("select guanxi.distribute('guanxi.leads_mailbox')")
    op.create_foreign_key(
        op.f("leads_mailbox_tenant_id_campaign_id_fk"),
        "leads_mailbox",
        "leads_campaign",
        ["tenant_id", "campaign_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(op.f("leads_mailbox_tenant_id_fk"), "leads_mailbox", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.leads_letter')")
    op.create_foreign_key(op.f("leads_letter_tenant_id_fk"), "leads_letter", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("leads_letter_tenant_id_lead_id_fk"),
        "leads_letter",
        "leads_lead",
        ["tenant_id", "lead_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("leads_letter_tenant_id_mailbox_id_fk"),
        "leads_letter",
        "leads_mailbox",
        ["tenant_id", "mailbox_id"],
        ["tenant_id", "id"],
    )

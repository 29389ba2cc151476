"""Routing: shares of weighted turns, notices of broken rules, and quick counts of what each seller has open."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "leads_0008"
down_revision = "leads_0007"


def upgrade() -> None:
    op.alter_column("leads_rotation", "last_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column(
        "leads_rotation", sa.Column("state", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("leads_routing_rule", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("mail_domain", sa.Text(collation="C"), server_default="", nullable=False))
    op.create_index(
        "leads_lead_mail_domain", "leads_lead", ["tenant_id", "mail_domain"],
        postgresql_where=sa.text("mail_domain <> ''"),
    )  # fmt: skip
    op.create_index(
        "leads_lead_held",
        "leads_lead",
        ["tenant_id", "owner_id"],
        postgresql_where=sa.text("deleted_at is null and status in ('new', 'contacted', 'qualified')"),
    )

"""Who sees whose numbers, and the index that figures over a time read in place of the leads themselves."""

import sqlalchemy as sa
from alembic import op

revision = "leads_0012"
down_revision = "leads_0011"


COUNTED = (
    "source", "status", "owner_id", "campaign_id", "pool_id", "grade", "contacted_at", "qualified_at", "deleted_at",
)  # fmt: skip


def upgrade() -> None:
    op.drop_index("leads_lead_created", "leads_lead")
    op.create_index("leads_lead_created", "leads_lead", ["tenant_id", "created_at"], postgresql_include=COUNTED)
    op.create_table(
        "leads_openness",
        sa.Column("leaderboard", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("leaderboard in ('all', 'team', 'own')", name=op.f("leads_openness_leaderboard_ck")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_openness_pk")),
    )
    op.execute("select guanxi.distribute('guanxi.leads_openness')")
    op.create_foreign_key(op.f("leads_openness_tenant_id_fk"), "leads_openness", "tenant", ["tenant_id"], ["id"])

"""history link."""

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"


def upgrade() -> None:
    op.create_table(
        "history_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("history_link_pk")),
    )
    op.create_index("history_link_uq", "history_link", ["tenant_id", "customer_id", "record_id"], unique=True)
    op.execute("select guanxi.distribute('guanxi.history_link')")
    op.create_foreign_key(op.f("history_link_tenant_id_fk"), "history_link", "tenant", ["tenant_id"], ["id"])

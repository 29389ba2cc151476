"""Idempotency."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0007"
down_revision = "core_0006"


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("fingerprint", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("idempotency_key_pk")),
    )
    op.create_index("idempotency_key_uq", "idempotency_key", ["tenant_id", "token_id", "key"], unique=True)
    op.create_index("idempotency_key_made", "idempotency_key", ["tenant_id", "created_at"], unique=False)
    op.execute("select guanxi.distribute('guanxi.idempotency_key')")
    op.create_foreign_key(op.f("idempotency_key_tenant_id_fk"), "idempotency_key", "tenant", ["tenant_id"], ["id"])

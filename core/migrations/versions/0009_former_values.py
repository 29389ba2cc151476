"""Values that a change of their field's type put aside."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0009"
down_revision = "core_0008"


def upgrade() -> None:
    op.create_table(
        "former_value",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("became", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("former_value_pk")),
    )
    op.create_index("former_value_uq", "former_value", ["tenant_id", "field_id", "record_id", "type"], unique=True)
    op.execute("select guanxi.distribute('guanxi.former_value')")
    op.create_foreign_key(
        op.f("former_value_tenant_id_field_id_fk"),
        "former_value",
        "custom_field",
        ["tenant_id", "field_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(op.f("former_value_tenant_id_fk"), "former_value", "tenant", ["tenant_id"], ["id"])

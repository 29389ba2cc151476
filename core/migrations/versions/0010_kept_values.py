"""Files that belong to records, and counters of a tenant's own."""

import sqlalchemy as sa
from alembic import op

revision = "core_0010"
down_revision = "core_0009"


def upgrade() -> None:
    op.add_column(
        "file", sa.Column("content_type", sa.Text(), nullable=False, server_default="application/octet-stream")
    )
    op.alter_column("file", "content_type", server_default=None)
    op.add_column("file", sa.Column("uploaded_by_id", sa.Uuid(), nullable=True))
    op.add_column("file", sa.Column("record_type", sa.Text(), nullable=True))
    op.add_column("file", sa.Column("record_id", sa.Uuid(), nullable=True))
    op.add_column("file", sa.Column("field", sa.Text(), nullable=True))
    op.add_column("file", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "file_record", "file", ["tenant_id", "record_id"], postgresql_where=sa.text("record_id is not null")
    )
    op.create_foreign_key(
        op.f("file_tenant_id_uploaded_by_id_fk"), "file", "member", ["tenant_id", "uploaded_by_id"], ["tenant_id", "id"]
    )
    op.create_table(
        "tenant_counter",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("tenant_counter_pk")),
    )
    op.create_index("tenant_counter_uq", "tenant_counter", ["tenant_id", "name", "period"], unique=True)
    op.execute("select guanxi.distribute('guanxi.tenant_counter')")
    op.create_foreign_key(op.f("tenant_counter_tenant_id_fk"), "tenant_counter", "tenant", ["tenant_id"], ["id"])

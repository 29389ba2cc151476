"""cars."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "garage_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "garage_car",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("make", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.Column("serviced_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("garage_car_pk")),
    )
    op.create_index(
        "garage_car_custom",
        "garage_car",
        ["tenant_id", "custom"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"custom": "jsonb_path_ops"},
        postgresql_where=sa.text("custom <> '{}'"),
    )
    op.create_index("garage_car_customer", "garage_car", ["tenant_id", "customer_id"], unique=False)
    op.create_index(
        "garage_car_grams", "garage_car", ["tenant_id", "search_grams"], unique=False, postgresql_using="gin"
    )
    op.create_index("garage_car_norm", "garage_car", ["tenant_id", "search_norm"], unique=False)
    op.create_index(
        "garage_car_owner",
        "garage_car",
        ["tenant_id", "owner_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "garage_car_pinyin",
        "garage_car",
        ["tenant_id", "search_pinyin"],
        unique=False,
        postgresql_where=sa.text("search_pinyin <> ''"),
    )
    op.create_index(
        "garage_car_updated",
        "garage_car",
        ["tenant_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.execute("select guanxi.distribute('guanxi.garage_car')")
    op.create_foreign_key(
        op.f("garage_car_tenant_id_customer_id_fk"),
        "garage_car",
        "customer",
        ["tenant_id", "customer_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(op.f("garage_car_tenant_id_fk"), "garage_car", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("garage_car_tenant_id_owner_id_fk"), "garage_car", "member", ["tenant_id", "owner_id"], ["tenant_id", "id"]
    )

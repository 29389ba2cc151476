"""What tenants make of their record types: changed fields, forms, types of their own; and which run an event is of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0008"
down_revision = "core_0007"


def upgrade() -> None:
    op.create_table(
        "field_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("help", sa.Text(), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("field_change_pk")),
    )
    op.create_index("field_change_uq", "field_change", ["tenant_id", "record_type", "key"], unique=True)
    op.create_table(
        "own_type",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("plural_label", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("title_label", sa.Text(), nullable=False),
        sa.Column("states", postgresql.JSONB(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("own_type_pk")),
    )
    op.create_index(
        "own_type_label_uq",
        "own_type",
        ["tenant_id", sa.literal_column("lower(label)")],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
    )
    op.create_index("own_type_name_uq", "own_type", ["tenant_id", "name"], unique=True)
    op.create_table(
        "form_layout",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("layout", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("form_layout_pk")),
    )
    op.create_index(
        "form_layout_uq",
        "form_layout",
        ["tenant_id", "record_type", "role_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "own_record",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("own_record_pk")),
    )
    op.create_index(
        "own_record_custom",
        "own_record",
        ["tenant_id", "custom"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"custom": "jsonb_path_ops"},
        postgresql_where=sa.text("custom <> '{}'"),
    )
    op.create_index(
        "own_record_grams", "own_record", ["tenant_id", "search_grams"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "own_record_newest",
        "own_record",
        ["tenant_id", "type", sa.literal_column("updated_at desc"), sa.literal_column("id desc")],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_index("own_record_norm", "own_record", ["tenant_id", "search_norm"], unique=False)
    op.create_index(
        "own_record_owner",
        "own_record",
        ["tenant_id", "owner_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "own_record_pinyin",
        "own_record",
        ["tenant_id", "search_pinyin"],
        unique=False,
        postgresql_where=sa.text("search_pinyin <> ''"),
    )
    op.create_index(
        "own_record_status",
        "own_record",
        ["tenant_id", "type", "status", sa.literal_column("updated_at desc"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_index(
        "own_record_updated",
        "own_record",
        ["tenant_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.add_column("event", sa.Column("run_id", sa.Uuid(), nullable=True))
    op.create_index(
        "event_run",
        "event",
        ["tenant_id", "run_id", "id"],
        unique=False,
        postgresql_where=sa.text("run_id is not null"),
    )
    op.execute("select guanxi.distribute('guanxi.field_change')")
    op.create_foreign_key(op.f("field_change_tenant_id_fk"), "field_change", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.own_type')")
    op.create_foreign_key(op.f("own_type_tenant_id_fk"), "own_type", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.form_layout')")
    op.create_foreign_key(op.f("form_layout_tenant_id_fk"), "form_layout", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("form_layout_tenant_id_role_id_fk"),
        "form_layout",
        "role",
        ["tenant_id", "role_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.execute("select guanxi.distribute('guanxi.own_record')")
    op.create_foreign_key(op.f("own_record_tenant_id_fk"), "own_record", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("own_record_tenant_id_owner_id_fk"), "own_record", "member", ["tenant_id", "owner_id"], ["tenant_id", "id"]
    )

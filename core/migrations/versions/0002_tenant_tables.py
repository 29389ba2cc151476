"""Tenant tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0002"
down_revision = "core_0001"


def upgrade() -> None:
    op.create_table(
        "custom_field",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("config", postgresql.JSONB(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("custom_field_pk")),
    )
    op.create_index("custom_field_key_uq", "custom_field", ["tenant_id", "record_type", "key"], unique=True)
    op.create_table(
        "custom_value",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("s", sa.Text(collation="C"), nullable=True),
        sa.Column("n", sa.Double(), nullable=True),
        sa.Column("t", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("custom_value_pk")),
    )
    op.create_index(
        "custom_value_n",
        "custom_value",
        ["tenant_id", "field_id", "n", "record_id"],
        unique=False,
        postgresql_where=sa.text("n is not null"),
    )
    op.create_index("custom_value_record_uq", "custom_value", ["tenant_id", "record_id", "field_id"], unique=True)
    op.create_index(
        "custom_value_s",
        "custom_value",
        ["tenant_id", "field_id", "s", "record_id"],
        unique=False,
        postgresql_where=sa.text("s is not null"),
    )
    op.create_index(
        "custom_value_t",
        "custom_value",
        ["tenant_id", "field_id", "t", "record_id"],
        unique=False,
        postgresql_where=sa.text("t is not null"),
    )
    op.create_table(
        "event",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("cause", postgresql.JSONB(), nullable=False),
        sa.Column("changes", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("event_pk")),
    )
    op.create_index(
        "event_history",
        "event",
        ["tenant_id", "record_id", sa.literal_column("id desc")],
        unique=False,
        postgresql_where=sa.text("record_id is distinct from customer_id"),
    )
    op.create_index(
        "event_timeline",
        "event",
        ["tenant_id", "customer_id", sa.literal_column("id desc")],
        unique=False,
        postgresql_where=sa.text("customer_id is not null"),
    )
    op.create_table(
        "role",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("grants", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("role_pk")),
    )
    op.create_index("role_key_uq", "role", ["tenant_id", "key"], unique=True)
    op.create_table(
        "team",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("team_pk")),
    )
    op.create_table(
        "tenant_module",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("tenant_module_pk")),
    )
    op.create_index("tenant_module_uq", "tenant_module", ["tenant_id", "module"], unique=True)
    op.create_table(
        "member",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("invitation", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("status in ('invited', 'active', 'deactivated')", name=op.f("member_status_ck")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("member_pk")),
    )
    op.create_index("member_email_uq", "member", ["tenant_id", "email"], unique=True)
    op.create_index("member_of_user", "member", ["user_id"], unique=False)
    op.create_index("member_user_uq", "member", ["tenant_id", "user_id"], unique=True)
    op.create_table(
        "api_token",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("api_token_pk")),
    )
    op.create_index("api_token_by_hash", "api_token", ["token_hash"], unique=False)
    op.create_index("api_token_hash_uq", "api_token", ["tenant_id", "token_hash"], unique=True)
    op.create_table(
        "customer",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("employees", sa.BigInteger(), nullable=True),
        sa.Column("founded", sa.BigInteger(), nullable=True),
        sa.Column("annual_revenue_minor", sa.BigInteger(), nullable=True),
        sa.Column("annual_revenue_currency", sa.String(length=3), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("customer_pk")),
    )
    op.create_index(
        "customer_custom",
        "customer",
        ["tenant_id", "custom"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"custom": "jsonb_path_ops"},
        postgresql_where=sa.text("custom <> '{}'"),
    )
    op.create_index("customer_grams", "customer", ["tenant_id", "search_grams"], unique=False, postgresql_using="gin")
    op.create_index("customer_norm", "customer", ["tenant_id", "search_norm"], unique=False)
    op.create_index(
        "customer_owner",
        "customer",
        ["tenant_id", "owner_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("customer_parent", "customer", ["tenant_id", "parent_id"], unique=False)
    op.create_index(
        "customer_pinyin",
        "customer",
        ["tenant_id", "search_pinyin"],
        unique=False,
        postgresql_where=sa.text("search_pinyin <> ''"),
    )
    op.create_index("customer_stage", "customer", ["tenant_id", "stage", "updated_at", "id"], unique=False)
    op.create_index(
        "customer_updated",
        "customer",
        ["tenant_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_table(
        "member_role",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("member_role_pk")),
    )
    op.create_index("member_role_uq", "member_role", ["tenant_id", "member_id", "role_id"], unique=True)
    op.create_table(
        "notification",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("notification_pk")),
    )
    op.create_index(
        "notification_of_member",
        "notification",
        ["tenant_id", "member_id", sa.literal_column("id desc")],
        unique=False,
    )
    op.create_index(
        "notification_unread",
        "notification",
        ["tenant_id", "member_id"],
        unique=False,
        postgresql_where=sa.text("read_at is null"),
    )
    op.create_table(
        "contact",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("wechat", sa.Text(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("contact_pk")),
    )
    op.create_index(
        "contact_custom",
        "contact",
        ["tenant_id", "custom"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"custom": "jsonb_path_ops"},
        postgresql_where=sa.text("custom <> '{}'"),
    )
    op.create_index("contact_grams", "contact", ["tenant_id", "search_grams"], unique=False, postgresql_using="gin")
    op.create_index("contact_norm", "contact", ["tenant_id", "search_norm"], unique=False)
    op.create_index("contact_of_customer", "contact", ["tenant_id", "customer_id"], unique=False)
    op.create_index(
        "contact_pinyin",
        "contact",
        ["tenant_id", "search_pinyin"],
        unique=False,
        postgresql_where=sa.text("search_pinyin <> ''"),
    )
    op.create_index(
        "contact_updated",
        "contact",
        ["tenant_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_table(
        "follow_up",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("about_type", sa.Text(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("follow_up_pk")),
    )
    op.create_index("follow_up_about", "follow_up", ["tenant_id", "about_id", "happened_at"], unique=False)
    op.create_index(
        "follow_up_custom",
        "follow_up",
        ["tenant_id", "custom"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"custom": "jsonb_path_ops"},
        postgresql_where=sa.text("custom <> '{}'"),
    )
    op.create_index("follow_up_customer", "follow_up", ["tenant_id", "customer_id", "happened_at"], unique=False)
    op.create_index("follow_up_grams", "follow_up", ["tenant_id", "search_grams"], unique=False, postgresql_using="gin")
    op.create_index("follow_up_norm", "follow_up", ["tenant_id", "search_norm"], unique=False)
    op.create_index(
        "follow_up_owner",
        "follow_up",
        ["tenant_id", "owner_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "follow_up_pinyin",
        "follow_up",
        ["tenant_id", "search_pinyin"],
        unique=False,
        postgresql_where=sa.text("search_pinyin <> ''"),
    )
    op.create_index(
        "follow_up_updated",
        "follow_up",
        ["tenant_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_table(
        "task",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("about_type", sa.Text(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("task_pk")),
    )
    op.create_index("task_about", "task", ["tenant_id", "about_id"], unique=False)
    op.create_index(
        "task_custom",
        "task",
        ["tenant_id", "custom"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"custom": "jsonb_path_ops"},
        postgresql_where=sa.text("custom <> '{}'"),
    )
    op.create_index("task_customer", "task", ["tenant_id", "customer_id"], unique=False)
    op.create_index("task_due", "task", ["tenant_id", "owner_id", "status", "due_at"], unique=False)
    op.create_index("task_grams", "task", ["tenant_id", "search_grams"], unique=False, postgresql_using="gin")
    op.create_index("task_norm", "task", ["tenant_id", "search_norm"], unique=False)
    op.create_index(
        "task_owner",
        "task",
        ["tenant_id", "owner_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "task_pinyin",
        "task",
        ["tenant_id", "search_pinyin"],
        unique=False,
        postgresql_where=sa.text("search_pinyin <> ''"),
    )
    op.create_index(
        "task_updated",
        "task",
        ["tenant_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.execute("select guanxi.distribute('guanxi.custom_field')")
    op.create_foreign_key(op.f("custom_field_tenant_id_fk"), "custom_field", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.custom_value')")
    op.create_foreign_key(op.f("custom_value_tenant_id_fk"), "custom_value", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.event')")
    op.create_foreign_key(op.f("event_tenant_id_fk"), "event", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.role')")
    op.create_foreign_key(op.f("role_tenant_id_fk"), "role", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.team')")
    op.create_foreign_key(
        op.f("team_tenant_id_parent_id_fk"), "team", "team", ["tenant_id", "parent_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(op.f("team_tenant_id_fk"), "team", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.tenant_module')")
    op.create_foreign_key(op.f("tenant_module_tenant_id_fk"), "tenant_module", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.member')")
    op.create_foreign_key(
        op.f("member_tenant_id_team_id_fk"), "member", "team", ["tenant_id", "team_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(op.f("member_tenant_id_fk"), "member", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.api_token')")
    op.create_foreign_key(op.f("api_token_tenant_id_fk"), "api_token", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("api_token_tenant_id_member_id_fk"),
        "api_token",
        "member",
        ["tenant_id", "member_id"],
        ["tenant_id", "id"],
    )
    op.execute("select guanxi.distribute('guanxi.customer')")
    op.create_foreign_key(op.f("customer_tenant_id_fk"), "customer", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("customer_tenant_id_parent_id_fk"),
        "customer",
        "customer",
        ["tenant_id", "parent_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("customer_tenant_id_owner_id_fk"),
        "customer",
        "member",
        ["tenant_id", "owner_id"],
        ["tenant_id", "id"],
    )
    op.execute("select guanxi.distribute('guanxi.member_role')")
    op.create_foreign_key(
        op.f("member_role_tenant_id_role_id_fk"),
        "member_role",
        "role",
        ["tenant_id", "role_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(op.f("member_role_tenant_id_fk"), "member_role", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("member_role_tenant_id_member_id_fk"),
        "member_role",
        "member",
        ["tenant_id", "member_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.execute("select guanxi.distribute('guanxi.notification')")
    op.create_foreign_key(op.f("notification_tenant_id_fk"), "notification", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("notification_tenant_id_member_id_fk"),
        "notification",
        "member",
        ["tenant_id", "member_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.execute("select guanxi.distribute('guanxi.contact')")
    op.create_foreign_key(op.f("contact_tenant_id_fk"), "contact", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("contact_tenant_id_customer_id_fk"),
        "contact",
        "customer",
        ["tenant_id", "customer_id"],
        ["tenant_id", "id"],
    )
    op.execute("select guanxi.distribute('guanxi.follow_up')")
    op.create_foreign_key(
        op.f("follow_up_tenant_id_owner_id_fk"),
        "follow_up",
        "member",
        ["tenant_id", "owner_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("follow_up_tenant_id_customer_id_fk"),
        "follow_up",
        "customer",
        ["tenant_id", "customer_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(op.f("follow_up_tenant_id_fk"), "follow_up", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.task')")
    op.create_foreign_key(
        op.f("task_tenant_id_customer_id_fk"),
        "task",
        "customer",
        ["tenant_id", "customer_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("task_tenant_id_owner_id_fk"), "task", "member", ["tenant_id", "owner_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(op.f("task_tenant_id_fk"), "task", "tenant", ["tenant_id"], ["id"])

"""Campaigns, touches, pools, movements, rules of routing and scoring, sellers; the lead's clocks and milestones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "leads_0004"
down_revision = "leads_0003"

REACHED = """
update guanxi.leads_lead set
    contacted_at = case when status in ('contacted', 'qualified', 'converted')
        then coalesce(last_follow_up_at, updated_at) end,
    qualified_at = case when status = 'qualified' then updated_at when status = 'converted' then converted_at end,
    disqualified_at = case when status = 'disqualified' then updated_at end,
    responded_at = last_follow_up_at
"""


def upgrade() -> None:
    op.create_table(
        "leads_pool",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), server_default="lead", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("condition", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("sees", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("claims", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("mode", sa.Text(), server_default="claim", nullable=False),
        sa.Column("mask", sa.Text(), server_default="before_claim", nullable=False),
        sa.Column("follow_up_days", sa.Integer(), nullable=True),
        sa.Column("follow_up_warn_days", sa.Integer(), nullable=True),
        sa.Column("deal_days", sa.Integer(), nullable=True),
        sa.Column("deal_warn_days", sa.Integer(), nullable=True),
        sa.Column("in_working_days", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("counts_as_follow_up", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("key_condition", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("key_factor", sa.Integer(), server_default=sa.text("2"), nullable=False),
        sa.Column("protects_open_deals", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("returns_to_id", sa.Uuid(), nullable=True),
        sa.Column("holding_cap", sa.Integer(), nullable=True),
        sa.Column("daily_claim_cap", sa.Integer(), nullable=True),
        sa.Column("cool_down_hours", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lock_limit", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lock_days", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("extend_days", sa.Integer(), server_default=sa.text("7"), nullable=False),
        sa.Column("reason_required", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("batch_cap", sa.Integer(), server_default=sa.text("500"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("mask in ('never', 'before_claim', 'always')", name=op.f("leads_pool_mask_ck")),
        sa.CheckConstraint("mode in ('claim', 'request', 'manager', 'automatic')", name=op.f("leads_pool_mode_ck")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_pool_pk")),
    )
    op.create_index(
        "leads_pool_default_uq",
        "leads_pool",
        ["tenant_id", "record_type"],
        unique=True,
        postgresql_where=sa.text("is_default and deleted_at is null"),
    )
    op.create_table(
        "leads_routing_rule",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("condition", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "strategy in ('turn', 'weighted', 'performance', 'load', 'skill', 'territory', 'same_company', 'pool',"
            " 'person')",
            name=op.f("leads_routing_rule_strategy_ck"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_routing_rule_pk")),
    )
    op.create_index(
        "leads_routing_rule_default_uq",
        "leads_routing_rule",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "leads_scoring_rule",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("condition", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("signal", sa.Text(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("half_life_days", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('profile', 'behaviour')", name=op.f("leads_scoring_rule_kind_ck")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_scoring_rule_pk")),
    )
    op.create_table(
        "leads_campaign",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("budget_currency", sa.String(length=3), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_currency", sa.String(length=3), nullable=True),
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
        sa.Column("match_name", sa.Text(collation="C"), server_default="", nullable=False),
        sa.Column("match_sound", sa.Text(collation="C"), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_campaign_pk")),
    )
    op.create_index(
        "leads_campaign_code_uq",
        "leads_campaign",
        ["tenant_id", "code"],
        unique=True,
        postgresql_where=sa.text("code is not null and deleted_at is null"),
    )
    op.create_index(
        "leads_campaign_custom",
        "leads_campaign",
        ["tenant_id", "custom"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"custom": "jsonb_path_ops"},
        postgresql_where=sa.text("custom <> '{}'"),
    )
    op.create_index(
        "leads_campaign_grams", "leads_campaign", ["tenant_id", "search_grams"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "leads_campaign_match",
        "leads_campaign",
        ["tenant_id", "match_sound"],
        unique=False,
        postgresql_where=sa.text("match_sound <> ''"),
    )
    op.create_index("leads_campaign_norm", "leads_campaign", ["tenant_id", "search_norm"], unique=False)
    op.create_index(
        "leads_campaign_owner",
        "leads_campaign",
        ["tenant_id", "owner_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "leads_campaign_pinyin",
        "leads_campaign",
        ["tenant_id", "search_pinyin"],
        unique=False,
        postgresql_where=sa.text("search_pinyin <> ''"),
    )
    op.create_index(
        "leads_campaign_updated",
        "leads_campaign",
        ["tenant_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_table(
        "leads_movement",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("from_id", sa.Uuid(), nullable=True),
        sa.Column("to_id", sa.Uuid(), nullable=True),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("why", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind in ('captured', 'assigned', 'claimed', 'returned', 'converted', 'disqualified', 'reopened')",
            name=op.f("leads_movement_kind_ck"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_movement_pk")),
    )
    op.create_index("leads_movement_at", "leads_movement", ["tenant_id", "at"], unique=False)
    op.create_index("leads_movement_of_record", "leads_movement", ["tenant_id", "record_id", "at"], unique=False)
    op.create_index(
        "leads_movement_to",
        "leads_movement",
        ["tenant_id", "to_id", "at"],
        unique=False,
        postgresql_where=sa.text("to_id is not null"),
    )
    op.create_table(
        "leads_seller",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("daily_cap", sa.Integer(), nullable=True),
        sa.Column("weight", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("skills", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("territories", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("hours", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_seller_pk")),
    )
    op.create_table(
        "leads_touch",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_detail", sa.Text(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("via", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("utm", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("referrer", sa.Text(), nullable=True),
        sa.Column("landing_page", sa.Text(), nullable=True),
        sa.Column("consent", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("said", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_touch_pk")),
    )
    op.create_index(
        "leads_touch_of_campaign",
        "leads_touch",
        ["tenant_id", "campaign_id"],
        unique=False,
        postgresql_where=sa.text("campaign_id is not null"),
    )
    op.create_index("leads_touch_of_lead", "leads_touch", ["tenant_id", "lead_id", "at"], unique=False)
    op.add_column("leads_lead", sa.Column("wechat", sa.Text(), nullable=True))
    op.add_column("leads_lead", sa.Column("industry", sa.Text(), nullable=True))
    op.add_column("leads_lead", sa.Column("address", postgresql.JSONB(none_as_null=True), nullable=True))
    op.alter_column("leads_lead", "campaign", new_column_name="source_detail")
    op.add_column("leads_lead", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.add_column("leads_lead", sa.Column("expected_amount_minor", sa.BigInteger(), nullable=True))
    op.add_column("leads_lead", sa.Column("expected_amount_currency", sa.String(length=3), nullable=True))
    op.add_column("leads_lead", sa.Column("tags", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("leads_lead", sa.Column("is_key", sa.Boolean(), nullable=True))
    op.add_column("leads_lead", sa.Column("revisit_on", sa.Date(), nullable=True))
    op.add_column("leads_lead", sa.Column("grade", sa.Text(), nullable=True))
    op.add_column("leads_lead", sa.Column("is_high_intent", sa.Boolean(), nullable=True))
    op.add_column("leads_lead", sa.Column("learned_score", sa.BigInteger(), nullable=True))
    op.add_column("leads_lead", sa.Column("score_reasons", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("leads_lead", sa.Column("learned_reasons", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("leads_lead", sa.Column("touches", sa.BigInteger(), server_default=sa.text("1"), nullable=False))
    op.add_column("leads_lead", sa.Column("last_touch_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("assigned_how", sa.Text(), nullable=True))
    op.add_column("leads_lead", sa.Column("routing_rule_id", sa.Uuid(), nullable=True))
    op.add_column("leads_lead", sa.Column("next_step", sa.Text(), nullable=True))
    op.add_column("leads_lead", sa.Column("next_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("pool_id", sa.Uuid(), nullable=True))
    op.add_column("leads_lead", sa.Column("previous_owner_id", sa.Uuid(), nullable=True))
    op.add_column("leads_lead", sa.Column("returns_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("returns_because", sa.Text(), nullable=True))
    op.add_column("leads_lead", sa.Column("extended_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("qualified_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("leads_lead", sa.Column("disqualified_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("leads_lead_created", "leads_lead", ["tenant_id", "created_at"], unique=False)
    op.create_index(
        "leads_lead_in_pool",
        "leads_lead",
        ["tenant_id", "pool_id", sa.literal_column("score desc"), sa.literal_column("id desc")],
        unique=False,
        postgresql_where=sa.text("owner_id is null and deleted_at is null"),
    )
    op.create_index(
        "leads_lead_wechat",
        "leads_lead",
        ["tenant_id", "wechat"],
        unique=False,
        postgresql_where=sa.text("wechat is not null"),
    )
    op.create_foreign_key(
        op.f("leads_lead_tenant_id_campaign_id_fk"),
        "leads_lead",
        "leads_campaign",
        ["tenant_id", "campaign_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_lead_tenant_id_previous_owner_id_fk"),
        "leads_lead",
        "member",
        ["tenant_id", "previous_owner_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_lead_tenant_id_routing_rule_id_fk"),
        "leads_lead",
        "leads_routing_rule",
        ["tenant_id", "routing_rule_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_lead_tenant_id_pool_id_fk"),
        "leads_lead",
        "leads_pool",
        ["tenant_id", "pool_id"],
        ["tenant_id", "id"],
    )
    op.execute("select guanxi.distribute('guanxi.leads_pool')")
    op.create_foreign_key(op.f("leads_pool_tenant_id_fk"), "leads_pool", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("leads_pool_tenant_id_returns_to_id_fk"),
        "leads_pool",
        "leads_pool",
        ["tenant_id", "returns_to_id"],
        ["tenant_id", "id"],
    )
    op.execute("select guanxi.distribute('guanxi.leads_routing_rule')")
    op.create_foreign_key(
        op.f("leads_routing_rule_tenant_id_fk"), "leads_routing_rule", "tenant", ["tenant_id"], ["id"]
    )
    op.execute("select guanxi.distribute('guanxi.leads_scoring_rule')")
    op.create_foreign_key(
        op.f("leads_scoring_rule_tenant_id_fk"), "leads_scoring_rule", "tenant", ["tenant_id"], ["id"]
    )
    op.execute("select guanxi.distribute('guanxi.leads_campaign')")
    op.create_foreign_key(
        op.f("leads_campaign_tenant_id_owner_id_fk"),
        "leads_campaign",
        "member",
        ["tenant_id", "owner_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(op.f("leads_campaign_tenant_id_fk"), "leads_campaign", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.leads_movement')")
    op.create_foreign_key(
        op.f("leads_movement_tenant_id_from_id_fk"),
        "leads_movement",
        "member",
        ["tenant_id", "from_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_movement_tenant_id_pool_id_fk"),
        "leads_movement",
        "leads_pool",
        ["tenant_id", "pool_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_movement_tenant_id_actor_id_fk"),
        "leads_movement",
        "member",
        ["tenant_id", "actor_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_movement_tenant_id_to_id_fk"),
        "leads_movement",
        "member",
        ["tenant_id", "to_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(op.f("leads_movement_tenant_id_fk"), "leads_movement", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.leads_seller')")
    op.create_foreign_key(
        op.f("leads_seller_tenant_id_member_id_fk"),
        "leads_seller",
        "member",
        ["tenant_id", "member_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(op.f("leads_seller_tenant_id_fk"), "leads_seller", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.leads_touch')")
    op.create_foreign_key(
        op.f("leads_touch_tenant_id_campaign_id_fk"),
        "leads_touch",
        "leads_campaign",
        ["tenant_id", "campaign_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_touch_tenant_id_lead_id_fk"),
        "leads_touch",
        "leads_lead",
        ["tenant_id", "lead_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(op.f("leads_touch_tenant_id_fk"), "leads_touch", "tenant", ["tenant_id"], ["id"])
    op.execute(REACHED)

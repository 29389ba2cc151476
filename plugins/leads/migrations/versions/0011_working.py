"""Procedures, sequences of reminders, first responses and conversions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "leads_0011"
down_revision = "leads_0010"


def upgrade() -> None:
    op.add_column("leads_lead", sa.Column("response_policy_id", sa.Uuid(), nullable=True))
    op.add_column("leads_lead", sa.Column("reroutes", sa.Integer(), server_default=sa.text("0"), nullable=False))

    op.create_table(
        "leads_procedure",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("checklist", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("required", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("script", sa.Text(), server_default="", nullable=False),
        sa.Column("reasons", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_procedure_pk")),
    )
    op.create_index("leads_procedure_status_uq", "leads_procedure", ["tenant_id", "status"], unique=True)
    op.create_table(
        "leads_step_done",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_step_done_pk")),
    )
    op.create_index("leads_step_done_uq", "leads_step_done", ["tenant_id", "lead_id", "step"], unique=True)
    op.create_table(
        "leads_sequence",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("steps", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("starts_on", sa.Text(), nullable=True),
        sa.Column("stops_on", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_sequence_pk")),
    )
    op.create_table(
        "leads_sequence_run",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("sequence_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('running', 'paused', 'stopped', 'done')", name=op.f("leads_sequence_run_state_ck")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_sequence_run_pk")),
    )
    op.create_index(
        "leads_sequence_run_uq",
        "leads_sequence_run",
        ["tenant_id", "lead_id", "sequence_id"],
        unique=True,
        postgresql_where=sa.text("state in ('running', 'paused')"),
    )
    op.create_table(
        "leads_response_policy",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("condition", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("warn_minutes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("silence", sa.Text(), server_default="tell", nullable=False),
        sa.Column("most_reroutes", sa.Integer(), server_default=sa.text("2"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("silence in ('tell', 'route', 'pool')", name=op.f("leads_response_policy_silence_ck")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_response_policy_pk")),
    )
    op.create_table(
        "leads_conversion",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("before", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("carried", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("made", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("moved", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_conversion_pk")),
    )
    op.create_index("leads_conversion_of_lead", "leads_conversion", ["tenant_id", "lead_id", "at"], unique=False)
    op.execute("select guanxi.distribute('guanxi.leads_procedure')")
    op.create_foreign_key(op.f("leads_procedure_tenant_id_fk"), "leads_procedure", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.leads_step_done')")
    op.create_foreign_key(
        op.f("leads_step_done_tenant_id_lead_id_fk"),
        "leads_step_done",
        "leads_lead",
        ["tenant_id", "lead_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("leads_step_done_tenant_id_member_id_fk"),
        "leads_step_done",
        "member",
        ["tenant_id", "member_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(op.f("leads_step_done_tenant_id_fk"), "leads_step_done", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.leads_sequence')")
    op.create_foreign_key(op.f("leads_sequence_tenant_id_fk"), "leads_sequence", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.leads_sequence_run')")
    op.create_foreign_key(
        op.f("leads_sequence_run_tenant_id_fk"), "leads_sequence_run", "tenant", ["tenant_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("leads_sequence_run_tenant_id_started_by_id_fk"),
        "leads_sequence_run",
        "member",
        ["tenant_id", "started_by_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_sequence_run_tenant_id_sequence_id_fk"),
        "leads_sequence_run",
        "leads_sequence",
        ["tenant_id", "sequence_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_sequence_run_tenant_id_lead_id_fk"),
        "leads_sequence_run",
        "leads_lead",
        ["tenant_id", "lead_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.execute("select guanxi.distribute('guanxi.leads_response_policy')")
    op.create_foreign_key(
        op.f("leads_response_policy_tenant_id_fk"), "leads_response_policy", "tenant", ["tenant_id"], ["id"]
    )
    op.execute("select guanxi.distribute('guanxi.leads_conversion')")
    op.create_foreign_key(
        op.f("leads_conversion_tenant_id_by_id_fk"),
        "leads_conversion",
        "member",
        ["tenant_id", "by_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("leads_conversion_tenant_id_lead_id_fk"),
        "leads_conversion",
        "leads_lead",
        ["tenant_id", "lead_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("leads_conversion_tenant_id_undone_by_id_fk"),
        "leads_conversion",
        "member",
        ["tenant_id", "undone_by_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(op.f("leads_conversion_tenant_id_fk"), "leads_conversion", "tenant", ["tenant_id"], ["id"])

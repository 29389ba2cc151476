"""Signals, how leads are scored, what was learned."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "leads_0009"
down_revision = "leads_0008"


def upgrade() -> None:
    op.add_column(
        "leads_scoring_rule", sa.Column("marks", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_table(
        "leads_signal",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_signal_pk")),
    )
    op.create_index("leads_signal_of_lead", "leads_signal", ["tenant_id", "lead_id", "name", "at"])
    op.create_table(
        "leads_scoring",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("a_from", sa.Integer(), server_default=sa.text("75"), nullable=False),
        sa.Column("b_from", sa.Integer(), server_default=sa.text("50"), nullable=False),
        sa.Column("c_from", sa.Integer(), server_default=sa.text("25"), nullable=False),
        sa.Column("high_from", sa.Integer(), server_default=sa.text("80"), nullable=False),
        sa.Column("learns", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("columns", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("asked_to_learn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rescore_run", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rescore_total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rescore_done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rescore_changed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rescore_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rescore_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_scoring_pk")),
    )
    op.create_table(
        "leads_learned",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("won", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("card", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("figures", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("left_out", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_learned_pk")),
    )
    op.create_index("leads_learned_newest", "leads_learned", ["tenant_id", sa.text("at desc")])
    for table in ("leads_signal", "leads_scoring", "leads_learned"):
        op.execute(f"select guanxi.distribute('guanxi.{table}')")
        op.create_foreign_key(op.f(f"{table}_tenant_id_fk"), table, "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("leads_signal_tenant_id_lead_id_fk"),
        "leads_signal",
        "leads_lead",
        ["tenant_id", "lead_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )

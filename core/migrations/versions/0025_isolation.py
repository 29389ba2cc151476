"""What the nightly probe found, and the workspaces that are there for it alone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0025"
down_revision = "core_0024"

POLICIES = (
    "alter table isolation_run enable row level security",
    "alter table isolation_run force row level security",
    "create policy read on isolation_run for select to guanxi_app, guanxi_ops using (true)",
    "create policy work on isolation_run to guanxi_worker using (true) with check (true)",
    "grant select on isolation_run to guanxi_app, guanxi_ops",
    "grant select, insert, delete on isolation_run to guanxi_worker",
)


def upgrade() -> None:
    op.add_column("tenant", sa.Column("canary", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "isolation_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("attempts", postgresql.JSONB(), nullable=False),
        sa.Column("got_through", postgresql.JSONB(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("isolation_run_pk")),
    )
    op.create_index("isolation_run_at", "isolation_run", ["at"])
    for statement in POLICIES:
        op.execute(statement)

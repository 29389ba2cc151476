"""Imports that update, check first, and can be taken back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0015"
down_revision = "core_0014"

STATUSES = "status in ('draft', 'running', 'checked', 'done', 'failed', 'cancelled', 'reverting', 'reverted')"


def upgrade() -> None:
    for name in ("updated", "unchanged", "conflicting", "rows"):
        op.add_column("import", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
        op.alter_column("import", name, server_default=None)
    op.add_column(
        "import", sa.Column("look", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)
    )
    op.add_column(
        "import", sa.Column("report", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)
    )
    op.alter_column("import", "look", server_default=None)
    op.alter_column("import", "report", server_default=None)
    op.add_column("import", sa.Column("reverted_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("import_status_ck"), "import")
    op.create_check_constraint(op.f("import_status_ck"), "import", STATUSES)
    # a file that nobody began to import has to be looked at anew
    op.execute("update guanxi.import set status = 'cancelled' where status = 'draft'")
    op.add_column("import_row", sa.Column("record_id", sa.Uuid(), nullable=True))
    op.add_column("import_row", sa.Column("changes", postgresql.JSONB(), nullable=True))
    op.create_index("import_row_verdict", "import_row", ["tenant_id", "import_id", "verdict", "line"], unique=False)
    op.drop_index("import_row_of", "import_row")
    for table in ("customer", "contact"):
        for name in ("phone", "email"):
            op.create_index(
                f"{table}_{name}",
                table,
                ["tenant_id", name],
                unique=False,
                postgresql_where=sa.text(f"{name} is not null"),
            )

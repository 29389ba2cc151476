"""Handovers: two more kinds of run."""

from alembic import op

revision = "core_0026"
down_revision = "core_0025"

KINDS = (
    "kind in ('bulk_edit', 'bulk_action', 'bulk_delete', 'bulk_transfer', 'bulk_share', 'export', 'sheet', 'undo',"
    " 'handover', 'handover_undo')"
)


def upgrade() -> None:
    op.drop_constraint(op.f("run_kind_ck"), "run")
    op.create_check_constraint(op.f("run_kind_ck"), "run", KINDS)

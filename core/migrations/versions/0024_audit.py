"""The audit log: entries that nobody alters, kept as long as the plan says."""

import sqlalchemy as sa
from alembic import op

revision = "core_0024"
down_revision = "core_0023"

OLD = "at < now() - interval '7 days'"
"""Whatever is asked of it, the nightly purge reaches nothing of the last week."""
PURGE = f"(audit and {OLD})"
NO_HISTORY = (
    "(record_type in ('run', 'import') or name like '%.exported'"
    " or split_part(name, '.', 1) in ('auth', 'tenants', 'audit', 'security', 'field', 'record_type'))"
)
"""What is in the log alone. Anything else is the history of some record, too, and stays when the log lets go of it."""

STATEMENTS = (
    "revoke update, delete, truncate on event from guanxi_app",
    f"create policy audit_purge_reads on event for select to guanxi_worker using ({OLD})",
    f"create policy audit_purge on event for delete to guanxi_worker using ({PURGE} and {NO_HISTORY})",
    f"create policy audit_leaving on event for update to guanxi_worker using {PURGE} with check (not audit)",
    "grant select (tenant_id, id, at, name, record_type, cause, audit), update (audit, cause), delete on event"
    " to guanxi_worker",
)


def upgrade() -> None:
    op.add_column("event", sa.Column("audit", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index("event_audit", "event", ["tenant_id", sa.text("at desc"), sa.text("id desc")],
                    postgresql_where=sa.text("audit"))  # fmt: skip
    op.add_column("tenant", sa.Column("audit_days", sa.Integer(), nullable=True))
    for statement in STATEMENTS:
        op.execute(statement)

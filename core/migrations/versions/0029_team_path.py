"""The path of their team, kept with each member."""

import sqlalchemy as sa
from alembic import op

revision = "core_0029"
down_revision = "core_0028"


def upgrade() -> None:
    op.add_column("member", sa.Column("team_path", sa.Text(collation="C"), server_default="/", nullable=False))
    for table in ("member", "team"):
        op.execute(f"alter table guanxi.{table} disable row level security")
    op.execute("update guanxi.member m set team_path = t.path from guanxi.team t"
               " where t.tenant_id = m.tenant_id and t.id = m.team_id")  # fmt: skip
    for table in ("member", "team"):
        op.execute(f"alter table guanxi.{table} enable row level security")
    op.create_index("member_below", "member", ["tenant_id", "team_path", "id"])

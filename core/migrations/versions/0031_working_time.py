"""When a tenant works: its week, its holidays and days of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0031"
down_revision = "core_0030"


def upgrade() -> None:
    op.add_column(
        "tenant", sa.Column("working_time", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)
    )

"""On which sites a web form may stand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "leads_0003"
down_revision = "leads_0002"


def upgrade() -> None:
    op.add_column("leads_form", sa.Column("embedded_in", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")))

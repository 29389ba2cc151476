"""What leads' names are told apart by."""

import sqlalchemy as sa
from alembic import op

revision = "leads_0002"
down_revision = "leads_0001"


def upgrade() -> None:
    for name in ("match_name", "match_sound"):
        op.add_column("leads_lead", sa.Column(name, sa.Text(collation="C"), nullable=False, server_default=""))
    sounding = sa.text("match_sound <> ''")
    op.create_index("leads_lead_match", "leads_lead", ["tenant_id", "match_sound"], postgresql_where=sounding)

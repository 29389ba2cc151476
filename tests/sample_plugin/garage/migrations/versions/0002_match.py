"""What cars' plates are told apart by."""

import sqlalchemy as sa
from alembic import op

revision = "garage_0002"
down_revision = "garage_0001"


def upgrade() -> None:
    for name in ("match_name", "match_sound"):
        op.add_column("garage_car", sa.Column(name, sa.Text(collation="C"), nullable=False, server_default=""))
    sounding = sa.text("match_sound <> ''")
    op.create_index("garage_car_match", "garage_car", ["tenant_id", "match_sound"], postgresql_where=sounding)

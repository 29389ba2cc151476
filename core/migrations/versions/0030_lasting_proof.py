"""Since when the proof of a company's domain is missing, and the day on which an app has to ask its member again."""

import sqlalchemy as sa
from alembic import op

revision = "core_0030"
down_revision = "core_0029"


def upgrade() -> None:
    for name in ("missing_since", "lapsed_at"):
        op.add_column("company_domain", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    ends = sa.Column("ends_at", sa.DateTime(timezone=True), server_default=sa.text("now() + interval '180 days'"),
                     nullable=False)  # fmt: skip
    op.add_column("oauth_refresh", ends)
    op.alter_column("oauth_refresh", "ends_at", server_default=None)

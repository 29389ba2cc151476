"""What a lead is recognised by: its mailbox, and its company beside how its name sounds.

Companies and names are read anew by the nightly search for duplicates, which does it for whatever has none.
"""

import sqlalchemy as sa
from alembic import op

revision = "leads_0007"
down_revision = "leads_0006"

MAILBOXES = """
update guanxi.leads_lead set email_key = case
    when split_part(lower(email), '@', 2) in ('gmail.com', 'googlemail.com')
    then replace(split_part(split_part(lower(email), '@', 1), '+', 1), '.', '') || '@gmail.com'
    else split_part(split_part(lower(email), '@', 1), '+', 1) || '@' || split_part(lower(email), '@', 2) end
 where email is not null
"""
READ_ANEW = "update guanxi.leads_lead set match_name = '' where company is not null"


def upgrade() -> None:
    for name in ("email_key", "company_key"):
        op.add_column("leads_lead", sa.Column(name, sa.Text(collation="C"), server_default="", nullable=False))
    op.execute(MAILBOXES)
    op.execute(READ_ANEW)
    op.create_index(
        "leads_lead_email_key", "leads_lead", ["tenant_id", "email_key"], postgresql_where=sa.text("email_key <> ''")
    )
    op.create_index(
        "leads_lead_company_key",
        "leads_lead",
        ["tenant_id", "company_key", "match_sound"],
        postgresql_where=sa.text("company_key <> ''"),
    )

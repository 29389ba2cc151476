"""What signing in may read across tenants: who is a member where, and whose token this is."""

from alembic import op

revision = "core_0003"
down_revision = "core_0002"


def upgrade() -> None:
    for table, columns in (
        ("member", "tenant_id, id, user_id, name, email, status, locale, timezone"),
        ("api_token", "tenant_id, id, member_id, token_hash, scopes, expires_at, revoked_at"),
    ):
        op.execute(f"create policy auth_read on {table} for select to guanxi_auth using (true)")
        op.execute(f"grant select ({columns}) on {table} to guanxi_auth")

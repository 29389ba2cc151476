"""Forms of several pages, consent in versions, limits and protections; entries, and how often forms are seen."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "leads_0005"
down_revision = "leads_0004"

ONE_STEP = """
update guanxi.leads_form set
    steps = jsonb_build_array(jsonb_build_object('title', '', 'fields', (
        select coalesce(jsonb_agg(jsonb_build_object('key', key)), '[]'::jsonb)
        from jsonb_array_elements_text(fields) key))),
    plain_post = jsonb_array_length(embedded_in) > 0
"""


def upgrade() -> None:
    text, no = sa.Text(), sa.text("false")
    for column in (
        sa.Column("steps", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("redirect_to", text, server_default="", nullable=False),
        sa.Column("accent", text, server_default="", nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("most_entries", sa.Integer(), nullable=True),
        sa.Column("consent_text", text, server_default="", nullable=False),
        sa.Column("consent_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("consent_required", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("double_opt_in", sa.Boolean(), server_default=no, nullable=False),
        sa.Column("plain_post", sa.Boolean(), server_default=no, nullable=False),
        sa.Column("source", text, server_default="form", nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("tell", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
    ):
        op.add_column("leads_form", column)
    op.execute(ONE_STEP)
    op.drop_column("leads_form", "fields")
    _links("leads_form", campaign_id="leads_campaign")

    op.create_table(
        "leads_form_consent",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_form_consent_pk")),
    )
    op.create_index("leads_form_consent_uq", "leads_form_consent", ["tenant_id", "form_id", "version"], unique=True)
    _fence("leads_form_consent")
    _links("leads_form_consent", form_id="leads_form")

    op.create_table(
        "leads_form_day",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_form_day_pk")),
    )
    op.create_index("leads_form_day_uq", "leads_form_day", ["tenant_id", "form_id", "day"], unique=True)
    _fence("leads_form_day")
    _links("leads_form_day", form_id="leads_form")

    op.create_table(
        "leads_form_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("touch", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("email", text, nullable=True),
        sa.Column("token", text, nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("leads_form_entry_pk")),
    )
    email, lead, token = (sa.text(f"{name} is not null") for name in ("email", "lead_id", "token"))
    op.create_index("leads_form_entry_of_form", "leads_form_entry", ["tenant_id", "form_id", "at"])
    op.create_index("leads_form_entry_of_lead", "leads_form_entry", ["tenant_id", "lead_id"], postgresql_where=lead)
    op.create_index(
        "leads_form_entry_of_email", "leads_form_entry", ["tenant_id", "email", "at"], postgresql_where=email
    )
    op.create_index(
        "leads_form_entry_token_uq", "leads_form_entry", ["tenant_id", "token"], unique=True, postgresql_where=token
    )
    _fence("leads_form_entry")
    _links("leads_form_entry", form_id="leads_form", lead_id="leads_lead")


def _fence(table: str) -> None:
    op.execute(f"select guanxi.distribute('guanxi.{table}')")
    op.create_foreign_key(op.f(f"{table}_tenant_id_fk"), table, "tenant", ["tenant_id"], ["id"])


def _links(table: str, **targets: str) -> None:
    for column, target in targets.items():
        op.create_foreign_key(
            op.f(f"{table}_tenant_id_{column}_fk"), table, target, ["tenant_id", column], ["tenant_id", "id"],
            ondelete=None if target == "leads_campaign" else "CASCADE",
        )  # fmt: skip

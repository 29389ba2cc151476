"""Who looks after a company already: the owner of an open lead of it, or of a customer."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import literal, or_, select, union_all

from core.sdk import Customer, session, tenant_id
from plugins.leads.models import Lead
from plugins.leads.models.lead import OPEN
from plugins.leads.services.routing.facts import Facts


def owners_of_companies(leads: Sequence[Facts]) -> dict[str, UUID]:
    """The owners by what companies are known by. A customer's owner comes before that of a lead, a later lead's before
    an earlier one's."""
    keys = {key for lead in leads for key in lead.company_keys}
    names, domains = [k for k in keys if not k.startswith("@")], [k[1:] for k in keys if k.startswith("@")]
    if not keys:
        return {}
    mine = {lead.id for lead in leads}
    of_leads = (
        select(Lead.company_key.label("name"), Lead.mail_domain.label("domain"), Lead.owner_id,
               literal(0).label("rank"), Lead.assigned_at.label("since"))
        .where(Lead.tenant_id == tenant_id(), Lead.owner_id.is_not(None), Lead.deleted_at.is_(None))
        .where(Lead.status.in_(OPEN), Lead.id.not_in(mine))
        .where(or_(Lead.company_key.in_(names), Lead.mail_domain.in_(domains)))
    )  # fmt: skip
    of_customers = (
        select(Customer.match_name, literal("").label("domain"), Customer.owner_id, literal(1), Customer.updated_at)
        .where(Customer.tenant_id == tenant_id(), Customer.owner_id.is_not(None), Customer.deleted_at.is_(None))
        .where(Customer.match_name.in_(names))
    )
    found: dict[str, UUID] = {}
    both = union_all(of_leads, of_customers).subquery()
    for row in session().execute(select(both).order_by(both.c.rank, both.c.since)):
        found |= {key: row.owner_id for key in (row.name, f"@{row.domain}" if row.domain else "") if key in keys}
    return found

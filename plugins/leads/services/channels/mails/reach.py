"""The mails of a lead, for those who may know how it is reached."""

from collections.abc import Sequence

from sqlalchemy import select

from core.sdk import session, tenant_id, type_named
from plugins.leads.models import Lead, Mail

MOST = 100


def mails_of(lead: Lead) -> Sequence[Mail]:
    """What a lead wrote, the latest first."""
    found = (
        select(Mail)
        .where(Mail.tenant_id == tenant_id(), Mail.lead_id == lead.id)
        .order_by(Mail.at.desc(), Mail.id.desc())
        .limit(MOST)
    )
    return session().scalars(found).all()


def is_covered(lead: Lead) -> bool:
    """Whether the acting member sees the lead's address masked, or not at all."""
    field = type_named("lead").fields().get("email")
    return field is None or (lead.email is not None and field.get(lead) != lead.email)

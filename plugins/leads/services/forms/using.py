"""Which fields web forms ask for: an administrator sees them before a field is retired."""

from sqlalchemy import select

from core.sdk import FieldUse, RecordType, _, session, tenant, tenant_id
from plugins.leads.models.form import LeadForm


def form_uses(record_type: RecordType) -> list[FieldUse]:
    if record_type.name != "lead":
        return []
    forms = session().scalars(select(LeadForm).where(LeadForm.tenant_id == tenant_id()).order_by(LeadForm.id)).all()
    return [
        FieldUse(place["key"], _("Web form"), form.title, f"/w/{tenant().slug}/leads/forms/{form.id}")
        for form in forms
        for step in form.steps
        for place in step["fields"]
    ]

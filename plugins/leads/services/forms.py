"""Web forms: made by members, filled in by strangers."""

from collections.abc import Mapping
from typing import Any

from core.sdk import Conflict, _, session
from plugins.leads.models import Lead, LeadForm
from plugins.leads.services.capturing import capture_lead

CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def create_form(values: Mapping[str, Any]) -> LeadForm:
    form = LeadForm(**values)
    session().add(form)
    session().flush()
    return form


def update_form(form: LeadForm, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(form, name, value)


def submit_form(form: LeadForm, values: dict[str, Any], utm: Mapping[str, str]) -> Lead:
    """Catch the lead that a stranger left. Raises Conflict when the form is closed."""
    if not form.active:
        raise Conflict(_("This form is closed."))
    ways = [utm[name].strip() for name in CAMPAIGN if utm.get(name, "").strip()]
    campaign = " · ".join([form.title, *ways])[:500]
    return capture_lead({**values, "campaign": campaign}, source="form")

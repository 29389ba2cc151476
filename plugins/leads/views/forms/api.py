"""Web forms over the API: the same parts, looked at by the same checks."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy import select

from core.sdk import (
    Answer,
    Doc,
    FieldProblem,
    Invalid,
    Resource,
    _l,
    listed,
    loaded,
    savepoint,
    session,
    single,
    tenant_id,
)
from plugins.leads.models.form import LeadForm
from plugins.leads.services.forms.checking import FormInput
from plugins.leads.services.forms.counting import Figures, figures_of
from plugins.leads.services.forms.making import PARTS, create_form, delete_form, update_form
from plugins.leads.services.forms.receiving import why_closed
from plugins.leads.views.forms.one import MANAGES, address, form_or_404

lead_forms = Resource("lead_forms", __name__, title=_l("Leads"), module="leads")

TEXT, FLAG, WHOLE = {"type": "string"}, {"type": "boolean"}, {"type": "integer"}
ID = {"type": "string", "format": "uuid"}
PLACE = {
    "type": "object",
    "properties": {
        "key": TEXT, "label": TEXT, "placeholder": TEXT, "help": TEXT, "required": FLAG,
        "when": {"type": "object", "properties": {
            "field": TEXT, "op": {"enum": ["is", "is_not", "filled"]}, "value": {"type": "array", "items": TEXT},
        }},
    },
    "required": ["key"],
}  # fmt: skip
STEPS = {
    "type": "array",
    "items": {"type": "object", "properties": {"title": TEXT, "fields": {"type": "array", "items": PLACE}}},
}
FORM = {
    "type": "object",
    "properties": {
        "id": ID, "title": TEXT, "intro": TEXT, "steps": STEPS, "thanks": TEXT, "redirect_to": TEXT, "accent": TEXT,
        "active": FLAG, "is_open": FLAG, "closes_at": {"type": ["string", "null"], "format": "date-time"},
        "most_entries": {"type": ["integer", "null"]}, "consent_text": TEXT, "consent_version": WHOLE,
        "consent_required": FLAG, "double_opt_in": FLAG, "plain_post": FLAG,
        "embedded_in": {"type": "array", "items": TEXT}, "source": TEXT,
        "campaign": {"type": ["string", "null"], "format": "uuid"}, "tell": {"type": "array", "items": ID},
        "url": TEXT, "views": WHOLE, "starts": WHOLE, "sent": WHOLE, "converted": WHOLE,
        "created_at": {"type": "string", "format": "date-time"},
    },
}  # fmt: skip


class NewFormInput(FormInput):
    """A new form asks for name, company, phone, e-mail and need, unless it is told otherwise."""

    title = ma.fields.String(required=True)


@lead_forms.get("/lead-forms", permission=MANAGES, doc=Doc(gives=FORM, many=True))
def list_forms() -> Answer:
    """The web forms, in the order in which they were made, with how often they were seen and sent."""
    forms = session().scalars(select(LeadForm).where(LeadForm.tenant_id == tenant_id()).order_by(LeadForm.id)).all()
    figures = figures_of([form.id for form in forms])
    return listed([_json(form, figures[form.id]) for form in forms])


@lead_forms.post("/lead-forms", permission=MANAGES, doc=Doc(NewFormInput, FORM, status=201))
def create_form_over_api() -> Answer:
    """Make a web form."""
    with savepoint():
        form = _together(lambda: create_form(loaded(NewFormInput)))
    return single(_json(form, Figures())), 201, {"Location": f"/api/v1/lead-forms/{form.id}"}


@lead_forms.get("/lead-forms/<uuid:form_id>", permission=MANAGES, doc=Doc(gives=FORM))
def show_form(form_id: UUID) -> Answer:
    """One web form."""
    return single(_with_figures(form_or_404(form_id)))


@lead_forms.patch("/lead-forms/<uuid:form_id>", permission=MANAGES, doc=Doc(FormInput, FORM))
def update_form_over_api(form_id: UUID) -> Answer:
    """Change parts of a web form: what is not sent stays."""
    form = form_or_404(form_id)
    with savepoint():
        _together(lambda: update_form(form, loaded(FormInput)))
    return single(_with_figures(form))


@lead_forms.delete("/lead-forms/<uuid:form_id>", permission=MANAGES, doc=Doc(status=204))
def delete_form_over_api(form_id: UUID) -> Answer:
    """Delete a web form and the list of its entries. Its leads stay."""
    delete_form(form_or_404(form_id))
    return None


def _together(change: Any) -> Any:
    """Do it, and say what does not go together as the API says it."""
    try:
        return change()
    except ma.ValidationError as error:
        problems = [
            FieldProblem(key, "invalid", str(messages[0])) for key, messages in error.normalized_messages().items()
        ]
        raise Invalid(problems) from None


def _with_figures(form: LeadForm) -> dict[str, Any]:
    return _json(form, figures_of([form.id])[form.id])


def _json(form: LeadForm, figures: Figures) -> dict[str, Any]:
    parts = {name: getattr(form, name) for name in PARTS if name not in ("campaign_id", "closes_at")}
    return parts | {
        "id": str(form.id),
        "campaign": str(form.campaign_id) if form.campaign_id else None,
        "closes_at": _instant(form.closes_at),
        "consent_version": form.consent_version,
        "is_open": why_closed(form) is None,
        "url": address(form),
        "views": figures.views,
        "starts": figures.starts,
        "sent": figures.sent,
        "converted": figures.converted,
        "created_at": _instant(form.created_at),
    }


def _instant(at: Any) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None

"""Making the web forms that leads come from."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import NotFound, _, get, holding, redirect_to, render, session, tenant_id, toast, whole_url
from plugins.leads import services
from plugins.leads.models import LeadForm
from plugins.leads.permissions import MANAGE_FORMS
from plugins.leads.schemas import ASKABLE, WebForm
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads

MANAGES = holding(MANAGE_FORMS.name)


@leads.get("/forms", permission=MANAGES)
def list_forms() -> ResponseReturnValue:
    forms = session().scalars(select(LeadForm).where(LeadForm.tenant_id == tenant_id()).order_by(LeadForm.id)).all()
    return render("leads/forms.html", forms=forms, address=address, field=LEAD.field)


@leads.get("/forms/new", permission=MANAGES)
def new_form() -> ResponseReturnValue:
    ready = {"fields": ["name", "company", "phone", "email", "need"], "active": True}
    return _edit(None, ready)


@leads.post("/forms", permission=MANAGES)
def create_form() -> ResponseReturnValue:
    try:
        form = services.create_form(_typed())
    except ma.ValidationError as error:
        return _edit(None, _as_typed(), error)
    toast(_("The form is ready."))
    return redirect_to(url_for(".edit_form", form_id=form.id))


@leads.get("/forms/<uuid:form_id>", permission=MANAGES)
def edit_form(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    return _edit(
        form,
        {key: getattr(form, key) for key in ("title", "intro", "fields", "thanks", "active")}
        | {"embedded_in": "\n".join(form.embedded_in)},
    )


@leads.post("/forms/<uuid:form_id>", permission=MANAGES)
def update_form(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    try:
        services.update_form(form, _typed())
    except ma.ValidationError as error:
        return _edit(form, _as_typed(), error)
    toast(_("Saved."))
    return redirect_to(url_for(".edit_form", form_id=form.id))


def form_or_404(form_id: UUID) -> LeadForm:
    form = get(LeadForm, form_id)
    if form is None:
        raise NotFound(_("There is no such form."))
    return form


def address(form: LeadForm) -> str:
    """Where strangers find the form."""
    return whole_url(url_for("leads_public.show_form", form_id=form.id))


def _typed() -> dict[str, Any]:
    values: dict[str, Any] = WebForm().load(_as_typed())
    return values


def _as_typed() -> dict[str, Any]:
    return {**request.form.to_dict(), "fields": request.form.getlist("fields")}


def _edit(form: LeadForm | None, values: Any, error: ma.ValidationError | None = None) -> ResponseReturnValue:
    return render(
        "leads/form_edit.html", form=form, values=values, address=address, status=422 if error else 200,
        errors=error.normalized_messages() if error else {},
        askable=[(key, LEAD.builtin[key].label) for key in ASKABLE if key != "name"],
        asked=[LEAD.builtin[key] for key in form.fields] if form else [],
    )  # fmt: skip

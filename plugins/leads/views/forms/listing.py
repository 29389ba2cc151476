"""The list of web forms, and making one, copying one, deleting one."""

from uuid import UUID

import marshmallow as ma
from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import _, redirect_to, render, session, tenant_id, toast
from plugins.leads.models.form import LeadForm
from plugins.leads.services.forms.checking import FormInput
from plugins.leads.services.forms.counting import Figures, figures_of
from plugins.leads.services.forms.making import copy_form, create_form, delete_form
from plugins.leads.services.forms.receiving import why_closed
from plugins.leads.views.blueprints import leads
from plugins.leads.views.forms.one import MANAGES, address, form_or_404


@leads.get("/forms", permission=MANAGES)
def list_forms() -> ResponseReturnValue:
    forms = session().scalars(select(LeadForm).where(LeadForm.tenant_id == tenant_id()).order_by(LeadForm.id)).all()
    return render(
        "leads/forms.html", forms=forms, address=address, figures=figures_of([form.id for form in forms]),
        none=Figures(), why_closed=why_closed,
    )  # fmt: skip


@leads.get("/forms/new", permission=MANAGES)
def new_form() -> ResponseReturnValue:
    return render("leads/form_new.html", title="", errors={})


@leads.post("/forms", permission=MANAGES)
def create_form_page() -> ResponseReturnValue:
    title = request.form.get("title", "").replace("\x00", "")
    try:
        form = create_form(FormInput().load({"title": title}))
    except ma.ValidationError as error:
        return render("leads/form_new.html", title=title, errors=error.normalized_messages(), status=422)
    toast(_("The form is ready. Drag into it what it should ask for."))
    return redirect_to(url_for(".design_form", form_id=form.id))


@leads.post("/forms/<uuid:form_id>/copies", permission=MANAGES)
def create_copy(form_id: UUID) -> ResponseReturnValue:
    copy = copy_form(form_or_404(form_id))
    toast(_("The copy is closed until you open it."))
    return redirect_to(url_for(".design_form", form_id=copy.id))


@leads.post("/forms/<uuid:form_id>/deletion", permission=MANAGES)
def create_deletion(form_id: UUID) -> ResponseReturnValue:
    delete_form(form_or_404(form_id))
    toast(_("The form is deleted. Its leads stay."))
    return redirect_to(url_for(".list_forms"))

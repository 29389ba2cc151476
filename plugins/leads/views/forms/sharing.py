"""Bringing a form to people: its link, one for each campaign, its picture, and what goes into a page of one's own."""

from uuid import UUID

from flask import make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import render, session, tenant_id
from plugins.leads.models import Campaign
from plugins.leads.services.forms.asking import steps_of
from plugins.leads.services.forms.sharing import UTM, as_picture, marked, marks_in
from plugins.leads.views.blueprints import leads
from plugins.leads.views.forms.one import MANAGES, address, form_or_404, tabs
from plugins.leads.views.public_form.filling_in import trap_of


@leads.get("/forms/<uuid:form_id>/share", permission=MANAGES)
def share_form(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    marks = marks_in(request.args)
    return render(
        "leads/form_share.html",
        form=form,
        tabs=tabs(form, "share"),
        address=address(form),
        link=marked(address(form), marks),
        marks=marks,
        names=UTM,
        codes=_codes(),
        questions=[question for step in steps_of(form) for question in step.questions],
        trap=trap_of(form),
    )


@leads.get("/forms/<uuid:form_id>/picture.svg", permission=MANAGES)
def show_picture(form_id: UUID) -> ResponseReturnValue:
    """The link as a picture to be scanned, of any size on paper."""
    form = form_or_404(form_id)
    response = make_response(as_picture(marked(address(form), marks_in(request.args))))
    response.mimetype = "image/svg+xml"
    if "download" in request.args:
        response.headers["Content-Disposition"] = 'attachment; filename="form.svg"'
    return response


def _codes() -> list[str]:
    codes = select(Campaign.code).where(
        Campaign.tenant_id == tenant_id(), Campaign.code.is_not(None), Campaign.deleted_at.is_(None)
    )
    return [code for code in session().scalars(codes.order_by(Campaign.id.desc()).limit(200)) if code]

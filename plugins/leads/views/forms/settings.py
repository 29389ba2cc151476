"""The settings of a web form: what it says, whom it tells, what protects it."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import DateTime, MemberRow, _, _l, redirect_to, render, session, tenant_id, toast
from plugins.leads.models import SOURCES, Campaign
from plugins.leads.models.form import LeadForm
from plugins.leads.services.forms.checking import FormInput
from plugins.leads.services.forms.making import consents_of, update_form
from plugins.leads.services.forms.receiving import why_closed
from plugins.leads.views.blueprints import leads
from plugins.leads.views.forms.one import MANAGES, address, form_or_404, tabs

SWITCHES = ("active", "consent_required", "double_opt_in", "plain_post")
TEXTS = ("title", "intro", "thanks", "redirect_to", "consent_text", "closes_at", "embedded_in", "source")
MOST_CAMPAIGNS = 200


@leads.get("/forms/<uuid:form_id>/settings", permission=MANAGES)
def edit_form(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    return _edit(form, _shown(form))


@leads.post("/forms/<uuid:form_id>/settings", permission=MANAGES)
def update_settings(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    try:
        update_form(form, FormInput().load(_typed()))
    except ma.ValidationError as error:
        return _edit(form, _as_typed(), error.normalized_messages())
    toast(_("Saved."))
    return redirect_to(url_for(".edit_form", form_id=form.id))


def _typed() -> dict[str, Any]:
    typed: dict[str, Any] = {
        name: request.form[name].replace("\r\n", "\n").replace("\x00", "") for name in TEXTS if name in request.form
    }
    typed |= {name: name in request.form for name in SWITCHES}
    most = request.form.get("most_entries", "").strip()
    return typed | {
        "most_entries": most or None,
        "campaign": request.form.get("campaign") or None,
        "tell": request.form.getlist("tell"),
        "accent": request.form.get("accent", "") if "own_colour" in request.form else "",
    }


def _as_typed() -> dict[str, Any]:
    return {**request.form.to_dict(), **_typed(), "own_colour": "own_colour" in request.form,
            "accent": request.form.get("accent", "")}  # fmt: skip


def _shown(form: LeadForm) -> dict[str, Any]:
    kept = {name: getattr(form, name) for name in (*TEXTS, *SWITCHES, "most_entries", "tell", "accent")}
    return kept | {
        "closes_at": DateTime(_l("Closes on")).typed(form.closes_at),
        "embedded_in": "\n".join(form.embedded_in),
        "campaign": str(form.campaign_id or ""),
        "own_colour": bool(form.accent),
    }


def _edit(form: LeadForm, values: dict[str, Any], errors: Any = None) -> ResponseReturnValue:
    return render(
        "leads/form_settings.html",
        status=422 if errors else 200,
        form=form,
        values=values,
        errors=errors or {},
        tabs=tabs(form, "settings"),
        address=address(form),
        closed=why_closed(form),
        sources=[(option.value, option.label) for option in SOURCES],
        campaigns=_campaigns(form),
        members=_members(),
        consents=consents_of(form),
    )


def _campaigns(form: LeadForm) -> list[tuple[str, str]]:
    rows = select(Campaign.id, Campaign.name).where(
        Campaign.tenant_id == tenant_id(),
        Campaign.deleted_at.is_(None),
        (Campaign.status != "ended") | (Campaign.id == form.campaign_id),
    )
    return [(str(row.id), row.name) for row in session().execute(rows.order_by(Campaign.name).limit(MOST_CAMPAIGNS))]


def _members() -> list[tuple[str, str]]:
    rows = select(MemberRow.id, MemberRow.name).where(
        MemberRow.tenant_id == tenant_id(), MemberRow.status == "active", MemberRow.kind == "person"
    )
    return [(str(row.id), row.name) for row in session().execute(rows.order_by(MemberRow.name).limit(500))]

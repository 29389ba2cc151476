"""The form that an address is about, and the tabs of its pages."""

from uuid import UUID

from flask import url_for

from core.sdk import Link, NotFound, _, get, holding, whole_url
from plugins.leads.models.form import LeadForm
from plugins.leads.permissions import MANAGE_FORMS

MANAGES = holding(MANAGE_FORMS.name)


def form_or_404(form_id: UUID) -> LeadForm:
    form = get(LeadForm, form_id)
    if form is None:
        raise NotFound(_("There is no such form."))
    return form


def address(form: LeadForm) -> str:
    """Where strangers find the form."""
    return whole_url(url_for("leads_public.show_form", form_id=form.id))


def tabs(form: LeadForm, active: str) -> list[Link]:
    def link(key: str, label: str, icon: str, endpoint: str) -> Link:
        return Link(label, url_for(f"leads.{endpoint}", form_id=form.id), icon, active=key == active)

    return [
        link("design", _("Fields"), "layout", "design_form"),
        link("settings", _("Settings"), "settings", "edit_form"),
        link("share", _("Share the form"), "share", "share_form"),
        link("entries", _("Entries"), "inbox", "list_entries"),
    ]

"""What came in by a form, and how many who saw it sent it."""

from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import DateTime, FieldError, _l, render, titles, url_of
from plugins.leads.services.forms.counting import SHOWN, entries_of, figures_of
from plugins.leads.services.forms.fitting import lead_type
from plugins.leads.views.blueprints import leads
from plugins.leads.views.forms.one import MANAGES, address, form_or_404, tabs


@leads.get("/forms/<uuid:form_id>/entries", permission=MANAGES)
def list_entries(form_id: UUID) -> ResponseReturnValue:
    """Of leads that the member may not see, there is nothing but that they came."""
    form = form_or_404(form_id)
    try:
        before = DateTime(_l("Before")).parse(request.args.get("before"))
    except FieldError:
        before = None
    entries = entries_of(form, before)
    shown = entries[:SHOWN]
    more = url_for(".list_entries", form_id=form.id, before=shown[-1].at.isoformat()) if len(entries) > SHOWN else None
    return render(
        "leads/form_entries.html", form=form, tabs=tabs(form, "entries"), entries=shown, more=more,
        address=address(form), figures=figures_of([form.id])[form.id], is_later=before is not None,
        lead_url=lambda lead_id: url_of(lead_type(), lead_id),
        names=titles({"lead": {each.lead_id for each in shown if each.lead_id}}),
    )  # fmt: skip

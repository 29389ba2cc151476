"""What a browser has to calculate before it sends a form."""

from uuid import UUID

from flask import current_app, request
from flask.typing import ResponseReturnValue

from core.sdk import anyone, limiter
from plugins.leads.models.form import LeadForm
from plugins.leads.services.forms.counting import count
from plugins.leads.services.forms.proving import is_proof, set_challenge, spend
from plugins.leads.services.forms.receiving import why_closed
from plugins.leads.views.blueprints import for_strangers
from plugins.leads.views.forms.one import form_or_404

PROOF = "gx_proof"
few = limiter.limit("60/minute")


@for_strangers.get("/forms/<uuid:form_id>/challenge", permission=anyone)
@few
def show_challenge(form_id: UUID) -> ResponseReturnValue:
    """Asked for at the first touch of a control, which is when the form is begun."""
    form = form_or_404(form_id)
    if why_closed(form):
        return {}
    if "begun" in request.args:
        count(form, "starts")
    return set_challenge(form.id, _secret())


def is_proven(form: LeadForm) -> bool:
    """Whether the browser has calculated, for this one sending."""
    proof = request.form.get(PROOF, "")
    return bool(proof) and is_proof(form.id, proof, _secret()) and spend(proof)


def _secret() -> str:
    return f"leads.form {current_app.secret_key!s}"

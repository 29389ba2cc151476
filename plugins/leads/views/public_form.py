"""The web form as a stranger sees it: works without scripts, and posted from a page of the company's own as well."""

import hmac
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from uuid import UUID

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import (
    FieldProblem,
    Invalid,
    _,
    anyone,
    from_form,
    let_be_framed_by,
    limiter,
    now,
    redirect_to,
    render,
    tenant,
)
from plugins.leads import services
from plugins.leads.models import LeadForm
from plugins.leads.services.forms import CAMPAIGN
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import for_strangers
from plugins.leads.views.forms import form_or_404

TRAP = "website"
"""A field that people do not see. Whoever fills it in is a machine, and is thanked without being heard."""
HASTE = 2.0
"""Seconds that a person takes at least."""

per_sender = limiter.limit("10/minute;60/hour")
per_form = limiter.limit("120/minute", key_func=lambda: request.path)


@for_strangers.get("/forms/<uuid:form_id>", permission=anyone)
def show_form(form_id: UUID) -> ResponseReturnValue:
    return _show(form_or_404(form_id), values={})


@for_strangers.post("/forms/<uuid:form_id>", permission=anyone)
@per_form
@per_sender
def submit_form(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    thanks = url_for(".show_thanks", form_id=form.id)
    if not form.active:
        return _show(form, values={}, status=410)
    if request.form.get(TRAP):
        return redirect_to(thanks)
    try:
        services.submit_form(form, _typed(form), utm=request.form)
    except Invalid as error:
        return _show(form, values=request.form, status=422, errors={p.field: p.message for p in error.problems})
    return redirect_to(thanks)


@for_strangers.get("/forms/<uuid:form_id>/thanks", permission=anyone)
def show_thanks(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    let_be_framed_by(form.embedded_in)
    return render("leads/public_thanks.html", form=form, company=tenant().name)


def _show(form: LeadForm, *, values: Any, status: int = 200, errors: Any = None) -> ResponseReturnValue:
    let_be_framed_by(form.embedded_in)
    utm = {name: value for name in CAMPAIGN if (value := (values or request.args).get(name))}
    return render(
        "leads/public_form.html", form=form, asked=[LEAD.builtin[key] for key in form.fields], values=values,
        errors=errors or {}, utm=utm, company=tenant().name, trap=TRAP,
        opened=_sealed(str(int(now().timestamp() * 1000))), status=status,
    )  # fmt: skip


def _typed(form: LeadForm) -> dict[str, Any]:
    """What was filled in. Raises Invalid for faults, for no way to answer, and for nobody's haste."""
    values = from_form(LEAD, request.form, fields=[LEAD.builtin[key] for key in form.fields])
    if not (values.get("phone") or values.get("email")):
        key = "phone" if "phone" in form.fields else "email"
        missing = _("Leave a phone number or an e-mail address, so that we can answer.")
        raise Invalid([FieldProblem(key, "required", missing)])
    if _in_haste():
        raise Invalid([FieldProblem("", "in_haste", _("That was quick. Please look it over and send it again."))])
    return values


def _in_haste() -> bool:
    """Sent sooner than a person can type. A form on the company's own site carries no time, and is not asked for it."""
    opened, _dot, _seal = request.form.get("opened", "").partition(".")
    if not opened.isdigit() or not compare_digest(_sealed(opened), request.form["opened"]):
        return False
    return now().timestamp() - int(opened) / 1000 < HASTE


def _sealed(opened: str) -> str:
    """When the page was opened, in milliseconds, in a way that only we can write."""
    key = str(current_app.secret_key).encode()
    return f"{opened}.{hmac.new(key, f'leads.form {opened}'.encode(), sha256).hexdigest()}"

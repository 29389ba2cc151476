"""Making a customer of a lead: which one it is, what goes over to it, what else is made of it."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from core.sdk import (
    CONTACT,
    CUSTOMER,
    Conflict,
    DomainError,
    Invalid,
    Lookup,
    _,
    _l,
    conversion_offers,
    form_controls,
    redirect_to,
    render,
    to,
    toast,
    url_of,
)
from plugins.leads import services
from plugins.leads.models import Lead
from plugins.leads.services.pools.seeing import require_in_hand
from plugins.leads.services.working.candidates import candidates
from plugins.leads.services.working.carrying import Carried, Carry, carriable
from plugins.leads.services.working.converting import customer_and_contact
from plugins.leads.services.working.procedures import missing_for
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads

EDIT = to("edit", "lead")
NEW = "new"
OTHER = Lookup(_l("Another customer"), target="customer")
OTHER.key = "other"


@leads.get("/<uuid:lead_id>/actions/convert", permission=EDIT)
def ask_conversion(lead_id: UUID) -> ResponseReturnValue:
    lead = LEAD.get(lead_id, action="edit")
    if not lead.is_open:
        raise Conflict(_("This lead is closed."))
    require_in_hand(lead)
    return _page(lead, request.args)


@leads.post("/<uuid:lead_id>/actions/convert", permission=EDIT)
def create_conversion(lead_id: UUID) -> ResponseReturnValue:
    """A form that says nothing of what goes over has all go over that takes no other value's place."""
    lead = LEAD.get(lead_id, action="edit", lock=True)
    require_in_hand(lead)
    form = request.form
    if "look" in form:
        return _page(lead, form)
    chosen, carry = _said(form), _carry(form) if "asked" in form else None
    try:
        services.convert_lead(lead, UUID(chosen) if _is_id(chosen) else None, as_new=chosen == NEW, carry=carry)
    except Invalid as invalid:
        return _page(lead, form, errors={p.field: p.message for p in invalid.problems}, status=422)
    toast(_("The lead is a customer now."))
    return redirect_to(url_of(LEAD, lead.id) if "asked" not in form else url_of(CUSTOMER, lead.customer_id))


@leads.post("/<uuid:lead_id>/actions/undo-convert", permission=EDIT)
def undo_conversion(lead_id: UUID) -> ResponseReturnValue:
    lead = LEAD.get(lead_id, action="edit", lock=True)
    kept = services.undo_conversion(lead)
    if kept:
        toast(_("The lead is open again. Somebody has worked on this since, so it stays: %(kept)s",
                kept=_(", ").join(kept)), "info")  # fmt: skip
    else:
        toast(_("The lead is open again."))
    return redirect_to(url_for(".show_lead", lead_id=lead.id))


def _page(lead: Lead, typed: Any, *, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    found = candidates(lead)
    chosen = _said(typed) or _likeliest(found)
    customer = _customer(chosen)
    known, contact = customer_and_contact(lead, customer)
    values = carriable(lead, known, contact)
    missing = [LEAD.fields()[key].label for key in missing_for(lead, "converted") if key in LEAD.fields()]
    others = [each for each in found if each.customer.id == getattr(known, "id", None)]
    return render(
        "leads/convert.html", status=status, lead=lead, found=found, chosen=chosen, new=NEW, customer=known,
        contact=contact, values=[(value, _is_chosen(value, typed)) for value in values], told=_told,
        offers=conversion_offers(lead), typed=typed, errors=errors or {}, missing=missing, typed_in=bool(others),
        other=form_controls([OTHER], {"other": ""}), labels={"customer": CUSTOMER.label, "contact": CONTACT.label},
    )  # fmt: skip


def _said(typed: Any) -> str:
    """Whom one chose: by name before the list."""
    other = typed.get("other", "")
    return str(other if _is_id(other) else typed.get("customer", ""))


def _likeliest(found: Any) -> str:
    sure = [each for each in found if each.is_sure and each.is_seen]
    return str(sure[0].customer.id) if sure else NEW


def _customer(chosen: str) -> Any:
    try:
        return CUSTOMER.get(UUID(chosen)) if _is_id(chosen) else None
    except DomainError:
        return None


def _is_chosen(value: Carried, typed: Any) -> bool:
    if "asked" in typed and typed.get("look_at", _said(typed)) == _said(typed):
        return value.key in typed.getlist("fields")
    return not value.is_clash


def _told(value: Carried, which: str) -> Any:
    held = getattr(value, which)
    return "" if held is None else value.field.text(held)


def _carry(form: MultiDict[str, str]) -> Carry:
    return Carry(
        fields=frozenset(form.getlist("fields")), follow_ups="follow_ups" in form, tasks="tasks" in form,
        files="files" in form, offers=form.getlist("offers"),
    )  # fmt: skip


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True

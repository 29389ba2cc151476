"""The link of the mail: it was me who filled that in."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from core.sdk import Invalid, _, anyone, let_forms_lead_to, limiter, redirect_to, render, tenant
from plugins.leads.services.forms.receiving import Closed, confirm_entry, entry_to_confirm, words_of
from plugins.leads.views.blueprints import for_strangers
from plugins.leads.views.forms.one import form_or_404

few = limiter.limit("30/minute")


@for_strangers.get("/forms/<uuid:form_id>/confirmations/<token>", permission=anyone)
@few
def show_confirmation(form_id: UUID, token: str) -> ResponseReturnValue:
    """Nothing happens by looking: programs that check mails open every link."""
    form = form_or_404(form_id)
    try:
        entry = entry_to_confirm(form, token)
    except Closed as closed:
        return render("leads/public_closed.html", form=form, company=tenant().name, text=closed.message, status=410)
    if entry.confirmed_at is not None:
        return render("leads/public_thanks.html", form=form, company=tenant().name)
    if form.redirect_to:
        let_forms_lead_to("{0.scheme}://{0.netloc}".format(urlsplit(form.redirect_to)))
    return render(
        "leads/public_confirm.html", form=form, company=tenant().name, token=token, said=words_of(form, entry)
    )


@for_strangers.post("/forms/<uuid:form_id>/confirmations/<token>", permission=anyone)
@few
def create_confirmation(form_id: UUID, token: str) -> ResponseReturnValue:
    form = form_or_404(form_id)
    try:
        confirm_entry(form, token)
    except (Closed, Invalid) as refused:
        text = (
            refused.message if isinstance(refused, Closed) else _("The form has changed since. Fill it in once more.")
        )
        return render("leads/public_closed.html", form=form, company=tenant().name, text=text, status=410)
    return redirect_to(form.redirect_to or url_for(".show_thanks", form_id=form.id))

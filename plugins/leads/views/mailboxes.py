"""Setting up mailboxes, and looking at what came to them."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import (
    CannotOpen,
    DomainError,
    NotFound,
    _,
    get,
    redirect_to,
    render,
    seal,
    session,
    tenant_id,
    titles,
    to,
    toast,
    unseal,
    url_of,
)
from plugins.leads.channel_schemas import MailboxChange, MailboxInput
from plugins.leads.models import Mail, Mailbox
from plugins.leads.services.channels.mails import keeping
from plugins.leads.services.channels.mails.connecting import PORTS
from plugins.leads.services.channels.mails.fetching import check_now
from plugins.leads.services.channels.mails.reach import is_covered, mails_of
from plugins.leads.services.channels.mails.taking import make_lead_of
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads
from plugins.leads.views.channels import MANAGES, campaign_choices

SHOWN = 50
OUTCOMES = {
    "caught": ("green", lambda: _("New lead")),
    "joined": ("teal", lambda: _("Came again")),
    "thread": ("blue", lambda: _("Answer")),
    "ignored": ("gray", lambda: _("Ignored")),
    "failed": ("red", lambda: _("No lead")),
}
"""How each outcome is shown, and what it is called."""


@leads.get("/channels/mailboxes/new", permission=MANAGES)
def new_mailbox() -> ResponseReturnValue:
    ready = {"port": PORTS["ssl"], "security": "ssl", "folder": "INBOX", "every_minutes": 2, "active": True}
    return _edit(None, ready)


@leads.post("/channels/mailboxes", permission=MANAGES)
def create_mailbox() -> ResponseReturnValue:
    try:
        values = MailboxInput().load(_typed())
    except ma.ValidationError as error:
        return _edit(None, request.form, _flat(error))
    if request.form.get("step") == "try":
        return _try(None, values)
    mailbox = keeping.create_mailbox(values)
    toast(_("The mailbox is set up. Its first mails come in a minute or two."))
    return redirect_to(url_for(".show_mailbox", mailbox_id=mailbox.id))


@leads.get("/channels/mailboxes/<uuid:mailbox_id>", permission=MANAGES)
def show_mailbox(mailbox_id: UUID) -> ResponseReturnValue:
    mailbox = _mailbox_or_404(mailbox_id)
    recent = (
        select(Mail)
        .where(Mail.tenant_id == tenant_id(), Mail.mailbox_id == mailbox.id)
        .order_by(Mail.at.desc(), Mail.id.desc())
        .limit(SHOWN)
    )
    mails = session().scalars(recent).all()
    names = titles({"lead": {each.lead_id for each in mails if each.lead_id}})
    return render("leads/mailbox.html", mailbox=mailbox, mails=mails, outcomes=OUTCOMES, titles=names)


@leads.get("/channels/mailboxes/<uuid:mailbox_id>/edit", permission=MANAGES)
def edit_mailbox(mailbox_id: UUID) -> ResponseReturnValue:
    mailbox = _mailbox_or_404(mailbox_id)
    return _edit(mailbox, {key: getattr(mailbox, key) for key in keeping.PLAIN})


@leads.post("/channels/mailboxes/<uuid:mailbox_id>", permission=MANAGES)
def update_mailbox(mailbox_id: UUID) -> ResponseReturnValue:
    mailbox = _mailbox_or_404(mailbox_id)
    try:
        values = MailboxChange().load(_typed())
    except ma.ValidationError as error:
        return _edit(mailbox, request.form, _flat(error))
    if keeping.is_elsewhere(mailbox, values) and not values["password"]:
        said = _("Enter the password again: it was for another server or user.")
        return _edit(mailbox, request.form, {"password": [said]})
    if request.form.get("step") == "try":
        return _try(mailbox, values)
    keeping.update_mailbox(mailbox, values)
    toast(_("Saved."))
    return redirect_to(url_for(".show_mailbox", mailbox_id=mailbox.id))


@leads.post("/channels/mailboxes/<uuid:mailbox_id>/check", permission=MANAGES)
def create_check(mailbox_id: UUID) -> ResponseReturnValue:
    check_now(_mailbox_or_404(mailbox_id))
    toast(_("It will be looked into at once."))
    return redirect_to(url_for(".show_mailbox", mailbox_id=mailbox_id))


@leads.post("/channels/mailboxes/<uuid:mailbox_id>/deletion", permission=MANAGES)
def delete_mailbox(mailbox_id: UUID) -> ResponseReturnValue:
    keeping.delete_mailbox(_mailbox_or_404(mailbox_id))
    toast(_("The mailbox is no longer looked into."))
    return redirect_to(url_for(".list_channels"))


@leads.post("/channels/mails/<uuid:letter_id>/lead", permission=MANAGES)
def create_lead_of_mail(letter_id: UUID) -> ResponseReturnValue:
    mail = get(Mail, letter_id)
    if mail is None:
        raise NotFound(_("There is no such mail."))
    lead = make_lead_of(mail)
    toast(_("“%(title)s” was created.", title=lead.name))
    return redirect_to(url_of(LEAD, lead.id))


@leads.get("/<uuid:lead_id>/mails", permission=to("view", "lead"))
def list_mails_of_lead(lead_id: UUID) -> ResponseReturnValue:
    """The thread of a lead. Whoever may not see how it is reached does not read it in its mails either."""
    lead = LEAD.get(lead_id)
    covered = is_covered(lead)
    return render(
        "leads/mails_of_lead.html", "leads/_mails_of_lead.html", lead=lead, covered=covered,
        mails=() if covered else mails_of(lead),
    )  # fmt: skip


def _typed() -> dict[str, str]:
    """What was typed, and the password that was typed before, when only something else was wrong."""
    typed = request.form.to_dict()
    if not typed.get("password") and (kept := typed.get("kept_password")):
        try:
            typed["password"] = unseal(kept)
        except CannotOpen:
            typed["password"] = ""
    return typed


def _try(mailbox: Mailbox | None, values: Any) -> ResponseReturnValue:
    """Open the mailbox with what was typed, and say how it went; nothing is kept."""
    try:
        waiting = keeping.count_unread(keeping.as_tried(values, mailbox))
    except DomainError as error:
        return _edit(mailbox, request.form, {"host": [error.message]})
    return _edit(mailbox, request.form, tried=waiting)


def _flat(error: ma.ValidationError) -> dict[str, Any]:
    return dict(error.normalized_messages())


def _mailbox_or_404(mailbox_id: UUID) -> Mailbox:
    mailbox = get(Mailbox, mailbox_id)
    if mailbox is None:
        raise NotFound(_("There is no such mailbox."))
    return mailbox


def _edit(mailbox: Mailbox | None, values: Any, errors: Any = None, *, tried: int | None = None) -> ResponseReturnValue:
    password = _typed().get("password", "") if request.method == "POST" else ""
    return render(
        "leads/mailbox_edit.html", mailbox=mailbox, values=values, errors=errors or {}, campaigns=campaign_choices(),
        tried=tried, kept_password=seal(password) if password else "", status=422 if errors else 200,
    )  # fmt: skip

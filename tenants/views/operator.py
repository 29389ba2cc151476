"""The console of whoever runs this machine: all tenants, and the mails that had no server to go to."""

from uuid import UUID

from flask import Response, make_response, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from core.errors import NotFound
from core.i18n import _
from core.mail import StoredMail, mailbox, read_stored
from core.settings import settings
from core.web import redirect_to, render, toast
from core.web.blueprints import Guarded, only_loopback
from tenants import seats
from tenants.overview import overview

operator = Guarded("operator", __name__, url_prefix="/operator", template_folder="../templates")

MOST_SEATS = 1_000_000
POLICY_OF_A_MAIL = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""What somebody wrote into a mail runs no script, sends no form, fetches nothing and is not of our origin."""


@operator.get("/", permission=only_loopback)
def list_tenants() -> ResponseReturnValue:
    return render("tenants/operator.html", tenants=overview("operator console"), keeps_mail=settings().mail_url is None)


@operator.post("/<uuid:tenant_id>/seats", permission=only_loopback)
def give_seats(tenant_id: UUID) -> ResponseReturnValue:
    """No number: as many as like."""
    typed = request.form.get("seats", "").strip()
    if typed and not (typed.isascii() and typed.isdigit() and 0 < int(typed[:9]) <= MOST_SEATS):
        toast(_("Give a number from 1 to %(most)s.", most=MOST_SEATS), "error")
        return redirect_to(url_for(".list_tenants"))
    seats.give_seats(tenant_id, int(typed) if typed else None)
    toast(_("Saved."))
    return redirect_to(url_for(".list_tenants"))


@operator.get("/mailbox", permission=only_loopback)
def list_mails() -> ResponseReturnValue:
    return _mailbox()


@operator.get("/mailbox/<mail_id>", permission=only_loopback)
def show_mail(mail_id: str) -> ResponseReturnValue:
    return render(
        "tenants/mailbox.html", mails=mailbox(), chosen=_mail(mail_id), keeps_mail=settings().mail_url is None
    )


def _mailbox(chosen: StoredMail | None = None) -> ResponseReturnValue:
    return render("tenants/mailbox.html", mails=mailbox(), chosen=chosen, keeps_mail=settings().mail_url is None)


@operator.get("/mailbox/<mail_id>/page", permission=only_loopback)
def show_mail_page(mail_id: str) -> Response:
    """The mail as its reader sees it; its links open in a new window."""
    mail = _mail(mail_id)
    body = mail.html or Markup("<pre>{}</pre>").format(mail.text)
    response = make_response(f'<base target="_blank">{body}')
    response.headers["Content-Security-Policy"] = POLICY_OF_A_MAIL
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _mail(mail_id: str) -> StoredMail:
    mail = read_stored(mail_id)
    if mail is None:
        raise NotFound(_("There is no such mail."))
    return mail

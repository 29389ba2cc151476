"""What sets up a channel: a webhook, a mailbox."""

import re
from typing import Any
from uuid import UUID

import marshmallow as ma

from core.sdk import _
from plugins.leads.models import SOURCES
from plugins.leads.services.channels.webhooks.kinds import KINDS, OURS, PROOFS

SECURITIES = ("ssl", "starttls", "none")
HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|[0-9a-f:.]+")


def _line(most: int, *, required: bool = False) -> Any:
    def load(typed: Any) -> str | None:
        text = " ".join(str(typed or "").replace("\x00", "").split())
        if required and not text:
            raise ma.ValidationError(_("Fill this in."))
        if len(text) > most:
            raise ma.ValidationError(_("Use at most %(limit)s characters.", limit=most))
        return text or None

    return ma.fields.Function(deserialize=load, load_default=None)


def _id(typed: Any) -> UUID | None:
    try:
        return UUID(str(typed)) if typed else None
    except ValueError:
        raise ma.ValidationError(_("Choose one from the list.")) from None


class WebhookInput(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    name = _line(100, required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(tuple(KINDS)))
    proof = ma.fields.String(required=True, validate=ma.validate.OneOf(tuple(PROOFS)))
    secret = _line(500)
    source = ma.fields.String(load_default="ads", validate=ma.validate.OneOf([each.value for each in SOURCES]))
    campaign_id = ma.fields.Function(deserialize=_id, load_default=None)
    active = ma.fields.Boolean(load_default=False)

    @ma.pre_load
    def all_there(self, typed: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        """A field that is not there at all is empty, and says so beside it."""
        return {"name": "", **typed}

    @ma.validates_schema(skip_on_field_errors=True)
    def fits(self, values: dict[str, Any], **_rest: Any) -> None:
        if values["proof"] not in KINDS[values["kind"]].proofs:
            raise ma.ValidationError({"proof": [_("This system does not prove itself like that.")]})
        theirs = values["proof"] not in (*OURS, "address")
        if theirs and not values["secret"] and not self.context_has_secret:
            raise ma.ValidationError({"secret": [_("Enter the secret that the other system has.")]})

    context_has_secret = False


class WebhookChange(WebhookInput):
    """Of a webhook that has a secret already, which stays where none is entered."""

    context_has_secret = True


class MailboxInput(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    name = _line(100, required=True)
    host = _line(250, required=True)
    port = ma.fields.Integer(required=True, validate=ma.validate.Range(1, 65535))
    security = ma.fields.String(load_default="ssl", validate=ma.validate.OneOf(SECURITIES))
    username = _line(250, required=True)
    password = ma.fields.String(load_default="", validate=ma.validate.Length(max=500))
    folder = _line(200)
    done_folder = _line(200)
    every_minutes = ma.fields.Integer(load_default=2, validate=ma.validate.Range(1, 1440))
    campaign_id = ma.fields.Function(deserialize=_id, load_default=None)
    active = ma.fields.Boolean(load_default=False)
    needs_password = True

    @ma.pre_load
    def all_there(self, typed: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        return {"name": "", "host": "", "username": "", **typed}

    @ma.validates("host")
    def is_name(self, host: str | None, **_rest: Any) -> None:
        if host and not HOST.fullmatch(host.lower()):
            raise ma.ValidationError(_("Enter the name of the server, like imap.example.com."))

    @ma.post_load
    def whole(self, values: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        if self.needs_password and not values["password"]:
            raise ma.ValidationError({"password": [_("Enter the password. Many providers give one for programs.")]})
        return values | {"folder": values["folder"] or "INBOX", "host": values["host"].lower()}


class MailboxChange(MailboxInput):
    """Of a mailbox that has a password already."""

    needs_password = False

"""What is typed into the forms of signing in with accounts elsewhere."""

from typing import Any

import marshmallow as ma

from core.auth.forms import Id, Line, Name, Password, normal_address
from core.i18n import _


class NewAccount(ma.Schema):
    name = Line()


class Address(Line):
    """An address of the web, as long as it has to be."""

    def parse(self, text: str) -> str:
        if len(text) > 500 or " " in text:
            raise ma.ValidationError(_("Enter an address like https://login.example.com."))
        return text


class WorkspaceOrAddress(Line):
    """An e-mail address, or the name of a workspace as it is in its address, or that address."""

    def parse(self, text: str) -> str:
        if "@" in text:
            return normal_address(text)
        path = text.partition("/w/")[2] or text
        return path.strip("/").partition("/")[0].lower()


class AskCompany(ma.Schema):
    company = WorkspaceOrAddress()


class SetUpProvider(ma.Schema):
    label = Name()
    issuer = Address()
    client_id = Address()
    secret = Password(required=False, load_default=None)
    role = Id(load_default=None)
    team = Id(load_default=None)
    enabled = ma.fields.Boolean(load_default=False)
    joins = ma.fields.Boolean(load_default=False)
    passwords = ma.fields.Boolean(load_default=False)

    @ma.post_load
    def within(self, typed: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        if len(typed["secret"] or "") > 500:
            raise ma.ValidationError(_("Use at most %(count)s characters.", count=500), "secret")
        return typed


class AddDomain(ma.Schema):
    domain = Line()

"""API tokens over the API: list, create (the key is shown this once) and revoke."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core.api import Answer, Doc, Resource, listed, loaded, single
from core.api.docs import ID, INSTANT, TEXT, many, maybe, thing
from core.api.reading import instant
from core.auth.models import ApiToken
from core.auth.permissions import MANAGE_TOKENS
from core.auth.tokens import create_token, list_tokens, revoke_token
from core.i18n import _l
from core.web.blueprints import holding

tokens = Resource("tokens", __name__, title=_l("API tokens"))

MANAGE = holding(MANAGE_TOKENS.name)
TOKEN = thing(id=ID, name=TEXT, hint=TEXT, member=ID, scopes=many(TEXT), created_at=maybe(INSTANT),
              expires_at=maybe(INSTANT), last_used_at=maybe(INSTANT))  # fmt: skip
NEW_TOKEN = thing(**TOKEN["properties"], token={**TEXT, "description": "The key itself. It is shown this once."})


class TokenInput(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(1, 100))
    scopes = fields.List(fields.String(), required=True, validate=validate.Length(1, 100))
    days = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, 3650))


@tokens.get("/tokens", permission=MANAGE, doc=Doc(gives=TOKEN, many=True))
def list_api_tokens() -> Answer:
    """List the tokens that still work."""
    return listed([_token(token) for token, _member in list_tokens()])


@tokens.post("/tokens", permission=MANAGE, doc=Doc(TokenInput, NEW_TOKEN, status=201))
def create_api_token() -> Answer:
    """Make a token for oneself."""
    said = loaded(TokenInput)
    token, secret = create_token(said["name"], said["scopes"], days=said.get("days"))
    return single(_token(token) | {"token": secret}), 201


@tokens.delete("/tokens/<uuid:token_id>", permission=MANAGE, doc=Doc(status=204))
def revoke_api_token(token_id: UUID) -> Answer:
    """Revoke a token: from now on it opens nothing."""
    revoke_token(token_id)
    return None


def _token(token: ApiToken) -> dict[str, Any]:
    return {
        "id": str(token.id),
        "name": token.name,
        "hint": token.hint,
        "member": str(token.member_id),
        "scopes": list(token.scopes),
        "created_at": instant(token.created_at),
        "expires_at": instant(token.expires_at),
        "last_used_at": instant(token.last_used_at),
    }

"""API tokens over the API: list, create and renew (the key is shown this once), revoke."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core.api import Answer, Doc, Resource, listed, loaded, single
from core.api.docs import ID, INSTANT, TEXT, many, maybe, thing
from core.api.reading import instant
from core.auth.models import ApiToken
from core.auth.tokens import LONGEST_OVERLAP, Wanted, create_token, list_tokens, revoke_token, rotate_token
from core.i18n import _l
from core.web.blueprints import any_member

tokens = Resource("tokens", __name__, title=_l("API tokens"))

TOKEN = thing(id=ID, name=TEXT, hint=TEXT, member=ID, scopes=many(TEXT), ips=many(TEXT), created_at=maybe(INSTANT),
              created_by=maybe(ID), expires_at=maybe(INSTANT), last_used_at=maybe(INSTANT), last_used_from=maybe(TEXT),
              rotated_at=maybe(INSTANT), previous_until=maybe(INSTANT))  # fmt: skip
NEW_TOKEN = thing(**TOKEN["properties"], token={**TEXT, "description": "The key itself. It is shown this once."})


class TokenInput(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(1, 100))
    scopes = fields.List(fields.String(), required=True, validate=validate.Length(1, 100))
    days = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, 3650))
    ips = fields.List(fields.String(validate=validate.Length(1, 50)), validate=validate.Length(max=50))
    member = fields.UUID(
        allow_none=True, metadata={"description": "A service member; without it the token acts as you."}
    )


class RotationInput(ma.Schema):
    overlap_days = fields.Integer(
        strict=True,
        validate=validate.Range(0, LONGEST_OVERLAP),
        metadata={"description": "How many days the former secret works on; 0 unless told."},
    )


@tokens.get("/tokens", permission=any_member, doc=Doc(gives=TOKEN, many=True))
def list_api_tokens() -> Answer:
    """List the tokens that were not revoked: one's own, and all of the workspace for whoever manages them."""
    return listed([_token(token) for token, _member in list_tokens()])


@tokens.post("/tokens", permission=any_member, doc=Doc(TokenInput, NEW_TOKEN, status=201, remembered=False))
def create_api_token() -> Answer:
    """Make a token for oneself, or for a service member."""
    said = loaded(TokenInput)
    wanted = Wanted(said["name"], said["scopes"], said.get("member"), said.get("days"), ips=said.get("ips", ()))
    token, secret = create_token(wanted)
    return single(_token(token) | {"token": secret}), 201


@tokens.post("/tokens/<uuid:token_id>/rotation", permission=any_member,
             doc=Doc(RotationInput, NEW_TOKEN, optional_body=True, remembered=False))  # fmt: skip
def rotate_api_token(token_id: UUID) -> Answer:
    """Give a token a new secret; the former may work on for some days."""
    said = loaded(RotationInput, optional=True)
    token, secret = rotate_token(token_id, said.get("overlap_days", 0))
    return single(_token(token) | {"token": secret})


@tokens.delete("/tokens/<uuid:token_id>", permission=any_member, doc=Doc(status=204))
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
        "ips": list(token.ips),
        "created_at": instant(token.created_at),
        "created_by": str(token.created_by_id) if token.created_by_id else None,
        "expires_at": instant(token.expires_at),
        "last_used_at": instant(token.last_used_at),
        "last_used_from": token.last_used_from,
        "rotated_at": instant(token.rotated_at),
        "previous_until": instant(token.previous_until),
    }

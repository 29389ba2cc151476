"""The links for a whole company over the API: list, make, exchange and withdraw."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core.api import Answer, Doc, Resource, listed, loaded, single
from core.api.docs import ID, INSTANT, TEXT, Flag, many, maybe, thing
from core.api.reading import instant
from core.auth import joining
from core.auth.join_links import JoinLink
from core.i18n import _l
from core.web.blueprints import holding

join_links = Resource("invitation_links", __name__, title=_l("Members, teams and roles"))

MANAGE = holding("tenant.manage_members")
COUNT = {"type": "integer", "minimum": 0}
STATE = {"type": "string", "enum": ["open", "withdrawn", "expired", "full"]}
LINK = thing(id=ID, url=maybe(TEXT), state=STATE, domains=many(TEXT), role=ID, team=maybe(ID), uses=COUNT,
             max_uses=maybe(COUNT), expires_at=maybe(INSTANT), created_at=INSTANT)  # fmt: skip


class LinkInput(ma.Schema):
    role = fields.UUID(required=True)
    team = fields.UUID(allow_none=True)
    domains = fields.List(fields.String(validate=validate.Length(1, 253)), validate=validate.Length(max=50))
    anyone = Flag()
    max_uses = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, 100_000))
    expires_at = fields.AwareDateTime(allow_none=True, format="iso")


@join_links.get("/invitation-links", permission=MANAGE, doc=Doc(gives=LINK, many=True))
def list_links() -> Answer:
    """List the links by which people join, the latest first."""
    return listed([_link(link) for link, _role, _team in joining.list_links()])


@join_links.post("/invitation-links", permission=MANAGE, doc=Doc(LinkInput, LINK, status=201))
def create_link() -> Answer:
    """Make a link for those with an address in one of the domains, or for anyone who holds it."""
    said = loaded(LinkInput)
    link = joining.make_link(
        role_id=said["role"], team_id=said.get("team"), domains=said.get("domains", ()),
        anyone=said.get("anyone", False), expires_at=said.get("expires_at"), max_uses=said.get("max_uses"),
    )  # fmt: skip
    return single(_link(link)), 201, {"Location": f"/api/v1/invitation-links/{link.id}"}


@join_links.get("/invitation-links/<uuid:link_id>", permission=MANAGE, doc=Doc(gives=LINK))
def show_link(link_id: UUID) -> Answer:
    """Show a link."""
    return single(_link(joining.get_link(link_id)))


@join_links.post("/invitation-links/<uuid:link_id>/rotation", permission=MANAGE, doc=Doc(gives=LINK))
def rotate_link(link_id: UUID) -> Answer:
    """Exchange a link: the one of before lets nobody in any more."""
    link = joining.get_link(link_id, lock=True)
    joining.rotate_link(link)
    return single(_link(link))


@join_links.delete("/invitation-links/<uuid:link_id>", permission=MANAGE, doc=Doc(status=204))
def withdraw_link(link_id: UUID) -> Answer:
    """Withdraw a link; those who joined by it stay."""
    joining.withdraw_link(joining.get_link(link_id, lock=True))
    return None


def _link(link: JoinLink) -> dict[str, Any]:
    return {
        "id": str(link.id),
        "url": joining.url_of(link) if link.state == "open" else None,
        "state": link.state,
        "domains": list(link.domains),
        "role": str(link.role_id),
        "team": str(link.team_id) if link.team_id else None,
        "uses": link.uses,
        "max_uses": link.max_uses,
        "expires_at": instant(link.expires_at),
        "created_at": instant(link.created_at),
    }

"""Roles over the API: what they grant, making, changing, resetting and deleting them, and who has them."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate
from sqlalchemy import select

from core import current, db
from core.access import Member, MemberRole, Role, permitted
from core.api import Answer, Doc, Resource, listed, loaded, reading, single
from core.api.docs import AFTER_ID, FLAG, ID, LIMIT, TEXT, Param, many, maybe, thing
from core.api.people import MEMBER, member_json
from core.auth import roles
from core.auth.role_advice import advice_on
from core.auth.role_grants import ACTIONS, EXCEPTIONS, LEVEL_NAMES, SCOPE_NAMES
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l
from core.web.blueprints import any_member, holding

roles_api = Resource("roles", __name__, title=_l("Roles"))

MANAGE = holding(roles.PERMISSION)
LONGEST_NAME, LONGEST_DESCRIPTION = 100, 500
CONDITION = {"type": "object", "properties": {"if": {"type": "object"}}, "required": ["if"],
             "additionalProperties": False, "description": "Those that meet a condition."}  # fmt: skip
SCOPE = {"anyOf": [{"type": "string", "enum": list(SCOPE_NAMES)}, CONDITION]}
RULE = {"type": "object", "required": ["level"], "properties": {
    "level": {"type": "string", "enum": list(LEVEL_NAMES)},
    "except": {"type": "string", "enum": list(EXCEPTIONS), "description": "On whose records the field is open."},
}}  # fmt: skip
GRANTS = {"type": "object", "properties": {
    "records": {
        "type": "object", "description": "Record type to action to scope. * stands for all types that are not named.",
        "additionalProperties": {"type": "object", "properties": dict.fromkeys(ACTIONS, SCOPE)},
    },
    "fields": {
        "type": "object", "description": "Record type to field to rule. What is not named is open.",
        "additionalProperties": {"type": "object", "additionalProperties": RULE},
    },
    "permissions": {**many(TEXT), "description": "Permissions of modules, * for all of them."},
    "without": {**many(TEXT), "description": "Permissions that a ready role has from the start and is not to have."},
}}  # fmt: skip
ADVICE = many(thing(field=TEXT, code=TEXT, message=TEXT))
ROLE = thing(
    id=ID, key={**maybe(TEXT), "description": "Which of the ready roles it is, if any."}, name=TEXT, description=TEXT,
    grants=GRANTS, members={"type": "integer", "minimum": 0}, editable=FLAG,
)  # fmt: skip
WRITTEN = thing(**ROLE["properties"], advice={**ADVICE, "description": "What about it is hardly meant so."})
INSTEAD = Param("instead", "The role that members, invitations and links are given in its place.", ID)


class RoleInput(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(1, LONGEST_NAME))
    description = fields.String(validate=validate.Length(max=LONGEST_DESCRIPTION))
    like = fields.UUID(allow_none=True, metadata={"description": "The role whose grants it begins with."})
    grants = fields.Dict(metadata=GRANTS)


class RoleChange(ma.Schema):
    name = fields.String(validate=validate.Length(1, LONGEST_NAME))
    description = fields.String(validate=validate.Length(max=LONGEST_DESCRIPTION))
    grants = fields.Dict(metadata=GRANTS)


@roles_api.get("/roles", permission=any_member, doc=Doc(gives=ROLE, many=True))
def list_roles() -> Answer:
    """List the roles of the workspace, with what they grant."""
    found = select(Role).where(Role.tenant_id == current.tenant_id()).order_by(Role.id)
    sizes = roles.sizes()
    return listed([_role(role, sizes.get(role.id, 0)) for role in db.session().scalars(found)])


@roles_api.post("/roles", permission=MANAGE, doc=Doc(RoleInput, WRITTEN, status=201))
def create_role() -> Answer:
    """Make a role: with grants of its own, or with those of another role."""
    said = loaded(RoleInput)
    with db.savepoint():
        role = roles.create_role(_line("name", said["name"]), said.get("description", "").strip(),
                                 like=said.get("like"), grants=said.get("grants"))  # fmt: skip
    return single(_written(role)), 201, {"Location": f"/api/v1/roles/{role.id}"}


@roles_api.get("/roles/<uuid:role_id>", permission=any_member, doc=Doc(gives=ROLE))
def show_role(role_id: UUID) -> Answer:
    """Show a role."""
    role = roles.get_role(role_id)
    return single(_role(role, roles.sizes().get(role.id, 0)))


@roles_api.patch("/roles/<uuid:role_id>", permission=MANAGE, doc=Doc(RoleChange, WRITTEN))
def update_role(role_id: UUID) -> Answer:
    """Change a role. Each part of the grants that is sent (records, fields, permissions, without) replaces that part.

    Nobody grants what they do not have themselves. What owners and admins may do cannot be changed.
    """
    said = loaded(RoleChange)
    role = roles.get_role(role_id, lock=True)
    with db.savepoint():
        if "name" in said or "description" in said:
            roles.describe_role(role, name=_line("name", said.get("name", role.name)),
                                description=said.get("description", role.description).strip())  # fmt: skip
        if "grants" in said:
            roles.change_grants(role, said["grants"])
    return single(_written(role))


@roles_api.post("/roles/<uuid:role_id>/reset", permission=MANAGE, doc=Doc(gives=WRITTEN))
def reset_role(role_id: UUID) -> Answer:
    """Have a ready role grant what it was delivered with."""
    role = roles.get_role(role_id, lock=True)
    roles.reset_role(role)
    return single(_written(role))


@roles_api.delete("/roles/<uuid:role_id>", permission=MANAGE, doc=Doc(status=204, params=(INSTEAD,)))
def delete_role(role_id: UUID) -> Answer:
    """Delete a role that is not a ready one. While it is in use, `instead` must name another one."""
    roles.delete_role(roles.get_role(role_id, lock=True), instead=reading.uuid("instead"))
    return None


@roles_api.get("/roles/<uuid:role_id>/members", permission=any_member,
               doc=Doc(gives=MEMBER, many=True, params=(LIMIT, AFTER_ID)))  # fmt: skip
def list_members_of_role(role_id: UUID) -> Answer:
    """List who has a role, invited members too."""
    role, tenant, limit = roles.get_role(role_id), current.tenant_id(), reading.limit()
    held = select(MemberRole.member_id).where(MemberRole.tenant_id == tenant, MemberRole.role_id == role.id)
    found = select(Member).where(Member.tenant_id == tenant, Member.id.in_(held))
    if after := reading.uuid("after"):
        found = found.where(Member.id > after)
    rows = db.session().scalars(found.order_by(Member.id).limit(limit + 1)).all()
    page = rows[:limit]
    return listed([member_json(member) for member in page], next=str(page[-1].id) if len(rows) > limit else None)


def _line(field: str, text: str) -> str:
    if line := " ".join(text.split()):
        return line
    raise Invalid([FieldProblem(field, "required", _("Fill this in."))])


def _role(role: Role, size: int) -> dict[str, Any]:
    return {
        "id": str(role.id),
        "key": role.key,
        "name": role.name,
        "description": role.description,
        "grants": role.grants,
        "members": size,
        "editable": roles.why_fixed(role) is None and permitted(roles.PERMISSION),
    }


def _written(role: Role) -> dict[str, Any]:
    advice = [{"field": a.field, "code": a.code, "message": a.message} for a in advice_on(role.grants)]
    return _role(role, roles.sizes().get(role.id, 0)) | {"advice": advice}

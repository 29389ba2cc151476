"""Service members over the API: programs as members of their own."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core.access import Member
from core.api import Answer, Doc, Resource, listed, loaded, single
from core.api.docs import ID, TEXT, Flag, many, thing
from core.auth import members, programs
from core.auth.permissions import MANAGE_TOKENS
from core.i18n import _l
from core.web.blueprints import holding

service_members = Resource("service_members", __name__, title=_l("Service members"))

MANAGE = holding(MANAGE_TOKENS.name)
PROGRAM = thing(id=ID, name=TEXT, status={"type": "string", "enum": ["active", "deactivated"]}, roles=many(ID))


class ProgramInput(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(1, 100))
    roles = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 50))


class ProgramChange(ma.Schema):
    name = fields.String(validate=validate.Length(1, 100))
    roles = fields.List(fields.UUID(), validate=validate.Length(1, 50))
    active = Flag()


@service_members.get("/service-members", permission=MANAGE, doc=Doc(gives=PROGRAM, many=True))
def list_service_members() -> Answer:
    """List the service members of the workspace."""
    found = [program for program, _held in programs.list_programs()]
    roles = members.roles_of([program.id for program in found])
    return listed([_program(program, [role.id for role in roles.get(program.id, ())]) for program in found])


@service_members.post("/service-members", permission=MANAGE, doc=Doc(ProgramInput, PROGRAM, status=201))
def create_service_member() -> Answer:
    """Add a service member. It acts by tokens: `POST /tokens` with its id as `member`."""
    said = loaded(ProgramInput)
    return _told(programs.create_program(said["name"], said["roles"])), 201


@service_members.get("/service-members/<uuid:program_id>", permission=MANAGE, doc=Doc(gives=PROGRAM))
def show_service_member(program_id: UUID) -> Answer:
    """Show a service member."""
    return _told(programs.get_program(program_id))


@service_members.patch("/service-members/<uuid:program_id>", permission=MANAGE, doc=Doc(ProgramChange, PROGRAM))
def update_service_member(program_id: UUID) -> Answer:
    """Rename a service member, give it other roles, end or restore its access."""
    said = loaded(ProgramChange)
    program = programs.get_program(program_id, lock=True)
    held = [role.id for role in members.roles_of([program.id]).get(program.id, ())]
    programs.change_program(program, name=said.get("name", program.name), role_ids=said.get("roles", held))
    if "active" in said:
        (programs.reactivate_program if said["active"] else programs.deactivate_program)(program)
    return _told(program)


def _told(program: Member) -> dict[str, Any]:
    return single(_program(program, [role.id for role in members.roles_of([program.id]).get(program.id, ())]))


def _program(program: Member, role_ids: list[UUID]) -> dict[str, Any]:
    return {"id": str(program.id), "name": program.name, "status": program.status, "roles": [str(r) for r in role_ids]}

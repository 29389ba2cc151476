"""Settings, system, programs: members that nobody signs in as, and all API tokens of the workspace."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import current
from core.access import Member
from core.auth import members, programs, tokens
from core.auth.forms import Line, errors_of, read_form
from core.auth.views.tokens import make_for, new_for
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l
from core.web import Link, redirect_to, render, toast
from core.web.blueprints import holding, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

program_pages = workspace("programs", __name__, "settings/programs", template_folder="../templates")
MANAGE = holding(tokens.MANAGE)

add_settings_page(SettingsPage(_l("Programs"), "programs.list_programs", "robot", section="system", place=10,
                               permission=tokens.MANAGE,
                               summary=_l("Members that nobody signs in as, and all API tokens.")))  # fmt: skip


class NameProgram(ma.Schema):
    name = Line()


def _tabs(here: str) -> list[Link]:
    pages = (("list_programs", _("Programs")), ("list_all_tokens", _("All tokens")))
    return [Link(label, url_for(f"programs.{name}"), active=name == here) for name, label in pages]


@program_pages.get("/", permission=MANAGE)
def list_programs() -> ResponseReturnValue:
    found = programs.list_programs()
    roles = members.roles_of([program.id for program, _held in found])
    return render("auth/programs.html", programs=found, roles=roles, tabs=_tabs("list_programs"))


@program_pages.get("/tokens", permission=MANAGE)
def list_all_tokens() -> ResponseReturnValue:
    return render("auth/all_tokens.html", tokens=tokens.list_tokens(), tabs=_tabs("list_all_tokens"),
                  my_id=current.member().id)  # fmt: skip


@program_pages.get("/new", permission=MANAGE)
def new_program() -> ResponseReturnValue:
    return _form()


@program_pages.post("/new", permission=MANAGE)
def create_program() -> ResponseReturnValue:
    try:
        typed = read_form(NameProgram, request.form)
        program = programs.create_program(typed["name"], _roles())
    except Invalid as invalid:
        return _form(errors=errors_of(invalid), status=422)
    toast(_("The program “%(name)s” is there. Give it a token.", name=program.name))
    return redirect_to(url_for(".show_program", program_id=program.id))


@program_pages.get("/<uuid:program_id>", permission=MANAGE)
def show_program(program_id: UUID) -> ResponseReturnValue:
    program = programs.get_program(program_id)
    held = members.roles_of([program.id]).get(program.id, [])
    return render("auth/program.html", program=program, held=held, tokens=tokens.list_tokens(program.id),
                  my_id=current.member().id)  # fmt: skip


@program_pages.get("/<uuid:program_id>/edit", permission=MANAGE)
def edit_program(program_id: UUID) -> ResponseReturnValue:
    return _form(programs.get_program(program_id))


@program_pages.post("/<uuid:program_id>/edit", permission=MANAGE)
def update_program(program_id: UUID) -> ResponseReturnValue:
    program = programs.get_program(program_id, lock=True)
    try:
        typed = read_form(NameProgram, request.form)
        programs.change_program(program, name=typed["name"], role_ids=_roles())
    except Invalid as invalid:
        return _form(program, errors=errors_of(invalid), status=422)
    toast(_("Saved."))
    return redirect_to(url_for(".show_program", program_id=program.id))


@program_pages.post("/<uuid:program_id>/deactivation", permission=MANAGE)
def deactivate_program(program_id: UUID) -> ResponseReturnValue:
    program = programs.get_program(program_id, lock=True)
    programs.deactivate_program(program)
    toast(_("%(member)s no longer has access.", member=program.name),
          undo=url_for(".reactivate_program", program_id=program.id))  # fmt: skip
    return redirect_to(url_for(".show_program", program_id=program.id))


@program_pages.post("/<uuid:program_id>/reactivation", permission=MANAGE)
def reactivate_program(program_id: UUID) -> ResponseReturnValue:
    program = programs.get_program(program_id, lock=True)
    programs.reactivate_program(program)
    toast(_("%(member)s has access again.", member=program.name))
    return redirect_to(url_for(".show_program", program_id=program.id))


@program_pages.get("/<uuid:program_id>/tokens/new", permission=MANAGE)
def new_token(program_id: UUID) -> ResponseReturnValue:
    return new_for(program_id)


@program_pages.post("/<uuid:program_id>/tokens/new", permission=MANAGE)
def create_token(program_id: UUID) -> ResponseReturnValue:
    """The token is shown on this answer and never again."""
    programs.get_program(program_id)
    return make_for(program_id)


def _roles() -> list[UUID]:
    try:
        return [UUID(typed) for typed in request.form.getlist("roles")]
    except ValueError:
        raise Invalid([FieldProblem("roles", "unknown", _("Choose one of the list."))]) from None


def _form(program: Member | None = None, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    held = members.roles_of([program.id]).get(program.id, []) if program else []
    options = {role.id: role.title for role in [*held, *programs.assignable_roles()]}
    return render("auth/program_form.html", status=status, program=program, held=[role.id for role in held],
                  options=list(options.items()), **said)  # fmt: skip

"""The list of roles: making, naming, copying, resetting and deleting them."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.access import Role, permitted
from core.access.roles import READY
from core.auth import giving, roles
from core.auth.forms import Id, Line, errors_of, read_form
from core.auth.views.roles.blueprint import MANAGE, role_pages, sees_all
from core.errors import DomainError, Invalid
from core.i18n import _
from core.web import redirect_to, render, toast

MOST_TOLD = 5


class NewRole(ma.Schema):
    name = Line()
    description = Line(required=False, load_default=None)
    like = Id(load_default=None)


class NameRole(ma.Schema):
    name = Line()
    description = Line(required=False, load_default=None)


@role_pages.get("/", permission=MANAGE)
def list_roles() -> ResponseReturnValue:
    found = roles.all_roles()
    return render(
        "roles/list.html", roles=found, sizes=roles.sizes(), purpose_of=roles.purpose_of, ready=READY,
        changed={role.id for role in found if role.key in READY and not roles.is_as_delivered(role)},
        sees_all=sees_all(), sees_members=permitted("tenant.invite_members"),
    )  # fmt: skip


@role_pages.get("/new", permission=MANAGE)
def new_role() -> ResponseReturnValue:
    return _new_form()


@role_pages.post("/new", permission=MANAGE)
def create_role() -> ResponseReturnValue:
    try:
        typed = read_form(NewRole, request.form)
        role = roles.create_role(typed["name"], typed["description"] or "", like=typed["like"])
    except Invalid as invalid:
        return _new_form(errors=_beside(invalid), status=422)
    toast(_("The role “%(role)s” was made. Say what it may do.", role=role.name))
    return redirect_to(url_for(".show_role", role_id=role.id))


def _new_form(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    like = request.values.get("like", "")
    model = next((role for role in roles.all_roles() if str(role.id) == like), None)
    name = _("%(role)s (copy)", role=model.title) if model else ""
    return render("roles/new.html", status=status, roles=roles.all_roles(), like=like, name=name, **said)


def _beside(invalid: Invalid) -> dict[str, Any]:
    """What a copied role grants and one may not give stands beside the role that is copied."""
    found: dict[str, list[str]] = {}
    for problem in invalid.problems:
        beside = problem.field if problem.field in ("name", "description") else "like"
        found.setdefault(beside, []).append(problem.message)
    return {key: said[:MOST_TOLD] for key, said in found.items()}


@role_pages.get("/<uuid:role_id>/name", permission=MANAGE)
def edit_role(role_id: UUID) -> ResponseReturnValue:
    return render("roles/name.html", role=roles.get_role(role_id))


@role_pages.post("/<uuid:role_id>/name", permission=MANAGE)
def update_role(role_id: UUID) -> ResponseReturnValue:
    role = roles.get_role(role_id, lock=True)
    try:
        typed = read_form(NameRole, request.form)
        roles.describe_role(role, name=typed["name"], description=typed["description"] or "")
    except Invalid as invalid:
        return render("roles/name.html", status=422, role=role, errors=errors_of(invalid))
    toast(_("Saved."))
    return redirect_to(url_for(".show_role", role_id=role.id))


@role_pages.post("/<uuid:role_id>/reset", permission=MANAGE)
def reset_role(role_id: UUID) -> ResponseReturnValue:
    role = roles.get_role(role_id, lock=True)
    roles.reset_role(role)
    toast(_("“%(role)s” is as it was delivered.", role=role.title))
    return redirect_to(url_for(".show_role", role_id=role.id))


@role_pages.get("/<uuid:role_id>/deletion", permission=MANAGE)
def ask_deletion(role_id: UUID) -> ResponseReturnValue:
    return _deletion_form(roles.get_role(role_id))


@role_pages.post("/<uuid:role_id>/deletion", permission=MANAGE)
def delete_role(role_id: UUID) -> ResponseReturnValue:
    role = roles.get_role(role_id, lock=True)
    name = role.title
    try:
        roles.delete_role(role, instead=_chosen(request.form.get("instead", "")))
    except DomainError as problem:
        return _deletion_form(role, errors={"instead": problem.message}, status=422)
    toast(_("The role “%(role)s” was deleted.", role=name))
    return redirect_to(url_for(".list_roles"))


def _deletion_form(role: Role, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    others = [each for each in giving.assignable_roles() if each.id != role.id]
    return render("roles/deletion.html", status=status, role=role, uses=roles.uses_of(role), others=others, **said)


def _chosen(raw: str) -> UUID | None:
    try:
        return UUID(raw) if raw else None
    except ValueError:
        return None

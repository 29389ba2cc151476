"""The page on which a role is given records: record type by action, each cell a scope."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.access import Role
from core.auth import roles
from core.auth.role_advice import Advice, advice_on, widened
from core.auth.role_grants import ACTIONS
from core.auth.views.roles.blueprint import MANAGE, role_page, role_pages
from core.auth.views.roles.lines import CONDITION, OTHERS, lines_of, read_lines
from core.errors import Invalid, NotFound
from core.i18n import _
from core.records.pages.builder import Builder
from core.records.types import type_named
from core.web import redirect_to, render, toast


@role_pages.get("/<uuid:role_id>", permission=MANAGE)
def show_role(role_id: UUID) -> ResponseReturnValue:
    role = roles.get_role(role_id)
    return _page(role, lines_of(role, role.grants))


@role_pages.post("/<uuid:role_id>", permission=MANAGE)
def update_matrix(role_id: UUID) -> ResponseReturnValue:
    """Save the matrix. What hardly anybody means is said first: `step` then widens what may be seen, or insists."""
    role = roles.get_role(role_id, lock=True)
    records, problems = read_lines(role, request.form)
    said = {**role.grants, "records": records}
    if problems:
        return _page(role, lines_of(role, said, problems, request.form), problems=problems, status=422)
    step = request.form.get("step", "")
    if step == "widen":
        said = widened(said)
    try:
        roles.check(role, said)
        if step != "insist" and (odd := _new_advice(role, said)):
            return _page(role, lines_of(role, said), advice=odd, status=422)
        roles.change_grants(role, {"records": said["records"]}, mark=request.form.get("mark"))
    except Invalid as invalid:
        lines = lines_of(role, said, invalid.problems, request.form)
        return _page(role, lines, problems=invalid.problems, status=422)
    toast(_("Saved. It counts from now on."))
    return redirect_to(url_for(".show_role", role_id=role.id))


def _new_advice(role: Role, said: dict[str, Any]) -> list[Advice]:
    """What is odd now and was not before."""
    known = {(each.field, each.code) for each in advice_on(role.grants)}
    return [each for each in advice_on(said) if (each.field, each.code) not in known]


def _page(role: Role, lines: Any, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    return role_page("roles/matrix.html", role, status=status, lines=lines, actions=ACTIONS, others=OTHERS,
                     condition_word=CONDITION, **said)  # fmt: skip


@role_pages.get("/<uuid:role_id>/condition", permission=MANAGE)
def new_condition(role_id: UUID) -> ResponseReturnValue:
    """An empty condition for a cell, put below its line."""
    record_type, action = type_named(request.args.get("type", "")), request.args.get("action", "")
    if action not in ACTIONS:
        raise NotFound
    name = f"if-{record_type.name}-{action}"
    builder = Builder.of(record_type, None, name=name).completed()
    return render("roles/_condition.html", "roles/_condition.html", role=roles.get_role(role_id), action=action,
                  actions=ACTIONS, builder=builder)  # fmt: skip

"""Keeping, sharing and choosing views. A shared view is changed by its owner, or by who manages views."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core import access, current, db
from core.access import Permission
from core.access.decisions import token_allows
from core.access.permissions import declare
from core.errors import FieldProblem, Forbidden, Invalid, NotFound
from core.i18n import _, _l
from core.records.types import RecordType
from core.records.views.models import SHARED, View, ViewHabit
from core.records.views.setup import Column, Setup

MANAGE_VIEWS = Permission("tenant.manage_views", _l("Change views that others shared, and what roles begin with"))
declare(MANAGE_VIEWS)

MOST = 200
"""Views of one type that a member is shown."""


@dataclass(frozen=True)
class Views:
    """The views of a record type that the member may open, and what the member last did."""

    all: Sequence[View]
    habit: ViewHabit | None

    def get(self, view_id: Any) -> View | None:
        return next((view for view in self.all if str(view.id) == str(view_id)), None)

    def first(self) -> View | None:
        """What the member begins with: their own choice, else that of a role of theirs."""
        if self.habit and self.habit.view_id and (chosen := self.get(self.habit.view_id)):
            return chosen
        me = current.tenant().member
        mine = {str(role) for role in me.role_ids} if me else set()
        return next((view for view in self.all if mine & set(view.default_roles)), None)


def views_of(record_type: RecordType) -> Views:
    """Both in one statement, since every list asks for them."""
    one = select(literal(1).label("one")).subquery()
    habit = and_(ViewHabit.tenant_id == current.tenant_id(), ViewHabit.member_id == current.member_id(),
                 ViewHabit.record_type == record_type.name)  # fmt: skip
    view = and_(View.record_type == record_type.name, _visible())
    found = select(View, ViewHabit).select_from(one).outerjoin(ViewHabit, habit).outerjoin(View, view)
    rows = db.session().execute(found.order_by(View.position, View.id).limit(MOST)).all()
    return Views([row[0] for row in rows if row[0] is not None], rows[0][1] if rows else None)


def _visible() -> Any:
    me = current.tenant().member
    mine = [View.shared == "all"]
    if me is None:
        mine = [View.id.is_not(None)]
    else:
        mine.append(View.owner_id == me.id)
        if me.team_id:
            mine.append(and_(View.shared == "team", View.team_id == me.team_id))
    return and_(View.tenant_id == current.tenant_id(), or_(*mine))


def get_view(view_id: UUID) -> View:
    """Raises NotFound for a view that the member may not open."""
    view = db.session().scalars(select(View).where(View.id == view_id, _visible())).one_or_none()
    if view is None:
        raise NotFound(_("There is no such view, or it is not shared with you."))
    return view


def may_change(view: View) -> bool:
    return view.owner_id == current.member_id() or access.permitted(MANAGE_VIEWS.name)


def save_view(
    record_type: RecordType, *, name: str, setup: Setup, shared: str = "private", team_id: UUID | None = None
) -> View:
    """Keep a way of looking under a name. Raises Forbidden, Invalid."""
    access.require("view", record_type)
    _require_writing(record_type.name)
    team_id = _sharing(shared, team_id)
    last = select(func.coalesce(func.max(View.position), 0)).where(
        View.tenant_id == current.tenant_id(), View.record_type == record_type.name
    )
    view = View(
        record_type=record_type.name,
        name=_name(name),
        owner_id=current.member_id(),
        shared=shared,
        team_id=team_id,
        position=(db.session().scalar(last) or 0) + 1,
        **setup.checked(record_type).dump(),
    )
    db.session().add(view)
    db.flush()
    return view


def change_view(record_type: RecordType, view: View, *, setup: Setup | None = None, **changes: Any) -> View:
    """Change what a view shows, its `name`, whom it is `shared` with, its `position`. Raises Forbidden, Invalid."""
    _require_change(view)
    if "name" in changes:
        view.name = _name(changes["name"])
    if "shared" in changes:
        shared = changes["shared"]
        # an administrator who changes somebody else's view leaves the team as it is
        wish = changes.get("team_id") or (view.team_id if view.owner_id != current.member_id() else None)
        view.team_id = _sharing(shared, wish)
        view.shared = shared
        if shared != "all":
            view.default_roles = []
    if "position" in changes:
        view.position = changes["position"]
    if setup is not None:
        for name, value in setup.checked(record_type).dump().items():
            setattr(view, name, value)
    db.flush()
    return view


def duplicate_view(record_type: RecordType, view: View, name: str = "") -> View:
    """A private copy of one's own."""
    setup, _lost = Setup.of(view).mended(record_type)
    return save_view(record_type, name=name or _("%(name)s (copy)", name=view.name[:80]), setup=setup)


def delete_view(view: View) -> None:
    """Whoever began with it begins with all records again."""
    _require_change(view)
    habits = select(ViewHabit).where(ViewHabit.tenant_id == current.tenant_id(), ViewHabit.view_id == view.id)
    for habit in db.session().scalars(habits):
        habit.view_id = None
    db.flush()
    db.session().execute(delete(View).where(View.tenant_id == current.tenant_id(), View.id == view.id))


def unshare_with(team_id: UUID) -> None:
    """A team that is about to go leaves its views to those who made them."""
    theirs = update(View).where(View.tenant_id == current.tenant_id(), View.team_id == team_id)
    db.session().execute(theirs.values(shared="private", team_id=None))


def set_default(record_type: RecordType, view: View | None) -> None:
    """Begin with this view, or with all records."""
    _require_writing(record_type.name)
    _keep_habit(record_type, view_id=view.id if view else None)


def remember(record_type: RecordType, **kept: Any) -> None:
    """How the member arranged the list of all records: `columns`, `density` or `totals`."""
    if "columns" in kept:
        columns: Sequence[Column] = kept["columns"]
        kept["columns"] = [column.dump() for column in columns if column.key in record_type.fields()]
    _keep_habit(record_type, **kept)


def _keep_habit(record_type: RecordType, **kept: Any) -> None:
    new = insert(ViewHabit).values(
        tenant_id=current.tenant_id(), id=db.new_id(), member_id=current.member().id, record_type=record_type.name,
        **({"columns": [], "density": "", "totals": {}} | kept),
    )  # fmt: skip
    db.session().execute(new.on_conflict_do_update(index_elements=["tenant_id", "member_id", "record_type"], set_=kept))


def set_role_defaults(record_type: RecordType, view: View, role_ids: Sequence[UUID]) -> None:
    """Have members of these roles begin with a view. Each role has one; it must be shared with all."""
    access.require_permission(MANAGE_VIEWS.name)
    if role_ids and view.shared != "all":
        raise Invalid([FieldProblem("roles", "not_shared", _("Share the view with everyone first."))])
    known = set(db.session().scalars(select(access.Role.id).where(access.Role.tenant_id == current.tenant_id())))
    if unknown := [each for each in role_ids if each not in known]:
        raise Invalid([FieldProblem("roles", "unknown_role", _("There is no such role.")) for _each in unknown])
    wanted = [str(each) for each in role_ids]
    others = select(View).where(View.tenant_id == current.tenant_id(), View.record_type == record_type.name)
    for other in db.session().scalars(others):
        kept = [role for role in other.default_roles if role not in wanted]
        other.default_roles = wanted if other is view else kept
    db.flush()


def _require_writing(record_type: str) -> None:
    """A token that may only read keeps nothing."""
    if not token_allows("edit", record_type, current.tenant()):
        raise Forbidden(_("This token lacks the scope “%(scope)s”.", scope="write"), code="insufficient_scope")


def _require_change(view: View) -> None:
    _require_writing(view.record_type)
    if not may_change(view):
        raise Forbidden(_("Only its owner and administrators may change this view. Save a copy of your own."))


def _name(typed: Any) -> str:
    name = " ".join(str(typed or "").replace("\x00", "").split())
    if not name:
        raise Invalid([FieldProblem("name", "required", _("Give the view a name."))])
    if len(name) > 100:
        raise Invalid([FieldProblem("name", "too_long", _("Use at most %(limit)s characters.", limit=100))])
    return name


def _sharing(shared: Any, team_id: UUID | None) -> UUID | None:
    """The team it is shared with, if it is with one. Raises Invalid."""
    if shared not in SHARED:
        raise Invalid([FieldProblem("shared", "unknown", _("Choose one of: %(list)s.", list=", ".join(SHARED)))])
    if shared != "team":
        return None
    me = current.tenant().member
    mine = me.team_id if me else None
    team_id = team_id or mine
    if team_id is None:
        raise Invalid([FieldProblem("shared", "no_team", _("You are in no team to share it with."))])
    if team_id != mine:
        if not access.permitted(MANAGE_VIEWS.name):
            raise Forbidden(_("You can share a view with your own team, or with everyone."))
        if db.get(access.Team, team_id) is None:
            raise Invalid([FieldProblem("team", "unknown_team", _("There is no such team."))])
    return team_id

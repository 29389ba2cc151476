"""Looking at the workspace as a role or a member would: for administrators, for a while, and without touching anything.

What is looked at is kept in the browser's own signed cookie, for each workspace. The door asks `seen` for the context
of each request; nothing that is done in it is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import g, request, session

from core import current, db
from core.access import Member, Role, Team, add_up, require_permission
from core.access.others import as_seen_by
from core.access.permissions import granted
from core.auth.role_events import SeenAs, SeenAsEnded
from core.auth.roles import PERMISSION
from core.current import TenantContext
from core.errors import FieldProblem, Forbidden, Invalid
from core.events import emit
from core.i18n import _

KEY = "seeing"
LASTS = timedelta(minutes=30)
STOP = "roles.stop_seeing"
"""The one route behind which the administrator is themselves meanwhile."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Seeing:
    """With whose eyes one looks, as it is shown above every page."""

    whom: str
    kind: str
    team: str | None = None


def see_as_role(role: Role, team: Team | None = None) -> None:
    """Go on with the rights of this role alone, oneself, perhaps in another team."""
    _begin(SeenAs(record_type="role", record_id=role.id, kind="role", whom=role.title, team=team.name if team else None,
                  ip=request.remote_addr), team_id=team.id if team else None)  # fmt: skip


def see_as_member(member: Member) -> None:
    """Go on as the member would."""
    if member.status != "active":
        raise Invalid([FieldProblem("member", "invalid", _("%(member)s has no access.", member=member.name))])
    _begin(SeenAs(record_type="member", record_id=member.id, kind="member", whom=member.name, ip=request.remote_addr))


def _begin(event: SeenAs, team_id: UUID | None = None) -> None:
    require_permission(PERMISSION)
    if not _may_see_all(current.tenant()):
        raise Forbidden(_("Only who may do everything can see the workspace as somebody else."))
    emit(event)
    said = {"kind": event.kind, "id": str(event.record_id), "team": str(team_id) if team_id else None,
            "whom": event.whom, "by": str(current.member().id), "at": current.now().timestamp()}  # fmt: skip
    session[KEY] = {**session.get(KEY, {}), str(current.tenant_id()): said}


def stop_seeing() -> str | None:
    """Look with one's own eyes again. Returns as whom one looked."""
    said = _forget(current.tenant())
    if said is None:
        return None
    emit(SeenAsEnded(record_type=said["kind"], record_id=UUID(said["id"]), whom=said["whom"]))
    return str(said["whom"])


# --- at the door ---------------------------------------------------------------------------------------


def is_seeing(context: TenantContext) -> bool:
    """Whether this browser looks at the workspace with other eyes, so that `seen` has something to say."""
    return KEY in session and str(context.tenant_id) in session[KEY] and request.endpoint != STOP


def seen(context: TenantContext) -> TenantContext | None:
    """The context as it is looked at; None when that is over. Raises Forbidden for whatever would change something.

    Called inside the administrator's own context.
    """
    said = session[KEY][str(context.tenant_id)]
    other = _still(said, context)
    if other is None:
        _forget(context)
        return None
    if request.method not in READING:
        raise Forbidden(_("You only look now. Stop seeing the workspace as %(whom)s to change something.",
                          whom=said["whom"]), code="only_looking")  # fmt: skip
    return other


def seeing() -> Seeing | None:
    """With whose eyes this request looks."""
    return g.get("seeing")


def _still(said: Mapping[str, Any], context: TenantContext) -> TenantContext | None:
    """The other context, while its time lasts, the administrator is one, and what they look at is there."""
    mine = context.member is not None and said["by"] == str(context.member.id) and _may_see_all(context)
    if not mine or current.now().timestamp() - said["at"] > LASTS.total_seconds():
        return None
    if said["kind"] == "member":
        member = db.get(Member, UUID(said["id"]))
        if member is None or member.status != "active":
            return None
        g.seeing = Seeing(member.name, "member")
        return as_seen_by(member)
    role = db.get(Role, UUID(said["id"]))
    team = db.get(Team, UUID(said["team"])) if said["team"] else None
    if role is None or (said["team"] and team is None):
        return None
    g.seeing = Seeing(role.title, "role", team.name if team else None)
    return _with_role(context, role, team)


def _with_role(context: TenantContext, role: Role, team: Team | None) -> TenantContext:
    assert context.member is not None
    acting = replace(context.member, roles=(role.key or role.name,), role_ids=(role.id,), stands_for=())
    if team is not None:
        acting = replace(acting, team_id=team.id, team_path=team.path)
    return replace(context, member=acting, grants=add_up([granted(role.name, role.key, role.grants)]))


def _may_see_all(context: TenantContext) -> bool:
    return "*" in context.grants.permissions


def _forget(context: TenantContext) -> Any:
    others = dict(session.get(KEY, {}))
    said = others.pop(str(context.tenant_id), None)
    session[KEY] = others
    if not others:
        session.pop(KEY)
    return said

"""Taking a member's second factors away: for somebody who lost the phone and the paper."""

from uuid import UUID

from sqlalchemy import delete

from core import current, db
from core.access import Member, require_permission
from core.auth import account_mail
from core.auth.members import roles_of
from core.auth.news import write_news
from core.auth.no_apps import refuse_apps
from core.auth.second_factor.events import SecondFactorReset
from core.auth.second_factor.factors import locked_user
from core.auth.second_factor.models import CodeApp, Passkey, RecoveryCode
from core.auth.users import workspaces_of
from core.errors import Conflict, Forbidden
from core.events import emit
from core.i18n import _


def reset_factors(member: Member) -> None:
    """Take all second factors of a member away, and write to them.

    The factors are the person's, in all of their workspaces: so nobody takes away those of somebody who belongs to
    another workspace too, which they would thereby open for whoever knows the password.
    """
    require_permission("tenant.manage_members")
    refuse_apps()
    if member.user_id is None or member.status != "active":
        raise Conflict(_("%(member)s has no access to take care of.", member=member.name))
    if member.id == current.member_id():
        raise Conflict(_("Change your own second factor in your settings."))
    acting = current.tenant().member
    owned = any(role.key == "owner" for role in roles_of([member.id])[member.id])
    if owned and acting is not None and "owner" not in acting.roles:
        raise Forbidden(_("Only an owner can do this to another owner."))
    if len(workspaces_of(member.user_id)) > 1:
        raise Conflict(
            _("%(member)s belongs to other workspaces too. Only the operator of this installation can reset it.",
              member=member.name)
        )  # fmt: skip
    if strip(member.user_id, by=acting.name if acting else ""):
        emit(SecondFactorReset(record_type="member", record_id=member.id, member=member.name))


def strip(user_id: UUID, *, by: str = "") -> bool:
    """Leave the user with the password alone. Returns whether there was anything else."""
    with db.role_session("auth") as session:
        user = locked_user(session, user_id)
        for kind in (CodeApp, Passkey, RecoveryCode):
            session.execute(delete(kind).where(kind.user_id == user_id))
        had, user.factors_at = user.factors_at is not None, None
        if had:
            write_news(session, user, "factors_reset", by=by)
    account_mail.wake()
    return had

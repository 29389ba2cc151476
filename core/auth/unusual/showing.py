"""Unusual use, as a number on the page of the security policy."""

from datetime import timedelta

from sqlalchemy import func, select

from core import access, current, db
from core.auth.permissions import SEE_AUDIT
from core.auth.policy import policy
from core.auth.policy_page.status import Status, Told, add_status
from core.auth.unusual.models import MemberUse
from core.i18n import _, _l, fmt_number


def _alarms() -> Told:
    if not policy().unusual_alarm:
        return Told(_("Switched off"), _("Nobody is told of unusual use"))
    told = select(func.count()).select_from(MemberUse).where(
        MemberUse.tenant_id == current.tenant_id(), MemberUse.told_at > current.now() - timedelta(days=30)
    )  # fmt: skip
    path = f"/w/{current.tenant().slug}/settings/audit/?group=alarms"
    return Told(fmt_number(db.session().scalar(told) or 0), _("Alarms in the last 30 days"),
                path if access.permitted(SEE_AUDIT.name) else None)  # fmt: skip


add_status(Status(_l("Unusual use"), "eye-exclamation", _alarms, place=30))

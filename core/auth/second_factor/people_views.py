"""An administrator's part in the second factors of members: taking lost ones away."""

from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from core.auth import members
from core.auth.fresh import recently
from core.auth.second_factor.resetting import reset_factors
from core.i18n import _
from core.web import redirect_to, toast
from core.web.blueprints import holding, workspace

second_factor_admin = workspace("second_factor_admin", __name__, "members")


@second_factor_admin.post(
    "/<uuid:member_id>/second-factor/reset", permission=recently(holding("tenant.manage_members"))
)
def reset(member_id: UUID) -> ResponseReturnValue:
    member = members.get_member(member_id, lock=True)
    reset_factors(member)
    toast(_("%(member)s signs in with the password alone until they set up a second factor again.", member=member.name))
    return redirect_to(url_for("members.list_members"))

"""How members sign in, over the API: who has a second factor, who was last here when, and taking lost factors away."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access import Member
from core.api import Answer, Doc, Resource, listed, reading
from core.api.docs import AFTER_ID, FLAG, ID, INSTANT, LIMIT, Param, maybe, thing
from core.auth.last_seen import last_seen
from core.auth.members import get_member
from core.auth.second_factor.holders import holders
from core.auth.second_factor.resetting import reset_factors
from core.i18n import _l
from core.web.blueprints import holding

member_sign_in = Resource("member_sign_in", __name__, title=_l("Members, teams and roles"))

MANAGE = holding("tenant.manage_members")
SIGN_IN = thing(
    id={**ID, "description": "Of the member."}, second_factor=FLAG,
    last_seen_at=maybe({**INSTANT, "description": "When they were last in this workspace."}),
)  # fmt: skip
OF = Param("member", "Only this member.", ID)


@member_sign_in.get("/members/sign-in", permission=MANAGE,
                    doc=Doc(gives=SIGN_IN, many=True, params=(OF, LIMIT, AFTER_ID)))  # fmt: skip
def list_sign_in() -> Answer:
    """List for the people with access whether they have a second factor, and when they were last here."""
    found = select(Member).where(
        Member.tenant_id == current.tenant_id(), Member.status == "active", Member.kind == "person"
    )
    if only := reading.uuid("member"):
        found = found.where(Member.id == only)
    if after := reading.uuid("after"):
        found = found.where(Member.id > after)
    limit = reading.limit()
    rows = db.session().scalars(found.order_by(Member.id).limit(limit + 1)).all()
    page = rows[:limit]
    return listed(_shown(page), next=str(page[-1].id) if len(rows) > limit else None)


@member_sign_in.delete("/members/<uuid:member_id>/second-factor", permission=MANAGE, doc=Doc(status=204))
def reset_second_factor(member_id: UUID) -> Answer:
    """Take a member's second factors away: for somebody who lost the phone and the paper. They are written to."""
    reset_factors(get_member(member_id, lock=True))
    return None


def _shown(members: Sequence[Member]) -> list[dict[str, Any]]:
    users = [member.user_id for member in members]
    protected, seen = holders(users), last_seen(users)
    return [
        {"id": str(member.id), "second_factor": member.user_id in protected,
         "last_seen_at": reading.instant(seen.get(member.user_id) if member.user_id else None)}
        for member in members
    ]  # fmt: skip

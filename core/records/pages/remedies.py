"""What would change a refusal: a share, a wider grant in a role of theirs, another role."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import access, current, db
from core.access import Role
from core.access.adding import OPEN, granted_on, scope_key
from core.access.explaining import Explanation, which_cover
from core.access.permissions import defaults_of
from core.i18n import _
from core.records.fields import FieldType
from core.records.pages.addresses import url_of
from core.records.pages.explaining_terms import (
    ACTIONS,
    MANAGE,
    WITHIN,
    Line,
    Whose,
    page_there,
    role_titles,
    role_url,
    scope_text,
)
from core.records.sharing import may_share
from core.records.types import RecordType

MOST_ROLES = 3
"""So many other roles are named."""


def remedies(record_type: RecordType, record: Any, about: Whose, found: Explanation) -> list[Line]:
    """What would allow it: sharing, the narrowest scope that covers the record in a role of theirs, another role."""
    if about.is_me or about.member is None:
        return [Line(_("Ask the owner of the record to share it with you, or an administrator."))]
    if about.member.status != "active":
        return [Line(_("Give %(name)s access again.", name=about.name), None, f"/w/{current.tenant().slug}/members/")]
    found_ways = []
    if found.of_type and found.action in ("view", "edit") and may_share(record_type, record):
        found_ways.append(Line(_("Share the record with %(name)s.", name=about.name), None,
                             f"{url_of(record_type, record.id)}/shares"))  # fmt: skip
    with current.entering(about.context):
        covered = which_cover([*WITHIN, "all"], record_type, record)
    narrowest = next(scope for scope in (*WITHIN, "all") if scope in covered)
    wider = {"action": ACTIONS[found.action], "scope": scope_text(record_type, narrowest)}
    titles_of = role_titles(each.role_id for each in found.reasons)
    found_ways += [
        Line(_("Give “%(action)s: %(scope)s” in the role “%(role)s”.", **wider,
               role=titles_of.get(each.role_id, each.role)), None, role_url(each.role_id))
        for each in found.reasons
    ]  # fmt: skip
    held = {each.role_id for each in found.reasons}
    others = [role for role in _roles() if role.id not in held and "*" not in role.grants.get("permissions", ())]
    gives = [(len(said := granted_on(role.grants, record_type.name)), role, scope_key(said.get(found.action, "none")))
             for role in others]  # fmt: skip
    able = sorted((each for each in gives if each[2] in covered), key=lambda each: (each[0], each[1].name))
    member_url = f"/w/{current.tenant().slug}/members/{about.member.id}"
    found_ways += [
        Line(_("Give %(name)s the role “%(role)s”, which has “%(action)s: %(scope)s”.", name=about.name,
               role=role.title, action=ACTIONS[found.action], scope=scope_text(record_type, scope)),
             None, page_there(member_url))
        for _number, role, scope in able[:MOST_ROLES]
    ]  # fmt: skip
    return found_ways


def roles_with_permission(about: Whose, permission: str) -> list[Line]:
    having = [role.title for role in _roles()
              if {"*", permission} & {*role.grants.get("permissions", ()), *defaults_of(role.key)}]  # fmt: skip
    listed = _(", ").join(having)
    return [Line(_("These roles have the permission: %(roles)s.", roles=listed))] if having else []


def field_remedies(of: FieldType, reasons: Sequence[Any], named: Mapping[UUID | None, str], level: int) -> list[Line]:
    if not access.permitted(MANAGE) or level == OPEN:
        return []
    return [
        Line(_("Leave “%(field)s” open in the role “%(role)s”.", field=of.label,
               role=named.get(each.role_id, each.role)), None, role_url(each.role_id))
        for each in reasons if each.counts
    ]  # fmt: skip


def _roles() -> Sequence[Role]:
    rows = select(Role).where(Role.tenant_id == current.tenant_id()).order_by(Role.name)
    return db.session().scalars(rows).all()

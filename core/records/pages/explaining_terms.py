"""What explanations are put together of: their lines, the words for rights and scopes, and whom one is about."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import current_app, request
from sqlalchemy import select

from core import access, current, db
from core.access import Member, Role
from core.access.adding import CONDITION
from core.access.explaining import Explanation, PermissionReason
from core.access.others import as_seen_by
from core.current import TenantContext
from core.errors import NotFound
from core.i18n import LazyText, _, _lp
from core.records.pages.filters import pointed_in, say
from core.records.types import RecordType, titles

MANAGE = "tenant.manage_members"
"""Who holds this may ask about others."""
ACTIONS: Mapping[str, LazyText] = {
    "view": _lp("right", "view"),
    "edit": _lp("right", "edit"),
    "delete": _lp("right", "delete"),
    "transfer": _lp("right", "hand over"),
    "share": _lp("right", "share"),
    "export": _lp("right", "export"),
}
SCOPES: Mapping[str, LazyText] = {
    "none": _lp("scope", "none"),
    "own": _lp("scope", "own"),
    "team": _lp("scope", "own team"),
    "below": _lp("scope", "own team and below"),
    "all": _lp("scope", "all"),
}
WITHIN = {
    "own": {"me", "stood_for", "open"},
    "team": {"me", "stood_for", "open", "team"},
    "below": {"me", "stood_for", "open", "team", "below"},
}
"""Which relations of an owner to the member lie within a scope."""


@dataclass(frozen=True)
class Line:
    """A sentence of the chain: whether it speaks for it (None where it only explains), and where its role is."""

    text: str
    speaks_for: bool | None = None
    url: str | None = None


@dataclass(frozen=True)
class Why:
    """An answer: yes or no in a sentence, how it came about, and what would change a no."""

    allowed: bool
    headline: str
    lines: Sequence[Line]
    remedies: Sequence[Line] = ()
    explanation: Explanation | None = None
    level: str | None = None
    roles: Sequence[PermissionReason] = ()

    @property
    def sentence(self) -> str:
        """The whole of it in a few sentences."""
        decisive = [line.text for line in self.lines if line.speaks_for is not (not self.allowed)]
        return " ".join([self.headline, *decisive])


@dataclass(frozen=True)
class Whose:
    """Whom an answer is about: the asking member (`name` is empty), or another one, as whom it is found out."""

    context: TenantContext
    member: Member | None = None

    @property
    def is_me(self) -> bool:
        return self.member is None

    @property
    def name(self) -> str:
        return self.member.name if self.member else ""


def whose(member_id: UUID | None) -> Whose:
    """Raises Forbidden for those who ask about others without managing members, NotFound for nobody."""
    context = current.tenant()
    if member_id is None or member_id == current.member_id():
        return Whose(context)
    access.require_permission(MANAGE)
    member = db.get(Member, member_id)
    if member is None:
        raise NotFound(_("There is no such member."))
    return Whose(as_seen_by(member), member)


def scope_text(record_type: RecordType, scope: str) -> str:
    """A scope in words; a condition that cannot be said is called one."""
    if not scope.startswith(CONDITION):
        return str(SCOPES.get(scope, scope))
    condition = json.loads(scope.removeprefix(CONDITION))
    try:
        return say(record_type, condition, titles(pointed_in(record_type, condition)))
    except (KeyError, TypeError, AttributeError):
        return _("those that meet a condition")


def role_titles(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """What these roles are called in the reader's language."""
    wanted = [each for each in ids if each]
    if not wanted:
        return {}
    rows = select(Role).where(Role.tenant_id == current.tenant_id(), Role.id.in_(wanted))
    return {role.id: role.title for role in db.session().scalars(rows)}


def role_url(role_id: UUID | None) -> str | None:
    """The page of a role, for those who may open it."""
    if role_id is None or not access.permitted(MANAGE):
        return None
    return page_there(f"/w/{current.tenant().slug}/roles/{role_id}")


def page_there(path: str) -> str | None:
    adapter = current_app.create_url_adapter(request if request else None)
    return path if adapter is not None and adapter.test(path, "GET") else None

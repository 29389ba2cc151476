"""Links for a whole company: made, exchanged and withdrawn inside, and joining by one from outside.

Whoever holds a link says an address; a mail to it holds a second link, and only that one lets them in. So nobody
joins with an address that is not theirs, and a link that went astray admits only those of its domains.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import idna
from sqlalchemy import select

from core import current, db
from core.access import Member, MemberRole, Role, Team, require_permission
from core.auth import links
from core.auth.context import Door, entering
from core.auth.events import MemberJoined
from core.auth.giving import role_to_give
from core.auth.invitations import LinkWithdrawn, come_in
from core.auth.join_links import JoinLink
from core.auth.links import LinkExpired, LinkForged, LinkUsed
from core.auth.members import team_to_give
from core.auth.models import User
from core.auth.people_events import JoinLinkMade, JoinLinkRotated, JoinLinkWithdrawn
from core.auth.public_domains import PUBLIC_DOMAINS
from core.auth.seats import require_seat
from core.current import Cause, NoTenant, TenantContext
from core.db import new_id
from core.errors import Conflict, FieldProblem, Invalid, NotFound
from core.events import emit
from core.i18n import _
from core.mail import send_mail

MOST_DOMAINS = 50
MOST_LINKS = 100
TOO_MIGHTY = ("owner", "admin")


@dataclass(frozen=True)
class Opening:
    """What a link says to whoever holds it: without an `email` the one for all, with it the one sent by mail."""

    workspace: str
    role: str
    domains: tuple[str, ...]
    email: str = ""


# --- inside --------------------------------------------------------------------------------------------


def list_links() -> Sequence[tuple[JoinLink, Role, Team | None]]:
    """Those that still let somebody in and those that no longer do, the latest first."""
    tenant = current.tenant_id()
    found = (
        select(JoinLink, Role, Team)
        .join(Role, (Role.tenant_id == tenant) & (Role.id == JoinLink.role_id))
        .outerjoin(Team, (Team.tenant_id == tenant) & (Team.id == JoinLink.team_id))
        .where(JoinLink.tenant_id == tenant)
        .order_by(JoinLink.id.desc())
        .limit(MOST_LINKS)
    )
    return [(row[0], row[1], row[2]) for row in db.session().execute(found)]


def get_link(link_id: UUID, *, lock: bool = False) -> JoinLink:
    link = db.get(JoinLink, link_id, lock=lock)
    if link is None:
        raise NotFound(_("There is no such link."))
    return link


def make_link(
    *, role_id: UUID | None, team_id: UUID | None = None, domains: Sequence[str] = (), anyone: bool = False,
    expires_at: datetime | None = None, max_uses: int | None = None,
) -> JoinLink:  # fmt: skip
    """A new link. Without domains it must be said that it is for anyone who holds it."""
    require_permission("tenant.manage_members")
    role, team = role_to_give(role_id), team_to_give(team_id)
    if role.key in TOO_MIGHTY or "*" in role.grants.get("permissions", ()):
        message = _("Nobody becomes %(role)s by a link. Invite them by name.", role=role.title)
        raise Invalid([FieldProblem("role", "too_mighty", message)])
    if expires_at is not None and expires_at <= current.now():
        raise Invalid([FieldProblem("expires_at", "past", _("This time is over already."))])
    allowed = [] if anyone else _domains(domains)
    link = JoinLink(id=new_id(), domains=allowed, role_id=role.id, team_id=team.id if team else None, nonce=_nonce(),
                    expires_at=expires_at, max_uses=max_uses, uses=0, made_by_id=current.member_id())  # fmt: skip
    db.session().add(link)
    db.flush()
    emit(JoinLinkMade(record_type="join_link", record_id=link.id, role=role.title, domains=tuple(allowed)))
    return link


def rotate_link(link: JoinLink) -> None:
    """A new address in place of the old one, which lets nobody in any more."""
    require_permission("tenant.manage_members")
    if link.withdrawn_at is not None:
        raise Conflict(_("This link is withdrawn. Make a new one."))
    link.nonce = _nonce()
    emit(JoinLinkRotated(record_type="join_link", record_id=link.id, role=_role_of(link).title))


def withdraw_link(link: JoinLink) -> None:
    """From now on the link lets nobody in; those who joined by it stay. Twice is once."""
    require_permission("tenant.manage_members")
    if link.withdrawn_at is None:
        link.withdrawn_at = current.now()
        emit(JoinLinkWithdrawn(record_type="join_link", record_id=link.id, role=_role_of(link).title))


def url_of(link: JoinLink) -> str:
    token = links.sign("join", [current.tenant_id().hex, link.id.hex, link.nonce])
    return links.url(f"/join/{token}")


def _nonce() -> str:
    return secrets.token_urlsafe(12)


def _role_of(link: JoinLink) -> Role:
    role = db.get(Role, link.role_id)
    assert role is not None
    return role


def _domains(given: Sequence[str]) -> list[str]:
    """Raises Invalid for what is no domain, and for those under which anybody gets a mailbox."""
    found = sorted({each.strip().removeprefix("@").rstrip(".").lower() for each in given if each.strip()})
    problem = None
    if not found:
        problem = _("Write at least one domain, such as example.com, or open the link to anyone.")
    elif len(found) > MOST_DOMAINS:
        problem = _("Write at most %(count)s domains.", count=MOST_DOMAINS)
    elif wrong := [each for each in found if not _is_domain(each)]:
        problem = _("“%(domain)s” is not a domain. Write it like example.com.", domain=wrong[0][:60])
    elif public := [each for each in found if each in PUBLIC_DOMAINS]:
        problem = _("Anybody gets an address at %(domain)s. If you mean that, open the link to anyone.",
                    domain=public[0])  # fmt: skip
    if problem:
        raise Invalid([FieldProblem("domains", "invalid", problem)])
    return found


def _is_domain(text: str) -> bool:
    try:
        return "." in text and "@" not in text and bool(idna.encode(text, uts46=True))
    except (idna.IDNAError, UnicodeError):
        return False


# --- outside -------------------------------------------------------------------------------------------


def read_join_link(token: str) -> Opening:
    """What the link for all says. Raises LinkForged, LinkExpired, LinkWithdrawn or LinkUsed."""
    tenant_id, link_id, nonce = links.read("join", token)
    return _opening(tenant_id, link_id, nonce)


def ask_to_join(token: str, email: str) -> None:
    """Write to the address, which is to be confirmed. Raises Invalid for one that is not of the link's domains."""
    tenant_id, link_id, nonce = links.read("join", token)
    with _inside(tenant_id) as context:
        link = _usable(link_id, nonce)
        _refuse_foreign(link, email)
        confirming = links.sign("join_confirm", [tenant_id, link_id, nonce, email])
        send_mail(email, "join", context.locale, workspace=context.name, role=_role_of(link).title,
                  url=links.url(f"/join/confirmed/{confirming}"))  # fmt: skip


def read_confirmed(token: str) -> Opening:
    """What the link in the mail says. Raises as `read_join_link` does, and LinkUsed for who is a member already."""
    tenant_id, link_id, nonce, email = links.read("join_confirm", token)
    return _opening(tenant_id, link_id, nonce, email)


def join_confirmed(token: str, user: User) -> str:
    """The address is theirs: let them in. Returns the address of the workspace."""
    tenant_id, link_id, nonce, email = links.read("join_confirm", token)
    if user.email != email:
        raise Conflict(_("This link was sent to %(email)s. Sign in with that address.", email=email))
    return _join(tenant_id, link_id, nonce, user)


def join_at_once(token: str, user: User) -> str:
    """Somebody who is signed in with an address of the link's domains needs no further mail."""
    tenant_id, link_id, nonce = links.read("join", token)
    return _join(tenant_id, link_id, nonce, user)


def _join(tenant_id: str, link_id: str, nonce: str, user: User) -> str:
    with _inside(tenant_id) as context:
        invited = db.session().scalars(select(Member).where(Member.email == user.email)).one_or_none()
        require_seat(0 if invited is not None and invited.status == "invited" else 1)
        link = _usable(link_id, nonce, lock=True)
        _refuse_foreign(link, user.email)
        _let_in(link, db.get(Member, invited.id, lock=True) if invited else None, user)
        link.uses += 1
        return f"/w/{context.slug}/"


def _let_in(link: JoinLink, known: Member | None, user: User) -> None:
    """Whoever was invited by name besides comes in as they were invited."""
    if known is not None:
        _refuse_known(known)
        come_in(known, user)
        return
    member = Member(id=new_id(), user_id=user.id, name=user.name, email=user.email, locale=user.locale,
                    status="active", team_id=link.team_id)  # fmt: skip
    db.session().add(member)
    db.flush()
    db.session().add(MemberRole(id=new_id(), member_id=member.id, role_id=link.role_id))
    emit(MemberJoined(record_type="member", record_id=member.id, member=member.name))


def _refuse_known(member: Member) -> None:
    if member.status == "active":
        raise LinkUsed(_("You are a member of this workspace already."))
    if member.status == "deactivated":
        raise LinkWithdrawn(_("Your access to this workspace was ended. Ask its administrator."))


def _opening(tenant_id: str, link_id: str, nonce: str, email: str = "") -> Opening:
    with _inside(tenant_id) as context:
        link = _usable(link_id, nonce)
        if email:
            known = db.session().scalars(select(Member).where(Member.email == email)).one_or_none()
            if known is not None:
                _refuse_known(known)
        return Opening(context.name, _role_of(link).title, tuple(link.domains), email)


@contextmanager
def _inside(tenant_id: str) -> Iterator[TenantContext]:
    try:
        with entering(Door(UUID(tenant_id), None, cause=Cause("member"))) as context:
            yield context
    except NoTenant:
        raise LinkForged(_("This link is not complete, or it is not one of ours.")) from None


def _usable(link_id: str, nonce: str, *, lock: bool = False) -> JoinLink:
    link = db.get(JoinLink, UUID(link_id), lock=lock)
    if link is None or link.nonce != nonce or link.state == "withdrawn":
        raise LinkWithdrawn(_("This link was withdrawn, or exchanged for a newer one."))
    if link.state == "expired":
        raise LinkExpired(_("This link has expired."))
    if link.state == "full":
        raise LinkUsed(_("As many people as this link was meant for have joined by it."))
    return link


def _refuse_foreign(link: JoinLink, email: str) -> None:
    if not link.admits(email):
        allowed = ", ".join(link.domains)
        message = _("This link is for addresses of %(domains)s. Use yours at work.", domains=allowed)
        raise Invalid([FieldProblem("email", "foreign", message)])

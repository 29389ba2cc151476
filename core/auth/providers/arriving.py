"""Coming into a workspace from the company's own provider: as the member one is, or as a new one.

What the provider says is believed for addresses of the domains that the company has proven. It may open an account
by itself only where the account is nothing but the company's: not an owner's, and no member's of another workspace.
Everybody else signs in to their account once, by their own means, and so agrees to it.
"""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from redis import RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import current, db
from core.access import Member, MemberRole
from core.auth import users
from core.auth.context import Door, entering
from core.auth.events import MemberJoined
from core.auth.invitations import come_in
from core.auth.members import roles_of
from core.auth.models import User
from core.auth.providers import identities
from core.auth.providers.company import Company, kept_provider, role_of_newcomers, team_of_newcomers
from core.auth.providers.domains import admitting_domains, proven_domains
from core.auth.providers.events import CameByCompany, CompanyDoorClosed
from core.auth.providers.models import CompanyProvider
from core.auth.providers.newcomers import give_to_its_owner
from core.auth.providers.somebody import NotLetIn, Somebody, unknown_provider
from core.auth.seats import NoSeat, require_seat
from core.auth.turns import take_turn
from core.current import Cause
from core.db import new_id
from core.events import emit
from core.i18n import _, _l
from core.jobs import redis


@dataclass(frozen=True)
class Visitor:
    """From where somebody comes, for the log."""

    ip: str = ""
    device: str = ""


class AskFirst(NotLetIn):
    """The account is the person's own: they sign in to it once, by their own means, before the company opens it."""

    status = 200
    title = _l("Sign in once by your own means")
    advice = _l("Afterwards your company's account opens yours, too.")


def arrive(company: Company, who: Somebody, visitor: Visitor) -> User:
    """The user to let in, a member from now on. Raises NotLetIn, or AskFirst; then nothing has changed."""
    with entering(Door(company.tenant_id, None, cause=Cause("member"))):
        provider = kept_provider()
        if provider is None or not provider.enabled:
            raise unknown_provider()
        _refuse_address(who)
        take_turn("arriving")
        user = identities.user_of(who, company=company.tenant_id)
        if user is None and identities.is_switched_off(who):
            raise NotLetIn("switched_off", _("This account was switched off"))
        member = _member_of(user) if user else _member_at(who.email or "")
        _refuse_member(member, provider)
        if user is None:
            _refuse_unasked(who, member, company.tenant_id)
        joined = member is None or member.status == "invited"
        if joined:
            _refuse_lapsed(who)
        try:
            require_seat(1 if member is None else 0)
        except NoSeat:
            raise NotLetIn("no_seat", _("All seats of the workspace are taken")) from None
        user = user or _vouch(who, company)
        member = _let_in(member, user, provider)
        emit(CameByCompany(record_type="member", record_id=member.id, account=who.label, joined=joined,
                           strong=who.strong, ip=visitor.ip, device=visitor.device))  # fmt: skip
    return user


def note_refusal(company: Company, reason: str, account: str, visitor: Visitor) -> None:
    """Write into the company's log that somebody was not let in; the same again within a minute is written once."""
    if not _is_news(f"{company.tenant_id} {reason} {account}"):
        return
    with entering(Door(company.tenant_id, None, cause=Cause("system"))):
        provider = kept_provider()
        emit(CompanyDoorClosed(record_type="company_provider", record_id=provider.id if provider else company.tenant_id,
                               reason=reason, account=account, ip=visitor.ip, device=visitor.device))  # fmt: skip


def _is_news(what: str) -> bool:
    key = f"guanxi:refused:{sha256(what.encode()).hexdigest()[:32]}"
    try:
        return bool(redis().set(key, "1", nx=True, ex=60))
    except RedisError:
        return True


# --- who is not let in ---------------------------------------------------------------------------------


def _refuse_address(who: Somebody) -> None:
    """Many providers of companies say nothing of whether an address is confirmed: for its own domains the company is
    the one to know. One that says that it is not is taken at its word."""
    if who.email is None:
        raise NotLetIn("no_email", _("Your company's sign-in service did not say what your e-mail address is"))
    if who.verified is False:
        raise NotLetIn("unverified", _("Your address %(email)s is not confirmed in your company's sign-in service",
                                       email=who.email))  # fmt: skip
    if who.domain not in proven_domains():
        raise NotLetIn("other_domain", _("%(email)s is not an address of this company", email=who.email))


def _member_of(user: User) -> Member | None:
    found = select(Member).where(Member.tenant_id == current.tenant_id(), Member.user_id == user.id)
    member = db.session().scalars(found).one_or_none() or _member_at(user.email)
    if member is not None and member.user_id not in (None, user.id):
        raise _another_person()
    return member


def _member_at(email: str) -> Member | None:
    found = select(Member).where(Member.tenant_id == current.tenant_id(), Member.email == email)
    return db.session().scalars(found).one_or_none()


def _refuse_member(member: Member | None, provider: CompanyProvider) -> None:
    if member is None:
        if not provider.joins:
            raise NotLetIn("not_a_member", _("You are not a member of this workspace yet"))
    elif member.status == "deactivated":
        raise NotLetIn("ended", _("Your access to this workspace was ended"))
    elif member.kind != "person":
        raise NotLetIn("not_a_person", _("This address belongs to a program"))
    elif member.status == "invited" and _owns(member):
        raise NotLetIn("owner_invited", _("You are invited as an owner: open the link in the mail"))


def _another_person() -> NotLetIn:
    return NotLetIn("another_person", _("This address belongs to another member of the workspace"))


def _owns(member: Member) -> bool:
    return any(role.key == "owner" for role in roles_of([member.id]).get(member.id, ()))


def _refuse_unasked(who: Somebody, member: Member | None, tenant_id: UUID) -> None:
    """Raise AskFirst for an account that is more than the company's."""
    with db.role_session("auth") as session:
        user = users.find_user(session, who.email or "")
    if member is not None and member.user_id is not None and (user is None or member.user_id != user.id):
        raise _another_person()
    if user is None or user.confirmed_at is None:
        return
    if not user.active:
        raise NotLetIn("switched_off", _("This account was switched off"))
    elsewhere = any(each.tenant_id != tenant_id for each in users.workspaces_of(user.id))
    if elsewhere or (member is not None and _owns(member)) or who.domain not in admitting_domains():
        raise AskFirst("ask_first")


def _refuse_lapsed(who: Somebody) -> None:
    """The domain may be somebody else's by now: nobody new comes in by it."""
    if who.domain not in admitting_domains():
        raise NotLetIn("lapsed", _("The domain %(domain)s no longer shows that it is this company’s",
                                   domain=who.domain))  # fmt: skip


# --- letting in ----------------------------------------------------------------------------------------


def _vouch(who: Somebody, company: Company) -> User:
    """The account of this address, made if there is none, opened by the company's word from now on."""
    with db.role_session("auth") as session:
        user = _claim(session, who)
        identities.connect_within(session, user.id, who, company.key, company.tenant_id)
    return user


def _claim(session: Session, who: Somebody) -> User:
    name = who.name or (who.email or "").partition("@")[0]
    locale = current.tenant().locale
    user = users.claim_user(session, who.email or "", name, locale)
    if user.confirmed_at is None:
        give_to_its_owner(user, name, locale)
    return user


def _let_in(member: Member | None, user: User, provider: CompanyProvider) -> Member:
    if member is not None:
        if member.status == "invited":
            come_in(member, user)
        return member
    role, team = role_of_newcomers(provider), team_of_newcomers(provider)
    member = Member(id=new_id(), user_id=user.id, name=user.name, email=user.email, locale=user.locale,
                    status="active", team_id=team.id if team else None)  # fmt: skip
    db.session().add(member)
    db.flush()
    db.session().add(MemberRole(id=new_id(), member_id=member.id, role_id=role.id))
    db.flush()
    emit(MemberJoined(record_type="member", record_id=member.id, member=member.name))
    return member

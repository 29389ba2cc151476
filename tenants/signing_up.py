"""Signing a company up: the person, the confirmed address, and then the workspace, made once whatever happens."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import current, db
from core.auth import account_mail, links
from core.auth.links import LinkForged, LinkUsed
from core.auth.models import Signup, User
from core.auth.users import claim_user, find_user, reset_url
from core.i18n import _
from core.tenant import Tenant
from tenants.provisioning import NewTenant, make_tenant
from tenants.slugs import slug_of, variants


@dataclass(frozen=True)
class Company:
    """What is asked of a company that signs up."""

    name: str
    locale: str
    timezone: str
    currency: str


def sign_up(email: str, name: str, hashed: str, company: Company) -> None:
    """Remember the sign-up and write to the address, in one transaction.

    To whoever has an account already we say so by mail; the page says the same in either case.
    """
    with db.role_session("auth") as session:
        known = find_user(session, email)
        if known is not None and known.confirmed_at:
            _write_known(session, known)
        else:
            user = claim_user(session, email, name, company.locale)
            user.name, user.password, user.locale = name, hashed, company.locale
            _write_confirm(session, user, _remember(session, user, company, name=name, password=hashed))
    account_mail.wake()


def send_again(email: str) -> None:
    """Send the link to confirm once more, for the sign-up that this address made last."""
    with db.role_session("auth") as session:
        user = find_user(session, email)
        if user is not None and user.confirmed_at is None:
            mine = select(Signup).where(Signup.user_id == user.id).order_by(Signup.id.desc())
            if (signup := session.scalars(mine).first()) is not None:
                _write_confirm(session, user, signup)
        elif user is not None:
            _write_known(session, user)
    account_mail.wake()


def _remember(session: Session, user: User, company: Company, **typed: str | None) -> Signup:
    signup = Signup(
        user_id=user.id, slug=slug_of(company.name), company=company.name, locale=company.locale,
        timezone=company.timezone, currency=company.currency, **typed,
    )  # fmt: skip
    session.add(signup)
    session.flush()
    return signup


def _write_confirm(session: Session, user: User, signup: Signup) -> None:
    url = links.url(f"/confirm/{links.sign('confirm', signup.id.hex)}")
    account_mail.write_account_mail(session, user.email, "confirm", signup.locale, name=signup.name or user.name,
                                    company=signup.company, url=url)  # fmt: skip


def _write_known(session: Session, user: User) -> None:
    account_mail.write_account_mail(session, user.email, "known", user.locale or "en", name=user.name,
                                    sign_in=links.url("/sign-in"), reset=reset_url(user))  # fmt: skip


# --- confirming ----------------------------------------------------------------------------------------


def confirm(token: str) -> tuple[UUID, str]:
    """The address is theirs: make the workspace. Returns the user and the slug.

    Raises LinkForged, LinkExpired, or LinkUsed when the address was confirmed before.
    """
    signup_id = UUID(links.read("confirm", token))
    with db.role_session("auth") as session:
        signup = session.get(Signup, signup_id)
        if signup is None:
            raise LinkForged(_("This link is not complete, or it is not one of ours."))
        user = session.get_one(User, signup.user_id, with_for_update=True)
        if user.confirmed_at is not None:
            raise LinkUsed(_("This address is confirmed already."))
        user.confirmed_at = signup.confirmed_at = current.now()
        user.name, user.password = signup.name or user.name, signup.password
        session.execute(update(Signup).where(Signup.user_id == user.id).values(password=None))
    return user.id, _open_workspace(signup, user)


def address_of(token_payload: str | None) -> str:
    """The address that an expired link was sent to, so that a new one can be."""
    with db.role_session("auth") as session:
        signup = session.get(Signup, UUID(token_payload)) if token_payload else None
        user = session.get(User, signup.user_id) if signup else None
    return user.email if user else ""


def open_another(user_id: UUID, company: Company) -> str:
    """A further workspace for somebody who is signed in. Returns its slug."""
    with db.role_session("auth") as session:
        user = session.get_one(User, user_id)
        signup = _remember(session, user, company, name=user.name)
        signup.confirmed_at = current.now()
    return _open_workspace(signup, user)


def heal(user_id: UUID) -> None:
    """Make the workspaces that were confirmed and, because something broke in between, not made."""
    unfinished = select(Signup).where(
        Signup.user_id == user_id, Signup.confirmed_at.is_not(None), Signup.done_at.is_(None)
    )
    with db.role_session("auth") as session:
        signups = session.scalars(unfinished).all()
        user = session.get_one(User, user_id)
    for signup in signups:
        _open_workspace(signup, user)


def _open_workspace(signup: Signup, user: User) -> str:
    """Make the workspace, once. Of two companies with one name, the second gets a number to its address."""
    slug = _slug_of_made(signup.tenant_id)
    for wanted in variants(signup.slug):
        if slug is not None:
            break
        try:
            make_tenant(
                NewTenant(
                    id=signup.tenant_id, slug=wanted, name=signup.company, owner_user_id=user.id,
                    owner_name=user.name, owner_email=user.email, owner_locale=user.locale, locale=signup.locale,
                    timezone=signup.timezone, currency=signup.currency,
                )
            )  # fmt: skip
            slug = wanted
        except IntegrityError:
            slug = _slug_of_made(signup.tenant_id)
    assert slug is not None
    with db.role_session("auth") as session:
        session.execute(update(Signup).where(Signup.id == signup.id).values(slug=slug, done_at=current.now()))
    return slug


def _slug_of_made(tenant_id: UUID) -> str | None:
    with db.engine("auth").connect() as connection:
        return connection.scalar(select(Tenant.slug).where(Tenant.id == tenant_id))

"""A company's own provider: set up inside its workspace, found from outside by its workspace or by an address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from core import current, db
from core.access import Role, Team, require_permission
from core.auth import giving
from core.auth.context import Door, entering
from core.auth.members import team_to_give
from core.auth.policy import policy
from core.auth.providers.discovery import discover
from core.auth.providers.domains import proven_domains
from core.auth.providers.events import CompanyProviderChanged, CompanyProviderRemoved
from core.auth.providers.models import CompanyProvider
from core.auth.providers.oidc import OpenIdProvider
from core.auth.providers.somebody import NotSignedIn, OutOfReach, unknown_provider
from core.db import new_id
from core.errors import FieldProblem, Invalid
from core.events import emit
from core.i18n import _
from core.sealing import CannotOpen, seal, unseal
from core.tenant import Tenant

TOO_MIGHTY = ("owner", "admin")
"""Nobody becomes one of these by coming from elsewhere."""
OF_SLUG = """
select t.id, t.slug, t.name, p.label from tenant t join company_provider p on p.tenant_id = t.id
 where t.slug = :slug and p.enabled
"""
OF_DOMAIN = """
select t.id, t.slug, t.name, p.label
  from company_domain d join tenant t on t.id = d.tenant_id join company_provider p on p.tenant_id = d.tenant_id
 where d.domain = :domain and d.proven_at is not null and p.enabled order by t.name limit 20
"""


@dataclass(frozen=True)
class Company:
    """A company at whose provider one can sign in."""

    tenant_id: UUID
    slug: str
    name: str
    label: str

    @property
    def key(self) -> str:
        return f"company:{self.tenant_id}"


# --- from outside --------------------------------------------------------------------------------------


def company_of(slug: str) -> Company | None:
    with db.engine("auth").connect() as connection:
        row = connection.execute(text(OF_SLUG), {"slug": slug[:100]}).one_or_none()
    return Company(*row) if row else None


def companies_of(address: str) -> Sequence[Company]:
    """Those that have shown that the domain of this address is theirs."""
    domain = address.rpartition("@")[2]
    with db.engine("auth").connect() as connection:
        return [Company(*row) for row in connection.execute(text(OF_DOMAIN), {"domain": domain})]


def provider_of(company: Company) -> OpenIdProvider:
    """Their provider, with the secret opened. Raises NotSignedIn when it was removed, or cannot be opened."""
    with entering(Door(company.tenant_id, None)):
        kept = kept_provider()
        if kept is None or not kept.enabled:
            raise unknown_provider()
        try:
            secret = unseal(kept.secret)
        except CannotOpen:
            raise NotSignedIn("sealed") from None
        return OpenIdProvider(company.key, kept.label, kept.issuer, kept.client_id, secret, guarded=True)


# --- inside --------------------------------------------------------------------------------------------


def kept_provider(*, lock: bool = False) -> CompanyProvider | None:
    found = select(CompanyProvider).where(CompanyProvider.tenant_id == current.tenant_id())
    return db.session().scalars(found.with_for_update() if lock else found).one_or_none()


def newcomers_roles() -> list[Role]:
    """The roles that somebody may be given who comes by the provider for the first time."""
    return [role for role in giving.assignable_roles() if role.key not in TOO_MIGHTY and not _all_of_it(role)]


def _all_of_it(role: Role) -> bool:
    return "*" in role.grants.get("permissions", ())


def role_of_newcomers(provider: CompanyProvider) -> Role:
    """The role that was chosen, or that of those who only look when it is gone."""
    role = db.get(Role, provider.role_id)
    if role is None or role.key in TOO_MIGHTY:
        viewer = select(Role).where(Role.tenant_id == current.tenant_id(), Role.key == "viewer")
        role = db.session().scalars(viewer).one()
    return role


def team_of_newcomers(provider: CompanyProvider) -> Team | None:
    return db.get(Team, provider.team_id)


def set_up_provider(
    *, label: str, issuer: str, client_id: str, secret: str | None, enabled: bool, joins: bool, passwords: bool,
    role_id: UUID | None, team_id: UUID | None,
) -> CompanyProvider:  # fmt: skip
    """Set up, or change, the provider. The issuer is asked who it is first. Without a secret the kept one stays.

    Raises Invalid beside the field that is wrong.
    """
    require_permission("tenant.manage_security")
    kept = kept_provider(lock=True)
    named = _ask_issuer(issuer)
    if kept is not None and kept.issuer != named and not secret:
        raise Invalid([FieldProblem("secret", "required", _("Type the secret that belongs to the new issuer."))])
    if kept is None and not secret:
        raise Invalid([FieldProblem("secret", "required", _("Fill this in."))])
    if joins and role_id not in {role.id for role in newcomers_roles()}:
        raise Invalid([FieldProblem("role", "unknown", _("Choose one of the list."))])
    if not passwords and not proven_domains():
        raise Invalid([FieldProblem("passwords", "no_domain", _("Prove a mail domain first."))])
    team = team_to_give(team_id)
    values: dict[str, Any] = {
        "label": label, "issuer": named, "client_id": client_id, "enabled": enabled, "joins": joins,
        "passwords": passwords, "role_id": role_id if joins else None, "team_id": team.id if team and joins else None,
    }  # fmt: skip
    before = {key: getattr(kept, key) for key in values} if kept else dict.fromkeys(values)
    if kept is None:
        kept = CompanyProvider(id=new_id(), secret="")
        db.session().add(kept)
    for key, value in values.items():
        setattr(kept, key, value)
    if secret:
        kept.secret = seal(secret)
    db.flush()
    changes = {key: [_told(before[key]), _told(value)] for key, value in values.items() if before[key] != value}
    if secret:
        changes["secret"] = [None, "••••"]
    if changes:
        emit(CompanyProviderChanged(record_type="company_provider", record_id=kept.id, issuer=named, changes=changes))
    hold_to_it()
    return kept


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _ask_issuer(issuer: str) -> str:
    """What the issuer calls itself."""
    try:
        return discover(issuer, guarded=True).name
    except OutOfReach as problem:
        said = {
            "address": _("Use an address that begins with https://."),
            "issuer": _("What is found there belongs to another issuer. Copy the issuer exactly as your provider shows"
                        " it; for Microsoft Entra, the one of your own directory."),
        }  # fmt: skip
        general = _("We found no OpenID Connect provider at this address. It has to be reachable from the internet and"
                    " answer under /.well-known/openid-configuration.")  # fmt: skip
        raise Invalid([FieldProblem("issuer", problem.reason, said.get(problem.reason, general))]) from None


def remove_provider() -> None:
    """Nobody comes by it any more. Members stay, and sign in with a password, which they can choose by mail."""
    require_permission("tenant.manage_security")
    kept = kept_provider(lock=True)
    if kept is None:
        return
    emit(CompanyProviderRemoved(record_type="company_provider", record_id=kept.id, issuer=kept.issuer))
    db.session().delete(kept)
    db.flush()
    hold_to_it()


def hold_to_it() -> None:
    """Write into the policy whose members must come by the provider: those of the proven domains, or nobody."""
    kept = kept_provider()
    only = sorted(proven_domains()) if kept is not None and kept.enabled and not kept.passwords else []
    if list(policy().company_domains) == only:
        return
    tenant = db.session().scalars(select(Tenant).where(Tenant.id == current.tenant_id()).with_for_update()).one()
    tenant.security = {**tenant.security, "company_domains": only}
    db.flush()

"""The mail domains of a company, each shown to be its own by a record in the domain's DNS."""

import secrets
from collections.abc import Sequence
from uuid import UUID

import marshmallow as ma
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver
from sqlalchemy import select

from core import current, db
from core.access import require_permission
from core.auth.forms import normal_address
from core.auth.providers.events import DomainAdded, DomainProven, DomainRemoved
from core.auth.providers.models import CompanyDomain
from core.auth.public_domains import PUBLIC_DOMAINS
from core.db import new_id
from core.errors import FieldProblem, Invalid, NotFound
from core.events import emit
from core.i18n import _
from core.settings import settings

MOST = 50
PLACE = "_guanxi"
PATIENCE = 5.0


def list_domains() -> Sequence[CompanyDomain]:
    mine = select(CompanyDomain).where(CompanyDomain.tenant_id == current.tenant_id())
    return db.session().scalars(mine.order_by(CompanyDomain.domain)).all()


def proven_domains() -> set[str]:
    proven = select(CompanyDomain.domain).where(
        CompanyDomain.tenant_id == current.tenant_id(), CompanyDomain.proven_at.is_not(None)
    )
    return set(db.session().scalars(proven))


def admitting_domains() -> set[str]:
    """Those by whose addresses new people may join."""
    return {each.domain for each in list_domains() if each.admits}


def get_domain(domain_id: UUID) -> CompanyDomain:
    found = db.get(CompanyDomain, domain_id, lock=True)
    if found is None:
        raise NotFound(_("There is no such domain."))
    return found


def add_domain(typed: str) -> CompanyDomain:
    """Claim a domain; it counts once it is proven. Raises Invalid for one under which anybody gets a mailbox."""
    require_permission("tenant.manage_security")
    name = _domain(typed)
    if name in PUBLIC_DOMAINS:
        raise _wrong("public", _("Anybody can have an address of %(domain)s. Name a domain that is your company's own.",
                                 domain=name))  # fmt: skip
    known = list_domains()
    if any(each.domain == name for each in known):
        raise _wrong("taken", _("This domain is in the list already."))
    if len(known) >= MOST:
        raise _wrong("too_many", _("Name at most %(count)s domains.", count=MOST))
    made = CompanyDomain(id=new_id(), domain=name, token=secrets.token_hex(16))
    db.session().add(made)
    db.flush()
    emit(DomainAdded(record_type="company_domain", record_id=made.id, domain=name))
    return made


def _domain(typed: str) -> str:
    try:
        return normal_address(f"somebody@{typed.strip().removeprefix('@')}").rpartition("@")[2]
    except ma.ValidationError:
        raise _wrong("not_a_domain", _("Enter a domain like example.com.")) from None


def _wrong(code: str, message: str) -> Invalid:
    return Invalid([FieldProblem("domain", code, message)])


def record_of(domain: CompanyDomain) -> tuple[str, str]:
    """Name and text of the TXT record that shows whose the domain is."""
    return f"{PLACE}.{domain.domain}", f"guanxi-domain={domain.token}"


def prove_domain(domain: CompanyDomain) -> None:
    """Look into the DNS. Raises Invalid, which says what was found instead."""
    require_permission("tenant.manage_security")
    if domain.proven_at is not None and domain.missing_since is None:
        return
    name, wanted = record_of(domain)
    found = _texts(name)
    if wanted not in found:
        if found:
            said = ", ".join(found)[:200]
            raise _wrong("other", _("%(name)s has another text: %(found)s", name=name, found=said))
        raise _wrong("missing", _("%(name)s has no TXT record yet. A new record may take an hour to be seen"
                                  " everywhere; look again later.", name=name))  # fmt: skip
    note_proof(domain)


def note_proof(domain: CompanyDomain) -> None:
    """The DNS shows the record: for the first time, or again."""
    domain.proven_at = domain.proven_at or current.now()
    domain.missing_since = domain.lapsed_at = None
    db.flush()
    emit(DomainProven(record_type="company_domain", record_id=domain.id, domain=domain.domain))


def shows_record(domain: CompanyDomain) -> bool | None:
    """Whether the DNS shows the record now; None when it does not answer, which tells nothing."""
    name, wanted = record_of(domain)
    try:
        return wanted in _texts(name)
    except Invalid:
        return None


def _texts(name: str) -> list[str]:
    try:
        answer = _resolver().resolve(f"{name}.", "TXT", lifetime=PATIENCE)
    except (NXDOMAIN, NoAnswer):
        return []
    except DNSException:
        raise _wrong("no_dns", _("The DNS of this domain does not answer. Look again later.")) from None
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def _resolver() -> Resolver:
    """The machine's own, or the server that SIGN_IN_DNS names, as 192.0.2.53 or 192.0.2.53:5353."""
    told = settings().sign_in.get("SIGN_IN_DNS")
    if not told:
        return Resolver()
    host, _colon, port = told.partition(":")
    made = Resolver(configure=False)
    made.nameservers, made.port = [host], int(port or 53)
    return made


def remove_domain(domain: CompanyDomain) -> None:
    """Addresses of this domain count no longer. Who came in by it stays a member."""
    require_permission("tenant.manage_security")
    emit(DomainRemoved(record_type="company_domain", record_id=domain.id, domain=domain.domain))
    db.session().delete(domain)
    db.flush()

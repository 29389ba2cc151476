"""Looking, each night, whether the DNS of the company's domains still shows whose they are."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from core import current, db
from core.access import members_with
from core.activities.notifications import notify
from core.auth.permissions import MANAGE_SECURITY
from core.auth.providers.domains import list_domains, note_proof, record_of, shows_record
from core.auth.providers.events import DomainLapsed, DomainProofMissing
from core.auth.providers.models import CompanyDomain
from core.events import emit
from core.i18n import LazyText, _l
from core.jobs import job
from core.nightly import nightly

GRACE = timedelta(days=14)
"""So long people go on joining by a domain whose proof is missing: a record is easily lost when a DNS moves."""


@nightly
@job("slow")
def look_again() -> None:
    """Each domain by a job of its own: one whose DNS does not answer keeps none of the others waiting."""
    for domain in list_domains():
        if domain.proven_at is not None:
            look_at_domain.later(domain_id=str(domain.id))


@job("slow")
def look_at_domain(domain_id: str) -> None:
    domain = db.get(CompanyDomain, UUID(domain_id), lock=True)
    if domain is None or domain.proven_at is None:
        return
    shown = shows_record(domain)
    if shown and domain.missing_since is not None:
        note_proof(domain)
    elif shown is False:
        _note_missing(domain)


def _note_missing(domain: CompanyDomain) -> None:
    now = current.now()
    named: dict[str, Any] = {"record_type": "company_domain", "record_id": domain.id, "domain": domain.domain}
    if domain.missing_since is None:
        domain.missing_since = now
        emit(DomainProofMissing(**named))
        _tell(domain, _l("The DNS of %(domain)s no longer shows that the domain is yours. Put the TXT record %(record)s"
                         " back within %(days)s days, or nobody new can join by an address of it."),
              record=record_of(domain)[0], days=GRACE.days)  # fmt: skip
    elif domain.lapsed_at is None and now - domain.missing_since >= GRACE:
        domain.lapsed_at = now
        emit(DomainLapsed(**named))
        _tell(domain, _l("Nobody new can join by an address of %(domain)s any more: its DNS does not show that it is"
                         " yours. Members stay, and sign in as before."))  # fmt: skip
    db.flush()


def _tell(domain: CompanyDomain, text: LazyText, **values: Any) -> None:
    notify(members_with(MANAGE_SECURITY.name), text, url="settings/sign-in-provider/#domains", icon="world-question",
           domain=domain.domain, **values)  # fmt: skip

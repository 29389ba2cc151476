"""The company's own sign-in provider and its mail domains over the API. The secret goes in and never comes out."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import url_for
from marshmallow import fields, validate

from core import current, db
from core.api import Answer, Doc, Resource, listed, loaded, single
from core.api.docs import FLAG, ID, INSTANT, TEXT, Flag, maybe, thing
from core.api.reading import instant
from core.auth import links
from core.auth.no_apps import refuse_apps
from core.auth.permissions import MANAGE_SECURITY
from core.auth.providers import company, domains
from core.auth.providers.models import CompanyDomain, CompanyProvider
from core.errors import NotFound
from core.i18n import _, _l
from core.web.blueprints import holding

company_settings = Resource("sign_in_provider", __name__, title=_l("Sign-in provider"))

MANAGE = holding(MANAGE_SECURITY.name)
LONGEST = 500
CALLBACK = {**TEXT, "description": "The address to which the provider sends people back: register it there."}
PROVIDER = thing(label=TEXT, issuer=TEXT, client_id=TEXT, enabled=FLAG, joins=FLAG, passwords=FLAG, role=maybe(ID),
                 team=maybe(ID), callback=CALLBACK, created_at=INSTANT)  # fmt: skip
RECORD = thing(name=TEXT, type={"type": "string", "enum": ["TXT"]}, text=TEXT)
DOMAIN = thing(
    id=ID, domain=TEXT, record={**RECORD, "description": "What the domain's DNS has to show, and to go on showing."},
    proven_at=maybe(INSTANT), missing_since=maybe({**INSTANT, "description": "When the DNS no longer showed it."}),
    admits={**FLAG, "description": "Whether new people may join by an address of it."}, created_at=INSTANT,
)  # fmt: skip


class ProviderInput(ma.Schema):
    label = fields.String(
        required=True, validate=[validate.Length(1, 100), validate.Regexp(r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]
    )
    issuer = fields.String(required=True, validate=[validate.Length(1, LONGEST), validate.Regexp(r"^\S+$")])
    client_id = fields.String(required=True, validate=[validate.Length(1, LONGEST), validate.Regexp(r"^\S+$")])
    secret = fields.String(allow_none=True, validate=validate.Length(1, LONGEST),
                           metadata={"description": "Without one, that of before stays."})  # fmt: skip
    enabled = Flag(load_default=True)
    joins = Flag(load_default=False, metadata={"description": "Whether whoever comes by it becomes a member."})
    passwords = Flag(load_default=True, metadata={"description": "Whether members may come in by other ways too."})
    role = fields.UUID(load_default=None, allow_none=True)
    team = fields.UUID(load_default=None, allow_none=True)


class DomainInput(ma.Schema):
    domain = fields.String(required=True, validate=validate.Length(1, 253))


@company_settings.get("/settings/sign-in-provider", permission=MANAGE, doc=Doc(gives=PROVIDER))
def show_provider() -> Answer:
    """Show the provider at which the company's people sign in."""
    kept = company.kept_provider()
    if kept is None:
        raise NotFound(_("There is no sign-in provider."))
    return single(_provider(kept))


@company_settings.put(
    "/settings/sign-in-provider", permission=MANAGE, doc=Doc(ProviderInput, PROVIDER, remembered=False)
)
def put_provider() -> Answer:
    """Set the provider up, or change it. Its issuer is asked who it is first."""
    said = loaded(ProviderInput)
    refuse_apps()
    with db.savepoint():
        kept = company.set_up_provider(
            label=said["label"].strip(), issuer=said["issuer"], client_id=said["client_id"], secret=said.get("secret"),
            enabled=said["enabled"], joins=said["joins"], passwords=said["passwords"], role_id=said["role"],
            team_id=said["team"],
        )  # fmt: skip
    return single(_provider(kept))


@company_settings.delete("/settings/sign-in-provider", permission=MANAGE, doc=Doc(status=204))
def delete_provider() -> Answer:
    """Remove the provider. Members stay, and sign in with a password, which they can choose by mail."""
    refuse_apps()
    company.remove_provider()
    return None


# --- domains -------------------------------------------------------------------------------------------


@company_settings.get("/settings/sign-in-provider/domains", permission=MANAGE, doc=Doc(gives=DOMAIN, many=True))
def list_domains() -> Answer:
    """List the company's mail domains, each with what its DNS has to show."""
    return listed([_domain(each) for each in domains.list_domains()])


@company_settings.post("/settings/sign-in-provider/domains", permission=MANAGE,
                       doc=Doc(DomainInput, DOMAIN, status=201))  # fmt: skip
def create_domain() -> Answer:
    """Claim a mail domain: it counts once it is proven."""
    refuse_apps()
    made = domains.add_domain(loaded(DomainInput)["domain"])
    return single(_domain(made)), 201


@company_settings.post("/settings/sign-in-provider/domains/<uuid:domain_id>/proof", permission=MANAGE,
                       doc=Doc(gives=DOMAIN, remembered=False))  # fmt: skip
def prove_domain(domain_id: UUID) -> Answer:
    """Look into the DNS of a domain, and tell what is wrong there."""
    refuse_apps()
    found = domains.get_domain(domain_id)
    domains.prove_domain(found)
    company.hold_to_it()
    return single(_domain(found))


@company_settings.delete("/settings/sign-in-provider/domains/<uuid:domain_id>", permission=MANAGE,
                         doc=Doc(status=204))  # fmt: skip
def delete_domain(domain_id: UUID) -> Answer:
    """Remove a domain: addresses in it count no longer."""
    refuse_apps()
    domains.remove_domain(domains.get_domain(domain_id))
    company.hold_to_it()
    return None


def _provider(kept: CompanyProvider) -> dict[str, Any]:
    db.flush()
    return {
        "label": kept.label,
        "issuer": kept.issuer,
        "client_id": kept.client_id,
        "enabled": kept.enabled,
        "joins": kept.joins,
        "passwords": kept.passwords,
        "role": str(kept.role_id) if kept.role_id else None,
        "team": str(kept.team_id) if kept.team_id else None,
        "callback": links.url(url_for("elsewhere.finish_company", workspace=current.tenant().slug)),
        "created_at": instant(kept.created_at),
    }


def _domain(domain: CompanyDomain) -> dict[str, Any]:
    name, wanted = domains.record_of(domain)
    return {
        "id": str(domain.id),
        "domain": domain.domain,
        "record": {"name": name, "type": "TXT", "text": wanted},
        "proven_at": instant(domain.proven_at),
        "missing_since": instant(domain.missing_since),
        "admits": domain.admits,
        "created_at": instant(domain.created_at),
    }

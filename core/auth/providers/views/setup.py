"""Settings → Sign-in provider: a company's own OpenID Connect provider, and the mail domains that are its own."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import current
from core.auth import links, teams
from core.auth.forms import errors_of, read_form
from core.auth.fresh import recently
from core.auth.providers import company, domains
from core.auth.providers.forms import AddDomain, SetUpProvider
from core.errors import Invalid
from core.i18n import _, _l
from core.web import redirect_to, render, toast
from core.web.blueprints import holding, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

PERMISSION = "tenant.manage_security"
MANAGE = holding(PERMISSION)
setup = workspace("company_door", __name__, "settings/sign-in-provider", template_folder="../../templates")

add_settings_page(SettingsPage(_l("Sign-in provider"), "company_door.edit_provider", "id-badge-2",
                               section="people", permission=PERMISSION, place=50,
                               summary=_l("Let your people sign in with your company's accounts.")))  # fmt: skip


@setup.get("/", permission=MANAGE)
def edit_provider() -> ResponseReturnValue:
    return _page()


@setup.post("/", permission=recently(MANAGE))
def update_provider() -> ResponseReturnValue:
    try:
        typed = read_form(SetUpProvider, request.form)
        company.set_up_provider(role_id=typed.pop("role"), team_id=typed.pop("team"), **typed)
    except Invalid as invalid:
        return _page(status=422, errors=errors_of(invalid))
    toast(_("Saved."))
    return redirect_to(url_for(".edit_provider"))


@setup.post("/removal", permission=recently(MANAGE))
def remove_provider() -> ResponseReturnValue:
    company.remove_provider()
    toast(_("The sign-in provider is removed."))
    return redirect_to(url_for(".edit_provider"))


def _page(*, status: int = 200, errors: dict[str, str] | None = None, **said: Any) -> ResponseReturnValue:
    kept = company.kept_provider()
    back = links.url(url_for("elsewhere.finish_company", workspace=current.tenant().slug))
    rows = [(team.id, "\u2003" * teams.depth_of(team) + team.name) for team in teams.list_teams()]
    return render(
        "providers/setup.html", status=status, kept=kept, errors=errors or {}, back=back, teams=rows,
        roles=[(role.id, role.title) for role in company.newcomers_roles()],
        domains=[(domain, *domains.record_of(domain)) for domain in domains.list_domains()], **said,
    )  # fmt: skip


# --- domains -------------------------------------------------------------------------------------------


@setup.post("/domains", permission=recently(MANAGE))
def create_domain() -> ResponseReturnValue:
    try:
        domains.add_domain(read_form(AddDomain, request.form)["domain"])
    except Invalid as invalid:
        return _page(status=422, wrong=errors_of(invalid))
    return redirect_to(url_for(".edit_provider", _anchor="domains"))


@setup.post("/domains/<uuid:domain_id>/proof", permission=MANAGE)
def prove_domain(domain_id: UUID) -> ResponseReturnValue:
    domain = domains.get_domain(domain_id)
    try:
        domains.prove_domain(domain)
    except Invalid as invalid:
        return _page(status=422, unproven={domain.id: invalid.message})
    company.hold_to_it()
    toast(_("%(domain)s is proven to be yours.", domain=domain.domain))
    return redirect_to(url_for(".edit_provider", _anchor="domains"))


@setup.post("/domains/<uuid:domain_id>/removal", permission=recently(MANAGE))
def remove_domain(domain_id: UUID) -> ResponseReturnValue:
    domain = domains.get_domain(domain_id)
    domains.remove_domain(domain)
    company.hold_to_it()
    toast(_("%(domain)s is removed.", domain=domain.domain))
    return redirect_to(url_for(".edit_provider", _anchor="domains"))

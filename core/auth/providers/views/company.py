"""Signing in with one's company: finding its provider by an address or a workspace, going there and coming back."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.auth.entry import own_path
from core.auth.forms import errors_of, read_form
from core.auth.limits import few
from core.auth.providers.arriving import AskFirst, arrive, note_refusal
from core.auth.providers.company import Company, companies_of, company_of, provider_of
from core.auth.providers.forms import AskCompany
from core.auth.providers.oidc import OpenIdProvider
from core.auth.providers.somebody import NotSignedIn, Somebody, Stray, unknown_provider
from core.auth.providers.views.journey import (
    CameBack,
    come_back,
    elsewhere,
    leave_for,
    often,
    remember,
    set_out,
    show_fault,
    take_up,
    visitor,
)
from core.auth.second_factor.gate import after_first
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.web import redirect_to, render
from core.web.blueprints import anyone


@elsewhere.get("/sign-in/company", permission=anyone)
@often
def ask_company() -> ResponseReturnValue:
    """`workspace` names the one that wants its members to come by its own provider."""
    wanted = company_of(request.args.get("workspace", ""))
    return _page(wanted=wanted)


@elsewhere.post("/sign-in/company", permission=anyone)
@few
def find_company() -> ResponseReturnValue:
    try:
        typed = read_form(AskCompany, request.form)["company"]
        found = list(companies_of(typed)) if "@" in typed else [each for each in [company_of(typed)] if each]
        if not found:
            said = _("We know of no company sign-in for this. Ask an administrator, or sign in with your password.")
            raise Invalid([FieldProblem("company", "unknown", said)])
    except Invalid as invalid:
        return _page(status=422, errors=errors_of(invalid))
    if len(found) > 1:
        return _page(found=found)
    hint = typed if "@" in typed else ""
    try:
        return leave_for(_set_out(found[0], hint), found[0].label)
    except NotSignedIn as fault:
        return _fault(found[0], fault)


def _page(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("providers/company.html", status=status, next=own_path(request.values.get("next")), **said)


@elsewhere.get("/sign-in/company/<workspace>", permission=anyone)
@often
def begin_company(workspace: str) -> ResponseReturnValue:
    company = company_of(workspace)
    if company is None:
        return show_fault(unknown_provider())
    try:
        return redirect_to(_set_out(company), reload=True)
    except NotSignedIn as fault:
        return _fault(company, fault)


def _set_out(company: Company, hint: str = "") -> str:
    then = own_path(request.values.get("next"))
    return set_out(provider_of(company), _back(company), f"/w/{company.slug}/" if then == "/" else then, hint=hint)


def _back(company: Company) -> str:
    return url_for("elsewhere.finish_company", workspace=company.slug)


@elsewhere.get("/sign-in/company/<workspace>/callback", permission=anyone)
@often
def finish_company(workspace: str) -> ResponseReturnValue:
    company = company_of(workspace)
    if company is None:
        return show_fault(unknown_provider())
    who: Somebody | None = None
    try:
        begun = take_up(company.key)
        provider = provider_of(company)
        who = come_back(provider, begun, _back(company))
        user = arrive(company, who, visitor())
    except AskFirst:
        assert who is not None
        return _ask_first(company, provider, who)
    except Stray as stray:
        return _fault(company, stray, noted=stray.reason == "mixed_up")
    except NotSignedIn as fault:
        return _fault(company, fault, who)
    return after_first(user, then=begun.then, strong=who.strong, how="provider", company=company.tenant_id)


def _ask_first(company: Company, provider: OpenIdProvider, who: Somebody) -> ResponseReturnValue:
    """Once the two are connected, they go to the company's door again, and pass it."""
    came = CameBack(who, provider.key, company.label, url_for("elsewhere.begin_company", workspace=company.slug))
    page = render("providers/unknown.html", came=came, has_account=True, company=company,
                  link=url_for("elsewhere.new_link"))  # fmt: skip
    return remember(page, came)


def _fault(
    company: Company, fault: NotSignedIn, who: Somebody | None = None, *, noted: bool = True
) -> ResponseReturnValue:
    """Say so, and write it into the company's log; what strangers make up at will is not written there."""
    if noted:
        note_refusal(company, fault.reason, who.label if who else "", visitor())
    return show_fault(fault, again=url_for("elsewhere.begin_company", workspace=company.slug))

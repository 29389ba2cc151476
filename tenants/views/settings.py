"""The settings of the workspace: its name and manners, its modules, the work that failed."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import current
from core.auth import choices
from core.auth.forms import errors_of, read_form
from core.errors import Invalid
from core.host.loader import host
from core.i18n import _, _l, _n
from core.web import redirect_to, render, toast
from core.web.blueprints import holding, workspace
from core.web.settings_menu import SettingsPage, add_settings_page
from tenants import services
from tenants.forms import ChangeWorkspace

company = workspace("workspace", __name__, "settings", template_folder="../templates")

CHANGE, MODULES, JOBS = (holding(f"tenant.{name}") for name in ("manage_settings", "manage_modules", "see_jobs"))

add_settings_page(SettingsPage(_l("Workspace"), "workspace.edit_workspace", "building", place=10,
                               permission="tenant.manage_settings",
                               summary=_l("Its name, language, time zone and currency.")))  # fmt: skip
add_settings_page(SettingsPage(_l("Members"), "members.list_members", "users", section="people", place=10,
                               permission="tenant.invite_members",
                               summary=_l("Who works here, in which role and team.")))  # fmt: skip
add_settings_page(SettingsPage(_l("Modules"), "workspace.list_modules", "puzzle", place=20,
                               permission="tenant.manage_modules",
                               summary=_l("What Guanxi does for you, switched on and off.")))  # fmt: skip
add_settings_page(SettingsPage(_l("Fields"), "records.fields_home", "forms", section="data", place=10,
                               permission="tenant.manage_fields",
                               summary=_l("What else you note down about your records.")))  # fmt: skip
add_settings_page(SettingsPage(_l("Failed work"), "workspace.list_jobs", "alert-triangle", section="system", place=40,
                               permission="tenant.see_jobs",
                               summary=_l("What could not be done, to try again or drop.")))  # fmt: skip


@company.get("/workspace", permission=CHANGE)
def edit_workspace() -> ResponseReturnValue:
    return _workspace_page()


@company.post("/workspace", permission=CHANGE)
def update_workspace() -> ResponseReturnValue:
    try:
        services.change_workspace(**read_form(ChangeWorkspace, request.form))
    except Invalid as invalid:
        return _workspace_page(errors=errors_of(invalid), status=422)
    toast(_("Saved."))
    return redirect_to(url_for(".edit_workspace"), reload=True)


def _workspace_page(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("tenants/workspace.html", status=status, tenant=services.this_tenant(), locales=choices.locales(),
                  timezones=choices.timezones(), currencies=choices.currencies(), **said)  # fmt: skip


# --- modules -------------------------------------------------------------------------------------------


@company.get("/modules", permission=MODULES)
def list_modules() -> ResponseReturnValue:
    return render("tenants/modules.html", plugins=host().plugins, on=current.tenant().modules,
                  covered=services.this_tenant().covered)  # fmt: skip


@company.post("/modules/<name>", permission=MODULES)
def switch_module(name: str) -> ResponseReturnValue:
    """A whole new page follows: the navigation around it has changed too."""
    on = request.form.get("on") == "1"
    services.switch_module(name, on=on)
    title = host().plugins[name].title
    if on:
        toast(_("%(module)s is on.", module=title))
    else:
        toast(_("%(module)s is off. Everything in it is kept.", module=title), "info")
    return redirect_to(url_for(".list_modules"), reload=True)


# --- work that failed ----------------------------------------------------------------------------------


@company.get("/jobs", permission=JOBS)
def list_jobs() -> ResponseReturnValue:
    jobs, total = services.parked_jobs()
    return render("tenants/jobs.html", jobs=jobs, total=total, titles=_titles())


def _titles() -> dict[str, str]:
    return {"core": "Guanxi"} | {name: str(plugin.title) for name, plugin in host().plugins.items()}


@company.post("/jobs/retrial", permission=JOBS)
def retry_all_jobs() -> ResponseReturnValue:
    count = services.retry_jobs()
    toast(_n("%(num)s piece of work is tried again.", "%(num)s pieces of work are tried again.", count))
    return redirect_to(url_for(".list_jobs"))


@company.post("/jobs/<uuid:job_id>/retrial", permission=JOBS)
def retry_job(job_id: UUID) -> ResponseReturnValue:
    services.retry_jobs(job_id)
    toast(_("It is tried again."))
    return redirect_to(url_for(".list_jobs"))


@company.post("/jobs/<uuid:job_id>/deletion", permission=JOBS)
def drop_job(job_id: UUID) -> ResponseReturnValue:
    services.drop_job(job_id)
    toast(_("Dropped."))
    return redirect_to(url_for(".list_jobs"))

"""Settings → Audit log."""

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core import current, db
from core.access import Member
from core.auth.audit.entries import entries_of
from core.auth.audit.exporting import TYPES, export_entries
from core.auth.audit.groups import GROUPS
from core.auth.audit.reading import Mark, find_entries, wish_of
from core.auth.permissions import SEE_AUDIT
from core.errors import NotFound
from core.i18n import _, _l
from core.tenant import Tenant
from core.web import render
from core.web.blueprints import holding, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

audit_log = workspace("audit_log", __name__, "settings/audit", template_folder="../templates")
SEE = holding(SEE_AUDIT.name)
MOST_NAMES = 1000

add_settings_page(SettingsPage(_l("Audit log"), "audit_log.show_log", "list-search", section="people", place=60,
                               permission=SEE_AUDIT.name,
                               summary=_l("Who signed in, changed settings, took data out.")))  # fmt: skip


@audit_log.get("/", permission=SEE)
def show_log() -> ResponseReturnValue:
    wish = wish_of(request.args, GROUPS)
    before = Mark.of(request.args.get("before", ""))
    page = find_entries(wish, before=before)
    asked: dict[str, Any] = dict(wish.told())
    people, days = _people_and_days()
    return render(
        "audit/log.html", "audit/_list.html",
        entries=entries_of(page.rows), wish=wish, asked=asked, groups=[(k, g.label) for k, g in GROUPS.items()],
        people=people, since_latest=before is not None, days=days,
        newest=url_for(".show_log", **asked),
        older=url_for(".show_log", before=page.next, **asked) if page.next else None,
        csv=url_for(".export_log", format="csv"), xlsx=url_for(".export_log", format="xlsx"),
    )  # fmt: skip


@audit_log.post("/export.<format>", permission=SEE)
def export_log(format: str) -> Response:
    """A file, which is written down: so it is asked for by a form."""
    if format not in TYPES:
        raise NotFound(_("There is no such page."))
    name, content = export_entries(wish_of(request.form, GROUPS), format)
    answer = Response(content, content_type=TYPES[format])
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _people_and_days() -> tuple[list[tuple[str, str]], int | None]:
    """All that ever worked here, for those who left did things, too; and how long the log is kept."""
    found = (
        select(Member.id, Member.name, Member.email, Tenant.audit_days)
        .join(Tenant, Tenant.id == Member.tenant_id)
        .where(Member.tenant_id == current.tenant_id(), Member.status != "invited")
    )
    rows = db.session().execute(found.order_by(Member.name, Member.id).limit(MOST_NAMES)).all()
    return [(str(row.id), row.name or row.email) for row in rows], rows[0].audit_days

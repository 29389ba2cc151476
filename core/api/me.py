"""Who is asking, in which workspace, and what may be done."""

from sqlalchemy import text

from core import current, db
from core.access import permitted
from core.access.decisions import scopes_for
from core.access.permissions import DECLARED
from core.api.blueprints import Answer, Resource, single
from core.api.docs import ANYTHING, ID, INSTANT, TEXT, Doc, many, maybe, thing
from core.api.reading import instant
from core.i18n import _l
from core.records.types import enabled_types
from core.web.blueprints import any_member

me = Resource("me", __name__, title=_l("This workspace"))

ACTIONS = ("view", "create", "edit", "delete", "transfer", "import", "export", "share")
ME = thing(
    tenant=thing(id=ID, slug=TEXT, name=TEXT, locale=TEXT, timezone=TEXT, currency=TEXT),
    member=thing(id=ID, name=TEXT, email=TEXT, team=maybe(ID), roles=many(TEXT)),
    modules=many(TEXT),
    permissions=many(TEXT),
    records={**ANYTHING, "description": "For each record type, the scopes in which each action may be done."},
    scopes=many(TEXT),
    token=maybe(thing(name=TEXT, expires_at=maybe(INSTANT), app=maybe(TEXT))),
)
TOKEN = text("select name, expires_at from api_token where tenant_id = :tenant and id = :token")


@me.get("/me", permission=any_member, doc=Doc(gives=ME))
def show_me() -> Answer:
    """Show the workspace, the member, the modules and what may be done."""
    context, member = current.tenant(), current.member()
    return single({
        "tenant": {
            "id": str(context.tenant_id),
            "slug": context.slug,
            "name": context.name,
            "locale": context.locale,
            "timezone": context.timezone,
            "currency": context.currency,
        },
        "member": {
            "id": str(member.id),
            "name": member.name,
            "email": member.email,
            "team": str(member.team_id) if member.team_id else None,
            "roles": list(member.roles),
        },
        "modules": sorted(context.modules),
        "permissions": sorted(name for name in DECLARED if permitted(name)),
        "records": {t.name: _grants(t.name) for t in enabled_types()},
        "scopes": sorted(context.scopes or ()),
        "token": _token(context),
    })  # fmt: skip


def _token(context: current.TenantContext) -> dict[str, str | None] | None:
    """The key that asks: what it is called, how long it works, and the app that it was given to."""
    known = {"tenant": context.tenant_id, "token": context.cause.ref}
    row = db.session().execute(TOKEN, known).one_or_none()
    return {"name": row.name, "expires_at": instant(row.expires_at), "app": context.cause.via} if row else None


def _grants(type_name: str) -> dict[str, list[str]]:
    found = {action: sorted(scopes_for(action, type_name)) for action in ACTIONS}
    return {action: scopes for action, scopes in found.items() if scopes}

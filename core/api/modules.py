"""The modules of the workspace, switched on and off."""

from typing import Any

import marshmallow as ma

from core import current, db
from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import FLAG, TEXT, Doc, Flag, many, thing
from core.api.reading import loaded
from core.errors import NotFound
from core.host.enablement import switch_module
from core.host.loader import host
from core.host.manifest import Plugin
from core.i18n import _, _l
from core.tenant import Tenant
from core.web.blueprints import any_member, holding

modules = Resource("modules", __name__, title=_l("Modules"))

MODULE = thing(name=TEXT, title=TEXT, summary=TEXT, version=TEXT, enabled=FLAG, covered=FLAG, requires=many(TEXT))


class Switch(ma.Schema):
    enabled = Flag(required=True)


@modules.get("/modules", permission=any_member, doc=Doc(gives=MODULE, many=True))
def list_modules() -> Answer:
    """List the installed modules."""
    covered, on = _covered(), current.tenant().modules
    return listed([_module(p, name in on, covered) for name, p in sorted(host().plugins.items())])


@modules.get("/modules/<name>", permission=any_member, doc=Doc(gives=MODULE))
def show_module(name: str) -> Answer:
    """Show a module."""
    return single(_module(_installed(name), name in current.tenant().modules, _covered()))


@modules.patch("/modules/<name>", permission=holding("tenant.manage_modules"), doc=Doc(Switch, MODULE))
def update_module(name: str) -> Answer:
    """Switch a module on or off. Off keeps everything, and on brings it back."""
    wanted, plugin, covered = loaded(Switch)["enabled"], _installed(name), _covered()
    switch_module(name, on=wanted, covered=covered)
    return single(_module(plugin, wanted, covered))


def _installed(name: str) -> Plugin:
    if name not in host().plugins:
        raise NotFound(_("There is no such module."))
    return host().plugins[name]


def _covered() -> list[Any] | None:
    """The modules that the plan covers; None for all."""
    tenant = db.session().get_one(Tenant, current.tenant_id())
    return tenant.covered


def _module(plugin: Plugin, enabled: bool, covered: list[Any] | None) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "title": str(plugin.title),
        "summary": str(plugin.summary),
        "version": plugin.version,
        "enabled": enabled,
        "covered": covered is None or plugin.name in covered,
        "requires": list(plugin.requires),
    }

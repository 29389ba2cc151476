"""What stands around a signed-in page: filled from the record types, the modules and the member's rights.

It is drawn with every page, so it asks the database for nothing: all of it is in the context.
"""

from collections.abc import Iterator

from flask import request

from core import current
from core.access import permitted
from core.access.decisions import scopes_for
from core.auth.second_factor.demand import notice as second_factor_notice
from core.auth.seeing_as import seeing
from core.host.loader import host
from core.host.manifest import NavItem
from core.i18n import _, _l
from core.records.types import RecordType, find_type, own_types
from core.web import Frame, Link

ROOMS = (
    NavItem(_l("Customers"), record_type="customer", icon="building", key="c"),
    NavItem(_l("Contacts"), record_type="contact", icon="address-book", key="p"),
    NavItem(_l("Tasks"), record_type="task", icon="checkbox", key="t"),
)
ADMINISTRATION = (
    NavItem(_l("Members"), path="members/", icon="users", permission="tenant.invite_members"),
    NavItem(_l("Fields"), path="settings/fields/", icon="forms", permission="tenant.manage_fields"),
    NavItem(_l("Record types"), path="settings/record-types/", icon="apps", permission="tenant.manage_fields"),
    NavItem(_l("Modules"), path="settings/modules", icon="puzzle", permission="tenant.manage_modules"),
    NavItem(_l("Settings"), path="settings/", icon="settings", permission="tenant.manage_settings", key="s"),
)


def frame_of() -> Frame | None:
    """The frame of this request, or None outside of a workspace."""
    context = current.tenant_or_none()
    if context is None or context.member is None:
        return None
    home = f"/w/{context.slug}/"
    own = [NavItem(t.plural_label, record_type=t.name, icon=t.icon) for t in own_types().values()]
    items = [*ROOMS, *_of_modules(context)]
    nav = [Link(_("Home"), home, "home", active=request.path == home, key="h")]
    nav += [_link(item, home) for item in items if _may_see(item)]
    nav += [_link(item, home, _("Own records")) for item in own if _may_see(item)]
    nav += [_link(item, home, _("Administration")) for item in ADMINISTRATION if _may_see(item)]
    return Frame(
        workspace=context.name,
        home_url=home,
        nav=tuple(_one_active(nav)),
        workspaces_url=f"{home}workspaces",
        create=tuple(_create([*items, *own], home)),
        account=_account(home),
        search_url=f"{home}search",
        bell_url=f"{home}notifications/",
        bell_count_url=f"{home}notifications/count",
        sign_out_url="/sign-out",
        name=context.member.name,
        email=context.member.email,
        notices=tuple(filter(None, (second_factor_notice(),))),
        seen_as=_seen_as(),
        stop_seeing_url=f"{home}settings/roles/seeing/end",
    )


def _seen_as() -> str:
    if (other := seeing()) is None:
        return ""
    if other.kind == "member":
        return _("You see the workspace as %(whom)s does.", whom=other.whom)
    if other.team:
        return _("You see the workspace as %(role)s (try-on), in the team %(team)s.", role=other.whom, team=other.team)
    return _("You see the workspace as %(role)s (try-on).", role=other.whom)


def _of_modules(context: current.TenantContext) -> list[NavItem]:
    plugins = [plugin for plugin in host().plugins.values() if plugin.name in context.modules]
    return [item for plugin in plugins for item in plugin.nav]


def _may_see(item: NavItem) -> bool:
    if item.record_type and not scopes_for("view", item.record_type):
        return False
    asked = (item.permission,) if isinstance(item.permission, str) else item.permission
    return asked is None or any(permitted(each) for each in asked)


def _link(item: NavItem, home: str, section: str = "") -> Link:
    record_type = find_type(item.record_type) if item.record_type else None
    url = home + (f"{record_type.plural}/" if record_type else item.path or "")
    active = request.path.startswith((url, *(home + each for each in item.also)))
    return Link(str(item.label), url, item.icon, active=active, section=section, key=item.key)


def _one_active(links: list[Link]) -> Iterator[Link]:
    """Of the addresses that the page lies under, only the closest is marked."""
    closest = max((len(link.url) for link in links if link.active), default=0)
    for link in links:
        yield (
            link
            if not link.active or len(link.url) == closest
            else Link(link.label, link.url, link.icon, section=link.section, key=link.key)
        )


def _create(items: list[NavItem], home: str) -> Iterator[Link]:
    found = (find_type(item.record_type) for item in items if item.record_type)
    types: dict[str, RecordType] = {each.name: each for each in found if each}
    for name, record_type in types.items():
        if scopes_for("create", name):
            yield Link(str(record_type.label), f"{home}{record_type.plural}/new", record_type.icon)


def _account(home: str) -> tuple[Link, ...]:
    return (
        Link(_("Your profile"), f"{home}settings/profile", "user-circle"),
        Link(_("Settings"), f"{home}settings/", "settings"),
    )

"""The pages where an administrator makes record types: all of them, a new one, one's name and looks, hiding it."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.access import permitted
from core.access.decisions import scopes_for
from core.errors import Conflict, DomainError, Invalid
from core.i18n import _, _l
from core.records import custom, making
from core.records.designs import ready_designs
from core.records.fields import AnyRecord
from core.records.icons import ICONS
from core.records.pages.blueprint import records
from core.records.shape import OwnType
from core.records.types import RecordType, enabled_types, find_type
from core.records.uses import uses_of
from core.web import Link, redirect_to, render, toast
from core.web.blueprints import holding
from core.web.settings_menu import SettingsPage, add_settings_page
from core.web.static_files import has_icon

MANAGE = holding("tenant.manage_fields")
COLOR_NAMES = {
    "blue": _l("Blue"), "cyan": _l("Cyan"), "teal": _l("Teal"), "green": _l("Green"), "amber": _l("Amber"),
    "orange": _l("Orange"), "red": _l("Red"), "pink": _l("Pink"), "purple": _l("Purple"), "gray": _l("Gray"),
}  # fmt: skip

add_settings_page(SettingsPage(_l("Record types"), "records.list_own_types", "apps", section="data", place=10,
                               permission="tenant.manage_fields",
                               summary=_l("Kinds of records of your own: equipment, contracts …")))  # fmt: skip


@records.get("/settings/record-types/", permission=MANAGE)
def list_own_types() -> ResponseReturnValue:
    made = making.own_types()
    return render(
        "records/own_types/index.html",
        made=made,
        hidden=making.own_types(hidden=True),
        numbers=making.numbers_of([own.name for own in made]),
        types={own.name: find_type(own.name) for own in made},
        ready=sorted(
            (t for t in enabled_types() if not t.is_own), key=lambda t: (not t.customisable, t.name != "customer")
        ),
        full=len(made) >= making.MOST_TYPES,
    )


@records.get("/settings/record-types/new", permission=MANAGE)
def new_own_type() -> ResponseReturnValue:
    return _new_page({"icon": "box", "color": "teal"})


@records.post("/settings/record-types/", permission=MANAGE)
def create_own_type() -> ResponseReturnValue:
    form = request.form
    try:
        states = [
            {"label": each["label"], "color": each["color"]} for each in custom.options_of(form.get("states", ""))
        ]
        made = making.make_type(states=states, **_typed(form))
        for target in _parents(form):
            making.add_link(made, target)
    except Invalid as invalid:
        return _new_page(form, invalid)
    toast(_("“%(title)s” was made. Now say what is known of one: its fields.", title=made.label))
    return redirect_to(url_for("records.list_fields", plural=made.name))


@records.get("/settings/record-types/<name>", permission=MANAGE)
def edit_own_type(name: str) -> ResponseReturnValue:
    own = making.get_own_type(name)
    return _edit_page(own, {"label": own.label, "plural_label": own.plural_label, "description": own.description,
                            "icon": own.icon, "color": own.color, "title_label": own.title_label})  # fmt: skip


@records.post("/settings/record-types/<name>", permission=MANAGE)
def update_own_type(name: str) -> ResponseReturnValue:
    own = making.get_own_type(name)
    try:
        columns = request.form.getlist("columns")
        making.change_type(own, **_typed(request.form), **({"columns": columns} if columns else {}))
    except Invalid as invalid:
        return _edit_page(own, request.form, invalid)
    toast(_("“%(title)s” was saved.", title=own.label))
    return redirect_to(url_for("records.edit_own_type", name=name))


@records.get("/settings/record-types/<name>/retirement", permission=MANAGE)
def ask_own_type_retirement(name: str) -> ResponseReturnValue:
    """What hiding a type would take from where."""
    own = making.get_own_type(name)
    number = making.numbers_of([name]).get(name, 0)
    return render("records/own_types/retire.html", own=own, uses=uses_of(name), number=number)


@records.post("/settings/record-types/<name>/retirement", permission=MANAGE)
def retire_own_type(name: str) -> ResponseReturnValue:
    own = making.get_own_type(name)
    making.retire_type(own)
    undo = url_for("records.restore_own_type", name=name)
    toast(_("“%(title)s” is hidden. Its records are kept.", title=own.label), undo=undo)
    return redirect_to(url_for("records.list_own_types"))


@records.post("/settings/record-types/<name>/restoration", permission=MANAGE)
def restore_own_type(name: str) -> ResponseReturnValue:
    own = making.get_own_type(name, hidden=True)
    try:
        making.restore_type(own)
        toast(_("“%(title)s” is back.", title=own.label))
    except Conflict as conflict:
        toast(conflict.message, "warning")
    return redirect_to(url_for("records.list_own_types"))


# --- who may do what ------------------------------------------------------------------------------------

SCOPE_NAMES = {"none": _l("Nothing"), "own": _l("Their own"), "team": _l("Their team’s"),
               "below": _l("Their team’s and those below"), "all": _l("All")}  # fmt: skip


@records.get("/settings/record-types/<name>/access", permission=MANAGE)
def edit_own_type_access(name: str) -> ResponseReturnValue:
    return _access_page(making.get_own_type(name))


@records.post("/settings/record-types/<name>/access", permission=MANAGE)
def update_own_type_access(name: str) -> ResponseReturnValue:
    own = making.get_own_type(name)
    for role in making.open_roles():
        try:
            making.set_access(own, role, request.form.get(f"sees-{role.id}", ""),
                              request.form.get(f"changes-{role.id}", ""))  # fmt: skip
        except Invalid as invalid:
            return _access_page(own, invalid)
    toast(_("“%(title)s” was saved.", title=own.label))
    return redirect_to(url_for("records.edit_own_type_access", name=name))


def _access_page(own: OwnType, invalid: DomainError | None = None) -> ResponseReturnValue:
    roles = [(role, making.access_of(own.name, role), making.usual_access(role)) for role in making.open_roles()]
    return render(
        "records/own_types/access.html", status=422 if invalid else 200, own=own, tabs=type_tabs(own), roles=roles,
        scopes=SCOPE_NAMES, may_change=permitted("tenant.manage_members"), error=invalid.message if invalid else "",
    )  # fmt: skip


# --- what the pages share -------------------------------------------------------------------------------


def type_tabs(own: OwnType) -> list[Link]:
    """The pages about one type."""
    page = request.path.rstrip("/").rpartition("/")[2]
    home = url_for("records.edit_own_type", name=own.name)
    return [
        Link(_("General"), home, "adjustments", active=page == own.name),
        Link(_("Fields"), url_for("records.list_fields", plural=own.name), "forms"),
        Link(_("States"), url_for("records.edit_own_type_states", name=own.name), "progress", active=page == "states"),
        Link(_("Who may do what"), url_for("records.edit_own_type_access", name=own.name), "lock",
             active=page == "access"),
    ]  # fmt: skip


def _typed(form: Mapping[str, Any]) -> dict[str, Any]:
    names = ("label", "plural_label", "description", "icon", "color", "title_label")
    return {name: form.get(name, "") for name in names if name in form or name == "label"}


def _parents(form: Any) -> list[str]:
    known = {t.name for t in linkable()}
    return [name for name in form.getlist("parents") if name in known]


def linkable() -> list[RecordType]:
    """The types that a record of one's own may belong to, as far as they may be seen."""
    own = [t for t in enabled_types() if t.customisable and not _is_about_any(t) and scopes_for("view", t.name)]
    return sorted(own, key=lambda t: t.name != "customer")


def _is_about_any(record_type: RecordType) -> bool:
    """What is itself about some record (a task) is nothing that others belong to."""
    return any(isinstance(field, AnyRecord) for field in record_type.builtin.values())


def looks(typed: Mapping[str, Any]) -> dict[str, Any]:
    """What the pickers of icon and colour need."""
    icon = str(typed.get("icon") or "box")
    return {"icons": ICONS, "colors": COLOR_NAMES, "chosen_icon": icon if has_icon(icon) else ""}


def _errors(invalid: Invalid | None) -> dict[str, str]:
    """Faults by the control they stand beside: those of single states beside all of them."""
    problems = invalid.problems if invalid else ()
    return {p.field.partition(".")[0]: p.message for p in reversed(problems)}


def _new_page(typed: Mapping[str, Any], invalid: Invalid | None = None) -> ResponseReturnValue:
    parents = typed.getlist("parents") if hasattr(typed, "getlist") else ["customer"]
    return render(
        "records/own_types/new.html", status=422 if invalid else 200, typed=typed, errors=_errors(invalid),
        parents=parents, linkable=[(t.name, t.label) for t in linkable()], ready=ready_designs(), **looks(typed),
    )  # fmt: skip


def _edit_page(own: OwnType, typed: Mapping[str, Any], invalid: Invalid | None = None) -> ResponseReturnValue:
    record_type = find_type(own.name)
    fields = list(record_type.fields().values()) if record_type else []
    chosen = typed.getlist("columns") if hasattr(typed, "getlist") else own.columns
    ordered = sorted(fields, key=lambda f: chosen.index(f.key) if f.key in chosen else len(chosen))
    return render(
        "records/own_types/edit.html", status=422 if invalid else 200, own=own, typed=typed, errors=_errors(invalid),
        tabs=type_tabs(own), columns=chosen, fields=ordered, **looks(typed),
    )  # fmt: skip

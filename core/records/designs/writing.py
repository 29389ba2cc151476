"""Writing record types as a template: YAML in the order in which one would read it."""

from collections.abc import Sequence
from typing import Any

import yaml
from sqlalchemy import select

from core import current, db
from core.errors import NotFound
from core.i18n import _
from core.records.custom import fields_of
from core.records.designs.reading import FORMAT, VERSION
from core.records.making import find_own_type
from core.records.shape import FormLayout, OwnType
from core.records.types import RecordType, enabled_types, find_type
from core.records.views.models import View
from core.records.views.setup import Setup

HEAD = "# Record types of Guanxi. Bring them in under Settings > Record types > Templates.\n"


def describable() -> list[RecordType]:
    """The types that a template can hold: the tenant's own, and the ready ones with what was added to them."""
    return [t for t in enabled_types() if t.customisable]


def write_design(names: Sequence[str]) -> str:
    """These record types, with their fields, states and form. Raises NotFound."""
    types = [_described(name) for name in dict.fromkeys(names)]
    said = {"format": FORMAT, "version": VERSION, "types": types}
    return HEAD + yaml.dump(said, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


class _Dumper(yaml.SafeDumper):
    """Without the references that the reader refuses, and with lists set in."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _described(name: str) -> dict[str, Any]:
    record_type = find_type(name)
    if record_type is None or not record_type.customisable:
        raise NotFound(_("There is no such record type."))
    own = find_own_type(name) if record_type.is_own else None
    said = _looks(own) if own else {"key": name}
    fields = [_field(row) for row in fields_of(name) if row.retired_at is None]
    views = [_view(view) for view in shared_views(name)]
    return said | ({"fields": fields} if fields else {}) | _layout(name) | ({"views": views} if views else {})


def _looks(own: OwnType) -> dict[str, Any]:
    said = {"key": own.name, "label": own.label, "plural": own.plural_label, "description": own.description,
            "icon": own.icon, "color": own.color, "title": own.title_label, "columns": list(own.columns),
            "states": [_state(each) for each in own.states]}  # fmt: skip
    return {key: value for key, value in said.items() if value or key == "columns"}


def _state(state: dict[str, Any]) -> dict[str, Any]:
    said = {key: state[key] for key in ("value", "label", "color")}
    if state.get("to") is not None:
        said["to"] = list(state["to"])
    return said | ({"requires": list(state["requires"])} if state.get("requires") else {})


def _field(row: Any) -> dict[str, Any]:
    said = {"key": row.key, "label": row.label, "type": row.type, "required": row.required, "help": row.help,
            "config": row.config}  # fmt: skip
    return {key: value for key, value in said.items() if value}


def _layout(name: str) -> dict[str, Any]:
    """The form as everyone sees it; forms of single roles stay, since the roles are not in the template."""
    kept = layout_of(name)
    return {"layout": kept.layout} if kept else {}


def shared_views(name: str) -> Sequence[View]:
    """The views that everyone has: those of single members and teams stay, since the people are not in the template."""
    found = select(View).where(View.tenant_id == current.tenant_id(), View.record_type == name, View.shared == "all")
    return db.session().scalars(found.order_by(View.position, View.id)).all()


def _view(view: View) -> dict[str, Any]:
    said = {key: value for key, value in Setup.of(view).dump().items() if value}
    return {"name": view.name, **said}


def layout_of(name: str) -> FormLayout | None:
    found = select(FormLayout).where(
        FormLayout.tenant_id == current.tenant_id(), FormLayout.record_type == name, FormLayout.role_id.is_(None)
    )
    return db.session().scalars(found).one_or_none()

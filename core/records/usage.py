"""Where a field is used: what an administrator must know before it is retired or becomes of another type."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select

from core import current, db
from core.access import Role
from core.i18n import _
from core.records.fields import State
from core.records.fields.choice import StateOption
from core.records.imports.models import Import
from core.records.laying_out import CONDITIONS, fields_in, layouts_of
from core.records.shape import CustomField
from core.records.types import RecordType, enabled_types
from core.records.views.models import View


@dataclass(frozen=True)
class FieldUse:
    """One thing that uses a field: what kind of thing it is, what it is called, where it can be changed."""

    key: str
    kind: str
    title: str
    url: str = ""


Scanner = Callable[[RecordType], Iterable[FieldUse]]
SCANNERS: list[Scanner] = []
"""Each tells all uses of all fields of a type that it knows of: forms, views, formulas, …"""


def scans_fields(scanner: Scanner) -> Scanner:
    """Have a scanner asked whenever someone wants to know where a field is used."""
    SCANNERS.append(scanner)
    return scanner


def uses_of(record_type: RecordType) -> Mapping[str, list[FieldUse]]:
    """All uses of all fields of a type, by key."""
    found: dict[str, list[FieldUse]] = {}
    for scanner in SCANNERS:
        for use in scanner(record_type):
            found.setdefault(use.key, []).append(use)
    return {key: list(dict.fromkeys(uses)) for key, uses in found.items()}


def where_used(record_type: RecordType, key: str) -> list[FieldUse]:
    return uses_of(record_type).get(key, [])


def page_of(path: str) -> str:
    """An address in the workspace. Services know nothing of routes, and this is only shown."""
    return f"/w/{current.tenant().slug}/{path}"


@scans_fields
def _forms(record_type: RecordType) -> Iterator[FieldUse]:
    for row, role in layouts_of(record_type):
        url = page_of(f"settings/fields/{record_type.plural}/form" + (f"?role={role.id}" if role else ""))
        title = _("Form for %(role)s", role=role.title) if role else _("Form for everyone")
        for section in row.layout.get("sections", ()):
            for placed in section.get("fields", ()):
                yield FieldUse(placed["key"], _("Form"), title, url)
                for what in CONDITIONS:
                    for key in sorted(fields_in(placed.get(what) or {})):
                        yield FieldUse(key, _("Condition in a form"), title, url)


@scans_fields
def _views(record_type: RecordType) -> Iterator[FieldUse]:
    rows = select(View).where(View.tenant_id == current.tenant_id(), View.record_type == record_type.name)
    for view in db.session().scalars(rows):
        shown = {str(column.get("key", "")) for column in view.columns if isinstance(column, Mapping)}
        by = {view.sort.lstrip("-"), view.group_by, view.lanes_by, view.dates_by, view.sum_of, *view.totals}
        for key in sorted((shown | by | fields_in(view.condition or {})) - {""}):
            yield FieldUse(key, _("View"), view.name, page_of(f"{record_type.plural}/?view={view.id}"))


@scans_fields
def _imports(record_type: RecordType) -> Iterator[FieldUse]:
    """Imports that are being prepared or run."""
    rows = select(Import).where(
        Import.tenant_id == current.tenant_id(),
        Import.record_type == record_type.name,
        Import.status == "running",
    )
    for each in db.session().scalars(rows.order_by(Import.created_at.desc()).limit(50)):
        for key in each.mapping:
            if isinstance(key, str):
                yield FieldUse(key.partition(".")[0], _("Import"), each.file_name, page_of(f"imports/{each.id}"))


@scans_fields
def _states(record_type: RecordType) -> Iterator[FieldUse]:
    for of in record_type.all_fields().values():
        if isinstance(of, State):
            for option in of.options:
                for key in option.requires if isinstance(option, StateOption) else ():
                    yield FieldUse(key, _("State that requires it"), str(option.label))


@scans_fields
def _columns(record_type: RecordType) -> Iterator[FieldUse]:
    if record_type.is_own:
        for key in record_type.columns:
            yield FieldUse(key, _("List"), _("Standard columns"), page_of(f"{record_type.plural}/"))


@scans_fields
def _roles(record_type: RecordType) -> Iterator[FieldUse]:
    """Roles that hide or lock fields, or whose scopes are conditions."""
    for role in db.session().scalars(select(Role).where(Role.tenant_id == current.tenant_id())):
        granted = role.grants.get("records", {}).get(record_type.name)
        for key in _words(granted) & record_type.all_fields().keys() if granted else ():
            yield FieldUse(key, _("Role"), role.title, page_of("settings/roles"))


@scans_fields
def _calculations(record_type: RecordType) -> Iterator[FieldUse]:
    """The tenant's own fields that are calculated from others, or point at them: their settings name the keys."""
    types = {each.name: each for each in enabled_types()}
    rows = select(CustomField).where(CustomField.tenant_id == current.tenant_id(), CustomField.retired_at.is_(None))
    keys = record_type.all_fields().keys()
    for row in db.session().scalars(rows):
        of_type = types.get(row.record_type)
        told = {name: value for name, value in row.config.items() if name not in ("options", "default")}
        words = _words(told)
        if not of_type or (of_type is not record_type and record_type.name not in words and not _own_keys(words)):
            continue
        for key in words & keys - ({row.key} if of_type is record_type else set()):
            if of_type is record_type or record_type.name in words or key.startswith("c_"):
                url = page_of(f"settings/fields/{of_type.plural}/{row.id}")
                yield FieldUse(key, _("Calculated field"), f"{of_type.label}: {row.label}", url)


def _own_keys(words: set[str]) -> bool:
    return any(word.startswith("c_") for word in words)


def _words(config: Any) -> set[str]:
    return set(re.findall(r"[a-z_][a-z0-9_]*", orjson.dumps(config).decode()))

"""Entries of the audit log as a person reads them: who, what in words, about what, from where, what changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from core import current, db
from core.auth.models import ApiToken
from core.auth.policy_page.changing import PolicyChanged
from core.auth.policy_page.fields import FIELDS as POLICY_FIELDS
from core.events import EventRow, kind_of, read_back
from core.i18n import _, _l
from core.records.fields import FieldError, FieldType
from core.records.pages.history import sentence
from core.records.seen import seen_changes
from core.records.types import find_type, titles

CAUSES = {
    "token": _l("API token"), "import": _l("Import"), "bulk": _l("Change of many"), "sheet": _l("Returned sheet"),
    "merge": _l("Merge"), "undo": _l("Undone"), "form": _l("Web form"), "deadline": _l("Deadline"),
    "job": _l("By itself"), "system": _l("By itself"), "plugin": _l("By itself"),
}  # fmt: skip
LONG = 400


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """`by` is empty where nobody of the workspace did it; `via` is the token, the app or the work that it came by."""

    id: UUID
    at: datetime
    icon: str
    label: str
    says: str
    by: str
    by_id: UUID | None
    about: str
    about_type: str
    about_path: str | None
    address: str
    device: str
    place: str
    session: str
    via: str
    changes: Sequence[Change]


def entries_of(rows: Sequence[EventRow]) -> list[Entry]:
    """Whatever they name is looked up at once: by two statements, of which the second is asked for tokens only."""
    wanted: dict[str, set[UUID]] = {"member": {row.actor_id for row in rows if row.actor_id}}
    for row in rows:
        wanted.setdefault(row.record_type, set()).add(row.record_id)
    names = titles(wanted)
    tokens = _token_names(rows)
    return [_entry(row, names, tokens) for row in rows]


def _token_names(rows: Iterable[EventRow]) -> Mapping[str, str]:
    wanted = {UUID(row.cause["ref"]) for row in rows if row.cause.get("kind") == "token" and row.cause.get("ref")}
    if not wanted:
        return {}
    found = select(ApiToken.id, ApiToken.name).where(ApiToken.tenant_id == current.tenant_id(), ApiToken.id.in_(wanted))
    return {str(row.id): row.name for row in db.session().execute(found)}


def _entry(row: EventRow, names: Mapping[tuple[str, UUID], str], tokens: Mapping[str, str]) -> Entry:
    kind, told = kind_of(row.name), row.cause
    record_type = find_type(row.record_type)
    about = names.get((row.record_type, row.record_id), "")
    return Entry(
        id=row.id,
        at=row.at,
        icon=kind.icon,
        label=str(kind.label),
        says=sentence(read_back(row)),
        by=names.get(("member", row.actor_id), "") if row.actor_id else "",
        by_id=row.actor_id,
        about=about or (_("Deleted, or not open to you") if record_type and not _is_export(row) else ""),
        about_type=str(record_type.label) if record_type else str(ABOUT.get(row.record_type, "")),
        about_path=_path(row, bool(about)),
        address=told.get("address") or row.data.get("ip") or "",
        device=told.get("device") or row.data.get("device") or "",
        place=row.data.get("place") or "",
        session=told.get("session") or "",
        via=_via(told, tokens),
        changes=list(_changes(row)),
    )


ABOUT = {
    "member": _l("Member"), "team": _l("Team"), "role": _l("Role"), "tenant": _l("Workspace"), "field": _l("Field"),
    "record_type": _l("Record type"), "run": _l("Change of many"), "import": _l("Import"), "module": _l("Module"),
}  # fmt: skip


LABELS = {
    "name": _l("Name"), "description": _l("Description"), "title": _l("Title"), "phone": _l("Phone"),
    "email": _l("E-mail"), "roles": _l("Roles"), "role": _l("Role"), "team": _l("Team"), "status": _l("Status"),
    "locale": _l("Language"), "timezone": _l("Time zone"), "currency": _l("Currency"), "seats": _l("Seats"),
    "label": _l("Label"), "type": _l("Type"), "required": _l("Required"), "scopes": _l("May do"),
    "expires_at": _l("Expires"), "audit_days": _l("Days for which the audit log is kept"),
}  # fmt: skip


def _path(row: EventRow, is_there: bool) -> str | None:
    """Where what it is about can be looked at."""
    slug = current.tenant().slug
    if _is_export(row) or row.record_type == "run":
        return f"/w/{slug}/runs/{row.record_id}"
    if row.record_type == "member":
        return f"/w/{slug}/members/{row.record_id}" if is_there else None
    return f"/w/{slug}/go/{row.record_type}/{row.record_id}" if is_there else None


def _is_export(row: EventRow) -> bool:
    """Of records of a type: then it is about the run that wrote the file."""
    return row.name == f"{row.record_type}.exported"


def _via(told: Mapping[str, Any], tokens: Mapping[str, str]) -> str:
    if app := told.get("via"):
        return _("App %(name)s", name=app)
    words = str(CAUSES.get(str(told.get("kind")), ""))
    name = tokens.get(str(told.get("ref")), "") if told.get("kind") == "token" else ""
    return f"{words}: {name}" if name else words


def _changes(row: EventRow) -> Iterable[Change]:
    record_type = find_type(row.record_type)
    fields = record_type.fields() if record_type else {}
    for key, change in (seen_changes(row) or {}).items():
        old, new = change if isinstance(change, list) and len(change) == 2 else (None, change)
        of = fields.get(key)
        yield Change(_label(row, key, of), _words(of, old), _words(of, new))


def _label(row: EventRow, key: str, of: FieldType | None) -> str:
    """What a changed thing is called: a field of the record, a setting of the policy, or what people and teams have."""
    if of is None and row.name == PolicyChanged.name:
        of = POLICY_FIELDS.get(key)
    return str(of.label) if of else str(LABELS.get(key, key))


def _words(of: FieldType | None, value: Any) -> str:
    """A value in words; one of another shape than its field has by now, as it was written down."""
    if value is None or value == "":
        return "—"
    if of is not None and not of.points_at(value):
        try:
            return _short(of.text(of.load(value)))
        except (FieldError, AttributeError, KeyError, TypeError, ValueError):
            return _short(value)
    return _short(value)


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= LONG else text[:LONG] + "…"

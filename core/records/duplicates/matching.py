"""Whether what somebody types is there already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import escape
from sqlalchemy import Text, literal, select, union_all

from core import current, db
from core.records.duplicates.keys import NAME, SOUND, Key, is_matched, keys_of, reasons
from core.records.likeness import match_name, match_sound
from core.records.side_index import CustomValue
from core.records.types import RecordType, titles, type_by_name

SHOWN = 5
SHORT = 60


@dataclass(frozen=True)
class LookAlike:
    """A record that may be the one. Of one that the member may not see, only that it is there, and whose it is.

    `reasons` are the labels of what it shares with what was typed, `details` further facts that tell it from others.
    """

    id: UUID
    title: str
    details: Sequence[str]
    reasons: Sequence[str]
    owner: str
    is_seen: bool
    is_strong: bool


def look_alikes(record_type: RecordType, values: Mapping[str, Any], *, besides: UUID | None = None) -> list[LookAlike]:
    """Living records of the type that share a key with these values, those that share the most first. What the
    member may not read is no key for them.

    A record out of the member's sight is told of only where phone, e-mail, name or another key is the same, not where
    its name merely sounds alike.
    """
    found = _candidates(record_type, values, besides)
    if not found:
        return []
    seen = {r.id: r for r in db.session().scalars(record_type.visible().where(record_type.model.id.in_(found)))}
    owners = _owners(record_type, list(found))
    names = titles({"member": {owner for owner in owners.values() if owner}})
    strong = {key.name for key in keys_of(record_type) if key.is_strong}
    made = []
    for record_id, shared in found.items():
        record = seen.get(record_id)
        if record is None and not shared & strong:
            continue
        owner = owners.get(record_id)
        made.append(LookAlike(
            id=record_id,
            title=record_type.title_of(record)[:SHORT] if record else "",
            details=_details(record_type, record) if record else (),
            reasons=reasons(record_type, [k.name for k in keys_of(record_type) if k.name in shared]),
            owner=names.get(("member", owner), "") if owner else "",
            is_seen=record is not None,
            is_strong=bool(shared & strong),
        ))  # fmt: skip
    made.sort(key=lambda each: (not each.is_strong, not each.is_seen, -len(each.reasons)))
    return made[:SHOWN]


def _candidates(record_type: RecordType, values: Mapping[str, Any], besides: UUID | None) -> dict[UUID, set[str]]:
    """What they share, by id: some of each key, in one statement."""
    if not is_matched(record_type):
        return {}
    title = record_type.title_field.key
    typed = values.get(title)
    has = record_type.fields()
    keys = [key for key in keys_of(record_type) if key.name not in (title, SOUND) and key.name in has]
    wanted = [_holding(record_type, key, values) for key in keys if not has[key.name].guarded or has[key.name].editable]
    wanted.append(_titled(record_type, typed, values) if typed else None)
    parts = [part.limit(2 * SHOWN).subquery().select() for part in wanted if part is not None]
    name = match_name(str(typed)) if typed else ""
    found: dict[UUID, set[str]] = {}
    for key, record_id, its_name in db.session().execute(union_all(*parts)) if parts else ():
        if record_id != besides:
            shared = {title, SOUND} if its_name == name else {SOUND}
            found.setdefault(record_id, set()).update(shared if key == NAME else {key})
    return found


def _holding(record_type: RecordType, key: Key, values: Mapping[str, Any]) -> Any:
    value = values.get(key.name)
    if value in (None, ""):
        return None
    model: Any = record_type.model
    found = _living(record_type, literal(key.name, Text))
    if not key.field.custom_id:
        return found.where(key.field.expression(model) == value)
    return found.join(CustomValue, CustomValue.record_id == model.id).where(
        CustomValue.tenant_id == current.tenant_id(),
        CustomValue.field_id == key.field.custom_id,
        CustomValue.s == key.field.indexed(value),
    )


def _titled(record_type: RecordType, typed: Any, values: Mapping[str, Any]) -> Any:
    """Of that name or sound; where the type belongs to a parent, at the same one."""
    model: Any = record_type.model
    found = _living(record_type, literal(NAME, Text)).where(model.match_sound == match_sound(match_name(str(typed))))
    if record_type.through is None:
        return found
    parent = values.get(record_type.through)
    return found.where(record_type.builtin[record_type.through].expression(model) == parent) if parent else None


def _living(record_type: RecordType, key: Any) -> Any:
    model: Any = record_type.model
    return select(key, model.id, model.match_name).where(
        model.tenant_id == current.tenant_id(), model.deleted_at.is_(None), record_type.rows()
    )


def _owners(record_type: RecordType, ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """Whom to ask: the record's owner, or the owner of what it belongs to. Nobody where the member may not know whose
    such records are."""
    model: Any = record_type.model
    link = record_type.builtin.get(record_type.through or "")
    parent_type = type_by_name(link.refers_to() or "") if link else None
    owned_type = parent_type or record_type
    owner = owned_type.field("owner")
    if "owner" in owned_type.builtin and (owner is None or owner.guarded):
        return {}
    mine = (model.tenant_id == current.tenant_id()) & model.id.in_(ids)
    if link and parent_type:
        parent: Any = parent_type.model
        owned = select(model.id, parent.owner_id).join(
            parent, (parent.tenant_id == current.tenant_id()) & (parent.id == link.expression(model))
        )
    else:
        owned = select(model.id, model.owner_id if hasattr(model, "owner_id") else model.created_by_id)
    return {row[0]: row[1] for row in db.session().execute(owned.where(mine))}


def _details(record_type: RecordType, record: Any) -> list[str]:
    """What tells it from its namesakes: its match keys, then its parent's name."""
    fields = record_type.fields()
    keys = [key.field.key for key in keys_of(record_type) if key.field is not record_type.title_field]
    marked = [fields[key] for key in keys if key in fields]
    texts = [str(escape(f.html(f.get(record))).striptags())[:SHORT] for f in dict.fromkeys(marked)]
    link = fields.get(record_type.through or "")
    if link is not None and (pointed := link.points_at(link.get(record))):
        texts.append(titles({pointed[0]: {pointed[1]}}).get(pointed, ""))
    return [text for text in texts if text]

"""The page of one record: its fields, what points at it, what happened to it, what one may do with it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from core.access import ask_ahead, may
from core.i18n import _
from core.records.collaborators import shares_of
from core.records.covers import field_rules
from core.records.fields import FieldType, Names, State
from core.records.form_rules import rules_of
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records, templates_of
from core.records.pages.history import KINDS, history, value_html
from core.records.pages.recent import note_seen
from core.records.pages.related import relations
from core.records.revealing import may_reveal
from core.records.sharing import is_mine, may_share
from core.records.told import is_open, is_there, is_told
from core.records.types import NoInput, RecordAction, RecordType, names_for
from core.web import render

KEY_FACTS = 4
RIGHTS = ("view", "edit", "delete", "transfer", "share")


@dataclass(frozen=True)
class Fact:
    """A field of a record as the page shows it, with the address of its inline form."""

    key: str
    label: Any
    html: Markup | str
    edit_url: str | None
    wide: bool
    id: str
    reveal_url: str | None = None
    why_url: str | None = None


@dataclass(frozen=True)
class ActionLink:
    """A button. One that `asks` opens a form, the others post at once, after `confirm` if there is such a question."""

    name: str
    label: Any
    icon: str
    style: str
    url: str
    confirm: Any
    asks: bool


@records.get("/<plural>/<uuid:record_id>", permission=may_any("view"))
def show_record(plural: str, record_id: UUID) -> ResponseReturnValue:
    return show_detail(*found(plural, record_id))


def show_detail(record_type: RecordType, record: Any, **more: Any) -> ResponseReturnValue:
    """The record's page. A room or plugin with a page of its own gives it what else it shows."""
    note_seen(record_type, record)
    return render(templates_of(record_type, "detail"), **detail_context(record_type, record) | more)


def detail_context(record_type: RecordType, record: Any) -> dict[str, Any]:
    """All that `records/detail.html` and its parts need."""
    ask_ahead(RIGHTS, record_type, record)
    fields = list(record_type.fields().values())
    names = names_for(fields, [record])
    may_edit = may("edit", record_type, record)
    may_transfer = may_edit and "owner" in record_type.builtin and may("transfer", record_type, record)
    happened, more = history(record_type, record.id, may_edit=may_edit)
    return head_context(record_type, record, names) | {
        "facts": facts_of(record_type, record, names, may_edit=may_edit, may_transfer=may_transfer),
        "actions": action_links(record_type, record),
        "may_edit": may_edit,
        "may_delete": may("delete", record_type, record),
        "may_transfer": may_transfer,
        **collaborators(record_type, record, may_edit=may_edit),
        "related": relations(record_type, record),
        "history": happened,
        "history_more": more,
        "history_kind": "",
        "history_kinds": list(KINDS.items()),
        "list_url": list_url(record_type),
        "next": next_url("") if request else "",
    }


def collaborators(record_type: RecordType, record: Any, *, may_edit: bool) -> dict[str, Any]:
    """With whom the record is shared, and whether the member may share it."""
    return {
        "shared": shares_of(record_type, record.id),
        "may_share": (may_edit and is_mine(record)) or may_share(record_type, record),
    }


def head_context(record_type: RecordType, record: Any, names: Names) -> dict[str, Any]:
    """What the top of the page says: the name, the state, a few facts."""
    state = _state_of(record_type)
    return {
        "record_type": record_type,
        "record": record,
        "title": short_title(record_type, record),
        "url": url_of(record_type, record.id),
        "state": value_html(state, state.get(record), names) if state else "",
        "key_facts": list(_key_facts(record_type, record, names, state)),
        "names": names,
    }


def short_title(record_type: RecordType, record: Any) -> str:
    title = record_type.title_of(record)
    return title if len(title) <= 160 else title[:159] + "…"


def _state_of(record_type: RecordType) -> FieldType | None:
    return next((f for f in record_type.fields().values() if isinstance(f, State) and not f.custom_id), None)


def _key_facts(record_type: RecordType, record: Any, names: Names, state: FieldType | None) -> Any:
    """The first of the list's columns that hold something."""
    shown = 0
    for of in record_type.list_fields():
        value = of.get(record)
        if of.key == record_type.title or of is state or value in (None, []) or of.widget == "textarea":
            continue
        if shown == KEY_FACTS:
            return
        shown += 1
        yield of.label, value_html(of, value, names)


def facts_of(
    record_type: RecordType, record: Any, names: Names, *, may_edit: bool, may_transfer: bool
) -> list[tuple[Any, list[Fact]]]:
    """All fields in the sections of the form, but for those that are hidden; what the system keeps comes last."""
    sections = record_type.sections()
    in_form = {f.key for _label, fields in sections for f in fields}
    own = record_type.fields()
    kept = [own[key] for key in record_type.builtin if key in own and key not in in_form]
    kept_as_is = rules_of(record_type, record_type.layout(), {}, record).kept if may_edit else frozenset()
    found = []
    for label, fields in [
        *sections,
        (_("Kept by the system"), [f for f in kept if not f.editable and f.get(record) is not None]),
    ]:
        made = [
            fact(
                record_type,
                record,
                of,
                names,
                may_edit=may_edit and of.key not in kept_as_is and (of.key != "owner" or may_transfer),
            )
            for of in fields
            if is_there(of, record)
        ]
        if made:
            found.append((label, made))
    return found


def fact(record_type: RecordType, record: Any, of: FieldType, names: Names, *, may_edit: bool) -> Fact:
    value = of.get(record)
    edit_url = f"{url_of(record_type, record.id)}/fields/{of.key}" if may_edit and is_open(of, record) else None
    lines = of.widget == "textarea" and value and is_told(of, record)
    html = Markup('<span class="gx-lines">{}</span>').format(value) if lines else of.page_html(value, names)
    reveal_url = f"{url_of(record_type, record.id)}/fields/{of.key}/revelation" if may_reveal(of, record) else None
    ruled = of.key in {key for key, _access in field_rules(record_type.name)} and (of.guarded or not of.editable)
    why_url = f"{url_of(record_type, record.id)}/why?field={of.key}" if ruled else None
    return Fact(of.key, of.label, html, edit_url, of.wide, f"fact-{of.key}-{record.id}", reveal_url, why_url)


def action_links(record_type: RecordType, record: Any) -> list[ActionLink]:
    """The buttons of what the member may do with the record and makes sense now."""
    return [_link(action, record_type, record) for action in record_type.actions_for(record)]


def _link(action: RecordAction, record_type: RecordType, record: Any) -> ActionLink:
    url = f"{url_of(record_type, record.id)}/actions/{action.name}"
    asks = action.schema is not NoInput
    return ActionLink(action.name, action.label, action.icon, action.style, url, action.confirm, asks)

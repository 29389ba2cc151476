"""The pages about records that are there twice: the warning in forms, the pairs to look at, the settings."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from core.access import permitted, require
from core.access.decisions import scopes_for
from core.errors import NotFound
from core.i18n import _, _l
from core.records.duplicates.keys import is_matched, keys_of, reasons
from core.records.duplicates.matching import LookAlike, look_alikes
from core.records.duplicates.models import DuplicateScan
from core.records.duplicates.queue import Pair, count_open, dismiss_pair, open_pairs
from core.records.duplicates.scanning import ask_for_scan, is_running, last_scan
from core.records.fields import FieldError, FieldType
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.history import value_html
from core.records.told import is_told
from core.records.types import RecordType, enabled_types, names_for, type_of_plural
from core.web import redirect_to, render, toast
from core.web.blueprints import holding
from core.web.settings_menu import SettingsPage, add_settings_page

MANAGE = "tenant.manage_settings"
STEP = 50

add_settings_page(SettingsPage(
    _l("Duplicates"), "records.duplicates_home", "copy-check", section="data", permission=MANAGE, place=40,
    summary=_l("Records that are there twice: what was found at night, and what too many records share."),
))  # fmt: skip


def matched_type(plural: str) -> RecordType:
    """Raises NotFound for what may be there as often as one likes."""
    record_type = type_of_plural(plural)
    if not is_matched(record_type):
        raise NotFound(_("There is no such page."))
    return record_type


# --- while one types -----------------------------------------------------------------------------------


@records.post("/<plural>/duplicates/look", permission=may_any("view"))
def look_for_alike(plural: str) -> ResponseReturnValue:
    """What of the form is there already; empty when nothing is. For those who may save the form."""
    record_type = matched_type(plural)
    besides = request.args.get("besides", type=UUID)
    require("edit" if besides else "create", record_type)
    alike = alike_of(record_type, typed_values(record_type, request.form), besides=besides)
    return render("records/duplicates/_alike.html", record_type=record_type, alike=alike, is_new=besides is None)


def alike_url(record_type: RecordType, record: Any = None) -> str:
    """Where a form asks whether it is there already; empty for what may be there as often as one likes."""
    look = f"{list_url(record_type)}duplicates/look" if is_matched(record_type) else ""
    return f"{look}?besides={record.id}" if look and record is not None else look


def alike_on(record_type: RecordType) -> str:
    """The controls whose change is worth asking, as a selector."""
    return ",".join(f"[name={field.key}]" for field in telling_fields(record_type))


def alike_of(
    record_type: RecordType, values: Mapping[str, Any], *, besides: UUID | None = None
) -> list[tuple[LookAlike, str]]:
    """Look-alikes with their addresses."""
    return [(each, url_of(record_type, each.id)) for each in look_alikes(record_type, values, besides=besides)]


def unseen_alike(record_type: RecordType, values: Mapping[str, Any]) -> list[tuple[LookAlike, str]]:
    """Records that are surely alike and that the form has not shown yet: whoever saves is told once."""
    told = set(request.form.getlist("alike"))
    found = alike_of(record_type, values)
    return found if any(each.is_strong and str(each.id) not in told for each, _url in found) else []


def typed_values(record_type: RecordType, form: Any) -> dict[str, Any]:
    """What of a half-filled form can be read already, of the fields that tell a record."""
    found = {}
    for field in telling_fields(record_type):
        try:
            found[field.key] = field.parse(field.from_form(form, field.key))
        except FieldError:
            continue
    return found


def telling_fields(record_type: RecordType) -> list[FieldType]:
    """What a record is told by, of what the member may write: its match keys, its title, what it belongs to."""
    fields = record_type.fields()
    keys = [key.field.key for key in keys_of(record_type)] + [record_type.through or ""]
    return [fields[key] for key in dict.fromkeys(keys) if key in fields and fields[key].editable]


# --- the pairs to look at ------------------------------------------------------------------------------


@records.get("/<plural>/duplicates/", permission=may_any("view"))
def list_duplicates(plural: str) -> ResponseReturnValue:
    record_type = matched_type(plural)
    pairs, further = open_pairs(record_type, limit=STEP, after=request.args.get("after"))
    scan = last_scan(record_type)
    return render(
        "records/duplicates/list.html", "records/duplicates/_pairs.html",
        record_type=record_type, list_url=list_url(record_type),
        pairs=[_shown(record_type, pair) for pair in pairs], total=count_open(record_type),
        next_page=f"{request.path}?after={further}" if further else None,
        scan=scan, running=is_running(scan), labels={key.name: key.label for key in keys_of(record_type)},
        may_scan=permitted(MANAGE), may_merge=bool(scopes_for("delete", record_type.name)),
    )  # fmt: skip


def _shown(record_type: RecordType, pair: Pair) -> dict[str, Any]:
    fields = told_by(record_type)
    names = names_for(fields, [pair.one, pair.other])
    return {
        "id": pair.row.id,
        "score": pair.row.score,
        "reasons": reasons(record_type, pair.row.reasons),
        "sides": [
            (url_of(record_type, each.id), record_type.title_of(each), _cells(fields, each, names))
            for each in (pair.one, pair.other)
        ],
        "compare": compare_url(record_type, [pair.one.id, pair.other.id]),
        "dismiss": f"{list_url(record_type)}duplicates/{pair.row.id}/dismissal",
    }


def told_by(record_type: RecordType) -> list[FieldType]:
    """What tells one record from another at a glance: the match keys, the parent, the owner."""
    fields = record_type.fields()
    wanted = [key.field.key for key in keys_of(record_type)] + [record_type.through, "owner"]
    return [fields[k] for k in dict.fromkeys(wanted) if k in fields and k != record_type.title]


def _cells(fields: Sequence[FieldType], record: Any, names: Any) -> list[Markup | str]:
    return [value_html(f, value, names) for f in fields if (value := f.get(record)) not in (None, [])]


def compare_url(record_type: RecordType, ids: Sequence[UUID], **more: Any) -> str:
    return url_for("records.compare_records", plural=record_type.plural, id=[str(each) for each in ids], **more)


@records.post("/<plural>/duplicates/<uuid:pair_id>/dismissal", permission=may_any("edit"))
def dismiss_duplicates(plural: str, pair_id: UUID) -> ResponseReturnValue:
    record_type = matched_type(plural)
    dismiss_pair(record_type, pair_id)
    home = f"{list_url(record_type)}duplicates/"
    toast(_("They stay apart, and are not shown again."), undo=f"{home}{pair_id}/return")
    return redirect_to(next_url(home))


@records.post("/<plural>/duplicates/<uuid:pair_id>/return", permission=may_any("edit"))
def return_duplicates(plural: str, pair_id: UUID) -> ResponseReturnValue:
    record_type = matched_type(plural)
    dismiss_pair(record_type, pair_id, back=True)
    toast(_("The pair is back in the list."))
    return redirect_to(f"{list_url(record_type)}duplicates/")


@records.post("/<plural>/duplicates/search", permission=holding(MANAGE))
def search_duplicates(plural: str) -> ResponseReturnValue:
    record_type = matched_type(plural)
    ask_for_scan(record_type)
    return redirect_to(next_url(f"{list_url(record_type)}duplicates/"))


@records.get("/<plural>/duplicates/state", permission=may_any("view"))
def show_search(plural: str) -> ResponseReturnValue:
    """Whether the search still runs; asked again and again by the page until it does not."""
    record_type = matched_type(plural)
    scan = last_scan(record_type)
    return render("records/duplicates/_state.html", record_type=record_type, scan=scan, running=is_running(scan),
                  fresh=not is_running(scan))  # fmt: skip


@records.get("/<plural>/<uuid:record_id>/duplicates", permission=may_any("view"))
def list_alike(plural: str, record_id: UUID) -> ResponseReturnValue:
    """What is like one record."""
    record_type, record = found(plural, record_id)
    matched_type(plural)
    alike = alike_of(record_type, values_of(record_type, record), besides=record.id)
    return render(
        "records/duplicates/alike.html", record_type=record_type, record=record, url=url_of(record_type, record.id),
        title=record_type.title_of(record),
        alike=[(each, url, compare_url(record_type, [record.id, each.id])) for each, url in alike],
    )  # fmt: skip


def values_of(record_type: RecordType, record: Any) -> dict[str, Any]:
    """What the record holds, as far as the member may read it."""
    return {key: field.get(record) for key, field in record_type.fields().items() if is_told(field, record)}


# --- settings ------------------------------------------------------------------------------------------


@records.get("/settings/duplicates/", permission=holding(MANAGE))
def duplicates_home() -> ResponseReturnValue:
    rows = [(t, last_scan(t), count_open(t)) for t in enabled_types() if is_matched(t)]
    return render("records/duplicates/settings.html", rows=[_summary(*row) for row in rows])


def _summary(record_type: RecordType, scan: DuplicateScan | None, number: int) -> dict[str, Any]:
    labels = {key.name: key.label for key in keys_of(record_type)}
    mine = record_type.fields()
    fields = {key.name: mine[key.field.key] for key in keys_of(record_type) if key.field.key in mine}
    common = [
        (labels[each["key"]], _common_html(fields[each["key"]], each["value"]), each["records"])
        for each in (scan.too_common if scan else ())
        if each["key"] in fields
    ]
    return {
        "type": record_type, "scan": scan, "running": is_running(scan), "open": number, "too_common": common,
        "keys": list(dict.fromkeys(labels.values())), "url": f"{list_url(record_type)}duplicates/",
    }  # fmt: skip


def _common_html(field: FieldType, value: str) -> Markup | str:
    if field.guarded:
        return _("covered")
    try:
        return value_html(field, field.load(value), {})
    except (FieldError, ValueError):
        return value

"""Comparing records side by side, merging them, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from core.access import may
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _, _n
from core.records.duplicates.keys import reasons
from core.records.duplicates.merging import MOST, merge_records, mergeable, suggested_values
from core.records.duplicates.queue import next_pair, pair_of, records_of
from core.records.duplicates.unmerging import merges_of, undo_merge
from core.records.fields import FieldType, Names, Tags
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.duplicates import compare_url, matched_type
from core.records.pages.history import value_html
from core.records.told import is_open, is_there
from core.records.types import RecordType, enabled_types, names_for, titles
from core.web import redirect_to, render, toast

TOGETHER = "together"


@dataclass(frozen=True)
class Cell:
    """A value of one record: `is_chosen` is what the merge takes unless told otherwise."""

    record_id: UUID
    html: Markup | str
    is_empty: bool
    is_chosen: bool


@dataclass(frozen=True)
class Row:
    """A field across the records. `together` has the values of all, where they can be united."""

    field: FieldType
    cells: Sequence[Cell]
    may_choose: bool
    together: Markup | str = ""


@records.get("/<plural>/merge", permission=may_any("edit"))
def compare_records(plural: str) -> ResponseReturnValue:
    """The records side by side: which one is kept, and whose value in each field."""
    record_type = matched_type(plural)
    chosen = _asked(record_type)
    return _page(record_type, chosen, _kept(chosen, request.args.get("kept", "")))


@records.post("/<plural>/bulk/comparison", permission=may_any("edit"))
def compare_picked(plural: str) -> ResponseReturnValue:
    """Compare what was ticked in the list."""
    record_type = matched_type(plural)
    try:
        return redirect_to(compare_url(record_type, _ids(request.form.getlist("id"))))
    except Invalid as invalid:
        toast(invalid.message, "warning")
        return redirect_to(next_url(list_url(record_type)))


def _page(
    record_type: RecordType, chosen: dict[UUID, Any], kept: UUID, invalid: Invalid | None = None
) -> ResponseReturnValue:
    ids, picks = list(chosen), request.form
    others = [row for each, row in chosen.items() if each != kept]
    rows = _rows(record_type, chosen, kept, picks)
    differing = [row for row in rows if not _is_same(row)]
    pair = pair_of(ids)
    return render(
        "records/duplicates/compare.html",
        status=422 if invalid else 200,
        record_type=record_type, ids=ids, kept=kept, columns=_columns(record_type, chosen, kept),
        differing=differing, same=[row for row in rows if _is_same(row)],
        reasons=reasons(record_type, pair.reasons) if pair else [],
        dismiss=f"{list_url(record_type)}duplicates/{pair.id}/dismissal" if pair and pair.status == "open" else "",
        action=f"{list_url(record_type)}merge", queue=f"{list_url(record_type)}duplicates/",
        names=[record_type.title_of(each) for each in others], kept_name=record_type.title_of(chosen[kept]),
        may_merge=_may_merge(record_type, chosen, kept), together=TOGETHER,
        errors={p.field: p.message for p in invalid.problems} if invalid else {}, next=next_url(""),
    )  # fmt: skip


@records.post("/<plural>/merge", permission=may_any("edit"))
def merge(plural: str) -> ResponseReturnValue:
    record_type = matched_type(plural)
    ids = _ids(request.form.getlist("id"))
    kept = request.form.get("kept", type=UUID)
    if kept not in ids:
        raise Invalid([FieldProblem("kept", "unknown", _("Choose the record that is kept."))])
    chosen = records_of(record_type, set(ids))
    try:
        made = merge_records(record_type, kept, [each for each in ids if each != kept], _picked(record_type, chosen))
    except Invalid as invalid:
        if kept not in chosen or len(chosen) < 2:
            raise
        return _page(record_type, {each: chosen[each] for each in ids if each in chosen}, kept, invalid)
    title = record_type.title_of(record_type.get(kept))[:100]
    undo = f"{list_url(record_type)}merges/{made.id}/undo"
    toast(_("Merged into “%(title)s”.", title=title), undo=undo)
    further = next_pair(record_type) if request.form.get("then") == "next" else None
    if further:
        return redirect_to(compare_url(record_type, [further.one_id, further.other_id]))
    return redirect_to(url_of(record_type, kept))


@records.get("/<plural>/<uuid:record_id>/merges", permission=may_any("view"))
def list_merges(plural: str, record_id: UUID) -> ResponseReturnValue:
    """What went into a record, with the way back."""
    record_type, record = found(plural, record_id)
    shown = merges_of(record_type, record.id)
    people = {each.merge.member_id for each in shown} | {each.merge.undone_by_id for each in shown}
    names = titles({"member": {each for each in people if each}})
    return render(
        "records/duplicates/merges.html", record_type=record_type, record=record, merges=shown, names=names,
        title=record_type.title_of(record), url=url_of(record_type, record.id),
        moved=[_moved(each.moved) for each in shown],
        undo=f"{list_url(record_type)}merges/", may_undo=may("edit", record_type, record),
    )  # fmt: skip


@records.post("/<plural>/merges/<uuid:merge_id>/undo", permission=may_any("edit"))
def unmerge(plural: str, merge_id: UUID) -> ResponseReturnValue:
    record_type = matched_type(plural)
    undone = undo_merge(merge_id)
    toast(_("The merge is undone: each record has its own again."))
    return redirect_to(next_url(url_of(record_type, undone.kept_id)))


# --- what is compared ----------------------------------------------------------------------------------


def _asked(record_type: RecordType) -> dict[UUID, Any]:
    """The records of the address, in its order. Raises NotFound, Invalid."""
    ids = _ids(request.args.getlist("id"))
    found = records_of(record_type, set(ids))
    if len(found) < len(ids):
        raise NotFound(_("One of these records is gone or out of your sight. It may have been merged meanwhile."))
    return {each: found[each] for each in ids}


def _ids(given: Sequence[str]) -> list[UUID]:
    try:
        ids = list(dict.fromkeys(UUID(each) for each in given))
    except ValueError:
        ids = []
    if not 2 <= len(ids) <= MOST:
        problem = _("Choose two to %(most)s records to merge.", most=MOST)
        raise Invalid([FieldProblem("id", "number", problem)])
    return ids


def _kept(chosen: dict[UUID, Any], wish: str) -> UUID:
    """Whose address, links and number stay: the one that was asked for, else the earliest."""
    return next((each for each in chosen if str(each) == wish), min(chosen, key=lambda each: chosen[each].created_at))


def _columns(record_type: RecordType, chosen: dict[UUID, Any], kept: UUID) -> list[dict[str, Any]]:
    return [
        {
            "id": each, "title": record_type.title_of(row), "url": url_of(record_type, each), "is_kept": each == kept,
            "keep": compare_url(record_type, list(chosen), kept=each), "created_at": row.created_at,
            "updated_at": row.updated_at,
            "leave": compare_url(record_type, [o for o in chosen if o != each]) if len(chosen) > 2 else "",
        }
        for each, row in chosen.items()
    ]  # fmt: skip


def _rows(record_type: RecordType, chosen: dict[UUID, Any], kept: UUID, picks: Any) -> list[Row]:
    system = ("created_at", "updated_at", "created_by")
    fields = [f for key, f in record_type.fields().items()
              if key not in system and any(is_there(f, row) for row in chosen.values())]  # fmt: skip
    names = names_for(fields, list(chosen.values()))
    suggested = suggested_values(record_type, chosen[kept], [r for each, r in chosen.items() if each != kept])
    return [_row(record_type, field, chosen, kept, suggested, names, picks) for field in fields]


def _row(
    record_type: RecordType, field: FieldType, chosen: dict[UUID, Any], kept: UUID, suggested: Any, names: Names,
    picks: Any,
) -> Row:  # fmt: skip
    values = {each: field.get(row) for each, row in chosen.items()}
    is_open_everywhere = all(is_open(field, row) for row in chosen.values())
    wanted = suggested.get(field.key, values[kept]) if is_open_everywhere else values[kept]
    taken = next((each for each in (kept, *values) if field.dump(values[each]) == field.dump(wanted)), None)
    pick = picks.get(f"pick-{field.key}") or (str(taken) if taken else TOGETHER)
    cells = [
        Cell(each, value_html(field, value, names), value in (None, []), str(each) == pick)
        for each, value in values.items()
    ]
    may_choose = (
        is_open_everywhere and mergeable(field) and (field.key != "owner" or may("transfer", record_type, chosen[kept]))
    )
    united = value_html(field, wanted, names) if isinstance(field, Tags) and taken is None else ""
    return Row(field, cells, may_choose, united)


def _is_same(row: Row) -> bool:
    return len({str(cell.html) for cell in row.cells}) == 1


def _picked(record_type: RecordType, chosen: dict[UUID, Any]) -> dict[str, Any]:
    """The values that were picked; of what was not picked, the merge takes what it thinks best."""
    by_id = {str(each): row for each, row in chosen.items()}
    values = {}
    for key, field in record_type.fields().items():
        if not mergeable(field) or not all(is_open(field, row) for row in chosen.values()):
            continue
        if record := by_id.get(request.form.get(f"pick-{key}", "")):
            values[key] = field.get(record)
    return values


def _may_merge(record_type: RecordType, chosen: dict[UUID, Any], kept: UUID) -> bool:
    return all(
        may("edit", record_type, row) and (each == kept or may("delete", record_type, row))
        for each, row in chosen.items()
    )


def _moved(moved: Any) -> list[str]:
    """“3 contacts”, “12 tasks”: what a merge took along, of what has a name."""
    by_table = {t.model.__tablename__: t for t in enabled_types() if not t.is_own}
    told = []
    for table, number in moved.items():
        if table in by_table:
            told.append(f"{by_table[table].plural_label} ({number})")
        elif table == "file":
            told.append(_n("%(num)s file", "%(num)s files", number))
        elif table == "custom_field":
            told.append(_n("%(num)s link in own fields", "%(num)s links in own fields", number))
    return told

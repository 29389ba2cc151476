"""Finding the record that a link is to point at: as one types, and from the typed words where no script runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import case, literal, union_all
from werkzeug.datastructures import MultiDict

from core import current, db
from core.access import Member as MemberRow
from core.access import scopes_for
from core.access.absences import away_now
from core.errors import FieldProblem, NotFound
from core.i18n import _, fmt_date
from core.records.fields import AnyRecord, FieldError, FieldType
from core.records.finding import search_clause
from core.records.pages.addresses import url_of
from core.records.pages.blueprint import records
from core.records.query import Listing
from core.records.types import RecordType, enabled_types, titles, type_named
from core.web import redirect_to, render
from core.web.blueprints import any_member

HITS = 8


@dataclass(frozen=True)
class Hit:
    """A record that may be meant: `value` is what a form posts for it."""

    value: str
    title: str
    kind: str
    icon: str


def hits(target: str, text: str, limit: int = HITS) -> list[Hit]:
    """Records of a type (or of `any`) whose text contains this; the latest ones for no text."""
    text = text.replace("\x00", "").strip()[:200]
    if target == "member":
        return _members(text, limit)
    if target == "any":
        return _of_any(text, limit)
    record_type = type_named(target)
    if not scopes_for("view", target):
        return []
    columns = (record_type.model.id, record_type.title_field.expression(record_type.model).label("title"))
    page = Listing(record_type, search=text, sort="-updated_at", limit=limit).page(columns=columns)
    return [Hit(str(row.id), row.title or "", str(record_type.label), record_type.icon) for row in page.records]


def _members(text: str, limit: int) -> list[Hit]:
    away = case((away_now(), MemberRow.away_until)).label("away")
    found = db.session().query(MemberRow.id, MemberRow.name, away).filter(
        MemberRow.tenant_id == current.tenant_id(),
        MemberRow.status == "active",
        MemberRow.name.icontains(text, autoescape=True),
    )  # fmt: skip
    rows = found.order_by(MemberRow.name).limit(limit)
    return [Hit(str(row.id), row.name, _kind_of(row.away), "user") for row in rows]


def _kind_of(away_until: datetime | None) -> str:
    if away_until is None:
        return _("Member")
    return _("Away until %(day)s", day=fmt_date(away_until - timedelta(seconds=1)))


def _of_any(text: str, limit: int) -> list[Hit]:
    """A few of each type, in one statement."""
    types = {t.name: t for t in enabled_types() if scopes_for("view", t.name) and not _points_anywhere(t)}
    each = [_some(t, text, max(2, limit // 3)) for t in types.values()]
    rows = db.session().execute(union_all(*each)).all() if each else []
    return [Hit(f"{row[0]}:{row[1]}", row[2] or "", str(types[row[0]].label), types[row[0]].icon) for row in rows]


def _points_anywhere(record_type: RecordType) -> bool:
    """What is itself about some record (a task, a follow-up) is not what others are about."""
    return any(isinstance(field, AnyRecord) for field in record_type.builtin.values())


def _some(record_type: RecordType, text: str, limit: int) -> Any:
    model = record_type.model
    title = record_type.title_field.expression(model)
    found = record_type.visible(literal(record_type.name), model.id, title.label("title"))
    if text:
        found = found.where(search_clause(record_type, text))
    return found.order_by(model.updated_at.desc()).limit(limit).subquery().select()


def resolve_links(
    fields: Sequence[FieldType], form: Mapping[str, Any], prefix: Mapping[str, str] = {}
) -> tuple[MultiDict[str, Any], list[FieldProblem], dict[str, list[tuple[str, str]]]]:
    """Turn the words typed into lookups into ids.

    Answers the form with ids, the problems, and for each field whose words fit several records, those records. A
    form that has no words (`<name>-q`) for a field is taken as it is.
    """
    settled: MultiDict[str, Any] = MultiDict(form)
    problems: list[FieldProblem] = []
    several: dict[str, list[tuple[str, str]]] = {}
    asked = {f: prefix.get(f.key, f.key) for f in fields if f.widget in ("lookup", "any_record")}
    asked = {f: name for f, name in asked.items() if f"{name}-q" in form}
    known = titles(_pointed(asked, settled))
    for field, name in asked.items():
        words = str(form[f"{name}-q"]).strip()
        if settled.get(f"{name}-pick"):
            settled[name] = settled[f"{name}-pick"]
        elif not words:
            settled[name] = ""
        elif _title(field, settled.get(name), known) != words:
            _find(field, name, words, settled, problems, several)
    return settled, problems, several


def _find(
    field: FieldType, name: str, words: str, form: MultiDict[str, Any], problems: list[FieldProblem],
    several: dict[str, list[tuple[str, str]]],
) -> None:  # fmt: skip
    found = hits(field.refers_to() or "any", words)
    exact = [hit for hit in found if hit.title.casefold() == words.casefold()]
    if len(exact) == 1 or len(found) == 1:
        form[name] = (exact or found)[0].value
        return
    form[name] = ""
    if found:
        several[field.key] = [(hit.value, hit.title) for hit in found]
        problems.append(FieldProblem(field.key, "several", _("Several fit: choose one.")))
    else:
        problems.append(FieldProblem(field.key, "none", _("Nothing found for “%(query)s”.", query=words[:60])))


def _pointed(asked: Mapping[FieldType, str], form: Mapping[str, Any]) -> dict[str, set[UUID]]:
    wanted: dict[str, set[UUID]] = {}
    for field, name in asked.items():
        if pointed := _points_at(field, form.get(name)):
            wanted.setdefault(pointed[0], set()).add(pointed[1])
    return wanted


def _points_at(field: FieldType, raw: Any) -> tuple[str, UUID] | None:
    try:
        return field.points_at(field.parse(raw))
    except FieldError:
        return None


def _title(field: FieldType, raw: Any, known: Mapping[tuple[str, UUID], str]) -> str | None:
    pointed = _points_at(field, raw)
    return known.get(pointed) if pointed else None


@records.get("/lookup/<target>", permission=any_member)
def look_up(target: str) -> ResponseReturnValue:
    text = request.args.get("q", "")
    return render("records/lookup.html", "records/_hits.html", hits=hits(target, text), q=text, target=target)


@records.get("/go/<target>/<uuid:record_id>", permission=any_member)
def go_to_record(target: str, record_id: UUID) -> ResponseReturnValue:
    """The page of a record of which one knows no more than type and id."""
    if target == "member":
        raise NotFound(_("There is no such page."))
    return redirect_to(url_of(type_named(target), record_id))

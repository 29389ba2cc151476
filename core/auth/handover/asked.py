"""A handover as the form says it: read into a plan, and drawn again with what was typed."""

from typing import Any
from uuid import UUID

from core.auth.handover.plan import Part, Plan
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.handing_over import owned_types
from core.records.pages.builder import read_built
from core.records.types import RecordType

STAY = "stay"
AS_IT_IS = "as-it-is"


def only_name(record_type: RecordType) -> str:
    """How the fields of the filter are called that chooses some of a type's records."""
    return f"only-{record_type.name}"


def read_plan(form: Any) -> Plan:
    """Raises Invalid for ids that are none, and for filters that are not finished."""
    first = _ids([form.get("to", "")], "to")
    also = _ids(form.getlist("also"), "also")
    types = {each.name: part for each in owned_types() if (part := _part(each, form)) != Part()}
    team = form.get("team", AS_IT_IS)
    return Plan(
        to=tuple(dict.fromkeys((*first, *also))), types=types, rest=form.get("rest") == "1", keep=form.get("keep", ""),
        restart_clocks=form.get("restart_clocks") == "1", move=team != AS_IT_IS,
        team_id=next(iter(_ids([team], "team")), None) if team != AS_IT_IS else None,
        deactivate=form.get("deactivate") == "1", confirmed=form.get("confirmed") == "1",
    )  # fmt: skip


def _part(record_type: RecordType, form: Any) -> Part:
    where = f"types.{record_type.name}"
    said = form.get(f"to-{record_type.name}", "")
    try:
        condition = read_built(record_type, form, only_name(record_type))
    except Invalid as invalid:
        raise Invalid([FieldProblem(where, each.code, each.message) for each in invalid.problems]) from None
    return Part(() if said == STAY else _ids([said], where), said == STAY, condition)


def _ids(given: list[str], where: str) -> tuple[UUID, ...]:
    try:
        return tuple(UUID(each) for each in given if each)
    except ValueError:
        raise Invalid([FieldProblem(where, "unknown_reference", _("Choose one from the list."))]) from None

"""The blueprint of the generic pages, and who may come in: it depends on the record type in the address."""

from typing import Any
from uuid import UUID

from flask import request

from core.access import require
from core.records.types import RecordType, type_of_plural
from core.web.blueprints import Needs, to, workspace

records = workspace("records", __name__, template_folder="templates")


def may_any(action: str) -> Needs:
    """Whoever may do this to any record of the type that the address names; NotFound where there is no such type."""

    def check() -> None:
        to(action, type_of_plural((request.view_args or {})["plural"]).name)()

    return check


def found(plural: str, record_id: UUID, action: str = "view") -> tuple[RecordType, Any]:
    """The record of an address. Raises NotFound when it may not be seen, Forbidden when only the action is denied."""
    record_type = type_of_plural(plural)
    record = record_type.get(record_id)
    if action != "view":
        require(action, record_type, record)
    return record_type, record


def templates_of(record_type: RecordType, page: str) -> list[str]:
    """A page of a type's own, where it has one, before the generic one."""
    return [f"{record_type.module}/{record_type.name}_{page}.html", f"records/{page}.html"]

"""The blueprint of the generic pages, and who may come in: it depends on the record type in the address."""

from typing import Any
from uuid import UUID

from flask import abort, redirect, request

from core.access import require
from core.errors import Forbidden, NotFound
from core.records.duplicates.merging import kept_for
from core.records.pages.addresses import url_of
from core.records.types import RecordType, type_of_plural
from core.web.blueprints import Needs, to, workspace

records = workspace("records", __name__, template_folder="templates")


def may_any(action: str) -> Needs:
    """Whoever may do this to any record of the type that the address names; NotFound where there is no such type."""

    def check() -> None:
        named = request.view_args or {}
        record_type = type_of_plural(named["plural"])
        try:
            to(action, record_type.name)()
        except Forbidden as refused:
            if "record_id" in named:
                refused.about = (action, record_type.name, named["record_id"])
            raise

    return check


def found(plural: str, record_id: UUID, action: str = "view") -> tuple[RecordType, Any]:
    """The record of an address. Raises NotFound when it may not be seen, Forbidden when only the action is denied."""
    record_type = type_of_plural(plural)
    record = seen(record_type, record_id)
    if action != "view":
        require(action, record_type, record)
    return record_type, record


def seen(record_type: RecordType, record_id: UUID) -> Any:
    """The record. Whoever opens the address of one that was merged is led to where it is now. Raises NotFound."""
    try:
        return record_type.get(record_id)
    except NotFound:
        into = kept_for(record_id) if request.method == "GET" else None
        if into is None:
            raise
        record_type.get(into)
        abort(redirect(url_of(record_type, into)))


def templates_of(record_type: RecordType, page: str) -> list[str]:
    """A page of a type's own, where it has one, before the generic one."""
    return [f"{record_type.module}/{record_type.name}_{page}.html", f"records/{page}.html"]

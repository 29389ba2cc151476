"""A field type of the leads: which pool a record belongs to."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import text as sql
from sqlalchemy.types import TypeEngine, Uuid

from core.sdk import (
    CHOICE_OPERATORS,
    NO_NAMES,
    FieldError,
    FieldType,
    Names,
    _,
    _l,
    kept_with_settings,
    session,
    tenant_id,
)

POOLS = """
select id, name, deleted_at is null as is_there from leads_pool
 where tenant_id = :tenant and record_type = :type order by is_default, position
"""


class PoolRef(FieldType):
    """One of the workspace's pools, by its id. Only the services of the pools set it."""

    type_name = "leads_pool"
    title = _l("Pool")
    icon = "ripple"
    widget = "select"
    sortable = False
    importable = False
    operators = CHOICE_OPERATORS
    table = "leads_pool"

    def column_type(self) -> TypeEngine[Any]:
        return Uuid()

    def bind(self, attr: str) -> None:
        self.attr, self.key = attr, attr.removesuffix("_id")

    def parse(self, raw: Any) -> UUID | None:
        return raw if isinstance(raw, UUID) else super().parse(raw)

    def parse_text(self, text: str) -> UUID:
        by_name = {name.casefold(): pool_id for pool_id, (name, is_there) in pools().items() if is_there}
        try:
            return by_name.get(text.casefold()) or UUID(text)
        except ValueError:
            raise FieldError("not_an_id", _("Choose one from the list.")) from None

    def choices(self) -> Sequence[tuple[Any, Any]]:
        return [(str(pool_id), name) for pool_id, (name, is_there) in pools().items() if is_there]

    def dump(self, value: Any) -> Any:
        return str(value) if value else None

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return pools().get(value, ("", False))[0] if value else ""

    def typed(self, value: Any) -> Any:
        return str(value) if value else ""

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        name = self.text(value)
        return Markup('<span class="gx-badge gx-teal">{}</span>').format(name) if name else ""

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def example(self) -> Any:
        return "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"


def pools(of: str = "lead") -> Mapping[UUID, tuple[str, bool]]:
    """The names of the workspace's pools in their order, and whether each is still there."""
    return kept_with_settings(("leads.pool_names", of), lambda: _read(of))


def _read(of: str) -> Mapping[UUID, tuple[str, bool]]:
    rows = session().execute(sql(POOLS), {"tenant": tenant_id(), "type": of})
    return {row.id: (row.name, row.is_there) for row in rows}

"""Fields that point at something else in the tenant: a member, a record."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import Text, Uuid, cast, select
from sqlalchemy.types import TypeEngine

from core import current
from core.access import Member as MemberRow
from core.i18n import _, _l
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names
from core.records.fields.operators import CHOICE_OPERATORS, Operator
from core.web.components import hue, initials


class TypeName(FieldType):
    """Setting: a record type, by its name."""

    type_name = "record_type"
    widget = "record_type"


class Lookup(FieldType):
    """Another record, by its id. The column is `<key>_id`; its composite foreign key comes with it, to the `table` that
    the target has where that is not called like the type."""

    type_name = "lookup"
    icon = "arrow-up-right-circle"
    title = _l("Link to a record")
    sortable = False
    points = True
    widget = "lookup"
    operators = CHOICE_OPERATORS
    configurable: ClassVar[tuple[str, ...]] = ("target",)

    @classmethod
    def example_config(cls) -> dict[str, Any]:
        return {"target": "contact"}

    def __init__(
        self, label: Any, *, target: str, table: str | None = None, ondelete: str | None = None, **rest: Any
    ) -> None:
        super().__init__(label, **rest)
        self.target, self.table, self.ondelete = target, table or target, ondelete

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        help = _l("Records of this type can be chosen. They show the list of what points at them.")
        return {"target": TypeName(_l("Links to"), required=True, help=help)} if "target" in cls.configurable else {}

    def column_type(self) -> TypeEngine[Any]:
        return Uuid()

    def bind(self, attr: str) -> None:
        self.attr, self.key = attr, attr.removesuffix("_id")

    def parse(self, raw: Any) -> UUID | None:
        return raw if isinstance(raw, UUID) else super().parse(raw)

    def parse_text(self, text: str) -> UUID:
        try:
            return UUID(text)
        except ValueError:
            raise FieldError("not_an_id", _("Choose one from the list.")) from None

    def indexed(self, value: Any) -> Any:
        return str(value) if self.custom_id and value is not None else value

    def dump(self, value: Any) -> Any:
        return str(value) if value else None

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return names.get((self.target, value), "") if value else ""

    def typed(self, value: Any) -> Any:
        return self.dump(value) or ""

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if not value:
            return ""
        title = names.get((self.target, value))
        if title is None:
            return Markup('<span class="gx-muted">—</span>')
        slug = current.tenant().slug
        return Markup('<a href="/w/{}/go/{}/{}">{}</a>').format(slug, self.target, value, title)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def example(self) -> Any:
        return "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"

    def refers_to(self) -> str | None:
        return self.target


def _my_teams(column: Any, _value: Any) -> Any:
    """Whether a column of member ids (text, in the side index) holds somebody of the member's own team."""
    me, in_text = current.member(), isinstance(column.type, Text)
    if me.team_id is None:
        return column == (str(me.id) if in_text else me.id)
    ids = cast(MemberRow.id, Text) if in_text else MemberRow.id
    return column.in_(select(ids).where(MemberRow.tenant_id == current.tenant_id(), MemberRow.team_id == me.team_id))


class Member(Lookup):
    """A member of the workspace. Conditions also take `me`."""

    type_name = "member"
    icon = "user"
    title = _l("Member")
    widget = "member"
    configurable = ()
    operators = CHOICE_OPERATORS | {"in_my_team": Operator(_l("is in my team"), "none", _my_teams)}

    def __init__(self, label: Any, **rest: Any) -> None:
        super().__init__(label, target="member", **rest)

    def _one(self, raw: Any) -> Any:
        if raw == "me":
            raw = current.member_id()
        return super()._one(raw)

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return face(names.get(("member", value), "—")) if value else ""


@lru_cache(maxsize=2000)
def face(name: str) -> Markup:
    """A person as lists show one: round initials and the name."""
    return Markup(
        '<span class="gx-person"><span class="gx-avatar gx-avatar-sm gx-hue-{}" aria-hidden="true">{}</span>'
        '<span class="gx-person-text">{}</span></span>'
    ).format(hue(name), initials(name), name)


class RecordRef(NamedTuple):
    """A record of whichever type."""

    type: str
    id: UUID


class AnyRecord(FieldType):
    """A record of whichever type, in two columns of a model: `<key>_id`, which carries the field, and `<key>_type`.

    In JSON it is `{"type": "lead", "id": "…"}`, in a form `lead:<id>`.
    """

    type_name = "any_record"
    icon = "link-plus"
    title = _l("Link to any record")
    sortable = False
    points = True
    widget = "any_record"
    operators = CHOICE_OPERATORS
    json_types = (dict,)

    def column_type(self) -> TypeEngine[Any]:
        return Uuid()

    def bind(self, attr: str) -> None:
        self.attr, self.key = attr, attr.removesuffix("_id")

    @property
    def type_attr(self) -> str:
        return f"{self.key}_type"

    def get(self, record: Any) -> RecordRef | None:
        if self.custom_id:
            return self.load((record.custom or {}).get(self.key))
        found = getattr(record, self.attr)
        return RecordRef(getattr(record, self.type_attr), found) if found else None

    def set(self, record: Any, value: RecordRef | None) -> None:
        if self.custom_id:
            return super().set(record, value)
        setattr(record, self.attr, value.id if value else None)
        return setattr(record, self.type_attr, value.type if value else None)

    def attrs(self) -> tuple[str, ...]:
        return super().attrs() if self.custom_id else (self.attr, self.type_attr)

    def indexed(self, value: Any) -> Any:
        return str(value.id) if self.custom_id and value else value and value.id

    def parse(self, raw: Any) -> RecordRef | None:
        if isinstance(raw, RecordRef):
            return raw
        if isinstance(raw, Mapping):
            raw = f"{raw.get('type')}:{raw.get('id')}" if set(raw) == {"type", "id"} else ":"
        return super().parse(raw)

    def parse_text(self, text: str) -> RecordRef:
        name, _colon, given = text.partition(":")
        try:
            if re.fullmatch("[a-z][a-z0-9_]{0,62}", name):
                return RecordRef(name, UUID(given))
        except ValueError:
            pass
        raise FieldError("not_a_record", _("Name a record by its type and id."))

    def dump(self, value: Any) -> Any:
        return {"type": value.type, "id": str(value.id)} if value else None

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return f"{value.type}:{value.id}" if value else ""

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if not value:
            return ""
        title = names.get((value.type, value.id))
        if title is None:
            return Markup('<span class="gx-muted">—</span>')
        slug = current.tenant().slug
        return Markup('<a href="/w/{}/go/{}/{}">{}</a>').format(slug, value.type, value.id, title)

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["type", "id"],
            "additionalProperties": False,
            "properties": {"type": {"type": "string"}, "id": {"type": "string", "format": "uuid"}},
        }

    def example(self) -> Any:
        return {"type": "customer", "id": "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"}

    def points_at(self, value: Any) -> tuple[str, UUID] | None:
        return tuple(value) if value else None

"""Where a record type is used: what would lose something if it were hidden."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast, or_, select

from core import current, db
from core.i18n import _
from core.records.fields import FIELD_TYPES
from core.records.shape import CustomField
from core.records.types import enabled_types, find_type
from core.records.views.models import View


@dataclass(frozen=True)
class Use:
    """A field of another type that points at the type, or counts on it. `plural` is where that field is set up."""

    text: str
    detail: str
    plural: str


def uses_of(name: str) -> Sequence[Use]:
    """The fields of other types that name this one: links, sub-tables, roll-ups, formulas."""
    named = select(CustomField).where(
        CustomField.tenant_id == current.tenant_id(), CustomField.retired_at.is_(None),
        CustomField.record_type != name, cast(CustomField.config, Text).contains(f'"{name}"', autoescape=True),
    ).order_by(CustomField.record_type, CustomField.position)  # fmt: skip
    found = []
    for field in db.session().scalars(named):
        record_type, kind = find_type(field.record_type), FIELD_TYPES.get(field.type)
        if record_type:
            where = _("%(type)s: field “%(field)s”", type=record_type.plural_label, field=field.label)
            found.append(Use(where, str(kind.title) if kind else "", record_type.plural))
    return [*found, *_views(name)]


def _views(name: str) -> Sequence[Use]:
    """Views of other types that look through a link at this one: `c_equipment.status`."""
    links = [f'"{field.key}.' for each in enabled_types() for field in each.all_fields().values()
             if field.refers_to() == name and each.name != name]  # fmt: skip
    if not links:
        return []
    text = cast(View.condition, Text)
    looking = select(View).where(
        View.tenant_id == current.tenant_id(), View.record_type != name, View.shared != "private",
        or_(*(text.contains(link, autoescape=True) for link in links)),
    )  # fmt: skip
    types = {each.name: each for each in enabled_types()}
    return [Use(_("%(type)s: view “%(view)s”", type=types[view.record_type].plural_label, view=view.name), _("Filter"),
                types[view.record_type].plural)
            for view in db.session().scalars(looking.limit(50)) if view.record_type in types]  # fmt: skip

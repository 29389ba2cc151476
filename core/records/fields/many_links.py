"""Links to several records at once."""

from typing import Any, ClassVar
from uuid import UUID

from markupsafe import Markup

from core import current
from core.i18n import _, _l
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names
from core.records.fields.in_json import LIST_OPERATORS, InJson
from core.records.fields.links import Lookup

MOST = 200


class MultiLookup(InJson):
    """Several records of one type, kept as the list of their ids in the order they were chosen."""

    type_name = "multi_lookup"
    icon = "arrows-split"
    title = _l("Links to records")
    points = True
    wide = True
    widget = "own"
    json_types = (list,)
    configurable: ClassVar[tuple[str, ...]] = ("target",)
    operators = LIST_OPERATORS

    def __init__(self, label: Any, *, target: str, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.target = target

    @classmethod
    def example_config(cls) -> dict[str, Any]:
        return {"target": "contact"}

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        return Lookup.settings()

    def from_form(self, form: Any, name: str) -> Any:
        return [value for value in form.getlist(name) if value] or None

    def parse(self, raw: Any) -> list[UUID] | None:
        if isinstance(raw, str):
            raw = [part for part in raw.replace(";", " ").replace(",", " ").split() if part]
        if raw is None:
            return None
        if not isinstance(raw, list) or len(raw) > MOST:
            raise FieldError("wrong_type", _("Send a list of at most %(limit)s ids.", limit=MOST))
        return list(dict.fromkeys(self._id(each) for each in raw)) or None

    @staticmethod
    def _id(raw: Any) -> UUID:
        try:
            return raw if isinstance(raw, UUID) else UUID(raw)
        except (ValueError, TypeError, AttributeError):
            raise FieldError("not_an_id", _("Choose one from the list.")) from None

    def load(self, stored: Any) -> Any:
        return [UUID(each) for each in stored] if stored else None

    def _one(self, raw: Any) -> Any:
        return str(self._id(raw))

    def dump(self, value: Any) -> Any:
        return [str(each) for each in value] if value else None

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return "; ".join(names.get((self.target, each), "") for each in value or ())

    def typed(self, value: Any) -> Any:
        return [str(each) for each in value or ()]

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        slug = current.tenant().slug
        return Markup(", ").join(
            Markup('<a href="/w/{}/go/{}/{}">{}</a>').format(slug, self.target, each, title)
            if (title := names.get((self.target, each)))
            else Markup('<span class="gx-muted">—</span>')
            for each in value or ()
        )

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        """What is chosen, each with a tick to take it out, and a line to find more."""
        slug = current.tenant().slug
        box = Markup(
            '<label class="gx-choice"><input type="checkbox" name="{}" value="{}" checked><span>{}</span></label>'
        )
        chosen = Markup("").join(
            box.format(name, each, names.get((self.target, UUID(each)), "—")) for each in typed or () if _is_id(each)
        )
        return Markup(
            '<div class="gx-lookup gx-lookup-many" data-lookup="/w/{}/lookup/{}" data-many="{}">'
            '<input type="hidden" name="{}" value=""><div class="gx-choices" data-chosen>{}</div>'
            '<input class="gx-input" type="text" autocomplete="off" placeholder="{}" role="combobox" '
            'aria-autocomplete="list" aria-expanded="false"{}>'
            '<div class="gx-lookup-list" role="listbox" hidden></div></div>'
        ).format(slug, self.target, name, name, chosen, _("Type to search…"), attributes)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": MOST}

    def example(self) -> Any:
        return ["0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"]

    def linked_type(self) -> str:
        return self.target

    def all_pointed(self, value: Any) -> list[tuple[str, UUID]]:
        return [(self.target, each) for each in value or ()]


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False

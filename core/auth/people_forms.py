"""What is typed into the forms of members, their leave, their departments, and the links by which they join."""

from typing import Any, ClassVar
from uuid import UUID

import marshmallow as ma

from core.auth.forms import Address, Id, Line, Locale, Timezone, _Typed
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l
from core.records.fields import FieldError, Phone

NUMBER = Phone(_l("Phone"))


class PhoneNumber(_Typed):
    """Kept as records keep theirs."""

    def parse(self, text: str) -> str:
        try:
            return NUMBER.parse_text(text[:60])
        except FieldError as error:
            raise ma.ValidationError(str(error.message)) from None


class Whole(ma.fields.Integer):
    """A whole number, or nothing."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _l("Write a whole number.")}  # type: ignore[misc]

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **rest: Any) -> Any:
        return None if value in ("", None) else super().deserialize(value, attr, data, **rest)


class Day(ma.fields.Date):
    default_error_messages: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "required": _l("Choose a day."),
        "invalid": _l("Choose a day."),
    }

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **rest: Any) -> Any:
        if value in ("", None) and not self.required:
            return None
        return super().deserialize(value, attr, data, **rest)


class OwnProfile(ma.Schema):
    name = Line()
    title = Line(required=False)
    phone = PhoneNumber(required=False)
    locale = Locale()
    timezone = Timezone(required=False)


class ChangeMember(ma.Schema):
    """What is not sent stays as it is."""

    team = Id(load_default=None)
    title = Line(required=False)
    phone = PhoneNumber(required=False)


class GoAway(ma.Schema):
    begins = Day(required=True, data_key="from")
    ends = Day(required=True, data_key="until")
    deputy = Id(required=True)


class PlaceTeam(ma.Schema):
    parent = Id(load_default=None)
    place = Whole(load_default=None, validate=ma.validate.Range(0, 100_000))


class NameTeam(ma.Schema):
    name = Line()
    parent = Id(load_default=None)
    head = Id(load_default=None)


class MakeLink(ma.Schema):
    role = Id(required=True)
    team = Id(load_default=None)
    who = ma.fields.String(load_default="domains", validate=ma.validate.OneOf(["domains", "anyone"]))
    domains = ma.fields.String(load_default="")
    until = Day(load_default=None)
    max_uses = Whole(load_default=None, validate=ma.validate.Range(1, 100_000))


class AskToJoin(ma.Schema):
    email = Address()


def ids_of(given: list[str], field: str) -> list[UUID]:
    """The ids that a list of boxes posts. Raises Invalid beside the field."""
    try:
        return [UUID(each) for each in given if each]
    except ValueError:
        raise Invalid([FieldProblem(field, "unknown", _("Choose one of the list."))]) from None

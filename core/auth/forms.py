"""What is typed into the forms of people and workspaces, turned into values, with every fault beside its field."""

import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import available_timezones

import marshmallow as ma
from babel.numbers import list_currencies
from email_validator import EmailNotValidError, validate_email

from core import i18n
from core.auth.passwords import weakness
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l

MAX_NAME = 100
DIRECTION_MARKS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def read_form(schema: type[ma.Schema], form: Mapping[str, str]) -> dict[str, Any]:
    """The values in a posted form. Raises Invalid with all faults together."""
    try:
        loaded: dict[str, Any] = schema(unknown=ma.EXCLUDE).load(dict(form.items()))
    except ma.ValidationError as error:
        faults = error.normalized_messages()
        raise Invalid([FieldProblem(key, "invalid", _said(said)) for key, said in faults.items()]) from None
    return loaded


def _said(messages: Any) -> str:
    return " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)


def errors_of(invalid: Invalid) -> dict[str, str]:
    return {problem.field: problem.message for problem in invalid.problems}


class _Typed(ma.fields.Field[str]):
    default_error_messages: ClassVar[dict[str, Any]] = {"required": _l("Fill this in.")}  # type: ignore[misc]

    def __init__(self, *, required: bool = True, **rest: Any) -> None:
        super().__init__(required=required, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_rest: Any) -> Any:
        text = self.tidy(str(value))
        if text:
            return self.parse(text)
        if self.required:
            raise self.make_error("required")
        return None

    def tidy(self, text: str) -> str:
        return " ".join(text.split())

    def parse(self, text: str) -> str:
        return text


class Line(_Typed):
    """One line in any script, without the characters that would turn the text around it."""

    def tidy(self, text: str) -> str:
        text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text if ord(c) not in DIRECTION_MARKS)
        return " ".join(text.split())

    def parse(self, text: str) -> str:
        if len(text) > MAX_NAME:
            raise ma.ValidationError(_("Use at most %(count)s characters.", count=MAX_NAME))
        return text


class Name(Line):
    """A name that may stand in a mail to somebody who did not ask for it, and so carries no address of a page."""

    def parse(self, text: str) -> str:
        if "://" in text or "www." in text.lower():
            raise ma.ValidationError(_("A name cannot contain a web address."))
        return super().parse(text)


class Address(_Typed):
    """An e-mail address, in lower case so that equal ones are equal."""

    def parse(self, text: str) -> str:
        return normal_address(text)


def normal_address(text: str) -> str:
    """Raises marshmallow's ValidationError, which says what an address looks like."""
    try:
        found = validate_email(text[:320], check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ma.ValidationError(_("Enter an e-mail address like name@example.com.")) from None
    return found.normalized.lower()


class Password(_Typed):
    def tidy(self, text: str) -> str:
        return text


class NewPassword(Password):
    """Judged together with what else was typed: nobody's password is their own name."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        text = super()._deserialize(value, attr, data, **rest)
        if text and (fault := weakness(text, *near_words(data))):
            raise ma.ValidationError(fault)
        return text


def near_words(form: Mapping[str, Any]) -> list[str]:
    """What in a form an attacker would try as the password beside it."""
    return [str(form[key])[:200] for key in ("name", "email", "username", "company") if form.get(key)]


class Locale(_Typed):
    def parse(self, text: str) -> str:
        if known := i18n.known_locale(text):
            return known
        raise ma.ValidationError(_("Choose one of the list."))


class Timezone(_Typed):
    def parse(self, text: str) -> str:
        if text not in available_timezones():
            raise ma.ValidationError(_("Choose one of the list."))
        return text


class Currency(_Typed):
    def parse(self, text: str) -> str:
        if text not in list_currencies():
            raise ma.ValidationError(_("Choose one of the list."))
        return text


class SignIn(ma.Schema):
    email = Address()
    password = Password()


class AskReset(ma.Schema):
    email = Address()


class ChoosePassword(ma.Schema):
    password = NewPassword()


class Join(ma.Schema):
    name = Line()
    password = NewPassword()


class Id(ma.fields.UUID):
    """The id of something chosen from a list; nothing chosen is None."""

    default_error_messages: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "required": _l("Choose one of the list."),
        "invalid_uuid": _l("Choose one of the list."),
    }

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **rest: Any) -> Any:
        if value in ("", None) and not self.required:
            return None
        return super().deserialize(value, attr, data, **rest)


class Invite(ma.Schema):
    email = Address()
    role = Id(required=True)
    team = Id(load_default=None)


class ChangePassword(ma.Schema):
    present = Password()
    password = NewPassword()

"""Reading what a program sent: JSON without surprises, and a query string without slips."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from core.errors import DomainError, FieldProblem, Invalid
from core.i18n import _

MAX_BODY = 10 * 1024 * 1024
LARGEST = 2**63 - 1
MAX_DEPTH = 100
SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""Escapes of characters that no database keeps: the null character, and halves of a surrogate pair."""
TRUTH = {"true": True, "1": True, "false": False, "0": False}


class NotJson(DomainError):
    """The body is not JSON, or JSON that two readers would read in two ways."""

    status = 400
    code = "not_json"


def body(*, optional: bool = False) -> Any:
    """The JSON that was sent. Raises NotJson, UnsupportedMediaType, RequestEntityTooLarge.

    With `optional`, no body at all is an empty object.
    """
    request.max_content_length = MAX_BODY
    data = request.get_data()
    if len(data) > MAX_BODY:  # sent in chunks, without saying beforehand how long it is
        raise RequestEntityTooLarge
    if optional and not data:
        return {}
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType(_("Send JSON, with the header Content-Type: application/json."))
    try:
        return parse_json(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotJson(_("The JSON is not encoded as UTF-8.")) from None


def parse_json(text: str) -> Any:
    """The value of a JSON text. Duplicate keys, NaN, numbers and characters that cannot be kept are refused."""
    try:
        value = json.loads(
            text, object_pairs_hook=_distinct, parse_constant=_no_constant, parse_int=_whole, parse_float=_finite
        )
    except RecursionError:
        raise NotJson(_("The JSON is nested too deeply."), code="too_deep") from None
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        raise NotJson(_("This is not JSON: see line %(line)s, column %(column)s.", **where)) from None
    _check(value, texts=bool(SUSPECT.search(text)))
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise NotJson(_("“%(key)s” stands twice in one object.", key=twice[:60]), code="duplicate_key")
    return found


def _no_constant(name: str) -> Any:
    raise NotJson(_("%(name)s is not a number in JSON.", name=name))


def _whole(digits: str) -> int:
    if len(digits) > 20 or abs(value := int(digits)) > LARGEST:
        raise NotJson(_("A number is too large."), code="out_of_range")
    return value


def _finite(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise NotJson(_("A number is too large."), code="out_of_range")
    return value


def _check(value: Any, *, texts: bool, depth: int = 0) -> None:
    """Refuse what is nested too deeply and, where there is cause to look, characters that cannot be kept."""
    if depth > MAX_DEPTH:
        raise NotJson(_("The JSON is nested too deeply."), code="too_deep")
    if isinstance(value, dict):
        if texts:
            _check(list(value), texts=texts, depth=depth)
        value = value.values()
    elif isinstance(value, str):
        if texts and any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in value):
            raise NotJson(_("A text holds a character that cannot be kept."), code="bad_character")
        return
    elif not isinstance(value, list):
        return
    for each in value:
        if texts or isinstance(each, (dict, list)):
            _check(each, texts=texts, depth=depth + 1)


def json_object(*, optional: bool = False) -> dict[str, Any]:
    """The JSON object that was sent. Raises Invalid for any other value."""
    sent = body(optional=optional)
    if not isinstance(sent, dict):
        raise Invalid([FieldProblem("", "not_an_object", _("Send a JSON object."))])
    return sent


def loaded(schema: type[ma.Schema], *, partial: bool = False, optional: bool = False) -> dict[str, Any]:
    """The object that was sent, as a schema takes it. Raises Invalid with all faults."""
    return load(schema, json_object(optional=optional), partial=partial)


def load(schema: type[ma.Schema], sent: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    try:
        values: dict[str, Any] = schema().load(sent, partial=partial, unknown=ma.RAISE)
    except ma.ValidationError as error:
        raise Invalid(list(_flat(error.messages))) from None
    return values


def _flat(messages: Any, path: str = "") -> Any:
    """The nested messages of marshmallow, each with the path of its field."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(inner, f"{path}.{key}".strip(".") if key != "_schema" else path)
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield FieldProblem(path[:200], "invalid", str(message))


# --- the query string ----------------------------------------------------------------------------------


def check_query(known: Collection[str]) -> None:
    """Refuse parameters that mean nothing here."""
    if unknown := [name for name in request.args if name not in known]:
        wanted = ", ".join(sorted(known)) or _("none")
        message = _("There is no such parameter here. There are: %(list)s.", list=wanted)
        raise Invalid([FieldProblem(name[:60], "unknown_parameter", message) for name in unknown])


def limit(*, default: int = 50, most: int = 200) -> int:
    given = request.args.get("limit")
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) < 6 and 1 <= int(given) <= most):
        message = _("Give a number from 1 to %(most)s.", most=most)
        raise Invalid([FieldProblem("limit", "out_of_range", message)])
    return int(given)


def flag(name: str) -> bool:
    given = request.args.get(name, "false").lower()
    if given not in TRUTH:
        raise Invalid([FieldProblem(name, "not_yes_or_no", _("Give true or false."))])
    return TRUTH[given]


def one_of(name: str, options: Collection[str]) -> str:
    """One of these words, or nothing where the parameter is left out."""
    given = request.args.get(name, "")
    if given and given not in options:
        message = _("Choose one of: %(list)s.", list=", ".join(options))
        raise Invalid([FieldProblem(name, "not_an_option", message)])
    return given


def names(parameter: str) -> list[str]:
    """The comma-separated names of a parameter."""
    return [part.strip() for part in request.args.get(parameter, "").split(",") if part.strip()]


def uuid(name: str) -> UUID | None:
    given = request.args.get(name)
    if given is None:
        return None
    try:
        return UUID(given)
    except ValueError:
        raise Invalid([FieldProblem(name, "not_an_id", _("Give an id."))]) from None


def instant(moment: datetime | None) -> str | None:
    """A time as the API writes it: RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None

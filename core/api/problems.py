"""Whatever goes wrong under /api/ is answered as `application/problem+json` (RFC 9457)."""

from collections.abc import Sequence
from typing import Any

import orjson
import structlog
from flask import Response
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from uuid_utils.compat import uuid7
from werkzeug.exceptions import HTTPException

from core import current
from core.api.docs import TEXT, JsonSchema, many, thing
from core.errors import Conflict, DomainError, FieldProblem, Forbidden, Invalid, Stale, TokenRefused
from core.i18n import _, _l

log = structlog.get_logger()

REFUSED = (DataError, IntegrityError, StaleDataError)
"""What the database says when a value or a row does not go in."""

TITLES = {
    400: _l("Not understood"),
    401: _l("Not signed in"),
    403: _l("Not allowed"),
    404: _l("Not found"),
    405: _l("Method not allowed"),
    409: _l("Conflict"),
    412: _l("Changed in the meantime"),
    413: _l("Too large"),
    415: _l("Not JSON"),
    422: _l("Not valid"),
    429: _l("Too many requests"),
    500: _l("Something went wrong"),
    503: _l("Back in a moment"),
}
DETAILS = {
    404: _l("There is nothing at this address, or nothing that you may see."),
    405: _l("This address does not take this method."),
    413: _l("The body is larger than we accept."),
    500: _l("It is our fault, and it has been recorded. Nothing was saved halfway."),
    503: _l("The database does not answer. Try again in a moment."),
}
REFUSALS = {
    "missing": _l("Send an API token: “Authorization: Bearer <token>”."),
    "unknown": _l("This API token is unknown."),
    "revoked": _l("This API token was revoked."),
    "expired": _l("This API token has expired."),
}
PROBLEM: JsonSchema = {
    **thing(
        type={"type": "string", "format": "uri", "description": "What kind of problem: it never changes."},
        title=TEXT,
        status={"type": "integer"},
        detail=TEXT,
        errors=many(thing(field=TEXT, code=TEXT, message=TEXT)),
        request_id=TEXT,
    ),
    "description": "RFC 9457. `errors` names the faulty fields; titles, details and messages are for people.",
}


def answer(error: Exception) -> Response:
    """The problem that an exception is to a program. Nothing of an unexpected one gets out."""
    status, code, detail, fields = describe(error)
    problem = problem_of(status, code, detail, fields)
    known = original_of(error)
    if isinstance(known, DomainError):
        problem |= known.more
    response = Response(orjson.dumps(problem), status, mimetype="application/problem+json")
    response.headers["X-Request-ID"] = problem["request_id"]
    if isinstance(error, TokenRefused):
        refused = "" if error.code == "missing" else f', error="invalid_token", error_description="{error.code}"'
        response.headers["WWW-Authenticate"] = f'Bearer realm="Guanxi"{refused}'
    elif isinstance(error, Forbidden) and error.code == "insufficient_scope":
        response.headers["WWW-Authenticate"] = 'Bearer realm="Guanxi", error="insufficient_scope"'
    elif isinstance(error, HTTPException):
        response.headers.extend((k, v) for k, v in error.get_headers() if k in ("Allow", "Retry-After"))
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def problem_of(status: int, code: str, detail: str, fields: Sequence[FieldProblem] = ()) -> dict[str, Any]:
    """The problem as JSON."""
    context = current.tenant_or_none()
    return {
        "type": f"urn:guanxi:problem:{code}",
        "title": str(TITLES.get(status, TITLES[500 if status >= 500 else 400])),
        "status": status,
        "detail": detail,
        "errors": [{"field": f.field, "code": f.code, "message": f.message} for f in fields],
        "request_id": context.request_id if context else uuid7().hex,
    }


def describe(error: Exception) -> tuple[int, str, str, Sequence[FieldProblem]]:
    """Status, code, detail and faulty fields of an exception."""
    known = told_by_database(original_of(error))
    if isinstance(known, TokenRefused):
        return 401, f"token_{known.code}", str(REFUSALS[known.code]), ()
    if isinstance(known, DomainError):
        detail = known.message or str(DETAILS.get(known.status, ""))
        return known.status, known.code, detail, known.problems if isinstance(known, Invalid) else ()
    if isinstance(known, OperationalError):
        return 503, "unavailable", str(DETAILS[503]), ()
    status = error.code if isinstance(error, HTTPException) and error.code else 500
    code = error.name.lower().replace(" ", "_") if isinstance(error, HTTPException) else "internal_server_error"
    said = error.description if status == 415 and isinstance(error, HTTPException) else None
    return status, code, said or str(DETAILS.get(status, TITLES.get(status, TITLES[400]))), ()


def original_of(error: Exception) -> Exception:
    return getattr(error, "original_exception", None) or error


def told_by_database(error: Exception) -> Exception:
    """The same as a domain error, where the database refused what no check had caught or somebody was faster."""
    if isinstance(error, DataError):
        log.warning("database_refused_value", error=_first_line(error.orig))
        return Invalid([FieldProblem("", "out_of_range", _("A value cannot be kept: it is too large or too long."))])
    if isinstance(error, IntegrityError):
        log.warning("database_refused_row", error=_first_line(error.orig))
        return Conflict(_("Somebody was faster: it exists already, or something it needs is gone."))
    if isinstance(error, StaleDataError):
        return Stale(_("Someone changed this record since you opened it. Look at it again, then save."))
    return error


def _first_line(error: BaseException | None) -> str:
    """What was wrong; the lines after it quote what is in the row."""
    return str(error).partition("\n")[0]

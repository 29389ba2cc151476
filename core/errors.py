"""What can go wrong in the domain, said once; the web shows it as a page or toast, the API as a problem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


class DomainError(Exception):
    """Something the caller did cannot be done. `message` is for a person and already translated."""

    status = 422
    code = "invalid"
    more: Mapping[str, Any] = {}
    """What a program is told besides."""

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.code = code or self.code


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field and what to do about it. `code` is stable, `message` is translated."""

    field: str
    code: str
    message: str


class Invalid(DomainError):
    """Input that names its faulty fields."""

    def __init__(self, problems: Sequence[FieldProblem], message: str = "") -> None:
        super().__init__(message or " ".join(p.message for p in problems))
        self.problems = list(problems)


class NotFound(DomainError):
    """No such thing, or nothing the caller may know of: the two look alike on purpose."""

    status = 404
    code = "not_found"


class Forbidden(DomainError):
    """`about` names the action, record type and record that were refused, where it was about one record."""

    status = 403
    code = "forbidden"

    def __init__(
        self, message: str = "", *, code: str | None = None, about: tuple[str, str, UUID] | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.about = about


class Conflict(DomainError):
    status = 409
    code = "conflict"


class Stale(DomainError):
    """The record changed since the caller read it."""

    status = 412
    code = "stale"


class TokenRefused(DomainError):
    """The API token is missing, unknown, revoked or expired: `code` says which."""

    status = 401
    code = "unknown"

"""The plural of a record type as a part of an address."""

from werkzeug.routing import BaseConverter, ValidationError

from core.records.types import RECORD_TYPES

OWN = "c_"
"""How the names of a tenant's own record types begin: routes are matched before it is known whose they are."""


class Plural(BaseConverter):
    """Fits the plurals of record types, so that `/api/v1/members` is never taken for one."""

    def to_python(self, value: str) -> str:
        if not value.startswith(OWN) and all(value != each.plural for each in RECORD_TYPES.values()):
            raise ValidationError
        return value

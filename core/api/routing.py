"""The plural of a record type as a part of an address."""

from werkzeug.routing import BaseConverter, ValidationError

from core.records.types import RECORD_TYPES


class Plural(BaseConverter):
    """Fits the plurals of all installed record types, so that `/api/v1/members` is never taken for one."""

    def to_python(self, value: str) -> str:
        if all(value != each.plural for each in RECORD_TYPES.values()):
            raise ValidationError
        return value

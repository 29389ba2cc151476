"""Where plugins use fields: asked with all else that says where a field is used."""

from collections.abc import Iterable

from core.host.asking import ask
from core.records.types import RecordType
from core.records.usage import FieldUse, scans_fields


@scans_fields
def of_plugins(record_type: RecordType) -> Iterable[FieldUse]:
    return [use for use in ask("field_uses", record_type=record_type) if isinstance(use, FieldUse)]

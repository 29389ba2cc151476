"""What a column of a file may become: a field, the record's id, or a field of the record that a link names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import access
from core.i18n import _, _l
from core.records.fields import FieldError, FieldType, Lookup
from core.records.types import RecordType, find_type
from core.tabular import TargetField, synonyms_of

ID = "_id"
KEYS = ("text", "email", "phone", "url", "integer", "barcode")
COMPANY = ("company", "account")
COMPANY_ZH = ("公司", "企业", "客户")
"""What sheets call the customer of a contact."""


class RecordId(FieldType):
    """The id of a record, as exports have it: only to find the record by."""

    type_name = "uuid"

    def parse_text(self, text: str) -> UUID:
        try:
            return UUID(text)
        except ValueError:
            raise FieldError("not_an_id", _("This is no id of a record.")) from None


RECORD_ID = RecordId(_l("Record ID"))
RECORD_ID.bind(ID)


@dataclass(frozen=True)
class Target:
    """One thing that a column may become. `link` is the link whose record the field belongs to."""

    key: str
    field: FieldType
    link: FieldType | None = None

    @property
    def label(self) -> str:
        return f"{self.link.label}: {self.field.label}" if self.link else str(self.field.label)

    @property
    def is_written(self) -> bool:
        """Whether the value goes into the record, and is not only there to find it by."""
        return self.link is None and self.key != ID and not self.field.assigned


def importable(record_type: RecordType) -> list[FieldType]:
    """The fields that an import can fill, in the order of the form."""
    fields = record_type.fields()
    order = dict.fromkeys([*(f.key for f in record_type.form_fields()), *fields])
    return [fields[key] for key in order if key in fields and _from_text(fields[key])]


def _from_text(field: FieldType) -> bool:
    """A secret is not: the file and the lines kept of it would tell it."""
    return field.editable and field.importable and not (field.computed or field.assigned or field.secret)


def targets(record_type: RecordType) -> Mapping[str, Target]:
    """Everything that a column may become, by key: the record's own, then those of linked records, then its id."""
    found = [Target(f.key, f) for f in importable(record_type)]
    found += [Target(f.key, f) for f in record_type.fields().values() if f.assigned]
    for link in makeable_links(record_type):
        other = _target_of(link)
        assert other is not None
        found += [Target(f"{link.key}.{f.key}", f, link) for f in importable(other)
                  if f is not other.title_field and not f.points]  # fmt: skip
    return {t.key: t for t in (*found, Target(ID, RECORD_ID))}


def makeable_links(record_type: RecordType) -> list[FieldType]:
    """The links whose record an import may make where there is none of that name: one has to know only its title."""
    return [f for f in importable(record_type) if isinstance(f, Lookup) and _can_make(record_type, _target_of(f))]


def _target_of(link: FieldType) -> RecordType | None:
    return find_type(link.linked_type())


def _can_make(record_type: RecordType, other: RecordType | None) -> bool:
    if other is None or other.name == record_type.name or other.create_has_consequences:
        return False
    needed = [f for f in importable(other) if f.required and f.default is None and f.key != other.title_field.key]
    return not needed and access.may("create", other)


def match_keys(record_type: RecordType) -> list[Target]:
    """What tells that a row is about a record that exists: phone, e-mail, title, numbers of one's own, the id."""
    numbers = [f for f in record_type.fields().values() if f.assigned]
    wanted = numbers + [f for f in importable(record_type) if f.type_name in KEYS and not f.secret]
    title = record_type.title_field.key
    wanted.sort(key=lambda f: (not f.match_key, f.key != title, not f.assigned))
    return [*(Target(f.key, f) for f in wanted), Target(ID, RECORD_ID)]


def as_guessed(record_type: RecordType) -> list[TargetField]:
    """The targets as the guesser of columns wants them."""
    return [
        TargetField(t.key, _names(t), t.field.type_name, [] if t.link else t.field.synonyms)
        for t in targets(record_type).values()
    ]


def _names(target: Target) -> list[str]:
    labels = _said(target.field.label)
    if target.link is None:
        return [*labels, "id", "记录ID"] if target.key == ID else labels
    chinese = [word for word in synonyms_of(target.field.key) if not word.isascii()][:4]
    named = [f"{owner} {label}" for owner in (*_said(target.link.label), *COMPANY) for label in labels]
    return named + [f"{owner}{word}" for owner in COMPANY_ZH for word in chinese]


def _said(label: Any) -> list[str]:
    """A label in the reader's language, and as it was written."""
    return list(dict.fromkeys((str(label), label.message if hasattr(label, "message") else str(label))))

"""Records of other types whose links point at a record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from core.access.decisions import scopes_for
from core.records.fields import AnyRecord, FieldType
from core.records.pages.addresses import list_url, new_url, url_of
from core.records.pages.cells import columns_of
from core.records.pages.history import value_html
from core.records.query import Listing
from core.records.types import RecordType, enabled_types, names_for

SHOWN = 5
COLUMNS = 3


@dataclass(frozen=True)
class Related:
    """The latest few records that point at this one. `rows` are (address, title, cells)."""

    record_type: RecordType
    label: Any
    key: str
    rows: Sequence[tuple[str, str, Sequence[Markup | str]]]
    more_url: str | None
    new_url: str | None


def relations(record_type: RecordType, record: Any, *, own: bool = False) -> list[Related]:
    """One statement for each link that may point here, and one for the names in all of them. With `own`, only those of
    the types that the tenant made: the page shows the others in its own way."""
    here = url_of(record_type, record.id)
    links = [(each, link) for each, link in _links_to(record_type) if each.is_own or not own]
    return [_related(each, link, record_type, record, here) for each, link in links]


def _links_to(record_type: RecordType) -> Iterator[tuple[RecordType, FieldType]]:
    """The links of the types that the member may see. A link to any record counts where there is no closer one."""
    for each in enabled_types():
        if not scopes_for("view", each.name):
            continue
        fields = each.fields().values()
        close = [f for f in fields if f.linked_type() == record_type.name and f.filterable]
        loose = [f for f in fields if isinstance(f, AnyRecord)]
        for link in close or loose:
            yield each, link


def _related(each: RecordType, link: FieldType, record_type: RecordType, record: Any, here: str) -> Related:
    fields = [f for f in each.list_fields() if f.key not in (link.key, each.title)][:COLUMNS]
    columns = columns_of(each, fields)
    value: Any = _reference(link, record_type, record)
    several = "has_any" in link.operators
    condition = {"field": link.key, "op": "has_any" if several else "is", "value": [value] if several else value}
    page = Listing(each, condition, limit=SHOWN).page(columns=columns)
    names = names_for(fields, page.records)
    rows = [
        (url_of(each, row.id), each.title_of(row), [html for f in fields if (html := value_html(f, f.get(row), names))])
        for row in page.records
    ]
    is_about = isinstance(link, AnyRecord)
    prefill = {link.key: f"{record_type.name}:{record.id}" if is_about else str(record.id)}
    return Related(
        record_type=each,
        label=each.plural_label if link.key in (record_type.name, "about") else f"{each.plural_label} · {link.label}",
        key=link.key,
        rows=rows,
        more_url=list_url(each, condition) if page.next else None,
        new_url=new_url(each, here, **prefill) if scopes_for("create", each.name) and link.editable else None,
    )


def _reference(link: FieldType, record_type: RecordType, record: Any) -> Any:
    return {"type": record_type.name, "id": str(record.id)} if isinstance(link, AnyRecord) else str(record.id)

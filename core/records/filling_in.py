"""Filling in what is missing on many records at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.records.runs.batch import Batch
from core.records.types import RecordType


def fill_in(record_type: RecordType, rows: Sequence[tuple[UUID, Mapping[str, Any]]]) -> None:
    """Give these records the values that they have none for, of those that people edit; the first one given counts.

    What is there stays as it is. A few statements, however many they are; nothing is asked where there is nothing to
    give.
    """
    fields = record_type.all_fields()
    wanted: dict[UUID, dict[str, Any]] = {}
    for record_id, values in rows:
        mine = {k: v for k, v in values.items() if v is not None and k in fields and fields[k].editable}
        wanted[record_id] = mine | wanted.get(record_id, {})
    keys = {key for values in wanted.values() for key in values}
    if not keys:
        return
    batch = Batch(record_type, [fields[key] for key in keys])
    drafts = batch.read([record_id for record_id, values in wanted.items() if values])
    for draft in drafts:
        missing = {k: v for k, v in wanted[draft.id].items() if fields[k].get(draft) in (None, "", [])}
        batch.set(draft, missing, check=False)
    batch.write(drafts)

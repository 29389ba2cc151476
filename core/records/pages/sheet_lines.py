"""What a sheet says, line by line and cell by cell, for the page on which one chooses."""

from typing import Any

from core.records.fields import FieldType
from core.records.runs.models import Run, RunRow
from core.records.sheets import services
from core.records.told import Row, is_told
from core.records.types import type_named


def choosing(run: Run) -> dict[str, Any]:
    """What the page shows on which one chooses."""
    record_type = type_named(run.record_type)
    fields = record_type.fields()
    counts = services.counts(run)
    lines = services.lines_of(run, "change", "conflict")
    total = counts.get("change", 0) + counts.get("conflict", 0)
    return {
        "counts": counts,
        "lines": [(row, _cells(row, fields)) for row in lines],
        "new": [(row, _cells(row, fields)) for row in services.lines_of(run, "new")],
        "gone": services.lines_of(run, "gone", limit=20),
        "refused": services.lines_of(run, "refused", limit=50),
        "beyond": total - len(lines),
        "unknown": run.params.get("unknown", []),
        "fixed": run.params.get("fixed", []),
    }


def _cells(row: RunRow, fields: dict[str, FieldType]) -> list[tuple[str, str, dict[str, Any]]]:
    """What the sheet says of a line, and what the record holds, in the fields that the member may read there."""
    cells, record = row.data.get("cells", {}), Row(row.record_id) if row.record_id else None
    told = {key for key in cells if key in fields and (record is None or is_told(fields[key], record))}
    return [(key, str(fields[key].label), cell) for key, cell in cells.items() if key in told]

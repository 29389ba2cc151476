"""Where records' pages are."""

from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import orjson
from flask import request

from core import current
from core.records.conditions import Condition
from core.records.types import RecordType


def list_url(record_type: RecordType, condition: Condition | None = None) -> str:
    plain = f"/w/{current.tenant().slug}/{record_type.plural}/"
    return f"{plain}?{urlencode({'filter': orjson.dumps(condition).decode()})}" if condition else plain


def url_of(record_type: RecordType, record_id: UUID) -> str:
    return f"{list_url(record_type)}{record_id}"


def new_url(record_type: RecordType, next: str = "", **prefill: Any) -> str:
    """The form for a new record, some of it filled in; `next` is where to go once it is saved."""
    given = {**prefill, **({"next": next} if next else {})}
    return f"{list_url(record_type)}new" + (f"?{urlencode(given)}" if given else "")


def next_url(fallback: str) -> str:
    """Where the form wants to go afterwards, as long as that is inside this workspace."""
    wish = request.values.get("next", "")
    parts = urlsplit(wish)
    inside = wish.startswith(f"/w/{current.tenant().slug}/") and not parts.scheme and not parts.netloc
    return wish if inside and "\\" not in wish else fallback

"""What was pushed, made flat: one path for each value, so that a person can say what becomes of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.sdk import now, tenant

MOST_PATHS = 200
LONGEST = 2000
DEEPEST = 12
NAMES = ("name", "key", "column_id", "id", "label", "question")
VALUES = ("values", "value", "string_value", "answer")
"""Lists of {"name": …, "values": […]} are read as if the names were keys."""


def flatten(payload: Any) -> dict[str, str]:
    """`{"data": {"name": "Li"}}` as `{"data.name": "Li"}`, and `[{"name": "email", "values": ["a@b.c"]}]` under
    `field_data` as `field_data[email]`. What holds nothing is left out."""
    found: dict[str, str] = {}
    for path, value in _walk("", payload, 0):
        if len(found) == MOST_PATHS:
            break
        if (said := _said(value)) and path not in found:
            found[path] = said
    return found


def _walk(path: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(f"{path}.{key}" if path else str(key), inner, depth + 1)
    elif isinstance(value, list) and value and all(isinstance(each, (str, int, float, bool)) for each in value):
        yield path, ", ".join(str(each) for each in value)
    elif isinstance(value, list) and (named := _named(value)):
        for name, inner in named:
            yield from _walk(f"{path}[{name}]", inner, depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk(f"{path}[{number}]", inner, depth + 1)
    elif isinstance(value, str) and value[:1] in "{[" and (inner := _json_in(value)) is not None:
        yield from _walk(path, inner, depth + 1)  # 抖音 sends its content as a text that is JSON again
    else:
        yield path, value


def _named(values: Sequence[Any]) -> list[tuple[str, Any]]:
    """The pairs of a list of named answers; empty where it is not one."""
    pairs = []
    for each in values:
        if not isinstance(each, Mapping):
            return []
        name = next((each[key] for key in NAMES if isinstance(each.get(key), (str, int))), None)
        value = next((each[key] for key in VALUES if key in each), None)
        if name is None or value is None:
            return []
        pairs.append((str(name)[:100], value))
    return pairs


def read_json(text: str) -> Any:
    """What some JSON says, without the characters that no database keeps. Raises ValueError, RecursionError."""
    return _kept(json.loads(text, parse_constant=lambda _name: None))


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return {_kept(key): _kept(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_kept(each) for each in value]
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    return value


def _json_in(text: str) -> Any:
    try:
        found = read_json(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None


def _said(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("\x00", "").strip()[:LONGEST]


def parts_of(kind: str, payload: Any) -> list[Any]:
    """The things that one delivery tells of: Meta sends several in one, others may send a list."""
    if kind == "meta" and isinstance(payload, Mapping) and isinstance(payload.get("entry"), list):
        changes = [
            change.get("value")
            for entry in payload["entry"]
            if isinstance(entry, Mapping)
            for change in entry.get("changes") or ()
            if isinstance(change, Mapping)
        ]
        return [each for each in changes if isinstance(each, Mapping)]
    return list(payload) if isinstance(payload, list) else [payload]


def time_of(text: str | None) -> datetime | None:
    """The instant that a payload names: seconds or milliseconds since 1970, or a date as one writes it, of the
    workspace's own time zone where it names none. None for what is no time, or one that is yet to come."""
    if not text:
        return None
    found = _stamp(text) if text.replace(".", "", 1).isdigit() else _written(text)
    return found if found and found <= now() else None


def _stamp(text: str) -> datetime | None:
    seconds = float(text)
    seconds /= 1000 if seconds > 100_000_000_000 else 1
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 100_000_000 else None
    except (OverflowError, ValueError, OSError):
        return None


def _written(text: str) -> datetime | None:
    plain = text.strip().replace("/", "-").replace("Z", "+00:00")
    if len(plain) > 5 and plain[-5] in "+-" and plain[-4:].isdigit():
        plain = f"{plain[:-2]}:{plain[-2:]}"
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(tenant().timezone))

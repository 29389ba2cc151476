"""Which id belongs into which place of an address, told from the name that the place has."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from werkzeug.routing import Rule

from core.records.types import RECORD_TYPES

ALSO_CALLED = {
    "program": "member", "invitation": "member", "link": "join_link", "pair": "duplicate_pair", "export": "run",
    "app": "oauth_approval", "identity": "user_identity", "passkey": "user_passkey", "session": "sign_in_session",
    "share": "record_share", "token": "api_token", "field": "custom_field", "domain": "company_domain",
}  # fmt: skip
"""Tables that addresses call otherwise than the database does."""


@dataclass(frozen=True)
class Place:
    """One address to try: `arguments` as `url_for` takes them; `ids` says whether any names somebody's row."""

    arguments: Mapping[str, Any]
    ids: Collection[UUID]


def tables_of(argument: str, module: str | None, tables: Collection[str]) -> str | None:
    """The table whose ids stand in a place: `run_id` is of `run`; within a module, of its own tables first."""
    stem = argument.removesuffix("_id")
    named = (f"{module}_{stem}", stem, ALSO_CALLED.get(stem, ""))
    if found := next((name for name in named if name in tables), None):
        return found
    endings = [name for name in tables if re.search(rf"_{stem}$", name)]
    return endings[0] if len(endings) == 1 else None


def places(
    rule: Rule, module: str | None, ids: Mapping[str, UUID], words: Mapping[str, str], only: Collection[str] = ()
) -> Iterator[Place]:
    """The addresses of a route with these ids in it. Raises KeyError with the name of a place that nothing fits.

    Where the address names a record type, there is one address for each type of which there is an id, or for each of
    those that are named.
    """
    wanted = sorted(rule.arguments - {"slug", "public_id"} - set(rule.defaults or ()))
    plural = next((name for name in wanted if name in ("plural", "target")), None)
    types = {name: each for name, each in RECORD_TYPES.items()
             if each.model.__tablename__ in ids and (name in only or not only)}  # fmt: skip
    for record_type in types.values() if plural else [None]:
        arguments: dict[str, Any] = {}
        for name in wanted:
            if name == plural and record_type is not None:
                arguments[name] = record_type.plural if name == "plural" else record_type.name
            elif name == "record_id":
                arguments[name] = ids[record_type.model.__tablename__ if record_type else "customer"]
            elif name.endswith("_id"):
                table = tables_of(name, module, ids)
                if table is None:
                    raise KeyError(name)
                arguments[name] = ids[table]
            elif name in words:
                arguments[name] = words[name]
            else:
                raise KeyError(name)
        yield Place(arguments, [value for value in arguments.values() if isinstance(value, UUID)])

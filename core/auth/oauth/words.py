"""Scopes in words: what a person lets an app do."""

from collections.abc import Sequence

from core.i18n import _
from core.records.types import RECORD_TYPES, find_type


def scopes_for_apps() -> list[str]:
    """What an app may want, in every workspace: of record types, those that do not belong to one workspace alone."""
    return ["read", "write", "admin", *(f"{name}:{kind}" for name in RECORD_TYPES for kind in ("read", "write"))]


def in_words(scopes: Sequence[str]) -> list[tuple[str, str]]:
    """Each scope as an icon and a sentence that goes on from "wants to", the widest first."""
    order = {"*": 0, "admin": 1, "write": 2, "read": 3}
    return [_word(scope) for scope in sorted(scopes, key=lambda s: (order.get(s, 4), s))]


def _word(scope: str) -> tuple[str, str]:
    wide = {
        "*": ("alert-triangle", _("do everything that you may do")),
        "admin": ("shield", _("administer the workspace, as far as you may")),
        "write": ("pencil", _("create, change and delete all records that you may")),
        "read": ("eye", _("see all records that you may see")),
    }
    if scope in wide:
        return wide[scope]
    name, _colon, kind = scope.partition(":")
    known = find_type(name)
    things = str(known.plural_label) if known else name
    if kind == "read":
        return "eye", _("see %(things)s", things=things)
    return "pencil", _("create, change and delete %(things)s", things=things)

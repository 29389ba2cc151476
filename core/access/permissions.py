"""Permissions that modules declare, beyond what may be done to records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Permission:
    """A right named `<plugin>.<verb_noun>`. `roles` are the ready roles that have it from the start.

    Owners and admins have every permission and need not be named.
    """

    name: str
    label: Any
    roles: tuple[str, ...] = ()


DECLARED: dict[str, Permission] = {}


def declare(permission: Permission) -> None:
    DECLARED[permission.name] = permission


def default_roles(permission: str) -> tuple[str, ...]:
    """The ready roles that have a permission from the start."""
    declared = DECLARED.get(permission)
    return declared.roles if declared else ()


def defaults_of(role_key: str | None) -> frozenset[str]:
    """The permissions that a ready role has from the start."""
    return frozenset(p.name for p in DECLARED.values() if role_key in p.roles)


def permissions_of(key: str | None, grants: Mapping[str, Any]) -> frozenset[str]:
    """What a role permits: what it names, and what a ready one has from the start but for what was taken away."""
    return frozenset(grants.get("permissions", ())) | (defaults_of(key) - frozenset(grants.get("without", ())))


def granted(name: str, key: str | None, grants: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """A role as `add_up` takes it: its name, and all that it grants."""
    return name, {**grants, "permissions": sorted(permissions_of(key, grants))}

"""Permissions that modules declare, beyond what may be done to records."""

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

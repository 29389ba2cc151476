"""Blueprints whose every route says who may come in; the host adds whether the module is on."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request

from core import access, current
from core.access.decisions import scopes_for
from core.errors import Forbidden
from core.i18n import _

Needs = Callable[[], None]


def any_member() -> None:
    """Whoever is an active member of the workspace."""
    current.member()


def to(action: str, type_name: str) -> Needs:
    """Whoever may do this to any record of the type; the view then asks for the record itself."""

    def check() -> None:
        if not scopes_for(action, type_name):
            raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))

    return check


def holding(permission: str) -> Needs:
    """Whoever has a permission such as `leads.manage_routing`."""

    def check() -> None:
        access.require_permission(permission)

    return check


def anyone() -> None:
    """Nobody is asked: for public pages."""


def only_loopback() -> None:
    """For the machine's operator: refuses whoever comes from elsewhere, through a proxy, or by another name: that is a
    page from elsewhere which had its own name resolved to this machine."""
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-Ip"} & {key for key, _value in request.headers}
    named = urlsplit(f"//{request.host}").hostname
    if request.remote_addr not in ("127.0.0.1", "::1") or forwarded or named not in ("localhost", "127.0.0.1", "::1"):
        raise Forbidden(_("This page is only for the operator of this machine."))


class Guarded(Blueprint):
    """A blueprint under an address of its own. `module` is the plugin that must be on; None for the core.

    `url_prefix` may begin with `/w/<slug>` (a workspace: members only) or `/p/<public_id>` (a tenant's public
    pages); both parts are taken off before the view is called and added by `url_for`.
    """

    def __init__(self, name: str, import_name: str, *, module: str | None = None, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self.module = module

    def route(self, rule: str, *, permission: Needs | None = None, **options: Any) -> Any:
        if permission is None:
            raise TypeError(f"{self.name}{rule}: say who may come in: permission=…")

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                permission()
                return view(*args, **kwargs)

            guarded.permission = permission  # type: ignore[attr-defined]
            super(Guarded, self).route(rule, **options)(guarded)
            return view

        return decorate

    def get(self, rule: str, **options: Any) -> Any:
        return self.route(rule, methods=["GET"], **options)

    def post(self, rule: str, **options: Any) -> Any:
        return self.route(rule, methods=["POST"], **options)

    def patch(self, rule: str, **options: Any) -> Any:
        return self.route(rule, methods=["PATCH"], **options)

    def delete(self, rule: str, **options: Any) -> Any:
        return self.route(rule, methods=["DELETE"], **options)


def workspace(name: str, import_name: str, path: str = "", *, module: str | None = None, **options: Any) -> Guarded:
    """A blueprint for a workspace's pages, under `/w/<slug>/<path>`; `path` is the plugin's name for a plugin."""
    prefix = f"/w/<slug>/{path}".rstrip("/")
    return Guarded(name, import_name, module=module, url_prefix=prefix, **options)


def public(name: str, import_name: str, path: str, *, module: str | None = None, **options: Any) -> Guarded:
    """A blueprint for a tenant's public pages, under `/p/<public_id>/<path>`."""
    return Guarded(name, import_name, module=module, url_prefix=f"/p/<public_id>/{path}", **options)

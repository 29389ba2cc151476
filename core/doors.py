"""The doors of the web: who comes in by which address, in one unit of work, committed once at the end."""

import time
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, Response, current_app, g, request
from flask_security import current_user
from prometheus_client import Histogram
from werkzeug.exceptions import NotFound, Unauthorized

from core import current, db
from core.auth.context import Door, door_of_public, door_of_token, door_of_user, enter
from core.auth.tokens import note_use
from core.errors import TokenRefused

log = structlog.get_logger()
SECONDS = Histogram("guanxi_request_seconds", "Time to answer", ["endpoint", "method", "status"])


class Guanxi(Flask):
    """The application: whatever raises undoes the unit of work, also when the answer is a friendly page."""

    def handle_user_exception(self, e: Exception) -> Any:
        g.undo = True
        return super().handle_user_exception(e)

    def handle_exception(self, e: Exception) -> Response:
        g.undo = True
        return super().handle_exception(e)


def init_doors(app: Flask) -> None:
    app.before_request(_start)
    app.url_value_preprocessor(_take_place)
    app.url_defaults(_give_place)
    app.before_request(_open)
    app.after_request(_close_well)
    app.teardown_request(_close_always)


def _start() -> None:
    g.started = time.perf_counter()


def _take_place(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.slug = values.pop("slug", None) if values else None
    g.public_id = values.pop("public_id", None) if values else None


def _give_place(endpoint: str, values: dict[str, Any]) -> None:
    """Addresses made inside a workspace stay in it."""
    context = current.tenant_or_none()
    if context is None:
        return
    for key, value in (("slug", context.slug), ("public_id", context.public_id)):
        if key not in values and current_app.url_map.is_endpoint_expecting(endpoint, key):
            values[key] = value


def _open() -> Any:
    door = _door()
    if door is None:
        return
    g.inside = ExitStack()
    try:
        g.work, context = enter(door)
    except current.NoTenant:
        raise NotFound from None
    g.inside.callback(g.work.close)
    g.inside.enter_context(current.entering(context))
    if door.unseen:
        note_use(UUID(door.cause.ref))
    _refuse_module_off(context)


def _door() -> Door | None:
    if request.path.startswith("/api/"):
        return _token_door()
    if g.slug is not None:
        if not current_user.is_authenticated:
            raise Unauthorized
        if (door := door_of_user(g.slug, current_user.id)) is None:
            raise NotFound
        return door
    if g.public_id is not None:
        if (door := door_of_public(g.public_id)) is None:
            raise NotFound
        return door
    return None


def _token_door() -> Door:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenRefused(code="missing")
    door, reason = door_of_token(token.strip())
    if door is None:
        raise TokenRefused(code=reason)
    return door


def _refuse_module_off(context: current.TenantContext) -> None:
    blueprint = current_app.blueprints.get(request.blueprint or "")
    module = getattr(blueprint, "module", None)
    if module and module not in context.modules:
        raise NotFound


def _close_well(response: Response) -> Response:
    """Commit, unless something was raised; then the answer goes out."""
    work: db.UnitOfWork | None = g.pop("work", None)
    if work is not None and not g.get("undo") and response.status_code < 400:
        work.commit()
    if context := current.tenant_or_none():
        response.headers["X-Request-ID"] = context.request_id
    _record(response)
    return response


def _record(response: Response) -> None:
    if "started" not in g or request.blueprint in ("static_files", "health"):
        return
    seconds = time.perf_counter() - g.started
    endpoint = request.endpoint or "none"
    SECONDS.labels(endpoint, request.method, str(response.status_code)).observe(seconds)
    log.info("request", method=request.method, path=request.path, status=response.status_code,
             milliseconds=round(seconds * 1000, 1))  # fmt: skip


def _close_always(_error: BaseException | None) -> None:
    inside: ExitStack | None = g.pop("inside", None)
    if inside is not None:
        inside.close()

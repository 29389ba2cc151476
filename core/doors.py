"""The doors of the web: who comes in by which address, in one unit of work, committed once at the end."""

import time
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, Response, current_app, g, request
from prometheus_client import Histogram
from werkzeug.exceptions import NotFound, Unauthorized

from core import current, db
from core.access.use import counted_for
from core.auth.context import Door, door_of_public, enter
from core.auth.devices import words_of
from core.auth.entry import browser
from core.auth.providers.confinement import wrong_way_in
from core.auth.second_factor.demand import lead_to_setting_up
from core.auth.seeing_as import is_seeing, seen
from core.auth.sessions.happenings import tell_signed_in
from core.auth.sessions.keeping import note_seen
from core.auth.sessions.limits import refuse_too_old
from core.auth.sessions.present import present
from core.auth.token_door import door_of_token
from core.auth.tokens import note_use
from core.current import Cause, Whence
from core.errors import Forbidden, TokenRefused
from core.i18n import _
from core.web import redirect_to, toast

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
    current.come_from(Whence(request.remote_addr, words_of(request.user_agent.string)))


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
        return None
    g.inside = ExitStack()
    try:
        g.work, context = enter(door)
    except current.NoTenant:
        raise NotFound from None
    g.inside.callback(g.work.close)
    g.inside.enter_context(current.entering(context))
    if door.unseen:
        note_use(UUID(door.cause.ref), request.remote_addr)
    if (here := g.get("present")) is not None and g.slug is not None:
        refuse_too_old(here)
        if (elsewhere := wrong_way_in(context)) is not None:
            return elsewhere
        if here.is_new_here:
            tell_signed_in(here)
    _refuse_module_off(context)
    return lead_to_setting_up() or _look_otherwise(context) if g.slug is not None else None


def _look_otherwise(context: current.TenantContext) -> Response | None:
    """While an administrator sees the workspace as somebody else, the request is that one's, and nothing is kept."""
    if not is_seeing(context):
        return None
    if (other := seen(context)) is not None:
        g.undo = True
        g.inside.enter_context(counted_for(current.member().id))
        g.inside.enter_context(current.entering(other))
        return None
    toast(_("You see the workspace with your own eyes again."), "info")
    stays = request.method == "GET" and "HX-Request" not in request.headers
    return None if stays else redirect_to(f"/w/{context.slug}/", reload=True)


def _door() -> Door | None:
    if request.path.startswith("/api/"):
        return _token_door()
    if g.slug is not None:
        return _member_door()
    if g.public_id is not None:
        if (door := door_of_public(g.public_id)) is None:
            raise NotFound
        return door
    return None


def _member_door() -> Door:
    """Session, user and membership are asked for together; nobody else learns that there is such a workspace."""
    here = present()
    if here is None:
        raise Unauthorized
    if here.tenant_id is None or here.member_id is None:
        raise NotFound
    current.come_from(replace(current.whence(), session=str(here.session.id)))
    return Door(here.tenant_id, here.member_id, cause=Cause("member"))


def _token_door() -> Door:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenRefused(code="missing")
    door, reason = door_of_token(token.strip(), request.remote_addr)
    if reason == "address_not_allowed":
        raise Forbidden(_("This token is not allowed here."), code=reason)
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
    _note_seen(response)
    if context := current.tenant_or_none():
        response.headers["X-Request-ID"] = context.request_id
    _record(response)
    return response


def _note_seen(response: Response) -> None:
    """A page that looks for news by itself is not somebody using it, and keeps no session alive."""
    here = g.get("present")
    if here is None or response.status_code >= 400 or "X-Unasked" in request.headers:
        return
    if not (here.is_new_here and g.get("undo")):  # the event that tells of it was undone, and is told next time
        note_seen(here, browser())


def _record(response: Response) -> None:
    if "started" not in g or request.blueprint in ("static_files", "health"):
        return
    seconds = time.perf_counter() - g.started
    endpoint = request.endpoint or "none"
    SECONDS.labels(endpoint, request.method, str(response.status_code)).observe(seconds)
    log.info("request", method=request.method, path=_path_to_tell(), status=response.status_code,
             milliseconds=round(seconds * 1000, 1))  # fmt: skip


def _path_to_tell() -> str:
    """Without the tokens of links in mails: whoever reads the log opens nothing by it."""
    token = (request.view_args or {}).get("token")
    return request.path.replace(token, "…") if token else request.path


def _close_always(_error: BaseException | None) -> None:
    inside: ExitStack | None = g.pop("inside", None)
    if inside is not None:
        inside.close()
    current.come_from(Whence())

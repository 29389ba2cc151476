"""Putting the API into the application."""

from flask import Flask, Response, g, request
from werkzeug.exceptions import NotFound

from core import current, i18n
from core.api.acting import actions
from core.api.bulk import bulk_changes
from core.api.duplicates import duplicates
from core.api.explaining import explanations
from core.api.exports import exports
from core.api.files import files
from core.api.happenings import happenings
from core.api.imports import imports
from core.api.limits import count_request, init_limits, show_limits
from core.api.me import me
from core.api.modules import modules
from core.api.openapi import openapi
from core.api.own_types import own_types
from core.api.people import people
from core.api.problems import answer
from core.api.record_types import record_types
from core.api.records import records
from core.api.routing import Plural
from core.api.runs import runs
from core.api.searching import searching
from core.api.sharing import shares
from core.api.signals import signals
from core.api.views import views
from core.web import answer_errors_under

ROOT = "/api/"
LANGUAGES = ["en", "zh", "zh-CN", "zh-Hans", "zh-TW", "zh-HK"]
RESOURCES = (
    actions,
    bulk_changes,
    duplicates,
    explanations,
    exports,
    files,
    happenings,
    imports,
    me,
    modules,
    openapi,
    own_types,
    people,
    record_types,
    records,
    runs,
    searching,
    shares,
    signals,
    views,
)


def init_api(app: Flask) -> None:
    """Add the resources of the core, and answer all errors under /api/ as problems."""
    app.url_map.converters["plural"] = Plural
    init_limits(app)
    app.before_request(_prepare)
    app.after_request(_finish)
    answer_errors_under(app, ROOT, answer)
    for resource in RESOURCES:
        app.register_blueprint(resource)


def _prepare() -> None:
    """What every request of the API goes through once its token has been accepted."""
    if not request.path.startswith(ROOT) or current.tenant_or_none() is None:
        return
    if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
        raise NotFound
    if language := request.accept_languages.best_match(LANGUAGES):
        g.inside.enter_context(i18n.using_locale(language))
    count_request()


def _finish(response: Response) -> Response:
    if not request.path.startswith(ROOT):
        return response
    response.headers.setdefault("Cache-Control", "no-store")
    return show_limits(response)

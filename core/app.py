"""The web application, put together."""

from flask import Flask, Response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from werkzeug.exceptions import Unauthorized

from core import db, jobs
from core.auth.security import init_sign_in
from core.doors import Guanxi, init_doors, only_loopback
from core.everything import load_everything
from core.host.loader import host
from core.logs import set_up_logs
from core.navigation import frame_of
from core.records.imports.views import imports
from core.settings import settings
from core.web import init_web

MAX_BODY = 32 * 1024 * 1024


def create_app(testing: bool = False) -> Flask:
    """Build the application. Raises NotFenced rather than serve from a database that mixes tenants."""
    set_up_logs()
    load_everything()
    db.refuse_unfenced()
    app = Guanxi("core", static_folder=None, template_folder=None)
    app.testing = testing
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, SECRET_KEY=settings().secret_key)
    init_sign_in(app)
    init_web(app, frame_of=frame_of, user_locale=_user_locale)
    init_doors(app)
    _add_rooms(app)
    _add_plugins(app)
    _add_health(app)
    return app


def _user_locale() -> str | None:
    return current_user.locale if current_user and current_user.is_authenticated else None


def _add_rooms(app: Flask) -> None:
    """The pages of the core and of the business around it."""
    app.register_blueprint(imports)


def _add_plugins(app: Flask) -> None:
    for plugin in host().plugins.values():
        for blueprint in plugin.blueprints:
            app.register_blueprint(blueprint)


def _add_health(app: Flask) -> None:
    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        problems = []
        try:
            with db.engine("app").connect() as connection:
                connection.execute(text("select 1"))
        except Exception as error:
            problems.append(f"database: {type(error).__name__}")
        try:
            jobs.redis().ping()
        except Exception as error:
            problems.append(f"redis: {type(error).__name__}")
        return {
            "status": "not ready" if problems else "ready",
            "problems": problems,
        }, 503 if problems else 200

    @app.get("/metrics")
    def metrics() -> ResponseReturnValue:
        only_loopback()
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    @app.errorhandler(Unauthorized)
    def to_sign_in(_error: Unauthorized) -> ResponseReturnValue:
        return redirect(url_for("home.sign_in"))

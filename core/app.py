"""The web application, put together."""

from urllib.parse import urlsplit

from flask import Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from werkzeug.exceptions import Unauthorized

from core.activities.views.mentions import mentions
from core.activities.views.notifications import notifications
from core.activities.views.tasks import tasks
from core.api.install import init_api
from core.api.reference import reference
from core.auth.api import tokens
from core.auth.api_apps import apps_api
from core.auth.api_invitations import invitations
from core.auth.api_links import join_links
from core.auth.api_many_members import many_members_api
from core.auth.api_members import members_api
from core.auth.api_programs import service_members
from core.auth.api_roles import roles_api
from core.auth.api_teams import teams_api
from core.auth.audit.api import audit_api
from core.auth.audit.views import audit_log
from core.auth.handover.api import handovers
from core.auth.handover.views import handover
from core.auth.new_address.views import my_address, new_address
from core.auth.oauth.views.apps import apps
from core.auth.oauth.views.connections import connections
from core.auth.oauth.views.consent import authorizing, consent
from core.auth.oauth.views.endpoints import endpoints, init_oauth
from core.auth.policy_page.api import security_settings
from core.auth.policy_page.views import security_policy
from core.auth.providers.install import init_providers
from core.auth.second_factor.api import member_sign_in
from core.auth.second_factor.people_views import second_factor_admin
from core.auth.second_factor.settings_views import security
from core.auth.second_factor.views import second_step
from core.auth.security import init_sign_in
from core.auth.sessions.limits import SignInAgain
from core.auth.sessions.public_views import way_in
from core.auth.sessions.views import my_sessions
from core.auth.users import choose_locale
from core.auth.views.invitations import joining
from core.auth.views.joining import joining_by_link
from core.auth.views.passwords import password_strength
from core.auth.views.people import people
from core.auth.views.programs import program_pages
from core.auth.views.roles import role_pages
from core.auth.views.settings import mine
from core.auth.views.sign_in import auth
from core.auth.views.tokens import token_pages
from core.customers.desk import desk
from core.customers.shown import init_shown
from core.customers.views import customers
from core.doors import Guanxi, init_doors
from core.everything import load_everything
from core.fence import refuse_unfenced
from core.health import health
from core.host.loader import host
from core.hosts import init_hosts
from core.isolation.views import isolation
from core.logs import set_up_logs
from core.navigation import frame_of
from core.records.imports.views import imports
from core.records.pages import records
from core.search.views import search
from core.settings import settings
from core.web import add_static, init_web, is_fragment, redirect_to
from core.web.preferences import came_from
from core.working_time.api import working_time_api
from core.working_time.views import working_time
from tenants.views.operator import operator
from tenants.views.settings import company
from tenants.views.sign_up import door
from tenants.views.start import init_start, start
from tenants.views.switching import switching

MAX_BODY = 66 * 1024 * 1024


def create_app(testing: bool = False) -> Flask:
    """Build the application. Raises NotFenced rather than serve from a database that mixes tenants."""
    set_up_logs()
    load_everything()
    refuse_unfenced()
    app = Guanxi("core", static_folder=None, template_folder=None)
    app.testing = testing
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        SECRET_KEY=settings().secret_key,
        SECRET_KEY_FALLBACKS=list(settings().secret_key_fallbacks),
    )
    init_hosts(app)
    init_sign_in(app)
    init_web(app, frame_of=frame_of, user_locale=_user_locale, keep_locale=_keep_locale)
    init_doors(app)
    _add_rooms(app)
    _add_plugins(app)
    app.register_blueprint(health)
    _send_strangers_to_the_door(app)
    return app


def _user_locale() -> str | None:
    if request.path.startswith("/api/"):  # a token's member is known only behind the door
        return None
    return current_user.locale if current_user and current_user.is_authenticated else None


def _keep_locale(locale: str) -> None:
    if current_user.is_authenticated:
        choose_locale(current_user.id, locale)


def _add_rooms(app: Flask) -> None:
    """The pages of the core and of the business around it."""
    init_api(app)
    for blueprint in (auth, company, door, joining, joining_by_link, mine, operator, people, start, switching):
        app.register_blueprint(blueprint)
    for blueprint in (password_strength, second_factor_admin, second_step, security):
        app.register_blueprint(blueprint)
    for giving in (handover, handovers):
        app.register_blueprint(giving)
    init_start(app)
    init_providers(app)
    app.register_blueprint(role_pages)
    app.register_blueprint(audit_log)
    app.register_blueprint(audit_api)
    app.register_blueprint(my_sessions)
    app.register_blueprint(my_address)
    app.register_blueprint(new_address)
    app.register_blueprint(security_policy)
    app.register_blueprint(isolation)
    app.register_blueprint(security_settings)
    app.register_blueprint(working_time)
    app.register_blueprint(working_time_api)
    app.register_blueprint(way_in)
    for programs in (tokens, service_members, apps_api, token_pages, program_pages):
        app.register_blueprint(programs)
    for oauth in (apps, authorizing, connections, consent, endpoints):
        app.register_blueprint(oauth)
    init_oauth(app)
    for resource in (invitations, join_links, many_members_api, member_sign_in, members_api, roles_api, teams_api):
        app.register_blueprint(resource)
    app.register_blueprint(reference)
    app.register_blueprint(imports)
    app.register_blueprint(records)
    app.register_blueprint(search)
    for room in (customers, desk, mentions, notifications, tasks):
        app.register_blueprint(room)
    init_shown(app)


def _add_plugins(app: Flask) -> None:
    for plugin in host().plugins.values():
        add_static(plugin.folder / "static")
        for blueprint in plugin.blueprints:
            app.register_blueprint(blueprint)


def _send_strangers_to_the_door(app: Flask) -> None:
    @app.errorhandler(Unauthorized)
    def to_sign_in(error: Unauthorized) -> ResponseReturnValue:
        reading = request.method == "GET" and not is_fragment()
        wanted = request.full_path.rstrip("?") if reading else urlsplit(came_from() or "/").path
        why = error.why if isinstance(error, SignInAgain) else None
        return redirect_to(url_for("auth.sign_in", next=wanted, why=why), reload=True)

"""The pages of signing in with accounts elsewhere, put into the application."""

import re
from dataclasses import dataclass

from flask import Flask, url_for

from core.auth.providers import configured
from core.auth.providers.api import company_settings
from core.auth.providers.company import Company, company_of
from core.auth.providers.configured import Provider
from core.auth.providers.views import coming, company, newcomers
from core.auth.providers.views.journey import elsewhere
from core.auth.providers.views.mine import accounts
from core.auth.providers.views.setup import setup

VIEWS = (coming, company, newcomers)
"""They put their routes on the blueprint `elsewhere` when they are imported."""


@dataclass(frozen=True)
class OtherWays:
    """The ways in besides a password. `company` is that of the workspace which one wanted to see."""

    providers: list[Provider]
    company: Company | None


def init_providers(app: Flask) -> None:
    for blueprint in (elsewhere, accounts, setup, company_settings):
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(other_ways_in=other_ways_in, way_in_url=_url)


def other_ways_in(then: str) -> OtherWays:
    wanted = re.match(r"/w/([^/?#]+)", then or "")
    return OtherWays(configured.providers(), company_of(wanted[1]) if wanted else None)


def _url(way: Provider | Company, then: str) -> str:
    if isinstance(way, Company):
        return url_for("elsewhere.begin_company", workspace=way.slug, next=then)
    return url_for("elsewhere.begin", key=way.key, next=then)

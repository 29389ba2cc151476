"""A provider and a browser for the tests of signing in with accounts elsewhere."""

from urllib.parse import urlsplit

import pytest

from core.auth.providers import discovery
from core.settings import settings
from tests.core.oidc_server import CLIENT, SECRET, OidcServer

BASE = "http://localhost:8000"


@pytest.fixture(scope="session")
def oidc_program():
    server = OidcServer()
    yield server
    server.stop()


@pytest.fixture
def oidc(oidc_program):
    oidc_program.reset()
    discovery.forget()
    return oidc_program


@pytest.fixture
def told(app, monkeypatch):
    """Tell the installation something else for the length of a test."""

    def tell(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    tell(BASE_URL=BASE)
    yield tell
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def house(told, oidc):
    """The installation, with the provider House set up by its operator."""
    told(SIGN_IN_HOUSE_ISSUER=oidc.issuer, SIGN_IN_HOUSE_NAME="House", SIGN_IN_HOUSE_ID=CLIENT,
         SIGN_IN_HOUSE_SECRET=SECRET, SIGN_IN_PRIVATE_NETWORK="1")  # fmt: skip
    return oidc


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def come_by(browser, oidc, start="/sign-in/with/house"):
    """All the way to the provider and back: the answer to what it sent."""
    left = browser.get(start)
    assert left.status_code in (302, 303), left.text
    return browser.get(path_of(oidc.sign_in(left.location)))


def is_in(browser, workspace="acme"):
    return browser.get(f"/w/{workspace}/settings/profile").status_code == 200

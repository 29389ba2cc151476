"""What holds at every address there is: its headers, its forms, where a change may be asked for, and how often."""

import re
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

import pytest
from limits.strategies import MovingWindowRateLimiter

from core.host.loader import host
from core.web.blueprints import anyone
from core.web.csrf import SentFromElsewhere

ROOT = Path(__file__).parents[2]
TEMPLATES = [p for folder in ("core", "tenants", "plugins") for p in sorted((ROOT / folder).rglob("*.html"))]
SCRIPTS = [p for folder in ("core", "plugins") for p in sorted((ROOT / folder).rglob("static/**/*.js"))]
NOBODY = UUID(int=0)
SAFE = {"GET", "HEAD", "OPTIONS"}
FOR_PROGRAMS = {"oauth", "leads_public"}
"""Exempt from the token: they look at no cookie, so that another site gains nothing by a visitor's browser."""
UNCOUNTED = {
    "static_files": "files of ours, from memory",
    "health": "asked by the machine that watches this one",
}
FOR_OTHER_SITES = {"public_form.html", "_form_links.html"}
"""Forms that strangers fill in, and the text of one that a company puts into a page of its own."""
KEPT_BY_BROWSERS = {"static_files", "oauth.show_logo"}
"""What is the same for everybody."""

PIECE = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def strict(app):
    """The application as it is outside of tests."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def addresses(ada):
    """Each route with an address of it in Acme: (endpoint, methods, url)."""
    for module in host().plugins:
        ada.switch(module)
    with ada.inside() as context:
        public_id = context.public_id
    known = {"slug": "acme", "public_id": public_id, "plural": "customers", "field": "name", "key": "name"}
    with ada.app.test_request_context():
        found = []
        for rule in ada.app.url_map.iter_rules():
            kinds = rule._converters
            values = {name: known.get(name) or _some(kinds[name]) for name in rule.arguments}
            _host, path = rule.build(values)
            found.append((rule.endpoint, rule.methods - {"HEAD", "OPTIONS"}, path))
    return found


def _some(converter):
    """A value that the converter takes and that names nothing."""
    kind = type(converter).__name__
    return {"UUIDConverter": NOBODY, "IntegerConverter": 1, "Plural": "customers"}.get(kind, "x")


def unsafe(addresses):
    return [(endpoint, method, url) for endpoint, methods, url in addresses for method in sorted(methods - SAFE)]


def asks_for_a_cookie(endpoint, url):
    return not url.startswith("/api/") and endpoint.partition(".")[0] not in FOR_PROGRAMS


# --- another site ----------------------------------------------------------------------------------------


def test_nothing_is_changed_at_the_wish_of_another_site(strict, ada, addresses):
    elsewhere = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://blog.localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/http://localhost/"},
    ]
    asked = [each for each in unsafe(addresses) if asks_for_a_cookie(each[0], each[2])]
    assert len(asked) > 150

    for number, (endpoint, method, url) in enumerate(asked):
        for headers in (elsewhere[0], elsewhere[1 + number % 4]):
            answer = ada.client.open(url, method=method, headers=PIECE | headers)
            assert answer.status_code == 403, f"{method} {url} ({endpoint}) {headers}"
            assert "sent from another site" in answer.headers["HX-Trigger"]


def test_nothing_is_changed_without_the_token_of_the_session(strict, ada, addresses):
    for endpoint, method, url in unsafe(addresses):
        if asks_for_a_cookie(endpoint, url):
            answer = ada.client.open(url, method=method, headers=PIECE | {"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code == 400, f"{method} {url} ({endpoint}): {answer.status_code}"


def test_the_api_looks_at_no_cookie(strict, ada, addresses):
    for _endpoint, methods, url in addresses:
        if url.startswith("/api/"):
            method = sorted(methods)[-1]
            assert ada.client.open(url, method=method).status_code == 401, f"{method} {url}"


def test_every_form_carries_the_token():
    """`components/form.html` and `post_button` put it in by themselves."""
    for path in TEMPLATES:
        if path.name in FOR_OTHER_SITES:
            continue
        source = path.read_text()
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source, re.S):
            assert "csrf_field()" in form or "csrf_token" in form, f"{path.relative_to(ROOT)}: {form[:120]}"


def test_every_script_that_sends_something_sends_the_token():
    for path in SCRIPTS:
        source = path.read_text()
        if "vendor" not in path.parts and re.search(r"""method: *["']POST|open\(["']POST|sendBeacon""", source):
            assert "X-CSRFToken" in source or "new FormData(form" in source, path.relative_to(ROOT)


def test_a_request_from_elsewhere_is_an_error_of_its_own():
    assert SentFromElsewhere().code == 403


# --- headers, and the forms that came --------------------------------------------------------------------


class Forms(HTMLParser):
    """Which forms of a page post, and which of these carry the token."""

    def __init__(self):
        super().__init__()
        self.bare, self._open = [], None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self._open = given if given.get("method", "get").lower() == "post" else None
        elif tag == "input" and self._open is not None and given.get("name") == "csrf_token" and given.get("value"):
            self._open = None

    def handle_endtag(self, tag):
        if tag == "form" and self._open is not None:
            self.bare.append(self._open.get("action"))
            self._open = None


def test_every_answer_carries_the_headers_and_every_page_the_token(strict, ada, addresses):
    seen, pages = set(), 0
    visitor = ada.app.test_client()
    for endpoint, methods, url in addresses:
        if "GET" not in methods or endpoint.startswith("styleguide."):
            continue
        answer = ada.client.get(url)
        seen.add(answer.status_code)
        check_headers(endpoint, url, answer)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            pages += 1
            forms = Forms()
            forms.feed(answer.text)
            assert forms.bare == [] or endpoint.startswith("leads_public."), f"{url}: {forms.bare}"
    for status, url in ((404, "/nowhere"), (302, "/w/acme/"), (405, "/sign-out"), (500, "/styleguide/failure/500"),
                        (401, "/api/v1/me"), (404, "/static/x/nothing.js")):  # fmt: skip
        answer = visitor.get(url)
        assert answer.status_code == (303 if status == 302 else status), url
        check_headers("", url, answer)
    for method, url in (("POST", "/sign-in"), ("TRACE", "/"), ("PUT", "/w/acme/")):
        check_headers("", url, visitor.open(url, method=method))
    assert {200, 303, 404} <= seen and pages > 60


def check_headers(endpoint, url, answer):
    headers = answer.headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'", url
    assert policy.get("script-src", "'self'") == "'self'", url
    assert "unsafe" not in policy.get("script-src", "") and "frame-ancestors" in policy or "sandbox" in policy, url
    assert headers["X-Content-Type-Options"] == "nosniff", url
    assert headers["Referrer-Policy"] == "same-origin", url
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", url
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin", url
    assert "geolocation=()" in headers["Permissions-Policy"], url
    assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(headers.keys()), url
    if not {endpoint, endpoint.partition(".")[0]} & KEPT_BY_BROWSERS:
        assert "no-store" in headers["Cache-Control"], f"{url}: {headers['Cache-Control']}"
    if answer.data:
        assert headers["Content-Type"], url
        assert not answer.mimetype.startswith("text/") or "charset" in headers["Content-Type"], url


# --- how often -------------------------------------------------------------------------------------------


def test_whatever_is_open_to_anyone_is_counted(app, addresses, monkeypatch):
    """With every count used up, each such address says so; a route without a limit would answer as ever."""
    monkeypatch.setattr(MovingWindowRateLimiter, "hit", lambda *_args, **_options: False)
    visitor, asked = app.test_client(), 0
    for endpoint, methods, url in addresses:
        is_open = getattr(app.view_functions[endpoint], "permission", anyone) is anyone
        if not is_open or endpoint.partition(".")[0] in UNCOUNTED:
            continue
        for method in sorted(methods):
            answer = visitor.open(url, method=method)
            assert answer.status_code == 429, f"{method} {url} ({endpoint}): {answer.status_code}"
            assert int(answer.headers["Retry-After"]) >= 1
            asked += 1
    assert asked > 50

"""Where a stranger came from: told by the address and the browser on the first page, carried along in the form."""

import hmac
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request

from core.sdk import now, whole_url
from plugins.leads.models.form import LeadForm
from plugins.leads.services.forms.sharing import marks_in

OPENED, REFERRER, LANDING = "gx_opened", "gx_referrer", "gx_landing"
HASTE = 2.0
"""Seconds that a person takes at least."""
MOST = 1_000


def first_seen() -> dict[str, str]:
    """What goes into hidden controls when the form is shown for the first time."""
    came = {REFERRER: _page(request.referrer), LANDING: _page(request.url)}
    return marks_in(request.args) | {name: url for name, url in came.items() if url} | {OPENED: _opened_now()}


def carried() -> dict[str, str]:
    """The same, as it was carried here. Of a page of ours that was never shown, there is nothing."""
    kept = {name: _page(request.form.get(name)) for name in (REFERRER, LANDING)}
    found = marks_in(request.form) | {name: url for name, url in kept.items() if url}
    return found | ({OPENED: request.form[OPENED]} if is_ours() else {OPENED: _opened_now()})


def touch() -> dict[str, Any]:
    """How somebody came, for the lead. A form on the company's own site has no page of ours before it."""
    page = _page(request.referrer)
    landing = _page(request.form.get(LANDING)) or (None if is_ours() else page)
    return {"utm": marks_in(request.form), "referrer": _page(request.form.get(REFERRER)), "landing_page": landing}


def is_ours() -> bool:
    """Whether the form was shown by us, and not by a page of the company's own."""
    opened, _dot, _seal = request.form.get(OPENED, "").partition(".")
    return opened.isdigit() and hmac.compare_digest(_sealed(opened), request.form[OPENED])


def in_haste() -> bool:
    """Sent sooner than a person can type."""
    return is_ours() and now().timestamp() - int(request.form[OPENED].partition(".")[0]) / 1000 < HASTE


def may_post(form: LeadForm) -> bool:
    """Whether a post from where this one comes is taken: from our own page, or, where the form says so, from a page of
    one of its sites. Browsers tell the truth about that; whoever is no browser meets the other guards."""
    origin = request.headers.get("Origin") or _origin(request.referrer)
    if is_ours():
        return origin in (None, "null", _origin(whole_url("/")), _origin(request.host_url))
    return form.plain_post and origin in form.embedded_in


def _origin(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme and parts.netloc else None


def _page(url: str | None) -> str | None:
    """An address on the web, and nothing that merely looks like one."""
    text = (url or "").replace("\x00", "").strip()[:MOST]
    return text if text.startswith(("http://", "https://")) and text.isprintable() else None


def _opened_now() -> str:
    return _sealed(str(int(now().timestamp() * 1000)))


def _sealed(opened: str) -> str:
    """When the page was opened, in milliseconds, in a way that only we can write."""
    key = str(current_app.secret_key).encode()
    return f"{opened}.{hmac.new(key, f'leads.form {opened}'.encode(), sha256).hexdigest()}"

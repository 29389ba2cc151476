"""Short messages in the corner that say what just happened, and let it be undone."""

import json
from dataclasses import asdict, dataclass

from flask import Response, g, request, session

KINDS = ("success", "info", "warning", "error")


@dataclass(frozen=True)
class Toast:
    message: str
    kind: str = "success"
    undo: str | None = None
    why: str | None = None


def toast(message: str, kind: str = "success", undo: str | None = None, *, why: str | None = None) -> None:
    """Say something once, on this answer or on the page it leads to.

    `undo` is the address to post to, `why` that of the page that explains it.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    _pending().append(Toast(str(message), kind, undo, why))


def toasts() -> list[Toast]:
    """What the layout has to show; each toast is handed out once. htmx gets them in a header instead."""
    return [] if "HX-Request" in request.headers else _take()


def send_toasts(response: Response) -> Response:
    """Give waiting toasts to htmx, or keep them for the page that a redirect leads to."""
    leaves = 300 < response.status_code < 400 or "HX-Location" in response.headers or "HX-Redirect" in response.headers
    if leaves or "HX-Request" not in request.headers:
        if _pending():
            session["toasts"] = [*session.get("toasts", []), *(_told(t) for t in _pending())]
            _pending().clear()
    elif waiting := _take():
        events = _events(response.headers.get("HX-Trigger", ""))
        response.headers["HX-Trigger"] = json.dumps({**events, "toast": {"toasts": [_told(t) for t in waiting]}})
    return response


def _told(toast: Toast) -> dict[str, str]:
    """Without what it does not have."""
    return {key: value for key, value in asdict(toast).items() if value is not None}


def _events(header: str) -> dict[str, object]:
    """What the view itself asked htmx to announce."""
    if header.startswith("{"):
        return json.loads(header)
    return {name.strip(): {} for name in header.split(",") if name.strip()}


def _pending() -> list[Toast]:
    if "toasts" not in g:
        g.toasts = []
    return g.toasts


def _take() -> list[Toast]:
    earlier = [Toast(**given) for given in session.pop("toasts", [])] if "toasts" in session else []
    taken = [*earlier, *_pending()]
    _pending().clear()
    return taken

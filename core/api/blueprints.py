"""The blueprint of an API resource: JSON in, JSON out, every route with its permission and its description."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import orjson
from flask import Response, request

from core.api.docs import Doc
from core.api.idempotency import once
from core.api.problems import REFUSED, told_by_database
from core.api.reading import check_query
from core.web import csrf
from core.web.blueprints import Guarded, Needs

PREFIX = "/api/v1"
Answer = dict[str, Any] | tuple[dict[str, Any], int] | tuple[dict[str, Any], int, dict[str, str]] | None
"""What a view returns: the object to send, its status and headers if they are not plain; None sends nothing."""


class Resource(Guarded):
    """A blueprint under `/api/v1`. `module` is the plugin that must be on; None for the core.

    `title` is what its calls are called together; those of records stand with their record type.
    """

    def __init__(self, name: str, import_name: str, *, module: str | None = None, title: Any = "") -> None:
        super().__init__(f"api_{name}", import_name, module=module, url_prefix=PREFIX)
        self.title = title or name.replace("_", " ").capitalize()
        csrf.exempt(self)  # programs carry a token, never a cookie

    def route(self, rule: str, *, permission: Needs | None = None, doc: Doc | None = None, **options: Any) -> Any:
        described = doc or Doc()

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            super(Resource, self).route(rule, permission=permission, **options)(answering(view, described))
            return view

        return decorate

    def get(self, rule: str, **options: Any) -> Any:
        return self._method_route("GET", rule, options)

    def post(self, rule: str, **options: Any) -> Any:
        return self._method_route("POST", rule, options)

    def put(self, rule: str, **options: Any) -> Any:
        return self._method_route("PUT", rule, options)

    def patch(self, rule: str, **options: Any) -> Any:
        return self._method_route("PATCH", rule, options)

    def delete(self, rule: str, **options: Any) -> Any:
        return self._method_route("DELETE", rule, options)


def answering(view: Callable[..., Any], doc: Doc) -> Callable[..., Response]:
    """The view with its query checked, done once however often the same key comes, and answered in JSON."""
    known = frozenset(param.name for param in doc.params)

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        check_query(known)
        try:
            is_once = doc.remembered and request.method in ("POST", "PATCH")
            if is_once and "Idempotency-Key" in request.headers:
                return once(request.headers["Idempotency-Key"], lambda: reply(view(*args, **kwargs)))
            return reply(view(*args, **kwargs))
        except REFUSED as error:
            raise told_by_database(error) from error

    answer.doc = doc  # type: ignore[attr-defined]
    return answer


def reply(answer: Any) -> Response:
    """The response that a view's answer means."""
    if isinstance(answer, Response):
        return answer
    content, status, headers = answer, 200, {}
    if isinstance(answer, tuple):
        content, status, headers = (*answer, {})[:3]
    if content is None:
        return Response(status=204 if status == 200 else status, headers=headers)
    return Response(orjson.dumps(content, option=orjson.OPT_UTC_Z), status, headers, mimetype="application/json")


def listed(data: Sequence[Any], *, next: str | None = None, **more: Any) -> dict[str, Any]:
    """The answer that holds many."""
    return {"data": data, "next": next, **more}


def single(data: Any) -> dict[str, Any]:
    """The answer that holds one."""
    return {"data": data}

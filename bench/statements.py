"""How many statements a request sends, counted in this process with all caches warm."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from bench.data.companies import Company
from core.app import create_app
from core.testing.cast import sign_in_here


@cache
def application() -> Flask:
    return create_app()


def cookie(company: Company) -> str:
    """The header by which the owner of a company is signed in."""
    app = application()
    signer: Any = app.session_interface
    sign_in_here(company.user_id, company.tenant_id)
    session = {"sign_in": company.session_key, "csrf_token": company.tenant_id.hex}
    value = signer.get_signing_serializer(app).dumps(session)
    return f"{app.config['SESSION_COOKIE_NAME']}={value}"


def count(method: str, path: str, headers: dict[str, str], body: Callable[[int], Any] = lambda _number: None) -> int:
    """Everything that goes to the database counts, entering the tenant as well; BEGIN and COMMIT do not."""
    client: FlaskClient = application().test_client(use_cookies=False)
    for number in range(3):
        with sent() as statements:
            answer = client.open(path, method=method, headers=headers, json=body(number))
        if answer.status_code >= 300:
            raise RuntimeError(f"answered {answer.status_code}: {answer.get_data(as_text=True)[:2000]}")
    return len(statements)


@contextmanager
def sent() -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)

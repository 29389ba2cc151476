"""Signing in without what the hash costs, and what is asked before any page, beside a plain page of the workspace."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from flask.testing import FlaskClient

from bench.data.companies import Company, company
from bench.figures.size import Size
from bench.statements import application, cookie, count
from bench.timing import Result, in_turns
from core.auth.views import sign_in

ROWS, ROUNDS, AT_MOST = 1_000, 200, 2.0
CONTEXT = 3
"""Session, user and membership in one statement, the context in another, and entering the tenant between them."""


def measure(size: Size) -> Sequence[Result]:
    owned = company(size.rows or ROWS)
    page = f"/w/{owned.slug}/settings/"
    statements = count("GET", page, {"Cookie": cookie(owned)})
    comes, looks = application().test_client(), application().test_client()
    with _any_password():
        for browser in (comes, looks):
            _come_in(browser, owned)
        works = [partial(_come_in, comes, owned), partial(_look, looks, page)]
        ours, twin = in_turns(works, size.rounds or ROUNDS)
    return [Result("sign-in", "without the hash", ours, twin, AT_MOST, statements, CONTEXT, "statements of the page")]


@contextmanager
def _any_password() -> Iterator[None]:
    """Judging a password takes its time on purpose: here all are right at once."""
    judged = sign_in.is_password
    sign_in.is_password = lambda _password, _hashed: True  # type: ignore[attr-defined]
    application().config["WTF_CSRF_ENABLED"] = False
    try:
        yield
    finally:
        sign_in.is_password = judged  # type: ignore[attr-defined]
        application().config["WTF_CSRF_ENABLED"] = True


def _come_in(browser: FlaskClient, owned: Company) -> None:
    """The browser keeps its cookies, so that it is the usual one from the second time on."""
    answer = browser.post("/sign-in", data={"email": f"olivia@{owned.slug}.example", "password": "any"})
    if answer.status_code != 303:
        raise RuntimeError(f"answered {answer.status_code}")


def _look(browser: FlaskClient, page: str) -> None:
    answer = browser.get(page)
    if answer.status_code != 200:
        raise RuntimeError(f"answered {answer.status_code}")

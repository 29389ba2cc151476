"""The site as people meet it: served on a port, opened in a real Chromium."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from core.testing.browser import chromium, require_chinese_font
from core.testing.cast import Person

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser_program() -> Iterator[Browser]:
    """One Chromium for all journeys of the process. Fails, with the remedy, where there is none."""
    require_chinese_font()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(application: Flask) -> Iterator[str]:
    """The address of the application, served by threads of this process, so that its clock can be moved."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def site(app: Flask, served: str) -> str:
    """The site over an empty database."""
    return served


@pytest.fixture
def visit(site: str, browser_program: Browser) -> Iterator[Callable[..., Page]]:
    """`visit()` opens a fresh browser window; `visit(ada)` one in which ada is signed in.

    Fails the test when a page raised a script error or broke the Content-Security-Policy.
    """
    complaints: list[str] = []
    contexts: list[Any] = []

    def open_window(person: Person | None = None, **options: Any) -> Page:
        settings: dict[str, Any] = {"base_url": site, "reduced_motion": "reduce", "locale": "en-US"}
        context = browser_program.new_context(**(settings | options))
        context.set_default_timeout(10_000)
        contexts.append(context)
        if person is not None:
            cookie = person.client.get_cookie("session")
            assert cookie is not None
            context.add_cookies([{"name": "session", "value": cookie.value, "url": site}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if "Content Security" in m.text else None)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []

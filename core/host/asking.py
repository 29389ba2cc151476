"""Asking the plugins that the tenant has switched on, and telling them what they must do."""

import time
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

from core import current, db
from core.host.hookspecs import DUTIES, QUESTIONS
from core.host.loader import host

log = structlog.get_logger()
CALLS = Counter("guanxi_plugin_calls_total", "Hooks called", ["plugin", "hook", "outcome"])
SECONDS = Histogram("guanxi_plugin_seconds", "Time in hooks", ["plugin", "hook"])


def ask(question: str, **about: Any) -> list[Any]:
    """The answers of all enabled plugins in one list. One that fails is left out and logged."""
    if question not in QUESTIONS:
        raise LookupError(f"{question} is not a question")
    answers: list[Any] = []
    for name, implementation in _enabled(question):
        started = time.perf_counter()
        try:
            with db.savepoint():
                answers += implementation.function(*(about[a] for a in implementation.argnames)) or ()
            outcome = "ok"
        except Exception:
            log.exception("plugin_failed", plugin=name, hook=question)
            outcome = "failed"
        CALLS.labels(name, question, outcome).inc()
        SECONDS.labels(name, question).observe(time.perf_counter() - started)
    return answers


def tell(duty: str, *, only: str | None = None, **about: Any) -> None:
    """Have all enabled plugins (or `only` one) do their duty in our transaction. A failure undoes it."""
    if duty not in DUTIES:
        raise LookupError(f"{duty} is not a duty")
    for name, implementation in _enabled(duty, only):
        implementation.function(*(about[a] for a in implementation.argnames))
        CALLS.labels(name, duty, "ok").inc()


def _enabled(hook: str, only: str | None = None) -> list[tuple[str, Any]]:
    modules = current.tenant().modules if only is None else {only}
    found = getattr(host().asking.hook, hook).get_hookimpls()
    return [(i.plugin_name, i) for i in reversed(found) if i.plugin_name in modules]

"""Structured logs: one JSON object a line, with the tenant, the member and the request it belongs to."""

import logging
import sys
from typing import Any

import structlog

from core import current
from core.settings import settings


def _add_where(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    if context := current.tenant_or_none():
        event.setdefault("tenant", context.slug or str(context.tenant_id))
        event.setdefault("request", context.request_id)
        if context.member:
            event.setdefault("member", str(context.member.id))
    return event


def set_up_logs() -> None:
    """Send our own and the libraries' log lines to standard error, in the same form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_where,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    plain = settings().log_format == "text"
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False) if plain else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)

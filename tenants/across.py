"""Looking across tenants, which only the operator does, and never without a reason that is written down."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.orm import Session

from core import db

log = structlog.get_logger()


@contextmanager
def across_tenants(reason: str) -> Iterator[Session]:
    """A session of guanxi_ops, which reads the tables of all tenants and writes nothing."""
    log.info("across_tenants", reason=reason)
    with db.role_session("ops") as session:
        yield session

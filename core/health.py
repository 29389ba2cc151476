"""How the installation is: alive, ready, and in numbers for Prometheus."""

import os
from collections.abc import Iterator

import structlog
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import text

from core import current, db, jobs
from core.web.blueprints import only_loopback

log = structlog.get_logger()
health = Blueprint("health", __name__)

QUEUE = """
select count(*) filter (where parked_at is null) as waiting, count(*) filter (where parked_at is not null) as parked,
       coalesce(extract(epoch from cast(:now as timestamptz) - min(due_at) filter (where parked_at is null)), 0)
         as oldest,
       (select count(*) from deadline where due_at <= :now) as late
  from job
"""


@health.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process lives."""
    return {"status": "ok"}


@health.get("/readyz")
def readyz() -> ResponseReturnValue:
    """The process can do its work: database and Valkey answer."""
    problems = [name for name, works in (("database", _database_answers), ("redis", _redis_answers)) if not works()]
    return {"status": "not ready" if problems else "ready", "problems": problems}, 503 if problems else 200


@health.get("/metrics")
def metrics() -> ResponseReturnValue:
    """For Prometheus on this machine: requests, jobs and plugins of all processes, and what waits."""
    only_loopback()
    registry = CollectorRegistry()
    registry.register(Waiting())
    shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if shared:
        MultiProcessCollector(registry, shared)
    own = b"" if shared else generate_latest(REGISTRY)
    return Response(own + generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Waiting(Collector):
    """What waits for the workers, counted when it is asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with db.role_session("ops") as session:
            row = session.execute(text(QUEUE), {"now": current.now()}).one()
        yield GaugeMetricFamily("guanxi_jobs_waiting", "Jobs that wait for a worker", value=row.waiting)
        yield GaugeMetricFamily("guanxi_jobs_parked", "Jobs that failed for good", value=row.parked)
        yield GaugeMetricFamily("guanxi_jobs_oldest_seconds", "How late the oldest job is", value=max(0, row.oldest))
        yield GaugeMetricFamily("guanxi_deadlines_late", "Deadlines that are due and not handed over", value=row.late)


def _database_answers() -> bool:
    try:
        with db.engine("app").connect() as connection:
            connection.execute(text("select 1"))
    except Exception:
        log.warning("database_does_not_answer", exc_info=True)
        return False
    return True


def _redis_answers() -> bool:
    try:
        jobs.redis().ping()
    except Exception:
        log.warning("redis_does_not_answer", exc_info=True)
        return False
    return True

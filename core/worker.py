"""The worker process: waits to be woken, then drains its queues."""

import logging
import sys

from rq import Queue, Worker

from core import jobs, probe  # noqa: F401  (its job needs the whole application)
from core.everything import load_everything
from core.logs import set_up_logs


def main() -> int:
    """Run one worker until it is told to stop. What it is doing at that moment it finishes first."""
    set_up_logs()
    logging.getLogger("rq").setLevel(logging.WARNING)
    load_everything()
    queues = [Queue(name, connection=jobs.redis(), serializer="json") for name in jobs.QUEUES]
    Worker(queues, connection=jobs.redis(), serializer="json").work(logging_level="WARNING")
    return 0


if __name__ == "__main__":
    sys.exit(main())

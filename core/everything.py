"""Importing all that declares something: models, record types, jobs, listeners, and the plugins."""

import tenants.events  # noqa: F401
from core.host.loader import host


def load_everything() -> None:
    """What every process does first, so that each knows the same tables, jobs and listeners."""
    host()

"""Importing all that declares something: models, record types, jobs, listeners, and the plugins."""

import core.activities.models
import core.activities.types
import core.auth.models
import core.customers.types
import core.deadlines
import core.host.enablement
import core.records.imports.models
import core.records.imports.run
import core.tenant  # noqa: F401
from core.host.loader import host


def load_everything() -> None:
    """What every process does first, so that each knows the same tables, jobs and listeners."""
    host()

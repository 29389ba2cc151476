"""Importing all that declares something: models, record types, jobs, listeners, and the plugins."""
# ruff: noqa: F401

import core.access.models
import core.activities.events
import core.activities.models
import core.activities.services
import core.activities.types
import core.api.idempotency
import core.auth.events
import core.auth.models
import core.auth.permissions
import core.counters
import core.customers.models
import core.customers.types
import core.deadlines
import core.files
import core.host.enablement
import core.host.field_uses
import core.jobs
import core.mail
import core.records.custom
import core.records.duplicates.models
import core.records.duplicates.scanning
import core.records.exports.services
import core.records.finding_again
import core.records.formulas.fields
import core.records.happenings
import core.records.imports.models
import core.records.imports.run
import core.records.numbering
import core.records.permissions
import core.records.retyping
import core.records.runs.leaving
import core.records.runs.models
import core.records.shape_happenings
import core.records.sheets.services
import core.tenant
import tenants.events
from core.host.loader import host


def load_everything() -> None:
    """What every process does first, so that each knows the same tables, jobs and listeners."""
    host()

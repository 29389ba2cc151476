"""Importing all that declares something: models, record types, jobs, listeners, and the plugins."""
# ruff: noqa: F401

import core.access.models
import core.activities.events
import core.activities.handing_over
import core.activities.models
import core.activities.services
import core.activities.types
import core.api.idempotency
import core.auth.absences
import core.auth.audit.events
import core.auth.audit.purging
import core.auth.errands
import core.auth.events
import core.auth.handover.doing
import core.auth.handover.events
import core.auth.handover.undoing
import core.auth.join_links
import core.auth.models
import core.auth.new_address.asking
import core.auth.new_address.models
import core.auth.oauth.models
import core.auth.oauth.purging
import core.auth.people_events
import core.auth.permissions
import core.auth.policy_page.changing
import core.auth.providers.events
import core.auth.providers.looking_again
import core.auth.providers.models
import core.auth.role_events
import core.auth.second_factor.events
import core.auth.second_factor.models
import core.auth.sessions.happenings
import core.auth.sessions.models
import core.auth.sessions.trying
import core.auth.token_events
import core.auth.tokens
import core.auth.unusual.models
import core.auth.unusual.showing
import core.auth.unusual.weighing
import core.counters
import core.customers.models
import core.customers.types
import core.deadlines
import core.files
import core.host.enablement
import core.host.field_uses
import core.isolation.models
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
import core.records.runs.sharing
import core.records.runs.transferring
import core.records.shape_happenings
import core.records.sharing
import core.records.sheets.services
import core.tenant
import core.working_time.keeping
import tenants.events
from core.host.loader import host


def load_everything() -> None:
    """What every process does first, so that each knows the same tables, jobs and listeners."""
    host()

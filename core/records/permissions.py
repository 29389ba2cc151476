"""What one may be allowed to do with the values of records, beyond the grants for records themselves."""

from core.access.permissions import Permission, declare
from core.i18n import _l

REVEAL_VALUES = Permission("records.reveal_values", _l("Reveal values that are covered, one at a time"))

declare(REVEAL_VALUES)

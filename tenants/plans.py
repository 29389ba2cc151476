"""What each plan gives, where nothing else was agreed."""

AUDIT_DAYS: dict[str, int | None] = {"free": 365}
"""How long entries of the audit log are kept; for ever by every plan that is not named."""


def audit_days_of(plan: str) -> int | None:
    return AUDIT_DAYS.get(plan)

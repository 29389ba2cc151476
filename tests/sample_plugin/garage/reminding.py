"""When a car should come again."""

from datetime import timedelta

DUE = "garage.service_due"
YEAR = timedelta(days=365)

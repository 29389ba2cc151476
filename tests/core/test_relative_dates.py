"""Periods that filters name: which days they hold, and how they are said."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from core.customers.types import CUSTOMER
from core.records import custom
from core.records.conditions import holds
from core.records.fields.operators import COUNTED_PERIODS, PERIODS, is_period, period, period_text
from core.records.services import create_record

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday


def span(name):
    return tuple(day and day.isoformat() for day in period(name))


@pytest.mark.parametrize("name, first, after", [
    ("this_week", "2026-11-16", "2026-11-23"), ("next_week", "2026-11-23", "2026-11-30"),
    ("next_month", "2026-12-01", "2027-01-01"), ("this_quarter", "2026-10-01", "2027-01-01"),
    ("last_quarter", "2026-07-01", "2026-10-01"), ("next_quarter", "2027-01-01", "2027-04-01"),
    ("last_year", "2025-01-01", "2026-01-01"), ("next_year", "2027-01-01", "2028-01-01"),
    ("last_7_days", "2026-11-12", "2026-11-19"), ("last_45_days", "2026-10-05", "2026-11-19"),
    ("next_3_days", "2026-11-18", "2026-11-21"), ("more_than_30_days_ago", None, "2026-10-19"),
    ("more_than_2_days_ahead", "2026-11-21", None), ("10_days_ago", "2026-11-08", "2026-11-09"),
    ("1_days_ahead", "2026-11-19", "2026-11-20"),
])  # fmt: skip
def test_a_period_holds_its_days(ada, name, first, after):
    with time_machine.travel(NOON), ada.inside():
        assert span(name) == (first, after)


def test_every_period_is_known_and_said_in_words(ada):
    with ada.inside():
        for name in [*PERIODS, *(kind.replace("{n}", "12") for kind in COUNTED_PERIODS)]:
            assert is_period(name) and period(name) != (None, None)
            assert "_" not in period_text(name)
        assert period_text("last_1_days") == "in the last 1 day"


@pytest.mark.parametrize("name", [
    "", "last_0_days", "last_07_days", "last_99999_days", "last_-1_days", "last_x_days", "next_days", "1_days", "last_3661_days",
    "last_٣_days", "last_3_days\n", None, 7, ["today"], "more_than_3_days",
])  # fmt: skip
def test_nothing_else_is_a_period(name):
    assert not is_period(name)


def test_what_is_longer_ago_is_told_from_what_is_not(ada):
    with ada.inside():
        key = custom.add_custom_field("customer", label="Until", type="date", taken=()).key
    with time_machine.travel(NOON), ada.inside():
        old = create_record(CUSTOMER, {"name": "Old", key: date(2026, 10, 18)})
        new = create_record(CUSTOMER, {"name": "New", key: date(2026, 10, 19)})
        test = {"field": key, "op": "within", "value": "more_than_30_days_ago"}
        assert holds(CUSTOMER, old, test) and not holds(CUSTOMER, new, test)
        today = {"field": "created_at", "op": "within", "value": "last_1_days"}
        assert holds(CUSTOMER, old, today)

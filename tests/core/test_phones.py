"""Telephone numbers, as people of several countries write them in workspaces of several countries."""

import pytest

from core.customers.types import CUSTOMER
from core.records.fields import FieldError
from core.testing.cast import found_company


@pytest.mark.parametrize(
    ("currency", "typed", "kept"),
    [
        ("CNY", "13800138000", "+8613800138000"),
        ("CNY", "010-8888 6666", "+861088886666"),
        ("CNY", "+44 20 7183 8750", "+442071838750"),
        ("USD", "(415) 555-2671", "+14155552671"),
        ("USD", "13800138000", "+8613800138000"),
        ("USD", "021-55556666", "+862155556666"),
    ],
)
def test_a_number_is_read_as_its_writer_meant_it(app, currency, typed, kept):
    with app.app_context():
        owner = found_company(app, "Ada", "ada@example.com", "acme", "Acme", currency=currency)
    with owner.inside():
        assert CUSTOMER.field("phone").parse(typed) == kept


@pytest.mark.parametrize("typed", ["12", "call me", "+999 1", "0" * 40, "１２"])
def test_what_is_no_number_is_refused(ada, typed):
    with ada.inside(), pytest.raises(FieldError, match="Enter a phone number"):
        CUSTOMER.field("phone").parse(typed)

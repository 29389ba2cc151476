"""Every engine over every field type that a tenant may give to a record type."""

import pytest

from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.records.custom import CUSTOM_TYPES, add_custom_field
from core.records.fields import FIELD_TYPES, FieldError
from core.records.schemas import from_json
from core.testing.conformance import FieldTypeConformance

WRONG = {
    "email": "nobody", "phone": "12", "url": "not a url at all", "integer": 1.5, "decimal": "many",
    "percent": "much", "money": {"amount": "lots"}, "date": "soon", "datetime": "yesterday", "choice": "green",
    "multi_choice": ["green"], "yes_no": "perhaps", "member": "nobody", "tags": ["x" * 60], "text": "x" * 501,
    "long_text": "x" * 50_001, "time": "25:00", "duration": -5, "month": "2026-13", "cascade": "Zhejiang / Suzhou",
    "rating": 6, "address": {"planet": "Mars"}, "geo_point": {"lat": 91, "lng": 0}, "color": "reddish",
    "json": "{", "multi_lookup": ["nobody"],
}  # fmt: skip


class TestEveryType(FieldTypeConformance):
    @pytest.fixture(params=CUSTOM_TYPES)
    def kind(self, request):
        return request.param


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_said(ada, kind):
    with ada.inside():
        config = FIELD_TYPES[kind].example_config()
        add_custom_field("customer", label="Thing", key="thing", type=kind, config=config, taken=["name"])
    with ada.inside():
        with pytest.raises(Invalid) as refused:
            from_json(CUSTOMER, {"name": "Acme", "thing": WRONG[kind]})
        (problem,) = refused.value.problems
        assert problem.field == "thing" and problem.message


@pytest.mark.parametrize("typed", ["lots", "USD"])
def test_what_is_no_amount_is_told_so_and_not_that_its_currency_is_unknown(ada, typed):
    with ada.inside(), pytest.raises(FieldError) as refused:
        CUSTOMER.builtin["annual_revenue"].parse(typed)
    assert refused.value.code == "not_a_number"


def test_there_are_at_least_thirty_types():
    assert len(CUSTOM_TYPES) >= 30

"""Whatever is typed or sent, a record's pages answer in words and never break."""

import json

import pytest

from core.customers.types import CUSTOMER
from core.records import custom
from core.records.fields import FIELD_TYPES
from core.records.services import create_record

JUNK = ("", "x", "-1", "9" * 30, "2026-13-45", "me", "null", "\x00", "💥", "a" * 600, "%", "1,2", "NaN", "０１",
        "customer:00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000")  # fmt: skip


@pytest.fixture
def record_id(ada):
    """A customer, in a workspace that has a field of every type of its own."""
    with ada.inside():
        for kind in custom.CUSTOM_TYPES:
            config = FIELD_TYPES[kind].example_config()
            custom.add_custom_field("customer", label=f"Own {kind}", type=kind, taken=(), config=config)
    with ada.inside():
        return create_record(CUSTOMER, {"name": "Fabrikam"}).id


@pytest.fixture
def fields(ada, record_id):
    with ada.inside():
        return {field.key: list(field.operators) for field in CUSTOMER.fields().values()}


def some(n):
    """Another bit of junk for each number."""
    return JUNK[n % len(JUNK)]


def test_any_filter_is_answered(ada, fields):
    n = 0
    for key, operators in fields.items():
        for op in operators:
            n += 1
            junk = some(n)
            typed = {"f0": key, "o0": op, "v0": junk, "v0b": some(n + 1), "v0-q": some(n + 2), "step": "apply"}
            assert ada.get("customers/filter", query_string=typed).status_code < 500, typed
            shapes = (junk, [junk], [junk, junk], None, 5, {"amount": junk}, {"type": junk, "id": junk}, [[junk]])
            for value in shapes[n // len(JUNK) % 4 :: 4]:
                condition = json.dumps({"field": key, "op": op, "value": value})
                assert ada.get("customers/", query_string={"filter": condition}).status_code < 500, condition


def test_any_form_is_answered(ada, fields, record_id):
    for n, key in enumerate(fields):
        for junk in (some(n), some(n + 7)):
            typed = {"name": "x", "kind": "company", "stage": "potential"} | {
                key: junk,
                "version": junk,
                "opened": junk,
            }
            for url in ("customers/", f"customers/{record_id}", f"customers/{record_id}/fields/{key}"):
                assert ada.post(url, typed).status_code < 500, (url, key, junk)
            for url in ("customers/new", "customers/", "customers/board"):
                asked = {key: junk, "sort": f"-{key}", "by": key, "after": junk, "lane": junk, "columns": key}
                assert ada.get(url, query_string=asked).status_code < 500, (url, key, junk)


@pytest.mark.parametrize("junk", JUNK)
def test_any_address_is_answered(ada, record_id, junk):
    for url, names in (("customers/", "q columns sort filter"), ("customers/filter", "kept0 match step f0 filter"), ("search", "q"),
                       ("lookup/any", "q"), ("lookup/member", "q"), (f"customers/{record_id}/history", "before")):  # fmt: skip
        for name in names.split():
            assert ada.get(url, query_string={name: junk}).status_code < 500, (url, name)
    for url, typed in (("customers/bulk/owner", {"id": [junk, str(record_id)], "owner": junk}), ("customers/moves", {"id": str(record_id), "to": junk}),
                       ("customers/moves?by=level", {"id": str(record_id), "to": junk}), ("customers/bulk/restoration?since=x", {}),
                       ("settings/fields/customers", {"label": junk, "type": junk, "options": junk})):  # fmt: skip
        assert ada.post(url, typed).status_code < 500, url

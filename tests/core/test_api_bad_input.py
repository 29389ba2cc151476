"""Everything that programs send and should not."""

import base64
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.activities.types import TASK
from core.customers.types import CONTACT, CUSTOMER
from core.i18n import _l
from core.records import fields as kinds
from core.records.custom import CUSTOM_TYPES, add_custom_field

TYPES = {t.plural: t for t in (CUSTOMER, CONTACT, TASK)}
FIELDS = [(t.plural, key) for t in TYPES.values() for key, field in t.builtin.items() if field.editable]
OPTIONS = {"options": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]}


@pytest.fixture
def records(ada):
    """One record of each of the types, to be changed."""
    customer = ada.api("POST", "customers", json={"name": "Acme"}).json["data"]["id"]
    contact = ada.api("POST", "contacts", json={"name": "Wile", "customer": customer}).json["data"]["id"]
    task = ada.api("POST", "tasks", json={"title": "Call"}).json["data"]["id"]
    return {"customers": customer, "contacts": contact, "tasks": task}


# --- what is not JSON ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"), (b"{", "not_json"), (b"{'a': 1}", "not_json"), (b'{"a": 1,}', "not_json"),
        (b'{"name": "a"} x', "not_json"), (b'{"name": NaN}', "not_json"), (b'{"employees": Infinity}', "not_json"),
        (b'{"employees": -Infinity}', "not_json"), (b'{"name": "\xff"}', "not_json"), (b"\x00", "not_json"),
        (b'{"name": "a", "name": "b"}', "duplicate_key"), (b'[{"a": {"b": 1, "b": 2}}]', "duplicate_key"),
        (b'{"employees": 1e999}', "out_of_range"), (b'{"employees": 99999999999999999999}', "out_of_range"),
        (b'{"employees": ' + b"9" * 5000 + b"}", "out_of_range"), (b"[" * 102 + b"]" * 102, "too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep"), (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too_deep"),
        (b'{"name": "\\u0000"}', "bad_character"), (b'{"name": "\\ud800"}', "bad_character"),
        (b'{"name": "\\udc00\\ud800"}', "bad_character"), (b'{"na\\u0000me": "x"}', "bad_character"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["customers", "customers/bulk"])
def test_a_body_that_is_not_json_is_not_understood(ada, path, body, code):
    answer = ada.api("POST", path, data=body, content_type="application/json")
    assert (answer.status_code, answer.json["type"]) == (400, f"urn:guanxi:problem:{code}"), answer.json
    assert ada.api("GET", "customers").json["data"] == []


def test_an_escape_that_only_looks_bad_is_kept(ada):
    for text in ("\\u0000", "😀", "\U0001f600 \\ud83d"):
        answer = ada.api("POST", "customers", data=json.dumps({"name": text}), content_type="application/json")
        assert (answer.status_code, answer.json["data"]["name"]) == (201, text)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_content_type_is_refused(ada, kind):
    answer = ada.api("POST", "customers", data=b'{"name": "Acme"}', content_type=kind)
    assert (answer.status_code, answer.json["type"]) == (415, "urn:guanxi:problem:unsupported_media_type")


def test_a_body_of_more_than_ten_megabytes_is_too_large(ada):
    body = b'{"name": "' + b"x" * (10 * 1024 * 1024) + b'"}'
    answer = ada.api("POST", "customers", data=body, content_type="application/json")
    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"
    headers = {"Idempotency-Key": "large"}
    assert ada.api("POST", "customers", data=body, content_type="application/json", headers=headers).status_code == 413


def test_a_large_body_that_does_not_say_how_large_it_is_is_too_large(ada):
    body = b'{"name": "' + b"x" * (10 * 1024 * 1024) + b'"}'
    sent = {"input_stream": io.BytesIO(body), "environ_overrides": {"wsgi.input_terminated": True}}
    answer = ada.api("POST", "customers", content_type="application/json", **sent)
    assert answer.status_code == 413


def test_a_body_of_almost_ten_megabytes_is_read(ada):
    body = {"name": "Acme", "notes": "x" * (10 * 1024 * 1024 - 100)}
    answer = ada.api("POST", "customers", json=body)
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "too_long")


@pytest.mark.parametrize("body", [None, [], "text", 1, 1.5, True])
@pytest.mark.parametrize(("method", "path"), [("POST", "customers"), ("PATCH", "customers/{customers}"),
                                              ("POST", "record-types/customer/fields"), ("POST", "tokens"),
                                              ("POST", "customers/bulk")])  # fmt: skip
def test_json_that_is_no_object_is_refused(ada, records, method, path, body):
    data = json.dumps(body)
    answer = ada.api(method, path.format(**records), data=data, content_type="application/json")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "not_an_object")


# --- what does not fit a field -------------------------------------------------------------------------


def wrong_type(field):
    """Values whose JSON type no value of the field has."""
    every = ["text", 17, 1.5, True, ["x"], {"a": 1}]
    return [v for v in every if not isinstance(v, field.json_types) or isinstance(v, bool) > (bool in field.json_types)]


@pytest.mark.parametrize(("plural", "key"), FIELDS)
def test_a_value_of_the_wrong_type_names_its_field(ada, records, plural, key):
    for value in wrong_type(TYPES[plural].builtin[key]):
        answer = ada.api("PATCH", f"{plural}/{records[plural]}", json={key: value})
        assert answer.status_code == 422, (value, answer.json)
        assert answer.json["errors"][0]["field"] == key


NASTY = [
    "'; drop table customer; --",
    '" or 1=1 --',
    "%' or '1'='1",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "${jndi:ldap://x}",
    "..\\..\\etc\\passwd",
    "=cmd|' /C calc'!A0",
    "张三丰 · 北京建国科技有限公司",
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦 😀",
    "\u202eevil\u202c",
    "a" * 5_000,
    "张" * 5_000,
    " ",
    "null",
]


@pytest.mark.parametrize(("plural", "key"), FIELDS)
def test_a_nasty_text_is_kept_as_it_is_or_refused(ada, records, plural, key):
    default = TYPES[plural].builtin[key].default
    for text in NASTY:
        answer = ada.api("PATCH", f"{plural}/{records[plural]}", json={key: text})
        assert answer.status_code in (200, 422), (text, answer.data)
        if answer.status_code == 422:
            assert answer.json["errors"][0]["field"] == key
            continue
        kept = answer.json["data"][key]
        assert kept in (text, " ".join(text.split()) or default, text.strip() or None, text.lower()), text
    assert ada.api("GET", plural).status_code == 200
    assert ada.api("GET", "search?q=script").status_code == 200


@pytest.mark.parametrize(("plural", "key"), FIELDS)
def test_a_nasty_text_may_be_filtered_by_or_is_refused(ada, plural, key):
    for op, texts in (("is", NASTY), ("contains", NASTY), ("gt", NASTY), ("in", [NASTY]), ("has_any", [NASTY])):
        condition = {"any": [{"field": key, "op": op, "value": text} for text in texts]}
        answer = ada.api("GET", plural, query_string={"filter": json.dumps(condition)})
        assert answer.status_code in (200, 422), (op, answer.data)


def test_a_nasty_text_may_be_searched_for(ada, records):
    for text in NASTY:
        assert ada.api("GET", "customers", query_string={"q": text[:200]}).status_code == 200
        assert ada.api("GET", "search", query_string={"q": text[:200]}).status_code in (200, 422)


def test_an_unknown_field_is_refused_and_named(ada):
    answer = ada.api("POST", "customers", json={"name": "Acme", "nmae": "x", "__proto__": {}, "x" * 300: 1})
    assert answer.status_code == 422
    found = {(each["field"], each["code"]) for each in answer.json["errors"]}
    assert found == {(key, "unknown_field") for key in ("nmae", "__proto__", "x" * 100)}


@pytest.mark.parametrize(("plural", "key"), [("contacts", "customer"), ("customers", "parent"), ("customers", "owner"),
                                             ("tasks", "owner"), ("tasks", "customer")])  # fmt: skip
def test_ids_of_nobody_and_of_another_tenant_are_one(ada, mallory, records, plural, key):
    theirs = mallory.api("POST", "customers", json={"name": "Theirs"}).json["data"]["id"]
    for wrong in (theirs, str(mallory.member_id), "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"):
        answer = ada.api("PATCH", f"{plural}/{records[plural]}", json={key: wrong})
        assert answer.status_code == 422, answer.json
        assert answer.json["errors"][0]["code"] == "unknown_reference"


# --- anything at all -----------------------------------------------------------------------------------

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
SHAPED = st.one_of(
    st.fixed_dictionaries({"amount": ANY_JSON, "currency": ANY_JSON}),
    st.fixed_dictionaries({"amount": st.from_regex(r"-?[0-9.,eE%万亿¥$ ]{1,12}", fullmatch=True)}),
    st.fixed_dictionaries({"type": st.sampled_from(["customer", "task", "nobody"]), "id": ANY_JSON}),
    st.from_regex(r"[0-9+() -]{1,20}", fullmatch=True),
    st.from_regex(r"[0-9]{1,5}[-/.年][0-9]{1,3}[-/.月][0-9]{1,3}(日|T[0-9:.+Z-]{0,14})?", fullmatch=True),
    st.dates().map(str),
    st.datetimes().map(str),
    st.emails(),
    st.from_regex(r"(https?://)?[a-z.:@/\[\]0-9%-]{1,20}", fullmatch=True),
)
OPERATORS = ("is", "is_not", "in", "not_in", "gt", "between", "contains", "within", "empty", "has_any", "in_my_team")
MANY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def no_fault(answer):
    assert answer.status_code < 500, answer.data
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json"


@MANY
@given(field=st.sampled_from(FIELDS), value=ANY_JSON | SHAPED)
def test_no_value_of_any_field_is_a_fault_of_ours(ada, records, field, value):
    plural, key = field
    no_fault(ada.api("PATCH", f"{plural}/{records[plural]}", data=json.dumps({key: value}),
                     content_type="application/json"))  # fmt: skip


@pytest.fixture
def own(ada):
    """A customer of a tenant that has a field of every type it can have."""
    with ada.inside():
        taken = list(CUSTOMER.builtin)
        for kind in CUSTOM_TYPES:
            config = kinds.FIELD_TYPES[kind].example_config()
            add_custom_field("customer", label=str(_l(kind)), type=kind, taken=taken, key=f"my_{kind}", config=config)
            taken.append(f"my_{kind}")
    return ada.api("POST", "customers", json={"name": "Acme"}).json["data"]["id"]


@MANY
@given(kind=st.sampled_from(CUSTOM_TYPES), op=st.sampled_from(OPERATORS), value=ANY_JSON | SHAPED)
def test_no_value_of_a_field_of_ones_own_is_a_fault_of_ours(ada, own, kind, op, value):
    data = json.dumps({f"my_{kind}": value})
    no_fault(ada.api("PATCH", f"customers/{own}", data=data, content_type="application/json"))
    condition = json.dumps({"field": f"my_{kind}", "op": op, "value": value})
    no_fault(ada.api("GET", "customers", query_string={"filter": condition, "sort": f"my_{kind}"}))


@MANY
@given(cursor=st.text(st.characters(codec="ascii"), max_size=60) | st.lists(ANY_JSON, min_size=2, max_size=2),
       sort=st.sampled_from(["name", "employees", "updated_at", "annual_revenue", "owner", "created_at"]))  # fmt: skip
def test_no_cursor_is_a_fault_of_ours(ada, records, sort, cursor):
    if isinstance(cursor, list):
        cursor = base64.urlsafe_b64encode(json.dumps([cursor[0], records["customers"]]).encode()).decode()
    no_fault(ada.api("GET", "customers", query_string={"sort": sort, "after": cursor}))


@MANY
@given(condition=ANY_JSON | st.fixed_dictionaries({
    "field": st.sampled_from(sorted(CUSTOMER.builtin)) | ANY_JSON, "op": st.sampled_from(OPERATORS),
    "value": ANY_JSON | SHAPED}))  # fmt: skip
def test_no_filter_is_a_fault_of_ours(ada, records, condition):
    no_fault(ada.api("GET", "customers", query_string={"filter": json.dumps(condition)}))

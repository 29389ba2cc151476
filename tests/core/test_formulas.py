"""Formulas: what they come to, what is refused when they are written, and lists by them."""

import pytest

from core.customers.types import CONTACT, CUSTOMER
from core.errors import Invalid
from core.records.custom import add_custom_field, change_custom_field, retire_custom_field
from core.records.fields import Amount
from core.records.query import Listing
from core.records.services import create_record, update_record


def field(key, formula, *, of="customer", **config):
    return add_custom_field(
        of, label=key, key=key, type="formula", config={"formula": formula, **config}, taken=["name"]
    )


def value(record_type, record, key):
    return record_type.field(key).get(record)


def come_to(ada, formula, **values):
    """What a formula gives for a customer with these values."""
    with ada.inside():
        field("c_it", formula)
        record = create_record(CUSTOMER, {"name": "Acme"} | values)
        return value(CUSTOMER, record, "c_it")


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3 - -4 / 2", 11),
        ("0.1 + 0.2", 0.3),
        ("7 % 3", 1),
        ("employees / 0.5", 200),
        ("if(employees > 50, 'big', 'small')", "big"),
        ("ifs(employees > 500, 1, employees > 50, 2, 3)", 2),
        ("switch(kind, 'company', 'C', 'P')", "C"),
        ("ifempty(founded, 1900)", 1900),
        ("isempty(phone) and not isempty(name)", True),
        ("round(10 / 3, 2)", 3.33),
        ("floor(2.7) + ceil(2.1) + abs(-3)", 8),
        ("min(3, employees, 2)", 2),
        ("max(3, founded)", 3),
        ("upper(name) & '-' & text(employees)", "ACME-100"),
        ("left(name, 2) & right(name, 1) & mid(name, 2, 2)", "Ace" + "cm"),
        ("len('中文') + len(phone)", 2),
        ("contains(name, 'CM')", True),
        ("replace(lower(trim('  Ab ')), 'b', '')", "a"),
        ("number('1,200.5') + 1", 1201.5),
        ("number('many')", None),
        ("text(date(2024, 2, 30))", "2024-03-01"),
        ("year(date('2024-02-29')) * 100 + month(date('2024-02-29'))", 202402),
        ("isempty(date('2023-02-29'))", True),
        ("datediff(date(2024, 1, 31), date(2024, 3, 1), 'months')", 1),
        ("datediff(date(2024, 1, 31), date(2024, 3, 1), 'days')", 30),
        ("text(dateadd(date(2024, 1, 31), 1, 'month'))", "2024-02-29"),
        ("text(date(2024, 1, 1) + 31 - 1)", "2024-01-31"),
        ("date(2024, 3, 1) - date(2024, 2, 1)", 29),
        ("stage = 'Signed'", False),
        ("kind = 'company' or false", True),
        ("phone = ''", True),
        ("founded = empty", True),
        ("founded != 5", True),
        ("isempty(tags) and len(tags) = 0 and not contains(tags, 'vip')", True),
        ("“全角” & ‘也’", "全角也"),
        ("IF(True, 1, 2)", 1),
        ("1 ＋ 2 ＊ （3 － 1）", 5),
        ('\'it\'\'s\' & "a ""b"""', 'it\'sa "b"'),
    ],
)
def test_a_formula_comes_to(ada, formula, result):
    assert come_to(ada, formula, employees=100) == result


@pytest.mark.parametrize(
    "hostile",
    ["'; drop table customer; --", "%s %(x)s {} {0} :x $1 \\", "🙂" * 200, "‮مرحبا", "\\'", "<script>alert(1)</script>"],
)
def test_whatever_is_written_between_quotes_is_only_text(ada, hostile):
    quoted = "'" + hostile.replace("'", "''") + "'"
    assert come_to(ada, f"{quoted} & name") == hostile + "Acme"


def test_empty_in_is_empty_out_and_nothing_fails_when_it_is_read(ada):
    for n, formula in enumerate((
        "founded + 1", "1 / (employees - 100)", "1 % (employees - 100)", "upper(phone)", "year(date(phone))",
        " * ".join(["1e".replace("e", "00000000000000")] * 40), "date(99999, 1, 1)", "date(2024, 1, 1) + 99999999999",
        "dateadd(now(), 0 - 99999999, 'years')", "datediff(date(phone), today(), 'days')", "left(name, 0 - 5)",
        "number('9' & '99999999999999999999')", "date('2024-02-31')", "if(founded > 1, 1)",
    )):  # fmt: skip
        with ada.inside():
            field(f"c_{n}", formula)
            record = create_record(CUSTOMER, {"name": "Acme", "employees": 100})
            assert value(CUSTOMER, record, f"c_{n}") is None, formula


def test_money_keeps_its_currency_and_several_currencies_give_nothing(ada):
    with ada.inside():
        add_custom_field("customer", label="Fee", key="c_fee", type="money", taken=[])
        field("c_sum", "annual_revenue + c_fee")
        field("c_tax", "annual_revenue * 0.06 + 1")
        field("c_share", "c_fee / annual_revenue")
        field("c_more", "annual_revenue > 1000")
        field("c_yen", "if(c_fee > 5, c_fee, annual_revenue)")
        cny = {"annual_revenue": Amount(200_000, "CNY"), "c_fee": Amount(50_050, "CNY")}
        one = create_record(CUSTOMER, {"name": "One"} | cny)
        other = create_record(
            CUSTOMER, {"name": "Two", "annual_revenue": Amount(100, "USD"), "c_fee": Amount(1, "CNY")}
        )
        yen = create_record(CUSTOMER, {"name": "Yen", "annual_revenue": Amount(7, "JPY"), "c_fee": Amount(600, "JPY")})
        bare = create_record(CUSTOMER, {"name": "Bare"})
        assert value(CUSTOMER, one, "c_sum") == Amount(250_050, "CNY")
        assert value(CUSTOMER, one, "c_tax") == Amount(12_100, "CNY")
        assert value(CUSTOMER, one, "c_share") == 0.25025
        assert value(CUSTOMER, one, "c_more") is True
        assert value(CUSTOMER, other, "c_sum") is None
        assert value(CUSTOMER, other, "c_share") is None
        assert value(CUSTOMER, other, "c_tax") == Amount(106, "USD")
        assert value(CUSTOMER, yen, "c_sum") == Amount(607, "JPY")
        assert value(CUSTOMER, yen, "c_yen") == Amount(600, "JPY")
        assert value(CUSTOMER, bare, "c_sum") is None


def test_a_formula_reads_own_fields_of_every_type_and_what_links_lead_to(ada):
    with ada.inside():
        for key, kind in (("c_n", "decimal"), ("c_p", "percent"), ("c_d", "date"), ("c_t", "datetime"),
                          ("c_yes", "yes_no"), ("c_text", "text"), ("c_tags", "tags")):  # fmt: skip
            add_custom_field("customer", label=key, key=key, type=kind, taken=[])
        add_custom_field("contact", label="Via", key="c_via", type="lookup", config={"target": "customer"}, taken=[])
        field("c_all", "text(c_n * c_p) & c_text & text(c_d) & c_yes & contains(c_tags, 'vip') & text(c_t)")
        field("c_of", "customer.name & ' ' & customer.c_n & ' ' & c_via.parent.name & ' ' & customer.owner.name",
              of="contact")  # fmt: skip
        fields = CUSTOMER.fields()
        values = {"c_n": 2.5, "c_p": 10, "c_d": "2026-03-08", "c_t": "2026-03-08T01:02:00Z", "c_yes": True,
                  "c_text": "x", "c_tags": ["vip"]}  # fmt: skip
        big = create_record(CUSTOMER, {"name": "Big"} | {k: fields[k].parse(v) for k, v in values.items()})
        small = create_record(CUSTOMER, {"name": "Small", "parent": big.id})
        person = create_record(CONTACT, {"name": "Zhang", "customer": big.id, "c_via": small.id})
        assert value(CUSTOMER, big, "c_all") == "0.25x2026-03-08yesyes2026-03-08 09:02"
        assert value(CONTACT, person, "c_of") == "Big 2.5 Big Ada Lovelace"


def test_a_value_that_no_longer_is_of_the_fields_type_is_empty(ada):
    with ada.inside():
        for key, kind in (
            ("c_n", "decimal"),
            ("c_d", "date"),
            ("c_t", "datetime"),
            ("c_m", "money"),
            ("c_l", "lookup"),
        ):
            config = {"target": "customer"} if kind == "lookup" else {}
            add_custom_field("customer", label=key, key=key, type=kind, config=config, taken=[])
        field("c_it", "c_n + 1")
        field("c_day", "c_d + 1")
        field("c_at", "year(c_t)")
        field("c_sum", "c_m * 2")
        field("c_name", "c_l.name")
        record = create_record(CUSTOMER, {"name": "Old"})
        record.custom = {"c_n": "many", "c_d": "2026-02-31", "c_t": "soon", "c_m": [1], "c_l": "nobody"}
        for key in ("c_it", "c_day", "c_at", "c_sum", "c_name"):
            assert value(CUSTOMER, record, key) is None
        record.custom = {"c_n": "12", "c_d": {"a": 1}, "c_t": 5, "c_m": {"amount": "x", "currency": 1}, "c_l": 7}
        assert value(CUSTOMER, record, "c_it") == 13
        for key in ("c_day", "c_at", "c_sum", "c_name"):
            assert value(CUSTOMER, record, key) is None


def test_a_value_is_right_again_after_a_change_in_the_same_transaction(ada):
    with ada.inside():
        field("c_double", "employees * 2")
        record = create_record(CUSTOMER, {"name": "Acme", "employees": 5})
        assert value(CUSTOMER, record, "c_double") == 10
        update_record(CUSTOMER, record, {"employees": 7})
        assert value(CUSTOMER, record, "c_double") == 14


# --- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "code", "at"),
    [
        ("", "empty", 0),
        ("1 +", "unfinished", 3),
        ("nothing + 1", "unknown_field", 0),
        ("1 + nowhere(2)", "unknown_function", 4),
        ("left(name)", "wrong_arguments", 0),
        ("left(name, 'x')", "wrong_type", 11),
        ("employees + name", "wrong_type", 12),
        ("name > 5", "wrong_type", 7),
        ("if(employees, 1, 2)", "wrong_type", 3),
        ("if(true, 1, 'x')", "wrong_type", 12),
        ("employees / 0", "division_by_zero", 12),
        ("employees % -0", "division_by_zero", 12),
        ("employees / (0)", "division_by_zero", 13),
        ("name.first", "no_link", 0),
        ("owner.salary", "unknown_field", 0),
        ("parent", "wrong_type", 0),
        ("'open", "open_text", 0),
        ("12a", "bad_number", 0),
        ("1 ; 2", "unknown_character", 2),
        ("(1", "missing_sign", 2),
        ("1 < 2 < 3", "unexpected", 8),
        ("stage = 'sigend'", "not_an_option", 8),
        ("datediff(today(), today(), 'moons')", "unknown_unit", 27),
        ("annual_revenue * annual_revenue", "wrong_type", 17),
        ("1" * 16, "too_large", 0),
        ("(" * 1000 + "1" + ")" * 999, "too_deep", 50),
        ("-" * 1000 + "1", "too_deep", 50),
        ("not " * 400 + "true", "too_deep", 200),
        ("if(true," * 200, "too_deep", 402),
        ("1" + "+1" * 1000, "too_long", 2000),
        ("c_it + 1", "loop", 0),
    ],
)
def test_a_formula_is_refused_when_it_is_written(ada, formula, code, at):
    with ada.inside():
        with pytest.raises(Invalid) as refused:
            field("c_it", formula)
        (problem,) = refused.value.problems
        assert (problem.field, problem.code) == ("formula", code)
        assert problem.message.startswith(f"Character {at + 1}: ")


def test_formulas_that_lead_round_in_a_circle_are_refused(ada):
    with ada.inside():
        one = field("c_a", "employees + 1")
        field("c_b", "c_a * 2")
        field("c_c", "c_b + parent.c_b", of="customer")
        for formula in ("c_b", "c_c + 1", "parent.c_a", "parent.c_c", "parent.parent.parent.c_b"):
            with pytest.raises(Invalid) as refused:
                change_custom_field(one, config={"formula": formula})
            assert refused.value.problems[0].code == "loop", formula
        assert one.config == {"formula": "employees + 1"}


def test_formulas_that_grow_by_one_another_are_refused_before_they_are_too_much(ada):
    with ada.inside():
        field("c_0", " + ".join(["employees"] * 100))
        field("c_1", " + ".join(["c_0"] * 20))
        with pytest.raises(Invalid) as refused:
            field("c_2", " + ".join(["c_1"] * 20))
        assert refused.value.problems[0].code == "too_large"


def test_a_formula_whose_field_is_gone_is_empty_and_says_why(ada):
    with ada.inside():
        gone = add_custom_field("customer", label="Gone", key="c_gone", type="decimal", taken=[])
        field("c_it", "c_gone * 2")
        record = create_record(CUSTOMER, {"name": "Acme", "c_gone": 4})
        assert value(CUSTOMER, record, "c_it") == 8
        retire_custom_field(gone)
        assert value(CUSTOMER, record, "c_it") is None
        assert "c_gone" in CUSTOMER.field("c_it").fault
        assert [r.name for r in Listing(CUSTOMER, sort="c_it").page().records] == ["Acme"]


# --- lists ---------------------------------------------------------------------------------------------


@pytest.fixture
def many(ada):
    with ada.inside():
        field("c_half", "employees / 2")
        field("c_size", "if(employees > 6, 'big', if(employees > 2, 'small'))")
        field("c_first", "left(name, 1)")
        for n in (None, 1, 9, 3, 8, None, 4, 2, 3):
            create_record(CUSTOMER, {"name": f"Acme {n}", "employees": n})


def test_lists_are_filtered_sorted_and_paged_by_a_formula(ada, many):
    def read(backwards=False, **how):
        found, at = [], None
        while True:
            way = {"before": at} if backwards else {"after": at}
            page = Listing(CUSTOMER, limit=2, **how, **way).page()
            names = [record.employees for record in page.records]
            found = [*names, *found] if backwards else [*found, *names]
            if (at := page.previous if backwards else page.next) is None:
                return found

    with ada.inside():
        assert read(sort="c_half") == [1, 2, 3, 3, 4, 8, 9, None, None]
        assert read(sort="-c_half") == [9, 8, 4, 3, 3, 2, 1, None, None]
        by_size = read(sort="c_size")
        assert {*by_size[:2]} == {8, 9} and {*by_size[2:5]} == {3, 4} and len(by_size) == 9
        more = {"field": "c_half", "op": "gt", "value": 1}
        assert read(sort="c_half", condition=more) == [3, 3, 4, 8, 9]
        between = {
            "all": [
                {"field": "c_half", "op": "between", "value": [1, 2]},
                {"field": "c_size", "op": "is", "value": "small"},
            ]
        }
        assert sorted(read(condition=between)) == [3, 3, 4]
        assert len(read(condition={"field": "c_half", "op": "empty"})) == 2
        assert len(read(condition={"field": "c_size", "op": "is_not", "value": "big"})) == 7
        assert len(read(condition={"not": {"field": "c_size", "op": "contains", "value": "IG"}})) >= 3


def test_calculated_columns_cost_a_list_no_further_statement(ada, many, statements):
    plain, more = "w/acme/customers/?columns=name", "w/acme/customers/?columns=name,c_half,c_size,c_first"
    ada.get("/" + plain)
    with statements() as few:
        ada.get("/" + plain)
    with statements() as many_columns:
        page = ada.get("/" + more).text
    assert "4.5" in page and "small" in page
    assert len(many_columns) == len(few)


def test_records_that_were_loaded_whole_read_their_values_together(ada, many, statements):
    with ada.inside():
        records = Listing(CUSTOMER).page().records
        with statements() as asked:
            halves = [value(CUSTOMER, record, "c_half") for record in records]
            sizes = [value(CUSTOMER, record, "c_size") for record in records]
        assert 4.5 in halves and "big" in sizes
        assert len(asked) == 1


def test_pages_and_the_api_show_what_a_formula_comes_to_and_nobody_can_write_it(ada, many):
    with ada.inside():
        record_id = next(r.id for r in Listing(CUSTOMER).page().records if r.employees == 9)
    assert "4.5" in ada.get(f"customers/{record_id}").text
    assert 'name="c_half"' not in ada.get(f"customers/{record_id}/edit").text
    shown = ada.api("GET", f"customers/{record_id}").json["data"]
    assert (shown["c_half"], shown["c_size"]) == (4.5, "big")
    listed = ada.api("GET", 'customers?sort=-c_half&filter={"field":"c_size","op":"is","value":"big"}').json["data"]
    assert [each["c_half"] for each in listed] == [4.5, 4]
    refused = ada.api("PATCH", f"customers/{record_id}", {"c_half": 7})
    assert refused.json["errors"][0]["code"] == "read_only"
    assert ada.api("PATCH", f"customers/{record_id}", {"c_half": 4.5, "employees": 10}).json["data"]["c_half"] == 5
    schema = ada.api("GET", "openapi.json").text
    assert '"c_half"' in schema

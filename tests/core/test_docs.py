"""The documents speak of everything there is, and what they show works."""

import json
import re
from pathlib import Path

import pytest

from core import sdk
from core.customers.types import CUSTOMER
from core.records.conditions import compile_condition
from core.records.custom import add_custom_field
from core.records.designs import apply, compare, read_design
from core.records.field_changes import FOUND, MATCHING, UNIQUE
from core.records.fields import FIELD_TYPES
from core.records.fields.operators import PERIODS, is_period
from core.records.formulas.functions import FUNCTIONS
from core.records.formulas.rollups import FUNCTIONS as ROLL_UPS
from core.records.imports.choices import BAD_CELLS, EMPTY, MODES
from core.records.likeness import match_name, match_sound
from core.records.query import Listing
from core.records.services import create_record
from core.records.types import type_named

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text()


def examples(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page(name), re.DOTALL)


@pytest.mark.parametrize("name", sorted(p.name for p in DOCS.glob("*.md")))
def test_links_between_the_documents_lead_somewhere(name):
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page(name)):
        found = (DOCS / target) if target else (DOCS / name)
        assert found.exists(), target
        heads = [re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-")
                 for h in re.findall(r"^#+ (.*)$", found.read_text() if found.suffix == ".md" else "", re.MULTILINE)]  # fmt: skip
        assert not anchor or anchor in heads, f"{target}#{anchor}"


def test_the_readme_leads_to_each_of_them():
    readme = (ROOT / "README.md").read_text()
    assert [p.name for p in DOCS.glob("*.md") if f"docs/{p.name}" not in readme] == []


# --- fields and formulas -------------------------------------------------------------------------------


def ours():
    return {name: kind for name, kind in FIELD_TYPES.items() if kind.__module__.startswith("core.")}


def test_every_field_type_is_described():
    assert [name for name in ours() if f"`{name}`" not in page("fields.md")] == []


def test_every_operator_and_every_setting_of_a_field_type_is_named():
    words = set(re.findall(r"`(\w+)`", page("fields.md") + page("formulas.md")))
    for name, kind in ours().items():
        operators = kind.operators if not kind.computed else {}
        assert set(operators) - words == set(), name
        assert set(kind.configurable) - words == set(), name


def test_what_tells_records_apart_is_said_of_the_right_types():
    rows = {line.split("`")[1]: set(re.findall(r"`(\w+)`", line)) for line in page("fields.md").splitlines()
            if line.startswith(("| `unique`", "| `match_key`", "| `found`"))}  # fmt: skip
    assert rows["unique"] == UNIQUE | {"unique"}
    assert UNIQUE - {"integer"} == MATCHING
    assert rows["found"] == FOUND | {"found"}
    assert {name for name in FOUND if FIELD_TYPES[name].found} == {"phone", "email", "barcode", "auto_number"}


def test_the_periods_that_are_named_are_periods():
    (row,) = [line for line in page("fields.md").splitlines() if line.startswith("| date | order, and")]
    named = set(re.findall(r"`(\w+)`", row)) - {"within"}
    assert named and all(is_period(each) for each in named) and named & set(PERIODS)


def test_every_function_is_described_as_it_describes_itself():
    text = page("formulas.md")
    for name, function in FUNCTIONS.items():
        assert f"| `{name}` | `{function.example}` | {function.says} |" in text, name
    assert [name for name in ROLL_UPS if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("round(2.5) - round(-2.5)", 6),
        ("number(true)", 1),
        ("contains('Acme Ltd', 'LTD')", True),
        ("text(1234.5) & ' ' & text(true) & ' ' & date(2026, 3, 8)", "1234.5 yes 2026-03-08"),
        ("founded < 5", None),
        ("phone & name", "Acme"),
        ("founded = empty", True),
        ("min(founded, 3)", 3),
        ("if(founded > 5, 1, 2)", 2),
        ("isempty(parent)", True),
        ("parent.parent.parent.parent.name", None),
        ("datediff(date(2026, 3, 1), date(2026, 3, 2), 'hours')", 24),
        ("date(created_at) >= '2020-01-01'", True),
        ("IF(TRUE AND NOT false, 2, 3)", 2),
        ("2 + 3 & 4", "54"),
        ("not 1 = 2 and 3 > 2", True),
    ],
)
def test_formulas_mean_what_is_said_of_them(ada, formula, result):
    with ada.inside():
        add_custom_field("customer", label="It", key="c_it", type="formula", taken=[], config={"formula": formula})
        record = create_record(CUSTOMER, {"name": "Acme"})
        assert CUSTOMER.field("c_it").get(record) == result


@pytest.mark.parametrize("name", ["formulas.md", "lists-and-views.md"])
def test_the_conditions_that_are_shown_fit_customers(ada, name):
    with ada.inside():
        for shown in examples(name, "json"):
            condition = json.loads(shown.replace("customer.industry", "parent.industry"))
            compile_condition(CUSTOMER, condition)
            assert Listing(CUSTOMER, condition).page().records == []


# --- record types, imports, duplicates ------------------------------------------------------------------


def test_the_template_that_is_shown_can_be_brought_in(ada):
    (shown,) = examples("own-record-types.md", "yaml")
    with ada.inside():
        found = apply(read_design(shown))
        assert found.of("conflict") == 0
    with ada.inside():
        assert compare(read_design(shown)).is_done
        machine = type_named("c_machine")
        customer = create_record(CUSTOMER, {"name": "Acme"})
        made = create_record(machine, {"name": "M1", "c_kind": "pump", "c_customer": customer.id})
        assert machine.field("status").get(made) == "stock"
        assert CUSTOMER.field("c_machines").get(customer) == 1


def test_the_choices_of_an_import_are_named():
    words = set(re.findall(r"`(\w+)`", page("import-export.md")))
    assert {*MODES, *EMPTY, *BAD_CELLS} - words == set()


def test_names_are_told_alike_as_the_document_says():
    assert match_name("广东省深圳市腾飞有限公司") == match_name("深圳腾飞")
    assert match_sound(match_name("腾飞")) == match_sound(match_name("藤飞"))
    assert match_sound(match_name("张三")) == match_sound(match_name("Zhang San"))


# --- the door ------------------------------------------------------------------------------------------


def test_every_name_of_the_door_stands_in_one_group():
    text = page("plugins.md")
    table = text[text.index("## The door") : text.index("## Tests")].partition("|---")[2]
    named = re.findall(r"`(\w+)`", table)
    assert sorted(named) == sorted(sdk.__all__)


def test_the_door_opens_every_field_type_of_ours():
    closed = [kind.__name__ for kind in ours().values() if not kind.computed and kind.__name__ not in sdk.__all__]
    assert closed == []

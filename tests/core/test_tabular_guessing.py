"""Most columns find their field by themselves."""

from pathlib import Path

import pytest

from core.tabular import TargetField, guess_columns, read

DATA = Path(__file__).parents[3] / "shared" / "data"

CUSTOMER = [
    TargetField("name", ["Name", "名称"], "text"),
    TargetField("industry", ["Industry", "行业"], "choice"),
    TargetField("phone", ["Phone", "电话"], "phone"),
    TargetField("email", ["E-mail", "邮箱"], "email"),
    TargetField("website", ["Website", "网站"], "url"),
    TargetField("employees", ["Employees", "员工数"], "integer"),
    TargetField("revenue", ["Revenue", "营业额"], "money"),
    TargetField("founded", ["Founded", "成立年份"], "year"),
    TargetField("address", ["Address", "地址"], "address"),
    TargetField("parent", ["Parent company", "上级公司"], "lookup"),
    TargetField("source", ["Source", "来源"], "choice"),
    TargetField("owner", ["Owner", "负责人"], "member"),
    TargetField("notes", ["Notes", "备注"], "long_text"),
]


def guessed(headers, rows=(), fields=CUSTOMER):
    return {guess.header: guess.field for guess in guess_columns(headers, rows, fields) if guess.field}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Name", "name"),
        ("ACCOUNT_NAME", "name"),
        ("companyName", "name"),
        ("客户名称", "name"),
        ("公司名称*", "name"),
        ("企业名称", "name"),
        ("sector", "industry"),
        ("所属行业", "industry"),
        ("Indsutry", "industry"),
        ("Mobile", "phone"),
        ("Tel.", "phone"),
        ("Phone 2", "phone"),
        ("客户联系电话", "phone"),
        ("手机号码", "phone"),
        ("e-mail address", "email"),
        ("Customer Email", "email"),
        ("电子邮箱", "email"),
        ("headcount", "employees"),
        ("Number of Employees", "employees"),
        ("Employee", "employees"),
        ("员工人数", "employees"),
        ("Annual Revenue (USD)", "revenue"),
        ("年营业额（万元）", "revenue"),
        ("year_established", "founded"),
        ("成立年份", "founded"),
        ("office_location", "address"),
        ("详细地址", "address"),
        ("subsidiary_of", "parent"),
        ("母公司", "parent"),
        ("Lead Source", "source"),
        ("客户来源", "source"),
        ("Sales Agent", "owner"),
        ("负责人", "owner"),
        ("Remarks", "notes"),
        ("备注信息", "notes"),
        ("Adress", "address"),
    ],
)
def test_a_column_is_known_by_its_name(header, field):
    assert guessed([header]) == {header: field}


@pytest.mark.parametrize(
    "header", ["Customer Age", "Customer Gender", "Email Opened", "Total", "x", "客户年龄", "序号", ""]
)
def test_a_name_that_only_sounds_alike_is_left_alone(header):
    assert guessed([header]) == {}


def test_a_column_is_known_by_what_stands_in_it():
    rows = [
        ["Acme", "ada@acme.example", "13800138000", "https://acme.example"],
        ["Globex", "bob@globex.example", "13900139000", "www.globex.example"],
        ["Initech", "cyd@initech.example", "13700137000", "initech.com"],
    ]
    guesses = guess_columns(["a", "b", "c", "d"], rows, CUSTOMER)

    assert [guess.field for guess in guesses] == [None, "email", "phone", "website"]
    assert [guess.reason for guess in guesses] == [None, "content", "content", "content"]


def test_the_content_belies_a_name():
    rows = [["No"], ["Yes"], ["No"]]

    assert guessed(["Do Not Email"], rows) == {}
    assert (
        guessed(["Total Time Spent on Website"], [["674"], ["1532"], ["0"]]).get("Total Time Spent on Website")
        != "website"
    )


def test_a_field_is_given_once_and_to_the_column_that_fits_best():
    guesses = guess_columns(["Company", "Name", "Name 2"], [["Acme", "Ada", "x"]], CUSTOMER)

    assert [guess.field for guess in guesses] == [None, "name", None]


def test_a_person_and_a_company_go_to_different_fields():
    fields = [
        TargetField("name", ["Name", "姓名"], "text"),
        TargetField("company", ["Company", "公司"], "text"),
    ]

    assert guessed(["公司名称", "姓名"], (), fields) == {"公司名称": "company", "姓名": "name"}
    assert guessed(["Account Name", "Full name"], (), fields) == {
        "Account Name": "company",
        "Full name": "name",
    }


def test_a_plugins_field_brings_its_own_synonyms():
    fields = [TargetField("tonnage", ["Tonnage"], "integer", synonyms=("dead weight", "载重"))]

    assert guessed(["Dead Weight"], (), fields) == {"Dead Weight": "tonnage"}
    assert guessed(["载重（吨）"], (), fields) == {"载重（吨）": "tonnage"}


def test_a_sure_guess_is_surer_than_an_unsure_one():
    sure, unsure, typo = guess_columns(["E-mail", "Customer phone", "Indsutry"], [], CUSTOMER)

    assert sure.confidence == 1
    assert 0.5 < unsure.confidence < sure.confidence
    assert 0.5 < typo.confidence < sure.confidence


@pytest.mark.skipif(not DATA.exists(), reason="the example data is not beside the repository")
def test_every_column_of_a_real_list_of_accounts_finds_its_field():
    table = read(DATA / "crm_sales/accounts.csv", "accounts.csv")

    assert [guess.field for guess in guess_columns(table.headers, table.sample(), CUSTOMER)] == [
        "name",
        "industry",
        "founded",
        "revenue",
        "employees",
        "address",
        "parent",
    ]

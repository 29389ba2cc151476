"""A record type out of a spreadsheet: what is proposed for each column, and what is there afterwards."""

import io
import json
import re

import pytest
import xlsxwriter

from core import db
from core.customers.types import CUSTOMER
from core.records import making, proposing
from core.records.custom import fields_of
from core.records.imports.models import Import
from core.records.query import Listing
from core.records.services import create_record
from core.records.types import type_named
from core.tabular import read

PAGE = "settings/record-types/sheet"
EQUIPMENT = """设备编号,设备名称,客户,类型,状态,采购日期,采购金额,功率,折旧率,在保,联系电话,邮箱,适用行业,备注,空列
0001,离心泵一号,华夏机电,泵,使用中,2023-05-01,"12,000.00",7.5,10%,是,13800138000,a@example.com,化工、电力,第一台,
0002,离心泵二号,华夏机电,泵,使用中,2023-06-01,"13,000.00",11,10%,是,13800138001,b@example.com,化工,,
0003,截止阀一号,东方重工,阀门,维修中,2023-07-15,"2,000.00",0.5,5%,否,13800138002,c@example.com,电力、冶金,,
0004,截止阀二号,东方重工,阀门,使用中,2024-01-20,"2,100.00",0.5,5%,是,13800138003,d@example.com,冶金,,
0005,空压机,没有的客户,压缩机,维修中,2024-02-02,"45,600.50",37,8%,否,13800138004,e@example.com,化工、冶金,,
0006,空压机二,华夏机电,压缩机,使用中,2024-03-03,"45,600.50",37,8%,是,13800138005,f@example.com,电力,最后一台,
"""


@pytest.fixture
def customers(ada):
    with ada.inside():
        return {name: create_record(CUSTOMER, {"name": name}).id for name in ("华夏机电", "东方重工")}


def upload(person, content, name="设备台账_202405.csv"):
    content = content.encode() if isinstance(content, str) else content
    return person.post(PAGE, {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def proposal_form(page: str) -> dict[str, str]:
    """What a browser would post of the proposal as it is."""
    page = page[page.index('name="csrf_token"') :] if 'name="csrf_token"' in page else page
    form: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        at = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if (
            "name" in at
            and at.get("type") not in ("search",)
            and (at.get("type") not in ("checkbox", "radio") or " checked" in tag)
        ):
            form[at["name"]] = at.get("value", "")
    for name, body in re.findall(r'<select [^>]*name="([^"]+)".*?>(.*?)</select>', page, re.S):
        chosen = re.findall(r'value="([^"]*)" selected', body)
        form[name] = chosen[0] if chosen else ""
    return form


def proposed(person, content, name="设备台账_202405.csv"):
    """Upload and answer the address of the proposal, and its form."""
    answer = upload(person, content, name)
    assert answer.status_code == 303, answer.get_data(as_text=True)[-3000:]
    return answer.location, proposal_form(person.get(answer.location).get_data(as_text=True))


def types_in(form):
    return {form[f"label-{key[5:]}"]: value for key, value in form.items() if key.startswith("type-")}


def workbook(fill):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        fill(book)
    return out.getvalue()


def test_each_column_is_taken_for_what_it_holds(ada, customers):
    _url, form = proposed(ada, EQUIPMENT)
    assert types_in(form) == {
        "设备编号": "text", "设备名称": "text", "客户": "lookup:customer", "类型": "choice", "状态": "state",
        "采购日期": "date", "采购金额": "money", "功率": "decimal", "折旧率": "percent", "在保": "yes_no",
        "联系电话": "phone", "邮箱": "email", "适用行业": "multi_choice", "备注": "text", "空列": "text",
    }  # fmt: skip
    assert form["label"] == "设备台账" and form["title"] == "1"
    assert "use-14" not in form and "use-13" in form


def test_type_fields_and_rows_are_made_and_the_list_shows_them(ada, customers, run_jobs):
    url, form = proposed(ada, EQUIPMENT.encode("gbk"))
    made = ada.post(url, form | {"label": "设备", "icon": "engine", "label-13": "说明", "required-0": "1"})
    assert made.status_code == 303, made.get_data(as_text=True)[-3000:]
    assert "rows read" in ada.get(made.location).get_data(as_text=True)
    run_jobs()
    with ada.inside():
        made_type = type_named("c_shebei")
        keys = {str(f.label): f.key for f in made_type.fields().values()}
        rows = {r.name: r for r in Listing(made_type, limit=50).page().records}
        assert len(rows) == 6, list(db.session().query(Import))[0].error
        first = rows["离心泵一号"]
        assert first.status == "使用中" and first.custom[keys["设备编号"]] == "0001"
        assert first.custom[keys["客户"]] == str(customers["华夏机电"]) and first.custom[keys["在保"]] is True
        assert keys["客户"] not in rows["空压机"].custom
        field = made_type.field(keys["适用行业"])
        assert field.get(first) and set(field.get(first)) == {"化工", "电力"}
        assert [s["label"] for s in making.get_own_type("c_shebei").states] == ["使用中", "维修中"]
        assert made_type.field(keys["设备编号"]).required and "说明" in keys
    page = ada.get("c_shebei/").get_data(as_text=True)
    assert "离心泵一号" in page and "华夏机电" in page
    done = ada.get(made.location)
    assert done.status_code == 303 and "/imports/" in done.location


def test_a_clean_file_ends_on_its_list(ada, run_jobs):
    url, form = proposed(ada, "Name,Age\n" + "".join(f"Cat {n},{n % 15}\n" for n in range(30)), "cats.csv")
    progress = ada.post(url, form).location
    run_jobs()
    done = ada.get(progress)
    assert done.status_code == 303 and done.location.endswith("/c_cats/")
    page = ada.get("c_cats/").get_data(as_text=True)
    assert "30 records were brought in" in page


def test_what_is_wrong_with_a_column_is_said_beside_it(ada):
    content = "Name,Code,When\n" + "".join(f"N{n},K{n},0{n % 9 + 1}/02/2024\n" for n in range(300))
    url, form = proposed(ada, content, "things.csv")
    assert form["order-2"] == ""
    cases = [
        ({"type-1": "choice"}, "column-1-error", "more than 200"),
        ({"label-1": " "}, "column-1-error", "Give the field a name"),
        ({"label-1": "NAME"}, "column-1-error", "called the same"),
        ({"type-1": "formula"}, "column-1-error", "Choose a type"),
        ({"type-1": "lookup:c_nowhere"}, "column-1-error", "Choose a type"),
        ({}, "column-2-error", "day or the month comes first"),
        ({"title": ""}, "gx-error", "records are called by"),
        ({"label": "Customer", "order-2": "dmy"}, "f-label-error", "already"),
    ]
    for changed, where, says in cases:
        answer = ada.post(url, form | changed)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 422 and where in text and says in text, (changed, where)
    with ada.inside():
        assert not making.own_types()
    assert ada.post(url, form | {"order-2": "dmy"}).status_code == 303


def test_a_real_workbook_with_merged_headers_formulas_empty_and_duplicate_columns(ada, run_jobs):
    def fill(book):
        sheet = book.add_worksheet("明细")
        sheet.merge_range(0, 0, 0, 1, "基本信息")
        sheet.merge_range(0, 2, 0, 4, "费用")
        for at, name in enumerate(["合同名称", "签订日期", "单价", "数量", "单价"]):
            sheet.write(1, at, name)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for n in range(2, 12):
            sheet.write(n, 0, f"合同 {n}")
            sheet.write_number(n, 1, 45000 + n, day)
            sheet.write(n, 2, 10.5 * n)
            sheet.write(n, 3, n)
            sheet.write_formula(n, 4, f"=C{n + 1}*D{n + 1}", None, 10.5 * n * n)
        book.add_worksheet("说明").write(0, 0, "nothing")

    url, form = proposed(ada, workbook(fill), "合同.xlsx")
    kinds = types_in(form)
    assert kinds["合同名称"] == "text" and kinds["签订日期"] == "date" and "money" in kinds.values()
    assert len({form[f"label-{n}"] for n in range(5)}) == 5 and form["label"] == "合同"
    assert ada.post(url, form).status_code == 303
    run_jobs()
    with ada.inside():
        rows = Listing(type_named("c_hetong"), sort="name", limit=50).page().records
        assert len(rows) == 10 and len(rows[0].custom) == 4


def test_a_hundred_columns_and_thousands_of_rows(ada, run_jobs):
    header = ",".join(["Name", *(f"Column {n}" for n in range(1, 100))])
    lines = [",".join([f"Row {r}", *(str(r * n % 97) for n in range(1, 100))]) for r in range(2_500)]
    url, form = proposed(ada, "\n".join([header, *lines]), "big.csv")
    assert len(types_in(form)) == 100
    assert ada.post(url, form).status_code == 303
    run_jobs()
    with ada.inside():
        own = type_named("c_big")
        assert Listing(own).count(20_000) == 2_500
        assert len(fields_of("c_big")) == 99
    assert ada.get("c_big/").status_code == 200


@pytest.mark.parametrize(("content", "name", "says"), [
    (b"", "empty.csv", ""),
    (b"Name,Age\n", "only-header.csv", ""),
    (b"%PDF-1.7 nonsense", "paper.pdf", "not a table"),
    (b"PK\x03\x04 broken", "broken.xlsx", "damaged"),
    (b"<html><table></table></html>", "page.xls", "web page"),
    ((",".join(f"C{n}" for n in range(400)) + "\n" + ",".join("v" for _n in range(400)) + "\n").encode(), "wide.csv", "more than 200 columns"),
])  # fmt: skip
def test_a_bad_file_is_refused_with_the_reason(ada, content, name, says):
    answer = upload(ada, content, name)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "f-file-error" in text and says in text
    assert ada.post(PAGE, {}).status_code == 422


def test_members_and_owners_are_recognised(ada, sam):
    content = "Visit,负责人,陪同\n" + "".join(
        f"V{n},{'Sam Seller' if n % 2 else 'Ada Lovelace'},sam@example.com\n" for n in range(8)
    )
    _url, form = proposed(ada, content, "visits.csv")
    assert types_in(form) == {"Visit": "text", "负责人": "owner", "陪同": "member"}


@pytest.mark.parametrize(("header", "cells", "kind"), [
    ("Serial", ["100001", "100002", "100003", "100004", "100005", "100006"], "text"),
    ("Price", ["1", "2", "3", "4", "5", "6"], "money"),
    ("Floors", ["1", "2", "3", "4", "5", "61"], "integer"),
    ("Card", ["6222021234567890123"] * 6, "text"),
    ("When", ["2024-01-01 10:30", "2024-01-02 11:00", "2024-01-03 09:15"] * 2, "datetime"),
    ("Web", ["https://example.com/a", "www.example.com", "example.org"] * 2, "url"),
    ("Grade", ["A", "B", "A", "C", "B", "A"], "choice"),
    ("Remark", ["a long sentence about something that goes on and on without any sense at all " * 2] * 6, "long_text"),
    ("Tags", ["a,b", "b,d", "a,c", "c,b", "a,d", "b,c", "d,a", "c,a"], "multi_choice"),
    ("Word", ["one", "two", "three", "four", "five", "six"], "text"),
])  # fmt: skip
def test_a_column_by_itself(ada, header, cells, kind):
    with ada.inside():
        content = "Key " + header + "," + header + "\n" + "".join(f'k{n},"{cell}"\n' for n, cell in enumerate(cells))
        found = proposing.propose(read(content.encode(), "x.csv"), "x.csv")
        assert found.columns[1].type == kind, found.columns[1]


def test_only_who_may_and_only_their_own(ada, sam, mallory):
    location = upload(ada, "Name,Age\na,1\n").location
    assert upload(sam, "Name,Age\na,1\n").status_code == 403 and sam.get(location).status_code == 403
    assert mallory.get(location.replace("/acme/", "/globex/")).status_code == 404
    assert mallory.post(location.replace("/acme/", "/globex/"), {"label": "X"}).status_code == 404


def test_the_api_proposes_and_makes(ada, run_jobs):
    def send(path, **said):
        return ada.api("POST", path, data={"file": (io.BytesIO(b"Name,Colour\na,red\nb,red\nc,blue\nd,blue\n"), "cars.csv")} | said,
                       content_type="multipart/form-data")  # fmt: skip

    found = send("record-types/proposals").json["data"]
    assert found["label"] == "cars" and [c["type"] for c in found["columns"]] == ["text", "choice"]
    found["columns"][1] |= {"label": "Paint", "type": "text"}
    made = send("record-types/from-file", label="Engine", columns=json.dumps(found["columns"]))
    assert made.status_code == 202, made.json
    assert made.json["data"]["record_type"]["name"] == "c_engine"
    run_jobs()
    assert ada.api("GET", f"imports/{made.json['data']['import']}").json["data"]["created"] == 4
    assert {r["name"] for r in ada.api("GET", "c_engine").json["data"]} == {"a", "b", "c", "d"}
    for columns in ("nonsense", "[]", "[1,2]", json.dumps([{"label": 1}, {}])):
        assert send("record-types/from-file", label="Other", columns=columns).status_code == 422, columns
    assert ada.api("POST", "record-types/proposals").status_code == 422

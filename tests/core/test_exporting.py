"""Taking records away as a file: what the list shows, as the list shows it, and nothing that runs in a spreadsheet."""

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text

from core import db
from core.customers.models import Customer
from core.customers.types import CUSTOMER
from core.errors import Forbidden, Invalid, NotFound
from core.events import EventRow
from core.files import File
from core.records import custom
from core.records.exports.columns import export_text
from core.records.exports.services import Choices, begin_export, file_of
from core.records.fields import Amount
from core.records.runs.models import Run
from core.records.runs.selection import Selection
from core.records.services import create_record
from core.tabular import read as read_table
from tests.core.test_bulk_changes import GLASS, fill, make

ONE = '{"field":"name","op":"is","value":"Company 00001"}'
EVIL = ['=1+1', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")',
        "＝1+1", "'=1+1", "=DDE(\"cmd\";\"/C calc\";\"\")"]  # fmt: skip


def export(person, fields=("name",), *, condition=None, search="", sort="name", ids=None, **choices):
    with person.inside():
        selection = Selection(CUSTOMER, tuple(ids or ()), ids is None, condition, search)
        run = begin_export(selection, fields, Choices(**choices), sort=sort)
        return run.id, bytes(file_of(run).content)


def sheet_of(content):
    return load_workbook(io.BytesIO(content)).worksheets[0]


def lines_of(content, encoding="utf-8-sig", delimiter=","):
    return list(csv.reader(io.StringIO(content.decode(encoding)), delimiter=delimiter))


def test_a_workbook_has_real_numbers_days_and_moments_in_ones_own_zone(ada):
    make(ada, name="Acme", employees=1200, annual_revenue=Amount(125050, "EUR"), founded=1996)
    _run, content = export(ada, ["name", "employees", "annual_revenue", "founded", "created_at"])
    sheet = sheet_of(content)
    heads, cells = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert heads[:5] == ["Name", "Employees", "Annual revenue", "Founded", "Created"]
    assert cells[:4] == ["Acme", 1200, 1250.5, 1996]
    assert isinstance(cells[4], datetime) and abs(
        cells[4] - datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
    ) < timedelta(minutes=1)
    assert "€" in sheet.cell(2, 3).number_format and sheet.cell(2, 4).number_format == "0"
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref


def test_moments_are_told_by_the_clock_of_who_exports(ada):
    with ada.inside():
        taken = list(CUSTOMER.fields())
        custom.add_custom_field("customer", label="Call", type="datetime", key="call", taken=taken)
        custom.add_custom_field("customer", label="Day", type="date", key="day", taken=taken)
        db.session().execute(text_of_zone("Asia/Shanghai"))
    with ada.inside():
        of = CUSTOMER.fields()
        call = of["call"].parse("2026-03-08T14:30:15Z")
        create_record(CUSTOMER, {"name": "A", "call": call, "day": date(2026, 3, 8)})
        create_record(CUSTOMER, {"name": "B", "day": date(1850, 1, 2)})
    _run, content = export(ada, ["name", "call", "day"])
    rows = [[cell.value for cell in row][:3] for row in sheet_of(content).iter_rows(min_row=2)]
    assert rows[0][1:] == [datetime(2026, 3, 8, 22, 30, 15), datetime(2026, 3, 8)]
    assert rows[1][2] == "1850-01-02", "older than spreadsheets count"
    _run, content = export(ada, ["name", "call", "day"], format="csv")
    assert lines_of(content)[1][:3] == ["A", "2026-03-08 22:30:15", "2026-03-08"]


def text_of_zone(zone):
    return text("update tenant set timezone = :zone").bindparams(zone=zone)


def test_choices_have_a_drop_down_and_keys_are_there_but_hidden(ada):
    make(ada, name="Acme", level="a")
    run_id, content = export(ada, ["name", "level"])
    sheet = sheet_of(content)
    (rule,) = sheet.data_validations.dataValidation
    assert rule.type == "list" and "B2" in str(rule.sqref) and "_lists" in rule.formula1
    assert sheet.cell(2, 2).value == "A"
    heads = [cell.value for cell in sheet[1]]
    assert heads[2:] == ["_id", "_version", f"_export {run_id}"]
    assert sheet.column_dimensions["C"].hidden
    with ada.inside():
        (record,) = db.session().scalars(select(Customer))
    assert (sheet.cell(2, 3).value, sheet.cell(2, 4).value) == (str(record.id), 1)


@pytest.mark.parametrize("evil", EVIL)
def test_no_cell_is_run_as_a_formula(ada, evil):
    with ada.inside():
        record = create_record(CUSTOMER, {"name": "x"})
        record.name = evil
    _run, content = export(ada)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and 't="inlineStr"' in sheet
    _run, content = export(ada, format="csv")
    (cell, *_rest) = lines_of(content)[1]
    assert cell.startswith("'"), cell
    assert next(read_table(content, "x.csv", delimiter=",", header=True).rows)[0] == evil


def test_headers_are_not_run_either(ada):
    with ada.inside():
        custom.add_custom_field("customer", label="=1+1", type="text", key="evil", taken=())
    make(ada)
    _run, content = export(ada, ["name", "evil"], format="csv")
    assert lines_of(content)[0][1] == "'=1+1"


def test_exactly_what_the_list_shows_is_exported_in_its_order(ada):
    for name, industry in (("Beta", "Glass"), ("Alpha", "Glass"), ("Gamma", "Steel"), ("Alpine", "Glass")):
        make(ada, name=name, industry=industry)
    _run, content = export(ada, ["name"], condition=GLASS, search="al", sort="-name", format="csv")
    assert lines_of(content) == [["Name"], ["Alpine"], ["Alpha"]]


def test_a_list_sorted_by_an_own_field_is_exported_whole(ada):
    with ada.inside():
        custom.add_custom_field("customer", label="Size", type="integer", key="size", taken=())
    with ada.inside():
        for name, size in (("A", 2), ("B", None), ("C", 1)):
            create_record(CUSTOMER, {"name": name, "size": size})
    _run, content = export(ada, ["name", "size"], sort="size", format="csv")
    assert lines_of(content)[1:] == [["C", "1"], ["A", "2"], ["B", ""]]


def test_links_are_written_by_name(ada):
    parent = make(ada, name="Parent")
    make(ada, name="Child", parent=parent)
    _run, content = export(ada, ["name", "parent", "owner"], format="csv")
    assert lines_of(content)[1] == ["Child", "Parent", "Ada Lovelace"]


def test_csv_as_other_programs_want_it(ada):
    make(ada, name="北京, 建国")
    _run, content = export(ada, ["name"], format="csv")
    assert content.startswith(b"\xef\xbb\xbf") and lines_of(content)[1] == ["北京, 建国"]
    _run, content = export(ada, ["name"], format="csv", encoding="gb18030", delimiter="semicolon")
    assert lines_of(content, "gb18030", ";")[1] == ["北京, 建国"]
    _run, content = export(ada, ["name"], format="csv", encoding="utf-8-plain", delimiter="tab", keys=True)
    assert content.startswith(b"Name\t_id\t_version\t_export")


def test_sealed_values_stay_covered(ada):
    with ada.inside():
        custom.add_custom_field("customer", label="Licence", type="secret", key="licence", taken=())
    with ada.inside():
        of = CUSTOMER.fields()["licence"]
        create_record(CUSTOMER, {"name": "A", "licence": of.parse("open sesame")})
    for kind in ("csv", "xlsx"):
        _run, content = export(ada, ["name", "licence"], format=kind)
        if kind == "xlsx":
            content = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
        assert b"sesame" not in content and "•".encode() in content


def test_only_what_one_may_export_is_exported(ada, sam, bob, dora):
    make(ada, name="Hers")
    for person in (sam, bob):
        with pytest.raises(Forbidden):
            export(person)
        assert person.post("customers/export", {"all": "1", "go": "1"}).status_code == 403
        assert person.api("POST", "customers/exports").status_code == 403
    mine = make(dora, name="Mine")
    _run, content = export(dora, format="csv")
    assert lines_of(content) == [["Name"], ["Mine"]]
    with ada.inside():
        (hers,) = db.session().scalars(select(Customer.id).where(Customer.name == "Hers"))
    _run, content = export(dora, ids=[hers, mine], format="csv")
    assert lines_of(content) == [["Name"], ["Mine"]]


def test_an_export_is_remembered_with_who_and_how_many(ada):
    make(ada)
    run_id, _content = export(ada)
    with ada.inside():
        (event,) = db.session().scalars(select(EventRow).where(EventRow.name == "customer.exported"))
    assert (event.actor_id, event.record_id, event.data["rows"]) == (ada.member_id, run_id, 1)
    assert ada.api("GET", "events").status_code == 200


def test_few_are_downloaded_at_once_and_many_when_the_file_is_there(ada, run_jobs):
    fill(ada, 1001)
    answer = ada.post("customers/export", {"all": "1", "filter": ONE, "go": "1", "columns": "name,stage"})
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    assert [cell.value for cell in sheet_of(answer.data)[2]][:2] == ["Company 00001", "Potential"]

    answer = ada.post("customers/export", {"all": "1", "go": "1", "what": "all"})
    assert answer.status_code == 303
    page = answer.headers["Location"]
    assert "every 1s" in ada.get(page).get_data(as_text=True)
    run_jobs()
    assert "The file is ready" in ada.get(page).get_data(as_text=True)
    sheet = sheet_of(ada.get(f"{page}/file").data)
    assert sheet.max_row == 1002 and sheet.max_column == len(CUSTOMER.builtin) + 3


def test_the_file_is_gone_after_a_week(ada, mallory, clock, run_jobs):
    make(ada)
    run_id, _content = export(ada)
    assert ada.get(f"runs/{run_id}/file").status_code == 200
    assert mallory.get(f"/w/globex/runs/{run_id}/file").status_code == 404
    clock.move(days=7, minutes=1)
    run_jobs()
    with ada.inside():
        run = db.get(Run, run_id)
        assert run.file_id is None and db.session().scalars(select(File)).all() == []
        with pytest.raises(NotFound):
            file_of(run)
    assert "has been deleted" in ada.get(f"runs/{run_id}").get_data(as_text=True)


def test_an_export_costs_no_statement_for_each_record(ada, statements):
    parent = make(ada, name="Parent")
    fill(ada, 300, parent_id=parent)
    with statements() as few:
        export(ada, ["name", "parent"], condition={"field": "name", "op": "is", "value": "Company 00001"})
    with statements() as many:
        export(ada, ["name", "parent"])
    assert len(many) == len(few)


def test_what_does_not_fit_is_said(ada):
    make(ada)
    for fields, choices in ((["nope"], {}), ([], {}), (["name"], {"format": "pdf"}), (["name"], {"delimiter": "x"})):
        with pytest.raises(Invalid):
            export(ada, fields, **choices)


def test_over_the_api(ada, sam, run_jobs):
    make(ada, name="Acme", industry="Glass")
    make(ada, name="Other")
    answer = ada.api("POST", "customers/exports", json={"filter": GLASS, "fields": ["name"], "format": "csv"})
    assert answer.status_code == 202
    made = answer.json["data"]
    assert (made["status"], made["url"], made["total"]) == ("running", None, 1)
    assert ada.api("GET", f"exports/{made['id']}/content").status_code == 409
    run_jobs()
    made = ada.api("GET", f"exports/{made['id']}").json["data"]
    assert made["status"] == "done" and made["expires_at"]
    assert lines_of(ada.api("GET", made["url"]).data) == [["Name"], ["Acme"]]
    assert sam.api("GET", f"exports/{made['id']}").status_code in (403, 404)
    for wrong in ({"format": "pdf"}, {"filter": []}, {"fields": ["nope"]}, {"sort": "nope"}, {"ids": []}):
        assert ada.api("POST", "customers/exports", json=wrong).status_code == 422, wrong


def test_every_value_comes_back_from_its_text_unchanged(ada):
    with ada.inside():
        fields = CUSTOMER.fields()
        home, abroad = Amount(125000, "CNY"), Amount(-5, "JPY")
        for key, value in (("annual_revenue", home), ("annual_revenue", abroad), ("tags", ["a b", "c"]),
                           ("employees", 12), ("phone", "+8613800138000"), ("level", "a"), ("stage", "lost")):  # fmt: skip
            assert fields[key].parse(export_text(fields[key], value)) == value
        assert export_text(fields["annual_revenue"], home) == "1250.00"

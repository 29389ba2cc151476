"""Reading XLSX, XLS and ODS: what a person sees in the sheet is what is imported."""

import io
import random
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from core.tabular import TabularError, read

FILES = Path(__file__).parent / "files"


def workbook(fill):
    """The bytes of an XLSX that `fill(book)` has filled."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        fill(book)
    return file.getvalue()


def sheet(*rows):
    def fill(book):
        page = book.add_worksheet("Customers")
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)

    return workbook(fill)


def ods(rows_xml, *, manifest="<manifest/>"):
    content = f"""<?xml version="1.0" encoding="UTF-8"?>
    <office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
      xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
      xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
    <office:body><office:spreadsheet><table:table table:name="客户">{rows_xml}</table:table>
    </office:spreadsheet></office:body></office:document-content>"""
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": manifest,
        }
    )


def ods_cell(text, attributes=""):
    return f'<table:table-cell office:value-type="string" {attributes}>{text}</table:table-cell>'


def archive(parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        for name, content in parts.items():
            zipped.writestr(name, content)
    return file.getvalue()


def repacked(content, name, change):
    """The same workbook with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        parts = {entry: zipped.read(entry) for entry in zipped.namelist()}
    parts[name] = change(parts[name])
    return archive(parts)


def refusal(content, name="customers.xlsx", **options):
    with pytest.raises(TabularError) as caught:
        list(read(content, name, **options).rows)
    return caught.value


def test_values_are_read_as_one_would_write_them():
    def fill(book):
        page = book.add_worksheet()
        page.write_row(0, 0, ["phone", "price", "founded", "seen", "opens", "took", "vip", "sum"])
        page.write(1, 0, 13800138000)
        page.write(1, 1, 0.1 + 0.2)
        page.write_datetime(1, 2, date(2016, 10, 20), book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_datetime(1, 3, datetime(2016, 10, 20, 8, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        page.write_datetime(1, 4, time(9, 5), book.add_format({"num_format": "hh:mm"}))
        page.write_datetime(1, 5, timedelta(hours=26, minutes=3), book.add_format({"num_format": "[h]:mm:ss"}))
        page.write_boolean(1, 6, True)
        page.write_formula(1, 7, "=1+1", None, 2.5)

    table = read(workbook(fill), "x.xlsx")

    assert [list(row) for row in table.rows] == [
        ["13800138000", "0.3", "2016-10-20", "2016-10-20 08:30:00", "09:05:00", "26:03:00", "true", "2.5"]
    ]


def test_a_merged_title_is_left_out_and_merged_headings_name_their_columns():
    def fill(book):
        page = book.add_worksheet()
        page.merge_range("A1:E1", "2024年客户资料")
        page.merge_range("A2:A3", "客户名称")
        page.merge_range("B2:C2", "联系方式")
        page.merge_range("D2:E2", "地址")
        page.write_row("B3", ["电话", "邮箱", "城市", "街道"])
        page.write_row("A4", ["华为", "13800138000", "a@huawei.example", "深圳", "坂田"])

    table = read(workbook(fill), "x.xlsx")

    assert table.headers == ["客户名称", "电话", "邮箱", "城市", "街道"]
    assert [(row.line, row[0], row[4]) for row in table.rows] == [(4, "华为", "坂田")]


def test_merged_headings_tell_columns_of_one_name_apart():
    def fill(book):
        page = book.add_worksheet()
        page.merge_range("A1:B1", "Office")
        page.merge_range("C1:D1", "Home")
        page.write_row("A2", ["Phone", "City", "Phone", "City"])
        page.write_row("A3", ["1", "Paris", "2", "Rome"])

    table = read(workbook(fill), "x.xlsx")

    assert table.headers == ["Office Phone", "Office City", "Home Phone", "Home City"]


def test_every_row_of_a_merged_block_has_its_value():
    def fill(book):
        page = book.add_worksheet()
        page.write_row("A1", ["Region", "Customer", "Notes"])
        page.merge_range("A2:A4", "East")
        page.write_column("B2", ["Acme", "Globex", "Initech"])
        page.merge_range("C3:C4", "both")

    rows = [list(row) for row in read(workbook(fill), "x.xlsx").rows]

    assert rows == [["East", "Acme", ""], ["East", "Globex", "both"], ["East", "Initech", "both"]]


def test_a_table_that_begins_somewhere_in_the_sheet_is_found_there():
    def fill(book):
        page = book.add_worksheet()
        page.write_row("C5", ["name", "city"])
        page.write_row("C6", ["Acme", "Berlin"])

    table = read(workbook(fill), "x.xlsx")

    assert table.headers == ["name", "city"]
    assert [(row.line, list(row)) for row in table.rows] == [(6, ["Acme", "Berlin"])]


def test_sheets_can_be_chosen_and_hidden_ones_are_not_shown():
    def fill(book):
        book.add_worksheet("Empty")
        book.add_worksheet("Old").hide()
        book.add_worksheet("Customers").write_column("A1", ["name", "Acme"])
        book.add_worksheet("Leads").write_column("A1", ["lead", "Ada"])
        book.add_worksheet("Secret").very_hidden()
        book.add_chartsheet("Chart").set_chart(chart := book.add_chart({"type": "line"}))
        chart.add_series({"values": "=Customers!$A$1:$A$2"})

    content = workbook(fill)

    assert read(content, "x.xlsx").sheets == ["Empty", "Customers", "Leads"]
    assert read(content, "x.xlsx").sheet == "Customers"
    assert read(content, "x.xlsx", sheet="Leads").headers == ["lead"]
    problem = refusal(content, sheet="Old")
    assert problem.code == "no_sheet"
    assert "Customers, Leads" in problem.message


def test_a_workbook_without_data_is_refused():
    assert refusal(sheet()).code == "empty"


def test_the_content_counts_and_not_the_name_of_the_file():
    assert read(sheet(["name"], ["Acme"]), "customers.csv").sheet == "Customers"
    assert read(b"name\nAcme\n", "customers.xlsx").headers == ["name"]


def test_a_text_that_was_guarded_against_being_a_formula_loses_its_guard():
    assert [row[0] for row in read(sheet(["name"], ["'=1+1"], ["'plain"]), "x.xlsx").rows] == [
        "=1+1",
        "'plain",
    ]


def test_an_xls_is_read_with_its_merged_cells_and_without_its_hidden_sheet():
    table = read(FILES / "customers.xls", "customers.xls")

    assert table.sheets == ["客户"]
    assert table.headers == ["客户名称", "电话", "成立日期", "营业额"]
    assert [list(row) for row in table.rows] == [
        ["华为", "13800138000", "1987-09-15", "8914.5"],
        ["华为", "0755-28780808", "2016-10-20", ""],
    ]


def test_an_ods_is_read_with_its_merged_cells():
    table = read(FILES / "customers.ods", "customers.ods")

    assert table.sheets == ["客户"]
    assert table.headers == ["名称", "日期", "数"]
    assert [list(row) for row in table.rows] == [
        ["华为", "2016-10-20", "3.5"],
        ["华为", "2017-01-02", "13800138000"],
    ]


def test_a_protected_workbook_is_refused_with_the_remedy():
    locked_ods = ods("", manifest="<manifest><manifest:encryption-data/></manifest>")

    for content in (FILES / "protected.xlsx", FILES / "protected.xls", locked_ods):
        problem = refusal(content)
        assert problem.code == "encrypted"
        assert "password" in problem.message


def test_a_damaged_workbook_is_refused():
    good = sheet(["name"], ["Acme"])

    assert refusal(good[:200]).code == "damaged"
    assert refusal(repacked(good, "xl/workbook.xml", lambda _: b"<nonsense")).code == "damaged"
    assert refusal(repacked(good, "xl/worksheets/sheet1.xml", lambda _: b"<nonsense")).code == "damaged"


def test_a_workbook_that_would_take_all_memory_takes_only_itself_down():
    content = bytearray((FILES / "customers.xls").read_bytes())
    content[2327] = 0x69  # the sheet's number of rows: its grid would take 170 GB

    assert refusal(bytes(content)).code == "damaged"


@pytest.mark.parametrize("name", ["customers.xls", "customers.ods", "protected.xlsx"])
def test_no_spoilt_byte_brings_the_reader_down(name):
    content = (FILES / name).read_bytes()
    chance = random.Random(name)
    for _ in range(30):
        spoilt = bytearray(content)
        for _ in range(chance.choice([1, 3, 20])):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        with suppress(TabularError):
            list(read(bytes(spoilt), name).rows)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (archive({"customers.csv": "name\nAcme"}), "archive"),
        (archive({"word/document.xml": "<w/>"}), "other_office_file"),
        (archive({"xl/workbook.bin": "x"}), "other_office_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900), "binary"),
    ],
)
def test_other_archives_are_refused_by_name(content, code):
    assert refusal(content).code == code


def test_two_cells_in_opposite_corners_do_not_make_a_grid_of_thousands_of_millions():
    corners = (
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b'<row r="1"><c><v>1</v></c></row><row r="1048576">' + b"<c><v>1</v></c>" * 900 + b"</row>",
        b'<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'
        b'<x:row r="1048576"><x:c r="ZZ1048576"><x:v>1</x:v></x:c></x:row>',
    )
    for cells in corners:
        content = repacked(
            sheet(["name"], ["Acme"]),
            "xl/worksheets/sheet1.xml",
            lambda _, cells=cells: b'<worksheet xmlns:x="x"><sheetData>' + cells + b"</sheetData></worksheet>",
        )
        assert refusal(content).code in ("too_large", "too_many_columns")

    huge_ods = ods(
        f"""<table:table-row table:number-rows-repeated="1048576">
        {ods_cell("x", 'table:number-columns-repeated="900"')}</table:table-row>"""
    )
    assert refusal(huge_ods).code == "too_large"


def test_cells_with_nothing_but_a_colour_do_not_count():
    def fill(book):
        page = book.add_worksheet()
        page.write_column("A1", ["name", "Acme"])
        page.write_blank("XFD1048576", None, book.add_format({"bg_color": "red"}))

    assert [list(row) for row in read(workbook(fill), "x.xlsx").rows] == [["Acme"]]


def test_a_file_that_unpacks_to_gigabytes_is_refused():
    bomb = repacked(sheet(["name"], ["Acme"]), "xl/sharedStrings.xml", lambda _: bytes(600_000_000))

    assert len(bomb) < 5_000_000
    assert refusal(bomb).code == "too_large"


def test_a_merged_block_as_large_as_the_sheet_does_no_harm():
    content = repacked(
        sheet(["name", "city"], ["Acme", "Berlin"]),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(
            b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A3:XFD1048576"/></mergeCells>'
        ),
    )

    assert [list(row) for row in read(content, "x.xlsx").rows] == [["Acme", "Berlin"]]

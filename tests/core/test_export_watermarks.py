"""An exported sheet says who took it home, and when."""

import io
import zipfile

import pytest
from openpyxl import load_workbook

from core import db
from core.access import Role
from core.customers.types import CUSTOMER
from core.errors import Forbidden
from core.records.exports import watermarks
from core.records.exports.services import Choices, begin_export, file_of
from core.records.exports.watermarks import drawn
from core.records.runs.selection import Selection
from core.records.services import create_record
from core.records.sheets import services as sheets


def taken(person, *, format="xlsx", **choices):
    """The file that the person exported, and its name."""
    with person.inside():
        record = create_record(CUSTOMER, {"name": "Analytical Engines"})
        run = begin_export(Selection(CUSTOMER, (record.id,)), ["name", "industry"], Choices(format=format, **choices))
        file = file_of(run)
        return file.content, file.name, run.id


def test_a_workbook_says_who_and_when_on_screen_in_print_and_in_its_properties(ada):
    content, name, run_id = taken(ada)
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    assert "Ada Lovelace" in name and name.endswith(".xlsx")
    assert "Ada Lovelace" in sheet.oddFooter.left.text and str(run_id)[-12:] in sheet.oddFooter.right.text
    assert "Acme" in sheet.oddHeader.right.text
    kept = {each.name: each.value for each in book.custom_doc_props.props}
    assert kept["Export"] == str(run_id) and kept["Exported by"] == "ada@example.com"
    assert book.properties.creator == "Ada Lovelace" and "ada@example.com" in book.properties.description
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert "<picture " in parts.read("xl/worksheets/sheet1.xml").decode()
        assert parts.read("xl/media/image1.png").startswith(b"\x89PNG")
    assert len(content) < 60_000


def test_a_csv_says_it_in_its_name_and_nowhere_else(ada):
    content, name, _run = taken(ada, format="csv", keys=True)
    assert "Ada Lovelace" in name and name.endswith(".csv")
    assert len(content.decode().strip().splitlines()) == 2, "what comes back is what went out"


def test_a_workspace_can_do_without(ada):
    ada.api("PATCH", "settings/security", {"watermark": False})
    content, name, _run = taken(ada)
    assert "Ada" not in name and not load_workbook(io.BytesIO(content)).worksheets[0].oddFooter.left.text


def test_a_marked_workbook_comes_back_without_a_change(ada):
    content, name, _run = taken(ada)
    with ada.inside():
        sheet = sheets.begin_sheet(CUSTOMER, name, content)
        assert sheets.lines_of(sheet, "change", "conflict") == []


@pytest.mark.parametrize("name", ["Ada Lovelace", "王小明", "A & B <script>", "名" * 200, ""])
def test_any_name_can_be_drawn_and_printed(ada, name):
    with ada.inside() as context:
        mark = watermarks.Mark(name, "ada@example.com", "R&D 研发", context and watermarks.current.now(), ada.member_id)
        assert drawn(mark.name, mark.email, mark.when).startswith(b"\x89PNG")
        assert "/" not in watermarks.marked_name("A/B", "csv", mark)
        assert len(watermarks.marked_name("名" * 300, "csv", mark)) < 160


def test_without_a_chinese_font_the_address_stands_for_the_name(monkeypatch):
    monkeypatch.setattr(watermarks, "_path", lambda: None)
    watermarks._font.cache_clear()
    drawn.cache_clear()
    try:
        assert drawn("王小明", "wang@example.com", "2026-01-31 09:30 · 研发") == drawn(
            "wang@example.com", "wang@example.com", "2026-01-31 09:30")  # fmt: skip
    finally:
        watermarks._font.cache_clear()
        drawn.cache_clear()


def test_who_may_look_may_not_export_for_that_reason(ada, bob):
    """The same grant holds on the pages, over the API and in a run that begins with it and is finished without."""
    with ada.inside():
        record = create_record(CUSTOMER, {"name": "Analytical Engines"}).id
    assert bob.get(f"customers/{record}").status_code == 200
    assert bob.get("customers/export").status_code in (403, 404)
    assert bob.post("customers/export", {"ids": str(record), "go": "1"}).status_code in (403, 404)
    assert bob.api("POST", "customers/exports", {"ids": [str(record)], "fields": ["name"]}).status_code == 403
    with bob.inside(), pytest.raises(Forbidden):
        begin_export(Selection(CUSTOMER, (record,)), ["name"], Choices())
    assert "Export" not in bob.get("customers/").text
    with ada.inside():
        viewer = db.session().query(Role).filter(Role.key == "viewer").one()
        viewer.grants = {**viewer.grants, "records": {"*": {"view": "all", "export": "own"}}}
    with bob.inside():
        run = begin_export(Selection(CUSTOMER, (record,)), ["name"], Choices(format="csv"))
        assert run.total == 0, "it may export its own, and this one is ada's"

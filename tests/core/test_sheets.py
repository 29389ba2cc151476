"""Exports that come back edited: each change is seen before it is made, and nothing of others is overwritten."""

import io

import pytest
from openpyxl import load_workbook

from core import db
from core.customers.models import Customer
from core.customers.types import CUSTOMER
from core.errors import Forbidden, Invalid
from core.records import custom
from core.records.exports.reading import all_fields
from core.records.exports.services import Choices, begin_export, file_of
from core.records.fields import Amount
from core.records.runs.models import Run
from core.records.runs.selection import Selection
from core.records.runs.services import undo
from core.records.services import create_record, delete_record, update_record
from core.records.sheets import services
from core.records.types import type_named
from tests.core.test_bulk_changes import fill, look, make, read
from tests.core.test_exporting import export, lines_of

FIELDS = ["name", "industry", "level", "employees", "annual_revenue", "parent", "owner", "tags"]


class Book:
    """An exported workbook in somebody's hands."""

    def __init__(self, content: bytes) -> None:
        self.book = load_workbook(io.BytesIO(content))
        self.sheet = self.book.worksheets[0]
        self.heads = [cell.value for cell in self.sheet[1]]

    def line(self, name: str) -> int:
        return next(row[0].row for row in self.sheet.iter_rows(min_row=2) if row[0].value == name)

    def write(self, name: str, head: str, value) -> "Book":
        self.sheet.cell(self.line(name), self.heads.index(head) + 1).value = value
        return self

    def add(self, **values) -> "Book":
        line = self.sheet.max_row + 1
        for head, value in values.items():
            self.sheet.cell(line, self.heads.index(head) + 1).value = value
        return self

    def drop(self, name: str) -> "Book":
        self.sheet.delete_rows(self.line(name))
        return self

    def saved(self) -> bytes:
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()


def taken_home(person, fields=FIELDS) -> Book:
    return Book(export(person, fields)[1])


def upload(person, book, name="customers.xlsx"):
    with person.inside():
        run = services.begin_sheet(CUSTOMER, name, book if isinstance(book, bytes) else book.saved())
        return run.id


def said(person, run_id, *verdicts):
    """What the sheet says anew: by record, by field, what was exported, stands here, stands in the sheet."""
    with person.inside():
        lines = services.lines_of(db.get(Run, run_id), *(verdicts or ("change", "conflict")))
        return {
            line.title: {key: (c["base"], c["now"], c["mine"]) for key, c in line.data["cells"].items()}
            for line in lines
        }


def counts(person, run_id):
    with person.inside():
        return services.counts(db.get(Run, run_id))


def take(person, run_id, *, all=True, cells=(), create=True, rest=False):
    with person.inside():
        run = db.get(Run, run_id)
        lines = services.lines_of(run, "change", "conflict")
        ticked = {(str(line.id), key) for line in lines for key, cell in line.data["cells"].items()
                  if all and not cell["conflict"] or (line.title, key) in cells}  # fmt: skip
        new = [str(line.id) for line in services.lines_of(run, "new")] if create else []
        services.apply_sheet(run, ticked, rest=rest, create=new)
    return look(person, run_id)


def change(person, record_id, **values):
    with person.inside():
        update_record(CUSTOMER, db.get(Customer, record_id), values)


def test_a_sheet_that_nobody_touched_says_nothing(ada):
    parent = make(ada, name="Parent", annual_revenue=Amount(1250, "EUR"), tags=["b", "a"])
    make(ada, name="Child", parent=parent, employees=7, notes="Two\nlines", level="a")
    fields = [of.key for of in all_fields(CUSTOMER)]
    assert counts(ada, upload(ada, export(ada, fields)[1])) == {}
    assert counts(ada, upload(ada, Book(export(ada, fields)[1]))) == {}, "saved by another program"
    assert counts(ada, upload(ada, export(ada, fields, format="csv", keys=True)[1], "c.csv")) == {}


def test_values_of_every_kind_of_own_field_come_back_untouched(ada):
    options = [{"value": "a", "label": "Alpha"}, {"value": "b", "label": "Beta, or so"}]
    kinds = {"text": "=1+1", "long_text": "one\ntwo", "email": "a@b.co", "phone": "+8613800138000", "url": "https://a.cn",
             "integer": -3, "decimal": 12.25, "percent": 12.5, "money": "12.5", "date": "2026-03-08",
             "datetime": "2026-03-08T14:30:59Z", "choice": "b", "multi_choice": ["a", "b"], "tags": ["x y", "z"],
             "yes_no": False, "time": "14:30", "duration": "1:30", "month": "2026-03", "rating": 3, "color": "#ff0000",
             "barcode": "4006381333931"}  # fmt: skip
    with ada.inside():
        taken = list(CUSTOMER.fields())
        for kind in kinds:
            config = {"options": options} if "choice" in kind else {}
            custom.add_custom_field(
                "customer", label=f"Own {kind}", type=kind, key=f"own_{kind}", taken=taken, config=config
            )
    with ada.inside():
        fields = CUSTOMER.fields()
        values = {f"own_{kind}": fields[f"own_{kind}"].parse(raw) for kind, raw in kinds.items()}
        create_record(CUSTOMER, {"name": "A", **values})
        create_record(CUSTOMER, {"name": "B"})
    keys = ["name", *values]
    for content, name in ((export(ada, keys)[1], "a.xlsx"), (Book(export(ada, keys)[1]).saved(), "a.xlsx"),
                          (export(ada, keys, format="csv", keys=True)[1], "a.csv")):  # fmt: skip
        run_id = upload(ada, content, name)
        assert counts(ada, run_id) == {}, said(ada, run_id)


def test_changed_cells_are_shown_old_and_new_and_made_on_demand(ada):
    acme = make(ada, name="Acme", industry="Steel", employees=5, level="a", annual_revenue=Amount(1250, "EUR"))
    make(ada, name="Other")
    book = taken_home(ada).write("Acme", "Industry", "Glass").write("Acme", "Employees", 12).write("Acme", "Level", "B")
    run_id = upload(ada, book.write("Acme", "Annual revenue", 99.5).write("Acme", "Tags", "vip; old"))
    assert said(ada, run_id) == {"Acme": {
        "industry": ("Steel", "Steel", "Glass"), "employees": ("5", "5", "12"), "level": ("A", "A", "B"),
        "annual_revenue": ("12.50", "12.50", "99.5"), "tags": ("", "", "vip; old"),
    }}  # fmt: skip
    assert read(ada, acme).industry == "Steel", "nothing is done before it is chosen"

    run = take(ada, run_id)
    found = read(ada, acme)
    assert (run.status, run.changed) == ("done", 1)
    assert (found.industry, found.employees, found.level, found.tags) == ("Glass", 12, "b", ["old", "vip"])
    assert (found.annual_revenue_minor, found.annual_revenue_currency) == (9950, "EUR"), "the currency stays"
    with ada.inside():
        assert undo(db.get(Run, run_id)).changed == 1
    assert (read(ada, acme).industry, read(ada, acme).employees) == ("Steel", 5)


def test_what_others_changed_since_is_not_touched_and_not_offered(ada):
    acme = make(ada, name="Acme", industry="Steel", employees=5)
    book = taken_home(ada)
    change(ada, acme, employees=6)
    run_id = upload(ada, book.write("Acme", "Industry", "Glass"))
    assert list(said(ada, run_id)["Acme"]) == ["industry"] and "conflict" not in counts(ada, run_id)
    take(ada, run_id)
    assert (read(ada, acme).industry, read(ada, acme).employees) == ("Glass", 6)


def test_a_cell_that_both_changed_is_a_conflict_and_ones_own_choice(ada):
    acme = make(ada, name="Acme", industry="Steel", level="a")
    book = taken_home(ada).write("Acme", "Industry", "Glass").write("Acme", "Level", "B")
    change(ada, acme, industry="Paper")
    change(ada, acme, industry="Sand")
    run_id = upload(ada, book)
    assert said(ada, run_id, "conflict")["Acme"] == {"industry": ("Steel", "Sand", "Glass"), "level": ("A", "A", "B")}

    run = take(ada, run_id)
    assert (read(ada, acme).industry, read(ada, acme).level, run.changed) == ("Sand", "b", 1)
    run_id = upload(ada, book)
    take(ada, run_id, cells={("Acme", "industry")})
    assert read(ada, acme).industry == "Glass"


def test_both_changing_it_to_the_same_is_no_conflict(ada):
    acme = make(ada, name="Acme", industry="Steel")
    book = taken_home(ada).write("Acme", "Industry", "Glass")
    change(ada, acme, industry="Glass")
    assert counts(ada, upload(ada, book)) == {}


def test_what_changes_between_looking_and_taking_stays(ada):
    acme = make(ada, name="Acme", industry="Steel")
    run_id = upload(ada, taken_home(ada).write("Acme", "Industry", "Glass"))
    change(ada, acme, industry="Paper")
    run = take(ada, run_id)
    assert (run.changed, run.refused, read(ada, acme).industry) == (0, 1, "Paper")


def test_a_cell_that_does_not_fit_says_why_and_spoils_no_other(ada):
    acme = make(ada, name="Acme", industry="Steel")
    book = (
        taken_home(ada)
        .write("Acme", "Employees", "many")
        .write("Acme", "Level", "Z")
        .write("Acme", "Industry", "Glass")
    )
    run_id = upload(ada, book.write("Acme", "Parent company", "Nobody Inc"))
    with ada.inside():
        (line,) = services.lines_of(db.get(Run, run_id), "conflict")
        problems = {key: cell["problem"] for key, cell in line.data["cells"].items() if cell["problem"]}
    assert "Enter a number" in problems["employees"] and "Choose one of" in problems["level"]
    assert "Nobody Inc" in problems["parent"]
    take(ada, run_id)
    assert (read(ada, acme).industry, read(ada, acme).employees) == ("Glass", None)


def test_links_are_changed_by_name(ada, eve):
    acme, boss = make(ada, name="Acme"), make(ada, name="Boss AG")
    book = taken_home(ada).write("Acme", "Parent company", "boss ag").write("Acme", "Owner", "Eve Seller")
    take(ada, upload(ada, book))
    assert (read(ada, acme).parent_id, read(ada, acme).owner_id) == (boss, eve.member_id)


def test_added_lines_become_records_and_missing_ones_stay(ada):
    make(ada, name="Acme")
    gone = make(ada, name="Gone")
    book = taken_home(ada).drop("Gone").add(Name="Fresh", Industry="Glass", Employees=3).add(Industry="Nameless")
    run_id = upload(ada, book)
    assert counts(ada, run_id) == {"new": 2, "gone": 1}
    run = take(ada, run_id)
    assert (run.changed, run.refused) == (1, 1)
    assert read(ada, gone).deleted_at is None
    with ada.inside():
        fresh = db.session().query(Customer).filter(Customer.name == "Fresh").one()
        assert (fresh.industry, fresh.employees) == ("Glass", 3)
        fresh_id = fresh.id
        undo(db.get(Run, run_id))
    assert read(ada, fresh_id).deleted_at


def test_forged_keys_open_nothing(ada, sam, mallory):
    make(sam, name="His")
    hers, abroad = make(ada, name="Hers"), make(mallory, name="Abroad")
    content = export(ada, ["name", "industry"])[1]
    book = Book(content).write("Hers", "Industry", "Glass").write("His", "Industry", "Glass")
    book.add(Name="x", Industry="Glass", _id=str(abroad)).add(Name="y", Industry="Glass", _id="nonsense")
    run_id = upload(sam, book)
    assert counts(sam, run_id) == {"change": 1, "refused": 3}
    assert list(said(sam, run_id)) == ["His"]
    take(sam, run_id)
    assert read(ada, hers).industry is None and read(mallory, abroad).industry is None


def test_who_may_only_look_uploads_nothing(ada, bob):
    make(ada, name="Acme")
    book = taken_home(ada)
    with pytest.raises(Forbidden):
        upload(bob, book)
    assert bob.get("customers/returns/new").status_code == 403


def test_other_files_are_refused_with_the_remedy(ada):
    make(ada, name="Acme")
    for content, name in ((b"name,industry\nAcme,Glass\n", "a.csv"), (b"", "a.xlsx"), (b"PK\x03\x04nonsense", "a.xlsx"),
                          (b"\x00\x01", "a.bin")):  # fmt: skip
        with pytest.raises(Invalid):
            upload(ada, content, name)
    with pytest.raises(Invalid, match="export of"), ada.inside():
        services.begin_sheet(type_named("contact"), "a.xlsx", export(ada)[1])


def test_columns_may_be_moved_left_out_and_added(ada):
    acme = make(ada, name="Acme", industry="Steel", employees=5)
    book = taken_home(ada).write("Acme", "Industry", "Glass")
    book.sheet.move_range(f"B1:B{book.sheet.max_row}", cols=20)
    book.sheet.cell(1, 30).value, book.sheet.cell(2, 30).value = "My notes", "call them"
    run_id = upload(ada, book)
    assert said(ada, run_id) == {"Acme": {"industry": ("Steel", "Steel", "Glass")}}
    assert look(ada, run_id).params["unknown"] == ["My notes"]
    take(ada, run_id)
    assert (read(ada, acme).industry, read(ada, acme).employees) == ("Glass", 5)


def test_the_same_record_twice_is_said(ada):
    make(ada, name="Acme")
    book = taken_home(ada)
    key = book.sheet.cell(2, book.heads.index("_id") + 1).value
    assert counts(ada, upload(ada, book.add(Name="Acme", Industry="x", _id=key)))["refused"] == 1


def test_a_record_deleted_since_is_said(ada):
    acme = make(ada, name="Acme")
    book = taken_home(ada).write("Acme", "Industry", "Glass")
    with ada.inside():
        delete_record(CUSTOMER, db.get(Customer, acme))
    assert counts(ada, upload(ada, book)) == {"refused": 1}


def test_a_big_sheet_is_compared_in_the_background_with_few_statements(ada, run_jobs, statements):
    fill(ada, 3000, location="Leeds")
    with ada.inside():
        selection = Selection(CUSTOMER, all=True)
        run = begin_export(selection, FIELDS, Choices(format="csv", keys=True), at_once=True)
        rows = lines_of(bytes(file_of(run).content))
    rows = [rows[0]] + [[row[0], "Glass", *row[2:]] for row in rows[1:]]
    content = "\n".join(",".join(row) for row in rows).encode()
    run_id = upload(ada, content, "big.csv")
    assert look(ada, run_id).status == "running"
    with statements() as sent:
        run_jobs()
    assert len(sent) < 60 and counts(ada, run_id) == {"change": 3000}
    take(ada, run_id, rest=True)
    with statements() as sent:
        run_jobs()
    assert len(sent) < 60 and look(ada, run_id).changed == 3000


def test_the_pages_from_upload_to_undo(ada):
    acme = make(ada, name="Acme", industry="Steel", level="a")
    book = taken_home(ada).write("Acme", "Industry", "Glass").write("Acme", "Level", "B").add(Name="Fresh")
    change(ada, acme, level="c")
    assert "hidden columns" in ada.get("customers/returns/new").get_data(as_text=True)
    assert ada.post("customers/returns", {}).status_code == 422
    answer = ada.post("customers/returns", {"file": (io.BytesIO(b"a,b\n1,2\n"), "a.csv")})
    assert answer.status_code == 422 and "no export of customers" in answer.get_data(as_text=True)

    answer = ada.post("customers/returns", {"file": (io.BytesIO(book.saved()), "mine.xlsx")}, follow_redirects=True)
    page = answer.get_data(as_text=True)
    url = answer.request.path
    assert all(text in page for text in ("Glass", "Steel", "Stands here", "New lines", "Fresh", "gx-conflict"))
    with ada.inside():
        line = services.lines_of(db.get(Run, url.rsplit("/", 1)[1]), "conflict")[0].id
    page = ada.post(f"{url}/cells", {"cell": f"{line}:industry"}, follow_redirects=True).get_data(as_text=True)
    assert "1 was changed" in page
    assert (read(ada, acme).industry, read(ada, acme).level) == ("Glass", "c")
    assert ada.post(f"{url}/cells", {"cell": f"{line}:level"}).status_code == 409
    assert "as it was" in ada.post(f"{url}/undoing", follow_redirects=True).get_data(as_text=True)
    assert read(ada, acme).industry == "Steel"

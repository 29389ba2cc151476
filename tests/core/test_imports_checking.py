"""Looking before importing: columns mapped and remembered, rows checked, the odd ones mended, all of it taken back."""

import io
from pathlib import Path

import pytest
import xlsxwriter
from faker import Faker
from sqlalchemy import select

from core import db
from core.access import Member, Role
from core.customers.types import CONTACT, CUSTOMER
from core.errors import Conflict, Forbidden, Invalid
from core.events import EventRow
from core.records.imports import services
from core.records.imports.models import Import, ImportRow
from core.records.imports.new_fields import guess_type
from core.records.services import create_record, update_record
from core.tabular import read
from tests.core.test_imports_matching import bring_in, counts, customers, make, odd_rows, own_field

DATA = Path(__file__).parents[3] / "shared/data"
ROWS = "name,phone,industry\nAcme,13800138000,toys\nNew,13900139000,food\n,13900139001,food\nOdd,12,food\n"


def upload(person, content: bytes | str, name: str = "file.csv", plural: str = "customers") -> str:
    raw = content.encode() if isinstance(content, str) else content
    answer = person.post(f"{plural}/import", {"file": (io.BytesIO(raw), name)})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def page_of(person, address: str) -> str:
    return person.get(address).get_data(as_text=True)


def run_of(person, address: str) -> Import:
    with person.inside():
        return db.get(Import, address.rpartition("/")[2])


def form_of(run, **said) -> dict:
    columns = {f"column-{at}": key or "" for at, key in enumerate(run.mapping)}
    return columns | {"match-0": "", "links-shown": "1", "rules-shown": "1", "rules": "1"} | said


# --- the check --------------------------------------------------------------------------------------------


def test_a_check_shows_what_would_become_of_each_row_and_writes_nothing(ada, run_jobs):
    make(ada, name="Acme", phone="+8613800138000", industry="software")
    address = upload(ada, ROWS)
    said = form_of(run_of(ada, address), mode="both", **{"match-0": "phone", "check": "1"})
    ada.post(f"{address}/mapping", said)
    assert "Checking the rows" in page_of(ada, address)
    run_jobs()

    run, page = run_of(ada, address), page_of(ada, address)
    assert (run.status, counts(run)) == ("checked", {"created": 1, "updated": 1, "refused": 2})
    assert "<del>software</del>" in page and "<ins>toys</ins>" in page and "Fill in “Name”." in page
    assert "What the record is recognised by cannot be read" in page
    assert customers(ada)["Acme"].industry == "software" and "New" not in customers(ada)
    with ada.inside():
        assert db.session().scalars(select(EventRow).where(EventRow.run_id == run.id)).all() == []

    ada.post(f"{address}/start")
    run_jobs()
    run = run_of(ada, address)
    assert (run.status, counts(run)) == ("done", {"created": 1, "updated": 1, "refused": 2})
    assert customers(ada)["Acme"].industry == "toys"
    with ada.inside():
        told = db.session().scalars(select(ImportRow.verdict).where(ImportRow.import_id == run.id)).all()
    assert sorted(told) == ["create", "refused", "refused", "update"], "what the check told is not told twice"


@pytest.mark.parametrize("mode", ["create", "both", "update"])
def test_a_check_tells_what_the_import_does(ada, run_jobs, mode):
    make(ada, name="Acme", phone="+8613800138000", industry="software")
    content = (
        "name,phone,industry,parent company\nAcme,13800138000,toys,\nNew,1390013900x,food,Later\nLater,,x,Nobody\n"
    )
    said = {"mode": mode, "match": ["name"]}
    checked = counts(bring_in(ada, run_jobs, content, check=True, **said))

    assert checked == counts(bring_in(ada, run_jobs, content, **said)) and len(checked) >= 2


def test_after_a_check_the_columns_can_be_changed_and_a_cancelled_check_is_a_draft_again(ada, run_jobs):
    address = upload(ada, ROWS)
    run = run_of(ada, address)
    ada.post(f"{address}/mapping", form_of(run, check="1"))
    ada.post(f"{address}/cancellation")
    run_jobs()
    assert run_of(ada, address).status == "draft" and "Which column is what?" in page_of(ada, address)

    ada.post(f"{address}/mapping", form_of(run, check="1"))
    run_jobs()
    assert "Which column is what?" in page_of(ada, f"{address}?columns")
    ada.post(f"{address}/mapping", form_of(run, **{"column-2": "", "update": "1"}))
    assert (run_of(ada, address).status, run_of(ada, address).mapping[2]) == ("draft", None)


def test_a_check_of_a_contact_sheet_counts_the_companies_it_would_create(ada, run_jobs):
    rows = "name,company\nZoe,Acme\nYan,Acme\nXi,Globex\n"
    run = bring_in(ada, run_jobs, rows, into=CONTACT, mapping=["name", "customer"], check=True)

    assert (counts(run), run.report["also"], customers(ada)) == ({"created": 3}, {"customer": 2}, {})


def test_reasons_are_in_the_language_of_whoever_imports(ada, run_jobs):
    with ada.inside():
        db.get(Member, ada.member_id).locale = "zh"
    run = bring_in(ada, run_jobs, "name,employees\nA,many\n")

    assert "数字" in odd_rows(ada, run)[0][2]


# --- the columns ------------------------------------------------------------------------------------------


def test_the_next_file_with_these_headers_is_mapped_as_the_last_one_was(ada, mallory, run_jobs):
    mapping = ["name", None, "notes"]
    bring_in(ada, run_jobs, "Firm,Code,Blah\nA,1,x\n", mapping=mapping, mode="both", match=["name"], rules=False)
    with ada.inside():
        again = services.begin_import(CUSTOMER, "x.csv", b"Blah,FIRM,Code\nx,B,2\n")
        assert again.mapping == ["notes", "name", None]
        assert (again.choices["mode"], again.choices["match"], again.choices["rules"]) == ("both", ["name"], False)
        further = services.begin_import(CUSTOMER, "x.csv", b"Firm,Code,Blah,Why\nA,1,x,because\n")
        assert further.mapping == [*mapping, None]
        other = services.begin_import(CUSTOMER, "x.csv", b"Firm,Blah\nA,x\n")
        assert not other.look.get("remembered")
    with mallory.inside():
        assert not services.begin_import(CUSTOMER, "x.csv", b"Firm,Code,Blah\nA,1,x\n").look.get("remembered")


def test_a_column_without_a_field_gets_one_of_the_type_its_cells_suggest(ada, run_jobs):
    rows = "".join(f"C{n},2025-01-{n:02},{n % 2 and 'gold' or 'silver'}\n" for n in range(1, 9))
    address = upload(ada, f"name,Signed on,Medal\n{rows}")
    page = page_of(ada, address)
    assert '<option value="date" selected>' in page and '<option value="choice" selected>' in page
    run = run_of(ada, address)
    said = form_of(run, **{"column-1": "+new", "type-1": "date", "column-2": "+new", "type-2": "choice", "start": "1"})
    ada.post(f"{address}/mapping", said)
    run_jobs()

    found = customers(ada)["C1"]
    assert run_of(ada, address).created == 8 and found.custom == {"c_signed_on": "2025-01-01", "c_medal": "gold"}


def test_only_those_who_manage_fields_make_them_here(ada, sam):
    with ada.inside():
        for each in db.session().scalars(select(Role).where(Role.key.not_in(("owner", "admin")))):
            each.grants = {"records": {"*": {"view": "all", "create": "all", "import": "all", "edit": "all"}}}
    address = upload(sam, "name,Medal\nA,gold\n")
    assert "A new field…" not in page_of(sam, address)
    said = form_of(run_of(sam, address), **{"column-1": "+new", "type-1": "text", "update": "1"})
    assert sam.post(f"{address}/mapping", said).status_code == 403


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2025-01-03", "2024/11/30", ""], "date"),
        (["2025-01-03 14:00", "2024/11/30 08:30"], "datetime"),
        (["12", "3,000"], "integer"),
        (["12.5", "3"], "decimal"),
        (["¥12.50", "¥3"], "money"),
        (["5%", "12.5%"], "percent"),
        (["是", "否", "是"], "yes_no"),
        (["a@example.com", "b@example.org"], "email"),
        (["13800138000", "139-0013-9000"], "phone"),
        (["https://a.example.com", "www.example.org"], "url"),
        (["gold", "silver"] * 4, "choice"),
        (["one", "two", "three"], "text"),
        (["x" * 200], "long_text"),
        ([], "text"),
    ],
)
def test_the_type_of_a_new_field_is_guessed_from_the_cells(cells, expected):
    assert guess_type(cells) == expected


def test_faults_of_the_columns_are_told_on_the_page_and_nothing_typed_is_lost(ada):
    address = upload(ada, ROWS)
    run = run_of(ada, address)
    twice = ada.post(f"{address}/mapping", form_of(run, **{"column-2": "name", "check": "1"}))
    assert twice.status_code == 422 and "Two columns cannot both be: Name" in twice.get_data(as_text=True)
    none = ada.post(f"{address}/mapping", form_of(run, **{"column-0": "", "check": "1"}))
    assert none.status_code == 422 and "Choose the column for: Name" in none.get_data(as_text=True)
    unmatched = ada.post(f"{address}/mapping", form_of(run, mode="both", check="1"))
    assert unmatched.status_code == 422 and "Say by what rows find" in unmatched.get_data(as_text=True)
    unmapped = form_of(run, **{"column-1": "", "match-0": "phone", "check": "1"})
    assert "Choose the column for Phone" in ada.post(f"{address}/mapping", unmapped).get_data(as_text=True)


def test_another_sheet_or_encoding_can_be_chosen(ada):
    book = workbook({"First": [["name"], ["A"]], "Second": [["客户名称", "行业"], ["甲", "教育"]]})
    address = upload(ada, book, "x.xlsx")
    assert "Second" in page_of(ada, address)
    ada.post(f"{address}/file", {"sheet": "Second"})
    run = run_of(ada, address)
    assert (run.headers, run.mapping, run.rows) == (["客户名称", "行业"], ["name", "industry"], 1)

    address = upload(ada, "name\nÄrger\n".encode("cp1252"))
    ada.post(f"{address}/file", {"encoding": "cp1252"})
    assert "Ärger" in page_of(ada, address)
    assert ada.post(f"{address}/file", {"encoding": "klingon"}).status_code == 422


# --- dates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    ["2016-10-20", "2016/10/20", "10/20/2016", "20-10-2016", "20.10.2016", "2016年10月20日", "42663", "20 Oct 2016",
     "20161020", "2016-10-20 00:00:00"],
)  # fmt: skip
def test_a_date_is_read_however_it_is_written(ada, run_jobs, written):
    key = own_field(ada, "Signed", "date")
    run = bring_in(ada, run_jobs, f"name,Signed\nA,{written}\n", mapping=["name", key])

    assert counts(run) == {"created": 1} and customers(ada)["A"].custom[key] == "2016-10-20"


@pytest.mark.parametrize(
    ("written", "kept"),
    [("2016/10/20 14:30", "2016-10-20T06:30:00Z"), ("2016年10月20日 下午2:30", "2016-10-20T06:30:00Z"),
     ("10/20/2016 2:30 PM", "2016-10-20T06:30:00Z"), ("42663.5", "2016-10-20T04:00:00Z"),
     ("2016-10-20T14:30:00Z", "2016-10-20T14:30:00Z")],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written_in_the_zone_of_who_imports(ada, run_jobs, written, kept):
    key = own_field(ada, "Called", "datetime")
    with ada.inside():
        db.get(Member, ada.member_id).timezone = "Asia/Shanghai"
    run = bring_in(ada, run_jobs, f"name,Called\nA,{written}\n", mapping=["name", key])

    assert counts(run) == {"created": 1} and customers(ada)["A"].custom[key] == kept


def test_a_date_that_shows_its_two_faces_only_far_down_is_not_guessed(ada, run_jobs):
    key = own_field(ada, "Signed", "date")
    rows = "".join(f"C{n},2025-01-02\n" for n in range(300)) + "Late,3/4/2025\n"
    run = bring_in(ada, run_jobs, f"name,Signed\n{rows}", mapping=["name", key])

    assert counts(run) == {"created": 301, "remarked": 1} and "two ways" in odd_rows(ada, run)[0][2]


# --- files ------------------------------------------------------------------------------------------------


def workbook(sheets: dict[str, list[list]], merged: list[tuple] = ()) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            for block in merged:
                sheet.merge_range(*block)
    return out.getvalue()


def test_a_chinese_workbook_with_merged_headers_comes_in(ada, run_jobs):
    fake = Faker("zh_CN")
    fake.seed_instance(3)
    people = [[fake.unique.company(), f"139{n:08}", fake.name(), "教育"] for n in range(12)]
    rows = [
        ["客户台账", "", "", ""],
        ["客户", "", "联系", ""],
        ["公司名称", "联系电话", "负责同事", "所属行业"],
        *people,
    ]
    book = workbook({"台账": rows}, [(0, 0, 0, 3, "客户台账"), (1, 0, 1, 1, "客户"), (1, 2, 1, 3, "联系")])
    with ada.inside():
        run = services.begin_import(CUSTOMER, "客户.xlsx", book)
        assert run.headers == ["公司名称", "联系电话", "负责同事", "所属行业"] and run.rows == 12
        services.map_import(run, ["name", "phone", None, "industry"], {})
        services.start_import(run)
    run_jobs()

    assert set(customers(ada)) == {row[0] for row in people}


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_a_chinese_file_updates_what_another_encoding_brought(ada, run_jobs, encoding):
    fake = Faker("zh_CN")
    fake.seed_instance(5)
    names = [fake.unique.company() for _ in range(15)]
    bring_in(ada, run_jobs, "客户名称,行业\n" + "".join(f"{n},教育\n" for n in names))
    content = ("客户名称,行业\n" + "".join(f"{n},医疗\n" for n in names)).encode(encoding)
    with ada.inside():
        run = services.begin_import(CUSTOMER, "x.csv", content)
        services.map_import(run, run.mapping, {"mode": "both", "match": ["name"]})
        services.start_import(run)
    run_jobs()

    assert {c.industry for c in customers(ada).values()} == {"医疗"}


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_rows_to_mend_come_back_in_once_they_are_mended(ada, run_jobs, ending):
    run = bring_in(ada, run_jobs, "name,employees,phone\nGood,5,\n,6,13800138000\n=Bad,x,\n", bad_cells="refuse")
    download = ada.get(f"imports/{run.id}/rows.{ending}")
    table = read(download.get_data(), f"x.{ending}")
    assert table.headers == ["name", "employees", "phone", "Why it was not taken"]
    first, second = list(table.rows)
    assert list(first) == ["", "6", "13800138000", "Name: Fill in “Name”."] and second[0] == "=Bad"

    mended = "".join(",".join(row) + "\n" for row in (table.headers, ["Mended", *first[1:]], ["Bad", "7", "", ""]))
    with ada.inside():
        again = services.begin_import(CUSTOMER, "x.csv", mended.encode())
        assert again.mapping == ["name", "employees", "phone", None] and again.choices["bad_cells"] == "refuse"
        services.start_import(again)
    run_jobs()
    assert set(customers(ada)) == {"Good", "Mended", "Bad"}


@pytest.mark.parametrize(
    ("path", "rows", "title"),
    [("crm_sales/sales_pipeline.csv", 8800, "opportunity_id"), ("leads/x_education_leads.csv", 9240, "Prospect ID"),
     ("churn/telco_churn.csv", 7043, "customerID")],
)  # fmt: skip
def test_real_files_come_in_with_a_field_for_each_column(ada, run_jobs, path, rows, title):
    file = DATA / path
    if not file.exists():
        pytest.skip("the data sets are not beside this checkout")
    content = b"".join(file.read_bytes().splitlines(keepends=True)[:301])
    address = upload(ada, content, file.name)
    run = run_of(ada, address)
    at = run.headers.index(title)
    kinds = {n: guess_type([row[n] for row in run.look["sample"]]) for n in range(len(run.headers))}
    said = form_of(run, start="1") | {f"column-{n}": "+new" for n in kinds} | {f"type-{n}": k for n, k in kinds.items()}
    ada.post(f"{address}/mapping", said | {f"column-{at}": "name"})
    run_jobs()

    run = run_of(ada, address)
    assert (run.status, run.created, run.refused) == ("done", 300, 0), run.mapping
    assert run.remarked <= 3, odd_rows(ada, run)[:5]
    assert rows > 300


# --- taking it back ---------------------------------------------------------------------------------------


def revert(person, run_jobs, run) -> Import:
    with person.inside():
        services.start_reverting(db.get(Import, run.id))
    run_jobs()
    with person.inside():
        return db.get(Import, run.id)


def test_an_import_is_taken_back_but_for_what_was_touched_since(ada, run_jobs):
    make(ada, name="Old", industry="was")
    make(ada, name="Older", industry="was")
    run = bring_in(ada, run_jobs, "name,industry\nOld,is\nOlder,is\nNew,is\nNewer,is\n", mode="both", match=["name"])
    with ada.inside():
        found = {c.name: c for c in db.session().scalars(CUSTOMER.visible())}
        update_record(CUSTOMER, found["Older"], {"industry": "since"})
        update_record(CUSTOMER, found["Newer"], {"notes": "we met"})
    assert "Take the import back" in page_of(ada, f"imports/{run.id}")
    run = revert(ada, run_jobs, run)

    assert run.status == "reverted" and run.report["restored"] == 2
    assert {c.name: c.industry for c in customers(ada).values()} == {"Old": "was", "Older": "since", "Newer": "is"}
    page = page_of(ada, f"imports/{run.id}")
    assert "Stayed as they are" in page and "Newer" in page
    with ada.inside(), pytest.raises(Conflict):
        services.start_reverting(db.get(Import, run.id))


def test_companies_that_came_along_go_along(ada, run_jobs):
    run = bring_in(ada, run_jobs, "name,company\nZoe,Acme\n", into=CONTACT, mapping=["name", "customer"])
    run = revert(ada, run_jobs, run)

    assert run.report["kept"] == [] and customers(ada) == {}


def test_only_whoever_imported_or_may_do_all_takes_it_back(ada, bob, mallory, run_jobs):
    run = bring_in(ada, run_jobs, "name\nA\n")
    with bob.inside(), pytest.raises(Forbidden):
        services.start_reverting(db.get(Import, run.id))
    assert mallory.post(f"imports/{run.id}/reversion").status_code == 404
    assert mallory.api("POST", f"imports/{run.id}/revert").status_code == 404


# --- the API ----------------------------------------------------------------------------------------------


def send(person, content: str, plural: str = "customers", **said):
    data = {"file": (io.BytesIO(content.encode()), "x.csv"), **said}
    return person.api("POST", f"{plural}/imports", data=data)


def test_the_api_checks_starts_pages_and_takes_back(ada, run_jobs):
    make(ada, name="Acme", industry="software")
    answer = send(ada, ROWS, mode="both", match='["name"]', mapping='{"name": "name", "Industry": "industry"}',
                  dry_run="true", rules="false")  # fmt: skip
    assert answer.status_code == 202, answer.json
    address = f"imports/{answer.json['data']['id']}"
    run_jobs()
    checked = ada.api("GET", address).json["data"]
    assert (checked["status"], checked["dry_run"], checked["mapping"]) == ("checked", True, ["name", None, "industry"])
    assert (checked["created"], checked["updated"], checked["refused"], checked["total"]) == (2, 1, 1, 4)

    assert ada.api("POST", f"{address}/start").status_code == 202
    assert ada.api("POST", f"{address}/start").status_code == 409
    run_jobs()
    assert ada.api("GET", address).json["data"]["status"] == "done"
    changed = ada.api("GET", f"{address}/rows?verdict=update").json["data"]
    assert [row["changes"] for row in changed] == [{"industry": ["software", "toys"]}]
    first = ada.api("GET", f"{address}/rows?limit=2").json
    rest = ada.api("GET", f"{address}/rows?limit=2&after={first['next']}").json
    assert [row["line"] for row in first["data"] + rest["data"]] == [2, 3, 4, 5] and rest["next"] is None
    assert ada.api("GET", f"{address}/rows?limit=no").status_code == 422

    assert ada.api("POST", f"{address}/revert").status_code == 202
    run_jobs()
    reverted = ada.api("GET", address).json["data"]
    assert (reverted["status"], reverted["restored"], reverted["kept"]) == ("reverted", 3, [])
    assert {c.name: c.industry for c in customers(ada).values()} == {"Acme": "software"}


def test_the_api_cancels_and_names_what_is_wrong(ada, run_jobs):
    run = send(ada, ROWS).json["data"]
    assert ada.api("POST", f"imports/{run['id']}/cancel").status_code == 200
    run_jobs()
    assert ada.api("GET", f"imports/{run['id']}").json["data"]["status"] == "cancelled" and customers(ada) == {}
    for wrong in ({"match": '["nothing"]'}, {"match": "["}, {"match": "[1]"}, {"rules": "perhaps"}, {"empty": "x"},
                  {"mapping": '{"No such": "name"}'}, {"dates": '{"0": 1}'}, {"create_links": '["owner"]'}):  # fmt: skip
        answer = send(ada, ROWS, **wrong)
        assert answer.status_code == 422 and answer.json["errors"][0]["field"] == next(iter(wrong)), wrong


def test_what_is_computed_or_given_is_no_column(ada):
    key = own_field(ada, "Number", "auto_number", pattern="C-{0000}")
    with ada.inside():
        run = services.begin_import(CUSTOMER, "x.csv", b"name,Created\nA,2020-01-01\n")
        assert run.mapping == ["name", None]
        with pytest.raises(Invalid):
            services.map_import(run, ["name", "created_at"], {})
        services.map_import(run, ["name", key], {"match": [key]})


def test_every_type_of_field_that_a_text_can_hold_comes_in(ada, run_jobs):
    code = own_field(ada, "Bar", "barcode")
    place = own_field(ada, "Place", "cascade", options="浙江\n  杭州\n  宁波")
    run = bring_in(ada, run_jobs, "name,b,c\nA,6901234567892,浙江/杭州\n", mapping=["name", code, place])
    kept = customers(ada)["A"].custom

    assert counts(run) == {"created": 1}
    assert kept[code] and kept[place]


def test_a_secret_is_no_column_since_the_file_would_tell_it(ada):
    secret = own_field(ada, "Password", "secret")
    with ada.inside():
        run = services.begin_import(CUSTOMER, "x.csv", b"name,Password\nA,hunter2hunter2\n")
        assert run.mapping == ["name", None]
        with pytest.raises(Invalid):
            services.map_import(run, ["name", secret], {})


def test_a_record_made_by_hand_is_like_one_that_came_in(ada, run_jobs):
    """Every column, but for ids and times."""
    key, tags = own_field(ada, "Size", "decimal"), own_field(ada, "Words", "tags")
    values = {"name": "腾飞 Ltd", "phone": "+8613800138000", "industry": "toys", "tags": ["a"], key: 1.5, tags: ["x"]}
    with ada.inside():
        by_hand = create_record(CUSTOMER, dict(values))
        db.flush()
        table = CUSTOMER.model.__table__
        one = db.session().execute(select(table).where(table.c.id == by_hand.id)).one()._mapping
    run = bring_in(ada, run_jobs, "name,phone,industry,tags,Size,Words\n腾飞 Ltd,13800138000,toys,a,1.5,x\n",
                   mapping=["name", "phone", "industry", "tags", key, tags], match=[])  # fmt: skip
    with ada.inside():
        other = db.session().execute(select(table).where(table.c.id != by_hand.id)).one()._mapping
    apart = {name for name in one if one[name] != other[name]}

    assert run.created == 1 and apart <= {"id", "created_at", "updated_at"}

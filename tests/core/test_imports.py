"""Bringing customers in from files, as people have them."""

import io
from pathlib import Path

import pytest
from faker import Faker
from sqlalchemy import select

from core import db
from core.customers.models import Customer
from core.customers.types import CUSTOMER
from core.errors import Conflict, Forbidden, Invalid
from core.events import EventRow, timeline_of
from core.records.custom import add_custom_field
from core.records.imports import services
from core.records.imports.models import ODD, Import, ImportRow
from core.records.query import Listing

ACCOUNTS = b"""account,sector,year_established,revenue,employees,office_location,subsidiary_of
Acme Corporation,technolgy,1996,1100.04,2822,United States,
Bluth Company,technolgy,1993,1242.32,3027,United States,Acme Corporation
Inity,marketing,1986,2403.58,8801,Norway,
"Codehow, Ltd",software,1998,2714.90,2641,Norway,Nobody Inc
"""


def bring_in(person, run_jobs, content: bytes, name: str = "accounts.csv", **said) -> Import:
    """Upload, take the guesses, start, wait."""
    with person.inside():
        run = services.begin_import(CUSTOMER, name, content)
        services.map_import(run, said.pop("mapping", run.mapping), said)
        services.start_import(run)
    run_jobs()
    with person.inside():
        return db.get(Import, run.id)


def customers(person) -> dict[str, Customer]:
    with person.inside():
        return {c.name: c for c in Listing(CUSTOMER, limit=200).page().records}


def odd_rows(person, run) -> list[tuple[int, str, str]]:
    with person.inside():
        of_run = (ImportRow.import_id == run.id) & ImportRow.verdict.in_(ODD)
        rows = db.session().scalars(select(ImportRow).where(of_run).order_by(ImportRow.line))
        return [(r.line, r.verdict, r.problems[0]["field"]) for r in rows]


def test_columns_find_their_fields_and_parents_become_links(ada, run_jobs):
    run = bring_in(ada, run_jobs, ACCOUNTS)

    assert run.mapping == ["name", "industry", "founded", "annual_revenue", "employees", "location", "parent"]
    found = customers(ada)
    assert (run.status, run.created, run.refused, len(found)) == ("done", 4, 0, 4)
    bluth, acme = found["Bluth Company"], found["Acme Corporation"]
    assert bluth.parent_id == acme.id and acme.parent_id is None
    assert (acme.industry, acme.founded, acme.employees, acme.annual_revenue_minor) == ("technolgy", 1996, 2822, 110004)
    assert acme.owner_id == ada.member_id
    assert odd_rows(ada, run) == [(5, "remark", "parent")]


def test_the_real_accounts_come_in_whole(ada, run_jobs):
    path = Path(__file__).parents[3] / "shared/data/crm_sales/accounts.csv"
    if not path.exists():
        pytest.skip("the data sets are not beside this checkout")
    run = bring_in(ada, run_jobs, path.read_bytes())
    with ada.inside():
        linked = db.session().scalars(select(Customer).where(Customer.parent_id.is_not(None))).all()

    assert (run.created, run.refused, run.remarked, len(linked)) == (85, 0, 0, 15)


def test_each_imported_customer_has_its_event(ada, run_jobs):
    run = bring_in(ada, run_jobs, ACCOUNTS)
    acme = customers(ada)["Acme Corporation"]
    with ada.inside():
        (event,) = timeline_of(acme.id)
        assert (event.name, event.data["title"], event.actor_id) == (
            "customer.created",
            "Acme Corporation",
            ada.member_id,
        )
        assert event.cause["kind"] == "import" and event.cause["ref"] == str(run.id)


def test_a_bad_row_spoils_only_itself_and_can_be_downloaded(ada, run_jobs):
    content = b"name,email,employees\nGood,a@example.com,5\n,b@example.com,5\nBad,not-an-address,many\nLong,,1,2,3\n"
    run = bring_in(ada, run_jobs, content)

    assert (run.created, run.refused, run.remarked) == (2, 2, 1)
    assert customers(ada)["Bad"].email is None
    download = ada.get(f"imports/{run.id}/rows.csv")
    text = download.get_data(as_text=True)
    assert download.status_code == 200 and text.startswith("\ufeffname,email,employees,Why it was not taken")
    assert "Bad,not-an-address,many,E-mail: Enter an e-mail address" in text


def test_the_same_file_again_adds_nothing(ada, run_jobs):
    bring_in(ada, run_jobs, ACCOUNTS)
    again = bring_in(ada, run_jobs, ACCOUNTS)
    with ada.inside():
        assert services.earlier_import(again) is not None

    assert (again.created, again.skipped) == (0, 4)
    assert len(customers(ada)) == 4


def test_a_name_twice_in_one_file_comes_in_once_unless_asked_for(ada, run_jobs):
    run = bring_in(ada, run_jobs, b"name,industry\nTwin,a\nTWIN,b\n")
    assert (run.created, run.skipped) == (1, 1)

    run = bring_in(ada, run_jobs, b"name,industry\nTwin,a\nTWIN,c\n", match=[])
    assert (run.created, run.skipped) == (2, 0)


def test_companies_that_own_each_other_do_not(ada, run_jobs):
    bring_in(ada, run_jobs, b"name,parent company\nA Ltd,B Ltd\nB Ltd,C Ltd\nC Ltd,A Ltd\nD Ltd,A Ltd\n")
    found = customers(ada)

    assert [found[n].parent_id for n in ("A Ltd", "B Ltd", "C Ltd")] == [None, None, None]
    assert found["D Ltd"].parent_id == found["A Ltd"].id


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_files_come_in_as_excel_writes_them(ada, run_jobs, encoding):
    fake = Faker("zh_CN")
    fake.seed_instance(7)
    names = [fake.unique.company() for _ in range(20)]
    lines = ["公司名称,联系电话,所属行业,备注", *(f"{name},{fake.phone_number()},教育,“好”客户" for name in names)]
    run = bring_in(ada, run_jobs, "\r\n".join(lines).encode(encoding), "客户.csv")

    assert run.status == "done" and run.created == 20
    assert set(customers(ada)) == set(names)


def test_custom_fields_come_in_and_can_be_filtered(ada, run_jobs):
    with ada.inside():
        for label, kind in (("设备型号", "text"), ("装机数", "integer"), ("签约日", "date"), ("重点", "yes_no")):
            add_custom_field("customer", label=label, type=kind, taken=list(CUSTOMER.fields()))
    content = (
        "客户名称,设备型号,装机数,签约日,重点\n甲公司,X-100,12,2025年3月8日,是\n乙公司,X-200,3,2024/11/30,否\n".encode()
    )
    run = bring_in(ada, run_jobs, content)
    assert (run.created, run.refused) == (2, 0)
    with ada.inside():
        keys = [f.key for f in CUSTOMER.form_fields() if f.custom_id]
        tests = [(keys[0], "is", "X-100"), (keys[1], "gt", 5), (keys[2], "gte", "2025-01-01"), (keys[3], "is", True)]
        for key, op, value in tests:
            found = Listing(CUSTOMER, {"field": key, "op": op, "value": value}).page().records
            assert [c.name for c in found] == ["甲公司"], key
        assert [c.name for c in Listing(CUSTOMER, sort=f"-{keys[1]}").page().records] == ["甲公司", "乙公司"]


def test_dates_that_can_be_read_in_two_ways_are_asked_about(ada, run_jobs):
    with ada.inside():
        add_custom_field("customer", label="Signed", type="date", taken=list(CUSTOMER.fields()))
    with ada.inside():
        run = services.begin_import(CUSTOMER, "x.csv", b"name,Signed\nA,3/4/2025\nB,5/6/2025\n")
        with pytest.raises(Invalid, match="day or the month"):
            services.start_import(run)
        services.map_import(run, run.mapping, {"dates": {"1": "dmy"}})
        services.start_import(run)
    run_jobs()
    assert sorted(c.custom["c_signed"] for c in customers(ada).values()) == ["2025-04-03", "2025-06-05"]


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "a.csv"), (bytes(range(256)) * 40, "a.csv"), (b"PK\x03\x04 broken", "a.xlsx"), (b"\n\n\n", "a.csv")],
)
def test_a_file_without_a_table_is_refused_with_a_reason(ada, content, name):
    page = ada.post("customers/import", {"file": (io.BytesIO(content), name)})

    assert page.status_code == 422 and "alert" in page.get_data(as_text=True)
    with ada.inside():
        assert db.session().scalars(select(Import)).all() == []


def test_a_cancelled_import_leaves_nothing(ada, run_jobs):
    with ada.inside():
        run = services.begin_import(CUSTOMER, "accounts.csv", ACCOUNTS)
        services.start_import(run)
        services.cancel_import(run)
    run_jobs()
    with ada.inside():
        assert db.get(Import, run.id).status == "cancelled"
        assert db.session().scalars(select(EventRow.name)).all() == ["record.import_started"]
    assert customers(ada) == {}


def test_a_started_import_cannot_be_started_twice(ada, run_jobs):
    run = bring_in(ada, run_jobs, ACCOUNTS)
    with ada.inside(), pytest.raises(Conflict):
        services.start_import(db.get(Import, run.id))


def test_those_who_may_not_import_cannot_and_neighbours_see_nothing(ada, bob, mallory, run_jobs):
    run = bring_in(ada, run_jobs, ACCOUNTS)
    with bob.inside(), pytest.raises(Forbidden):
        services.begin_import(CUSTOMER, "accounts.csv", ACCOUNTS)
    assert bob.get("customers/import").status_code == 403
    assert mallory.get(f"imports/{run.id}").status_code == 404
    assert mallory.get(f"imports/{run.id}/rows.csv").status_code == 404


def send(person, content: bytes, **said):
    return person.api("POST", "customers/imports", data={"file": (io.BytesIO(content), "accounts.csv"), **said})


def test_the_api_imports_too_and_tells_what_became_of_each_row(ada, run_jobs):
    answer = send(ada, ACCOUNTS + b",software\n")
    assert answer.status_code == 202 and answer.json["data"]["status"] == "running"
    run_jobs()

    done = ada.api("GET", f"imports/{answer.json['data']['id']}").json["data"]
    assert (done["status"], done["created"], done["refused"], done["remarked"]) == ("done", 4, 1, 1)
    assert [(row["line"], row["verdict"]) for row in done["rows"]] == [(5, "remark"), (6, "refused")]


def test_a_dry_run_tells_the_same_and_writes_nothing(ada, run_jobs):
    answer = send(ada, ACCOUNTS + b",software\n", dry_run="true")
    run_jobs()

    done = ada.api("GET", f"imports/{answer.json['data']['id']}").json["data"]
    assert (done["status"], done["created"], done["refused"], done["remarked"]) == ("checked", 4, 1, 1)
    assert customers(ada) == {}


def test_the_api_refuses_what_is_no_import(ada, bob, mallory):
    assert send(ada, b"").status_code == 422
    assert send(ada, ACCOUNTS, mapping='["name"]').status_code == 422
    assert send(ada, ACCOUNTS, mapping="{").status_code == 422
    assert send(ada, ACCOUNTS, mode="perhaps").status_code == 422
    assert send(ada, ACCOUNTS, match='["industry_x"]').status_code == 422
    assert send(ada, ACCOUNTS, mode="both", match="[]").status_code == 422
    assert ada.api("POST", "customers/imports", json={}).status_code in (415, 422)
    assert send(bob, ACCOUNTS).status_code == 403
    run = send(ada, ACCOUNTS).json["data"]
    assert mallory.api("GET", f"imports/{run['id']}").status_code == 404

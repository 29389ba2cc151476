"""Files about records that exist already: found, updated, left alone, refused where it is not clear which is meant."""

import pytest
from sqlalchemy import select, text

from core import db
from core.access import Role
from core.customers.models import Contact, Customer
from core.customers.types import CONTACT, CUSTOMER
from core.events import EventRow, history_of
from core.records.custom import add_custom_field
from core.records.imports import services
from core.records.imports.models import ODD, Import, ImportRow
from core.records.making import make_type
from core.records.query import Listing
from core.records.services import create_record
from core.records.types import type_named


def bring_in(person, run_jobs, content: str, *, into=CUSTOMER, mapping=None, check=False, **said) -> Import:
    """Upload, take the guesses, start, wait."""
    with person.inside():
        record_type = type_named(into) if isinstance(into, str) else into
        run = services.begin_import(record_type, "file.csv", content.encode())
        services.map_import(run, mapping or run.mapping, said)
        (services.check_import if check else services.start_import)(run)
    run_jobs()
    with person.inside():
        return db.get(Import, run.id)


def counts(run) -> dict[str, int]:
    names = ("created", "updated", "unchanged", "skipped", "conflicting", "refused", "remarked")
    return {name: number for name in names if (number := getattr(run, name))}


def odd_rows(person, run) -> list[tuple[int, str, str]]:
    with person.inside():
        of_run = (ImportRow.import_id == run.id) & ImportRow.verdict.in_(ODD)
        rows = db.session().scalars(select(ImportRow).where(of_run).order_by(ImportRow.line))
        return [(r.line, r.verdict, r.problems[0]["message"]) for r in rows]


def customers(person) -> dict[str, Customer]:
    with person.inside():
        return {c.name: c for c in Listing(CUSTOMER, limit=200).page().records}


def make(person, record_type=CUSTOMER, **values):
    with person.inside():
        record = create_record(type_named(record_type) if isinstance(record_type, str) else record_type, values)
        return record.id


def sam_role(person) -> str:
    with person.inside() as context:
        return context.member.roles[0]


def own_field(person, label: str, kind: str, into: str = "customer", **config) -> str:
    with person.inside():
        made = add_custom_field(into, label=label, type=kind, taken=list(type_named(into).fields()), config=config)
        return made.key


# --- match keys -------------------------------------------------------------------------------------------


def test_a_phone_written_otherwise_finds_the_customer_and_only_mapped_columns_change(ada, run_jobs):
    make(ada, name="Acme", phone="+8613800138000", industry="software", notes="keep me")
    run = bring_in(ada, run_jobs, "name,phone,industry\nAcme Ltd,138 0013 8000,education\nNew,13900139000,toys\n",
                   mode="both", match=["phone"])  # fmt: skip

    assert counts(run) == {"created": 1, "updated": 1}
    found = customers(ada)
    assert set(found) == {"Acme Ltd", "New"}
    assert (found["Acme Ltd"].industry, found["Acme Ltd"].notes) == ("education", "keep me")
    assert found["Acme Ltd"].version == 2 and found["Acme Ltd"].updated_at > found["Acme Ltd"].created_at


def test_keys_are_asked_in_their_order_and_the_first_that_finds_decides(ada, run_jobs):
    make(ada, name="By phone", phone="+8613800138000")
    make(ada, name="By name", email="b@example.com")
    run = bring_in(ada, run_jobs, "name,phone,email,industry\nBy name,13800138000,,one\nBy name,,b@example.com,two\n",
                   mode="update", match=["phone", "email", "name"])  # fmt: skip

    assert counts(run) == {"updated": 2}
    with ada.inside():
        rows = {(c.phone, c.email): (c.name, c.industry) for c in db.session().scalars(select(Customer))}
    assert rows == {("+8613800138000", None): ("By name", "one"), (None, "b@example.com"): ("By name", "two")}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("create", {"created": 1, "skipped": 1}),
        ("update", {"updated": 1, "skipped": 1}),
        ("both", {"created": 1, "updated": 1}),
    ],
)
def test_the_mode_says_what_becomes_of_known_and_unknown_rows(ada, run_jobs, mode, expected):
    make(ada, name="Known")
    run = bring_in(ada, run_jobs, "name,industry\nＫＮＯＷＮ,toys\nUnknown,toys\n", mode=mode, match=["name"])

    assert counts(run) == expected


def test_a_row_that_could_be_several_records_is_a_conflict_that_names_them(ada, run_jobs):
    make(ada, name="Twin one", email="same@example.com")
    make(ada, name="Twin two", email="same@example.com")
    run = bring_in(ada, run_jobs, "name,email\nTwin,same@example.com\n", mode="both", match=["email"])

    assert counts(run) == {"conflicting": 1}
    ((line, verdict, why),) = odd_rows(ada, run)
    assert (line, verdict) == (2, "conflict") and "“Twin one”, “Twin two”" in why


def test_rows_of_one_file_about_the_same_record_come_in_once_and_say_which_line_counts(ada, run_jobs):
    make(ada, name="Old", email="old@example.com")
    rows = "A,a@example.com\nB,A@example.com\nOld,old@example.com\nOlder,old@example.com\n"
    run = bring_in(ada, run_jobs, f"name,email\n{rows}", mode="both", match=["email"])

    assert counts(run) == {"created": 1, "unchanged": 1, "skipped": 2}
    assert [(line, why[:6]) for line, _verdict, why in odd_rows(ada, run)] == [(3, "Line 2"), (5, "Line 4")]


def test_rows_repeat_each_other_across_chunks_too(ada, run_jobs, monkeypatch):
    monkeypatch.setattr("core.records.imports.in_sets.InSets.chunk", 2)
    run = bring_in(ada, run_jobs, "name,industry\nA,1\nB,2\nC,3\nA,4\nB,5\n", mode="both", match=["name"])

    assert counts(run) == {"created": 3, "skipped": 2}
    assert customers(ada)["A"].industry == "1"


def test_a_number_of_ones_own_and_the_id_find_records_too(ada, run_jobs):
    key = own_field(ada, "客户编号", "text")
    one, two = make(ada, name="One", **{key: "K-001"}), make(ada, name="Two", **{key: "K-002"})
    run = bring_in(ada, run_jobs, "客户编号,行业\nK-002,教育\nK-009,无\n", mode="update", match=[key])
    assert counts(run) == {"updated": 1, "skipped": 1} and customers(ada)["Two"].industry == "教育"

    run = bring_in(ada, run_jobs, f"Record ID,name\n{one},First\n{two},Two\nnonsense,Third\n", mode="update",
                   match=["_id"])  # fmt: skip
    assert run.mapping == ["_id", "name"]
    assert counts(run) == {"updated": 1, "unchanged": 1, "refused": 1} and "First" in customers(ada)


def test_an_auto_number_finds_its_record_and_new_records_get_theirs(ada, run_jobs):
    key = own_field(ada, "No.", "auto_number", pattern="C-{0000}")
    make(ada, name="First")
    run = bring_in(ada, run_jobs, "No.,name,industry\nC-0001,First,toys\nC-0999,Second,food\n,Third,food\n",
                   mapping=[key, "name", "industry"], mode="both", match=[key])  # fmt: skip

    assert counts(run) == {"created": 2, "updated": 1}
    assert {c.name: c.custom[key] for c in customers(ada).values()} == {
        "First": "C-0001", "Second": "C-0002", "Third": "C-0003"
    }  # fmt: skip


# --- updates ----------------------------------------------------------------------------------------------


def test_an_update_is_told_as_the_service_tells_it(ada, run_jobs):
    date, sum_ = own_field(ada, "签约日", "date"), own_field(ada, "金额", "money")
    acme = make(ada, name="Acme", industry="old", tags=["a"])
    rows = 'name,industry,签约日,金额,tags\nAcme,new,2025年3月8日,"1,200.50","b;a"\n'
    run = bring_in(ada, run_jobs, rows, mapping=["name", "industry", date, sum_, "tags"], mode="both", match=["name"])
    with ada.inside():
        event, created = history_of("customer", acme)
        assert created.name == "customer.created"
        assert (event.name, event.run_id, event.actor_id) == ("customer.updated", run.id, ada.member_id)
        assert event.changes == {
            "industry": ["old", "new"], date: [None, "2025-03-08"],
            sum_: [None, {"amount": "1200.50", "currency": "CNY"}], "tags": [["a"], ["a", "b"]],
        }  # fmt: skip
        for key, op, value in ((date, "gte", "2025-01-01"), (sum_, "gt", "1200")):
            assert len(Listing(CUSTOMER, {"field": key, "op": op, "value": value}).page().records) == 1


def test_the_same_file_again_changes_nothing_and_tells_nobody(ada, run_jobs):
    rows = "name,phone,industry,annual revenue\nAcme,13800138000,toys,12.50\n"
    bring_in(ada, run_jobs, rows, mode="both", match=["name"])
    run = bring_in(ada, run_jobs, rows, mode="both", match=["name"])

    assert counts(run) == {"unchanged": 1} and customers(ada)["Acme"].version == 1


def test_empty_cells_leave_or_empty_the_field_as_was_chosen(ada, run_jobs):
    key = own_field(ada, "装机数", "integer")
    make(ada, name="Acme", industry="toys", **{key: 5})
    rows = "name,industry,装机数\nAcme,,\n"
    run = bring_in(ada, run_jobs, rows, mapping=["name", "industry", key], mode="update", match=["name"])
    assert counts(run) == {"unchanged": 1}

    run = bring_in(ada, run_jobs, rows, mapping=["name", "industry", key], mode="update", match=["name"],
                   empty="clear")  # fmt: skip
    acme = customers(ada)["Acme"]
    assert counts(run) == {"updated": 1} and acme.industry is None and key not in acme.custom
    with ada.inside():
        assert db.session().execute(text("select count(*) from custom_value")).scalar() == 0


def test_a_changed_name_is_found_by_its_new_writing(ada, run_jobs):
    make(ada, name="旧名字", email="a@example.com")
    bring_in(ada, run_jobs, "name,email\n腾飞科技,a@example.com\n", mode="both", match=["email"])
    with ada.inside():
        for words in ("腾飞", "tfkj", "tengfei"):
            assert [c.name for c in Listing(CUSTOMER, search=words).page().records] == ["腾飞科技"]


def test_states_move_only_where_they_may(ada, run_jobs):
    states = [{"label": "Open", "to": ["Done"]}, {"label": "Done", "to": []}, {"label": "Lost"}]
    with ada.inside():
        name = make_type(label="Job", states=states).name
    make(ada, name, name="One")
    run = bring_in(ada, run_jobs, "Name,State\nOne,Lost\n", into=name, mode="both", match=["name"])
    assert counts(run) == {"unchanged": 1, "remarked": 1}
    assert "cannot follow" in odd_rows(ada, run)[0][2]

    run = bring_in(ada, run_jobs, "Name,State\nOne,Done\n", into=name, mode="both", match=["name"])
    assert counts(run) == {"updated": 1}


def test_parents_change_by_the_service_that_keeps_the_tree_a_tree(ada, run_jobs):
    top = make(ada, name="Top")
    make(ada, name="Below", parent=top)
    run = bring_in(ada, run_jobs, "name,parent company\nTop,Below\nBelow,Top\n", mode="both", match=["name"])
    found = customers(ada)
    assert found["Top"].parent_id is None and found["Below"].parent_id == found["Top"].id
    assert run.remarked == 1 and "above itself" in odd_rows(ada, run)[0][2]

    run = bring_in(ada, run_jobs, "name,parent company\nBelow,Later\nLater,\n", mode="both", match=["name"])
    found = customers(ada)
    assert counts(run)["created"] == 1 and found["Below"].parent_id == found["Later"].id


def test_whoever_may_not_change_a_record_does_not_by_a_file(ada, sam, run_jobs):
    make(ada, name="Ada's", email="a@example.com")
    with ada.inside():
        role = db.session().scalars(select(Role).where(Role.key == sam_role(sam))).one()
        role.grants = {"records": {"*": {"view": "all", "create": "all", "import": "all", "edit": "own"}}}
    with sam.inside():
        make_own = create_record(CUSTOMER, {"name": "Sam's", "email": "s@example.com"}).id
    run = bring_in(sam, run_jobs, "email,industry\na@example.com,toys\ns@example.com,toys\n", mode="update",
                   match=["email"])  # fmt: skip

    assert counts(run) == {"updated": 1, "refused": 1}
    with ada.inside():
        changed = db.session().scalars(select(Customer.id).where(Customer.industry == "toys")).all()
    assert changed == [make_own]


def test_bad_cells_stay_out_or_keep_the_row_out_as_was_chosen(ada, run_jobs):
    make(ada, name="Acme", employees=3)
    rows = "name,employees,industry\nAcme,many,toys\nNew,few,food\n"
    run = bring_in(ada, run_jobs, rows, mode="both", match=["name"], bad_cells="refuse")
    assert counts(run) == {"refused": 2}

    run = bring_in(ada, run_jobs, rows, mode="both", match=["name"], bad_cells="leave", empty="clear")
    found = customers(ada)
    assert counts(run) == {"created": 1, "updated": 1, "remarked": 2}
    assert (found["Acme"].employees, found["Acme"].industry, found["New"].employees) == (3, "toys", None)


# --- links ------------------------------------------------------------------------------------------------

CONTACTS = """姓名,手机,所属公司,公司电话,公司行业
张三,13800138001,腾飞科技,021-55556666,软件
李四,13800138002,腾飞科技,,
王五,13800138003,Acme,010-55556666,other
"""


def test_a_contact_sheet_brings_its_companies_along(ada, run_jobs):
    acme = make(ada, name="ACME", industry="toys")
    mapping = ["name", "phone", "customer", "customer.phone", "customer.industry"]
    run = bring_in(ada, run_jobs, CONTACTS, into=CONTACT, mapping=mapping)

    assert counts(run) == {"created": 3} and run.report["also"] == {"customer": 1}
    found = customers(ada)
    assert set(found) == {"ACME", "腾飞科技"}
    assert (found["腾飞科技"].industry, found["腾飞科技"].phone) == ("软件", "+862155556666")
    assert found["ACME"].industry == "toys", "what is there is left alone"
    with ada.inside():
        at = {c.name: c.customer_id for c in db.session().scalars(select(Contact))}
        told = db.session().scalars(select(EventRow.customer_id).where(EventRow.name == "contact.created")).all()
    assert at == {"张三": found["腾飞科技"].id, "李四": found["腾飞科技"].id, "王五": acme}
    assert set(told) == {acme, found["腾飞科技"].id}


def test_columns_of_the_company_are_guessed_beside_those_of_the_person(ada):
    with ada.inside():
        run = services.begin_import(CONTACT, "x.csv", CONTACTS.encode())
        assert run.mapping[:4] == ["name", "phone", "customer", "customer.phone"]
        assert run.choices["create_links"] == ["customer"]


def test_without_leave_to_create_them_unknown_companies_refuse_the_contact(ada, run_jobs):
    make(ada, name="Acme")
    run = bring_in(ada, run_jobs, CONTACTS, into=CONTACT, mapping=["name", "phone", "customer", None, None],
                   create_links=[])  # fmt: skip

    assert counts(run) == {"created": 1, "refused": 2} and set(customers(ada)) == {"Acme"}
    assert odd_rows(ada, run)[0][2] == "There is none called “腾飞科技”."


def test_a_link_of_ones_own_and_links_to_several_are_found_by_name(ada, run_jobs):
    one, many = own_field(ada, "Agency", "lookup", target="customer"), None
    many = own_field(ada, "Partners", "multi_lookup", target="customer")
    a, b = make(ada, name="Agent A"), make(ada, name="Agent B")
    run = bring_in(ada, run_jobs, "name,Agency,Partners\nX,agent a,Agent A；Agent B\n", mapping=["name", one, many])

    x = customers(ada)["X"]
    assert counts(run) == {"created": 1}
    assert (x.custom[one], x.custom[many]) == (str(a), [str(a), str(b)])
    with ada.inside():
        assert len(Listing(CUSTOMER, {"field": one, "op": "is", "value": str(a)}).page().records) == 1


def test_owners_are_found_by_name_or_address_and_two_of_a_name_are_not_guessed(ada, sam, eve, run_jobs):
    rows = f"name,owner\nA,{sam.name.upper()}\nB,{eve.email}\nC,Nobody\n"
    run = bring_in(ada, run_jobs, rows)

    found = customers(ada)
    assert counts(run) == {"created": 3, "remarked": 1}
    assert [found[n].owner_id for n in "ABC"] == [sam.member_id, eve.member_id, ada.member_id]


# --- types of one's own, and of modules -----------------------------------------------------------------------


def test_a_type_of_ones_own_takes_files_as_all_do(ada, mallory, run_jobs):
    with ada.inside():
        name, other = make_type(label="设备").name, make_type(label="课程").name
    field = own_field(ada, "客户", "lookup", into=name, target="customer")
    acme = make(ada, name="Acme")
    make(ada, other, name="车床")
    rows = "Name,客户\n车床,Acme\n铣床,\n"
    run = bring_in(ada, run_jobs, rows, into=name, mapping=["name", field], mode="both", match=["name"])
    assert counts(run) == {"created": 2}, "a namesake of another type in the same table is none of theirs"
    with ada.inside():
        found = {r.name: r for r in Listing(type_named(name)).page().records}
        assert set(found) == {"车床", "铣床"} and found["车床"].custom[field] == str(acme)
        events = db.session().scalars(select(EventRow).where(EventRow.name == f"{name}.created")).all()
        assert acme in {e.customer_id for e in events}

    run = bring_in(ada, run_jobs, "Name,客户\n铣床,Acme\n", into=name, mapping=["name", field], mode="both",
                   match=["name"])  # fmt: skip
    assert counts(run) == {"updated": 1}
    assert mallory.get(f"{name}/import").status_code == 404


def test_leads_come_in_and_change_through_their_own_service(ada, leads, run_jobs):
    run = bring_in(ada, run_jobs, "name,phone,company\n张三,13800138001,甲\n李四,13800138002,乙\n", into="lead")
    assert counts(run) == {"created": 2}
    run = bring_in(ada, run_jobs, "name,phone,company\n张三,13800138001,丙\n赵六,13800138009,丁\n", into="lead",
                   mode="both", match=["phone"])  # fmt: skip
    assert counts(run) == {"created": 1, "updated": 1}
    run = bring_in(ada, run_jobs, "name,phone\n钱七,13800138010\n", into="lead", check=True)
    assert (run.status, counts(run)) == ("checked", {"created": 1})
    with ada.inside():
        rows = {r.name: r.company for r in Listing(type_named("lead")).page().records}
    assert rows == {"张三": "丙", "李四": "乙", "赵六": "丁"}


# --- rules ------------------------------------------------------------------------------------------------


def test_without_rules_the_events_say_so_and_whatever_they_cause_says_so_too(ada, run_jobs):
    loud = bring_in(ada, run_jobs, "name\nLoud\n")
    quiet = bring_in(ada, run_jobs, "name\nQuiet\n", rules=False)
    with ada.inside():
        rows = db.session().scalars(select(EventRow).where(EventRow.name == "customer.created"))
        said = {row.run_id: row.cause.get("quiet", False) for row in rows}
    assert said == {loud.id: False, quiet.id: True}


def test_leads_of_a_quiet_import_carry_it_through_their_service(ada, leads, run_jobs):
    bring_in(ada, run_jobs, "name,phone\n张三,13800138001\n", into="lead", rules=False)
    with ada.inside():
        rows = db.session().scalars(select(EventRow).where(EventRow.record_type == "lead")).all()
    assert rows and all(row.cause["quiet"] for row in rows if row.cause["kind"] == "import")

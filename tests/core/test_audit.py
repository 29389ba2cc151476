"""The audit log: what is in it, who reads it, and that nobody alters it."""

import io

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from core import db, fence
from core.auth.audit.groups import GROUPS, group_of
from core.auth.audit.purging import purge_audit
from core.customers.models import Customer
from core.customers.types import CUSTOMER
from core.events import EVENTS, EventRow
from core.records.exports.services import Choices, begin_export
from core.records.runs.selection import Selection
from core.records.runs.services import delete_records, undo
from core.records.services import create_record
from core.records.transferring import transfer_record
from tenants.across import across_tenants
from tenants.command import tenant

PAGE = "settings/audit/"
NOT_AUDITED = {
    "*.created": "the history of records",
    "*.updated": "the history of records; a change of owner is audited, see below",
    "*.deleted": "the history of records",
    "*.restored": "the history of records",
    "*.file_added": "the history of records",
    "*.file_removed": "the history of records",
    "*.file_restored": "the history of records",
    "record.import_done": "that it was started is an entry",
    "activities.followed_up": "the work itself",
    "leads.customer_asked_for": "the work itself",
    "leads.customer_assigned": "the work itself",
    "leads.customer_extended": "the work itself",
    "leads.more_time_for_customer_asked_for": "the work itself",
    "leads.customer_returned": "the work itself",
    "leads.lead_captured": "the work itself",
    "leads.lead_came_again": "the work itself",
    "leads.lead_assigned": "the work itself",
    "leads.lead_returned": "the work itself",
    "leads.lead_converted": "the work itself",
    "leads.lead_disqualified": "the work itself",
    "leads.lead_asked_for": "the work itself",
    "leads.lead_extended": "the work itself",
    "leads.lead_locked": "the work itself",
    "leads.lead_unlocked": "the work itself",
    "leads.more_time_asked_for": "the work itself",
    "leads.pool_request_decided": "the work itself",
    "leads.lead_signalled": "the work itself",
    "leads.lead_turned_hot": "the work itself",
    "leads.mail_received": "the work itself",
    "core.signal_received": "the work itself",
    "leads.lead_qualified": "the work itself",
    "leads.lead_reopened": "the work itself",
    "leads.conversion_undone": "the work itself",
    "leads.lead_not_answered": "the work itself",
    "leads.sequence_started": "the work itself",
    "leads.sequence_stopped": "the work itself",
}


def entries(person, **filters):
    return person.api("GET", "audit", query_string=filters).json["data"]


def names(person, **filters):
    return [each["name"] for each in entries(person, **filters)]


def customer(person, name="Analytical Engines"):
    with person.inside():
        return create_record(CUSTOMER, {"name": name}).id


def test_every_kind_of_event_is_in_the_log_or_left_out_for_a_reason():
    houses = ("core", "tenants", "plugins")
    ours = {name: kind for name, kind in EVENTS.items() if kind.__module__.partition(".")[0] in houses}
    left_out = {name for name, kind in ours.items() if not kind.audited}
    assert left_out - set(NOT_AUDITED) == set(), "decide: audited = True, or a line in NOT_AUDITED"
    assert {group_of(name) for name, kind in ours.items() if kind.audited} == set(GROUPS)


def test_a_change_of_settings_says_who_from_where_and_what_it_was(ada):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    form = {"idle_minutes": "30", "personal_tokens": "1"}
    ada.post("settings/security-policy/", form, headers={"User-Agent": agent})
    (entry,) = entries(ada, group="settings")
    assert entry["actor_id"] == str(ada.member_id)
    assert (entry["address"], entry["device"]) == ("127.0.0.1", "Firefox · Linux")
    assert entry["changes"]["idle_minutes"] == [0, 30] and entry["session"] and entry["cause"]["kind"] == "member"
    page = ada.get(PAGE).text
    assert "changed the security policy" in page and "Firefox · Linux" in page and "<del>0</del>" in page

    ada.api("PATCH", "settings/security", {"idle_minutes": 60})
    assert entries(ada)[0]["cause"]["kind"] == "token" and "API token: test" in ada.get(PAGE).text


def test_only_the_log_shows_from_where_something_was_done(ada, dora):
    record = customer(ada)
    with ada.inside():
        transfer_record(CUSTOMER, db.get(Customer, record), dora.member_id)
    ada.api("PATCH", "settings/security", {"idle_minutes": 60})
    told = ada.api("GET", f"customers/{record}/history").json["data"]
    assert told and all(not {"address", "device", "session"} & set(each["cause"]) for each in told)
    assert "customer.updated" in names(ada), "whose a record is, is a matter of the log"


def test_the_log_is_narrowed_by_who_what_when_where_and_words(ada, bob, clock):
    ada.api("PATCH", "settings/security", {"token_days_most": 60})
    clock.move(days=3)
    ada.api("POST", "roles", {"name": "Key accounts"})
    assert names(ada, group="roles") == names(ada, text="KEY ACC") == ["auth.role_created"]
    today = (ada.api("GET", "audit").json["data"][0]["at"])[:10]
    assert "auth.policy_changed" not in names(ada, since=today) and "auth.policy_changed" in names(ada)
    assert names(ada, member=str(bob.member_id), group="settings") == []
    assert "auth.role_created" in names(ada, address="127.0") and names(ada, address="10.") == []
    assert names(ada, text="100%") == []
    assert "Nothing fits these filters" in ada.get(PAGE + "?text=nobody+did+this").text
    for wrong in ({"group": "nothing"}, {"since": "yesterday"}, {"member": "ada"}, {"who": "ada"}):
        assert ada.api("GET", "audit", query_string=wrong).status_code in (400, 422)
    assert ada.get(PAGE + "?since=yesterday&member=x&before=y&text=%00").status_code == 200


def test_the_log_is_read_a_page_at_a_time_by_few_statements(ada, statements):
    for minutes in range(10, 17):
        ada.api("PATCH", "settings/security", {"idle_minutes": minutes})
    first = ada.api("GET", "audit", query_string={"limit": 4}).json
    second = ada.api("GET", "audit", query_string={"limit": 4, "after": first["next"]}).json
    minutes = [each["changes"]["idle_minutes"][1] for each in first["data"] + second["data"]]
    assert minutes == [16, 15, 14, 13, 12, 11, 10] and second["next"] is None
    assert ada.api("GET", "audit", query_string={"after": "01a2"}).status_code == 422
    assert "Members" in ada.get("settings/").text
    with statements() as usual:
        ada.get("settings/")
    with statements() as sent:
        ada.get(PAGE)
    assert len(sent) - len(usual) <= 4, sent


def test_only_who_may_sees_the_log_of_their_own_workspace(ada, bob, dora, mallory):
    ada.api("PATCH", "settings/security", {"idle_minutes": 60})
    for person in (bob, dora):
        assert person.get(PAGE).status_code == 403 and person.api("GET", "audit").status_code == 403
        assert person.post(PAGE + "export.csv").status_code == 403
    assert mallory.get("/w/acme/" + PAGE).status_code == 404
    assert "auth.policy_changed" not in names(mallory) and "changed the security policy" not in mallory.get(PAGE).text


def test_taking_the_log_home_is_an_entry_and_the_file_says_whose_it_is(ada):
    ada.api("PATCH", "settings/security", {"idle_minutes": 60})
    answer = ada.post(PAGE + "export.xlsx", {"group": "settings"})
    book = load_workbook(io.BytesIO(answer.data))
    assert [cell.value for cell in book.worksheets[0]["C"]] == ["What", "Security policy changed"]
    assert book.properties.creator == "Ada Lovelace" and "Ada Lovelace" in answer.headers["Content-Disposition"]
    lines = ada.post(PAGE + "export.csv").text.splitlines()
    assert lines[0].endswith("Changes") and any("Minutes without use: 0 → 60" in line for line in lines)
    told = [each["data"] for each in entries(ada) if each["name"] == "audit.exported"]
    assert [each["format"] for each in told] == ["csv", "xlsx"] and told[1]["filters"] == {"group": "settings"}
    assert ada.post(PAGE + "export.exe").status_code == 404


def test_what_is_done_to_many_is_one_entry(ada, dora):
    ids = tuple(customer(ada, f"Engine {n}") for n in range(3))
    with ada.inside():
        run = delete_records(Selection(CUSTOMER, ids))
        undo(run)
    told = {each["name"]: each for each in entries(ada, group="data")}
    assert set(told) == {"record.many_deleted", "record.run_undone"}
    assert told["record.many_deleted"]["data"]["count"] == 3


def test_an_export_leads_to_its_run(ada):
    record = customer(ada)
    with ada.inside():
        run = begin_export(Selection(CUSTOMER, (record,)), ["name"], Choices())
    (entry,) = [each for each in entries(ada, group="data") if each["name"] == "customer.exported"]
    assert entry["data"]["rows"] == 1 and entry["data"]["fields"] == ["name"]
    page = ada.get(PAGE).text
    assert f"/w/acme/runs/{run.id}" in page and "Deleted, or not open to you" not in page


def test_a_new_password_is_told_with_its_browser(ada):
    form = {"present": "correct horse battery staple", "password": "nine brave otters juggle lemons"}
    ada.post("settings/password", form)
    (entry,) = [each for each in entries(ada, group="sign_in") if each["name"] == "auth.password_changed"]
    assert entry["address"] == "127.0.0.1" and entry["text"] == "Ada Lovelace has a new password"


# --- nobody alters it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sql", ["update event set name = 'x'", "update event set audit = false", "delete from event",
                                 "truncate event"])  # fmt: skip
def test_the_role_of_the_application_alters_no_event(ada, sql):
    with pytest.raises(ProgrammingError, match="permission denied"), ada.inside():
        db.session().execute(text(sql))


def test_who_starts_looks_whether_events_can_be_altered(app, admin):
    assert fence.fence_problems() == []
    with admin.begin() as connection:
        connection.exec_driver_sql("grant update (data) on guanxi.event to guanxi_app")
    try:
        assert fence.fence_problems() == ["table event: guanxi_app may update what was written down for good"]
    finally:
        with admin.begin() as connection:
            connection.exec_driver_sql("revoke update (data) on guanxi.event from guanxi_app")


def test_entries_go_when_the_plan_says_and_the_history_of_records_stays(ada, mallory, clock, admin):
    def kept(person):
        with person.inside():
            rows = db.session().execute(select(EventRow.name, EventRow.audit, EventRow.cause))
            return {row.name: (row.audit, row.cause) for row in rows}

    clock.move(days=-40)
    record = customer(ada)
    for person in (ada, mallory):
        person.api("PATCH", "settings/security", {"idle_minutes": 60})
    ada.api("PATCH", f"customers/{record}", {"owner": None})
    clock.move(days=40)
    ada.api("PATCH", "settings/security", {"idle_minutes": 30})
    with ada.inside("system"):
        purge_audit()
    assert len(entries(ada, group="settings")) == 2, "a year, unless the plan says otherwise"
    with admin.begin() as connection:
        connection.exec_driver_sql("update guanxi.tenant set audit_days = 30")
    with ada.inside("system"):
        purge_audit()
    (latest,) = entries(ada, group="settings")
    assert latest["changes"] == {"idle_minutes": [60, 30]}
    left = kept(ada)
    assert left["customer.created"][0] is False and left["customer.updated"][0] is False
    assert "address" not in left["customer.updated"][1], "from where it was done goes with the log"
    assert "customer.updated" not in names(ada) and left["audit.purged"][0]
    assert kept(mallory)["auth.policy_changed"][0], "each workspace has its own night"


def test_not_even_the_nightly_purge_reaches_what_is_young_or_the_history_of_records(ada, clock):
    ada.api("PATCH", "settings/security", {"idle_minutes": 60})
    clock.move(days=-30)
    record = customer(ada)
    clock.move(days=30)
    with db.role_session("worker") as session:
        gone = session.execute(text("delete from guanxi.event where tenant_id = :t"), {"t": ada.tenant_id})
        assert gone.rowcount == 0
    assert names(ada, group="settings") and ada.api("GET", f"customers/{record}/history").json["data"]


# --- those who run the installation ----------------------------------------------------------------------


def test_an_operator_who_looks_into_a_workspace_is_told_of_there(ada, mallory):
    with across_tenants("support case 12", ada.tenant_id) as session:
        assert session.execute(text("select count(*) from guanxi.member")).scalar() == 2
    (entry,) = entries(ada, text="support case")
    assert entry["actor_id"] is None and "support case 12" in entry["text"]
    assert entries(mallory, text="support case") == []


def test_the_operator_says_how_long_a_workspace_keeps_its_log(ada):
    assert CliRunner().invoke(tenant, ["audit", "acme", "90"]).exit_code == 0
    assert "Kept for 90 days" in ada.get(PAGE).text
    assert CliRunner().invoke(tenant, ["audit", "acme", "3"]).exit_code == 2, "the database keeps a week in any case"
    CliRunner().invoke(tenant, ["audit", "acme"])
    assert "Kept for ever" in ada.get(PAGE).text
    changes = [each["changes"] for each in entries(ada) if each["name"] == "tenants.audit_days_given"]
    assert changes == [{"audit_days": [90, None]}, {"audit_days": [365, 90]}]

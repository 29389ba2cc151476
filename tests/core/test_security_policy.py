"""The security policy: who changes it, what it holds, and that changing it is remembered."""

from dataclasses import asdict, fields

import pytest
from sqlalchemy import select

from core import db
from core.auth.policy import Policy, policy
from core.auth.policy_page.fields import FIELDS
from core.events import EventRow

PAGE = "settings/security-policy/"
ELSEWHERE = {"company_domains"}
"""Settings of the policy that another page keeps."""


def demands(person):
    with person.inside():
        return policy()


def told(person):
    with person.inside():
        found = select(EventRow).where(EventRow.name == "auth.policy_changed").order_by(EventRow.id.desc())
        return db.session().scalars(found).all()


def test_every_setting_of_the_policy_is_on_the_page():
    assert {each.name for each in fields(Policy)} - set(FIELDS) == ELSEWHERE and set(FIELDS) <= {
        each.name for each in fields(Policy)
    }


def test_an_administrator_sees_how_safe_the_workspace_is_and_demands_more(ada, bob):
    page = ada.get(PAGE)
    assert page.status_code == 200 and "0 of 2" in page.text and "Open sessions" in page.text
    form = {"second_factor_from": "2030-01-31", "idle_minutes": "30", "absolute_hours": "12", "personal_tokens": "1",
            "token_days_most": "90"}  # fmt: skip
    assert ada.post(PAGE, form).status_code == 303
    now = demands(ada)
    assert (now.second_factor_from, now.idle_minutes, now.absolute_hours) == ("2030-01-31", 30, 12)
    assert now.personal_tokens and now.token_days_most == 90
    page = ada.get(PAGE).text
    assert 'value="2030-01-31"' in page and 'value="30"' in page

    ada.post(PAGE, form | {"second_factor_from": "", "idle_minutes": "", "absolute_hours": "0"})
    assert (demands(ada).second_factor_from, demands(ada).idle_minutes, demands(ada).absolute_hours) == (None, 0, 0)


def test_a_change_is_remembered_with_what_was_before_and_no_change_is_none(ada):
    ada.api("PATCH", "settings/security", {"idle_minutes": 30})
    ada.api("PATCH", "settings/security", {"idle_minutes": 30})
    ada.api("PATCH", "settings/security", {"idle_minutes": 60, "absolute_hours": 0})
    assert [event.changes for event in told(ada)] == [{"idle_minutes": [30, 60]}, {"idle_minutes": [0, 30]}]


def test_only_who_manages_security_sees_or_changes_it(bob, dora, mallory, ada):
    for person in (bob, dora):
        assert person.get(PAGE).status_code == 403 and person.post(PAGE, {"idle_minutes": "5"}).status_code in (
            303,
            403,
        )
        assert person.api("GET", "settings/security").status_code == 403
        assert person.api("PATCH", "settings/security", {"idle_minutes": 5}).status_code == 403
        assert "security-policy" not in person.get("settings/").text
    assert mallory.get("/w/acme/" + PAGE).status_code == 404
    assert mallory.api("PATCH", "settings/security", {"idle_minutes": 5}).status_code == 200
    assert demands(ada).idle_minutes == 0 and demands(mallory).idle_minutes == 5


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"idle_minutes": 1}, "idle_minutes"), ({"idle_minutes": "soon"}, "idle_minutes"), ({"absolute_hours": 721}, "absolute_hours"),
     ({"absolute_hours": -3}, "absolute_hours"), ({"second_factor_from": "tomorrow"}, "second_factor_from"),
     ({"personal_tokens": "perhaps"}, "personal_tokens"), ({"company_domains": ["evil.example"]}, "company_domains"),
     ({"nothing": 1}, "nothing")],
)  # fmt: skip
def test_bad_input_is_refused_with_its_field(ada, sent, field):
    answer = ada.api("PATCH", "settings/security", sent)
    assert answer.status_code == 422 and [error["field"] for error in answer.json["errors"]] == [field]
    assert demands(ada) == Policy()
    if field in FIELDS:
        page = ada.post(PAGE, {name: str(value) for name, value in sent.items()})
        assert page.status_code == 422 and f'id="f-{field}-error"' in page.text


def test_the_api_tells_the_policy_and_describes_it(ada):
    told = ada.api("GET", "settings/security").json["data"]
    assert told == {name: value for name, value in asdict(Policy()).items() if name not in ELSEWHERE}
    assert (told["second_factor_from"], told["idle_minutes"], told["personal_tokens"]) == (None, 0, True)
    changed = ada.api("PATCH", "settings/security", {"idle_minutes": 45}).json["data"]
    assert changed["idle_minutes"] == 45 and changed["personal_tokens"] is True
    described = ada.api("GET", "openapi.json").json["paths"]
    assert {"get", "patch"} <= set(next(path for name, path in described.items() if name.endswith("settings/security")))


def test_what_a_later_version_keeps_in_the_policy_is_left_alone(ada, admin):
    with admin.begin() as connection:
        connection.exec_driver_sql("""update guanxi.tenant set security = '{"of_tomorrow": 1}'""")
    ada.api("PATCH", "settings/security", {"idle_minutes": 30})
    with admin.connect() as connection:
        kept = connection.exec_driver_sql("select security from guanxi.tenant").scalar()
    assert kept == {"of_tomorrow": 1, "idle_minutes": 30}

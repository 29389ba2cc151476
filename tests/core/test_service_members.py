"""Programs as members of their own: nobody signs in as them, and they act by tokens alone."""

import re

from core import db
from core.access import Member, Role
from core.auth.models import ApiToken
from core.events import EventRow


def role(person, key):
    return next(r["id"] for r in person.api("GET", "roles").json["data"] if r["key"] == key)


def add(person, name="Website", key="sales"):
    answer = person.post("settings/programs/new", {"name": name, "roles": [role(person, key)]})
    assert answer.status_code == 303
    return answer.location.rpartition("/")[2]


def token_for(person, program, **typed):
    form = {"name": "Robot", "level": "full", "days": ""} | typed
    page = person.post(f"settings/programs/{program}/tokens/new", form)
    found = re.search(r'id="token-secret">(gx_\w+)<', page.text)
    return found[1] if found else page


def ask(app, token, path="me", method="GET", **options):
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().open(f"/api/v1/{path}", method=method, headers=headers, **options)


def test_a_program_is_a_member_without_a_user_that_acts_by_its_tokens(ada, app):
    assert "No programs yet" in ada.get("settings/programs/").text
    program = add(ada)
    with ada.inside():
        member = db.get(Member, program)
        assert (member.kind, member.user_id, member.status) == ("service", None, "active")
    secret = token_for(ada, program)
    assert ask(app, secret).json["data"]["member"]["roles"] == ["sales"]
    made = ask(app, secret, "customers", "POST", json={"name": "Acme"}).json["data"]
    assert made["owner"] == program
    assert "Website" in ada.get(f"customers/{made['id']}").text
    page = ada.get(f"settings/programs/{program}").text
    assert "Robot" in page and secret not in page


def test_a_program_is_renamed_given_other_roles_and_shut_out(ada, app):
    program = add(ada)
    secret = token_for(ada, program)
    ada.post(
        f"settings/programs/{program}/edit", {"name": "Shop", "roles": [role(ada, "viewer"), role(ada, "finance")]}
    )
    me = ask(app, secret).json["data"]["member"]
    assert me["name"] == "Shop" and sorted(me["roles"]) == ["finance", "viewer"]
    ada.post(f"settings/programs/{program}/deactivation")
    assert ask(app, secret).status_code == 401
    ada.post(f"settings/programs/{program}/reactivation")
    assert ask(app, secret).status_code == 200
    with ada.inside():
        told = db.session().query(EventRow).filter(EventRow.name.like("auth.program_%")).order_by(EventRow.id).all()
    assert [sorted(row.changes or {}) for row in told] == [[], ["name", "roles"], ["status"], ["status"]]


def test_what_cannot_be_is_refused_beside_its_field(ada):
    add(ada)
    for typed, field in [
        ({"name": ""}, "name"),
        ({"name": "WEBSITE"}, "name"),
        ({"roles": []}, "roles"),
        ({"roles": ["x"]}, "roles"),
    ]:
        page = ada.post("settings/programs/new", {"name": "Other", "roles": [role(ada, "viewer")]} | typed)
        assert page.status_code == 422 and f'id="f-{field}-error"' in page.text


def test_nobody_makes_a_program_that_owns_the_workspace(ada):
    page = ada.post("settings/programs/new", {"name": "Boss", "roles": [role(ada, "owner")]})
    assert page.status_code == 422
    assert ada.api("POST", "service-members", json={"name": "Boss", "roles": [role(ada, "owner")]}).status_code == 422


def test_who_may_not_manage_members_gets_no_mighty_program_by_a_token(ada, dora):
    """A keeper of tokens who may not give the role of an admin makes no token for a program that has it."""
    with ada.inside():
        directors = db.session().query(Role).filter(Role.key == "sales_director").one()
        directors.grants = {**directors.grants, "permissions": ["tenant.manage_tokens"]}
    mighty, humble = add(ada, "Mighty", "admin"), add(ada, "Humble", "sales")
    body = {"name": "x", "scopes": ["*"]}
    assert dora.api("POST", "tokens", json=body | {"member": humble}).status_code == 201
    assert dora.api("POST", "tokens", json=body | {"member": mighty}).status_code == 403
    mine = ada.api("POST", "tokens", json=body | {"member": mighty}).json["data"]["id"]
    assert dora.api("POST", f"tokens/{mine}/rotation").status_code == 403
    assert dora.api("PATCH", f"service-members/{mighty}", json={"roles": [role(ada, "viewer")]}).status_code == 403
    assert dora.post("settings/programs/new", {"name": "New", "roles": [role(ada, "admin")]}).status_code == 422


def test_programs_are_kept_by_those_who_may_and_unknown_to_neighbours(ada, sam, mallory, app):
    program = add(ada)
    token_for(ada, program)
    for path in ("settings/programs/", "settings/programs/tokens", f"settings/programs/{program}"):
        assert sam.get(path).status_code == 403
    assert mallory.get(f"settings/programs/{program}").status_code == 404
    assert mallory.post(f"settings/programs/{program}/deactivation").status_code == 404
    assert mallory.api("POST", "tokens", json={"name": "x", "scopes": ["*"], "member": program}).status_code == 404
    assert mallory.api("GET", "service-members").json["data"] == []
    with ada.inside():
        assert db.session().query(ApiToken).filter(ApiToken.name == "Robot").count() == 1


def test_a_person_is_no_program(ada, sam):
    assert ada.get(f"settings/programs/{sam.member_id}").status_code == 404
    assert ada.post(f"settings/programs/{sam.member_id}/tokens/new", {"name": "x", "level": "read"}).status_code == 404


def test_the_api_does_what_the_pages_do(ada, app):
    made = ada.api("POST", "service-members", json={"name": "ERP", "roles": [role(ada, "viewer")]})
    assert made.status_code == 201
    path = f"service-members/{made.json['data']['id']}"
    assert ada.api("GET", path).json == made.json
    token = ada.api("POST", "tokens", json={"name": "x", "scopes": ["read"], "member": made.json["data"]["id"]})
    secret = token.json["data"]["token"]
    changed = ada.api("PATCH", path, json={"name": "SAP", "active": False}).json["data"]
    assert (changed["name"], changed["status"], changed["roles"]) == ("SAP", "deactivated", made.json["data"]["roles"])
    assert ask(app, secret).status_code == 401
    assert [each["name"] for each in ada.api("GET", "service-members").json["data"]] == ["SAP"]
    assert ada.api("PATCH", path, json={"active": "yes"}).status_code == 422


def test_who_keeps_the_tokens_is_told_when_that_of_a_program_expires(ada, sam, clock, run_jobs):
    token_for(ada, add(ada), name="Sync", days="30")
    clock.move(days=23, minutes=1)
    run_jobs()
    assert "“Sync” expires on" in ada.get("notifications/").text
    assert "Sync" not in sam.get("notifications/").text

"""Keys by which programs act for a member: made, limited, renewed, revoked, and told of before they expire."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from core import current, db
from core.auth import keys
from core.auth.addresses import is_within, read_networks
from core.auth.command import token as token_command
from core.auth.models import ApiToken
from core.errors import Invalid
from core.events import EventRow
from core.tenant import Tenant


def make(person, status=200, **typed):
    page = person.post("settings/tokens/new", {"name": "Robot", "level": "read", "days": "90"} | typed)
    assert page.status_code == status
    return secret_of(page)


def secret_of(page):
    found = re.search(r'id="token-secret">(gx_\w+)<', page.text)
    return found and found[1]


def ask(app, token, path="me", method="GET", address="127.0.0.1", **options):
    headers = {"Authorization": f"Bearer {token}"}
    base = {"REMOTE_ADDR": address}
    return app.test_client().open(f"/api/v1/{path}", method=method, headers=headers, environ_base=base, **options)


def only(person):
    with person.inside():
        return db.session().query(ApiToken).order_by(ApiToken.id.desc()).first()


def events(person, name):
    with person.inside():
        return [row.data for row in db.session().query(EventRow).filter(EventRow.name == name)]


# --- the key itself ------------------------------------------------------------------------------------


def test_a_key_is_known_by_its_beginning_and_proved_by_its_end():
    key = keys.make_key()
    assert keys.is_key(key) and key != keys.make_key() and re.fullmatch("gx_[0-9A-Za-z]{49}", key)
    assert not keys.is_key(key[:-1] + ("0" if key[-1] != "0" else "1"))
    assert not keys.is_key(key.replace(key[10], "a" if key[10] != "a" else "b", 1))
    assert not keys.is_key(key, keys.REFRESH) and not keys.is_key(f"{key} ") and not keys.is_key("gx_" + "é" * 49)


def test_a_key_that_cannot_be_one_costs_no_question(ada, app, statements):
    with statements() as sent:
        answer = ask(app, "gx_" + "a" * 49)
    assert (answer.status_code, answer.json["type"]) == (401, "urn:guanxi:problem:token_unknown")
    assert sent == []


def test_a_token_from_before_keys_had_a_check_works_on(ada, app):
    former = "gx_7Qm-2b_Lr0yV9nXkC4tDwZs8aHfGjEpU1oIiYyTtRrE"
    with ada.inside():
        row = {"member_id": ada.member_id, "name": "old", "hint": former[-4:], "scopes": ["*"]}
        db.session().add(ApiToken(token_hash=keys.hash_token(former), **row))
    assert not keys.is_key(former) and ask(app, former).status_code == 200


def test_any_key_is_found_in_one_statement(ada, app, statements):
    token = make(ada)
    with statements() as sent:
        assert ask(app, token).status_code == 200
    assert sum("token_hash" in statement for statement in sent) == 1


# --- one's own -----------------------------------------------------------------------------------------


def test_every_member_makes_tokens_for_oneself_and_sees_only_those(ada, bob, app):
    make(ada, name="Adas robot")
    secret = make(bob, name="Bobs robot")
    assert ask(app, secret).json["data"]["member"]["name"] == "Bob Viewer"
    mine = bob.get("settings/tokens/").text
    assert "Bobs robot" in mine and "Adas robot" not in mine
    assert [each["name"] for each in bob.api("GET", "tokens").json["data"]] == ["test", "Bobs robot"]


def test_whoever_keeps_the_workspaces_sees_and_revokes_all_but_acts_as_nobody_else(ada, bob, app):
    secret = make(bob, name="Bobs robot")
    token_id = only(bob).id
    assert "Bobs robot" in ada.get("settings/programs/tokens").text
    assert ada.post(f"settings/tokens/{token_id}/rotation", {"overlap_days": "0"}).status_code == 403
    assert (
        ada.api("POST", "tokens", json={"name": "x", "scopes": ["read"], "member": str(bob.member_id)}).status_code
        == 403
    )
    assert ask(app, secret).status_code == 200
    ada.post(f"settings/tokens/{token_id}/revocation")
    assert ask(app, secret).json["type"] == "urn:guanxi:problem:token_revoked"


def test_the_token_of_another_is_not_found_by_who_keeps_none(ada, bob, mallory):
    make(ada)
    path = f"settings/tokens/{only(ada).id}"
    for person in (bob, mallory):
        assert person.get(f"{path}/rotation").status_code == 404
        assert person.post(f"{path}/revocation").status_code == 404
        assert person.post(f"{path}/rotation", {"overlap_days": "0"}).status_code == 404


def test_a_workspace_may_forbid_tokens_of_ones_own(ada, bob, app):
    policy(ada, personal_tokens=False)
    assert "does not allow API tokens" in bob.get("settings/tokens/").text
    assert bob.api("POST", "tokens", json={"name": "x", "scopes": ["read"]}).status_code == 403
    assert make(ada)


def policy(person, **demands):
    with person.inside():
        tenant = db.session().get(Tenant, person.tenant_id)
        tenant.security = {**tenant.security, **demands}


# --- what it may do, and how long ----------------------------------------------------------------------


def test_what_a_token_may_do_is_ticked_for_each_kind_of_record(ada, app):
    secret = make(ada, level="chosen", scopes=["contact:read", "customer:write"])
    assert ask(app, secret, "contacts").status_code == 200
    assert ask(app, secret, "customers").status_code == 403
    assert ask(app, secret, "customers", "POST", json={"name": "Acme"}).status_code == 201
    assert ask(app, secret, "contacts", "POST", json={"name": "Wile"}).status_code == 403


def test_what_cannot_be_is_refused_beside_its_field(ada):
    for typed, field in [
        ({"level": "chosen"}, "scopes"),
        ({"level": "chosen", "scopes": ["unicorn:read"]}, "scopes"),
        ({"days": "date"}, "until"),
        ({"days": "date", "until": "2020-01-01"}, "until"),
        ({"days": "date", "until": "soon"}, "until"),
        ({"days": "99999"}, "days"),
        ({"ips": "10.0.0.0/33"}, "ips"),
        ({"ips": "example.com"}, "ips"),
        ({"level": "god"}, "level"),
    ]:
        page = ada.post("settings/tokens/new", {"name": "Robot", "level": "read", "days": "90"} | typed)
        assert page.status_code == 422 and f'id="f-{field}-error"' in page.text
        assert only(ada) is None


def test_a_token_ends_with_the_day_that_was_chosen(ada, app, clock):
    day = (current.now() + timedelta(days=10)).date()
    secret = make(ada, days="date", until=day.isoformat())
    assert timedelta(days=9) < only(ada).expires_at - current.now() < timedelta(days=12)
    told = ask(app, secret).json["data"]["token"]
    assert told["name"] == "Robot" and told["expires_at"].startswith(only(ada).expires_at.strftime("%Y-%m-%dT"))
    clock.move(days=12)
    assert ask(app, secret).json["type"] == "urn:guanxi:problem:token_expired"


def test_a_workspace_may_want_tokens_to_end_soon(ada, app):
    policy(ada, token_days_most=60)
    form = ada.get("settings/tokens/new").text
    assert "In 30 days" in form and "In 90 days" not in form and "Does not expire" not in form
    for days in ("90", ""):
        page = ada.post("settings/tokens/new", {"name": "Robot", "level": "read", "days": days})
        assert page.status_code == 422 and "at most 60 days" in page.text
    assert make(ada, days="30")
    assert ada.api("POST", "tokens", json={"name": "x", "scopes": ["read"]}).json["errors"][0]["code"] == "too_long"


# --- from where ----------------------------------------------------------------------------------------


def test_a_token_works_only_from_its_networks(ada, app):
    secret = make(ada, ips="203.0.113.9/24\n2001:db8::/32, 198.51.100.7")
    assert only(ada).ips == ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7/32"]
    for address in ("203.0.113.77", "2001:db8:1::5", "198.51.100.7", "::ffff:203.0.113.77"):
        assert ask(app, secret, address=address).status_code == 200
    for address in ("198.51.100.8", "2001:db9::1", "127.0.0.1"):
        refused = ask(app, secret, address=address)
        assert (refused.status_code, refused.json["type"]) == (403, "urn:guanxi:problem:address_not_allowed")
        assert "203.0.113" not in refused.text and "Acme" not in refused.text
    assert only(ada).last_used_from == "203.0.113.77"


def test_networks_are_read_as_people_write_them():
    assert read_networks(" 10.0.0.1 ;10.0.0.1/32\t::1") == ["10.0.0.1/32", "::1/128"]
    assert is_within(None, []) and not is_within(None, ["10.0.0.0/8"]) and not is_within("unix", ["0.0.0.0/0"])
    with pytest.raises(Invalid):
        read_networks([f"10.0.0.{n}" for n in range(60)])


def test_it_is_told_when_and_from_where_a_token_was_used_last(ada, app):
    ask(app, make(ada), address="192.0.2.44")
    listed = ada.get("settings/tokens/").text
    assert "192.0.2.44" in listed and "<time" in listed
    (mine,) = [each for each in ada.api("GET", "tokens").json["data"] if each["name"] == "Robot"]
    assert mine["last_used_from"] == "192.0.2.44" and mine["last_used_at"]


# --- a new secret --------------------------------------------------------------------------------------


def test_a_renewed_token_lets_the_former_secret_work_for_as_long_as_was_chosen(ada, app, clock):
    former = make(ada)
    token_id = only(ada).id
    page = ada.post(f"settings/tokens/{token_id}/rotation", {"overlap_days": "3"})
    renewed = secret_of(page)
    assert page.headers["Cache-Control"] == "no-store" and renewed != former
    assert ask(app, former).status_code == ask(app, renewed).status_code == 200
    clock.move(days=3, minutes=1)
    assert ask(app, former).json["type"] == "urn:guanxi:problem:token_revoked"
    assert ask(app, renewed).status_code == 200
    assert timedelta(days=86) < only(ada).expires_at - current.now() < timedelta(days=88)
    assert events(ada, "auth.token_rotated") == [{"title": "Robot", "overlap_days": 3}]


def test_without_overlap_the_former_secret_stops_at_once(ada, app):
    former = make(ada)
    ada.post(f"settings/tokens/{only(ada).id}/rotation", {"overlap_days": "0"})
    assert ask(app, former).json["type"] == "urn:guanxi:problem:token_unknown"


def test_a_token_is_renewed_for_a_week_of_overlap_at_most_and_not_once_revoked(ada):
    make(ada)
    path = f"settings/tokens/{only(ada).id}"
    assert ada.post(f"{path}/rotation", {"overlap_days": "8"}).status_code == 422
    ada.post(f"{path}/revocation")
    assert ada.post(f"{path}/rotation", {"overlap_days": "1"}).status_code == 422


def test_a_program_renews_its_token_but_not_its_time(ada, app, clock):
    secret = make(ada, level="full", days="30")
    mine, until = only(ada).id, only(ada).expires_at
    clock.move(days=5)
    answer = ask(app, secret, f"tokens/{mine}/rotation", "POST", json={"overlap_days": 1})
    assert answer.status_code == 200 and keys.is_key(answer.json["data"]["token"])
    assert only(ada).expires_at == until


# --- no token makes a mightier one ---------------------------------------------------------------------


def test_a_token_makes_none_that_may_more_or_lives_longer(ada, app):
    narrow, admin = make(ada, level="write"), make(ada, level="chosen", scopes=["admin", "read"], days="30")

    def create(secret, **body):
        return ask(app, secret, "tokens", "POST", json={"name": "x", "scopes": ["read"], "days": 20} | body)

    assert create(narrow).json["type"] == "urn:guanxi:problem:insufficient_scope"
    assert create(admin).status_code == 201
    for more in ({"scopes": ["*"]}, {"scopes": ["write"]}, {"days": 60}, {"days": None}):
        assert create(admin, **more).status_code == 403, more
    make(ada, level="full")
    assert ask(app, admin, f"tokens/{only(ada).id}/rotation", "POST", json={}).status_code == 403


def test_the_answer_with_a_secret_is_never_kept(ada):
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    made = [ada.api("POST", "tokens", json={"name": "x", "scopes": ["read"]}, headers=key) for _each in range(2)]
    assert made[0].json["data"]["token"] != made[1].json["data"]["token"]
    with ada.inside():
        kept = (
            db.session().execute(text("select * from idempotency_key where tenant_id = :t"), {"t": ada.tenant_id}).all()
        )
    assert not any(each.json["data"]["token"] in str(kept) for each in made)


# --- members who leave, and the end --------------------------------------------------------------------


def test_the_tokens_of_a_member_without_access_stop_at_once(ada, sam, app):
    secret = make(sam)
    assert ask(app, secret).status_code == 200
    ada.post(f"members/{sam.member_id}/deactivation")
    assert ask(app, secret).status_code == 401
    ada.post(f"members/{sam.member_id}/reactivation")
    assert ask(app, secret).status_code == 200


def test_a_member_is_told_a_week_before_a_token_expires(ada, sam, clock, run_jobs, mails):
    make(sam, name="ERP", days="30")
    make(sam, name="Revoked", days="30")
    sam.post(f"settings/tokens/{only(sam).id}/revocation")
    clock.move(days=22)
    run_jobs()
    assert "ERP" not in sam.get("notifications/").text
    clock.move(days=1, minutes=1)
    run_jobs()
    told = sam.get("notifications/").text
    assert "“ERP” expires on" in told and "Revoked" not in told
    assert "ERP" in mails.to("sam@example.com")[-1]["Subject"]
    assert [each["title"] for each in events(sam, "auth.token_expiring")] == ["ERP"]


def test_what_is_done_with_tokens_is_in_the_audit_log_without_their_secrets(ada):
    secret = make(ada, ips="10.0.0.0/8")
    ada.post(f"settings/tokens/{only(ada).id}/revocation")
    (made,) = events(ada, "auth.token_created")
    assert (made["title"], made["member"], made["scopes"], made["ips"]) == (
        "Robot",
        "Ada Lovelace",
        ["read"],
        ["10.0.0.0/8"],
    )
    assert events(ada, "auth.token_revoked") == [{"title": "Robot"}]
    with ada.inside():
        assert secret not in str([(r.data, r.changes) for r in db.session().query(EventRow)])


# --- the command line ----------------------------------------------------------------------------------


def run(*words):
    return CliRunner().invoke(token_command, ["create", "--tenant", "acme", *words])


def test_the_command_makes_tokens_for_members_and_programs(ada, app):
    made = run("--member", "ada@example.com", "--scope", "read", "--ip", "10.0.0.0/8", "--expires-days", "3")
    assert keys.is_key(made.output.strip()) and only(ada).ips == ["10.0.0.0/8"]
    role = next(r["id"] for r in ada.api("GET", "roles").json["data"] if r["key"] == "viewer")
    program = ada.api("POST", "service-members", json={"name": "Website", "roles": [role]}).json["data"]["id"]
    secret = run("--service", "website").output.strip()
    assert UUID(program) == only(ada).member_id
    assert ask(app, secret).json["data"]["member"]["name"] == "Website"
    assert ask(app, secret, "customers").status_code == 200
    for words in ([], ["--member", "ada@example.com", "--service", "website"], ["--service", "nobody"],
                  ["--member", "ada@example.com", "--ip", "nonsense"]):  # fmt: skip
        assert run(*words).exit_code == 1, words

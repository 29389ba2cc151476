"""The settings of a workspace: its name, its modules, its tokens, and the work that failed."""

from pathlib import Path

import pytest

from core import db
from core.access.models import Member
from core.auth.models import ApiToken
from core.host.loader import host
from core.host.manifest import Plugin
from core.jobs import BACK_OFF, JobRow, job
from core.tenant import Tenant
from tests.core.work_for_tests import of_core

WORKSPACE = {"name": "Acme", "locale": "en", "timezone": "Europe/Paris", "currency": "EUR"}
TRIES: list[str] = []


@job()
@of_core
def fragile(what: str) -> None:
    TRIES.append(what)
    if what != "mended":
        raise RuntimeError(f"{what} <b>is broken</b>")


@pytest.fixture
def module():
    """A module that is installed for the time of the test."""
    plugin = Plugin(name="stars", title="Stars", summary="Counts stars.", version="1", folder=Path("/nowhere"))
    host().plugins["stars"] = plugin
    host().asking.register(object(), "stars")
    yield plugin
    host().asking.unregister(name="stars")
    del host().plugins["stars"]


# --- the workspace -------------------------------------------------------------------------------------


def test_the_name_zone_and_currency_of_the_workspace_are_changed(ada, bob):
    assert ada.post("settings/workspace", WORKSPACE | {"name": "Acme 北京 😀"}).status_code == 303
    page = bob.get("settings/")
    assert "Acme 北京 😀" in page.text
    with bob.inside() as context:
        assert (context.timezone, context.currency, context.slug) == ("Europe/Paris", "EUR", "acme")


@pytest.mark.parametrize(
    "typed", [{"name": ""}, {"name": "x" * 5000}, {"timezone": ""}, {"currency": "doubloon"}, {"locale": ""}]
)
def test_settings_that_cannot_be_are_refused_beside_their_field(ada, typed):
    page = ada.post("settings/workspace", WORKSPACE | typed)
    assert page.status_code == 422 and f'id="f-{next(iter(typed))}-error"' in page.text
    with ada.inside():
        assert db.session().query(Tenant).one().currency == "CNY"


def test_a_workspace_may_not_be_changed_by_who_only_works_there(sam):
    assert sam.post("settings/workspace", WORKSPACE).status_code == 403


def test_everybody_sees_the_settings_that_are_theirs(ada, bob):
    assert "settings/programs" in ada.get("settings/").text
    page = bob.get("settings/")
    assert "Profile" in page.text and "settings/programs" not in page.text and "settings/modules" not in page.text


# --- modules -------------------------------------------------------------------------------------------


def test_a_module_is_switched_on_and_off(ada, module):
    assert "Counts stars." in ada.get("settings/modules").text
    ada.post("settings/modules/stars", {"on": "1"})
    with ada.inside() as context:
        assert "stars" in context.modules
    ada.post("settings/modules/stars", {"on": "0"})
    with ada.inside() as context:
        assert "stars" not in context.modules


def test_a_module_outside_of_the_plan_cannot_be_switched_on(ada, module):
    with ada.inside():
        db.session().query(Tenant).one().covered = ["leads"]
    assert "Not in your plan" in ada.get("settings/modules").text
    assert ada.post("settings/modules/stars", {"on": "1"}).status_code == 409


def test_a_module_that_is_not_installed_is_not_found(ada):
    assert ada.post("settings/modules/nonsense", {"on": "1"}).status_code == 404


def test_modules_are_switched_by_administrators_only(sam, dora, module):
    for person in (sam, dora):
        assert person.post("settings/modules/stars", {"on": "1"}).status_code == 403


# --- tokens --------------------------------------------------------------------------------------------


def make_token(person, **typed):
    return person.post("settings/tokens/new", {"name": "Robot", "level": "read", "days": "90"} | typed)


def secret_of(page):
    return page.text.partition('id="token-secret">')[2].partition("<")[0]


def test_a_token_is_shown_once_and_works(ada, app):
    page = make_token(ada)
    secret = secret_of(page)
    assert secret.startswith("gx_") and page.headers["Cache-Control"] == "no-store"
    listing = ada.get("settings/tokens/").text
    assert "Robot" in listing and secret not in listing and secret[-4:] in listing and "Never" in listing
    with ada.inside():
        assert secret not in str(vars(db.session().query(ApiToken).one()))
    assert call(app, secret, "GET") == 200 and call(app, secret, "POST") == 403


def call(app, secret, method):
    headers = {"Authorization": f"Bearer {secret}"}
    return app.test_client().open("/api/v1/customers", method=method, headers=headers, json={"name": "X"}).status_code


def test_a_token_that_was_used_says_when(ada, app):
    call(app, secret_of(make_token(ada)), "GET")
    with ada.inside():
        assert db.session().query(ApiToken).one().last_used_at is not None


def test_a_revoked_token_opens_nothing(ada, app):
    secret = secret_of(make_token(ada))
    with ada.inside():
        token_id = db.session().query(ApiToken.id).scalar()
    ada.post(f"settings/tokens/{token_id}/revocation")
    assert call(app, secret, "GET") == 401
    assert ada.post(f"settings/tokens/{token_id}/revocation").status_code == 303


def test_an_expired_token_opens_nothing(ada, app, clock):
    secret = secret_of(make_token(ada, days="30"))
    clock.move(days=30, minutes=1)
    assert call(app, secret, "GET") == 401
    assert "Expired" in ada.get("settings/tokens/").text


def test_a_token_may_be_limited_to_kinds_of_records(ada):
    make_token(ada, level="chosen", scopes=["customer:read", "customer:write"])
    with ada.inside():
        assert db.session().query(ApiToken).one().scopes == ["customer:read", "customer:write"]


@pytest.mark.parametrize(
    "typed", [{"name": ""}, {"name": "x" * 5000}, {"level": "god"}, {"days": "-1"}, {"days": "soon"}]
)
def test_a_token_that_cannot_be_is_refused_beside_its_field(ada, typed):
    page = make_token(ada, **typed)
    assert page.status_code == 422 and f'id="f-{next(iter(typed))}-error"' in page.text


def test_a_token_for_records_that_do_not_exist_is_refused(ada):
    assert make_token(ada, level="chosen", scopes=["unicorn:read"]).status_code == 422


def test_the_neighbour_revokes_no_token_of_ours(ada, mallory):
    make_token(ada)
    with ada.inside():
        token_id = db.session().query(ApiToken.id).scalar()
    assert mallory.post(f"settings/tokens/{token_id}/revocation").status_code == 404


# --- work that failed ----------------------------------------------------------------------------------


@pytest.fixture
def failed(ada, run_jobs, clock):
    """Work that failed for the last time."""
    TRIES.clear()
    with ada.inside():
        fragile.later(what="glass")
    for seconds in (0, *BACK_OFF):
        clock.move(seconds=seconds + 1)
        run_jobs()
    with ada.inside():
        return db.session().query(JobRow).one().id


def test_failed_work_is_shown_with_its_error_and_tried_again(ada, failed, run_jobs):
    page = ada.get("settings/jobs")
    assert "glass &lt;b&gt;is broken" in page.text and len(TRIES) == 6
    ada.post(f"settings/jobs/{failed}/retrial")
    run_jobs()
    assert len(TRIES) == 7


def test_all_failed_work_is_tried_again_and_what_was_mended_is_done(ada, failed, run_jobs):
    with ada.inside():
        db.session().query(JobRow).one().args = {"what": "mended"}
    ada.post("settings/jobs/retrial")
    run_jobs()
    with ada.inside():
        assert db.session().query(JobRow).count() == 0
    assert "Nothing failed" in ada.get("settings/jobs").text


def test_failed_work_can_be_dropped_but_not_by_the_neighbour(ada, mallory, failed):
    assert "Nothing failed" in mallory.get("settings/jobs").text
    mallory.post(f"settings/jobs/{failed}/deletion")
    assert mallory.post(f"settings/jobs/{failed}/retrial").status_code == 404
    assert "glass" in ada.get("settings/jobs").text
    ada.post(f"settings/jobs/{failed}/deletion")
    assert "Nothing failed" in ada.get("settings/jobs").text


def test_a_member_of_the_tenant_named_like_code_is_shown_as_typed(ada):
    with ada.inside():
        db.session().query(Member).one().name = "{{ 7 * 7 }}"
    assert "{{ 7 * 7 }}" in ada.get("members/").text

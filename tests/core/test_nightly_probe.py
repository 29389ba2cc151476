"""Every night a canary tries to get at another's, and whoever runs the installation hears of it when it can."""

import time
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from core import current, db, doctor, jobs
from core.app import create_app
from core.auth.models import ApiToken
from core.auth.sessions.models import SignInSession
from core.isolation import probing
from core.isolation.canaries import canaries, let_in, show_out
from core.isolation.in_database import try_database
from core.isolation.models import IsolationRun
from core.isolation.over_routes import Walk, ids_of
from core.isolation.probing import furnish, last_run, probe
from core.isolation.tally import Tally
from core.nightly import begin_nights
from core.probe import begin_probe
from core.web.blueprints import any_member, workspace
from tenants.overview import overview


def try_by_hand() -> Tally:
    tally = Tally(until=time.monotonic() + 120)
    assert try_database(*canaries(), tally) == {}, "these tables could not be given a row to get at"
    return tally


def ran(at=None, got_through=(), left_out=0):
    with db.role_session("worker") as session:
        run = IsolationRun(at=at or current.now(), seconds=12.5, attempts={"read": 90, "page": 800},
                           got_through=list(got_through), left_out=left_out)  # fmt: skip
        session.add(run)


LEAK = {"kind": "read", "where": "customer", "what": "seen"}

# --- in the database -----------------------------------------------------------------------------------


def test_everything_is_tried_in_every_table_all_is_refused_and_nothing_is_left_behind(app, ada, admin):
    tally = try_by_hand()

    assert tally.got_through == [] and tally.left_out == 0
    assert tally.attempts["read"] > 90 and tally.attempts["point"] > 40 and tally.attempts["climb"] > 30
    with admin.connect() as connection:
        assert connection.scalar(text("select count(*) from guanxi.customer")) == 0


HOLES = {
    "alter table guanxi.contact disable row level security":
        ("alter table guanxi.contact enable row level security", {"read", "enumerate", "write", "change", "pretend"}),
    "create policy wide on guanxi.task for select to guanxi_app using (true)":
        ("drop policy wide on guanxi.task", {"read", "enumerate", "pretend"}),
    "grant guanxi_ops to guanxi_app":
        ("revoke guanxi_ops from guanxi_app", {"climb", "read", "enumerate", "pretend"}),
}  # fmt: skip


@pytest.mark.parametrize("hole", HOLES)
def test_a_hole_in_the_fence_is_found_and_named(app, ada, admin, hole):
    closing, kinds = HOLES[hole]
    with admin.begin() as connection:
        connection.execute(text(hole))
    try:
        through = try_by_hand().got_through
    finally:
        with admin.begin() as connection:
            connection.execute(text(closing))

    assert {each["kind"] for each in through} == kinds
    if "climb" not in kinds:
        table = hole.partition("guanxi.")[2].partition(" ")[0]
        assert {each["where"].partition(" ")[0] for each in through} == {table}


# --- over routes ---------------------------------------------------------------------------------------


def leaky() -> Walk:
    """An application with pages that forgot in whose workspace they are."""
    app = create_app(testing=True)
    pages = workspace("leaky", __name__, "leaky")

    @pages.get("/<uuid:customer_id>", permission=any_member)
    def show(customer_id):
        with db.role_session("ops") as session:
            return session.scalar(text("select name from customer where id = :id"), {"id": customer_id})

    @pages.post("/<uuid:contact_id>/removal", permission=any_member)
    def remove(contact_id):
        with db.unit_of_work(canaries()[1].context) as session:
            session.execute(text("delete from contact where id = :id"), {"id": contact_id})
        return "", 404

    @pages.get("/<uuid:task_id>/careful", permission=any_member)
    def careful(task_id):
        return "", 404

    app.register_blueprint(pages)
    me, prey = canaries()
    tables, planted = furnish(prey)
    return Walk(app, Tally(until=time.monotonic() + 60), me, prey, tables, ids_of(prey, planted), *let_in(me))


def test_a_page_that_forgets_whose_workspace_it_is_in_is_found_and_named(app, ada):
    walk = leaky()
    walk.go("leaky")
    show_out(walk.me)

    assert {(each["where"], each["what"]) for each in walk.tally.got_through} == {
        ("GET /w/<slug>/leaky/<uuid:customer_id>", "another workspace's words in the answer"),
        ("POST /w/<slug>/leaky/<uuid:contact_id>/removal", "changed contact"),
    }


def test_a_probe_is_kept_ends_in_time_and_leaves_no_way_in(app, ada):
    found = probe(app, longest=2.5)

    assert found is not None and last_run().id == found.id
    assert found.got_through == [] and found.tried > 50 and found.left_out > 0
    assert found.seconds < 30
    users = [canary.user_id for canary in canaries()]
    with db.role_session("auth") as session:
        assert session.scalars(select(SignInSession.id).where(SignInSession.user_id.in_(users))).all() == []
    with db.unit_of_work(canaries()[0].context) as session:
        assert session.scalars(select(ApiToken.id).where(ApiToken.name == "Probe")).all() == []


def test_canaries_are_in_no_list_and_nobody_can_be_one(app, ada, admin):
    me, prey = canaries()
    assert canaries() == (me, prey), "the same every night"

    assert [row.slug for row in overview("test")] == ["acme"]
    jobs.redis().flushdb()
    begin_nights()
    with admin.connect() as connection:
        asleep = connection.scalars(text("select distinct tenant_id from guanxi.job")).all()
        known = connection.scalars(
            text("select password from guanxi.\"user\" where email like '%canary.invalid'")
        ).all()
    assert not {me.tenant_id, prey.tenant_id} & set(asleep)
    assert known == [None, None]
    reset = app.test_client().post("/sign-in", data={"email": "canary-prey@canary.invalid", "password": ""})
    assert reset.status_code != 303


# --- when, and who hears of it -------------------------------------------------------------------------


def test_it_is_due_once_a_night_and_waits_once(app, ada, clock, admin):
    def waiting():
        with admin.connect() as connection:
            return connection.scalar(text("select count(*) from guanxi.job where name like '%probe_isolation'"))

    assert not begin_probe(), "the first one waits for the first night"
    clock.move(days=2)
    assert begin_probe() and not begin_probe()
    assert waiting() == 1
    with admin.begin() as connection:
        connection.execute(text("delete from guanxi.job"))
    ran()
    clock.move(hours=19)
    assert not begin_probe()
    clock.move_to(current.now().astimezone().replace(hour=3) + timedelta(days=1))
    assert begin_probe()


def test_the_doctor_tells_and_complains_when_something_got_through(app, ada, sam):
    told = CliRunner().invoke(doctor.command, ["--isolation"])
    assert (
        told.exit_code == 0 and "has not run yet" in told.output and "guanxi_app is bound by the fence" in told.output
    )

    ran()
    sound = CliRunner().invoke(doctor.command, ["--isolation"])
    assert sound.exit_code == 0 and "890 attempts, 0 got through" in sound.output

    ran(got_through=[LEAK])
    broken = CliRunner().invoke(doctor.command, ["--isolation"])
    assert broken.exit_code == 1 and "customer: seen" in broken.output


def test_what_gets_through_is_logged_as_an_error_and_counted(app, ada, admin, monkeypatch):
    said = []
    monkeypatch.setattr(probing.log, "error", lambda event, **data: said.append((event, data)), raising=False)
    with admin.begin() as connection:
        connection.execute(text("create policy wide on guanxi.contact for select to guanxi_app using (true)"))
    try:
        found = probe(app, longest=2.5)
    finally:
        with admin.begin() as connection:
            connection.execute(text("drop policy wide on guanxi.contact"))

    assert {each["where"].partition(" ")[0] for each in found.got_through} == {"contact"}
    assert said[0][0] == "isolation_broken"
    assert probing.THROUGH._value.get() == len(found.got_through)


# --- the page ------------------------------------------------------------------------------------------


def test_the_page_says_how_the_workspace_is_kept_apart_and_how_that_is_known(app, ada, dora, admin):
    assert dora.get("settings/isolation/").status_code == 403
    assert "No probe has run yet" in ada.get("settings/isolation/").text
    ran(left_out=0)

    page = ada.get("settings/isolation/").text
    assert "No attempt to get at another workspace got through." in page and "890" in page
    with admin.connect() as connection:
        tables = connection.scalar(text("select count(distinct tablename) from pg_policies where schemaname = 'guanxi'"
                                        " and policyname = 'tenant_isolation'"))  # fmt: skip
    assert f"{tables} of {tables}" in page and "Bound by the fence" in page
    assert "settings/isolation/" in ada.get("settings/security-policy/").text

    with admin.begin() as connection:
        connection.execute(text("alter table guanxi.contact no force row level security"))
    try:
        page = ada.get("settings/isolation/").text
    finally:
        with admin.begin() as connection:
            connection.execute(text("alter table guanxi.contact force row level security"))
    assert f"{tables - 1} of {tables}" in page and "table contact: row-level security" in page


def test_the_page_tells_what_got_through_and_when_the_probe_is_old(app, ada, clock):
    ran(got_through=[LEAK])
    page = ada.get("settings/isolation/").text
    assert "Something got through" in page and "<code>customer</code>: seen" in page
    clock.move(seconds=5)
    ran()
    clock.move(days=4)
    assert "The last probe is old" in ada.get("settings/isolation/").text

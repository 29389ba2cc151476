"""Every route there is, walked by a neighbour, by strangers and by each role, and compared with what should be."""

import contextvars
import time
from collections.abc import Iterator

import pytest
from flask import g
from werkzeug.routing import Rule

from core.access.roles import READY
from core.host.loader import host
from core.isolation.addresses import Place, places
from core.isolation.of_jobs import try_jobs
from core.isolation.over_routes import LEAVES, UNSAFE, WORDS, Walk, look_of
from core.isolation.tally import Tally
from core.records.types import RECORD_TYPES
from core.testing.cast import hire
from tests.contracts.the_rules import ALSO_NEEDS, OTHERS, action_of, asks, holds, lets_in, reaches
from tests.contracts.the_world import World, as_canary, build_world

TYPES = {"customer", *(each.name for each in RECORD_TYPES.values() if each.module != "core")}


@pytest.fixture
def world(ada) -> World:
    return build_world(ada)


def module_of(app, rule: Rule) -> str | None:
    return getattr(app.blueprints.get(rule.endpoint.rpartition(".")[0]), "module", None)


def place_of(app, world: World, rule: Rule) -> Place:
    try:
        return next(places(rule, module_of(app, rule), world.ids, WORDS, ("customer",)))
    except KeyError as missing:
        pytest.fail(f"give the walk an id for {missing} of {rule.rule}: in tests/contracts/the_world.py or "
                    "core/isolation/addresses.py")  # fmt: skip


def routes(app, *beginnings: str) -> Iterator[tuple[Rule, str]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: (each.rule, each.endpoint)):
        if rule.rule.startswith(beginnings) and rule.endpoint not in LEAVES:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def address(app, rule: Rule, method: str, place: Place, **where: str) -> str:
    wanted = {key: value for key, value in where.items() if key in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, {**place.arguments, **wanted}, method)


# --- the neighbour -------------------------------------------------------------------------------------


class Neighbour(Walk):
    """Remembers what was answered to whoever named what is Acme's."""

    answers: dict[str, int]

    def judge(self, kind, where, answer, place, into):
        if place.ids or into.get("slug") == self.prey.slug:
            self.answers[f"{where} in {into.get('slug', kind)}"] = answer.status_code
        super().judge(kind, where, answer, place, into)


NO_MATTER_WHOSE = {
    "POST /api/v1/<plural:plural>/<uuid:record_id>/merge": 422,
    "POST /api/v1/<plural:plural>/<uuid:record_id>/transfer": 422,
    "GET /w/<slug>/go/<target>/<uuid:record_id>": 303,
    "POST /w/<slug>/settings/jobs/<uuid:job_id>/deletion": 200,
    "POST /w/<slug>/settings/security/passkeys/<uuid:passkey_id>/removal": 200,
    "POST /w/<slug>/settings/sessions/<uuid:session_id>/ending": 200,
}
"""What is answered without looking whether there is such a thing: an incomplete form, the way to a page that then is
not there, and that something is gone which never was."""


def test_a_neighbour_gets_nothing_at_any_address_in_any_job_and_changes_nothing(app, world, mallory):
    for module in host().plugins:
        mallory.switch(module)
    before = look_of(world.acme, world.tables)
    me, tally = as_canary(mallory), Tally(until=time.monotonic() + 600)
    walk = (app, tally, me, world.acme, world.tables, world.ids, f"signed-in-{mallory.user_id}", mallory.token(), TYPES)
    answers: dict[str, int] = {}

    def go() -> None:
        neighbour = Neighbour(*walk)
        neighbour.answers = answers
        neighbour.go()

    contextvars.Context().run(go)
    try_jobs(tally, me, world.acme, world.tables, world.ids)

    assert tally.got_through == []
    assert look_of(world.acme, world.tables) == before
    assert tally.left_out == 0 and len(answers) > 500 and tally.attempts["job"] > 5
    odd = {at: status for at, status in answers.items() if status != NO_MATTER_WHOSE.get(at.partition(" in ")[0], 404)
           and not at.endswith(" in acme")}  # fmt: skip
    assert {status for at, status in answers.items() if at.endswith(" in acme")} == {404}
    assert not odd, odd


def test_whoever_is_not_signed_in_gets_to_the_door_and_no_further(app, world):
    browser, program = app.test_client(use_cookies=False), app.test_client(use_cookies=False)
    for rule, method in routes(app, "/w/"):
        answer = browser.open(address(app, rule, method, place_of(app, world, rule), slug="acme"), method=method)
        assert answer.status_code == 303 and "/sign-in?" in answer.location, f"{method} {rule.rule}"
    for rule, method in routes(app, "/api/"):
        answer = program.open(address(app, rule, method, place_of(app, world, rule)), method=method, json={})
        assert answer.status_code == 401, f"{method} {rule.rule}"


# --- each role -----------------------------------------------------------------------------------------


@pytest.fixture
def undone(app) -> Iterator[None]:
    """Nothing that is asked for is kept."""

    def undo() -> None:
        g.undo = True

    app.before_request_funcs[None].append(undo)
    yield
    app.before_request_funcs[None].remove(undo)


def who_walks(permission, number: int) -> list[str]:
    """Each route meets all who pass it for what they hold, and two who do not; over all routes everybody is met."""
    roles = list(READY)
    if asks(permission) == "any_member":
        return ["owner", roles[2 + number % (len(roles) - 2)]]
    if asks(permission) != "holding":
        return [role for role in roles if role != "admin"]
    passing = [role for role in roles if lets_in(permission, role, "customer")]
    others = [role for role in roles if role not in passing]
    return [passing[number % 2], *passing[2:], *(others[(number + n) % len(others)] for n in range(2) if others)]


def expected(rule: Rule, permission, role: str, place: Place) -> str:
    """`refused` is 403, `hidden` is 404, `allowed` is neither 403 nor a fault."""
    if not lets_in(permission, role, "customer"):
        return "refused"
    of_record = "record_id" in place.arguments or "record" in str(rule.endpoint)
    names_record = "record_id" in rule.arguments
    if names_record and asks(permission) in ("may_any", "to") and not reaches(role, "view", "customer"):
        return "hidden"
    more = ALSO_NEEDS.get(rule.endpoint, action_of(permission) if names_record and of_record else None)
    if more is None:
        return "allowed"
    if "." in more:
        return "allowed" if holds(role, more) else "refused"
    if not names_record:
        return "allowed" if lets_in(permission, role, "customer") and _may_any(role, more) else "refused"
    passes = reaches(role, more, "customer") or (
        action_of(permission) == "create" and ALSO_NEEDS.get(rule.endpoint) is None
    )
    return "allowed" if passes else "refused"


def _may_any(role: str, action: str) -> bool:
    records = READY[role]["grants"]["records"]
    return records.get("customer", records["*"]).get(action) not in (None, "none")


def test_each_role_gets_exactly_where_its_grants_say(app, world, undone):
    people = {"owner": world.ada} | {
        key: hire(world.ada, key, f"{key}@example.com", key) for key in READY if key != "owner"
    }
    cookies = {key: f"session={person.client.get_cookie('session').value}" for key, person in people.items()}
    browser = app.test_client(use_cookies=False)
    wrong, met = [], set()
    for number, (rule, method) in enumerate(routes(app, "/w/")):
        permission, place = app.view_functions[rule.endpoint].permission, place_of(app, world, rule)
        for role in who_walks(permission, number):
            headers = {"Cookie": cookies[role], "HX-Request": "true"}
            path = address(app, rule, method, place, slug="acme")
            try:
                status = browser.open(path, method=method, headers=headers).status_code
            except Exception as fault:
                status = 500
                wrong.append(f"{method} {rule.rule} as {role}: {fault!r}")
            should = expected(rule, permission, role, place)
            got = {403: "refused", 404: "hidden", 500: "fault"}.get(status, "allowed")
            met.add((role, should))
            fits = got in (should, "hidden") if should == "allowed" or "import_id" in place.arguments else got == should
            if not fits and rule.endpoint not in OTHERS:
                wrong.append(f"{method} {rule.rule} ({rule.endpoint}) as {role}: {got} ({status}), should be {should}")
    assert not wrong, "\n".join(wrong)
    assert {role for role, should in met if should == "refused"} == set(READY) - {"owner", "admin"}


def test_each_role_administers_over_the_api_exactly_what_its_permissions_say(app, world, undone):
    keys = {"owner": world.ada.token()} | {
        key: hire(world.ada, key, f"{key}@example.com", key).token() for key in READY if key != "owner"
    }
    program = app.test_client(use_cookies=False)
    wrong = []
    for number, (rule, method) in enumerate(routes(app, "/api/")):
        permission, place = app.view_functions[rule.endpoint].permission, place_of(app, world, rule)
        if asks(permission) != "holding":
            continue
        for role in who_walks(permission, number):
            sent = {"json": {}} if method in UNSAFE else {}
            headers = {"Authorization": f"Bearer {keys[role]}"}
            answer = program.open(address(app, rule, method, place), method=method, headers=headers, **sent)
            if (answer.status_code == 403) == lets_in(permission, role, "customer"):
                wrong.append(f"{method} {rule.rule} as {role}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
